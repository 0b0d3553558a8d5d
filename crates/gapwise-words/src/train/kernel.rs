//! Small products of rows that fit in the first cache: all inputs of a window times all its targets.

use pulp::Simd;

use super::shared::Row;
use crate::instructions::multiply_add;

/// Rows in a block of a product, and columns: their sums stay in registers.
const ROWS: usize = 4;
const COLUMNS: usize = 3;

/// Rows of one length, a whole number of registers, one behind the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(crate) numbers: &'a [f32],
    pub(crate) stride: usize,
}

impl<'a> Rows<'a> {
    #[inline(always)]
    fn row<S: Simd>(self, row: usize) -> &'a [S::f32s] {
        S::as_simd_f32s(&self.numbers[row * self.stride..(row + 1) * self.stride]).0
    }
}

/// `into[a · targets + b]` = inputs[a] · targets[b], for the first `counts` of each.
#[inline(always)]
pub(crate) fn dots<S: Simd>(
    simd: S,
    [inputs, targets]: [Rows<'_>; 2],
    [a_count, b_count]: [usize; 2],
    into: &mut [f32],
) {
    let mut a = 0;
    while a < a_count {
        let rows = (a_count - a).min(ROWS);
        let mut b = 0;
        while b < b_count {
            let columns = (b_count - b).min(COLUMNS);
            let places = Places { a, b, stride: b_count };
            macro_rules! block {
                ($($rows:literal)*) => {
                    match (rows, columns) {
                        $(
                            ($rows, 1) => block::<S, $rows, 1>(simd, (inputs, targets), places, into),
                            ($rows, 2) => block::<S, $rows, 2>(simd, (inputs, targets), places, into),
                            ($rows, _) => block::<S, $rows, 3>(simd, (inputs, targets), places, into),
                        )*
                        _ => {}
                    }
                };
            }
            block!(1 2 3 4);
            b += columns;
        }
        a += rows;
    }
}

/// Where a block stands in a product.
#[derive(Clone, Copy)]
struct Places {
    a: usize,
    b: usize,
    stride: usize,
}

#[inline(always)]
fn block<S: Simd, const R: usize, const C: usize>(
    simd: S,
    (inputs, targets): (Rows<'_>, Rows<'_>),
    Places { a, b, stride }: Places,
    into: &mut [f32],
) {
    let length = inputs.row::<S>(0).len();
    let inputs: [&[S::f32s]; R] = std::array::from_fn(|at| &inputs.row::<S>(a + at)[..length]);
    let targets: [&[S::f32s]; C] = std::array::from_fn(|at| &targets.row::<S>(b + at)[..length]);
    let mut sums = [[simd.splat_f32s(0.0); C]; R];
    for at in 0..length {
        let right: [S::f32s; C] = std::array::from_fn(|c| targets[c][at]);
        for (sums, input) in sums.iter_mut().zip(&inputs) {
            for (sum, right) in sums.iter_mut().zip(right) {
                *sum = multiply_add(simd, input[at], right, *sum);
            }
        }
    }
    for (r, sums) in sums.iter().enumerate() {
        let start = (a + r) * stride + b;
        for (into, sum) in into[start..start + C].iter_mut().zip(sums) {
            *into = simd.reduce_sum_f32s(*sum);
        }
    }
}

/// Weights of a sum of rows: weight of row k in sum m is `weights[m · by_sum + k · by_row]`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weights<'a> {
    pub(crate) weights: &'a [f32],
    pub(crate) by_sum: usize,
    pub(crate) by_row: usize,
}

