//! Recurrent layers over whole sequences: plain ones, LSTM and GRU.
//!
//! What a layer computes is [`Cell`]'s; `composition.rs` says it in the engine's operations, and holds
//! on every device. In single precision on the processor it is computed by `sequence.rs`, with the
//! gradient in `gradient.rs`.

mod cell;
mod composition;
mod gradient;
mod operation;
mod product;
mod pytorch;
mod sequence;
mod steps;

use burn::{
    module::{Module, Param},
    tensor::Tensor,
};

pub use cell::{Cell, Reset};
use operation::Operands;
pub use pytorch::PyTorchWeights;
use sequence::{Direction, Layer};

/// Sizes and kind of a [`Recurrent`] network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecurrentConfig {
    /// What a step is.
    pub cell: Cell,
    /// Numbers of the input at each time, above 0.
    pub features: usize,
    /// Units of each layer and direction, above 0.
    pub hidden: usize,
    /// Layers on top of each other, above 0. One.
    pub layers: usize,
    /// Whether each layer also goes from the end to the beginning. No.
    pub bidirectional: bool,
}

impl RecurrentConfig {
    /// One layer in one direction.
    pub fn new(cell: Cell, features: usize, hidden: usize) -> Self {
        RecurrentConfig { cell, features, hidden, layers: 1, bidirectional: false }
    }

    /// The same with `layers` on top of each other.
    pub fn with_layers(self, layers: usize) -> Self {
        RecurrentConfig { layers, ..self }
    }

    /// The same in both directions.
    pub fn with_bidirectional(self, bidirectional: bool) -> Self {
        RecurrentConfig { bidirectional, ..self }
    }

    /// Directions of each layer.
    pub fn directions(&self) -> usize {
        if self.bidirectional { 2 } else { 1 }
    }

    /// Numbers that a layer reads at each time: the features, or all directions of the layer below.
    pub fn inputs(&self, layer: usize) -> usize {
        if layer == 0 { self.features } else { self.hidden * self.directions() }
    }

    /// The network with weights from `draw`, which is given a matrix's shape,
    /// `[inputs + hidden, gates · hidden]`, and how many numbers go into each sum. Biases are zero.
    ///
    /// # Panics
    ///
    /// Where features, hidden units or layers are 0.
    pub fn init(&self, draw: &mut dyn FnMut([usize; 2], usize) -> Tensor<2>) -> Recurrent {
        let sizes = [self.features, self.hidden, self.layers];
        assert!(!sizes.contains(&0), "there are features, hidden units and layers");
        let layers = (0..self.layers).flat_map(|layer| vec![layer; self.directions()]);
        let one_way = |layer| {
            let rows = self.inputs(layer) + self.hidden;
            let weight = draw([rows, self.cell.gates() * self.hidden], rows);
            let bias = Tensor::zeros([self.cell.biases() * self.hidden], &weight.device());
            OneWay { weight: Param::from_tensor(weight), bias: Param::from_tensor(bias) }
        };
        Recurrent { ways: layers.map(one_way).collect(), config: *self }
    }
}

/// Recurrent layers on top of each other, each in one direction or in both.
///
/// Dropout between layers is not part of it: networks of one layer with dropout between them are
/// the same.
#[derive(Module, Debug)]
pub struct Recurrent {
    /// The weights of each layer, and in it of each direction, forward first.
    pub ways: Vec<OneWay>,
    #[module(skip)]
    config: RecurrentConfig,
}

/// The weights of one layer in one direction.
#[derive(Module, Debug)]
pub struct OneWay {
    /// `[inputs + hidden, gates · hidden]`: first the rows of x, then those of h; the columns gate by
    /// gate, in the order of the [`Cell`].
    pub weight: Param<Tensor<2>>,
    /// `[biases · hidden]`, in the same order; see [`Cell::biases`].
    pub bias: Param<Tensor<1>>,
}

