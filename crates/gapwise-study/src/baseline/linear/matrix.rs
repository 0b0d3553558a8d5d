//! Examples as rows of numbers that lie one after the other, and their products with weights.

use gapwise_instructions::vectorised;

use super::Features;

/// Numbers that are computed side by side; rows are padded to a multiple of it.
const LANES: usize = 16;
/// Outputs that share what is read of an example.
const OUTPUTS: usize = 4;

/// The features of some rows, with a 1 behind them for the bias.
#[derive(Debug, Clone)]
pub(super) struct Matrix {
    rows: usize,
    /// Numbers of a row, those of the bias and of the padding included.
    stride: usize,
    /// Numbers of a row before the bias.
    width: usize,
    dense: Vec<f32>,
    /// `[row, column]`: the place of the row's code among the codes of all columns.
    codes: Vec<u32>,
    columns: usize,
    /// Codes of all columns together.
    categories: usize,
}

impl Matrix {
    pub(super) fn gather(features: Features<'_>, rows: &[usize]) -> Self {
        let Features { width, dense, codes, categories } = features;
        let stride = (width + 1).next_multiple_of(LANES);
        let mut padded = vec![0.0; rows.len() * stride];
        for (to, &row) in padded.chunks_exact_mut(stride).zip(rows) {
            to[..width].copy_from_slice(&dense[row * width..(row + 1) * width]);
            to[width] = 1.0;
        }
        let columns = categories.len();
        let mut placed = Vec::with_capacity(rows.len() * columns);
        for &row in rows {
            let mut before = 0;
            for (&code, &of) in codes[row * columns..(row + 1) * columns].iter().zip(categories) {
                placed.push((before + code as usize) as u32);
                before += of;
            }
        }
        let categories = categories.iter().sum();
        Matrix {
            rows: rows.len(),
            stride,
            width,
            dense: padded,
            codes: placed,
            columns,
            categories,
        }
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// The place of the bias among the weights of an output.
    pub(super) fn bias(&self) -> usize {
        self.width
    }

    /// Weights of an output, without those of codes.
    pub(super) fn stride(&self) -> usize {
        self.stride
    }

    /// Numbers that `outputs` need: `[output, stride]`, then `[code, output]`.
    pub(super) fn parameters(&self, outputs: usize) -> usize {
        outputs * (self.stride + self.categories)
    }

    /// What one row takes with one output.
    pub(super) fn reads(&self) -> usize {
        self.stride + self.columns
    }

    fn row(&self, row: usize) -> &[f32] {
        &self.dense[row * self.stride..(row + 1) * self.stride]
    }

    fn codes(&self, row: usize) -> &[u32] {
        &self.codes[row * self.columns..(row + 1) * self.columns]
    }

    /// Adds the products of all rows with the weights to `to`: `[row, output]`.
    pub(super) fn products(&self, weights: &[f64], outputs: usize, to: &mut Vec<f64>) {
        let from = to.len();
        to.resize(from + self.rows * outputs, 0.0);
        self.products_of(0..self.rows, (weights, outputs), &mut to[from..]);
    }

    /// The products of some rows with the weights: `[row, output]`.
    pub(super) fn products_of(
        &self,
        rows: std::ops::Range<usize>,
        (weights, outputs): (&[f64], usize),
        to: &mut [f64],
    ) {
        let (dense, coded) = weights.split_at(outputs * self.stride);
        vectorised(
            #[inline(always)]
            || {
                for (row, to) in rows.zip(to.chunks_exact_mut(outputs)) {
                    self.products_of_row(row, dense, to);
                    for &code in self.codes(row) {
                        let code = code as usize * outputs;
                        for (to, weight) in to.iter_mut().zip(&coded[code..code + outputs]) {
                            *to += weight;
                        }
                    }
                }
            },
        );
    }

    #[inline(always)]
    fn products_of_row(&self, row: usize, weights: &[f64], to: &mut [f64]) {
        let row = self.row(row);
        let stride = self.stride;
        for (block, to) in to.chunks_mut(OUTPUTS).enumerate() {
            let weights = &weights[block * OUTPUTS * stride..];
            match to {
                [one, two, three, four] => {
                    [*one, *two, *three, *four] = dots::<4>(row, weights, stride);
                }
                [one, two, three] => [*one, *two, *three] = dots::<3>(row, weights, stride),
                [one, two] => [*one, *two] = dots::<2>(row, weights, stride),
                [one] => [*one] = dots::<1>(row, weights, stride),
                _ => {}
            }
        }
    }

    /// Adds to the gradient what some rows with these residuals, `[row, output]`, add.
    pub(super) fn add_gradient_of(
        &self,
        rows: std::ops::Range<usize>,
        (residuals, outputs): (&[f64], usize),
        gradient: &mut [f64],
    ) {
        let (dense, coded) = gradient.split_at_mut(outputs * self.stride);
        let stride = self.stride;
        vectorised(
            #[inline(always)]
            || {
                let read = &self.dense[rows.start * stride..rows.end * stride];
                for first in (0..outputs).step_by(OUTPUTS) {
                    let to = &mut dense[first * stride..];
                    let of = (residuals, outputs, first);
                    match outputs - first {
                        1 => add_outer::<1>(read, stride, of, to),
                        2 => add_outer::<2>(read, stride, of, to),
                        3 => add_outer::<3>(read, stride, of, to),
                        _ => add_outer::<4>(read, stride, of, to),
                    }
                }
                for (row, residuals) in rows.clone().zip(residuals.chunks_exact(outputs)) {
                    for &code in self.codes(row) {
                        let code = code as usize * outputs;
                        for (to, residual) in coded[code..code + outputs].iter_mut().zip(residuals)
                        {
                            *to += residual;
                        }
                    }
                }
            },
        );
    }
}

/// The products of a row with the first `N` rows of `weights`.
#[inline(always)]
fn dots<const N: usize>(row: &[f32], weights: &[f64], stride: usize) -> [f64; N] {
    let mut sums = [[0.0; LANES]; N];
    let (chunks, _) = row.as_chunks::<LANES>();
    for (at, row) in chunks.iter().enumerate() {
        for (output, sums) in sums.iter_mut().enumerate() {
            let from = output * stride + at * LANES;
            let (weights, _) = weights[from..from + LANES].as_chunks::<LANES>();
            for lane in 0..LANES {
                sums[lane] += f64::from(row[lane]) * weights[0][lane];
            }
        }
    }
    sums.map(|lanes| lanes.iter().sum())
}

/// Adds residual · row of every row to the first `N` rows of `to`.
#[inline(always)]
fn add_outer<const N: usize>(
    rows: &[f32],
    stride: usize,
    (residuals, outputs, first): (&[f64], usize, usize),
    to: &mut [f64],
) {
    for at in (0..stride).step_by(LANES) {
        let mut sums = [[0.0; LANES]; N];
        for (row, residuals) in rows.chunks_exact(stride).zip(residuals.chunks_exact(outputs)) {
            let (row, _) = row[at..at + LANES].as_chunks::<LANES>();
            for (sums, residual) in sums.iter_mut().zip(&residuals[first..first + N]) {
                for lane in 0..LANES {
                    sums[lane] += residual * f64::from(row[0][lane]);
                }
            }
        }
        for (output, sums) in sums.iter().enumerate() {
            let to = &mut to[output * stride + at..output * stride + at + LANES];
            for (to, sum) in to.iter_mut().zip(sums) {
                *to += sum;
            }
        }
    }
}
