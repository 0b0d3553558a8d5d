//! What layers with a weight, a bias and an activation behind them have in common.

use burn::{
    backend::{
        Backend, DispatchKindConversion, DispatchTensor, Flex, autodiff::ops::Backward,
        flex::FlexTensor, tensor::FloatTensor,
    },
    tensor::Tensor,
};

use crate::{
    Activation,
    primitive::{Tracked, primitive, registered},
};

/// What a layer reads, its weight and its bias.
pub(crate) type Given<'a, const D: usize, const W: usize> =
    (&'a Tensor<D>, &'a Tensor<W>, Option<&'a Tensor<1>>);

/// The same as a backend has them.
pub(crate) struct Operands<T> {
    pub(crate) x: T,
    pub(crate) weight: T,
    pub(crate) bias: Option<T>,
}

/// What the gradient needs.
#[derive(Debug, Clone)]
pub(crate) struct Saved {
    pub(crate) x: FlexTensor,
    pub(crate) weight: FlexTensor,
    /// Where an activation stands behind them.
    pub(crate) answers: Option<FlexTensor>,
}

/// A layer of known sizes, with its gradient of x, weight and, where there is one, bias.
pub(crate) trait Layer:
    Copy + Backward<Flex, 2, State = Saved> + Backward<Flex, 3, State = Saved>
{
    /// What stands behind it.
    fn activation(self) -> Activation;

    /// What comes out, the activation's answers.
    fn answers(self, operands: &Operands<FlexTensor>) -> FlexTensor;
}

/// What was given as `B` has it, or nothing where any of it is of another backend.
pub(crate) fn operands<B: Backend, const D: usize, const W: usize>(
    (x, weight, bias): Given<'_, D, W>,
) -> Option<Operands<FloatTensor<B>>>
where
    DispatchTensor: DispatchKindConversion<B>,
{
    let (x, weight) = (primitive::<B, D>(x)?, primitive::<B, W>(weight)?);
    let bias = match bias {
        Some(bias) => Some(primitive::<B, 1>(bias)?),
        None => None,
    };
    Some(Operands { x, weight, bias })
}

/// What `layer` answers, with what its gradient will need, or nothing where any of what was given
/// is not the processor's.
pub(crate) fn tracked<L: Layer, const D: usize, const W: usize>(
    layer: L,
    given: Given<'_, D, W>,
) -> Option<Tensor<D>> {
    let Operands { x, weight, bias } = operands::<Tracked, D, W>(given)?;
    let (x, of_x) = x.into_parts();
    let (weight, of_weight) = weight.into_parts();
    let (bias, of_bias) = bias.map(FloatTensor::<Tracked>::into_parts).unzip();
    let operands = Operands { x, weight, bias };
    let answers = layer.answers(&operands);
    let saved = |answers: &FlexTensor| {
        let behind = layer.activation() != Activation::None;
        let Operands { x, weight, .. } = operands;
        Saved { x, weight, answers: behind.then(|| answers.clone()) }
    };
    Some(match of_bias {
        Some(of_bias) => registered(layer, [of_x, of_weight, of_bias], (answers, saved)),
        None => registered(layer, [of_x, of_weight], (answers, saved)),
    })
}
