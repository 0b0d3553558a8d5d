//! Convolution of images.

mod correlate;
mod geometry;
mod images;
mod kernel;
mod panels;
mod room;
mod tile;
mod weight_gradient;

use std::sync::Arc;

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
    nn::{PaddingConfig2d, conv::Conv2d},
    tensor::{DType, Tensor, module, ops::ConvOptions},
};
use correlate::{Finish, Phase};
use geometry::Geometry;
use images::Images;

use crate::{
    activation::Activation,
    batch_norm::{ResidualActivation, Running},
    layer::{Layer, Operands, Saved, operands, tracked},
    packed_weights::PackedWeights,
    primitive::{self, channels_last, primitive, tensor},
    sums::column_sums,
};

/// What `layer` makes of `images`, `[batch, channels, height, width]`: the same as its `forward`,
/// `[batch, filters, height, width]`.
pub fn forward(layer: &Conv2d, images: Tensor<4>) -> Tensor<4> {
    activated(layer, images, Activation::None)
}

/// What `activation` makes of what `layer` makes of `images`, in one go.
pub fn activated(layer: &Conv2d, images: Tensor<4>, activation: Activation) -> Tensor<4> {
    let options = options(layer, &images);
    let bias = layer.bias.as_ref().map(|bias| bias.val());
    conv2d(images, layer.weight.val(), bias, (options, activation))
}

/// How a layer lies over `images`.
fn options(layer: &Conv2d, images: &Tensor<4>) -> ConvOptions<2> {
    let [_, _, height, width] = images.dims();
    let same = |side, at: usize| same(side, layer.kernel_size[at], layer.stride[at]);
    let padding = match layer.padding {
        PaddingConfig2d::Valid => [(0, 0); 2],
        PaddingConfig2d::Same => [same(height, 0), same(width, 1)],
        PaddingConfig2d::Explicit(top, left, bottom, right) => [(top, bottom), (left, right)],
    };
    ConvOptions::new_with_padding(layer.stride, padding, layer.dilation, layer.groups)
}

/// What `layer` makes of `images` with what stands behind it in evaluation, in one go:
/// activation(`norm`(convolution + bias) + residual).
pub fn evaluated(
    layer: &Conv2d,
    images: Tensor<4>,
    norm: Running,
    behind: ResidualActivation<4>,
) -> Tensor<4> {
    if let Some(answers) = evaluated_by_kernel(layer, &images, &norm, &behind) {
        return answers;
    }
    behind.forward(norm.forward(forward(layer, images)))
}

/// By the kernel, or nothing where it does not cover this, which is where gradients are asked for
/// as well.
fn evaluated_by_kernel(
    layer: &Conv2d,
    images: &Tensor<4>,
    norm: &Running,
    behind: &ResidualActivation<4>,
) -> Option<Tensor<4>> {
    let (options, weight) = (options(layer, images), layer.weight.val());
    let bias = layer.bias.as_ref().map(|bias| bias.val());
    let given = (images, &weight, bias.as_ref());
    let geometry = Geometry::new(given, &options)?;
    let answers = [geometry.batch, geometry.filters, geometry.out[0], geometry.out[1]];
    let residual = behind.residual.as_ref();
    if residual.is_some_and(|of| of.dims() != answers || of.dtype() != DType::F32) {
        return None;
    }
    let operands = operands::<Flex, 4, 4>(given)?;
    let [scale, mut shift] = norm.line(geometry.filters)?;
    if let Some(bias) = &operands.bias {
        let bias = bias.to_contiguous();
        let each = shift.iter_mut().zip(bias.storage::<f32>()).zip(&scale);
        each.for_each(|((shift, bias), scale)| *shift += bias * scale);
    }
    let residual = match residual {
        Some(residual) => Some(channels_last(&primitive::<Flex, 4>(residual)?)),
        None => None,
    };
    let finish = Finish {
        scale: Some(&scale),
        shift: Some(&shift),
        residual: residual.as_ref().map(FlexTensor::storage),
        activation: behind.activation,
    };
    let of = Convolution { geometry, activation: behind.activation };
    let phases = kept_answers(&geometry, &operands.weight.to_contiguous());
    Some(Tensor::from_primitive::<Flex>(of.finished(&operands.x, &phases, finish)))
}

/// The padding before and after a side that leaves ⌈side / stride⌉ places for the kernel.
fn same(side: usize, kernel: usize, stride: usize) -> (usize, usize) {
    let needed = (side.div_ceil(stride).saturating_sub(1) * stride + kernel).saturating_sub(side);
    (needed / 2, needed - needed / 2)
}

