//! VGG: convolutions of 3×3 alone, in blocks that a pooling ends.
//!
//! **Source**: Simonyan & Zisserman 2015, "Very deep convolutional networks for large-scale image
//! recognition", configurations A, B, D and E (11, 13, 16 and 19 layers with weights), in torchvision's
//! form.
//!
//! **Differs from the source**: batch normalisation, which the paper did not have yet, stands
//! before each activation of a convolution where it is asked for; the convolutions keep their biases
//! then, as in torchvision. [`VggHead::Small`] is one dense layer, as networks for CIFAR have it. Dropout stands
//! behind both hidden dense layers, as in the paper, and is off unless it is set.
//!
//! VGG-11; the others have more convolutions in a block:
//!
//! | layer | output, 224×224 | 32×32 |
//! |---|---|---|
//! | input | `[batch, channels, 224, 224]` | `[batch, channels, 32, 32]` |
//! | conv 64, max pool 2×2 | `[batch, 64, 112, 112]` | `[batch, 64, 16, 16]` |
//! | conv 128, max pool 2×2 | `[batch, 128, 56, 56]` | `[batch, 128, 8, 8]` |
//! | conv 256, conv 256, max pool 2×2 | `[batch, 256, 28, 28]` | `[batch, 256, 4, 4]` |
//! | conv 512, conv 512, max pool 2×2 | `[batch, 512, 14, 14]` | `[batch, 512, 2, 2]` |
//! | conv 512, conv 512, max pool 2×2 | `[batch, 512, 7, 7]` | `[batch, 512, 1, 1]` |
//! | dense 25,088 → 4,096, ReLU, dropout | `[batch, 4096]` | |
//! | dense 4,096 → 4,096, ReLU, dropout | `[batch, 4096]` | |
//! | dense 4,096 → outputs, or 512 → outputs | `[batch, outputs]` | `[batch, outputs]` |

use burn::{
    module::Module,
    nn::{Linear, pool::MaxPool2d},
    tensor::Tensor,
};
use gapwise_kernels::{Activation as Function, dense, pooling};
use serde::{Deserialize, Serialize};

use super::{
    ImageNetworkConfig, NetworkSizes, Signal, SizeCheck, Staged,
    description::{Description, Part, Stage, Windows},
    preset::{NetworkRequest, Preset, TrainingDefaults, UsualDropout},
};
use crate::{
    initialise::{Followed, Initialiser},
    layers::{BatchNormPlace, ConvBlock, ConvBlockConfig, Dropout, NormActivation},
};

pub(super) const PRESETS: &[Preset] = &[
    preset("vgg11", |request| VggConfig::for_request([1, 1, 2, 2, 2], request)),
    preset("vgg13", |request| VggConfig::for_request([2; 5], request)),
    preset("vgg16", |request| VggConfig::for_request([2, 2, 3, 3, 3], request)),
    preset("vgg19", |request| VggConfig::for_request([2, 2, 4, 4, 4], request)),
];

const fn preset(
    name: &'static str,
    sizes: fn(&NetworkRequest<'_>) -> ImageNetworkConfig,
) -> Preset {
    Preset {
        dropout: UsualDropout::Places(&[0.5; 2]),
        batch_norm: BatchNormPlace::Off,
        fixed_batch_norm: false,
        sides: |[height, width]| [VggHead::suiting(height.min(width)).side(); 2],
        family: &["vgg11", "vgg13", "vgg16", "vgg19"],
        training: TrainingDefaults::DEEP_WITHOUT_NORM,
        ..Preset::as_published(name, sizes)
    }
}

/// The sizes of a [`Vgg`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VggConfig {
    /// Channels of the image: 1 for grey, 3 for colour.
    pub channels: usize,
    /// Filters of the convolutions of each block, which a pooling ends.
    pub blocks: Vec<Vec<usize>>,
    /// Whether batch normalisation stands behind each convolution.
    pub batch_norm: bool,
    /// The dense layers, which fix the size of the image.
    pub head: VggHead,
    /// Probability that a unit of each hidden dense layer is dropped in training, in [0, 1).
    pub dropout: [f64; 2],
    /// Logits.
    pub outputs: usize,
}

