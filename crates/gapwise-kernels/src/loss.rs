//! Losses, each in one pass that leaves what its gradient needs.
//!
//! Every loss is a mean, or with weights the sum of weight · loss; for a weighted mean the weights
//! are given over their sum. A weight of 0 masks what it stands for; a class is weighted by the
//! weights of its examples.

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
    tensor::{
        DType, Int, Tensor,
        activation::{log_sigmoid, log_softmax},
    },
};
use kernel::{Found, Share};

use crate::primitive::{Tracked, primitive, registered, tensor};

/// Cross-entropy −ln softmax(z)ₜ of each row z of `logits`, `[batch, classes]`, with its class t of
/// `classes`, `[batch]`, in nats; `weights` are `[batch]`. Gives `[1]`.
///
/// The kernel covers single precision on the processor; all else is a composition of the engine's
/// operations, which means the same.
///
/// # Panics
///
/// Where the sizes do not suit each other. On the processor also where a class is not below the number
/// of classes.
pub fn softmax_cross_entropy(
    logits: Tensor<2>,
    classes: Tensor<1, Int>,
    weights: Option<Tensor<1>>,
) -> Tensor<1> {
    let [batch, width] = logits.dims();
    assert_eq!(classes.dims(), [batch], "one class for each row of logits");
    let suit = weights.as_ref().is_none_or(|weights| weights.dims() == [batch]);
    assert!(suit, "one weight for each row of logits");
    let found = (width > 0).then(|| constant(weights.as_ref())).flatten().and_then(|weights| {
        by_kernel(&logits, |logits| {
            let classes: Vec<usize> = classes.to_data().iter::<i64>().map(index).collect();
            kernel::softmax_cross_entropy(logits, (&classes, width), share(&weights, batch))
        })
    });
    found.unwrap_or_else(|| {
        let losses = log_softmax(logits, 1).gather(1, classes.unsqueeze_dim(1)).neg();
        joined(losses, weights.map(|weights| weights.unsqueeze_dim(1)))
    })
}

/// Cross-entropy −t ln σ(z) − (1 − t) ln(1 − σ(z)) of each logit z with its target t in [0, 1] of
/// `targets`, in nats, for logits, targets and `weights` of one shape. Gives `[1]`.
///
/// The kernel covers what that of [`softmax_cross_entropy`] does.
///
/// # Panics
///
/// Where the shapes differ.
pub fn sigmoid_cross_entropy<const D: usize>(
    logits: Tensor<D>,
    targets: Tensor<D>,
    weights: Option<Tensor<D>>,
) -> Tensor<1> {
    each(kernel::sigmoid_cross_entropy, (&logits, &targets, weights.as_ref())).unwrap_or_else(
        || {
            let losses = targets.clone() * log_sigmoid(logits.clone())
                + (targets.neg().add_scalar(1.0)) * log_sigmoid(logits.neg());
            joined(losses.neg(), weights)
        },
    )
}

/// The squared error (y − t)² of each of `answers` y with its target t of `targets`, for answers,
/// targets and `weights` of one shape. Gives `[1]`.
///
/// The kernel covers what that of [`softmax_cross_entropy`] does.
///
/// # Panics
///
/// Where the shapes differ.
pub fn squared_error<const D: usize>(
    answers: Tensor<D>,
    targets: Tensor<D>,
    weights: Option<Tensor<D>>,
) -> Tensor<1> {
    each(kernel::squared_error, (&answers, &targets, weights.as_ref()))
        .unwrap_or_else(|| joined((answers - targets).square(), weights))
}

/// The mean of losses, or their sum by weights.
fn joined<const D: usize>(losses: Tensor<D>, weights: Option<Tensor<D>>) -> Tensor<1> {
    match weights {
        None => losses.mean(),
        Some(weights) => (losses * weights).sum(),
    }
}

/// By a kernel that takes answers and targets one by one, or nothing where it does not cover this.
fn each<const D: usize>(
    kernel: impl Fn(&[f32], &[f32], Share<'_>) -> Found,
    (answers, targets, weights): (&Tensor<D>, &Tensor<D>, Option<&Tensor<D>>),
) -> Option<Tensor<1>> {
    let (shape, size) = (answers.dims(), answers.shape().num_elements());
    assert_eq!(targets.dims(), shape, "one target for each answer");
    assert!(weights.is_none_or(|weights| weights.dims() == shape), "one weight for each answer");
    let targets = constant(Some(targets))??;
    let weights = constant(weights)?;
    by_kernel(answers, |answers| kernel(answers, targets.storage(), share(&weights, size)))
}

/// What each loss counts: by `weights`, or its share of `size`.
fn share(weights: &Option<FlexTensor>, size: usize) -> Share<'_> {
    match weights {
        None => Share::Alike(1.0 / size as f32),
        Some(weights) => Share::Weights(weights.storage()),
    }
}

/// A class as a number of a column; what is negative is beyond all of them.
fn index(class: i64) -> usize {
    usize::try_from(class).unwrap_or(usize::MAX)
}

/// A tensor that no gradient flows to, to be read by a kernel: `None` where there is something that
/// a kernel does not cover, `Some(None)` where there is nothing.
fn constant<const D: usize>(given: Option<&Tensor<D>>) -> Option<Option<FlexTensor>> {
    let Some(given) = given else { return Some(None) };
    if given.dtype() != DType::F32 || given.is_tracked() {
        return None;
    }
    let found = primitive::<Flex, D>(&given.clone().without_autodiff())?;
    Some(Some(found.to_contiguous()))
}

/// The loss that `kernel` makes of `answers`, or nothing where they are not covered.
fn by_kernel<const D: usize>(
    answers: &Tensor<D>,
    kernel: impl Fn(&[f32]) -> Found,
) -> Option<Tensor<1>> {
    let shape = answers.dims();
    if answers.dtype() != DType::F32 || shape.contains(&0) {
        return None;
    }
    if !answers.device().is_autodiff() {
        let answers = primitive::<Flex, D>(answers)?.to_contiguous();
        let Found { loss, .. } = kernel(answers.storage());
        return Some(Tensor::from_primitive::<Flex>(tensor(vec![loss], [1])));
    }
    let (answers, node) = primitive::<Tracked, D>(answers)?.into_parts();
    let answers = answers.to_contiguous();
    let Found { loss, slopes } = kernel(answers.storage());
    let loss = tensor(vec![loss], [1]);
    Some(registered(Loss, [node], (loss, |_: &FlexTensor| tensor(slopes, shape))))
}

/// The gradient of a loss: what is saved are its slopes.
#[derive(Debug)]
struct Loss;

impl Backward<Flex, 1> for Loss {
    type State = FlexTensor;

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let gradient = gradients.consume::<Flex>(&ops.node).to_contiguous();
        let ([Some(node)], mut slopes) = (ops.parents, ops.state) else { return };
        let by = gradient.storage::<f32>()[0];
        if by != 1.0 {
            slopes.storage_mut::<f32>().iter_mut().for_each(|slope| *slope *= by);
        }
        gradients.register::<Flex>(node.id, slopes);
    }
}
