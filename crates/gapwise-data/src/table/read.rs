//! Reading a labelled table: the steps in order, and the problems of all of them.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::{
    Column, ColumnKind, ColumnRole, ColumnSchema, MISSING, Table,
    checks::Checked,
    column::retain,
    header, keys,
    label::{self, LabelColumn},
    layout,
    met::{BadExamples, Met},
    missing::Cells,
    parse,
    part::{Part, cells, place},
    plan::{Plan, open_train},
    record::{fingerprint, ids, schema},
    times, weights,
};
use crate::{
    DataError, Dataset, Groups, Inputs, Labels, Place, Problem, Severity, SourceOptions,
    TaskChoice, Times, TrainingSource,
    problem::{Gathered, Purpose},
    shown::{on_one_line, shown},
    source::Reading,
    split::Split,
    wording::{counted, joined},
};

/// The files of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TableFiles {
    /// Short name of the data set.
    pub(crate) name: String,
    /// What train is taken from.
    pub(crate) train: PathBuf,
    /// A training source of its own; `train` then gives validation and test.
    pub(crate) train_from: Option<PathBuf>,
    /// Ready-made validation.
    pub(crate) validation: Option<PathBuf>,
    /// Ready-made test.
    pub(crate) test: Option<PathBuf>,
}

/// Reads and checks a labelled table.
pub(crate) fn read(files: &TableFiles, options: &SourceOptions) -> Result<Dataset, DataError> {
    refuse_options_for_images(options)?;
    let bad_examples = BadExamples::of(options);
    let mut met = Met::default();
    let Some(Opened { plan, parts }) = open(files, options, &mut met)? else {
        return Err(met.unusable(&files.train, bad_examples));
    };
    let label = &plan.columns[plan.label];
    let reading = Cells::of(label, &plan.missing);
    let column = LabelColumn { place: plan.label, name: &label.name, reading };
    let Some(task) = settled_task(&parts, column, options, &mut met) else {
        return Err(met.unusable(&files.train, bad_examples));
    };
    let mut examples = Examples::read(&parts, &plan, (column, task), &mut met);
    let kept = examples.drop_bad();
    if options.header == Some(false) {
        blame_names(&parts[0], &mut met.problems);
    }
    if kept.is_empty() {
        if options.skip_bad {
            let place = Place::path(&files.train);
            met.problems.push(Problem::NoneUsable { place, examples: examples.keep.len() });
        }
        return Err(met.unusable(&files.train, bad_examples));
    }
    leave_out_useless(&mut examples.table, &files.train, &mut met.problems);

    let Examples { keep, labels, groups, weights, times, table, splits } = examples;
    let (inputs, content) = keys::of(&table, &labels);
    let trains = if files.train_from.is_some() { parts[0].len() } else { 0 };
    let train_from = files.train_from.as_ref().map(|path| {
        let holds = kept.iter().map(|&example| example < trains).collect();
        TrainingSource::new(path, &files.train, holds)
    });
    let checked = Checked {
        parts: &parts,
        kept: &kept,
        table: &table,
        labels: &labels,
        label: column.name,
        splits: &splits,
        inputs: &keys::told_apart(&table, &inputs),
        content: &keys::told_apart(&table, &content),
        train_from: train_from.as_ref(),
    };
    check(&checked, plan.label_doubt.as_ref(), &mut met);

    let schema = schema(&plan, &table, &labels);
    let fingerprint = fingerprint(&met, &schema, options.skip_bad);
    let (notes, problems) = met.refuse(&files.train, bad_examples)?;
    Ok(Dataset {
        name: files.name.clone(),
        ids: ids(&parts, &keep),
        inputs: Inputs::Table(table),
        labels,
        label_name: column.name.to_owned(),
        reading: Reading::Table(schema),
        groups,
        weights,
        times,
        ready_made: ready_made(splits, train_from.as_ref()),
        train_from,
        content,
        notes,
        problems,
        fingerprint,
    })
}

