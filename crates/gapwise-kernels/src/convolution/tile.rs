//! The innermost loops: sums of products that are held in registers.
//!
//! A tile is `M` rows times `N` vectors of sums. Each step takes one number of every row, and `N`
//! vectors that all rows share. The rows are pixels and the steps what the filters see of them, in
//! the answers and in the gradient of the images; the rows are values that the filters see and the
//! steps pixels, in the gradient of the weights.
#![allow(unsafe_code)]

use pulp::Simd;

use crate::instructions::multiply_add;

/// Sums of `M` rows and `N` vectors.
pub(super) type Sums<V, const M: usize, const N: usize> = [[V; N]; M];

/// One vector of numbers at `from`.
///
/// # Safety
///
/// `S::F32_LANES` numbers have to be readable from there.
#[inline(always)]
unsafe fn load<S: Simd>(from: *const f32) -> S::f32s {
    // SAFETY: the caller promises that the numbers are readable; any bits are a vector of numbers.
    unsafe { from.cast::<S::f32s>().read_unaligned() }
}

/// For each of `M` rows the sum over every one of `runs`, and every step of a run, of the number
/// `rows[m] + run + step` times the next `N` vectors, of which there is one in each of `panels`.
///
/// # Safety
///
/// Readable have to be: `steps` numbers from every `rows[m] + run`, and `runs.len() · steps`
/// vectors from each of `panels`.
#[inline(always)]
pub(super) unsafe fn of_pixels<S: Simd, const M: usize, const N: usize>(
    simd: S,
    (rows, runs): ([*const f32; M], &[usize]),
    steps: usize,
    mut panels: [*const f32; N],
) -> Sums<S::f32s, M, N> {
    let mut sums = [[simd.splat_f32s(0.0); N]; M];
    for &run in runs {
        // SAFETY: the caller promises that `steps` numbers are readable there.
        let rows: [*const f32; M] = std::array::from_fn(|m| unsafe { rows[m].add(run) });
        for step in 0..steps {
            // SAFETY: the caller promises one vector per step and run in each panel, and `step` is
            // below `steps`.
            unsafe {
                let vectors: [S::f32s; N] = std::array::from_fn(|n| load::<S>(panels[n]));
                for m in 0..M {
                    let number = simd.splat_f32s(*rows[m].add(step));
                    for n in 0..N {
                        sums[m][n] = multiply_add(simd, number, vectors[n], sums[m][n]);
                    }
                }
                panels = panels.map(|panel| panel.add(S::F32_LANES));
            }
        }
    }
    sums
}

/// For each of `M` neighbouring numbers the sum over every one of `runs`, and every step of a run,
/// of the number `first + m + run + step · across` times the next `N` vectors, of which there is
/// one in each of `panels`.
///
/// # Safety
///
/// Readable have to be: `M` numbers from every such place, and `runs.len() · steps` vectors from
/// each of `panels`.
#[expect(clippy::needless_range_loop, reason = "counted to a constant, the sums stay in registers")]
#[inline(always)]
pub(super) unsafe fn of_values<S: Simd, const M: usize, const N: usize>(
    simd: S,
    (first, runs): (*const f32, &[usize]),
    (steps, across): (usize, usize),
    mut panels: [*const f32; N],
) -> Sums<S::f32s, M, N> {
    let mut sums = [[simd.splat_f32s(0.0); N]; M];
    for &run in runs {
        for step in 0..steps {
            // SAFETY: the caller promises `M` numbers at this place, and one vector per step and
            // run in each panel.
            unsafe {
                let numbers = first.add(run + step * across);
                let vectors: [S::f32s; N] = std::array::from_fn(|n| load::<S>(panels[n]));
                for m in 0..M {
                    let number = simd.splat_f32s(*numbers.add(m));
                    for n in 0..N {
                        sums[m][n] = multiply_add(simd, number, vectors[n], sums[m][n]);
                    }
                }
                panels = panels.map(|panel| panel.add(S::F32_LANES));
            }
        }
    }
    sums
}
