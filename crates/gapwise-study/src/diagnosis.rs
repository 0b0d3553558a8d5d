//! The gap ladder and its verdict: what the errors of one trained network say.
//!
//! [`diagnose`] reads a prediction table; [`Ladder::diagnose`] starts from errors that are there
//! already. The rungs become gaps in `gaps.rs`, the gaps a verdict in `verdict.rs`, and
//! [`ladder_text`] says it all in plain lines.

mod every_metric;
mod from_table;
mod gaps;
mod ladder;
mod options;
mod text;
mod verdict;
mod words;

use gapwise_data::Split;
use serde::{Deserialize, Serialize};

use crate::{
    constraint::Constraints,
    interval::Interval,
    looks::Look,
    metric::MetricKind,
    recipe::{Remedies, Step, steps},
    taken::Failed,
};

pub use every_metric::{JudgedBy, every_metric};
pub use from_table::diagnose;
pub use ladder::{Ladder, Measured, TOLERATED_SHARE, Tolerance};
pub use options::{
    DiagnoseError, DiagnoseOptions, GroupKind, HumanLevel, Judged, Origin, TRAIN_SCORED, TestSplit,
    TrainRows,
};
pub use text::{Line, Tone, ladder_text, wrapped};

/// What the five errors of one trained network say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// The single number that everything is judged by.
    pub metric: MetricKind,
    /// The positive class, where the metric has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub positive: Option<String>,
    /// Unit of every error here, for people: `%` for rates, the label's name for RMSE.
    pub unit: String,
    /// The rungs, from human to test. A rung that is not there is `Missing` with the reason and the
    /// command. Train-validation is left out where training data is of the validation kind.
    pub rungs: Vec<Rung>,
    /// The gaps, in the recipe's order. Mismatch is left out where training data is of the
    /// validation kind.
    pub gaps: Vec<Gap>,
    /// The smallest gap worth work, in the metric's own unit (a rate in [0, 1], not percent).
    pub tolerance: f64,
    /// Why the tolerance is what it is.
    pub tolerance_reason: String,
    /// Which gap to close next.
    pub verdict: Verdict,
    /// What to do about it, in the recipe's order; the first is the next step.
    pub steps: Vec<Step>,
    /// The network that the steps go on from, where there are several on the same data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goes_on_from: Option<GoesOnFrom>,
    /// Remedies that are no longer among the steps, since they were taken and did not help.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<Failed>,
    /// Why no step has a command, where the recipe has none left, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub none_left: Option<String>,
    /// How often validation and test were looked at, this look included.
    pub looks: LookCounts,
    /// What was assumed: one line each.
    pub assumed: Vec<String>,
    /// Where test examples come from.
    #[serde(default)]
    pub test_origin: Origin,
    /// Whether some examples count for more than others in an error.
    #[serde(default)]
    pub weighted: bool,
    /// The epoch that is judged, where it is an early one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_early: Option<KeptEpoch>,
    /// What the network has to meet beside, and whether it does.
    #[serde(default, skip_serializing_if = "Constraints::is_empty")]
    pub constraints: Constraints,
}

impl Diagnosis {
    /// The same with constraints judged, and the steps that follow from both.
    pub fn with_constraints(mut self, constraints: Constraints, remedies: &dyn Remedies) -> Self {
        self.constraints = constraints;
        self.steps = steps(&self, remedies);
        self
    }

    /// The same, knowing which epoch was kept. One of the first half is told: what is judged is then
    /// not what training came to.
    pub fn with_kept(mut self, kept: KeptEpoch) -> Self {
        self.kept_early = (2 * kept.epoch <= kept.of).then_some(kept);
        self
    }

    /// The same without what its steps cost in time, which depends on the machine.
    pub fn without_costs(&self) -> Self {
        let mut diagnosis = self.clone();
        diagnosis.steps.iter_mut().for_each(|step| step.cost = None);
        diagnosis
    }
}

/// The network that the recipe goes on from: of those that no other one beats on validation, the
/// cheapest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoesOnFrom {
    /// Its run, as its path is typed.
    pub run: String,
    /// How many networks there are on the same data and split.
    pub among: usize,
    /// Its own verdict, in a sentence, where it is not the one that is judged here: the steps follow
    /// from this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<String>,
}

/// The epoch whose weights were kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptEpoch {
    /// That epoch, from 1.
    pub epoch: usize,
    /// Epochs trained.
    pub of: usize,
    /// The command that trains alike and keeps the last.
    pub to_keep_last: String,
}

