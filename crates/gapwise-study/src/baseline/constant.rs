//! Baselines that give every example the same answer.

use gapwise_data::Split;

use crate::predictions::{Outcome, PredictionTable};

/// The majority baseline: always the class that most training examples have.
#[derive(Debug, Clone, PartialEq)]
pub struct Majority {
    class: u32,
    shares: Vec<f32>,
}

impl Majority {
    /// Counts the training labels, each below `classes`. Of equally frequent classes the one with
    /// the lowest number is taken. `None` without any label.
    pub fn fit(labels: impl IntoIterator<Item = u32>, classes: usize) -> Option<Self> {
        let mut counts = vec![0_usize; classes];
        for label in labels {
            if let Some(count) = counts.get_mut(label as usize) {
                *count += 1;
            }
        }
        let examples: usize = counts.iter().sum();
        if examples == 0 {
            return None;
        }
        let most = counts.iter().copied().max()?;
        let class = counts.iter().position(|&count| count == most)?;
        let shares = counts.iter().map(|&count| count as f32 / examples as f32).collect();
        Some(Majority { class: class as u32, shares })
    }

    /// The number of the class that it always answers.
    pub fn class(&self) -> u32 {
        self.class
    }

    /// Its answers to the validation rows of `table`, in their order; the scores are the classes'
    /// shares in train. Rows with a number as label get none.
    pub fn answers(&self, table: &PredictionTable) -> Vec<Outcome> {
        let answer = |outcome: &Outcome| match outcome {
            Outcome::Class { label, .. } => Some(Outcome::Class {
                label: *label,
                prediction: self.class,
                scores: self.shares.clone(),
            }),
            Outcome::Number { .. } => None,
        };
        table.of(Split::Validation).filter_map(|row| answer(&row.outcome)).collect()
    }
}

/// The mean baseline: always the mean of the training labels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mean(f64);

impl Mean {
    /// The mean of the training labels. `None` without any label.
    pub fn fit(labels: impl IntoIterator<Item = f64>) -> Option<Self> {
        let (mut sum, mut count) = (0.0, 0.0);
        for label in labels {
            sum += label;
            count += 1.0;
        }
        (count > 0.0).then(|| Mean(sum / count))
    }

    /// The number that it always answers, in the label's own unit.
    pub fn value(self) -> f64 {
        self.0
    }

    /// Its answers to the validation rows of `table`, in their order. Rows with a class as label
    /// get none.
    pub fn answers(self, table: &PredictionTable) -> Vec<Outcome> {
        let answer = |outcome: &Outcome| match outcome {
            Outcome::Number { label, .. } => {
                Some(Outcome::Number { label: *label, prediction: self.0 })
            }
            Outcome::Class { .. } => None,
        };
        table.of(Split::Validation).filter_map(|row| answer(&row.outcome)).collect()
    }
}
