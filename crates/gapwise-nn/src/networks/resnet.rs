//! ResNet: what a block leaves out is passed on beside it, so that depth does no harm.
//!
//! **Source**: He, Zhang, Ren & Sun 2016, "Deep residual learning for image recognition": the
//! networks for ImageNet (table 1) and for CIFAR-10 (section 4.2), and the plain networks that they are
//! compared with. Where the paper leaves a choice, it is torchvision's.
//!
//! **Differs from the source**: a stage's first block of the ImageNet form skips through a
//! convolution of 1×1 (the paper's option B), and so does that of the CIFAR form unless
//! [`Skip::Padded`] asks for the paper's option A; the CIFAR form with option B is not in the paper. A
//! bottleneck's stride is that of its 3×3 and not of its first 1×1, as in torchvision.
//!
//! The ImageNet form, with b blocks in each of its four stages (ResNet-18: 2, 2, 2, 2), here with basic
//! blocks; bottlenecks have four times the channels behind each stage:
//!
//! | layer | output |
//! |---|---|
//! | input | `[batch, channels, 224, 224]` |
//! | stem: 64 filters of 7×7, stride 2, batch norm, ReLU | `[batch, 64, 112, 112]` |
//! | max pool 3×3, stride 2, padding 1 | `[batch, 64, 56, 56]` |
//! | stage 1: b blocks of 64 filters | `[batch, 64, 56, 56]` |
//! | stage 2: b blocks of 128 filters, the first with stride 2 | `[batch, 128, 28, 28]` |
//! | stage 3: b blocks of 256 filters, the first with stride 2 | `[batch, 256, 14, 14]` |
//! | stage 4: b blocks of 512 filters, the first with stride 2 | `[batch, 512, 7, 7]` |
//! | mean of each channel | `[batch, 512]` |
//! | dense 512 → outputs | `[batch, outputs]` |
//!
//! The CIFAR form, of 6n + 2 layers (ResNet-20: n = 3):
//!
//! | layer | output |
//! |---|---|
//! | input | `[batch, channels, 32, 32]` |
//! | stem: 16 filters of 3×3, batch norm, ReLU | `[batch, 16, 32, 32]` |
//! | stage 1: n blocks of 16 filters | `[batch, 16, 32, 32]` |
//! | stage 2: n blocks of 32 filters, the first with stride 2 | `[batch, 32, 16, 16]` |
//! | stage 3: n blocks of 64 filters, the first with stride 2 | `[batch, 64, 8, 8]` |
//! | mean of each channel | `[batch, 64]` |
//! | dense 64 → outputs | `[batch, outputs]` |

use burn::{
    module::Module,
    nn::{Linear, pool::MaxPool2d},
    tensor::Tensor,
};
use gapwise_kernels::{Activation as Function, concatenate, dense, fork, pooling};
use serde::{Deserialize, Serialize};

use super::{
    ImageNetworkConfig, NetworkSizes, Signal, SizeCheck, Staged,
    description::{Description, Part, Shortcut, Stage, Windows},
    preset::{NetworkRequest, Preset},
};
use crate::{
    initialise::{Followed, Initialiser},
    layers::{ConvBlock, ConvBlockConfig},
};

pub(super) const PRESETS: &[Preset] = &[
    imagenet(RESNETS, "resnet18", |request| sized(BlockKind::Basic, [2; 4], request).into()),
    imagenet(RESNETS, "resnet34", |request| sized(BlockKind::Basic, [3, 4, 6, 3], request).into()),
    imagenet(RESNETS, "resnet50", |request| {
        sized(BlockKind::Bottleneck, [3, 4, 6, 3], request).into()
    }),
    imagenet(RESNETS, "resnet101", |request| {
        sized(BlockKind::Bottleneck, [3, 4, 23, 3], request).into()
    }),
    imagenet(RESNETS, "resnet152", |request| {
        sized(BlockKind::Bottleneck, [3, 8, 36, 3], request).into()
    }),
    cifar(SMALL_RESNETS, "resnet20", |request| small(20, request).into()),
    cifar(SMALL_RESNETS, "resnet32", |request| small(32, request).into()),
    cifar(SMALL_RESNETS, "resnet44", |request| small(44, request).into()),
    cifar(SMALL_RESNETS, "resnet56", |request| small(56, request).into()),
    cifar(SMALL_RESNETS, "resnet110", |request| small(110, request).into()),
    imagenet(PLAIN, "plain18", |request| sized(BlockKind::Basic, [2; 4], request).plain().into()),
    imagenet(PLAIN, "plain34", |request| {
        sized(BlockKind::Basic, [3, 4, 6, 3], request).plain().into()
    }),
    cifar(SMALL_PLAIN, "plain20", |request| small(20, request).plain().into()),
    cifar(SMALL_PLAIN, "plain32", |request| small(32, request).plain().into()),
    cifar(SMALL_PLAIN, "plain44", |request| small(44, request).plain().into()),
    cifar(SMALL_PLAIN, "plain56", |request| small(56, request).plain().into()),
    cifar(SMALL_PLAIN, "plain110", |request| small(110, request).plain().into()),
];

