//! The ladder as a stair: every rung has its point and interval on one error axis, and between two
//! rungs a bar reaches from the point of the one to the point of the other.
//!
//! Each row is a small drawing of its own between two cells of text, so that the text wraps and
//! keeps its size. To assistive technology the whole is one picture with a text of its own.

use maud::{Markup, html};

use super::{
    numbers::Errors,
    plot::{Axis, pc},
};
use crate::{
    diagnosis::{Answer, Diagnosis, Gap, GapKind, Rung, RungError, RungKind},
    interval::Interval,
};

/// One row of the stair.
enum Row<'a> {
    Rung(&'a Rung),
    Gap(&'a Gap),
}

/// Rungs and the gaps between them, from top to bottom.
fn rows(diagnosis: &Diagnosis) -> Vec<Row<'_>> {
    use GapKind::{AvoidableBias, Mismatch, ValidationOverfitted, Variance};
    use RungKind::{Human, Test, Train, TrainValidation, Validation};
    let rung = |kind| diagnosis.rung(kind).map(Row::Rung);
    let gap = |kind| diagnosis.gap(kind).map(Row::Gap);
    [
        rung(Human),
        gap(AvoidableBias),
        rung(Train),
        gap(Variance),
        rung(TrainValidation),
        gap(Mismatch),
        rung(Validation),
        gap(ValidationOverfitted),
        rung(Test),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A row with the errors at which the stair enters it from above and leaves it below.
struct Stair<'a> {
    row: Row<'a>,
    entry: Option<f64>,
    exit: Option<f64>,
}

/// Follows the stair from its first known rung to its last; it moves only along a gap that is
/// known, and passes straight through what is not.
fn stair(diagnosis: &Diagnosis) -> Vec<Stair<'_>> {
    let rows = rows(diagnosis);
    let last = rows.iter().rposition(|row| match row {
        Row::Rung(rung) => point(diagnosis, rung.kind).is_some(),
        Row::Gap(_) => false,
    });
    let mut at = None;
    rows.into_iter()
        .enumerate()
        .map(|(place, row)| {
            let goes_on = last.is_some_and(|last| place < last);
            let entry = at.filter(|_| last.is_some_and(|last| place <= last));
            at = match row {
                Row::Rung(rung) => point(diagnosis, rung.kind),
                Row::Gap(gap) => bar(diagnosis, gap).map(|(_, to)| to),
            }
            .or(at);
            Stair { row, entry, exit: at.filter(|_| goes_on) }
        })
        .collect()
}

/// The errors that a gap's bar reaches from and to, where both rungs are there.
fn bar(diagnosis: &Diagnosis, gap: &Gap) -> Option<(f64, f64)> {
    let (from, to) = ends(diagnosis, gap.kind);
    point(diagnosis, from).zip(point(diagnosis, to))
}

/// The drawing, with its caption.
pub(super) fn drawing(diagnosis: &Diagnosis, errors: &Errors) -> Markup {
    let axis = Axis::linear(
        diagnosis.rungs.iter().flat_map(|rung| match &rung.error {
            RungError::Exact { error, .. } => vec![*error],
            RungError::Estimate { error, interval, .. } => {
                vec![*error, interval.low, interval.high]
            }
            RungError::Missing { .. } => Vec::new(),
        }),
        5,
    );
    html! {
        figure.ladder {
            div.stair role="img" aria-label=(in_words(diagnosis, errors)) {
                @for Stair { row, entry, exit } in stair(diagnosis) {
                    @let upright = html! {
                        (drop(&axis, entry, "0", "50%"))
                        (drop(&axis, exit, "50%", "100%"))
                    };
                    @match row {
                        Row::Rung(rung) => {
                            (rung_row(rung, errors, track(&axis, html! { (upright) (mark(&axis, rung)) })))
                        }
                        Row::Gap(gap) => {
                            (gap_row(gap, errors, track(&axis, html! { (upright) (span(&axis, diagnosis, gap)) })))
                        }
                    }
                }
                (scale(&axis, errors))
            }
            figcaption {
                "Point and 95 % interval of each rung, in " (errors.unit())
                "; bars are the gaps between them."
            }
        }
    }
}

