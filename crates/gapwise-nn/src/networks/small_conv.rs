//! A small convolutional network for images under 20 pixels.
//!
//! **Source**: the shape is ours, from the notes' rule for convolutional networks (height and
//! width shrink with depth, channels grow): LeNet's two 5×5 convolutions without padding would
//! leave nothing of an 8×8 image, so these are 3×3 with "same" padding, and there is one pooling.
//!
//! **Differs from the source**: the notes draw no such network; there is nothing to differ from.
//!
//! | layer | output for 8×8 |
//! |---|---|
//! | input | `[batch, channels, 8, 8]` |
//! | conv1: 16 filters of 3×3, same, ReLU | `[batch, 16, 8, 8]` |
//! | conv2: 32 filters of 3×3, same, ReLU | `[batch, 32, 8, 8]` |
//! | max pool 2×2, stride 2 | `[batch, 32, 4, 4]` |
//! | dense 512 → 64, ReLU, dropout | `[batch, 64]` |
//! | dense 64 → outputs | `[batch, outputs]` |

use burn::{
    module::Module,
    nn::{
        Dropout, DropoutConfig, Linear, PaddingConfig2d,
        conv::{Conv2d, Conv2dConfig},
        pool::{MaxPool2d, MaxPool2dConfig},
    },
    tensor::{Tensor, activation::relu},
};
use serde::{Deserialize, Serialize};

use crate::initialise::{Followed, Initialiser};

const FILTERS: [usize; 2] = [16, 32];
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
    /// Probability that a unit of the dense layer is dropped in training, in [0, 1).
    pub dropout: f64,
    /// Logits.
    pub outputs: usize,
}

/// Two convolutions, one pooling, two dense layers.
#[derive(Module, Debug)]
pub struct SmallConv {
    conv1: Conv2d,
    conv2: Conv2d,
    pool: MaxPool2d,
    dense: Linear,
    dropout: Dropout,
    output: Linear,
}

impl SmallConvConfig {
    /// Values that the pooling leaves.
    fn pooled(&self) -> usize {
        (self.height / 2).saturating_mul(self.width / 2).saturating_mul(FILTERS[1])
    }

    /// Weights of the dense layer, which is the largest.
    pub(crate) fn dense_weights(&self) -> usize {
        self.pooled().saturating_mul(DENSE)
    }

    /// A network of this shape with first weights.
    pub fn init(&self, initialiser: &mut Initialiser) -> SmallConv {
        let conv = |channels: [usize; 2]| {
            Conv2dConfig::new(channels, [3, 3]).with_padding(PaddingConfig2d::Same)
        };
        SmallConv {
            conv1: initialiser.conv2d(&conv([self.channels, FILTERS[0]]), Followed::ByRelu),
            conv2: initialiser.conv2d(&conv(FILTERS), Followed::ByRelu),
            pool: MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init(),
            dense: initialiser.linear(self.pooled(), DENSE, Followed::ByRelu),
            dropout: DropoutConfig::new(self.dropout).init(),
            output: initialiser.linear(DENSE, self.outputs, Followed::ByNothing),
        }
    }
}

impl SmallConv {
    /// Logits of a batch of images `[batch, channels, height, width]`.
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        let x = relu(self.conv1.forward(images)); // [batch, 16, height, width]
        let x = relu(self.conv2.forward(x)); // [batch, 32, height, width]
        let x = self.pool.forward(x); // [batch, 32, height / 2, width / 2]
        let x = x.flatten(1, 3); // [batch, 32 · height / 2 · width / 2]
        let x = self.dropout.forward(relu(self.dense.forward(x))); // [batch, 64]
        self.output.forward(x) // [batch, outputs]
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    #[test]
    fn it_has_the_shapes_and_the_38_282_parameters_of_its_table() {
        let device = Device::flex();
        let config =
            SmallConvConfig { channels: 1, height: 8, width: 8, dropout: 0.0, outputs: 10 };
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
        let config =
            SmallConvConfig { channels: 3, height: 9, width: 13, dropout: 0.0, outputs: 2 };
        let network = config.init(&mut Initialiser::new(1, &device));
        assert_eq!(network.forward(Tensor::ones([1, 3, 9, 13], &device)).dims(), [1, 2]);
    }
}
