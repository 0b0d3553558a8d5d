//! Losses and their slopes on plain numbers.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::{functions::Vector, instructions::with_best};

/// Numbers that one thread takes together; fewer are not worth another thread.
const PART: usize = 1 << 15;
/// Numbers that are compared and added side by side.
const LANES: usize = 16;

/// A loss, and its slope along each answer.
pub(super) struct Found {
    pub(super) loss: f32,
    pub(super) slopes: Vec<f32>,
}

/// What each loss counts.
#[derive(Clone, Copy)]
pub(super) enum Share<'a> {
    /// All so much.
    Alike(f32),
    /// Each its own.
    Weights(&'a [f32]),
}

impl<'a> Share<'a> {
    /// That of the `count` losses from `first` on.
    fn of(self, first: usize, count: usize) -> Self {
        match self {
            Share::Alike(share) => Share::Alike(share),
            Share::Weights(weights) => Share::Weights(&weights[first..first + count]),
        }
    }

    #[inline(always)]
    fn at(self, place: usize) -> f32 {
        match self {
            Share::Alike(share) => share,
            Share::Weights(weights) => weights[place],
        }
    }
}

/// Σ share · −ln softmax(row)ₜ over the rows of `logits`, `[rows, width]`, with their classes t.
///
/// # Panics
///
/// Where a class is not below `width`, or the sizes do not suit each other.
pub(super) fn softmax_cross_entropy(
    logits: &[f32],
    (classes, width): (&[usize], usize),
    share: Share<'_>,
) -> Found {
    assert_eq!(logits.len(), classes.len() * width, "a row of logits for each class");
    let highest = classes.iter().copied().max();
    assert!(highest.is_none_or(|class| class < width), "class {highest:?} of {width}");
    in_parts((logits.len(), width), |first, slopes| {
        let rows = first / width..(first + slopes.len()) / width;
        let logits = &logits[first..first + slopes.len()];
        let share = share.of(rows.start, rows.len());
        with_best(Softmax { logits, classes: &classes[rows], width, share, slopes })
    })
}

/// Σ share · (ln(1 + eᶻ) − t z).
pub(super) fn sigmoid_cross_entropy(logits: &[f32], targets: &[f32], share: Share<'_>) -> Found {
    in_parts((logits.len(), 1), |first, slopes| {
        let part = first..first + slopes.len();
        let share = share.of(first, part.len());
        let (logits, targets) = (&logits[part.clone()], &targets[part]);
        with_best(Sigmoid { logits, targets, share, slopes })
    })
}

/// Σ share · (y − t)².
pub(super) fn squared_error(answers: &[f32], targets: &[f32], share: Share<'_>) -> Found {
    in_parts((answers.len(), 1), |first, slopes| {
        let part = first..first + slopes.len();
        let share = share.of(first, part.len());
        let each = slopes.iter_mut().zip(answers[part.clone()].iter().zip(&targets[part]));
        let losses = each.enumerate().map(|(at, (slope, (y, t)))| {
            let (by, error) = (share.at(at), y - t);
            *slope = 2.0 * by * error;
            f64::from(by * error * error)
        });
        losses.sum()
    })
}

/// The loss whose terms `part` adds up for whole rows from a first number on, writing their slopes;
/// parts are of one size whatever the number of threads, and are added in their order.
fn in_parts(
    (size, width): (usize, usize),
    part: impl Fn(usize, &mut [f32]) -> f64 + Sync,
) -> Found {
    let mut slopes = vec![0.0; size];
    let step = (PART / width).max(1) * width;
    let loss: f64 = if size < 2 * step {
        slopes.chunks_mut(step).enumerate().map(|(at, slopes)| part(at * step, slopes)).sum()
    } else {
        let parts = slopes.par_chunks_mut(step).enumerate();
        let losses: Vec<f64> = parts.map(|(at, slopes)| part(at * step, slopes)).collect();
        losses.iter().sum()
    };
    Found { loss: loss as f32, slopes }
}

