//! Images: from a folder per class, or from idx files, to pixels and to a network's input.
//!
//! | step | where |
//! |---|---|
//! | which files are there, with which class and split | `layout` |
//! | one file to pixels: format by content, alpha over white | `decode` |
//! | whether values have 8 bits or 16 | `depth` |
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
//! coloured pixel are grey; if all are grey there is one channel, else there are three. If any has
//! values of 16 bits that 8 do not hold, all are read with 16. Transparent pixels are laid over white,
//! an animation gives its first frame, and a photograph is turned upright as its EXIF orientation
//! says. Each of these is said in a note where it was done.

use std::{borrow::Cow, path::PathBuf};

use depth::Sample;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{DataError, Dataset, Place, Problem, SourceOptions};

mod alike;
mod animation;
mod augment;
mod caption;
mod decode;
mod depth;
mod encode;
mod finish;
mod folder;
mod idx;
mod in_memory;
mod layout;
mod memory;
mod options;
mod original;
mod pixels;
mod sheet;
mod size;
mod stack;

pub use alike::read_like;
pub(crate) use alike::{is_one_image, read_files_like};
pub use augment::{At, Augmentation, Draw, PlaceMap};
pub(crate) use decode::starts_like_image;
pub use depth::Depth;
pub use encode::ImageEncoder;
pub use in_memory::HeldImages;
pub use layout::looks_like_images;
pub use memory::{free, room};
pub use original::{Original, PictureFile};
use pixels::Pixels;
pub use sheet::{Column, ContactSheet};
pub use size::Framing;

pub use crate::problem::{ImageProblem, SIDES};

/// Images of one size and depth, as bytes; in memory, or on disk where they do not fit.
#[derive(Debug, Clone)]
pub struct Images {
    /// 1 for grey, 3 for red, green and blue.
    pub channels: usize,
    /// Pixels of a column.
    pub height: usize,
    /// Pixels of a row.
    pub width: usize,
    /// Bits of a value.
    pub depth: Depth,
    /// Sizes found in the source as (height, width, images), most frequent first.
    pub sizes: Vec<(u32, u32, usize)>,
    /// `[example, channel, height, width]`, as `depth` has them.
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
        Images::of_bytes(shape, Depth::Eight, pixels)
    }

    /// The same of 16 bits.
    ///
    /// # Panics
    ///
    /// When `pixels` are not those of whole images.
    pub fn deep_in_memory(shape: [usize; 3], pixels: &[u16]) -> Self {
        let bytes = pixels.iter().flat_map(|value| value.to_le_bytes()).collect();
        Images::of_bytes(shape, Depth::Sixteen, bytes)
    }

    fn of_bytes(shape: [usize; 3], depth: Depth, bytes: Vec<u8>) -> Self {
        let [channels, height, width] = shape;
        let image = channels * height * width * depth.bytes();
        assert_eq!(bytes.len().checked_rem(image).unwrap_or(bytes.len()), 0, "whole images");
        let (sizes, files, pixels) = (Vec::new(), Vec::new(), Pixels::Memory(bytes));
        Images { channels, height, width, depth, sizes, pixels, files }
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.pixels.len().checked_div(self.stride() as u64).unwrap_or(0) as usize
    }

    /// Whether there is no image at all.
    pub fn is_empty(&self) -> bool {
        self.pixels.len() == 0
    }

    /// The bytes of one image, `[channel, height, width]`, as [`Depth`] has them. Any number of threads
    /// may ask at once.
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

    /// The values of one image, `[channel, height, width]`, from 0 (black) to [`Depth::white`].
    ///
    /// # Errors
    ///
    /// As [`of`](Images::of).
    ///
    /// # Panics
    ///
    /// When `example` is not below [`len`](Images::len).
    pub fn values(&self, example: usize) -> Result<Vec<u16>, DataError> {
        let bytes = self.of(example)?;
        Ok(match self.depth {
            Depth::Eight => bytes.iter().map(|&value| value.value()).collect(),
            Depth::Sixteen => bytes.as_chunks::<2>().0.iter().map(|value| value.value()).collect(),
        })
    }

    /// The largest value of these images: what their values could be told apart from 0 by.
    ///
    /// # Errors
    ///
    /// As [`of`](Images::of).
    ///
    /// # Panics
    ///
    /// When one of `examples` is not below [`len`](Images::len).
    pub fn largest(&self, examples: &[usize]) -> Result<u16, DataError> {
        let largest =
            |example: &usize| Ok(self.values(*example)?.into_iter().max().unwrap_or_default());
        examples.par_iter().map(largest).try_reduce(|| 0, |one, other| Ok(one.max(other)))
    }

    /// What stands for white in these images, as a share of what [`Depth::white`] does: 1 for 8 bits. Of 16
    /// bits, often 10, 12 or 14 are used, and so it is the largest number of as many bits as the largest value
    /// takes.
    ///
    /// # Errors
    ///
    /// As [`of`](Images::of).
    ///
    /// # Panics
    ///
    /// When one of `examples` is not below [`len`](Images::len).
    pub fn range(&self, examples: &[usize]) -> Result<f32, DataError> {
        if self.depth == Depth::Eight {
            return Ok(1.0);
        }
        let bits = (u16::BITS - self.largest(examples)?.leading_zeros()).max(8);
        Ok(((1_u32 << bits) - 1) as f32 / f32::from(self.depth.white()))
    }

    /// One image as a PNG file for people to look at. Of 16 bits, its darkest value becomes black and
    /// its brightest white, since many such images fill a small part of the range.
    ///
    /// # Errors
    ///
    /// As [`of`](Images::of).
    ///
    /// # Panics
    ///
    /// When `example` is not below [`len`](Images::len).
    pub fn png(&self, example: usize) -> Result<Vec<u8>, DataError> {
        let planes = self.shown(example)?;
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

    /// One image with 8 bits.
    fn shown(&self, example: usize) -> Result<Cow<'_, [u8]>, DataError> {
        if self.depth == Depth::Eight {
            return self.of(example);
        }
        let values = self.values(example)?;
        let least = values.iter().copied().min().unwrap_or_default();
        let range = u32::from(values.iter().copied().max().unwrap_or_default() - least).max(1);
        let shown = |value: u16| (u32::from(value - least) * 255 / range) as u8;
        Ok(values.into_iter().map(shown).collect())
    }

    /// Bytes of one image.
    fn stride(&self) -> usize {
        self.channels * self.height * self.width * self.depth.bytes()
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
    /// Bits of a value.
    #[serde(default, skip_serializing_if = "Depth::is_usual")]
    pub depth: Depth,
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
    options::check(options)?;
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
