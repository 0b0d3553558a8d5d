//! Batch normalisation.

use std::sync::{Mutex, PoisonError};

use burn::{
    module::{
        Content, Devices, Module, ModuleDisplay, ModuleDisplayDefault, ModuleMapper, ModuleVisitor,
        Param, ParamId,
    },
    tensor::{Device, Tensor},
};
use gapwise_kernels::batch_norm::{Affine, ResidualActivation, Running, in_training};

/// Added to the variance, so that a unit that never varies does not divide by zero.
pub(crate) const EPSILON: f64 = 1e-5;
/// Share of the past in the running statistics.
const PAST: f64 = 0.9;

/// Normalises each unit to zero mean and unit variance, then scales by γ and shifts by β, which are
/// learned: y = γ · (x − μ) / √(σ² + 1e-5) + β.
///
/// In training (on a device with automatic differentiation) μ and σ² are those of the batch, per
/// unit or channel, over all else, and each forward pass moves the running statistics: the average
/// v_t = 0.9 · v_{t−1} + 0.1 · batch with its bias correction v_t / (1 − 0.9^t), so that the first
/// batch alone is its own average. In evaluation the running statistics stand for the batch's;
/// before any batch they are mean 0 and variance 1. A batch of one value per unit has no variance,
/// and leaves β.
///
/// **Source**: the notes, "Batch normalization" and "Exponential moving average"; Ioffe & Szegedy 2015, "Batch normalization:
/// accelerating deep network training by reducing internal covariate shift".
///
/// **Differs from the source**: the running variance is the average of the batches' population
/// variances, as in the notes; the paper and PyTorch take n / (n − 1) times that. PyTorch does not
/// correct for the start: there the statistics begin at 0 and 1 and keep 0.9^t of that.
#[derive(Module, Debug)]
pub struct BatchNorm {
    gamma: Param<Tensor<1>>,
    beta: Param<Tensor<1>>,
    running_mean: Statistic,
    running_var: Statistic,
    /// t, one number; named as in PyTorch.
    num_batches_tracked: Statistic,
    #[module(skip)]
    epsilon: f64,
}

impl BatchNorm {
    /// For `units` units or channels, with γ = 1 and β = 0.
    pub fn new(units: usize, device: &Device) -> Self {
        BatchNorm {
            gamma: Param::from_tensor(Tensor::ones([units], device)),
            beta: Param::from_tensor(Tensor::zeros([units], device)),
            running_mean: Statistic::new(Tensor::zeros([units], device)),
            running_var: Statistic::new(Tensor::ones([units], device)),
            num_batches_tracked: Statistic::new(Tensor::zeros([1], device)),
            epsilon: EPSILON,
        }
    }

    /// The same with another number in place of 1e-5, above 0.
    pub fn with_epsilon(self, epsilon: f64) -> Self {
        BatchNorm { epsilon, ..self }
    }

    /// `x` normalised; `[batch, units]` or `[batch, channels, height, width]`.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.forward_with(x, ResidualActivation::default())
    }

    /// The same with what stands behind it.
    pub fn forward_with<const D: usize>(
        &self,
        x: Tensor<D>,
        behind: ResidualActivation<D>,
    ) -> Tensor<D> {
        if !x.device().is_autodiff() {
            return behind.forward(self.running().forward(x));
        }
        let batch = in_training(x, self.affine(), behind);
        let batches = self.num_batches_tracked.value().add_scalar(1.0);
        // v_t / (1 − β^t) as a step from the one before: its share of the batch is
        // (1 − β) / (1 − β^t). The whole stays on the device, so that nothing waits for it.
        let past = batches.clone().mul_scalar(PAST.ln()).exp();
        let share = past.neg().add_scalar(1.0).recip().mul_scalar(1.0 - PAST);
        self.running_mean.take_in(batch.mean, share.clone());
        self.running_var.take_in(batch.variance, share);
        self.num_batches_tracked.set(batches);
        batch.output
    }

    /// What it is in evaluation.
    pub(super) fn running(&self) -> Running {
        Running {
            affine: self.affine(),
            mean: self.running_mean.value(),
            variance: self.running_var.value(),
        }
    }

    fn affine(&self) -> Affine {
        Affine { gamma: self.gamma.val(), beta: self.beta.val(), epsilon: self.epsilon }
    }
}

/// Whether a field of this name is no parameter: it is kept with them, but nothing is fitted.
pub(crate) fn is_statistic(field: &str) -> bool {
    ["running_mean", "running_var", "num_batches_tracked"].contains(&field)
}

/// A moving average that the forward pass moves. Unlike the engine's `RunningState`, a copy has a
/// value of its own, so that the network of the best epoch stays as it was, and the value never
/// lags behind the last batch.
#[derive(Debug)]
struct Statistic {
    id: ParamId,
    value: Mutex<Tensor<1>>,
}

impl Statistic {
    fn new(value: Tensor<1>) -> Self {
        Statistic { id: ParamId::new(), value: Mutex::new(value) }
    }

    fn value(&self) -> Tensor<1> {
        self.value.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, to: Tensor<1>) {
        *self.value.lock().unwrap_or_else(PoisonError::into_inner) = to;
    }

    /// Moves by `share`, one number in (0, 1], of the way to `batch`.
    fn take_in(&self, batch: Tensor<1>, share: Tensor<1>) {
        let here = self.value();
        self.set(here.clone() + (batch.detach() - here) * share);
    }

