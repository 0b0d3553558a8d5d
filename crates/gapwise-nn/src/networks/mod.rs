//! The networks, one file each, and one line each in `networks!`.
//!
//! A network's file has its sizes, `init` and `forward`, and one description of its parts
//! (`description.rs`). From that follow the table of layers and what they cost (`layers.rs`), the stages
//! (`stages.rs`), torchvision's names (`torchvision.rs`) and the ONNX graph (`export/onnx/`).
//!
//! Every network's `forward` returns logits of the shape `[batch, outputs]`: one per class for
//! classification, a single standardised number for regression.

pub mod alexnet;
pub mod conv;
pub(crate) mod description;
pub mod feed_forward;
pub mod googlenet;
pub mod inception;
mod kind;
pub mod layers;
pub mod lenet;
mod multiply_adds;
pub(crate) mod preset;
pub mod resnet;
mod settings;
mod size_check;
pub mod small_conv;
pub mod stages;
mod torchvision;
pub mod vgg;

pub use inception::{Inception, InceptionConfig};
pub use kind::NetworkKind;
pub use preset::{Settable, TrainingDefaults};
pub use settings::NetworkSettings;
pub(crate) use size_check::{Reads, SizeCheck};
pub use stages::Signal;

use std::fmt;

use burn::{module::Module, tensor::Tensor};
use serde::{Deserialize, Serialize};

use crate::initialise::Initialiser;
use description::Description;
use preset::Preset;

/// The networks that read images: a name, its module, and there the network and its sizes. The name
/// is `kind` in a record, in lower case with hyphens.
macro_rules! networks {
    ($($(#[$doc:meta])* $kind:ident => $module:ident::{$network:ident, $sizes:ident},)*) => {
        $(pub use $module::{$network, $sizes};)*

        /// The networks that go by a name, by module, in the order in which they are listed.
        const PRESETS: &[&[Preset]] = &[$($module::PRESETS,)*];

        /// Which network reads images, with its sizes.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case", tag = "kind")]
        pub enum ImageNetworkConfig {
            $($(#[$doc])* $kind($sizes),)*
        }

        /// A network that reads images `[batch, channels, height, width]`.
        #[derive(Module, Debug)]
        // One network is made per run; boxing it would serve nothing.
        #[allow(clippy::large_enum_variant)]
        pub enum ImageNetwork {
            $($(#[$doc])* $kind($network),)*
        }

        $(impl From<$sizes> for ImageNetworkConfig {
            fn from(sizes: $sizes) -> Self {
                Self::$kind(sizes)
            }
        })*

        impl ImageNetworkConfig {
            /// A network of this shape with initial weights.
            pub fn init(&self, initialiser: &mut Initialiser) -> ImageNetwork {
                match self {
                    $(Self::$kind(sizes) => ImageNetwork::$kind(sizes.init(initialiser)),)*
                }
            }

            pub(crate) fn sizes(&self) -> &dyn NetworkSizes {
                match self {
                    $(Self::$kind(sizes) => sizes,)*
                }
            }
        }

        impl ImageNetwork {
            fn network(&self) -> &dyn Staged {
                match self {
                    $(Self::$kind(network) => network,)*
                }
            }
        }
    };
}

networks! {
    /// Dense layers over all pixels; without hidden layers, the linear baseline.
    FeedForward => feed_forward::{FeedForward, FeedForwardConfig},
    /// [`LeNet`].
    Lenet => lenet::{LeNet, LeNetConfig},
    /// [`SmallConv`].
    SmallConv => small_conv::{SmallConv, SmallConvConfig},
    /// [`Conv`].
    Conv => conv::{Conv, ConvConfig},
    /// [`AlexNet`].
    Alexnet => alexnet::{AlexNet, AlexNetConfig},
    /// [`Vgg`].
    Vgg => vgg::{Vgg, VggConfig},
    /// [`ResNet`].
    Resnet => resnet::{ResNet, ResNetConfig},
    /// [`GoogLeNet`].
    Inception => googlenet::{GoogLeNet, GoogLeNetConfig},
}

/// What the sizes of a network tell of it.
pub(crate) trait NetworkSizes: fmt::Debug {
    /// What it is made of.
    fn description(&self) -> Description;

    /// What a record of it must not contradict.
    fn check(&self) -> SizeCheck;

    /// How it differs from torchvision's network of the same names, a sentence each.
    fn differs_from_torchvision(&self) -> Vec<String> {
        self.description().other_channels().into_iter().collect()
    }
}

/// A network as a row of stages with a head behind: those of its [`Description`].
pub(crate) trait Staged {
    /// Stages in front of the head.
    fn stages(&self) -> usize;

    /// What stage `at` makes of `x`; behind the last one stands the head.
    fn stage(&self, at: usize, x: Signal) -> Signal;

    /// Logits `[batch, outputs]` of what has left the first `stages` stages.
    fn forward_from(&self, stages: usize, x: Signal) -> Tensor<2> {
        (stages..=self.stages()).fold(x, |x, at| self.stage(at, x)).units()
    }

    /// The same, and the logits of branches that learn along in training, each with what its loss
    /// counts. Those of the first `stages` stages are left out.
    fn forward_with_sides(&self, stages: usize, x: Signal) -> (Tensor<2>, Vec<(Tensor<2>, f64)>) {
        (self.forward_from(stages, x), Vec::new())
    }
}

impl ImageNetwork {
    /// Logits of a batch of images `[batch, channels, height, width]`.
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        self.forward_from(0, images.into())
    }
}
