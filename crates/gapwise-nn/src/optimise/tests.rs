//! Steps worked by hand, on a dense layer whose gradients are given.

use burn::{
    nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig},
    tensor::Device,
};

use super::*;

/// A layer with these weights, `[inputs, 1]`, and one bias.
fn layer(weights: &[f32], bias: f32) -> Linear {
    let device = Device::flex().autodiff();
    let layer = LinearConfig::new(weights.len(), 1).init(&device);
    let weight = Tensor::<1>::from_floats(weights, &device).reshape([weights.len(), 1]);
    let bias = Tensor::from_floats([bias], &device);
    Linear {
        weight: Param::from_tensor(weight),
        bias: layer.bias.map(|_| Param::from_tensor(bias)),
    }
}

fn weights(layer: &Linear) -> Vec<f32> {
    layer.weight.val().into_data().try_to_vec().unwrap()
}

fn bias(layer: &Linear) -> f32 {
    layer.bias.as_ref().unwrap().val().into_scalar()
}

/// These gradients of the weights, and one of the bias.
fn gradients(layer: &Linear, of_weights: &[f32], of_bias: f32) -> GradientsParams {
    let device = Device::flex();
    let mut gradients = GradientsParams::new();
    let of_weights = Tensor::<1>::from_floats(of_weights, &device);
    gradients.register(layer.weight.id, of_weights.clone().reshape([of_weights.dims()[0], 1]));
    gradients
        .register(layer.bias.as_ref().unwrap().id, Tensor::<1>::from_floats([of_bias], &device));
    gradients
}

/// A weight that starts at 1, after each step with a gradient and a learning rate.
fn course(rule: Rule, steps: &[(f32, f64)]) -> Vec<f32> {
    let mut optimiser = Optimiser::new(&OptimiserSettings { rule, ..Default::default() });
    let mut layer = layer(&[1.0], 1.0);
    let mut course = Vec::new();
    for &(gradient, rate) in steps {
        let gradients = gradients(&layer, &[gradient], gradient);
        layer = optimiser.step(rate, layer, gradients);
        // A rule makes no difference between weight and bias.
        assert_eq!(weights(&layer), [bias(&layer)]);
        course.push(bias(&layer));
    }
    course
}

fn assert_near(found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    for (one, other) in found.iter().zip(expected) {
        assert!((one - other).abs() < 2e-6, "{found:?} for {expected:?}");
    }
}

const THREE: [(f32, f64); 3] = [(2.0, 0.1), (1.0, 0.1), (-1.0, 0.1)];

#[test]
fn descent_takes_the_rate_times_the_gradient() {
    // 1 − 0.1 · 2 = 0.8; 0.8 − 0.1 · 1 = 0.7; 0.7 + 0.1 · 1 = 0.8.
    assert_near(&course(Rule::Descent, &THREE), &[0.8, 0.7, 0.8]);
}

#[test]
fn momentum_has_the_rate_of_each_step_inside_the_velocity() {
    // v = 0.1 · 2 = 0.2; v = 0.9 · 0.2 + 0.05 · 1 = 0.23; v = 0.9 · 0.23 − 0.05 · 1 = 0.157.
    // With the rate outside, the last two would be 0.05 · 2.8 and 0.05 · 1.52.
    let steps = [(2.0, 0.1), (1.0, 0.05), (-1.0, 0.05)];
    assert_near(&course(Rule::MOMENTUM, &steps), &[0.8, 0.57, 0.413]);
}

#[test]
fn rmsprop_divides_by_the_root_of_the_mean_square() {
    // E = 0.1 · 4 = 0.4: 2 / √0.4 = 3.162278.
    // E = 0.9 · 0.4 + 0.1 · 1 = 0.46: 1 / √0.46 = 1.474420.
    // E = 0.9 · 0.46 + 0.1 · 1 = 0.514: −1 / √0.514 = −1.394822.
    let expected = [0.683_772, 0.536_330, 0.675_812];
    assert_near(&course(Rule::RMSPROP, &THREE), &expected);
}

#[test]
fn adam_corrects_both_means_for_their_start() {
    // m̂ = 2, û = 4: 2 / √4 = 1.
    // m = 0.9 · 0.2 + 0.1 = 0.28, m̂ = 0.28 / 0.19 = 1.473684;
    // u = 0.999 · 0.004 + 0.001 = 0.004996, û = u / 0.001999 = 2.499250: m̂ / √û = 0.932179.
    // m = 0.9 · 0.28 − 0.1 = 0.152, m̂ = 0.152 / 0.271 = 0.560886;
    // u = 0.999 · 0.004996 + 0.001 = 0.005991, û = u / 0.002997 = 1.999000: m̂ / √û = 0.396705.
    assert_near(&course(Rule::ADAM, &THREE), &[0.9, 0.806_782, 0.767_112]);
}

