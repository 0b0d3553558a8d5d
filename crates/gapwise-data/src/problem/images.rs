//! What can be wrong with a source of images as a whole.

use std::ops::RangeInclusive;

use thiserror::Error;

use super::{Place, Severity};
use crate::{
    split::Split,
    wording::{counted, thousands},
};

/// The sides to which images can be resized on reading, in pixels.
pub const SIDES: RangeInclusive<u32> = 2..=4_096;

/// What can be wrong with a source of images as a whole. What can be wrong with a single image is
/// in [`Problem`](super::Problem) itself.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ImageProblem {
    /// An option that means something for tables only.
    #[error("{place}: expected a table, since `{option}` is given, found images")]
    NotForImages {
        /// The source.
        place: Place,
        /// The flag.
        option: &'static str,
    },
    /// A size that images cannot be resized to.
    #[error(
        "{place}: expected an image size of {} to {} pixels a side, found {height}×{width}",
        SIDES.start(),
        thousands(*SIDES.end() as usize)
    )]
    ImageSize {
        /// The source.
        place: Place,
        /// Pixels of a column.
        height: u32,
        /// Pixels of a row.
        width: u32,
    },
    /// A folder of a held-out split without one for train.
    #[error("{place}: expected a folder `train` beside `{folder}`, found none")]
    HeldOutWithoutTrain {
        /// The folder that holds both.
        place: Place,
        /// The held-out folder's name.
        folder: String,
    },
    /// Two folders or idx files for one split.
    #[error("{place}: expected one source for {split}, found `{first}` and `{second}`")]
    SplitTwice {
        /// The folder that holds both.
        place: Place,
        /// The split.
        split: Split,
        /// The first one's name.
        first: String,
        /// The second one's name.
        second: String,
    },
    /// Folders that seem to be splits by their names, and are none of the names that are known.
    #[error(
        "{place}: expected a folder per class, or folders `train`, `validation` and `test`, found {}",
        listed(.folders)
    )]
    NamedLikeSplits {
        /// The folder that holds them.
        place: Place,
        /// Their names.
        folders: Vec<String>,
    },
    /// Images that stand in no class folder.
    #[error("{place}: expected a folder of images per class, found {} without one", counted(*.images, "image"))]
    NoClassFolders {
        /// The folder.
        place: Place,
        /// Images directly inside.
        images: usize,
    },
    /// Images without labels where labels are needed.
    #[error("{place}: expected labels, found images alone")]
    Unlabelled {
        /// The file or folder.
        place: Place,
    },
    /// An idx file of images and one of labels that do not belong together.
    #[error("{place}: expected {}, one per image, found {}", counted(*.images, "label"), thousands(*.labels))]
    LabelCount {
        /// The file of labels.
        place: Place,
        /// Images in the other file.
        images: usize,
        /// Labels in this one.
        labels: usize,
    },
    /// An idx file of images without one of labels, or the other way round.
    #[error("{place}: expected `{partner}` beside it, found none")]
    PartnerMissing {
        /// The file.
        place: Place,
        /// Name of the file that is not there.
        partner: String,
    },
    /// Values of 16 bits that fill a small part of their range.
    #[error(
        "{place}: expected 16-bit values of up to 65,535, found {} with at most {}{}",
        counted(*.images, "image"),
        thousands(usize::from(*.largest)),
        if *.rounded { ", of which little is left in 8 bits" } else { "" }
    )]
    DarkSixteenBit {
        /// The source.
        place: Place,
        /// Images of 16 bits.
        images: usize,
        /// Their largest value.
        largest: u16,
        /// Whether the network reads 8 bits.
        rounded: bool,
    },
    /// Images of 8 bits among those of 16 bits that fill a small part of their range.
    #[error(
        "{place}: {} of 16 bits have at most {}, and {} of 8 bits are read with up to 65,535",
        counted(*.images, "image"),
        thousands(usize::from(*.largest)),
        thousands(*.others)
    )]
    MixedDepths {
        /// The source.
        place: Place,
        /// Images of 16 bits.
        images: usize,
        /// Their largest value.
        largest: u16,
        /// Images of 8 bits.
        others: usize,
    },
    /// An idx file that is not what its name or its header says.
    #[error("{place}: expected {expected}, found {found}")]
    Idx {
        /// The file.
        place: Place,
        /// What its name or header promises.
        expected: String,
        /// What it holds.
        found: String,
    },
}

impl ImageProblem {
    /// What the problem does to the run.
    pub fn severity(&self) -> Severity {
        match self {
            ImageProblem::DarkSixteenBit { .. } | ImageProblem::MixedDepths { .. } => {
                Severity::Warning
            }
            _ => Severity::Fatal,
        }
    }

