//! What a run records of itself.

use std::{collections::BTreeMap, time::Instant};

use gapwise_data::{Dataset, Note, Split, images::Augmentation};
use gapwise_nn::{
    model::{Model, NetworkSettings},
    networks::Settable,
    train::TrainSettings,
};
use gapwise_study::{
    compare::Change,
    diagnosis::TrainRows,
    predictions::Target,
    run::{Environment, Record, Setting},
};
use serde::{Deserialize, Serialize};

use super::{Options, judging::Circumstances};
use crate::config::{Config, DiagnosisChoice, Effective};

/// How a run came to be: `run.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// The command that made it.
    pub command: String,
    /// The network in a line.
    pub network: String,
    /// Its settings.
    pub network_settings: NetworkSettings,
    /// The settings of its training.
    pub train_settings: TrainingRecord,
    /// The epoch whose weights were kept, from 1.
    pub best_epoch: usize,
    /// What is predicted.
    pub target: Target,
    /// Examples in each split.
    pub splits: Vec<(Split, usize)>,
    /// The rule behind the splits.
    pub split_rule: String,
    /// Fingerprint of the data and its split, under which looks at held-out data are counted.
    pub held_out: String,
    /// Whether the prediction table holds a sample of the training examples.
    pub train_sampled: bool,
    /// Whether test examples came ready made, perhaps from elsewhere.
    pub test_ready_made: bool,
    /// Whether training examples come from another source than validation.
    #[serde(default)]
    pub train_from_elsewhere: bool,
    /// Whether the groups of the prediction table are blocks of time.
    #[serde(default)]
    pub time_blocks: bool,
    /// The version of the prediction table's format. Runs from before it was recorded have the first.
    #[serde(default = "first_format")]
    pub predictions_format: u32,
}

fn first_format() -> u32 {
    1
}

/// How a network was trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainingRecord {
    /// The settings of the training loop.
    #[serde(flatten)]
    pub train: TrainSettings,
    /// What was done at random to the training images.
    pub augment: Augmentation,
}

impl RunRecord {
    /// What a ladder has to know of how its data came and was split.
    pub(crate) fn circumstances(&self) -> Circumstances {
        Circumstances {
            train: if self.train_sampled { TrainRows::Sample } else { TrainRows::All },
            has_test: self.splits.iter().any(|(split, _)| *split == Split::Test),
            test_ready_made: self.test_ready_made,
            train_from_elsewhere: self.train_from_elsewhere,
            time_blocks: self.time_blocks,
        }
    }

    /// Fingerprint of the split, the second part of [`RunRecord::held_out`].
    pub(crate) fn split_fingerprint(&self) -> &str {
        self.held_out.split_once('/').map_or("", |(_, split)| split)
    }
}

impl Record for RunRecord {
    const FILE: &'static str = "run.json";
}

/// What a run begins with, beside its configuration: `start.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Start {
    /// The command that began it.
    pub(super) command: String,
    /// Fingerprint of the data.
    pub(super) data: String,
    /// Whether the run began with a manifest, so that one which is missing was lost.
    #[serde(default)]
    pub(crate) has_manifest: bool,
    /// What was guessed or done by convention when the run began; of the resolved configuration nothing
    /// is guessed any more. Not in runs from before it was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) notes: Option<Vec<Note>>,
    /// Settings that differ from their defaults, as `settings.json` has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) differing: Option<Vec<Setting>>,
    /// The configuration as it was written, without what the run is judged by: that may change.
    pub(crate) settings: Config,
    /// Identity of the run, which stays when it is moved: the same for the same data, split and
    /// settings.
    pub(super) id: String,
    /// The run that it started from, where it is a step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) parent: Option<Parent>,
}

impl Start {
    /// The configuration that the network was trained with: judged by what `written` says, its data
    /// where that says.
    pub(crate) fn trained(self, written: &Config) -> Config {
        let mut config = self.settings;
        config.diagnosis = written.diagnosis.clone();
        config.metric.constraints = written.metric.constraints.clone();
        config.data.path = written.data.path.clone();
        config
    }
}

/// The run that a step starts from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Parent {
    /// Its path, as it was typed.
    pub(super) run: String,
    /// Its identity.
    pub(super) id: String,
    /// Fingerprint of its settings without the seed.
    pub(super) settings: String,
    /// What was typed over them.
    pub(super) typed: Vec<(String, String)>,
    /// Every setting that differs.
    pub(super) changes: Vec<Change>,
}

impl Record for Start {
    const FILE: &'static str = "start.json";
}

/// What is said of a training that diverged: `diverged.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Diverged {
    /// Where and how.
    pub(crate) said: String,
    /// What to do.
    pub(crate) hint: String,
}

impl Record for Diverged {
    const FILE: &'static str = "diverged.json";
}

/// The configuration of a run, without what it is judged by.
pub(super) fn trained_by(config: &Config) -> Config {
    let mut config = config.clone();
    config.diagnosis = DiagnosisChoice::default();
    config.metric.constraints.clear();
    config
}

pub(super) fn environment(
    options: &Options,
    effective: &Effective,
    dataset: &Dataset,
    clock: Clock,
) -> Environment {
    Environment {
        version: env!("CARGO_PKG_VERSION").into(),
        platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        cpu_features: cpu_features(),
        instructions: gapwise_instructions::name().into(),
        device: options.device.to_string(),
        threads: rayon::current_num_threads(),
        seed: effective.train.seed,
        data: dataset.fingerprint.clone(),
        seconds: clock.phases,
    }
}

/// The instruction sets among those that the engine chooses from at run time.
fn cpu_features() -> Vec<String> {
    #[cfg(target_arch = "x86_64")]
    {
        [
            ("avx2", std::arch::is_x86_feature_detected!("avx2")),
            ("fma", std::arch::is_x86_feature_detected!("fma")),
            ("avx512f", std::arch::is_x86_feature_detected!("avx512f")),
        ]
        .into_iter()
        .filter(|(_, there)| *there)
        .map(|(name, _)| name.to_owned())
        .collect()
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        Vec::new()
    }
}

/// `lenet, 61,706 parameters`.
pub(super) fn described(model: &Model, network: &NetworkSettings) -> String {
    let parameters = gapwise_study::metric::count(model.parameters());
    let hidden = match (network.kind.settable(), network.hidden.as_slice()) {
        (Settable::Hidden, []) => ", no hidden layer".to_owned(),
        (Settable::Hidden, hidden) => format!(", hidden {hidden:?}"),
        (Settable::Convolutions, hidden) => {
            format!(", channels {:?}, hidden {hidden:?}", network.channels)
        }
        (Settable::AsPublished | Settable::Layers, _) => String::new(),
    };
    format!("{}{hidden}, {parameters} parameters", network.kind.as_str())
}

/// Seconds by phase.
pub(super) struct Clock {
    last: Instant,
    phases: BTreeMap<String, f64>,
}

impl Default for Clock {
    fn default() -> Self {
        Clock { last: Instant::now(), phases: BTreeMap::new() }
    }
}

impl Clock {
    /// What has been done since the last phase was this.
    pub(super) fn phase(&mut self, name: &str) {
        self.phases.insert(name.to_owned(), self.last.elapsed().as_secs_f64());
        self.last = Instant::now();
    }

    /// The phase took so many seconds at least: some of them in earlier parts of the run.
    pub(super) fn at_least(&mut self, name: &str, seconds: f64) {
        let known = self.phases.entry(name.to_owned()).or_default();
        *known = known.max(seconds);
    }
}
