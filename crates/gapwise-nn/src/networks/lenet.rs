//! LeNet: the first of the convolutional networks, about 60,000 parameters.
//!
//! **Source**: LeCun, Bottou, Bengio & Haffner 1998, "Gradient-based learning applied to document
//! recognition", in the form that the notes draw: two convolutions of 5×5, each followed by
//! average pooling of 2×2, then dense layers of 120, 84 and one unit per class.
//!
//! **Differs from the source**: as in the notes, every filter of the second convolution sees all
//! six channels (the paper leaves some out), pooling has no weights, ReLU, or what is set, stands
//! where the paper has tanh, and the output is a dense layer of logits (the paper's is a radial
//! basis). Dropout stands behind the two hidden dense layers and in front of the first convolution,
//! batch normalisation before or after each activation; all are off unless they are set. Images of 28×28 are padded by 2 on
//! each side, which makes them the paper's 32×32. One field stands for both
//! poolings, which have no weights.
//!
//! | layer | output |
//! |---|---|
//! | input | `[batch, channels, 32, 32]`, or `[batch, channels, 28, 28]` padded |
//! | conv1: 6 filters of 5×5, activation | `[batch, 6, 28, 28]` |
//! | average pool 2×2, stride 2 | `[batch, 6, 14, 14]` |
//! | conv2: 16 filters of 5×5, activation | `[batch, 16, 10, 10]` |
//! | average pool 2×2, stride 2 | `[batch, 16, 5, 5]` |
//! | dense 400 → 120, activation, dropout | `[batch, 120]` |
//! | dense 120 → 84, activation, dropout | `[batch, 84]` |
//! | dense 84 → outputs | `[batch, outputs]` |

use burn::{
    module::Module,
    nn::{Linear, conv::Conv2d, pool::AvgPool2d},
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

pub(super) const PRESETS: &[Preset] = &[Preset {
    settable: Settable::Layers,
    dropout: UsualDropout::Places(&[0.0; 2]),
    batch_norm: BatchNormPlace::Off,
    fixed_batch_norm: false,
    sides: |[height, width]| [LeNetSide::suiting(height, width).pixels(); 2],
    image: [1, 28, 28],
    classes: 10,
    training: TrainingDefaults::CONVOLUTIONAL,
    ..Preset::as_published("lenet", |request| {
        let [channels, height, width] = request.image;
        let config = LeNetConfig {
            channels,
            side: LeNetSide::suiting(height, width),
            norm_activation: request.settings.norm_activation(),
            dropout: [0, 1].map(|at| request.dropout(at)),
            input_dropout: request.settings.input_dropout,
            outputs: request.outputs,
        };
        config.into()
    })
}];

/// Filters of both convolutions.
const FILTERS: [usize; 2] = [6, 16];
/// Units of both hidden dense layers.
const DENSE: [usize; 2] = [120, 84];

/// The sizes of a [`LeNet`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeNetConfig {
    /// Channels of the image: 1 for grey, 3 for colour.
    pub channels: usize,
    /// Height and width of the image in pixels.
    pub side: LeNetSide,
    /// Batch normalisation and activation of each hidden layer.
    #[serde(rename = "behind")]
    pub norm_activation: NormActivation,
    /// Probability that a unit is dropped in training, in [0, 1), for both hidden dense layers.
    pub dropout: [f64; 2],
    /// Probability that a pixel is dropped in training, in [0, 1).
    pub input_dropout: f64,
    /// Logits.
    pub outputs: usize,
}

/// The image sizes that LeNet reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeNetSide {
    /// 28×28, padded to 32×32.
    Padded28,
    /// 32×32.
    Whole32,
}

impl LeNetSide {
    /// The side that suits an image: 28 where it is just that, else 32, to which the image is
    /// resized.
    pub fn suiting(height: usize, width: usize) -> Self {
        if (height, width) == (28, 28) { LeNetSide::Padded28 } else { LeNetSide::Whole32 }
    }

    /// Pixels of a side, before padding.
    pub fn pixels(self) -> usize {
        match self {
            LeNetSide::Padded28 => 28,
            LeNetSide::Whole32 => 32,
        }
    }

    fn padding(self) -> usize {
        match self {
            LeNetSide::Padded28 => 2,
            LeNetSide::Whole32 => 0,
        }
    }
}

/// LeNet as the notes draw it.
#[derive(Module, Debug)]
pub struct LeNet {
    input_dropout: Dropout,
    conv1: Conv2d,
    norm1: Option<BatchNorm>,
    conv2: Conv2d,
    norm2: Option<BatchNorm>,
    pool: AvgPool2d,
    dense1: Linear,
    norm3: Option<BatchNorm>,
    dropout1: Dropout,
    dense2: Linear,
    norm4: Option<BatchNorm>,
    dropout2: Dropout,
    output: Linear,
    #[module(skip)]
    norm_activation: NormActivation,
}

impl LeNetConfig {
    fn convolutions(&self) -> [ConvBlockConfig; 2] {
        let conv1 = ConvBlockConfig::new([self.channels, FILTERS[0]], 5);
        let conv2 = ConvBlockConfig::new(FILTERS, 5).with_padding(0);
        [conv1.with_padding(self.side.padding()), conv2]
            .map(|conv| conv.followed_by(self.norm_activation))
    }