#[test]
fn epsilon_weighs_on_small_gradients_by_where_it_is_added() {
    let (inside, outside) = (Epsilon::InsideRoot, Epsilon::OutsideRoot);
    let rmsprop = |epsilon| course(Rule::RmsProp { gamma: 0.9, epsilon }, &[(1e-4, 0.1)]);
    // E = 0.1 · 10⁻⁸: 10⁻⁴ / √(1.1 · 10⁻⁸) = 0.953463, and 10⁻⁴ / (√10⁻⁹ + 10⁻⁸) = 3.161278.
    assert_near(&rmsprop(inside), &[1.0 - 0.095_346_3]);
    assert_near(&rmsprop(outside), &[1.0 - 0.316_127_8]);
    let adam = |epsilon| {
        course(Rule::Adam { beta1: 0.9, beta2: 0.999, epsilon }, &[(1e-4, 0.1), (1e-4, 0.1)])
    };
    // m̂ = 10⁻⁴ and û = 10⁻⁸ at every step: 10⁻⁴ / √(2 · 10⁻⁸) = 0.707107, and
    // 10⁻⁴ / (10⁻⁴ + 10⁻⁸) = 0.999900.
    assert_near(&adam(inside), &[1.0 - 0.070_710_7, 1.0 - 0.141_421_4]);
    assert_near(&adam(outside), &[1.0 - 0.099_99, 1.0 - 0.199_98]);
}

/// Weights and bias after three steps of descent at the rate 0.5, with the same gradients.
fn three_steps(settings: OptimiserSettings, first: &[f32], of_weights: &[f32]) -> (Vec<f32>, f32) {
    let settings = OptimiserSettings { rule: Rule::Descent, ..settings };
    let mut optimiser = Optimiser::new(&settings);
    let mut layer = layer(first, 1.0);
    for _ in 0..3 {
        let gradients = gradients(&layer, of_weights, 0.5);
        layer = optimiser.step(0.5, layer, gradients);
    }
    (weights(&layer), bias(&layer))
}

#[test]
fn l2_pulls_weights_by_twice_their_size_and_biases_not_at_all() {
    // g = 0.2 + 2 · 0.1 · W: from 1, W ← W − 0.5 · (0.2 + 0.2 W) = 0.9 W − 0.1 = 0.8, 0.62, 0.458;
    // from 0, −0.1, −0.19, −0.271. The bias: 1 − 3 · 0.5 · 0.5.
    let settings = OptimiserSettings { l2: 0.1, ..Default::default() };
    let (weights, bias) = three_steps(settings, &[1.0, 0.0], &[0.2, 0.2]);
    assert_near(&weights, &[0.458, -0.271]);
    assert_eq!(bias, 0.25);
}

#[test]
fn l1_pulls_weights_by_their_sign_and_leaves_zeros() {
    // g = 0.2 sign(W): 1 − 3 · 0.5 · 0.2 = 0.7, and the same from below; 0 has no sign.
    let settings = OptimiserSettings { l1: 0.2, ..Default::default() };
    let (weights, bias) = three_steps(settings, &[1.0, -1.0, 0.0], &[0.0, 0.0, 0.0]);
    assert_near(&weights, &[0.7, -0.7, 0.0]);
    assert_eq!(bias, 0.25);
}

#[test]
fn decoupled_decay_takes_from_the_weight_before_the_step() {
    // W ← W − 0.5 · 0.2 − 0.5 · 0.4 · W = 0.8 W − 0.1: 1, 0.7, 0.46, 0.268.
    let settings = OptimiserSettings { weight_decay: 0.4, ..Default::default() };
    let (after, of_bias) = three_steps(settings, &[1.0], &[0.2]);
    assert_near(&after, &[0.268]);
    assert_eq!(of_bias, 0.25);
    // Decay is not divided by Adam's root: 1 − 0.5 · 0.4 · 1 − 0.5 · 1 with the ratio 1 of its first
    // step, where L2 would leave the ratio as it is.
    let settings = OptimiserSettings { weight_decay: 0.4, ..Default::default() };
    let before = layer(&[1.0], 1.0);
    let gradients = gradients(&before, &[7.0], 7.0);
    let after = Optimiser::new(&settings).step(0.5, before, gradients);
    assert_near(&weights(&after), &[0.3]);
}

