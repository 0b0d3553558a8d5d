//! Learning curves: loss and error by epoch.

use std::fmt::Write;

use maud::{Markup, html};

use super::{
    Report,
    numbers::{self, Errors, counted},
    page::wide,
    plot::{Axis, grid, pc},
};
use crate::run::HistoryRow;

/// Most epochs whose points are drawn and listed; of more, every second, third, … is taken.
const MOST_POINTS: usize = 1_000;

/// Most rows of the table beside the drawings.
const MOST_ROWS: usize = 200;

/// The learning curves' section.
pub(super) fn section(report: &Report<'_>) -> Markup {
    let errors = &Errors::of(report.diagnosis);
    let history = report.history;
    let (Some(first), Some(last)) = (history.first(), history.last()) else {
        return html! { p.none { "This run has no history: nothing was trained in it." } };
    };
    let epochs = Axis::whole(first.epoch, last.epoch);
    let best = best(report);
    let drawn = thinned(history, MOST_POINTS);
    let undrawn = history.iter().filter(|row| !drawable(row)).count();
    html! {
        @if let Some(best) = best {
            p {
                @if report.kept_epoch.is_some() { "The weights of epoch " } @else { "Lowest validation error in epoch " }
                strong { (numbers::count(best.epoch)) }
                @if report.kept_epoch.is_some() { " were kept" }
                ": validation error " strong { (errors.value(best.validation_error)) }
                ", after " (counted(best.step, "step")) "."
            }
        }
        @if undrawn > 0 {
            p.warning {
                "In " (counted(undrawn, "epoch")) " of " (numbers::count(history.len()))
                ", a loss or error is no finite number, and is not drawn. Where training diverges it looks like this: try a smaller learning rate."
            }
        }
        div.pair {
            (chart(&epochs, best, &drawn, Chart {
                id: "loss",
                title: "Loss".to_owned(),
                axis: Axis::for_losses(drawn.iter().flat_map(|row| [row.train_loss, row.validation_loss])),
                scale: 1.0,
                lines: vec![
                    Line { name: "train", class: "plain", value: |row| row.train_loss },
                    Line { name: "validation", class: "strong", value: |row| row.validation_loss },
                ],
            }))
            (chart(&epochs, best, &drawn, Chart {
                id: "error",
                title: format!("Validation {}, {}", errors.metric_name(), errors.unit()),
                axis: Axis::linear(drawn.iter().map(|row| row.validation_error), 5),
                scale: errors.scale(),
                lines: vec![Line { name: "validation", class: "strong", value: |row| row.validation_error }],
            }))
        }
        details {
            summary { "The curves as a table" }
            (wide("Learning curves", table(history, errors)))
        }
    }
}

/// One drawing.
struct Chart {
    id: &'static str,
    title: String,
    axis: Axis,
    /// What labels of ticks are multiplied by.
    scale: f64,
    lines: Vec<Line>,
}

/// One line of a drawing.
struct Line {
    name: &'static str,
    /// Its class in the style: `strong` is solid, `plain` is dashed.
    class: &'static str,
    value: fn(&HistoryRow) -> f64,
}

fn chart(epochs: &Axis, best: Option<&HistoryRow>, drawn: &[&HistoryRow], chart: Chart) -> Markup {
    let heading = format!("chart-{}", chart.id);
    html! {
        figure.chart {
            figcaption {
                (chart.title)
                @if chart.axis.is_logarithmic() { " (logarithmic)" }
                @if chart.lines.len() > 1 {
                    @for line in &chart.lines {
                        span.key {
                            svg width="22" height="10" aria-hidden="true" focusable="false" {
                                line.curve.(line.class) x1="1" x2="21" y1="5" y2="5" {}
                            }
                            (line.name)
                        }
                    }
                }
            }
            div.plot {
                svg role="img" aria-labelledby=(heading) {
                    title id=(heading) { (in_words(&chart, drawn)) }
                    (grid(epochs, &chart.axis, chart.scale))
                    @if let Some(best) = best { (best_line(epochs, best)) }
                    @for line in &chart.lines { (curve(epochs, &chart.axis, line, drawn)) }
                    @if let Some(best) = best { (best_points(epochs, &chart, best)) }
                }
            }
            p.below { "epoch" }
        }
    }
}

fn best_line(epochs: &Axis, best: &HistoryRow) -> Markup {
    let place = epochs.percent(best.epoch as f64);
    let (anchor, aside) = if place > 60.0 { ("end", "-6") } else { ("start", "6") };
    html! {
        line.best x1=(pc(place)) x2=(pc(place)) y1="0" y2="100%" {}
        text.tick x=(pc(place)) dx=(aside) y="0" dy="11" text-anchor=(anchor) { "best: epoch " (best.epoch) }
    }
}

fn best_points(epochs: &Axis, chart: &Chart, best: &HistoryRow) -> Markup {
    html! {
        @for line in &chart.lines {
            @let value = (line.value)(best);
            @if value.is_finite() {
                circle.dot.(line.class) cx=(pc(epochs.percent(best.epoch as f64)))
                    cy=(pc(100.0 - chart.axis.percent(value))) r="4" {}
            }
        }
    }
}

