//! What fits the validation examples better.

use std::ops::RangeInclusive;

use gapwise_study::recipe::TakenBy;

use super::{RunRemedies, rounded};
use crate::config::DropoutChoice;

/// First λ of L2 and of weight decay, the factor of every further try, and the most that is
/// proposed: from there on the weights follow the penalty, and no longer the examples. Weight decay
/// is multiplied by the learning rate, so its λ is larger.
const FIRST_L2: f64 = 1e-4;
pub(super) const MOST_L2: f64 = 1e-2;
const FIRST_DECAY: f64 = 1e-2;
pub(super) const MOST_DECAY: f64 = 0.1;
const FACTOR: f64 = 10.0;
/// First dropout, the step of every further try, and the most that is proposed.
const DROPOUT_STEP: f64 = 0.2;
pub(super) const MOST_DROPOUT: f64 = 0.6;
/// A crop moves an image by an eighth of its shorter side at first, and by a quarter at most.
const FIRST_CROP: usize = 8;
const MOST_CROP: usize = 4;
/// Degrees of a rotation at first, and at most: few things are another thing so little turned.
const FIRST_ROTATION: f64 = 10.0;
const MOST_ROTATION: f64 = 20.0;
/// Early stopping waits for a tenth of the epochs, and for three at least.
const PATIENCE: usize = 10;
const LEAST_PATIENCE: usize = 3;

impl RunRemedies {
    pub(super) fn l2(&self) -> Option<TakenBy> {
        self.penalty("train.l2", self.train.optimiser.l2, FIRST_L2..=MOST_L2)
    }

    pub(super) fn weight_decay(&self) -> Option<TakenBy> {
        let now = self.train.optimiser.weight_decay;
        self.penalty("train.weight_decay", now, FIRST_DECAY..=MOST_DECAY)
    }

    fn penalty(
        &self,
        key: &'static str,
        now: f64,
        sensible: RangeInclusive<f64>,
    ) -> Option<TakenBy> {
        let next = if now > 0.0 { rounded(now * FACTOR) } else { *sensible.start() };
        (next <= *sensible.end()).then(|| self.set(key, now, next))
    }

    /// As much more in every layer.
    pub(super) fn dropout(&self) -> Option<TakenBy> {
        let next = self.network.dropout.iter().map(|one| rounded(one + DROPOUT_STEP));
        let next: Vec<f64> = next.collect();
        let from = DropoutChoice::of(&self.network.dropout)?;
        let to = DropoutChoice::of(&next)?;
        next.iter().all(|&one| one <= MOST_DROPOUT).then(|| self.set("network.dropout", from, to))
    }

    pub(super) fn crop(&self) -> Option<TakenBy> {
        let [_, height, width] = self.images()?;
        let (side, now) = (height.min(width), self.augment.crop);
        let next = if now == 0 { (side / FIRST_CROP).max(1) } else { 2 * now };
        (next <= side / MOST_CROP).then(|| self.set("augment.crop", now, next))
    }

    pub(super) fn mirror(&self) -> Option<TakenBy> {
        self.images()?;
        (!self.augment.mirror).then(|| self.set("augment.mirror", false, true))
    }

    pub(super) fn rotation(&self) -> Option<TakenBy> {
        self.images()?;
        let now = self.augment.rotate;
        let next = if now == 0.0 { FIRST_ROTATION } else { 2.0 * now };
        (next <= MOST_ROTATION).then(|| self.set("augment.rotate", now, next))
    }

    /// An average over about a tenth of the updates, at most a thousand.
    pub(super) fn average(&self) -> Option<TakenBy> {
        let updates = self.train.epochs * self.course.examples.div_ceil(self.train.batch.max(1));
        let beta = match updates {
            0..1_000 => 0.9,
            1_000..10_000 => 0.99,
            _ => 0.999,
        };
        self.train.average.is_none().then(|| self.set("train.average", 0, beta))
    }

    pub(super) fn early_stopping(&self) -> Option<TakenBy> {
        let patience = (self.train.epochs / PATIENCE).max(LEAST_PATIENCE);
        let helps = self.train.patience.is_none() && patience < self.train.epochs;
        helps.then(|| self.set("train.patience", 0, patience))
    }
}