/// The dense layers of a [`Vgg`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VggHead {
    /// Two hidden layers of 4,096 units, for images of 224×224.
    Large,
    /// None hidden, for images of 32×32.
    Small,
}

/// From this many pixels of a side on, images are read at 224×224.
const LARGE: usize = 64;

impl VggHead {
    /// For images whose shorter side has so many pixels.
    fn suiting(pixels: usize) -> Self {
        if pixels < LARGE { VggHead::Small } else { VggHead::Large }
    }

    /// Height and width of the image in pixels.
    fn side(self) -> usize {
        match self {
            VggHead::Large => 224,
            VggHead::Small => 32,
        }
    }
}

/// Units of each hidden layer of [`VggHead::Large`].
const HIDDEN: usize = 4_096;

impl VggConfig {
    /// With so many convolutions in each block, for colour images, without batch normalisation:
    /// VGG-11 has 1, 1, 2, 2 and 2, VGG-16 2, 2, 3, 3 and 3.
    pub fn new(convolutions: [usize; 5], head: VggHead, outputs: usize) -> Self {
        let filters = [64, 128, 256, 512, 512];
        VggConfig {
            channels: 3,
            blocks: filters.iter().zip(convolutions).map(|(&of, times)| vec![of; times]).collect(),
            batch_norm: false,
            head,
            dropout: [0.0; 2],
            outputs,
        }
    }

    /// VGG-11 with batch normalisation, for colour images.
    pub fn vgg11(head: VggHead, outputs: usize) -> Self {
        VggConfig { batch_norm: true, ..VggConfig::new([1, 1, 2, 2, 2], head, outputs) }
    }

    /// Height and width of the image in pixels.
    pub fn side(&self) -> usize {
        self.head.side()
    }

    fn for_request(convolutions: [usize; 5], request: &NetworkRequest<'_>) -> ImageNetworkConfig {
        let [channels, height, _] = request.image;
        let config = VggConfig {
            channels,
            batch_norm: request.settings.batch_norm != BatchNormPlace::Off,
            dropout: [0, 1].map(|at| request.dropout(at)),
            ..VggConfig::new(convolutions, VggHead::suiting(height), request.outputs)
        };
        config.into()
    }

    /// The convolutions of each block.
    fn convolutions(&self) -> Vec<Vec<ConvBlockConfig>> {
        let mut channels = self.channels;
        let batch_norm = match self.batch_norm {
            true => BatchNormPlace::BeforeActivation,
            false => BatchNormPlace::Off,
        };
        let mut convolution = |&filters: &usize| {
            let config =
                ConvBlockConfig::new([std::mem::replace(&mut channels, filters), filters], 3);
            ConvBlockConfig { batch_norm, ..config }
        };
        self.blocks.iter().map(|block| block.iter().map(&mut convolution).collect()).collect()
    }

    /// Sizes of the dense layers, from what the last pooling leaves to the logits.
    fn dense(&self) -> Vec<usize> {
        let side = self.side() >> self.blocks.len();
        let features = self.blocks.iter().flatten().last().unwrap_or(&self.channels) * side * side;
        match self.head {
            VggHead::Large => vec![features, HIDDEN, HIDDEN, self.outputs],
            VggHead::Small => vec![features, self.outputs],
        }
    }

    /// A network of this shape with initial weights.
    pub fn init(&self, initialiser: &mut Initialiser) -> Vgg {
        let blocks = self.convolutions();
        let blocks = blocks
            .iter()
            .map(|block| block.iter().map(|conv| conv.init(initialiser)).collect())
            .collect();
        let dense = self.dense();
        let norm_activation = NormActivation::default();
        let hidden = dense[..dense.len() - 1].windows(2);
        Vgg {
            blocks,
            pool: Windows::HALVING.max(),
            hidden: hidden
                .map(|pair| initialiser.linear(pair[0], pair[1], Followed::By(norm_activation)))
                .collect(),
            dropouts: self.dropout.map(Dropout::new).to_vec(),
            output: initialiser.linear(dense[dense.len() - 2], self.outputs, Followed::ByNothing),
        }
    }
}