/// A line through the finite values; where one is missing, the line is broken, and a value between
/// two breaks is a dot.
fn curve(epochs: &Axis, up: &Axis, line: &Line, drawn: &[&HistoryRow]) -> Markup {
    let points: Vec<Option<(f64, f64)>> = drawn
        .iter()
        .map(|row| {
            let value = (line.value)(row);
            let inside = value.is_finite() && !(up.is_logarithmic() && value <= 0.0);
            inside.then(|| (epochs.percent(row.epoch as f64), 100.0 - up.percent(value)))
        })
        .collect();
    let mut path = String::new();
    let mut dots = Vec::new();
    for piece in points.split(Option::is_none) {
        match piece {
            [] => {}
            [only] => dots.extend(only),
            several => {
                for (place, (x, y)) in several.iter().flatten().enumerate() {
                    let to = if place == 0 { 'M' } else { 'L' };
                    // Writing to a string cannot fail.
                    let _ = write!(path, "{to}{:.1} {:.1}", x * 10.0, y * 10.0);
                }
            }
        }
    }
    html! {
        @if !path.is_empty() {
            svg viewBox="0 0 1000 1000" preserveAspectRatio="none" overflow="visible" {
                path.curve.(line.class) d=(path) {}
            }
        }
        @for (x, y) in dots { circle.dot.(line.class) cx=(pc(x)) cy=(pc(y)) r="4" {} }
    }
}

fn in_words(chart: &Chart, drawn: &[&HistoryRow]) -> String {
    let mut words = format!("{} by epoch.", chart.title);
    for line in &chart.lines {
        let values = || drawn.iter().map(|row| (row.epoch, (line.value)(row)));
        let finite: Vec<(usize, f64)> = values().filter(|(_, value)| value.is_finite()).collect();
        let (Some(first), Some(last)) = (finite.first(), finite.last()) else {
            let _ = write!(words, " {}: no finite value.", line.name);
            continue;
        };
        let _ = write!(
            words,
            " {}: from {} in epoch {} to {} in epoch {}.",
            line.name,
            numbers::significant(first.1 * chart.scale),
            first.0,
            numbers::significant(last.1 * chart.scale),
            last.0,
        );
    }
    words
}

fn table(history: &[HistoryRow], errors: &Errors) -> Markup {
    let rows = thinned(history, MOST_ROWS);
    html! {
        table {
            @if rows.len() < history.len() {
                caption { (numbers::count(rows.len())) " of " (counted(history.len(), "epoch")) }
            }
            thead {
                tr {
                    @for column in ["Epoch", "Step", "Train loss", "Validation loss"] {
                        th.number scope="col" { (column) }
                    }
                    th.number scope="col" { "Validation " (errors.metric_name()) (errors.in_unit()) }
                    th.number scope="col" { "Learning rate" }
                }
            }
            tbody {
                @for row in rows {
                    tr {
                        th.number scope="row" { (numbers::count(row.epoch)) }
                        td.number { (numbers::count(row.step)) }
                        td.number { (numbers::significant(row.train_loss)) }
                        td.number { (numbers::significant(row.validation_loss)) }
                        td.number { (errors.figure(row.validation_error)) }
                        td.number { (numbers::significant(row.learning_rate)) }
                    }
                }
            }
        }
    }
}

/// The epoch to mark.
fn best<'a>(report: &Report<'a>) -> Option<&'a HistoryRow> {
    match report.kept_epoch {
        Some(kept) => report.history.iter().find(|row| row.epoch == kept),
        None => report
            .history
            .iter()
            .filter(|row| row.validation_error.is_finite())
            .min_by(|a, b| a.validation_error.total_cmp(&b.validation_error)),
    }
}

/// At most `most` rows, evenly taken, the first and the last among them.
fn thinned(history: &[HistoryRow], most: usize) -> Vec<&HistoryRow> {
    if history.len() <= most {
        return history.iter().collect();
    }
    let last = history.len() - 1;
    (0..most).map(|place| &history[place * last / (most - 1)]).collect()
}

fn drawable(row: &HistoryRow) -> bool {
    [row.train_loss, row.validation_loss, row.validation_error].iter().all(|v| v.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(epoch: usize) -> HistoryRow {
        HistoryRow {
            epoch,
            step: epoch * 10,
            train_loss: 1.0,
            validation_loss: 1.0,
            validation_error: 0.1,
            learning_rate: 1e-3,
        }
    }

    #[test]
    fn many_epochs_are_thinned_evenly_with_both_ends() {
        let history: Vec<HistoryRow> = (1..=10_000).map(row).collect();
        let thin = thinned(&history, 1_000);
        assert_eq!(thin.len(), 1_000);
        assert_eq!((thin[0].epoch, thin[999].epoch), (1, 10_000));
        assert!(thin.windows(2).all(|two| two[0].epoch < two[1].epoch));
    }
}
