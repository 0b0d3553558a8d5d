//! What fits the training examples better.

use gapwise_nn::{layers::BatchNormPlace, model::NetworkKind, optimise::Rule, train::Schedule};
use gapwise_study::{recipe::TakenBy, run::Health};

use super::{Change, RunRemedies};
use crate::config::{OptimiserWord, ScheduleWord, changes_typed, without_stop};

/// Learning rates where the optimiser changes. Momentum takes the gradient as it is, so one example far
/// from all others can throw it off: a third of the usual rate, and a bound on the gradient.
const OF_MOMENTUM: f64 = 0.003;
const OF_ADAM: f64 = 0.001;
/// β₂ of Adam where the usual one has been tried: about the last hundred squares.
const SHORTER_BETA2: f64 = 0.99;
/// Bound on the norm of gradients that explode.
const CLIP_NORM: f64 = 1.0;

impl RunRemedies {
    /// First weights as the activation asks for, where gradients vanish or explode with others.
    pub(super) fn initialisation(&self) -> Option<TakenBy> {
        if !matches!(self.course.health.flow, Health::Vanishing { .. } | Health::Exploding { .. }) {
            return None;
        }
        let network = &self.network;
        let mut changes: Vec<Change> = Vec::new();
        let usual = network.activation.initialisation();
        if let Some(set) = network.initialisation.filter(|set| set.variance(1) != usual.variance(1))
        {
            changes.push(("network.initialisation", set.as_str().into(), usual.as_str().into()));
        }
        if network.initial_scale != 1.0 {
            changes.push(("network.initial_scale", network.initial_scale.to_string(), "1".into()));
        }
        (!changes.is_empty()).then(|| self.sets(&changes, self.cost(self.train.epochs, None)))
    }

    pub(super) fn clip_gradient(&self) -> Option<TakenBy> {
        let flow = &self.course.health.flow;
        let explodes = matches!(flow, Health::Exploding { .. } | Health::NotFinite { .. });
        let open = self.train.optimiser.clip_norm.is_none();
        (explodes && open).then(|| self.set("train.clip_norm", 0, CLIP_NORM))
    }

    pub(super) fn train_longer(&self) -> Option<TakenBy> {
        // Where a person stopped it, it goes on to the end of its epochs first.
        if let Some(left) = without_stop(&self.train.changes) {
            let (now, then) = (changes_typed(&self.train.changes), changes_typed(&left));
            let change = ("train.changes", now, then);
            return Some(self.sets(&[change], self.cost(self.train.epochs, None)));
        }
        let (now, then) = (self.train.epochs, 2 * self.train.epochs);
        let change = ("train.epochs", now.to_string(), then.to_string());
        Some(self.sets(&[change], self.cost(then, None)))
    }

    /// The range test, unless this run's rate comes from one.
    pub(super) fn learning_rate(&self) -> Option<TakenBy> {
        let rate = self.train.learning_rate;
        (!self.course.rate_found).then(|| TakenBy {
            command: format!("gapwise train {} --find-learning-rate", self.run()),
            change: format!("`train.learning_rate` from {rate} to what a range test finds"),
            cost: self.cost_with_range_test(),
        })
    }

    /// Adam, the notes' first choice, or from there momentum; each at a rate that goes with it, which
    /// for momentum is lower the larger the network.
    pub(super) fn other_optimiser(&self) -> Option<TakenBy> {
        let (from, now) = (OptimiserWord::of(self.train.optimiser.rule), self.train.learning_rate);
        let (to, rate) = match from {
            OptimiserWord::Adam => (OptimiserWord::Momentum, self.fallen(OF_MOMENTUM)),
            // RMSprop divides by the same root as Adam, so its rate does for both.
            OptimiserWord::Rmsprop => (OptimiserWord::Adam, now),
            OptimiserWord::Descent | OptimiserWord::Momentum => (OptimiserWord::Adam, OF_ADAM),
        };
        let mut changes: Vec<Change> =
            vec![("train.optimiser", from.as_str().into(), to.as_str().into())];
        changes.extend(self.rate_from(now, rate));
        if to == OptimiserWord::Momentum && self.train.optimiser.clip_norm.is_none() {
            changes.push(("train.clip_norm", "0".into(), CLIP_NORM.to_string()));
        }
        Some(self.sets(&changes, self.cost(self.train.epochs, None)))
    }

    pub(super) fn batch_normalisation(&self) -> Option<TakenBy> {
        let network = &self.network;
        let layers = network.kind != NetworkKind::FEED_FORWARD || !network.hidden.is_empty();
        (layers && network.batch_norm == BatchNormPlace::Off).then(|| {
            let to = BatchNormPlace::BeforeActivation;
            self.set("network.batch_norm", network.batch_norm.as_str(), to.as_str())
        })
    }

    /// The cosine, which falls to nothing without a rate to tune; from there the notes' steps.
    pub(super) fn other_schedule(&self) -> Option<TakenBy> {
        let from = ScheduleWord::of(self.train.schedule);
        let to = match self.train.schedule {
            Schedule::Cosine => ScheduleWord::Steps,
            Schedule::Constant | Schedule::ByEpoch { .. } | Schedule::Steps { .. } => {
                ScheduleWord::Cosine
            }
        };
        Some(self.set("train.schedule", from.as_str(), to.as_str()))
    }

    pub(super) fn optimiser_parameters(&self) -> Option<TakenBy> {
        match self.train.optimiser.rule {
            Rule::Adam { beta2, .. } if beta2 > SHORTER_BETA2 => {
                Some(self.set("train.beta2", beta2, SHORTER_BETA2))
            }
            _ => None,
        }
    }
}