    /// A network of this shape with initial weights.
    pub fn init(&self, initialiser: &mut Initialiser) -> LeNet {
        let [conv1, conv2] = self.convolutions();
        let followed = Followed::By(self.norm_activation);
        LeNet {
            input_dropout: Dropout::new(self.input_dropout),
            conv1: conv1.init_convolution(initialiser),
            norm1: conv1.init_norm(initialiser),
            conv2: conv2.init_convolution(initialiser),
            norm2: conv2.init_norm(initialiser),
            pool: Windows::HALVING.average(),
            dense1: initialiser.linear(FILTERS[1] * 5 * 5, DENSE[0], followed),
            norm3: initialiser.batch_norm(DENSE[0], self.norm_activation),
            dropout1: Dropout::new(self.dropout[0]),
            dense2: initialiser.linear(DENSE[0], DENSE[1], followed),
            norm4: initialiser.batch_norm(DENSE[1], self.norm_activation),
            dropout2: Dropout::new(self.dropout[1]),
            output: initialiser.linear(DENSE[1], self.outputs, Followed::ByNothing),
            norm_activation: self.norm_activation,
        }
    }
}

impl NetworkSizes for LeNetConfig {
    fn description(&self) -> Description {
        let [conv1, conv2] = self.convolutions();
        let dense = |name: &str, units, norm: &str| {
            Part::dense(name, name, units, self.norm_activation).with_norm_at(norm)
        };
        let stage = |name: &str, parts| Stage::new(name, parts);
        let side = self.side.pixels();
        Description {
            input: [self.channels, side, side],
            stages: vec![
                stage(
                    "conv1",
                    vec![
                        Part::convolution("conv1", ["conv1", "norm1"], conv1),
                        Part::average_pool(Windows::HALVING),
                    ],
                ),
                stage(
                    "conv2",
                    vec![
                        Part::convolution("conv2", ["conv2", "norm2"], conv2),
                        Part::average_pool(Windows::HALVING),
                    ],
                ),
                stage("dense1", vec![dense("dense1", DENSE[0], "norm3")]),
                stage("dense2", vec![dense("dense2", DENSE[1], "norm4")]),
            ],
            head: vec![Part::output("output", self.outputs)],
        }
    }

    fn check(&self) -> SizeCheck {
        let [first, second] = self.dropout;
        let side = self.side.pixels();
        SizeCheck {
            dropouts: vec![first, second, self.input_dropout],
            largest: self.outputs.max(self.channels),
            ..SizeCheck::of_image([self.channels, side, side], self.outputs)
        }
    }
}

impl LeNet {
    /// Logits of a batch of images `[batch, channels, side, side]`.
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        self.forward_from(0, images.into())
    }
}

impl Staged for LeNet {
    fn stages(&self) -> usize {
        4
    }

    fn stage(&self, at: usize, x: Signal) -> Signal {
        match at {
            0 => {
                let x = self.input_dropout.forward(x.images());
                let x = self.norm_activation.convolved((&self.conv1, self.norm1.as_ref()), x); // [batch, 6, 28, 28]
                pooling::average(&self.pool, x).into() // [batch, 6, 14, 14]
            }
            1 => {
                let (conv, norm) = (&self.conv2, self.norm2.as_ref());
                let x = self.norm_activation.convolved((conv, norm), x.images()); // [batch, 16, 10, 10]
                pooling::average(&self.pool, x).into() // [batch, 16, 5, 5]
            }
            2 => {
                let x = x.units(); // [batch, 400]
                self.norm_activation.dense(&self.dense1, x, self.norm3.as_ref()).into() // [batch, 120]
            }
            3 => {
                let x = self.dropout1.forward(x.units());
                self.norm_activation.dense(&self.dense2, x, self.norm4.as_ref()).into() // [batch, 84]
            }
            _ => {
                let x = self.dropout2.forward(x.units());
                dense::forward(&self.output, x, Function::None).into() // [batch, outputs]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    fn lenet(side: LeNetSide) -> LeNet {
        let (norm_activation, dropout, input_dropout) = (NormActivation::default(), [0.0; 2], 0.0);
        LeNetConfig { channels: 1, side, norm_activation, dropout, input_dropout, outputs: 10 }
            .init(&mut Initialiser::new(1, &Device::flex()))
    }

    #[test]
    fn it_has_the_61_706_parameters_of_its_table() {
        // conv1 5·5·1·6 + 6 = 156; conv2 5·5·6·16 + 16 = 2,416; dense 400·120 + 120 = 48,120;
        // 120·84 + 84 = 10,164; 84·10 + 10 = 850.
        assert_eq!(lenet(LeNetSide::Whole32).num_params(), 156 + 2_416 + 48_120 + 10_164 + 850);
    }

    #[test]
    fn shapes_are_those_of_the_table() {
        for side in [LeNetSide::Padded28, LeNetSide::Whole32] {
            let network = lenet(side);
            let images = Tensor::<4>::ones([2, 1, side.pixels(), side.pixels()], &Device::flex());
            let x = network.conv1.forward(images.clone());
            assert_eq!(x.dims(), [2, 6, 28, 28]);
            let x = network.pool.forward(x);
            assert_eq!(x.dims(), [2, 6, 14, 14]);
            let x = network.conv2.forward(x);
            assert_eq!(x.dims(), [2, 16, 10, 10]);
            assert_eq!(network.pool.forward(x).dims(), [2, 16, 5, 5]);
            assert_eq!(network.forward(images).dims(), [2, 10]);
        }
    }
}
