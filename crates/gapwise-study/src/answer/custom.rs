//! Answers of a program of its own, as JSON: pairs, boxes, tags, sentences.
//!
//! What is right and what is answered stand in one cell each of a prediction table, however large they
//! are. A [`CustomAnswer`] says what such a value may be and how people read it; metrics of a program of
//! its own judge it.

use std::{
    fmt,
    sync::{PoisonError, RwLock},
};

use blake3::Hasher;
use gapwise_data::Labels;
use gapwise_pages::text;
use maud::html;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

use super::{AnswerKind, Constant, Field, Outcome};
use crate::{
    metric::MetricKind,
    predictions::{
        PredictionTable,
        cells::Row,
        read::{Cells, Faults, ReadAnswers},
    },
    report::{Report, Section},
};

/// A kind of answer of a program of its own.
pub trait CustomAnswer: fmt::Debug + Sync {
    /// The word for it in files: `ordered-pair`.
    fn word(&self) -> &'static str;

    /// What is predicted, in a few words: `a pair of prices`.
    fn said(&self) -> String;

    /// The answers in a word or two: `pairs`.
    fn answers_said(&self) -> String;

    /// The metric that judges the answers unless another is asked for.
    fn usual_metric(&self) -> MetricKind;

    /// Whether a value can be right or answered.
    ///
    /// # Errors
    ///
    /// What was expected in its place.
    fn check(&self, value: &Value) -> Result<(), String>;

    /// A value for people. Default: its JSON.
    fn show(&self, value: &Value) -> String {
        value.to_string()
    }

    /// Whether an answer is another than what is right. Default: where the values are not equal.
    fn is_wrong(&self, truth: &Value, prediction: &Value) -> bool {
        truth != prediction
    }

    /// The one answer that fits all of these truths best. Default: there is none to beat.
    fn constant(&self, truths: &[Value]) -> Option<Value> {
        let _ = truths;
        None
    }

    /// A section of the report: its title, and sentences in which backticks set code. Default: none.
    fn section(&self, table: &PredictionTable) -> Option<(&'static str, Vec<String>)> {
        let _ = table;
        None
    }
}

