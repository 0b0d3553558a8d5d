//! What a trained network says of other data.

use std::path::PathBuf;

use gapwise_data::{Note, Split, source::Likewise, summary::ProblemLine};
use gapwise_nn::tasks::Answer;
use gapwise_study::{
    answer::class,
    diagnosis::JudgedBy,
    interval::Interval,
    metric::MetricKind,
    predictions::{Prediction as Answered, PredictionRow, Target},
};
use serde::Serialize;

use crate::system::Units;

/// How a trained network does on other data.
#[derive(Debug, Clone, Serialize)]
pub struct Evaluation {
    /// The data.
    pub data: PathBuf,
    /// Examples scored.
    pub examples: usize,
    /// Bad examples left out.
    pub skipped: usize,
    /// What the error is.
    pub metric: MetricKind,
    /// Its unit, for people.
    pub unit: String,
    /// The error, in the metric's unit (a rate in [0, 1]).
    pub error: f64,
    /// Its 95 % interval.
    pub interval: Interval,
    /// Every metric that fits, this one among them; the split is named `test`.
    pub metrics: Vec<JudgedBy>,
    /// Per class. Empty for numbers.
    pub classes: Vec<ClassErrors>,
    /// What was guessed or done by convention.
    pub notes: Vec<Note>,
    /// Warnings, and the bad examples left out.
    pub problems: Vec<ProblemLine>,
}

/// How many examples of one class were answered wrongly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClassErrors {
    /// The class.
    pub class: String,
    /// Wrong answers.
    pub wrong: usize,
    /// Examples of the class.
    pub examples: usize,
}

/// Answers for new inputs.
#[derive(Debug, Clone, Serialize)]
pub struct Predictions {
    /// What is predicted.
    pub target: Target,
    /// One per input, in its order.
    pub answers: Vec<Prediction>,
    /// Bad examples left out.
    pub skipped: usize,
    /// What was guessed or done by convention.
    pub notes: Vec<Note>,
    /// Warnings, and the bad examples left out.
    pub problems: Vec<ProblemLine>,
}

/// The answer for one input.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Prediction {
    /// A class.
    Class {
        /// The input's id.
        id: String,
        /// The class of the highest score.
        prediction: String,
        /// One probability per class, in the order of the classes.
        scores: Vec<f32>,
    },
    /// A number.
    Number {
        /// The input's id.
        id: String,
        /// In the label's own unit.
        prediction: f64,
    },
}

impl Predictions {
    /// The columns of a table of answers: id, prediction, and for classes one score each.
    pub fn columns(&self) -> Vec<String> {
        let mut columns = vec!["id".to_owned(), "prediction".to_owned()];
        columns.extend(self.target.columns());
        columns
    }
}

impl Prediction {
    pub(super) fn of(answered: Answered, id: &str, target: &Target) -> Self {
        let id = id.to_owned();
        match answered {
            Answered::Class(class::Prediction { class, scores }) => {
                let name = target.class_names().and_then(|names| names.get(class as usize));
                let prediction = name.cloned().unwrap_or_else(|| class.to_string());
                Prediction::Class { id, prediction, scores }
            }
            Answered::Number(prediction) => Prediction::Number { id, prediction },
        }
    }
}

/// The rows of a prediction table for examples that are in no split of the run.
pub(super) fn table_rows(read: &Likewise, answers: Vec<Answer>) -> Vec<PredictionRow> {
    let all: Vec<usize> = (0..answers.len()).collect();
    let units = Units::new((read.groups.as_ref(), read.times.as_ref()), &all);
    let row = |(example, answer): (usize, Answer)| PredictionRow {
        id: read.ids[example].clone(),
        group: units.of(example),
        split: Split::Test,
        outcome: answer.outcome,
        loss: answer.loss,
        weight: answer.weight,
    };
    answers.into_iter().enumerate().map(row).collect()
}

pub(super) fn per_class(rows: &[PredictionRow], target: &Target) -> Vec<ClassErrors> {
    let Some(names) = target.class_names() else { return Vec::new() };
    let none = |class: &String| ClassErrors { class: class.clone(), wrong: 0, examples: 0 };
    let mut classes: Vec<ClassErrors> = names.iter().map(none).collect();
    for row in rows {
        if let Some(both) = row.outcome.classified()
            && let Some(class) = classes.get_mut(both.label as usize)
        {
            class.wrong += usize::from(both.label != both.prediction);
            class.examples += 1;
        }
    }
    classes
}
