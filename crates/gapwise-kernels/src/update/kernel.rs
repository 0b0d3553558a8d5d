//! Steps of optimisers, on plain numbers.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::{Epsilon, Gradient, Rule, Update};
use crate::instructions::with_best;

/// Values that are taken from memory together; a prepared gradient of so many stays in the first
/// cache.
const BLOCK: usize = 1024;
/// Values that are worth another thread. A fork costs as much as some ten thousand of them.
const SHARE: usize = 1 << 16;
/// Sums side by side.
const LANES: usize = 16;

/// A parameter, or a part of one.
pub(super) struct Parts<'a> {
    pub(super) weight: &'a mut [f32],
    pub(super) gradient: &'a [f32],
    /// Those that the rule remembers, and empty ones behind them.
    pub(super) moments: [&'a mut [f32]; 2],
}

impl Parts<'_> {
    /// The first `count` values, and the rest.
    fn split(self, count: usize) -> [Self; 2] {
        let (weight, weights) = self.weight.split_at_mut(count);
        let (gradient, gradients) = self.gradient.split_at(count);
        let [first, second] = self.moments.map(|moment| {
            let count = count.min(moment.len());
            moment.split_at_mut(count)
        });
        [
            Parts { weight, gradient, moments: [first.0, second.0] },
            Parts { weight: weights, gradient: gradients, moments: [first.1, second.1] },
        ]
    }
}

/// One step of all values.
///
/// # Panics
///
/// Where the slices differ in length.
pub(super) fn step(update: &Update, parts: Parts<'_>) {
    let size = parts.weight.len();
    assert_eq!(parts.gradient.len(), size, "one gradient for each weight");
    let remembers = parts.moments.iter().take(update.rule.remembers());
    assert!(remembers.into_iter().all(|moment| moment.len() == size), "moments for each weight");
    shared(update, parts);
}

/// Each value's step is its own, so that it does not matter how they are split.
fn shared(update: &Update, parts: Parts<'_>) {
    let size = parts.weight.len();
    if size < 2 * SHARE {
        return with_best(Step { update, parts });
    }
    let [first, second] = parts.split((size / 2).next_multiple_of(BLOCK));
    rayon::join(|| shared(update, first), || shared(update, second));
}

/// Σ g² of the prepared gradient, in parts that are added in their order.
pub(super) fn squares(gradient: &Gradient, weights: &[f32], gradients: &[f32]) -> f64 {
    assert_eq!(gradients.len(), weights.len(), "one gradient for each weight");
    let sum = |(weights, gradients)| with_best(Squares { gradient, weights, gradients });
    if weights.len() < 2 * SHARE {
        return weights.chunks(SHARE).zip(gradients.chunks(SHARE)).map(sum).sum();
    }
    let sums: Vec<f64> =
        weights.par_chunks(SHARE).zip(gradients.par_chunks(SHARE)).map(sum).collect();
    sums.iter().sum()
}

/// v ← β v + (1 − β) θ.
pub(super) fn average(average: &mut [f32], weight: &[f32], beta: f64) {
    assert_eq!(average.len(), weight.len(), "one average for each weight");
    if average.len() < 2 * SHARE {
        return with_best(Average { average, weight, beta });
    }
    let each = average.par_chunks_mut(SHARE).zip(weight.par_chunks(SHARE));
    each.for_each(|(average, weight)| with_best(Average { average, weight, beta }));
}

impl Gradient {
    fn is_as_given(&self) -> bool {
        *self == Gradient::default()
    }

    /// The prepared gradient of at most a block, in `into` or as it is given.
    #[inline(always)]
    fn of_block<'a>(
        &self,
        weights: &[f32],
        gradients: &'a [f32],
        into: &'a mut [f32; BLOCK],
    ) -> &'a [f32] {
        if self.is_as_given() {
            return gradients;
        }
        let into = &mut into[..gradients.len()];
        into.copy_from_slice(gradients);
        if self.l2 > 0.0 {
            let twice = (2.0 * self.l2) as f32;
            into.iter_mut().zip(weights).for_each(|(g, w)| *g += w * twice);
        }
        if self.l1 > 0.0 {
            let l1 = self.l1 as f32;
            into.iter_mut().zip(weights).for_each(|(g, w)| *g += sign(*w) * l1);
        }
        if let Some(most) = self.clip {
            let most = most as f32;
            into.iter_mut().for_each(|g| *g = clipped(*g, most));
        }
        if self.scale != 1.0 {
            let scale = self.scale as f32;
            into.iter_mut().for_each(|g| *g *= scale);
        }
        into
    }
}

/// −1, 0 or 1; a NaN stays one.
#[inline(always)]
fn sign(x: f32) -> f32 {
    if x > 0.0 {
        1.0
    } else if x < 0.0 {
        -1.0
    } else if x == 0.0 {
        0.0
    } else {
        x
    }
}

/// In [−most, most]; a NaN stays one.
#[inline(always)]
fn clipped(x: f32, most: f32) -> f32 {
    if x > most {
        most
    } else if x < -most {
        -most
    } else {
        x
    }
}