#[test]
fn clipping_by_value_cuts_each_component() {
    // (3, −0.5, −4) becomes (1, −0.5, −1): three times half of it is taken off.
    let settings = OptimiserSettings { clip_value: Some(1.0), ..Default::default() };
    let (weights, bias) = three_steps(settings, &[0.0; 3], &[3.0, -0.5, -4.0]);
    assert_near(&weights, &[-1.5, 0.75, 1.5]);
    assert_eq!(bias, 0.25);
}

#[test]
fn clipping_by_norm_keeps_the_direction_of_the_whole_gradient() {
    // The norm of (1, 7, and 0.5 of the bias) is √50.25 = 7.088723; the gradient is scaled by
    // 1/7.088723 = 0.141069, and three times half of it is taken off.
    let settings = OptimiserSettings { clip_norm: Some(1.0), ..Default::default() };
    let (weights, bias) = three_steps(settings, &[0.0; 2], &[1.0, 7.0]);
    assert_near(&weights, &[-0.211_603, -1.481_224]);
    assert_near(&[bias], &[1.0 - 0.105_802]);
    // At most the norm: nothing is scaled.
    let settings = OptimiserSettings { clip_norm: Some(7.1), ..Default::default() };
    assert_near(&three_steps(settings, &[0.0; 2], &[1.0, 7.0]).0, &[-1.5, -10.5]);
}

#[test]
fn penalties_come_before_clipping_by_value_and_that_before_clipping_by_norm() {
    // g = 3 + 2 · 0.5 · 1 + 0.5 · 1 = 4.5 and −3 + 1.5 = −1.5; by value 2 and −1.5, and 0.5 of the
    // bias; the norm √(4 + 2.25 + 0.25) = √6.5 = 2.549510, so by norm 2/√6.5 = 0.784465 and
    // −0.588348.
    let settings = OptimiserSettings {
        rule: Rule::Descent,
        l1: 0.5,
        l2: 0.5,
        clip_value: Some(2.0),
        clip_norm: Some(1.0),
        ..Default::default()
    };
    let before = layer(&[1.0, 1.0], 1.0);
    let gradients = gradients(&before, &[3.0, -3.0], 0.5);
    let after = Optimiser::new(&settings).step(1.0, before, gradients);
    assert_near(&weights(&after), &[1.0 - 0.784_465, 1.0 + 0.588_348]);
}

#[test]
fn clipping_by_norm_brings_down_what_32_bits_cannot_square() {
    // (3, 4) · 10³⁰ has the norm 5 · 10³⁰, and 10⁶⁰ is out of range.
    let settings =
        OptimiserSettings { rule: Rule::Descent, clip_norm: Some(1.0), ..Default::default() };
    let before = layer(&[0.0, 0.0], 0.0);
    let gradients = gradients(&before, &[3e30, 4e30], 0.0);
    let after = Optimiser::new(&settings).step(1.0, before, gradients);
    assert_near(&weights(&after), &[-0.6, -0.8]);
}

#[test]
fn a_gradient_that_is_not_finite_is_never_clipped_away() {
    for wrong in [f32::NAN, f32::INFINITY] {
        let settings =
            OptimiserSettings { rule: Rule::Descent, clip_norm: Some(1.0), ..Default::default() };
        let before = layer(&[0.0, 0.0], 0.0);
        let gradients = gradients(&before, &[wrong, 1.0], 0.0);
        let after = Optimiser::new(&settings).step(1.0, before, gradients);
        assert!(!weights(&after)[0].is_finite(), "{wrong}");
    }
    let settings = OptimiserSettings { clip_value: Some(1.0), ..Default::default() };
    assert!(three_steps(settings, &[0.0], &[f32::NAN]).0[0].is_nan());
}

#[test]
fn a_parameter_that_the_loss_did_not_reach_has_the_gradient_0() {
    let settings = OptimiserSettings { rule: Rule::Descent, l2: 0.25, ..Default::default() };
    // 1 − 1 · 2 · 0.25 · 1.
    let after = Optimiser::new(&settings).step(1.0, layer(&[1.0], 1.0), GradientsParams::new());
    assert_eq!((weights(&after), bias(&after)), (vec![0.5], 1.0));
}

