//! The verdict in one sentence, and the steps that follow from it.

use std::collections::HashSet;

use gapwise_pages::text;
use maud::{Markup, html};

use super::{Report, numbers::Errors};
use crate::{
    baseline::{BaselineReport, Better},
    diagnosis::{Diagnosis, RungError, RungKind, Verdict},
    interval::Interval,
    metric::counted,
    recipe::Step,
};

/// What the network gets wrong and what a baseline does, the verdict, and the next step with its
/// command.
pub(super) fn verdict(report: &Report<'_>) -> Markup {
    let diagnosis = report.diagnosis;
    let next = diagnosis.steps.first();
    // Not every step can be typed: beside one that cannot, the first that can.
    let by_command = diagnosis.next_command().filter(|step| Some(*step) != next);
    html! {
        div.verdict {
            (figures(report))
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

/// The errors on what was held out, and the best baseline's.
fn figures(report: &Report<'_>) -> Markup {
    let (diagnosis, errors) = (report.diagnosis, &Errors::of(report.diagnosis));
    let held_out = [(RungKind::Test, "Test error"), (RungKind::Validation, "Validation error")];
    let rungs = held_out.into_iter().filter_map(|(kind, label)| {
        let RungError::Estimate { error, interval, examples } = diagnosis.rung(kind)?.error else {
            return None;
        };
        let what = format!("{}{}", errors.metric_name(), errors.in_unit());
        Some((label, error, interval, format!("{what}, {}", counted(examples, "example"))))
    });
    let best = report.baselines.iter().min_by(|one, other| one.error.total_cmp(&other.error));
    html! {
        div.figures {
            @for (label, error, interval, what) in rungs {
                (figure(html! { (label) }, errors, (error, interval), html! { (what) }))
            }
            @if let Some(best) = best {
                @let label = html! { "Best baseline: " (text::name(&best.name)) };
                (figure(label, errors, (best.error, best.interval), beside(best)))
            }
        }
    }
}

fn figure(
    label: Markup,
    errors: &Errors,
    (error, interval): (f64, Interval),
    what: Markup,
) -> Markup {
    html! {
        div {
            span.label { (label) }
            strong { (errors.figure(error)) }
            span.muted { "95 % interval " (errors.range(interval)) }
            span.muted { (what) }
        }
    }
}

/// A baseline beside the network.
fn beside(baseline: &BaselineReport) -> Markup {
    html! {
        @match baseline.better {
            Better::Network => { "on validation; the network is better" },
            Better::Baseline => { "on validation; " strong { "better than the network" } },
            Better::CannotTell => { "on validation; not told apart from the network" },
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
    let steps = &diagnosis.steps;
    html! {
        @if steps.is_empty() {
            p.none { "The recipe has no step for this verdict." }
        } @else {
            p { "In the order of the recipe. Take one, and the next ladder says where it led." }
            ol.steps {
                @for ((step, reason), cost) in steps.iter().zip(reasons(steps)).zip(costs(steps)) {
                    (item(step, reason, cost))
                }
            }
        }
    }
}

/// The reason of each step. Steps for one gap have the same figures, which the first of them says.
fn reasons(steps: &[Step]) -> impl Iterator<Item = &str> {
    let mut said = HashSet::new();
    steps.iter().map(move |step| match step.why_and_figures() {
        (why, Some(figures)) if !said.insert(figures) => why,
        _ => &step.reason,
    })
}

/// What each step costs. What that follows from is said by the first step that has it.
fn costs(steps: &[Step]) -> impl Iterator<Item = Option<String>> {
    let mut said = HashSet::new();
    steps.iter().map(move |step| {
        let cost = step.cost.as_ref()?;
        Some(if said.insert(&cost.because) { cost.sentence() } else { cost.about() })
    })
}

fn item(step: &Step, reason: &str, cost: Option<String>) -> Markup {
    html! {
        li {
            h3 { (text::heading(&step.what)) " " span.tag { (text::prose(&step.moves)) } }
            p { (text::sentence(reason)) }
            @if let Some(change) = &step.change { p { "Changed by the command: " (text::prose(change)) "." } }
            @if let Some(cost) = cost {
                p { "Training takes " (text::prose(&cost)) "." }
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
