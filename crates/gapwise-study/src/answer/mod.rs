//! Kinds of answers: what is right of an example, and what a network answers.
//!
//! A kind is one file here, and one line in `kinds!`. Its file says what is predicted (`Target`),
//! what is right of an example (`Truth`) and what is answered (`Prediction`), and by `AnswerKind`
//! all that follows from it: its columns in `predictions.csv`, its usual metric, the baseline that
//! gives every example the same answer, how an answer is written for people, its sections of the
//! report. Metrics, baselines, files and report reach a kind through its target alone.

pub mod class;
pub mod custom;
pub mod number;

use std::fmt;

use blake3::Hasher;
use gapwise_data::Labels;
use serde::{Deserialize, Serialize};

use crate::{
    metric::MetricKind,
    predictions::{PredictionTable, cells::Row, read::ReadAnswers},
    report::{Report, Section},
};

/// The kinds of answers there are: a name, and the module that owns it.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident => $module:ident,)*) => {
        /// What is predicted.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case", tag = "target")]
        pub enum Target {
            $($(#[$doc])* $kind($module::Target),)*
        }

        /// What is right of an example.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Truth {
            $($(#[$doc])* $kind($module::Truth),)*
        }

        /// What is answered of an example.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Prediction {
            $($(#[$doc])* $kind($module::Prediction),)*
        }

        impl Target {
            pub(crate) fn kind(&self) -> &dyn AnswerKind {
                match self {
                    $(Target::$kind(target) => target,)*
                }
            }

            /// What labels predict; of numbers, `name` is the label's.
            pub fn of(labels: &Labels, name: &str) -> Self {
                let found = None$(.or_else(|| $module::of(labels, name)))*;
                found.expect("every kind of labels has a kind of answer")
            }

            /// The target that such columns of a prediction table belong to.
            pub(crate) fn of_columns(columns: &[&str]) -> Option<Self> {
                None$(.or_else(|| $module::of_columns(columns)))*
            }
        }

        /// Whether a column of a prediction table belongs to some kind of answer.
        pub(crate) fn owns(column: &str) -> bool {
            false $(|| $module::owns(column))*
        }
    };
}

kinds! {
    /// One of several classes.
    Class => class,
    /// A number.
    Number => number,
    /// Of a program of its own.
    Custom => custom,
}

/// What follows from the kind of an answer. A truth or a prediction of another kind has no meaning for
/// it: then nothing is written or shown.
pub(crate) trait AnswerKind: fmt::Debug {
    /// What is predicted, in a few words: `3 classes`, `the number price`.
    fn said(&self) -> String;

    /// The answers in a word or two: `3 classes`, `numbers`.
    fn answers_said(&self) -> String;

    /// The metric that judges the answers unless another is asked for.
    fn usual_metric(&self) -> MetricKind;

    /// What is right of an example.
    fn truth(&self, labels: &Labels, example: usize) -> Option<Truth>;

    /// The one answer that fits all of these truths best, and the baseline's name; `None` without
    /// any.
    fn constant(&self, truths: &mut dyn Iterator<Item = Truth>) -> Option<Constant>;

    /// An answer that is as right as one can be.
    fn right(&self, truth: &Truth) -> Option<Prediction>;

    /// Whether the answer is another than what is right.
    fn is_wrong(&self, outcome: &Outcome) -> bool;

    /// The answer that a person wrote.
    ///
    /// # Errors
    ///
    /// What was expected in its place.
    fn typed(&self, answer: &str) -> Result<Prediction, String>;

    /// What is right, for people.
    fn show_truth(&self, truth: &Truth) -> String;

    /// What is answered, for people.
    fn show_prediction(&self, prediction: &Prediction) -> String;

    /// How sure the answer is, in [0, 1], where answers say so.
    fn confidence(&self, prediction: &Prediction) -> Option<f32> {
        let _ = prediction;
        None
    }

    /// The answer exactly, as the cells `prediction` and those of [`AnswerKind::columns`].
    fn cells(&self, prediction: &Prediction) -> Vec<String>;

    /// The answer exactly, as the fields of a JSON object.
    fn fields(&self, prediction: &Prediction) -> Vec<(&'static str, Field)>;

    /// What is right as bytes: a data set's truths are known again by them.
    fn hash(&self, truth: &Truth, hasher: &mut Hasher);

    /// The columns of a prediction table that only this kind has, behind those that all have.
    fn columns(&self) -> Vec<String> {
        Vec::new()
    }

    /// Why a table with these columns of some kind's own is none of this target: what was expected.
    fn refused_columns(&self, columns: &[&str]) -> Option<String>;

    /// Writes the cells `label` and `prediction`; `None` for an outcome that is none of this target.
    fn write(&self, outcome: &Outcome, row: &mut Row) -> Option<()>;

    /// Writes the cells of [`AnswerKind::columns`].
    fn write_details(&self, outcome: &Outcome, row: &mut Row) {
        let _ = (outcome, row);
    }

    /// Reads the answers of a table, row by row.
    fn reader(&self) -> Box<dyn ReadAnswers + '_>;

    /// The sections of the report that show what is answered.
    fn sections(&self, report: &Report<'_>) -> Vec<Section>;
}

impl Target {
    /// What is right of an example; `None` for labels of another kind.
    pub fn truth(&self, labels: &Labels, example: usize) -> Option<Truth> {
        self.kind().truth(labels, example)
    }

    /// The one answer that fits all of these truths best; `None` without any.
    pub fn constant(&self, truths: impl IntoIterator<Item = Truth>) -> Option<Constant> {
        self.kind().constant(&mut truths.into_iter())
    }

    /// An answer that is as right as one can be; `None` for the truth of another kind.
    pub fn right(&self, truth: &Truth) -> Option<Prediction> {
        self.kind().right(truth)
    }

    /// What is right, for people.
    pub fn show_truth(&self, truth: &Truth) -> String {
        self.kind().show_truth(truth)
    }

    /// What is answered, for people.
    pub fn show_prediction(&self, prediction: &Prediction) -> String {
        self.kind().show_prediction(prediction)
    }

    /// How sure the answer is, in [0, 1], where answers say so.
    pub fn confidence(&self, prediction: &Prediction) -> Option<f32> {
        self.kind().confidence(prediction)
    }

    /// An answer exactly, as the cells `prediction` and those of [`Target::columns`].
    pub fn cells(&self, prediction: &Prediction) -> Vec<String> {
        self.kind().cells(prediction)
    }

    /// An answer exactly, as the fields of a JSON object.
    pub fn fields(&self, prediction: &Prediction) -> Vec<(&'static str, Field)> {
        self.kind().fields(prediction)
    }

    /// The columns of a table of answers that only this kind has.
    pub fn columns(&self) -> Vec<String> {
        self.kind().columns()
    }

    /// Adds what is right of an example to a fingerprint of the data.
    pub fn hash(&self, truth: &Truth, hasher: &mut Hasher) {
        self.kind().hash(truth, hasher);
    }
}

/// A part of an answer, for programs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Field {
    /// A word, such as a class.
    Text(String),
    /// A number.
    Number(f64),
    /// Numbers of 32 bits, such as scores.
    Numbers(Vec<f32>),
    /// Anything else.
    Json(serde_json::Value),
}

/// What is right of an example, where that is known, and what was answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// `None` where only answers are asked for.
    pub truth: Option<Truth>,
    /// The answer.
    pub prediction: Prediction,
}

impl Outcome {
    /// Whether the answer is another than what is right, however sure it is; where that is not known,
    /// it is not wrong.
    pub fn is_wrong(&self, target: &Target) -> bool {
        target.kind().is_wrong(self)
    }
}

/// A baseline that gives every example the same answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Constant {
    /// The baseline's name: `majority`, `mean`.
    pub name: &'static str,
    /// Its answer.
    pub prediction: Prediction,
}

impl Constant {
    /// Its answers to the validation rows of `table`, in their order.
    pub fn answers(&self, table: &PredictionTable) -> Vec<Outcome> {
        let validation = table.of(gapwise_data::Split::Validation);
        let answer = |truth: &Option<Truth>| Outcome {
            truth: truth.clone(),
            prediction: self.prediction.clone(),
        };
        validation.map(|row| answer(&row.outcome.truth)).collect()
    }
}