/// One row's drawing, with the grid of the common axis behind it.
fn track(axis: &Axis, content: Markup) -> Markup {
    html! {
        div.track {
            svg aria-hidden="true" focusable="false" {
                g.grid {
                    @for (place, _) in axis.ticks(1.0) {
                        line x1=(pc(place)) x2=(pc(place)) y1="0" y2="100%" {}
                    }
                }
                (content)
            }
        }
    }
}

/// A piece of the stair's upright line.
fn drop(axis: &Axis, at: Option<f64>, from: &str, to: &str) -> Markup {
    html! {
        @if let Some(at) = at {
            line.drop x1=(pc(axis.percent(at))) x2=(pc(axis.percent(at))) y1=(from) y2=(to) {}
        }
    }
}

/// A rung's point and interval.
fn mark(axis: &Axis, rung: &Rung) -> Markup {
    let (error, interval) = match rung.error {
        RungError::Exact { error, .. } => (error, None),
        RungError::Estimate { error, interval, .. } => (error, Some(interval)),
        RungError::Missing { .. } => return html! {},
    };
    html! {
        @if let Some(Interval { low, high }) = interval {
            line.whisker x1=(pc(axis.percent(low))) x2=(pc(axis.percent(high))) y1="50%" y2="50%" {}
            @for end in [low, high] {
                svg.cap x=(pc(axis.percent(end))) y="50%" overflow="visible" { line.whisker y1="-5" y2="5" {} }
            }
        }
        @if error.is_finite() { circle.point cx=(pc(axis.percent(error))) cy="50%" r="5.5" {} }
    }
}

/// A gap's bar between the points of two rungs.
fn span(axis: &Axis, diagnosis: &Diagnosis, gap: &Gap) -> Markup {
    let Some((from, to)) = bar(diagnosis, gap) else { return html! {} };
    let (low, high) = (axis.percent(from.min(to)), axis.percent(from.max(to)));
    html! {
        svg x=(pc(low)) y="50%" width=(pc(high - low)) overflow="visible" {
            rect.span.(answer_class(&gap.answer)) x="0" y="-5" width="100%" height="10" rx="1" {}
        }
    }
}

fn scale(axis: &Axis, errors: &Errors) -> Markup {
    html! {
        div.row.scale {
            div.what {}
            div.track {
                svg aria-hidden="true" focusable="false" {
                    line.axis x1="0" x2="100%" y1="0" y2="0" {}
                    @for (place, label) in axis.ticks(errors.scale()) {
                        @let anchor = if place < 1.0 { "start" } else if place > 99.0 { "end" } else { "middle" };
                        text.tick x=(pc(place)) y="16" text-anchor=(anchor) { (label) }
                    }
                }
            }
            div.much { (errors.metric_name()) ", " (errors.unit()) }
        }
    }
}

fn rung_row(rung: &Rung, errors: &Errors, track: Markup) -> Markup {
    html! {
        div.row.rung {
            div.what { strong { (rung.kind) } }
            (track)
            div.much {
                @match &rung.error {
                    RungError::Exact { error, .. } => { strong { (errors.figure(*error)) } }
                    RungError::Estimate { error, interval, .. } => {
                        strong { (errors.figure(*error)) }
                        span.muted { (errors.range(*interval)) }
                    }
                    RungError::Missing { reason } => { span.muted { (in_short(reason)) } }
                }
            }
        }
    }
}

