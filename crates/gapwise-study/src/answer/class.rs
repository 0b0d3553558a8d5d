//! One of several classes.
//!
//! In a prediction table classes stand by name, and `score:CLASS` has the probability of each.

use std::collections::HashMap;

use blake3::Hasher;
use gapwise_data::{Labels, wording::thousands};
use serde::{Deserialize, Serialize};

use super::{AnswerKind, Constant, Field, Outcome};
use crate::{
    metric::MetricKind,
    predictions::{
        cells::Row,
        read::{Cells, Faults, ReadAnswers},
        sums::Sums,
    },
    report::{Report, Section, calibration, confusion},
};

/// What the name of a score's column begins with; the class follows.
const SCORE: &str = "score:";

/// One of these classes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// Class names, in the order of their numbers.
    pub names: Vec<String>,
}

/// Number of the right class.
pub type Truth = u32;

/// A class, and how probable each is.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// Number of the answered class: the one of the highest score.
    pub class: u32,
    /// One probability per class; sums to 1. Empty where a table of another program has none, and
    /// for people's answers.
    pub scores: Vec<f32>,
}

/// Right class and answered class.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Classified<'a> {
    /// Number of the right class.
    pub label: u32,
    /// Number of the answered class.
    pub prediction: u32,
    /// As in [`Prediction`].
    pub scores: &'a [f32],
}

impl super::Target {
    /// One of these classes.
    pub fn classes(names: Vec<String>) -> Self {
        super::Target::Class(Target { names })
    }

    /// The names of the classes; `None` where something else is predicted.
    pub fn class_names(&self) -> Option<&[String]> {
        match self {
            super::Target::Class(Target { names }) => Some(names),
            _ => None,
        }
    }

    /// The name of the positive one of two classes, where `metric` has one.
    pub fn positive_name(&self, metric: crate::metric::Metric) -> Option<&String> {
        let names = self.class_names().filter(|names| names.len() == 2)?;
        metric.kind.has_positive().then(|| names.get(metric.positive as usize))?
    }
}

impl super::Truth {
    /// Number of the right class; `None` where something else is predicted.
    pub fn class(&self) -> Option<u32> {
        match self {
            super::Truth::Class(class) => Some(*class),
            _ => None,
        }
    }
}

impl super::Prediction {
    /// A class and the probabilities of all.
    pub fn class(class: u32, scores: Vec<f32>) -> Self {
        super::Prediction::Class(Prediction { class, scores })
    }
}

impl Outcome {
    /// The class `prediction` where `label` is right.
    pub fn class(label: u32, prediction: u32, scores: Vec<f32>) -> Self {
        let prediction = super::Prediction::class(prediction, scores);
        Outcome { truth: Some(super::Truth::Class(label)), prediction }
    }

    /// Right and answered class; `None` where one of them is not known, or no class.
    pub fn classified(&self) -> Option<Classified<'_>> {
        match (&self.truth, &self.prediction) {
            (
                Some(super::Truth::Class(label)),
                super::Prediction::Class(Prediction { class, scores }),
            ) => Some(Classified { label: *label, prediction: *class, scores }),
            _ => None,
        }
    }
}

/// The target of such labels.
pub(super) fn of(labels: &Labels, _name: &str) -> Option<super::Target> {
    match labels {
        Labels::Classes { names, .. } => Some(super::Target::classes(names.clone())),
        Labels::Numbers(_) => None,
    }
}

/// A table that has scores is one of their classes.
pub(super) fn of_columns(columns: &[&str]) -> Option<super::Target> {
    let names: Vec<String> =
        columns.iter().filter_map(|name| name.strip_prefix(SCORE)).map(str::to_owned).collect();
    (!names.is_empty()).then(|| super::Target::classes(names))
}

/// Whether a column holds scores.
pub(super) fn owns(column: &str) -> bool {
    column.starts_with(SCORE)
}

impl Target {
    fn name(&self, class: u32) -> Option<&String> {
        self.names.get(class as usize)
    }
}

impl AnswerKind for Target {
    fn said(&self) -> String {
        format!("{} classes", self.names.len())
    }

    fn answers_said(&self) -> String {
        format!("{} classes", thousands(self.names.len()))
    }

    fn usual_metric(&self) -> MetricKind {
        MetricKind::ErrorRate
    }

    fn truth(&self, labels: &Labels, example: usize) -> Option<super::Truth> {
        match labels {
            Labels::Classes { of, .. } => Some(super::Truth::Class(of[example])),
            Labels::Numbers(_) => None,
        }
    }

    /// The most frequent class, of equally frequent ones that of the lowest number; the scores are the
    /// shares of all.
    fn constant(&self, truths: &mut dyn Iterator<Item = super::Truth>) -> Option<Constant> {
        let mut counts = vec![0_usize; self.names.len()];
        for class in truths.filter_map(|truth| truth.class()) {
            if let Some(count) = counts.get_mut(class as usize) {
                *count += 1;
            }
        }
        let examples: usize = counts.iter().sum();
        if examples == 0 {
            return None;
        }
        let most = counts.iter().copied().max()?;
        let class = counts.iter().position(|&count| count == most)?;
        let scores = counts.iter().map(|&count| count as f32 / examples as f32).collect();
        let prediction = super::Prediction::class(class as u32, scores);
        Some(Constant { name: "majority", prediction })
    }

    fn right(&self, truth: &super::Truth) -> Option<super::Prediction> {
        Some(super::Prediction::class(truth.class()?, Vec::new()))
    }