/// Networks that differ in their layers alone, smallest first.
type Family = &'static [&'static str];
const RESNETS: Family = &["resnet18", "resnet34", "resnet50", "resnet101", "resnet152"];
const PLAIN: Family = &["plain18", "plain34"];
const SMALL_RESNETS: Family = &["resnet20", "resnet32", "resnet44", "resnet56", "resnet110"];
const SMALL_PLAIN: Family = &["plain20", "plain32", "plain44", "plain56", "plain110"];

type Sizes = fn(&NetworkRequest<'_>) -> ImageNetworkConfig;

const fn imagenet(family: Family, name: &'static str, sizes: Sizes) -> Preset {
    Preset { family, ..Preset::as_published(name, sizes) }
}

const fn cifar(family: Family, name: &'static str, sizes: Sizes) -> Preset {
    Preset { image: [3, 32, 32], classes: 10, ..imagenet(family, name, sizes) }
}

/// A network of the ImageNet form.
fn sized(block: BlockKind, blocks: [usize; 4], request: &NetworkRequest<'_>) -> ResNetConfig {
    let [channels, height, width] = request.image;
    let config = ResNetConfig::imagenet(block, blocks, request.outputs);
    ResNetConfig { channels, sides: [height, width], ..config }
}

/// A network of the CIFAR form with so many layers.
fn small(layers: usize, request: &NetworkRequest<'_>) -> ResNetConfig {
    let [channels, height, width] = request.image;
    let config = ResNetConfig::cifar((layers - 2) / 6, request.outputs);
    ResNetConfig { channels, sides: [height, width], ..config }
}

/// The pooling of the ImageNet form.
const POOL: Windows = Windows::new(3, 2).padded([1; 2]);

/// The sizes of a [`ResNet`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResNetConfig {
    /// Channels of the image: 1 for grey, 3 for colour.
    pub channels: usize,
    /// The layers in front of the first stage, and how many filters that has.
    pub form: ResNetForm,
    /// Height and width of the image in pixels, at least 1 each.
    pub sides: [usize; 2],
    /// Blocks of each stage, at least one stage.
    pub blocks: Vec<usize>,
    /// What a block is made of.
    pub block: BlockKind,
    /// What goes beside a block.
    pub skip: Skip,
    /// Logits.
    pub outputs: usize,
}

/// For which images a [`ResNet`] is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResNetForm {
    /// Large ones, such as 224×224, which the stem and a pooling halve twice.
    Imagenet,
    /// Small ones, such as 32×32.
    Cifar,
}

/// The convolutions of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BlockKind {
    /// Two of 3×3.
    Basic,
    /// 1×1 to fewer channels, 3×3, 1×1 to four times as many.
    Bottleneck,
}

impl BlockKind {
    /// Channels that a block gives for each of its filters.
    fn expansion(self) -> usize {
        match self {
            BlockKind::Basic => 1,
            BlockKind::Bottleneck => 4,
        }
    }
}

/// What goes beside a block and is added to its sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Skip {
    /// The block's input; where the size changes, through a convolution of 1×1 with batch
    /// normalisation: the paper's option B.
    Projected,
    /// The block's input; where the size changes, every second pixel of it with channels of zeros
    /// behind: the paper's option A, which has no parameters.
    Padded,
    /// Nothing: the plain network.
    Nothing,
}

