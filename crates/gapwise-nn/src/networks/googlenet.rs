//! GoogLeNet: nine inception modules, and two side branches that learn along in training.
//!
//! **Source**: Szegedy et al. 2015, "Going deeper with convolutions", table 1 and section 5, in
//! torchvision's form.
//!
//! **Differs from the source**: as torchvision's, with batch normalisation (ε = 1e-3) behind each
//! convolution and none of responses, kernels of 3×3 where the paper has 5×5, and means over windows
//! that share pixels in front of the side branches where the paper has 5×5 with stride 3. Dropout is
//! off unless it is set; in the paper it is 0.4 in front of the output and 0.7 in the side branches.
//!
//! | layer | output |
//! |---|---|
//! | input | `[batch, channels, 224, 224]` |
//! | conv 64 of 7×7, stride 2 | `[batch, 64, 112, 112]` |
//! | max pool 3×3, stride 2 | `[batch, 64, 56, 56]` |
//! | conv 64 of 1×1, conv 192 of 3×3 | `[batch, 192, 56, 56]` |
//! | max pool 3×3, stride 2 | `[batch, 192, 28, 28]` |
//! | modules 3a, 3b | `[batch, 480, 28, 28]` |
//! | max pool 3×3, stride 2 | `[batch, 480, 14, 14]` |
//! | modules 4a to 4e; side branches behind 4a and 4d | `[batch, 832, 14, 14]` |
//! | max pool 2×2, stride 2 | `[batch, 832, 7, 7]` |
//! | modules 5a, 5b | `[batch, 1024, 7, 7]` |
//! | mean of each channel, dropout | `[batch, 1024]` |
//! | dense 1,024 → outputs | `[batch, outputs]` |
//!
//! Poolings count a last window that is not whole; images need 15 pixels of a side for each to be
//! there. A side branch:
//!
//! | layer | output |
//! |---|---|
//! | means over 4×4 windows of the image | `[batch, filters, 4, 4]` |
//! | conv 128 of 1×1 | `[batch, 128, 4, 4]` |
//! | dense 2,048 → 1,024, ReLU, dropout | `[batch, 1024]` |
//! | dense 1,024 → outputs | `[batch, outputs]` |

use burn::{
    module::Module,
    nn::{Linear, pool::MaxPool2d},
    tensor::{Tensor, module::adaptive_avg_pool2d},
};
use gapwise_kernels::{Activation as Function, dense, fork, pooling};
use serde::{Deserialize, Serialize};

use super::{
    ImageNetworkConfig, Inception, InceptionConfig, NetworkSizes, Signal, SizeCheck, Staged,
    description::{self, Description, Part, Stage, Windows},
    preset::{NetworkRequest, Preset, UsualDropout},
};
use crate::{
    initialise::{Followed, Initialiser},
    layers::{ConvBlock, ConvBlockConfig, Dropout, NormActivation},
};

pub(super) const PRESETS: &[Preset] = &[
    Preset {
        dropout: UsualDropout::Places(&[0.2, 0.7]),
        ..preset("inception", |request| GoogLeNetConfig::for_request(true, request))
    },
    Preset {
        dropout: UsualDropout::Places(&[0.2]),
        ..preset("inception-no-sides", |request| GoogLeNetConfig::for_request(false, request))
    },
];

