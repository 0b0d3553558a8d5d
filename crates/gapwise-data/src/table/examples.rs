//! The examples of a labelled table: every column read for what it is, and the bad ones dropped.

use rayon::prelude::*;

use super::{
    Column, ColumnKind, ColumnRole, ColumnSchema, MISSING, Table,
    column::retain,
    label::{self, LabelColumn},
    met::Met,
    missing::Cells,
    parse,
    part::{Part, cells, place},
    plan::Plan,
    times, weights,
};
use crate::{
    Groups, Labels, Problem, TaskChoice, Times,
    shown::{on_one_line, shown},
    split::Split,
    wording::{counted, joined},
};

/// The examples of all files, in their order.
pub(super) struct Examples {
    /// Whether each one read can be used.
    pub(super) keep: Vec<bool>,
    pub(super) labels: Labels,
    pub(super) groups: Option<Groups>,
    pub(super) weights: Option<Vec<f32>>,
    pub(super) times: Option<Times>,
    pub(super) table: Table,
    pub(super) splits: Vec<Option<Split>>,
}

impl Examples {
    /// Reads every column for what it is. Bad examples are not to be kept.
    pub(super) fn read(
        parts: &[Part],
        plan: &Plan,
        (label, task): (LabelColumn, TaskChoice),
        met: &mut Met,
    ) -> Examples {
        let mut keep = vec![true; parts.iter().map(Part::len).sum()];
        let labels = read_labels(parts, label, task, (&mut keep, met));
        let groups = plan.group.map(|group| {
            let reading = Cells::of(&plan.columns[group], &plan.missing);
            let column = (group, plan.columns[group].name.as_str(), reading);
            read_groups(parts, column, (&mut keep, met))
        });
        let weights = plan.weights.map(|place| {
            let column = (place, plan.columns[place].name.as_str());
            let reading = Cells::of(&plan.columns[place], &plan.missing);
            let read = weights::read(parts, column, reading);
            met.notes.extend(read.notes);
            met.problems.extend(read.problems);
            read.bad.into_iter().for_each(|example| keep[example] = false);
            read.of
        });
        let times = plan.time.and_then(|place| {
            let column = (place, &plan.columns[place]);
            let (times, bad, problems) = times::read(parts, column, &plan.missing)?;
            met.problems.extend(problems);
            bad.into_iter().for_each(|example| keep[example] = false);
            Some(times)
        });
        let table = read_columns(parts, plan, (&mut keep, met));
        // Only now is it known which examples are kept.
        if let (Some(of), Some(place)) = (&weights, plan.weights) {
            for problem in weights::all_zero(parts, of, &keep, &plan.columns[place].name) {
                met.problems.push(problem);
            }
        }
        let splits =
            parts.iter().flat_map(|part| std::iter::repeat_n(part.split, part.len())).collect();
        Examples { keep, labels, groups, weights, times, table, splits }
    }

    /// Drops the examples that are not to be kept, and gives the places of the others among those
    /// that were read.
    pub(super) fn drop_bad(&mut self) -> Vec<usize> {
        let keep = &self.keep;
        let kept: Vec<usize> = (0..keep.len()).filter(|&example| keep[example]).collect();
        if kept.len() == keep.len() {
            return kept;
        }
        match &mut self.labels {
            Labels::Classes { names, of } => {
                retain(of, keep);
                drop_unused(names, of);
            }
            Labels::Numbers(values) => retain(values, keep),
        }
        if let Some(groups) = &mut self.groups {
            retain(&mut groups.of, keep);
            drop_unused(&mut groups.names, &mut groups.of);
        }
        if let Some(weights) = &mut self.weights {
            retain(weights, keep);
        }
        if let Some(times) = &mut self.times {
            retain(&mut times.of, keep);
        }
        for column in &mut self.table.columns {
            column.values.retain(keep);
        }
        self.table.rows = kept.len();
        retain(&mut self.splits, keep);
        kept
    }
}

fn read_labels(
    parts: &[Part],
    column: LabelColumn,
    task: TaskChoice,
    (keep, met): (&mut [bool], &mut Met),
) -> Labels {
    let (labels, bad, problems) = match task {
        TaskChoice::Classification => {
            let read = label::classes(parts, column, None);
            met.notes.extend(read.notes);
            (Labels::Classes { names: read.names, of: read.of }, read.bad, read.problems)
        }
        TaskChoice::Regression => {
            let read = label::numbers(parts, column);
            (Labels::Numbers(read.of), read.bad, read.problems)
        }
    };
    met.problems.extend(problems);
    for example in bad {
        keep[example] = false;
    }
    labels
}

