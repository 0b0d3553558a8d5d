//! A trained network with everything that turns raw examples into its answers.

mod consistency;

use burn::{module::Module, tensor::Device};
use gapwise_data::{
    DataError, Dataset, Inputs, Labels, Split, Splits,
    images::{ImageEncoder, Images},
    source::Reading,
    table::TableEncoder,
};
use gapwise_study::run::{HistoryRow, Record};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    initialise::Initialiser,
    networks::{
        FeedForward, FeedForwardConfig, ImageNetwork, ImageNetworkConfig, LeNetConfig,
        SmallConvConfig, lenet::LeNetSide,
    },
    tasks::{Answer, Head, ImageTask, RowTask, answer_all},
    train::{Fitted, Setup, Sides, TrainError, train},
    weights::{self, WeightsError},
};

/// Kinds of network, by the notes' rule: rows → feed-forward, images → convolutional.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NetworkKind {
    /// Dense layers; without hidden layers, the linear baseline.
    FeedForward,
    /// LeNet, for images; those of another size than 28×28 are resized to 32×32.
    Lenet,
    /// Two 3×3 convolutions, for images under 20 pixels.
    SmallConv,
}

impl NetworkKind {
    /// The word for it in settings and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            NetworkKind::FeedForward => "feed-forward",
            NetworkKind::Lenet => "lenet",
            NetworkKind::SmallConv => "small-conv",
        }
    }

    /// Whether it has hidden layers to set.
    pub fn has_hidden(self) -> bool {
        self == NetworkKind::FeedForward
    }

    /// The kind that suits these inputs, and why (notes, "When to use deep learning").
    pub fn suiting(inputs: &Inputs) -> (Self, String) {
        match inputs {
            Inputs::Table(_) => {
                (NetworkKind::FeedForward, "rows have no spatial or sequential structure".into())
            }
            Inputs::Images(images) if images.height < 20 || images.width < 20 => (
                NetworkKind::SmallConv,
                format!("images of {}×{} are under 20 pixels", images.height, images.width),
            ),
            Inputs::Images(images) => (
                NetworkKind::Lenet,
                format!("images of {}×{} have spatial structure", images.height, images.width),
            ),
        }
    }

    /// Whether it can read these inputs.
    pub fn reads(self, inputs: &Inputs) -> bool {
        match inputs {
            Inputs::Table(_) => self == NetworkKind::FeedForward,
            Inputs::Images(images) => {
                self != NetworkKind::SmallConv || (images.height >= 2 && images.width >= 2)
            }
        }
    }
}

/// Every effective setting of a network's shape.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkSettings {
    /// Which network.
    pub kind: NetworkKind,
    /// Units of each hidden layer, for `feed-forward`.
    pub hidden: Vec<usize>,
    /// Probability that a unit of a hidden dense layer is dropped in training, in [0, 1).
    pub dropout: f64,
}

/// What `model.json` holds: how raw examples become the network's input, and its sizes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelRecord {
    /// How the data was read.
    pub reading: Reading,
    /// What the logits mean.
    pub head: Head,
    /// Encoder and network.
    pub network: NetworkRecord,
}

impl Record for ModelRecord {
    const FILE: &'static str = "model.json";
}

/// Encoder and network of one kind of data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "reads")]
pub enum NetworkRecord {
    /// Rows of a table.
    Rows {
        /// Row → numbers.
        encoder: TableEncoder,
        /// Sizes.
        sizes: FeedForwardConfig,
    },
    /// Images.
    Images {
        /// Pixels → numbers.
        encoder: ImageEncoder,
        /// Sizes.
        sizes: ImageNetworkConfig,
    },
}

/// A network that answers raw examples.
#[derive(Debug, Clone)]
pub struct Model {
    record: ModelRecord,
    weights: Weights,
    device: Device,
}

#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant)] // There are a handful of models in a process.
enum Weights {
    Rows(FeedForward),
    Images(ImageNetwork),
}

