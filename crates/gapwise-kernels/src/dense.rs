//! Dense layers with what stands behind them.

mod kernel;

use burn::{
    backend::{
        Backend, DispatchKindConversion, DispatchTensor, Flex,
        autodiff::{
            checkpoint::{base::Checkpointer, strategy::NoCheckpointing},
            grads::Gradients,
            ops::{Backward, NodeGuard, Ops, OpsKind},
        },
        flex::FlexTensor,
        tensor::FloatTensor,
    },
    nn::Linear,
    tensor::{DType, Tensor, module},
};
use kernel::Sizes;

use crate::{
    Activation,
    matrix::{Factor, product},
    primitive::{Tracked, primitive, tensor},
    sums::column_sums,
};

/// What the engine's `layer` makes of `x`, `[…, inputs]`, and `activation` of that:
/// `[…, units]`.
///
/// # Panics
///
/// As [`dense`].
pub fn forward<const D: usize>(layer: &Linear, x: Tensor<D>, activation: Activation) -> Tensor<D> {
    dense(x, layer.weight.val(), layer.bias.as_ref().map(|bias| bias.val()), activation)
}

/// `activation` of x · W + b, for `x` `[…, inputs]`, `weight` W `[inputs, units]` and `bias` b
/// `[units]`: `[…, units]`.
///
/// The kernel covers single precision on the processor; all else is a composition of the engine's
/// [`module::linear`] and the activation, which means the same.
///
/// # Panics
///
/// As the engine's: where the sizes do not suit each other.
pub fn dense<const D: usize>(
    x: Tensor<D>,
    weight: Tensor<2>,
    bias: Option<Tensor<1>>,
    activation: Activation,
) -> Tensor<D> {
    let given = (&x, &weight, bias.as_ref());
    match covered(given, activation) {
        Some(answers) => answers,
        None => activation.forward(module::linear(x, weight, bias)),
    }
}

/// x, weight and bias.
type Given<'a, const D: usize> = (&'a Tensor<D>, &'a Tensor<2>, Option<&'a Tensor<1>>);

/// By the kernel, or nothing where it does not cover this.
fn covered<const D: usize>(given: Given<'_, D>, activation: Activation) -> Option<Tensor<D>> {
    let (x, weight, bias) = given;
    let (dims, [inputs, units]) = (x.dims(), weight.dims());
    let rows = dims[..D - 1].iter().product();
    let suits = dims[D - 1] == inputs && bias.is_none_or(|bias| bias.dims() == [units]);
    let single = x.dtype() == DType::F32
        && weight.dtype() == DType::F32
        && bias.is_none_or(|bias| bias.dtype() == DType::F32);
    if !suits || !single {
        return None;
    }
    let of = Dense { sizes: Sizes { rows, inputs, units }, dims, activation };
    if !x.device().is_autodiff() {
        let Operands { x, weight, bias } = operands::<Flex, D>(given)?;
        let operands = Operands { x, weight, bias }.contiguous();
        return Some(Tensor::from_primitive::<Flex>(of.answers(&operands)));
    }
    let Operands { x, weight, bias } = operands::<Tracked, D>(given)?;
    let (x, of_x) = x.into_parts();
    let (weight, of_weight) = weight.into_parts();
    let (bias, of_bias) = bias.map(FloatTensor::<Tracked>::into_parts).unzip();
    let operands = Operands { x, weight, bias }.contiguous();
    let answers = match of_bias {
        Some(of_bias) => of.registered(operands, [of_x, of_weight, of_bias]),
        None => of.registered(operands, [of_x, of_weight]),
    };
    Some(Tensor::from_primitive::<Tracked>(answers))
}

/// What was given, as a backend has it.
struct Operands<T> {
    x: T,
    weight: T,
    bias: Option<T>,
}

