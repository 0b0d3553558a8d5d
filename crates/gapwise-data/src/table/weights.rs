//! Example weights: how much each example counts in the loss and in the metric.

use thiserror::Error;

use super::{missing::Cells, part::Part};
use crate::{Note, Place, Problem, Severity, problem::Gathered, problem::Wanted, shown::shown};

/// The largest weight, so that the sum of as many as fit in memory is finite in 32 bits.
const LARGEST: f64 = 1e30;

/// What can be wrong with the column of example weights.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WeightProblem {
    /// A cell that is no weight.
    #[error(
        "{place}: expected a weight, which is a number from 0 to {LARGEST:e}, found {}",
        .found.as_ref().map_or("none".to_owned(), |found| format!("`{found}`"))
    )]
    NoWeight {
        /// The cell.
        place: Place,
        /// Its text, unless it is missing.
        found: Option<String>,
    },
    /// A file in which no example counts.
    #[error("{place}: expected a weight above 0 in at least one example, found 0 in all of them")]
    AllZero {
        /// The file and the column.
        place: Place,
    },
    /// A column that is something else too.
    #[error("{place}: expected a column for the example weights alone, found {}", match .also {
        Wanted::Label => "the label",
        Wanted::Group => "the column of groups",
        Wanted::Ignore => "one that is to be ignored",
        Wanted::ExampleWeights => "that of the example weights",
        Wanted::Time => "that of the time",
    })]
    Shared {
        /// The column.
        place: Place,
        /// What else it was asked for.
        also: Wanted,
    },
}

impl WeightProblem {
    /// What the problem does to the run.
    pub fn severity(&self) -> Severity {
        match self {
            WeightProblem::NoWeight { .. } => Severity::BadExample,
            WeightProblem::AllZero { .. } | WeightProblem::Shared { .. } => Severity::Fatal,
        }
    }

    /// Where it stands.
    pub fn place(&self) -> &Place {
        match self {
            WeightProblem::NoWeight { place, .. }
            | WeightProblem::AllZero { place }
            | WeightProblem::Shared { place, .. } => place,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(
            match self {
                WeightProblem::NoWeight { .. } => {
                    "mend the cell, or go on without such examples with `--skip-bad`"
                }
                WeightProblem::AllZero { .. } => {
                    "give the examples that are to count a weight, such as 1"
                }
                WeightProblem::Shared { .. } => {
                    "give `data.example_weights` another column, or leave it out"
                }
            }
            .to_owned(),
        )
    }
}

/// The weights in a column.
pub(super) struct Weights {
    /// One per example, over all files; 1 in a file that lacks the column, 0 where a cell is bad.
    pub(super) of: Vec<f32>,
    /// Examples without a usable weight.
    pub(super) bad: Vec<usize>,
    pub(super) problems: Gathered,
    /// Files that lack the column.
    pub(super) notes: Vec<Note>,
}

/// Reads the weights in a column, given by its place and its name.
pub(super) fn read(parts: &[Part], (column, name): (usize, &str), reading: Cells<'_>) -> Weights {
    let mut read = Weights { of: vec![], bad: vec![], problems: Gathered::new(), notes: vec![] };
    for part in parts {
        if part.places[column].is_none() {
            read.notes.push(Note {
                said: format!(
                    "`{}` has no column `{name}`, so all its examples have the weight 1",
                    part.path.display()
                ),
                change_with: None,
            });
            read.of.extend(std::iter::repeat_n(1.0, part.len()));
            continue;
        }
        for (example, cell) in part.cells(column).enumerate() {
            let weight =
                reading.present_number(cell).filter(|weight| (0.0..=LARGEST).contains(weight));
            if weight.is_none() {
                let place = part.place(example).column(name);
                let found = (!reading.is_missing(cell)).then(|| shown(cell));
                read.bad.push(read.of.len());
                read.problems.push(WeightProblem::NoWeight { place, found }.into());
            }
            // Adding zero turns −0 into 0.
            read.of.push(weight.map_or(0.0, |weight| weight as f32 + 0.0));
        }
    }
    read
}

/// The problem of each file that has examples to keep, of which none counts.
pub(super) fn all_zero(parts: &[Part], weights: &[f32], keep: &[bool], name: &str) -> Vec<Problem> {
    let mut weighted = weights.iter().zip(keep);
    let mut problems = Vec::new();
    for part in parts {
        let mut of_part = weighted.by_ref().take(part.len()).filter(|(_, keep)| **keep).peekable();
        let some = of_part.peek().is_some();
        // All of them are looked at, so that the next file begins at its own.
        if some && of_part.filter(|(weight, _)| **weight > 0.0).count() == 0 {
            let place = Place::path(&part.path).column(name);
            problems.push(WeightProblem::AllZero { place }.into());
        }
    }
    problems
}
