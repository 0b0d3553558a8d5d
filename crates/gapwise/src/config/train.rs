//! What was typed of training, and the checked settings made of it.

use gapwise_data::{Inputs, Labels, images::Augmentation};
use gapwise_nn::{
    optimise::{Epsilon, OptimiserSettings, Rule},
    tasks::ReaderSettings,
    train::{ChangeKind, ClassWeights, Keep, Schedule, TrainChange, TrainSettings},
};
use gapwise_study::run::Setting;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::{ConfigError, setting, settings::SETTINGS};

/// What was typed of training. The default of each setting, and why, is in
/// [`SETTINGS`](super::SETTINGS).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct TrainChoice {
    /// Times through the training examples.
    pub epochs: Option<usize>,
    /// Examples in a mini-batch.
    pub batch: Option<usize>,
    /// Learning rate that the schedule starts from.
    pub learning_rate: Option<f64>,
    /// How a gradient becomes a move.
    pub optimiser: Option<OptimiserWord>,
    /// β of momentum.
    pub momentum: Option<f64>,
    /// γ of RMSprop.
    pub rmsprop_decay: Option<f64>,
    /// β₁ of Adam.
    pub beta1: Option<f64>,
    /// β₂ of Adam.
    pub beta2: Option<f64>,
    /// Where RMSprop and Adam add ε.
    pub epsilon: Option<Epsilon>,
    /// How the learning rate goes on.
    pub schedule: Option<ScheduleWord>,
    /// Rate of the decay by epoch.
    pub decay_rate: Option<f64>,
    /// Factor of the decay by steps.
    pub decay_factor: Option<f64>,
    /// Epochs between two steps of the decay.
    pub decay_every: Option<usize>,
    /// Epochs over which the learning rate rises.
    pub warm_up: Option<f64>,
    /// Factor on the learning rate of layers that came with weights.
    pub kept_rate: Option<f64>,
    /// λ₁ of the cost λ₁ Σ |W|.
    pub l1: Option<f64>,
    /// λ₂ of the cost λ₂ Σ W².
    pub l2: Option<f64>,
    /// λ of the decoupled decay.
    pub weight_decay: Option<f64>,
    /// Largest norm of the gradient; 0 is off.
    pub clip_norm: Option<f64>,
    /// Largest component of the gradient; 0 is off.
    pub clip_value: Option<f64>,
    /// β of the averaged weights; 0 is off.
    pub average: Option<f64>,
    /// Epochs without a new best before training stops; 0 is off.
    pub patience: Option<usize>,
    /// Which epoch's weights are kept.
    pub keep: Option<Keep>,
    /// What the examples of each class count in the loss.
    pub class_weights: Option<ClassWeights>,
    /// What changes on the way.
    pub changes: Option<Vec<TrainChange>>,
    /// Seed of initial weights, of the order of examples, of dropout and of augmentation.
    pub seed: Option<u64>,
}

/// An optimiser by its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OptimiserWord {
    /// [`Rule::Descent`].
    #[serde(alias = "sgd")]
    Descent,
    /// [`Rule::Momentum`].
    Momentum,
    /// [`Rule::RmsProp`].
    Rmsprop,
    /// [`Rule::Adam`].
    Adam,
}

/// A schedule by its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScheduleWord {
    /// [`Schedule::Constant`].
    Constant,
    /// [`Schedule::Cosine`].
    Cosine,
    /// [`Schedule::ByEpoch`].
    ByEpoch,
    /// [`Schedule::Steps`].
    Steps,
}

/// Settings that only some optimisers, schedules or networks have: the key, the setting it hangs on, and the
/// words of that setting that have it.
pub(super) const DEPENDENT: &[(&str, &str, &[&str])] = &[
    ("train.momentum", "train.optimiser", &["momentum"]),
    ("train.rmsprop_decay", "train.optimiser", &["rmsprop"]),
    ("train.beta1", "train.optimiser", &["adam"]),
    ("train.beta2", "train.optimiser", &["adam"]),
    ("train.epsilon", "train.optimiser", &["rmsprop", "adam"]),
    ("train.decay_rate", "train.schedule", &["by-epoch"]),
    ("train.decay_factor", "train.schedule", &["steps"]),
    ("train.decay_every", "train.schedule", &["steps"]),
    ("network.hidden", "network.kind", &["feed-forward", "conv"]),
    ("network.channels", "network.kind", &["conv"]),
    ("network.filter_side", "network.kind", &["conv"]),
    ("network.pool", "network.kind", &["conv"]),
];

