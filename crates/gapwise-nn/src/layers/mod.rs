//! The layers that networks share, beside the engine's dense layers and convolutions.
//!
//! Behind the weights of a hidden layer stand, in this order: batch normalisation (before the
//! activation, after it, or none), the activation, dropout.

mod activation;
mod batch_norm;
mod conv_block;
mod dropout;

use burn::{
    module::{Module, ModuleVisitor, Param},
    nn::{Linear, conv::Conv2d},
    tensor::Tensor,
};
use gapwise_kernels::{Activation as Function, batch_norm as kernel, dense};
use serde::{Deserialize, Serialize};

pub use activation::Activation;
pub use batch_norm::BatchNorm;
pub(crate) use batch_norm::{EPSILON, is_statistic};
pub use conv_block::{ConvBlock, ConvBlockConfig};
pub use dropout::{Draws, Dropout};

/// Where batch normalisation stands in a hidden layer (notes, "Batch normalization").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BatchNormPlace {
    /// Nowhere.
    #[default]
    Off,
    /// Between weights and activation, as in the paper and as the notes advise. The layer then has
    /// no bias: normalisation would take it away again, and the shift of batch normalisation stands
    /// for it.
    BeforeActivation,
    /// Behind the activation. The layer keeps its bias.
    AfterActivation,
}

impl BatchNormPlace {
    /// The word for it in settings and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            BatchNormPlace::Off => "off",
            BatchNormPlace::BeforeActivation => "before-activation",
            BatchNormPlace::AfterActivation => "after-activation",
        }
    }
}

/// Batch normalisation and activation of every hidden layer of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NormActivation {
    /// The activation; ReLU by default.
    pub activation: Activation,
    /// Whether and where batch normalisation stands; nowhere by default.
    pub batch_norm: BatchNormPlace,
}

impl NormActivation {
    /// What leaves the hidden layer whose weighted sums are `sums`, of the shape
    /// `[batch, units, ...]`. `norm` is the layer's own batch normalisation, `None` where the place
    /// is [`BatchNormPlace::Off`].
    pub fn forward<const D: usize>(self, sums: Tensor<D>, norm: Option<&BatchNorm>) -> Tensor<D> {
        match norm {
            None => self.activation.forward(sums),
            Some(norm) if self.batch_norm == BatchNormPlace::AfterActivation => {
                norm.forward(self.activation.forward(sums))
            }
            Some(norm) => {
                let activation = self.activation.function();
                norm.forward_with(sums, kernel::ResidualActivation { residual: None, activation })
            }
        }
    }

    /// What leaves a hidden layer that is the convolution `conv` of `images`, as
    /// [`NormActivation::forward`] of its sums.
    pub(crate) fn convolved(
        self,
        (conv, norm): (&Conv2d, Option<&BatchNorm>),
        images: Tensor<4>,
    ) -> Tensor<4> {
        let behind =
            kernel::ResidualActivation { residual: None, activation: self.activation.function() };
        match norm {
            Some(norm) if self.batch_norm == BatchNormPlace::AfterActivation => {
                norm.forward(conv_block::convolved((conv, None), images, behind))
            }
            norm => conv_block::convolved((conv, norm), images, behind),
        }
    }

    /// What leaves the hidden dense layer `layer` that reads `x`, `[batch, inputs]`: `[batch, units]`.
    /// `norm` is as for [`NormActivation::forward`].
    pub fn dense(self, layer: &Linear, x: Tensor<2>, norm: Option<&BatchNorm>) -> Tensor<2> {
        let activation = self.activation.function();
        match norm {
            None => dense::forward(layer, x, activation),
            Some(norm) if self.batch_norm == BatchNormPlace::AfterActivation => {
                norm.forward(dense::forward(layer, x, activation))
            }
            Some(norm) => {
                let sums = dense::forward(layer, x, Function::None);
                norm.forward_with(sums, kernel::ResidualActivation { residual: None, activation })
            }
        }
    }

    /// Whether the layer in front has a bias.
    pub fn biased(self) -> bool {
        self.batch_norm != BatchNormPlace::BeforeActivation
    }

    /// Whether batch normalisation stands anywhere.
    pub fn normalised(self) -> bool {
        self.batch_norm != BatchNormPlace::Off
    }
}

/// Weights, biases, scales and shifts of a network: all that training fits. The running statistics
/// of batch normalisation, which are kept with them, are not counted.
pub fn parameters<M: Module>(network: &M) -> usize {
    struct Count {
        skipped: bool,
        counted: usize,
    }
    impl ModuleVisitor for Count {
        fn enter_module(&mut self, name: &str, _: &str) {
            self.skipped = is_statistic(name);
        }

        fn exit_module(&mut self, _: &str, _: &str) {
            self.skipped = false;
        }

        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if !self.skipped {
                self.counted += param.lazy_shape().num_elements();
            }
        }
    }
    let mut count = Count { skipped: false, counted: 0 };
    network.visit(&mut count);
    count.counted
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;

    #[test]
    fn batch_norm_stands_where_it_is_set() {
        let device = Device::flex().autodiff();
        let norm = BatchNorm::new(1, &device);
        let sums = || Tensor::<2>::from_data(TensorData::from([[-3.0], [1.0]]), &device);
        let after = |place, norm: Option<&BatchNorm>| -> Vec<f32> {
            let hidden = NormActivation { activation: Activation::Relu, batch_norm: place };
            hidden.forward(sums(), norm).into_data().try_to_vec().unwrap()
        };
        // ReLU of −3 and 1.
        assert_eq!(after(BatchNormPlace::Off, None), [0.0, 1.0]);
        // Mean −1, deviation 2: −1 and 1, of which ReLU leaves 0 and 1.
        let before = after(BatchNormPlace::BeforeActivation, Some(&norm));
        assert!(before[0] == 0.0 && (before[1] - 1.0).abs() < 1e-5, "{before:?}");
        // ReLU leaves 0 and 1; mean ½, deviation ½: −1 and 1.
        let behind = after(BatchNormPlace::AfterActivation, Some(&norm));
        assert!((behind[0] + 1.0).abs() < 1e-4 && (behind[1] - 1.0).abs() < 1e-4, "{behind:?}");
    }
}
