//! Recurrent layers.

mod against_64_bits;
mod by_hand;
mod pytorch;

use burn::{module::Param, tensor::Tensor};
use gapwise_kernels::recurrent::{Cell, OneWay, Recurrent, RecurrentConfig, Reset, States};

use crate::drawn::{Draws, tracked};

const CELLS: [Cell; 5] = [
    Cell::Tanh,
    Cell::Relu,
    Cell::Lstm,
    Cell::Gru(Reset::AfterProduct),
    Cell::Gru(Reset::BeforeProduct),
];

/// All that a network is given.
#[derive(Debug, Clone)]
struct Case {
    network: Recurrent,
    x: Tensor<3>,
    lengths: Option<Vec<usize>>,
    initial: Option<States>,
}

impl Case {
    /// Drawn, with states and gradients of everything.
    fn drawn(draws: &mut Draws, config: RecurrentConfig, [batch, time]: [usize; 2]) -> Case {
        let scale = 2.0 / (config.hidden as f32).sqrt();
        let mut network =
            config.init(&mut |shape, _| draws.tensor(shape).mul_scalar(scale).require_grad());
        for way in &mut network.ways {
            way.bias = Param::from_tensor(draws.tensor(way.bias.dims()).require_grad());
        }
        let shape = [config.layers * config.directions(), batch, config.hidden];
        let mut state = || draws.tensor(shape).require_grad();
        let hidden = state();
        let cell = (config.cell == Cell::Lstm).then(state);
        let x = draws.tensor([batch, time, config.features]).require_grad();
        Case { network, x, lengths: None, initial: Some(States { hidden, cell }) }
    }

    /// Outputs, and final states one behind the other.
    fn answers(&self) -> Vec<Tensor<3>> {
        let (x, initial) = (self.x.clone(), self.initial.clone());
        let (outputs, last) = self.network.forward(x, self.lengths.as_deref(), initial);
        [Some(outputs), Some(last.hidden), last.cell].into_iter().flatten().collect()
    }

    /// The gradients of x, the initial states, and each weight and bias, of the sum of answers times
    /// `weights`.
    fn gradients(&self, weights: &[Tensor<3>]) -> Vec<(String, Tensor<1>)> {
        let costs = self.answers().into_iter().zip(weights);
        let costs = costs.map(|(answer, weight)| (answer * weight.clone()).sum());
        let cost = costs.reduce(|all, one| all + one).expect("there are answers");
        let gradients = cost.backward();
        let mut found = vec![("x".to_owned(), flat(self.x.grad(&gradients)))];
        if let Some(States { hidden, cell }) = &self.initial {
            found.push(("initial h".to_owned(), flat(hidden.grad(&gradients))));
            if let Some(cell) = cell {
                found.push(("initial c".to_owned(), flat(cell.grad(&gradients))));
            }
        }
        for (at, way) in self.network.ways.iter().enumerate() {
            found.push((format!("weight {at}"), flat(way.weight.val().grad(&gradients))));
            found.push((format!("bias {at}"), flat(way.bias.val().grad(&gradients))));
        }
        found
    }

    /// The same in 64 bits on the processor, where it is the composition's.
    fn double(&self) -> Case {
        let mut network = self.network.clone();
        for way in &mut network.ways {
            let (weight, bias) = (tracked(&way.weight.val()), tracked(&way.bias.val()));
            *way = OneWay { weight: Param::from_tensor(weight), bias: Param::from_tensor(bias) };
        }
        let initial = self.initial.as_ref().map(|initial| States {
            hidden: tracked(&initial.hidden),
            cell: initial.cell.as_ref().map(tracked),
        });
        Case { network, x: tracked(&self.x), lengths: self.lengths.clone(), initial }
    }
}

fn flat<const D: usize>(tensor: Option<Tensor<D>>) -> Tensor<1> {
    tensor.expect("it is tracked").flatten(0, D - 1)
}
