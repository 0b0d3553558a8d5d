//! From a split data set to a model.

use burn::tensor::Device;
use gapwise_data::{
    DataError, Dataset, Inputs, Labels, Note, Split, Splits,
    images::{Augmentation, ImageEncoder, Images},
    table::TableEncoder,
};
use gapwise_study::{metric::Metric, run::RangeTest};
use thiserror::Error;

use super::{Model, ModelRecord, NetworkKind, NetworkRecord, NetworkSettings, Weights};
use crate::{
    initialise::Initialiser,
    networks::{FeedForward, FeedForwardConfig, ImageNetwork},
    tasks::{Head, ImageTask, Labelled, RowTask, Task},
    train::{
        ClassWeights, Fitted, Records, SettingError, Setup, Sides, TrainError, TrainSettings, Wish,
        find_learning_rate, train,
    },
    transfer::{self, Begun, Features, Keeping, Kept, Normalisation, Pretrained, UnfitWeights},
};

/// Why no network could be fitted.
#[derive(Debug, Error)]
pub enum FitError {
    /// The data could not be encoded.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Training failed.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// The weights to begin with are not this network's.
    #[error(transparent)]
    Weights(#[from] UnfitWeights),
}

/// What [`Fitting::train`] gives.
#[derive(Debug, Clone)]
pub struct Fit {
    /// The model of the best epoch.
    pub best: Model,
    /// That epoch, from 1.
    pub best_epoch: usize,
    /// The model of the last epoch.
    pub last: Model,
    /// What was recorded.
    pub records: Records,
}

/// A network that is about to be trained on a data set.
///
/// Normalisation, categories and medians are fitted on the train split alone.
#[derive(Debug, Clone)]
pub struct Fitting<'a> {
    dataset: &'a Dataset,
    train: Vec<usize>,
    validation: Vec<usize>,
    network: NetworkSettings,
    augmentation: Augmentation,
    metric: Metric,
    record: ModelRecord,
    /// What each example of the data set counts.
    weights: Option<Vec<f32>>,
    /// Factor on the learning rate of layers that came with weights.
    kept_rate: f64,
    /// What the network begins with, where that is the weights of other data.
    begun: Option<Beginning>,
    notes: Vec<Note>,
}

/// A network that came with weights.
#[derive(Debug, Clone)]
struct Beginning {
    network: ImageNetwork,
    kept: Kept,
    begun: Begun,
    /// Whether the answers of the frozen stages are computed once and kept.
    features: bool,
}

impl<'a> Fitting<'a> {
    /// Fits the encoder and sizes the network.
    ///
    /// # Errors
    ///
    /// [`FitError::Train`] where `train` weighs classes that there are not.
    ///
    /// # Panics
    ///
    /// Where `network.kind` does not [read](NetworkKind::reads) the data's inputs.
    pub fn new(
        dataset: &'a Dataset,
        splits: &Splits,
        network: &NetworkSettings,
        train: &TrainSettings,
    ) -> Result<Self, FitError> {
        let examples = splits.indices(Split::Train);
        let head = Head::fit(&dataset.labels, &dataset.label_name, &examples);
        let (record, mut notes) = match &dataset.inputs {
            Inputs::Table(table) => {
                let (encoder, notes) = TableEncoder::fit(table, &examples);
                let sizes = row_sizes(&encoder, network, &head);
                (NetworkRecord::Rows { encoder, sizes }, notes)
            }
            Inputs::Images(images) => {
                let [height, width] = network.kind.sides([images.height, images.width]);
                let side = (height, width);
                let encoder = ImageEncoder::fit(images, &examples, side)?;
                let sizes = network.for_resized_images(encoder.shape(), head.outputs());
                let notes = resized(network.kind, images, side).into_iter().collect();
                (NetworkRecord::Images { encoder, sizes }, notes)
            }
        };
        let class_weights = class_weights(&train.class_weights, &dataset.labels, &examples)?;
        notes.extend(unseen_classes(&train.class_weights, &dataset.labels, &examples));
        let reading = dataset.reading.clone();
        let record = ModelRecord { reading, head, network: record, class_weights };
        Ok(Fitting {
            dataset,
            validation: splits.indices(Split::Validation),
            train: examples,
            network: network.clone(),
            augmentation: train.augment,
            metric: record.head.metric(),
            weights: record.weights(&dataset.labels, dataset.weights.as_deref()),
            record,
            kept_rate: train.kept_rate,
            begun: None,
            notes,
        })
    }

