//! An image as a person sees it in its file, beside what the network reads of it.

use std::fs;

use image::{
    DynamicImage, ExtendedColorType, GrayImage, ImageEncoder as _, RgbImage,
    codecs::{jpeg::JpegEncoder, png::PngEncoder},
    imageops::FilterType,
};

use super::{Depth, Images, decode::decode};
use crate::DataError;

/// Longest side, in pixels, of what is shown: enough for a person to see what it is.
const MOST_SIDE: u32 = 320;
/// A PNG file of more bytes than this becomes a JPEG file where that is smaller.
const MOST_PNG: usize = 16 << 10;
const QUALITY: u8 = 85;

/// An image as a person sees it in its file: upright, over white, and reduced where it is large.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    /// Pixels of a column in the file.
    pub height: u32,
    /// Pixels of a row in the file.
    pub width: u32,
    /// The picture, of at most 320 pixels a side.
    pub picture: PictureFile,
}

/// A picture as the bytes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PictureFile {
    /// A PNG file.
    Png(Vec<u8>),
    /// A JPEG file.
    Jpeg(Vec<u8>),
}

impl Images {
    /// An image from its own file. `None` where it has none, as in idx files, where the file can no
    /// longer be read, and where the file has just the pixels that the network reads.
    ///
    /// # Errors
    ///
    /// As [`of`](Images::of).
    ///
    /// # Panics
    ///
    /// When `example` is not below [`len`](Images::len).
    pub fn original(&self, example: usize) -> Result<Option<Original>, DataError> {
        let read = self.of(example)?;
        let file = self.files.get(example).and_then(|path| fs::read(path).ok());
        let Some(pixels) = file.and_then(|bytes| Some(decode(&bytes).ok()?.pixels)) else {
            return Ok(None);
        };
        let (height, width) = (pixels.height(), pixels.width());
        if (height as usize, width as usize) == (self.height, self.width)
            && (self.depth == Depth::Sixteen || self.planes_of(&pixels) == *read)
        {
            return Ok(None);
        }
        let pixels = match height.max(width) > MOST_SIDE {
            true => pixels.resize(MOST_SIDE, MOST_SIDE, FilterType::Triangle),
            false => pixels,
        };
        let pixels = spread(pixels);
        Ok(Some(Original { height, width, picture: PictureFile::of(pixels) }))
    }

    /// Pixels in the order and with the channels of these images.
    fn planes_of(&self, pixels: &DynamicImage) -> Vec<u8> {
        if self.channels == 1 {
            return pixels.to_luma8().into_raw();
        }
        let rgb = pixels.to_rgb8().into_raw();
        (0..3).flat_map(|channel| rgb.iter().skip(channel).step_by(3).copied()).collect()
    }
}

/// A picture of 16 bits with its darkest value black and its brightest white, since many fill a small part of
/// their range; one of 8 bits as it is.
fn spread(mut pixels: DynamicImage) -> DynamicImage {
    let values = match &mut pixels {
        DynamicImage::ImageLuma16(grey) => &mut **grey,
        DynamicImage::ImageRgb16(colour) => &mut **colour,
        _ => return pixels,
    };
    let least = values.iter().copied().min().unwrap_or_default();
    let range = u32::from(values.iter().copied().max().unwrap_or_default() - least).max(1);
    values.iter_mut().for_each(|value| {
        *value = (u32::from(*value - least) * u32::from(u16::MAX) / range) as u16;
    });
    pixels
}

impl PictureFile {
    fn of(pixels: DynamicImage) -> PictureFile {
        let (height, width) = (pixels.height(), pixels.width());
        let (bytes, colour) = match pixels.color().has_color() {
            true => (RgbImage::into_raw(pixels.into_rgb8()), ExtendedColorType::Rgb8),
            false => (GrayImage::into_raw(pixels.into_luma8()), ExtendedColorType::L8),
        };
        let (mut png, mut jpeg) = (Vec::new(), Vec::new());
        PngEncoder::new(&mut png)
            .write_image(&bytes, width, height, colour)
            .expect("a buffer of the stated size is written to memory");
        if png.len() <= MOST_PNG {
            return PictureFile::Png(png);
        }
        JpegEncoder::new_with_quality(&mut jpeg, QUALITY)
            .write_image(&bytes, width, height, colour)
            .expect("a buffer of the stated size is written to memory");
        if jpeg.len() < png.len() { PictureFile::Jpeg(jpeg) } else { PictureFile::Png(png) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn images_of(path: &std::path::Path, side: usize, pixels: Vec<u8>) -> Images {
        let mut images = Images::in_memory([1, side, side], pixels);
        images.files = vec![path.to_owned()];
        images
    }

    fn decoded(picture: &PictureFile) -> DynamicImage {
        let (PictureFile::Png(bytes) | PictureFile::Jpeg(bytes)) = picture;
        image::load_from_memory(bytes).unwrap()
    }

    #[test]
    fn a_picture_that_the_network_reads_smaller_is_shown_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wide.png");
        let wide = RgbImage::from_fn(6, 2, |x, _| image::Rgb([40 * x as u8, 0, 9]));
        wide.save(&path).unwrap();
        let original = images_of(&path, 2, vec![0; 4]).original(0).unwrap().unwrap();
        assert_eq!((original.height, original.width), (2, 6));
        assert_eq!(decoded(&original.picture).into_rgb8(), wide);
    }

    #[test]
    fn a_large_picture_is_reduced_in_proportion_and_a_photograph_is_a_small_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("noise.png");
        let noise = |x: u32, y: u32| (x * 97 + y * y * 31 + x * y * 7) as u8;
        RgbImage::from_fn(640, 480, |x, y| image::Rgb([noise(x, y), noise(y, x), noise(x, x)]))
            .save(&path)
            .unwrap();
        let original = images_of(&path, 2, vec![0; 4]).original(0).unwrap().unwrap();
        assert_eq!((original.height, original.width), (480, 640));
        let shown = decoded(&original.picture);
        assert_eq!((shown.height(), shown.width()), (240, 320));
        assert!(matches!(original.picture, PictureFile::Jpeg(_)));
    }

    #[test]
    fn what_is_read_as_it_is_and_what_is_gone_have_no_other_picture() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("small.png");
        GrayImage::from_raw(2, 2, vec![1, 2, 3, 4]).unwrap().save(&path).unwrap();
        assert_eq!(images_of(&path, 2, vec![1, 2, 3, 4]).original(0).unwrap(), None);
        // Of the same size, but cropped or otherwise changed.
        assert!(images_of(&path, 2, vec![1, 2, 3, 5]).original(0).unwrap().is_some());
        std::fs::write(&path, "no picture any more").unwrap();
        assert_eq!(images_of(&path, 2, vec![0; 4]).original(0).unwrap(), None);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(images_of(&path, 2, vec![0; 4]).original(0).unwrap(), None);
        assert_eq!(Images::in_memory([1, 2, 2], vec![0; 4]).original(0).unwrap(), None);
    }
}
