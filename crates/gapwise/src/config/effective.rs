//! The checked configuration: every value there, and none that cannot be.

use std::path::{Path, PathBuf};

use gapwise_data::{
    Dataset, Inputs, SourceOptions, Split, SplitOptions, Splits, TaskChoice,
    images::Augmentation,
    shown::STANDARD_INPUT,
    source::Reading,
    stream::is_stream,
    table::{LabelSchema, Quote},
    wording::written,
};
use gapwise_nn::{
    initialise::Initialisation,
    layers::{Activation, BatchNormPlace},
    model::{NetworkKind, NetworkSettings},
    networks::{TrainingDefaults, conv},
    tasks::ReaderSettings,
    train::{EpochRule, Schedule, TrainSettings, batch_by_rule, batch_of_images, epochs_by_rule},
    transfer::Freeze,
};
use gapwise_study::run::Setting;
use serde::Serialize;

use super::{
    Config, ConfigError, DiagnosisChoice, DropoutChoice, Judging, MetricChoice, NetworkChoice,
    PerLayer, TrainChoice, Transfer,
    metric::{default_positive, target},
    setting,
    train::{self, OptimiserWord, check_data},
    transfer,
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
    /// How inputs are read for training.
    pub readers: ReaderSettings,
    /// What everything is judged by.
    pub judging: Judging,
    /// What it has to meet.
    pub constraints: Vec<String>,
    /// How it is diagnosed.
    pub diagnosis: DiagnosisChoice,
    /// The weights that it begins with, where they are those of other data.
    pub(crate) transfer: Option<Transfer>,
}

/// The defaults for one data set.
#[derive(Debug, Clone, PartialEq)]
pub struct Defaults {
    /// The network that suits.
    pub network: NetworkSettings,
    /// Why it suits.
    pub reason: String,
    /// Its training; where a batch was typed, with that batch and the epochs that suit it.
    pub train: TrainSettings,
    /// The batch by the rule, whatever was typed.
    pub batch: usize,
    /// The positive class of two.
    pub positive: Option<String>,
}

/// How a head alone is trained, which is linear: its cost has one minimum, and larger steps reach it.
const HEAD_ONLY: TrainingDefaults = {
    let epochs = EpochRule { steps: 300, least: 15 };
    TrainingDefaults { whole: epochs, mini: epochs, whole_rate: 3e-2, mini_rate: 1e-3 }
};

/// The factor on the learning rate of layers that came with weights.
const KEPT_RATE: f64 = 0.1;

/// What a configuration of this kind of network has where nothing was typed and all is written out:
/// settings of the network, and what `train.learning_rate` may be with this optimiser.
pub(super) fn filled(
    kind: NetworkKind,
    optimiser: Option<OptimiserWord>,
) -> (NetworkChoice, [f64; 2]) {
    let usual = kind.training();
    let rates = [usual.whole_rate, usual.mini_rate];
    let rates = rates.map(|adams| optimiser.map_or(adams, |word| word.learning_rate(adams)));
    (NetworkChoice::of(&NetworkSettings::new(kind)), rates)
}

/// The default learning rate of this kind of network with this optimiser; `whole` where a batch holds
/// all examples.
pub(crate) fn usual_rate(kind: NetworkKind, optimiser: OptimiserWord, whole: bool) -> f64 {
    let TrainingDefaults { whole_rate, mini_rate, .. } = kind.training();
    optimiser.learning_rate(if whole { whole_rate } else { mini_rate })
}

