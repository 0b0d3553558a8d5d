//! Idx files as MNIST has them, plain or gzip: bytes with a header that states their sizes.
//!
//! **Source**: the format's description beside MNIST (LeCun, Cortes and Burges, "The MNIST database
//! of handwritten digits"): a magic number (2051 for images, 2049 for labels), one big-endian
//! 32-bit size per dimension, then the values.

use std::{
    collections::{BTreeSet, HashMap},
    path::Path,
};

use rayon::prelude::*;

use super::{
    Depth, ImageProblem,
    finish::{Collected, Places},
    folder::unlabelled,
    layout::in_class_order,
    memory::ImageMemory,
    size::{Framing, Sizes},
    stack::{Shape, Stack, Stacked},
};
use crate::{
    DataError, Note, Place, SourceOptions, problem::Gathered, source::LabelPolicy, split::Split,
};

mod file;
mod labels;
mod pairs;

use file::{IdxFile, Kind};
use labels::Labels;
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
    let beside = pairs.len();
    if let Some(path) = &options.train_from {
        let mut others = pairs::pairs(path, &mut notes, &mut problems)?;
        if others.iter().any(|pair| pair.split == Some(Split::Train)) {
            others.retain(|pair| pair.split == Some(Split::Train));
        }
        for pair in &mut others {
            (pair.name, pair.split) = (format!("train-from:{}", pair.name), None);
        }
        pairs.extend(others);
    }

    let wanted = Wanted {
        channels: 1,
        depth: Depth::Eight,
        size: options.image_size,
        fit: options.image_fit.unwrap_or_default(),
        policy: LabelPolicy::Required,
        memory: ImageMemory::of(options.image_memory),
    };
    let loaded = load(&pairs, wanted, (&mut notes, &mut problems))?;
    let (ids, splits, places) = loaded.examples();
    let train_from = loaded.of_pairs(&pairs[beside..]);
    let (classes, of) = numbered(loaded.labels());
    let Stacked { images, content } = loaded.stacked;
    notes.extend(wanted.memory.note(&images));
    let digest = loaded.digest;
    Ok(Collected {
        images,
        content,
        ids,
        places,
        classes,
        of,
        splits,
        train_from,
        notes,
        problems,
        digest,
    })
}

/// Idx files read like the training data's, for `alike`.
pub(super) struct Alike {
    pub(super) stacked: Stacked,
    pub(super) ids: Vec<String>,
    pub(super) places: Places,
    /// The label of each example as text, where every file has labels.
    pub(super) labels: Option<Vec<String>>,
    pub(super) notes: Vec<Note>,
    pub(super) problems: Gathered,
    pub(super) digest: blake3::Hash,
}

/// Reads all idx files at `path`, whatever their splits, at one shape.
pub(super) fn read_alike(
    path: &Path,
    (shape, fit): (Shape, Framing),
    (policy, memory): (LabelPolicy, ImageMemory),
) -> Result<Alike, DataError> {
    let mut notes = Vec::new();
    let mut problems = Gathered::new();
    let pairs = pairs(path, &mut notes, &mut problems)?;
    let unpaired = pairs.iter().any(|pair| pair.labels.is_none());
    let wanted = Wanted {
        channels: shape.channels,
        depth: shape.depth,
        size: Some((shape.height, shape.width)),
        fit,
        policy,
        memory,
    };
    let loaded = load(&pairs, wanted, (&mut notes, &mut problems))?;
    let labels =
        (!unpaired).then(|| loaded.labels().map(|label| label.to_string()).collect::<Vec<_>>());
    let (ids, _, places) = loaded.examples();
    let Loaded { stacked, digest, .. } = loaded;
    Ok(Alike { stacked, ids, places, labels, notes, problems, digest })
}

/// How idx files are to be read.
#[derive(Clone, Copy)]
struct Wanted {
    channels: usize,
    depth: Depth,
    /// Height and width; without it, the rule for images of all kinds.
    size: Option<(u32, u32)>,
    /// How images of another size get it.
    fit: Framing,
    policy: LabelPolicy,
    memory: ImageMemory,
}

/// The contents of idx files, in the order of their pairs.
struct Loaded<'a> {
    /// Each pair with its number of images and its labels.
    pairs: Vec<(&'a Pair, usize, Vec<i64>)>,
    stacked: Stacked,
    digest: blake3::Hash,
}