struct Step<'a> {
    update: &'a Update,
    parts: Parts<'a>,
}

impl WithSimd for Step<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Update { gradient, rule, kept } = *self.update;
        let kept = kept as f32;
        let mut prepared = [0.0; BLOCK];
        let mut rest = self.parts;
        while !rest.weight.is_empty() {
            let size = BLOCK.min(rest.weight.len());
            let [block, behind] = rest.split(size);
            rest = behind;
            let Parts { weight, gradient: given, moments: [first, second] } = block;
            let gradient = gradient.of_block(weight, given, &mut prepared);
            match rule {
                Rule::Descent { rate } => descent(weight, gradient, [rate as f32, kept]),
                Rule::Momentum { rate, decay } => {
                    momentum((weight, first), gradient, [rate as f32, kept], decay as f32);
                }
                Rule::RmsProp { rate, decay, epsilon } => {
                    let by = ([rate as f32, kept], [decay as f32, (1.0 - decay) as f32]);
                    match epsilon {
                        Epsilon::Inside(epsilon) => {
                            let epsilon = epsilon as f32;
                            rmsprop((weight, first), gradient, by, |x| (x + epsilon).sqrt());
                        }
                        Epsilon::Outside(epsilon) => {
                            let epsilon = epsilon as f32;
                            rmsprop((weight, first), gradient, by, |x| x.sqrt() + epsilon);
                        }
                    }
                }
                Rule::Adam { rate, decays, epsilon } => {
                    let decays = decays.map(|decay| [decay as f32, (1.0 - decay) as f32]);
                    let by = ([rate as f32, kept], decays);
                    match epsilon {
                        Epsilon::Inside(epsilon) => {
                            let epsilon = epsilon as f32;
                            adam((weight, [first, second]), gradient, by, |x| (x + epsilon).sqrt());
                        }
                        Epsilon::Outside(epsilon) => {
                            let epsilon = epsilon as f32;
                            adam((weight, [first, second]), gradient, by, |x| x.sqrt() + epsilon);
                        }
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn descent(weight: &mut [f32], gradient: &[f32], [rate, kept]: [f32; 2]) {
    weight.iter_mut().zip(gradient).for_each(|(w, g)| *w = *w * kept - g * rate);
}

#[inline(always)]
fn momentum(
    (weight, velocity): (&mut [f32], &mut [f32]),
    gradient: &[f32],
    [rate, kept]: [f32; 2],
    decay: f32,
) {
    let each = weight.iter_mut().zip(velocity).zip(gradient);
    each.for_each(|((w, v), g)| {
        *v = *v * decay + g * rate;
        *w = *w * kept - *v;
    });
}

#[inline(always)]
fn rmsprop(
    (weight, mean_square): (&mut [f32], &mut [f32]),
    gradient: &[f32],
    ([rate, kept], [decay, new]): ([f32; 2], [f32; 2]),
    root: impl Fn(f32) -> f32,
) {
    let each = weight.iter_mut().zip(mean_square).zip(gradient);
    each.for_each(|((w, e), g)| {
        *e = *e * decay + g * g * new;
        *w = *w * kept - g / root(*e) * rate;
    });
}

#[inline(always)]
fn adam(
    (weight, [mean, mean_square]): (&mut [f32], [&mut [f32]; 2]),
    gradient: &[f32],
    ([rate, kept], [first, second]): ([f32; 2], [[f32; 2]; 2]),
    root: impl Fn(f32) -> f32,
) {
    let each = weight.iter_mut().zip(mean).zip(mean_square).zip(gradient);
    each.for_each(|(((w, m), u), g)| {
        *m = *m * first[0] + g * first[1];
        *u = *u * second[0] + g * g * second[1];
        *w = *w * kept - *m / root(*u) * rate;
    });
}

struct Squares<'a> {
    gradient: &'a Gradient,
    weights: &'a [f32],
    gradients: &'a [f32],
}

impl WithSimd for Squares<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> f64 {
        let mut prepared = [0.0; BLOCK];
        let mut lanes = [0.0_f64; LANES];
        let mut rest = 0.0;
        for (weights, given) in self.weights.chunks(BLOCK).zip(self.gradients.chunks(BLOCK)) {
            let gradient = self.gradient.of_block(weights, given, &mut prepared);
            let (wholes, behind) = gradient.as_chunks::<LANES>();
            for whole in wholes {
                for (lane, g) in lanes.iter_mut().zip(whole) {
                    *lane += f64::from(*g) * f64::from(*g);
                }
            }
            rest += behind.iter().map(|&g| f64::from(g) * f64::from(g)).sum::<f64>();
        }
        lanes.iter().sum::<f64>() + rest
    }
}

struct Average<'a> {
    average: &'a mut [f32],
    weight: &'a [f32],
    beta: f64,
}

impl WithSimd for Average<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let (decay, new) = (self.beta as f32, (1.0 - self.beta) as f32);
        let each = self.average.iter_mut().zip(self.weight);
        each.for_each(|(v, w)| *v = *v * decay + w * new);
    }
}
