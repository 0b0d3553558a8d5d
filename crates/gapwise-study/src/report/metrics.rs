//! Every metric that fits, by split.

use gapwise_pages::{text, wide};
use maud::{Markup, html};

use crate::diagnosis::{Diagnosis, JudgedBy, RungError, RungKind};

/// The section on metrics; nothing of none.
pub(super) fn section(metrics: &[JudgedBy], diagnosis: &Diagnosis) -> Markup {
    let splits: Vec<RungKind> = RungKind::ALL
        .into_iter()
        .filter(|kind| metrics.iter().any(|judged| judged.rungs.iter().any(|r| r.kind == *kind)))
        .collect();
    html! {
        p {
            "Everything is judged by " strong { (text::prose(&diagnosis.metric_name())) }
            ", of which lower is better. Here each metric is under its own name and in its own direction."
        }
        (wide("Every metric", html! {
            table {
                thead {
                    tr {
                        th scope="col" { "Metric" }
                        @for split in &splits { th.number scope="col" { (split) } }
                    }
                }
                tbody {
                    @for judged in metrics {
                        tr {
                            th scope="row" {
                                (text::prose(&judged.name()))
                                span.under {
                                    @if judged.metric.own().is_some() { "higher is better" } @else { "lower is better" }
                                    @if judged.metric == diagnosis.metric { "; judged by this" }
                                }
                            }
                            @for split in &splits {
                                @let rung = judged.rungs.iter().find(|rung| rung.kind == *split);
                                td.number {
                                    @match rung.map(|rung| &rung.error) {
                                        None => { "–" },
                                        Some(RungError::Missing { reason }) => { span.muted { (text::prose(reason)) } },
                                        Some(error) => { (text::prose(&judged.said(error))) },
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }))
        p.fine { "In brackets: intervals at 95 %, each on its own." }
    }
}
