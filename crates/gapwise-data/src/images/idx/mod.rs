//! Idx files as MNIST has them, plain or gzip: bytes with a header that states their sizes.
//!
//! **Source**: the format's description beside MNIST (LeCun, Cortes and Burges, "The MNIST database
//! of handwritten digits"): a magic number (2051 for images, 2049 for labels), one big-endian
//! 32-bit size per dimension, then the values.

use std::path::Path;

use image::{DynamicImage, GrayImage};
use rayon::prelude::*;

use super::{
    ImageProblem, Images,
    finish::{Collected, Places},
    folder::unlabelled,
    layout::in_class_order,
    size::{Sizes, Target, stack},
};
use crate::{
    DataError, Note, Place, SourceOptions, problem::Gathered, source::LabelPolicy, split::Split,
};

mod file;
mod pairs;

use file::{Contents, Kind};
pub(super) use pairs::{Name, holds_idx};
use pairs::{Pair, check_splits, pairs};

/// Reads the idx files that `options` names.
pub(super) fn read(options: &SourceOptions) -> Result<Collected, DataError> {
    let mut notes = Vec::new();
    let mut problems = Gathered::new();
    let mut pairs = pairs(&options.path, &mut notes, &mut problems)?;
    for (split, path) in [(Split::Validation, &options.validation), (Split::Test, &options.test)] {
        let Some(path) = path else { continue };
        pairs.retain(|pair| pair.split != Some(split));
        let mut others = pairs::pairs(path, &mut notes, &mut problems)?;
        if others.iter().any(|pair| pair.split == Some(split)) {
            others.retain(|pair| pair.split == Some(split));
        }
        for pair in &mut others {
            (pair.name, pair.split) = (split.to_string(), Some(split));
        }
        pairs.extend(others);
    }
    check_splits(&options.path, &pairs, &mut problems);

    let loaded = load(&pairs, LabelPolicy::Required, &mut problems);
    let target = loaded.sizes.target(options.image_size);
    notes.extend(loaded.sizes.note(target));
    let (ids, splits, places) = loaded.examples();
    let (classes, of) = numbered(loaded.labels());
    let digest = loaded.digest;
    Ok(Collected {
        images: loaded.into_images(target),
        ids,
        places,
        classes,
        of,
        splits,
        notes,
        problems,
        digest,
    })
}

/// Idx files read like the training data's, for `alike`.
pub(super) struct Alike {
    pub(super) images: Images,
    pub(super) ids: Vec<String>,
    pub(super) places: Places,
    /// The label of each example as text, where every file has labels.
    pub(super) labels: Option<Vec<String>>,
    pub(super) notes: Vec<Note>,
    pub(super) problems: Gathered,
    pub(super) digest: blake3::Hash,
}

/// Reads all idx files at `path`, whatever their splits, at the size `(height, width)`.
pub(super) fn read_alike(
    path: &Path,
    size: (u32, u32),
    policy: LabelPolicy,
) -> Result<Alike, DataError> {
    let mut notes = Vec::new();
    let mut problems = Gathered::new();
    let pairs = pairs(path, &mut notes, &mut problems)?;
    let unpaired = pairs.iter().any(|pair| pair.labels.is_none());
    let loaded = load(&pairs, policy, &mut problems);
    let target = loaded.sizes.target(Some(size));
    notes.extend(loaded.sizes.note(target));
    let labels =
        (!unpaired).then(|| loaded.labels().map(|label| label.to_string()).collect::<Vec<_>>());
    let (ids, _, places) = loaded.examples();
    let digest = loaded.digest;
    Ok(Alike { images: loaded.into_images(target), ids, places, labels, notes, problems, digest })
}

/// The contents of idx files, in the order of their pairs.
struct Loaded<'a> {
    pairs: Vec<(&'a Pair, Contents, Contents)>,
    sizes: Sizes,
    digest: blake3::Hash,
}