    /// Where it stands.
    pub fn place(&self) -> &Place {
        match self {
            ImageProblem::NotForImages { place, .. }
            | ImageProblem::ImageSize { place, .. }
            | ImageProblem::HeldOutWithoutTrain { place, .. }
            | ImageProblem::SplitTwice { place, .. }
            | ImageProblem::NamedLikeSplits { place, .. }
            | ImageProblem::NoClassFolders { place, .. }
            | ImageProblem::Unlabelled { place }
            | ImageProblem::LabelCount { place, .. }
            | ImageProblem::PartnerMissing { place, .. }
            | ImageProblem::DarkSixteenBit { place, .. }
            | ImageProblem::MixedDepths { place, .. }
            | ImageProblem::Idx { place, .. } => place,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            ImageProblem::NotForImages { option, .. } => {
                format!(
                    "leave out `{option}`; the label of an image is its folder, or its idx file's"
                )
            }
            ImageProblem::ImageSize { .. } => {
                "say `--image-size 32x32`, height first; networks for small images read 28 to 64 \
                 pixels"
                    .to_owned()
            }
            ImageProblem::HeldOutWithoutTrain { folder, .. } => format!(
                "move the class folders for training into `train`, or rename `{folder}` if it is a \
                 class"
            ),
            ImageProblem::SplitTwice { .. } => "put all of it in one of the two".to_owned(),
            ImageProblem::NamedLikeSplits { .. } => {
                "if they are splits, rename them, with a folder per class inside each; if they are \
                 classes, give them other names"
                    .to_owned()
            }
            ImageProblem::NoClassFolders { .. } => {
                "make a folder for each class and move its images there".to_owned()
            }
            ImageProblem::Unlabelled { .. } => {
                "put the images into a folder per class, named as in the training data".to_owned()
            }
            ImageProblem::LabelCount { .. } | ImageProblem::PartnerMissing { .. } => {
                "keep the two idx files of one data set together".to_owned()
            }
            ImageProblem::DarkSixteenBit { rounded: false, .. } => {
                "they are read in full, and nothing is lost; give `predict` and `evaluate` images that \
                 are stored like these, since copies of 8 bits have other values"
                    .to_owned()
            }
            ImageProblem::MixedDepths { .. } => {
                "the two differ more than what they show: store all images in one depth and range"
                    .to_owned()
            }
            ImageProblem::DarkSixteenBit { rounded: true, .. } => {
                "the network learned on 8-bit images: bring the values to its range first, or train on \
                 images that are stored like these"
                    .to_owned()
            }
            ImageProblem::Idx { .. } => "copy or download the file again".to_owned(),
        })
    }
}

/// Names in backticks, separated by commas.
fn listed(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each problem's text, as a person reads it.
    #[test]
    fn texts_say_where_what_was_expected_and_what_was_found() {
        let place = || Place::path("pets");
        let texts = [
            (
                ImageProblem::NotForImages { place: place(), option: "--group" },
                "`pets`: expected a table, since `--group` is given, found images",
            ),
            (
                ImageProblem::ImageSize { place: place(), height: 0, width: 32 },
                "`pets`: expected an image size of 2 to 4,096 pixels a side, found 0×32",
            ),
            (
                ImageProblem::HeldOutWithoutTrain { place: place(), folder: "val".to_owned() },
                "`pets`: expected a folder `train` beside `val`, found none",
            ),
            (
                ImageProblem::SplitTwice {
                    place: place(),
                    split: Split::Validation,
                    first: "dev".to_owned(),
                    second: "val".to_owned(),
                },
                "`pets`: expected one source for validation, found `dev` and `val`",
            ),
            (
                ImageProblem::NamedLikeSplits {
                    place: place(),
                    folders: vec!["test-2".to_owned(), "train_1".to_owned()],
                },
                "`pets`: expected a folder per class, or folders `train`, `validation` and `test`, \
                 found `test-2`, `train_1`",
            ),
            (
                ImageProblem::NoClassFolders { place: place(), images: 7 },
                "`pets`: expected a folder of images per class, found 7 images without one",
            ),
            (
                ImageProblem::MixedDepths { place: place(), images: 40, largest: 165, others: 10 },
                "`pets`: 40 images of 16 bits have at most 165, and 10 of 8 bits are read with up \
                 to 65,535",
            ),
            (
                ImageProblem::Unlabelled { place: place() },
                "`pets`: expected labels, found images alone",
            ),
            (
                ImageProblem::LabelCount { place: place(), images: 3, labels: 2 },
                "`pets`: expected 3 labels, one per image, found 2",
            ),
            (
                ImageProblem::PartnerMissing { place: place(), partner: "x".to_owned() },
                "`pets`: expected `x` beside it, found none",
            ),
            (
                ImageProblem::DarkSixteenBit {
                    place: place(),
                    images: 3,
                    largest: 4_095,
                    rounded: true,
                },
                "`pets`: expected 16-bit values of up to 65,535, found 3 images with at most 4,095, of \
                 which little is left in 8 bits",
            ),
            (
                ImageProblem::Idx {
                    place: place(),
                    expected: "34 bytes".to_owned(),
                    found: "30".to_owned(),
                },
                "`pets`: expected 34 bytes, found 30",
            ),
        ];
        for (problem, text) in texts {
            assert_eq!(problem.to_string(), text);
            assert!(problem.hint().is_some_and(|hint| !hint.is_empty()));
        }
    }
}