impl ResNetConfig {
    /// The ImageNet form of four stages with so many `blocks`, for colour images of 224×224:
    /// ResNet-18 with basic blocks, 2 in each.
    pub fn imagenet(block: BlockKind, blocks: [usize; 4], outputs: usize) -> Self {
        ResNetConfig {
            channels: 3,
            form: ResNetForm::Imagenet,
            sides: [224; 2],
            blocks: blocks.to_vec(),
            block,
            skip: Skip::Projected,
            outputs,
        }
    }

    /// The CIFAR form of 6 · `blocks` + 2 layers with the paper's option A, for colour images of 32×32.
    pub fn cifar(blocks: usize, outputs: usize) -> Self {
        ResNetConfig {
            channels: 3,
            form: ResNetForm::Cifar,
            sides: [32; 2],
            blocks: vec![blocks; 3],
            block: BlockKind::Basic,
            skip: Skip::Padded,
            outputs,
        }
    }

    /// The plain network of the same layers.
    #[must_use]
    pub fn plain(self) -> Self {
        ResNetConfig { skip: Skip::Nothing, ..self }
    }

    /// The stem.
    fn stem(&self) -> ConvBlockConfig {
        match self.form {
            ResNetForm::Imagenet => {
                ConvBlockConfig::new([self.channels, 64], 7).with_batch_norm().with_stride(2)
            }
            ResNetForm::Cifar => ConvBlockConfig::new([self.channels, 16], 3).with_batch_norm(),
        }
    }

    /// Sizes of the blocks of each stage.
    fn stages(&self) -> Vec<Vec<BlockConfig>> {
        let mut channels = self.stem().filters;
        let stages = self.blocks.iter().enumerate().map(|(stage, &blocks)| {
            let filters = self.stem().filters << stage;
            let block = |at: usize| {
                let stride = if stage > 0 && at == 0 { 2 } else { 1 };
                let from = std::mem::replace(&mut channels, filters * self.block.expansion());
                BlockConfig { kind: self.block, channels: from, filters, stride, skip: self.skip }
            };
            (0..blocks).map(block).collect()
        });
        stages.collect()
    }

    /// Channels of the last stage.
    fn features(&self) -> usize {
        (self.stem().filters << self.blocks.len().saturating_sub(1)) * self.block.expansion()
    }

    /// A network of this shape with initial weights.
    pub fn init(&self, initialiser: &mut Initialiser) -> ResNet {
        let stem = self.stem().init(initialiser);
        let mut stage = |blocks: &Vec<BlockConfig>| {
            blocks.iter().map(|block| block.init(initialiser)).collect()
        };
        ResNet {
            stem,
            pool: (self.form == ResNetForm::Imagenet).then(|| POOL.max()),
            stages: self.stages().iter().map(&mut stage).collect(),
            output: initialiser.linear(self.features(), self.outputs, Followed::ByNothing),
        }
    }
}

/// A ResNet.
#[derive(Module, Debug)]
pub struct ResNet {
    stem: ConvBlock,
    pool: Option<MaxPool2d>,
    stages: Vec<Vec<Block>>,
    output: Linear,
}

impl NetworkSizes for ResNetConfig {
    fn description(&self) -> Description {
        let imagenet = self.form == ResNetForm::Imagenet;
        // Torchvision has the ImageNet form alone.
        let named = |part: Part, [conv, norm]: [&str; 2]| match imagenet {
            true => part.by_torchvision(conv).norm_by_torchvision(norm),
            false => part,
        };
        let stem = Part::conv_block("stem", "stem", self.stem());
        let mut stem = vec![named(stem, ["conv1", "bn1"])];
        stem.extend(imagenet.then(|| Part::max_pool(POOL)));
        let mut stages = vec![Stage::new("stem", stem)];
        for (stage, blocks) in self.stages().iter().enumerate() {
            let blocks = blocks.iter().enumerate().flat_map(|(at, block)| {
                let [name, path] =
                    [format!("stage{}.{}", stage + 1, at + 1), format!("stages.{stage}.{at}")];
                let theirs = format!("layer{}.{at}", stage + 1);
                block.parts([&name, &path], |part, of| {
                    let [conv, norm] = of.map(|of| format!("{theirs}.{of}"));
                    named(part, [&conv, &norm])
                })
            });
            stages.push(Stage::new(&format!("stage{}", stage + 1), blocks.collect()));
        }
        let output = Part::output("output", self.outputs);
        let output = if imagenet { output.by_torchvision("fc") } else { output };
        let [height, width] = self.sides;
        let head = vec![Part::global_mean(), output];
        Description { input: [self.channels, height, width], stages, head }
    }

