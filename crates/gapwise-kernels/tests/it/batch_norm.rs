//! Batch normalisation and its gradients.

use burn::tensor::{Tensor, module};
use gapwise_kernels::{
    Activation,
    batch_norm::{Affine, Normalised, ResidualActivation},
};

use crate::drawn::{Draws, double, near, slope_is, values};

const EPSILON: f64 = 1e-5;

/// With nothing behind it.
fn in_training<const D: usize>(x: Tensor<D>, affine: Affine) -> Normalised<D> {
    gapwise_kernels::batch_norm::in_training(x, affine, ResidualActivation::default())
}

#[track_caller]
fn held_to_the_engine<const D: usize>(draws: &mut Draws, x: Tensor<D>, of: &str) {
    let channels = x.dims()[1];
    let x = x.require_grad();
    let gamma = draws.tensor([channels]).require_grad();
    let beta = draws.tensor([channels]).require_grad();
    let affine = Affine { gamma: gamma.clone(), beta: beta.clone(), epsilon: EPSILON };
    let ours = in_training(x.clone(), affine);
    let engine = module::batch_norm_train(x.clone(), gamma.clone(), beta.clone(), EPSILON);
    near(&ours.output, &engine.output, 1e-5, &format!("answers of {of}"));
    near(&ours.mean, &engine.mean, 1e-6, &format!("means of {of}"));
    near(&ours.variance, &engine.variance, 1e-6, &format!("variances of {of}"));
    let weights = draws.tensor(x.dims());
    let [ours, engine] =
        [ours.output, engine.output].map(|output| (output * weights.clone()).sum().backward());
    let of_x = [&ours, &engine].map(|gradients| x.grad(gradients).expect("it is tracked"));
    near(&of_x[0], &of_x[1], 1e-4, &format!("gradient of {of}"));
    for (tensor, name) in [(&gamma, "γ"), (&beta, "β")] {
        let [ours, engine] =
            [&ours, &engine].map(|gradients| tensor.grad(gradients).expect("it is tracked"));
        near(&ours, &engine, 1e-4, &format!("gradient of {name} of {of}"));
    }
}

#[test]
fn answers_and_gradients_are_the_engines_for_any_sizes() {
    for seed in 0..40 {
        let mut draws = Draws::new(seed);
        let shape = [(); 4].map(|()| draws.size(1, 20));
        let shape = if seed % 4 == 0 { [2, shape[1], shape[2], 7] } else { shape };
        // At least a few values, or the variance is nothing but rounding.
        if shape[0] * shape[2] * shape[3] < 4 {
            continue;
        }
        // Far from zero, where a variance by squares alone would be wrong.
        let x = draws.tensor(shape).add_scalar(10.0 * (seed % 3) as f32);
        held_to_the_engine(&mut draws, x, &format!("seed {seed}, {shape:?}"));
    }
}

#[test]
fn gradients_are_the_slopes_in_64_bits() {
    let mut draws = Draws::new(5);
    let [x, weights, direction] = [(); 3].map(|()| draws.tensor([3, 5, 4, 7]));
    let [gamma, beta] = [(); 2].map(|()| draws.tensor([5]));
    let x = x.require_grad();
    let affine = Affine { gamma: gamma.clone(), beta: beta.clone(), epsilon: EPSILON };
    let gradients = (in_training(x.clone(), affine).output * weights.clone()).sum().backward();
    let gradient = x.grad(&gradients).unwrap();
    let [gamma, beta] = [double(&gamma), double(&beta)];
    let function = |x| {
        let batch = module::batch_norm_train(x, gamma.clone(), beta.clone(), EPSILON);
        (batch.output * double(&weights)).sum()
    };
    slope_is(&gradient, [&x, &direction], function, "images");
}

#[test]
fn what_stands_behind_is_the_compositions() {
    for seed in 0..20 {
        let mut draws = Draws::new(seed);
        let shape = [draws.size(1, 9), draws.size(1, 67), draws.size(2, 9), draws.size(1, 9)];
        let x = draws.tensor(shape).require_grad();
        let residual = (seed % 2 == 0).then(|| draws.tensor(shape).require_grad());
        let activation = [
            Activation::Relu,
            Activation::None,
            Activation::LeakyRelu { slope: 0.1 },
            Activation::Tanh,
            Activation::Sigmoid,
        ][(seed % 5) as usize];
        let [gamma, beta] = [(); 2].map(|()| draws.tensor([shape[1]]).require_grad());
        let affine = Affine { gamma: gamma.clone(), beta: beta.clone(), epsilon: EPSILON };
        let behind = ResidualActivation { residual: residual.clone(), activation };
        let ours = gapwise_kernels::batch_norm::in_training(x.clone(), affine, behind).output;
        let engine = module::batch_norm_train(x.clone(), gamma.clone(), beta.clone(), EPSILON);
        let engine = match &residual {
            Some(residual) => engine.output + residual.clone(),
            None => engine.output,
        };
        let engine = activation.forward(engine);
        let of = format!("seed {seed}, {shape:?}, {activation:?}");
        near(&ours, &engine, 1e-5, &format!("answers of {of}"));
        let weights = draws.tensor(shape);
        let [ours, engine] =
            [ours, engine].map(|output| (output * weights.clone()).sum().backward());
        for (tensor, name) in [(Some(&x), "x"), (residual.as_ref(), "residual")] {
            let Some(tensor) = tensor else { continue };
            let [ours, engine] = [&ours, &engine].map(|gradients| tensor.grad(gradients).unwrap());
            near(&ours, &engine, 1e-4, &format!("gradient of the {name} of {of}"));
        }
        for (tensor, name) in [(&gamma, "γ"), (&beta, "β")] {
            let [ours, engine] = [&ours, &engine].map(|gradients| tensor.grad(gradients).unwrap());
            near(&ours, &engine, 1e-4, &format!("gradient of {name} of {of}"));
        }
    }
}

#[test]
fn rows_are_the_engines() {
    let mut draws = Draws::new(1);
    let x = draws.tensor([9, 5]);
    held_to_the_engine(&mut draws, x, "rows");
}

#[test]
fn a_channel_with_a_nan_is_nan_and_no_other() {
    let mut draws = Draws::new(2);
    let x = draws.tensor([3, 2, 2, 2]);
    let nan = Tensor::<4>::full([1, 1, 1, 1], f32::NAN, &x.device());
    let x = x.slice_assign([1..2, 1..2, 0..1, 1..2], nan);
    let affine = Affine { gamma: draws.tensor([2]), beta: draws.tensor([2]), epsilon: EPSILON };
    let output = values(&in_training(x, affine).output);
    for (plane, values) in output.chunks_exact(4).enumerate() {
        assert!(values.iter().all(|value| value.is_nan() == (plane % 2 == 1)), "plane {plane}");
    }
}

#[test]
fn one_thread_and_three_give_the_same_bits() {
    let bits = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut draws = Draws::new(3);
        let x = draws.tensor([21, 6, 11, 9]).require_grad();
        let gamma = draws.tensor([6]).require_grad();
        let affine = Affine { gamma: gamma.clone(), beta: draws.tensor([6]), epsilon: EPSILON };
        pool.install(|| {
            let output = in_training(x.clone(), affine).output;
            let gradients = output.clone().powi_scalar(2).sum().backward();
            [
                values(&output),
                values(&x.grad(&gradients).unwrap()),
                values(&gamma.grad(&gradients).unwrap()),
            ]
        })
    };
    assert_eq!(bits(1), bits(3));
}
