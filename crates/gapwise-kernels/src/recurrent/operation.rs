//! A layer in one direction as one operation of the engine.

use std::sync::Arc;

use burn::{
    backend::{
        Flex,
        autodiff::{
            checkpoint::{base::Checkpointer, strategy::NoCheckpointing},
            grads::Gradients,
            ops::{Backward, Ops, OpsKind},
        },
        flex::FlexTensor,
        tensor::FloatTensor,
    },
    tensor::{DType, Tensor},
};

use super::{
    Cell, composition, gradient,
    sequence::{self, ForwardValues, Given, Layer, Matrices},
};
use crate::{
    packed_weights::PackedWeights,
    primitive::{Tracked, primitive, tensor},
};

/// Matrices by cell, features and hidden units.
static PACKED: PackedWeights<(Cell, [usize; 2]), Arc<Matrices>> = PackedWeights::new();

/// What a layer computes with, in one direction.
#[derive(Debug, Clone)]
pub(super) struct Operands {
    /// `[batch, time, features]`.
    pub(super) x: Tensor<3>,
    /// `[features + hidden, gates · hidden]`.
    pub(super) weight: Tensor<2>,
    /// `[biases · hidden]`.
    pub(super) bias: Tensor<1>,
    /// `[batch, states, hidden]`.
    pub(super) initial: Tensor<3>,
}

/// Outputs `[batch, time, hidden]` and final states `[batch, states, hidden]`: by the kernel on the
/// processor in single precision, else by the composition.
pub(super) fn forward(layer: Layer, operands: Operands) -> [Tensor<3>; 2] {
    if layer.lengths.is_empty() {
        let Operands { x, initial, .. } = operands;
        let nothing = [0, layer.time, layer.hidden];
        return [Tensor::zeros(nothing, (&x.device(), x.dtype())), initial];
    }
    match covered(&layer, &operands) {
        Some(answers) => {
            let (batch, count) = (layer.lengths.len(), layer.outputs());
            let states = layer.cell.states();
            let last = answers.clone().narrow(0, count, batch * states * layer.hidden);
            [
                answers.narrow(0, 0, count).reshape([batch, layer.time, layer.hidden]),
                last.reshape([batch, states, layer.hidden]),
            ]
        }
        None => composition::forward(&layer, operands),
    }
}

/// Outputs and final states as one row of numbers, or nothing where the kernel does not cover this.
fn covered(layer: &Layer, operands: &Operands) -> Option<Tensor<1>> {
    let Operands { x, weight, bias, initial } = operands;
    let single = [x.dtype(), weight.dtype(), bias.dtype(), initial.dtype()];
    let empty = layer.time == 0 || layer.features == 0 || layer.hidden == 0;
    if empty || single.iter().any(|of| *of != DType::F32) {
        return None;
    }
    if !x.device().is_autodiff() {
        let numbers = Numbers {
            x: primitive::<Flex, 3>(x)?.to_contiguous(),
            weight: primitive::<Flex, 2>(weight)?.to_contiguous(),
            bias: primitive::<Flex, 1>(bias)?.to_contiguous(),
            initial: primitive::<Flex, 3>(initial)?.to_contiguous(),
        };
        let key = (layer.cell, [layer.features, layer.hidden]);
        let matrices = PACKED.of(&numbers.weight, key, || Arc::new(numbers.matrices(layer)));
        let answers = sequence::forward(layer, numbers.given(), &matrices, None);
        return Some(Tensor::from_primitive::<Flex>(row(answers)));
    }
    let (x, x_node) = primitive::<Tracked, 3>(x)?.into_parts();
    let (weight, weight_node) = primitive::<Tracked, 2>(weight)?.into_parts();
    let (bias, bias_node) = primitive::<Tracked, 1>(bias)?.into_parts();
    let (initial, initial_node) = primitive::<Tracked, 3>(initial)?.into_parts();
    let [x, weight, bias, initial] =
        [x, weight, bias, initial].map(|tensor| tensor.to_contiguous());
    let numbers = Numbers { x, weight, bias, initial };
    let matrices = numbers.matrices(layer);
    let nodes = [x_node, weight_node, bias_node, initial_node];
    let answers: FloatTensor<Tracked> =
        match Recurrent.prepare::<NoCheckpointing>(nodes).compute_bound().stateful() {
            OpsKind::UnTracked(preparation) => {
                let answers = sequence::forward(layer, numbers.given(), &matrices, None);
                preparation.finish(row(answers))
            }
            OpsKind::Tracked(preparation) => {
                let mut kept = ForwardValues::default();
                let answers = sequence::forward(layer, numbers.given(), &matrices, Some(&mut kept));
                let answers = row(answers);
                let saved = Saved { layer: layer.clone(), numbers, kept, answers: answers.clone() };
                preparation.finish(saved, answers)
            }
        };
    Some(Tensor::from_primitive::<Tracked>(answers))
}

fn row(values: Vec<f32>) -> FlexTensor {
    let count = values.len();
    tensor(values, [count])
}

/// The operands as the processor has them, contiguous.
#[derive(Debug, Clone)]
struct Numbers {
    x: FlexTensor,
    weight: FlexTensor,
    bias: FlexTensor,
    initial: FlexTensor,
}

impl Numbers {
    fn matrices(&self, layer: &Layer) -> Matrices {
        Matrices::new(layer, self.weight.storage())
    }

    fn given(&self) -> Given<'_> {
        let Numbers { x, weight, bias, initial } = self;
        Given {
            x: x.storage(),
            weight: weight.storage(),
            bias: bias.storage(),
            initial: initial.storage(),
        }
    }
}

/// What the gradient needs.
#[derive(Debug, Clone)]
struct Saved {
    layer: Layer,
    numbers: Numbers,
    kept: ForwardValues,
    answers: FlexTensor,
}

/// The gradient of a layer.
#[derive(Debug)]
struct Recurrent;

impl Backward<Flex, 4> for Recurrent {
    type State = Saved;

    fn backward(
        self,
        ops: Ops<Self::State, 4>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let gradient = gradients.consume::<Flex>(&ops.node).to_contiguous();
        let Saved { layer, numbers, kept, answers } = ops.state;
        let [of_x, of_weight, of_bias, of_initial] = ops.parents;
        let past = (kept, [answers.storage(), gradient.storage()]);
        let found = gradient::backward(&layer, numbers.given(), past, of_x.is_some());
        let (batch, hidden) = (layer.lengths.len(), layer.hidden);
        if let Some(node) = of_x {
            let shape = [batch, layer.time, layer.features];
            gradients.register::<Flex>(node.id, tensor(found.x, shape));
        }
        if let Some(node) = of_weight {
            let shape = [layer.features + hidden, layer.gates()];
            gradients.register::<Flex>(node.id, tensor(found.weight, shape));
        }
        if let Some(node) = of_bias {
            gradients.register::<Flex>(node.id, row(found.bias));
        }
        if let Some(node) = of_initial {
            let shape = [batch, layer.cell.states(), hidden];
            gradients.register::<Flex>(node.id, tensor(found.initial, shape));
        }
    }
}
