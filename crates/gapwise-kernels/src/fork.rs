//! Images that several branches read, as the two ways through a residual block do.

use std::sync::{Arc, Mutex, PoisonError};

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
    tensor::{DType, Tensor},
};
use rayon::prelude::*;

use crate::primitive::{Tracked, channels_last, primitive, registered};

/// Numbers of a piece of work.
const PIECE: usize = 1 << 15;

/// `images`, `[batch, channels, height, width]`, once for each of `N` branches: the same as `N` clones
/// where all of them reach the loss, which they have to. On the processor the branches' gradients are
/// added where they lie, channels last, which the engine would turn around first.
///
/// # Panics
///
/// In the backward pass on the processor, where a branch does not reach the loss and the images come
/// from another operation: their gradient is there once every branch has given its own. Of a
/// parameter the gradient is missing then.
pub fn images<const N: usize>(images: Tensor<4>) -> [Tensor<4>; N] {
    covered(&images).unwrap_or_else(|| std::array::from_fn(|_| images.clone()))
}

/// By the kernel, or nothing where it does not cover this or no gradient is asked for.
fn covered<const N: usize>(images: &Tensor<4>) -> Option<[Tensor<4>; N]> {
    if images.dtype() != DType::F32 || !images.device().is_autodiff() {
        return None;
    }
    let waiting = Arc::new(Waiting { branches: N, given: Mutex::default() });
    let branch = |_| {
        let (values, node) = primitive::<Tracked, 4>(images)?.into_parts();
        Some(registered(Branch, [node], (values, |_: &FlexTensor| Arc::clone(&waiting))))
    };
    let branches: Option<Vec<Tensor<4>>> = (0..N).map(branch).collect();
    branches?.try_into().ok()
}

/// What the branches have given so far.
#[derive(Debug)]
struct Waiting {
    branches: usize,
    given: Mutex<(usize, Option<FlexTensor>)>,
}

/// The gradient of one branch.
#[derive(Debug)]
struct Branch;

impl Backward<Flex, 1> for Branch {
    type State = Arc<Waiting>;

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let gradient = channels_last(&gradients.consume::<Flex>(&ops.node));
        let (waiting, [Some(node)]) = (ops.state, ops.parents) else { return };
        let mut given = waiting.given.lock().unwrap_or_else(PoisonError::into_inner);
        let sum = match given.1.take() {
            None => gradient,
            Some(sum) => added(sum, gradient),
        };
        given.0 += 1;
        if given.0 == waiting.branches {
            gradients.register::<Flex>(node.id, sum.permute(&[0, 3, 1, 2]));
        } else {
            given.1 = Some(sum);
        }
    }
}

/// The sum of two gradients, in the place of one that nobody else holds.
fn added(one: FlexTensor, other: FlexTensor) -> FlexTensor {
    let (mut to, from) = if one.is_unique() { (one, other) } else { (other, one) };
    let pieces = to.storage_mut::<f32>().par_chunks_mut(PIECE);
    pieces.zip(from.storage::<f32>().par_chunks(PIECE)).for_each(|(to, from)| {
        to.iter_mut().zip(from).for_each(|(to, from)| *to += *from);
    });
    to
}
