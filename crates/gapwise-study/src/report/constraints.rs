//! What the network has to meet beside its error, and whether it does.

use gapwise_pages::{text, wide};
use maud::{Markup, html};

use crate::constraint::{Constraints, Judged, Met};

/// The constraints' section.
pub(super) fn section(constraints: &Constraints) -> Markup {
    html! {
        (wide("Constraints", table(&constraints.judged)))
        p.fine {
            @if let Some(machine) = &constraints.machine {
                "Times and memory were measured on " (text::prose(&machine.described())) ", and hold for it alone. "
            }
            "A constraint is met, or not met, where the whole 95 % interval lies on one side of its bound. "
            "The interval of a percentile needs no assumption on how the times are distributed; it is too narrow where the machine was busy for a while."
        }
    }
}

fn table(judged: &[Judged]) -> Markup {
    html! {
        table {
            thead {
                tr {
                    th scope="col" { "Constraint" }
                    th.number scope="col" { "Figure" }
                    th.number scope="col" { "Interval" }
                    th scope="col" { "From" }
                    th scope="col" { "Answer" }
                }
            }
            tbody { @for judged in judged { (row(judged)) } }
        }
    }
}

fn row(judged: &Judged) -> Markup {
    html! {
        tr {
            th scope="row" { code { (judged.constraint.to_string()) } }
            td.number { (judged.figure().unwrap_or_default()) }
            td.number { (judged.range().unwrap_or_default()) }
            td { (text::prose(judged.measured_by())) }
            td {
                @if judged.answer == Met::NotMet { strong { (judged.answer.as_str()) } }
                @else { (judged.answer.as_str()) }
            }
        }
    }
}
