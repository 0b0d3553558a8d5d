//! AlexNet: the network that made deep convolutional networks the way to read images.
//!
//! **Source**: Krizhevsky, Sutskever & Hinton 2012, "ImageNet classification with deep
//! convolutional neural networks", in torchvision's form, which is that of Krizhevsky 2014, "One
//! weird trick for parallelizing convolutional neural networks".
//!
//! **Differs from the source**: 2012's network was split over two GPUs, has 96 and 384 filters where this
//! one has 64 and 192, and normalises neighbouring channels. Dropout stands in front of both hidden
//! dense layers, as in torchvision, and is off unless it is set.
//!
//! | layer | output |
//! |---|---|
//! | input | `[batch, channels, 224, 224]` |
//! | conv1: 64 filters of 11×11, stride 4, padding 2, ReLU | `[batch, 64, 55, 55]` |
//! | max pool 3×3, stride 2 | `[batch, 64, 27, 27]` |
//! | conv2: 192 filters of 5×5, padding 2, ReLU | `[batch, 192, 27, 27]` |
//! | max pool 3×3, stride 2 | `[batch, 192, 13, 13]` |
//! | conv3: 384 filters of 3×3, padding 1, ReLU | `[batch, 384, 13, 13]` |
//! | conv4: 256 filters of 3×3, padding 1, ReLU | `[batch, 256, 13, 13]` |
//! | conv5: 256 filters of 3×3, padding 1, ReLU | `[batch, 256, 13, 13]` |
//! | max pool 3×3, stride 2 | `[batch, 256, 6, 6]` |
//! | dropout, dense 9,216 → 4,096, ReLU | `[batch, 4096]` |
//! | dropout, dense 4,096 → 4,096, ReLU | `[batch, 4096]` |
//! | dense 4,096 → outputs | `[batch, outputs]` |

use burn::{
    module::Module,
    nn::{
        Linear,
        pool::{MaxPool2d, MaxPool2dConfig},
    },
    tensor::Tensor,
};
use gapwise_kernels::{Activation as Function, dense, pooling};
use serde::{Deserialize, Serialize};

use crate::{
    initialise::{Followed, Initialiser},
    layers::{Behind, ConvBlock, ConvBlockConfig, Dropout},
};

/// Units of the dense layers, from what the last pooling leaves: 256·6·6 values.
pub(super) const DENSE: [usize; 3] = [9_216, 4_096, 4_096];

/// The sizes of an [`AlexNet`], which reads images of 224×224.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlexNetConfig {
    /// Channels of the image: 1 for grey, 3 for colour.
    pub channels: usize,
    /// Probability that a value in front of a hidden dense layer is dropped in training, in [0, 1).
    pub dropout: f64,
    /// Logits.
    pub outputs: usize,
}

impl AlexNetConfig {
    /// The convolutions, first to last.
    pub(crate) fn convolutions(&self) -> [ConvBlockConfig; 5] {
        [
            ConvBlockConfig::new([self.channels, 64], 11).with_stride(4).with_padding(2),
            ConvBlockConfig::new([64, 192], 5),
            ConvBlockConfig::new([192, 384], 3),
            ConvBlockConfig::new([384, 256], 3),
            ConvBlockConfig::new([256, 256], 3),
        ]
    }

    /// A network of this shape with first weights.
    pub fn init(&self, initialiser: &mut Initialiser) -> AlexNet {
        let [conv1, conv2, conv3, conv4, conv5] =
            self.convolutions().map(|conv| conv.init(initialiser));
        let followed = Followed::By(Behind::default());
        AlexNet {
            conv1,
            conv2,
            conv3,
            conv4,
            conv5,
            pool: MaxPool2dConfig::new([3, 3]).with_strides([2, 2]).init(),
            dropout: Dropout::new(self.dropout),
            dense1: initialiser.linear(DENSE[0], DENSE[1], followed),
            dense2: initialiser.linear(DENSE[1], DENSE[2], followed),
            output: initialiser.linear(DENSE[2], self.outputs, Followed::ByNothing),
        }
    }
}

