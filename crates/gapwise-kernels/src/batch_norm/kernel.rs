//! Batch normalisation and its gradient, on plain numbers: `[rows, channels]`, where a row is a
//! pixel of an image.

use rayon::prelude::*;

use crate::{activation::Activation, instructions::vectorised};

/// Numbers that one piece of work takes, whatever the number of threads: what stays in the first
/// caches while it is read twice.
const PIECE: usize = 1 << 14;

/// The mean and the population variance of each channel.
#[derive(Debug, Clone)]
pub(super) struct Statistics {
    pub(super) mean: Vec<f32>,
    pub(super) variance: Vec<f32>,
}

/// Rows of one piece: few enough that sums in single precision stay exact to some 1e-6.
const ROWS: std::ops::RangeInclusive<usize> = 64..=512;

/// The numbers of one piece.
fn piece(channels: usize) -> usize {
    (PIECE / channels).clamp(*ROWS.start(), *ROWS.end()) * channels
}

/// Calls `work` with every piece and its place among them, and gives what it makes of them, in
/// order.
fn of_pieces<T: Send>(
    values: &[f32],
    channels: usize,
    work: impl Fn(usize, &[f32]) -> T + Sync,
) -> Vec<T> {
    let pieces = values.par_chunks(piece(channels));
    match pieces.len() {
        0 | 1 => vec![work(0, values)],
        _ => pieces.enumerate().map(|(at, piece)| work(at, piece)).collect(),
    }
}

/// Of `values`, `[rows, channels]`, at least one row: of each piece by itself first, about its own
/// mean, so that no digits are lost where the mean is far from zero.
pub(super) fn statistics(values: &[f32], channels: usize) -> Statistics {
    let pieces = of_pieces(values, channels, |_, piece| {
        let (mut mean, mut squares) = (vec![0.0_f32; channels], vec![0.0_f32; channels]);
        vectorised(
            #[inline(always)]
            || {
                let first = &piece[..channels];
                for row in piece.chunks_exact(channels) {
                    let each = mean.iter_mut().zip(row).zip(first);
                    each.for_each(|((sum, x), first)| *sum += *x - *first);
                }
                let rows = (piece.len() / channels) as f32;
                mean.iter_mut().zip(first).for_each(|(sum, first)| *sum = *first + *sum / rows);
                for row in piece.chunks_exact(channels) {
                    for ((sum, x), mean) in squares.iter_mut().zip(row).zip(&mean) {
                        let away = *x - *mean;
                        *sum += away * away;
                    }
                }
            },
        );
        (piece.len() / channels, mean, squares)
    });
    let rows = (values.len() / channels) as f64;
    // Chan, Golub & LeVeque 1983: of two parts with n and m rows, means a and b, the squares about
    // the common mean are those about their own plus (b − a)² · n · m / (n + m).
    let mut pieces = pieces.into_iter();
    let (mut n, mean, squares) = pieces.next().unwrap_or_default();
    let mut mean: Vec<f64> = mean.into_iter().map(f64::from).collect();
    let mut squares: Vec<f64> = squares.into_iter().map(f64::from).collect();
    for (m, means, sums) in pieces {
        let (share, weight) = (m as f64 / (n + m) as f64, (n * m) as f64 / (n + m) as f64);
        for (at, (piece, sum)) in means.into_iter().zip(sums).enumerate() {
            let away = f64::from(piece) - mean[at];
            mean[at] += away * share;
            squares[at] += f64::from(sum) + away * away * weight;
        }
        n += m;
    }
    Statistics {
        mean: mean.into_iter().map(|mean| mean as f32).collect(),
        variance: squares.into_iter().map(|sum| (sum / rows) as f32).collect(),
    }
}

/// activation((x − mean) · scale + shift + residual) for `values`, `[rows, channels]`.
pub(super) fn forward(
    values: &[f32],
    [mean, scale, shift]: [&[f32]; 3],
    residual: Option<&[f32]>,
    activation: Activation,
) -> Vec<f32> {
    let channels = scale.len();
    let size = piece(channels);
    let mut out = vec![0.0; values.len()];
    let work = |(at, out): (usize, &mut [f32])| {
        let start = at * size;
        let values = &values[start..start + out.len()];
        vectorised(
            #[inline(always)]
            || {
                let rows = out.chunks_exact_mut(channels).zip(values.chunks_exact(channels));
                for (out, row) in rows {
                    let line = mean.iter().zip(scale.iter().zip(shift));
                    for ((out, x), (mean, (scale, shift))) in out.iter_mut().zip(row).zip(line) {
                        *out = (*x - *mean) * *scale + *shift;
                    }
                }
                if let Some(residual) = residual {
                    let residual = &residual[start..start + out.len()];
                    out.iter_mut().zip(residual).for_each(|(out, more)| *out += *more);
                }
            },
        );
        activation.apply(out);
    };
    match out.len() <= size {
        true => work((0, &mut out)),
        false => out.par_chunks_mut(size).enumerate().for_each(work),
    }
    out
}

