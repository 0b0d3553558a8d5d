//! The ladder before it is judged: an error for every rung, wherever it comes from.

use super::{
    Diagnosis, LookCounts, Origin, Rung, RungError, RungKind, gaps::gaps, verdict::verdict,
};
use crate::{
    constraint::Constraints,
    interval::CONFIDENCE,
    metric::{Estimate, MetricKind},
    recipe::{self, Remedies},
};

/// The error of a rung, as far as it is known.
#[derive(Debug, Clone, PartialEq)]
pub enum Measured {
    /// Not there.
    Missing {
        /// Why, and how to get it, in a line.
        reason: String,
    },
    /// Known, without sampling error.
    Known {
        /// The error, in the metric's unit.
        error: f64,
        /// Examples it was taken from; 0 for a given human level.
        examples: usize,
    },
    /// Measured on a sample.
    Estimated(Estimate),
}

impl Measured {
    /// The error, where there is one.
    pub fn error(&self) -> Option<f64> {
        match self {
            Measured::Missing { .. } => None,
            Measured::Known { error, .. } => Some(*error),
            Measured::Estimated(estimate) => Some(estimate.error),
        }
    }

    pub(super) fn estimate(&self) -> Option<&Estimate> {
        match self {
            Measured::Estimated(estimate) => Some(estimate),
            Measured::Missing { .. } | Measured::Known { .. } => None,
        }
    }

    pub(super) fn reason(&self) -> &str {
        match self {
            Measured::Missing { reason } => reason,
            Measured::Known { .. } | Measured::Estimated(_) => "",
        }
    }

    pub(super) fn rung(&self) -> RungError {
        match self {
            Measured::Missing { reason } => RungError::Missing { reason: reason.clone() },
            Measured::Known { error, examples } => {
                RungError::Exact { error: *error, examples: *examples }
            }
            Measured::Estimated(estimate) => RungError::Estimate {
                error: estimate.error,
                interval: estimate.interval(CONFIDENCE),
                examples: estimate.examples,
            },
        }
    }
}

/// The smallest gap worth work.
#[derive(Debug, Clone, PartialEq)]
pub struct Tolerance {
    /// In the metric's unit; above zero.
    pub size: f64,
    /// Why it is what it is.
    pub reason: String,
    /// Where the size is [`TOLERATED_SHARE`] of the validation error, the least that it may be.
    /// It is then as uncertain as that error. `None` where it was given, and so is known.
    pub floor: Option<f64>,
}

/// The tolerance, unless one is given, as a share of the validation error.
pub const TOLERATED_SHARE: f64 = 0.1;

/// The errors of one trained network, before they are judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Ladder {
    /// What the errors are.
    pub metric: MetricKind,
    /// The positive class, where the metric has one.
    pub positive: Option<String>,
    /// Their unit, for people.
    pub unit: String,
    /// What people reach.
    pub human: Measured,
    /// The error on the training examples.
    pub train: Measured,
    /// The error on train-validation; `None` where training data is of the validation kind, so that
    /// the ladder has no such rung.
    pub train_validation: Option<Measured>,
    /// The error on validation.
    pub validation: Measured,
    /// The error on test.
    pub test: Measured,
    /// The smallest gap worth work.
    pub tolerance: Tolerance,
    /// How often validation and test were looked at.
    pub looks: LookCounts,
    /// What was assumed: one line each.
    pub assumed: Vec<String>,
    /// Where test examples come from.
    pub test_origin: Origin,
    /// Whether some examples count for more than others in an error.
    pub weighted: bool,
}

const NO_RUNG: &Measured = &Measured::Missing { reason: String::new() };

impl Ladder {
    /// The error of this rung. A ladder without train-validation says that it is missing.
    pub fn measured(&self, rung: RungKind) -> &Measured {
        match rung {
            RungKind::Human => &self.human,
            RungKind::Train => &self.train,
            RungKind::TrainValidation => self.train_validation.as_ref().unwrap_or(NO_RUNG),
            RungKind::Validation => &self.validation,
            RungKind::Test => &self.test,
        }
    }

    /// Judges the ladder: gaps, verdict, and the steps that `remedies` has commands for.
    pub fn diagnose(&self, remedies: &dyn Remedies) -> Diagnosis {
        let gaps = gaps(self);
        let verdict = verdict(self, &gaps);
        let rungs = RungKind::ALL
            .into_iter()
            .filter(|&kind| kind != RungKind::TrainValidation || self.train_validation.is_some())
            .map(|kind| Rung { kind, error: self.measured(kind).rung() })
            .collect();
        let mut diagnosis = Diagnosis {
            metric: self.metric,
            positive: self.positive.clone(),
            unit: self.unit.clone(),
            rungs,
            gaps,
            tolerance: self.tolerance.size,
            tolerance_reason: self.tolerance.reason.clone(),
            verdict,
            steps: Vec::new(),
            goes_on_from: None,
            failed: Vec::new(),
            none_left: None,
            looks: self.looks,
            assumed: self.assumed.clone(),
            test_origin: self.test_origin,
            weighted: self.weighted,
            kept_early: None,
            constraints: Constraints::default(),
        };
        diagnosis.steps = recipe::steps(&diagnosis, remedies);
        diagnosis
    }

    pub(super) fn error(&self, rung: RungKind) -> Option<f64> {
        self.measured(rung).error()
    }
}
