//! What a trained network says of other data.

use std::{collections::BTreeMap, path::PathBuf};

use gapwise_data::{Note, Split, source::Likewise, summary::ProblemLine};
use gapwise_nn::tasks::Answer;
use gapwise_study::{
    answer::Field,
    diagnosis::JudgedBy,
    interval::Interval,
    metric::MetricKind,
    predictions::{Prediction, PredictionRow, Target},
};
use serde::{Serialize, Serializer, ser::SerializeStruct};

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
#[derive(Debug, Clone)]
pub struct Predictions {
    /// What is predicted.
    pub target: Target,
    /// One per input, in its order.
    pub answers: Vec<Answered>,
    /// Bad examples left out.
    pub skipped: usize,
    /// What was guessed or done by convention.
    pub notes: Vec<Note>,
    /// Warnings, and the bad examples left out.
    pub problems: Vec<ProblemLine>,
}

/// The answer for one input.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// The input's id.
    pub id: String,
    /// The answer.
    pub prediction: Prediction,
}

impl Predictions {
    /// The columns of a table of answers: id, prediction, and those of the kind of answer, such as one
    /// score for each class.
    pub fn columns(&self) -> Vec<String> {
        let mut columns = vec!["id".to_owned(), "prediction".to_owned()];
        columns.extend(self.target.columns());
        columns
    }

    /// The rows of that table.
    pub fn rows(&self) -> impl Iterator<Item = Vec<String>> {
        self.answers.iter().map(|Answered { id, prediction }| {
            std::iter::once(id.clone()).chain(self.target.cells(prediction)).collect()
        })
    }
}

/// Each answer as an object of its id and what its kind says.
impl Serialize for Predictions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Predictions { target, answers, skipped, notes, problems } = self;
        let answer = |Answered { id, prediction }: &Answered| -> BTreeMap<&str, Field> {
            let id = ("id", Field::Text(id.clone()));
            std::iter::once(id).chain(target.fields(prediction)).collect()
        };
        let answers: Vec<_> = answers.iter().map(answer).collect();
        let mut whole = serializer.serialize_struct("Predictions", 5)?;
        whole.serialize_field("target", target)?;
        whole.serialize_field("answers", &answers)?;
        whole.serialize_field("skipped", skipped)?;
        whole.serialize_field("notes", notes)?;
        whole.serialize_field("problems", problems)?;
        whole.end()
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
