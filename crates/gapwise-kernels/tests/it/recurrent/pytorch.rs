//! Against what PyTorch answers: `tests/reference/recurrent.py`.

use burn::{module::Param, tensor::Tensor};
use gapwise_kernels::recurrent::{Cell, OneWay, PyTorchWeights, RecurrentConfig, Reset, States};

use super::Case;
use crate::{
    drawn::device,
    reference::{Reference, drawn},
};

const SIZES: [usize; 2] = [3, 6];
const LENGTHS: [usize; 3] = [6, 2, 4];

const TABLE: Reference = Reference(include_str!("../../reference/recurrent.csv"));

fn held_to_pytorch(name: &str, cell: Cell) {
    let config = RecurrentConfig::new(cell, 3, 5).with_layers(2).with_bidirectional(true);
    let mut network = config.init(&mut |shape, _| Tensor::zeros(shape, &device().autodiff()));
    let rows = cell.gates() * config.hidden;
    for (at, way) in network.ways.iter_mut().enumerate() {
        let stream = 10 + 4 * at as u64;
        let given = PyTorchWeights {
            weight_ih: drawn(stream, [rows, config.inputs(at / 2)]),
            weight_hh: drawn(stream + 1, [rows, config.hidden]),
            bias_ih: drawn(stream + 2, [rows]),
            bias_hh: drawn(stream + 3, [rows]),
        };
        *way = OneWay::from_pytorch(cell, given);
    }
    let state = |stream| drawn(stream, [4, SIZES[0], config.hidden]).require_grad();
    let cell_state = (cell == Cell::Lstm).then(|| state(2));
    let case = Case {
        network,
        x: drawn(0, [SIZES[0], SIZES[1], config.features]).require_grad(),
        lengths: Some(LENGTHS.to_vec()),
        initial: Some(States { hidden: state(1), cell: cell_state }),
    };
    let held = |of: &str, found: &Tensor<1>, tolerance| TABLE.held([name, of], found, tolerance);
    let answers = case.answers();
    for (of, answer) in ["outputs", "last 0", "last 1"].iter().zip(&answers) {
        held(of, &answer.clone().flatten(0, 2), 1e-5);
    }
    let costs = answers.into_iter().zip(3..).map(|(answer, stream)| {
        let weight = drawn(stream, answer.dims());
        (answer * weight).sum()
    });
    let gradients = costs.reduce(|all, one| all + one).expect("there are answers").backward();
    held("gradient of x", &super::flat(case.x.grad(&gradients)), 1e-4);
    for (at, way) in case.network.ways.iter().enumerate() {
        // Gradients are arranged as what they belong to.
        let of = OneWay {
            weight: Param::from_tensor(way.weight.val().grad(&gradients).expect("it is tracked")),
            bias: Param::from_tensor(way.bias.val().grad(&gradients).expect("it is tracked")),
        };
        let of = of.to_pytorch(cell);
        let ending = format!("l{}{}", at / 2, if at % 2 == 1 { "_reverse" } else { "" });
        held(&format!("gradient of weight_ih_{ending}"), &summed(of.weight_ih), 1e-4);
        held(&format!("gradient of weight_hh_{ending}"), &summed(of.weight_hh), 1e-4);
        held(&format!("gradient of bias_ih_{ending}"), &summed(of.bias_ih), 1e-4);
    }
    let States { hidden, cell: cell_state } = case.initial.expect("it was given");
    held("gradient of initial 0", &super::flat(hidden.grad(&gradients)), 1e-4);
    if let Some(cell_state) = cell_state {
        held("gradient of initial 1", &super::flat(cell_state.grad(&gradients)), 1e-4);
    }
}

/// The inner product with drawn numbers, and the norm.
fn summed<const D: usize>(gradient: Tensor<D>) -> Tensor<1> {
    let gradient = gradient.inner();
    let product = (gradient.clone() * drawn(6, gradient.dims()).inner()).sum();
    Tensor::cat(vec![product, gradient.powi_scalar(2).sum().sqrt()], 0)
}

#[test]
fn layers_and_their_gradients_are_pytorchs() {
    held_to_pytorch("tanh", Cell::Tanh);
    held_to_pytorch("relu", Cell::Relu);
    held_to_pytorch("lstm", Cell::Lstm);
    held_to_pytorch("gru", Cell::Gru(Reset::AfterProduct));
}
