//! First weights.
//!
//! **Source**: the notes, "Weight initialization"; He et al. 2015, Glorot & Bengio 2010.
//!
//! **Differs from the source**: Xavier has the variance 1 / n_in, as the notes print it (Glorot &
//! Bengio: 2 / (n_in + n_out)). Weights are drawn here rather than by the engine's own generator,
//! so that one seed gives the same bits on every device.

mod setting;

use burn::{
    module::{Param, ParamId},
    nn::{Embedding, Linear, LinearConfig, conv::Conv2d, conv::Conv2dConfig},
    tensor::{Device, Tensor, TensorData},
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal};

pub use setting::Initialisation;

use crate::layers::{BatchNorm, NormActivation};

/// Draws the weights of a network, layer by layer, from one seed.
#[derive(Debug)]
pub struct Initialiser {
    /// Nothing where weights are zero.
    rng: Option<ChaCha8Rng>,
    device: Device,
    chosen: Option<Initialisation>,
    scale: f64,
}

/// What follows the layer, which says how its weights are drawn by default and whether it has a
/// bias.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Followed {
    /// By batch normalisation and an activation: it is a hidden layer.
    By(NormActivation),
    /// By nothing: it is the output layer. Xavier, in the chosen form.
    ByNothing,
}

impl Initialiser {
    /// Where it draws to.
    pub(crate) fn device(&self) -> &Device {
        &self.device
    }

    /// Draws from `seed`, onto `device`: He or Xavier, by what follows a layer.
    pub fn new(seed: u64, device: &Device) -> Self {
        let rng = Some(ChaCha8Rng::seed_from_u64(seed));
        Initialiser { rng, device: device.clone(), chosen: None, scale: 1.0 }
    }

    /// Leaves every weight 0: for networks whose weights come from elsewhere.
    pub fn blank(device: &Device) -> Self {
        Initialiser { rng: None, device: device.clone(), chosen: None, scale: 1.0 }
    }

    /// The same with `chosen` for every hidden layer; `None` goes by what follows it.
    pub fn with_initialisation(self, chosen: Option<Initialisation>) -> Self {
        Initialiser { chosen, ..self }
    }

    /// The same with every standard deviation times `scale`, above 0; those of embeddings stay.
    pub fn with_scale(self, scale: f64) -> Self {
        Initialiser { scale, ..self }
    }

    /// A dense layer from `inputs` to `outputs` values. Its bias, where it has one, is zero.
    pub fn linear(&mut self, inputs: usize, outputs: usize, followed: Followed) -> Linear {
        let layer = LinearConfig::new(inputs, outputs).init(&self.device);
        Linear {
            weight: self.weight([inputs, outputs], inputs, followed),
            bias: layer.bias.filter(|_| biased(followed)).map(|_| self.zeros([outputs])),
        }
    }

    /// The convolution that `config` describes. Its bias, where it has one, is zero.
    pub fn conv2d(&mut self, config: &Conv2dConfig, followed: Followed) -> Conv2d {
        let [channels_in, channels_out] = config.channels;
        let [height, width] = config.kernel_size;
        let inputs = channels_in / config.groups * height * width;
        let shape = [channels_out, channels_in / config.groups, height, width];
        let layer = config.init(&self.device);
        Conv2d {
            weight: self.weight(shape, inputs, followed),
            bias: layer
                .bias
                .as_ref()
                .filter(|_| biased(followed))
                .map(|_| self.zeros([channels_out])),
            ..layer
        }
    }

    /// The batch normalisation of a hidden layer of `units` units or channels, where there is any.
    pub fn batch_norm(&self, units: usize, norm_activation: NormActivation) -> Option<BatchNorm> {
        norm_activation.normalised().then(|| BatchNorm::new(units, &self.device))
    }

    /// A table of `categories` vectors of `dimensions` values, drawn with variance
    /// 1 / `dimensions`, so that a looked-up vector has a length of about 1.
    pub fn embedding(&mut self, categories: usize, dimensions: usize) -> Embedding {
        let weight = self.normal([categories, dimensions], (1.0 / dimensions as f64).sqrt());
        Embedding { weight }
    }

