//! Baselines: is a network worth it at all? (Row 1.1 of the notes.)

mod compare;
pub mod linear;

use serde::{Deserialize, Serialize};

use crate::interval::Interval;

pub use crate::answer::Constant;
pub use compare::{BaselineError, compare, warnings};

/// A baseline beside the network, on the same validation examples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BaselineReport {
    /// What it is: `majority`, `mean` or `linear`.
    pub name: String,
    /// Its error on validation, in the metric's unit.
    pub error: f64,
    /// The pointwise 95 % interval of that error.
    pub interval: Interval,
    /// The baseline's error less the network's: above zero where the network is better.
    pub difference: f64,
    /// The 95 % interval of the difference, paired on the same examples.
    pub difference_interval: Interval,
    /// Which of the two is better, beyond noise.
    pub better: Better,
    /// Validation examples that both answered, of a weight above 0.
    pub examples: usize,
    /// How it was fitted, of the linear one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fit: Option<linear::LinearRecord>,
}

/// Which of two is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Better {
    /// The network: the whole interval of the difference is above zero.
    Network,
    /// The baseline: the whole interval is below zero.
    Baseline,
    /// Neither is told apart from the other.
    CannotTell,
}
