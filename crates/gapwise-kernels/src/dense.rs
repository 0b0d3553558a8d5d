//! Dense layers with what stands behind them.

mod kernel;

use burn::{
    backend::{
        Flex,
        autodiff::{
            checkpoint::base::Checkpointer,
            grads::Gradients,
            ops::{Backward, Ops},
        },
        flex::FlexTensor,
    },
    nn::Linear,
    tensor::{DType, Tensor, module},
};
use kernel::Sizes;

use crate::{
    Activation,
    layer::{Given, Layer, Operands, Saved, operands, tracked},
    matrix::{Factor, product},
    primitive::tensor,
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

/// By the kernel, or nothing where it does not cover this.
fn covered<const D: usize>(given: Given<'_, D, 2>, activation: Activation) -> Option<Tensor<D>> {
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
    if x.device().is_autodiff() {
        return tracked(of, given);
    }
    Some(Tensor::from_primitive::<Flex>(of.answers(&operands::<Flex, D, 2>(given)?)))
}

/// A dense layer and what stands behind it.
#[derive(Debug, Clone, Copy)]
struct Dense<const D: usize> {
    sizes: Sizes,
    /// Of x.
    dims: [usize; D],
    activation: Activation,
}

impl<const D: usize> Layer for Dense<D> {
    fn activation(self) -> Activation {
        self.activation
    }

    fn answers(self, operands: &Operands<FlexTensor>) -> FlexTensor {
        let [x, weight] = [&operands.x, &operands.weight].map(FlexTensor::to_contiguous);
        let bias = operands.bias.as_ref().map(FlexTensor::to_contiguous);
        let bias = bias.as_ref().map(FlexTensor::storage);
        let mut answers = kernel::sums(&self.sizes, x.storage(), (weight.storage(), bias));
        self.activation.apply(&mut answers);
        let mut dims = self.dims;
        dims[D - 1] = self.sizes.units;
        tensor(answers, dims)
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
        let [x, weight] = [x, weight].map(|tensor| tensor.to_contiguous());
        // Nothing else refers to it then, and it is changed where it is.
        let mut gradient = gradients.consume::<Flex>(&ops.node).to_contiguous();
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
