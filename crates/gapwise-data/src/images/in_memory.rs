//! Images that a program hands over, without a file.

use std::{collections::HashMap, path::Path};

use image::{DynamicImage, ImageBuffer};
use rayon::prelude::*;

use super::{
    Depth, Framing, Images, SIDES,
    alike::{Found, shape_of},
    finish::{Collected, Places, finish},
    layout::in_class_order,
    memory::ImageMemory,
    stack::{CHUNK, Pile, Planes, key},
};
use crate::{
    DataError, Dataset, Place, Problem, SourceOptions,
    problem::Gathered,
    source::{LabelPolicy, Likewise, Reading},
    unicode::composed,
    wording::{counted, thousands},
};

/// Images of one size, with their classes where they have some.
///
/// ```
/// use gapwise_data::memory::HeldImages;
///
/// # fn main() -> Result<(), gapwise_data::DataError> {
/// let pixels = (0..2 * 4 * 4).map(|value| value as u8).collect();
/// let classes = vec!["left".into(), "right".into()];
/// let dataset = HeldImages::new("arrows", [1, 4, 4]).bytes(pixels, classes).dataset()?;
/// assert_eq!(dataset.len(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct HeldImages {
    name: String,
    shape: [usize; 3],
    depth: Depth,
    /// `[image, channel, height, width]`.
    pixels: Vec<u8>,
    classes: Vec<String>,
}

impl HeldImages {
    /// No images yet, of this shape: channels (1 or 3), height, width. `name` is what the data set is
    /// called, and what the ids of its images begin with.
    pub fn new(name: impl Into<String>, shape: [usize; 3]) -> Self {
        let (pixels, classes) = (Vec::new(), Vec::new());
        HeldImages { name: name.into(), shape, depth: Depth::Eight, pixels, classes }
    }

    /// The same with these images, `[image, channel, height, width]` from 0 (black) to 255, and the class
    /// of each; no class where they are to be predicted
    /// ([`read_like`](HeldImages::read_like)).
    #[must_use]
    pub fn bytes(self, pixels: Vec<u8>, classes: Vec<String>) -> Self {
        HeldImages { depth: Depth::Eight, pixels, classes, ..self }
    }

    /// The same with images of 16 bits, from 0 (black) to 65,535.
    #[must_use]
    pub fn deep(self, pixels: &[u16], classes: Vec<String>) -> Self {
        let pixels = pixels.iter().flat_map(|value| value.to_le_bytes()).collect();
        HeldImages { depth: Depth::Sixteen, pixels, classes, ..self }
    }

    /// The data set, checked as one that was read. Images keep their size.
    ///
    /// # Errors
    ///
    /// [`DataError::Problems`] where the shape is none of images, where the pixels are not those of as
    /// many images as there are classes, and with every problem that images from files can have.
    pub fn dataset(self) -> Result<Dataset, DataError> {
        let image = self.bytes_of_image()?;
        let images = self.classes.len();
        if !self.holds(images, image) {
            return Err(self.other_number(images));
        }
        let mut classes: Vec<String> =
            self.classes.iter().map(|class| composed(class).into_owned()).collect();
        let numbers = classes.clone();
        in_class_order(&mut classes);
        classes.dedup();
        let numbered: HashMap<&str, u32> = classes.iter().map(String::as_str).zip(0..).collect();
        let of = numbers.iter().map(|class| numbered[class.as_str()]).collect();
        let options = SourceOptions {
            path: self.name.clone().into(),
            image_fit: Some(Framing::default()),
            ..SourceOptions::default()
        };
        let collected = Collected {
            content: self.pixels.chunks_exact(image).map(key).collect(),
            ids: self.ids(images),
            places: self.places(images),
            digest: self.digest(),
            splits: vec![None; images],
            train_from: vec![false; images],
            notes: Vec::new(),
            problems: Gathered::new(),
            images: Images {
                sizes: self.sizes(images),
                ..Images::of_bytes(self.shape, self.depth, self.pixels)
            },
            classes,
            of,
        };
        finish(&options, collected)
    }

