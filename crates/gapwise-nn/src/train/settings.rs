//! The settings of training, their defaults and the rules behind them.

use serde::{Deserialize, Serialize};

use super::{ClassWeights, TrainChange};
use crate::optimise::OptimiserSettings;

/// Every effective setting of training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainSettings {
    /// Times through the training examples, at least 1.
    pub epochs: usize,
    /// Examples in a mini-batch, at least 1.
    pub batch: usize,
    /// Learning rate that the schedule starts from, above 0.
    pub learning_rate: f64,
    /// How the learning rate goes on from there.
    pub schedule: Schedule,
    /// Epochs over which the learning rate rises, at least 0 and fewer than there are; 0 is off.
    pub warm_up: f64,
    /// How the weights move.
    pub optimiser: OptimiserSettings,
    /// Factor on the learning rate of layers that came with weights, above 0.
    #[serde(default = "whole")]
    pub kept_rate: f64,
    /// β of the average over the weights of every step, which is then judged and kept in place of
    /// the weights; in [0, 1).
    pub average: Option<f64>,
    /// Early stopping: epochs without a new best after which training ends, at least 1. It works on
    /// the fit to train and on the fit to validation at once, so the two are no longer tuned apart.
    pub patience: Option<usize>,
    /// Which epoch's weights are kept and judged.
    #[serde(default)]
    pub keep: Keep,
    /// What the examples of each class count in the loss.
    pub class_weights: ClassWeights,
    /// What changes on the way, in the order of the updates; nothing behind a stop.
    #[serde(default)]
    pub changes: Vec<TrainChange>,
    /// Seed of initial weights, of the order of examples, of dropout and of augmentation.
    pub seed: u64,
}

/// The factor where all layers learn alike.
fn whole() -> f64 {
    1.0
}

/// Which epoch's weights are kept and judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Keep {
    /// Those of the epoch with the lowest validation loss, smoothed over the epochs before it. Where that is an early one, it works on
    /// the fit to train and on the fit to validation at once, as early stopping does.
    #[default]
    Best,
    /// Those of the last epoch.
    Last,
}

/// The course of the learning rate; epochs count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// The same at every step.
    Constant,
    /// Half a cosine from the full rate at the first step to zero after the last
    /// (Loshchilov & Hutter 2017, without restarts).
    Cosine,
    /// η₀ / (1 + rate · epoch) (notes, "Learning rate decay").
    ByEpoch {
        /// The larger, the faster it falls; at least 0.
        rate: f64,
    },
    /// Multiplied by `factor` every `every` epochs: "by 10 % every 5th epoch" is 0.9 and 5 (notes,
    /// "Learning rate decay").
    Steps {
        /// Above 0 and at most 1.
        factor: f64,
        /// Epochs, at least 1.
        every: usize,
    },
}

impl TrainSettings {
    /// Adam at a constant rate, and nothing else switched on.
    pub fn new(epochs: usize, batch: usize, learning_rate: f64, seed: u64) -> Self {
        TrainSettings {
            epochs,
            batch,
            learning_rate,
            schedule: Schedule::Constant,
            warm_up: 0.0,
            optimiser: OptimiserSettings::default(),
            kept_rate: 1.0,
            average: None,
            patience: None,
            keep: Keep::Best,
            class_weights: ClassWeights::None,
            changes: Vec::new(),
            seed,
        }
    }

