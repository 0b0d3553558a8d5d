//! What a trained network says of other data.

use std::path::PathBuf;

use gapwise_data::{Note, Split};
use gapwise_nn::tasks::Answer;
use gapwise_study::{
    interval::Interval,
    metric::MetricKind,
    predictions::{Outcome as Answered, PredictionRow, Target},
};
use serde::Serialize;

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
    /// Per class: name, wrong answers, examples. Empty for numbers.
    pub classes: Vec<(String, usize, usize)>,
    /// What was guessed or done by convention.
    pub notes: Vec<Note>,
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
        if let Target::Class { names } = &self.target {
            columns.extend(names.iter().map(|name| format!("score:{name}")));
        }
        columns
    }
}

impl Prediction {
    pub(super) fn of(outcome: Answered, id: &str, target: &Target) -> Self {
        let id = id.to_owned();
        match outcome {
            Answered::Class { prediction, scores, .. } => {
                let name = match target {
                    Target::Class { names } => names.get(prediction as usize).cloned(),
                    Target::Number { .. } => None,
                };
                let prediction = name.unwrap_or_else(|| prediction.to_string());
                Prediction::Class { id, prediction, scores }
            }
            Answered::Number { prediction, .. } => Prediction::Number { id, prediction },
        }
    }
}

pub(super) fn table_rows(ids: &[String], answers: Vec<Answer>) -> Vec<PredictionRow> {
    let row = |(answer, id): (Answer, &String)| PredictionRow {
        id: id.clone(),
        group: None,
        split: Split::Test,
        outcome: answer.outcome,
        loss: answer.loss,
    };
    answers.into_iter().zip(ids).map(row).collect()
}

pub(super) fn per_class(rows: &[PredictionRow], target: &Target) -> Vec<(String, usize, usize)> {
    let Target::Class { names } = target else { return Vec::new() };
    let mut classes: Vec<(String, usize, usize)> =
        names.iter().map(|name| (name.clone(), 0, 0)).collect();
    for row in rows {
        if let Answered::Class { label, prediction, .. } = &row.outcome
            && let Some(class) = classes.get_mut(*label as usize)
        {
            class.1 += usize::from(label != prediction);
            class.2 += 1;
        }
    }
    classes
}
