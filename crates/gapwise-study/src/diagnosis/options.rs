//! What a prediction table does not say, and what can be wrong with it.

use gapwise_data::Split;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::LookCounts;
use crate::{
    human::HumanEstimate,
    metric::{Metric, MetricKind, Undefined},
    predictions::Target,
};

/// What people reach.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum HumanLevel {
    /// Nobody has said.
    #[default]
    Unknown,
    /// An error that the user gives, in the metric's unit (a rate in [0, 1]), taken as known.
    Given(f64),
    /// Answers of people on examples of the validation kind; for rates.
    Counted {
        /// Wrong answers.
        errors: usize,
        /// Examples answered.
        examples: usize,
    },
    /// What the answers of people to validation examples give.
    Answered(HumanEstimate),
}

/// Up to so many training examples are all scored, so that the train error is known; of more, a
/// sample of this size is enough.
pub const TRAIN_SCORED: usize = 50_000;

/// Which training examples are in the prediction table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TrainRows {
    /// All: the train error is known.
    #[default]
    All,
    /// A random sample of them: the train error is an estimate.
    Sample,
}

/// Where examples come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// From where validation comes from.
    #[default]
    Validation,
    /// From elsewhere, or nobody knows.
    Elsewhere,
}

/// What is judged, which commands and reasons follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Judged {
    /// A run of this program.
    #[default]
    Run,
    /// A prediction table of another program: its test rows cannot be had by a command, and nobody
    /// counts how often its splits were looked at.
    Table,
}

/// What the groups of a prediction table are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GroupKind {
    /// Examples that belong together.
    #[default]
    Groups,
    /// Examples that follow each other in time.
    TimeBlocks,
}

/// What there is beside the rows of a prediction table that has none for test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TestSplit {
    /// A test split that is closed.
    #[default]
    Closed,
    /// No test split: all that is held out validates.
    None,
}

/// What a prediction table does not say. [`DiagnoseOptions::new`] has every default.
#[derive(Debug, Clone, PartialEq)]
pub struct DiagnoseOptions {
    /// The run's path as it is typed in commands: `runs/digits-1`. Of a table, that of its file.
    pub run: String,
    /// What is judged.
    pub judged: Judged,
    /// What everything is judged by. Default: error rate for classes, RMSE for numbers.
    pub metric: Option<Metric>,
    /// The human level. Default: unknown.
    pub human: HumanLevel,
    /// The smallest gap worth work, in the metric's unit (a rate in [0, 1]). Default: 10 % of the
    /// validation error, at least 0.1 percentage points for rates and 0.1 % of the labels' standard
    /// deviation for RMSE.
    pub tolerance: Option<f64>,
    /// Which training examples are in the table. Default: all.
    pub train: TrainRows,
    /// Where training examples come from. Default: from where validation comes from, so that there
    /// is no train-validation rung unless the table has rows for it.
    pub train_origin: Origin,
    /// Where test examples come from. Default: from where validation comes from.
    pub test_origin: Origin,
    /// What is there of test where the table has no rows of it. Default: a closed split.
    pub test: TestSplit,
    /// What the table's groups are. Default: examples that belong together.
    pub groups: GroupKind,
    /// How often validation and test were looked at, this look included.
    pub looks: LookCounts,
}

impl DiagnoseOptions {
    /// The defaults, for the run at this path.
    pub fn new(run: impl Into<String>) -> Self {
        DiagnoseOptions {
            run: run.into(),
            judged: Judged::default(),
            metric: None,
            human: HumanLevel::default(),
            tolerance: None,
            train: TrainRows::default(),
            train_origin: Origin::default(),
            test_origin: Origin::default(),
            test: TestSplit::default(),
            groups: GroupKind::default(),
            looks: LookCounts::default(),
        }
    }
}

/// Why a ladder cannot be made.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum DiagnoseError {
    /// The table has no validation rows, by which everything is judged.
    #[error("the prediction table has no validation examples")]
    NoValidation,
    /// Every row of a split has the weight 0.
    #[error("all {examples} {split} examples have the weight 0")]
    NoWeight {
        /// The split.
        split: Split,
        /// How many.
        examples: usize,
    },
    /// Answers that are not numbers.
    #[error(
        "{examples} {split} examples have answers that are not finite numbers, the first of them `{first}`"
    )]
    NotFinite {
        /// Their split.
        split: Split,
        /// How many.
        examples: usize,
        /// Id of the first.
        first: String,
    },
    /// A metric that judges other answers than these.
    #[error("the metric `{metric}` does not fit {answers}: expected {expected}")]
    MetricDoesNotFit {
        /// The metric.
        metric: MetricKind,
        /// What is predicted.
        answers: String,
        /// The metrics that fit.
        expected: String,
    },
    /// The metric has no value on validation.
    #[error("{metric} is not defined on validation, because {why}")]
    Undefined {
        /// The metric's name.
        metric: &'static str,
        /// Why.
        why: Undefined,
    },
    /// A human level that no error can have.
    #[error("human level: expected {expected}, found `{found}`")]
    HumanLevel {
        /// What it may be.
        expected: &'static str,
        /// What it is.
        found: String,
    },
    /// A tolerance that no gap can be compared with.
    #[error("tolerance: expected {expected}, found `{found}`")]
    Tolerance {
        /// What it may be.
        expected: &'static str,
        /// What it is.
        found: f64,
    },
}

impl DiagnoseError {
    /// The metric judges other answers than those of `target`.
    pub fn metric_does_not_fit(metric: MetricKind, target: &Target) -> Self {
        let fitting: Vec<String> =
            MetricKind::fitting(target).map(|metric| format!("`{metric}`")).collect();
        let expected = match fitting.split_last() {
            Some((last, others)) if !others.is_empty() => {
                format!("{} or {last}", others.join(", "))
            }
            _ => fitting.concat(),
        };
        let answers = target.kind().answers_said();
        DiagnoseError::MetricDoesNotFit { metric, answers, expected }
    }

    /// What to do.
    pub fn hint(&self) -> &'static str {
        match self {
            DiagnoseError::NoValidation => "score the validation split as well as train",
            DiagnoseError::NoWeight { .. } => {
                "only how weights compare counts, so one of them has to be above 0"
            }
            DiagnoseError::MetricDoesNotFit { .. } => "choose one of these: `--metric NAME`",
            DiagnoseError::Undefined { .. } => {
                "choose another metric, or a split that has what this one needs"
            }
            DiagnoseError::NotFinite { .. } => {
                "training diverged: lower the learning rate, and look for huge values in the data"
            }
            DiagnoseError::HumanLevel { .. } => {
                "give it in the metric's unit: 0.02 stands for an error rate of 2 %"
            }
            DiagnoseError::Tolerance { .. } => {
                "give it in the metric's unit: 0.005 stands for half a percentage point"
            }
        }
    }
}
