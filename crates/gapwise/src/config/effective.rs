//! The checked configuration: every value there, and none that cannot be.

use std::path::{Path, PathBuf};

use gapwise_data::{
    Dataset, Inputs, SourceOptions, SplitOptions, TaskChoice, source::Reading, table::LabelSchema,
};
use gapwise_nn::{
    model::{NetworkKind, NetworkSettings},
    train::{EpochRule, Schedule, TrainSettings, batch_by_rule, epochs_by_rule},
};
use gapwise_study::run::Setting;
use serde::Serialize;

use super::{
    Config, ConfigError, DiagnosisChoice, NetworkChoice, TrainChoice, setting,
    train::{self, check_data},
};

/// What a run is trained with.
#[derive(Debug, Clone, PartialEq)]
pub struct Effective {
    /// Where the data is and how it was read.
    pub data: SourceOptions,
    /// How it was split.
    pub split: SplitOptions,
    /// The network.
    pub network: NetworkSettings,
    /// Training.
    pub train: TrainSettings,
    /// What it is judged by.
    pub diagnosis: DiagnosisChoice,
}

/// The defaults for one data set.
#[derive(Debug, Clone, PartialEq)]
pub struct Defaults {
    /// The network that suits.
    pub network: NetworkSettings,
    /// Why it suits.
    pub reason: String,
    /// Its training.
    pub train: TrainSettings,
}

/// One hidden layer to begin with (notes, "Shallow versus deep networks").
const HIDDEN: usize = 128;

/// What a kind of network is trained with by default, chosen on validation of the examples in
/// BENCHMARKS.md.
struct Usual {
    epochs: EpochRule,
    /// Learning rate where a batch holds all examples: one step an epoch, so the steps are few.
    whole_rate: f64,
    /// Learning rate for mini-batches.
    mini_rate: f64,
    /// Dense layers behind convolutions hold most of the weights, and learn few images by heart.
    dropout: f64,
}

impl Usual {
    fn of(kind: NetworkKind) -> Self {
        match kind {
            NetworkKind::FeedForward => Usual {
                epochs: EpochRule { steps: 500, least: 30 },
                whole_rate: 1e-2,
                mini_rate: 2e-3,
                dropout: 0.0,
            },
            NetworkKind::SmallConv => Usual {
                epochs: EpochRule { steps: 100, least: 15 },
                whole_rate: 6e-3,
                mini_rate: 1e-3,
                dropout: 0.3,
            },
            NetworkKind::Lenet => Usual {
                epochs: EpochRule { steps: 100, least: 15 },
                whole_rate: 6e-3,
                mini_rate: 1e-3,
                dropout: 0.0,
            },
        }
    }
}

impl Defaults {
    /// The defaults for `train` examples of these inputs, given what was typed: a batch that was
    /// typed changes the default of the epochs, a network that was typed those of training.
    pub fn of(inputs: &Inputs, train: usize, config: &Config) -> Self {
        let (suiting, reason) = NetworkKind::suiting(inputs);
        let kind = config.network.kind.unwrap_or(suiting);
        let batch = config.train.batch.filter(|&batch| batch > 0);
        let batch = batch.unwrap_or_else(|| batch_by_rule(train));
        let usual = Usual::of(kind);
        let epochs = epochs_by_rule(train, batch, usual.epochs);
        let adams = if batch >= train { usual.whole_rate } else { usual.mini_rate };
        let rate = config.train.optimiser.map_or(adams, |word| word.learning_rate(adams));
        Defaults {
            network: NetworkSettings {
                kind: suiting,
                hidden: if kind.has_hidden() { vec![HIDDEN] } else { Vec::new() },
                dropout: usual.dropout,
            },
            reason,
            train: TrainSettings {
                schedule: Schedule::Cosine,
                ..TrainSettings::new(epochs, batch, rate, 1)
            },
        }
    }
}

impl Effective {
    /// Fills what was not typed from the defaults, and checks every value.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for the first value that cannot be.
    pub fn new(
        config: &Config,
        defaults: &Defaults,
        dataset: &Dataset,
    ) -> Result<Self, ConfigError> {
        let inputs = &dataset.inputs;
        let kind = config.network.kind.unwrap_or(defaults.network.kind);
        if !kind.reads(inputs) {
            return Err(ConfigError::CannotRead { kind, inputs: described(inputs) });
        }
        let typed_hidden = config.network.hidden.as_ref().is_some_and(|hidden| !hidden.is_empty());
        if typed_hidden && !kind.has_hidden() {
            let belongs_to = NetworkKind::FeedForward.as_str();
            return Err(ConfigError::NotOfThisNetwork { key: "network.hidden", belongs_to, kind });
        }
        let network = NetworkSettings {
            kind,
            hidden: config.network.hidden.clone().unwrap_or(defaults.network.hidden.clone()),
            dropout: config.network.dropout.unwrap_or(defaults.network.dropout),
        };
        let train = config.train.settings(&defaults.train, config.augment)?;
        check_data(&train, inputs, &dataset.labels)?;
        check_network(&network)?;
        Ok(Effective {
            data: config.data.clone(),
            split: config.split.clone(),
            network,
            train,
            diagnosis: config.diagnosis.clone(),
        })
    }

