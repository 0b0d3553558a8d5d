//! A convolution with what stands behind it.

use burn::{
    module::Module,
    nn::{
        PaddingConfig2d,
        conv::{Conv2d, Conv2dConfig},
    },
    tensor::Tensor,
};
use gapwise_kernels::{Activation as Fused, batch_norm as kernel, convolution};

use super::{Activation, BatchNorm, BatchNormPlace, NormActivation, batch_norm};
use crate::initialise::{Followed, Initialiser};

/// The sizes of a [`ConvBlock`], whose kernel, stride and padding are the same down and across.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConvBlockConfig {
    /// Channels that it reads.
    pub channels: usize,
    /// Channels that it gives.
    pub filters: usize,
    /// Side of the kernel, at least 1.
    pub kernel: usize,
    /// Pixels from one place of the kernel to the next, at least 1.
    pub stride: usize,
    /// Zeros on each side of the image.
    pub padding: usize,
    /// Whether a number is added to each filter's sums.
    pub bias: bool,
    /// Where batch normalisation stands, if anywhere.
    pub batch_norm: BatchNormPlace,
    /// What batch normalisation adds to the variance: 1e-5, as in PyTorch, unless it is set.
    pub epsilon: f64,
    /// Groups that channels and filters are dealt to; each filter sees the channels of its own.
    pub groups: usize,
    /// The activation; `None` leaves the sums.
    pub activation: Option<Activation>,
}

impl ConvBlockConfig {
    /// A convolution with a bias and ReLU, whose stride is 1 and whose padding, ⌊`kernel` / 2⌋,
    /// keeps the size of the image where `kernel` is odd.
    pub fn new([channels, filters]: [usize; 2], kernel: usize) -> Self {
        ConvBlockConfig {
            channels,
            filters,
            kernel,
            stride: 1,
            padding: kernel / 2,
            bias: true,
            batch_norm: BatchNormPlace::Off,
            epsilon: batch_norm::EPSILON,
            groups: 1,
            activation: Some(Activation::Relu),
        }
    }

    /// The same with batch normalisation before the activation, whose shift stands for the bias.
    #[must_use]
    pub fn with_batch_norm(self) -> Self {
        ConvBlockConfig { batch_norm: BatchNormPlace::BeforeActivation, bias: false, ..self }
    }

    /// The same with the batch normalisation and the activation of a hidden layer.
    #[must_use]
    pub fn followed_by(self, hidden: NormActivation) -> Self {
        let NormActivation { activation, batch_norm } = hidden;
        ConvBlockConfig { batch_norm, bias: hidden.biased(), activation: Some(activation), ..self }
    }

    /// Whether batch normalisation stands anywhere.
    pub fn normalised(&self) -> bool {
        self.batch_norm != BatchNormPlace::Off
    }

    /// The same with another stride.
    #[must_use]
    pub fn with_stride(self, stride: usize) -> Self {
        ConvBlockConfig { stride, ..self }
    }

    /// The same with another padding.
    #[must_use]
    pub fn with_padding(self, padding: usize) -> Self {
        ConvBlockConfig { padding, ..self }
    }

    /// The same without an activation.
    #[must_use]
    pub fn linear(self) -> Self {
        ConvBlockConfig { activation: None, ..self }
    }

    /// The same with filters and channels in groups, which divide both.
    #[must_use]
    pub fn with_groups(self, groups: usize) -> Self {
        ConvBlockConfig { groups, ..self }
    }

    /// The side of what comes out of a side of so many pixels: ⌊(side + 2 · padding − kernel) /
    /// stride⌋ + 1, which needs a kernel no larger than the padded side.
    pub fn side(&self, side: usize) -> usize {
        (side + 2 * self.padding - self.kernel) / self.stride + 1
    }

    /// A block of this shape with initial weights: He's, as before ReLU, or those of the block's own
    /// activation.
    pub fn init(&self, initialiser: &mut Initialiser) -> ConvBlock {
        ConvBlock {
            conv: self.init_convolution(initialiser),
            norm: self.init_norm(initialiser),
            activation: self.activation,
            norm_last: self.batch_norm == BatchNormPlace::AfterActivation,
        }
    }

    /// The convolution alone.
    pub(crate) fn init_convolution(&self, initialiser: &mut Initialiser) -> Conv2d {
        let padding = self.padding;
        let conv = Conv2dConfig::new([self.channels, self.filters], [self.kernel; 2])
            .with_stride([self.stride; 2])
            .with_groups(self.groups)
            .with_padding(PaddingConfig2d::Explicit(padding, padding, padding, padding));
        let batch_norm = match self.bias {
            true => BatchNormPlace::Off,
            false => BatchNormPlace::BeforeActivation,
        };
        let activation = self.activation.unwrap_or_default();
        initialiser.conv2d(&conv, Followed::By(NormActivation { activation, batch_norm }))
    }

