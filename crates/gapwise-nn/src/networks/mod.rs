//! The networks, one file each.
//!
//! Every network's `forward` returns logits of the shape `[batch, outputs]`: one per class for
//! classification, a single standardised number for regression.

pub mod alexnet;
pub mod conv;
pub mod feed_forward;
pub mod inception;
pub mod lenet;
mod multiply_adds;
pub mod resnet;
pub mod small_conv;
pub mod vgg;

pub use alexnet::{AlexNet, AlexNetConfig};
pub use conv::{Conv, ConvConfig};
pub use feed_forward::{FeedForward, FeedForwardConfig};
pub use inception::{Inception, InceptionConfig};
pub use lenet::{LeNet, LeNetConfig};
pub use resnet::{ResNet, ResNetConfig};
pub use small_conv::{SmallConv, SmallConvConfig};
pub use vgg::{Vgg, VggConfig};

use burn::{module::Module, tensor::Tensor};
use serde::{Deserialize, Serialize};

use crate::initialise::Initialiser;
use feed_forward::Features;

/// Which network reads images, with its sizes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum ImageNetworkConfig {
    /// Dense layers over all pixels; without hidden layers, the linear baseline.
    FeedForward(FeedForwardConfig),
    /// [`LeNet`].
    Lenet(LeNetConfig),
    /// [`SmallConv`].
    SmallConv(SmallConvConfig),
    /// [`Conv`].
    Conv(ConvConfig),
}

/// A network that reads images `[batch, channels, height, width]`.
#[derive(Module, Debug)]
#[allow(clippy::large_enum_variant)] // One network is made per run; boxing it would serve nothing.
pub enum ImageNetwork {
    /// Dense layers over all pixels.
    FeedForward(FeedForward),
    /// [`LeNet`].
    Lenet(LeNet),
    /// [`SmallConv`].
    SmallConv(SmallConv),
    /// [`Conv`].
    Conv(Conv),
}

impl ImageNetworkConfig {
    /// A network of this shape with first weights.
    pub fn init(&self, initialiser: &mut Initialiser) -> ImageNetwork {
        match self {
            Self::FeedForward(config) => ImageNetwork::FeedForward(config.init(initialiser)),
            Self::Lenet(config) => ImageNetwork::Lenet(config.init(initialiser)),
            Self::SmallConv(config) => ImageNetwork::SmallConv(config.init(initialiser)),
            Self::Conv(config) => ImageNetwork::Conv(config.init(initialiser)),
        }
    }
}

impl ImageNetwork {
    /// Logits of a batch of images `[batch, channels, height, width]`.
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        match self {
            Self::FeedForward(network) => {
                network.forward(Features { dense: images.flatten(1, 3), codes: None })
            }
            Self::Lenet(network) => network.forward(images),
            Self::SmallConv(network) => network.forward(images),
            Self::Conv(network) => network.forward(images),
        }
    }
}
