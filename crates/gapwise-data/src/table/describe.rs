//! The columns of a table in figures.

use std::collections::HashSet;

use rayon::prelude::*;

use super::{Column, ColumnValues, MISSING, Table};
use crate::{shown::cut, summary::ColumnSummary};

/// The most frequent values that are named.
const FREQUENT: usize = 5;

/// Describes every column of a table, those left out too, in order.
pub fn describe(table: &Table) -> Vec<ColumnSummary> {
    table.columns.par_iter().map(column).collect()
}

fn column(column: &Column) -> ColumnSummary {
    let values = &column.values;
    let (distinct, range, frequent) = match values {
        ColumnValues::Number(numbers) => {
            let mut present: Vec<f64> =
                numbers.iter().copied().filter(|value| !value.is_nan()).collect();
            present.sort_unstable_by(f64::total_cmp);
            (distinct(values), range(&present), Vec::new())
        }
        ColumnValues::Date(_) => (distinct(values), None, Vec::new()),
        ColumnValues::Boolean { words, of } => {
            let count = |value| of.iter().filter(|found| **found == Some(value)).count();
            counted(words.iter().cloned().zip([count(false), count(true)]))
        }
        ColumnValues::Category { names, of } => {
            let mut counts = vec![0_usize; names.len()];
            for code in of.iter().filter(|code| **code != MISSING) {
                counts[*code as usize] += 1;
            }
            counted(names.iter().cloned().zip(counts))
        }
        ColumnValues::Text { .. } => (distinct(values), None, Vec::new()),
    };
    ColumnSummary {
        name: column.name.clone(),
        kind: values.kind().as_str().to_owned(),
        missing: values.missing(),
        distinct,
        range,
        frequent,
        left_out: column.left_out.clone(),
    }
}

fn distinct(values: &ColumnValues) -> usize {
    let mut seen = HashSet::new();
    let keys = (0..values.len()).map(|example| values.key(example)).filter(|key| seen.insert(*key));
    let different = keys.count();
    different - usize::from(values.missing() > 0)
}

/// Smallest, median and largest of sorted values.
pub(crate) fn range(sorted: &[f64]) -> Option<(f64, f64, f64)> {
    let (low, high) = (sorted.first()?, sorted.last()?);
    let middle = sorted.len() / 2;
    let median = if sorted.len() % 2 == 1 {
        sorted[middle]
    } else {
        sorted[middle - 1] / 2.0 + sorted[middle] / 2.0
    };
    Some((*low, median, *high))
}

type Counted = (usize, Option<(f64, f64, f64)>, Vec<(String, usize)>);

/// How many values occur, and the most frequent of them, equally frequent ones by name.
fn counted(values: impl Iterator<Item = (String, usize)>) -> Counted {
    let mut counts: Vec<(String, usize)> = values.filter(|(_, count)| *count > 0).collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let distinct = counts.len();
    counts.truncate(FREQUENT);
    for (value, _) in &mut counts {
        *value = cut(value);
    }
    (distinct, None, counts)
}
