//! Configuration in two layers: what was typed, and the checked value made of it.
//!
//! [`Config`] is what `gapwise.toml` and `--set` say: everything but the data has a default and may
//! be missing. [`Effective`] is what a run is trained with: every value is there and valid. It is
//! written into the run as `config.toml`, which reads back as a [`Config`].

mod differences;
mod dropout;
mod effective;
mod human;
mod metric;
mod per_layer;
mod settings;
mod train;
mod transfer;
mod typed;

use std::path::PathBuf;

use gapwise_data::{SourceOptions, SplitOptions, images::Augmentation};
use gapwise_nn::{
    DeviceError,
    initialise::Initialisation,
    layers::{Activation, BatchNormPlace},
    model::{NetworkKind, NetworkSettings},
    networks::conv::Pool,
    train::SettingError,
    transfer::Freeze,
};
use gapwise_study::{
    constraint::ConstraintError, diagnosis::DiagnoseError, metric::MetricKind, run::Setting,
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub(crate) use differences::CHANGES;
pub use differences::typed_settings;
pub use dropout::DropoutChoice;
pub(crate) use effective::usual_rate;
pub use effective::{Defaults, Effective};
pub use human::HumanChoice;
pub use metric::{Judging, MetricChoice};
pub(crate) use metric::{check_defined, target};
pub use per_layer::PerLayer;
pub use settings::{KnownSetting, Moves, SETTINGS, matching, settings_page};
pub use train::{OptimiserWord, ScheduleWord, TrainChoice};
pub(crate) use train::{augmentation_typed, changes_typed, without_stop};
pub(crate) use transfer::Transfer;

/// What was typed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where the data is and how to read it.
    pub data: SourceOptions,
    /// How to split what does not come ready split.
    pub split: SplitOptions,
    /// Which network.
    pub network: NetworkChoice,
    /// How to train it.
    pub train: TrainChoice,
    /// What is done at random to the training images.
    pub augment: Augmentation,
    /// What everything is judged by.
    pub metric: MetricChoice,
    /// How it is diagnosed.
    pub diagnosis: DiagnosisChoice,
}

/// What was typed of the network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct NetworkChoice {
    /// Default: the kind that suits the data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<NetworkKind>,
    /// Default: one hidden layer of 128 units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hidden: Option<Vec<usize>>,
    /// Default: three convolutions of 32, 64 and 128 filters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channels: Option<Vec<usize>>,
    /// Default: filters of 3×3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter_side: Option<PerLayer<usize>>,
    /// Default: the largest of 2×2 behind each convolution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pool: Option<PerLayer<Pool>>,
    /// Default: 0.3 for `small-conv` and `conv`, by its paper for a named network, else 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dropout: Option<DropoutChoice>,
    /// Default: 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_dropout: Option<f64>,
    /// Default: ReLU.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activation: Option<Activation>,
    /// Default: before the activation for `conv`, by its paper for a named network, else off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_norm: Option<BatchNormPlace>,
    /// Default: He before ReLU and leaky ReLU, Xavier before tanh.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initialisation: Option<Initialisation>,
    /// Default: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial_scale: Option<f64>,
    /// A weight file, or a run, to begin with. Default: initial weights are drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weights: Option<PathBuf>,
    /// Which layers keep those weights. Default: by the number of examples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub freeze: Option<Freeze>,
}

impl NetworkChoice {
    /// A network of this kind with `sets`, as `--set` has them, for images of `[channels, height, width]`.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for a setting that cannot be, or that is no network's.
    pub(crate) fn typed(
        kind: NetworkKind,
        sets: &[String],
        image: [usize; 3],
    ) -> Result<NetworkSettings, ConfigError> {
        let of_network =
            |set: &str| set.starts_with("network.") && !set.starts_with("network.kind");
        let section = |set: &&String| !of_network(set.trim_start());
        if let Some(other) = sets.iter().find(section) {
            return Err(ConfigError::OtherSection { flag: format!("`--set {other}`") });
        }
        let typed = Config::default().with_sets(sets)?.network;
        effective::of_images(kind, &typed, image)
    }

