//! One unit, worked by hand.

use burn::{
    module::Param,
    tensor::{Tensor, TensorData},
};
use gapwise_kernels::recurrent::{Cell, Recurrent, RecurrentConfig, Reset, States};

use crate::drawn::{device, values};

/// ln 3: σ(ln 3) = 3/4, σ(−ln 3) = 1/4, σ(2 ln 3) = 9/10, and tanh(½ ln 3) = (3 − 1) / (3 + 1) = 1/2.
const LN_3: f32 = 1.098_612_3;

/// One feature and one unit, with these rows of weights for x and for h and these biases.
fn network(cell: Cell, x: &[f32], h: &[f32], biases: &[f32]) -> Recurrent {
    let weights = [x, h].concat();
    let mut network = RecurrentConfig::new(cell, 1, 1).init(&mut |shape, inputs| {
        assert_eq!(inputs, 2, "one feature and one unit go into each sum");
        Tensor::from_data(TensorData::new(weights.clone(), shape), &device())
    });
    network.ways[0].bias = Param::from_tensor(Tensor::from_data(biases, &device()));
    network
}

/// The outputs for `x` from the state 0, or from `initial`.
#[track_caller]
fn outputs_are(network: &Recurrent, x: &[f32], initial: Option<f32>, expected: &[f32]) {
    let x = Tensor::from_data(TensorData::new(x.to_vec(), [1, x.len(), 1]), &device());
    let initial = initial
        .map(|state| States { hidden: Tensor::full([1, 1, 1], state, &device()), cell: None });
    let (outputs, last) = network.forward(x, None, initial);
    let found = values(&outputs);
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-6, "{found} where {expected} is right");
    }
    assert_eq!(values(&last.hidden), found[found.len() - 1..]);
}

#[test]
fn a_plain_layer() {
    // tanh(½ ln 3 · 1 + 0) = 0.5; then ½ ln 3 · 0 + ln 3 · 0.5 = ½ ln 3: 0.5 again.
    let layer = network(Cell::Tanh, &[LN_3 / 2.0], &[LN_3], &[0.0]);
    outputs_are(&layer, &[1.0, 0.0], None, &[0.5, 0.5]);
    // max(2 · 1 + 3 · 0 − 1, 0) = 1; max(2 · 1 + 3 · 1 − 1, 0) = 4; max(2 · (−9) + 3 · 4 − 1, 0) = 0.
    let layer = network(Cell::Relu, &[2.0], &[3.0], &[-1.0]);
    outputs_are(&layer, &[1.0, 1.0, -9.0], None, &[1.0, 4.0, 0.0]);
}

#[test]
fn an_lstm() {
    // Each step i = 3/4, f = 1/4, g = 1/2, o = 9/10, as far as they come from x = 1 alone.
    let layer = network(Cell::Lstm, &[LN_3, -LN_3, LN_3 / 2.0, 2.0 * LN_3], &[0.0; 4], &[0.0; 4]);
    // c = 3/4 · 1/2 = 0.375; then c = 1/4 · 0.375 + 0.375 = 0.46875. h = 0.9 · tanh(c).
    let expected = [0.375_f32, 0.468_75].map(|cell| 0.9 * cell.tanh());
    outputs_are(&layer, &[1.0, 1.0], None, &expected);
}

#[test]
fn a_gru_that_resets_behind_the_product() {
    // r = σ(−ln 3) = 1/4, z = σ(ln 3) = 3/4, n = tanh(0 + 1/4 · (2 · 0.5 + 1)) = tanh(0.5);
    // h = 1/4 · tanh(0.5) + 3/4 · 0.5.
    let cell = Cell::Gru(Reset::AfterProduct);
    let layer = network(cell, &[-LN_3, LN_3, 0.0], &[0.0, 0.0, 2.0], &[0.0, 0.0, 0.0, 1.0]);
    let expected = 0.25 * 0.5_f32.tanh() + 0.375;
    outputs_are(&layer, &[1.0], Some(0.5), &[expected]);
}

#[test]
fn a_gru_that_resets_before_the_product() {
    // r = 1/4, z = 3/4, n = tanh(0 + 2 · (1/4 · 0.5) + 1) = tanh(1.25);
    // h = 1/4 · tanh(1.25) + 3/4 · 0.5.
    let cell = Cell::Gru(Reset::BeforeProduct);
    let layer = network(cell, &[-LN_3, LN_3, 0.0], &[0.0, 0.0, 2.0], &[0.0, 0.0, 1.0]);
    let expected = 0.25 * 1.25_f32.tanh() + 0.375;
    outputs_are(&layer, &[1.0], Some(0.5), &[expected]);
}
