//! Whether it helped: networks and settings against each other, on the same validation examples.
//!
//! There are two things to say and no others. *This network is better than that one*: both answered
//! the same examples, and the paired interval of their difference lies above zero ([`networks`]).
//! *This setting is better*: at least three seeds of each, and an interval that carries both seeds
//! and examples lies above zero ([`settings`]). [`Change`] names the settings that differ, each with
//! the rungs that it moves.

mod best;
mod changes;
mod networks;
mod settings;
mod shared;
mod two_level;
mod words;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    interval::Interval,
    metric::{Metric, MetricKind, Undefined},
    predictions::PredictionTable,
};

pub use best::{Contender, best};
pub use changes::{Change, rungs_moved, said_together};
pub use networks::networks;
pub use settings::settings;
pub use shared::LeftOut;
pub use two_level::{SeedsByExamples, two_level};

/// Fewer seeds of a setting than this say nothing of it.
pub const FEWEST_SEEDS: usize = 3;

/// One network: what it is called, and what it answered.
#[derive(Debug, Clone, Copy)]
pub struct Answered<'a> {
    /// Its name for people as it stands in a sentence: "`runs/a-1`".
    pub name: &'a str,
    /// Its prediction table. Validation is compared; rows of train are looked at to see that no
    /// example was learned from by one network and judges the other.
    pub table: &'a PredictionTable,
}

/// One setting: what it is called, and its networks, each from a seed of its own.
#[derive(Debug, Clone, Copy)]
pub struct Seeds<'a> {
    /// Its name for people: "`train.l2` = 0.001".
    pub name: &'a str,
    /// At least [`FEWEST_SEEDS`] networks.
    pub networks: &'a [Answered<'a>],
}

/// By what two networks or settings are compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct By {
    /// The single number.
    pub metric: Metric,
    /// Confidence of the interval, in (0, 1); above 95 % where several comparisons shown together
    /// are to hold at 95 %.
    pub confidence: f64,
}

/// Which of two is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Better {
    /// The first.
    First,
    /// The second.
    Second,
    /// Neither, beyond noise.
    CannotTell,
}

impl Better {
    /// By the interval of the second's error less the first's.
    fn of(difference: Interval) -> Self {
        if difference.low > 0.0 {
            Better::First
        } else if difference.high < 0.0 {
            Better::Second
        } else {
            Better::CannotTell
        }
    }
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Side {
    /// Its name for people.
    pub name: String,
    /// Its error on the shared examples, in the metric's unit; of a setting the mean over seeds.
    pub error: f64,
    /// Seeds of a setting; 1 for a network.
    pub seeds: usize,
}

/// Two networks, or two settings, on the same validation examples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Whether networks or settings are compared.
    pub of: Compared,
    /// What the errors are.
    pub metric: MetricKind,
    /// Their unit, for people.
    pub unit: String,
    /// The first of the two.
    pub first: Side,
    /// The second.
    pub second: Side,
    /// The second's error less the first's: above zero where the first is better.
    pub difference: f64,
    /// Its interval.
    pub interval: Interval,
    /// The interval's confidence, in (0, 1).
    pub confidence: f64,
    /// Which is better.
    pub better: Better,
    /// Validation examples that all of them answered.
    pub examples: usize,
    /// Validation examples that not all of them answered, and which are left out.
    pub left_out: Vec<LeftOut>,
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Compared {
    /// Two networks.
    Networks,
    /// Two settings, by several seeds of each.
    Settings,
}

/// A comparison, and the settings in which the second differs from the first: from the second's to
/// the first's, as from that one to this one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComparedWith {
    /// The comparison.
    pub comparison: Comparison,
    /// What changed from the second to the first, the seed left out.
    pub changes: Vec<Change>,
}

/// Why there is no comparison.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum CompareError {
    /// A table without validation rows of a weight above 0.
    #[error("{name}: no validation examples were answered")]
    NoValidation {
        /// The network.
        name: String,
    },
    /// Other classes, or classes and numbers.
    #[error("{first} predicts {expected}, and {second} {found}")]
    OtherTarget {
        /// One network.
        first: String,
        /// The other.
        second: String,
        /// What the one predicts.
        expected: String,
        /// What the other predicts.
        found: String,
    },
    /// No id of validation is in both.
    #[error("{first} and {second} have no validation example in common, by their ids")]
    NoneShared {
        /// One network.
        first: String,
        /// The other.
        second: String,
    },
    /// The same id with another label.
    #[error(
        "{first} and {second}: {examples} of the shared validation examples have another \
         label, the first of them `{id}`"
    )]
    OtherLabels {
        /// One network.
        first: String,
        /// The other.
        second: String,
        /// How many.
        examples: usize,
        /// The id of the first.
        id: String,
    },
    /// The same id with another weight.
    #[error(
        "{first} and {second}: {examples} of the shared validation examples have another \
         weight, the first of them `{id}`"
    )]
    OtherWeights {
        /// One network.
        first: String,
        /// The other.
        second: String,
        /// How many.
        examples: usize,
        /// The id of the first.
        id: String,
    },
    /// A validation example of one that the other learned from.
    #[error(
        "{examples} validation examples of {of} are training examples of {learned_by}, the \
         first of them `{id}`"
    )]
    Learned {
        /// The network that they would judge fairly.
        of: String,
        /// The network that they would flatter.
        learned_by: String,
        /// How many.
        examples: usize,
        /// The id of the first.
        id: String,
    },
    /// A metric that the shared examples do not have.
    #[error("{metric} is not defined on the shared validation examples: {why}", metric = metric.name())]
    Undefined {
        /// The metric.
        metric: MetricKind,
        /// Why.
        why: Undefined,
    },
    /// Answers that the metric cannot judge.
    #[error("{name}: the error is not a finite number")]
    NotFinite {
        /// The network.
        name: String,
    },
    /// Too few seeds of a setting.
    #[error("{name}: expected at least {FEWEST_SEEDS} seeds, found {found}")]
    FewSeeds {
        /// The setting.
        name: String,
        /// How many there are.
        found: usize,
    },
}

impl CompareError {
    /// What to do.
    pub fn hint(&self) -> &'static str {
        match self {
            CompareError::NoValidation { .. } => "score the validation split of both",
            CompareError::OtherTarget { .. } => "only networks for the same task can be compared",
            CompareError::NoneShared { .. } | CompareError::OtherLabels { .. } => {
                "only answers to the same examples can be compared: train both on the same data \
                 and split"
            }
            CompareError::OtherWeights { .. } => {
                "weights redefine the error: train both with the same weights of examples and \
                 classes"
            }
            CompareError::Learned { .. } => "train both on the same split",
            CompareError::Undefined { .. } => "compare them by another metric",
            CompareError::NotFinite { .. } => {
                "training diverged: lower the learning rate, and look for huge values in the data"
            }
            CompareError::FewSeeds { .. } => {
                "train the setting again with `--seed 2`, `--seed 3`, …"
            }
        }
    }
}
