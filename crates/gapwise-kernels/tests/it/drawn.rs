//! Numbers and sizes drawn from a seed, and how near two tensors are.

use burn::tensor::{DType, Device, Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Half of the step of a finite difference.
const STEP: f64 = 1e-6;

/// The device that the environment variable `GAPWISE_TEST_DEVICE` names, which has to be among the
/// features that were built; the processor where it names none.
pub(crate) fn device() -> Device {
    match std::env::var("GAPWISE_TEST_DEVICE").as_deref() {
        Err(_) | Ok("flex") => Device::flex(),
        #[cfg(feature = "ndarray")]
        #[expect(deprecated, reason = "for the engine, not for a second opinion")]
        Ok("ndarray") => Device::ndarray(),
        #[cfg(feature = "cuda")]
        Ok("cuda") => Device::cuda(0),
        #[cfg(feature = "wgpu")]
        Ok("wgpu") => Device::wgpu(burn::tensor::DeviceKind::DefaultDevice),
        Ok(other) => panic!("GAPWISE_TEST_DEVICE is {other}, which is not among the features"),
    }
}

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

    /// Numbers in [−1, 1), on the [`device`], with gradients.
    pub(crate) fn tensor<const D: usize>(&mut self, shape: [usize; D]) -> Tensor<D> {
        let count: usize = shape.iter().product();
        let values: Vec<f32> = (0..count).map(|_| self.0.random_range(-1.0..1.0)).collect();
        Tensor::from_data(TensorData::new(values, shape), &device().autodiff())
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

/// `tensor` in 64 bits on the processor, without gradients.
pub(crate) fn double<const D: usize>(tensor: &Tensor<D>) -> Tensor<D> {
    let values = values(tensor).into_iter().map(f64::from).collect();
    Tensor::from_data(
        TensorData::new::<f64, _>(values, tensor.dims()),
        (&Device::flex(), DType::F64),
    )
}

/// `tensor` in 64 bits on the processor, with gradients of its own.
pub(crate) fn tracked<const D: usize>(tensor: &Tensor<D>) -> Tensor<D> {
    Tensor::from_inner(double(tensor)).require_grad()
}

/// `tensor` in 32 bits again.
pub(crate) fn single<const D: usize>(tensor: &Tensor<D>) -> Tensor<D> {
    tensor.clone().cast(DType::F32)
}

/// Holds `gradient`, of a function at `x`, to the slope of that function in 64 bits along one
/// `direction`: (f(x + h d) − f(x − h d)) / 2h against Σ gradient · d.
#[track_caller]
pub(crate) fn slope_is<const D: usize>(
    gradient: &Tensor<D>,
    [x, direction]: [&Tensor<D>; 2],
    function: impl Fn(Tensor<D>) -> Tensor<1>,
    of: &str,
) {
    let (at, along) = (double(x), double(direction));
    let value =
        |step: f64| -> f64 { function(at.clone() + along.clone().mul_scalar(step)).into_scalar() };
    let slope = (value(STEP) - value(-STEP)) / (2.0 * STEP);
    let products = values(gradient).into_iter().zip(values(direction));
    let terms: Vec<f64> = products.map(|(one, other)| f64::from(one) * f64::from(other)).collect();
    let size = terms.iter().map(|term| term * term).sum::<f64>().sqrt().max(1.0);
    let found: f64 = terms.iter().sum();
    assert!((found - slope).abs() <= 1e-4 * size, "{of}: {found} where the slope is {slope}");
}
