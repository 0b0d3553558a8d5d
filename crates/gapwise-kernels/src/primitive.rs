//! Between the engine's tensors and the numbers in them.

use burn::{
    backend::{
        Autodiff, Backend, DispatchKindConversion, DispatchTensor, Flex,
        autodiff::checkpoint::strategy::NoCheckpointing, flex::FlexTensor, tensor::FloatTensor,
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

/// Of `values` in row-major order.
pub(crate) fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}
