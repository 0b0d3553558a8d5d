//! Which network, with which settings, and what is stored of a model.

use gapwise_data::{
    Inputs, Labels, images::ImageEncoder, source::Reading, table::TableEncoder, wording::counted,
};
use gapwise_study::run::Record;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::fit;
use crate::{
    initialise::Initialisation,
    layers::{Activation, BatchNormPlace, Behind},
    networks::{FeedForwardConfig, ImageNetworkConfig, Named, lenet::LeNetSide, named::NAMES},
    tasks::Head,
};

/// Kinds of network, by the notes' rule: rows → feed-forward, images → convolutional.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkKind {
    /// Dense layers; without hidden layers, the linear baseline.
    FeedForward,
    /// LeNet, for images; those of another size than 28×28 are resized to 32×32.
    Lenet,
    /// Two 3×3 convolutions, for images under 20 pixels.
    SmallConv,
    /// A stack of 3×3 convolutions and dense layers as set, for images.
    Conv,
    /// A network that goes by a name in the field, for images.
    Named(Named),
}

/// Colour images from which on `conv` suits.
const ENOUGH: usize = 100;

/// Kinds that are no [`Named`].
const OWN: [NetworkKind; 4] =
    [NetworkKind::FeedForward, NetworkKind::Lenet, NetworkKind::SmallConv, NetworkKind::Conv];

impl NetworkKind {
    /// The word for it in settings and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            NetworkKind::FeedForward => "feed-forward",
            NetworkKind::Lenet => "lenet",
            NetworkKind::SmallConv => "small-conv",
            NetworkKind::Conv => "conv",
            NetworkKind::Named(named) => named.as_str(),
        }
    }

    /// Every kind.
    pub fn all() -> impl Iterator<Item = Self> {
        let named = NAMES.iter().map(|(_, named)| NetworkKind::Named(*named));
        OWN.into_iter().chain(named)
    }

    /// The kind of this word.
    pub fn of(word: &str) -> Option<Self> {
        Self::all().find(|kind| kind.as_str() == word)
    }

    /// Whether it has hidden dense layers to set.
    pub fn has_hidden(self) -> bool {
        matches!(self, NetworkKind::FeedForward | NetworkKind::Conv)
    }

    /// Whether it has convolutions to set.
    pub fn has_channels(self) -> bool {
        self == NetworkKind::Conv
    }

    /// How many places have a dropout of their own, given the hidden dense layers that are set:
    /// one behind each of those, and for named networks as [`Named::dropouts`].
    pub fn dense_layers(self, hidden: &[usize]) -> usize {
        match self {
            NetworkKind::FeedForward | NetworkKind::Conv => hidden.len(),
            NetworkKind::Lenet => 2,
            NetworkKind::SmallConv => 1,
            NetworkKind::Named(named) => named.dropouts().len(),
        }
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
            // Of a thousand colour images of CIFAR-10, `conv` gets 49.5 % of validation wrong, LeNet
            // 64.5 %.
            Inputs::Images(images) if images.channels > 1 && images.len() >= ENOUGH => (
                NetworkKind::Conv,
                format!(
                    "{} of {}×{} have more to see than LeNet does",
                    counted(images.len(), "colour image"),
                    images.height,
                    images.width
                ),
            ),
            Inputs::Images(images) if images.channels > 1 => (
                NetworkKind::Lenet,
                format!(
                    "{} of {}×{} are too few for a larger network",
                    counted(images.len(), "colour image"),
                    images.height,
                    images.width
                ),
            ),
            Inputs::Images(images) => (
                NetworkKind::Lenet,
                format!(
                    "{} of {}×{} have spatial structure, and LeNet sees it",
                    counted(images.len(), "grey image"),
                    images.height,
                    images.width
                ),
            ),
        }
    }

    /// Height and width at which it reads images of this height and width.
    pub fn sides(self, sides: [usize; 2]) -> [usize; 2] {
        match self {
            NetworkKind::Lenet => [LeNetSide::suiting(sides[0], sides[1]).pixels(); 2],
            NetworkKind::Named(named) => named.side(sides).map_or(sides, |side| [side; 2]),
            NetworkKind::FeedForward | NetworkKind::SmallConv | NetworkKind::Conv => sides,
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

impl Serialize for NetworkKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for NetworkKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        Self::of(&word).ok_or_else(|| {
            let words: Vec<String> =
                Self::all().map(|kind| format!("`{}`", kind.as_str())).collect();
            de::Error::custom(format!(
                "unknown variant `{word}`, expected one of {}",
                words.join(", ")
            ))
        })
    }
}

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
    /// Probability that a unit is dropped in training, in [0, 1), for each hidden dense layer of
    /// the kind: one per entry of `hidden`, two in `lenet`, one in `small-conv`, and as
    /// [`Named::dropouts`] says.
    pub dropout: Vec<f64>,
    /// Probability that an input is dropped in training, in [0, 1).
    pub input_dropout: f64,
    /// Activation of every hidden layer.
    pub activation: Activation,
    /// Where batch normalisation stands in every hidden layer.
    pub batch_norm: BatchNormPlace,
    /// How the weights of hidden layers are drawn; `None` goes by the activation.
    pub initialisation: Option<Initialisation>,
    /// Factor on the standard deviation of first weights, above 0.
    pub initial_scale: f64,
}

