//! What is kept of how a table was read: its schema, its fingerprint and the ids of its examples.

use std::collections::HashSet;

use super::{ColumnRole, LabelSchema, Quote, Table, TableSchema, met::Met, part::Part, plan::Plan};
use crate::Labels;

/// The layout of the table, with the columns that turned out useless among those left out.
pub(super) fn schema(plan: &Plan, table: &Table, labels: &Labels) -> TableSchema {
    let mut columns = plan.columns.clone();
    let left_out: HashSet<&str> = table
        .columns
        .iter()
        .filter(|column| column.left_out.is_some())
        .map(|column| column.name.as_str())
        .collect();
    for column in &mut columns {
        if column.role == ColumnRole::Input && left_out.contains(column.name.as_str()) {
            column.role = ColumnRole::LeftOut;
        }
    }
    TableSchema {
        header: plan.layout.header,
        delimiter: plan.layout.dialect.delimiter,
        quote: plan.layout.dialect.quote,
        columns,
        label: match labels {
            Labels::Classes { names, .. } => LabelSchema::Classification { classes: names.clone() },
            Labels::Numbers(_) => LabelSchema::Regression,
        },
        missing: plan.asked_missing.clone(),
    }
}

/// Hash of the files' bytes and of how they were read: guessed or said, the same reading is the
/// same data.
pub(super) fn fingerprint(met: &Met, schema: &TableSchema, skip_bad: bool) -> String {
    let mut hasher = met.hashed.clone();
    let mut field = |text: &str| {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    field(if schema.header { "header" } else { "no header" });
    field(schema.delimiter.encode_utf8(&mut [0; 4]));
    if schema.quote != Quote::Double {
        field(schema.quote.as_str());
    }
    field(if skip_bad { "skip bad" } else { "refuse bad" });
    field(match schema.label {
        LabelSchema::Classification { .. } => "classification",
        LabelSchema::Regression => "regression",
    });
    for column in &schema.columns {
        field(&column.name);
        field(column.kind.as_str());
        field(match column.role {
            ColumnRole::Input => "input",
            ColumnRole::Label => "label",
            ColumnRole::Group => "group",
            ColumnRole::Weight => "weight",
            ColumnRole::Time => "time",
            ColumnRole::LeftOut => "left out",
        });
        // Plain numbers have none, and are what they were before there was any other.
        if let Some(notation) = &column.notation {
            field(&notation.words());
        }
    }
    for value in &schema.missing {
        field("missing");
        field(value);
    }
    hasher.finalize().to_hex().to_string()
}

/// One id per example that is kept: file and line.
pub(super) fn ids(parts: &[Part], keep: &[bool]) -> Vec<String> {
    let mut ids = Vec::with_capacity(keep.len());
    let mut kept = keep.iter();
    for (at, part) in parts.iter().enumerate() {
        // Two files of one name, in two folders, are told apart by their paths.
        let shared = parts
            .iter()
            .enumerate()
            .any(|(other_at, other)| other_at != at && other.id_prefix == part.id_prefix);
        let whole = part.path.to_string_lossy();
        let prefix = if shared { whole.as_ref() } else { part.id_prefix.as_str() };
        for example in 0..part.len() {
            if kept.next().copied().unwrap_or(false) {
                ids.push(format!("{prefix}:{}", part.line(example)));
            }
        }
    }
    ids
}
