//! Pooling and its gradient, on plain numbers: windows that lie side by side.

use rayon::prelude::*;

/// Numbers of the images that make a parallel section worth its start.
const WORTH: usize = 1 << 13;

/// Which windows are pooled. Sides are `[height, width]`; what is left over at the end of a side is
/// in no window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Windows {
    /// Batch and channels.
    pub(super) planes: [usize; 2],
    /// Of an image.
    pub(super) sides: [usize; 2],
    /// Of a window.
    pub(super) window: [usize; 2],
}

/// What is made of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Its largest value; NaN where it has one.
    Max,
    /// Its mean.
    Average,
}

impl Windows {
    /// Windows along each side.
    pub(super) fn out(&self) -> [usize; 2] {
        [self.sides[0] / self.window[0], self.sides[1] / self.window[1]]
    }

    fn plane(&self) -> usize {
        self.sides[0] * self.sides[1]
    }

    /// Planes that one thread takes at least.
    fn share(&self) -> usize {
        WORTH.div_ceil(self.plane())
    }
}

/// One value per window of `images`.
pub(super) fn forward(windows: &Windows, kind: Kind, images: &[f32]) -> Vec<f32> {
    let [down, across] = windows.out();
    let mut pooled = vec![0.0; windows.planes.iter().product::<usize>() * down * across];
    if pooled.is_empty() {
        return pooled;
    }
    let planes =
        pooled.par_chunks_exact_mut(down * across).zip(images.par_chunks_exact(windows.plane()));
    planes.with_min_len(windows.share()).for_each(|(pooled, image)| {
        // The common window is told to the compiler, which then unrolls it.
        match (kind, windows.window) {
            (Kind::Max, [2, 2]) => {
                max_plane(&Windows { window: [2, 2], ..*windows }, image, pooled)
            }
            (Kind::Max, _) => max_plane(windows, image, pooled),
            (Kind::Average, [2, 2]) => {
                average_plane(&Windows { window: [2, 2], ..*windows }, image, pooled);
            }
            (Kind::Average, _) => average_plane(windows, image, pooled),
        }
    });
    pooled
}

/// The gradient of `images`, from `gradient`, that of what was pooled.
pub(super) fn backward(windows: &Windows, kind: Kind, [images, gradient]: [&[f32]; 2]) -> Vec<f32> {
    let [down, across] = windows.out();
    let mut found = vec![0.0; images.len()];
    if gradient.is_empty() {
        return found;
    }
    let planes = found.par_chunks_exact_mut(windows.plane());
    let planes = planes.zip(images.par_chunks_exact(windows.plane()));
    let planes = planes.zip(gradient.par_chunks_exact(down * across));
    planes.with_min_len(windows.share()).for_each(|((found, image), gradient)| {
        match (kind, windows.window) {
            (Kind::Max, [2, 2]) => {
                max_plane_back(&Windows { window: [2, 2], ..*windows }, image, gradient, found);
            }
            (Kind::Max, _) => max_plane_back(windows, image, gradient, found),
            (Kind::Average, [2, 2]) => {
                average_plane_back(&Windows { window: [2, 2], ..*windows }, gradient, found);
            }
            (Kind::Average, _) => average_plane_back(windows, gradient, found),
        }
    });
    found
}

/// The largest value of each window of a band of `rows`, and the number of its place in the window,
/// row by row: the last NaN, else the first of the largest.
#[inline(always)]
fn largest(windows: &Windows, rows: &[f32], largest: &mut [f32], winners: &mut [u32]) {
    let ([_, width], whole) = (windows.window, windows.sides[1]);
    for (y, row) in rows.chunks_exact(whole).enumerate() {
        for x in 0..width {
            let number = (y * width + x) as u32;
            let best = largest.iter_mut().zip(&mut *winners);
            for ((largest, winner), window) in best.zip(row.chunks_exact(width)) {
                // By masks, so that there is no branch, which would be guessed wrongly half the time.
                let wins = (number == 0) | (window[x] > *largest) | window[x].is_nan();
                let mask = u32::from(wins).wrapping_neg();
                let either = |new: u32, old: u32| (new & mask) | (old & !mask);
                *largest = f32::from_bits(either(window[x].to_bits(), largest.to_bits()));
                *winner = either(number, *winner);
            }
        }
    }
}

#[inline(always)]
fn max_plane(windows: &Windows, image: &[f32], pooled: &mut [f32]) {
    let ([_, across], whole) = (windows.out(), windows.sides[1]);
    let [height, width] = windows.window;
    let bands = image.chunks_exact(height * whole);
    for (rows, pooled) in bands.zip(pooled.chunks_exact_mut(across)) {
        for (place, pooled) in pooled.iter_mut().enumerate() {
            let first = place * width;
            *pooled = rows[first];
            for at in (0..height).flat_map(|y| (0..width).map(move |x| y * whole + first + x)) {
                let value = rows[at];
                *pooled = if value > *pooled || value.is_nan() { value } else { *pooled };
            }
        }
    }
}

#[inline(always)]
fn max_plane_back(windows: &Windows, image: &[f32], gradient: &[f32], found: &mut [f32]) {
    let ([_, across], band) = (windows.out(), windows.window[0] * windows.sides[1]);
    let ([_, width], whole) = (windows.window, windows.sides[1]);
    let (mut values, mut winners) = (vec![0.0; across], vec![0; across]);
    let bands = image.chunks_exact(band).zip(found.chunks_exact_mut(band));
    for ((rows, found), gradient) in bands.zip(gradient.chunks_exact(across)) {
        largest(windows, rows, &mut values, &mut winners);
        for (y, row) in found.chunks_exact_mut(whole).enumerate() {
            let places = row.chunks_exact_mut(width).zip(gradient.iter().zip(&winners));
            for (window, (gradient, winner)) in places {
                for (x, found) in window.iter_mut().enumerate() {
                    let mask = u32::from(*winner == (y * width + x) as u32).wrapping_neg();
                    *found = f32::from_bits(gradient.to_bits() & mask);
                }
            }
        }
    }
}

#[inline(always)]
fn average_plane(windows: &Windows, image: &[f32], pooled: &mut [f32]) {
    let ([_, across], [height, width], width_all) =
        (windows.out(), windows.window, windows.sides[1]);
    let count = (height * width) as f32;
    for (rows, pooled) in
        image.chunks_exact(height * width_all).zip(pooled.chunks_exact_mut(across))
    {
        for row in rows.chunks_exact(width_all) {
            for (pooled, window) in pooled.iter_mut().zip(row.chunks_exact(width)) {
                window.iter().for_each(|value| *pooled += value);
            }
        }
        pooled.iter_mut().for_each(|pooled| *pooled /= count);
    }
}

#[inline(always)]
fn average_plane_back(windows: &Windows, gradient: &[f32], found: &mut [f32]) {
    let ([_, across], [height, width], width_all) =
        (windows.out(), windows.window, windows.sides[1]);
    let count = (height * width) as f32;
    let bands = found.chunks_exact_mut(height * width_all);
    for (rows, gradient) in bands.zip(gradient.chunks_exact(across)) {
        for row in rows.chunks_exact_mut(width_all) {
            for (window, gradient) in row.chunks_exact_mut(width).zip(gradient) {
                window.fill(gradient / count);
            }
        }
    }
}
