//! What data is, in lines for people.

use gapwise::{
    augmented::{Columns, Sheet},
    data::{
        Severity, Split,
        summary::{ColumnSummary, InputSummary, LabelSummary, ProblemLine, Summary},
        wording::counted,
    },
    inspection::Inspection,
    study::metric::count,
};

use super::{
    output::{Out, Written},
    style::{BOLD, DIM, ERROR, LABEL, WARNING},
};

/// At most this many problems that stop a run are printed, and of warnings fewer; the count of all
/// is.
const SHOWN: usize = 20;
const WARNINGS_SHOWN: usize = 5;

/// What a bad example is called where it stops the work, and where the work goes on without it.
pub(super) const REFUSED: &str = "error";
pub(super) const LEFT_OUT: &str = "left out";

/// At most this many classes are printed with their numbers.
const CLASSES_SHOWN: usize = 100;

/// The data in one line for inputs and one for labels.
pub(super) fn headline(summary: &Summary) -> Vec<(&'static str, String)> {
    let n = count(summary.examples);
    let inputs = match &summary.inputs {
        InputSummary::Table { columns } => {
            let used = columns.iter().filter(|column| column.left_out.is_none()).count();
            let columns = if used == 1 { "column" } else { "columns" };
            format!("{n} rows, {used} {columns} to learn from")
        }
        InputSummary::Images { channels, height, width, .. } => {
            let kind = if *channels == 1 { "grey" } else { "colour" };
            format!("{n} {kind} images of {height}×{width}")
        }
    };
    let labels = match &summary.labels {
        LabelSummary::Classes { name, classes } => {
            let listed: Vec<String> = classes
                .iter()
                .take(CLASSES_SHOWN)
                .enumerate()
                .map(|(number, (class, n))| format!("{number} = {class} ({})", count(*n)))
                .collect();
            let more = match classes.len().saturating_sub(CLASSES_SHOWN) {
                0 => String::new(),
                more => format!(", and {more} more in `data.json`"),
            };
            format!("`{name}`, {} classes: {}{more}", classes.len(), listed.join(", "))
        }
        LabelSummary::Numbers { name, low, median, high, .. } => {
            format!("`{name}`, a number from {low} to {high}, median {median}")
        }
    };
    let mut lines = vec![("data", format!("{}: {inputs}", summary.name)), ("label", labels)];
    if let Some(groups) = summary.groups {
        lines.push(("groups", count(groups)));
    }
    if summary.skipped > 0 {
        let examples = if summary.skipped == 1 { "example" } else { "examples" };
        lines.push(("left out", format!("{} bad {examples}", count(summary.skipped))));
    }
    lines
}

/// The whole inspection.
pub(super) fn print(out: &mut Out, inspection: &Inspection) -> Written {
    let summary = &inspection.summary;
    for (label, text) in headline(summary) {
        out.line(&format!("{LABEL}{label:<9}{LABEL:#} {text}"))?;
    }
    for note in &summary.notes {
        let change = note
            .change_with
            .as_ref()
            .map_or(String::new(), |flag| format!(" {DIM}(change with `{flag}`){DIM:#}"));
        out.line(&format!("{LABEL}note     {LABEL:#} {}{change}", note.said))?;
    }
    if let InputSummary::Table { columns } = &summary.inputs {
        print_columns(out, columns)?;
    }
    let bad = if inspection.usable { LEFT_OUT } else { REFUSED };
    if !summary.problems.is_empty() {
        out.line("")?;
        for line in problem_lines(&summary.problems, bad) {
            out.line(&line)?;
        }
    }
    out.line("")?;
    let splits = splits(&inspection.splits, &inspection.rule);
    out.line(&format!("{LABEL}splits   {LABEL:#} {splits}"))?;
    out.line(&format!(
        "{LABEL}network  {LABEL:#} {}: {}",
        inspection.network.as_str(),
        inspection.reason
    ))?;
    match &inspection.augmented {
        Some(sheet) => out.line(&format!("{LABEL}augmented{LABEL:#} {}", said_of(sheet))),
        None => Ok(()),
    }
}

