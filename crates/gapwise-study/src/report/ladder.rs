//! The gap ladder: its drawing, and the same as tables.

use gapwise_pages::{text, wide};
use maud::{Markup, html};

use super::{
    numbers::{self, Errors},
    stair::{badge, drawing, ends, sampled, size},
};
use crate::diagnosis::{Diagnosis, RungError};

/// The ladder's section.
pub(super) fn section(diagnosis: &Diagnosis) -> Markup {
    let errors = &Errors::of(diagnosis);
    html! {
        (drawing(diagnosis, errors))
        h3 { "Rungs" }
        (wide("Rungs", rungs(diagnosis, errors)))
        h3 { "Gaps" }
        (wide("Gaps", gaps(diagnosis, errors)))
        p.fine {
            "Tolerance: " strong { (errors.value(diagnosis.tolerance)) } ", the smallest gap worth work. "
            (text::sentence(&diagnosis.tolerance_reason))
        }
        p.fine {
            "Intervals of rungs hold one by one at 95 %; those of gaps hold together at 95 %. "
            "Material: surely above the tolerance. Immaterial: surely below it. "
            @if let Some(said) = diagnosis.tolerance_in_doubt() { (said) }
        }
    }
}

fn rungs(diagnosis: &Diagnosis, errors: &Errors) -> Markup {
    html! {
        table {
            thead {
                tr {
                    th scope="col" { "Rung" }
                    th.number scope="col" { "Error" (errors.in_unit()) }
                    th.number scope="col" { "95 % interval" }
                    th.number scope="col" { "Examples" }
                }
            }
            tbody {
                @for rung in &diagnosis.rungs {
                    tr {
                        th scope="row" { (rung.kind) }
                        @match &rung.error {
                            RungError::Exact { error, examples } => {
                                td.number { (errors.figure(*error)) }
                                td.number { span.muted { "known exactly" } }
                                td.number { @if *examples > 0 { (numbers::count(*examples)) } @else { span.muted { "given" } } }
                            }
                            RungError::Estimate { error, interval, examples } => {
                                td.number { (errors.figure(*error)) }
                                td.number { (errors.range(*interval)) }
                                td.number { (numbers::count(*examples)) }
                            }
                            RungError::Missing { reason } => { td colspan="3" { (text::prose(reason)) } }
                        }
                    }
                }
            }
        }
    }
}

fn gaps(diagnosis: &Diagnosis, errors: &Errors) -> Markup {
    html! {
        table {
            thead {
                tr {
                    th scope="col" { "Gap" }
                    th.number scope="col" { "Size" (errors.in_unit()) }
                    th.number scope="col" { "95 % interval" }
                    th scope="col" { "Answer" }
                }
            }
            tbody {
                @for gap in &diagnosis.gaps {
                    @let ends = ends(diagnosis, gap.kind);
                    tr {
                        th scope="row" {
                            (gap.kind)
                            span.under { (ends.1) " − " (ends.0) }
                        }
                        td.number { (size(gap, |size| errors.figure(size), errors).unwrap_or_else(|| "–".to_owned())) }
                        td.number {
                            @match sampled(gap) {
                                Some(interval) => { (errors.range(interval)) },
                                None if gap.size.is_some() => { span.muted { "known exactly" } },
                                None => { "–" },
                            }
                        }
                        td.words { (badge(&gap.answer)) @if let Some(how) = gap.answer.settled_by() { " " (text::prose(&how)) } }
                    }
                }
            }
        }
    }
}
