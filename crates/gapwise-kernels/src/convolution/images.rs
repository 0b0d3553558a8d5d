//! Images as tensors hold them, and copies of them with their padding.

use std::ops::Range;

use burn::backend::flex::FlexTensor;

use super::geometry::Padded;

/// Images `[batch, channels, height, width]` in any order of memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Images<'a> {
    values: &'a [f32],
    /// Numbers from one to the next along each axis.
    strides: [usize; 4],
    batch: usize,
    channels: usize,
    sides: [usize; 2],
}

impl<'a> Images<'a> {
    /// What a tensor holds, or nothing where an axis runs backwards.
    pub(super) fn new(tensor: &'a FlexTensor) -> Option<Self> {
        let layout = tensor.layout();
        let &[batch, channels, height, width] = &layout.shape()[..] else { return None };
        let mut strides = [0; 4];
        for (to, from) in strides.iter_mut().zip(layout.strides()) {
            *to = usize::try_from(*from).ok()?;
        }
        let values = tensor.storage().get(layout.start_offset()..)?;
        Some(Images { values, strides, batch, channels, sides: [height, width] })
    }

    /// The numbers of all images where each pixel's channels lie together, its row's pixels follow
    /// each other, and so do the rows and the images.
    pub(super) fn channels_last(&self) -> Option<&'a [f32]> {
        let [height, width] = self.sides;
        let row = width * self.channels;
        let dense = (self.channels == 1 || self.strides[1] == 1)
            && (width == 1 || self.strides[3] == self.channels)
            && (height == 1 || self.strides[2] == row)
            && (self.batch == 1 || self.strides[0] == height * row);
        dense.then_some(self.values)
    }

    /// Copies rows `rows` of the padded image `image` to `to`, `[rows, width, channels]`, of which
    /// each pixel is written.
    pub(super) fn copy(
        &self,
        image: usize,
        rows: Range<usize>,
        (padded, width): ([Padded; 2], usize),
        to: &mut [f32],
    ) {
        let pixels = inside(padded[1], self.sides[1], 0..width);
        let start = (pixels.start as isize - padded[1].before) as usize;
        for (line, to) in rows.zip(to.chunks_exact_mut(width * self.channels)) {
            let row = line as isize - padded[0].before;
            match usize::try_from(row).ok().filter(|row| *row < self.sides[0]) {
                Some(row) if !pixels.is_empty() => {
                    let (in_front, rest) = to.split_at_mut(pixels.start * self.channels);
                    let (to, behind) = rest.split_at_mut(pixels.len() * self.channels);
                    in_front.fill(0.0);
                    behind.fill(0.0);
                    let [along_image, _, along_row, along_pixel] = self.strides;
                    let from = image * along_image + row * along_row + start * along_pixel;
                    self.copy_row(&self.values[from..], to);
                }
                _ => to.fill(0.0),
            }
        }
    }

    /// Copies as many pixels as `to` holds.
    fn copy_row(&self, from: &[f32], to: &mut [f32]) {
        let [_, between, _, along] = self.strides;
        let channels = self.channels;
        if (channels == 1 || between == 1) && along == channels {
            to.copy_from_slice(&from[..to.len()]);
        } else if between == 1 {
            for (at, pixel) in to.chunks_exact_mut(channels).enumerate() {
                pixel.copy_from_slice(&from[at * along..][..channels]);
            }
        } else {
            for channel in 0..channels {
                let from = &from[channel * between..];
                let to = to[channel..].iter_mut().step_by(channels);
                match along {
                    // One number that stands for the whole row.
                    0 => to.for_each(|to| *to = from[0]),
                    along => {
                        to.zip(from.iter().step_by(along)).for_each(|(to, from)| *to = *from);
                    }
                }
            }
        }
    }
}

/// Which of the padded `lines` are of the image and not of its padding.
fn inside(padded: Padded, side: usize, lines: Range<usize>) -> Range<usize> {
    let clamp = |line: isize| line.clamp(lines.start as isize, lines.end as isize) as usize;
    let start = clamp(padded.before);
    start..clamp(padded.before + side as isize).max(start)
}
