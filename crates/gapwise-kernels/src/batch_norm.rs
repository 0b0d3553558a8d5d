//! Batch normalisation in training, with what stands behind it.

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
    tensor::{DType, Tensor, module},
};
use kernel::Statistics;

use crate::{
    activation::Activation,
    primitive::{self, Tracked, channels_last, primitive, registered, tensor},
};

/// A batch, normalised.
#[derive(Debug, Clone)]
pub struct Normalised<const D: usize> {
    /// γ · (x − mean) / √(variance + ε) + β, and what stands behind it, of the shape of x.
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

/// A normalisation by what went before, as in evaluation.
#[derive(Debug, Clone)]
pub struct Running {
    /// Scale and shift.
    pub affine: Affine,
    /// `[channels]`: the mean that is taken off.
    pub mean: Tensor<1>,
    /// `[channels]`: the variance that is divided by.
    pub variance: Tensor<1>,
}

impl Running {
    /// `x`, `[batch, channels, …]`, normalised, by the engine's operations.
    pub fn forward<const D: usize>(self, x: Tensor<D>) -> Tensor<D> {
        let Running { affine: Affine { gamma, beta, epsilon }, mean, variance } = self;
        module::batch_norm(x, gamma, beta, mean, variance, epsilon)
    }

    /// The factor and the summand that it is for each channel, or nothing where a kernel does not
    /// cover it.
    pub(crate) fn line(&self, channels: usize) -> Option<[Vec<f32>; 2]> {
        let Running { affine: Affine { gamma, beta, epsilon }, mean, variance } = self;
        let given = [gamma, beta, mean, variance];
        let suits = |of: &&Tensor<1>| of.dims() == [channels] && of.dtype() == DType::F32;
        if !given.iter().all(suits) {
            return None;
        }
        let [Some(gamma), Some(beta), Some(mean), Some(variance)] = given.map(primitive::<Flex, 1>)
        else {
            return None;
        };
        let [gamma, mut shift, mean, mut scale] =
            [gamma, beta, mean, variance].map(|of| of.to_contiguous().storage::<f32>().to_vec());
        scale.iter_mut().zip(gamma).for_each(|(scale, gamma)| {
            *scale = gamma / (*scale + *epsilon as f32).sqrt();
        });
        let each = shift.iter_mut().zip(mean).zip(&scale);
        each.for_each(|((shift, mean), scale)| *shift -= mean * scale);
        Some([scale, shift])
    }
}

/// What stands behind a normalisation: nothing by default.
#[derive(Debug, Clone)]
pub struct ResidualActivation<const D: usize> {
    /// Added to what was normalised; of the shape of x.
    pub residual: Option<Tensor<D>>,
    /// Of that sum.
    pub activation: Activation,
}

impl<const D: usize> Default for ResidualActivation<D> {
    fn default() -> Self {
        ResidualActivation { residual: None, activation: Activation::None }
    }
}

impl<const D: usize> ResidualActivation<D> {
    /// What it makes of `normalised`, by the engine's operations.
    pub fn forward(self, normalised: Tensor<D>) -> Tensor<D> {
        self.activation.forward(match self.residual {
            Some(residual) => normalised + residual,
            None => normalised,
        })
    }
}

/// `x`, `[batch, channels, …]`, normalised by the batch's own mean and variance, as the engine's
/// [`module::batch_norm_train`], and what stands behind that.
///
/// The kernel covers `[batch, units]` and `[batch, channels, height, width]` in single precision on
/// the processor, with gradients; all else is the engine's.
///
/// # Panics
///
/// As the engine's: where γ or β are not one number per channel.
pub fn in_training<const D: usize>(
    x: Tensor<D>,
    affine: Affine,
    behind: ResidualActivation<D>,
) -> Normalised<D> {
    if let Some(normalised) = covered(&x, &affine, &behind) {
        return normalised;
    }
    let Affine { gamma, beta, epsilon } = affine;
    let batch = module::batch_norm_train(x, gamma, beta, epsilon);
    Normalised {
        output: behind.forward(batch.output),
        mean: batch.mean.detach(),
        variance: batch.variance.detach(),
    }
}

/// `tensor` as `[rows, channels]`: with its channels last in memory where it holds images.
fn rows<const D: usize>(tensor: &FlexTensor) -> FlexTensor {
    if D == 4 { channels_last(tensor) } else { tensor.to_contiguous() }
}

/// `values`, `[rows, channels]`, as a tensor of `dims`.
fn of_rows<const D: usize>(values: Vec<f32>, dims: [usize; D]) -> FlexTensor {
    match dims[..] {
        [batch, channels, height, width] => {
            primitive::images(values, [batch, channels, height, width])
        }
        _ => tensor(values, dims),
    }
}

/// By the kernel, or nothing where it does not cover this.
fn covered<const D: usize>(
    x: &Tensor<D>,
    affine: &Affine,
    behind: &ResidualActivation<D>,
) -> Option<Normalised<D>> {
    let dims = x.dims();
    let single = [x.dtype(), affine.gamma.dtype(), affine.beta.dtype()];
    let residual = behind.residual.as_ref();
    let suits = [&affine.gamma, &affine.beta].iter().all(|of| of.dims() == [dims[1]])
        && residual.is_none_or(|residual| residual.dims() == dims);
    let dtypes = single.into_iter().chain(residual.map(Tensor::dtype));
    let single = dtypes.into_iter().all(|dtype| dtype == DType::F32);
    if !(suits && single && [2, 4].contains(&D)) || dims.contains(&0) {
        return None;
    }
    let (x, x_node) = primitive::<Tracked, D>(x)?.into_parts();
    let (gamma, gamma_node) = primitive::<Tracked, 1>(&affine.gamma)?.into_parts();
    let (beta, beta_node) = primitive::<Tracked, 1>(&affine.beta)?.into_parts();
    let x = rows::<D>(&x);
    let [gamma, beta] = [gamma, beta].map(|tensor| tensor.to_contiguous());
    let statistics = kernel::statistics(x.storage(), dims[1]);
    let saved = Saved {
        dims,
        values: x,
        gamma,
        statistics,
        epsilon: affine.epsilon as f32,
        activation: behind.activation,
        output: None,
    };
    let [mean, variance] = [&saved.statistics.mean, &saved.statistics.variance]
        .map(|values| Tensor::from_primitive::<Flex>(tensor(values.clone(), [dims[1]])))
        .map(Tensor::from_inner);
    let (residual, residual_node) = match residual {
        Some(residual) => {
            let (residual, node) = primitive::<Tracked, D>(residual)?.into_parts();
            (Some(rows::<D>(&residual)), Some(node))
        }
        None => (None, None),
    };
    let output = saved.output(beta.storage(), residual.as_ref().map(FlexTensor::storage));
    let state = |output: &FlexTensor| {
        let behind = saved.activation != Activation::None;
        Saved { output: behind.then(|| output.clone()), ..saved }
    };
    let norm = BatchNorm::<D>;
    let output = match residual_node {
        Some(node) => registered(norm, [x_node, gamma_node, beta_node, node], (output, state)),
        None => registered(norm, [x_node, gamma_node, beta_node], (output, state)),
    };
    Some(Normalised { output, mean, variance })
}

/// What the gradient needs.
#[derive(Debug, Clone)]
struct Saved<const D: usize> {
    dims: [usize; D],
    /// What was normalised, as [`rows`] gives it.
    values: FlexTensor,
    gamma: FlexTensor,
    statistics: Statistics,
    epsilon: f32,
    activation: Activation,
    /// What came out, where an activation stands behind it.
    output: Option<FlexTensor>,
}

impl<const D: usize> Saved<D> {
    fn output(&self, beta: &[f32], residual: Option<&[f32]>) -> FlexTensor {
        let Statistics { mean, variance } = &self.statistics;
        let gamma: &[f32] = self.gamma.storage();
        let scale = gamma.iter().zip(variance);
        let scale: Vec<f32> =
            scale.map(|(gamma, variance)| gamma / (variance + self.epsilon).sqrt()).collect();
        let values = self.values.storage();
        let line = [&mean[..], &scale, beta];
        of_rows(kernel::forward(values, line, residual, self.activation), self.dims)
    }
}

/// The gradient of a normalisation: of x, γ, β and, where there is one, the residual.
#[derive(Debug)]
struct BatchNorm<const D: usize>;

impl<const D: usize, const N: usize> Backward<Flex, N> for BatchNorm<D> {
    type State = Saved<D>;