/// Why no network could be fitted.
#[derive(Debug, Error)]
pub enum FitError {
    /// The data could not be encoded.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Training failed.
    #[error(transparent)]
    Train(#[from] TrainError),
}

/// What [`fit`] gives.
#[derive(Debug, Clone)]
pub struct Fit {
    /// The model of the best epoch.
    pub best: Model,
    /// That epoch, from 1.
    pub best_epoch: usize,
    /// The model of the last epoch.
    pub last: Model,
    /// One row per epoch.
    pub history: Vec<HistoryRow>,
    /// What the encoder did by convention, a line each.
    pub notes: Vec<gapwise_data::Note>,
}

/// Encodes the data, trains a network on its train split and keeps the best epoch.
///
/// Normalisation, categories and medians are fitted on the train split alone.
///
/// # Errors
///
/// [`FitError::Train`] where training diverges.
///
/// # Panics
///
/// Where `network.kind` does not [read](NetworkKind::reads) the data's inputs.
pub fn fit(
    dataset: &Dataset,
    splits: &Splits,
    network: &NetworkSettings,
    setup: Setup<'_>,
) -> Result<Fit, FitError> {
    let train_examples = splits.indices(Split::Train);
    let validation = splits.indices(Split::Validation);
    let sides = Sides { train: &train_examples, validation: &validation };
    let head = Head::fit(&dataset.labels, &dataset.label_name, &train_examples);
    let device = setup.device.clone();
    let mut initialiser = Initialiser::new(setup.settings.seed, &device.clone().autodiff());
    match &dataset.inputs {
        Inputs::Table(table) => {
            let (encoder, notes) = TableEncoder::fit(table, &train_examples);
            let sizes = row_sizes(&encoder, network, &head);
            let first = sizes.init(&mut initialiser);
            let rows = encoder.encode(table)?;
            let task = RowTask { rows, labels: &dataset.labels, head: head.clone() };
            let fitted = train(&task, first, sides, setup)?;
            let record = NetworkRecord::Rows { encoder, sizes };
            let record = ModelRecord { reading: dataset.reading.clone(), head, network: record };
            Ok(joined(fitted, record, Weights::Rows, device, notes))
        }
        Inputs::Images(images) => {
            let side = image_side(network.kind, images);
            let encoder = ImageEncoder::fit(images, &train_examples, side);
            let sizes = image_sizes(&encoder, network, &head);
            let first = sizes.init(&mut initialiser);
            let task = ImageTask {
                images,
                encoder: &encoder,
                labels: &dataset.labels,
                head: head.clone(),
            };
            let fitted = train(&task, first, sides, setup)?;
            let record = NetworkRecord::Images { encoder, sizes };
            let record = ModelRecord { reading: dataset.reading.clone(), head, network: record };
            Ok(joined(fitted, record, Weights::Images, device, Vec::new()))
        }
    }
}

fn joined<N: Module>(
    fitted: Fitted<N>,
    record: ModelRecord,
    weights: impl Fn(N) -> Weights,
    device: Device,
    notes: Vec<gapwise_data::Note>,
) -> Fit {
    let model = |network: N| Model {
        record: record.clone(),
        weights: weights(network.valid()),
        device: device.clone(),
    };
    Fit {
        best: model(fitted.best),
        best_epoch: fitted.best_epoch,
        last: model(fitted.last),
        history: fitted.history,
        notes,
    }
}

fn row_sizes(encoder: &TableEncoder, network: &NetworkSettings, head: &Head) -> FeedForwardConfig {
    FeedForwardConfig {
        features: encoder.dense_width(),
        embeddings: encoder
            .embeddings()
            .iter()
            .map(|embedding| (embedding.categories, embedding.dimensions))
            .collect(),
        hidden: network.hidden.clone(),
        dropout: network.dropout,
        outputs: head.outputs(),
    }
}

/// Height and width at which a network of this kind reads these images.
fn image_side(kind: NetworkKind, images: &Images) -> (usize, usize) {
    match kind {
        NetworkKind::Lenet => {
            let side = LeNetSide::suiting(images.height, images.width).pixels();
            (side, side)
        }
        NetworkKind::FeedForward | NetworkKind::SmallConv => (images.height, images.width),
    }
}

fn image_sizes(
    encoder: &ImageEncoder,
    network: &NetworkSettings,
    head: &Head,
) -> ImageNetworkConfig {
    let [channels, height, width] = encoder.shape();
    let (dropout, outputs) = (network.dropout, head.outputs());
    match network.kind {
        NetworkKind::FeedForward => ImageNetworkConfig::FeedForward(FeedForwardConfig {
            features: channels * height * width,
            embeddings: Vec::new(),
            hidden: network.hidden.clone(),
            dropout,
            outputs,
        }),
        NetworkKind::Lenet => ImageNetworkConfig::Lenet(LeNetConfig {
            channels,
            side: LeNetSide::suiting(height, width),
            dropout,
            outputs,
        }),
        NetworkKind::SmallConv => ImageNetworkConfig::SmallConv(SmallConvConfig {
            channels,
            height,
            width,
            dropout,
            outputs,
        }),
    }
}

impl Model {
    /// How it reads raw examples, what its logits mean, its sizes.
    pub fn record(&self) -> &ModelRecord {
        &self.record
    }