const fn preset(
    name: &'static str,
    sizes: fn(&NetworkRequest<'_>) -> ImageNetworkConfig,
) -> Preset {
    Preset {
        sides: |[height, width]| match height.min(width) {
            LEAST.. => [height, width],
            _ => [LEAST; 2],
        },
        ..Preset::as_published(name, sizes)
    }
}

/// Pixels of a side at least: each pooling needs a window.
const LEAST: usize = 15;

/// Filters of the modules' branches: 1×1; to and of 3×3; to and of 5×5; of the pooled. A `true` ends
/// the group, behind which a pooling stands.
const MODULES: [([usize; 6], bool); 9] = [
    ([64, 96, 128, 16, 32, 32], false),
    ([128, 128, 192, 32, 96, 64], true),
    ([192, 96, 208, 16, 48, 64], false),
    ([160, 112, 224, 24, 64, 64], false),
    ([128, 128, 256, 24, 64, 64], false),
    ([112, 144, 288, 32, 64, 64], false),
    ([256, 160, 320, 32, 128, 128], true),
    ([256, 160, 320, 32, 128, 128], false),
    ([384, 192, 384, 48, 128, 128], false),
];
/// The modules that a side branch stands behind: 4a and 4d.
const SIDES_BEHIND: [usize; 2] = [2, 5];
/// What the modules are called in the paper's table.
const NAMES: [&str; 9] = ["3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"];
/// What a side branch's loss counts in training.
const SIDE_WEIGHT: f64 = 0.3;
/// Windows of a side of a side branch, its filters, and the units of its hidden layer.
const SIDE: [usize; 3] = [4, 128, 1_024];
/// Added to the variance by batch normalisation.
const EPSILON: f64 = 1e-3;
/// A pooling; a pixel of padding behind stands for the last window that is not whole.
const POOL: Windows = Windows::new(3, 2).padded([0, 1]);
/// That behind 4e.
const LAST_POOL: Windows = Windows::new(2, 2).padded([0, 1]);

/// The stage that side branch `side` stands behind; the convolutions in front are three.
fn side_behind(side: usize) -> Option<usize> {
    SIDES_BEHIND.get(side).map(|module| 3 + module)
}

/// The sizes of a [`GoogLeNet`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GoogLeNetConfig {
    /// Channels of the image: 1 for grey, 3 for colour.
    pub channels: usize,
    /// Height and width of the image in pixels, at least 1 each.
    pub sides: [usize; 2],
    /// Whether there are side branches.
    pub side_branches: bool,
    /// Probability that a unit is dropped in training, in [0, 1): in front of the output, and in the
    /// side branches.
    pub dropout: [f64; 2],
    /// Logits.
    pub outputs: usize,
}

impl GoogLeNetConfig {
    fn for_request(side_branches: bool, request: &NetworkRequest<'_>) -> ImageNetworkConfig {
        let [channels, height, width] = request.image;
        let dropout = [0, 1].map(|at| request.dropout(at));
        let (sides, outputs) = ([height, width], request.outputs);
        GoogLeNetConfig { channels, sides, side_branches, dropout, outputs }.into()
    }

    /// The convolutions in front of the modules.
    fn stem(&self) -> [ConvBlockConfig; 3] {
        let conv = |channels, kernel| ConvBlockConfig {
            epsilon: EPSILON,
            ..ConvBlockConfig::new(channels, kernel).with_batch_norm()
        };
        [conv([self.channels, 64], 7).with_stride(2), conv([64, 64], 1), conv([64, 192], 3)]
    }

    /// The modules, and whether a pooling stands behind each.
    fn modules(&self) -> Vec<(InceptionConfig, bool)> {
        let mut channels = 192;
        let module =
            |&([one, to_three, three, to_five, five, pooled], ends): &([usize; 6], bool)| {
                let config = InceptionConfig {
                    channels,
                    one,
                    three: [to_three, three],
                    five: [to_five, five],
                    pooled,
                    wide_kernel: 3,
                    batch_norm: Some(EPSILON),
                };
                channels = config.outputs();
                (config, ends)
            };
        MODULES.iter().map(module).collect()
    }

    /// Channels behind the last module.
    fn features(&self) -> usize {
        self.modules().last().map_or(0, |(module, _)| module.outputs())
    }

    fn side_convolution(&self, channels: usize) -> ConvBlockConfig {
        let conv = ConvBlockConfig::new([channels, SIDE[1]], 1).with_batch_norm();
        ConvBlockConfig { epsilon: EPSILON, ..conv }
    }

    fn side(&self, channels: usize, initialiser: &mut Initialiser) -> SideBranch {
        let [windows, filters, hidden] = SIDE;
        let values = filters * windows * windows;
        SideBranch {
            conv: self.side_convolution(channels).init(initialiser),
            hidden: initialiser.linear(values, hidden, Followed::By(NormActivation::default())),
            dropout: Dropout::new(self.dropout[1]),
            output: initialiser.linear(hidden, self.outputs, Followed::ByNothing),
        }
    }

    /// A network of this shape with initial weights.
    pub fn init(&self, initialiser: &mut Initialiser) -> GoogLeNet {
        let [conv1, conv2, conv3] = self.stem().map(|conv| conv.init(initialiser));
        let modules = self.modules();
        GoogLeNet {
            conv1,
            conv2,
            conv3,
            modules: modules.iter().map(|(module, _)| module.init(initialiser)).collect(),
            pool: POOL.max(),
            last_pool: LAST_POOL.max(),
            dropout: Dropout::new(self.dropout[0]),
            output: initialiser.linear(self.features(), self.outputs, Followed::ByNothing),
            sides: SIDES_BEHIND[..if self.side_branches { 2 } else { 0 }]
                .iter()
                .map(|&module| self.side(modules[module].0.outputs(), initialiser))
                .collect(),
        }
    }
}

