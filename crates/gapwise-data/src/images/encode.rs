//! Pixels to a network's input: normalised, and resized where the network reads another size.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Depth, Images, depth::Sample};
use crate::DataError;

/// Brings images to a network's input: each channel to zero mean and unit variance over the
/// training images, and to the network's height and width.
///
/// With x a pixel divided by the value of white (255, or 65,535 for 16 bits), the input is (x − mean) / deviation. Mean and deviation are taken
/// over all pixels of the training images at their stored size, one pair per channel; the deviation
/// is the population's (divided by the number of pixels). A channel that is constant over the
/// training images has deviation 1, so that its input is 0 there.
///
/// **Source**: the notes on normalising inputs, LeCun et al. (1998), "Efficient BackProp", 4.3.
/// **Differs from the source**: inputs are not decorrelated, and there is one pair per channel
/// instead of one per pixel, as is usual where weights are shared over the image.
///
/// Where the network reads another size than is stored, images are resized bilinearly with
/// half-pixel centres (`align_corners = false`): the output pixel y looks at the stored row
/// (y + ½) · stored / target − ½, at least 0, and interpolates between the rows above and below,
/// the last one standing for those beyond. Columns likewise. There is no smoothing before a
/// reduction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageEncoder {
    /// Pixels of a column, as the network reads them.
    pub height: usize,
    /// Pixels of a row, as the network reads them.
    pub width: usize,
    /// Mean of each channel over the training images, in [0, 1].
    pub mean: Vec<f32>,
    /// Standard deviation of each channel over the training images, above 0.
    pub deviation: Vec<f32>,
}

impl ImageEncoder {
    /// Fits mean and deviation on the images `train` alone. `target` is the height and width that
    /// the network reads.
    ///
    /// The sums are of whole numbers, so the result does not depend on the number of threads.
    /// Without a training image every mean is 0 and every deviation 1.
    ///
    /// # Errors
    ///
    /// As [`Images::of`].
    ///
    /// # Panics
    ///
    /// When a place in `train` is not below the number of images.
    pub fn fit(
        images: &Images,
        train: &[usize],
        target: (usize, usize),
    ) -> Result<Self, DataError> {
        let channels = images.channels;
        let area = images.height * images.width;
        let plane_of = area * images.depth.bytes();
        let sums = train
            .par_iter()
            .try_fold(
                || vec![(0_u64, 0_u128); channels],
                |mut sums, &example| {
                    let image = images.of(example)?;
                    for (sums, plane) in sums.iter_mut().zip(image.chunks_exact(plane_of)) {
                        let (sum, squares) = match images.depth {
                            Depth::Eight => sums_of(plane),
                            Depth::Sixteen => deep_sums_of(plane.as_chunks().0),
                        };
                        *sums = (sums.0 + sum, sums.1 + u128::from(squares));
                    }
                    Ok::<_, DataError>(sums)
                },
            )
            .try_reduce(
                || vec![(0, 0); channels],
                |mut one, other| {
                    for (one, other) in one.iter_mut().zip(other) {
                        *one = (one.0 + other.0, one.1 + other.1);
                    }
                    Ok(one)
                },
            )?;
        let pixels = (train.len() * area) as u64;
        let of = (pixels, images.depth);
        let (mean, deviation) = sums.into_iter().map(|sums| moments(sums, of)).unzip();
        let (height, width) = target;
        Ok(ImageEncoder { height, width, mean, deviation })
    }

    /// The same with three channels, all alike, for grey images; colour ones stay as they are.
    #[must_use]
    pub fn in_colour(self) -> Self {
        let threefold = |one: Vec<f32>| if one.len() == 1 { vec![one[0]; 3] } else { one };
        let (mean, deviation) = (threefold(self.mean), threefold(self.deviation));
        ImageEncoder { mean, deviation, ..self }
    }

    /// Channels, height and width of what [`encode_into`](ImageEncoder::encode_into) writes.
    pub fn shape(&self) -> [usize; 3] {
        [self.mean.len(), self.height, self.width]
    }