impl Defaults {
    /// The defaults for this data, given what was typed: a batch that was typed changes the default
    /// of the epochs, a network that was typed those of training.
    pub fn of(dataset: &Dataset, splits: &Splits, config: &Config) -> Self {
        let (suiting, reason) = NetworkKind::suiting(&dataset.inputs);
        let train = splits.count(Split::Train);
        let kind = config.network.kind.unwrap_or(suiting);
        let begun = config.network.weights.is_some();
        let head_only = begun && transfer::frozen(config, dataset, splits).0 == Freeze::AllButHead;
        // What frozen stages make of images is computed once where nothing changes them.
        let computed_once = head_only && config.augment == Augmentation::default();
        let by_rule = match &dataset.inputs {
            Inputs::Images(images) if kind != NetworkKind::FEED_FORWARD && !computed_once => {
                let [height, width] = kind.sides([images.height, images.width]);
                batch_of_images(train, height * width)
            }
            _ => batch_by_rule(train),
        };
        let batch = config.train.batch.filter(|&batch| batch > 0).unwrap_or(by_rule);
        let usual = if head_only { HEAD_ONLY } else { kind.training() };
        let rule = if batch >= train { usual.whole } else { usual.mini };
        let epochs = epochs_by_rule(train, batch, rule);
        let adams = if batch >= train { usual.whole_rate } else { usual.mini_rate };
        let rate = config.train.optimiser.map_or(adams, |word| word.learning_rate(adams));
        Defaults {
            network: NetworkSettings { kind: suiting, ..NetworkSettings::new(kind) },
            reason,
            batch: by_rule,
            train: TrainSettings {
                schedule: Schedule::Cosine,
                kept_rate: if begun { KEPT_RATE } else { 1.0 },
                ..TrainSettings::new(epochs, batch, rate, 1)
            },
            positive: default_positive(dataset, splits),
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
        (dataset, splits): (&Dataset, &Splits),
    ) -> Result<Self, ConfigError> {
        let inputs = &dataset.inputs;
        let kind = config.network.kind.unwrap_or(defaults.network.kind);
        if !kind.reads(inputs) {
            return Err(ConfigError::CannotRead { kind, inputs: described(inputs) });
        }
        let network = network(kind, &config.network, &defaults.network)?;
        let transfer = Transfer::of(config, &network, (dataset, splits))?;
        let train = config.train.settings(&defaults.train)?;
        let readers = ReaderSettings { augment: config.augment };
        readers.check()?;
        check_data(&train, readers, (inputs, &dataset.labels))?;
        check_network(&network, image_of(inputs))?;
        check_together(&network, &train)?;
        check_augment(readers, inputs)?;
        let judging = config.metric.judging(&target(dataset), defaults.positive.as_deref())?;
        Ok(Effective {
            data: config.data.clone(),
            split: config.split.clone(),
            network,
            train,
            readers,
            judging,
            constraints: config.metric.constraints.clone(),
            diagnosis: config.diagnosis.clone(),
            transfer,
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
                weights: self.transfer.as_ref().map(|transfer| absolute(&transfer.weights)),
                freeze: self.transfer.as_ref().map(|transfer| transfer.freeze.clone()),
                ..NetworkChoice::of(network)
            },
            train: TrainChoice {
                kept_rate: self.transfer.as_ref().map(|_| train.kept_rate),
                ..TrainChoice::of(train)
            },
            augment: self.readers.augment,
            metric: MetricChoice {
                optimise: Some(self.judging.metric.kind),
                positive: self.judging.positive.clone(),
                constraints: self.constraints.clone(),
            },
            diagnosis: self.diagnosis.clone(),
        }
    }

    /// Every setting of network and training that differs from the default for this data, and
    /// every choice of data and split that was typed.
    pub fn differing(&self, defaults: &Defaults) -> Vec<Setting> {
        let usual = TrainSettings { batch: defaults.batch, ..defaults.train.clone() };
        let mut told = self.network_told(&defaults.network);
        if let Some(transfer) = &self.transfer {
            told.push(setting("network.weights", transfer.weights.display().to_string(), ""));
            let rule = transfer.note.as_ref().map_or("by the number of examples", |_| "");
            if !rule.is_empty() {
                told.push(setting("network.freeze", transfer.freeze.as_str(), rule));
            }
        }
        told.extend(train::differing(&self.train, &usual));
        told.extend(train::augmentation_differing(&self.readers.augment));
        told.extend(self.data_told(defaults));
        told.retain(|setting| setting.value != setting.default);
        told
    }

    /// The network's settings beside their defaults.
    fn network_told(&self, usual: &NetworkSettings) -> Vec<Setting> {
        let told = |network: &NetworkSettings| {
            let dropout = DropoutChoice::of(&network.dropout);
            [
                ("network.kind", network.kind.as_str().to_owned()),
                ("network.hidden", format!("{:?}", network.hidden)),
                ("network.channels", format!("{:?}", network.channels)),
                ("network.filter_side", format!("{:?}", network.filter_sides)),
                ("network.pool", words(&network.pools)),
                ("network.dropout", dropout.map_or(String::new(), |dropout| dropout.to_string())),
                ("network.input_dropout", written(network.input_dropout)),
                ("network.activation", word(&network.activation)),
                ("network.batch_norm", word(&network.batch_norm)),
                (
                    "network.initialisation",
                    network.initialisation.map_or("by activation", Initialisation::as_str).into(),
                ),
                ("network.initial_scale", written(network.initial_scale)),
            ]
        };
        let both = told(&self.network).into_iter().zip(told(usual));
        both.map(|((key, value), (_, default))| setting(key, value, default)).collect()
    }

    /// The settings of data, split and diagnosis beside their defaults.
    fn data_told(&self, defaults: &Defaults) -> Vec<Setting> {
        let (data, split, judged) = (&self.data, &self.split, &self.diagnosis);
        fn or(value: Option<String>, default: &str) -> (String, &str) {
            (value.unwrap_or(default.into()), default)
        }
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let number = |number: Option<f64>| number.map(written);
        let size = data.image_size.map(|(height, width)| format!("{height}x{width}"));
        let memory = data.image_memory.map(|memory| memory.to_string());
        let ignored = (!data.ignore.is_empty()).then(|| data.ignore.join(", "));
        let missing = (!data.missing.is_empty()).then(|| data.missing.join(", "));
        let constraints = &self.constraints;
        let constraints = (!constraints.is_empty()).then(|| constraints.join(", "));
        let human = judged.human.as_ref().map(ToString::to_string);
        let Judging { metric, usual, positive, .. } = &self.judging;
        let usual_metric = usual.to_string();
        let usual_positive = defaults.positive.as_deref().unwrap_or_default();
        let usual_seed = SplitOptions::default().seed.to_string();
        let by_size = "by the size of the data";
        let told = [
            ("split.seed", or(Some(split.seed.to_string()), &usual_seed)),
            ("split.validation", or(number(split.validation), by_size)),
            ("split.test", or(number(split.test), by_size)),
            ("split.train_validation", or(number(split.train_validation), by_size)),
            ("data.label", or(data.label.clone(), "guessed")),
            ("data.task", or(data.task.map(|task| word(&task)), "guessed")),
            ("data.group", or(data.group.clone(), "")),
            ("data.time", or(data.time.clone(), "")),
            ("data.example_weights", or(data.example_weights.clone(), "")),
            ("data.ignore", or(ignored, "")),
            ("data.decimal", or(data.decimal.map(|mark| word(&mark)), "detected")),
            ("data.thousands", or(data.thousands.map(|mark| word(&mark)), "detected")),
            ("data.missing", or(missing, "")),
            ("data.train_from", or(path(&data.train_from), "")),
            ("data.validation", or(path(&data.validation), "")),
            ("data.test", or(path(&data.test), "")),
            ("data.image_size", or(size, "by rule")),
            ("data.image_fit", or(data.image_fit.map(|fit| fit.as_str().to_owned()), "stretch")),
            ("data.image_memory", or(memory, "half of the free memory")),
            ("data.skip_bad", or(Some(data.skip_bad.to_string()), "false")),
            ("diagnosis.human", or(human, "unknown")),
            (
                "diagnosis.tolerance",
                or(number(judged.tolerance), "a tenth of the validation error"),
            ),
            ("metric.optimise", or(Some(metric.kind.to_string()), &usual_metric)),
            ("metric.positive", or(positive.clone(), usual_positive)),
            ("metric.constraints", or(constraints, "")),
        ];
        told.into_iter().map(|(key, (value, default))| setting(key, value, default)).collect()
    }
}

/// How the data is read, with nothing left to guess.
fn settled(data: &SourceOptions, reading: &Reading) -> SourceOptions {
    let Reading::Table(schema) = reading else { return data.clone() };
    let label = schema.label_column().and_then(|column| schema.columns.get(column));
    SourceOptions {
        header: Some(schema.header),
        delimiter: Some(schema.delimiter),
        // What is asked for also says that a cell may hold what looks like rows.
        quote: data.quote.or((schema.quote != Quote::Double).then_some(schema.quote)),
        label: label.map(|column| column.name.clone()).or(data.label.clone()),
        task: Some(match schema.label {
            LabelSchema::Classification { .. } => TaskChoice::Classification,
            LabelSchema::Regression => TaskChoice::Regression,
        }),
        ..data.clone()
    }
}

fn absolute(path: &Path) -> PathBuf {
    if path == Path::new(STANDARD_INPUT) || is_stream(path) {
        return path.to_owned();
    }
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

/// The words of a list.
fn words<T: Serialize>(values: &[T]) -> String {
    format!("[{}]", values.iter().map(word).collect::<Vec<_>>().join(", "))
}

fn described(inputs: &Inputs) -> String {
    match inputs {
        Inputs::Table(_) => "rows of a table".into(),
        Inputs::Images(images) => format!("images of {}×{}", images.height, images.width),
    }
}

/// What was typed for each convolution; an empty list is nothing.
fn of_convolutions<T: Clone>(typed: &Option<PerLayer<T>>) -> Option<Vec<T>> {
    typed.as_ref().map(PerLayer::list).filter(|list| !list.is_empty())
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
    let (sides, pools) = (of_convolutions(&typed.filter_side), of_convolutions(&typed.pool));
    for (key, set) in [("network.filter_side", some(&sides)), ("network.pool", pools.is_some())] {
        if set && !kind.has_channels() {
            return Err(ConfigError::NotOfThisNetwork { key, belongs_to: "`conv`", kind });
        }
    }
    if kind.is_as_published() {
        check_published(kind, typed)?;
    }
    let hidden = typed.hidden.clone().unwrap_or(defaults.hidden.clone());
    let usual = match kind.is_as_published() {
        true => DropoutChoice::Each(defaults.dropout.clone()),
        false => DropoutChoice::Alike(defaults.dropout.first().copied().unwrap_or(0.0)),
    };
    let dropout = typed.dropout.as_ref().unwrap_or(&usual);
    check_dropout("network.dropout", dropout)?;
    Ok(NetworkSettings {
        kind,
        dropout: dropout.for_layers(kind.dense_layers(&hidden), kind)?,
        hidden,
        channels: typed.channels.clone().unwrap_or(defaults.channels.clone()),
        filter_sides: sides.unwrap_or(defaults.filter_sides.clone()),
        pools: pools.unwrap_or(defaults.pools.clone()),
        input_dropout: typed.input_dropout.unwrap_or(defaults.input_dropout),
        activation: typed.activation.unwrap_or(defaults.activation),
        batch_norm: typed.batch_norm.unwrap_or(defaults.batch_norm),
        initialisation: typed.initialisation.or(defaults.initialisation),
        initial_scale: typed.initial_scale.unwrap_or(defaults.initial_scale),
    })
}

/// A network of this kind for images of `[channels, height, width]`, checked.
pub(super) fn of_images(
    kind: NetworkKind,
    typed: &NetworkChoice,
    image: [usize; 3],
) -> Result<NetworkSettings, ConfigError> {
    let network = network(kind, typed, &NetworkSettings::new(kind))?;
    check_network(&network, Some(image))?;
    Ok(network)
}

/// What is fixed in a network that is as its paper has it.
fn check_published(kind: NetworkKind, typed: &NetworkChoice) -> Result<(), ConfigError> {
    let without_name = "`feed-forward`, `lenet`, `small-conv` and `conv`";
    let place = typed.batch_norm;
    let normalised = place.map(|place| place != BatchNormPlace::Off);
    let fixed =
        kind.fixed_batch_norm().is_some_and(|there| normalised.is_some_and(|set| set != there));
    let dropped = typed
        .dropout
        .as_ref()
        .is_some_and(|dropout| !matches!(dropout, DropoutChoice::Each(each) if each.is_empty()));
    let (key, belongs_to) = if typed.activation.is_some_and(|of| of != Activation::Relu) {
        ("network.activation", without_name)
    } else if typed.input_dropout.is_some_and(|dropout| dropout != 0.0) {
        ("network.input_dropout", without_name)
    } else if fixed {
        (
            "network.batch_norm",
            "`vgg11` to `vgg19`, `feed-forward`, `lenet`, `small-conv` and `conv`",
        )
    } else if place == Some(BatchNormPlace::AfterActivation) {
        ("network.batch_norm=after-activation", without_name)
    } else if dropped && kind.dense_layers(&[]) == 0 {
        ("network.dropout", "networks with dense layers behind the convolutions")
    } else {
        return Ok(());
    };
    Err(ConfigError::NotOfThisNetwork { key, belongs_to, kind })
}

/// Weights of a network: 1 GiB of them, and as much twice more for Adam.
const MOST_WEIGHTS: usize = 1 << 28;
const AT_MOST: &str = "at most 268,435,456 weights between layers";
/// First weights outside would be zero or infinite.
const SCALES: std::ops::RangeInclusive<f64> = 1e-6..=1e6;

/// Channels, height and width, where the inputs are images.
fn image_of(inputs: &Inputs) -> Option<[usize; 3]> {
    match inputs {
        Inputs::Images(images) => Some([images.channels, images.height, images.width]),
        Inputs::Table(_) => None,
    }
}

fn check_network(network: &NetworkSettings, image: Option<[usize; 3]>) -> Result<(), ConfigError> {
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
    let sides = &network.filter_sides;
    require(
        sides.iter().all(|side| side % 2 == 1 && *side <= conv::LARGEST_SIDE),
        "network.filter_side",
        ("odd numbers from 1 to 11", format!("{sides:?}")),
    )?;
    for (key, listed) in
        [("network.filter_side", sides.len()), ("network.pool", network.pools.len())]
    {
        let expected = "no more than there are convolutions in `network.channels`";
        require(listed <= channels.len(), key, (expected, listed.to_string()))?;
    }
    let widest = sides.iter().max().map_or(0, |side| side * side);
    let kernels = channels.windows(2).map(|pair| widest * pair[0] * pair[1]);
    require(
        kernels.sum::<usize>() <= MOST_WEIGHTS,
        "network.channels",
        (AT_MOST, format!("{channels:?}")),
    )?;
    let first = match image {
        Some(image) if network.kind.has_hidden() => conv::features(image, channels, &network.pools),
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
        ("a number from 1e-6 to 1e6", written(network.initial_scale)),
    )
}

/// What network, training and data cannot be together.
fn check_together(network: &NetworkSettings, train: &TrainSettings) -> Result<(), ConfigError> {
    let normalised = network.batch_norm != BatchNormPlace::Off;
    require(
        !normalised || train.batch > 1,
        "train.batch",
        ("at least 2 with batch normalisation: one example has no variance", "1".into()),
    )?;
    let linear = network.kind == NetworkKind::FEED_FORWARD && network.hidden.is_empty();
    if linear {
        let (needs, is) = ("a hidden layer", "`network.hidden` is []");
        let key = if normalised {
            Some("network.batch_norm")
        } else if network.activation != Activation::default() {
            Some("network.activation")
        } else {
            None
        };
        if let Some(key) = key {
            return Err(ConfigError::NotForThisData { key, needs, is });
        }
    }
    Ok(())
}

/// Whether images of this size bear what is done to them.
fn check_augment(readers: ReaderSettings, inputs: &Inputs) -> Result<(), ConfigError> {
    let Inputs::Images(images) = inputs else { return Ok(()) };
    let side = images.height.min(images.width);
    let (key, found) = ("augment.crop", readers.augment.crop);
    let expected = "at most half of the images' smaller side, so that some of each is left";
    require(found <= side / 2, key, (expected, found.to_string()))?;
    let (key, found) = ("augment.warp", readers.augment.warp);
    let expected = "at most an eighth of the images' smaller side, so that pixels keep their order";
    require(found <= side as f64 / 8.0, key, (expected, found.to_string()))?;
    Ok(())
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