    /// The same for a network that begins with weights of other data; its head is drawn by `seed`.
    /// Images are normalised as those were that the weights learned on, where that is known: as the
    /// weights say, or as ImageNet's for torchvision's names. Grey images become colour ones, all
    /// channels alike, for weights that read colour.
    ///
    /// # Errors
    ///
    /// [`FitError::Weights`] where more than the head does not fit; [`FitError::Train`] for rows of a
    /// table, and where `freeze` names no stage of the network.
    pub fn with_weights(
        mut self,
        weights: &Pretrained<'_>,
        seed: u64,
        device: &Device,
    ) -> Result<Self, FitError> {
        let (NetworkRecord::Images { encoder, sizes }, Inputs::Images(images)) =
            (&mut self.record.network, &self.dataset.inputs)
        else {
            return Err(setting("network.weights", "images", "rows of a table"));
        };
        let reads = transfer::channels(sizes, weights.file);
        if images.channels == 1 && reads == Some(3) {
            *encoder = encoder.clone().in_colour();
            *sizes = self.network.for_resized_images(encoder.shape(), self.record.head.outputs());
            self.notes.push(told(
                "grey images are read as colour ones, all channels alike, as the weights do",
            ));
        }
        let stages = sizes.stages();
        let Some(frozen) = weights.freeze.frozen(&stages) else {
            let expected = format!("none, head-only or one of {}", stages.join(", "));
            return Err(setting("network.freeze", &expected, weights.freeze.as_str()));
        };
        let fresh = sizes.init(&mut initialiser(&self.network, seed, device));
        let (network, begun) = transfer::begin(fresh, sizes, weights.file)?;
        let known = weights.normalisation.clone();
        let range = images.range(&self.train)?;
        let usual = (begun.torchvision && encoder.mean.len() == 3)
            .then(|| Normalisation::imagenet().of_range(range));
        if usual.is_some() && weights.normalisation.is_none() && range < 1.0 {
            let white = (range * 65_535.0).round();
            self.notes.push(told(&format!(
                "{white} stands for white: the largest value of as many bits as the training images need"
            )));
        }
        match known.or(usual).filter(|known| known.mean.len() == encoder.mean.len()) {
            Some(Normalisation { mean, deviation }) => {
                (encoder.mean, encoder.deviation) = (mean, deviation);
            }
            None => self.notes.push(told(
                "how the weights' images were normalised is not known: these are by their own means \
                 and deviations",
            )),
        }
        let kept = Kept { sizes: sizes.clone(), frozen, rate: self.kept_rate };
        let network = kept.freeze(network);
        let examples = (self.train.len() + self.validation.len()) as u64;
        let bytes = kept.bytes(&network, encoder.shape(), device).saturating_mul(examples);
        let keeping = match (self.augmentation == Augmentation::default(), bytes <= weights.memory)
        {
            (true, true) => Keeping::Once,
            (true, false) => Keeping::TooLarge,
            (false, _) => Keeping::Augmented,
        };
        let features = frozen > 0 && keeping == Keeping::Once;
        self.notes.extend(begun.notes());
        self.notes.push(transfer::freezing(&stages[..frozen], &kept));
        if frozen > 0 {
            self.notes.push(told(&transfer::keeping(bytes, keeping)));
        }
        self.begun = Some(Beginning { network, kept, begun, features });
        Ok(self)
    }