/// Answers of a program of its own.
#[derive(Clone, Copy)]
pub struct Target(&'static dyn CustomAnswer);

/// What is right, as JSON.
pub type Truth = Value;

/// What is answered, as JSON.
pub type Prediction = Value;

/// Those that are read back from files by their words.
static KNOWN: RwLock<Vec<Target>> = RwLock::new(Vec::new());

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Kinds of one word are one kind.
impl PartialEq for Target {
    fn eq(&self, other: &Self) -> bool {
        self.0.word() == other.0.word()
    }
}

/// What a file holds of the target.
#[derive(Serialize, Deserialize)]
struct Stored {
    answers: String,
}

impl Serialize for Target {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Stored { answers: self.0.word().to_owned() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Stored { answers } = Stored::deserialize(deserializer)?;
        let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
        known.iter().find(|target| target.0.word() == answers).copied().ok_or_else(|| {
            de::Error::custom(format!(
                "expected answers that this program knows, found `{answers}` of another program"
            ))
        })
    }
}

impl super::Target {
    /// Answers of a program of its own, which are from now on read back from files.
    pub fn custom(answers: &'static dyn CustomAnswer) -> Self {
        let target = Target(answers);
        let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
        if !known.contains(&target) {
            known.push(target);
        }
        super::Target::Custom(target)
    }
}

impl Outcome {
    /// The value `prediction`, where `truth` is right.
    pub fn custom(truth: Option<Value>, prediction: Value) -> Self {
        Outcome {
            truth: truth.map(super::Truth::Custom),
            prediction: super::Prediction::Custom(prediction),
        }
    }

    /// Right and answered value; `None` where one of them is not known, or another kind of answer.
    pub fn values(&self) -> Option<(&Value, &Value)> {
        match (&self.truth, &self.prediction) {
            (Some(super::Truth::Custom(truth)), super::Prediction::Custom(prediction)) => {
                Some((truth, prediction))
            }
            _ => None,
        }
    }
}

fn truth(truth: &super::Truth) -> Option<&Value> {
    match truth {
        super::Truth::Custom(value) => Some(value),
        _ => None,
    }
}

fn prediction(prediction: &super::Prediction) -> Option<&Value> {
    match prediction {
        super::Prediction::Custom(value) => Some(value),
        _ => None,
    }
}

/// No labels of a data set are of this kind: a program's own head knows what is right.
pub(super) fn of(_labels: &Labels, _name: &str) -> Option<super::Target> {
    None
}

/// Which answers a table has, its columns do not tell.
pub(super) fn of_columns(_columns: &[&str]) -> Option<super::Target> {
    None
}

/// There are no columns beside those that every table has.
pub(super) fn owns(_column: &str) -> bool {
    false
}

impl AnswerKind for Target {
    fn said(&self) -> String {
        self.0.said()
    }

    fn answers_said(&self) -> String {
        self.0.answers_said()
    }

    fn usual_metric(&self) -> MetricKind {
        self.0.usual_metric()
    }

    fn truth(&self, _labels: &Labels, _example: usize) -> Option<super::Truth> {
        None
    }

    fn constant(&self, truths: &mut dyn Iterator<Item = super::Truth>) -> Option<Constant> {
        let values: Vec<Value> = truths.filter_map(|of| truth(&of).cloned()).collect();
        let prediction = super::Prediction::Custom(self.0.constant(&values)?);
        Some(Constant { name: "constant", prediction })
    }

    fn right(&self, of: &super::Truth) -> Option<super::Prediction> {
        Some(super::Prediction::Custom(truth(of)?.clone()))
    }

    fn is_wrong(&self, outcome: &Outcome) -> bool {
        outcome.values().is_some_and(|(truth, prediction)| self.0.is_wrong(truth, prediction))
    }

    fn typed(&self, answer: &str) -> Result<super::Prediction, String> {
        let value = serde_json::from_str(answer).map_err(|_| "a JSON value".to_owned())?;
        self.0.check(&value)?;
        Ok(super::Prediction::Custom(value))
    }

    fn show_truth(&self, of: &super::Truth) -> String {
        truth(of).map(|value| self.0.show(value)).unwrap_or_default()
    }

    fn show_prediction(&self, of: &super::Prediction) -> String {
        prediction(of).map(|value| self.0.show(value)).unwrap_or_default()
    }

    fn cells(&self, of: &super::Prediction) -> Vec<String> {
        prediction(of).map(Value::to_string).into_iter().collect()
    }

    fn fields(&self, of: &super::Prediction) -> Vec<(&'static str, Field)> {
        let value = prediction(of).cloned();
        value.map(|value| ("prediction", Field::Json(value))).into_iter().collect()
    }

    fn hash(&self, of: &super::Truth, hasher: &mut Hasher) {
        if let Some(value) = truth(of) {
            let text = value.to_string();
            hasher.update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
        }
    }

    fn refused_columns(&self, columns: &[&str]) -> Option<String> {
        let answers = self.0.answers_said();
        (!columns.is_empty()).then(|| format!("no scores, since {answers} are predicted"))
    }

    fn write(&self, outcome: &Outcome, row: &mut Row) -> Option<()> {
        let (truth, prediction) = outcome.values()?;
        row.text(&truth.to_string());
        row.text(&prediction.to_string());
        Some(())
    }

    fn reader(&self) -> Box<dyn ReadAnswers + '_> {
        Box::new(Reader(self.0))
    }

    fn sections(&self, report: &Report<'_>) -> Vec<Section> {
        let section = self.0.section(report.predictions).map(|(title, sentences)| Section {
            id: "mistakes",
            title,
            body: html! { @for sentence in &sentences { p { (text::prose(sentence)) } } },
        });
        section.into_iter().collect()
    }
}

struct Reader(&'static dyn CustomAnswer);

impl Reader {
    fn value(&self, column: &str, cell: &str, faults: &mut Faults) -> Option<Value> {
        let read = serde_json::from_str(cell).map_err(|_| "a JSON value".to_owned());
        match read.and_then(|value| self.0.check(&value).map(|()| value)) {
            Ok(value) => Some(value),
            Err(expected) => {
                faults.bad(Some(column), &expected, cell);
                None
            }
        }
    }
}

impl ReadAnswers for Reader {
    fn outcome(&mut self, cells: &Cells<'_>, faults: &mut Faults) -> Option<Outcome> {
        let truth = self.value("label", cells.label(), faults);
        let prediction = self.value("prediction", cells.prediction(), faults);
        Some(Outcome::custom(Some(truth?), prediction?))
    }
}