/// One rung of the ladder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rung {
    /// Which rung.
    pub kind: RungKind,
    /// Its error, or why there is none.
    pub error: RungError,
}

/// The rungs, from the lowest error to be hoped for to the one that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RungKind {
    /// What people reach.
    Human,
    /// Training examples, evaluation mode, no augmentation.
    Train,
    /// Held out from the training source.
    TrainValidation,
    /// Held out, and used to choose.
    Validation,
    /// Held out, and closed until asked for.
    Test,
}

/// The error of a rung.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "known")]
pub enum RungError {
    /// A known number without sampling error: train, or a human level that was given.
    Exact {
        /// The error, in the metric's unit.
        error: f64,
        /// Examples it was taken from; 0 for a given human level.
        examples: usize,
    },
    /// An estimate from a sample.
    Estimate {
        /// The point estimate.
        error: f64,
        /// Its pointwise 95 % interval.
        interval: Interval,
        /// Examples in the sample.
        examples: usize,
    },
    /// Not there.
    Missing {
        /// Why, and how to get it, in a line: "not looked at: `gapwise evaluate RUN --test`".
        reason: String,
    },
}

/// One gap between neighbouring rungs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gap {
    /// Which gap.
    pub kind: GapKind,
    /// Upper rung less lower rung, where both are there.
    pub size: Option<f64>,
    /// Simultaneous 95 % interval (Bonferroni over the gaps present).
    pub interval: Option<Interval>,
    /// What the gap is at most, where its lower rung is not known: bias is at most the train error
    /// (the upper end of its interval, where train is a sample).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
    /// Material, immaterial, cannot tell or unknown.
    pub answer: Answer,
}

/// The gaps, in the recipe's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GapKind {
    /// Train − human.
    AvoidableBias,
    /// Train-validation − train, or validation − train where there is no train-validation.
    Variance,
    /// Validation − train-validation.
    Mismatch,
    /// Test − validation.
    ValidationOverfitted,
}

/// What can be said of a gap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "answer")]
pub enum Answer {
    /// The lower bound is above the tolerance. Where the tolerance follows from the validation
    /// error, and so is an estimate too, the bounds are those of the gap less the tolerance
    /// ([`Ladder::beyond_tolerance`]).
    Material,
    /// The upper bound is below the tolerance.
    Immaterial,
    /// Neither.
    CannotTell {
        /// The split that would settle it, enlarged.
        enlarge: RungKind,
        /// Examples it would need, at the present estimates, for a half-width of half the tolerance.
        /// Too few where hardly a wrong answer was seen: the estimate is then likely too low.
        examples: usize,
        /// The other split, where both of them with so many examples are fewer in sum than the
        /// first alone would need.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        and: Option<RungKind>,
    },
    /// A rung is missing.
    Unknown {
        /// How to get it.
        how: String,
    },
}

/// Which gap to close next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "verdict")]
pub enum Verdict {
    /// This gap.
    Close {
        /// The gap.
        gap: GapKind,
        /// Material gaps that are not told apart from it in size, which come later in the recipe.
        not_told_apart_from: Vec<GapKind>,
        /// The human level is not known, and below this error of people avoidable bias would be
        /// the gap to close. `None` where the verdict holds whatever people reach.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unless_human_below: Option<f64>,
    },
    /// No known gap is material, and avoidable bias, whose size only the human level tells, may be.
    HumanDecides {
        /// What bias is at most: the train error.
        at_most: f64,
        /// Bias is material if people make an error below this; above 0, since there is no error
        /// below that.
        material_below: f64,
    },
    /// No gap is material, and at least one cannot be told, or the train error is missing.
    CannotTell,
    /// Every gap that is known is immaterial, and test is all that may be missing.
    NoneAboveTolerance,
}

/// How often each held-out split has been looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookCounts {
    /// Choices made on validation.
    pub validation: usize,
    /// Openings of test.
    pub test: usize,
}

impl LookCounts {
    /// Of these looks.
    pub fn of<'a>(looks: impl IntoIterator<Item = &'a Look>) -> Self {
        looks.into_iter().fold(LookCounts::default(), |mut counts, look| {
            match look.split {
                Split::Validation => counts.validation += 1,
                Split::Test => counts.test += 1,
                Split::Train | Split::TrainValidation => {}
            }
            counts
        })
    }

    /// Of each split the larger count.
    pub fn or_more(self, other: LookCounts) -> LookCounts {
        LookCounts {
            validation: self.validation.max(other.validation),
            test: self.test.max(other.test),
        }
    }
}
