//! What can be wrong with the column of example weights.

use thiserror::Error;

use super::{Place, Severity, Wanted, words::also_for};

/// The largest weight, so that the sum of as many as fit in memory is finite in 32 bits.
pub(crate) const LARGEST_WEIGHT: f64 = 1e30;

/// What can be wrong with the column of example weights.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WeightProblem {
    /// A cell that is no weight.
    #[error(
        "{place}: expected a weight, which is a number from 0 to {LARGEST_WEIGHT:e}, found {}",
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
    #[error("{place}: expected a column for the example weights alone, found {}", also_for(*.also))]
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
