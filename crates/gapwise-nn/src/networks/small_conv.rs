//! A small convolutional network for images under 20 pixels.
//!
//! **Source**: the shape is ours, from the notes' rule for convolutional networks (height and
//! width shrink with depth, channels grow): LeNet's two 5×5 convolutions without padding would
//! leave nothing of an 8×8 image, so these are 3×3 with "same" padding, and there is one pooling.
//! Batch normalisation stands before or after each activation where it is set, and dropout on the
//! input likewise.
//!
//! **Differs from the source**: the notes draw no such network; there is nothing to differ from.
//!
//! | layer | output for 8×8 |
//! |---|---|
//! | input | `[batch, channels, 8, 8]` |
//! | conv1: 16 filters of 3×3, same, activation | `[batch, 16, 8, 8]` |
//! | conv2: 32 filters of 3×3, same, activation | `[batch, 32, 8, 8]` |
//! | max pool 2×2, stride 2 | `[batch, 32, 4, 4]` |
//! | dense 512 → 64, activation, dropout | `[batch, 64]` |
//! | dense 64 → outputs | `[batch, outputs]` |

use burn::{
    module::Module,
    nn::{Linear, conv::Conv2d, pool::MaxPool2d},
    tensor::Tensor,
};
use gapwise_kernels::{Activation as Function, dense, pooling};
use serde::{Deserialize, Serialize};

use super::{
    NetworkSizes, Signal, SizeCheck, Staged,
    description::{Description, Part, Stage, Windows},
    preset::{Preset, Settable, TrainingDefaults, UsualDropout},
};
use crate::{
    initialise::{Followed, Initialiser},
    layers::{BatchNorm, BatchNormPlace, ConvBlockConfig, Dropout, NormActivation},
};

/// The dense layer holds most of the weights and learns few images by heart: hence its dropout.
pub(super) const PRESETS: &[Preset] = &[Preset {
    settable: Settable::Layers,
    dropout: UsualDropout::Places(&[0.3]),
    batch_norm: BatchNormPlace::Off,
    fixed_batch_norm: false,
    // The pooling needs a window.
    least_side: 2,
    image: [1, 8, 8],
    classes: 10,
    training: TrainingDefaults::CONVOLUTIONAL,
    ..Preset::as_published("small-conv", |request| {
        let [channels, height, width] = request.image;
        let config = SmallConvConfig {
            channels,
            height,
            width,
            norm_activation: request.settings.norm_activation(),
            dropout: request.dropout(0),
            input_dropout: request.settings.input_dropout,
            outputs: request.outputs,
        };
        config.into()
    })
}];

/// Filters of both convolutions.
const FILTERS: [usize; 2] = [16, 32];
/// Units of the hidden dense layer.
const DENSE: usize = 64;

/// The sizes of a [`SmallConv`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SmallConvConfig {
    /// Channels of the image: 1 for grey, 3 for colour.
    pub channels: usize,
    /// Height of the image in pixels, at least 2.
    pub height: usize,
    /// Width of the image in pixels, at least 2.
    pub width: usize,
    /// Batch normalisation and activation of each hidden layer.
    #[serde(rename = "behind")]
    pub norm_activation: NormActivation,
    /// Probability that a unit of the dense layer is dropped in training, in [0, 1).
    pub dropout: f64,
    /// Probability that a pixel is dropped in training, in [0, 1).
    pub input_dropout: f64,
    /// Logits.
    pub outputs: usize,
}

/// Two convolutions, one pooling, two dense layers.
#[derive(Module, Debug)]
pub struct SmallConv {
    input_dropout: Dropout,
    conv1: Conv2d,
    norm1: Option<BatchNorm>,
    conv2: Conv2d,
    norm2: Option<BatchNorm>,
    pool: MaxPool2d,
    dense: Linear,
    norm3: Option<BatchNorm>,
    dropout: Dropout,
    output: Linear,
    #[module(skip)]
    norm_activation: NormActivation,
}

impl SmallConvConfig {
    /// Values that the pooling leaves.
    fn pooled(&self) -> usize {
        (self.height / 2).saturating_mul(self.width / 2).saturating_mul(FILTERS[1])
    }

    fn convolutions(&self) -> [ConvBlockConfig; 2] {
        [[self.channels, FILTERS[0]], FILTERS]
            .map(|channels| ConvBlockConfig::new(channels, 3).followed_by(self.norm_activation))
    }

