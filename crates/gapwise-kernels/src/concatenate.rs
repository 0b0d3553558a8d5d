//! Images side by side along their channels, as the branches of an inception module are joined.

use burn::{
    backend::{
        Flex,
        autodiff::{
            checkpoint::base::Checkpointer,
            grads::Gradients,
            ops::{Backward, Ops},
        },
        flex::FlexTensor,
        tensor::FloatTensor,
    },
    tensor::{DType, Tensor},
};
use rayon::prelude::*;

use crate::primitive::{self, Tracked, channels_last, primitive, registered};

/// Numbers that make a parallel section worth its start.
const WORTH: usize = 1 << 16;

/// `[batch, Σ channels, height, width]` of `images`, each `[batch, channels, height, width]`, in
/// their order.
///
/// The kernel covers single precision on the processor; all else is the engine's [`Tensor::cat`].
///
/// # Panics
///
/// As the engine's: where batch, heights or widths differ.
pub fn channels<const N: usize>(images: [Tensor<4>; N]) -> Tensor<4> {
    covered(&images).unwrap_or_else(|| Tensor::cat(images.to_vec(), 1))
}

/// By the kernel, or nothing where it does not cover this.
fn covered<const N: usize>(images: &[Tensor<4>; N]) -> Option<Tensor<4>> {
    let [batch, _, height, width] = images.first()?.dims();
    let alike = |image: &Tensor<4>| {
        let dims = image.dims();
        dims == [batch, dims[1], height, width] && image.dtype() == DType::F32 && dims[1] > 0
    };
    if !images.iter().all(alike) || [batch, height, width].contains(&0) {
        return None;
    }
    let widths = images.each_ref().map(|images| images.dims()[1]);
    let joined = |images: &[FlexTensor]| {
        let images: Vec<FlexTensor> = images.iter().map(channels_last).collect();
        let parts: Vec<&[f32]> = images.iter().map(FlexTensor::storage).collect();
        let total = widths.iter().sum();
        primitive::images(join(&parts, &widths), [batch, total, height, width])
    };
    if !images[0].device().is_autodiff() {
        let images: Option<Vec<_>> = images.iter().map(primitive::<Flex, 4>).collect();
        return Some(Tensor::from_primitive::<Flex>(joined(&images?)));
    }
    let images: Option<Vec<FloatTensor<Tracked>>> =
        images.iter().map(primitive::<Tracked, 4>).collect();
    let (images, nodes): (Vec<_>, Vec<_>) =
        images?.into_iter().map(FloatTensor::<Tracked>::into_parts).unzip();
    let nodes: [_; N] = nodes.try_into().ok()?;
    let joined = joined(&images);
    let state = |_: &FlexTensor| (widths, [batch, height, width]);
    Some(registered(Join::<N>, nodes, (joined, state)))
}

/// Rows of `parts` side by side, each part's row of its width.
fn join(parts: &[&[f32]], widths: &[usize]) -> Vec<f32> {
    let total: usize = widths.iter().sum();
    let mut out = vec![0.0; parts.iter().map(|part| part.len()).sum()];
    let row = |(at, row): (usize, &mut [f32])| {
        let mut start = 0;
        for (part, width) in parts.iter().zip(widths) {
            row[start..start + width].copy_from_slice(&part[at * width..][..*width]);
            start += width;
        }
    };
    match out.len() < WORTH {
        true => out.chunks_exact_mut(total).enumerate().for_each(row),
        false => {
            out.par_chunks_exact_mut(total).with_min_len(WORTH / total).enumerate().for_each(row)
        }
    }
    out
}

/// Part of every row of `rows`, each of `total` numbers: those in `start..start + width`.
fn part(rows: &[f32], total: usize, [start, width]: [usize; 2]) -> Vec<f32> {
    let mut out = vec![0.0; rows.len() / total * width];
    let row = |(to, row): (&mut [f32], &[f32])| to.copy_from_slice(&row[start..start + width]);
    match out.len() < WORTH {
        true => out.chunks_exact_mut(width).zip(rows.chunks_exact(total)).for_each(row),
        false => {
            let rows = rows.par_chunks_exact(total).with_min_len(WORTH / total);
            out.par_chunks_exact_mut(width).zip(rows).for_each(row);
        }
    }
    out
}

/// The gradient: each part of the rows goes to where it came from.
#[derive(Debug)]
struct Join<const N: usize>;

impl<const N: usize> Backward<Flex, N> for Join<N> {
    type State = ([usize; N], [usize; 3]);

    fn backward(
        self,
        ops: Ops<Self::State, N>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let gradient = channels_last(&gradients.consume::<Flex>(&ops.node));
        let (widths, [batch, height, width]) = ops.state;
        let total = widths.iter().sum();
        let mut start = 0;
        for (node, channels) in ops.parents.into_iter().zip(widths) {
            if let Some(node) = node {
                let found = part(gradient.storage(), total, [start, channels]);
                let found = primitive::images(found, [batch, channels, height, width]);
                gradients.register::<Flex>(node.id, found);
            }
            start += channels;
        }
    }
}
