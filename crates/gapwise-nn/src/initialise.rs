//! First weights.
//!
//! **Source**: the notes, "Weight initialization"; He et al. 2015, Glorot & Bengio 2010.
//!
//! **Differs from the source**: nothing. Weights are drawn here rather than by the engine's own
//! generator, so that one seed gives the same bits on every device.

use burn::{
    module::Param,
    nn::{Embedding, Linear, LinearConfig, conv::Conv2d, conv::Conv2dConfig},
    tensor::{Device, Tensor, TensorData},
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal};

/// Draws the weights of a network, layer by layer, from one seed.
#[derive(Debug)]
pub struct Initialiser {
    rng: ChaCha8Rng,
    device: Device,
}

/// The gain of the layer's weights, by what follows the layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Followed {
    /// By a ReLU: He, variance 2 / n_in.
    ByRelu,
    /// By nothing, or by tanh: Xavier as the notes print it, variance 1 / n_in.
    ByNothing,
}

impl Followed {
    /// Variance of a weight in a layer that sums over `inputs` values. A layer without inputs has
    /// no weight to draw; its variance is that of one input.
    pub fn variance(self, inputs: usize) -> f64 {
        let inputs = inputs.max(1) as f64;
        match self {
            Followed::ByRelu => 2.0 / inputs,
            Followed::ByNothing => 1.0 / inputs,
        }
    }
}

impl Initialiser {
    /// Draws from `seed`, onto `device`.
    pub fn new(seed: u64, device: &Device) -> Self {
        Initialiser { rng: ChaCha8Rng::seed_from_u64(seed), device: device.clone() }
    }

    /// A dense layer from `inputs` to `outputs` values, with zero bias.
    pub fn linear(&mut self, inputs: usize, outputs: usize, followed: Followed) -> Linear {
        let layer = LinearConfig::new(inputs, outputs).init(&self.device);
        Linear {
            weight: self.normal([inputs, outputs], followed.variance(inputs)),
            bias: layer.bias.map(|_| self.zeros([outputs])),
        }
    }

    /// The convolution that `config` describes, with zero bias.
    pub fn conv2d(&mut self, config: &Conv2dConfig, followed: Followed) -> Conv2d {
        let [channels_in, channels_out] = config.channels;
        let [height, width] = config.kernel_size;
        let inputs = channels_in / config.groups * height * width;
        let shape = [channels_out, channels_in / config.groups, height, width];
        let layer = config.init(&self.device);
        Conv2d {
            weight: self.normal(shape, followed.variance(inputs)),
            bias: layer.bias.as_ref().map(|_| self.zeros([channels_out])),
            ..layer
        }
    }

    /// A table of `categories` vectors of `dimensions` values, drawn with variance
    /// 1 / `dimensions`, so that a looked-up vector has a length of about 1.
    pub fn embedding(&mut self, categories: usize, dimensions: usize) -> Embedding {
        Embedding { weight: self.normal([categories, dimensions], 1.0 / dimensions as f64) }
    }

    fn normal<const D: usize>(&mut self, shape: [usize; D], variance: f64) -> Param<Tensor<D>> {
        let normal = Normal::new(0.0, variance.sqrt())
            .expect("a variance of 1/n or 2/n is finite and positive");
        let values: Vec<f32> = (0..shape.iter().product::<usize>())
            .map(|_| normal.sample(&mut self.rng) as f32)
            .collect();
        Param::from_tensor(Tensor::from_data(TensorData::new(values, shape), &self.device))
    }

    fn zeros<const D: usize>(&self, shape: [usize; D]) -> Param<Tensor<D>> {
        Param::from_tensor(Tensor::zeros(shape, &self.device))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variance(values: &[f32]) -> f64 {
        let n = values.len() as f64;
        let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
        values.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / n
    }

    fn values<const D: usize>(param: &Param<Tensor<D>>) -> Vec<f32> {
        param.val().into_data().try_to_vec().unwrap()
    }

    #[test]
    fn weights_before_a_relu_have_the_variance_of_he() {
        let layer = Initialiser::new(1, &Device::flex()).linear(200, 400, Followed::ByRelu);
        let weights = values(&layer.weight);
        // 80,000 draws of variance 2/200 = 0.01: the estimate's standard error is
        // 0.01 · √(2 / 80,000) = 0.00005.
        assert!((variance(&weights) - 0.01).abs() < 0.0003, "{}", variance(&weights));
        assert!(values(&layer.bias.unwrap()).iter().all(|&b| b == 0.0));
    }

    #[test]
    fn a_convolution_counts_every_value_under_its_kernel() {
        let config = Conv2dConfig::new([16, 256], [5, 5]);
        let layer = Initialiser::new(1, &Device::flex()).conv2d(&config, Followed::ByNothing);
        // 16 channels · 5 · 5 = 400 inputs: variance 1/400 = 0.0025.
        let found = variance(&values(&layer.weight));
        assert!((found - 0.0025).abs() < 0.00008, "{found}");
    }

    #[test]
    fn a_seed_gives_the_same_weights_and_another_seed_others() {
        let draw = |seed| {
            let layer = Initialiser::new(seed, &Device::flex()).linear(8, 4, Followed::ByRelu);
            values(&layer.weight)
        };
        assert_eq!(draw(3), draw(3));
        assert_ne!(draw(3), draw(4));
    }
}
