//! Dense layers on plain numbers.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::{
    functions::Vector,
    instructions::with_best,
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
/// Rows of weights that are read side by side.
const SIDE_BY_SIDE: usize = 8;

/// x · W, plus b on every row: `[rows, units]`.
pub(super) fn sums(sizes: &Sizes, x: &[f32], (weight, bias): (&[f32], Option<&[f32]>)) -> Vec<f32> {
    let &Sizes { rows, inputs, units } = sizes;
    if rows != 1 {
        return product([rows, inputs, units], Factor::Plain(x), Factor::Plain(weight), bias);
    }
    let mut sums = bias.map_or_else(|| vec![0.0; units], <[f32]>::to_vec);
    if inputs * units < SHARED {
        with_best(Row { x, weight, units, first: 0, sums: &mut sums });
    } else {
        // Strips of at most an eighth and of whole lines of the cache, by the size alone.
        let strip = units.div_ceil(8).next_multiple_of(64);
        sums.par_chunks_mut(strip).enumerate().for_each(|(at, sums)| {
            with_best(Row { x, weight, units, first: at * strip, sums });
        });
    }
    sums
}

/// One row's sums over some columns of the weights, which are added to what is there.
struct Row<'a> {
    x: &'a [f32],
    /// `[inputs, units]`.
    weight: &'a [f32],
    units: usize,
    /// The first of the columns.
    first: usize,
    sums: &'a mut [f32],
}

impl WithSimd for Row<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Row { x, weight, units, first, sums } = self;
        if units == 0 {
            return;
        }
        let columns = first..first + sums.len();
        let mut rows = weight.chunks_exact(units).map(
            #[inline(always)]
            |row| &row[columns.clone()],
        );
        let (wholes, rest) = x.as_chunks::<SIDE_BY_SIDE>();
        for x in wholes {
            let weights = [(); SIDE_BY_SIDE].map(
                #[inline(always)]
                |()| rows.next().unwrap_or_default(),
            );
            add(simd, x, weights, sums);
        }
        for x in rest {
            add(simd, &[*x], [rows.next().unwrap_or_default()], sums);
        }
    }
}

/// Adds each of `x` times its row of weights.
#[inline(always)]
fn add<S: Simd, const N: usize>(simd: S, x: &[f32; N], weights: [&[f32]; N], sums: &mut [f32]) {
    for at in (0..sums.len()).step_by(S::F32_LANES) {
        let mut sum = Vector::load(simd, sums, at);
        for (x, weights) in x.iter().zip(weights) {
            sum = Vector::load(simd, weights, at).mul_add(Vector::splat(simd, *x), sum);
        }
        sum.store(sums, at);
    }
}
