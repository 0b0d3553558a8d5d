//! The frame of the page: head, contents, header and sections.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Report, Section, numbers::counted, text};

/// The page's style. It is part of the page, since the page loads nothing.
const STYLE: &str = include_str!("report.css");

/// What the page may load: pictures that it holds itself, its own style, nothing else.
const POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/// The whole page.
pub(super) fn page(report: &Report<'_>, sections: &[Section]) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content={ "Gapwise " (report.environment.version) };
                title { (text::plain_name(report.run)) " · Gapwise" }
                style { (PreEscaped(STYLE)) }
            }
            body {
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
                        "Made by Gapwise " (report.environment.version)
                        ". This page loads nothing: it can be kept, sent and printed as it is."
                    }
                }
            }
        }
    }
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

/// A table that scrolls sideways within its own box where it is too wide for the page.
pub(super) fn wide(label: &str, table: Markup) -> Markup {
    html! { div.wide role="region" aria-label=(label) tabindex="0" { (table) } }
}
