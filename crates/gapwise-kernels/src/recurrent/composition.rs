//! What a layer means, in the engine's operations.

use burn::tensor::{
    Int, Tensor,
    activation::{relu, sigmoid, tanh},
};

use super::{
    cell::{Cell, Reset},
    operation::Operands,
    sequence::{Direction, Layer},
};

/// Outputs `[batch, time, hidden]`, zero behind an example's end, and final states
/// `[batch, states, hidden]`.
pub(super) fn forward(layer: &Layer, operands: Operands) -> [Tensor<3>; 2] {
    let Operands { x, weight, bias, initial } = operands;
    let (batch, hidden, device) = (layer.lengths.len(), layer.hidden, x.device());
    let lengths: Vec<i64> = layer.lengths.iter().map(|length| *length as i64).collect();
    let lengths = Tensor::<1, Int>::from_data(lengths.as_slice(), &device).unsqueeze_dim::<2>(1);
    let times = Tensor::<1, Int>::arange(0..layer.time as i64, &device).unsqueeze_dim::<2>(0);
    let shape = [batch, layer.time];
    // What stands behind an example's end does not count, whatever it is.
    let ended = times.expand(shape).greater_equal(lengths.expand(shape)).unsqueeze_dim::<3>(2);
    let x = x.mask_fill(ended.clone().expand([batch, layer.time, layer.features]), 0.0);
    let weights = Weights::new(layer, weight, bias);
    let mut states: Vec<Tensor<2>> =
        initial.iter_dim(1).map(|state| state.reshape([batch, hidden])).collect();
    let mut outputs = Vec::with_capacity(layer.time);
    for step in 0..layer.time {
        // From the end of the longest: an example that is not there yet keeps its initial state.
        let time = layer.direction.time(step, layer.time);
        let x = x.clone().narrow(1, time, 1).reshape([batch, layer.features]);
        let ended = ended.clone().narrow(1, time, 1).reshape([batch, 1]).expand([batch, hidden]);
        let new = weights.step(layer.cell, x, &states);
        states = states
            .into_iter()
            .zip(new)
            .map(|(old, new)| new.mask_where(ended.clone(), old))
            .collect();
        outputs.push(states[0].clone().mask_fill(ended, 0.0));
    }
    if layer.direction == Direction::Backward {
        outputs.reverse();
    }
    let outputs = if outputs.is_empty() {
        Tensor::zeros([batch, 0, hidden], (&device, x.dtype()))
    } else {
        Tensor::stack(outputs, 1)
    };
    [outputs, Tensor::stack(states, 1)]
}

/// The weights of the input and of the state, and the biases as a row.
struct Weights {
    input: Tensor<2>,
    recurrent: Tensor<2>,
    bias: Tensor<2>,
    hidden: usize,
}

impl Weights {
    fn new(layer: &Layer, weight: Tensor<2>, bias: Tensor<1>) -> Self {
        Weights {
            input: weight.clone().narrow(0, 0, layer.features),
            recurrent: weight.narrow(0, layer.features, layer.hidden),
            bias: bias.unsqueeze_dim(0),
            hidden: layer.hidden,
        }
    }

    /// `count` parts of the columns of `matrix`, from part `first` on.
    fn part(&self, matrix: &Tensor<2>, [first, count]: [usize; 2]) -> Tensor<2> {
        matrix.clone().narrow(1, first * self.hidden, count * self.hidden)
    }

    /// The states behind a step.
    fn step(&self, cell: Cell, x: Tensor<2>, states: &[Tensor<2>]) -> Vec<Tensor<2>> {
        let state = states[0].clone();
        let gates = self.part(&self.bias, [0, cell.gates()]);
        let from_x = x.matmul(self.input.clone()) + gates;
        let from_state = |gates| state.clone().matmul(self.part(&self.recurrent, gates));
        match cell {
            Cell::Tanh => vec![tanh(from_x + from_state([0, 1]))],
            Cell::Relu => vec![relu(from_x + from_state([0, 1]))],
            Cell::Lstm => {
                let sums = from_x + from_state([0, 4]);
                let gate = |at| self.part(&sums, [at, 1]);
                let kept = sigmoid(gate(1)) * states[1].clone();
                let new = kept + sigmoid(gate(0)) * tanh(gate(2));
                vec![sigmoid(gate(3)) * tanh(new.clone()), new]
            }
            Cell::Gru(reset) => {
                let sums = sigmoid(self.part(&from_x, [0, 2]) + from_state([0, 2]));
                let [r, z] = [0, 1].map(|at| self.part(&sums, [at, 1]));
                let inner = match reset {
                    Reset::BeforeProduct => {
                        (r * state.clone()).matmul(self.part(&self.recurrent, [2, 1]))
                    }
                    Reset::AfterProduct => r * (from_state([2, 1]) + self.part(&self.bias, [3, 1])),
                };
                let candidate = tanh(self.part(&from_x, [2, 1]) + inner);
                vec![(z.clone().neg() + 1.0) * candidate + z * state]
            }
        }
    }
}
