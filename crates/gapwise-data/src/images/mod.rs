//! Images: from a folder per class, or from idx files, to pixels and to a network's input.
//!
//! | step | where |
//! |---|---|
//! | which files are there, with which class and split | `layout` |
//! | one file to pixels: format by content, 8 bits, alpha over white | `decode` |
//! | one size and one number of channels for all | `size`, `stack` |
//! | pixels held in memory, or on disk where they do not fit | `memory`, `pixels` |
//! | idx files as MNIST has them | `idx` |
//! | checks across examples, and the finished [`Dataset`] | `finish` |
//! | other data, read like the training data | `alike` |
//! | pixels to a network's input | `encode` |
//! | a training image changed at random | `augment` |
//! | a picture of what that makes of some images | `sheet`, `caption` |
//! | an image as a person sees it in its file | `original` |
//!
//! **Rules.** Images that all have one size of at most 64×64 keep it; otherwise each is resized to
//! 32×32, or to [`SourceOptions::image_size`], by a triangle filter as wide as the reduction (so
//! that every pixel of the source counts), without keeping the aspect ratio. Images without a
//! coloured pixel are grey; if all are grey there is one channel, else there are three. 16-bit
//! values are rounded to 8 bits, transparent pixels are laid over white, an animation gives its
//! first frame, and a photograph is turned upright as its EXIF orientation says. Each of these is
//! said in a note where it was done.

use std::{borrow::Cow, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::{DataError, Dataset, Place, Problem, SourceOptions};

mod alike;
mod augment;
mod caption;
mod decode;
mod encode;
mod finish;
mod folder;
mod idx;
mod layout;
mod memory;
mod original;
mod pixels;
mod problem;
mod sheet;
mod size;
mod stack;

pub use alike::read_like;
pub use augment::{Augmentation, Draw};
pub(crate) use decode::starts_like_image;
pub use encode::ImageEncoder;
pub use layout::looks_like_images;
pub use memory::room;
pub use original::{Original, PictureFile};
use pixels::Pixels;
pub use problem::{ImageProblem, SIDES};
pub use sheet::{Column, ContactSheet};
pub use size::Framing;

/// Images of one size, as bytes; in memory, or on disk where they do not fit.
#[derive(Debug, Clone)]
pub struct Images {
    /// 1 for grey, 3 for red, green and blue.
    pub channels: usize,
    /// Pixels of a column.
    pub height: usize,
    /// Pixels of a row.
    pub width: usize,
    /// Sizes found in the source as (height, width, images), most frequent first.
    pub sizes: Vec<(u32, u32, usize)>,
    /// `[example, channel, height, width]`, 0 (black) to 255.
    pixels: Pixels,
    /// The file of each image, where each has one of its own; else empty.
    files: Vec<PathBuf>,
}

impl Images {
    /// Images in memory: `pixels` are `[example, channel, height, width]`, 0 (black) to 255, of the
    /// shape `[channels, height, width]`. There is no source, so `sizes` is empty.
    ///
    /// # Panics
    ///
    /// When `pixels` are not those of whole images.
    pub fn in_memory(shape: [usize; 3], pixels: Vec<u8>) -> Self {
        let [channels, height, width] = shape;
        let whole = pixels.len().checked_rem(channels * height * width).unwrap_or(pixels.len());
        assert_eq!(whole, 0, "whole images");
        let (sizes, files, pixels) = (Vec::new(), Vec::new(), Pixels::Memory(pixels));
        Images { channels, height, width, sizes, pixels, files }
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.pixels.len().checked_div(self.stride() as u64).unwrap_or(0) as usize
    }

    /// Whether there is no image at all.
    pub fn is_empty(&self) -> bool {
        self.pixels.len() == 0
    }

    /// The pixels of one image, `[channel, height, width]`. Any number of threads may ask at once.
    ///
    /// # Errors
    ///
    /// [`DataError::ScratchNotRead`] when the images are on disk and the disk fails.
    ///
    /// # Panics
    ///
    /// When `example` is not below [`len`](Images::len).
    pub fn of(&self, example: usize) -> Result<Cow<'_, [u8]>, DataError> {
        self.pixels.read(example as u64 * self.stride() as u64, self.stride())
    }

    /// One image as a PNG file.
    ///
    /// # Errors
    ///
    /// As [`of`](Images::of).
    ///
    /// # Panics
    ///
    /// When `example` is not below [`len`](Images::len).
    pub fn png(&self, example: usize) -> Result<Vec<u8>, DataError> {
        let planes = self.of(example)?;
        let area = self.height * self.width;
        let (bytes, colour) = match self.channels {
            1 => (planes, image::ExtendedColorType::L8),
            _ => {
                let pixel = |at| [planes[at], planes[area + at], planes[2 * area + at]];
                ((0..area).flat_map(pixel).collect(), image::ExtendedColorType::Rgb8)
            }
        };
        let mut file = Vec::new();
        let encoder = image::codecs::png::PngEncoder::new(&mut file);
        image::ImageEncoder::write_image(
            encoder,
            &bytes,
            self.width as u32,
            self.height as u32,
            colour,
        )
        .expect("a buffer of the stated size is written to memory");
        Ok(file)
    }

    /// Bytes of one image.
    fn stride(&self) -> usize {
        self.channels * self.height * self.width
    }
}

/// How a trained network's images were read, stored with it so that other images are read alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageReading {
    /// 1 for grey, 3 for red, green and blue.
    pub channels: usize,
    /// Pixels of a column.
    pub height: usize,
    /// Pixels of a row.
    pub width: usize,
    /// Class names, in the order of their numbers.
    pub classes: Vec<String>,
    /// How images of another size get this one.
    #[serde(default)]
    pub fit: Framing,
}

/// Reads labelled images: a folder per class, or idx files, with ready-made splits where the
/// source or `options` has them.
///
/// # Errors
///
/// [`DataError::Problems`] with every problem found, when any of them is fatal, or when an image
/// is bad and `options.skip_bad` is off. [`DataError::Io`] when a folder cannot be listed or a
/// file cannot be opened.
pub fn read(options: &SourceOptions) -> Result<Dataset, DataError> {
    problem::check_options(options)?;
    let collected = if idx::holds_idx(&options.path)? {
        idx::read(options)?
    } else if options.path.is_file() {
        let problem = Problem::UnknownSource {
            place: Place::path(&options.path),
            expected: "a folder of images per class".to_owned(),
            found: "a single file".to_owned(),
        };
        return Err(DataError::Problems(vec![problem]));
    } else {
        folder::read(options)?
    };
    finish::finish(options, collected)
}

/// Whether a file's name is that of an idx file.
pub(crate) fn is_idx_name(path: &std::path::Path) -> bool {
    idx::Name::of(path).is_some()
}
