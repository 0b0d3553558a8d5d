//! Numbers and sizes drawn from a seed, and how near two tensors are.

use burn::tensor::{Device, Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What a test draws from.
pub(crate) struct Draws(ChaCha8Rng);

impl Draws {
    pub(crate) fn new(seed: u64) -> Self {
        Draws(ChaCha8Rng::seed_from_u64(seed))
    }

    /// From `smallest` to `largest`.
    pub(crate) fn size(&mut self, smallest: usize, largest: usize) -> usize {
        self.0.random_range(smallest..=largest)
    }

    /// Numbers in [−1, 1), on the processor, with gradients.
    pub(crate) fn tensor<const D: usize>(&mut self, shape: [usize; D]) -> Tensor<D> {
        let count: usize = shape.iter().product();
        let values: Vec<f32> = (0..count).map(|_| self.0.random_range(-1.0..1.0)).collect();
        Tensor::from_data(TensorData::new(values, shape), &Device::flex().autodiff())
    }
}

/// The numbers of `tensor`.
pub(crate) fn values<const D: usize>(tensor: &Tensor<D>) -> Vec<f32> {
    tensor.to_data().try_to_vec().expect("it is in single precision")
}

/// Holds `found` to `expected` within `tolerance` times the largest number expected, or 1.
#[track_caller]
pub(crate) fn near<const D: usize>(
    found: &Tensor<D>,
    expected: &Tensor<D>,
    tolerance: f32,
    of: &str,
) {
    assert_eq!(found.dims(), expected.dims(), "shape of {of}");
    let (found, expected) = (values(found), values(expected));
    let largest = expected.iter().fold(1.0_f32, |largest, value| largest.max(value.abs()));
    for (at, (found, expected)) in found.iter().zip(&expected).enumerate() {
        let near = (found - expected).abs() <= tolerance * largest;
        assert!(near, "{of}, value {at}: {found} where the engine has {expected}");
    }
}
