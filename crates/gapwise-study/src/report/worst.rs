//! The examples that the network got most wrong, as pictures or as rows.

use gapwise_pages::{text, wide};
use maud::{Markup, html};

use super::{
    Report,
    numbers::{self, Errors},
};
use crate::run::{Encoded, Pictures, Shown, WorstExample};

/// The section on the worst examples.
pub(super) fn section(report: &Report<'_>) -> Markup {
    let (worst, errors) = (report.worst, &Errors::of(report.diagnosis));
    let is_picture = |example: &&WorstExample| !matches!(example.shown, Shown::Row(_));
    let pictures: Vec<&WorstExample> = worst.iter().filter(is_picture).collect();
    let in_pairs = pictures.iter().any(|example| matches!(example.shown, Shown::Pictures(_)));
    let rows: Vec<(&WorstExample, &[(String, String)])> = worst
        .iter()
        .filter_map(|example| match &example.shown {
            Shown::Row(cells) => Some((example, cells.as_slice())),
            Shown::Picture(_) | Shown::Pictures(_) => None,
        })
        .collect();
    html! {
        @if worst.is_empty() {
            p.none { "This run kept none: no validation example was answered wrongly, or none was asked for." }
        } @else {
            p {
                "The validation examples of the highest loss, highest first. Look for what they share, and for labels that are wrong."
                @if !pictures.is_empty() { " Below each: label → answer." }
                @if in_pairs { " Beside each picture is what the network reads of it." }
            }
        }
        @if !pictures.is_empty() {
            ul.pictures.pairs[in_pairs] {
                @for example in pictures { li { (card(example, errors)) } }
            }
        }
        @if !rows.is_empty() { (wide("Worst examples", table(&rows, errors))) }
    }
}

fn card(example: &WorstExample, errors: &Errors) -> Markup {
    let (label, prediction) = (errors.answer(&example.label), errors.answer(&example.prediction));
    html! {
        figure {
            @match &example.shown {
                Shown::Picture(png) => { (picture(&png_file(png), &described(example, errors), true)) }
                Shown::Pictures(Pictures { source, size: (height, width), read }) => {
                    div.pair-of-pictures {
                        (picture(&file(source), &described(example, errors), (*height).max(*width) <= FEW_PIXELS))
                        (picture(&png_file(read), "the same as the network reads it", true))
                    }
                }
                Shown::Row(_) => {}
            }
            figcaption {
                span.answered { (text::name(&label)) " → " strong { (text::name(&prediction)) } }
                span.muted {
                    (certainty(example))
                    @if let Shown::Pictures(Pictures { size: (height, width), .. }) = &example.shown {
                        ", " (width) "×" (height) " pixels"
                    }
                }
                span.id { (text::name(&example.id)) }
            }
        }
    }
}

/// A picture of at most so many pixels a side is enlarged so that each of them is seen.
const FEW_PIXELS: u32 = 96;

fn picture(address: &str, said: &str, pixelated: bool) -> Markup {
    html! { img.pixelated[pixelated] src=(address) loading="lazy" alt=(said); }
}

fn png_file(base64: &str) -> String {
    format!("data:image/png;base64,{base64}")
}

fn file(source: &Encoded) -> String {
    match source {
        Encoded::Png(base64) => png_file(base64),
        Encoded::Jpeg(base64) => format!("data:image/jpeg;base64,{base64}"),
    }
}

/// A picture's text alternative.
fn described(example: &WorstExample, errors: &Errors) -> String {
    let (label, prediction) = (errors.answer(&example.label), errors.answer(&example.prediction));
    format!(
        "{}: label {}, predicted {}",
        text::plain_name(&example.id),
        text::plain_name(&label),
        text::plain_name(&prediction)
    )
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