    /// The batch normalisation alone, where there is any.
    pub(crate) fn init_norm(&self, initialiser: &Initialiser) -> Option<BatchNorm> {
        let activation = self.activation.unwrap_or_default();
        initialiser
            .batch_norm(self.filters, NormActivation { activation, batch_norm: self.batch_norm })
            .map(|norm| norm.with_epsilon(self.epsilon))
    }
}

/// Convolution, batch normalisation where there is any, a sum with what skipped it where there is
/// something, activation where there is one: in this order, which is that of a residual block's end.
///
/// **Source**: the notes, "Convolutional neural networks" and "Residual networks"; He et al. 2016.
///
/// **Differs from the source**: nothing.
#[derive(Module, Debug)]
pub struct ConvBlock {
    conv: Conv2d,
    norm: Option<BatchNorm>,
    #[module(skip)]
    activation: Option<Activation>,
    /// Whether batch normalisation stands behind the activation.
    #[module(skip)]
    norm_last: bool,
}

impl ConvBlock {
    /// `[batch, filters, height out, width out]` of `[batch, channels, height, width]`.
    pub fn forward(&self, images: Tensor<4>) -> Tensor<4> {
        self.forward_with(images, None)
    }

    /// The same with `skipped`, of the shape of the answer, added before the activation.
    pub fn forward_with(&self, images: Tensor<4>, skipped: Option<Tensor<4>>) -> Tensor<4> {
        let activation = self.activation.map_or(Fused::None, Activation::function);
        let behind = kernel::ResidualActivation { residual: skipped, activation };
        match &self.norm {
            Some(norm) if self.norm_last => {
                norm.forward(convolved((&self.conv, None), images, behind))
            }
            norm => convolved((&self.conv, norm.as_ref()), images, behind),
        }
    }
}

/// What a convolution, and batch normalisation where there is any, make of `images` with what stands
/// behind them.
pub(crate) fn convolved(
    (conv, norm): (&Conv2d, Option<&BatchNorm>),
    images: Tensor<4>,
    behind: kernel::ResidualActivation<4>,
) -> Tensor<4> {
    match norm {
        None if behind.residual.is_none() => {
            convolution::activated(conv, images, behind.activation)
        }
        None => behind.forward(convolution::forward(conv, images)),
        Some(norm) if images.device().is_autodiff() => {
            norm.forward_with(convolution::forward(conv, images), behind)
        }
        Some(norm) => convolution::evaluated(conv, images, norm.running(), behind),
    }
}

#[cfg(test)]
mod tests {
    use burn::{
        module::Param,
        tensor::{Device, TensorData},
    };

    use super::*;

    /// One channel, a kernel of one pixel with the weight 2.
    fn doubling(config: ConvBlockConfig) -> ConvBlock {
        let device = Device::flex().autodiff();
        let mut block = config.init(&mut Initialiser::new(1, &device));
        block.conv.weight = Param::from_tensor(Tensor::full([1, 1, 1, 1], 2.0, &device));
        block
    }

    fn row(values: [f32; 2]) -> Tensor<4> {
        Tensor::from_data(
            TensorData::new(values.to_vec(), [1, 1, 1, 2]),
            &Device::flex().autodiff(),
        )
    }

    #[track_caller]
    fn is(found: Tensor<4>, expected: [f32; 2]) {
        let found: Vec<f32> = found.into_data().try_to_vec().unwrap();
        let near =
            found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-4);
        assert!(near, "{found:?} where {expected:?} is right");
    }

    #[test]
    fn what_skipped_is_added_before_the_activation() {
        let block = doubling(ConvBlockConfig::new([1, 1], 1));
        // 2·−1 = −2 and 2·3 = 6, of which ReLU leaves 0 and 6.
        is(block.forward(row([-1.0, 3.0])), [0.0, 6.0]);
        // −2 + 5 = 3 and 6 − 7 = −1, of which ReLU leaves 3 and 0.
        is(block.forward_with(row([-1.0, 3.0]), Some(row([5.0, -7.0]))), [3.0, 0.0]);
        let linear = doubling(ConvBlockConfig::new([1, 1], 1).linear());
        is(linear.forward(row([-1.0, 3.0])), [-2.0, 6.0]);
    }

    #[test]
    fn batch_norm_stands_between_the_convolution_and_the_sum() {
        let block = doubling(ConvBlockConfig::new([1, 1], 1).with_batch_norm());
        assert!(block.conv.bias.is_none());
        // −2 and 6 have the mean 2 and the deviation 4: −1 and 1; with 3 and −1 added, 2 and 0.
        is(block.forward_with(row([-1.0, 3.0]), Some(row([3.0, -1.0]))), [2.0, 0.0]);
    }

    #[test]
    fn the_side_is_that_of_the_formula() {
        // (224 + 2·3 − 7) / 2 = 111.5, so 112 places.
        assert_eq!(ConvBlockConfig::new([3, 64], 7).with_stride(2).side(224), 112);
        // (224 + 2·2 − 11) / 4 = 54.25.
        assert_eq!(ConvBlockConfig::new([3, 64], 11).with_stride(4).with_padding(2).side(224), 55);
        assert_eq!(ConvBlockConfig::new([3, 64], 5).side(28), 28);
    }
}