    fn weight<const D: usize>(
        &mut self,
        shape: [usize; D],
        inputs: usize,
        followed: Followed,
    ) -> Param<Tensor<D>> {
        let drawn = match followed {
            Followed::By(norm_activation) => {
                self.chosen.unwrap_or(norm_activation.activation.initialisation())
            }
            Followed::ByNothing => self.chosen.map_or(Initialisation::Xavier, |chosen| {
                if chosen.is_uniform() {
                    Initialisation::XavierUniform
                } else {
                    Initialisation::Xavier
                }
            }),
        };
        let deviation = self.scale * drawn.variance(inputs).sqrt();
        if drawn.is_uniform() {
            self.uniform(shape, deviation)
        } else {
            self.normal(shape, deviation)
        }
    }

    fn normal<const D: usize>(&mut self, shape: [usize; D], deviation: f64) -> Param<Tensor<D>> {
        let normal = Normal::new(0.0, deviation)
            .expect("a scale above 0 times the root of 1/n or 2/n is finite and positive");
        self.drawn(shape, |rng| normal.sample(rng))
    }

    /// Uniform in ±√3 · `deviation`, whose variance is ⅓ · (√3 · `deviation`)² = `deviation`².
    fn uniform<const D: usize>(&mut self, shape: [usize; D], deviation: f64) -> Param<Tensor<D>> {
        let limit = 3.0_f64.sqrt() * deviation;
        self.drawn(shape, |rng| limit * (2.0 * rng.random::<f64>() - 1.0))
    }

    fn drawn<const D: usize>(
        &mut self,
        shape: [usize; D],
        draw: impl Fn(&mut ChaCha8Rng) -> f64,
    ) -> Param<Tensor<D>> {
        let Some(rng) = &mut self.rng else { return self.blank_weight(shape) };
        let values: Vec<f32> =
            (0..shape.iter().product::<usize>()).map(|_| draw(rng) as f32).collect();
        Param::from_tensor(Tensor::from_data(TensorData::new(values, shape), &self.device))
    }

    /// Zeros that take no memory until they are looked at: what comes from elsewhere takes their place.
    fn blank_weight<const D: usize>(&self, shape: [usize; D]) -> Param<Tensor<D>> {
        let zeros = move |device: &Device, learns: bool| {
            let zeros = Tensor::zeros(shape, device);
            if learns { zeros.require_grad() } else { zeros }
        };
        Param::uninitialized(ParamId::new(), zeros, self.device.clone(), true, shape.into())
    }

    fn zeros<const D: usize>(&self, shape: [usize; D]) -> Param<Tensor<D>> {
        Param::from_tensor(Tensor::zeros(shape, &self.device))
    }
}

