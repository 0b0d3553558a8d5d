//! Pooling of images.

mod kernel;

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
    nn::{
        PaddingConfig2d,
        pool::{AvgPool2d, MaxPool2d},
    },
    tensor::{DType, Tensor},
};
use kernel::{Kind, Windows};

use crate::primitive::{Tracked, primitive, tensor};

/// The largest value of each window of `images`, `[batch, channels, height, width]`: the same as
/// the `forward` of `layer`. A window with a NaN gives NaN.
///
/// The kernel covers single precision on the processor, windows side by side and no padding; all
/// else is the engine's.
pub fn max(layer: &MaxPool2d, images: Tensor<4>) -> Tensor<4> {
    let plain = layer.dilation == [1, 1] && !layer.ceil_mode && unpadded(&layer.padding);
    let window = (plain && layer.stride == layer.kernel_size).then_some(layer.kernel_size);
    pooled(Kind::Max, window, &images).unwrap_or_else(|| layer.forward(images))
}

/// The mean of each window of `images`, `[batch, channels, height, width]`: the same as the
/// `forward` of `layer`.
///
/// The kernel covers what that of [`max`] does.
pub fn average(layer: &AvgPool2d, images: Tensor<4>) -> Tensor<4> {
    let plain = !layer.ceil_mode && unpadded(&layer.padding);
    let window = (plain && layer.stride == layer.kernel_size).then_some(layer.kernel_size);
    pooled(Kind::Average, window, &images).unwrap_or_else(|| layer.forward(images))
}

fn unpadded(padding: &PaddingConfig2d) -> bool {
    matches!(padding, PaddingConfig2d::Valid | PaddingConfig2d::Explicit(0, 0, 0, 0))
}

/// Pooled by the kernel, or nothing where it does not cover this.
fn pooled(kind: Kind, window: Option<[usize; 2]>, images: &Tensor<4>) -> Option<Tensor<4>> {
    let window = window?;
    let [batch, channels, height, width] = images.dims();
    let covered = images.dtype() == DType::F32 && window[0] <= height && window[1] <= width;
    if !covered || window.contains(&0) {
        return None;
    }
    let windows = Windows { planes: [batch, channels], sides: [height, width], window };
    if images.device().is_autodiff() {
        let images = primitive::<Tracked, 4>(images)?;
        return Some(Tensor::from_primitive::<Tracked>(tracked(kind, windows, images)));
    }
    let images = primitive::<Flex, 4>(images)?.to_contiguous();
    Some(Tensor::from_primitive::<Flex>(answers(kind, windows, &images)))
}

fn answers(kind: Kind, windows: Windows, images: &FlexTensor) -> FlexTensor {
    let ([batch, channels], [height, width]) = (windows.planes, windows.out());
    let pooled = kernel::forward(&windows, kind, images.storage());
    tensor(pooled, [batch, channels, height, width])
}

fn tracked(kind: Kind, windows: Windows, images: FloatTensor<Tracked>) -> FloatTensor<Tracked> {
    let (images, node) = images.into_parts();
    let images = images.to_contiguous();
    let answers = answers(kind, windows, &images);
    match Pooling.prepare::<NoCheckpointing>([node]).compute_bound().stateful() {
        OpsKind::UnTracked(preparation) => preparation.finish(answers),
        OpsKind::Tracked(preparation) => preparation.finish((kind, windows, images), answers),
    }
}

/// The gradient of a pooling.
#[derive(Debug)]
struct Pooling;

impl Backward<Flex, 1> for Pooling {
    type State = (Kind, Windows, FlexTensor);

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let gradient = gradients.consume::<Flex>(&ops.node).to_contiguous();
        let ([Some(node)], (kind, windows, images)) = (ops.parents, ops.state) else { return };
        let found = kernel::backward(&windows, kind, [images.storage(), gradient.storage()]);
        let ([batch, channels], [height, width]) = (windows.planes, windows.sides);
        gradients.register::<Flex>(node.id, tensor(found, [batch, channels, height, width]));
    }
}
