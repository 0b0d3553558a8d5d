//! A contact sheet: images beside what augmentation makes of them.

use std::ops::RangeInclusive;

use image::{
    ExtendedColorType, ImageEncoder as _, Rgb, RgbImage,
    codecs::png::PngEncoder,
    imageops::{self, FilterType},
};

use super::{
    Augmentation, Depth, Draw, ImageEncoder, Images,
    caption::{Caption, LINE},
};
use crate::DataError;

/// Between two pictures, and around all of them: pixels of a grey that neither black nor white
/// pictures run into.
const BETWEEN: u32 = 6;
const GREY: Rgb<u8> = Rgb([128, 128, 128]);

/// Pictures are enlarged by a whole factor to at least the one side, and reduced to at most the
/// other, so that a person can see their pixels and the sheet fits on a screen.
const LEAST_SIDE: u32 = 96;
const MOST_SIDE: u32 = 192;

/// What stands above the images as they are.
const AS_IT_IS: &str = "as it is";

/// Most pixels of a line of a row's caption, and most lines of each caption.
const BESIDE: u32 = 140;
const LINES: usize = 4;

/// Images, a row each: as the network reads them, and then a picture for each column. Captions say
/// what is seen.
#[derive(Debug, Clone, Copy)]
pub struct ContactSheet<'a> {
    /// What the sheet shows: its first line.
    pub title: &'a str,
    /// Where the examples are.
    pub images: &'a Images,
    /// How the network reads them.
    pub encoder: &'a ImageEncoder,
    /// Seed of the training.
    pub seed: u64,
    /// Places of the images in the data set, top to bottom, each with its caption.
    pub examples: &'a [(usize, String)],
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
    /// What is said above it.
    pub caption: String,
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
        let along = |pictures: usize, side| pictures as u32 * (side + BETWEEN);
        let beside: Vec<Caption> = self
            .examples
            .iter()
            .map(|(_, caption)| Caption::of(caption, BESIDE, (height / LINE) as usize))
            .collect();
        let captions = std::iter::once(AS_IT_IS).chain(self.columns.iter().map(|c| &*c.caption));
        let above: Vec<Caption> =
            captions.map(|caption| Caption::of(caption, width + BETWEEN, LINES)).collect();
        let left = BETWEEN + widest(&beside);
        let whole = left + along(above.len(), width);
        let title = Caption::of(self.title, whole - 2 * BETWEEN, LINES);
        let highest = above.iter().map(Caption::height).max().unwrap_or(0);
        let top = 2 * BETWEEN + title.height() + highest;
        let mut sheet = RgbImage::from_pixel(whole, top + along(beside.len(), height), GREY);
        title.write(&mut sheet, (BETWEEN, BETWEEN));
        for (column, caption) in above.iter().enumerate() {
            caption.write(&mut sheet, (left + along(column, width), top - caption.height()));
        }
        for (row, ((example, _), caption)) in self.examples.iter().zip(&beside).enumerate() {
            let top = top + along(row, height);
            caption.write(&mut sheet, (BETWEEN, top));
            let pictures = self.row(*example)?;
            let range = self.range(&pictures[0]);
            for (column, pixels) in pictures.iter().enumerate() {
                // Nearest pixels when enlarged, so that each can be seen; a mean when reduced.
                let picture = self.picture(pixels, range);
                let filter = if width < picture.width() {
                    FilterType::Triangle
                } else {
                    FilterType::Nearest
                };
                let picture = imageops::resize(&picture, width, height, filter);
                let left = left + along(column, width);
                imageops::replace(&mut sheet, &picture, i64::from(left), i64::from(top));
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
        for Column { augmentation, epochs, .. } in self.columns {
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

    /// What is shown as black and as white, as shares: of 16 bits, what the image itself has.
    fn range(&self, pixels: &[f32]) -> [f32; 2] {
        if self.images.depth == Depth::Eight {
            return [0.0, 1.0];
        }
        let ImageEncoder { height, width, mean, deviation } = self.encoder;
        let planes = pixels.chunks_exact(height * width).zip(mean.iter().zip(deviation));
        let shares = planes.flat_map(|(plane, (mean, deviation))| {
            plane.iter().map(move |pixel| pixel * deviation + mean)
        });
        shares.fold([f32::INFINITY, f32::NEG_INFINITY], |[least, most], share| {
            [least.min(share), most.max(share)]
        })
    }

    /// Encoded pixels as a person sees them.
    fn picture(&self, pixels: &[f32], [black, white]: [f32; 2]) -> RgbImage {
        let ImageEncoder { height, width, mean, deviation } = self.encoder;
        let area = height * width;
        RgbImage::from_fn(*width as u32, *height as u32, |x, y| {
            let at = y as usize * width + x as usize;
            // A grey image has one channel, which stands for all three.
            Rgb([0, 1, 2].map(|channel| channel.min(mean.len() - 1)).map(|channel| {
                let share = pixels[channel * area + at] * deviation[channel] + mean[channel];
                // Of one value throughout, nothing can be seen.
                ((share - black) / (white - black).max(f32::MIN_POSITIVE) * 255.0).round() as u8
            }))
        })
    }
}

/// Pixels from the left edge of captions to what stands beside them.
fn widest(captions: &[Caption]) -> u32 {
    match captions.iter().map(Caption::width).max().unwrap_or(0) {
        0 => 0,
        width => width + BETWEEN,
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
        let columns = [(mirror, 1..=64, "mirror"), (nothing, 1..=3, "nothing")].map(
            |(augmentation, epochs, caption)| {
                let caption = caption.to_owned();
                Column { augmentation, epochs, caption }
            },
        );
        let sheet = ContactSheet {
            title: "two kinds",
            images: &images,
            encoder: &encoder,
            seed: 1,
            examples: &[(0, "flag".to_owned())],
            columns: &columns,
        };
        let png = image::load_from_memory(&sheet.png().unwrap()).unwrap().into_rgb8();
        // Beside the pictures 4 characters, above them two lines; enlarged by 96 / 2 = 48 three
        // pictures of 48 × 96; 6 between and around.
        let (left, top) = (6 + Caption::of("flag", 99, 1).width() + 6, 6 + LINE + 6 + LINE);
        assert_eq!(png.dimensions(), (left + 3 * 102, top + 48 + 6));
        let (red, white) = (Rgb([255, 0, 0]), Rgb([255; 3]));
        let at =
            |picture: u32| [24, 72].map(|x| *png.get_pixel(left + picture * 102 + x, top + 24));
        assert_eq!(at(0), [red, white]);
        assert_eq!(at(1), [white, red]);
        assert_eq!(at(2), [red, white]);
        assert_eq!(png.get_pixel(left + 99, top + 24), &GREY);
        // Each caption has ink where it stands, and nowhere else is any.
        let ink = |x: u32, y: u32, width: u32| {
            let all = (x..x + width).flat_map(|x| (y..y + LINE).map(move |y| (x, y)));
            all.filter(|&(x, y)| png.get_pixel(x, y).0[0] < 100).count()
        };
        assert!(ink(6, 6, 100) > 0 && ink(6, top, left - 12) > 0);
        for column in 0..3 {
            assert!(ink(left + column * 102, top - LINE, 96) > 0, "column {column}");
        }
        assert_eq!(ink(0, top - LINE, left), 0);
    }

    #[test]
    fn long_captions_take_no_more_than_their_room() {
        let images = Images::in_memory([1, 2, 2], vec![9; 4]);
        let encoder = ImageEncoder { height: 2, width: 2, mean: vec![0.4], deviation: vec![0.2] };
        let long = "long ".repeat(999);
        let sheet = ContactSheet {
            title: &long,
            images: &images,
            encoder: &encoder,
            seed: 1,
            examples: &[(0, "x".repeat(999)), (0, long.clone())],
            columns: &[],
        };
        let png = image::load_from_memory(&sheet.png().unwrap()).unwrap();
        assert!(png.width() <= 6 + BESIDE + 6 + 102, "{}", png.width());
        assert_eq!(png.height(), 6 + 4 * LINE + 6 + LINE + 2 * 102);
    }
}
