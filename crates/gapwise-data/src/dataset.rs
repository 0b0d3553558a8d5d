//! A data set read into memory, before it is split and encoded.

use std::path::{Path, PathBuf};

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
    /// When each example was, where the order of time decides the split (`--time COLUMN`).
    pub times: Option<Times>,
    /// The source that trains, where it is another than the one that validation and test come from
    /// (`--train-from DATA`).
    pub train_from: Option<TrainingSource>,
    /// The split that the source itself gives each example, where it comes ready split.
    /// An example of a source that has `train` alone, or no split at all, is `None`, and so is one of
    /// a training source of its own.
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

    /// Whether an example comes from a training source of its own.
    pub fn trains_from_elsewhere(&self, example: usize) -> bool {
        self.train_from.as_ref().is_some_and(|source| source.holds[example])
    }

    /// One key per example, equal exactly where two examples of this data are one: as
    /// [`content`](Dataset::content), but for text that no network reads, such as a name, which
    /// tells examples apart.
    pub fn identity(&self) -> Vec<u128> {
        match &self.inputs {
            Inputs::Table(table) => crate::table::told_apart(table, &self.content),
            Inputs::Images(_) => self.content.clone(),
        }
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

impl Inputs {
    /// What they are, in the plural: `rows of a table`, `images`.
    pub fn said(&self) -> &'static str {
        match self {
            Inputs::Table(_) => "rows of a table",
            Inputs::Images(_) => "images",
        }
    }
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

impl Labels {
    /// What they are, in the plural: `classes`, `numbers`.
    pub fn said(&self) -> &'static str {
        match self {
            Labels::Classes { .. } => "classes",
            Labels::Numbers(_) => "numbers",
        }
    }
}

/// Groups of examples that must stay on one side of every split.
#[derive(Debug, Clone, PartialEq)]
pub struct Groups {
    /// Group names, in the order of their numbers.
    pub names: Vec<String>,
    /// Group number of each example.
    pub of: Vec<u32>,
}

/// When each example was.
#[derive(Debug, Clone, PartialEq)]
pub struct Times {
    /// The column's name.
    pub name: String,
    /// One per example: the number in the column, or days since 1970-01-01; finite.
    pub of: Vec<f64>,
}

/// Examples from another source than the one that validation and test come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrainingSource {
    /// The end of its path, as much as tells the two sources apart.
    pub name: String,
    /// The same of the source that validation and test come from.
    pub beside: String,
    /// Whether each example comes from it.
    pub holds: Vec<bool>,
}

impl TrainingSource {
    /// The source at `path` of what is to be judged on that at `beside`. `holds` says of each
    /// example whether it comes from the former.
    pub(crate) fn new(path: &Path, beside: &Path, holds: Vec<bool>) -> Self {
        // Absolute, so that the names are the same however the paths were typed.
        let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let (path, beside) = (whole(path), whole(beside));
        let end = |path: &Path, parts: usize| {
            let skipped = path.components().count().saturating_sub(parts);
            path.components().skip(skipped).collect::<PathBuf>().display().to_string()
        };
        let most = path.components().count().max(beside.components().count());
        let parts =
            (1..most).find(|&parts| end(&path, parts) != end(&beside, parts)).unwrap_or(most);
        TrainingSource { name: end(&path, parts), beside: end(&beside, parts), holds }
    }

    /// How many examples come from it.
    pub fn examples(&self) -> usize {
        self.holds.iter().filter(|holds| **holds).count()
    }
}

/// One thing that was guessed or done by convention, and how to have it otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// What was taken, and why.
    pub said: String,
    /// The flag or setting that changes it, such as `--label NAME`.
    pub change_with: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_sources_are_named_by_as_much_of_their_paths_as_tells_them_apart() {
        let names = |one: &str, other: &str| {
            let source = TrainingSource::new(Path::new(one), Path::new(other), vec![]);
            (source.name, source.beside)
        };
        let pair = |one: &str, other: &str| (one.to_owned(), other.to_owned());
        assert_eq!(names("/a/web.csv", "/b/app.csv"), pair("web.csv", "app.csv"));
        assert_eq!(names("/web/cats", "/app/cats"), pair("web/cats", "app/cats"));
    }
}