/// What the gradient is made of.
pub(super) struct Backward<'a> {
    /// What was normalised, `[rows, channels]`.
    pub(super) values: &'a [f32],
    pub(super) statistics: &'a Statistics,
    pub(super) gamma: &'a [f32],
    pub(super) epsilon: f32,
}

/// Gradients of what was normalised, `[rows, channels]`, and of γ and β.
pub(super) struct Gradients {
    pub(super) values: Vec<f32>,
    pub(super) gamma: Vec<f32>,
    pub(super) beta: Vec<f32>,
}

impl Backward<'_> {
    /// From `gradient`, `[rows, channels]`, that of what stands in front of residual and activation.
    pub(super) fn run(&self, gradient: &[f32]) -> Gradients {
        let channels = self.gamma.len();
        let mean = &self.statistics.mean;
        let sums = of_pieces(gradient, channels, |at, gradient| {
            let values = &self.values[at * piece(channels)..][..gradient.len()];
            let (mut beta, mut gamma) = (vec![0.0_f32; channels], vec![0.0_f32; channels]);
            vectorised(
                #[inline(always)]
                || {
                    let rows = gradient.chunks_exact(channels).zip(values.chunks_exact(channels));
                    for (gradient, row) in rows {
                        let sums = beta.iter_mut().zip(&mut gamma);
                        let each = sums.zip(gradient).zip(row.iter().zip(mean));
                        for (((beta, gamma), g), (x, mean)) in each {
                            *beta += *g;
                            *gamma += *g * (*x - *mean);
                        }
                    }
                },
            );
            [beta, gamma]
        });
        let mut total = [(); 2].map(|()| vec![0.0_f64; channels]);
        for piece in sums {
            for (total, piece) in total.iter_mut().zip(piece) {
                total.iter_mut().zip(piece).for_each(|(total, sum)| *total += f64::from(sum));
            }
        }
        let [beta, gamma] = total;
        let rows = (gradient.len() / channels) as f64;
        let inverse =
            |variance: &f32| 1.0 / (f64::from(*variance) + f64::from(self.epsilon)).sqrt();
        let inverse: Vec<f64> = self.statistics.variance.iter().map(inverse).collect();
        // γ / σ · (g − mean of g − (x − mean) / σ² · mean of g · (x − mean)) as a · g + b · x + c.
        let mut factors = [(); 3].map(|()| vec![0.0_f32; channels]);
        for at in 0..channels {
            let a = f64::from(self.gamma[at]) * inverse[at];
            let b = -a * inverse[at] * inverse[at] * gamma[at] / rows;
            factors[0][at] = a as f32;
            factors[1][at] = b as f32;
            factors[2][at] = (-a * beta[at] / rows) as f32;
        }
        let values = self.of_values(gradient, &factors);
        let gamma = gamma.iter().zip(&inverse).map(|(sum, inverse)| (sum * inverse) as f32);
        Gradients {
            values,
            gamma: gamma.collect(),
            beta: beta.into_iter().map(|sum| sum as f32).collect(),
        }
    }

    /// a · g + b · (x − mean) + c for each channel's a, b and c.
    fn of_values(&self, gradient: &[f32], [a, b, c]: &[Vec<f32>; 3]) -> Vec<f32> {
        let channels = a.len();
        let size = piece(channels);
        let mut out = vec![0.0; gradient.len()];
        let work = |(at, out): (usize, &mut [f32])| {
            let start = at * size;
            let gradient = &gradient[start..start + out.len()];
            let values = &self.values[start..start + out.len()];
            vectorised(
                #[inline(always)]
                || {
                    let rows = out.chunks_exact_mut(channels).zip(gradient.chunks_exact(channels));
                    for ((out, gradient), row) in rows.zip(values.chunks_exact(channels)) {
                        let factors = a.iter().zip(b).zip(c.iter().zip(&self.statistics.mean));
                        let each = out.iter_mut().zip(gradient).zip(row).zip(factors);
                        for (((out, g), x), ((a, b), (c, mean))) in each {
                            *out = *a * *g + *b * (*x - *mean) + *c;
                        }
                    }
                },
            );
        };
        match out.len() <= size {
            true => work((0, &mut out)),
            false => out.par_chunks_mut(size).enumerate().for_each(work),
        }
        out
    }
}
