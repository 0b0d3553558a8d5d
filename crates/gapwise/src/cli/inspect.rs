//! `gapwise inspect`: what data is.

use std::collections::HashMap;

use gapwise::{
    augmented::{Columns, Sheet, write_sheet},
    config::{Config, ConfigError},
    data::{
        Severity, Split,
        summary::{ColumnSummary, InputSummary, LabelSummary, ProblemLine, Summary},
        wording::{counted, figure},
    },
    inspection::{self, Inspection},
    study::metric::count,
    weight_file,
};

use super::{
    Failure,
    args::{DataArgs, InspectArgs},
    output::{Out, Written},
    print,
    style::{BOLD, DIM, ERROR, LABEL, WARNING},
    weights,
};

pub(super) fn carry_out(args: InspectArgs) -> Result<(), Failure> {
    if let Some(path) = &args.weights {
        let file = weight_file::summarise(path)?;
        return print(|out| match args.output.json {
            true => out.json(&file),
            false => weights::print(out, &file),
        });
    }
    let config = typed_for(args.data, &args.sets)?;
    match inspection::inspect(&config.data, &config.split) {
        Ok((mut inspection, prepared)) => {
            if let Some(path) = &args.augmented {
                inspection.augmented = Some(write_sheet(&config, &prepared, path.as_deref())?);
            }
            if args.output.json {
                print(|out| out.json(&inspection))?;
            } else {
                print(|out| print_inspection(out, &inspection))?;
            }
            if inspection.usable { Ok(()) } else { Err(Failure::Told) }
        }
        Err(error) => {
            if args.output.json {
                let problems: Vec<ProblemLine> =
                    error.problems().iter().map(ProblemLine::of).collect();
                let answer = serde_json::json!({ "usable": false, "problems": problems });
                print(|out| out.json(&answer))?;
            }
            Err(error.into())
        }
    }
}

/// What was typed of data that is named on the command line.
pub(super) fn typed_for(data: DataArgs, sets: &[String]) -> Result<Config, ConfigError> {
    let mut config = Config::default().with_sets(sets)?;
    if let Some(typed) = &data.path
        && !config.data.path.as_os_str().is_empty()
    {
        return Err(ConfigError::PathTwice { set: config.data.path, typed: typed.clone() });
    }
    config.data = data.over(config.data);
    Ok(config)
}

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
            let [low, median, high] = [low, median, high].map(|value| figure(*value));
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
fn print_inspection(out: &mut Out, inspection: &Inspection) -> Written {
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
            (None, Some((low, median, high))) => {
                format!("{} … {} … {}", figure(low), figure(median), figure(high))
            }
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
        for (listed, more) in by_kind(&these, shown) {
            for problem in listed {
                if last_hint != problem.hint.as_ref() {
                    lines.extend(last_hint.map(|hint: &String| format!("  hint: {hint}")));
                    last_hint = problem.hint.as_ref();
                }
                lines.push(format!("{style}{word}{style:#}: {}", problem.said));
            }
            if more > 0 {
                lines.extend(last_hint.take().map(|hint| format!("  hint: {hint}")));
                let more = count(more);
                lines.push(format!("{style}{word}{style:#}: … and {more} more like these"));
            }
        }
        lines.extend(last_hint.map(|hint| format!("  hint: {hint}")));
    }
    lines
}

/// About `most` of some problems, at least one of each kind, in the order in which kinds come first;
/// with how many more there are of each kind. Where even one for each kind and column would be more
/// than `most`, columns do not tell kinds apart.
fn by_kind<'a>(problems: &[&'a ProblemLine], most: usize) -> Vec<(Vec<&'a ProblemLine>, usize)> {
    let whole = |problem: &'a ProblemLine| problem.kind.as_str();
    let without_column = |problem: &'a ProblemLine| {
        problem.kind.split_once('`').map_or(problem.kind.as_str(), |(kind, _)| kind)
    };
    let mut groups = grouped(problems, whole);
    if groups.len() > most {
        groups = grouped(problems, without_column);
    }
    let mut left = most.saturating_sub(groups.len());
    groups
        .into_iter()
        .map(|mut group| {
            let beyond_one = (group.len() - 1).min(left);
            left -= beyond_one;
            let more = group.len() - 1 - beyond_one;
            group.truncate(1 + beyond_one);
            (group, more)
        })
        .collect()
}

/// Problems of equal `kind` together, none of which is empty.
fn grouped<'a>(
    problems: &[&'a ProblemLine],
    kind: impl Fn(&'a ProblemLine) -> &'a str,
) -> Vec<Vec<&'a ProblemLine>> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut groups: Vec<Vec<&ProblemLine>> = Vec::new();
    for problem in problems {
        let place = *places.entry(kind(problem)).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[place].push(problem);
    }
    groups
}

fn shortened(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width - 1).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::{super::style::escaped, *};

    fn problem(kind: &str, at: usize) -> ProblemLine {
        ProblemLine {
            severity: Severity::BadExample,
            kind: kind.to_owned(),
            said: format!("{kind} {at}"),
            hint: Some(format!("mend {kind}")),
        }
    }

    #[test]
    fn no_kind_of_problem_is_hidden_behind_another() {
        let mut problems: Vec<ProblemLine> = (0..40).map(|at| problem("NoLabel`y", at)).collect();
        problems.push(problem("BadCell`x", 1));
        problems.extend((0..3).map(|at| problem("Ragged", at)));
        let lines = problem_lines(&problems, REFUSED);
        let plain: Vec<String> = lines.iter().map(|line| escaped(line)).collect();
        assert_eq!(plain.iter().filter(|line| line.contains(": NoLabel`y")).count(), 18);
        assert!(plain.contains(&"error: … and 22 more like these".to_owned()), "{plain:?}");
        assert!(plain.contains(&"error: BadCell`x 1".to_owned()), "{plain:?}");
        assert!(plain.contains(&"error: … and 2 more like these".to_owned()), "{plain:?}");
        assert_eq!(plain.last().map(String::as_str), Some("error: … and 2 more like these"));
        // Very many columns with one bad cell each are one kind.
        let cells: Vec<ProblemLine> =
            (0..100).map(|column| problem(&format!("BadCell`{column}"), 1)).collect();
        assert_eq!(problem_lines(&cells, REFUSED).len(), 20 + 20 + 1);
    }
}