    /// What the network began with, where that is the weights of other data.
    pub fn begun(&self) -> Option<&Begun> {
        self.begun.as_ref().map(|beginning| &beginning.begun)
    }

    /// The same with its epochs judged by `metric`, which fits the labels. Default: error rate for
    /// classes, RMSE for numbers.
    pub fn judged_by(self, metric: Metric) -> Self {
        Fitting { metric, ..self }
    }

    /// Encoder and sizes: all of the model but its weights.
    pub fn record(&self) -> &ModelRecord {
        &self.record
    }

    /// What the encoder does by convention, a line each.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// The data set's labels, and what each example counts.
    pub fn labelled(&self) -> Labelled<'_> {
        Labelled { labels: Some(&self.dataset.labels), weights: self.weights.as_deref() }
    }

    /// Trains the network and keeps its best epoch.
    ///
    /// # Errors
    ///
    /// [`FitError::Train`] where [`train`] fails; [`FitError::Data`] where an encoder does not fit
    /// its own data, which does not happen.
    pub fn train(&self, setup: Setup<'_>) -> Result<Fit, FitError> {
        self.with_task(setup, Training)
    }

    /// Says which learning rate the range test takes, as [`find_learning_rate`].
    ///
    /// # Errors
    ///
    /// As [`Fitting::train`].
    pub fn find_learning_rate(&self, setup: Setup<'_>) -> Result<RangeTest, FitError> {
        self.with_task(setup, RangeTesting)
    }

    fn with_task<U: Use>(&self, setup: Setup<'_>, what: U) -> Result<U::Answer, FitError> {
        let sides = Sides { train: &self.train, validation: &self.validation };
        let seed = setup.settings.seed;
        let mut initialiser = initialiser(&self.network, seed, setup.device);
        let labelled = self.labelled();
        let head = self.record.head.clone();
        let (device, metric) = (setup.device.clone(), self.metric);
        match (&self.record.network, &self.dataset.inputs) {
            (NetworkRecord::Rows { encoder, sizes }, Inputs::Table(table)) => {
                let rows = encoder.encode(table)?;
                let task = RowTask { rows, labelled, head, metric };
                let network = sizes.init(&mut initialiser);
                let model = |network: FeedForward| self.model(Weights::Rows(network), &device);
                Ok(what.with(&task, network, (sides, setup), model)?)
            }
            (NetworkRecord::Images { encoder, sizes }, Inputs::Images(images)) => {
                let augmentation = self.augmentation;
                let kept = self.begun.as_ref().map(|beginning| beginning.kept.clone());
                let task = ImageTask::new((images, encoder), labelled, head, metric);
                let mut task = ImageTask { augmentation, kept, ..task };
                let network = match &self.begun {
                    None => sizes.init(&mut initialiser),
                    Some(beginning) => beginning.network.clone(),
                };
                if let Some(Beginning { kept, features: true, .. }) = &self.begun {
                    let examples = [&self.train[..], &self.validation].concat();
                    let stop = || setup.watch.wish() == Wish::Stop;
                    let how = (&device, stop);
                    let features = Features::of(&task, (&network, kept), &examples, how)?;
                    let stopped = TrainError::Stopped { epoch: 1 };
                    task.features = Some(features.ok_or(stopped)?);
                }
                let model = |network: ImageNetwork| self.model(Weights::Images(network), &device);
                Ok(what.with(&task, network, (sides, setup), model)?)
            }
            _ => unreachable!("the record was made for these inputs"),
        }
    }

    fn model(&self, weights: Weights, device: &Device) -> Model {
        Model { record: self.record.clone(), weights, device: device.clone() }
    }
}

/// What draws first weights.
fn initialiser(network: &NetworkSettings, seed: u64, device: &Device) -> Initialiser {
    Initialiser::new(seed, &device.clone().autodiff())
        .with_initialisation(network.initialisation)
        .with_scale(network.initial_scale)
}

