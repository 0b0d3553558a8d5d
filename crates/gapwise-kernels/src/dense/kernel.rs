//! Dense layers on plain numbers.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::{
    functions::Vector,
    instructions::{fetch, with_best},
    matrix::{Factor, product},
};

/// The sizes of a dense layer and its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sizes {
    pub(super) rows: usize,
    pub(super) inputs: usize,
    pub(super) units: usize,
}

/// Weights from which on one row is shared among threads: fewer are read in the time of a fork.
const SHARED: usize = 1 << 20;
/// Parts that one row's inputs are then taken in.
const PARTS: usize = 16;
/// Rows of weights that are read side by side where they may be in the cache.
const SIDE_BY_SIDE: usize = 8;
/// Weights that are fetched from memory ahead of those that are read.
const AHEAD: usize = 1 << 11;

/// x · W, plus b on every row: `[rows, units]`.
pub(super) fn sums(sizes: &Sizes, x: &[f32], (weight, bias): (&[f32], Option<&[f32]>)) -> Vec<f32> {
    let &Sizes { rows, inputs, units } = sizes;
    if rows != 1 {
        return product([rows, inputs, units], Factor::Plain(x), Factor::Plain(weight), bias);
    }
    let mut sums = bias.map_or_else(|| vec![0.0; units], <[f32]>::to_vec);
    if inputs * units < SHARED {
        with_best(Row::<SIDE_BY_SIDE, false> { x, weight, sums: &mut sums });
        return sums;
    }
    // Parts of the inputs, by their number alone, so that each reads memory from end to end: one
    // stream comes faster than several.
    let part = inputs.div_ceil(PARTS);
    let parts = x.par_chunks(part).zip(weight.par_chunks(part * units));
    let parts = parts.map(|(x, weight)| {
        let mut sums = vec![0.0; units];
        with_best(Row::<1, true> { x, weight, sums: &mut sums });
        sums
    });
    for part in parts.collect::<Vec<_>>() {
        sums.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
    }
    sums
}

/// One row's sums, which are added to what is there, by `N` rows of weights at once; from memory
/// where `FAR`.
struct Row<'a, const N: usize, const FAR: bool> {
    x: &'a [f32],
    /// `[inputs, units]`.
    weight: &'a [f32],
    sums: &'a mut [f32],
}

impl<const N: usize, const FAR: bool> WithSimd for Row<'_, N, FAR> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Row { x, weight, sums } = self;
        if sums.is_empty() {
            return;
        }
        let mut rows = weight.chunks_exact(sums.len());
        let (wholes, rest) = x.as_chunks::<N>();
        for x in wholes {
            let weights = [(); N].map(
                #[inline(always)]
                |()| rows.next().unwrap_or_default(),
            );
            add::<S, N, FAR>(simd, x, weights, sums);
        }
        for x in rest {
            add::<S, 1, FAR>(simd, &[*x], [rows.next().unwrap_or_default()], sums);
        }
    }
}

/// Adds each of `x` times its row of weights.
#[inline(always)]
fn add<S: Simd, const N: usize, const FAR: bool>(
    simd: S,
    x: &[f32; N],
    weights: [&[f32]; N],
    sums: &mut [f32],
) {
    for at in (0..sums.len()).step_by(S::F32_LANES) {
        let mut sum = Vector::load(simd, sums, at);
        for (x, weights) in x.iter().zip(weights) {
            if FAR {
                fetch(weights, at + AHEAD);
            }
            sum = Vector::load(simd, weights, at).mul_add(Vector::splat(simd, *x), sum);
        }
        sum.store(sums, at);
    }
}
