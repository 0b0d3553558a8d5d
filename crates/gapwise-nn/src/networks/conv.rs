//! A stack of convolutions whose sizes are written in the configuration.
//!
//! **Source**: the notes' rule for convolutional networks (height and width shrink with depth,
//! channels grow, then dense layers); the blocks of 3×3 convolutions and 2×2 max pooling are those
//! of Simonyan & Zisserman 2015, "Very deep convolutional networks for large-scale image
//! recognition", with batch normalisation as in Ioffe & Szegedy 2015.
//!
//! **Differs from the source**: one convolution to a block where VGG has two and more, unless the
//! configuration leaves poolings out; a pooling is left out, too, where a side is under 2 pixels.
//!
//! Filters may have other sides than 3, always as wide as high and with the image's edges filled up, and
//! poolings may be means.
//!
//! | layer | output for 28×28, 32, 64 and 128 filters, 128 hidden units |
//! |---|---|
//! | input, dropout of the input | `[batch, channels, 28, 28]` |
//! | conv of 3×3, same, 32 filters, batch norm, activation | `[batch, 32, 28, 28]` |
//! | max pool 2×2, stride 2 | `[batch, 32, 14, 14]` |
//! | conv of 3×3, same, 64 filters, batch norm, activation | `[batch, 64, 14, 14]` |
//! | max pool 2×2, stride 2 | `[batch, 64, 7, 7]` |
//! | conv of 3×3, same, 128 filters, batch norm, activation | `[batch, 128, 7, 7]` |
//! | max pool 2×2, stride 2 | `[batch, 128, 3, 3]` |
//! | dense 1152 → 128, batch norm, activation, dropout | `[batch, 128]` |
//! | dense 128 → outputs | `[batch, outputs]` |

use burn::{
    module::Module,
    nn::{
        conv::Conv2d,
        pool::{AvgPool2d, MaxPool2d},
    },
    tensor::Tensor,
};
use gapwise_kernels::pooling;
use serde::{Deserialize, Serialize};

use super::{
    NetworkSizes, Reads, Signal, SizeCheck, Staged,
    description::{Description, Part, Stage, Windows},
    feed_forward::{Features, FeedForward, FeedForwardConfig},
    preset::{Preset, Settable, TrainingDefaults, UsualDropout},
};
use crate::{
    initialise::Initialiser,
    layers::{BatchNorm, ConvBlockConfig, Dropout, NormActivation},
};

/// The dense layers hold most of the weights and learn few images by heart: hence their dropout. A stack
/// this deep learns faster with batch normalisation.
pub(super) const PRESETS: &[Preset] = &[Preset {
    settable: Settable::Convolutions,
    dropout: UsualDropout::OfHidden(0.3),
    fixed_batch_norm: false,
    image: [3, 32, 32],
    classes: 10,
    training: TrainingDefaults::CONVOLUTIONAL,
    ..Preset::as_published("conv", |request| {
        let ([channels, height, width], settings) = (request.image, request.settings);
        let config = ConvConfig {
            channels,
            height,
            width,
            filters: settings.channels.clone(),
            filter_sides: settings.filter_sides.clone(),
            pools: settings.pools.clone(),
            hidden: settings.hidden.clone(),
            norm_activation: settings.norm_activation(),
            dropout: settings.dropout.clone(),
            input_dropout: settings.input_dropout,
            outputs: request.outputs,
        };
        config.into()
    })
}];

/// What stands behind a convolution of a [`Conv`], of 2×2 and with a stride of 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pool {
    /// The largest of four.
    #[default]
    Max,
    /// Their mean.
    Average,
    /// No pooling: another convolution follows at the same size.
    None,
}

/// Sides of filters, where none are set.
pub const FILTER_SIDE: usize = 3;
/// The largest side that filters may have; all are odd.
pub const LARGEST_SIDE: usize = 11;

/// A convolution with what stands behind it.
#[derive(Debug, Clone, Copy)]
struct Step {
    conv: ConvBlockConfig,
    pool: Pool,
}

/// What a list says of layer `at`: where it is shorter, its last entry; `usual` where it is empty.
fn of_layer<T: Copy>(list: &[T], at: usize, usual: T) -> T {
    list.get(at).or(list.last()).copied().unwrap_or(usual)
}

/// The sizes of a [`Conv`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConvConfig {
    /// Channels of the image: 1 for grey, 3 for colour.
    pub channels: usize,
    /// Height of the image in pixels, at least 1.
    pub height: usize,
    /// Width of the image in pixels, at least 1.
    pub width: usize,
    /// Filters of each convolution, first to last.
    pub filters: Vec<usize>,
    /// The side of each convolution's filters in pixels, odd, from 1 to 11; the last for those behind
    /// it, 3 for all where there is none.
    #[serde(default)]
    pub filter_sides: Vec<usize>,
    /// What stands behind each convolution; the last for those behind it, a maximum for all where there
    /// is none.
    #[serde(default)]
    pub pools: Vec<Pool>,
    /// Units of each hidden dense layer, first to last.
    pub hidden: Vec<usize>,
    /// Batch normalisation and activation of each hidden layer.
    #[serde(rename = "behind")]
    pub norm_activation: NormActivation,
    /// Probability that a unit is dropped in training, in [0, 1), for each hidden dense layer.
    pub dropout: Vec<f64>,
    /// Probability that a pixel is dropped in training, in [0, 1).
    pub input_dropout: f64,
    /// Logits.
    pub outputs: usize,
}

