//! Satisficing constraints: what a network has to meet, whatever its error (notes, "Satisfying and
//! optimizing metric").
//!
//! One metric is optimised; every other figure that counts has a bound, such as
//! `latency-p95 <= 20 ms`. A figure is measured with noise, and so a constraint has one of three
//! answers: *met* and *not met* where the whole 95 % interval of the figure lies on one side of the
//! bound, *cannot tell* where it does not. A network that does not meet a constraint is not one to
//! choose, whatever its error.
//!
//! This crate measures what a prediction table tells; what a machine tells, it is given.

mod judge;
mod parse;
mod quantile;
mod quantity;
mod text;

use serde::{Deserialize, Serialize};

use crate::{interval::Interval, run::Record};

pub use judge::metric_measured;
pub use parse::ConstraintError;
pub use quantile::quantile;
pub use quantity::{Quantity, Unit};

/// One condition that a network has to meet. Written and read as a person types it:
/// `latency-p95 <= 20 ms`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Constraint {
    /// What is bounded.
    pub quantity: Quantity,
    /// The bound, in `unit`: at most this, or at least this where the quantity is better the
    /// higher.
    pub number: f64,
    /// The unit it was typed in, which its figures are shown in too.
    pub unit: Unit,
}

/// A figure that was measured, in the quantity's base unit: seconds, bytes, multiply-adds, a share
/// in [0, 1] or the label's own unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "known")]
pub enum Measured {
    /// Without noise.
    Exact {
        /// The figure.
        value: f64,
    },
    /// With noise.
    Estimate {
        /// The point estimate.
        value: f64,
        /// What it can be: a 95 % interval, or for memory the range of what was measured.
        interval: Interval,
        /// How it was measured: "1,000 calls".
        from: String,
    },
    /// Not measured.
    Missing {
        /// Why, in half a sentence.
        reason: String,
    },
}

/// Whether a constraint is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Met {
    /// The whole interval is on the right side of the bound.
    Met,
    /// The whole interval is on the wrong side.
    NotMet,
    /// The bound lies within the interval, or nothing was measured.
    CannotTell,
}

/// A constraint with the figure that it was judged by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// The constraint.
    pub constraint: Constraint,
    /// The figure.
    pub measured: Measured,
    /// Whether the figure meets it.
    pub answer: Met,
}

/// Every constraint of a run, judged: `constraints.json`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Constraints {
    /// Where the figures of a machine were measured; `None` where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<Machine>,
    /// The constraints, in the order in which they were typed.
    pub judged: Vec<Judged>,
}

impl Record for Constraints {
    const FILE: &'static str = "constraints.json";
}

/// A machine, as far as its speed goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// The processor's name, or its architecture where the system does not tell.
    pub processor: String,
    /// Threads used.
    pub threads: usize,
    /// Device that computed: `cpu`, `cuda:0`, …
    pub device: String,
}

impl Constraints {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.judged.is_empty()
    }

    /// What was measured of a quantity, or why nothing was.
    pub fn measured(&self, quantity: Quantity) -> Option<&Measured> {
        let same = self.judged.iter().find(|judged| judged.constraint.quantity == quantity);
        same.map(|judged| &judged.measured)
    }

    /// The figure of a quantity, where it was measured.
    pub fn figure(&self, quantity: Quantity) -> Option<f64> {
        self.measured(quantity).and_then(Measured::value)
    }

    /// The constraints that are not met.
    pub fn broken(&self) -> impl Iterator<Item = &Judged> {
        self.judged.iter().filter(|judged| judged.answer == Met::NotMet)
    }
}