    /// Every value typed, but for the weights that it begins with.
    pub(crate) fn of(network: &NetworkSettings) -> Self {
        NetworkChoice {
            kind: Some(network.kind),
            hidden: network.kind.has_hidden().then(|| network.hidden.clone()),
            channels: network.kind.has_channels().then(|| network.channels.clone()),
            filter_side: PerLayer::of(&network.filter_sides),
            pool: PerLayer::of(&network.pools),
            dropout: DropoutChoice::of(&network.dropout),
            input_dropout: Some(network.input_dropout),
            activation: Some(network.activation),
            batch_norm: Some(network.batch_norm),
            initialisation: network.initialisation,
            initial_scale: Some(network.initial_scale),
            weights: None,
            freeze: None,
        }
    }

    /// What was typed, and for the rest what `other` has.
    pub(crate) fn over(&self, other: &NetworkChoice) -> NetworkChoice {
        NetworkChoice {
            kind: self.kind.or(other.kind),
            hidden: self.hidden.clone().or(other.hidden.clone()),
            channels: self.channels.clone().or(other.channels.clone()),
            filter_side: self.filter_side.clone().or(other.filter_side.clone()),
            pool: self.pool.clone().or(other.pool.clone()),
            dropout: self.dropout.clone().or(other.dropout.clone()),
            input_dropout: self.input_dropout.or(other.input_dropout),
            activation: self.activation.or(other.activation),
            batch_norm: self.batch_norm.or(other.batch_norm),
            initialisation: self.initialisation.or(other.initialisation),
            initial_scale: self.initial_scale.or(other.initial_scale),
            weights: self.weights.clone(),
            freeze: self.freeze.clone(),
        }
    }
}

/// What a trained network is judged by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct DiagnosisChoice {
    /// Human-level error, in the metric's unit (0.02 is 2 %), or a file of people's answers.
    /// Default: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub human: Option<HumanChoice>,
    /// Smallest gap worth work, in the metric's unit. Default: a tenth of the validation error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<f64>,
}

impl DiagnosisChoice {
    /// Checks both levels before anything is trained.
    ///
    /// # Errors
    ///
    /// [`ConfigError::OutOfRange`] for what no error of this metric can be.
    pub fn check(&self, metric: MetricKind) -> Result<(), ConfigError> {
        let most = if metric.is_rate() { 1.0 } else { f64::MAX };
        let refuse = |key, expected, found: f64| {
            let found = gapwise_data::wording::written(found);
            Err(ConfigError::OutOfRange { key, expected, found })
        };
        match (&self.human, self.tolerance) {
            (Some(HumanChoice::Error(human)), _) if !(0.0..=most).contains(human) => {
                let rate = "a share from 0 to 1";
                let expected = if metric.is_rate() { rate } else { "a number from 0 up" };
                refuse("diagnosis.human", expected, *human)
            }
            (_, Some(tolerance)) if !(tolerance > 0.0 && tolerance < most) => {
                let rate = "a share above 0 and below 1";
                let expected = if metric.is_rate() { rate } else { "a number above 0" };
                refuse("diagnosis.tolerance", expected, tolerance)
            }
            _ => Ok(()),
        }
    }
}