/// Convolutions, each with a pooling, then dense layers.
#[derive(Module, Debug)]
pub struct Conv {
    input_dropout: Dropout,
    convs: Vec<Conv2d>,
    norms: Vec<BatchNorm>,
    #[module(skip)]
    norm_activation: NormActivation,
    #[module(skip)]
    pools: Vec<Pool>,
    max: MaxPool2d,
    average: AvgPool2d,
    dense: FeedForward,
}

/// Values that convolutions of these `filters` leave of an image of `channels`, `height` and
/// `width`, each followed by its pooling where both sides have two pixels.
pub fn features([channels, height, width]: [usize; 3], filters: &[usize], pools: &[Pool]) -> usize {
    let halved = |(height, width), at| match of_layer(pools, at, Pool::Max) {
        Pool::Max | Pool::Average if height >= 2 && width >= 2 => (height / 2, width / 2),
        _ => (height, width),
    };
    let (height, width) = (0..filters.len()).fold((height, width), halved);
    let channels = filters.last().copied().unwrap_or(channels);
    channels.saturating_mul(height).saturating_mul(width)
}

impl ConvConfig {
    /// The dense layers behind the convolutions.
    pub fn dense(&self) -> FeedForwardConfig {
        FeedForwardConfig {
            features: features(
                [self.channels, self.height, self.width],
                &self.filters,
                &self.pools,
            ),
            embeddings: Vec::new(),
            hidden: self.hidden.clone(),
            norm_activation: self.norm_activation,
            dropout: self.dropout.clone(),
            input_dropout: 0.0,
            outputs: self.outputs,
        }
    }

    /// Its convolutions, first to last.
    fn steps(&self) -> impl Iterator<Item = Step> {
        let from = [self.channels].into_iter().chain(self.filters.iter().copied());
        from.zip(&self.filters).enumerate().map(|(at, (from, &to))| {
            let side = of_layer(&self.filter_sides, at, FILTER_SIDE);
            let conv = ConvBlockConfig::new([from, to], side).followed_by(self.norm_activation);
            Step { conv, pool: of_layer(&self.pools, at, Pool::Max) }
        })
    }

    /// A network of this shape with initial weights.
    ///
    /// # Panics
    ///
    /// Where `dropout` is shorter than `hidden`.
    pub fn init(&self, initialiser: &mut Initialiser) -> Conv {
        let convs = self.steps().map(|step| step.conv.init_convolution(initialiser)).collect();
        let norms = self.steps().filter_map(|step| step.conv.init_norm(initialiser)).collect();
        Conv {
            input_dropout: Dropout::new(self.input_dropout),
            convs,
            norms,
            norm_activation: self.norm_activation,
            pools: self.steps().map(|step| step.pool).collect(),
            max: Windows::HALVING.max(),
            average: Windows::HALVING.average(),
            dense: self.dense().init(initialiser),
        }
    }
}

impl NetworkSizes for ConvConfig {
    fn description(&self) -> Description {
        let mut sides = [self.height, self.width];
        let stages = self.steps().enumerate().map(|(at, Step { conv, pool })| {
            let name = format!("conv{}", at + 1);
            let [path, norm] = [format!("convs.{at}"), format!("norms.{at}")];
            let mut parts = vec![Part::convolution(&name, [&path, &norm], conv)];
            if pool != Pool::None && sides.iter().all(|&side| side >= 2) {
                sides = sides.map(|side| side / 2);
                parts.push(match pool {
                    Pool::Average => Part::average_pool(Windows::HALVING),
                    _ => Part::max_pool(Windows::HALVING),
                });
            }
            Stage::new(&name, parts)
        });
        Description {
            input: [self.channels, self.height, self.width],
            stages: stages.collect(),
            head: self.dense().parts("dense."),
        }
    }

    fn check(&self) -> SizeCheck {
        let kernels = self.steps().map(|Step { conv, .. }| {
            let pixels = conv.kernel.saturating_mul(conv.kernel);
            conv.channels.saturating_mul(conv.filters).saturating_mul(pixels)
        });
        let dense = self.dense().check();
        SizeCheck {
            dropouts: [&self.dropout[..], &[self.input_dropout]].concat(),
            units: [&self.filters[..], &self.hidden].concat(),
            filter_sides: self.filter_sides.clone(),
            reads: Reads::Image([self.channels, self.height, self.width]),
            largest: kernels.fold(dense.largest, usize::max),
            ..dense
        }
    }
}

impl Staged for Conv {
    fn stages(&self) -> usize {
        self.convs.len()
    }