    fn is_wrong(&self, outcome: &Outcome) -> bool {
        outcome.classified().is_some_and(|both| both.label != both.prediction)
    }

    fn typed(&self, answer: &str) -> Result<super::Prediction, String> {
        match self.names.iter().position(|name| name == answer) {
            Some(class) => Ok(super::Prediction::class(class as u32, Vec::new())),
            None => Err(format!("one of the {} classes", self.names.len())),
        }
    }

    fn show_truth(&self, truth: &super::Truth) -> String {
        truth.class().and_then(|class| self.name(class)).cloned().unwrap_or_default()
    }

    fn show_prediction(&self, prediction: &super::Prediction) -> String {
        let super::Prediction::Class(Prediction { class, .. }) = prediction else {
            return String::new();
        };
        self.name(*class).cloned().unwrap_or_default()
    }

    fn confidence(&self, prediction: &super::Prediction) -> Option<f32> {
        let super::Prediction::Class(Prediction { class, scores }) = prediction else {
            return None;
        };
        scores.get(*class as usize).copied()
    }

    fn cells(&self, prediction: &super::Prediction) -> Vec<String> {
        let super::Prediction::Class(Prediction { scores, .. }) = prediction else {
            return Vec::new();
        };
        let name = std::iter::once(self.show_prediction(prediction));
        name.chain(scores.iter().map(f32::to_string)).collect()
    }

    fn fields(&self, prediction: &super::Prediction) -> Vec<(&'static str, Field)> {
        let super::Prediction::Class(Prediction { scores, .. }) = prediction else {
            return Vec::new();
        };
        let name = Field::Text(self.show_prediction(prediction));
        vec![("prediction", name), ("scores", Field::Numbers(scores.clone()))]
    }

    fn hash(&self, truth: &super::Truth, hasher: &mut Hasher) {
        let name = truth.class().and_then(|class| self.name(class)).map_or("", String::as_str);
        hasher.update(name.as_bytes()).update(b"\n");
    }

    fn columns(&self) -> Vec<String> {
        self.names.iter().map(|name| format!("{SCORE}{name}")).collect()
    }

    fn refused_columns(&self, columns: &[&str]) -> Option<String> {
        let own = self.columns();
        let same = columns.is_empty() || own.iter().map(String::as_str).eq(columns.iter().copied());
        (!same).then(|| format!("`{}`", own.join(",")))
    }

    fn write(&self, outcome: &Outcome, row: &mut Row) -> Option<()> {
        let Classified { label, prediction, scores } = outcome.classified()?;
        if scores.len() != self.names.len() {
            return None;
        }
        for class in [label, prediction] {
            row.text(self.name(class)?);
        }
        Some(())
    }

    fn write_details(&self, outcome: &Outcome, row: &mut Row) {
        for score in outcome.classified().iter().flat_map(|both| both.scores) {
            row.number(*score);
        }
    }

    fn reader(&self) -> Box<dyn ReadAnswers + '_> {
        Box::new(Reader {
            classes: self.names.iter().map(String::as_str).zip(0..).collect(),
            sums: Sums::of(self.names.len()),
        })
    }

    fn sections(&self, report: &Report<'_>) -> Vec<Section> {
        let Report { predictions, metrics, .. } = report;
        vec![
            Section {
                id: "mistakes",
                title: "Confusion on validation",
                body: confusion::section(predictions, &self.names),
            },
            Section {
                id: "calibration",
                title: "Calibration on validation",
                body: calibration::section(predictions, metrics),
            },
        ]
    }
}

/// Reads classes by name, and their scores.
struct Reader<'a> {
    classes: HashMap<&'a str, u32>,
    sums: Sums,
}

impl Reader<'_> {
    fn class(&self, (column, cell): (&str, &str), faults: &mut Faults) -> Option<u32> {
        let number = self.classes.get(cell).copied();
        if number.is_none() {
            let expected = format!("one of the {} classes", self.classes.len());
            faults.bad(Some(column), &expected, cell);
        }
        number
    }

    fn score(&mut self, (column, cell): (&str, &str), faults: &mut Faults) -> Option<f32> {
        let score = faults.number::<f32>(column, cell)?;
        let diverged = score.is_nan() && !faults.of_another_program();
        if !diverged && !(0.0..=1.001).contains(&score) {
            faults.bad(Some(column), "a probability from 0 to 1", cell);
            return None;
        }
        self.sums.printed(cell);
        Some(score)
    }
}

impl ReadAnswers for Reader<'_> {
    fn outcome(&mut self, cells: &Cells<'_>, faults: &mut Faults) -> Option<Outcome> {
        let label = self.class(("label", cells.label()), faults);
        let prediction = self.class(("prediction", cells.prediction()), faults);
        let before = faults.total();
        let mut scores = Vec::new();
        for detail in cells.details() {
            scores.extend(self.score(detail, faults));
        }
        // Of scores that were read; a sum that holds NaN says nothing.
        if faults.total() == before && !scores.is_empty() {
            let sum = scores.iter().map(|&score| f64::from(score)).sum();
            self.sums.add(faults.line(), sum);
        }
        Some(Outcome::class(label?, prediction?, scores))
    }

    fn finish(&mut self, faults: &mut Faults) -> Option<String> {
        for (line, sum) in self.sums.off() {
            faults.bad_row(
                *line,
                "scores that sum to 1",
                &format!("a sum of {}", (sum * 1e6).round() / 1e6),
            );
        }
        self.sums.said()
    }
}