/// A VGG.
#[derive(Module, Debug)]
pub struct Vgg {
    blocks: Vec<Vec<ConvBlock>>,
    pool: MaxPool2d,
    hidden: Vec<Linear>,
    dropouts: Vec<Dropout>,
    output: Linear,
}

impl NetworkSizes for VggConfig {
    fn description(&self) -> Description {
        // In torchvision's list a convolution, its batch normalisation and its ReLU, and a pooling
        // behind each block.
        let each = if self.batch_norm { 3 } else { 2 };
        let mut features = 0;
        let blocks = self.convolutions().into_iter().enumerate().map(|(block, convs)| {
            let convs = convs.into_iter().enumerate().map(|(at, conv)| {
                let name = format!("block{}.conv{}", block + 1, at + 1);
                let [theirs, norm] = [features, features + 1].map(|at| format!("features.{at}"));
                features += each;
                Part::conv_block(&name, &format!("blocks.{block}.{at}"), conv)
                    .by_torchvision(&theirs)
                    .norm_by_torchvision(&norm)
            });
            let mut parts: Vec<Part> = convs.collect();
            parts.push(Part::max_pool(Windows::HALVING));
            features += 1;
            Stage::new(&format!("block{}", block + 1), parts)
        });
        let mut stages: Vec<Stage> = blocks.collect();
        let dense = self.dense();
        for (at, &units) in dense[1..dense.len() - 1].iter().enumerate() {
            let [name, path] = [format!("dense{}", at + 1), format!("hidden.{at}")];
            let dense = Part::dense(&name, &path, units, NormActivation::default());
            let theirs = format!("classifier.{}", 3 * at);
            stages.push(Stage::new(&name, vec![dense.by_torchvision(&theirs)]));
        }
        let output = Part::output("output", self.outputs).by_torchvision("classifier.6");
        Description { input: [self.channels, self.side(), self.side()], stages, head: vec![output] }
    }

    fn differs_from_torchvision(&self) -> Vec<String> {
        let small = "it has one dense layer for images this small, torchvision's three".to_owned();
        let small = (self.head == VggHead::Small).then_some(small);
        self.description().other_channels().into_iter().chain(small).collect()
    }

    fn check(&self) -> SizeCheck {
        let mut channels = self.channels;
        let weights = self.blocks.iter().flatten().map(|&filters| {
            let from = std::mem::replace(&mut channels, filters);
            from.saturating_mul(filters).saturating_mul(9)
        });
        let largest = weights.fold(self.outputs, usize::saturating_add);
        // Each block halves the side, and something has to be left of it.
        let left = self.side().checked_shr(self.blocks.len() as u32).unwrap_or(0);
        SizeCheck {
            dropouts: self.dropout.to_vec(),
            units: [&self.blocks.concat()[..], &[left]].concat(),
            largest,
            ..SizeCheck::of_image([self.channels, self.side(), self.side()], self.outputs)
        }
    }
}

impl Vgg {
    /// Logits of a batch of images `[batch, channels, side, side]`.
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        self.forward_from(0, images.into())
    }
}

impl Staged for Vgg {
    /// Blocks and hidden dense layers.
    fn stages(&self) -> usize {
        self.blocks.len() + self.hidden.len()
    }