    /// The same as a configuration with every value typed: `config.toml` in the run. Paths are
    /// absolute, so that it can be read from anywhere; what was guessed of a table is said, so that
    /// it is not guessed again. The shares of a split stay with the rule unless they were typed.
    pub fn to_config(&self, reading: &Reading) -> Config {
        let mut data = settled(&self.data, reading);
        data.path = absolute(&data.path);
        data.validation = data.validation.as_deref().map(absolute);
        data.test = data.test.as_deref().map(absolute);
        let (network, train) = (&self.network, &self.train);
        Config {
            data,
            split: self.split.clone(),
            network: NetworkChoice {
                kind: Some(network.kind),
                hidden: network.kind.has_hidden().then(|| network.hidden.clone()),
                dropout: Some(network.dropout),
            },
            train: TrainChoice::of(train),
            augment: train.augment,
            diagnosis: self.diagnosis.clone(),
        }
    }

    /// Every setting of network and training that differs from the default for this data, and
    /// every choice of data and split that was typed.
    pub fn differing(&self, defaults: &Defaults) -> Vec<Setting> {
        let mut differing = Vec::new();
        let mut tell = |name: &str, value: String, default: String| {
            if value != default {
                differing.push(setting(name, value, default));
            }
        };
        let (network, usual) = (&self.network, &defaults.network);
        tell("network.kind", network.kind.as_str().into(), usual.kind.as_str().into());
        tell("network.hidden", format!("{:?}", network.hidden), format!("{:?}", usual.hidden));
        tell("network.dropout", network.dropout.to_string(), usual.dropout.to_string());
        differing.extend(train::differing(&self.train, &defaults.train));
        let mut tell = |name: &str, value: String, default: String| {
            if value != default {
                differing.push(setting(name, value, default));
            }
        };
        let usual = SplitOptions::default();
        tell("split.seed", self.split.seed.to_string(), usual.seed.to_string());
        let by_size = "by the size of the data";
        let share = |share: Option<f64>| share.map_or(by_size.to_owned(), |s| s.to_string());
        tell("split.validation", share(self.split.validation), by_size.into());
        tell("split.test", share(self.split.test), by_size.into());
        let guessed = |text: &Option<String>| text.clone().unwrap_or("guessed".into());
        tell("data.label", guessed(&self.data.label), "guessed".into());
        tell("data.task", self.data.task.map_or("guessed".into(), |t| word(&t)), "guessed".into());
        tell("data.group", self.data.group.clone().unwrap_or_default(), String::new());
        tell("data.ignore", self.data.ignore.join(", "), String::new());
        let path = |path: &Option<PathBuf>| {
            path.as_ref().map_or(String::new(), |path| path.display().to_string())
        };
        tell("data.validation", path(&self.data.validation), String::new());
        tell("data.test", path(&self.data.test), String::new());
        let size = self.data.image_size.map(|(height, width)| format!("{height}x{width}"));
        tell("data.image_size", size.unwrap_or("by rule".into()), "by rule".into());
        let judged =
            |error: Option<f64>, usual: &str| error.map_or(usual.into(), |e| e.to_string());
        tell("diagnosis.human", judged(self.diagnosis.human, "unknown"), "unknown".into());
        let tenth = "a tenth of the validation error";
        tell("diagnosis.tolerance", judged(self.diagnosis.tolerance, tenth), tenth.into());
        tell("data.skip_bad", self.data.skip_bad.to_string(), "false".into());
        differing
    }
}

/// How the data is read, with nothing left to guess.
fn settled(data: &SourceOptions, reading: &Reading) -> SourceOptions {
    let Reading::Table(schema) = reading else { return data.clone() };
    let label = schema.label_column().and_then(|column| schema.columns.get(column));
    SourceOptions {
        header: Some(schema.header),
        delimiter: Some(schema.delimiter),
        label: label.map(|column| column.name.clone()).or(data.label.clone()),
        task: Some(match schema.label {
            LabelSchema::Classification { .. } => TaskChoice::Classification,
            LabelSchema::Regression => TaskChoice::Regression,
        }),
        ..data.clone()
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// The word that a setting's value has in TOML.
fn word<T: Serialize>(value: &T) -> String {
    match toml::Value::try_from(value) {
        Ok(toml::Value::String(word)) => word,
        Ok(value) => value.to_string(),
        Err(error) => error.to_string(),
    }
}

fn described(inputs: &Inputs) -> String {
    match inputs {
        Inputs::Table(_) => "rows of a table".into(),
        Inputs::Images(images) => format!("images of {}×{}", images.height, images.width),
    }
}

/// Weights between hidden layers: 1 GiB of them, and as much twice more for Adam.
const MOST_WEIGHTS: u64 = 1 << 28;

fn check_network(network: &NetworkSettings) -> Result<(), ConfigError> {
    require(
        network.hidden.iter().all(|&units| (1..=65_536).contains(&units)),
        "network.hidden",
        ("every layer of 1 to 65,536 units", format!("{:?}", network.hidden)),
    )?;
    let between = network.hidden.windows(2).map(|pair| pair[0] as u64 * pair[1] as u64);
    require(
        between.sum::<u64>() <= MOST_WEIGHTS,
        "network.hidden",
        ("at most 268,435,456 weights between layers", format!("{:?}", network.hidden)),
    )?;
    require(
        (0.0..1.0).contains(&network.dropout),
        "network.dropout",
        ("a probability of at least 0 and below 1", network.dropout.to_string()),
    )
}

fn require(
    holds: bool,
    key: &'static str,
    (expected, found): (&'static str, String),
) -> Result<(), ConfigError> {
    if holds { Ok(()) } else { Err(ConfigError::OutOfRange { key, expected, found }) }
}
