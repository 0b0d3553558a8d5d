//! Pooling of images.

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
    nn::{
        PaddingConfig2d,
        pool::{AvgPool2d, MaxPool2d},
    },
    tensor::{DType, Tensor},
};
use kernel::{Kind, Pooled, Windows};

use crate::primitive::{self, Tracked, channels_last, primitive, registered};

/// The largest value of each window of `images`, `[batch, channels, height, width]`: the same as
/// the `forward` of `layer`. A window with a NaN gives NaN.
///
/// The kernel covers single precision on the processor, without dilation, and no window beyond the
/// padding; all else is the engine's.
pub fn max(layer: &MaxPool2d, images: Tensor<4>) -> Tensor<4> {
    let plain = layer.dilation == [1, 1] && !layer.ceil_mode;
    let windows =
        plain.then(|| windows(&images, [layer.kernel_size, layer.stride], &layer.padding));
    let pooled = windows.flatten().and_then(|windows| pooled(Kind::Max, windows, &images));
    pooled.unwrap_or_else(|| layer.forward(images))
}

/// The mean of each window of `images`, `[batch, channels, height, width]`: the same as the
/// `forward` of `layer`.
///
/// The kernel covers what that of [`max`] does.
pub fn average(layer: &AvgPool2d, images: Tensor<4>) -> Tensor<4> {
    let kind = if layer.count_include_pad { Kind::Average } else { Kind::AverageInside };
    let windows = (!layer.ceil_mode)
        .then(|| windows(&images, [layer.kernel_size, layer.stride], &layer.padding));
    let pooled = windows.flatten().and_then(|windows| pooled(kind, windows, &images));
    pooled.unwrap_or_else(|| layer.forward(images))
}

/// The mean of each channel of `images`, `[batch, channels, height, width]`: `[batch, channels]`.
pub fn global_average(images: Tensor<4>) -> Tensor<2> {
    let [batch, channels, height, width] = images.dims();
    let sides = [height, width];
    let padding = PaddingConfig2d::Valid;
    let windows = windows(&images, [sides; 2], &padding);
    match windows.and_then(|windows| pooled(Kind::Average, windows, &images)) {
        Some(pooled) => pooled.reshape([batch, channels]),
        None => images.flatten::<3>(2, 3).mean_dim(2).reshape([batch, channels]),
    }
}

/// The windows of a layer, or nothing where the kernel does not cover them.
fn windows(
    images: &Tensor<4>,
    [window, stride]: [[usize; 2]; 2],
    padding: &PaddingConfig2d,
) -> Option<Windows> {
    let [batch, channels, height, width] = images.dims();
    let (padding, after) = match *padding {
        PaddingConfig2d::Valid => ([0; 2], [0; 2]),
        PaddingConfig2d::Explicit(top, left, bottom, right) => ([top, left], [bottom, right]),
        // Of an even window the engine pads one side more; of an odd one both alike.
        PaddingConfig2d::Same if stride == [1, 1] && window.iter().all(|side| side % 2 == 1) => {
            let padding = window.map(|side| side / 2);
            (padding, padding)
        }
        PaddingConfig2d::Same => return None,
    };
    let (sides, mut out) = ([height, width], [0; 2]);
    for at in 0..2 {
        // Each window holds a pixel of the image.
        if window[at] == 0 || stride[at] == 0 || padding[at].max(after[at]) >= window[at] {
            return None;
        }
        let steps = (sides[at] + padding[at] + after[at]).checked_sub(window[at])?;
        out[at] = steps / stride[at] + 1;
    }
    Some(Windows { batch, channels, sides, window, stride, padding, out })
}

/// Pooled by the kernel, or nothing where it does not cover this.
fn pooled(kind: Kind, windows: Windows, images: &Tensor<4>) -> Option<Tensor<4>> {
    // The number of a pixel in its window is kept in eight bits.
    let largest = kind == Kind::Max && windows.window[0] * windows.window[1] > 256;
    if images.dtype() != DType::F32 || largest {
        return None;
    }
    if images.device().is_autodiff() {
        let (images, node) = primitive::<Tracked, 4>(images)?.into_parts();
        let (answers, from) = answers(kind, windows, &images);
        let state = |_: &FlexTensor| (kind, windows, from);
        return Some(registered(Pooling, [node], (answers, state)));
    }
    let (answers, _) = answers(kind, windows, &primitive::<Flex, 4>(images)?);
    Some(Tensor::from_primitive::<Flex>(answers))
}

/// What comes out, and of which pixel of its window each largest value is.
fn answers(kind: Kind, windows: Windows, images: &FlexTensor) -> (FlexTensor, Vec<u8>) {
    let Windows { batch, channels, out: [height, width], .. } = windows;
    let Pooled { values, from } = kernel::forward(&windows, kind, channels_last(images).storage());
    (primitive::images(values, [batch, channels, height, width]), from)
}

/// The gradient of a pooling.
#[derive(Debug)]
struct Pooling;

impl Backward<Flex, 1> for Pooling {
    type State = (Kind, Windows, Vec<u8>);

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let gradient = channels_last(&gradients.consume::<Flex>(&ops.node));
        let ([Some(node)], (kind, windows, from)) = (ops.parents, ops.state) else { return };
        let found = kernel::backward(&windows, kind, &from, gradient.storage());
        let Windows { batch, channels, sides: [height, width], .. } = windows;
        let images = primitive::images(found, [batch, channels, height, width]);
        gradients.register::<Flex>(node.id, images);
    }
}