    /// Learning rate at `step`, from 0, where an epoch has `batches` steps.
    ///
    /// Warm-up over n steps multiplies the schedule's rate at the steps 0 to n − 1 by 1/(n + 1),
    /// 2/(n + 1), …, n/(n + 1): it is never 0, and whole at step n. A rate that a change set takes the
    /// place of the first one, under the same schedule and warm-up.
    pub fn learning_rate_at(&self, step: usize, batches: usize) -> f64 {
        let batches = batches.max(1);
        let epoch = step / batches;
        let share = match self.schedule {
            Schedule::Constant => 1.0,
            Schedule::Cosine => {
                let done = step as f64 / (self.epochs as f64 * batches as f64);
                0.5 * (1.0 + (std::f64::consts::PI * done).cos())
            }
            Schedule::ByEpoch { rate } => 1.0 / (1.0 + rate * epoch as f64),
            Schedule::Steps { factor, every } => factor.powf((epoch / every.max(1)) as f64),
        };
        let warm_up = (self.warm_up * batches as f64).round();
        let warmth = ((step as f64 + 1.0) / (warm_up + 1.0)).min(1.0);
        self.rate_set_at(step) * share * warmth
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

/// Examples in a mini-batch of a network that convolves images of so many pixels: never all of them
/// where there are more than a few, since what every layer gives is held for each. Under 2,000 examples
/// the largest power of two that leaves eight steps an epoch, from 8 to 64; from there on as
/// [`batch_by_rule`]. Images of more than 128×128 pixels take at most 32.
pub fn batch_of_images(train: usize, pixels: usize) -> usize {
    let most = if pixels > 128 * 128 { 32 } else { 512 };
    let batch = match train {
        0..2_000 => 1 << (train / 8).max(1).ilog2().clamp(3, 6),
        _ => batch_by_rule(train),
    };
    batch.min(most).min(train.max(1))
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
    fn images_never_come_all_at_once() {
        let small = 28 * 28;
        for (train, batch) in [(1, 1), (8, 8), (100, 8), (300, 32), (1_078, 64), (60_000, 64)] {
            assert_eq!(batch_of_images(train, small), batch, "{train} examples");
        }
        assert_eq!(batch_of_images(10_000_000, small), 512);
        for train in [839, 60_000, 10_000_000] {
            assert_eq!(batch_of_images(train, 224 * 224), 32, "{train} examples");
        }
    }

    #[test]
    fn epochs_fill_the_steps() {
        let rule = EpochRule { steps: 400, least: 10 };
        // 1,000 examples in one batch: a step an epoch. 60,000 in batches of 64: 938 steps an epoch.
        assert_eq!(epochs_by_rule(1_000, 1_000, rule), 400);
        assert_eq!(epochs_by_rule(60_000, 64, rule), 10);
    }

    fn rates(settings: &TrainSettings, batches: usize) -> Vec<f64> {
        let steps = 0..settings.epochs * batches;
        steps.map(|step| settings.learning_rate_at(step, batches)).collect()
    }

    fn with(schedule: Schedule, warm_up: f64) -> TrainSettings {
        TrainSettings { schedule, warm_up, ..TrainSettings::new(4, 1, 0.4, 1) }
    }

    fn assert_rates(settings: &TrainSettings, batches: usize, expected: &[f64]) {
        let found = rates(settings, batches);
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{found} for {expected}: {settings:?}");
        }
    }

    #[test]
    fn the_cosine_goes_from_whole_through_half_to_nearly_nothing() {
        // 0.4 · ½ (1 + cos(π k/4)): 0.4 · (1, ½ (1 + √½) = 0.853553, ½, ½ (1 − √½) = 0.146447).
        let expected = [0.4, 0.341_421, 0.2, 0.058_579];
        assert_rates(&with(Schedule::Cosine, 0.0), 1, &expected);
    }

    #[test]
    fn decay_by_epoch_divides_by_one_plus_the_epochs_times_the_rate() {
        // Two steps an epoch: 0.4 / (1 + 0.5 · epoch) = 0.4, 0.4/1.5, 0.4/2, 0.4/2.5.
        let expected = [0.4, 0.4, 0.266_667, 0.266_667, 0.2, 0.2, 0.16, 0.16];
        assert_rates(&with(Schedule::ByEpoch { rate: 0.5 }, 0.0), 2, &expected);
    }

    #[test]
    fn decay_by_steps_takes_its_share_off_every_so_many_epochs() {
        // By 10 % every 2nd epoch: 0.4 twice, then 0.4 · 0.9 twice.
        let expected = [0.4, 0.4, 0.36, 0.36];
        assert_rates(&with(Schedule::Steps { factor: 0.9, every: 2 }, 0.0), 1, &expected);
    }

    #[test]
    fn warm_up_rises_from_above_nothing_and_multiplies_the_schedule() {
        // 1.5 epochs of 2 steps are n = 3 steps: ¼, ½, ¾ of the rate, then all of it.
        let expected = [0.1, 0.2, 0.3, 0.4, 0.4, 0.4, 0.4, 0.4];
        assert_rates(&with(Schedule::Constant, 1.5), 2, &expected);
        // One epoch of 1 step: n = 1, so half of the cosine's first rate.
        let expected = [0.2, 0.341_421, 0.2, 0.058_579];
        assert_rates(&with(Schedule::Cosine, 1.0), 1, &expected);
    }
}
