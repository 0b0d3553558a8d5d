//! The functions between weighted sums.

use burn::tensor::Tensor;
use gapwise_kernels::Activation as Function;
use serde::{Deserialize, Serialize};

use crate::initialise::Initialisation;

/// What a hidden layer makes of each of its weighted sums.
///
/// **Source**: the notes, "Activation functions" and "Weight initialization".
///
/// **Differs from the source**: nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// max(0, x). The default: it does not saturate, and costs least.
    #[default]
    Relu,
    /// tanh x.
    Tanh,
    /// x above zero, 0.01 · x below: its units never die.
    LeakyRelu,
}

impl Activation {
    /// Slope of [`Activation::LeakyRelu`] below zero (Maas, Hannun & Ng 2013).
    pub(crate) const LEAK: f32 = 0.01;

    /// The word for it in settings and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Activation::Relu => "relu",
            Activation::Tanh => "tanh",
            Activation::LeakyRelu => "leaky-relu",
        }
    }

    /// The function of every value.
    pub fn forward<const D: usize>(self, x: Tensor<D>) -> Tensor<D> {
        self.function().forward(x)
    }

    /// The same as a part of the kernels' operations.
    pub fn function(self) -> Function {
        match self {
            Activation::Relu => Function::Relu,
            Activation::Tanh => Function::Tanh,
            Activation::LeakyRelu => Function::LeakyRelu { slope: Self::LEAK },
        }
    }

    /// How weights in front of it are drawn by default: He where half of the sums is cut off,
    /// Xavier in front of tanh.
    pub fn initialisation(self) -> Initialisation {
        match self {
            Activation::Relu | Activation::LeakyRelu => Initialisation::He,
            Activation::Tanh => Initialisation::Xavier,
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    #[test]
    fn each_function_is_that_of_its_name() {
        let of = |activation: Activation| -> Vec<f32> {
            let x = Tensor::<1>::from_floats([-2.0, 0.0, 0.5], &Device::flex());
            activation.forward(x).into_data().try_to_vec().unwrap()
        };
        assert_eq!(of(Activation::Relu), [0.0, 0.0, 0.5]);
        // −2 · 0.01 = −0.02.
        assert_eq!(of(Activation::LeakyRelu), [-0.02, 0.0, 0.5]);
        // tanh 2 = (e⁴ − 1) / (e⁴ + 1) = 53.598150 / 55.598150 = 0.964028;
        // tanh ½ = (e − 1) / (e + 1) = 1.718282 / 3.718282 = 0.462117.
        for (found, expected) in of(Activation::Tanh).into_iter().zip([-0.964_028, 0.0, 0.462_117])
        {
            assert!((found - expected).abs() < 1e-6, "{found} where {expected} is right");
        }
    }
}
