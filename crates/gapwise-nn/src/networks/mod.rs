//! The networks, one file each.
//!
//! Every network's `forward` returns logits of the shape `[batch, outputs]`: one per class for
//! classification, a single standardised number for regression.

pub mod alexnet;
pub mod conv;
pub mod feed_forward;
pub mod googlenet;
pub mod inception;
mod kind;
pub mod layers;
pub mod lenet;
mod multiply_adds;
pub mod named;
pub mod resnet;
mod settings;
pub mod small_conv;
pub mod stages;
mod torchvision;
pub mod vgg;

pub use alexnet::{AlexNet, AlexNetConfig};
pub use conv::{Conv, ConvConfig};
pub use feed_forward::{FeedForward, FeedForwardConfig};
pub use googlenet::{GoogLeNet, GoogLeNetConfig};
pub use inception::{Inception, InceptionConfig};
pub use kind::NetworkKind;
pub use lenet::{LeNet, LeNetConfig};
pub use named::Named;
pub use resnet::{ResNet, ResNetConfig};
pub use settings::NetworkSettings;
pub use small_conv::{SmallConv, SmallConvConfig};
pub use stages::Signal;
pub use vgg::{Vgg, VggConfig};

use burn::{module::Module, tensor::Tensor};
use serde::{Deserialize, Serialize};

use crate::initialise::Initialiser;

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
    /// [`AlexNet`].
    Alexnet(AlexNetConfig),
    /// [`Vgg`].
    Vgg(VggConfig),
    /// [`ResNet`].
    Resnet(ResNetConfig),
    /// [`GoogLeNet`].
    Inception(GoogLeNetConfig),
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
    /// [`AlexNet`].
    Alexnet(AlexNet),
    /// [`Vgg`].
    Vgg(Vgg),
    /// [`ResNet`].
    Resnet(ResNet),
    /// [`GoogLeNet`].
    Inception(GoogLeNet),
}

impl ImageNetworkConfig {
    /// A network of this shape with first weights.
    pub fn init(&self, initialiser: &mut Initialiser) -> ImageNetwork {
        match self {
            Self::FeedForward(config) => ImageNetwork::FeedForward(config.init(initialiser)),
            Self::Lenet(config) => ImageNetwork::Lenet(config.init(initialiser)),
            Self::SmallConv(config) => ImageNetwork::SmallConv(config.init(initialiser)),
            Self::Conv(config) => ImageNetwork::Conv(config.init(initialiser)),
            Self::Alexnet(config) => ImageNetwork::Alexnet(config.init(initialiser)),
            Self::Vgg(config) => ImageNetwork::Vgg(config.init(initialiser)),
            Self::Resnet(config) => ImageNetwork::Resnet(config.init(initialiser)),
            Self::Inception(config) => ImageNetwork::Inception(config.init(initialiser)),
        }
    }
}

impl ImageNetwork {
    /// Logits of a batch of images `[batch, channels, height, width]`.
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        self.forward_from(0, images.into())
    }
}
