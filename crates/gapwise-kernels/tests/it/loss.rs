//! Losses and their gradients.

use burn::tensor::{Device, Int, Tensor, TensorData};
use gapwise_kernels::loss::{sigmoid_cross_entropy, softmax_cross_entropy, squared_error};

use crate::drawn::{Draws, device, double, near, single, slope_is, tracked, values};

fn classes(draws: &mut Draws, batch: usize, width: usize) -> Tensor<1, Int> {
    let classes: Vec<i32> = (0..batch).map(|_| draws.size(0, width - 1) as i32).collect();
    Tensor::from_data(TensorData::new(classes, [batch]), &device().autodiff())
}

/// `classes` on the processor, as what goes with numbers in 64 bits.
fn plain(classes: &Tensor<1, Int>) -> Tensor<1, Int> {
    Tensor::from_data(classes.to_data(), &Device::flex())
}

/// Weights of which about a third mask what they stand for.
fn weights<const D: usize>(draws: &mut Draws, shape: [usize; D]) -> Tensor<D> {
    draws.tensor(shape).add_scalar(0.3).clamp_min(0.0)
}

/// Holds a loss of `x` and its gradient to the same in 64 bits.
#[track_caller]
fn held_to_64_bits<const D: usize>(
    x: &Tensor<D>,
    ours: impl Fn(Tensor<D>) -> Tensor<1>,
    wide: impl Fn(Tensor<D>) -> Tensor<1>,
    of: &str,
) {
    let x = x.clone().require_grad();
    let wide_x = tracked(&x);
    let (found, expected) = (ours(x.clone()), wide(wide_x.clone()));
    near(&found, &single(&expected), 1e-5, of);
    // Without gradients it is the same number.
    assert_eq!(values(&ours(x.clone().without_autodiff())), values(&found), "{of}");
    let found = x.grad(&found.mul_scalar(-3.0).backward()).expect("it is tracked");
    let expected = wide_x.grad(&expected.mul_scalar(-3.0).backward()).expect("it is tracked");
    near(&found, &single(&expected), 1e-4, &format!("gradient of {of}"));
}

#[test]
fn softmax_cross_entropy_is_that_in_64_bits_for_any_sizes() {
    for seed in 0..30 {
        let mut draws = Draws::new(seed);
        let [batch, width] = [(); 2].map(|()| draws.size(1, 67));
        let logits = draws.tensor([batch, width]).mul_scalar(20.0);
        let classes = classes(&mut draws, batch, width);
        let plain = plain(&classes);
        let of = format!("{batch} × {width}");
        held_to_64_bits(
            &logits,
            |x| softmax_cross_entropy(x, classes.clone(), None),
            |x| softmax_cross_entropy(x, plain.clone(), None),
            &of,
        );
        let weights = weights(&mut draws, [batch]);
        held_to_64_bits(
            &logits,
            |x| softmax_cross_entropy(x, classes.clone(), Some(weights.clone())),
            |x| softmax_cross_entropy(x, plain.clone(), Some(double(&weights))),
            &format!("{of}, weighted"),
        );
    }
}

#[test]
fn sigmoid_cross_entropy_and_squared_error_are_those_in_64_bits_for_any_sizes() {
    for seed in 0..30 {
        let mut draws = Draws::new(seed);
        let shape = [(); 3].map(|()| draws.size(1, 11));
        let logits = draws.tensor(shape).mul_scalar(15.0);
        let targets = draws.tensor(shape).add_scalar(1.0).div_scalar(2.0);
        let targets = if seed % 2 == 0 { targets.round() } else { targets };
        let weights = weights(&mut draws, shape);
        let of = format!("{shape:?}");
        let wide = (double(&targets), double(&weights));
        held_to_64_bits(
            &logits,
            |x| sigmoid_cross_entropy(x, targets.clone(), None),
            |x| sigmoid_cross_entropy(x, wide.0.clone(), None),
            &format!("sigmoid cross-entropy of {of}"),
        );
        held_to_64_bits(
            &logits,
            |x| sigmoid_cross_entropy(x, targets.clone(), Some(weights.clone())),
            |x| sigmoid_cross_entropy(x, wide.0.clone(), Some(wide.1.clone())),
            &format!("weighted sigmoid cross-entropy of {of}"),
        );
        held_to_64_bits(
            &logits,
            |x| squared_error(x, targets.clone(), None),
            |x| squared_error(x, wide.0.clone(), None),
            &format!("squared error of {of}"),
        );
        held_to_64_bits(
            &logits,
            |x| squared_error(x, targets.clone(), Some(weights.clone())),
            |x| squared_error(x, wide.0.clone(), Some(wide.1.clone())),
            &format!("weighted squared error of {of}"),
        );
    }
}

