//! A data set read into memory, before it is split and encoded.

use serde::{Deserialize, Serialize};

use crate::{images::Images, problem::Problem, source::Reading, split::Split, table::Table};

/// Labelled examples, checked, in the order of their source.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// Short name for people and for run directories: the file's or folder's stem.
    pub name: String,
    /// One id per example, unique: `adult-train.csv.gz:17` (path and line) or an image's path
    /// relative to the data set's root, or `train:17` (place in an idx file, from 0).
    pub ids: Vec<String>,
    /// What the network reads.
    pub inputs: Inputs,
    /// What it should answer, one per example.
    pub labels: Labels,
    /// The label's name: its column, or `class` for images.
    pub label_name: String,
    /// How it was read, so that other data can be read alike.
    pub reading: Reading,
    /// Which examples belong together (`--group COLUMN`).
    pub groups: Option<Groups>,
    /// How much each example counts in the loss and in the metric: finite, at least 0 and not all 0
    /// in any file; where they were asked for.
    pub weights: Option<Vec<f32>>,
    /// The split that the source itself gives each example, where it comes ready split.
    /// An example of a source that has `train` alone, or no split at all, is `None`.
    pub ready_made: Option<Vec<Option<Split>>>,
    /// One key per example, equal exactly where two examples are exact duplicates (same inputs,
    /// and for tables the same label too), in other data read alike as well
    /// ([`Likewise::content`](crate::source::Likewise::content)).
    pub content: Vec<u128>,
    /// What was guessed or taken by convention, each said in one line.
    pub notes: Vec<Note>,
    /// What is wrong without being fatal: warnings, and the bad examples left out by `skip_bad`.
    pub problems: Vec<Problem>,
    /// Hash of every byte read and of the options that change its meaning, in hexadecimal.
    pub fingerprint: String,
}

impl Dataset {
    /// Number of examples.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no example at all. A data set that was read never is.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}

/// The inputs of all examples.
#[derive(Debug, Clone)]
pub enum Inputs {
    /// Rows of a table.
    Table(Table),
    /// Pictures.
    Images(Images),
}

/// The labels of all examples.
#[derive(Debug, Clone, PartialEq)]
pub enum Labels {
    /// Classification: `of[i]` is the place of example `i`'s class in `names`.
    Classes {
        /// Class names, in the order of their numbers.
        names: Vec<String>,
        /// Class number of each example.
        of: Vec<u32>,
    },
    /// Regression: the number to predict for each example, in the label's own unit.
    Numbers(Vec<f64>),
}

/// Groups of examples that must stay on one side of every split.
#[derive(Debug, Clone, PartialEq)]
pub struct Groups {
    /// Group names, in the order of their numbers.
    pub names: Vec<String>,
    /// Group number of each example.
    pub of: Vec<u32>,
}

/// One thing that was guessed or done by convention, and how to have it otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// What was taken, and why.
    pub said: String,
    /// The flag or setting that changes it, such as `--label NAME`.
    pub change_with: Option<String>,
}
