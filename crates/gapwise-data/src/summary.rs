//! What a data set is, for people and for `data.json`: what `gapwise inspect` prints.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::{
    Dataset, Inputs, Labels, Note, Problem,
    problem::Severity,
    shown::cut,
    table::{describe, range},
};

/// The most image sizes that are named.
const SIZES: usize = 10;

/// A data set in figures: what `inspect` shows and a run keeps.
pub fn summarise(data: &Dataset) -> Summary {
    Summary {
        name: data.name.clone(),
        fingerprint: data.fingerprint.clone(),
        examples: data.len(),
        skipped: skipped(&data.problems),
        duplicates: duplicates(&data.identity()),
        inputs: match &data.inputs {
            Inputs::Table(table) => InputSummary::Table { columns: describe(table) },
            Inputs::Images(images) => InputSummary::Images {
                channels: images.channels,
                height: images.height,
                width: images.width,
                sizes: images.sizes.iter().copied().take(SIZES).collect(),
            },
        },
        labels: labels(data),
        groups: data.groups.as_ref().map(|groups| groups.names.len()),
        notes: data.notes.clone(),
        problems: data.problems.iter().map(ProblemLine::of).collect(),
    }
}

/// Examples left out for being bad: one may have several problems.
pub fn skipped(problems: &[Problem]) -> usize {
    let bad = problems.iter().filter(|problem| problem.severity() == Severity::BadExample);
    let mut places = HashSet::new();
    let mut unlisted = 0;
    for problem in bad {
        match problem {
            Problem::Unlisted { more, .. } => unlisted += more,
            other => {
                places.insert((&other.place().path, other.place().row));
            }
        }
    }
    places.len() + unlisted
}

fn duplicates(content: &[u128]) -> Duplicates {
    let mut times: HashMap<u128, usize> = HashMap::with_capacity(content.len());
    for key in content {
        *times.entry(*key).or_default() += 1;
    }
    let repeated = times.values().filter(|times| **times > 1);
    repeated.fold(Duplicates::default(), |sum, times| Duplicates {
        sets: sum.sets + 1,
        examples: sum.examples + times,
    })
}

fn labels(data: &Dataset) -> LabelSummary {
    let name = cut(&data.label_name);
    match &data.labels {
        Labels::Classes { names, of } => {
            let mut counts = vec![0; names.len()];
            for class in of {
                counts[*class as usize] += 1;
            }
            LabelSummary::Classes {
                name,
                classes: names.iter().map(|name| cut(name)).zip(counts).collect(),
            }
        }
        Labels::Numbers(values) => {
            let mut sorted = values.clone();
            sorted.sort_unstable_by(f64::total_cmp);
            let (low, median, high) = range(&sorted).unwrap_or_default();
            let count = sorted.len().max(1) as f64;
            let mean = sorted.iter().sum::<f64>() / count;
            let variance = sorted.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
            LabelSummary::Numbers { name, low, median, high, deviation: variance.sqrt() }
        }
    }
}

/// A data set in figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Short name.
    pub name: String,
    /// Hash of every byte read and of the options that change its meaning.
    pub fingerprint: String,
    /// Number of examples, after those left out.
    pub examples: usize,
    /// Number of bad examples left out by `--skip-bad`.
    pub skipped: usize,
    /// Sets of two or more exact duplicates, and the examples in them.
    pub duplicates: Duplicates,
    /// What the inputs are.
    pub inputs: InputSummary,
    /// What the labels are.
    pub labels: LabelSummary,
    /// Number of groups, where `--group` names a column.
    pub groups: Option<usize>,
    /// What was guessed or done by convention.
    pub notes: Vec<Note>,
    /// What is wrong, each in one line.
    pub problems: Vec<ProblemLine>,
}

/// How much of the data is there more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Duplicates {
    /// Sets of examples that are exactly equal.
    pub sets: usize,
    /// Examples in those sets.
    pub examples: usize,
}

/// One problem as a person reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProblemLine {
    /// What it does to the run.
    pub severity: Severity,
    /// What is wrong, in one word, and the column: equal for problems that are like each other.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// Where and what: the problem's own words.
    pub said: String,
    /// What to do, where that is known.
    pub hint: Option<String>,
}

impl ProblemLine {
    /// A problem in its own words.
    pub fn of(problem: &Problem) -> Self {
        ProblemLine {
            severity: problem.severity(),
            kind: problem.kind(),
            said: problem.to_string(),
            hint: problem.hint(),
        }
    }
}

/// What the inputs are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum InputSummary {
    /// Rows of a table.
    Table {
        /// Its columns, without label and group.
        columns: Vec<ColumnSummary>,
    },
    /// Pictures.
    Images {
        /// 1 for grey, 3 for colour.
        channels: usize,
        /// Pixels, after resizing.
        height: usize,
        /// Pixels, after resizing.
        width: usize,
        /// Sizes found in the source as (height, width, images), most frequent first, at most ten.
        sizes: Vec<(u32, u32, usize)>,
    },
}

/// One column of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnSummary {
    /// Name, or number from 1 where there is no header.
    pub name: String,
    /// `number`, `category`, `boolean`, `date` or `text`.
    pub kind: String,
    /// Cells without a value.
    pub missing: usize,
    /// Different values.
    pub distinct: usize,
    /// Smallest, median and largest value of a number column.
    pub range: Option<(f64, f64, f64)>,
    /// The most frequent values of a category column with their counts, at most five.
    pub frequent: Vec<(String, usize)>,
    /// Why the column is left out, if it is.
    pub left_out: Option<String>,
}

/// What the labels are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum LabelSummary {
    /// Classification.
    Classes {
        /// The label's name.
        name: String,
        /// Classes in the order of their numbers, with their examples.
        classes: Vec<(String, usize)>,
    },
    /// Regression.
    Numbers {
        /// The label's name.
        name: String,
        /// Smallest value.
        low: f64,
        /// Median.
        median: f64,
        /// Largest value.
        high: f64,
        /// Standard deviation.
        deviation: f64,
    },
}