/// Where a contact sheet is and what is on it.
fn said_of(sheet: &Sheet) -> String {
    let labels: Vec<&str> = sheet.images.iter().map(|shown| shown.label.as_str()).collect();
    let listed = |settings: &[String]| {
        settings.iter().map(|set| format!("`{set}`")).collect::<Vec<_>>().join(", ")
    };
    let (columns, on) = match &sheet.columns {
        Columns::Epochs { epochs, settings } => {
            (format!("as epochs 1 to {epochs} show it with {}", listed(settings)), String::new())
        }
        Columns::Kinds { settings } => (
            format!("with each of {}", listed(settings)),
            "; nothing is switched on: choose what keeps the labels, such as `--set \
             augment.rotate=15`"
                .to_owned(),
        ),
    };
    let replaced = if sheet.replaced { " (in place of the file there was)" } else { "" };
    format!(
        "{}{replaced}: {} of train, a row each ({}), as it is and then {columns}{on}",
        sheet.path.display(),
        counted(sheet.images.len(), "image"),
        labels.join(", "),
    )
}

/// How many examples each split has, and why.
pub(super) fn splits(counts: &[(Split, usize)], rule: &str) -> String {
    let parts: Vec<String> =
        counts.iter().map(|(split, n)| format!("{} {split}", count(*n))).collect();
    format!("{}: {rule}", parts.join(", "))
}

fn print_columns(out: &mut Out, columns: &[ColumnSummary]) -> Written {
    out.line("")?;
    let width = columns.iter().map(|column| column.name.chars().count()).max().unwrap_or(0);
    let width = width.clamp(6, 28);
    out.line(&format!(
        "{BOLD}{:<width$}  {:<8}  {:>8}  {:>8}  values{BOLD:#}",
        "column", "kind", "missing", "distinct"
    ))?;
    for column in columns {
        let values = match (&column.left_out, column.range) {
            (Some(why), _) => format!("left out: {why}"),
            (None, Some((low, median, high))) => format!("{low} … {median} … {high}"),
            (None, None) => {
                let frequent: Vec<String> = column
                    .frequent
                    .iter()
                    .map(|(value, n)| format!("{value} ({})", count(*n)))
                    .collect();
                frequent.join(", ")
            }
        };
        let name = shortened(&column.name, width);
        out.line(&format!(
            "{name:<width$}  {:<8}  {:>8}  {:>8}  {}",
            column.kind,
            count(column.missing),
            count(column.distinct),
            shortened(&values, 60)
        ))?;
    }
    Ok(())
}

/// Problems as lines, gravest first, the most frequent severity cut off with a count.
/// `bad` is what a bad example is called: [`REFUSED`] or [`LEFT_OUT`].
pub(super) fn problem_lines(problems: &[ProblemLine], bad: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for severity in [Severity::Fatal, Severity::BadExample, Severity::Warning] {
        let these: Vec<&ProblemLine> =
            problems.iter().filter(|problem| problem.severity == severity).collect();
        let (style, word, shown) = match severity {
            Severity::Fatal => (ERROR, "error", SHOWN),
            Severity::BadExample => (ERROR, bad, SHOWN),
            Severity::Warning => (WARNING, "warning", WARNINGS_SHOWN),
        };
        let mut last_hint = None;
        for problem in these.iter().take(shown) {
            if last_hint != problem.hint.as_ref() {
                lines.extend(last_hint.map(|hint: &String| format!("  hint: {hint}")));
                last_hint = problem.hint.as_ref();
            }
            lines.push(format!("{style}{word}{style:#}: {}", problem.said));
        }
        lines.extend(last_hint.map(|hint| format!("  hint: {hint}")));
        if these.len() > shown {
            let more = count(these.len() - shown);
            lines.push(format!("{style}{word}{style:#}: … and {more} more like these"));
        }
    }
    lines
}

fn shortened(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width - 1).collect();
    format!("{kept}…")
}
