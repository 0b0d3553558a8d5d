//! Reading other tables in the way of the training data.

use std::path::Path;

use rayon::prelude::*;

use super::{
    Column, ColumnRole, ColumnSchema, LabelSchema, Table, TableSchema,
    column::retain,
    examples::{drop_unused, read_groups},
    keys,
    label::{self, LabelColumn},
    layout::{self, Layout},
    met::{BadExamples, Met},
    missing::{Cells, Missing},
    parse,
    part::{Part, cells},
    records::Dialect,
    times, weights,
};
use crate::{
    DataError, Groups, Inputs, Labels, Note, Times,
    problem::Purpose,
    source::{LabelPolicy, Likewise},
    wording::{counted, thousands},
};

/// Reads a table with the columns, kinds and classes of the training data. The result has the
/// input columns alone.
pub(crate) fn read_like(
    schema: &TableSchema,
    path: &Path,
    policy: LabelPolicy,
) -> Result<Likewise, DataError> {
    let needs = |column: &ColumnSchema| match column.role {
        ColumnRole::Input => true,
        ColumnRole::Label => policy == LabelPolicy::Required,
        ColumnRole::Group | ColumnRole::Weight | ColumnRole::Time | ColumnRole::LeftOut => false,
    };
    let dialect = Dialect { delimiter: schema.delimiter, quote: schema.quote };
    let layout = Layout { header: schema.header, dialect };
    let what_for = (None, Purpose::Scoring);
    let opened = layout::open_like(path, what_for, (&schema.columns, layout), needs)?;
    let mut met = Met { notes: opened.notes, problems: opened.problems, ..Met::default() };
    let parts = [opened.part];
    let part = &parts[0];
    let mut keep = vec![true; part.len()];
    let missing = &Missing::of(&schema.missing);

    let inputs: Vec<(usize, &ColumnSchema)> = schema
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| column.role == ColumnRole::Input)
        .collect();
    let parsed: Vec<parse::Parsed> = inputs
        .par_iter()
        .map(|(place, column)| parse::column(&parts, *place, (column, missing)))
        .collect();
    let mut columns = Vec::with_capacity(inputs.len());
    for ((_, column), parsed) in inputs.into_iter().zip(parsed) {
        met.problems.extend(parsed.problems);
        for example in parsed.bad {
            keep[example] = false;
        }
        columns.push(Column { name: column.name.clone(), values: parsed.values, left_out: None });
    }

    let mut labels = read_labels(schema, &parts, policy, (&mut keep, &mut met));
    let mut groups = groups(schema, &parts, policy, (&mut keep, &mut met));
    let mut weights = read_weights(schema, &parts, policy, (&mut keep, &mut met));
    let mut times = times(schema, &parts);
    let kept = keep.iter().filter(|kept| **kept).count();
    if kept == 0 {
        return Err(met.unusable(path, BadExamples::Told));
    }
    if kept < keep.len() {
        for column in &mut columns {
            column.values.retain(&keep);
        }
        match &mut labels {
            Some(Labels::Classes { of, .. }) => retain(of, &keep),
            Some(Labels::Numbers(values)) => retain(values, &keep),
            None => {}
        }
        if let Some(weights) = &mut weights {
            retain(weights, &keep);
        }
        if let Some(times) = &mut times {
            retain(&mut times.of, &keep);
        }
        if let Some(groups) = &mut groups {
            retain(&mut groups.of, &keep);
            drop_unused(&mut groups.names, &mut groups.of);
        }
    }
    let table = Table { columns, rows: kept };
    let content = labels.as_ref().map(|labels| keys::of(&table, labels).1).unwrap_or_default();
    let ids = (0..part.len())
        .filter(|example| keep[*example])
        .map(|example| format!("{}:{}", part.id_prefix, part.line(example)))
        .collect();
    // Bad examples are left out here and listed; whoever asked decides whether that will do.
    let (notes, problems) = met.refuse_fatal(path)?;
    Ok(Likewise {
        ids,
        inputs: Inputs::Table(table),
        labels,
        groups,
        weights,
        times,
        content,
        notes,
        problems,
        fingerprint: opened.digest.to_hex().to_string(),
    })
}

