//! Between the engine's tensors and the numbers in them.

use burn::{
    backend::{
        Autodiff, Backend, DispatchKindConversion, DispatchTensor, Flex,
        autodiff::{
            checkpoint::strategy::NoCheckpointing,
            ops::{Backward, NodeGuard, OpsKind},
        },
        flex::FlexTensor,
        tensor::FloatTensor,
    },
    tensor::{Tensor, TensorData},
};

/// The processor, with gradients.
pub(crate) type Tracked = Autodiff<Flex, NoCheckpointing>;

/// `tensor` as `B` has it, or nothing where it is of another backend.
pub(crate) fn primitive<B: Backend, const D: usize>(tensor: &Tensor<D>) -> Option<FloatTensor<B>>
where
    DispatchTensor: DispatchKindConversion<B>,
{
    tensor.clone().try_into_primitive::<B>().ok()
}

/// `output` as what `operation` made of what `nodes` stand for. Where any of that is tracked, the
/// gradient is the operation's, with the state that is made of the output then.
pub(crate) fn registered<O: Backward<Flex, N>, const N: usize, const D: usize>(
    operation: O,
    nodes: [NodeGuard; N],
    (output, state): (FlexTensor, impl FnOnce(&FlexTensor) -> O::State),
) -> Tensor<D> {
    let prepared = operation.prepare::<NoCheckpointing>(nodes).compute_bound().stateful();
    Tensor::from_primitive::<Tracked>(match prepared {
        OpsKind::UnTracked(preparation) => preparation.finish(output),
        OpsKind::Tracked(preparation) => {
            let state = state(&output);
            preparation.finish(state, output)
        }
    })
}

/// Of `values` in row-major order.
pub(crate) fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

/// Images of `[batch, channels, height, width]` from `values` in the order
/// `[batch, height, width, channels]`: the kernels' order of memory, under the order of axes that all
/// else sees.
pub(crate) fn images(values: Vec<f32>, [batch, channels, height, width]: [usize; 4]) -> FlexTensor {
    tensor(values, [batch, height, width, channels]).permute(&[0, 3, 1, 2])
}

/// `images`, `[batch, channels, height, width]`, with their channels last in memory: as
/// `[batch, height, width, channels]`, without a gap. Nothing is copied where they are so already.
pub(crate) fn channels_last(images: &FlexTensor) -> FlexTensor {
    images.permute(&[0, 2, 3, 1]).to_contiguous()
}