/// Refuses options that mean something for images only.
fn refuse_options_for_images(options: &SourceOptions) -> Result<(), DataError> {
    let for_images = [
        ("--image-size", options.image_size.is_some()),
        ("data.image_fit", options.image_fit.is_some()),
        ("data.image_memory", options.image_memory.is_some()),
    ];
    match for_images.into_iter().find(|&(_, given)| given) {
        Some((option, _)) => {
            let place = Place::path(&options.path);
            Err(Problem::NotForTables { place, option }.into())
        }
        None => Ok(()),
    }
}

/// All files of a table, cut into cells.
struct Opened {
    plan: Plan,
    /// The training file first.
    parts: Vec<Part>,
}

/// Opens all files. `None` where a problem among those met leaves nothing to go on with.
fn open(
    files: &TableFiles,
    options: &SourceOptions,
    met: &mut Met,
) -> Result<Option<Opened>, DataError> {
    let Some((plan, train)) = open_train(files, options, met)? else { return Ok(None) };
    let mut parts = vec![train];
    if let Some(train_from) = &files.train_from {
        let split = (files.validation.is_some() && files.test.is_some()).then_some(Split::Train);
        let Some(part) = open_beside(&files.train, (split, train_from), &plan, met)? else {
            return Ok(None);
        };
        parts.push(part);
    }
    for (path, split) in [(&files.validation, Split::Validation), (&files.test, Split::Test)] {
        if let Some(path) = path {
            parts.extend(open_held_out(path, split, &plan, met)?);
        }
    }
    Ok(Some(Opened { plan, parts }))
}

/// The task, where every file has labels for it; else a problem among those met says why not.
fn settled_task(
    parts: &[Part],
    column: LabelColumn,
    options: &SourceOptions,
    met: &mut Met,
) -> Option<TaskChoice> {
    for part in parts {
        let purpose = part.split.map_or(Purpose::Training, |split| match split {
            Split::Validation | Split::Test => Purpose::HeldOut(split),
            Split::Train | Split::TrainValidation => Purpose::Training,
        });
        // A held-out file without the column has said so, and no example of it need say it again.
        part.places[column.place]?;
        if let Some(problem) = label::none_there(std::slice::from_ref(part), column, purpose) {
            met.problems.push(problem);
            return None;
        }
    }
    let task = task(&parts[0], column, options, met);
    if task == TaskChoice::Regression
        && let Some(problem) = label::not_numbers(parts, column)
    {
        met.problems.push(problem);
        return None;
    }
    Some(task)
}

/// The examples of all files, in their order.
struct Examples {
    /// Whether each one read can be used.
    keep: Vec<bool>,
    labels: Labels,
    groups: Option<Groups>,
    weights: Option<Vec<f32>>,
    times: Option<Times>,
    table: Table,
    splits: Vec<Option<Split>>,
}