/// GoogLeNet as torchvision has it.
#[derive(Module, Debug)]
pub struct GoogLeNet {
    conv1: ConvBlock,
    conv2: ConvBlock,
    conv3: ConvBlock,
    modules: Vec<Inception>,
    pool: MaxPool2d,
    last_pool: MaxPool2d,
    dropout: Dropout,
    output: Linear,
    /// Behind 4a and 4d.
    sides: Vec<SideBranch>,
}

impl NetworkSizes for GoogLeNetConfig {
    fn description(&self) -> Description {
        let [conv1, conv2, conv3] = self.stem();
        let conv = |name: &str, sizes| {
            Part::conv_block(name, name, sizes)
                .by_torchvision(&format!("{name}.conv"))
                .norm_by_torchvision(&format!("{name}.bn"))
        };
        let mut stages = vec![
            Stage::new("conv1", vec![conv("conv1", conv1), Part::max_pool(POOL)]),
            Stage::new("conv2", vec![conv("conv2", conv2)]),
            Stage::new("conv3", vec![conv("conv3", conv3), Part::max_pool(POOL)]),
        ];
        let mut pools = [POOL, LAST_POOL].into_iter();
        for (at, (module, ends)) in self.modules().into_iter().enumerate() {
            let mut parts = vec![module.part(NAMES[at], &format!("modules.{at}"))];
            if ends {
                parts.extend(pools.next().map(Part::max_pool));
            }
            let side = SIDES_BEHIND.iter().position(|&behind| behind == at);
            let side = side.filter(|_| self.side_branches);
            let side_branch = side.map(|side| self.side_branch(side, module.outputs()));
            stages.push(Stage { side_branch, ..Stage::new(NAMES[at], parts) });
        }
        let output = Part::output("output", self.outputs).by_torchvision("fc");
        let [height, width] = self.sides;
        let head = vec![Part::global_mean(), output];
        Description { input: [self.channels, height, width], stages, head }
    }

    fn check(&self) -> SizeCheck {
        let [height, width] = self.sides;
        SizeCheck {
            dropouts: self.dropout.to_vec(),
            // Its poolings leave nothing of fewer pixels.
            units: vec![height.min(width) / LEAST],
            largest: self.outputs.max(self.channels).saturating_mul(64),
            ..SizeCheck::of_image([self.channels, height, width], self.outputs)
        }
    }
}

impl GoogLeNetConfig {
    /// Side branch `side`, from 0, which reads so many channels.
    fn side_branch(&self, side: usize, channels: usize) -> description::SideBranch {
        let [windows, _, units] = SIDE;
        let [path, theirs] = [format!("sides.{side}"), format!("aux{}", side + 1)];
        let conv = self.side_convolution(channels);
        let parts = vec![
            Part::conv_block("conv", &format!("{path}.conv"), conv)
                .by_torchvision(&format!("{theirs}.conv.conv"))
                .norm_by_torchvision(&format!("{theirs}.conv.bn")),
            Part::dense("dense1", &format!("{path}.hidden"), units, NormActivation::default())
                .by_torchvision(&format!("{theirs}.fc1")),
            Part::output(&format!("{path}.output"), self.outputs)
                .by_torchvision(&format!("{theirs}.fc2")),
        ];
        description::SideBranch { windows, parts }
    }
}

impl GoogLeNet {
    /// Logits of a batch of images `[batch, channels, height, width]`.
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        self.forward_from(0, images.into())
    }

    /// What a pooling leaves of a module's answers, where one stands behind it: of 3b
    /// `[batch, 480, 14, 14]`, of 4e `[batch, 832, 7, 7]`.
    fn pooled(&self, module: usize, x: Tensor<4>) -> Tensor<4> {
        match MODULES[module].1 {
            false => x,
            true if module < SIDES_BEHIND[0] => pooling::max(&self.pool, x),
            true => pooling::max(&self.last_pool, x),
        }
    }
}

impl Staged for GoogLeNet {
    /// The convolutions in front and the modules.
    fn stages(&self) -> usize {
        3 + self.modules.len()
    }

