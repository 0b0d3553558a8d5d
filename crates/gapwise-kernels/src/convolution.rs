//! Convolution of images.

mod geometry;
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
    nn::{PaddingConfig2d, conv::Conv2d},
    tensor::{Tensor, module, ops::ConvOptions},
};
use geometry::Geometry;
use kernel::Wanted;

use crate::primitive::{Tracked, primitive, tensor};

/// What `layer` makes of `images`, `[batch, channels, height, width]`: the same as its `forward`,
/// `[batch, filters, height, width]`.
pub fn forward(layer: &Conv2d, images: Tensor<4>) -> Tensor<4> {
    let [_, _, height, width] = images.dims();
    let same = |side, at: usize| same(side, layer.kernel_size[at], layer.stride[at]);
    let padding = match layer.padding {
        PaddingConfig2d::Valid => [(0, 0); 2],
        PaddingConfig2d::Same => [same(height, 0), same(width, 1)],
        PaddingConfig2d::Explicit(top, left, bottom, right) => [(top, bottom), (left, right)],
    };
    let options =
        ConvOptions::new_with_padding(layer.stride, padding, layer.dilation, layer.groups);
    let bias = layer.bias.as_ref().map(|bias| bias.val());
    conv2d(images, layer.weight.val(), bias, options)
}

/// The padding before and after a side that leaves ⌈side / stride⌉ places for the kernel.
fn same(side: usize, kernel: usize, stride: usize) -> (usize, usize) {
    let needed = (side.div_ceil(stride).saturating_sub(1) * stride + kernel).saturating_sub(side);
    (needed / 2, needed - needed / 2)
}

/// Each filter of `weight`, `[filters, channels, kernel height, kernel width]`, laid over every
/// place of `images`, `[batch, channels, height, width]`: the sum of products, plus the filter's
/// `bias`, `[filters]`. Gives `[batch, filters, height, width]`.
///
/// The kernel covers single precision on the processor without dilation and groups, where the patches
/// of one image take at most 16 MiB; all else is the engine's [`module::conv2d`], which means the same.
///
/// # Panics
///
/// As the engine's: where the sizes do not suit each other.
pub fn conv2d(
    images: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    options: ConvOptions<2>,
) -> Tensor<4> {
    let given = (&images, &weight, bias.as_ref());
    let answer = Geometry::new(given, &options).and_then(|geometry| {
        if images.device().is_autodiff() {
            let answer = tracked(geometry, operands::<Tracked>(given)?);
            return Some(Tensor::from_primitive::<Tracked>(answer));
        }
        let answer = answers(geometry, &operands::<Flex>(given)?);
        Some(Tensor::from_primitive::<Flex>(answer))
    });
    answer.unwrap_or_else(|| module::conv2d(images, weight, bias, options))
}

/// Images, weight and bias.
type Given<'a> = (&'a Tensor<4>, &'a Tensor<4>, Option<&'a Tensor<1>>);

/// The same as a backend has them.
struct Operands<T> {
    images: T,
    weight: T,
    bias: Option<T>,
}

/// What was given as `B` has it, or nothing where any of it is of another backend.
fn operands<B: Backend>((images, weight, bias): Given<'_>) -> Option<Operands<FloatTensor<B>>>
where
    DispatchTensor: DispatchKindConversion<B>,
{
    let (images, weight) = (primitive::<B, 4>(images)?, primitive::<B, 4>(weight)?);
    let bias = match bias {
        Some(bias) => Some(primitive::<B, 1>(bias)?),
        None => None,
    };
    Some(Operands { images, weight, bias })
}

/// The answers without gradients.
fn answers(geometry: Geometry, operands: &Operands<FlexTensor>) -> FlexTensor {
    let images = operands.images.to_contiguous();
    let weight = operands.weight.to_contiguous();
    let bias = operands.bias.as_ref().map(FlexTensor::to_contiguous);
    let bias = bias.as_ref().map(FlexTensor::storage);
    let answers = kernel::forward(&geometry, images.storage(), weight.storage(), bias);
    let Geometry { batch, filters, out: [height, width], .. } = geometry;
    tensor(answers, [batch, filters, height, width])
}

/// The answers, with what their gradient will need.
fn tracked(geometry: Geometry, operands: Operands<FloatTensor<Tracked>>) -> FloatTensor<Tracked> {
    let Operands { images, weight, bias } = operands;
    let (images, of_images) = images.into_parts();
    let (weight, of_weight) = weight.into_parts();
    let (bias, of_bias) = bias.map(FloatTensor::<Tracked>::into_parts).unzip();
    let operands = Operands { images, weight, bias };
    match of_bias {
        Some(of_bias) => registered(geometry, operands, [of_images, of_weight, of_bias]),
        None => registered(geometry, operands, [of_images, of_weight]),
    }
}

fn registered<const N: usize>(
    geometry: Geometry,
    operands: Operands<FlexTensor>,
    nodes: [NodeGuard; N],
) -> FloatTensor<Tracked> {
    let answers = answers(geometry, &operands);
    match Convolution.prepare::<NoCheckpointing>(nodes).compute_bound().stateful() {
        OpsKind::UnTracked(preparation) => preparation.finish(answers),
        OpsKind::Tracked(preparation) => {
            preparation.finish((geometry, operands.images, operands.weight), answers)
        }
    }
}

/// The gradient of a convolution of images, weight and, where there is one, bias.
#[derive(Debug)]
struct Convolution;

impl<const N: usize> Backward<Flex, N> for Convolution {
    type State = (Geometry, FlexTensor, FlexTensor);

    fn backward(
        self,
        ops: Ops<Self::State, N>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let gradient = gradients.consume::<Flex>(&ops.node).to_contiguous();
        let (geometry, images, weight) = ops.state;
        let (images, weight) = (images.to_contiguous(), weight.to_contiguous());
        let mut parents = ops.parents.into_iter();
        let [of_images, of_weight, of_bias] = [(); 3].map(|()| parents.next().flatten());
        let wanted = Wanted {
            images: of_images.is_some(),
            weight: of_weight.is_some(),
            bias: of_bias.is_some(),
        };
        let operands = [images.storage(), weight.storage()];
        let found = kernel::backward(&geometry, wanted, operands, gradient.storage());
        let Geometry { batch, channels, filters, sides, kernel, .. } = geometry;
        if let Some(node) = of_images {
            let shape = [batch, channels, sides[0], sides[1]];
            gradients.register::<Flex>(node.id, tensor(found.images, shape));
        }
        if let Some(node) = of_weight {
            let shape = [filters, channels, kernel[0], kernel[1]];
            gradients.register::<Flex>(node.id, tensor(found.weight, shape));
        }
        if let Some(node) = of_bias {
            gradients.register::<Flex>(node.id, tensor(found.bias, [filters]));
        }
    }
}