struct Softmax<'a> {
    logits: &'a [f32],
    classes: &'a [usize],
    width: usize,
    share: Share<'a>,
    slopes: &'a mut [f32],
}

impl WithSimd for Softmax<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let Softmax { logits, classes, width, share, slopes } = self;
        let rows = logits.chunks_exact(width).zip(slopes.chunks_exact_mut(width)).zip(classes);
        let mut loss = 0.0;
        for (row, ((logits, slopes), &class)) in rows.enumerate() {
            // A NaN is in no comparison, but spoils the sum, and with it the whole row.
            let largest = largest(logits);
            for at in (0..width).step_by(S::F32_LANES) {
                let above = Vector::load(simd, logits, at) - Vector::splat(simd, largest);
                above.exp().store(slopes, at);
            }
            let sum = sum(slopes);
            let by = share.at(row);
            let scale = by / sum;
            slopes.iter_mut().for_each(|slope| *slope *= scale);
            slopes[class] -= by;
            loss += f64::from(by * (sum.ln() - (logits[class] - largest)));
        }
        loss
    }
}

#[inline(always)]
fn largest(values: &[f32]) -> f32 {
    let (wholes, rest) = values.as_chunks::<LANES>();
    let mut lanes = [f32::NEG_INFINITY; LANES];
    for whole in wholes {
        for (lane, value) in lanes.iter_mut().zip(whole) {
            *lane = if *value > *lane { *value } else { *lane };
        }
    }
    let each = lanes.into_iter().chain(rest.iter().copied());
    each.fold(f32::NEG_INFINITY, |largest, value| if value > largest { value } else { largest })
}

#[inline(always)]
fn sum(values: &[f32]) -> f32 {
    let (wholes, rest) = values.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for whole in wholes {
        lanes.iter_mut().zip(whole).for_each(|(lane, value)| *lane += value);
    }
    lanes.iter().sum::<f32>() + rest.iter().sum::<f32>()
}

struct Sigmoid<'a> {
    logits: &'a [f32],
    targets: &'a [f32],
    share: Share<'a>,
    slopes: &'a mut [f32],
}

impl WithSimd for Sigmoid<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let Sigmoid { logits, targets, share, slopes } = self;
        let mut losses = [0.0; 64];
        let mut loss = 0.0;
        for at in (0..logits.len()).step_by(S::F32_LANES) {
            let count = S::F32_LANES.min(logits.len() - at);
            let (z, t) = (Vector::load(simd, logits, at), Vector::load(simd, targets, at));
            let by = match share {
                Share::Alike(share) => Vector::splat(simd, share),
                Share::Weights(weights) => Vector::load(simd, weights, at),
            };
            ((z.sigmoid() - t) * by).store(slopes, at);
            (softplus(z, t) * by).store(&mut losses[..count], 0);
            loss += losses[..count].iter().copied().map(f64::from).sum::<f64>();
        }
        loss
    }
}

/// ln(1 + eᶻ) − t z, as max(z, 0) − t z + ln(1 + u) with u = e^(−|z|), where nothing overflows.
#[inline(always)]
fn softplus<S: Simd>(z: Vector<S>, t: Vector<S>) -> Vector<S> {
    let u = z.where_positive(-z, z).exp();
    // ln(1 + u) = 2 artanh(s) = 2 (s + s³/3 + s⁵/5 + …) with s = u / (2 + u), at most ⅓.
    let s = u / (u + z.like(2.0));
    let square = s * s;
    let mut series = z.like(2.0 / 15.0);
    for odd in [13.0, 11.0, 9.0, 7.0, 5.0, 3.0, 1.0] {
        series = series.mul_add(square, z.like(2.0 / odd));
    }
    // −t z and max(z, 0) in one product: where t is 1, z − z is exactly 0.
    let rest = z.where_positive(z * (z.like(1.0) - t), -(t * z));
    series.mul_add(s, rest)
}
