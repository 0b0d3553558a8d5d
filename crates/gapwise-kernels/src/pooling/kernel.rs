//! Pooling and its gradient, on plain numbers: `[batch, height, width, channels]`.

use std::ops::Range;

use rayon::prelude::*;

use crate::instructions::vectorised;

/// Numbers of the images that make a parallel section worth its start.
const WORTH: usize = 1 << 15;

/// Which windows are pooled. Sides are `[height, width]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Windows {
    pub(super) batch: usize,
    pub(super) channels: usize,
    /// Of an image.
    pub(super) sides: [usize; 2],
    /// Of a window; at most 256 pixels.
    pub(super) window: [usize; 2],
    pub(super) stride: [usize; 2],
    /// Pixels in front of the first row and the first column that are not of the image.
    pub(super) padding: [usize; 2],
    /// Windows along each side.
    pub(super) out: [usize; 2],
}

/// What is made of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Its largest value; NaN where it has one. Padding is smaller than any value.
    Max,
    /// Its mean, padding counted as zeros.
    Average,
    /// The mean of what is not padding.
    AverageInside,
}

impl Windows {
    fn image(&self) -> usize {
        self.sides[0] * self.sides[1] * self.channels
    }

    fn pooled(&self) -> usize {
        self.out[0] * self.out[1] * self.channels
    }

    /// The pixels of window `at` along an axis.
    fn pixels(&self, axis: usize, at: usize) -> Range<usize> {
        let start = at * self.stride[axis];
        let end = (start + self.window[axis]).saturating_sub(self.padding[axis]);
        start.saturating_sub(self.padding[axis])..end.min(self.sides[axis])
    }

    /// Each pixel of a window: its number in the window, and where its channels start in the image.
    fn each(&self, rows: &Range<usize>, columns: &Range<usize>) -> impl Iterator<Item = usize> {
        let (channels, width, columns) = (self.channels, self.sides[1], columns.clone());
        let row = move |row| columns.clone().map(move |column| (row * width + column) * channels);
        rows.clone().flat_map(row)
    }

    /// One part in how many each pixel of a window is of its mean.
    fn share(&self, kind: Kind, rows: &Range<usize>, columns: &Range<usize>) -> f32 {
        let pixels = match kind {
            Kind::AverageInside => rows.len() * columns.len(),
            _ => self.window[0] * self.window[1],
        };
        1.0 / pixels.max(1) as f32
    }

    fn small(&self) -> bool {
        self.batch * self.image() < WORTH
    }
}

/// What the pooling of a batch gives.
pub(super) struct Pooled {
    /// `[batch, height, width, channels]`.
    pub(super) values: Vec<f32>,
    /// Of each largest value the number of its pixel in the window; empty for means.
    pub(super) from: Vec<u8>,
}

/// One value per window and channel of `images`.
pub(super) fn forward(w: &Windows, kind: Kind, images: &[f32]) -> Pooled {
    let size = w.batch * w.pooled();
    let mut values = vec![0.0; size];
    let mut from = vec![0; if kind == Kind::Max { size } else { 0 }];
    let row = w.out[1] * w.channels;
    if size == 0 {
        return Pooled { values, from };
    }
    let line = |(at, values, from): (usize, &mut [f32], &mut [u8])| {
        let (image, row) = (at / w.out[0], at % w.out[0]);
        let image = &images[image * w.image()..][..w.image()];
        vectorised(
            #[inline(always)]
            || match kind {
                Kind::Max => largest(w, row, image, (values, from)),
                _ => means(w, kind, (row, image), values),
            },
        );
    };
    let none = || -> &mut [u8] { &mut [] };
    match (w.small(), kind) {
        (true, Kind::Max) => {
            let lines = values.chunks_exact_mut(row).zip(from.chunks_exact_mut(row));
            lines.enumerate().for_each(|(at, (values, from))| line((at, values, from)));
        }
        (true, _) => {
            let lines = values.chunks_exact_mut(row).enumerate();
            lines.for_each(|(at, values)| line((at, values, none())));
        }
        (false, Kind::Max) => {
            let lines = values.par_chunks_exact_mut(row).zip(from.par_chunks_exact_mut(row));
            lines.enumerate().for_each(|(at, (values, from))| line((at, values, from)));
        }
        (false, _) => {
            let lines = values.par_chunks_exact_mut(row).enumerate();
            lines.for_each(|(at, values)| line((at, values, none())));
        }
    }
    Pooled { values, from }
}