/// To each of the shared rows `to`: the sum of the first `count` of `rows`, weighted.
///
/// A row that is there twice has both added.
#[inline(always)]
pub(crate) fn add_sums<S: Simd>(
    simd: S,
    weights: Weights<'_>,
    (rows, count): (Rows<'_>, usize),
    to: &[Row<'_>],
) {
    for (block, to) in to.chunks(ROWS).enumerate() {
        let first = block * ROWS;
        macro_rules! sums {
            ($($count:literal)*) => {
                match to.len() {
                    $($count => sums::<S, $count>(simd, weights, (rows, count), (to, first)),)*
                    _ => {}
                }
            };
        }
        sums!(1 2 3 4);
    }
}

#[inline(always)]
fn sums<S: Simd, const R: usize>(
    simd: S,
    Weights { weights, by_sum, by_row }: Weights<'_>,
    (rows, count): (Rows<'_>, usize),
    (to, first): (&[Row<'_>], usize),
) {
    let length = rows.stride / S::F32_LANES;
    let mut at = 0;
    // Two registers of a row at a time: eight sums that do not wait for each other.
    while at + 2 <= length {
        let mut sums = [[simd.splat_f32s(0.0); 2]; R];
        for k in 0..count {
            let row = &rows.row::<S>(k)[at..at + 2];
            for (r, sums) in sums.iter_mut().enumerate() {
                let weight = simd.splat_f32s(weights[(first + r) * by_sum + k * by_row]);
                sums[0] = multiply_add(simd, weight, row[0], sums[0]);
                sums[1] = multiply_add(simd, weight, row[1], sums[1]);
            }
        }
        for (sums, &row) in sums.iter().zip(to) {
            add_to(simd, row, at, sums[0]);
            add_to(simd, row, at + 1, sums[1]);
        }
        at += 2;
    }
    if at < length {
        let mut sums = [simd.splat_f32s(0.0); R];
        for k in 0..count {
            let row = rows.row::<S>(k)[at];
            for (r, sum) in sums.iter_mut().enumerate() {
                let weight = simd.splat_f32s(weights[(first + r) * by_sum + k * by_row]);
                *sum = multiply_add(simd, weight, row, *sum);
            }
        }
        for (sum, &row) in sums.iter().zip(to) {
            add_to(simd, row, at, *sum);
        }
    }
}

/// Adds to register number `at` of a row.
#[inline(always)]
fn add_to<S: Simd>(simd: S, to: Row<'_>, at: usize, values: S::f32s) {
    let place = at * S::F32_LANES;
    to.store::<S>(place, simd.add_f32s(to.load::<S>(place), values));
}

/// Adds `values` to each row.
#[inline(always)]
pub(crate) fn add_to_all<S: Simd>(simd: S, values: &[f32], to: &[Row<'_>]) {
    for (at, values) in S::as_simd_f32s(values).0.iter().enumerate() {
        to.iter().for_each(|&row| add_to(simd, row, at, *values));
    }
}

/// Copies rows one behind the other.
#[inline(always)]
pub(crate) fn copy_rows<S: Simd>(rows: &[Row<'_>], stride: usize, into: &mut [f32]) {
    for (row, into) in rows.iter().zip(into.chunks_exact_mut(stride)) {
        for (at, into) in S::as_mut_simd_f32s(into).0.iter_mut().enumerate() {
            *into = row.load::<S>(at * S::F32_LANES);
        }
    }
}

/// `into` = `factor` times the sum of rows.
#[inline(always)]
pub(crate) fn sum_rows<S: Simd>(simd: S, factor: f32, rows: &[Row<'_>], into: &mut [f32]) {
    let factor = simd.splat_f32s(factor);
    for (at, into) in S::as_mut_simd_f32s(into).0.iter_mut().enumerate() {
        let mut sum = simd.splat_f32s(0.0);
        for row in rows {
            sum = simd.add_f32s(sum, row.load::<S>(at * S::F32_LANES));
        }
        *into = simd.mul_f32s(sum, factor);
    }
}

/// `into[k]` = `input` · rows[k].
#[inline(always)]
pub(crate) fn dots_of_one<S: Simd>(simd: S, input: &[f32], rows: &[Row<'_>], into: &mut [f32]) {
    let input = S::as_simd_f32s(input).0;
    for (rows, into) in rows.chunks(ROWS).zip(into.chunks_mut(ROWS)) {
        macro_rules! dots {
            ($($count:literal)*) => {
                match rows.len() {
                    $($count => dots_of::<S, $count>(simd, input, rows, into),)*
                    _ => {}
                }
            };
        }
        dots!(1 2 3 4);
    }
}

#[inline(always)]
fn dots_of<S: Simd, const R: usize>(
    simd: S,
    input: &[S::f32s],
    rows: &[Row<'_>],
    into: &mut [f32],
) {
    let rows: [Row<'_>; R] = std::array::from_fn(|at| rows[at]);
    let mut sums = [simd.splat_f32s(0.0); R];
    for (at, input) in input.iter().enumerate() {
        for (sum, row) in sums.iter_mut().zip(rows) {
            *sum = multiply_add(simd, *input, row.load::<S>(at * S::F32_LANES), *sum);
        }
    }
    for (into, sum) in into.iter_mut().zip(sums) {
        *into = simd.reduce_sum_f32s(sum);
    }
}

/// `moved` = the sum of rows, weighted; then to each of them its weight times `input`.
///
/// A row that is there twice counts twice and has both added.
#[inline(always)]
pub(crate) fn learn_from_one<S: Simd>(
    simd: S,
    weights: &[f32],
    rows: &[Row<'_>],
    input: &[f32],
    moved: &mut [f32],
) {
    let (input, moved) = (S::as_simd_f32s(input).0, S::as_mut_simd_f32s(moved).0);
    moved.fill(simd.splat_f32s(0.0));
    let blocks = || weights.chunks(ROWS).zip(rows.chunks(ROWS));
    macro_rules! by_count {
        ($function:ident, $weights:ident, $rows:ident, $vector:ident) => {
            match $rows.len() {
                1 => $function::<S, 1>(simd, ($weights, $rows), $vector),
                2 => $function::<S, 2>(simd, ($weights, $rows), $vector),
                3 => $function::<S, 3>(simd, ($weights, $rows), $vector),
                4 => $function::<S, 4>(simd, ($weights, $rows), $vector),
                _ => {}
            }
        };
    }
    // All rows as they were, before any of them moves.
    for (weights, rows) in blocks() {
        by_count!(add_weighted, weights, rows, moved);
    }
    for (weights, rows) in blocks() {
        by_count!(add_input, weights, rows, input);
    }
}

/// `moved` += the sum of rows, weighted.
#[inline(always)]
fn add_weighted<S: Simd, const R: usize>(
    simd: S,
    (weights, rows): (&[f32], &[Row<'_>]),
    moved: &mut [S::f32s],
) {
    let weights: [S::f32s; R] = std::array::from_fn(|at| simd.splat_f32s(weights[at]));
    let rows: [Row<'_>; R] = std::array::from_fn(|at| rows[at]);
    for (at, moved) in moved.iter_mut().enumerate() {
        for (weight, row) in weights.iter().zip(rows) {
            *moved = multiply_add(simd, *weight, row.load::<S>(at * S::F32_LANES), *moved);
        }
    }
}

/// To each row its weight times `input`.
#[inline(always)]
fn add_input<S: Simd, const R: usize>(
    simd: S,
    (weights, rows): (&[f32], &[Row<'_>]),
    input: &[S::f32s],
) {
    let weights: [S::f32s; R] = std::array::from_fn(|at| simd.splat_f32s(weights[at]));
    let rows: [Row<'_>; R] = std::array::from_fn(|at| rows[at]);
    for (at, input) in input.iter().enumerate() {
        let place = at * S::F32_LANES;
        for (weight, row) in weights.iter().zip(rows) {
            row.store::<S>(place, multiply_add(simd, *weight, *input, row.load::<S>(place)));
        }
    }
}

/// Logits into what the weights move by: rate · (label − σ(logit)). Labels come again with each row.
#[inline(always)]
pub(crate) fn errors<S: Simd>(simd: S, logits: &mut [f32], labels: &[f32], rate: f32) {
    for logits in logits.chunks_mut(labels.len().max(1)) {
        let mut at = 0;
        while at < logits.len() {
            let logit = simd.partial_load_f32s(&logits[at..]);
            let label = simd.partial_load_f32s(&labels[at..]);
            let error = simd.sub_f32s(label, logistic(simd, logit));
            let moved = simd.mul_f32s(error, simd.splat_f32s(rate));
            simd.partial_store_f32s(&mut logits[at..], moved);
            at += S::F32_LANES;
        }
    }
}

/// 1.5 · 2²³: a number of magnitude below 2²² that is added to it is rounded to a whole one.
const ROUNDING: f32 = 12_582_912.0;
/// ln 2 in two parts, the first of few bits, so that its small multiples are exact.
const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
/// 1 / n! from n = 6 down to 0.
const INVERSE_FACTORIALS: [f32; 7] =
    [1.388_888_9e-3, 8.333_334e-3, 4.166_666_8e-2, 1.666_666_7e-1, 0.5, 1.0, 1.0];

/// 1 / (1 + e^−x), to a relative error below 10⁻⁶; x beyond ±80 is taken as ±80.
#[inline(always)]
fn logistic<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let splat = |value| simd.splat_f32s(value);
    let y = simd.neg_f32s(simd.max_f32s(simd.min_f32s(x, splat(80.0)), splat(-80.0)));
    // e^y = 2^n · e^r with |r| at most half of ln 2.
    let n = multiply_add(simd, y, splat(std::f32::consts::LOG2_E), splat(ROUNDING));
    let n = simd.sub_f32s(n, splat(ROUNDING));
    let r = multiply_add(simd, n, splat(-LN_2[0]), y);
    let r = multiply_add(simd, n, splat(-LN_2[1]), r);
    let mut power = splat(INVERSE_FACTORIALS[0]);
    for term in &INVERSE_FACTORIALS[1..] {
        power = multiply_add(simd, power, r, splat(*term));
    }
    // The whole number stands in the last bits; shifted it is the exponent.
    let bits = simd.transmute_u32s_f32s(simd.add_f32s(n, splat(ROUNDING + 127.0)));
    let bits = simd.wrapping_dyn_shl_u32s(bits, simd.splat_u32s(23));
    let exponential = simd.mul_f32s(power, simd.transmute_f32s_u32s(bits));
    simd.div_f32s(splat(1.0), simd.add_f32s(splat(1.0), exponential))
}

#[cfg(test)]
#[path = "kernel_tests.rs"]
mod tests;
