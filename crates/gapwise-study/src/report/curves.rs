//! Learning curves: loss and error by epoch.

use std::fmt::Write;

use maud::{Markup, html};

use super::{
    Report,
    line::{key, line, mark, thinned},
    numbers::{self, Errors, counted},
    page::wide,
    plot::{Axis, grid, pc},
};
use crate::run::{HistoryRow, TimingRow, smoothed};

/// Most epochs whose points are drawn and listed; of more, every second, third, … is taken.
const MOST_POINTS: usize = 1_000;

/// Most rows of the table beside the drawings.
const MOST_ROWS: usize = 200;

/// The loss of so many epochs and more is drawn smoothed as well.
const SMOOTHED_FROM: usize = 51;

/// About the last ten epochs make a smoothed value.
const BETA: f64 = 0.9;

/// One epoch of the drawings.
struct Epoch<'a> {
    row: &'a HistoryRow,
    /// The exponential average of the training loss.
    smoothed: f64,
}

/// The learning curves' section.
pub(super) fn section(report: &Report<'_>) -> Markup {
    let errors = &Errors::of(report.diagnosis);
    let history = report.history;
    let (Some(first), Some(last)) = (history.first(), history.last()) else {
        return html! { p.none { "This run has no history: nothing was trained in it." } };
    };
    let epochs = Axis::whole(first.epoch, last.epoch);
    let losses = history.iter().map(|row| row.train_loss);
    let all: Vec<Epoch<'_>> = history
        .iter()
        .zip(smoothed(losses, BETA))
        .map(|(row, smoothed)| Epoch { row, smoothed })
        .collect();
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
            (chart(&epochs, best, &drawn, Chart {
                id: "loss",
                title: "Loss".to_owned(),
                axis: Axis::for_losses(drawn.iter().flat_map(|epoch| [epoch.row.train_loss, epoch.row.validation_loss])),
                scale: 1.0,
                lines: losses_by_epoch(history.len()),
            }))
            (chart(&epochs, best, &drawn, Chart {
                id: "error",
                title: format!("Validation {}, {}", errors.metric_name(), errors.unit()),
                axis: Axis::linear(drawn.iter().map(|epoch| epoch.row.validation_error), 5),
                scale: errors.scale(),
                lines: vec![Line { name: "validation", class: "strong", value: |epoch| epoch.row.validation_error }],
            }))
        }
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
    value: fn(&Epoch<'_>) -> f64,
}

/// The lines of the loss: of many epochs, that of training smoothed, with the raw one behind it.
fn losses_by_epoch(epochs: usize) -> Vec<Line> {
    let raw = |name, class| Line { name, class, value: |epoch| epoch.row.train_loss };
    let validation =
        Line { name: "validation", class: "strong", value: |epoch| epoch.row.validation_loss };
    if epochs < SMOOTHED_FROM {
        return vec![raw("train", "plain"), validation];
    }
    let smooth = Line {
        name: "train, smoothed (exponential average, β = 0.9)",
        class: "plain",
        value: |epoch| epoch.smoothed,
    };
    vec![raw("train, each epoch", "pale"), smooth, validation]
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
                        (mark(epochs, best.row.epoch as f64, &format!("best: epoch {}", best.row.epoch)))
                    }
                    @for of in &chart.lines {
                        @let points: Vec<(f64, f64)> =
                            drawn.iter().map(|epoch| (epoch.row.epoch as f64, (of.value)(epoch))).collect();
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
        @for line in chart.lines.iter().filter(|line| line.class != "pale") {
            @let value = (line.value)(best);
            @if value.is_finite() {
                circle.dot.(line.class) cx=(pc(epochs.percent(best.row.epoch as f64)))
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