/// Reads the files of all pairs in parallel. Pairs with a problem are left out.
fn load<'a>(pairs: &'a [Pair], policy: LabelPolicy, problems: &mut Gathered) -> Loaded<'a> {
    let files: Vec<(&Path, Kind)> = pairs
        .iter()
        .flat_map(|pair| {
            let labels = pair.labels.as_deref().map(|labels| (labels, Kind::Labels));
            [Some((pair.images.as_path(), Kind::Images)), labels].into_iter().flatten()
        })
        .collect();
    let contents: Vec<_> = files.par_iter().map(|&(path, kind)| file::read(path, kind)).collect();

    let mut digest = blake3::Hasher::new();
    let mut loaded = Vec::new();
    let mut sizes = Sizes::default();
    let mut contents = contents.into_iter();
    let mut next = |problems: &mut Gathered| match contents.next()? {
        Ok(contents) => {
            digest.update(contents.digest.as_bytes());
            Some(contents)
        }
        Err(problem) => {
            problems.push(problem.into());
            None
        }
    };
    for pair in pairs {
        let images = next(problems);
        let labels = match &pair.labels {
            Some(_) => next(problems),
            None if policy == LabelPolicy::Optional => Some(Contents::empty()),
            None => {
                problems.push(unlabelled(&pair.images));
                None
            }
        };
        let (Some(images), Some(labels)) = (images, labels) else { continue };
        let found = labels.bytes.len();
        if let Some(path) = &pair.labels
            && found != images.examples
        {
            let place = Place::path(path);
            problems.push(
                ImageProblem::LabelCount { place, images: images.examples, labels: found }.into(),
            );
            continue;
        }
        sizes.count((images.height, images.width), images.examples);
        loaded.push((pair, images, labels));
    }
    Loaded { pairs: loaded, sizes, digest: digest.finalize() }
}

impl Loaded<'_> {
    fn examples(&self) -> (Vec<String>, Vec<Option<Split>>, Places) {
        let (mut ids, mut splits, mut places) = (vec![], vec![], vec![]);
        for (pair, images, _) in &self.pairs {
            ids.extend((0..images.examples).map(|example| format!("{}:{example}", pair.name)));
            splits.extend(std::iter::repeat_n(pair.split, images.examples));
            places.push((pair.images.clone(), images.examples));
        }
        (ids, splits, Places::Idx(places))
    }

    fn labels(&self) -> impl Iterator<Item = u8> + Clone + '_ {
        self.pairs.iter().flat_map(|(_, _, labels)| labels.bytes.iter().copied())
    }

    /// All images at one size. Without resizing the files' bytes are joined as they are.
    fn into_images(self, target: Target) -> Images {
        let sizes = self.sizes.into_frequent_first();
        let mut contents = self.pairs.into_iter().map(|(_, images, _)| images);
        let images = if target.resized {
            let pictures = contents.flat_map(Contents::into_pictures).collect();
            stack(pictures, 1, target.size)
        } else {
            let mut pixels = contents.next().map(|images| images.bytes).unwrap_or_default();
            for images in contents {
                pixels.extend_from_slice(&images.bytes);
            }
            let (height, width) = target.size;
            let (height, width) = (height as usize, width as usize);
            Images { channels: 1, height, width, pixels, sizes: vec![] }
        };
        Images { sizes, ..images }
    }
}

impl Contents {
    fn into_pictures(self) -> Vec<DynamicImage> {
        let area = self.height as usize * self.width as usize;
        self.bytes
            .par_chunks_exact(area)
            .filter_map(|pixels| GrayImage::from_raw(self.width, self.height, pixels.to_vec()))
            .map(DynamicImage::ImageLuma8)
            .collect()
    }
}

/// Class names of the label values that occur, and the class number of each example.
fn numbered(labels: impl Iterator<Item = u8> + Clone) -> (Vec<String>, Vec<u32>) {
    let mut present = [false; 256];
    for label in labels.clone() {
        present[usize::from(label)] = true;
    }
    let mut names: Vec<String> =
        (0..=u8::MAX).filter(|&value| present[usize::from(value)]).map(|v| v.to_string()).collect();
    in_class_order(&mut names);
    let mut numbers = [0_u32; 256];
    let values = (0..256).filter(|&value| present[value]);
    for (number, value) in values.enumerate() {
        numbers[value] = number as u32;
    }
    (names, labels.map(|label| numbers[usize::from(label)]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_values_are_numbered_in_their_order_without_gaps() {
        // Values 1, 3 and 26 occur: classes 0, 1 and 2.
        let (names, of) = numbered([26, 1, 3, 1].into_iter());
        assert_eq!(names, ["1", "3", "26"]);
        assert_eq!(of, [2, 0, 1, 0]);
    }
}
