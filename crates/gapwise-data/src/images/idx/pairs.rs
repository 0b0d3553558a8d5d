//! Which idx files belong together, by their names.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::file::Kind;
use crate::{
    DataError, Note, Place, Problem,
    idx_name::{Holds, IdxName},
    images::{
        ImageProblem,
        layout::{self, name_of},
    },
    problem::Gathered,
    split::Split,
};

/// What the name of an idx file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::images) struct Name {
    /// What stands before `images` or `labels`, such as `train` or `t10k`; may be empty.
    prefix: String,
    kind: Kind,
}

impl Name {
    /// As [`IdxName::of`] reads it.
    pub(in crate::images) fn of(path: &Path) -> Option<Name> {
        let IdxName { prefix, holds } = IdxName::of(path)?;
        let kind = match holds {
            Holds::Images => Kind::Images,
            Holds::Labels => Kind::Labels,
        };
        Some(Name { prefix, kind })
    }

    fn split(prefix: &str) -> Option<Split> {
        match prefix.rsplit('-').next()? {
            "t10k" => Some(Split::Test),
            last => layout::split_named(last),
        }
    }
}

/// Whether `path` is a folder with an idx file, or is one.
pub(in crate::images) fn holds_idx(path: &Path) -> Result<bool, DataError> {
    if path.is_dir() { Ok(folder_of(path)?.is_some()) } else { Ok(Name::of(path).is_some()) }
}

/// The folder of idx files that a folder means: itself, or the one folder in it.
fn folder_of(path: &Path) -> Result<Option<PathBuf>, DataError> {
    let holds = |files: &[PathBuf]| files.iter().any(|file| Name::of(file).is_some());
    let (folders, files) = layout::list(path)?;
    if holds(&files) {
        return Ok(Some(path.to_owned()));
    }
    match folders.as_slice() {
        [only] if holds(&layout::list(only)?.1) => Ok(Some(only.clone())),
        _ => Ok(None),
    }
}

/// A file of images with its file of labels.
#[derive(Debug)]
pub(super) struct Pair {
    /// The split's name, or what the file's name starts with.
    pub(super) name: String,
    pub(super) split: Option<Split>,
    pub(super) images: PathBuf,
    pub(super) labels: Option<PathBuf>,
}

/// The pairs of idx files in a folder, train's first; or that of one file.
pub(super) fn pairs(
    path: &Path,
    notes: &mut Vec<Note>,
    problems: &mut Gathered,
) -> Result<Vec<Pair>, DataError> {
    let (folder, only) = if path.is_dir() {
        let folder = folder_of(path)?.unwrap_or_else(|| path.to_owned());
        if folder != path {
            let said = format!("`{}` is read, the one folder there", folder.display());
            notes.push(Note { said, change_with: None });
        }
        (folder, None)
    } else {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        (folder.to_owned(), Name::of(path).map(|name| name.prefix))
    };
    // By prefix: the file of images and that of labels.
    let mut found: BTreeMap<String, [Option<PathBuf>; 2]> = BTreeMap::new();
    for file in layout::list(&folder)?.1 {
        let Some(name) = Name::of(&file) else { continue };
        if only.as_ref().is_some_and(|only| *only != name.prefix) {
            continue;
        }
        let place = &mut found.entry(name.prefix).or_default()[name.kind as usize];
        match place {
            // Sorted by name, the plain file comes before the compressed one.
            Some(first) => notes.push(Note {
                said: format!(
                    "`{}` is passed over, since `{}` is read",
                    file.display(),
                    first.display()
                ),
                change_with: None,
            }),
            None => *place = Some(file),
        }
    }
    let mut pairs = Vec::new();
    for (prefix, files) in found {
        match files {
            [Some(images), labels] => {
                let split = Name::split(&prefix);
                let name = match split {
                    Some(split) => split.to_string(),
                    None if prefix.is_empty() => "image".to_owned(),
                    None => prefix,
                };
                pairs.push(Pair { name, split, images, labels });
            }
            [None, Some(labels)] => {
                let partner = partner_of(&name_of(&labels));
                let place = Place::path(labels);
                problems.push(ImageProblem::PartnerMissing { place, partner }.into());
            }
            [None, None] => {}
        }
    }
    if pairs.is_empty() {
        problems.push(Problem::UnknownSource {
            place: Place::path(path),
            expected: "idx files, such as `train-images-idx3-ubyte.gz`".to_owned(),
            found: "none".to_owned(),
        });
    }
    pairs.sort_by_key(|pair| pair.split);
    Ok(pairs)
}

/// The usual name of the images beside these labels.
fn partner_of(labels: &str) -> String {
    let partner = labels.replace("labels", "images").replace("idx1", "idx3");
    match partner.rsplit_once("idx2") {
        Some((before, end)) => {
            let gz = if end.ends_with(".gz") { ".gz" } else { "" };
            format!("{before}idx3-ubyte{gz}")
        }
        None => partner,
    }
}

/// One source per split, and train's among them where there are others.
pub(super) fn check_splits(path: &Path, pairs: &[Pair], problems: &mut Gathered) {
    for two in pairs.windows(2) {
        if let Some(split) = two[0].split
            && two[1].split == Some(split)
        {
            problems.push(
                ImageProblem::SplitTwice {
                    place: Place::path(path),
                    split,
                    first: name_of(&two[0].images),
                    second: name_of(&two[1].images),
                }
                .into(),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Option<(String, Kind, Option<Split>)> {
        let name = Name::of(Path::new(text))?;
        let split = Name::split(&name.prefix);
        Some((name.prefix, name.kind, split))
    }

    #[test]
    fn the_images_of_labels_have_their_usual_name() {
        assert_eq!(partner_of("t10k-labels.idx1-ubyte"), "t10k-images.idx3-ubyte");
        assert_eq!(partner_of("qmnist-labels-idx2-int.gz"), "qmnist-images-idx3-ubyte.gz");
    }

    #[test]
    fn names_as_mnist_and_its_relatives_have_them_are_known() {
        let train = Some(("train".to_owned(), Kind::Images, Some(Split::Train)));
        assert_eq!(name("train-images-idx3-ubyte"), train);
        assert_eq!(name("train-images.idx3-ubyte.gz"), train);
        let test = Some(("t10k".to_owned(), Kind::Labels, Some(Split::Test)));
        assert_eq!(name("t10k-labels-idx1-ubyte.gz"), test);
        let letters = Some(("emnist-letters-test".to_owned(), Kind::Images, Some(Split::Test)));
        assert_eq!(name("emnist-letters-test-images-idx3-ubyte.gz"), letters);
        assert_eq!(name("images-idx3-ubyte"), Some((String::new(), Kind::Images, None)));
        let written_by = Some(("qmnist-train".to_owned(), Kind::Labels, Some(Split::Train)));
        assert_eq!(name("qmnist-train-labels-idx2-int.gz"), written_by);
        assert_eq!(name("README.md"), None);
    }
}