/// Reads the files of all pairs. Pairs with a problem are left out.
fn load<'a>(
    pairs: &'a [Pair],
    wanted: Wanted,
    (notes, problems): (&mut Vec<Note>, &mut Gathered),
) -> Result<Loaded<'a>, DataError> {
    let (mut opened, mut files) = (Vec::new(), Vec::new());
    let mut sizes = Sizes::default();
    for pair in pairs {
        let images = IdxFile::open(&pair.images, Kind::Images).map_err(DataError::from);
        let images = problems.sift(images)?;
        let labels = match &pair.labels {
            Some(path) => problems.sift(Labels::read(path))?,
            None if wanted.policy == LabelPolicy::Optional => Some(Labels::none()),
            None => {
                problems.push(unlabelled(&pair.images));
                None
            }
        };
        if let (Some(images), Some(labels)) = (images, labels) {
            sizes.count((images.height, images.width), images.examples);
            opened.push((pair, images.examples, labels));
            files.push(images);
        }
    }
    let target = sizes.target(wanted.size);
    notes.extend(sizes.note(target, wanted.fit));
    let (height, width) = target.size;
    let Wanted { channels, depth, .. } = wanted;
    let shape = Shape { channels, height, width, depth };
    let (stack, read) = read_images(files, (shape, wanted.fit), wanted.memory)?;

    let mut digest = blake3::Hasher::new();
    let mut loaded = Vec::new();
    for ((pair, images, labels), of_images) in opened.into_iter().zip(read) {
        let Some(of_images) = problems.sift(of_images)? else { continue };
        digest.update(of_images.as_bytes()).update(labels.digest.as_bytes());
        notes.extend(labels.note);
        let labels = labels.of;
        match &pair.labels {
            Some(path) if labels.len() != images => {
                let (place, labels) = (Place::path(path), labels.len());
                problems.push(ImageProblem::LabelCount { place, images, labels }.into());
            }
            _ => loaded.push((pair, images, labels)),
        }
    }
    let mut stacked = stack.finish(sizes.into_frequent_first());
    if loaded.len() < pairs.len() {
        // The data is refused, and the images are no longer those of the pairs that are left.
        stacked.content.clear();
    }
    Ok(Loaded { pairs: loaded, stacked, digest: digest.finalize() })
}

/// The images of all files at one shape, and of each file its hash or what is wrong with it.
fn read_images(
    files: Vec<IdxFile>,
    shape: (Shape, Framing),
    memory: ImageMemory,
) -> Result<(Stack, Vec<Result<blake3::Hash, DataError>>), DataError> {
    let fill = |file: IdxFile, stack: &mut Stack| {
        let (height, width) = (file.height, file.width);
        let from = Shape { channels: 1, height, width, depth: Depth::Eight };
        file.read(|images| stack.push_shaped(images, from))
    };
    let examples = files.iter().map(IdxFile::room).sum();
    let mut stack = Stack::with_room(shape, examples, memory)?;
    if stack.is_on_disk() {
        let read = files.into_iter().map(|file| fill(file, &mut stack)).collect();
        return Ok((stack, read));
    }
    // In memory, the files are read side by side, and joined to the first of them.
    let mut stacks = vec![stack];
    for file in files.iter().skip(1) {
        stacks.push(Stack::with_room(shape, file.room(), memory)?);
    }
    let read = stacks.par_iter_mut().zip(files).map(|(stack, file)| fill(file, stack)).collect();
    let mut stacks = stacks.into_iter();
    let mut stack = stacks.next().expect("there is one before those of the further files");
    for other in stacks {
        stack.append(other)?;
    }
    Ok((stack, read))
}

impl Loaded<'_> {
    fn examples(&self) -> (Vec<String>, Vec<Option<Split>>, Places) {
        let (mut ids, mut splits, mut places) = (vec![], vec![], vec![]);
        for &(pair, images, _) in &self.pairs {
            ids.extend((0..images).map(|example| format!("{}:{example}", pair.name)));
            splits.extend(std::iter::repeat_n(pair.split, images));
            places.push((pair.images.clone(), images));
        }
        (ids, splits, Places::Idx(places))
    }

    /// Whether each example is of one of these pairs.
    fn of_pairs(&self, these: &[Pair]) -> Vec<bool> {
        let is_one = |pair: &Pair| these.iter().any(|other| other.images == pair.images);
        let of_pair = |&(pair, images, _): &(&Pair, usize, Vec<i64>)| {
            std::iter::repeat_n(is_one(pair), images)
        };
        self.pairs.iter().flat_map(of_pair).collect()
    }

    fn labels(&self) -> impl Iterator<Item = i64> + Clone + '_ {
        self.pairs.iter().flat_map(|(_, _, labels)| labels.iter().copied())
    }
}

/// Class names of the label values that occur, and the class number of each example.
fn numbered(labels: impl Iterator<Item = i64> + Clone) -> (Vec<String>, Vec<u32>) {
    let values: BTreeSet<i64> = labels.clone().collect();
    let mut names: Vec<String> = values.iter().map(i64::to_string).collect();
    in_class_order(&mut names);
    let numbers: HashMap<i64, u32> = values.into_iter().zip(0..).collect();
    (names, labels.map(|label| numbers[&label]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_values_are_numbered_in_their_order_without_gaps() {
        // Values −1, 1, 3, 26 and 300 occur: classes 0 to 4.
        let (names, of) = numbered([26, 1, 300, 3, -1, 1].into_iter());
        assert_eq!(names, ["-1", "1", "3", "26", "300"]);
        assert_eq!(of, [3, 1, 4, 2, 0, 1]);
    }
}
