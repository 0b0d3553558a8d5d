//! Which network, with which settings, and what is stored of a model.

use gapwise_data::{Inputs, Labels, images::ImageEncoder, source::Reading, table::TableEncoder};
use gapwise_study::run::Record;
use serde::{Deserialize, Serialize};

use crate::{
    networks::{FeedForwardConfig, ImageNetworkConfig},
    tasks::Head,
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
