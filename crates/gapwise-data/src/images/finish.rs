//! From what a source held to a checked [`Dataset`].

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::{Framing, ImageReading, Images, layout::name_of};
use crate::{
    DataError, Dataset, Inputs, Labels, Note, Place, Problem, Severity, SourceOptions,
    TrainingSource, problem::Gathered, source::Reading, split::Split,
};

/// Pairs of equal images that are listed in full, of each kind; what is beyond is counted.
const LISTED_PAIRS: usize = 100;

/// What a source held, before checks across examples.
pub(super) struct Collected {
    pub(super) images: Images,
    /// One key per image, equal exactly where the pixels are.
    pub(super) content: Vec<u128>,
    pub(super) ids: Vec<String>,
    pub(super) places: Places,
    pub(super) classes: Vec<String>,
    /// Class number of each example.
    pub(super) of: Vec<u32>,
    /// The split that each example's folder or file names.
    pub(super) splits: Vec<Option<Split>>,
    /// Whether each example comes from a training source of its own.
    pub(super) train_from: Vec<bool>,
    pub(super) notes: Vec<Note>,
    pub(super) problems: Gathered,
    /// Hash of every byte read.
    pub(super) digest: blake3::Hash,
}

/// Where each example stands.
pub(super) enum Places {
    /// One file each.
    Files(Vec<PathBuf>),
    /// Idx files, each with its number of images, in the order of the examples.
    Idx(Vec<(PathBuf, usize)>),
}

impl Places {
    pub(super) fn of(&self, example: usize) -> Place {
        match self {
            Places::Files(paths) => Place::path(&paths[example]),
            Places::Idx(files) => {
                let mut row = example;
                for (path, images) in files {
                    if row < *images {
                        return Place { row: Some(row as u64), ..Place::path(path) };
                    }
                    row -= images;
                }
                unreachable!("the images of all files are the examples")
            }
        }
    }
}

/// Checks what was collected and makes the data set of it.
pub(super) fn finish(options: &SourceOptions, collected: Collected) -> Result<Dataset, DataError> {
    let content = collected.content;
    let mut problems = collected.problems;
    let labels = Labelled {
        root: &options.path,
        classes: &collected.classes,
        of: &collected.of,
        splits: &collected.splits,
        train_from: &collected.train_from,
        places: &collected.places,
    };
    labels.check_classes(&mut problems);
    labels.check_equals(&content, &mut problems);
    let source = || Place::path(&options.path);
    let mut problems = problems.into_problems(source());
    let fatal = |problem: &Problem| problem.severity() == Severity::Fatal;
    let bad = |problem: &Problem| problem.severity() == Severity::BadExample;
    if collected.ids.is_empty() && !problems.iter().any(fatal) {
        let examples = problems.iter().filter(|problem| bad(problem)).count();
        if examples == 0 {
            problems.insert(0, Problem::NoExamples { place: source() });
        } else if options.skip_bad {
            problems.insert(0, Problem::NoneUsable { place: source(), examples });
        }
    }
    let refused = |problem: &Problem| match problem.severity() {
        Severity::Fatal => true,
        Severity::BadExample => !options.skip_bad,
        Severity::Warning => false,
    };
    if problems.iter().any(refused) {
        if options.skip_bad {
            // They are to be skipped; but where a class is empty without them, they are the reason.
            let emptied: Vec<PathBuf> = problems
                .iter()
                .filter(|problem| matches!(problem, Problem::EmptyClass { .. }))
                .map(|problem| problem.place().path.clone())
                .collect();
            let explains = |problem: &Problem| {
                emptied.iter().any(|folder| problem.place().path.starts_with(folder))
            };
            problems.retain(|problem| !bad(problem) || explains(problem));
        }
        return Err(DataError::Problems(problems));
    }
    let reading = ImageReading {
        channels: collected.images.channels,
        height: collected.images.height,
        width: collected.images.width,
        depth: collected.images.depth,
        classes: collected.classes.clone(),
        fit: options.image_fit.unwrap_or_default(),
    };
    let mut images = collected.images;
    if let Places::Files(files) = collected.places {
        images.files = files;
    }
    Ok(Dataset {
        name: name_of_source(&options.path),
        ids: collected.ids,
        fingerprint: fingerprint(options, collected.digest, &collected.train_from),
        inputs: Inputs::Images(images),
        labels: Labels::Classes { names: collected.classes, of: collected.of },
        label_name: "class".to_owned(),
        reading: Reading::Images(reading),
        groups: None,
        weights: None,
        times: None,
        ready_made: ready_made(beside(collected.splits, &collected.train_from)),
        train_from: options
            .train_from
            .as_ref()
            .map(|path| TrainingSource::new(path, &options.path, collected.train_from)),
        content,
        notes: collected.notes,
        problems,
    })
}