impl OptimiserWord {
    /// The word as it is typed.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            OptimiserWord::Descent => "descent",
            OptimiserWord::Momentum => "momentum",
            OptimiserWord::Rmsprop => "rmsprop",
            OptimiserWord::Adam => "adam",
        }
    }

    pub(crate) fn of(rule: Rule) -> Self {
        match rule {
            Rule::Descent => OptimiserWord::Descent,
            Rule::Momentum { .. } => OptimiserWord::Momentum,
            Rule::RmsProp { .. } => OptimiserWord::Rmsprop,
            Rule::Adam { .. } => OptimiserWord::Adam,
        }
    }

    /// The rule with its own defaults.
    fn rule(self) -> Rule {
        match self {
            OptimiserWord::Descent => Rule::Descent,
            OptimiserWord::Momentum => Rule::MOMENTUM,
            OptimiserWord::Rmsprop => Rule::RMSPROP,
            OptimiserWord::Adam => Rule::ADAM,
        }
    }

    /// The default learning rate in place of `adams`. RMSprop divides by the same root as Adam. The
    /// others take the gradient as it is, and momentum adds up about ten of them.
    pub(super) fn learning_rate(self, adams: f64) -> f64 {
        match self {
            OptimiserWord::Descent => 0.1,
            OptimiserWord::Momentum => 0.01,
            OptimiserWord::Rmsprop | OptimiserWord::Adam => adams,
        }
    }
}

impl ScheduleWord {
    /// The word as it is typed.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            ScheduleWord::Constant => "constant",
            ScheduleWord::Cosine => "cosine",
            ScheduleWord::ByEpoch => "by-epoch",
            ScheduleWord::Steps => "steps",
        }
    }

    pub(crate) fn of(schedule: Schedule) -> Self {
        match schedule {
            Schedule::Constant => ScheduleWord::Constant,
            Schedule::Cosine => ScheduleWord::Cosine,
            Schedule::ByEpoch { .. } => ScheduleWord::ByEpoch,
            Schedule::Steps { .. } => ScheduleWord::Steps,
        }
    }

    /// The schedule with its own defaults.
    fn schedule(self) -> Schedule {
        match self {
            ScheduleWord::Constant => Schedule::Constant,
            ScheduleWord::Cosine => Schedule::Cosine,
            ScheduleWord::ByEpoch => Schedule::ByEpoch { rate: 0.1 },
            ScheduleWord::Steps => Schedule::Steps { factor: 0.9, every: 5 },
        }
    }
}

impl TrainChoice {
    /// The checked settings, with what was not typed from `defaults`.
    pub(super) fn settings(&self, defaults: &TrainSettings) -> Result<TrainSettings, ConfigError> {
        let usual = &defaults.optimiser;
        let train = TrainSettings {
            epochs: self.epochs.unwrap_or(defaults.epochs),
            batch: self.batch.unwrap_or(defaults.batch),
            learning_rate: self.learning_rate.unwrap_or(defaults.learning_rate),
            schedule: self.schedule(defaults.schedule),
            warm_up: self.warm_up.unwrap_or(defaults.warm_up),
            optimiser: OptimiserSettings {
                rule: self.rule(usual.rule),
                l1: self.l1.unwrap_or(usual.l1),
                l2: self.l2.unwrap_or(usual.l2),
                weight_decay: self.weight_decay.unwrap_or(usual.weight_decay),
                clip_norm: off_at_0(self.clip_norm, usual.clip_norm),
                clip_value: off_at_0(self.clip_value, usual.clip_value),
            },
            kept_rate: self.kept_rate.unwrap_or(defaults.kept_rate),
            average: off_at_0(self.average, defaults.average),
            patience: off_at_0(self.patience, defaults.patience),
            keep: self.keep.unwrap_or(defaults.keep),
            class_weights: self.class_weights.clone().unwrap_or(defaults.class_weights.clone()),
            changes: self.changes.clone().unwrap_or(defaults.changes.clone()),
            seed: self.seed.unwrap_or(defaults.seed),
        };
        let table = TrainChoice::of(&train).table();
        for &(key, on, words) in DEPENDENT.iter().filter(|(_, on, _)| on.starts_with("train.")) {
            let word = text(&table[name(on)]);
            if self.table().contains_key(name(key)) && !words.contains(&word.as_str()) {
                return Err(ConfigError::NotInForce { key, words, on, word });
            }
        }
        train.check()?;
        Ok(train)
    }