#[test]
fn gradients_are_the_slopes_in_64_bits() {
    let mut draws = Draws::new(5);
    let [x, direction, targets] = [(); 3].map(|()| draws.tensor([9, 21]));
    let classes = classes(&mut draws, 9, 21);
    let x = x.require_grad();
    let plain = plain(&classes);
    let gradients = softmax_cross_entropy(x.clone(), classes, None).backward();
    let function = |x| softmax_cross_entropy(x, plain.clone(), None);
    slope_is(&x.grad(&gradients).expect("it is tracked"), [&x, &direction], function, "softmax");
    let gradients = sigmoid_cross_entropy(x.clone(), targets.clone(), None).backward();
    let function = |x| sigmoid_cross_entropy(x, double(&targets), None);
    slope_is(&x.grad(&gradients).expect("it is tracked"), [&x, &direction], function, "sigmoid");
}

#[test]
fn losses_by_hand() {
    let device = device().autodiff();
    let near = |loss: Tensor<1>, expected: f32| {
        let found: f32 = loss.into_scalar();
        assert!((found - expected).abs() < 1e-5, "{found} where {expected} is right");
    };
    // ln(e¹ + e² + e³) − 3 = ln 30.192875 − 3 = 0.407606, and ln 3 = 1.098612.
    let logits = Tensor::<2>::from_floats([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]], &device);
    let classes = || Tensor::<1, Int>::from_ints([2, 0], &device);
    near(softmax_cross_entropy(logits.clone(), classes(), None), 0.753_109);
    // ¾ · 0.407606 + ¼ · 1.098612.
    let weights = Tensor::<1>::from_floats([0.75, 0.25], &device);
    near(softmax_cross_entropy(logits, classes(), Some(weights)), 0.580_358);
    // With z = 2 and t = 1 it is ln(1 + e⁻²) = 0.126928, with t = 0 that and 2; with z = 0, ln 2.
    let logits = Tensor::<1>::from_floats([2.0, 2.0, 0.0], &device);
    let targets = || Tensor::<1>::from_floats([1.0, 0.0, 0.5], &device);
    near(sigmoid_cross_entropy(logits.clone(), targets(), None), 0.982_334);
    // (1 + 4 + 0.25) / 3, and with the second masked 1 + 0.25.
    near(squared_error(logits.clone(), targets(), None), 1.75);
    let weights = Tensor::<1>::from_floats([1.0, 0.0, 1.0], &device);
    near(squared_error(logits, targets(), Some(weights)), 1.25);
}

#[test]
fn what_is_not_finite_comes_through() {
    // On the processor: the maximum of another engine may pass over a NaN.
    let device = Device::flex().autodiff();
    let row = |value: f32| Tensor::<2>::from_floats([[value, 1.0, -3.0]], &device);
    let classes = || Tensor::<1, Int>::from_ints([1], &device);
    let loss = |value| -> f32 { softmax_cross_entropy(row(value), classes(), None).into_scalar() };
    assert!(loss(f32::NAN).is_nan() && loss(f32::INFINITY).is_nan());
    // A class that cannot be leaves ln(e¹ + e⁻³) − 1 = ln(1 + e⁻⁴) = 0.018150.
    assert!((loss(f32::NEG_INFINITY) - 0.018_150).abs() < 1e-6);
    // Far apart, nothing overflows.
    assert_eq!(loss(1e30), 1e30);
    let targets = || Tensor::<2>::from_floats([[0.0, 1.0, 1.0]], &device);
    for value in [f32::NAN, f32::INFINITY, 1e30] {
        let sigmoid: f32 = sigmoid_cross_entropy(row(value), targets(), None).into_scalar();
        let squared: f32 = squared_error(row(value), targets(), None).into_scalar();
        assert_eq!(sigmoid.is_nan(), value.is_nan());
        assert_eq!(squared.is_nan(), value.is_nan());
        assert!(value.is_nan() || sigmoid >= 1e29 && squared == f32::INFINITY, "{value}");
    }
}

#[test]
fn one_thread_and_three_give_the_same_bits() {
    let bits = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut draws = Draws::new(3);
        let logits = draws.tensor([300, 501]).require_grad();
        let (classes, targets) = (classes(&mut draws, 300, 501), draws.tensor([300, 501]));
        pool.install(|| {
            [
                softmax_cross_entropy(logits.clone(), classes, None),
                sigmoid_cross_entropy(logits.clone(), targets.clone(), None),
                squared_error(logits.clone(), targets, None),
            ]
            .map(|loss| {
                (values(&loss), values(&logits.grad(&loss.backward()).expect("it is tracked")))
            })
        })
    };
    assert!(bits(1) == bits(3));
}
