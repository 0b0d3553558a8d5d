//! A stack of convolutions whose sizes are written in the configuration.
//!
//! **Source**: the notes' rule for convolutional networks (height and width shrink with depth,
//! channels grow, then dense layers); the blocks of 3×3 convolutions and 2×2 max pooling are those
//! of Simonyan & Zisserman 2015, "Very deep convolutional networks for large-scale image
//! recognition", with batch normalisation as in Ioffe & Szegedy 2015.
//!
//! **Differs from the source**: one convolution to a block where VGG has two and more, and a pooling
//! is left out where a side is under 2 pixels.
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
        PaddingConfig2d,
        conv::{Conv2d, Conv2dConfig},
        pool::{MaxPool2d, MaxPool2dConfig},
    },
    tensor::Tensor,
};
use gapwise_kernels::pooling;
use serde::{Deserialize, Serialize};

use super::Signal;
use super::feed_forward::{Features, FeedForward, FeedForwardConfig};
use crate::{
    initialise::{Followed, Initialiser},
    layers::{BatchNorm, Behind, Dropout},
};

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
    /// Units of each hidden dense layer, first to last.
    pub hidden: Vec<usize>,
    /// What stands behind the weights of each hidden layer.
    pub behind: Behind,
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
    behind: Behind,
    pool: MaxPool2d,
    dense: FeedForward,
}

/// Values that convolutions of these `filters` leave of an image of `channels`, `height` and
/// `width`, each followed by a pooling where both sides have two pixels.
pub fn features([channels, height, width]: [usize; 3], filters: &[usize]) -> usize {
    let halved = |(height, width), _: &usize| {
        if height < 2 || width < 2 { (height, width) } else { (height / 2, width / 2) }
    };
    let (height, width) = filters.iter().fold((height, width), halved);
    let channels = filters.last().copied().unwrap_or(channels);
    channels.saturating_mul(height).saturating_mul(width)
}

impl ConvConfig {
    /// The dense layers behind the convolutions.
    pub fn dense(&self) -> FeedForwardConfig {
        FeedForwardConfig {
            features: features([self.channels, self.height, self.width], &self.filters),
            embeddings: Vec::new(),
            hidden: self.hidden.clone(),
            behind: self.behind,
            dropout: self.dropout.clone(),
            input_dropout: 0.0,
            outputs: self.outputs,
        }
    }

    /// Channels into and out of each convolution.
    pub(crate) fn steps(&self) -> impl Iterator<Item = [usize; 2]> {
        let from = [self.channels].into_iter().chain(self.filters.iter().copied());
        from.zip(&self.filters).map(|(from, &to)| [from, to])
    }

    /// A network of this shape with first weights.
    ///
    /// # Panics
    ///
    /// Where `dropout` is shorter than `hidden`.
    pub fn init(&self, initialiser: &mut Initialiser) -> Conv {
        let conv = |channels| {
            let config = Conv2dConfig::new(channels, [3, 3]).with_padding(PaddingConfig2d::Same);
            initialiser.conv2d(&config, Followed::By(self.behind))
        };
        let convs = self.steps().map(conv).collect();
        let norm = |&filters| initialiser.batch_norm(filters, self.behind);
        Conv {
            input_dropout: Dropout::new(self.input_dropout),
            convs,
            norms: self.filters.iter().filter_map(norm).collect(),
            behind: self.behind,
            pool: MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init(),
            dense: self.dense().init(initialiser),
        }
    }
}

impl Conv {
    /// Logits of a batch of images `[batch, channels, height, width]`.
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        (0..=self.stages()).fold(images.into(), |x, at| self.stage(at, x)).units()
    }

    /// Convolutions, each of which is a stage.
    pub(super) fn stages(&self) -> usize {
        self.convs.len()
    }

    /// What stage `at` makes of `x`.
    pub(super) fn stage(&self, at: usize, x: Signal) -> Signal {
        if at == self.stages() {
            let dense = x.units(); // [batch, filters · height · width]
            return self.dense.forward(Features { dense, codes: None }).into(); // [batch, outputs]
        }
        let x = x.images();
        let x = if at == 0 { self.input_dropout.forward(x) } else { x };
        self.block(at, x).into()
    }

    /// Convolution `at`, from 0, and what stands behind it.
    fn block(&self, at: usize, x: Tensor<4>) -> Tensor<4> {
        let x = self.behind.convolved((&self.convs[at], self.norms.get(at)), x);
        let [_, _, height, width] = x.dims(); // [batch, filters, height, width]
        if height < 2 || width < 2 { x } else { pooling::max(&self.pool, x) } // [.., height / 2, width / 2]
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
            hidden: vec![128],
            behind: Behind { activation: Activation::Relu, batch_norm },
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
        for (place, behind) in [
            (BatchNormPlace::Off, units),
            (BatchNormPlace::BeforeActivation, 2 * units),
            (BatchNormPlace::AfterActivation, 3 * units),
        ] {
            let network = network(&config([28, 28], place));
            assert_eq!(parameters(&network), weights + behind, "{place:?}");
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
}