/// The groups, where both tables have them. An example without one is bad, as it is in training,
/// unless the labels are optional: then nothing hangs on groups, and there are none.
fn groups(
    schema: &TableSchema,
    parts: &[Part],
    policy: LabelPolicy,
    (keep, met): (&mut [bool], &mut Met),
) -> Option<Groups> {
    let place = schema.columns.iter().position(|column| column.role == ColumnRole::Group)?;
    parts.iter().all(|part| part.places[place].is_some()).then_some(())?;
    let missing = Missing::of(&schema.missing);
    let reading = Cells::of(&schema.columns[place], &missing);
    let none = |cell: &str| reading.is_missing(cell);
    if policy == LabelPolicy::Optional && cells(parts, place).any(none) {
        return None;
    }
    Some(read_groups(parts, (place, &schema.columns[place].name, reading), (keep, met)))
}

/// The times, where the training data has them and every example here has one.
fn times(schema: &TableSchema, parts: &[Part]) -> Option<Times> {
    let place = schema.columns.iter().position(|column| column.role == ColumnRole::Time)?;
    parts.iter().all(|part| part.places[place].is_some()).then_some(())?;
    let missing = Missing::of(&schema.missing);
    let (times, bad, _) = times::read(parts, (place, &schema.columns[place]), &missing)?;
    bad.is_empty().then_some(times)
}

/// The weights, where the training data has them: 1 each in a table that lacks them. An example
/// without one is bad, as it is in training, unless the labels are optional: then nothing hangs on
/// weights, and where any cannot be used all are 1.
fn read_weights(
    schema: &TableSchema,
    parts: &[Part],
    policy: LabelPolicy,
    (keep, met): (&mut [bool], &mut Met),
) -> Option<Vec<f32>> {
    let place = schema.columns.iter().position(|column| column.role == ColumnRole::Weight)?;
    let name = schema.columns[place].name.as_str();
    let missing = Missing::of(&schema.missing);
    let reading = Cells::of(&schema.columns[place], &missing);
    let mut read = weights::read(parts, (place, name), reading);
    if policy == LabelPolicy::Optional {
        if !read.bad.is_empty() || read.of.iter().all(|weight| *weight == 0.0) {
            let said = format!("not every weight in `{name}` can be used, so all weights are 1");
            met.notes.push(Note { said, change_with: None });
            read.of.fill(1.0);
        }
    } else {
        for example in read.bad {
            keep[example] = false;
        }
        met.problems.extend(read.problems);
        for problem in weights::all_zero(parts, &read.of, keep, name) {
            met.problems.push(problem);
        }
    }
    met.notes.extend(read.notes);
    Some(read.of)
}

/// The labels, where there are any to be had. Where they are optional, a label that cannot be read
/// means that there are none.
fn read_labels(
    schema: &TableSchema,
    parts: &[Part],
    policy: LabelPolicy,
    (keep, met): (&mut [bool], &mut Met),
) -> Option<Labels> {
    let place = schema.label_column()?;
    // An absent column that is required has been reported as such.
    parts.iter().all(|part| part.places[place].is_some()).then_some(())?;
    let missing = Missing::of(&schema.missing);
    let reading = Cells::of(&schema.columns[place], &missing);
    let column = LabelColumn { place, name: &schema.columns[place].name, reading };
    if policy == LabelPolicy::Required
        && let Some(problem) = label::none_there(parts, column, Purpose::Scoring)
    {
        met.problems.push(problem);
        return None;
    }
    let (labels, bad, problems, notes) = match &schema.label {
        LabelSchema::Classification { classes } => {
            let read = label::classes(parts, column, Some(classes));
            (
                Labels::Classes { names: read.names, of: read.of },
                read.bad,
                read.problems,
                read.notes,
            )
        }
        LabelSchema::Regression => {
            let read = label::numbers(parts, column);
            (Labels::Numbers(read.of), read.bad, read.problems, Vec::new())
        }
    };
    match policy {
        LabelPolicy::Optional if !bad.is_empty() => {
            let said = format!(
                "{} of {} {} no usable label in `{}`, so labels are not used",
                thousands(bad.len()),
                counted(keep.len(), "example"),
                if bad.len() == 1 { "has" } else { "have" },
                column.name
            );
            met.notes.push(Note { said, change_with: None });
            None
        }
        _ => {
            met.notes.extend(notes);
            met.problems.extend(problems);
            for example in bad {
                keep[example] = false;
            }
            Some(labels)
        }
    }
}