    /// For each channel `(scale, shift)`: a pixel from 0 to `depth`'s white becomes pixel · scale + shift.
    pub fn scales_and_shifts(&self, depth: Depth) -> impl Iterator<Item = (f32, f32)> {
        let normalisers = self.normalisers(depth);
        normalisers.map(|Normaliser { scale, shift }| (scale, shift))
    }

    /// Writes one image as `[channel, height, width]`, normalised; a grey one into each channel.
    /// Allocates only where the image
    /// has to be resized or is on disk.
    ///
    /// # Errors
    ///
    /// As [`Images::of`].
    ///
    /// # Panics
    ///
    /// When `out` has not the length of [`shape`](ImageEncoder::shape), when `images` has
    /// another number of channels and is not grey, or when `example` is not below the number of images.
    pub fn encode_into(
        &self,
        images: &Images,
        example: usize,
        out: &mut [f32],
    ) -> Result<(), DataError> {
        let [channels, height, width] = self.shape();
        assert_eq!(out.len(), channels * height * width, "room for one image");
        let fits = images.channels == channels || images.channels == 1;
        assert!(fits, "channels that the encoder was fitted on");
        let image = images.of(example)?;
        match images.depth {
            Depth::Eight => self.encode(images, &image[..], out),
            Depth::Sixteen => self.encode(images, image.as_chunks::<2>().0, out),
        }
        Ok(())
    }

    /// Writes the pixels of one of `images`.
    fn encode<S: Sample>(&self, images: &Images, pixels: &[S], out: &mut [f32]) {
        let [_, height, width] = self.shape();
        let stored = images.height * images.width;
        let planes = pixels.chunks_exact(stored).cycle().zip(out.chunks_exact_mut(height * width));
        let normalisers = self.normalisers(images.depth);
        if (images.height, images.width) == (height, width) {
            for ((plane, out), normalise) in planes.zip(normalisers) {
                for (out, &pixel) in out.iter_mut().zip(plane) {
                    *out = normalise.apply(f32::from(pixel.value()));
                }
            }
            return;
        }
        let rows = taps(images.height, height);
        let columns = taps(images.width, width);
        for ((plane, out), normalise) in planes.zip(normalisers) {
            for (row, out) in rows.iter().zip(out.chunks_exact_mut(width)) {
                let above = &plane[row.low * images.width..][..images.width];
                let below = &plane[row.high * images.width..][..images.width];
                for (column, out) in columns.iter().zip(out) {
                    let value = row.between(column.of(above), column.of(below));
                    *out = normalise.apply(value);
                }
            }
        }
    }

    fn normalisers(&self, depth: Depth) -> impl Iterator<Item = Normaliser> {
        let channels = self.mean.iter().zip(&self.deviation);
        channels.map(move |channel| Normaliser::new(channel, depth))
    }
}

/// (x / white − mean) / deviation as one multiplication and one addition.
#[derive(Clone, Copy)]
struct Normaliser {
    scale: f32,
    shift: f32,
}

impl Normaliser {
    fn new((mean, deviation): (&f32, &f32), depth: Depth) -> Self {
        let (mean, deviation) = (f64::from(*mean), f64::from(*deviation));
        let scale = 1.0 / (f64::from(depth.white()) * deviation);
        Normaliser { scale: scale as f32, shift: (-mean / deviation) as f32 }
    }

    fn apply(self, pixel: f32) -> f32 {
        pixel * self.scale + self.shift
    }
}

/// Sum and sum of squares of one plane.
fn sums_of(plane: &[u8]) -> (u64, u64) {
    // 2^15 squares of at most 255² fit into 32 bits, which add up faster than 64.
    plane.chunks(1 << 15).fold((0, 0), |(sum, squares), chunk| {
        let (s, q) = chunk.iter().fold((0_u32, 0_u32), |(s, q), &pixel| {
            let pixel = u32::from(pixel);
            (s + pixel, q + pixel * pixel)
        });
        (sum + u64::from(s), squares + u64::from(q))
    })
}

