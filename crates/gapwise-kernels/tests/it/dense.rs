//! Dense layers with their activations, and their gradients.

use burn::tensor::{Device, Tensor, module};
use gapwise_kernels::{Activation, dense::dense};

use crate::drawn::{Draws, double, near, single, slope_is, tracked, values};

const ACTIVATIONS: [Activation; 5] = [
    Activation::None,
    Activation::Relu,
    Activation::LeakyRelu { slope: 0.01 },
    Activation::Tanh,
    Activation::Sigmoid,
];

/// In 64 bits, by the engine.
fn composed<const D: usize>(
    x: &Tensor<D>,
    weight: &Tensor<2>,
    (bias, activation): (Option<&Tensor<1>>, Activation),
) -> Tensor<D> {
    activation.forward(module::linear(x.clone(), weight.clone(), bias.cloned()))
}

#[track_caller]
fn held_to_64_bits<const D: usize>(draws: &mut Draws, sizes: [usize; D], units: usize) {
    let inputs = sizes[D - 1];
    for (place, activation) in ACTIVATIONS.into_iter().enumerate() {
        let of = format!("{sizes:?} → {units}, {activation:?}");
        let x = draws.tensor(sizes).require_grad();
        let weight = draws.tensor([inputs, units]).require_grad();
        let bias = (place != 1).then(|| draws.tensor([units]).require_grad());
        let ours = dense(x.clone(), weight.clone(), bias.clone(), activation);
        let [wide_x, wide_weight]: [Tensor<2>; 2] =
            [tracked(&x.clone().reshape([-1, inputs as i32])), tracked(&weight)];
        let wide_bias = bias.as_ref().map(tracked);
        let wide = composed(&wide_x, &wide_weight, (wide_bias.as_ref(), activation));
        let shape = ours.dims();
        near(&ours, &single(&wide).reshape(shape), 1e-5, &of);
        let weights = draws.tensor(shape);
        let gradients = (ours * weights.clone()).sum().backward();
        let weights: Tensor<D> = double(&weights);
        let flat = weights.reshape([-1, units as i32]);
        let expected = (wide * flat).sum().backward();
        let of_x = wide_x.grad(&expected).expect("it is tracked");
        let found = x.grad(&gradients).expect("it is tracked");
        near(&found, &single(&of_x).reshape(sizes), 1e-4, &format!("gradient of x, {of}"));
        let of_weight = wide_weight.grad(&expected).expect("it is tracked");
        let found = weight.grad(&gradients).expect("it is tracked");
        near(&found, &single(&of_weight), 1e-4, &format!("of weights, {of}"));
        if let (Some(bias), Some(wide_bias)) = (bias, wide_bias) {
            let of_bias = wide_bias.grad(&expected).expect("it is tracked");
            let found = bias.grad(&gradients).expect("it is tracked");
            near(&found, &single(&of_bias), 1e-4, &format!("of the bias, {of}"));
        }
    }
}

#[test]
fn answers_and_gradients_are_those_in_64_bits_for_any_sizes() {
    for seed in 0..25 {
        let mut draws = Draws::new(seed);
        let [rows, inputs, units] = [(); 3].map(|()| draws.size(1, 67));
        let rows = if seed % 5 == 0 { 1 } else { rows };
        held_to_64_bits(&mut draws, [rows, inputs], units);
    }
    let mut draws = Draws::new(100);
    held_to_64_bits(&mut draws, [3, 5, 17], 9);
    held_to_64_bits(&mut draws, [130, 200], 170);
}

#[test]
fn one_row_over_many_weights_is_that_in_64_bits() {
    let mut draws = Draws::new(7);
    let [x, bias] = [draws.tensor([1, 1100]), draws.tensor([1, 1003])];
    let (weight, bias) = (draws.tensor([1100, 1003]), bias.reshape([1003]));
    let ours = dense(x.clone(), weight.clone(), Some(bias.clone()), Activation::Relu);
    let bias: Tensor<1> = double(&bias);
    let wide = composed(&double(&x), &double(&weight), (Some(&bias), Activation::Relu));
    near(&ours, &single(&wide), 1e-5, "one row");
}

#[test]
fn no_rows_give_no_answers_and_gradients_of_zero() {
    // On the processor: not every engine has a product of nothing.
    let device = Device::flex().autodiff();
    let x = Tensor::<2>::zeros([0, 5], &device).require_grad();
    let weight = Tensor::<2>::ones([5, 3], &device).require_grad();
    let bias = Tensor::<1>::ones([3], &device).require_grad();
    let answers = dense(x.clone(), weight.clone(), Some(bias.clone()), Activation::Relu);
    assert_eq!(answers.dims(), [0, 3]);
    let gradients = answers.sum().backward();
    assert_eq!(x.grad(&gradients).expect("it is tracked").dims(), [0, 5]);
    assert_eq!(values(&weight.grad(&gradients).expect("it is tracked")), [0.0; 15]);
    assert_eq!(values(&bias.grad(&gradients).expect("it is tracked")), [0.0; 3]);
}

#[test]
fn gradients_are_the_slopes_in_64_bits() {
    let mut draws = Draws::new(5);
    let [x, direction] = [(); 2].map(|()| draws.tensor([9, 21]));
    let (weight, bias) = (draws.tensor([21, 13]), draws.tensor([13]));
    let weights = draws.tensor([9, 13]);
    let x = x.require_grad();
    let answers = dense(x.clone(), weight.clone(), Some(bias.clone()), Activation::Tanh);
    let gradients = (answers * weights.clone()).sum().backward();
    let (weight, bias) = (double(&weight), double(&bias));
    let function =
        |x| (composed(&x, &weight, (Some(&bias), Activation::Tanh)) * double(&weights)).sum();
    slope_is(&x.grad(&gradients).expect("it is tracked"), [&x, &direction], function, "x");
}

#[test]
fn what_is_not_finite_comes_through_as_in_the_composition() {
    let mut draws = Draws::new(2);
    let spoilt = Tensor::<2>::from_floats(
        [[f32::NAN, 1.0], [f32::INFINITY, 1.0], [f32::NEG_INFINITY, 1.0], [1.0, 1.0]],
        &draws.tensor([1]).device(),
    );
    let weight = draws.tensor([2, 19]);
    for activation in ACTIVATIONS {
        for rows in [0..4, 0..1, 1..2, 2..3] {
            let x = spoilt.clone().slice([rows]);
            let ours = dense(x.clone(), weight.clone(), None, activation);
            let engine = composed(&x, &weight, (None, activation));
            for (ours, engine) in values(&ours).into_iter().zip(values(&engine)) {
                let same = ours.is_nan() && engine.is_nan() || ours == engine;
                assert!(same || (ours - engine).abs() < 1e-5, "{activation:?}: {ours}, {engine}");
            }
        }
    }
}

#[test]
fn one_thread_and_three_give_the_same_bits() {
    let bits = |threads, rows| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut draws = Draws::new(3);
        let x = draws.tensor([rows, 1030]).require_grad();
        let weight = draws.tensor([1030, 1021]).require_grad();
        let bias = draws.tensor([1021]).require_grad();
        pool.install(|| {
            let answers = dense(x.clone(), weight.clone(), Some(bias.clone()), Activation::Tanh);
            let gradients = answers.clone().powi_scalar(2).sum().backward();
            let of = [
                x.grad(&gradients).expect("it is tracked"),
                weight.grad(&gradients).expect("it is tracked"),
            ];
            [values(&answers), values(&of[0]), values(&of[1])]
        })
    };
    for rows in [1, 23] {
        assert!(bits(1, rows) == bits(3, rows), "{rows} rows");
    }
}
