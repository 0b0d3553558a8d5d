//! The page: contents, header and sections.

use gapwise_pages::{Page, text};
use maud::{Markup, html};

use super::{Report, Section, numbers::counted};

/// What the report's style has beside the style of every page.
const STYLE: &str = include_str!("report.css");

/// The whole page.
pub(super) fn page(report: &Report<'_>, sections: &[Section]) -> String {
    let version = &report.environment.version;
    let body = html! {
        a.skip href="#verdict" { "Skip to the verdict" }
        nav.contents aria-label="Contents" {
            p.brand aria-hidden="true" { "Gapwise" }
            ol {
                @for section in sections {
                    li { a href={ "#" (section.id) } { (section.title) } }
                }
            }
        }
        main {
            (header(report))
            @for section in sections {
                section id=(section.id) aria-labelledby={ (section.id) "-title" } {
                    h2 id={ (section.id) "-title" } { (section.title) }
                    (section.body)
                }
            }
        }
        footer {
            p {
                "Made by Gapwise " (version)
                ". This page loads nothing: it can be kept, sent and printed as it is."
            }
        }
    };
    Page { title: report.run, version, style: STYLE, script: None, body }.render()
}

fn header(report: &Report<'_>) -> Markup {
    let skipped = report.summary.skipped;
    html! {
        header {
            p.kicker { "Run report" }
            h1 { (text::name(report.run)) }
            p.lead {
                (text::prose(report.network))
                " on " (text::name(&report.summary.name))
                ", " (counted(report.summary.examples, "example"))
                @if skipped > 0 { " (" (counted(skipped, "bad example")) " left out)" }
            }
        }
    }
}