fn gap_row(gap: &Gap, errors: &Errors, track: Markup) -> Markup {
    html! {
        div.row.gap {
            div.what { (gap.kind) (badge(&gap.answer)) }
            (track)
            div.much {
                @if let Some(size) = size(gap, |size| errors.signed(size), errors) { span { (size) } }
                @if let Some(interval) = sampled(gap) { span.muted { (errors.range(interval)) } }
            }
        }
    }
}

/// A gap's interval, unless both of its rungs are known without sampling error.
pub(super) fn sampled(gap: &Gap) -> Option<Interval> {
    gap.interval.filter(|interval| interval.half_width() > 0.0)
}

/// A gap's size where it is known, else what it is at most.
pub(super) fn size(
    gap: &Gap,
    write: impl FnOnce(f64) -> String,
    errors: &Errors,
) -> Option<String> {
    match (gap.size, gap.at_most) {
        (Some(size), _) => Some(write(size)),
        (None, Some(most)) => Some(format!("at most {}", errors.figure(most))),
        (None, None) => None,
    }
}

/// Why a rung is missing, as far as there is room for it; the table has the rest.
fn in_short(reason: &str) -> &str {
    match reason.split_once(':') {
        Some((short, _)) if short.chars().count() <= 20 => short,
        _ => "not known",
    }
}

/// An answer's word.
pub(super) fn badge(answer: &Answer) -> Markup {
    html! { span.badge.(answer_class(answer)) { (answer.as_str()) } }
}

/// The drawing's text alternative.
fn in_words(diagnosis: &Diagnosis, errors: &Errors) -> String {
    let mut words = String::from("Gap ladder.");
    for row in rows(diagnosis) {
        words.push(' ');
        match row {
            Row::Rung(rung) => words.push_str(&match &rung.error {
                RungError::Exact { error, .. } => {
                    format!("Rung {}: {}.", rung.kind, errors.value(*error))
                }
                RungError::Estimate { error, interval, .. } => format!(
                    "Rung {}: {}, interval {}.",
                    rung.kind,
                    errors.value(*error),
                    errors.range(*interval),
                ),
                RungError::Missing { reason } => {
                    format!("Rung {}: {}.", rung.kind, in_short(reason))
                }
            }),
            Row::Gap(gap) => {
                words.push_str(&format!("Gap {}", gap.kind));
                if let Some(size) = size(gap, |size| errors.signed(size), errors) {
                    words.push_str(&format!(" {size}"));
                }
                if let Some(interval) = sampled(gap) {
                    words.push_str(&format!(", interval {}", errors.range(interval)));
                }
                words.push_str(&format!(": {}.", gap.answer.as_str()));
            }
        }
    }
    words
}

/// The class that an answer has in the style; its word always stands beside the colour.
pub(super) fn answer_class(answer: &Answer) -> &'static str {
    match answer {
        Answer::Material => "material",
        Answer::Immaterial => "immaterial",
        Answer::CannotTell { .. } => "open",
        Answer::Unknown { .. } => "unknown",
    }
}

/// The error of a rung, where it has one that can be drawn.
pub(super) fn point(diagnosis: &Diagnosis, kind: RungKind) -> Option<f64> {
    diagnosis.rung(kind)?.error.error().filter(|error| error.is_finite())
}

/// The two rungs whose difference a gap is, the one that is taken away first. Variance reaches from
/// train to train-validation, or to validation where there is no train-validation.
pub(super) fn ends(diagnosis: &Diagnosis, kind: GapKind) -> (RungKind, RungKind) {
    match kind {
        GapKind::AvoidableBias => (RungKind::Human, RungKind::Train),
        GapKind::Variance if point(diagnosis, RungKind::TrainValidation).is_some() => {
            (RungKind::Train, RungKind::TrainValidation)
        }
        GapKind::Variance => (RungKind::Train, RungKind::Validation),
        GapKind::Mismatch => (RungKind::TrainValidation, RungKind::Validation),
        GapKind::ValidationOverfitted => (RungKind::Validation, RungKind::Test),
    }
}