impl Examples {
    /// Reads every column for what it is. Bad examples are not to be kept.
    fn read(
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
    fn drop_bad(&mut self) -> Vec<usize> {
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

/// Adds what is wrong with the whole, and what the label may be instead.
fn check(checked: &Checked, label_doubt: Option<&Problem>, met: &mut Met) {
    let found = checked.run();
    if let Some(doubt) = label_doubt.cloned() {
        // The reason for an error is one too.
        let refused = found.gravest() == Some(Severity::Fatal);
        met.problems.push(if refused { Problem::Cause(Box::new(doubt)) } else { doubt });
    }
    met.problems.extend(found);
    met.notes.extend(checked.identifiers());
}

/// The splits that the files give; none where they give train alone. Of a training source of its
/// own, none is said: that it trains says nothing about what is held out of it.
fn ready_made(
    mut splits: Vec<Option<Split>>,
    train_from: Option<&TrainingSource>,
) -> Option<Vec<Option<Split>>> {
    if let Some(train_from) = train_from {
        for (split, _) in splits.iter_mut().zip(&train_from.holds).filter(|(_, holds)| **holds) {
            *split = None;
        }
    }
    splits.iter().flatten().any(|split| *split != Split::Train).then_some(splits)
}

/// Opens the file that validation and test come from, beside a training source. `None` where its
/// columns are others.
fn open_beside(
    path: &Path,
    (split, train_from): (Option<Split>, &Path),
    plan: &Plan,
    met: &mut Met,
) -> Result<Option<Part>, DataError> {
    let what_for = (split, Purpose::Training);
    let opened = layout::open_like(path, what_for, (&plan.columns, plan.layout), |_| false);
    let Some(opened) = met.problems.sift(opened)? else { return Ok(None) };
    met.hashed.update(b"beside");
    met.hashed.update(opened.digest.as_bytes());
    met.notes.extend(opened.notes);
    met.problems.extend(opened.problems);
    let missing: Vec<String> = plan
        .columns
        .iter()
        .zip(&opened.part.places)
        .filter(|(column, place)| column.role != ColumnRole::LeftOut && place.is_none())
        .map(|(column, _)| column.name.clone())
        .collect();
    if missing.is_empty() {
        return Ok(Some(opened.part));
    }
    let (place, train) = (Place::path(path), train_from.to_owned());
    met.problems.push(Problem::OtherColumns { place, train, missing });
    Ok(None)
}

/// Opens a ready-made held-out file. What keeps it from being read is a problem among the others.
fn open_held_out(
    path: &Path,
    split: Split,
    plan: &Plan,
    met: &mut Met,
) -> Result<Option<Part>, DataError> {
    let needs =
        |column: &ColumnSchema| !matches!(column.role, ColumnRole::LeftOut | ColumnRole::Weight);
    let what_for = (Some(split), Purpose::HeldOut(split));
    let opened = layout::open_like(path, what_for, (&plan.columns, plan.layout), needs);
    let Some(opened) = met.problems.sift(opened)? else { return Ok(None) };
    met.hashed.update(split.as_str().as_bytes());
    met.hashed.update(opened.digest.as_bytes());
    met.notes.extend(opened.notes);
    met.problems.extend(opened.problems);
    Ok(Some(opened.part))
}

fn task(train: &Part, column: LabelColumn, options: &SourceOptions, met: &mut Met) -> TaskChoice {
    if let Some(task) = options.task {
        return task;
    }
    let (task, reason) = label::task(column.reading, train.cells(column.place));
    let (word, other) = match task {
        TaskChoice::Classification => ("classification", "--task regression"),
        TaskChoice::Regression => ("regression", "--task classification"),
    };
    // Words can be nothing but classes.
    let other = Some(other).filter(|_| column.reading.kind == ColumnKind::Number);
    met.say(format!("the task is {word}, since the label `{}` {reason}", column.name), other);
    task
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

/// Says once that the first line holds names, where that is all that is bad about a table said to
/// have none.
fn blame_names(train: &Part, problems: &mut Gathered) {
    let place = train.place(0);
    if problems.all_bad_are_on(&place) && header::detect(&train.grid, &[]).0 {
        let names = (0..train.grid.width()).map(|at| shown(train.grid.cell(0, at))).collect();
        problems.replace_bad(Problem::NamesAsExample { place, names });
    }
}

/// Leaves out columns of one value or none.
fn leave_out_useless(table: &mut Table, train: &Path, problems: &mut Gathered) {
    for column in table.columns.iter_mut().filter(|column| column.left_out.is_none()) {
        let place = || Place::path(train).column(&column.name);
        let missing = column.values.missing();
        if missing == table.rows {
            problems.push(Problem::EmptyColumn { place: place() });
            column.left_out = Some("no example has a value".to_owned());
        } else if missing == 0 {
            let first = column.values.key(0);
            if (1..table.rows).all(|example| column.values.key(example) == first) {
                let value = shown(&column.values.text(0).unwrap_or_default());
                problems.push(Problem::ConstantColumn { place: place(), value });
                column.left_out = Some("the same in every example".to_owned());
            }
        }
    }
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
