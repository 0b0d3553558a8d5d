//! The screen drawn: curves, figures, gradients, what was said, and the keys.

use std::time::Instant;

use gapwise::study::{metric::count, run::GradientHealth};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::{Style, Stylize},
    symbols::Marker,
    text::{Line, Span},
    widgets::{Axis, Block, Chart, Dataset, GraphType, Paragraph, Row, Table, Wrap},
};

use super::{
    orders::short,
    view::{FACTOR, Prompt, View},
};
use crate::cli::progress::loss;

/// Rows of gradients and of what was said, with their frame.
const LOWER: u16 = 9;
/// Rows that curves need, with their frame; without them the figures stay.
const CURVES: u16 = 6;

/// Draws everything that has room.
pub(super) fn draw(frame: &mut Frame<'_>, view: &View) {
    let prompt = prompt(view);
    let [title, curves, figures, lower, keys] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Min(0),
        Constraint::Length(3),
        Constraint::Length(if frame.area().height < LOWER + CURVES + 5 { 0 } else { LOWER }),
        Constraint::Length(prompt.len() as u16),
    ])
    .areas(frame.area());
    frame.render_widget(self::title(view), title);
    if curves.height >= CURVES {
        let [left, right] = Layout::horizontal([Constraint::Fill(1); 2]).areas(curves);
        losses(frame, left, view);
        errors(frame, right, view);
    }
    frame.render_widget(Paragraph::new(self::figures(view).map(Line::from).to_vec()), figures);
    if lower.height > 0 {
        let [left, right] = Layout::horizontal([Constraint::Fill(1); 2]).areas(lower);
        gradients(frame, left, view);
        said(frame, right, view);
    }
    frame.render_widget(Paragraph::new(prompt), keys);
}

fn title(view: &View) -> Line<'_> {
    let now = view.glimpse.map_or(1, |glimpse| glimpse.epoch);
    let epoch = now.max((view.history.len() + 1).min(view.epochs));
    let step = view.glimpse.map(|glimpse| format!(", update {}", count(glimpse.step)));
    Line::from(vec![
        Span::from(view.network.as_str()).bold(),
        format!("  epoch {epoch}/{}{}", view.epochs, step.unwrap_or_default()).into(),
    ])
}

/// Rates and pace; losses and their gap; errors.
fn figures(view: &View) -> [String; 3] {
    let mut first = Vec::new();
    if let Some(glimpse) = view.glimpse {
        let (now, set) = (short(glimpse.learning_rate), short(glimpse.rate_set));
        let by = if now == set { String::new() } else { format!(" (set: {set})") };
        first.push(format!("learning rate {now}{by}"));
    }
    if let Some((examples, seconds)) = view.pace(Instant::now()) {
        first.push(format!("{} examples/s", count(examples as usize)));
        first.push(format!("{} s left", count(seconds.ceil() as usize)));
    }
    let (mut second, mut third) = (Vec::new(), Vec::new());
    if let Some(row) = view.history.last() {
        let (train, validation) = (row.train_loss, row.validation_loss);
        second.push(format!("loss {} train", loss(train)));
        second.push(format!("{} validation", loss(validation)));
        second.push(format!("gap {}", loss(validation - train)));
        third.push(format!(
            "validation error {}",
            view.metric.show(row.validation_error, &view.unit)
        ));
    }
    let sound = view.history.iter().filter(|row| !row.validation_error.is_nan());
    if let Some(best) = sound.min_by(|a, b| a.validation_error.total_cmp(&b.validation_error)) {
        let error = view.metric.show(best.validation_error, &view.unit);
        third.push(format!("lowest {error} in epoch {}", best.epoch));
    }
    [first, second, third].map(|parts| parts.join("   "))
}

fn losses(frame: &mut Frame<'_>, area: Rect, view: &View) {
    let row = |of: fn(&gapwise::study::run::HistoryRow) -> f64| -> Vec<(f64, f64)> {
        view.history.iter().map(|row| (row.epoch as f64, of(row))).collect()
    };
    let (train, validation) = (row(|row| row.train_loss), row(|row| row.validation_loss));
    let curves = [
        Curve { points: &view.steps, marker: Marker::Braille, style: Style::new().dark_gray() },
        Curve { points: &train, marker: Marker::Braille, style: Style::new().cyan() },
        Curve { points: &validation, marker: Marker::Dot, style: Style::new().yellow() },
    ];
    let label = |value: f64| loss(value);
    Curves {
        title: " loss: ⠒ train, • validation ".into(),
        reached: view.reached(),
        label: &label,
    }
    .draw(frame, area, &curves);
}

fn errors(frame: &mut Frame<'_>, area: Rect, view: &View) {
    let points: Vec<(f64, f64)> =
        view.history.iter().map(|row| (row.epoch as f64, row.validation_error)).collect();
    let curves = [Curve { points: &points, marker: Marker::Dot, style: Style::new().yellow() }];
    let metric = view.metric;
    let label = |value: f64| metric.figure(value);
    let title = format!(" validation {}, {} ", metric.name(), view.unit);
    Curves { title, reached: view.reached(), label: &label }.draw(frame, area, &curves);
}