/// The groups in a column, given by its place, its name and how it is read.
pub(super) fn read_groups(
    parts: &[Part],
    (column, name, reading): (usize, &str, Cells<'_>),
    (keep, met): (&mut [bool], &mut Met),
) -> Groups {
    let (names, of) = parse::interned(cells(parts, column), |cell| reading.is_missing(cell));
    let without = of.iter().zip(cells(parts, column)).enumerate();
    for (example, (_, cell)) in without.filter(|(_, (group, _))| **group == MISSING) {
        let place = place(parts, example).column(name);
        let found = (!cell.is_empty()).then(|| shown(cell));
        met.problems.push(Problem::GroupMissing { place, found });
        keep[example] = false;
    }
    Groups { names, of }
}

fn read_columns(parts: &[Part], plan: &Plan, (keep, met): (&mut [bool], &mut Met)) -> Table {
    let places: Vec<usize> = (0..plan.columns.len())
        .filter(|place| {
            matches!(plan.columns[*place].role, ColumnRole::Input | ColumnRole::LeftOut)
        })
        .collect();
    let parsed: Vec<parse::Parsed> = places
        .par_iter()
        .map(|place| {
            let schema = &plan.columns[*place];
            // Bad cells matter only where a network reads them.
            let as_text = ColumnSchema { kind: ColumnKind::Text, ..schema.clone() };
            let left_out = schema.role == ColumnRole::LeftOut;
            parse::column(parts, *place, (if left_out { &as_text } else { schema }, &plan.missing))
        })
        .collect();
    let mut columns = Vec::with_capacity(places.len());
    say_words(plan, places.iter().copied().zip(&parsed), met);
    for (place, parsed) in places.into_iter().zip(parsed) {
        met.problems.extend(parsed.problems);
        for example in parsed.bad {
            keep[example] = false;
        }
        columns.push(Column {
            name: plan.columns[place].name.clone(),
            values: parsed.values,
            left_out: plan.left_out[place].clone(),
        });
    }
    Table { columns, rows: keep.len() }
}

/// Says in one note which words are read as missing.
fn say_words<'a>(
    plan: &Plan,
    columns: impl Iterator<Item = (usize, &'a parse::Parsed)>,
    met: &mut Met,
) {
    /// The most columns that are named.
    const NAMED: usize = 4;
    let mut listed: Vec<String> = Vec::new();
    let (mut others, mut among_words) = (0, false);
    for (place, parsed) in columns {
        let column = &plan.columns[place];
        let words: Vec<(&str, usize)> = parsed.words.iter().collect();
        if words.is_empty() || column.role != ColumnRole::Input {
            continue;
        }
        among_words |= matches!(column.kind, ColumnKind::Category | ColumnKind::Boolean);
        if listed.len() == NAMED {
            others += 1;
            continue;
        }
        let cells = words.iter().map(|(_, times)| times).sum();
        let words: Vec<String> =
            words.iter().take(3).map(|(word, _)| format!("`{}`", shown(word))).collect();
        let name = on_one_line(&column.name);
        listed.push(format!("{} in `{name}` ({})", joined(&words, "and"), counted(cells, "cell")));
    }
    if listed.is_empty() {
        return;
    }
    let are = if listed.len() == 1 && others == 0 { "is" } else { "are" };
    if others > 0 {
        listed.push(format!("such words in {}", counted(others, "other column")));
    }
    met.say(
        format!("{} {are} read as missing", joined(&listed, "and")),
        among_words.then_some("--missing blank"),
    );
}

/// Removes names that no example has any more.
pub(super) fn drop_unused(names: &mut Vec<String>, of: &mut [u32]) {
    let mut used = vec![false; names.len()];
    for code in of.iter() {
        used[*code as usize] = true;
    }
    let mut next = 0;
    let renumbered: Vec<u32> = used
        .iter()
        .map(|used| {
            let number = next;
            next += u32::from(*used);
            number
        })
        .collect();
    retain(names, &used);
    for code in of {
        *code = renumbered[*code as usize];
    }
}
