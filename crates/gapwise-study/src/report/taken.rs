//! What was tried on the same data: steps taken and their effects, and comparisons of runs.

use gapwise_pages::{text, wide};
use maud::html;

use super::{Report, Section};
use crate::{
    compare::{Better, Change, Compared},
    taken::{Effect, TakenStep},
};

/// Every step that was taken, and what it did; nothing where none was.
pub(super) fn steps(report: &Report<'_>) -> Option<Section> {
    let taken = report.taken;
    let body = html! {
        p { "On the same data and split, each against the run that it started from, paired on the same validation examples." }
        (wide("Steps taken", html! {
            table {
                thead { tr {
                    th scope="col" { "Run" } th scope="col" { "From" } th scope="col" { "Step" }
                    th scope="col" { "Moves" } th scope="col" { "Effect" }
                } }
                tbody {
                    @for step in taken {
                        tr {
                            th scope="row" { (text::name(&step.run)) }
                            td { (text::name(&step.from)) }
                            td { @for change in &step.changes { div { (text::prose(&change.said())) } } }
                            td { @for change in &step.changes { div { (text::prose(&moves(change))) } } }
                            td { (text::sentence(&effect(step))) @if let Some(said) = step.moved_together() { " " (text::prose(&said)) } }
                        }
                    }
                }
            }
        }))
    };
    (!taken.is_empty()).then_some(Section { id: "taken", title: "Steps taken", body })
}

/// The comparisons with other runs; nothing where none was asked for.
pub(super) fn comparisons(report: &Report<'_>) -> Option<Section> {
    let comparisons = report.comparisons;
    let body = html! {
        @for with in comparisons {
            p { @for said in with.sentences() { (text::sentence(&said)) " " } }
        }
        @if comparisons.iter().any(|with| with.comparison.of == Compared::Networks && with.comparison.better != Better::CannotTell) {
            p { "This is said of these networks. That a setting is better takes at least three seeds of each." }
        }
    };
    (!comparisons.is_empty()).then_some(Section { id: "compared", title: "Comparison", body })
}

fn effect(step: &TakenStep) -> String {
    match &step.effect {
        Effect::Scored(comparison) => comparison.effect(),
        Effect::Diverged { said } => format!("the training diverged, {said}"),
        Effect::NotScored { reason } => format!("not scored: {reason}"),
    }
}

fn moves(change: &Change) -> String {
    let known_as = change.known_as.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
    match change.moves.as_slice() {
        [] => "none".to_owned(),
        rungs => format!("{}{known_as}", rungs.join(" and ")),
    }
}
