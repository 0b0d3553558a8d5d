//! The sizes of a convolution, and the patches of an image.

use std::ops::Range;

use burn::tensor::{DType, Tensor, ops::ConvOptions};

use super::Given;

/// Numbers in the patches of one image, of which each thread keeps a copy: 16 MiB.
const LARGEST: usize = 1 << 22;

/// The sizes of one convolution. Sides are `[height, width]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Geometry {
    pub(super) batch: usize,
    pub(super) channels: usize,
    pub(super) filters: usize,
    /// Of the image, before padding.
    pub(super) sides: [usize; 2],
    pub(super) kernel: [usize; 2],
    pub(super) stride: [usize; 2],
    /// Zeros in front of the first row and the first column.
    pub(super) padding: [usize; 2],
    /// Of what comes out.
    pub(super) out: [usize; 2],
}

impl Geometry {
    /// Of a convolution that the kernel covers: single precision, no dilation, no groups, sizes that
    /// suit each other, a kernel no larger than the padded image, and patches that fit.
    pub(super) fn new((images, weight, bias): Given<'_>, options: &ConvOptions<2>) -> Option<Self> {
        let single = [images.dtype(), weight.dtype()].into_iter().chain(bias.map(Tensor::dtype));
        let single = single.into_iter().all(|dtype| dtype == DType::F32);
        let [batch, channels, height, width] = images.dims();
        let [filters, filtered, down, across] = weight.dims();
        let suits = channels == filtered && bias.is_none_or(|bias| bias.dims() == [filters]);
        if !(single && suits && options.groups == 1 && options.dilation == [1, 1]) {
            return None;
        }
        let (sides, kernel, stride) = ([height, width], [down, across], options.stride);
        let mut out = [0; 2];
        for side in 0..2 {
            let (before, after) = options.padding[side];
            let steps = (sides[side] + before + after).checked_sub(kernel[side])? / stride[side];
            out[side] = steps + 1;
        }
        let padding = options.padding.map(|(before, _)| before);
        let geometry = Geometry { batch, channels, filters, sides, kernel, stride, padding, out };
        let patches = geometry.patch().checked_mul(geometry.places())?;
        (patches <= LARGEST).then_some(geometry)
    }

    /// Values of one image.
    pub(super) fn image(&self) -> usize {
        self.channels * self.sides[0] * self.sides[1]
    }

    /// Places of the kernel, which is pixels of one channel that come out.
    pub(super) fn places(&self) -> usize {
        self.out[0] * self.out[1]
    }

    /// Values that one filter sees at one place.
    pub(super) fn patch(&self) -> usize {
        self.channels * self.kernel[0] * self.kernel[1]
    }

    /// Values that come out for one image.
    pub(super) fn answer(&self) -> usize {
        self.filters * self.places()
    }

    /// Fills the columns of image `at` of `patches`, `[patch, images · places]`, with what each filter
    /// sees of `image`, `[channels, height, width]`, at each place.
    pub(super) fn gather(&self, image: &[f32], patches: &mut [f32], (at, images): (usize, usize)) {
        self.each_row((at, images), |values, rows, pixels| {
            let to = &mut patches[rows];
            let Some((inside, first)) = pixels else {
                to.fill(0.0);
                return;
            };
            to[..inside.start].fill(0.0);
            to[inside.end..].fill(0.0);
            let (to, from) = (&mut to[inside], &image[values][first..]);
            match self.stride[1] {
                1 => copy(&from[..to.len()], to),
                stride => to
                    .iter_mut()
                    .zip(from.iter().step_by(stride))
                    .for_each(|(to, from)| *to = *from),
            }
        });
    }

    /// Adds the columns of image `at` of `patches`, `[patch, images · places]`, back to the pixels of
    /// `image` that they are of.
    pub(super) fn scatter(&self, patches: &[f32], image: &mut [f32], (at, images): (usize, usize)) {
        self.each_row((at, images), |values, rows, pixels| {
            let Some((inside, first)) = pixels else { return };
            let (from, to) = (&patches[rows][inside], &mut image[values][first..]);
            match self.stride[1] {
                1 => to.iter_mut().zip(from).for_each(|(to, from)| *to += *from),
                stride => {
                    to.iter_mut().step_by(stride).zip(from).for_each(|(to, from)| *to += *from)
                }
            }
        });
    }

    /// Calls with each row of places of each value of the patch: where the row of pixels is in the
    /// image, where the row of places is in the patches, and which of its places are inside of the
    /// image, with the column of the first; `None` where none are.
    fn each_row(
        &self,
        (at, images): (usize, usize),
        mut call: impl FnMut(Range<usize>, Range<usize>, Option<(Range<usize>, usize)>),
    ) {
        let ([height, width], [down, across]) = (self.sides, self.out);
        let mut value = 0;
        for channel in 0..self.channels {
            for y in 0..self.kernel[0] {
                for x in 0..self.kernel[1] {
                    let inside = self.inside(x);
                    let start = (value * images + at) * self.places();
                    value += 1;
                    for place in 0..down {
                        let rows = start + place * across..start + (place + 1) * across;
                        let pixel = (place * self.stride[0] + y).checked_sub(self.padding[0]);
                        let pixel = pixel.filter(|pixel| *pixel < height);
                        match pixel.zip(inside.clone()) {
                            Some((pixel, inside)) => {
                                let start = (channel * height + pixel) * width;
                                call(start..start + width, rows, Some(inside));
                            }
                            None => call(0..0, rows, None),
                        }
                    }
                }
            }
        }
    }

    /// The places of a row at which column `x` of the kernel is over the image, and the column of
    /// the image that it is over at the first.
    fn inside(&self, x: usize) -> Option<(Range<usize>, usize)> {
        let (stride, padding) = (self.stride[1], self.padding[1]);
        let start = padding.saturating_sub(x).div_ceil(stride);
        let end = (self.sides[1] + padding).saturating_sub(x).div_ceil(stride).min(self.out[1]);
        (start < end).then(|| (start..end, start * stride + x - padding))
    }
}

/// Copies a row, which is mostly so short that a call of the system's copy takes longer.
fn copy(from: &[f32], to: &mut [f32]) {
    let (wholes, rest) = from.as_chunks::<8>();
    let (to_wholes, to_rest) = to.as_chunks_mut::<8>();
    to_wholes.iter_mut().zip(wholes).for_each(|(to, from)| *to = *from);
    to_rest.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
}