/// One hidden layer to begin with (notes, "Shallow versus deep networks").
const HIDDEN: usize = 128;
/// Filters of `conv`: three convolutions, twice the channels where the sides are halved.
const CHANNELS: [usize; 3] = [32, 64, 128];

impl NetworkSettings {
    /// The defaults of a kind: one hidden layer of 128 units where it has hidden layers to set, ReLU,
    /// first weights by the activation. Dense layers behind convolutions hold most of the weights and
    /// learn few images by heart, hence a dropout of 0.3 in `small-conv` and `conv`. A stack as deep
    /// as `conv` learns faster with batch normalisation, which stands before its activations. Named
    /// networks are as their papers and torchvision have them.
    pub fn new(kind: NetworkKind) -> Self {
        let hidden = if kind.has_hidden() { vec![HIDDEN] } else { Vec::new() };
        let alike = |dropout| vec![dropout; kind.dense_layers(&hidden)];
        let dropout = match kind {
            NetworkKind::FeedForward | NetworkKind::Lenet => alike(0.0),
            NetworkKind::SmallConv | NetworkKind::Conv => alike(0.3),
            NetworkKind::Named(named) => named.dropouts().to_vec(),
        };
        let batch_norm = match kind {
            NetworkKind::Conv => BatchNormPlace::BeforeActivation,
            NetworkKind::Named(named) if named.batch_norm() == Some(true) => {
                BatchNormPlace::BeforeActivation
            }
            _ => BatchNormPlace::Off,
        };
        NetworkSettings {
            kind,
            dropout,
            hidden,
            channels: if kind.has_channels() { CHANNELS.to_vec() } else { Vec::new() },
            input_dropout: 0.0,
            activation: Activation::Relu,
            batch_norm,
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

    /// The network with these settings for images of `[channels, height, width]`. Named networks and
    /// LeNet that read another size get images resized to it.
    pub fn for_images(
        &self,
        [channels, height, width]: [usize; 3],
        outputs: usize,
    ) -> ImageNetworkConfig {
        let [height, width] = self.kind.sides([height, width]);
        fit::image_network(self, [channels, height, width], outputs)
    }

    /// What stands behind the weights of a hidden layer.
    pub fn behind(&self) -> Behind {
        Behind { activation: self.activation, batch_norm: self.batch_norm }
    }
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
    /// What an example of each class counts, in the order of the classes; all alike where there is
    /// none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class_weights: Option<Vec<f64>>,
}

impl ModelRecord {
    /// What each example counts in loss and metric: its own weight times that of its class. `None`
    /// where all are alike.
    pub fn weights(&self, labels: &Labels, examples: Option<&[f32]>) -> Option<Vec<f32>> {
        let (Some(classes), Labels::Classes { of, .. }) = (&self.class_weights, labels) else {
            return examples.map(<[f32]>::to_vec);
        };
        let own = |example: usize| examples.map_or(1.0, |weights| f64::from(weights[example]));
        let weight = |(example, &class): (usize, &u32)| {
            (own(example) * classes.get(class as usize).copied().unwrap_or(1.0)) as f32
        };
        Some(of.iter().enumerate().map(weight).collect())
    }
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