/// A setting that cannot be.
fn setting(key: &'static str, expected: &str, found: &str) -> FitError {
    let (expected, found) = (expected.to_owned(), found.to_owned());
    FitError::Train(SettingError { key, expected, found }.into())
}

fn told(said: &str) -> Note {
    Note { said: said.to_owned(), change_with: None }
}

/// What is done with a task and a network with first weights.
trait Use {
    type Answer;

    fn with<T: Task + Sync>(
        self,
        task: &T,
        network: T::Network,
        how: (Sides<'_>, Setup<'_>),
        model: impl Fn(T::Network) -> Model,
    ) -> Result<Self::Answer, TrainError>;
}

struct Training;

impl Use for Training {
    type Answer = Fit;

    fn with<T: Task + Sync>(
        self,
        task: &T,
        network: T::Network,
        (sides, setup): (Sides<'_>, Setup<'_>),
        model: impl Fn(T::Network) -> Model,
    ) -> Result<Fit, TrainError> {
        let Fitted { best, best_epoch, last, records } = train(task, network, sides, setup)?;
        Ok(Fit { best: model(best), best_epoch, last: model(last), records })
    }
}

struct RangeTesting;

impl Use for RangeTesting {
    type Answer = RangeTest;

    fn with<T: Task + Sync>(
        self,
        task: &T,
        network: T::Network,
        (sides, setup): (Sides<'_>, Setup<'_>),
        _model: impl Fn(T::Network) -> Model,
    ) -> Result<RangeTest, TrainError> {
        find_learning_rate(task, network, sides, setup)
    }
}

/// What each class counts; nothing where all count alike.
fn class_weights(
    weights: &ClassWeights,
    labels: &Labels,
    train: &[usize],
) -> Result<Option<Vec<f64>>, TrainError> {
    let Labels::Classes { names, of } = labels else { return Ok(None) };
    if *weights == ClassWeights::None {
        return Ok(None);
    }
    Ok(Some(weights.of(names, &class_counts((names, of), train))?))
}

/// Training examples of each class.
fn class_counts((names, of): (&[String], &[u32]), train: &[usize]) -> Vec<usize> {
    let mut counts = vec![0; names.len()];
    for &example in train {
        counts[of[example] as usize] += 1;
    }
    counts
}

/// What balanced weights do about classes that no training example has.
fn unseen_classes(weights: &ClassWeights, labels: &Labels, train: &[usize]) -> Option<Note> {
    let (ClassWeights::Balanced, Labels::Classes { names, of }) = (weights, labels) else {
        return None;
    };
    let counts = class_counts((names, of), train);
    let unseen: Vec<String> = names
        .iter()
        .zip(counts)
        .filter(|(_, count)| *count == 0)
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    (!unseen.is_empty()).then(|| Note {
        said: format!(
            "no training example to balance by: {} counts 1 an example in the metric",
            unseen.join(", ")
        ),
        change_with: Some("--set 'train.class_weights={CLASS=WEIGHT}'".into()),
    })
}

/// What a network that reads another size than the images have does about it.
fn resized(kind: NetworkKind, images: &Images, (height, width): (usize, usize)) -> Option<Note> {
    ((height, width) != (images.height, images.width)).then(|| Note {
        said: format!(
            "{} reads {height}×{width}: every image is resized from {}×{} (bilinear, aspect ratio \
             not kept)",
            kind.as_str(),
            images.height,
            images.width
        ),
        change_with: Some("--set network.kind=KIND".into()),
    })
}

/// The network for rows as `encoder` writes them.
pub(super) fn row_sizes(
    encoder: &TableEncoder,
    network: &NetworkSettings,
    head: &Head,
) -> FeedForwardConfig {
    let embeddings = encoder.embeddings().iter();
    let embeddings = embeddings.map(|one| (one.categories, one.dimensions)).collect();
    network.for_rows(encoder.dense_width(), embeddings, head.outputs())
}
