//! The data and its splits.

use gapwise_data::{
    Severity,
    summary::{ColumnSummary, InputSummary, LabelSummary, ProblemLine, Summary},
};
use gapwise_pages::{text, wide};
use maud::{Markup, html};

use super::{
    Report,
    numbers::{self, counted, significant},
    plot::pc,
};

/// Most columns, classes or problems that are listed; what is left out is counted.
const MOST: usize = 200;

/// The section on the data.
pub(super) fn section(summary: &Summary) -> Markup {
    html! {
        (facts(summary))
        @if let InputSummary::Table { columns } = &summary.inputs {
            h3 { "Columns" }
            (wide("Columns", self::columns(columns)))
            (left_out(columns.len(), "columns"))
        }
        @if let LabelSummary::Classes { classes, .. } = &summary.labels {
            h3 { "Classes" }
            (wide("Classes", self::classes(classes)))
            (left_out(classes.len(), "classes"))
        }
        h3 { "Notes" }
        @if summary.notes.is_empty() {
            p.none { "Nothing was guessed." }
        } @else {
            ul.notes {
                @for note in &summary.notes {
                    li {
                        (text::prose(&note.said))
                        @if let Some(flag) = &note.change_with { span.under { "Change with " code { (text::name(flag)) } } }
                    }
                }
            }
        }
        h3 { "Problems" }
        (problems(&summary.problems))
    }
}

fn facts(summary: &Summary) -> Markup {
    html! {
        dl {
            div { dt { "Examples" } dd { (numbers::count(summary.examples)) } }
            @if summary.skipped > 0 {
                div { dt { "Left out" } dd { (counted(summary.skipped, "bad example")) } }
            }
            div {
                dt { "Exact duplicates" }
                dd {
                    @if summary.duplicates.sets == 0 { "none" } @else {
                        (counted(summary.duplicates.examples, "example")) " in " (counted(summary.duplicates.sets, "set"))
                        ", each kept on one side of every split"
                    }
                }
            }
            @if let Some(groups) = summary.groups { div { dt { "Groups" } dd { (numbers::count(groups)) } } }
            (inputs(&summary.inputs))
            (labels(&summary.labels))
            div { dt { "Fingerprint" } dd { code { (text::name(&summary.fingerprint)) } } }
        }
    }
}