    fn with(&self, value: Tensor<1>) -> Self {
        Statistic { id: self.id, value: Mutex::new(value) }
    }
}

impl Clone for Statistic {
    fn clone(&self) -> Self {
        self.with(self.value())
    }
}

impl Module for Statistic {
    fn collect_devices(&self, mut devices: Devices) -> Devices {
        let device = self.value().device();
        if !devices.contains(&device) {
            devices.push(device);
        }
        devices
    }

    fn fork(self, device: &Device) -> Self {
        self.to_device(device)
    }

    fn to_device(self, device: &Device) -> Self {
        self.with(self.value().to_device(device))
    }

    fn train(self) -> Self {
        self.with(self.value().autodiff())
    }

    fn valid(&self) -> Self {
        self.with(self.value().without_autodiff())
    }

    fn materialize(self) -> Self {
        self
    }

    fn visit<V: ModuleVisitor>(&self, visitor: &mut V) {
        visitor.visit_float(&Param::initialized(self.id, self.value()));
    }

    fn map<M: ModuleMapper>(self, mapper: &mut M) -> Self {
        let mapped = mapper.map_float(Param::initialized(self.id, self.value()));
        let (id, value, _) = mapped.consume();
        // No gradient flows to it, whatever the mapper did.
        Statistic { id, value: Mutex::new(value.detach().set_require_grad(false)) }
    }
}

impl ModuleDisplayDefault for Statistic {
    fn content(&self, content: Content) -> Option<Content> {
        content.add_formatted(&format!("Statistic({})", self.id)).optional()
    }
}

impl ModuleDisplay for Statistic {}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;

    use super::*;

    fn column(values: [f32; 2], device: &Device) -> Tensor<2> {
        Tensor::from_data(TensorData::new(values.to_vec(), [2, 1]), device)
    }

    fn close<const D: usize>(found: Tensor<D>, expected: &[f32]) {
        let found: Vec<f32> = found.into_data().try_to_vec().unwrap();
        assert_eq!(found.len(), expected.len());
        for (one, other) in found.iter().zip(expected) {
            assert!((one - other).abs() < 1e-5, "{found:?} where {expected:?} is right");
        }
    }

    #[test]
    fn two_batches_by_hand() {
        let device = Device::flex().autodiff();
        let norm = BatchNorm::new(1, &device);
        // Mean 2, variance ½ · (1 + 1) = 1: ∓1 / √1.00001 = ∓0.999995.
        close(norm.forward(column([1.0, 3.0], &device)), &[-0.999_995, 0.999_995]);
        close(norm.running_mean.value(), &[2.0]); // 0.1·2 / (1 − 0.9)
        close(norm.running_var.value(), &[1.0]); // 0.1·1 / (1 − 0.9)
        // Mean 4, variance 4: ∓2 / √4.00001 = ∓0.999999.
        close(norm.forward(column([2.0, 6.0], &device)), &[-0.999_999, 0.999_999]);
        // (0.9·0.2 + 0.1·4) / (1 − 0.81) = 0.58 / 0.19, and (0.9·0.1 + 0.1·4) / 0.19 = 0.49 / 0.19.
        close(norm.running_mean.value(), &[3.052_632]);
        close(norm.running_var.value(), &[2.578_947]);
        // In evaluation (x − 3.052632) / √2.578957: −2.052632 / 1.605913, −1.052632 / 1.605913.
        let answered = norm.valid().forward(column([1.0, 2.0], &Device::flex()));
        close(answered, &[-1.278_172, -0.655_472]);
    }

    #[test]
    fn the_statistics_of_a_channel_are_over_examples_and_pixels() {
        let device = Device::flex().autodiff();
        let norm = BatchNorm::new(2, &device);
        let pixels = vec![1.0, 3.0, 10.0, 10.0, 5.0, 7.0, 10.0, 10.0];
        norm.forward(Tensor::<4>::from_data(TensorData::new(pixels, [2, 2, 1, 2]), &device));
        // Channel one has 1, 3, 5, 7: mean 4, variance ¼ · (9 + 1 + 1 + 9) = 5; channel two is 10.
        // The first batch is its own average.
        close(norm.running_mean.value(), &[4.0, 10.0]);
        close(norm.running_var.value(), &[5.0, 0.0]);
    }

    #[test]
    fn a_batch_of_one_example_leaves_the_shift() {
        let device = Device::flex().autodiff();
        let mut norm = BatchNorm::new(2, &device);
        norm.beta = Param::from_tensor(Tensor::from_floats([0.5, -2.0], &device));
        let x = Tensor::<2>::from_floats([[7.0, 1e6]], &device).require_grad();
        let y = norm.forward(x.clone());
        close(y.clone(), &[0.5, -2.0]);
        let gradients = y.sum().backward();
        close(x.grad(&gradients).unwrap(), &[0.0, 0.0]);
    }

    #[test]
    fn a_copy_keeps_its_statistics_while_the_original_trains_on() {
        let device = Device::flex().autodiff();
        let norm = BatchNorm::new(1, &device);
        norm.forward(column([1.0, 3.0], &device));
        let copy = norm.clone();
        norm.forward(column([2.0, 6.0], &device));
        close(copy.running_mean.value(), &[2.0]);
        close(norm.running_mean.value(), &[3.052_632]);
    }

    #[test]
    fn scale_and_shift_are_parameters_and_the_statistics_are_none() {
        assert_eq!(super::super::parameters(&BatchNorm::new(5, &Device::flex())), 10);
    }
}