fn normalised() -> BatchNorm {
    BatchNormConfig::new(2).init(&Device::flex().autodiff())
}

#[test]
fn batch_norm_is_trained_without_penalty_and_its_statistics_are_left_alone() {
    let norm = normalised();
    let values = Tensor::<3>::from_floats([[[1.0], [2.0]], [[3.0], [6.0]]], &norm.gamma.device());
    let loss = norm.forward(values).square().sum();
    let gradients = GradientsParams::from_grads(loss.backward(), &norm);
    let running = norm.valid().running_mean.value().into_data();
    let settings = OptimiserSettings { l2: 9.0, weight_decay: 0.5, ..Default::default() };
    let mut optimiser = Optimiser::new(&settings);
    let after = optimiser.step(0.1, norm, gradients);
    // Adam's first step is the rate in the gradient's direction; γ falls by it, and the gradient of
    // the shift is 0.
    assert_near(&after.gamma.val().into_data().try_to_vec().unwrap(), &[0.9, 0.9]);
    assert_near(&after.beta.val().into_data().try_to_vec().unwrap(), &[0.0, 0.0]);
    assert_eq!(after.valid().running_mean.value().into_data(), running);
    let names: Vec<String> = optimiser.state().tensors.into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["mean.0", "mean_square.0", "mean.1", "mean_square.1"]);
}

#[test]
fn the_average_is_corrected_for_its_start() {
    let mut average = WeightAverage::new(0.5);
    let first = layer(&[3.0], 1.0);
    assert_eq!(weights(&average.network(&first)), [3.0]);
    let mut read = Vec::new();
    for value in [1.0, 2.0, 4.0] {
        let now = layer(&[value], value);
        average.update(&now);
        let averaged = average.network(&now);
        assert_eq!(weights(&averaged), [bias(&averaged)]);
        read.push(bias(&averaged));
    }
    // v = 0.5 over 0.5; v = 0.25 + 1 = 1.25 over 0.75; v = 0.625 + 2 = 2.625 over 0.875.
    assert_near(&read, &[1.0, 1.666_667, 3.0]);
}

#[test]
fn the_average_takes_in_running_statistics_and_leaves_the_network_its_own() {
    let norm = normalised();
    let mut average = WeightAverage::new(0.5);
    average.update(&norm);
    let values = Tensor::<3>::from_floats([[[10.0], [0.0]], [[10.0], [0.0]]], &norm.gamma.device());
    norm.forward(values);
    average.update(&norm);
    let mean = |norm: &BatchNorm| {
        norm.valid().running_mean.value().into_data().try_to_vec::<f32>().unwrap()
    };
    // The engine's running mean takes a tenth of 10: 1. v = 0.5 · 0 + 0.5 · 1, over 0.75.
    assert_near(&mean(&average.network(&norm)), &[2.0 / 3.0, 0.0]);
    assert_near(&mean(&norm), &[1.0, 0.0]);
}

#[test]
fn a_state_of_other_settings_or_another_network_is_refused_and_changes_nothing() {
    let adam = OptimiserSettings::default();
    let mut optimiser = Optimiser::new(&adam);
    let small = layer(&[1.0], 1.0);
    let gradients = gradients(&small, &[1.0], 1.0);
    let small = optimiser.step(0.1, small, gradients);
    let state = optimiser.state();
    let large = layer(&[1.0, 1.0], 1.0);
    let refused = |rule, network: &Linear| {
        let mut fresh = Optimiser::new(&OptimiserSettings { rule, ..adam });
        let error = fresh.restore(state.clone(), network).unwrap_err().to_string();
        assert_eq!(fresh.state(), OptimiserState { steps: 0, tensors: vec![] });
        error
    };
    let told = [
        refused(Rule::ADAM, &large),
        refused(Rule::MOMENTUM, &small),
        refused(Rule::Descent, &small),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    the optimiser's state is not this network's: expected `mean.0`: F32 of [2], found `mean.0`: F32 of [1]
    the optimiser's state is not this network's: expected `velocity.0`: F32 of [1], found `mean.0`: F32 of [1]
    the optimiser's state is not this network's: expected no more, found `mean.0`: F32 of [1]
    ");
    let mut cut = state.clone();
    cut.tensors.pop();
    let error = Optimiser::new(&adam).restore(cut, &small).unwrap_err();
    insta::assert_snapshot!(error, @"the optimiser's state is not this network's: expected `mean_square.1`: F32 of [1], found no more");
}
