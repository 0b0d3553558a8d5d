//! Recurrent networks of the workloads.

use burn::{
    module::Module,
    nn::{Embedding, EmbeddingConfig, Linear, LinearConfig},
    tensor::{Device, Int, Tensor},
};
use gapwise_kernels::recurrent::{OneWay, PyTorchWeights, Recurrent, RecurrentConfig};

use super::drawn::Drawing;

/// Recurrent layers over a sequence, and a dense layer at each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SequenceConfig {
    pub(super) recurrent: RecurrentConfig,
    /// Words that are looked up, where the sequence is one of words: their vectors are the features.
    pub(super) vocabulary: Option<usize>,
    pub(super) outputs: usize,
}

impl SequenceConfig {
    /// Multiply-adds for one example of `time` steps.
    pub(super) fn multiply_adds(&self, time: usize) -> usize {
        let RecurrentConfig { cell, hidden, layers, .. } = self.recurrent;
        let sums = cell.gates() * hidden;
        let layers: usize =
            (0..layers).map(|layer| sums * (self.recurrent.inputs(layer) + hidden)).sum();
        time * self.recurrent.directions() * (layers + hidden * self.outputs)
    }

    /// Those of them whose values are the inputs; none where those are words, whose vectors learn.
    pub(super) fn first_multiply_adds(&self, time: usize) -> usize {
        let RecurrentConfig { cell, features, hidden, .. } = self.recurrent;
        let sums = cell.gates() * hidden * self.recurrent.directions();
        if self.vocabulary.is_some() { 0 } else { time * sums * features }
    }

    pub(super) fn init(&self, device: &Device, drawing: &mut Drawing) -> Sequence {
        let RecurrentConfig { cell, features, hidden, .. } = self.recurrent;
        let words = self
            .vocabulary
            .map(|words| drawing.fill(EmbeddingConfig::new(words, features).init(device)));
        let mut recurrent = self.recurrent.init(&mut |shape, _| Tensor::zeros(shape, device));
        let directions = self.recurrent.directions();
        let limit = 1.0 / (hidden as f64).sqrt();
        let sums = cell.gates() * hidden;
        for (at, way) in recurrent.ways.iter_mut().enumerate() {
            let inputs = self.recurrent.inputs(at / directions);
            let weights = PyTorchWeights {
                weight_ih: drawing.next([sums, inputs], limit, 0.0),
                weight_hh: drawing.next([sums, hidden], limit, 0.0),
                bias_ih: drawing.next([sums], limit, 0.0),
                bias_hh: drawing.next([sums], limit, 0.0),
            };
            *way = OneWay::from_pytorch(cell, weights);
        }
        let output = LinearConfig::new(hidden * directions, self.outputs).init(device);
        Sequence { words, recurrent, output: drawing.fill(output) }
    }
}

#[derive(Module, Debug)]
pub(super) struct Sequence {
    words: Option<Embedding>,
    recurrent: Recurrent,
    output: Linear,
}

impl Sequence {
    /// Logits `[batch · time, outputs]` of numbers `[batch, time, features]`.
    pub(super) fn forward(&self, x: Tensor<3>) -> Tensor<2> {
        let (x, _) = self.recurrent.forward(x, None, None); // [batch, time, directions · hidden]
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