/// Why a configuration is refused.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ConfigError {
    /// The file is not TOML.
    #[error("{file}{}: {message}", line.map(|line| format!(" line {line}")).unwrap_or_default())]
    Syntax {
        /// The file or flag.
        file: String,
        /// Line, from 1.
        line: Option<usize>,
        /// What the parser says.
        message: String,
    },
    /// A key that there is not.
    #[error("{place}: there is no setting `{key}`")]
    UnknownKey {
        /// The file with its line, or the flag.
        place: String,
        /// Dotted key.
        key: String,
        /// The nearest key that there is.
        nearest: Option<String>,
    },
    /// `--set` without an equals sign.
    #[error("`--set {0}`: expected KEY=VALUE, such as `train.epochs=20`")]
    NoEquals(String),
    /// A value of the wrong type.
    #[error("{place}: {message}")]
    WrongType {
        /// The file with its line, or the flags.
        place: String,
        /// What was expected and found.
        message: String,
    },
    /// A value that cannot be.
    #[error("`{key}`: expected {expected}, found `{found}`")]
    OutOfRange {
        /// Dotted key.
        key: &'static str,
        /// What it may be.
        expected: &'static str,
        /// What it is.
        found: String,
    },
    /// A step of training that does not fit in memory.
    #[error(
        "`train.batch`: {batch} images at once take about {} MB, and {} MB are free",
        megabytes(*takes), megabytes(*free)
    )]
    TooLargeForMemory {
        /// Images of a step.
        batch: usize,
        /// Bytes of a step.
        takes: u64,
        /// Bytes that are free.
        free: u64,
        /// Images of a step that would fit; none where one alone does not.
        fit: usize,
    },
    /// A setting that no training can be done with.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// A network that cannot read the data.
    #[error("`network.kind`: `{}` cannot read {inputs}", kind.as_str())]
    CannotRead {
        /// The network.
        kind: NetworkKind,
        /// What the data is.
        inputs: String,
    },
    /// A whole section where one setting is expected.
    #[error("{flag}: `{section}` is a section, expected one of its settings")]
    Section {
        /// The flag.
        flag: String,
        /// The section.
        section: String,
    },
    /// A setting that is not of the network, where only those are asked for.
    #[error("{flag}: expected a setting of the network, such as `network.batch_norm=off`")]
    OtherSection {
        /// The flag.
        flag: String,
    },
    /// A setting of another network.
    #[error("`{key}` belongs to {belongs_to}, and `network.kind` is `{}`", kind.as_str())]
    NotOfThisNetwork {
        /// Dotted key.
        key: &'static str,
        /// The networks that have it.
        belongs_to: &'static str,
        /// The network chosen.
        kind: NetworkKind,
    },
    /// A stage that the network does not have.
    #[error("`network.freeze`: `{}` has no stage `{found}`", kind.as_str())]
    NoStage {
        /// The network chosen.
        kind: NetworkKind,
        /// What was typed.
        found: String,
        /// The stages that there are, first to last.
        stages: Vec<String>,
    },
    /// A setting of another optimiser or schedule.
    #[error("`{key}` belongs to {}, and `{on}` is `{word}`", backticked(words))]
    NotInForce {
        /// Dotted key.
        key: &'static str,
        /// The words of `on` that have it.
        words: &'static [&'static str],
        /// The setting that it hangs on.
        on: &'static str,
        /// What that is.
        word: String,
    },
    /// A setting that this data has no use for.
    #[error("`{key}` needs {needs}, and {is}")]
    NotForThisData {
        /// Dotted key.
        key: &'static str,
        /// What it is for.
        needs: &'static str,
        /// What there is instead, as half a sentence.
        is: &'static str,
    },
    /// A metric that does not fit what is predicted.
    #[error("`metric.optimise`: {0}")]
    Metric(DiagnoseError),
    /// A positive class that no example has.
    #[error("`metric.positive`: expected {}, found `{found}`", either(classes))]
    NoSuchClass {
        /// What was named.
        found: String,
        /// The classes.
        classes: Vec<String>,
    },
    /// A list of dropouts for another number of layers.
    #[error(
        "`network.dropout`: expected a number or a list of {layers}, one for each hidden dense \
         layer of `{}`, found a list of {found}",
        kind.as_str()
    )]
    OtherLayers {
        /// The network chosen.
        kind: NetworkKind,
        /// Its hidden dense layers.
        layers: usize,
        /// Entries of the list.
        found: usize,
    },
    /// Data was named twice.
    #[error("data is named twice: `{}`, and `{}` by `--set data.path`", typed.display(), set.display())]
    PathTwice {
        /// By `--set`.
        set: PathBuf,
        /// As DATA.
        typed: PathBuf,
    },
    /// No data was named.
    #[error("no data: `data.path` is not set")]
    NoData,
    /// The file cannot be read.
    #[error("`{}`: {message}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        message: String,
    },
    /// A constraint that is none.
    #[error(transparent)]
    Constraint(#[from] ConstraintError),
    /// The device cannot be used.
    #[error(transparent)]
    Device(#[from] DeviceError),
}

/// Whole megabytes, with separators.
fn megabytes(bytes: u64) -> String {
    gapwise_data::wording::thousands((bytes / 1_000_000) as usize)
}

impl ConfigError {
    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            ConfigError::UnknownKey { nearest: Some(nearest), .. } => {
                Some(format!("did you mean `{nearest}`?"))
            }
            ConfigError::UnknownKey { nearest: None, .. } => {
                Some("`gapwise settings` lists them".into())
            }
            ConfigError::Metric(error) => Some(error.hint().into()),
            ConfigError::CannotRead { .. } => {
                Some("leave `network.kind` out to have the kind that suits the data".into())
            }
            ConfigError::Section { section, .. } => {
                Some(format!("`gapwise settings {section}` lists them"))
            }
            ConfigError::OtherSection { .. } => {
                Some("`gapwise settings network` lists them".into())
            }
            ConfigError::Constraint(error) => Some(error.hint()),
            ConfigError::PathTwice { .. } => Some("leave the setting out".into()),
            ConfigError::NoData => {
                Some("name it: `gapwise run DATA`, or `path = \"DATA\"` under `[data]`".into())
            }
            ConfigError::NotOfThisNetwork { key, .. } => {
                let list = ["network.hidden", "network.channels", "network.dropout"].contains(key);
                let emptied =
                    if list { format!(", or empty it: `--set '{key}=[]'`") } else { String::new() };
                Some(format!("leave `{key}` out{emptied}"))
            }
            ConfigError::NoStage { stages, .. } => Some(format!(
                "`none`, `head-only`, or the last stage to freeze: {}",
                stages.join(", ")
            )),
            ConfigError::NotInForce { key, words, on, .. } => Some(format!(
                "leave `{key}` out, or choose what has it: `--set {on}={}`",
                words.first().copied().unwrap_or_default()
            )),
            ConfigError::NotForThisData { key, .. } => Some(format!("leave `{key}` out")),
            ConfigError::TooLargeForMemory { fit: 0 | 1, .. } => Some(
                "take smaller images, such as `--image-size 64x64`, or a smaller network: \
                 `gapwise network` lists them"
                    .into(),
            ),
            ConfigError::TooLargeForMemory { fit, .. } => Some(format!(
                "take fewer at once: `--set train.batch={}`; or smaller images: `--image-size`",
                1_usize << fit.ilog2()
            )),
            ConfigError::Unreadable { .. } => {
                Some("name a configuration file or a run, or start with `gapwise run DATA`".into())
            }
            ConfigError::OtherLayers { .. } => {
                Some("a number holds for every layer: `--set network.dropout=0.3`".into())
            }
            ConfigError::OutOfRange { key: "network.initial_scale", .. } => Some(
                "1 is the usual scale; with all-zero weights the units of a layer would start \
                 alike and stay alike"
                    .into(),
            ),
            ConfigError::OutOfRange { key: "diagnosis.human", .. } => {
                Some("0.02 stands for an error rate of 2 %".into())
            }
            _ => None,
        }
    }
}

fn either(words: &[String]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or ")
}

fn backticked(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" and ")
}

/// A setting as the report shows it.
fn setting(name: &str, value: impl Into<String>, default: impl Into<String>) -> Setting {
    Setting { name: name.to_owned(), value: value.into(), default: default.into() }
}