impl Operands<FlexTensor> {
    fn contiguous(self) -> Self {
        let Operands { x, weight, bias } = self;
        let [x, weight] = [x, weight].map(|tensor| tensor.to_contiguous());
        Operands { x, weight, bias: bias.map(|bias| bias.to_contiguous()) }
    }
}

/// What was given as `B` has it, or nothing where any of it is of another backend.
fn operands<B: Backend, const D: usize>(
    (x, weight, bias): Given<'_, D>,
) -> Option<Operands<FloatTensor<B>>>
where
    DispatchTensor: DispatchKindConversion<B>,
{
    let (x, weight) = (primitive::<B, D>(x)?, primitive::<B, 2>(weight)?);
    let bias = match bias {
        Some(bias) => Some(primitive::<B, 1>(bias)?),
        None => None,
    };
    Some(Operands { x, weight, bias })
}

/// A dense layer and what stands behind it; its gradient of x, weight and, where there is one, bias.
#[derive(Debug, Clone, Copy)]
struct Dense<const D: usize> {
    sizes: Sizes,
    /// Of x.
    dims: [usize; D],
    activation: Activation,
}

/// What the gradient needs.
#[derive(Debug, Clone)]
struct Saved {
    x: FlexTensor,
    weight: FlexTensor,
    /// Where an activation stands behind them.
    answers: Option<FlexTensor>,
}

impl<const D: usize> Dense<D> {
    fn answers(self, operands: &Operands<FlexTensor>) -> FlexTensor {
        let Operands { x, weight, bias } = operands;
        let bias = bias.as_ref().map(FlexTensor::storage);
        let mut answers = kernel::sums(&self.sizes, x.storage(), (weight.storage(), bias));
        self.activation.apply(&mut answers);
        let mut dims = self.dims;
        dims[D - 1] = self.sizes.units;
        tensor(answers, dims)
    }

    fn registered<const N: usize>(
        self,
        operands: Operands<FlexTensor>,
        nodes: [NodeGuard; N],
    ) -> FloatTensor<Tracked> {
        let answers = self.answers(&operands);
        match self.prepare::<NoCheckpointing>(nodes).compute_bound().stateful() {
            OpsKind::UnTracked(preparation) => preparation.finish(answers),
            OpsKind::Tracked(preparation) => {
                let Operands { x, weight, .. } = operands;
                let behind = self.activation != Activation::None;
                let saved = Saved { x, weight, answers: behind.then(|| answers.clone()) };
                preparation.finish(saved, answers)
            }
        }
    }
}

impl<const N: usize, const D: usize> Backward<Flex, N> for Dense<D> {
    type State = Saved;

    fn backward(
        self,
        ops: Ops<Self::State, N>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let Sizes { rows, inputs, units } = self.sizes;
        let Saved { x, weight, answers } = ops.state;
        let given = gradients.consume::<Flex>(&ops.node);
        let mut gradient = given.to_contiguous();
        // What is not shared is changed where it is.
        drop(given);
        if let Some(answers) = answers {
            self.activation.pull_back(answers.storage(), gradient.storage_mut());
        }
        let sums: &[f32] = gradient.storage();
        let mut parents = ops.parents.into_iter();
        let [of_x, of_weight, of_bias] = [(); 3].map(|()| parents.next().flatten());
        if let Some(node) = of_bias {
            let found = column_sums(sums, units);
            gradients.register::<Flex>(node.id, tensor(found, [units]));
        }
        if let Some(node) = of_weight {
            // xᵀ · g.
            let (x, sums) = (Factor::Transposed(x.storage()), Factor::Plain(sums));
            let found = product([inputs, rows, units], x, sums, None);
            gradients.register::<Flex>(node.id, tensor(found, [inputs, units]));
        }
        if let Some(node) = of_x {
            // g · Wᵀ.
            let (sums, weight) = (Factor::Plain(sums), Factor::Transposed(weight.storage()));
            let found = product([rows, units, inputs], sums, weight, None);
            gradients.register::<Flex>(node.id, tensor(found, self.dims));
        }
    }
}