    /// These images read like those that a network was trained on: at the size, with the channels and
    /// with the depth that `reading` records, as [`source::read_like`](crate::source::read_like) reads a
    /// folder. Where no class is named they have no labels; labels are there too where every class named
    /// is one of the training data.
    ///
    /// ```
    /// use gapwise_data::memory::HeldImages;
    ///
    /// # fn main() -> Result<(), gapwise_data::DataError> {
    /// # let pixels = (0..2 * 4 * 4).map(|value| value as u8).collect();
    /// # let classes = vec!["left".into(), "right".into()];
    /// # let dataset = HeldImages::new("arrows", [1, 4, 4]).bytes(pixels, classes).dataset()?;
    /// // Colour becomes grey, and 8×8 becomes 4×4, as the network reads.
    /// let new = HeldImages::new("new", [3, 8, 8]).bytes(vec![7; 3 * 8 * 8], Vec::new());
    /// let read = new.read_like(&dataset.reading)?;
    /// assert_eq!(read.ids, ["new:0"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`DataError::Problems`] where the shape is none of images, where the pixels are not those of whole
    /// images or of as many as classes are named, where there is no image, and where `reading` is that of
    /// a table; [`DataError::ScratchNotWritten`] where they fit neither in memory nor on disk.
    pub fn read_like(self, reading: &Reading) -> Result<Likewise, DataError> {
        let Reading::Images(reading) = reading else {
            return Err(self.refused("a table, as the training data was one", "images".to_owned()));
        };
        let image = self.bytes_of_image()?;
        let images = match self.classes.len() {
            0 => self.pixels.len() / image,
            named => named,
        };
        if !self.holds(images, image) {
            return Err(self.other_number(images));
        }
        let memory = ImageMemory::of(None);
        let mut pile = Pile::new(memory)?;
        let at_a_time = (CHUNK / image).max(1);
        let mut left = images;
        for some in self.pixels.chunks(at_a_time * image) {
            let some: Vec<&[u8]> = some.chunks_exact(image).collect();
            left -= some.len();
            let wanted = (Some(reading.channels), Some(reading.depth));
            let planes = some.into_par_iter().map(|image| Planes::of(self.picture(image), wanted));
            pile.push(planes.collect(), left)?;
        }
        let stack = pile.into_stack(shape_of(reading), reading.fit)?;
        let found = Found {
            stacked: stack.finish(self.sizes(images)),
            memory,
            ids: self.ids(images),
            places: self.places(images),
            labels: (!self.classes.is_empty()).then(|| self.classes.clone()),
            notes: Vec::new(),
            problems: Gathered::new(),
            digest: self.digest(),
        };
        found.finish(reading, Path::new(&self.name), LabelPolicy::Optional)
    }

    /// Bytes of one image, where the shape is one of images.
    fn bytes_of_image(&self) -> Result<usize, DataError> {
        let [channels, height, width] = self.shape;
        let largest = *SIDES.end() as usize;
        let is_side = |side: usize| (1..=largest).contains(&side);
        if [1, 3].contains(&channels) && is_side(height) && is_side(width) {
            return Ok(channels * height * width * self.depth.bytes());
        }
        let expected = format!("1 or 3 channels, and sides of 1 to {} pixels", thousands(largest));
        Err(self.refused(&expected, format!("{channels} × {height} × {width}")))
    }

    /// Whether there are so many images of so many bytes.
    fn holds(&self, images: usize, image: usize) -> bool {
        images.checked_mul(image) == Some(self.pixels.len())
    }

    fn other_number(&self, images: usize) -> DataError {
        let [channels, height, width] = self.shape;
        let named = if self.classes.is_empty() { "" } else { ", one for each class named" };
        let images = counted(images, "image");
        let expected = format!("{images} of {channels} × {height} × {width}{named}");
        self.refused(&expected, counted(self.pixels.len() / self.depth.bytes(), "value"))
    }

    fn refused(&self, expected: &str, found: String) -> DataError {
        let (place, expected) = (Place::path(Path::new(&self.name)), expected.to_owned());
        Problem::UnknownSource { place, expected, found }.into()
    }

    fn ids(&self, images: usize) -> Vec<String> {
        (0..images).map(|image| format!("{}:{image}", self.name)).collect()
    }

    fn places(&self, images: usize) -> Places {
        Places::Idx(vec![(self.name.clone().into(), images)])
    }

    fn sizes(&self, images: usize) -> Vec<(u32, u32, usize)> {
        let [_, height, width] = self.shape;
        if images == 0 { Vec::new() } else { vec![(height as u32, width as u32, images)] }
    }

    /// Hash of shape, pixels and classes. The sizes come first, since the same bytes are other images
    /// in another shape.
    fn digest(&self) -> blake3::Hash {
        let mut digest = blake3::Hasher::new();
        for size in self.shape.into_iter().chain([self.depth.bytes(), self.pixels.len()]) {
            digest.update(&(size as u64).to_le_bytes());
        }
        digest.update(&self.pixels);
        for class in &self.classes {
            digest.update(&(class.len() as u64).to_le_bytes()).update(class.as_bytes());
        }
        digest.finalize()
    }

    /// One image, of which these are the planes.
    fn picture(&self, planes: &[u8]) -> DynamicImage {
        const WHOLE: &str = "an image has channels × height × width values";
        let [channels, height, width] = self.shape;
        let (width, height) = (width as u32, height as u32);
        match self.depth {
            Depth::Eight => {
                let values = by_pixels(planes, channels);
                match channels {
                    1 => ImageBuffer::from_raw(width, height, values).map(DynamicImage::ImageLuma8),
                    _ => ImageBuffer::from_raw(width, height, values).map(DynamicImage::ImageRgb8),
                }
            }
            Depth::Sixteen => {
                let values = planes.as_chunks().0.iter().map(|bytes| u16::from_le_bytes(*bytes));
                let values = by_pixels(&values.collect::<Vec<u16>>(), channels);
                match channels {
                    1 => {
                        ImageBuffer::from_raw(width, height, values).map(DynamicImage::ImageLuma16)
                    }
                    _ => ImageBuffer::from_raw(width, height, values).map(DynamicImage::ImageRgb16),
                }
            }
        }
        .expect(WHOLE)
    }
}

/// Values that stand plane by plane, pixel by pixel.
fn by_pixels<T: Copy>(planes: &[T], channels: usize) -> Vec<T> {
    let area = planes.len() / channels;
    (0..area).flat_map(|at| (0..channels).map(move |channel| planes[channel * area + at])).collect()
}
