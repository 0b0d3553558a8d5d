//! From a split data set to a model.

use burn::{module::Module, tensor::Device};
use gapwise_data::{
    DataError, Dataset, Inputs, Note, Split, Splits,
    images::{ImageEncoder, Images},
    table::TableEncoder,
};
use gapwise_study::run::HistoryRow;
use thiserror::Error;

use super::{Model, ModelRecord, NetworkKind, NetworkRecord, NetworkSettings, Weights};
use crate::{
    initialise::Initialiser,
    networks::{
        ConvConfig, FeedForwardConfig, ImageNetworkConfig, LeNetConfig, SmallConvConfig,
        lenet::LeNetSide,
    },
    tasks::{Head, ImageTask, RowTask},
    train::{Fitted, Setup, Sides, TrainError, train},
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
    pub notes: Vec<Note>,
}

/// Encodes the data, trains a network on its train split and keeps the best epoch.
///
/// Normalisation, categories and medians are fitted on the train split alone.
///
/// # Errors
///
/// [`FitError::Train`] where training diverges; [`FitError::Data`] where an encoder does not fit its
/// own data, which does not happen.
///
/// # Panics
///
/// Where `network.kind` does not [read](NetworkKind::reads) the data's inputs, or where
/// `network.dropout` has fewer entries than the network has hidden dense layers.
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
    let mut initialiser = Initialiser::new(setup.settings.seed, &device.clone().autodiff())
        .with_initialisation(network.initialisation)
        .with_scale(network.initial_scale);
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
            let notes = resized(network.kind, images, side).into_iter().collect();
            Ok(joined(fitted, record, Weights::Images, device, notes))
        }
    }
}

fn joined<N: Module>(
    fitted: Fitted<N>,
    record: ModelRecord,
    weights: impl Fn(N) -> Weights,
    device: Device,
    notes: Vec<Note>,
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
        behind: network.behind(),
        dropout: network.dropout.clone(),
        input_dropout: network.input_dropout,
        outputs: head.outputs(),
    }
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

/// Height and width at which a network of this kind reads these images.
fn image_side(kind: NetworkKind, images: &Images) -> (usize, usize) {
    match kind {
        NetworkKind::Lenet => {
            let side = LeNetSide::suiting(images.height, images.width).pixels();
            (side, side)
        }
        NetworkKind::FeedForward | NetworkKind::SmallConv | NetworkKind::Conv => {
            (images.height, images.width)
        }
    }
}

fn image_sizes(
    encoder: &ImageEncoder,
    network: &NetworkSettings,
    head: &Head,
) -> ImageNetworkConfig {
    let [channels, height, width] = encoder.shape();
    let (behind, dropout) = (network.behind(), &network.dropout);
    let (input_dropout, outputs) = (network.input_dropout, head.outputs());
    match network.kind {
        NetworkKind::FeedForward => ImageNetworkConfig::FeedForward(FeedForwardConfig {
            features: channels * height * width,
            embeddings: Vec::new(),
            hidden: network.hidden.clone(),
            behind,
            dropout: dropout.clone(),
            input_dropout,
            outputs,
        }),
        NetworkKind::Lenet => ImageNetworkConfig::Lenet(LeNetConfig {
            channels,
            side: LeNetSide::suiting(height, width),
            behind,
            dropout: [dropout[0], dropout[1]],
            input_dropout,
            outputs,
        }),
        NetworkKind::Conv => ImageNetworkConfig::Conv(ConvConfig {
            channels,
            height,
            width,
            filters: network.channels.clone(),
            hidden: network.hidden.clone(),
            behind,
            dropout: dropout.clone(),
            input_dropout,
            outputs,
        }),
        NetworkKind::SmallConv => ImageNetworkConfig::SmallConv(SmallConvConfig {
            channels,
            height,
            width,
            behind,
            dropout: dropout[0],
            input_dropout,
            outputs,
        }),
    }
}