    /// Number of weights and biases.
    pub fn parameters(&self) -> usize {
        match &self.weights {
            Weights::Rows(network) => network.num_params(),
            Weights::Images(network) => network.num_params(),
        }
    }

    /// Its weights as a safetensors file.
    ///
    /// # Errors
    ///
    /// [`WeightsError::Unwritable`].
    pub fn weights(&self) -> Result<Vec<u8>, WeightsError> {
        match &self.weights {
            Weights::Rows(network) => weights::to_bytes(network),
            Weights::Images(network) => weights::to_bytes(network),
        }
    }

    /// The model of this record with the weights of a safetensors file.
    ///
    /// # Errors
    ///
    /// [`WeightsError`] where the bytes are no safetensors file or hold other tensors, or where the
    /// record contradicts itself.
    pub fn load(
        record: ModelRecord,
        weights: Vec<u8>,
        device: &Device,
    ) -> Result<Self, WeightsError> {
        if let Some(said) = record.contradiction(weights.len()) {
            return Err(WeightsError::Record(said));
        }
        let mut initialiser = Initialiser::new(0, device);
        let weights = match &record.network {
            NetworkRecord::Rows { sizes, .. } => {
                let mut network = sizes.init(&mut initialiser);
                weights::load(&mut network, weights)?;
                Weights::Rows(network.valid())
            }
            NetworkRecord::Images { sizes, .. } => {
                let mut network = sizes.init(&mut initialiser);
                weights::load(&mut network, weights)?;
                Weights::Images(network.valid())
            }
        };
        Ok(Model { record, weights, device: device.clone() })
    }

    /// What the network answers for these examples, in their order.
    ///
    /// # Errors
    ///
    /// [`DataError`] where a table's columns are not those that the encoder was fitted to.
    ///
    /// # Panics
    ///
    /// Where `inputs` are not of the kind and layout that the model was trained on; data read with
    /// its [`Reading`] always is.
    pub fn answers(
        &self,
        inputs: &Inputs,
        labels: &Labels,
        examples: &[usize],
    ) -> Result<Vec<Answer>, DataError> {
        let head = self.record.head.clone();
        match (&self.record.network, &self.weights, inputs) {
            (NetworkRecord::Rows { encoder, .. }, Weights::Rows(network), Inputs::Table(table)) => {
                let task = RowTask { rows: encoder.encode(table)?, labels, head };
                Ok(answer_all(&task, network, examples, &self.device))
            }
            (
                NetworkRecord::Images { encoder, .. },
                Weights::Images(network),
                Inputs::Images(images),
            ) => {
                let task = ImageTask { images, encoder, labels, head };
                Ok(answer_all(&task, network, examples, &self.device))
            }
            _ => panic!("inputs of another kind than the model's"),
        }
    }

    /// Labels to hand in where there are none: the answers' labels and losses then mean nothing.
    pub fn no_labels(&self, examples: usize) -> Labels {
        match &self.record.head {
            Head::Class { names } => {
                Labels::Classes { names: names.clone(), of: vec![0; examples] }
            }
            Head::Number { mean, .. } => Labels::Numbers(vec![*mean; examples]),
        }
    }
}
