//! The examples that the network got most wrong, as pictures or as rows.

use maud::{Markup, html};

use super::{
    Report,
    numbers::{self, Errors},
    page::wide,
    text,
};
use crate::run::{Shown, WorstExample};

/// The section on the worst examples.
pub(super) fn section(report: &Report<'_>) -> Markup {
    let (worst, errors) = (report.worst, &Errors::of(report.diagnosis));
    let pictures = || {
        worst.iter().filter_map(|example| match &example.shown {
            Shown::Picture(png) => Some((example, png.as_str())),
            Shown::Row(_) => None,
        })
    };
    let rows: Vec<(&WorstExample, &[(String, String)])> = worst
        .iter()
        .filter_map(|example| match &example.shown {
            Shown::Row(cells) => Some((example, cells.as_slice())),
            Shown::Picture(_) => None,
        })
        .collect();
    html! {
        @if worst.is_empty() {
            p.none { "This run kept none: no validation example was answered wrongly, or none was asked for." }
        } @else {
            p {
                "The validation examples of the highest loss, highest first. Look for what they share, and for labels that are wrong."
            }
        }
        @if pictures().next().is_some() {
            ul.pictures { @for (example, png) in pictures() { li { (card(example, png, errors)) } } }
        }
        @if !rows.is_empty() { (wide("Worst examples", table(&rows, errors))) }
    }
}

fn card(example: &WorstExample, png: &str, errors: &Errors) -> Markup {
    let (label, prediction) = (errors.answer(&example.label), errors.answer(&example.prediction));
    html! {
        figure {
            img src={ "data:image/png;base64," (png) } loading="lazy"
                alt={ (text::plain_name(&example.id)) ": label " (text::plain_name(&label))
                    ", predicted " (text::plain_name(&prediction)) };
            figcaption {
                span.answered { (text::name(&label)) " → " strong { (text::name(&prediction)) } }
                span.muted { (certainty(example)) }
                span.id { (text::name(&example.id)) }
            }
        }
    }
}

fn certainty(example: &WorstExample) -> String {
    match example.score {
        Some(score) => format!("{} % sure", numbers::fixed(f64::from(score) * 100.0, 1)),
        None => format!("loss {}", numbers::significant(f64::from(example.loss))),
    }
}

fn table(rows: &[(&WorstExample, &[(String, String)])], errors: &Errors) -> Markup {
    // Rows of one table have the same columns, so that the first one's names stand for all.
    let columns: Vec<&str> = rows
        .first()
        .map(|(_, cells)| cells.iter().map(|(column, _)| column.as_str()).collect())
        .unwrap_or_default();
    let scored = rows.iter().any(|(example, _)| example.score.is_some());
    html! {
        table.rows {
            thead {
                tr {
                    th scope="col" { "Example" }
                    th scope="col" { "Label" }
                    th scope="col" { "Prediction" }
                    @if scored { th.number scope="col" { "Sure" } }
                    th.number scope="col" { "Loss" }
                    @for column in &columns { th scope="col" { (text::name(column)) } }
                }
            }
            tbody {
                @for (example, cells) in rows {
                    tr {
                        th scope="row" { (text::name(&example.id)) }
                        td { (text::name(&errors.answer(&example.label))) }
                        td { strong { (text::name(&errors.answer(&example.prediction))) } }
                        @if scored {
                            td.number { @if let Some(score) = example.score { (numbers::fixed(f64::from(score) * 100.0, 1)) " %" } }
                        }
                        td.number { (numbers::significant(f64::from(example.loss))) }
                        @for place in 0..columns.len() {
                            td { @if let Some((_, cell)) = cells.get(place) { (text::name(cell)) } }
                        }
                    }
                }
            }
        }
    }
}
