//! The settings of training, their defaults and the rules behind them.

use serde::{Deserialize, Serialize};

/// Every effective setting of training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainSettings {
    /// Times through the training examples, at least 1.
    pub epochs: usize,
    /// Examples in a mini-batch, at least 1.
    pub batch: usize,
    /// Learning rate of Adam at the first step, above 0.
    pub learning_rate: f64,
    /// How the learning rate goes on from there.
    pub schedule: Schedule,
    /// λ of the cost λ·Σ W², at least 0; biases are exempt.
    pub l2: f64,
    /// Seed of first weights, of the order of examples and of dropout.
    pub seed: u64,
}

/// The course of the learning rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// The same at every step.
    Constant,
    /// Half a cosine from the full rate at the first step to zero after the last
    /// (Loshchilov & Hutter 2017, without restarts).
    Cosine,
}

impl TrainSettings {
    /// Learning rate at `step` (from 0) of `steps`.
    pub fn learning_rate_at(&self, step: usize, steps: usize) -> f64 {
        match self.schedule {
            Schedule::Constant => self.learning_rate,
            Schedule::Cosine => {
                let done = step as f64 / steps.max(1) as f64;
                self.learning_rate * 0.5 * (1.0 + (std::f64::consts::PI * done).cos())
            }
        }
    }
}

/// Examples in a mini-batch by the notes' guideline: all of them under 2,000, else a power of two
/// from 64 up. The power doubles while an epoch still has 1,000 steps, up to 512.
///
/// **Source**: the notes, "Mini-batch gradient descent".
pub fn batch_by_rule(train: usize) -> usize {
    if train < 2_000 {
        return train.max(1);
    }
    let mut batch = 64;
    while batch < 512 && train / (2 * batch) >= 1_000 {
        batch *= 2;
    }
    batch
}

/// Epochs enough for about `steps` optimiser steps, at least `least`.
pub fn epochs_by_rule(train: usize, batch: usize, rule: EpochRule) -> usize {
    rule.steps.div_ceil(train.div_ceil(batch).max(1)).max(rule.least)
}

/// How long training lasts by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EpochRule {
    /// Optimiser steps to reach.
    pub steps: usize,
    /// Epochs at least.
    pub least: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn under_2_000_examples_the_batch_is_all_of_them_and_then_a_power_of_two() {
        for (train, batch) in
            [(1, 1), (90, 90), (1_999, 1_999), (2_000, 64), (60_000, 64), (200_000, 128)]
        {
            assert_eq!(batch_by_rule(train), batch, "{train} examples");
        }
        assert_eq!(batch_by_rule(10_000_000), 512);
    }

    #[test]
    fn epochs_fill_the_steps() {
        let rule = EpochRule { steps: 400, least: 10 };
        // 1,000 examples in one batch: a step an epoch. 60,000 in batches of 64: 938 steps an epoch.
        assert_eq!(epochs_by_rule(1_000, 1_000, rule), 400);
        assert_eq!(epochs_by_rule(60_000, 64, rule), 10);
    }

    #[test]
    fn the_cosine_is_whole_then_half_then_nearly_nothing() {
        let settings = TrainSettings {
            epochs: 1,
            batch: 1,
            learning_rate: 0.4,
            schedule: Schedule::Cosine,
            l2: 0.0,
            seed: 1,
        };
        // 0.4 · ½ (1 + cos 0) = 0.4; at half, ½ (1 + cos π/2) = ½; at 3/4, ½ (1 − √½) = 0.146447.
        assert_eq!(settings.learning_rate_at(0, 100), 0.4);
        assert!((settings.learning_rate_at(50, 100) - 0.2).abs() < 1e-12);
        assert!((settings.learning_rate_at(75, 100) - 0.4 * 0.146_447).abs() < 1e-6);
        let constant = TrainSettings { schedule: Schedule::Constant, ..settings };
        assert_eq!(constant.learning_rate_at(99, 100), 0.4);
    }
}
