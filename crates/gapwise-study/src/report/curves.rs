//! Learning curves: loss and error by epoch.

use std::fmt::Write;

use gapwise_pages::wide;
use maud::{Markup, html};

use super::{
    Report,
    line::{key, line, mark, thinned},
    numbers::{self, Errors, counted},
    plot::{Axis, grid, pc},
};
use crate::run::{HistoryRow, TimingRow, centred};

/// Most epochs whose points are drawn and listed; of more, every second, third, … is taken.
const MOST_POINTS: usize = 1_000;

/// Most rows of the table beside the drawings.
const MOST_ROWS: usize = 200;

/// The loss of so many epochs and more is drawn smoothed as well.
const SMOOTHED_FROM: usize = 51;

/// So many epochs before one and as many behind it make its smoothed value.
const REACH: usize = 5;

/// One epoch of the drawings.
struct Epoch<'a> {
    row: &'a HistoryRow,
    /// Where the training loss belongs, in epochs since the beginning. It is the mean over the
    /// epoch's batches, each judged by the weights before its step: in the middle of the epoch, and
    /// at its beginning where it has one step alone. Validation is judged at its end.
    middle: f64,
    /// The training loss averaged over the epochs around this one.
    smoothed: f64,
}

/// The epochs with what is drawn of them.
fn epochs(history: &[HistoryRow]) -> Vec<Epoch<'_>> {
    let losses: Vec<f64> = history.iter().map(|row| row.train_loss).collect();
    let before = std::iter::once(0).chain(history.iter().map(|row| row.step));
    let rows = history.iter().zip(before).zip(centred(&losses, REACH));
    rows.map(|((row, before), smoothed)| {
        let steps = row.step.saturating_sub(before).max(1) as f64;
        let middle = row.epoch as f64 - 1.0 + (steps - 1.0) / (2.0 * steps);
        Epoch { row, middle, smoothed }
    })
    .collect()
}