    fn check(&self) -> SizeCheck {
        let [height, width] = self.sides;
        // A block has more weights than 200, and each stage twice the filters of the one before.
        let blocks = self.blocks.iter().fold(0_usize, |sum, of| sum.saturating_add(*of));
        let stages = 4_usize.saturating_pow(self.blocks.len().min(40) as u32);
        let largest = blocks.saturating_mul(200).max(stages).max(self.outputs);
        SizeCheck {
            units: [&self.blocks[..], &[self.blocks.len()]].concat(),
            largest: largest.max(self.channels),
            ..SizeCheck::of_image([self.channels, height, width], self.outputs)
        }
    }
}

impl ResNet {
    /// Logits of a batch of images `[batch, channels, height, width]`, at least 32 pixels of a side
    /// in the ImageNet form.
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        self.forward_from(0, images.into())
    }
}

impl Staged for ResNet {
    /// The stem and the stages of the paper.
    fn stages(&self) -> usize {
        1 + self.stages.len()
    }

    fn stage(&self, at: usize, x: Signal) -> Signal {
        let x = x.images();
        let Some(at) = at.checked_sub(1) else {
            let x = self.stem.forward(x); // [batch, 64, 112, 112]; CIFAR [batch, 16, 32, 32]
            return match &self.pool {
                Some(pool) => pooling::max(pool, x).into(), // [batch, 64, 56, 56]
                None => x.into(),
            };
        };
        match self.stages.get(at) {
            // [batch, 64, 56, 56] … [batch, 512, 7, 7]
            Some(blocks) => blocks.iter().fold(x, |x, block| block.forward(x)).into(),
            None => {
                let x = pooling::global_average(x); // [batch, 512]; CIFAR [batch, 64]
                dense::forward(&self.output, x, Function::None).into() // [batch, outputs]
            }
        }
    }
}

/// The sizes of a [`Block`].
#[derive(Debug, Clone, Copy)]
struct BlockConfig {
    kind: BlockKind,
    /// That it reads.
    channels: usize,
    filters: usize,
    stride: usize,
    skip: Skip,
}

impl BlockConfig {
    /// Channels that it gives.
    fn outputs(&self) -> usize {
        self.filters * self.kind.expansion()
    }

    /// The convolutions, one after the other.
    fn convolutions(&self) -> Vec<ConvBlockConfig> {
        let Self { channels, filters, stride, .. } = *self;
        let conv = |channels, kernel| ConvBlockConfig::new(channels, kernel).with_batch_norm();
        match self.kind {
            BlockKind::Basic => {
                vec![conv([channels, filters], 3).with_stride(stride), conv([filters; 2], 3)]
            }
            BlockKind::Bottleneck => vec![
                conv([channels, filters], 1),
                conv([filters; 2], 3).with_stride(stride),
                conv([filters, self.outputs()], 1),
            ],
        }
    }

    /// What projects the skipped input.
    fn projection(&self) -> Option<ConvBlockConfig> {
        let channels = [self.channels, self.outputs()];
        let changes = self.stride != 1 || channels[0] != channels[1];
        (changes && self.skip == Skip::Projected).then(|| {
            ConvBlockConfig::new(channels, 1).with_batch_norm().with_stride(self.stride).linear()
        })
    }

