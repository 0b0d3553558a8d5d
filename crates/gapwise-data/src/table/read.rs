//! Reading a labelled table: the steps in order, and the problems of all of them.

use std::path::{Path, PathBuf};

use super::{
    ColumnKind, ColumnRole, ColumnSchema, Table,
    checks::Checked,
    examples::Examples,
    header, keys,
    label::{self, LabelColumn},
    layout,
    met::{BadExamples, Met},
    missing::Cells,
    part::Part,
    plan::{Plan, open_train},
    record::{fingerprint, ids, schema},
};
use crate::{
    DataError, Dataset, Inputs, Place, Problem, Severity, SourceOptions, TaskChoice,
    TrainingSource,
    problem::{Gathered, Purpose},
    shown::shown,
    source::Reading,
    split::Split,
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