    fn rule(&self, default: Rule) -> Rule {
        match self.optimiser.map_or(default, OptimiserWord::rule) {
            Rule::Descent => Rule::Descent,
            Rule::Momentum { beta } => Rule::Momentum { beta: self.momentum.unwrap_or(beta) },
            Rule::RmsProp { gamma, epsilon } => Rule::RmsProp {
                gamma: self.rmsprop_decay.unwrap_or(gamma),
                epsilon: self.epsilon.unwrap_or(epsilon),
            },
            Rule::Adam { beta1, beta2, epsilon } => Rule::Adam {
                beta1: self.beta1.unwrap_or(beta1),
                beta2: self.beta2.unwrap_or(beta2),
                epsilon: self.epsilon.unwrap_or(epsilon),
            },
        }
    }

    fn schedule(&self, default: Schedule) -> Schedule {
        match self.schedule.map_or(default, ScheduleWord::schedule) {
            Schedule::ByEpoch { rate } => {
                Schedule::ByEpoch { rate: self.decay_rate.unwrap_or(rate) }
            }
            Schedule::Steps { factor, every } => Schedule::Steps {
                factor: self.decay_factor.unwrap_or(factor),
                every: self.decay_every.unwrap_or(every),
            },
            fixed => fixed,
        }
    }

    /// Every setting in force, typed.
    pub(super) fn of(train: &TrainSettings) -> Self {
        let optimiser = &train.optimiser;
        let mut choice = TrainChoice {
            epochs: Some(train.epochs),
            batch: Some(train.batch),
            learning_rate: Some(train.learning_rate),
            optimiser: Some(OptimiserWord::of(optimiser.rule)),
            schedule: Some(ScheduleWord::of(train.schedule)),
            warm_up: Some(train.warm_up),
            kept_rate: Some(train.kept_rate),
            l1: Some(optimiser.l1),
            l2: Some(optimiser.l2),
            weight_decay: Some(optimiser.weight_decay),
            clip_norm: Some(optimiser.clip_norm.unwrap_or(0.0)),
            clip_value: Some(optimiser.clip_value.unwrap_or(0.0)),
            average: Some(train.average.unwrap_or(0.0)),
            patience: Some(train.patience.unwrap_or(0)),
            keep: Some(train.keep),
            class_weights: Some(train.class_weights.clone()),
            changes: Some(train.changes.clone()),
            seed: Some(train.seed),
            ..TrainChoice::default()
        };
        match optimiser.rule {
            Rule::Descent => {}
            Rule::Momentum { beta } => choice.momentum = Some(beta),
            Rule::RmsProp { gamma, epsilon } => {
                (choice.rmsprop_decay, choice.epsilon) = (Some(gamma), Some(epsilon));
            }
            Rule::Adam { beta1, beta2, epsilon } => {
                (choice.beta1, choice.beta2) = (Some(beta1), Some(beta2));
                choice.epsilon = Some(epsilon);
            }
        }
        match train.schedule {
            Schedule::Constant | Schedule::Cosine => {}
            Schedule::ByEpoch { rate } => choice.decay_rate = Some(rate),
            Schedule::Steps { factor, every } => {
                (choice.decay_factor, choice.decay_every) = (Some(factor), Some(every));
            }
        }
        choice
    }

    /// As TOML; a seed that TOML cannot hold is left out, and refused elsewhere.
    fn table(&self) -> Table {
        let fits = self.seed.filter(|&seed| i64::try_from(seed).is_ok());
        Table::try_from(TrainChoice { seed: fits, ..self.clone() })
            .expect("a choice is words, numbers and tables of numbers")
    }
}

/// What was typed, or else the default; 0 switches off.
fn off_at_0<T: Default + PartialEq>(typed: Option<T>, default: Option<T>) -> Option<T> {
    typed.map_or(default, |typed| (typed != T::default()).then_some(typed))
}