/// AlexNet as torchvision has it.
#[derive(Module, Debug)]
pub struct AlexNet {
    conv1: ConvBlock,
    conv2: ConvBlock,
    conv3: ConvBlock,
    conv4: ConvBlock,
    conv5: ConvBlock,
    pool: MaxPool2d,
    dropout: Dropout,
    dense1: Linear,
    dense2: Linear,
    output: Linear,
}

impl AlexNet {
    /// Logits of a batch of images `[batch, channels, 224, 224]`.
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        let x = self.conv1.forward(images); // [batch, 64, 55, 55]
        let x = pooling::max(&self.pool, x); // [batch, 64, 27, 27]
        let x = self.conv2.forward(x); // [batch, 192, 27, 27]
        let x = pooling::max(&self.pool, x); // [batch, 192, 13, 13]
        let x = self.conv3.forward(x); // [batch, 384, 13, 13]
        let x = self.conv4.forward(x); // [batch, 256, 13, 13]
        let x = self.conv5.forward(x); // [batch, 256, 13, 13]
        let x = pooling::max(&self.pool, x); // [batch, 256, 6, 6]
        let x = self.dropout.forward(x.flatten(1, 3)); // [batch, 9216]
        let x = dense::forward(&self.dense1, x, Function::Relu); // [batch, 4096]
        let x = self.dropout.forward(x);
        let x = dense::forward(&self.dense2, x, Function::Relu); // [batch, 4096]
        dense::forward(&self.output, x, Function::None) // [batch, outputs]
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    fn alexnet(outputs: usize) -> AlexNet {
        AlexNetConfig { channels: 3, dropout: 0.0, outputs }
            .init(&mut Initialiser::blank(&Device::flex()))
    }

    #[test]
    fn it_has_the_61_100_840_parameters_of_torchvision() {
        // 11·11·3·64 + 64 = 23,296; 5·5·64·192 + 192 = 307,392; 3·3·192·384 + 384 = 663,936;
        // 3·3·384·256 + 256 = 884,992; 3·3·256·256 + 256 = 590,080; 9,216·4,096 + 4,096 = 37,752,832;
        // 4,096·4,096 + 4,096 = 16,781,312; 4,096·1,000 + 1,000 = 4,097,000.
        let convolutions = 23_296 + 307_392 + 663_936 + 884_992 + 590_080;
        let count = convolutions + 37_752_832 + 16_781_312 + 4_097_000;
        assert_eq!(count, 61_100_840);
        assert_eq!(alexnet(1_000).num_params(), count);
    }

    #[test]
    fn shapes_are_those_of_the_table() {
        let network = alexnet(7);
        let images = Tensor::<4>::ones([2, 3, 224, 224], &Device::flex());
        let pool = |x| pooling::max(&network.pool, x);
        let x = network.conv1.forward(images.clone());
        assert_eq!(x.dims(), [2, 64, 55, 55]);
        let x = pool(x);
        assert_eq!(x.dims(), [2, 64, 27, 27]);
        let x = network.conv2.forward(x);
        assert_eq!(x.dims(), [2, 192, 27, 27]);
        let x = pool(x);
        assert_eq!(x.dims(), [2, 192, 13, 13]);
        let x = network.conv3.forward(x);
        assert_eq!(x.dims(), [2, 384, 13, 13]);
        let x = network.conv4.forward(x);
        assert_eq!(x.dims(), [2, 256, 13, 13]);
        let x = network.conv5.forward(x);
        assert_eq!(x.dims(), [2, 256, 13, 13]);
        assert_eq!(pool(x).dims(), [2, 256, 6, 6]);
        assert_eq!(network.forward(images).dims(), [2, 7]);
    }
}