    /// A network of this shape with initial weights.
    pub fn init(&self, initialiser: &mut Initialiser) -> SmallConv {
        let [conv1, conv2] = self.convolutions();
        let followed = Followed::By(self.norm_activation);
        SmallConv {
            input_dropout: Dropout::new(self.input_dropout),
            conv1: conv1.init_convolution(initialiser),
            norm1: conv1.init_norm(initialiser),
            conv2: conv2.init_convolution(initialiser),
            norm2: conv2.init_norm(initialiser),
            pool: Windows::HALVING.max(),
            dense: initialiser.linear(self.pooled(), DENSE, followed),
            norm3: initialiser.batch_norm(DENSE, self.norm_activation),
            dropout: Dropout::new(self.dropout),
            output: initialiser.linear(DENSE, self.outputs, Followed::ByNothing),
            norm_activation: self.norm_activation,
        }
    }
}

impl NetworkSizes for SmallConvConfig {
    fn description(&self) -> Description {
        let [conv1, conv2] = self.convolutions();
        let dense = Part::dense("dense1", "dense", DENSE, self.norm_activation);
        Description {
            input: [self.channels, self.height, self.width],
            stages: vec![
                Stage::new("conv1", vec![Part::convolution("conv1", ["conv1", "norm1"], conv1)]),
                Stage::new(
                    "conv2",
                    vec![
                        Part::convolution("conv2", ["conv2", "norm2"], conv2),
                        Part::max_pool(Windows::HALVING),
                    ],
                ),
                Stage::new("dense1", vec![dense.with_norm_at("norm3")]),
            ],
            head: vec![Part::output("output", self.outputs)],
        }
    }

    fn check(&self) -> SizeCheck {
        SizeCheck {
            dropouts: vec![self.dropout, self.input_dropout],
            // The dense layer is the largest.
            largest: self.pooled().saturating_mul(DENSE),
            ..SizeCheck::of_image([self.channels, self.height, self.width], self.outputs)
        }
    }
}

impl SmallConv {
    /// Logits of a batch of images `[batch, channels, height, width]`.
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        self.forward_from(0, images.into())
    }
}

impl Staged for SmallConv {
    fn stages(&self) -> usize {
        3
    }

    fn stage(&self, at: usize, x: Signal) -> Signal {
        match at {
            0 => {
                let x = self.input_dropout.forward(x.images());
                self.norm_activation.convolved((&self.conv1, self.norm1.as_ref()), x).into() // [batch, 16, height, width]
            }
            1 => {
                let (conv, norm) = (&self.conv2, self.norm2.as_ref());
                let x = self.norm_activation.convolved((conv, norm), x.images()); // [batch, 32, height, width]
                pooling::max(&self.pool, x).into() // [batch, 32, height / 2, width / 2]
            }
            2 => {
                let x = x.units(); // [batch, 32 · height / 2 · width / 2]
                self.norm_activation.dense(&self.dense, x, self.norm3.as_ref()).into() // [batch, 64]
            }
            _ => {
                let x = self.dropout.forward(x.units());
                dense::forward(&self.output, x, Function::None).into() // [batch, outputs]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    fn config([channels, height, width]: [usize; 3], outputs: usize) -> SmallConvConfig {
        let (norm_activation, dropout, input_dropout) = (NormActivation::default(), 0.0, 0.0);
        SmallConvConfig {
            channels,
            height,
            width,
            norm_activation,
            dropout,
            input_dropout,
            outputs,
        }
    }

    #[test]
    fn it_has_the_shapes_and_the_38_282_parameters_of_its_table() {
        let device = Device::flex();
        let config = config([1, 8, 8], 10);
        let network = config.init(&mut Initialiser::new(1, &device));
        // conv1 9·16 + 16 = 160; conv2 9·16·32 + 32 = 4,640; dense 512·64 + 64 = 32,832;
        // 64·10 + 10 = 650.
        assert_eq!(network.num_params(), 160 + 4_640 + 32_832 + 650);
        let x = network.conv1.forward(Tensor::ones([3, 1, 8, 8], &device));
        assert_eq!(x.dims(), [3, 16, 8, 8]);
        let x = network.pool.forward(network.conv2.forward(x));
        assert_eq!(x.dims(), [3, 32, 4, 4]);
        assert_eq!(network.forward(Tensor::ones([3, 1, 8, 8], &device)).dims(), [3, 10]);
    }

    #[test]
    fn odd_sides_lose_their_last_pixel_to_pooling() {
        let device = Device::flex();
        let config = config([3, 9, 13], 2);
        let network = config.init(&mut Initialiser::new(1, &device));
        assert_eq!(network.forward(Tensor::ones([1, 3, 9, 13], &device)).dims(), [1, 2]);
    }
}