/// Row `row` of windows.
#[inline(always)]
fn largest(w: &Windows, row: usize, image: &[f32], (values, from): (&mut [f32], &mut [u8])) {
    let rows = w.pixels(0, row);
    let windows = values.chunks_exact_mut(w.channels).zip(from.chunks_exact_mut(w.channels));
    for (at, (values, from)) in windows.enumerate() {
        let columns = w.pixels(1, at);
        values.fill(f32::NEG_INFINITY);
        for (number, start) in w.each(&rows, &columns).enumerate() {
            let pixel = &image[start..start + w.channels];
            for ((largest, from), x) in values.iter_mut().zip(from.iter_mut()).zip(pixel) {
                let better = *x > *largest || x.is_nan() || number == 0;
                *largest = if better { *x } else { *largest };
                *from = if better { number as u8 } else { *from };
            }
        }
    }
}

/// Row `row` of windows.
#[inline(always)]
fn means(w: &Windows, kind: Kind, (row, image): (usize, &[f32]), values: &mut [f32]) {
    let rows = w.pixels(0, row);
    for (at, values) in values.chunks_exact_mut(w.channels).enumerate() {
        let columns = w.pixels(1, at);
        for start in w.each(&rows, &columns) {
            let pixel = &image[start..start + w.channels];
            values.iter_mut().zip(pixel).for_each(|(sum, x)| *sum += *x);
        }
        let share = w.share(kind, &rows, &columns);
        values.iter_mut().for_each(|sum| *sum *= share);
    }
}

/// The gradient of the images, from that of the pooled values; `from` as [`forward`] gave it.
pub(super) fn backward(w: &Windows, kind: Kind, from: &[u8], gradient: &[f32]) -> Vec<f32> {
    let mut images = vec![0.0; w.batch * w.image()];
    if images.is_empty() || gradient.is_empty() {
        return images;
    }
    let spread = |(at, image): (usize, &mut [f32])| {
        let gradient = &gradient[at * w.pooled()..][..w.pooled()];
        vectorised(
            #[inline(always)]
            || match kind {
                Kind::Max => to_largest(w, &from[at * w.pooled()..][..w.pooled()], gradient, image),
                _ => to_all(w, kind, gradient, image),
            },
        );
    };
    match w.small() {
        true => images.chunks_exact_mut(w.image()).enumerate().for_each(spread),
        false => images.par_chunks_exact_mut(w.image()).enumerate().for_each(spread),
    }
    images
}

#[inline(always)]
fn to_largest(w: &Windows, from: &[u8], gradient: &[f32], image: &mut [f32]) {
    let mut windows = gradient.chunks_exact(w.channels).zip(from.chunks_exact(w.channels));
    for row in 0..w.out[0] {
        let rows = w.pixels(0, row);
        for (column, (gradient, from)) in windows.by_ref().take(w.out[1]).enumerate() {
            for (number, start) in w.each(&rows, &w.pixels(1, column)).enumerate() {
                let pixel = &mut image[start..start + w.channels];
                for ((to, g), from) in pixel.iter_mut().zip(gradient).zip(from) {
                    *to += if usize::from(*from) == number { *g } else { 0.0 };
                }
            }
        }
    }
}

#[inline(always)]
fn to_all(w: &Windows, kind: Kind, gradient: &[f32], image: &mut [f32]) {
    let mut windows = gradient.chunks_exact(w.channels);
    for row in 0..w.out[0] {
        let rows = w.pixels(0, row);
        for (column, gradient) in windows.by_ref().take(w.out[1]).enumerate() {
            let columns = w.pixels(1, column);
            let share = w.share(kind, &rows, &columns);
            for start in w.each(&rows, &columns) {
                let pixel = &mut image[start..start + w.channels];
                pixel.iter_mut().zip(gradient).for_each(|(to, g)| *to += *g * share);
            }
        }
    }
}
