//! Products with a matrix that is laid out for vectors once and multiplied many times.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use crate::{
    buffers::Buffer,
    instructions::{multiply_add, with_best},
};

/// Vectors that stand side by side in a panel.
const WIDE: usize = 4;
/// Rows of a tile: with `WIDE` vectors each they fill the registers.
const ROWS: usize = 6;
/// Bytes of the widest vector, at which panels start.
const ALIGNED: usize = 64;
/// Numbers of a panel's row for the widest vector.
pub(super) const PANEL: usize = 64;
/// Examples whose terms of a sum of products stay in the first cache together.
const EXAMPLES: usize = 128;

/// A row of sums is this long in memory for so many columns.
pub(super) fn padded(columns: usize) -> usize {
    columns.next_multiple_of(PANEL)
}

/// Numbers from a place in memory at which vectors start.
#[derive(Debug)]
pub(super) struct Aligned {
    values: Buffer,
    from: usize,
    len: usize,
}

impl Aligned {
    /// So many numbers, whatever they are.
    pub(super) fn new(len: usize) -> Self {
        let values = Buffer::new(len + ALIGNED / size_of::<f32>());
        let from = values.as_ptr().align_offset(ALIGNED).min(ALIGNED / size_of::<f32>());
        Aligned { values, from, len }
    }

    /// So many zeros.
    pub(super) fn zeros(len: usize) -> Self {
        let mut numbers = Aligned::new(len);
        numbers.slice_mut().fill(0.0);
        numbers
    }

    pub(super) fn slice(&self) -> &[f32] {
        &self.values[self.from..][..self.len]
    }

    pub(super) fn slice_mut(&mut self) -> &mut [f32] {
        &mut self.values[self.from..][..self.len]
    }
}

/// A matrix `[inner, columns]` in panels of [`PANEL`] columns, each `[inner, PANEL]` in row-major
/// order, the last one filled up with zeros.
#[derive(Debug)]
pub(super) struct Packed {
    inner: usize,
    columns: usize,
    panels: Aligned,
}

impl Packed {
    /// `columns` of a matrix in row-major order whose rows are `stride` long, from column `first`.
    pub(super) fn new(matrix: &[f32], stride: usize, [first, columns]: [usize; 2]) -> Self {
        let inner = matrix.len() / stride;
        let mut panels = Aligned::new(inner * padded(columns));
        for (panel, into) in panels.slice_mut().chunks_exact_mut(inner * PANEL).enumerate() {
            let from = first + panel * PANEL;
            let count = PANEL.min(first + columns - from);
            for (into, row) in into.chunks_exact_mut(PANEL).zip(matrix.chunks_exact(stride)) {
                into[..count].copy_from_slice(&row[from..][..count]);
                into[count..].fill(0.0);
            }
        }
        Packed { inner, columns, panels }
    }

    /// The transpose of those columns: `[columns, rows]`.
    pub(super) fn transposed(matrix: &[f32], stride: usize, [first, inner]: [usize; 2]) -> Self {
        let columns = matrix.len() / stride;
        let mut panels = Aligned::new(inner * padded(columns));
        let each = panels.slice_mut().chunks_exact_mut(inner * PANEL);
        for (into, rows) in each.zip(matrix.chunks(PANEL * stride)) {
            if rows.len() < PANEL * stride {
                into.fill(0.0);
            }
            for (at, row) in rows.chunks_exact(stride).enumerate() {
                let column = into.iter_mut().skip(at).step_by(PANEL);
                column.zip(&row[first..][..inner]).for_each(|(into, value)| *into = *value);
            }
        }
        Packed { inner, columns, panels }
    }

    /// Columns of the matrix.
    pub(super) fn columns(&self) -> usize {
        self.columns
    }
}

/// Adds `rows` · `matrix` to `sums`: `rows` in row-major order, each `stride` long, of which the first
/// `inner` numbers count; `sums` in row-major order, each row [`padded`].
///
/// # Panics
///
/// Where there are not as many rows as sums, or they are shorter than the matrix is high.
pub(super) fn add((rows, stride): (&[f32], usize), matrix: &Packed, sums: &mut [f32]) {
    let width = padded(matrix.columns);
    assert!(stride >= matrix.inner, "a row has a number for each of the matrix");
    if matrix.inner == 0 || sums.is_empty() {
        return;
    }
    assert_eq!(sums.len() % width, 0, "rows of sums are filled up");
    with_best(Add { rows, stride, matrix, sums, width });
}

struct Add<'a> {
    rows: &'a [f32],
    stride: usize,
    matrix: &'a Packed,
    sums: &'a mut [f32],
    width: usize,
}