fn biased(followed: Followed) -> bool {
    match followed {
        Followed::By(norm_activation) => norm_activation.biased(),
        Followed::ByNothing => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::{Activation, BatchNormPlace};

    const BY_RELU: Followed = Followed::By(NormActivation {
        activation: Activation::Relu,
        batch_norm: BatchNormPlace::Off,
    });
    const BY_TANH: Followed = Followed::By(NormActivation {
        activation: Activation::Tanh,
        batch_norm: BatchNormPlace::Off,
    });

    fn variance(values: &[f32]) -> f64 {
        let n = values.len() as f64;
        let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
        values.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / n
    }

    fn values<const D: usize>(param: &Param<Tensor<D>>) -> Vec<f32> {
        param.val().into_data().try_to_vec().unwrap()
    }

    fn weights(initialiser: Initialiser, followed: Followed) -> Vec<f32> {
        let mut initialiser = initialiser;
        values(&initialiser.linear(200, 400, followed).weight)
    }

    fn of_seed_1() -> Initialiser {
        Initialiser::new(1, &Device::flex())
    }

    #[test]
    fn weights_before_a_relu_have_the_variance_of_he() {
        let layer = of_seed_1().linear(200, 400, BY_RELU);
        let weights = values(&layer.weight);
        // 80,000 draws of variance 2/200 = 0.01: the estimate's standard error is
        // 0.01 · √(2 / 80,000) = 0.00005.
        assert!((variance(&weights) - 0.01).abs() < 0.0003, "{}", variance(&weights));
        assert!(values(&layer.bias.unwrap()).iter().all(|&b| b == 0.0));
    }

    #[test]
    fn weights_before_tanh_and_of_the_output_have_the_variance_of_xavier() {
        for followed in [BY_TANH, Followed::ByNothing] {
            // 1/200 = 0.005, within six standard errors of 0.005 · √(2 / 80,000) = 0.000025.
            let found = variance(&weights(of_seed_1(), followed));
            assert!((found - 0.005).abs() < 0.000_15, "{followed:?}: {found}");
        }
    }

    #[test]
    fn a_uniform_form_has_the_variance_of_its_normal_one_and_keeps_its_bounds() {
        for (chosen, hidden) in
            [(Initialisation::HeUniform, 0.01), (Initialisation::XavierUniform, 0.005)]
        {
            for (followed, expected) in [(BY_RELU, hidden), (Followed::ByNothing, 0.005)] {
                let weights = weights(of_seed_1().with_initialisation(Some(chosen)), followed);
                let found = variance(&weights);
                assert!((found / expected - 1.0).abs() < 0.02, "{chosen:?}: {found}");
                // √(3 · 0.01) = 0.173205; √(3 · 0.005) = 0.122474.
                let limit = if expected == 0.01 { 0.173_205_1 } else { 0.122_474_5 };
                let largest = weights.iter().fold(0.0_f32, |most, weight| most.max(weight.abs()));
                assert!(largest <= limit && largest > 0.999 * limit, "{chosen:?}: {largest}");
            }
        }
    }

    #[test]
    fn what_is_chosen_holds_for_hidden_layers_whatever_follows_them() {
        let he = weights(of_seed_1().with_initialisation(Some(Initialisation::He)), BY_TANH);
        assert_eq!(he, weights(of_seed_1(), BY_RELU));
        let output = of_seed_1().with_initialisation(Some(Initialisation::He));
        assert_eq!(weights(output, Followed::ByNothing), weights(of_seed_1(), BY_TANH));
    }

    #[test]
    fn a_scale_multiplies_the_standard_deviation() {
        // 0.3² · 0.01 = 0.0009.
        let found = variance(&weights(of_seed_1().with_scale(0.3), BY_RELU));
        assert!((found - 0.000_9).abs() < 0.000_027, "{found}");
    }

    #[test]
    fn a_layer_in_front_of_batch_norm_has_no_bias() {
        for (batch_norm, biased) in [
            (BatchNormPlace::Off, true),
            (BatchNormPlace::BeforeActivation, false),
            (BatchNormPlace::AfterActivation, true),
        ] {
            let followed = Followed::By(NormActivation { batch_norm, ..NormActivation::default() });
            assert_eq!(of_seed_1().linear(2, 3, followed).bias.is_some(), biased);
            let config = Conv2dConfig::new([1, 2], [3, 3]);
            assert_eq!(of_seed_1().conv2d(&config, followed).bias.is_some(), biased);
        }
    }

    #[test]
    fn a_convolution_counts_every_value_under_its_kernel() {
        let config = Conv2dConfig::new([16, 256], [5, 5]);
        let layer = of_seed_1().conv2d(&config, Followed::ByNothing);
        // 16 channels · 5 · 5 = 400 inputs: variance 1/400 = 0.0025.
        let found = variance(&values(&layer.weight));
        assert!((found - 0.0025).abs() < 0.00008, "{found}");
    }

    #[test]
    fn a_seed_gives_the_same_weights_and_another_seed_others() {
        let draw = |seed| weights(Initialiser::new(seed, &Device::flex()), BY_RELU);
        assert_eq!(draw(3), draw(3));
        assert_ne!(draw(3), draw(4));
    }
}