/// One line of a drawing.
struct Curve<'a> {
    points: &'a [(f64, f64)],
    marker: Marker,
    style: Style,
}

/// A drawing by epoch.
struct Curves<'a> {
    title: String,
    /// Epochs done.
    reached: f64,
    /// A height in words.
    label: &'a dyn Fn(f64) -> String,
}

impl Curves<'_> {
    fn draw(self, frame: &mut Frame<'_>, area: Rect, curves: &[Curve<'_>]) {
        let heights = curves.iter().flat_map(|curve| curve.points).map(|point| point.1);
        let (low, high) = heights
            .filter(|height| height.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), height| {
                (low.min(height), high.max(height))
            });
        let block = Block::bordered().title(self.title);
        if low > high {
            let waiting = Paragraph::new("the first epoch goes on").block(block);
            return frame.render_widget(waiting, area);
        }
        // A level line has a height of its own as well.
        let room = ((high - low) * 0.05).max(high.abs() * 1e-3).max(f64::MIN_POSITIVE);
        let (low, high) = (low - room, high + room);
        let last = self.reached.max(1.0);
        let drawn = curves.iter().map(|curve| {
            Dataset::default()
                .data(curve.points)
                .marker(curve.marker)
                .graph_type(GraphType::Line)
                .style(curve.style)
        });
        let heights = [low + room, high - room].map(self.label);
        let chart = Chart::new(drawn.collect())
            .block(block)
            .x_axis(Axis::default().bounds([0.0, last]).labels(["0".into(), format!("{last:.1}")]))
            .y_axis(Axis::default().bounds([low, high]).labels(heights));
        frame.render_widget(chart, area);
    }
}

fn gradients(frame: &mut Frame<'_>, area: Rect, view: &View) {
    let health = GradientHealth::of(&view.gradients);
    let all_well = health.advice().is_empty();
    let title = match all_well {
        true => " gradients: healthy ".to_owned(),
        false => format!(" gradients: {} ", health.advice()[0]),
    };
    let head = Row::new(["layer", "gradient", "weights", "dead"]).bold();
    let rows = view.gradients.iter().map(|row| {
        let dead = row.dead_share.map_or(String::new(), |share| format!("{:.0} %", share * 100.0));
        let norm = |norm: f64| format!("{norm:.2e}");
        Row::new([row.layer.clone(), norm(row.gradient_norm), norm(row.weight_norm), dead])
    });
    let widths =
        [Constraint::Fill(1), Constraint::Length(9), Constraint::Length(9), Constraint::Length(6)];
    let block = Block::bordered().title(if view.gradients.is_empty() {
        " gradients ".to_owned()
    } else {
        title
    });
    let table = Table::new(shortened(rows.collect(), area.height), widths).header(head);
    frame.render_widget(table.block(block), area);
}

/// The layers that have room: where they are too many, the first and the last of them.
fn shortened(mut rows: Vec<Row<'_>>, height: u16) -> Vec<Row<'_>> {
    // The frame and the head take three rows.
    let room = usize::from(height.saturating_sub(3)).max(2);
    if rows.len() > room {
        let left_out = rows.len() - room + 1;
        let first = room / 2;
        rows.splice(first..first + left_out, [Row::new([format!("… {left_out} more")])]);
    }
    rows
}

fn said(frame: &mut Frame<'_>, area: Rect, view: &View) {
    let room = usize::from(area.height.saturating_sub(2));
    let last = view.lines.len().saturating_sub(room);
    let lines: Vec<Line<'_>> = view.lines[last..].iter().map(|line| line.as_str().into()).collect();
    // A line may take several rows; the last of them are those to read.
    let block = Block::bordered().title(" said ");
    let inner = usize::from(area.width.saturating_sub(2)).max(1);
    let rows: usize = lines.iter().map(|line| line.width().div_ceil(inner).max(1)).sum();
    let over = rows.saturating_sub(room) as u16;
    let lines = Paragraph::new(lines).wrap(Wrap { trim: false }).scroll((over, 0));
    frame.render_widget(lines.block(block), area);
}

fn prompt(view: &View) -> Vec<Line<'static>> {
    match &view.prompt {
        Prompt::Keys => vec!["r rate   + − larger, smaller   s save   q stop   ? help".into()],
        Prompt::Help => vec![
            "r   set the learning rate from the next update on; the schedule multiplies it".into(),
            format!("+ − the same, {FACTOR} times larger or smaller").into(),
            "s   save the weights of now in the run, under checkpoints/".into(),
            "q   stop here: the epoch is judged and the run finished".into(),
            "Ctrl-C  leave, with everything kept: `gapwise train --resume RUN` goes on".into(),
            "All but Ctrl-C is kept in the run, and done again when it is trained again.".into(),
        ],
        Prompt::Rate(typed) => {
            vec![format!("learning rate: {typed}_   (Enter sets it, Esc leaves it)").into()]
        }
        Prompt::Stop => vec!["stop here, judge and finish the run? y, or any other key".into()],
    }
}

#[cfg(test)]
mod tests;