/// Each filter of `weight`, `[filters, channels, kernel height, kernel width]`, laid over every
/// place of `images`, `[batch, channels, height, width]`: the sum of products, plus the filter's
/// `bias`, `[filters]`, and what the activation makes of that. Gives
/// `[batch, filters, height, width]`.
///
/// The kernel covers single precision on the processor; where there are several groups of fewer than
/// four filters each, and on any other device, it is the engine's [`module::conv2d`], which means the
/// same. What the kernel gives has its channels last in memory, which the other kernels read as it is.
///
/// # Panics
///
/// As the engine's: where the sizes do not suit each other.
pub fn conv2d(
    images: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    (options, activation): (ConvOptions<2>, Activation),
) -> Tensor<4> {
    let given = (&images, &weight, bias.as_ref());
    let answer = Geometry::new(given, &options).and_then(|geometry| {
        let of = Convolution { geometry, activation };
        if images.device().is_autodiff() {
            return tracked(of, given);
        }
        let operands = operands::<Flex, 4, 4>(given)?;
        let phases = kept_answers(&geometry, &operands.weight.to_contiguous());
        Some(Tensor::from_primitive::<Flex>(of.packed(&operands, &phases)))
    });
    answer.unwrap_or_else(|| activation.forward(module::conv2d(images, weight, bias, options)))
}

/// A convolution and what stands behind it.
#[derive(Debug, Clone, Copy)]
struct Convolution {
    geometry: Geometry,
    activation: Activation,
}

/// What the order of packed weights depends on: filters, channels and groups, and the kernel.
type PackedFor = ([usize; 3], [usize; 2]);

static PACKED: PackedWeights<PackedFor, Vec<Arc<Vec<f32>>>> = PackedWeights::new();

/// As [`Geometry::of_answers`] of the contiguous `weight`, kept for the next call.
fn kept_answers(g: &Geometry, weight: &FlexTensor) -> Vec<Phase> {
    let panels = PACKED.of(weight, ([g.filters, g.channels, g.groups], g.kernel), || {
        let phases = g.of_answers(weight.storage());
        phases.into_iter().map(|phase| phase.panels).collect()
    });
    g.with_panels(panels.into_iter())
}

impl Layer for Convolution {
    fn activation(self) -> Activation {
        self.activation
    }

    fn answers(self, operands: &Operands<FlexTensor>) -> FlexTensor {
        // Training moves the weights at every step, so that there is nothing to keep.
        let phases = self.geometry.of_answers(operands.weight.to_contiguous().storage());
        self.packed(operands, &phases)
    }
}

impl Convolution {
    /// The answers by the weights of `phases`.
    fn packed(self, operands: &Operands<FlexTensor>, phases: &[Phase]) -> FlexTensor {
        let bias = operands.bias.as_ref().map(FlexTensor::to_contiguous);
        let shift = bias.as_ref().map(FlexTensor::storage);
        let finish = Finish { shift, activation: self.activation, ..Finish::default() };
        self.finished(&operands.x, phases, finish)
    }

    fn finished(self, images: &FlexTensor, phases: &[Phase], finish: Finish<'_>) -> FlexTensor {
        let Geometry { batch, filters, out: [height, width], .. } = self.geometry;
        let answers =
            with_images(images, |images| kernel::forward(&self.geometry, images, phases, finish));
        primitive::images(answers, [batch, filters, height, width])
    }
}

/// Calls with what `tensor` holds; where an axis of it runs backwards, with a copy.
fn with_images<T>(tensor: &FlexTensor, call: impl Fn(Images<'_>) -> T) -> T {
    match Images::new(tensor) {
        Some(images) => call(images),
        None => {
            let copy = tensor.to_contiguous();
            call(Images::new(&copy).expect("what is contiguous runs forwards along four axes"))
        }
    }
}

impl<const N: usize> Backward<Flex, N> for Convolution {
    type State = Saved;

    fn backward(
        self,
        ops: Ops<Self::State, N>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        // Nothing else refers to it then, and it is changed where it is.
        let mut gradient = channels_last(&gradients.consume::<Flex>(&ops.node));
        let Saved { x: images, weight, answers } = ops.state;
        if let Some(answers) = answers {
            let answers = channels_last(&answers);
            self.activation.pull_back(answers.storage(), gradient.storage_mut());
        }
        let mut parents = ops.parents.into_iter();
        let [of_images, of_weight, of_bias] = [(); 3].map(|()| parents.next().flatten());
        let Geometry { batch, channels, filters, groups, sides, kernel, .. } = self.geometry;
        if let Some(node) = of_bias {
            let sums = column_sums(gradient.storage(), filters);
            gradients.register::<Flex>(node.id, tensor(sums, [filters]));
        }
        if let Some(node) = of_weight {
            let found = with_images(&images, |images| {
                kernel::of_weight(&self.geometry, images, gradient.storage())
            });
            let shape = [filters, channels / groups, kernel[0], kernel[1]];
            gradients.register::<Flex>(node.id, tensor(found, shape));
        }
        if let Some(node) = of_images {
            let weight = weight.to_contiguous();
            let gradient = gradient.permute(&[0, 3, 1, 2]);
            let found = with_images(&gradient, |gradient| {
                kernel::of_images(&self.geometry, weight.storage(), gradient)
            });
            let shape = [batch, channels, sides[0], sides[1]];
            gradients.register::<Flex>(node.id, primitive::images(found, shape));
        }
    }
}
