//! Which examples train, which validate, which test.
//!
//! | step | where |
//! |---|---|
//! | how large each split is to be | `shares` |
//! | which examples must stay together | `units` |
//! | of two sources, which examples may train | `pool` |
//! | who goes where, class by class | `assign` |
//! | who goes where by time, and blocks of it | `time` |
//! | `split.csv`, written and read | `file` |

use std::fmt;

use serde::{Deserialize, Serialize};

mod assign;
mod file;
mod pool;
mod shares;
mod time;
mod units;

pub use assign::{assign, notes, rule};
pub use shares::{Rule, Shares};
pub use time::time_blocks;

pub use crate::problem::SplitProblem;

/// One part of the data, by what it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Split {
    /// What the weights are fitted on.
    Train,
    /// Held out from the training source, when training data comes from elsewhere.
    TrainValidation,
    /// What choices are made on.
    Validation,
    /// What the final figure comes from; closed until asked for.
    Test,
}

impl Split {
    /// Every split, in the order of the ladder's rungs.
    pub const ALL: [Split; 4] =
        [Split::Train, Split::TrainValidation, Split::Validation, Split::Test];

    /// The word for it in files, flags and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Split::Train => "train",
            Split::TrainValidation => "train-validation",
            Split::Validation => "validation",
            Split::Test => "test",
        }
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How to split what does not come ready split.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SplitOptions {
    /// Seed of the assignment. Default 1.
    pub seed: u64,
    /// Share for validation, in (0, 1), of the examples that do not come ready split. Default: by
    /// the size of the data (notes, "Rule of thumb"; see [`Shares::by_rule`]); with a training
    /// source of its own, half, or what test leaves (1 is a share too then).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation: Option<f64>,
    /// Share for test, in [0, 1), of the examples that do not come ready split; with 0 there is no
    /// test split. Default: by the size of the data; with a training source of its own, half, or
    /// what validation leaves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test: Option<f64>,
    /// Share for train-validation, in (0, 1), of the examples that are left to train, where
    /// training has a source of its own. Default: as validation's, by how many they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub train_validation: Option<f64>,
}

impl Default for SplitOptions {
    /// Seed 1, shares by the size of the data.
    fn default() -> Self {
        SplitOptions { seed: 1, validation: None, test: None, train_validation: None }
    }
}

/// The split of every example of one [`Dataset`](crate::Dataset).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Splits {
    /// The split of each example, in the data set's order; `None` where it is left out of all, since
    /// it comes from a training source and is among what validation and test hold.
    pub of: Vec<Option<Split>>,
}

impl Splits {
    /// The examples of one split, in the data set's order.
    pub fn indices(&self, split: Split) -> Vec<usize> {
        self.of.iter().enumerate().filter(|&(_, &of)| of == Some(split)).map(|(at, _)| at).collect()
    }

    /// How many examples one split has.
    pub fn count(&self, split: Split) -> usize {
        self.of.iter().filter(|&&of| of == Some(split)).count()
    }

    /// How many examples are left out of all splits.
    pub fn left_out(&self) -> usize {
        self.of.iter().filter(|of| of.is_none()).count()
    }

    /// Hash of the assignment, in hexadecimal: equal where every example has the same split.
    pub fn fingerprint(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for split in &self.of {
            hasher.update(file::word(*split).as_bytes()).update(b"\n");
        }
        hasher.finalize().to_hex()[..16].to_owned()
    }

    /// How many examples each split has, in the order of [`Split::ALL`].
    pub fn counts(&self) -> [(Split, usize); 4] {
        Split::ALL.map(|split| (split, self.count(split)))
    }
}