/// Whether training as set can be done with this data.
pub(super) fn check_data(
    train: &TrainSettings,
    readers: ReaderSettings,
    (inputs, labels): (&Inputs, &Labels),
) -> Result<(), ConfigError> {
    if let Inputs::Table(_) = inputs
        && let Some((key, _)) = switched_on(&readers.augment).next()
    {
        let (needs, is) = ("images", "the data is rows of a table");
        return Err(ConfigError::NotForThisData { key, needs, is });
    }
    match (&train.class_weights, labels) {
        (ClassWeights::None, _) => Ok(()),
        (weights, Labels::Classes { names, .. }) => {
            weights.of(names, &vec![1; names.len()])?;
            Ok(())
        }
        (_, Labels::Numbers(_)) => {
            let (key, needs, is) = ("train.class_weights", "classes", "the labels are numbers");
            Err(ConfigError::NotForThisData { key, needs, is })
        }
    }
}

/// Every setting of training that differs from the default.
pub(super) fn differing(train: &TrainSettings, usual: &TrainSettings) -> Vec<Setting> {
    let found = by_key(train);
    let mut default = usual.clone();
    // What only this optimiser or schedule has, at its own defaults.
    default.optimiser.rule = OptimiserWord::of(train.optimiser.rule).rule();
    default.schedule = ScheduleWord::of(train.schedule).schedule();
    let own = by_key(&default);
    let usual = by_key(usual);
    let mut differing = Vec::new();
    for key in SETTINGS.iter().map(|setting| setting.key) {
        let Some(value) = found.get(key) else { continue };
        let default = usual.get(key).or(own.get(key));
        if default.is_some_and(|default| default != value) {
            differing.push(setting(key, text(value), default.map(text).unwrap_or_default()));
        }
    }
    differing
}

/// Every setting of training in force, by its dotted key.
fn by_key(train: &TrainSettings) -> Table {
    let mut all = Table::new();
    for (key, value) in TrainChoice::of(train).table() {
        all.insert(format!("train.{key}"), value);
    }
    all
}

/// Every setting of augmentation that differs from its default, which is off.
pub(super) fn augmentation_differing(augment: &Augmentation) -> Vec<Setting> {
    let usual = augmentation(&Augmentation::default());
    let both = augmentation(augment).into_iter().zip(usual);
    let differs = both.filter(|((_, value), (_, default))| value != default);
    differs.map(|((key, value), (_, default))| setting(key, text(&value), text(&default))).collect()
}

/// Changes as they are typed: `[{ step = 1200, learning_rate = 0.01 }]`.
pub(crate) fn changes_typed(changes: &[TrainChange]) -> String {
    Value::try_from(changes).map_or_else(|error| error.to_string(), |value| text(&value))
}

/// The same without a stop, where there is one.
pub(crate) fn without_stop(changes: &[TrainChange]) -> Option<Vec<TrainChange>> {
    let goes_on = |change: &&TrainChange| change.kind != ChangeKind::Stop;
    let left: Vec<TrainChange> = changes.iter().filter(goes_on).copied().collect();
    (left.len() < changes.len()).then_some(left)
}

/// What of augmentation is switched on, as it is typed: `augment.rotate=15`.
pub(crate) fn augmentation_typed(augment: &Augmentation) -> Vec<String> {
    switched_on(augment).map(|(key, value)| format!("{key}={}", text(&value))).collect()
}

fn switched_on(augment: &Augmentation) -> impl Iterator<Item = (&'static str, Value)> {
    let nothing = augmentation(&Augmentation::default());
    augmentation(augment)
        .into_iter()
        .zip(nothing)
        .filter(|(set, off)| set != off)
        .map(|(set, _)| set)
}

/// Every setting of augmentation, by its dotted key.
fn augmentation(augment: &Augmentation) -> [(&'static str, Value); 7] {
    let Augmentation { mirror, flip, crop, rotate, shear, warp, colour } = *augment;
    [
        ("augment.mirror", mirror.into()),
        ("augment.flip", flip.into()),
        ("augment.crop", Value::Integer(i64::try_from(crop).unwrap_or(i64::MAX))),
        ("augment.rotate", rotate.into()),
        ("augment.shear", shear.into()),
        ("augment.warp", warp.into()),
        ("augment.colour", colour.into()),
    ]
}

/// The last part of a dotted key.
fn name(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}

/// A value as a person types it.
fn text(value: &Value) -> String {
    match value {
        Value::String(word) => word.clone(),
        Value::Float(number) => gapwise_data::wording::written(*number),
        other => other.to_string().trim().to_owned(),
    }
}
