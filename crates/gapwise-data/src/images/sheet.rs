//! A contact sheet: images beside what augmentation makes of them.

use std::ops::RangeInclusive;

use image::{
    ExtendedColorType, ImageEncoder as _, Rgb, RgbImage,
    codecs::png::PngEncoder,
    imageops::{self, FilterType},
};

use super::{Augmentation, Draw, ImageEncoder, Images};
use crate::DataError;

/// Between two pictures, and around all of them: pixels of a grey that neither black nor white
/// pictures run into.
const BETWEEN: u32 = 6;
const GREY: Rgb<u8> = Rgb([128, 128, 128]);

/// Pictures are enlarged by a whole factor to at least the one side, and reduced to at most the
/// other, so that a person can see their pixels and the sheet fits on a screen.
const LEAST_SIDE: u32 = 96;
const MOST_SIDE: u32 = 192;

/// Images, a row each: as the network reads them, and then a picture for each column.
#[derive(Debug, Clone, Copy)]
pub struct ContactSheet<'a> {
    /// Where the examples are.
    pub images: &'a Images,
    /// How the network reads them.
    pub encoder: &'a ImageEncoder,
    /// Seed of the training.
    pub seed: u64,
    /// Places of the images in the data set, top to bottom.
    pub examples: &'a [usize],
    /// From left to right.
    pub columns: &'a [Column],
}

/// What a column of a contact sheet shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// What is done to the image.
    pub augmentation: Augmentation,
    /// The first of these epochs in which that changes the image is shown, and else the last one.
    pub epochs: RangeInclusive<u64>,
}

impl ContactSheet<'_> {
    /// The sheet as a PNG file. What augmentation takes beyond black or white is shown as black or
    /// white; the network gets it as it is.
    ///
    /// # Errors
    ///
    /// As [`Images::of`].
    ///
    /// # Panics
    ///
    /// When the encoder was fitted on images of another number of channels, or an example is not
    /// below the number of images.
    pub fn png(&self) -> Result<Vec<u8>, DataError> {
        let [_, height, width] = self.encoder.shape();
        let (height, width) = shown_size(height as u32, width as u32);
        let along = |pictures: usize, side| BETWEEN + pictures as u32 * (side + BETWEEN);
        let mut sheet = RgbImage::from_pixel(
            along(1 + self.columns.len(), width),
            along(self.examples.len(), height),
            GREY,
        );
        for (row, &example) in self.examples.iter().enumerate() {
            let top = i64::from(along(row, height));
            for (column, pixels) in self.row(example)?.iter().enumerate() {
                // Nearest pixels when enlarged, so that each can be seen; a mean when reduced.
                let picture = self.picture(pixels);
                let filter = if width < picture.width() {
                    FilterType::Triangle
                } else {
                    FilterType::Nearest
                };
                let picture = imageops::resize(&picture, width, height, filter);
                imageops::replace(&mut sheet, &picture, i64::from(along(column, width)), top);
            }
        }
        let mut file = Vec::new();
        PngEncoder::new(&mut file)
            .write_image(&sheet, sheet.width(), sheet.height(), ExtendedColorType::Rgb8)
            .expect("a buffer of the stated size is written to memory");
        Ok(file)
    }

    /// One image as it is and under each column, as the network gets them.
    fn row(&self, example: usize) -> Result<Vec<Vec<f32>>, DataError> {
        let shape = self.encoder.shape();
        let mut as_it_is = vec![0.0; shape.iter().product()];
        self.encoder.encode_into(self.images, example, &mut as_it_is)?;
        let mut row = vec![as_it_is.clone()];
        for Column { augmentation, epochs } in self.columns {
            let mut shown = as_it_is.clone();
            for epoch in epochs.clone() {
                shown.copy_from_slice(&as_it_is);
                let draw = Draw { seed: self.seed, epoch, example: example as u64 };
                augmentation.apply(draw, shape, &mut shown);
                if shown != as_it_is {
                    break;
                }
            }
            row.push(shown);
        }
        Ok(row)
    }

    /// Encoded pixels as a person sees them.
    fn picture(&self, pixels: &[f32]) -> RgbImage {
        let ImageEncoder { height, width, mean, deviation } = self.encoder;
        let area = height * width;
        RgbImage::from_fn(*width as u32, *height as u32, |x, y| {
            let at = y as usize * width + x as usize;
            // A grey image has one channel, which stands for all three.
            Rgb([0, 1, 2].map(|channel| channel.min(mean.len() - 1)).map(|channel| {
                let share = pixels[channel * area + at] * deviation[channel] + mean[channel];
                (share * 255.0).round() as u8
            }))
        })
    }
}

/// Height and width of a picture on the sheet.
fn shown_size(height: u32, width: u32) -> (u32, u32) {
    let side = height.max(width).max(1);
    if side <= MOST_SIDE {
        let factor = LEAST_SIDE.div_ceil(side);
        return (height * factor, width * factor);
    }
    let reduced = |of: u32| (of * MOST_SIDE / side).max(1);
    (reduced(height), reduced(width))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_pictures_are_enlarged_by_whole_factors_and_large_ones_reduced_in_proportion() {
        // 96 / 28 = 3.4 → 4; 96 / 8 = 12; 96 and 192 stay; 400 × 200 → 192 × 96.
        assert_eq!(shown_size(28, 28), (112, 112));
        assert_eq!(shown_size(8, 4), (96, 48));
        assert_eq!(shown_size(96, 96), (96, 96));
        assert_eq!(shown_size(192, 100), (192, 100));
        assert_eq!(shown_size(400, 200), (192, 96));
        assert_eq!(shown_size(4096, 2), (192, 1));
    }

    #[test]
    fn a_row_is_the_image_as_it_was_read_and_then_each_column() {
        // 1×2 of red, green and blue planes: a red and a white pixel.
        let images = Images::in_memory([3, 1, 2], vec![255, 255, 0, 255, 0, 255]);
        let encoder =
            ImageEncoder { height: 1, width: 2, mean: vec![0.4; 3], deviation: vec![0.2; 3] };
        let mirror = Augmentation { mirror: true, ..Augmentation::default() };
        let nothing = Augmentation::default();
        let columns = [(mirror, 1..=64), (nothing, 1..=3)]
            .map(|(augmentation, epochs)| Column { augmentation, epochs });
        let sheet = ContactSheet {
            images: &images,
            encoder: &encoder,
            seed: 1,
            examples: &[0],
            columns: &columns,
        };
        let png = image::load_from_memory(&sheet.png().unwrap()).unwrap().into_rgb8();
        // Enlarged by 96 / 2 = 48: three pictures of 48 × 96, with 6 between and around.
        assert_eq!(png.dimensions(), (3 * 96 + 4 * 6, 48 + 2 * 6));
        let (red, white) = (Rgb([255, 0, 0]), Rgb([255; 3]));
        let at = |picture: u32| [24, 72].map(|x| *png.get_pixel(6 + picture * 102 + x, 30));
        assert_eq!(at(0), [red, white]);
        assert_eq!(at(1), [white, red]);
        assert_eq!(at(2), [red, white]);
        assert_eq!(png.get_pixel(105, 30), &GREY);
    }
}