/// The same of 16 bits.
fn deep_sums_of(plane: &[[u8; 2]]) -> (u64, u64) {
    // 2^32 squares of at most 65,535² fit into 64 bits, more than any image has.
    plane.iter().fold((0, 0), |(sum, squares), pixel| {
        let pixel = u64::from(pixel.value());
        (sum + pixel, squares + pixel * pixel)
    })
}

/// Mean and population deviation of pixels, as shares of white, from exact sums over so many of them.
fn moments((sum, squares): (u64, u128), (pixels, depth): (u64, Depth)) -> (f32, f32) {
    if pixels == 0 {
        return (0.0, 1.0);
    }
    // n · Σx² − (Σx)² is a whole number, and 0 exactly where all pixels are equal.
    let (n, sum) = (u128::from(pixels), u128::from(sum));
    let spread = n * squares - sum * sum;
    let white = f64::from(depth.white()) * n as f64;
    let mean = sum as f64 / white;
    let deviation = if spread == 0 { 1.0 } else { (spread as f64).sqrt() / white };
    (mean as f32, deviation as f32)
}

/// Which two stored pixels an output pixel lies between.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Tap {
    low: usize,
    high: usize,
    /// Weight of `high`, in [0, 1).
    weight: f32,
}

impl Tap {
    fn between(self, low: f32, high: f32) -> f32 {
        low + self.weight * (high - low)
    }

    fn of<S: Sample>(self, pixels: &[S]) -> f32 {
        self.between(f32::from(pixels[self.low].value()), f32::from(pixels[self.high].value()))
    }
}