/// The learning curves' section.
pub(super) fn section(report: &Report<'_>) -> Markup {
    let errors = &Errors::of(report.diagnosis);
    let history = report.history;
    let (Some(first), Some(last)) = (history.first(), history.last()) else {
        return html! { p.none { "This run has no history: nothing was trained in it." } };
    };
    let axis = Axis::whole(first.epoch.saturating_sub(1), last.epoch);
    let all = epochs(history);
    let best = best(report, &all);
    let drawn = thinned(&all, MOST_POINTS);
    let undrawn = history.iter().filter(|row| !drawable(row)).count();
    html! {
        @if let Some(best) = best {
            p {
                @if report.kept_epoch.is_some() { "The weights of epoch " } @else { "Lowest validation error in epoch " }
                strong { (numbers::count(best.row.epoch)) }
                @if report.kept_epoch.is_some() { " were kept" }
                ": validation error " strong { (errors.value(best.row.validation_error)) }
                ", after " (counted(best.row.step, "step"))
                @if let Some(seconds) = seconds_until(report.timing, best.row.epoch) {
                    " and " (numbers::seconds(seconds))
                }
                "."
            }
        }
        @if undrawn > 0 {
            p.warning {
                "In " (counted(undrawn, "epoch")) " of " (numbers::count(history.len()))
                ", a loss or error is no finite number, and is not drawn. Where training diverges it looks like this: try a smaller learning rate."
            }
        }
        div.pair {
            (chart(&axis, best, &drawn, Chart {
                id: "loss",
                title: "Loss".to_owned(),
                axis: Axis::for_losses(drawn.iter().flat_map(|epoch| [epoch.row.train_loss, epoch.row.validation_loss])),
                scale: 1.0,
                lines: losses_by_epoch(history.len()),
            }))
            (chart(&axis, best, &drawn, Chart {
                id: "error",
                title: format!("Validation {}, {}", errors.metric_name(), errors.unit()),
                axis: Axis::linear(drawn.iter().map(|epoch| epoch.row.validation_error), 5),
                scale: errors.scale(),
                lines: vec![Line::of_validation(|epoch| epoch.row.validation_error)],
            }))
        }
        p.fine { (explained(history.len())) }
        details {
            summary { "The curves as a table" }
            (wide("Learning curves", table(report, errors)))
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
    /// Its class in the style: `strong` is solid, `plain` is dashed, `pale` thin.
    class: &'static str,
    /// Where a value stands, in epochs since the beginning.
    at: fn(&Epoch<'_>) -> f64,
    value: fn(&Epoch<'_>) -> f64,
}

impl Line {
    fn of_validation(value: fn(&Epoch<'_>) -> f64) -> Line {
        Line { name: "validation", class: "strong", at: |epoch| epoch.row.epoch as f64, value }
    }

    fn point(&self, epoch: &Epoch<'_>) -> (f64, f64) {
        ((self.at)(epoch), (self.value)(epoch))
    }
}

/// The lines of the loss: of many epochs, that of training smoothed, with the raw one behind it.
fn losses_by_epoch(epochs: usize) -> Vec<Line> {
    let train = |name, class, value| Line { name, class, at: |epoch| epoch.middle, value };
    let each = |name, class| train(name, class, |epoch| epoch.row.train_loss);
    let validation = Line::of_validation(|epoch| epoch.row.validation_loss);
    if epochs < SMOOTHED_FROM {
        return vec![each("train", "plain"), validation];
    }
    let smooth = train("train, smoothed", "plain", |epoch| epoch.smoothed);
    vec![each("train, each epoch", "pale"), smooth, validation]
}

/// How the lines of the loss are to be read.
fn explained(epochs: usize) -> String {
    let mut said =
        "The train loss of an epoch is the mean over its batches and is drawn where they \
                    were, which is before validation was judged at the epoch’s end."
            .to_owned();
    if epochs >= SMOOTHED_FROM {
        let _ = write!(
            said,
            " Smoothed: the mean of {} epochs, as many before as behind, fewer near the ends.",
            2 * REACH + 1
        );
    }
    said
}

fn chart(epochs: &Axis, best: Option<&Epoch<'_>>, drawn: &[&Epoch<'_>], chart: Chart) -> Markup {
    let heading = format!("chart-{}", chart.id);
    html! {
        figure.chart {
            figcaption {
                (chart.title)
                @if chart.axis.is_logarithmic() { " (logarithmic)" }
                @if chart.lines.len() > 1 {
                    @for line in &chart.lines { (key(line.name, line.class)) }
                }
            }
            div.plot {
                svg role="img" aria-labelledby=(heading) {
                    title id=(heading) { (in_words(&chart, drawn)) }
                    (grid(epochs, &chart.axis, chart.scale))
                    @if let Some(best) = best {
                        (mark(epochs, best.row.epoch as f64, &format!("kept: epoch {}", best.row.epoch)))
                    }
                    @for of in &chart.lines {
                        @let points: Vec<(f64, f64)> = drawn.iter().map(|epoch| of.point(epoch)).collect();
                        (line(epochs, &chart.axis, &points, of.class))
                    }
                    @if let Some(best) = best { (best_points(epochs, &chart, best)) }
                }
            }
            p.below { "epoch" }
        }
    }
}

fn best_points(epochs: &Axis, chart: &Chart, best: &Epoch<'_>) -> Markup {
    html! {
        @for line in chart.lines.iter().filter(|line| line.class == "strong") {
            @let (at, value) = line.point(best);
            @if value.is_finite() {
                circle.dot.(line.class) cx=(pc(epochs.percent(at)))
                    cy=(pc(100.0 - chart.axis.percent(value))) r="4" {}
            }
        }
    }
}

fn in_words(chart: &Chart, drawn: &[&Epoch<'_>]) -> String {
    let mut words = format!("{} by epoch.", chart.title);
    for line in &chart.lines {
        let values = || drawn.iter().map(|epoch| (epoch.row.epoch, (line.value)(epoch)));
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

fn table(report: &Report<'_>, errors: &Errors) -> Markup {
    let (history, timing) = (report.history, report.timing);
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
                    @if !timing.is_empty() {
                        th.number scope="col" { "Time" }
                        th.number scope="col" { "Examples per second" }
                    }
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
                        @if !timing.is_empty() { (times(timing, row.epoch)) }
                    }
                }
            }
        }
    }
}

/// The cells of an epoch's time since training began and of its speed.
fn times(timing: &[TimingRow], epoch: usize) -> Markup {
    let row = timing.iter().find(|row| row.epoch == epoch);
    html! {
        td.number { @if let Some(until) = seconds_until(timing, epoch) { (numbers::seconds(until)) } }
        td.number { @if let Some(row) = row { (numbers::significant(row.examples_per_second)) } }
    }
}

/// Seconds from the beginning to the end of `epoch`; `None` where some epoch's are not known.
fn seconds_until(timing: &[TimingRow], epoch: usize) -> Option<f64> {
    let until = timing.iter().filter(|row| row.epoch <= epoch);
    (until.clone().count() == epoch).then(|| until.map(|row| row.seconds).sum())
}

/// The epoch to mark.
fn best<'a>(report: &Report<'_>, all: &'a [Epoch<'a>]) -> Option<&'a Epoch<'a>> {
    match report.kept_epoch {
        Some(kept) => all.iter().find(|epoch| epoch.row.epoch == kept),
        None => all
            .iter()
            .filter(|epoch| epoch.row.validation_error.is_finite())
            .min_by(|a, b| a.row.validation_error.total_cmp(&b.row.validation_error)),
    }
}

fn drawable(row: &HistoryRow) -> bool {
    [row.train_loss, row.validation_loss, row.validation_error].iter().all(|v| v.is_finite())
}