/// The folder's name; that of the current folder for `.`.
fn name_of_source(path: &Path) -> String {
    let name = name_of(path);
    if !name.is_empty() {
        return name;
    }
    path.canonicalize()
        .map(|path| name_of(&path))
        .ok()
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "images".to_owned())
}

/// Hash of the bytes read and of the options that change what they mean.
fn fingerprint(options: &SourceOptions, digest: blake3::Hash, train_from: &[bool]) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(digest.as_bytes());
    if let Some((height, width)) = options.image_size {
        hasher.update(&height.to_le_bytes()).update(&width.to_le_bytes());
    }
    if let Some(fit) = options.image_fit.filter(|&fit| fit != Framing::default()) {
        hasher.update(fit.as_str().as_bytes());
    }
    if options.train_from.is_some() {
        // The same files are other data where they are shared out otherwise between the sources.
        hasher.update(&train_from.iter().map(|&from| u8::from(from)).collect::<Vec<_>>());
    }
    hasher.finalize().to_hex().to_string()
}

/// The splits as they are said, without that of a training source: that it trains says nothing about
/// what is held out of it.
fn beside(mut splits: Vec<Option<Split>>, train_from: &[bool]) -> Vec<Option<Split>> {
    for (split, _) in splits.iter_mut().zip(train_from).filter(|(_, from)| **from) {
        *split = None;
    }
    splits
}

/// An example of train is free to be cut from, unless both held-out splits are there already.
fn ready_made(mut splits: Vec<Option<Split>>) -> Option<Vec<Option<Split>>> {
    let has = |split| splits.contains(&Some(split));
    let (validation, test) = (has(Split::Validation), has(Split::Test));
    if !validation && !test {
        return None;
    }
    if !(validation && test) {
        for split in &mut splits {
            *split = split.filter(|&split| split != Split::Train);
        }
    }
    Some(splits)
}

/// Examples with their classes and splits, for the checks across them.
struct Labelled<'a> {
    root: &'a Path,
    classes: &'a [String],
    of: &'a [u32],
    splits: &'a [Option<Split>],
    train_from: &'a [bool],
    places: &'a Places,
}