    fn backward(
        self,
        ops: Ops<Self::State, N>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let saved = ops.state;
        let mut gradient = rows::<D>(&gradients.consume::<Flex>(&ops.node));
        if let Some(output) = &saved.output {
            let output = rows::<D>(output);
            saved.activation.pull_back(output.storage(), gradient.storage_mut());
        }
        let found = kernel::Backward {
            values: saved.values.storage(),
            statistics: &saved.statistics,
            gamma: saved.gamma.storage(),
            epsilon: saved.epsilon,
        }
        .run(gradient.storage());
        let channels = saved.dims[1];
        let mut parents = ops.parents.into_iter();
        let [of_x, of_gamma, of_beta, of_residual] = [(); 4].map(|()| parents.next().flatten());
        if let Some(node) = of_x {
            gradients.register::<Flex>(node.id, of_rows(found.values, saved.dims));
        }
        for (node, values) in [(of_gamma, found.gamma), (of_beta, found.beta)] {
            if let Some(node) = node {
                gradients.register::<Flex>(node.id, tensor(values, [channels]));
            }
        }
        if let Some(node) = of_residual {
            let gradient = if D == 4 { gradient.permute(&[0, 3, 1, 2]) } else { gradient };
            gradients.register::<Flex>(node.id, gradient);
        }
    }
}