    fn forward_with_sides(&self, stages: usize, x: Signal) -> (Tensor<2>, Vec<(Tensor<2>, f64)>) {
        let (mut x, mut sides) = (x, Vec::new());
        for at in stages..=self.stages() {
            x = self.stage(at, x);
            let side = (0..self.sides.len()).find(|&side| side_behind(side) == Some(at));
            if let Some(side) = side {
                let [on, aside] = fork::images(x.images());
                sides.push((self.sides[side].forward(aside), SIDE_WEIGHT));
                x = on.into();
            }
        }
        (x.units(), sides)
    }

    fn stage(&self, at: usize, x: Signal) -> Signal {
        let x = x.images();
        match at {
            0 => pooling::max(&self.pool, self.conv1.forward(x)).into(), // [batch, 64, 56, 56]
            1 => self.conv2.forward(x).into(),                           // [batch, 64, 56, 56]
            2 => pooling::max(&self.pool, self.conv3.forward(x)).into(), // [batch, 192, 28, 28]
            _ => match self.modules.get(at - 3) {
                Some(module) => self.pooled(at - 3, module.forward(x)).into(),
                None => {
                    let x = self.dropout.forward(pooling::global_average(x)); // [batch, 1024]
                    dense::forward(&self.output, x, Function::None).into() // [batch, outputs]
                }
            },
        }
    }
}

/// Logits from the middle of the network.
#[derive(Module, Debug)]
struct SideBranch {
    conv: ConvBlock,
    hidden: Linear,
    dropout: Dropout,
    output: Linear,
}

impl SideBranch {
    /// `[batch, outputs]` of `[batch, filters, height, width]`.
    fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        let x = adaptive_avg_pool2d(x, [SIDE[0]; 2]); // [batch, filters, 4, 4]
        let x = self.conv.forward(x).flatten(1, 3); // [batch, 2048]
        let x = dense::forward(&self.hidden, x, Function::Relu); // [batch, 1024]
        dense::forward(&self.output, self.dropout.forward(x), Function::None) // [batch, outputs]
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use crate::layers::parameters;

    fn config(side_branches: bool) -> GoogLeNetConfig {
        let dropout = [0.0; 2];
        GoogLeNetConfig { channels: 3, sides: [224; 2], side_branches, dropout, outputs: 1_000 }
    }

    fn init(side_branches: bool) -> GoogLeNet {
        config(side_branches).init(&mut Initialiser::blank(&Device::flex()))
    }

    #[test]
    fn it_has_the_6_624_904_parameters_of_torchvision_and_13_004_888_with_side_branches() {
        assert_eq!(parameters(&init(false)), 6_624_904);
        // Behind 4a and 4d: 512·128 + 256 and 528·128 + 256; then 2,048·1,024 + 1,024 and
        // 1,024·1,000 + 1,000 each.
        let sides = (512 + 528) * 128 + 512 + 2 * (2_098_176 + 1_025_000);
        assert_eq!(6_624_904 + sides, 13_004_888);
        assert_eq!(parameters(&init(true)), 13_004_888);
    }

    #[test]
    fn shapes_are_those_of_the_table() {
        let network = init(true);
        let mut shapes = Vec::new();
        let images = Tensor::<4>::ones([1, 3, 224, 224], &Device::flex());
        let mut x = network.stage(2, network.stage(1, network.stage(0, images.clone().into())));
        for (at, module) in network.modules.iter().enumerate() {
            let inner = module.forward(x.images());
            shapes.push(inner.dims());
            x = network.pooled(at, inner).into();
        }
        assert_eq!(network.forward(images.clone()).dims(), [1, 1_000]);
        let channels = [256, 480, 512, 512, 512, 528, 832, 832, 1_024];
        let sides = [28, 28, 14, 14, 14, 14, 14, 7, 7];
        let table = channels.into_iter().zip(sides).map(|(of, side)| [1, of, side, side]);
        assert_eq!(shapes, table.collect::<Vec<_>>());
        let (_, sides) = network.forward_with_sides(0, images.into());
        assert_eq!(
            sides.iter().map(|(logits, _)| logits.dims()).collect::<Vec<_>>(),
            [[1, 1_000]; 2]
        );
    }

    #[test]
    fn small_images_come_through() {
        for side in [15, 32, 33] {
            let images = Tensor::<4>::ones([2, 3, side, side], &Device::flex());
            assert_eq!(
                init(true).forward_with_sides(0, images.into()).0.dims(),
                [2, 1_000],
                "{side}"
            );
        }
    }
}