impl WithSimd for Add<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Add { rows, stride, matrix, sums, width } = self;
        let count = sums.len() / width;
        // Tiles of nearly the same height.
        let tiles = count.div_ceil(most::<S>());
        for (at, panel) in matrix.panels.slice().chunks_exact(matrix.inner * PANEL).enumerate() {
            for tile in 0..tiles {
                let [from, to] = [tile, tile + 1].map(|tile| tile * count / tiles);
                let sums = &mut sums[from * width..to * width];
                let given = (&rows[from * stride..], stride);
                let columns = at * PANEL..at * PANEL + PANEL;
                match to - from {
                    1 => tile_of::<S, 1>(simd, given, panel, (sums, width, columns)),
                    2 => tile_of::<S, 2>(simd, given, panel, (sums, width, columns)),
                    3 => tile_of::<S, 3>(simd, given, panel, (sums, width, columns)),
                    4 => tile_of::<S, 4>(simd, given, panel, (sums, width, columns)),
                    5 => tile_of::<S, 5>(simd, given, panel, (sums, width, columns)),
                    _ => tile_of::<S, 6>(simd, given, panel, (sums, width, columns)),
                }
            }
        }
    }
}

/// Rows of a tile: a third where there are half as many registers, as vectors of weights need theirs
/// too.
#[inline(always)]
fn most<S: Simd>() -> usize {
    if S::F32_LANES >= 16 { ROWS } else { ROWS / 3 }
}

#[inline(always)]
fn tile_of<S: Simd, const R: usize>(
    simd: S,
    (rows, stride): (&[f32], usize),
    panel: &[f32],
    (sums, width, columns): (&mut [f32], usize, Range<usize>),
) {
    let inner = panel.len() / PANEL;
    let rows: [&[f32]; R] = std::array::from_fn(|row| &rows[row * stride..][..inner]);
    let vectors = PANEL / S::F32_LANES;
    let (panel, _) = S::as_simd_f32s(panel);
    for group in 0..vectors / WIDE {
        let mut total = [[simd.splat_f32s(0.0); WIDE]; R];
        for (row, total) in total.iter_mut().enumerate() {
            let sums = &sums[row * width..][columns.clone()];
            let sums = &S::as_simd_f32s(sums).0[group * WIDE..][..WIDE];
            total.copy_from_slice(sums);
        }
        let mut panel = panel.chunks_exact(vectors);
        #[expect(clippy::needless_range_loop, reason = "a number below every row's length")]
        for at in 0..inner {
            let Some(weights) = panel.next() else { break };
            let Some(weights) = weights[group * WIDE..].first_chunk::<WIDE>() else { break };
            for row in 0..R {
                let value = simd.splat_f32s(rows[row][at]);
                for (total, weight) in total[row].iter_mut().zip(weights) {
                    *total = multiply_add(simd, value, *weight, *total);
                }
            }
        }
        for (row, total) in total.iter().enumerate() {
            let sums = &mut sums[row * width..][columns.clone()];
            let sums = &mut S::as_mut_simd_f32s(sums).0[group * WIDE..][..WIDE];
            sums.copy_from_slice(total);
        }
    }
}

/// [`PANEL`] columns of a sum of products of rows.
#[derive(Debug)]
pub(super) struct Sums {
    /// `[numbers of a left row, PANEL]`.
    pub(super) products: Aligned,
    /// The sum of the right rows alone.
    pub(super) totals: [f32; PANEL],
}

/// Rows in row-major order, all of them `stride` long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) values: &'a [f32],
    pub(super) stride: usize,
}

/// Σ leftᵀ · right over the rows of both, for at most [`PANEL`] `columns` of the right ones. The order of
/// the sum depends on the number of rows alone.
pub(super) fn sums(left: Rows<'_>, right: Rows<'_>, columns: Range<usize>) -> Sums {
    with_best(SumUp { left, right, columns })
}

struct SumUp<'a> {
    left: Rows<'a>,
    right: Rows<'a>,
    columns: Range<usize>,
}

