//! The prediction table: the contract between networks and method.
//!
//! As a file it is `predictions.csv`, with the columns `id`, `group`, `split`, `label`,
//! `prediction` and `loss`, `weight` where some example's is not 1, and for classes `score:CLASS` for
//! each class in the order of their numbers. Classes stand by name, numbers in the shortest form that reads back to the same bits,
//! and an example without a group has an empty cell there. [`read`] reads such a file, and
//! [`read_foreign`] one of another program, which may leave columns out and order them at will;
//! [`Writer`] writes one row after the other.
//!
//! Since version 2 of the format ([`FORMAT`]) the cells `label` and `prediction` may hold a JSON value
//! each: answers of a [program of its own](CustomAnswer), and those of variable size. Files of version 1
//! are read as they were.

pub(crate) mod cells;
mod layout;
mod problem;
pub(crate) mod read;
pub(crate) mod sums;
mod write;

use std::cmp::Ordering;

use gapwise_data::Split;

pub use crate::answer::{Outcome, Prediction, Target, Truth, custom::CustomAnswer};
pub use problem::{BadCell, PredictionsError};
pub use read::{ForeignTable, read, read_foreign};
pub use write::Writer;

/// The version of the format of `predictions.csv` that is written. Every earlier one is read.
pub const FORMAT: u32 = 2;

/// What a network answered for every example that it was asked about.
#[derive(Debug, Clone, PartialEq)]
pub struct PredictionTable {
    /// What was predicted.
    pub target: Target,
    /// One row per example.
    pub rows: Vec<PredictionRow>,
}

impl PredictionTable {
    /// The rows of one split, in the table's order.
    pub fn of(&self, split: Split) -> impl Iterator<Item = &PredictionRow> {
        self.rows.iter().filter(move |row| row.split == split)
    }

    /// The rarer class of two among the training rows, or the validation rows where there are none;
    /// of equally frequent ones that of the later name. `None` for every other target.
    pub fn rarer_class(&self) -> Option<u32> {
        let names = self.target.class_names()?;
        let split = match self.of(Split::Train).next() {
            Some(_) => Split::Train,
            None => Split::Validation,
        };
        let truths = self.of(split).filter_map(|row| row.outcome.truth.as_ref());
        rarer_class(names, truths.filter_map(Truth::class))
    }
}

/// The rarer of two classes among `labels`; of equally frequent ones the one with the later name in
/// alphabetical order. `None` unless there are two classes.
pub fn rarer_class(names: &[String], labels: impl Iterator<Item = u32>) -> Option<u32> {
    let [first, second] = names else { return None };
    let mut counts = [0_usize; 2];
    for label in labels {
        if let Some(count) = counts.get_mut(label as usize) {
            *count += 1;
        }
    }
    let rarer = match counts[0].cmp(&counts[1]) {
        Ordering::Less => 0,
        Ordering::Greater => 1,
        Ordering::Equal => u32::from(first < second),
    };
    Some(rarer)
}

/// What the network answered for one example.
#[derive(Debug, Clone, PartialEq)]
pub struct PredictionRow {
    /// The example's id.
    pub id: String,
    /// Its group, where there are groups.
    pub group: Option<String>,
    /// Its split.
    pub split: Split,
    /// What is right, and what was answered.
    pub outcome: Outcome,
    /// The example's loss (cross-entropy in nats, or squared error in standardised units); NaN
    /// where a table of another program does not have it.
    pub loss: f32,
    /// How much the example counts in errors, finite and at least 0; 1 unless weights were asked
    /// for. The weight of its class, where classes have one, is a factor of it.
    pub weight: f64,
}