fn inputs(inputs: &InputSummary) -> Markup {
    html! {
        @match inputs {
            InputSummary::Table { columns } => {
                div {
                    dt { "Inputs" }
                    dd {
                        (counted(columns.len(), "column"))
                        @let unused = columns.iter().filter(|column| column.left_out.is_some()).count();
                        @if unused > 0 { ", " (numbers::count(unused)) " of them left out" }
                    }
                }
            }
            InputSummary::Images { channels, height, width, sizes } => {
                div {
                    dt { "Inputs" }
                    dd {
                        @match channels { 1 => { "grey images" }, 3 => { "colour images" }, n => { "images of " (n) " channels" } }
                        ", " (width) "×" (height) " pixels (width × height)"
                    }
                }
                div {
                    dt { "Sizes in the source" }
                    dd {
                        ul.plain {
                            @for (height, width, images) in sizes {
                                li { (width) "×" (height) " " span.muted { (counted(*images, "image")) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn labels(labels: &LabelSummary) -> Markup {
    html! {
        @match labels {
            LabelSummary::Classes { name, classes } => {
                div { dt { "Label" } dd { (text::name(name)) ", one of " (numbers::count(classes.len())) " classes" } }
            }
            LabelSummary::Numbers { name, low, median, high, deviation } => {
                div {
                    dt { "Label" }
                    dd {
                        (text::name(name)) ", a number from " (significant(*low)) " to " (significant(*high))
                        ", median " (significant(*median)) ", standard deviation " (significant(*deviation))
                    }
                }
            }
        }
    }
}

fn columns(columns: &[ColumnSummary]) -> Markup {
    html! {
        table {
            thead {
                tr {
                    th scope="col" { "Column" }
                    th scope="col" { "Kind" }
                    th.number scope="col" { "Missing" }
                    th.number scope="col" { "Distinct" }
                    th scope="col" { "Values" }
                }
            }
            tbody {
                @for column in columns.iter().take(MOST) {
                    tr {
                        th scope="row" { (text::name(&column.name)) }
                        td { (column.kind) }
                        td.number { (numbers::count(column.missing)) }
                        td.number { (numbers::count(column.distinct)) }
                        td.words {
                            @if let Some((low, median, high)) = column.range {
                                (significant(low)) " to " (significant(high)) span.muted { ", median " (significant(median)) }
                            }
                            @for (place, (value, count)) in column.frequent.iter().enumerate() {
                                @if place > 0 { ", " }
                                (text::name(value)) " " span.muted { (numbers::count(*count)) }
                            }
                            @if let Some(reason) = &column.left_out { span.under { "Left out: " (text::prose(reason)) } }
                        }
                    }
                }
            }
        }
    }
}

fn classes(classes: &[(String, usize)]) -> Markup {
    let most = classes.iter().map(|(_, examples)| *examples).max().unwrap_or(0).max(1);
    let all = classes.iter().map(|(_, examples)| *examples).sum::<usize>().max(1);
    html! {
        table {
            thead {
                tr {
                    th.number scope="col" { "Number" }
                    th scope="col" { "Class" }
                    th.number scope="col" { "Examples" }
                    th.number scope="col" { "Share" }
                    th.drawn aria-hidden="true" scope="col" {}
                }
            }
            tbody {
                @for (number, (name, examples)) in classes.iter().take(MOST).enumerate() {
                    tr {
                        td.number.muted { (number) }
                        th scope="row" { (text::name(name)) }
                        td.number { (numbers::count(*examples)) }
                        td.number { (numbers::fixed(100.0 * *examples as f64 / all as f64, 1)) " %" }
                        td.drawn aria-hidden="true" {
                            svg.mini focusable="false" {
                                rect.bar x="0" y="35%" height="30%" width=(pc(100.0 * *examples as f64 / most as f64)) {}
                            }
                        }
                    }
                }
            }
        }
    }
}

fn left_out(length: usize, what: &str) -> Markup {
    html! {
        @if length > MOST {
            p.fine { "Not shown: the other " (numbers::count(length - MOST)) " " (what) "; " code { "data.json" } " has all." }
        }
    }
}

fn problems(problems: &[ProblemLine]) -> Markup {
    let count = |severity| problems.iter().filter(|line| line.severity == severity).count();
    let counts = [
        (count(Severity::Fatal), "fatal problem"),
        (count(Severity::BadExample), "bad example"),
        (count(Severity::Warning), "warning"),
    ];
    html! {
        @if problems.is_empty() {
            p.none { "None was found." }
        } @else {
            p {
                @for (place, (count, what)) in counts.iter().filter(|(count, _)| *count > 0).enumerate() {
                    @if place > 0 { ", " }
                    (counted(*count, what))
                }
                "."
            }
            ul.notes {
                @for line in problems.iter().take(MOST) {
                    li {
                        span.badge.(severity(line.severity).0) { (severity(line.severity).1) }
                        " " (text::prose(&line.said))
                        @if let Some(hint) = &line.hint { span.under { (text::prose(hint)) } }
                    }
                }
            }
            (left_out(problems.len(), "problems"))
        }
    }
}

/// A severity's class in the style, and its word.
fn severity(severity: Severity) -> (&'static str, &'static str) {
    match severity {
        Severity::Fatal => ("material", "fatal"),
        Severity::BadExample => ("material", "bad example"),
        Severity::Warning => ("open", "warning"),
    }
}

/// The section on the splits.
pub(super) fn splits(report: &Report<'_>) -> Markup {
    let all = report.splits.counts.iter().map(|(_, examples)| *examples).sum::<usize>();
    html! {
        p { (text::prose(report.splits.rule)) }
        (wide("Splits", html! {
            table.short {
                thead {
                    tr {
                        th scope="col" { "Split" }
                        th.number scope="col" { "Examples" }
                        th.number scope="col" { "Share" }
                    }
                }
                tbody {
                    @for (split, examples) in report.splits.counts {
                        tr {
                            th scope="row" { (split) }
                            td.number { (numbers::count(*examples)) }
                            td.number { (numbers::fixed(100.0 * *examples as f64 / all.max(1) as f64, 1)) " %" }
                        }
                    }
                }
                tfoot { tr { th scope="row" { "all" } td.number { (numbers::count(all)) } td {} } }
            }
        }))
        p.fine { "The split of every example is in " code { "split.csv" } " beside this report." }
    }
}