impl WithSimd for SumUp<'_> {
    type Output = Sums;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Sums {
        let SumUp { left, right, columns } = self;
        let height = left.stride;
        let mut products = Aligned::zeros(height * PANEL);
        let mut totals = [0.0; PANEL];
        let mut packed = Aligned::new(EXAMPLES * PANEL);
        let lefts = left.values.chunks(EXAMPLES * left.stride);
        for (left, right) in lefts.zip(right.values.chunks(EXAMPLES * right.stride)) {
            let panel = &mut packed.slice_mut()[..right.len() / self.right.stride * PANEL];
            let each = panel.chunks_exact_mut(PANEL).zip(right.chunks_exact(self.right.stride));
            let mut total = [0.0; PANEL];
            for (into, row) in each {
                into[..columns.len()].copy_from_slice(&row[columns.clone()]);
                into[columns.len()..].fill(0.0);
                total.iter_mut().zip(&*into).for_each(|(total, value)| *total += value);
            }
            totals.iter_mut().zip(total).for_each(|(all, total)| *all += total);
            let tiles = height.div_ceil(most::<S>());
            for tile in 0..tiles {
                let [from, to] = [tile, tile + 1].map(|tile| tile * height / tiles);
                let into = &mut products.slice_mut()[from * PANEL..to * PANEL];
                let left = (&left[from..], height);
                match to - from {
                    1 => sums_of::<S, 1>(simd, left, panel, into),
                    2 => sums_of::<S, 2>(simd, left, panel, into),
                    3 => sums_of::<S, 3>(simd, left, panel, into),
                    4 => sums_of::<S, 4>(simd, left, panel, into),
                    5 => sums_of::<S, 5>(simd, left, panel, into),
                    _ => sums_of::<S, 6>(simd, left, panel, into),
                }
            }
        }
        Sums { products, totals }
    }
}

/// The products of the first `R` numbers of each left row.
#[inline(always)]
fn sums_of<S: Simd, const R: usize>(
    simd: S,
    (left, stride): (&[f32], usize),
    panel: &[f32],
    into: &mut [f32],
) {
    let vectors = PANEL / S::F32_LANES;
    let (panel, _) = S::as_simd_f32s(panel);
    let (into, _) = S::as_mut_simd_f32s(into);
    for group in 0..vectors / WIDE {
        let mut total = [[simd.splat_f32s(0.0); WIDE]; R];
        for (total, into) in total.iter_mut().zip(into.chunks_exact(vectors)) {
            total.copy_from_slice(&into[group * WIDE..][..WIDE]);
        }
        for (left, right) in left.chunks(stride).zip(panel.chunks_exact(vectors)) {
            let Some(left) = left.first_chunk::<R>() else { break };
            let Some(right) = right[group * WIDE..].first_chunk::<WIDE>() else { break };
            for row in 0..R {
                let value = simd.splat_f32s(left[row]);
                for (total, right) in total[row].iter_mut().zip(right) {
                    *total = multiply_add(simd, value, *right, *total);
                }
            }
        }
        for (total, into) in total.iter().zip(into.chunks_exact_mut(vectors)) {
            into[group * WIDE..][..WIDE].copy_from_slice(total);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 3 rows of 2 numbers, and a matrix of 2 rows and 70 columns, of which the last two count.
    const ROWS_BY_HAND: [f32; 6] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];

    #[test]
    fn a_product_by_hand_in_the_second_panel() {
        let mut matrix = vec![0.0; 140];
        // Column 68 is [1; 10], column 69 [2; 20].
        (matrix[68], matrix[69], matrix[138], matrix[139]) = (1.0, 2.0, 10.0, 20.0);
        let packed = Packed::new(&matrix, 70, [0, 70]);
        let mut sums = vec![1.0; 3 * padded(70)];
        add((&ROWS_BY_HAND, 2), &packed, &mut sums);
        let found: Vec<f32> = sums.chunks_exact(128).flat_map(|row| row[68..70].to_vec()).collect();
        // [1 2] · column + 1 = 1 + 20 + 1 and 2 + 40 + 1; [3 4]: 44, 87; [5 6]: 66, 131.
        assert_eq!(found, [22.0, 43.0, 44.0, 87.0, 66.0, 131.0]);
        assert_eq!(sums[0], 1.0);
    }

    #[test]
    fn the_transpose_by_hand() {
        // Columns 1 and 2 of [1 2 3; 4 5 6], transposed: [2 5; 3 6]. [1 2] · that = [8, 17].
        let packed = Packed::transposed(&ROWS_BY_HAND, 3, [1, 2]);
        let mut sums = vec![0.0; PANEL];
        add((&[1.0, 2.0], 2), &packed, &mut sums);
        assert_eq!(sums[..3], [8.0, 17.0, 0.0]);
    }

    #[test]
    fn sums_of_products_by_hand() {
        // Left rows [1 2], [3 4], [5 6]; right rows [1 0], [0 1], [2 2], of which column 1 counts:
        // 0·[1 2] + 1·[3 4] + 2·[5 6] = [13, 16], and 0 + 1 + 2 = 3.
        let left = Rows { values: &ROWS_BY_HAND, stride: 2 };
        let right = Rows { values: &[1.0, 0.0, 0.0, 1.0, 2.0, 2.0], stride: 2 };
        let found = sums(left, right, 1..2);
        let products = found.products.slice();
        assert_eq!([products[0], products[PANEL], found.totals[0]], [13.0, 16.0, 3.0]);
    }
}
