//! Recurrent networks of the workloads.

use burn::{
    module::{Module, Param},
    nn::{
        BiLstm, BiLstmConfig, Embedding, EmbeddingConfig, Linear, LinearConfig, Lstm, LstmConfig,
        gru::{Gru, GruConfig},
    },
    tensor::{Device, Int, Tensor},
};

use super::drawn::Drawing;

/// Recurrent layers over a sequence, and a dense layer at each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SequenceConfig {
    pub(super) cell: Cell,
    /// Words that are looked up, where the sequence is one of words.
    pub(super) vocabulary: Option<usize>,
    /// Numbers at each time; with a vocabulary, those of a word's vector.
    pub(super) features: usize,
    pub(super) hidden: usize,
    pub(super) layers: usize,
    pub(super) outputs: usize,
}

/// What a recurrent layer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cell {
    Lstm,
    /// An LSTM in both directions.
    BiLstm,
    Gru,
}

impl SequenceConfig {
    fn directions(&self) -> usize {
        if self.cell == Cell::BiLstm { 2 } else { 1 }
    }

    /// Numbers that `layer` reads at each time.
    fn inputs(&self, layer: usize) -> usize {
        if layer == 0 { self.features } else { self.hidden * self.directions() }
    }

    /// Multiply-adds for one example of `time` steps.
    pub(super) fn multiply_adds(&self, time: usize) -> usize {
        let gates = if self.cell == Cell::Gru { 3 } else { 4 };
        let layer = |layer| gates * self.hidden * (self.inputs(layer) + self.hidden);
        let layers: usize = (0..self.layers).map(layer).sum();
        time * self.directions() * (layers + self.hidden * self.outputs)
    }

    pub(super) fn init(&self, device: &Device, drawing: &mut Drawing) -> Sequence {
        let words = self
            .vocabulary
            .map(|words| drawing.fill(EmbeddingConfig::new(words, self.features).init(device)));
        let layers = (0..self.layers)
            .map(|layer| Layer::drawn(self.cell, [self.inputs(layer), self.hidden], drawing))
            .collect();
        let output = LinearConfig::new(self.inputs(1), self.outputs).init(device);
        Sequence { words, layers, output: drawing.fill(output) }
    }
}

#[derive(Module, Debug)]
pub(super) struct Sequence {
    words: Option<Embedding>,
    layers: Vec<Layer>,
    output: Linear,
}

impl Sequence {
    /// Logits `[batch · time, outputs]` of numbers `[batch, time, features]`.
    pub(super) fn forward(&self, x: Tensor<3>) -> Tensor<2> {
        let x = self.layers.iter().fold(x, |x, layer| layer.forward(x));
        self.output.forward(x.flatten(0, 1))
    }

    /// The same of words `[batch, time]`.
    pub(super) fn forward_words(&self, words: Tensor<2, Int>) -> Tensor<2> {
        match &self.words {
            Some(vectors) => self.forward(vectors.forward(words)),
            None => unreachable!("a workload with words has a vocabulary"),
        }
    }
}

/// One recurrent layer: the engine's.
#[derive(Module, Debug)]
#[allow(clippy::large_enum_variant)] // There are two of them at most.
enum Layer {
    Lstm(Lstm),
    BiLstm(BiLstm),
    Gru(Gru),
}

impl Layer {
    fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        match self {
            Layer::Lstm(layer) => layer.forward(x, None).0,
            Layer::BiLstm(layer) => layer.forward(x, None).0,
            Layer::Gru(layer) => layer.forward(x, None),
        }
    }

    fn drawn(cell: Cell, [features, hidden]: [usize; 2], drawing: &mut Drawing) -> Self {
        let device = Device::flex();
        let sizes = [features, hidden];
        match cell {
            Cell::Lstm => {
                let mut layer = LstmConfig::new(features, hidden, true).init(&device);
                load_lstm(&mut layer, Weights::drawn(sizes, 4, drawing));
                Layer::Lstm(layer)
            }
            Cell::BiLstm => {
                let mut layer = BiLstmConfig::new(features, hidden, true).init(&device);
                load_lstm(&mut layer.forward, Weights::drawn(sizes, 4, drawing));
                load_lstm(&mut layer.reverse, Weights::drawn(sizes, 4, drawing));
                Layer::BiLstm(layer)
            }
            Cell::Gru => {
                let mut layer = GruConfig::new(features, hidden, true).init(&device);
                let weights = Weights::drawn(sizes, 3, drawing);
                let gates = [&mut layer.reset_gate, &mut layer.update_gate, &mut layer.new_gate];
                for (at, gate) in gates.into_iter().enumerate() {
                    (gate.input_transform, gate.hidden_transform) = weights.gate(at);
                    // The candidate's second bias is inside the reset; the others are one bias.
                    if at < 2 {
                        joined(gate);
                    }
                }
                Layer::Gru(layer)
            }
        }
    }
}

fn load_lstm(layer: &mut Lstm, weights: Weights) {
    let Some(forget) = &mut layer.forget_gate else { return };
    let gates = [&mut layer.input_gate, forget, &mut layer.cell_gate, &mut layer.output_gate];
    for (at, gate) in gates.into_iter().enumerate() {
        (gate.input_transform, gate.hidden_transform) = weights.gate(at);
        joined(gate);
    }
}

/// PyTorch's two biases as the one that they come to.
fn joined(gate: &mut burn::nn::GateController) {
    let bias = gate.hidden_transform.bias.take();
    gate.input_transform.bias = match (gate.input_transform.bias.take(), bias) {
        (Some(one), Some(other)) => {
            Some(one.map(|one| (one + other.val()).detach().require_grad()))
        }
        (one, _) => one,
    };
}

/// The weights of one layer in one direction, as PyTorch has them.
struct Weights {
    /// `[gates · hidden, features]`.
    weight_ih: Tensor<2>,
    /// `[gates · hidden, hidden]`.
    weight_hh: Tensor<2>,
    /// `[gates · hidden]` each.
    biases: [Tensor<1>; 2],
    hidden: usize,
}

impl Weights {
    fn drawn([features, hidden]: [usize; 2], gates: usize, drawing: &mut Drawing) -> Self {
        let limit = 1.0 / (hidden as f64).sqrt();
        Weights {
            weight_ih: drawing.next([gates * hidden, features], limit, 0.0),
            weight_hh: drawing.next([gates * hidden, hidden], limit, 0.0),
            biases: [(); 2].map(|()| drawing.next([gates * hidden], limit, 0.0)),
            hidden,
        }
    }

    /// What gate `at` makes of the input and of the state.
    fn gate(&self, at: usize) -> (Linear, Linear) {
        let param = |weight: &Tensor<2>| {
            let rows = weight.clone().narrow(0, at * self.hidden, self.hidden).transpose();
            Param::from_tensor(Tensor::from_data(rows.into_data(), &weight.device()))
        };
        let [ih, hh] = self
            .biases
            .clone()
            .map(|bias| Some(Param::from_tensor(bias.narrow(0, at * self.hidden, self.hidden))));
        let linear = |weight, bias| Linear { weight: param(weight), bias };
        (linear(&self.weight_ih, ih), linear(&self.weight_hh, hh))
    }
}