    fn stage(&self, at: usize, x: Signal) -> Signal {
        if let Some(block) = self.blocks.get(at) {
            let x = block.iter().fold(x.images(), |x, conv| conv.forward(x));
            return pooling::max(&self.pool, x).into(); // [batch, filters, height / 2, width / 2]
        }
        let at = at - self.blocks.len();
        let x = x.units(); // [batch, 25088]; small [batch, 512]
        // Dropout stands behind each hidden layer, hence in front of the next.
        let x = match at.checked_sub(1).and_then(|before| self.dropouts.get(before)) {
            Some(dropout) if !self.hidden.is_empty() => dropout.forward(x),
            _ => x,
        };
        match self.hidden.get(at) {
            Some(hidden) => dense::forward(hidden, x, Function::Relu).into(), // [batch, 4096]
            None => dense::forward(&self.output, x, Function::None).into(),   // [batch, outputs]
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use crate::layers::parameters;

    fn init(config: &VggConfig) -> Vgg {
        config.init(&mut Initialiser::blank(&Device::flex()))
    }

    // 3·3·3·64 + 64 = 1,792; 3·3·64·128 + 128 = 73,856; 128 → 256: 295,168; 256 → 256: 590,080;
    // 256 → 512: 1,180,160; three of 512 → 512: 2,359,808 each.
    const CONVOLUTIONS: usize = 1_792 + 73_856 + 295_168 + 590_080 + 1_180_160 + 3 * 2_359_808;
    // Two for each filter: 2 · (64 + 128 + 256 + 256 + 4·512).
    const NORMS: usize = 5_504;

    #[test]
    fn the_large_head_makes_the_132_868_840_parameters_of_torchvision() {
        // 25,088·4,096 + 4,096 = 102,764,544; 4,096·4,096 + 4,096 = 16,781,312; 4,096·1,000 + 1,000.
        let dense = 102_764_544 + 16_781_312 + 4_097_000;
        assert_eq!(CONVOLUTIONS + NORMS + dense, 132_868_840);
        let config = VggConfig::vgg11(VggHead::Large, 1_000);
        assert_eq!(config.dense(), [25_088, 4_096, 4_096, 1_000]);
        assert_eq!(parameters(&init(&config)), CONVOLUTIONS + NORMS + dense);
    }

    #[test]
    fn vgg16_has_the_138_357_544_parameters_of_the_paper() {
        // More than VGG-11 without batch norm by 64 → 64: 36,928; 128 → 128: 147,584; 256 → 256:
        // 590,080; two of 512 → 512.
        let vgg11 = 132_868_840 - NORMS;
        let count = vgg11 + 36_928 + 147_584 + 590_080 + 2 * 2_359_808;
        assert_eq!(count, 138_357_544);
        let config = VggConfig::new([2, 2, 3, 3, 3], VggHead::Large, 1_000);
        assert_eq!(parameters(&init(&config)), count);
    }

    #[test]
    fn the_small_head_is_one_dense_layer() {
        // 512·10 + 10 = 5,130.
        let config = VggConfig::vgg11(VggHead::Small, 10);
        assert_eq!(parameters(&init(&config)), CONVOLUTIONS + NORMS + 5_130);
        let without = VggConfig { batch_norm: false, ..config };
        assert_eq!(parameters(&init(&without)), CONVOLUTIONS + 5_130);
    }

    #[test]
    fn shapes_are_those_of_the_table() {
        let shapes = |head| {
            let config = VggConfig::vgg11(head, 7);
            let side = config.side();
            let network = init(&config);
            let mut x = Tensor::<4>::ones([2, 3, side, side], &Device::flex());
            let shapes: Vec<[usize; 4]> = network
                .blocks
                .iter()
                .map(|block| {
                    let convolved = block.iter().fold(x.clone(), |x, conv| conv.forward(x));
                    x = pooling::max(&network.pool, convolved);
                    x.dims()
                })
                .collect();
            (shapes, network.forward(Tensor::ones([2, 3, side, side], &Device::flex())).dims())
        };
        let of = |sides: [usize; 5]| -> Vec<[usize; 4]> {
            let filters = [64, 128, 256, 512, 512];
            filters.into_iter().zip(sides).map(|(filters, side)| [2, filters, side, side]).collect()
        };
        assert_eq!(shapes(VggHead::Large), (of([112, 56, 28, 14, 7]), [2, 7]));
        assert_eq!(shapes(VggHead::Small), (of([16, 8, 4, 2, 1]), [2, 7]));
    }
}
