//! The verdict in one sentence, and the steps that follow from it.

use maud::{Markup, html};

use super::{Report, text};
use crate::{
    diagnosis::{Diagnosis, Verdict},
    recipe::Step,
};

/// The verdict, with the next step and its command.
pub(super) fn verdict(report: &Report<'_>) -> Markup {
    let diagnosis = report.diagnosis;
    let next = diagnosis.steps.first();
    // Not every step can be typed: beside one that cannot, the first that can.
    let by_command = diagnosis.next_command().filter(|step| Some(*step) != next);
    html! {
        div.verdict {
            @if let Some(said) = diagnosis.constraints.broken_sentence() {
                p.sentence { (text::sentence(&said)) }
            }
            p.sentence { (text::sentence(&diagnosis.verdict_sentence())) }
            @for said in [diagnosis.human_sentence(), diagnosis.goes_on_from_sentence(), diagnosis.failed_sentence(), diagnosis.none_left.clone()].iter().flatten() {
                p.muted { (text::sentence(said)) }
            }
            @if let Some(step) = next {
                (named(if to_tell(diagnosis, step) { "To tell" } else { "Next step" }, step))
            }
            @if let Some(step) = by_command { (named("Or by command", step)) }
        }
    }
}

/// Whether a step is there to tell what the verdict cannot.
fn to_tell(diagnosis: &Diagnosis, step: &Step) -> bool {
    diagnosis.verdict == Verdict::CannotTell && !step.remedy.is_for_constraints()
}

fn named(label: &str, step: &Step) -> Markup {
    html! {
        p.next { span.label { (label) } (what(step)) }
        @if let Some(line) = &step.command { (text::command(line)) }
    }
}

/// Every step of the recipe, in its order.
pub(super) fn steps(diagnosis: &Diagnosis) -> Markup {
    html! {
        @if diagnosis.steps.is_empty() {
            p.none { "The recipe has no step for this verdict." }
        } @else {
            p { "In the order of the recipe. Take one, and the next ladder says where it led." }
            ol.steps { @for step in &diagnosis.steps { (item(step)) } }
        }
    }
}

fn item(step: &Step) -> Markup {
    html! {
        li {
            h3 { (text::heading(&step.what)) " " span.tag { (text::prose(&step.moves)) } }
            p { (text::sentence(&step.reason)) }
            @if let Some(change) = &step.change { p { "Changed by the command: " (text::prose(change)) "." } }
            @if let Some(cost) = &step.cost {
                p { "Training takes " (text::prose(&cost.sentence())) "." }
            }
            @if let Some(taken) = &step.taken { p { (text::sentence(taken)) } }
            @match &step.command {
                Some(line) => (text::command(line)),
                None => p.muted { "By hand: no command takes this step." },
            }
        }
    }
}

fn what(step: &Step) -> Markup {
    match &step.change {
        Some(change) => text::sentence(&format!("{}: {change}", step.what)),
        None => text::sentence(&step.what),
    }
}