fn taps(stored: usize, target: usize) -> Vec<Tap> {
    let scale = stored as f64 / target as f64;
    (0..target)
        .map(|at| {
            let place = ((at as f64 + 0.5) * scale - 0.5).max(0.0);
            let low = (place as usize).min(stored - 1);
            let high = (low + 1).min(stored - 1);
            Tap { low, high, weight: (place - low as f64) as f32 }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(height: usize, width: usize, pixels: Vec<u8>) -> Images {
        Images::in_memory([1, height, width], pixels)
    }

    fn encoded(encoder: &ImageEncoder, images: &Images, example: usize) -> Vec<f32> {
        let mut out = vec![f32::NAN; encoder.shape().iter().product()];
        encoder.encode_into(images, example, &mut out).unwrap();
        out
    }

    #[test]
    fn training_pixels_get_zero_mean_and_unit_variance_and_others_do_not_count() {
        // Training images (0, 51) and (102, 255), over 255: 0, 0.2, 0.4, 1.
        // Mean 1.6 / 4 = 0.4. Variance (0.16 + 0.04 + 0 + 0.36) / 4 = 0.14, deviation 0.374166.
        let images = grey(1, 2, vec![0, 51, 9, 9, 102, 255]);
        let encoder = ImageEncoder::fit(&images, &[0, 2], (1, 2)).unwrap();
        assert!((encoder.mean[0] - 0.4).abs() < 1e-7);
        assert!((encoder.deviation[0] - 0.374_165_74).abs() < 1e-7);
        // (0 − 0.4) / 0.374166 = −1.069045, (0.2 − 0.4) / 0.374166 = −0.534522.
        let out = encoded(&encoder, &images, 0);
        assert!((out[0] + 1.069_045).abs() < 1e-6 && (out[1] + 0.534_522_5).abs() < 1e-6);
    }

    #[test]
    fn each_channel_has_its_own_mean_and_deviation() {
        // Red 0 and 255: mean 0.5, deviation 0.5. Green 51 twice: constant. Blue 0 and 51: 0.1, 0.1.
        let images = Images::in_memory([3, 1, 2], vec![0, 255, 51, 51, 0, 51]);
        let encoder = ImageEncoder::fit(&images, &[0], (1, 2)).unwrap();
        let close = |found: &[f32], expected: [f32; 3]| {
            found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-7)
        };
        assert!(close(&encoder.mean, [0.5, 0.2, 0.1]));
        assert!(close(&encoder.deviation, [0.5, 1.0, 0.1]));
        let out = encoded(&encoder, &images, 0);
        for (found, expected) in out.iter().zip([-1.0, 1.0, 0.0, 0.0, -1.0, 1.0]) {
            assert!((found - expected).abs() < 1e-6, "{out:?}");
        }
    }

    #[test]
    fn sixteen_bits_are_normalised_to_what_is_left_of_them() {
        // 0 and 200 of 65,535: mean 100, deviation 100, and so −1 and 1 as for any other range.
        let images = Images::deep_in_memory([1, 1, 2], &[0, 200]);
        let encoder = ImageEncoder::fit(&images, &[0], (1, 2)).unwrap();
        assert!((encoder.mean[0] * 65_535.0 - 100.0).abs() < 1e-3);
        for (found, expected) in encoded(&encoder, &images, 0).iter().zip([-1.0, 1.0]) {
            assert!((found - expected).abs() < 1e-5, "{found}");
        }
        let (scale, shift) = encoder.scales_and_shifts(Depth::Sixteen).next().unwrap();
        assert!((200.0 * scale + shift - 1.0).abs() < 1e-5);
        // Resized as 8 bits are.
        let encoder = ImageEncoder { width: 4, ..encoder };
        for (found, expected) in encoded(&encoder, &images, 0).iter().zip([-1.0, -0.5, 0.5, 1.0]) {
            assert!((found - expected).abs() < 1e-5, "{found}");
        }
        assert_eq!((images.largest(&[0]).unwrap(), images.values(0).unwrap()), (200, vec![0, 200]));
    }

    #[test]
    fn a_constant_channel_does_not_divide_by_zero() {
        let images = grey(1, 2, vec![7, 7, 255, 0]);
        let encoder = ImageEncoder::fit(&images, &[0], (1, 2)).unwrap();
        assert_eq!(encoder.deviation, [1.0]);
        for value in encoded(&encoder, &images, 0) {
            assert!(value.abs() < 1e-7);
        }
        assert!(encoded(&encoder, &images, 1).iter().all(|value| value.is_finite()));
    }

    #[test]
    fn enlarging_has_half_pixel_centres() {
        // From 2 to 4: output 0 looks at 0.5 · 0.5 − 0.5 = −0.25 → 0; output 1 at 0.25; output 2 at
        // 0.75; output 3 at 1.25 → the last pixel. Between 0 and 100: 0, 25, 75, 100.
        let images = grey(1, 2, vec![0, 100]);
        let encoder =
            ImageEncoder { height: 1, width: 4, mean: vec![0.0], deviation: vec![1.0 / 255.0] };
        let out = encoded(&encoder, &images, 0);
        for (found, expected) in out.iter().zip([0.0, 25.0, 75.0, 100.0]) {
            assert!((found - expected).abs() < 1e-3, "{out:?}");
        }
    }

    #[test]
    fn rows_and_columns_are_not_swapped_when_resizing() {
        // 2×1 (a column of 0 and 100) to 4×1 and to 2×2.
        let images = grey(2, 1, vec![0, 100]);
        let mut encoder =
            ImageEncoder { height: 4, width: 1, mean: vec![0.0], deviation: vec![1.0 / 255.0] };
        let tall = encoded(&encoder, &images, 0);
        assert!(tall.iter().zip([0.0, 25.0, 75.0, 100.0]).all(|(a, b)| (a - b).abs() < 1e-3));
        (encoder.height, encoder.width) = (2, 2);
        let wide = encoded(&encoder, &images, 0);
        assert!(wide.iter().zip([0.0, 0.0, 100.0, 100.0]).all(|(a, b)| (a - b).abs() < 1e-3));
    }

    #[test]
    fn an_encoder_is_stored_and_read_back_the_same() {
        let images = grey(1, 3, vec![1, 2, 250]);
        let encoder = ImageEncoder::fit(&images, &[0], (28, 28)).unwrap();
        let text = serde_json::to_string(&encoder).unwrap();
        assert_eq!(serde_json::from_str::<ImageEncoder>(&text).unwrap(), encoder);
    }
}