    /// Its parts, which `named` gives torchvision's names inside of a block.
    fn parts(&self, [name, path]: [&str; 2], named: impl Fn(Part, [&str; 2]) -> Part) -> Vec<Part> {
        let convolutions = self.convolutions().into_iter().enumerate().map(|(at, conv)| {
            let number = at + 1;
            let [name, path] = [format!("{name}.conv{number}"), format!("{path}.convs.{at}")];
            let [theirs, norm] = [format!("conv{number}"), format!("bn{number}")];
            named(Part::conv_block(&name, &path, conv), [&theirs, &norm])
        });
        let convolutions = convolutions.collect();
        let shortcut = match (self.skip, self.projection()) {
            (Skip::Nothing, _) => return convolutions,
            (_, Some(projection)) => {
                let [name, path] = [format!("{name}.skip"), format!("{path}.projection")];
                let theirs = ["downsample.0", "downsample.1"];
                let projection = named(Part::conv_block(&name, &path, projection), theirs);
                Shortcut::Projection(Box::new(projection))
            }
            (Skip::Padded, None) => Shortcut::Padded,
            (_, None) => Shortcut::Input,
        };
        vec![Part::residual(path, convolutions, shortcut)]
    }

    fn init(&self, initialiser: &mut Initialiser) -> Block {
        Block {
            convs: self.convolutions().iter().map(|conv| conv.init(initialiser)).collect(),
            projection: self.projection().map(|projection| projection.init(initialiser)),
            skip: self.skip,
        }
    }
}

/// max(0, F(x) + x), where F are the convolutions.
#[derive(Module, Debug)]
struct Block {
    convs: Vec<ConvBlock>,
    projection: Option<ConvBlock>,
    #[module(skip)]
    skip: Skip,
}

impl Block {
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let Some((last, convs)) = self.convs.split_last() else { return x };
        let inner = |x| convs.iter().fold(x, |x, conv| conv.forward(x));
        if self.skip == Skip::Nothing {
            return last.forward(inner(x));
        }
        let [x, skipping] = fork::images(x);
        let y = inner(x); // [batch, filters, height / stride, width / stride]
        let skipped = match (self.skip, &self.projection) {
            (_, Some(projection)) => projection.forward(skipping),
            (Skip::Padded, None) => padded(skipping, y.dims()),
            (_, None) => skipping,
        };
        last.forward_with(y, Some(skipped))
    }
}

