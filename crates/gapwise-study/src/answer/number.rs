//! A number, in the label's own unit.
//!
//! In a prediction table numbers stand in the shortest form that reads back to the same bits.

use blake3::Hasher;
use gapwise_data::Labels;
use serde::{Deserialize, Serialize};

use super::{AnswerKind, Constant, Field, Outcome};
use crate::{
    metric::MetricKind,
    predictions::{
        cells::Row,
        read::{Cells, Faults, ReadAnswers},
    },
    report::{Report, Section, scatter},
};

/// A number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// The label's name, which stands as the unit of its errors.
    pub name: String,
}

/// The right number.
pub type Truth = f64;

/// The answered number.
pub type Prediction = f64;

impl super::Target {
    /// A number of this name.
    pub fn number(name: impl Into<String>) -> Self {
        super::Target::Number(Target { name: name.into() })
    }

    /// The number's name; `None` where something else is predicted.
    pub fn number_name(&self) -> Option<&str> {
        match self {
            super::Target::Number(Target { name }) => Some(name),
            _ => None,
        }
    }
}

impl super::Truth {
    /// The right number; `None` where something else is predicted.
    pub fn number(&self) -> Option<f64> {
        match self {
            super::Truth::Number(number) => Some(*number),
            _ => None,
        }
    }
}

impl super::Prediction {
    /// The answered number; `None` where something else is answered.
    pub fn number(&self) -> Option<f64> {
        match self {
            super::Prediction::Number(number) => Some(*number),
            _ => None,
        }
    }
}

impl Outcome {
    /// The number `prediction` where `label` is right.
    pub fn number(label: f64, prediction: f64) -> Self {
        Outcome {
            truth: Some(super::Truth::Number(label)),
            prediction: super::Prediction::Number(prediction),
        }
    }

    /// Right and answered number; `None` where one of them is not known, or no number.
    pub fn numbers(&self) -> Option<(f64, f64)> {
        Some((self.truth.as_ref()?.number()?, self.prediction.number()?))
    }
}

/// The target of such labels.
pub(super) fn of(labels: &Labels, name: &str) -> Option<super::Target> {
    match labels {
        Labels::Numbers(_) => Some(super::Target::number(name)),
        Labels::Classes { .. } => None,
    }
}

/// A table without columns of its own may be one of numbers.
pub(super) fn of_columns(columns: &[&str]) -> Option<super::Target> {
    columns.is_empty().then(|| super::Target::number("label"))
}

/// Numbers have no columns of their own.
pub(super) fn owns(_column: &str) -> bool {
    false
}

impl AnswerKind for Target {
    fn said(&self) -> String {
        format!("the number `{}`", self.name)
    }

    fn answers_said(&self) -> String {
        "numbers".to_owned()
    }

    fn usual_metric(&self) -> MetricKind {
        MetricKind::Rmse
    }

    fn truth(&self, labels: &Labels, example: usize) -> Option<super::Truth> {
        match labels {
            Labels::Numbers(numbers) => Some(super::Truth::Number(numbers[example])),
            Labels::Classes { .. } => None,
        }
    }

    /// The mean.
    fn constant(&self, truths: &mut dyn Iterator<Item = super::Truth>) -> Option<Constant> {
        let (mut sum, mut count) = (0.0, 0.0);
        for number in truths.filter_map(|truth| truth.number()) {
            sum += number;
            count += 1.0;
        }
        let prediction = super::Prediction::Number(sum / count);
        (count > 0.0).then_some(Constant { name: "mean", prediction })
    }

    fn right(&self, truth: &super::Truth) -> Option<super::Prediction> {
        Some(super::Prediction::Number(truth.number()?))
    }

    fn is_wrong(&self, outcome: &Outcome) -> bool {
        outcome.numbers().is_some_and(|(label, prediction)| label != prediction)
    }

    fn typed(&self, answer: &str) -> Result<super::Prediction, String> {
        match answer.trim().parse() {
            Ok(number) if f64::is_finite(number) => Ok(super::Prediction::Number(number)),
            _ => Err("a finite number".to_owned()),
        }
    }

    fn show_truth(&self, truth: &super::Truth) -> String {
        truth.number().map(|number| number.to_string()).unwrap_or_default()
    }

    fn show_prediction(&self, prediction: &super::Prediction) -> String {
        prediction.number().map(|number| format!("{number:.6}")).unwrap_or_default()
    }

    fn cells(&self, prediction: &super::Prediction) -> Vec<String> {
        prediction.number().iter().map(f64::to_string).collect()
    }

    fn fields(&self, prediction: &super::Prediction) -> Vec<(&'static str, Field)> {
        prediction
            .number()
            .map(|number| ("prediction", Field::Number(number)))
            .into_iter()
            .collect()
    }

    fn hash(&self, truth: &super::Truth, hasher: &mut Hasher) {
        if let Some(number) = truth.number() {
            hasher.update(&number.to_bits().to_le_bytes());
        }
    }

    fn refused_columns(&self, columns: &[&str]) -> Option<String> {
        (!columns.is_empty()).then(|| "no scores, since numbers are predicted".to_owned())
    }

    fn write(&self, outcome: &Outcome, row: &mut Row) -> Option<()> {
        let (label, prediction) = outcome.numbers()?;
        row.number(label);
        row.number(prediction);
        Some(())
    }

    fn reader(&self) -> Box<dyn ReadAnswers + '_> {
        Box::new(Reader)
    }

    fn sections(&self, report: &Report<'_>) -> Vec<Section> {
        vec![Section {
            id: "mistakes",
            title: "Predicted and true",
            body: scatter::section(report.predictions, &self.name),
        }]
    }
}

struct Reader;

impl ReadAnswers for Reader {
    fn outcome(&mut self, cells: &Cells<'_>, faults: &mut Faults) -> Option<Outcome> {
        let label = faults.answer("label", cells.label());
        let prediction = faults.answer("prediction", cells.prediction());
        Some(Outcome::number(label?, prediction?))
    }
}