/// The states of every layer, and in it of every direction, forward first.
#[derive(Debug, Clone)]
pub struct States {
    /// h, `[layers · directions, batch, hidden]`.
    pub hidden: Tensor<3>,
    /// c of the LSTM, of the same shape; no other cell has it.
    pub cell: Option<Tensor<3>>,
}

impl Recurrent {
    /// What the network was made from.
    pub fn config(&self) -> &RecurrentConfig {
        &self.config
    }

    /// The outputs of the last layer, `[batch, time, directions · hidden]`, forward first, and the
    /// states that each layer ends with, from `x`, `[batch, time, features]`.
    ///
    /// `lengths` says how many steps each example has, at most all, which is where it is nothing. Behind its
    /// end an example's input is not read, its output is 0 and its state stays as it was; the
    /// backward direction begins at its end. `initial` are the states in front of the first step, or
    /// zeros. Gradients flow from outputs and final states to x, the weights and the initial states.
    ///
    /// # Panics
    ///
    /// Where the sizes do not suit each other.
    pub fn forward(
        &self,
        x: Tensor<3>,
        lengths: Option<&[usize]>,
        initial: Option<States>,
    ) -> (Tensor<3>, States) {
        let RecurrentConfig { cell, features, hidden, .. } = self.config;
        let [batch, time, given] = x.dims();
        assert_eq!(given, features, "x has the features that the network was made for");
        let lengths = lengths.map_or_else(|| vec![time; batch], <[usize]>::to_vec);
        assert_eq!(lengths.len(), batch, "there is a length for each example");
        assert!(lengths.iter().all(|length| *length <= time), "no example is longer than x");
        let mut initial = self.split(initial, &x).into_iter();
        let (mut outputs, mut last) = (x, Vec::new());
        for ways in self.ways.chunks(self.config.directions()) {
            let mut each = Vec::new();
            for ((way, direction), initial) in ways.iter().zip(DIRECTIONS).zip(&mut initial) {
                let (lengths, features) = (lengths.clone(), outputs.dims()[2]);
                let layer = Layer { cell, direction, time, features, hidden, lengths };
                let (weight, bias) = (way.weight.val(), way.bias.val());
                let operands = Operands { x: outputs.clone(), weight, bias, initial };
                let [output, states] = operation::forward(layer, operands);
                each.push(output);
                last.push(states);
            }
            outputs = match each.len() {
                1 => each.remove(0),
                _ => Tensor::cat(each, 2),
            };
        }
        (outputs, self.joined(last))
    }

    /// The initial states of each layer and direction, `[batch, states, hidden]`.
    fn split(&self, initial: Option<States>, x: &Tensor<3>) -> Vec<Tensor<3>> {
        let RecurrentConfig { cell, hidden, .. } = self.config;
        let (count, batch) = (self.ways.len(), x.dims()[0]);
        let Some(initial) = initial else {
            let shape = [batch, cell.states(), hidden];
            let zeros = Tensor::zeros(shape, (&x.device(), x.dtype()));
            return vec![zeros; count];
        };
        let states: Vec<Tensor<3>> =
            [Some(initial.hidden), initial.cell].into_iter().flatten().collect();
        assert_eq!(states.len(), cell.states(), "the LSTM has a cell state, and it alone");
        for state in &states {
            let shape = [count, batch, hidden];
            assert_eq!(state.dims(), shape, "states are [layers · directions, batch, hidden]");
        }
        let way = |at| {
            let states = states.iter().map(|state| state.clone().narrow(0, at, 1).swap_dims(0, 1));
            Tensor::cat(states.collect(), 1)
        };
        (0..count).map(way).collect()
    }

    /// The other way round.
    fn joined(&self, last: Vec<Tensor<3>>) -> States {
        let state = |at| {
            let states = last.iter().map(|states| states.clone().narrow(1, at, 1).swap_dims(0, 1));
            Tensor::cat(states.collect(), 0)
        };
        let cell = (self.config.cell.states() == 2).then(|| state(1));
        States { hidden: state(0), cell }
    }
}

const DIRECTIONS: [Direction; 2] = [Direction::Forward, Direction::Backward];