impl Labelled<'_> {
    /// One class only; a class of a held-out split that train lacks.
    fn check_classes(&self, problems: &mut Gathered) {
        let place = || Place::path(self.root);
        let mut counts = vec![[0_usize; 4]; self.classes.len()];
        for (&class, split) in self.of.iter().zip(self.splits) {
            let split = split.unwrap_or(Split::Train);
            counts[class as usize][split as usize] += 1;
        }
        let mut present =
            self.classes.iter().zip(&counts).filter(|(_, counts)| counts.iter().sum::<usize>() > 0);
        if let (Some((class, _)), None) = (present.next(), present.next()) {
            problems.push(Problem::OneClassOnly { place: place(), class: class.clone() });
        }
        let pairs = crate::class_names::alike(self.classes);
        if !pairs.is_empty() {
            problems.push(Problem::ClassesAlike { place: place(), pairs });
        }
        if counts.iter().all(|counts| counts[Split::Train as usize] == 0) {
            // Every class lacks train's examples then, and the layout has said why.
            return;
        }
        for (class, counts) in self.classes.iter().zip(&counts) {
            if counts[Split::Train as usize] > 0 {
                continue;
            }
            for split in [Split::Validation, Split::Test] {
                let examples = counts[split as usize];
                if examples > 0 {
                    problems.push(Problem::ClassNotInTrain {
                        place: place(),
                        class: class.clone(),
                        split,
                        examples,
                    });
                }
            }
        }
    }

    /// Equal images in different ready-made splits, and equal images with different labels.
    fn check_equals(&self, content: &[u128], problems: &mut Gathered) {
        let mut order: Vec<u32> = (0..content.len() as u32).collect();
        order.par_sort_unstable_by_key(|&example| (content[example as usize], example));
        let mut sets: Vec<&[u32]> = order
            .chunk_by(|&a, &b| content[a as usize] == content[b as usize])
            .filter(|set| set.len() > 1)
            .collect();
        sets.sort_unstable_by_key(|set| set[0]);

        let mut across = Listed::default();
        let mut labels = Listed::default();
        for set in sets {
            let first = set[0] as usize;
            // The first of the set stands for it; each other split and label is told once.
            let mut told_splits = vec![self.split(first)];
            let mut told_labels = vec![self.of[first]];
            for &example in &set[1..] {
                let example = example as usize;
                // What a training source shares with others is left out of it by the split.
                let shared = self.train_from[first] || self.train_from[example];
                if !shared && !told_splits.contains(&self.split(example)) {
                    told_splits.push(self.split(example));
                    across.push(problems, || self.across(first, example));
                }
                if !told_labels.contains(&self.of[example]) {
                    told_labels.push(self.of[example]);
                    labels.push(problems, || self.other_label(first, example));
                }
            }
        }
        for more in [across.unlisted, labels.unlisted] {
            if more > 0 {
                let place = Place::path(self.root);
                problems.push(Problem::Unlisted { place, more, gravest: Severity::Warning });
            }
        }
    }

    fn split(&self, example: usize) -> Split {
        self.splits[example].unwrap_or(Split::Train)
    }

    fn across(&self, first: usize, example: usize) -> Problem {
        let (held_out, other) = match self.split(first) {
            Split::Train => (example, first),
            _ => (first, example),
        };
        Problem::DuplicateAcrossSplits {
            place: self.places.of(held_out),
            split: self.split(held_out),
            other: self.places.of(other),
            other_split: self.split(other),
        }
    }

    fn other_label(&self, first: usize, example: usize) -> Problem {
        let label = |example: usize| self.classes[self.of[example] as usize].clone();
        Problem::EqualWithOtherLabel {
            place: self.places.of(example),
            label: label(example),
            other: self.places.of(first),
            other_label: label(first),
        }
    }
}

/// How many problems of one kind were listed, and how many were not.
#[derive(Default)]
struct Listed {
    listed: usize,
    unlisted: usize,
}

impl Listed {
    fn push(&mut self, problems: &mut Gathered, problem: impl FnOnce() -> Problem) {
        if self.listed < LISTED_PAIRS {
            self.listed += 1;
            problems.push(problem());
        } else {
            self.unlisted += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRAIN: Option<Split> = Some(Split::Train);
    const VALIDATION: Option<Split> = Some(Split::Validation);
    const TEST: Option<Split> = Some(Split::Test);

    #[test]
    fn train_is_free_to_be_cut_unless_both_held_out_splits_are_there() {
        assert_eq!(ready_made(vec![TRAIN, TRAIN]), None);
        assert_eq!(ready_made(vec![None, None]), None);
        assert_eq!(ready_made(vec![TRAIN, TEST]), Some(vec![None, TEST]));
        assert_eq!(ready_made(vec![TRAIN, VALIDATION]), Some(vec![None, VALIDATION]));
        let all = vec![TRAIN, VALIDATION, TEST];
        assert_eq!(ready_made(all.clone()), Some(all));
    }

    #[test]
    fn an_example_of_the_second_idx_file_is_counted_from_its_own_zero() {
        let places = Places::Idx(vec![("train".into(), 3), ("test".into(), 2)]);
        assert_eq!(places.of(2), Place { row: Some(2), ..Place::path("train") });
        assert_eq!(places.of(3), Place { row: Some(0), ..Place::path("test") });
    }
}