/// Every second pixel of `x` where a side is halved, with channels of zeros behind its own.
fn padded(x: Tensor<4>, [batch, filters, height, width]: [usize; 4]) -> Tensor<4> {
    let [_, channels, ..] = x.dims();
    if channels == filters {
        return x;
    }
    let zeros = Tensor::zeros([batch, filters - channels, height, width], &x.device());
    // The largest of one pixel is that pixel.
    let every_second = Windows::new(1, 2).max();
    concatenate::channels([pooling::max(&every_second, x), zeros])
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;
    use crate::layers::parameters;

    fn resnet18(outputs: usize) -> ResNetConfig {
        ResNetConfig::imagenet(BlockKind::Basic, [2; 4], outputs)
    }

    fn init(config: &ResNetConfig) -> ResNet {
        config.init(&mut Initialiser::blank(&Device::flex()))
    }

    #[test]
    fn resnet18_has_the_11_689_512_parameters_of_torchvision() {
        // Stem 7·7·3·64 + 128 = 9,536. Stage 1: four of 3·3·64·64 + 128 = 36,992: 147,968.
        // Stage 2: 3·3·64·128 + 256 = 73,984; three of 3·3·128·128 + 256 = 147,712;
        // 64·128 + 256 = 8,448: 525,568. Stage 3: 295,424 + 3·590,336 + 33,280 = 2,099,712.
        // Stage 4: 1,180,672 + 3·2,360,320 + 132,096 = 8,393,728. Dense 512·1,000 + 1,000 = 513,000.
        let count = 9_536 + 147_968 + 525_568 + 2_099_712 + 8_393_728 + 513_000;
        assert_eq!(count, 11_689_512);
        assert_eq!(parameters(&init(&resnet18(1_000))), count);
    }

    #[test]
    fn resnet50_has_the_25_557_032_parameters_of_torchvision() {
        // A bottleneck from c channels with f filters: c·f + 9·f² + 4·f² weights, 2·(f + f + 4·f)
        // scales and shifts; a projection c·4f + 8f.
        let block = |c: usize, f: usize| c * f + 13 * f * f + 12 * f;
        let stage = |c: usize, f: usize, blocks: usize| {
            block(c, f) + 4 * c * f + 8 * f + (blocks - 1) * block(4 * f, f)
        };
        let stages =
            stage(64, 64, 3) + stage(256, 128, 4) + stage(512, 256, 6) + stage(1_024, 512, 3);
        let count = 9_536 + stages + 2_048 * 1_000 + 1_000;
        assert_eq!(count, 25_557_032);
        let config = ResNetConfig::imagenet(BlockKind::Bottleneck, [3, 4, 6, 3], 1_000);
        assert_eq!(parameters(&init(&config)), count);
    }

    #[test]
    fn resnet20_has_the_parameters_of_its_table() {
        // Stem 3·3·3·16 + 32 = 464. Stage 1: six of 3·3·16·16 + 32 = 2,336: 14,016.
        // Stage 2: 3·3·16·32 + 64 = 4,672; five of 3·3·32·32 + 64 = 9,280: 51,072.
        // Stage 3: 3·3·32·64 + 128 = 18,560; five of 3·3·64·64 + 128 = 36,992: 203,520.
        // Dense 64·10 + 10 = 650.
        let plain = 464 + 14_016 + 51_072 + 203_520 + 650;
        // Projections: 16·32 + 64 = 576 and 32·64 + 128 = 2,176.
        let config = ResNetConfig::cifar(3, 10);
        assert_eq!(parameters(&init(&config)), plain);
        let projected = ResNetConfig { skip: Skip::Projected, ..config.clone() };
        assert_eq!(parameters(&init(&projected)), plain + 576 + 2_176);
        assert_eq!(parameters(&init(&config.plain())), plain);
    }

    #[test]
    fn shapes_are_those_of_the_tables() {
        let shapes = |config: &ResNetConfig, side: usize| {
            let network = init(config);
            let mut x = network.stem.forward(Tensor::ones([2, 3, side, side], &Device::flex()));
            let mut shapes = vec![x.dims()];
            if let Some(pool) = &network.pool {
                x = pooling::max(pool, x);
                shapes.push(x.dims());
            }
            for stage in &network.stages {
                x = stage.iter().fold(x, |x, block| block.forward(x));
                shapes.push(x.dims());
            }
            let x = pooling::global_average(x);
            assert_eq!(x.dims(), [2, config.features()]);
            assert_eq!(network.output.forward(x).dims(), [2, config.outputs]);
            shapes
        };
        let [resnet18, resnet20] = [resnet18(7), ResNetConfig::cifar(3, 7)];
        assert_eq!(
            shapes(&resnet18, 224),
            [
                [2, 64, 112, 112],
                [2, 64, 56, 56],
                [2, 64, 56, 56],
                [2, 128, 28, 28],
                [2, 256, 14, 14],
                [2, 512, 7, 7]
            ]
        );
        for skip in [Skip::Projected, Skip::Padded, Skip::Nothing] {
            assert_eq!(
                shapes(&ResNetConfig { skip, ..resnet20.clone() }, 32),
                [[2, 16, 32, 32], [2, 16, 32, 32], [2, 32, 16, 16], [2, 64, 8, 8]]
            );
        }
    }

    #[test]
    fn a_padded_skip_takes_every_second_pixel_and_adds_channels_of_zeros() {
        let pixels: Vec<f32> = (0..16).map(|pixel| pixel as f32).collect();
        let x = Tensor::<4>::from_data(TensorData::new(pixels, [1, 1, 4, 4]), &Device::flex());
        let skipped: Vec<f32> = padded(x, [1, 2, 2, 2]).into_data().try_to_vec().unwrap();
        assert_eq!(skipped, [0.0, 2.0, 8.0, 10.0, 0.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn a_block_whose_weights_are_zero_passes_on_what_is_above_zero() {
        use burn::module::{ModuleMapper, Param};
        struct Zero;
        impl ModuleMapper for Zero {
            fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
                param.map(|value| value.zeros_like())
            }
        }
        let kind = BlockKind::Basic;
        let block = BlockConfig { kind, channels: 1, filters: 1, stride: 1, skip: Skip::Projected };
        let block = block.init(&mut Initialiser::blank(&Device::flex()));
        let block = block.map(&mut Zero);
        let x = Tensor::<4>::from_data([[[[-1.0, 2.0], [3.0, -4.0]]]], &Device::flex());
        let y: Vec<f32> = block.forward(x).into_data().try_to_vec().unwrap();
        assert_eq!(y, [0.0, 2.0, 3.0, 0.0]);
    }
}
