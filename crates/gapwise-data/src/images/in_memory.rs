//! Labelled images that a program hands over, without a file.

use std::path::Path;

use super::{
    Depth, Framing, Images,
    finish::{Collected, Places, finish},
    stack::key,
};
use crate::{
    DataError, Dataset, Place, Problem, SourceOptions, problem::Gathered, wording::counted,
};

/// Images of one size with their classes.
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
    /// of each.
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

    /// The data set, checked as one that was read.
    ///
    /// # Errors
    ///
    /// [`DataError::Problems`] where the pixels are not those of as many images as there are classes,
    /// and with every problem that images from files can have.
    pub fn dataset(self) -> Result<Dataset, DataError> {
        let [channels, height, width] = self.shape;
        let place = || Place::path(Path::new(&self.name));
        let refuse = |expected: &str, found: String| {
            let (place, expected) = (place(), expected.to_owned());
            DataError::from(Problem::UnknownSource { place, expected, found })
        };
        if ![1, 3].contains(&channels) || height == 0 || width == 0 {
            let found = format!("{channels} × {height} × {width}");
            return Err(refuse("1 or 3 channels, and sides of at least a pixel", found));
        }
        let image = channels * height * width * self.depth.bytes();
        let images = self.classes.len();
        if self.pixels.len() != images * image {
            let expected = format!(
                "{} of {channels} × {height} × {width}, one for each class named",
                counted(images, "image")
            );
            let values = self.pixels.len() / self.depth.bytes();
            return Err(refuse(&expected, counted(values, "value")));
        }
        let content = self.pixels.chunks_exact(image).map(key).collect();
        let mut classes = self.classes.clone();
        classes.sort();
        classes.dedup();
        let number = |class: &String| classes.binary_search(class).unwrap_or(0) as u32;
        let of: Vec<u32> = self.classes.iter().map(number).collect();
        let mut digest = blake3::Hasher::new();
        digest.update(&self.pixels);
        for class in &self.classes {
            digest.update(&(class.len() as u64).to_le_bytes()).update(class.as_bytes());
        }
        let options = SourceOptions {
            path: self.name.clone().into(),
            image_fit: Some(Framing::default()),
            ..SourceOptions::default()
        };
        let sizes = vec![(height as u32, width as u32, images)];
        let pixels = Images::of_bytes(self.shape, self.depth, self.pixels);
        finish(
            &options,
            Collected {
                images: Images { sizes, ..pixels },
                content,
                ids: (0..images).map(|image| format!("{}:{image}", self.name)).collect(),
                places: Places::Idx(vec![(self.name.clone().into(), images)]),
                classes,
                of,
                splits: vec![None; images],
                train_from: vec![false; images],
                notes: Vec::new(),
                problems: Gathered::new(),
                digest: digest.finalize(),
            },
        )
    }
}
