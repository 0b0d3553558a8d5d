//! What is set of a network's shape, and the sizes that follow for given inputs.

use serde::{Deserialize, Serialize};

use super::{
    FeedForwardConfig, ImageNetworkConfig, NetworkKind,
    conv::{FILTER_SIDE, Pool},
    preset::NetworkRequest,
};
use crate::{
    initialise::Initialisation,
    layers::{Activation, BatchNormPlace, NormActivation},
};

/// Every effective setting of a network's shape.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkSettings {
    /// Which network.
    pub kind: NetworkKind,
    /// Units of each hidden dense layer, for `feed-forward` and `conv`.
    pub hidden: Vec<usize>,
    /// Filters of each convolution, for `conv`.
    pub channels: Vec<usize>,
    /// Sides of its filters, for `conv`, as [`ConvConfig`](super::ConvConfig) has them.
    #[serde(default)]
    pub filter_sides: Vec<usize>,
    /// What stands behind each convolution, for `conv`, as
    /// [`ConvConfig`](super::ConvConfig) has it.
    #[serde(default)]
    pub pools: Vec<Pool>,
    /// Probability that a unit is dropped in training, in [0, 1), for each hidden dense layer of
    /// the kind: one per entry of `hidden`, two in `lenet`, one in `small-conv`, and as
    /// torchvision has them in networks of a paper.
    pub dropout: Vec<f64>,
    /// Probability that an input is dropped in training, in [0, 1).
    pub input_dropout: f64,
    /// Activation of every hidden layer.
    pub activation: Activation,
    /// Where batch normalisation stands in every hidden layer.
    pub batch_norm: BatchNormPlace,
    /// How the weights of hidden layers are drawn; `None` goes by the activation.
    pub initialisation: Option<Initialisation>,
    /// Factor on the standard deviation of initial weights, above 0.
    pub initial_scale: f64,
}

/// One hidden layer to begin with (notes, "Shallow versus deep networks").
const HIDDEN: usize = 128;
/// Filters of `conv`: three convolutions, twice the channels where the sides are halved.
const CHANNELS: [usize; 3] = [32, 64, 128];

impl NetworkSettings {
    /// The defaults of a kind: one hidden layer of 128 units where it has hidden layers to set, ReLU,
    /// initial weights by the activation. Dense layers behind convolutions hold most of the weights and
    /// learn few images by heart, hence a dropout of 0.3 in `small-conv` and `conv`. A stack as deep
    /// as `conv` learns faster with batch normalisation, which stands before its activations. Networks
    /// of a paper are as that and torchvision have them.
    pub fn new(kind: NetworkKind) -> Self {
        let hidden = if kind.has_hidden() { vec![HIDDEN] } else { Vec::new() };
        NetworkSettings {
            kind,
            dropout: kind.0.dropouts(&hidden),
            hidden,
            channels: if kind.has_channels() { CHANNELS.to_vec() } else { Vec::new() },
            filter_sides: if kind.has_channels() { vec![FILTER_SIDE] } else { Vec::new() },
            pools: if kind.has_channels() { vec![Pool::Max] } else { Vec::new() },
            input_dropout: 0.0,
            activation: Activation::Relu,
            batch_norm: kind.0.batch_norm,
            initialisation: None,
            initial_scale: 1.0,
        }
    }

    /// The same with these hidden layers, each with the first one's dropout.
    pub fn with_hidden(self, hidden: Vec<usize>) -> Self {
        let dropout = self.dropout.first().copied().unwrap_or(0.0);
        NetworkSettings { hidden, ..self }.with_dropout(dropout)
    }

    /// The same with one dropout for every hidden dense layer.
    pub fn with_dropout(self, dropout: f64) -> Self {
        let layers = self.kind.dense_layers(&self.hidden);
        NetworkSettings { dropout: vec![dropout; layers], ..self }
    }

    /// The network with these settings for images of `[channels, height, width]`, which are resized
    /// where it reads another size.
    pub fn for_images(
        &self,
        [channels, height, width]: [usize; 3],
        outputs: usize,
    ) -> ImageNetworkConfig {
        let [height, width] = self.kind.sides([height, width]);
        self.for_resized_images([channels, height, width], outputs)
    }

    /// The same for images that are resized already where they have to be.
    pub(crate) fn for_resized_images(
        &self,
        image: [usize; 3],
        outputs: usize,
    ) -> ImageNetworkConfig {
        (self.kind.0.sizes)(&NetworkRequest { settings: self, image, outputs })
    }

    /// The dense layers with these settings for rows of `features` numbers and a code for each of
    /// `embeddings`: how many codes there are, and the length of the vector that stands for one.
    pub fn for_rows(
        &self,
        features: usize,
        embeddings: Vec<(usize, usize)>,
        outputs: usize,
    ) -> FeedForwardConfig {
        FeedForwardConfig {
            features,
            embeddings,
            hidden: self.hidden.clone(),
            norm_activation: self.norm_activation(),
            dropout: self.dropout.clone(),
            input_dropout: self.input_dropout,
            outputs,
        }
    }

    /// Batch normalisation and activation of a hidden layer.
    pub fn norm_activation(&self) -> NormActivation {
        NormActivation { activation: self.activation, batch_norm: self.batch_norm }
    }
}