    fn stage(&self, at: usize, x: Signal) -> Signal {
        if at == self.stages() {
            let dense = x.units(); // [batch, filters · height · width]
            return self.dense.forward(Features { dense, codes: None }).into(); // [batch, outputs]
        }
        let x = x.images();
        let x = if at == 0 { self.input_dropout.forward(x) } else { x };
        self.block(at, x).into()
    }
}

impl Conv {
    /// Logits of a batch of images `[batch, channels, height, width]`.
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        self.forward_from(0, images.into())
    }

    /// Convolution `at`, from 0, and what stands behind it.
    fn block(&self, at: usize, x: Tensor<4>) -> Tensor<4> {
        let x = self.norm_activation.convolved((&self.convs[at], self.norms.get(at)), x);
        let [_, _, height, width] = x.dims(); // [batch, filters, height, width]
        match self.pools[at] {
            Pool::Max if height >= 2 && width >= 2 => pooling::max(&self.max, x), // [.., height / 2, width / 2]
            Pool::Average if height >= 2 && width >= 2 => pooling::average(&self.average, x),
            _ => x,
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use crate::layers::{Activation, BatchNormPlace, parameters};

    fn config([height, width]: [usize; 2], batch_norm: BatchNormPlace) -> ConvConfig {
        ConvConfig {
            channels: 1,
            height,
            width,
            filters: vec![32, 64, 128],
            filter_sides: Vec::new(),
            pools: Vec::new(),
            hidden: vec![128],
            norm_activation: NormActivation { activation: Activation::Relu, batch_norm },
            dropout: vec![0.3],
            input_dropout: 0.0,
            outputs: 10,
        }
    }

    fn network(config: &ConvConfig) -> Conv {
        config.init(&mut Initialiser::new(1, &Device::flex()))
    }

    #[test]
    fn its_parameters_are_counted_by_hand() {
        // Convolutions 9·1·32 = 288, 9·32·64 = 18,432, 9·64·128 = 73,728; dense
        // 128·3·3·128 = 147,456; output 128·10 + 10 = 1,290.
        let weights = 288 + 18_432 + 73_728 + 147_456 + 1_290;
        // A bias, or a scale and a shift, for each of 32 + 64 + 128 + 128 hidden units.
        let units = 32 + 64 + 128 + 128;
        for (place, each) in [
            (BatchNormPlace::Off, units),
            (BatchNormPlace::BeforeActivation, 2 * units),
            (BatchNormPlace::AfterActivation, 3 * units),
        ] {
            let network = network(&config([28, 28], place));
            assert_eq!(parameters(&network), weights + each, "{place:?}");
        }
    }

    #[test]
    fn shapes_are_those_of_the_table() {
        let device = Device::flex();
        let network = network(&config([28, 28], BatchNormPlace::BeforeActivation));
        let images = Tensor::ones([2, 1, 28, 28], &device);
        let x = network.convs[0].forward(images.clone());
        assert_eq!(x.dims(), [2, 32, 28, 28]);
        let x = network.block(0, images.clone());
        assert_eq!(x.dims(), [2, 32, 14, 14]);
        assert_eq!(network.convs[1].forward(x.clone()).dims(), [2, 64, 14, 14]);
        let x = network.block(1, x);
        assert_eq!(x.dims(), [2, 64, 7, 7]);
        let x = network.block(2, x);
        assert_eq!(x.dims(), [2, 128, 3, 3]);
        assert_eq!(network.forward(images).dims(), [2, 10]);
    }

    #[test]
    fn pooling_ends_where_a_side_is_under_two_pixels() {
        let device = Device::flex();
        for (side, flattened) in
            [([1, 1], 128), ([2, 9], 128 * 4), ([1, 6], 128 * 6), ([5, 4], 128), ([9, 19], 128 * 2)]
        {
            // 2×9 is pooled once, to 1×4; 1×6 never; 5×4 twice, to 1×1; 9×19 thrice, to 1×2.
            let config = config(side, BatchNormPlace::Off);
            assert_eq!(config.dense().features, flattened, "{side:?}");
            let images = Tensor::ones([1, 1, side[0], side[1]], &device);
            assert_eq!(network(&config).forward(images).dims(), [1, 10], "{side:?}");
        }
    }

    #[test]
    fn a_stack_as_it_is_written_is_counted_by_hand() {
        let written = ConvConfig {
            filters: vec![4, 6, 8],
            filter_sides: vec![5, 3],
            pools: vec![Pool::None, Pool::Average],
            hidden: vec![],
            dropout: vec![],
            ..config([8, 6], BatchNormPlace::Off)
        };
        // 25·1·4 + 4, then 9·4·6 + 6 and, with the last side again, 9·6·8 + 8; pooled behind the
        // second and, with the last pooling again, the third: 8·2·1 = 16 to 10, and 10.
        let network = network(&written);
        assert_eq!(parameters(&network), 104 + 222 + 440 + 170);
        let x = network.block(0, Tensor::ones([2, 1, 8, 6], &Device::flex()));
        assert_eq!(x.dims(), [2, 4, 8, 6]);
        let x = network.block(1, x);
        assert_eq!(x.dims(), [2, 6, 4, 3]);
        assert_eq!(network.block(2, x).dims(), [2, 8, 2, 1]);
    }
}
