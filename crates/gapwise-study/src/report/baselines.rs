//! The baselines, and whether this data calls for deep learning at all.

use gapwise_pages::{text, wide};
use maud::{Markup, html};

use super::{Report, numbers::Errors};
use crate::baseline::{BaselineReport, Better, warnings};

/// The baselines' section.
pub(super) fn section(report: &Report<'_>) -> Markup {
    let errors = &Errors::of(report.diagnosis);
    html! {
        @if report.baselines.is_empty() {
            p.none { "No baseline was measured in this run." }
        } @else {
            @for baseline in report.baselines {
                p {
                    (text::prose(&baseline.sentence(report.diagnosis.metric, &report.diagnosis.unit)))
                    @if let Some(advice) = baseline.advice() { " " strong { (text::prose(&advice)) } }
                }
            }
            @for warning in warnings(report.baselines, report.diagnosis.metric, &report.diagnosis.unit) {
                p { strong { (text::prose(&warning)) } }
            }
            (wide("Baselines", table(report.baselines, errors)))
            p.fine {
                "Both answered the same validation examples, so the difference (baseline − network) is paired. "
                "Intervals are at 95 %."
            }
            @for fit in report.baselines.iter().filter_map(|baseline| baseline.fit) {
                p.fine { "The linear baseline: softmax or ridge regression on what the network reads. " (text::prose(&fit.said())) }
            }
        }
    }
}

fn table(baselines: &[BaselineReport], errors: &Errors) -> Markup {
    html! {
        table {
            thead {
                tr {
                    th scope="col" { "Baseline" }
                    th.number scope="col" { "Error" (errors.in_unit()) }
                    th.number scope="col" { "95 % interval" }
                    th.number scope="col" { "Baseline − network" }
                    th.number scope="col" { "95 % interval" }
                    th scope="col" { "Better" }
                }
            }
            tbody {
                @for baseline in baselines {
                    tr {
                        th scope="row" { (text::name(&baseline.name)) }
                        td.number { (errors.figure(baseline.error)) }
                        td.number { (errors.range(baseline.interval)) }
                        td.number { (errors.signed(baseline.difference)) }
                        td.number { (errors.range(baseline.difference_interval)) }
                        td {
                            @match baseline.better {
                                Better::Network => { "the network" }
                                Better::Baseline => { strong { "the baseline" } }
                                Better::CannotTell => { "cannot tell" }
                            }
                        }
                    }
                }
            }
        }
    }
}
