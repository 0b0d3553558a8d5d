//! The checked configuration: every value there, and none that cannot be.

use std::path::{Path, PathBuf};

use gapwise_data::{
    Dataset, Inputs, SourceOptions, SplitOptions, TaskChoice, source::Reading, table::LabelSchema,
};
use gapwise_nn::{
    initialise::Initialisation,
    model::{NetworkKind, NetworkSettings},
    networks::conv,
    train::{EpochRule, Schedule, TrainSettings, batch_by_rule, epochs_by_rule},
};
use gapwise_study::run::Setting;
use serde::Serialize;

use super::{
    Config, ConfigError, DiagnosisChoice, DropoutChoice, NetworkChoice, TrainChoice, setting,
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

/// What a kind of network is trained with by default, chosen on validation of the examples in
/// BENCHMARKS.md.
struct Usual {
    epochs: EpochRule,
    /// Learning rate where a batch holds all examples: one step an epoch, so the steps are few.
    whole_rate: f64,
    /// Learning rate for mini-batches.
    mini_rate: f64,
}

impl Usual {
    fn of(kind: NetworkKind) -> Self {
        match kind {
            NetworkKind::FeedForward => Usual {
                epochs: EpochRule { steps: 500, least: 30 },
                whole_rate: 1e-2,
                mini_rate: 2e-3,
            },
            NetworkKind::Lenet | NetworkKind::SmallConv | NetworkKind::Conv => Usual {
                epochs: EpochRule { steps: 100, least: 15 },
                whole_rate: 6e-3,
                mini_rate: 1e-3,
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
            network: NetworkSettings { kind: suiting, ..NetworkSettings::new(kind) },
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
        let network = network(kind, &config.network, &defaults.network)?;
        let train = config.train.settings(&defaults.train, config.augment)?;
        check_data(&train, inputs, &dataset.labels)?;
        check_network(&network, inputs)?;
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
        data.train_from = data.train_from.as_deref().map(absolute);
        data.validation = data.validation.as_deref().map(absolute);
        data.test = data.test.as_deref().map(absolute);
        let (network, train) = (&self.network, &self.train);
        Config {
            data,
            split: self.split.clone(),
            network: NetworkChoice {
                kind: Some(network.kind),
                hidden: network.kind.has_hidden().then(|| network.hidden.clone()),
                channels: network.kind.has_channels().then(|| network.channels.clone()),
                dropout: DropoutChoice::of(&network.dropout),
                input_dropout: Some(network.input_dropout),
                activation: Some(network.activation),
                batch_norm: Some(network.batch_norm),
                initialisation: network.initialisation,
                initial_scale: Some(network.initial_scale),
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
        tell(
            "network.channels",
            format!("{:?}", network.channels),
            format!("{:?}", usual.channels),
        );
        let dropout = |dropout| DropoutChoice::of(dropout).map_or(String::new(), |d| d.to_string());
        tell("network.dropout", dropout(&network.dropout), dropout(&usual.dropout));
        let (found, default) = (network.input_dropout, usual.input_dropout);
        tell("network.input_dropout", found.to_string(), default.to_string());
        tell("network.activation", word(&network.activation), word(&usual.activation));
        tell("network.batch_norm", word(&network.batch_norm), word(&usual.batch_norm));
        let drawn = |drawn: Option<Initialisation>| drawn.map_or("by activation", |d| d.as_str());
        let (found, default) = (drawn(network.initialisation), drawn(usual.initialisation));
        tell("network.initialisation", found.into(), default.into());
        let (found, default) = (network.initial_scale, usual.initial_scale);
        tell("network.initial_scale", found.to_string(), default.to_string());
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
        tell("split.train_validation", share(self.split.train_validation), by_size.into());
        let guessed = |text: &Option<String>| text.clone().unwrap_or("guessed".into());
        tell("data.label", guessed(&self.data.label), "guessed".into());
        tell("data.task", self.data.task.map_or("guessed".into(), |t| word(&t)), "guessed".into());
        tell("data.group", self.data.group.clone().unwrap_or_default(), String::new());
        tell("data.time", self.data.time.clone().unwrap_or_default(), String::new());
        tell("data.ignore", self.data.ignore.join(", "), String::new());
        let path = |path: &Option<PathBuf>| {
            path.as_ref().map_or(String::new(), |path| path.display().to_string())
        };
        tell("data.train_from", path(&self.data.train_from), String::new());
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

/// What was typed of the network, and the defaults for the rest.
fn network(
    kind: NetworkKind,
    typed: &NetworkChoice,
    defaults: &NetworkSettings,
) -> Result<NetworkSettings, ConfigError> {
    let some = |list: &Option<Vec<usize>>| list.as_ref().is_some_and(|list| !list.is_empty());
    if some(&typed.hidden) && !kind.has_hidden() {
        let belongs_to = "`feed-forward` and `conv`";
        return Err(ConfigError::NotOfThisNetwork { key: "network.hidden", belongs_to, kind });
    }
    if some(&typed.channels) && !kind.has_channels() {
        let belongs_to = "`conv`";
        return Err(ConfigError::NotOfThisNetwork { key: "network.channels", belongs_to, kind });
    }
    let hidden = typed.hidden.clone().unwrap_or(defaults.hidden.clone());
    let usual = DropoutChoice::Alike(defaults.dropout.first().copied().unwrap_or(0.0));
    let dropout = typed.dropout.as_ref().unwrap_or(&usual);
    check_dropout("network.dropout", dropout)?;
    Ok(NetworkSettings {
        kind,
        dropout: dropout.for_layers(kind.dense_layers(&hidden), kind)?,
        hidden,
        channels: typed.channels.clone().unwrap_or(defaults.channels.clone()),
        input_dropout: typed.input_dropout.unwrap_or(defaults.input_dropout),
        activation: typed.activation.unwrap_or(defaults.activation),
        batch_norm: typed.batch_norm.unwrap_or(defaults.batch_norm),
        initialisation: typed.initialisation.or(defaults.initialisation),
        initial_scale: typed.initial_scale.unwrap_or(defaults.initial_scale),
    })
}

/// Weights of a network: 1 GiB of them, and as much twice more for Adam.
const MOST_WEIGHTS: usize = 1 << 28;
const AT_MOST: &str = "at most 268,435,456 weights between layers";
/// First weights outside would be zero or infinite.
const SCALES: std::ops::RangeInclusive<f64> = 1e-6..=1e6;

fn check_network(network: &NetworkSettings, inputs: &Inputs) -> Result<(), ConfigError> {
    let (hidden, channels) = (&network.hidden, &network.channels);
    require(
        hidden.iter().all(|units| (1..=65_536).contains(units)),
        "network.hidden",
        ("every layer of 1 to 65,536 units", format!("{hidden:?}")),
    )?;
    require(
        channels.iter().all(|filters| (1..=4_096).contains(filters)),
        "network.channels",
        ("every convolution of 1 to 4,096 filters", format!("{channels:?}")),
    )?;
    require(
        !network.kind.has_channels() || !channels.is_empty(),
        "network.channels",
        ("at least one convolution", "[]".into()),
    )?;
    let kernels = channels.windows(2).map(|pair| 9 * pair[0] * pair[1]);
    require(
        kernels.sum::<usize>() <= MOST_WEIGHTS,
        "network.channels",
        (AT_MOST, format!("{channels:?}")),
    )?;
    let first = match (inputs, network.kind) {
        (Inputs::Images(images), NetworkKind::FeedForward | NetworkKind::Conv) => {
            conv::features([images.channels, images.height, images.width], channels)
        }
        _ => 0,
    };
    let sizes = [&[first][..], hidden].concat();
    let between = sizes.windows(2).map(|pair| pair[0].saturating_mul(pair[1]));
    require(
        between.fold(0, usize::saturating_add) <= MOST_WEIGHTS,
        "network.hidden",
        (AT_MOST, format!("{hidden:?}")),
    )?;
    check_dropout("network.input_dropout", &DropoutChoice::Alike(network.input_dropout))?;
    require(
        SCALES.contains(&network.initial_scale),
        "network.initial_scale",
        ("a number from 0.000001 to 1,000,000", network.initial_scale.to_string()),
    )
}

fn check_dropout(key: &'static str, dropout: &DropoutChoice) -> Result<(), ConfigError> {
    let probability = |dropout: &f64| (0.0..1.0).contains(dropout);
    let holds = match dropout {
        DropoutChoice::Alike(dropout) => probability(dropout),
        DropoutChoice::Each(dropout) => dropout.iter().all(probability),
    };
    require(holds, key, ("a probability of at least 0 and below 1", dropout.to_string()))
}

fn require(
    holds: bool,
    key: &'static str,
    (expected, found): (&'static str, String),
) -> Result<(), ConfigError> {
    if holds { Ok(()) } else { Err(ConfigError::OutOfRange { key, expected, found }) }
}
