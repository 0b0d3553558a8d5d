//! Batch normalisation of images in training.

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
    tensor::{DType, Tensor, module},
};
use kernel::{Planes, Statistics};

use crate::primitive::{Tracked, primitive, tensor};

/// A batch, normalised.
#[derive(Debug, Clone)]
pub struct Normalised<const D: usize> {
    /// γ · (x − mean) / √(variance + ε) + β, of the shape of x.
    pub output: Tensor<D>,
    /// `[channels]`: the mean over all else. No gradient flows through it.
    pub mean: Tensor<1>,
    /// `[channels]`: the population variance over all else. No gradient flows through it.
    pub variance: Tensor<1>,
}

/// The scale γ and the shift β of each channel, `[channels]`, and ε, which is added to variances.
#[derive(Debug, Clone)]
pub struct Affine {
    /// γ.
    pub gamma: Tensor<1>,
    /// β.
    pub beta: Tensor<1>,
    /// ε, above 0.
    pub epsilon: f64,
}

/// `x`, `[batch, channels, …]`, normalised by the batch's own mean and variance, as the engine's
/// [`module::batch_norm_train`].
///
/// The kernel covers `[batch, channels, height, width]` in single precision on the processor, with
/// gradients; all else is the engine's.
///
/// # Panics
///
/// As the engine's: where γ or β are not one number per channel.
pub fn in_training<const D: usize>(x: Tensor<D>, affine: Affine) -> Normalised<D> {
    if let Some(normalised) = covered(&x, &affine) {
        return normalised;
    }
    let Affine { gamma, beta, epsilon } = affine;
    let batch = module::batch_norm_train(x, gamma, beta, epsilon);
    Normalised {
        output: batch.output,
        mean: batch.mean.detach(),
        variance: batch.variance.detach(),
    }
}

/// By the kernel, or nothing where it does not cover this.
fn covered<const D: usize>(x: &Tensor<D>, affine: &Affine) -> Option<Normalised<D>> {
    let dims = x.dims();
    let single = [x.dtype(), affine.gamma.dtype(), affine.beta.dtype()];
    let &[batch, channels, height, width] = dims.as_slice() else { return None };
    let planes = Planes { batch, channels, pixels: height * width };
    let suits = [&affine.gamma, &affine.beta].iter().all(|of| of.dims() == [channels]);
    if !suits || dims.contains(&0) || single.iter().any(|dtype| *dtype != DType::F32) {
        return None;
    }
    let (x, x_node) = primitive::<Tracked, D>(x)?.into_parts();
    let (gamma, gamma_node) = primitive::<Tracked, 1>(&affine.gamma)?.into_parts();
    let (beta, beta_node) = primitive::<Tracked, 1>(&affine.beta)?.into_parts();
    let [x, gamma, beta] = [x, gamma, beta].map(|tensor| tensor.to_contiguous());
    let epsilon = affine.epsilon as f32;
    let statistics = kernel::statistics(&planes, x.storage());
    let weights = [gamma.storage(), beta.storage()];
    let output = kernel::forward(&planes, x.storage(), (&statistics, epsilon), weights);
    let output = tensor(output, dims);
    let [mean, variance] = [&statistics.mean, &statistics.variance]
        .map(|values| Tensor::from_primitive::<Flex>(tensor(values.clone(), [channels])))
        .map(Tensor::from_inner);
    let nodes = [x_node, gamma_node, beta_node];
    let output: FloatTensor<Tracked> =
        match BatchNorm::<D>.prepare::<NoCheckpointing>(nodes).compute_bound().stateful() {
            OpsKind::UnTracked(preparation) => preparation.finish(output),
            OpsKind::Tracked(preparation) => {
                let saved = Saved { planes, dims, images: x, gamma, statistics, epsilon };
                preparation.finish(saved, output)
            }
        };
    Some(Normalised { output: Tensor::from_primitive::<Tracked>(output), mean, variance })
}

/// What the gradient needs.
#[derive(Debug, Clone)]
struct Saved<const D: usize> {
    planes: Planes,
    dims: [usize; D],
    images: FlexTensor,
    gamma: FlexTensor,
    statistics: Statistics,
    epsilon: f32,
}

/// The gradient of a normalisation.
#[derive(Debug)]
struct BatchNorm<const D: usize>;

impl<const D: usize> Backward<Flex, 3> for BatchNorm<D> {
    type State = Saved<D>;

    fn backward(
        self,
        ops: Ops<Self::State, 3>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let gradient = gradients.consume::<Flex>(&ops.node).to_contiguous();
        let Saved { planes, dims, images, gamma, statistics, epsilon } = ops.state;
        let given = [images.storage(), gradient.storage()];
        let found = kernel::backward(&planes, given, (&statistics, epsilon), gamma.storage());
        let [of_images, of_gamma, of_beta] = ops.parents;
        if let Some(node) = of_images {
            gradients.register::<Flex>(node.id, tensor(found.images, dims));
        }
        for (node, values) in [(of_gamma, found.gamma), (of_beta, found.beta)] {
            if let Some(node) = node {
                gradients.register::<Flex>(node.id, tensor(values, [planes.channels]));
            }
        }
    }
}
