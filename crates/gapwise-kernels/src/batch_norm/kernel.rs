//! Batch normalisation and its gradients, on plain numbers.

use rayon::prelude::*;

use crate::lanes::{sum, sum_of};

/// The sizes of the images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Planes {
    pub(super) batch: usize,
    pub(super) channels: usize,
    /// Pixels of one channel.
    pub(super) pixels: usize,
}

/// Mean and variance of each channel.
#[derive(Debug, Clone)]
pub(super) struct Statistics {
    pub(super) mean: Vec<f32>,
    pub(super) variance: Vec<f32>,
}

/// Gradients of one normalisation.
pub(super) struct Gradients {
    pub(super) images: Vec<f32>,
    pub(super) gamma: Vec<f32>,
    pub(super) beta: Vec<f32>,
}

impl Planes {
    /// The planes of one channel, image by image.
    fn of<'a>(&self, channel: usize, values: &'a [f32]) -> impl Iterator<Item = &'a [f32]> {
        let planes = values.chunks_exact(self.pixels).skip(channel);
        planes.step_by(self.channels)
    }

    /// What `terms` gives for each channel, in their order.
    fn by_channel<T: Send>(&self, terms: impl Fn(usize) -> T + Send + Sync) -> Vec<T> {
        (0..self.channels).into_par_iter().map(terms).collect()
    }

    /// Values of one channel.
    fn count(&self) -> f64 {
        (self.batch * self.pixels) as f64
    }
}

/// Mean and population variance of each channel, over images and pixels.
pub(super) fn statistics(planes: &Planes, images: &[f32]) -> Statistics {
    let found = planes.by_channel(|channel| {
        let total: f64 = planes.of(channel, images).map(|plane| f64::from(sum(plane))).sum();
        let mean = (total / planes.count()) as f32;
        let square = |value: f32, _: f32| (value - mean) * (value - mean);
        let squares = planes.of(channel, images).map(|plane| sum_of([plane, plane], square));
        (mean, (squares.map(f64::from).sum::<f64>() / planes.count()) as f32)
    });
    let (mean, variance) = found.into_iter().unzip();
    Statistics { mean, variance }
}

/// 1 / √(variance + ε) of each channel.
fn inverse(statistics: &Statistics, epsilon: f32) -> Vec<f32> {
    statistics.variance.iter().map(|variance| (variance + epsilon).sqrt().recip()).collect()
}

/// γ · (x − mean) / √(variance + ε) + β.
pub(super) fn forward(
    planes: &Planes,
    images: &[f32],
    (statistics, epsilon): (&Statistics, f32),
    [gamma, beta]: [&[f32]; 2],
) -> Vec<f32> {
    let inverse = inverse(statistics, epsilon);
    let mut answers = vec![0.0; images.len()];
    let each =
        answers.par_chunks_exact_mut(planes.pixels).zip(images.par_chunks_exact(planes.pixels));
    each.enumerate().for_each(|(plane, (answers, image))| {
        let channel = plane % planes.channels;
        let (mean, scale, shift) =
            (statistics.mean[channel], gamma[channel] * inverse[channel], beta[channel]);
        let each = answers.iter_mut().zip(image);
        each.for_each(|(answer, value)| *answer = (value - mean) * scale + shift);
    });
    answers
}

/// The gradients, from `gradient`, that of the answers. With n values of a channel and
/// x̂ = (x − mean) / √(variance + ε): of β Σg, of γ Σg·x̂, and of x
/// γ / √(variance + ε) · (g − (Σg + x̂ · Σg·x̂) / n).
pub(super) fn backward(
    planes: &Planes,
    [images, gradient]: [&[f32]; 2],
    (statistics, epsilon): (&Statistics, f32),
    gamma: &[f32],
) -> Gradients {
    let inverse = inverse(statistics, epsilon);
    let sums = planes.by_channel(|channel| {
        let (mean, inverse) = (statistics.mean[channel], inverse[channel]);
        let (mut of_beta, mut of_gamma) = (0.0, 0.0);
        for (image, gradient) in planes.of(channel, images).zip(planes.of(channel, gradient)) {
            of_beta += f64::from(sum(gradient));
            of_gamma += f64::from(sum_of([image, gradient], |x, g| g * (x - mean)));
        }
        (of_beta as f32, of_gamma as f32 * inverse)
    });
    let count = planes.count() as f32;
    let mut found = vec![0.0; images.len()];
    let each = found.par_chunks_exact_mut(planes.pixels);
    let each = each.zip(images.par_chunks_exact(planes.pixels));
    let each = each.zip(gradient.par_chunks_exact(planes.pixels));
    each.enumerate().for_each(|(plane, ((found, image), gradient))| {
        let channel = plane % planes.channels;
        let (of_beta, of_gamma) = sums[channel];
        let (mean, scale) = (statistics.mean[channel], gamma[channel] * inverse[channel]);
        let (level, slope) = (of_beta / count, of_gamma / count * inverse[channel]);
        for (found, (x, g)) in found.iter_mut().zip(image.iter().zip(gradient)) {
            *found = scale * (g - (level + (x - mean) * slope));
        }
    });
    let (beta, gamma) = sums.into_iter().unzip();
    Gradients { images: found, gamma, beta }
}
