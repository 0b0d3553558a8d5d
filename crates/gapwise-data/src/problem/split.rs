//! Why data cannot be split, or a `split.csv` cannot be used.

use thiserror::Error;

use super::{Place, Severity};
use crate::{
    split::Split,
    wording::{counted, joined, thousands},
};

/// What can be wrong with the options of a split, or with a file that holds one.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SplitProblem {
    /// A share that cannot be.
    #[error("`{setting}`: expected {expected}, found {found}")]
    Share {
        /// The data.
        place: Place,
        /// The setting.
        setting: &'static str,
        /// What it may be.
        expected: &'static str,
        /// The share asked for.
        found: f64,
    },
    /// Shares that leave nothing for train.
    #[error(
        "`split.validation` and `split.test`: expected shares that leave some for train, found \
         {validation} and {test}"
    )]
    NothingForTrain {
        /// The data.
        place: Place,
        /// Validation's share.
        validation: f64,
        /// Test's share.
        test: f64,
    },
    /// Shares that are more than there is.
    #[error(
        "`split.validation` and `split.test`: expected shares that are 1 together at most, found \
         {validation} and {test}"
    )]
    MoreThanAll {
        /// The data.
        place: Place,
        /// Validation's share.
        validation: f64,
        /// Test's share.
        test: f64,
    },
    /// A train-validation share where training has no source of its own.
    #[error("`split.train_validation`: expected a training source of its own, found none")]
    NoTrainingSource {
        /// The data.
        place: Place,
    },
    /// Fewer sets of examples that belong together than splits.
    #[error(
        "{place}: expected at least {expected} sets of examples that do not belong together, one \
         per split, found {}", thousands(*.found)
    )]
    TooFewUnits {
        /// The data.
        place: Place,
        /// Splits to fill.
        expected: usize,
        /// Sets there are.
        found: usize,
    },
    /// Examples of a training source that validation or test hold too.
    #[error("{place}: {}", shared(.beside, *.duplicates, *.grouped))]
    Shared {
        /// The training source.
        place: Place,
        /// The source that validation and test come from.
        beside: String,
        /// Examples equal to one held out.
        duplicates: usize,
        /// Others in a group of one held out.
        grouped: usize,
    },
    /// A training source with next to nothing that validation and test do not hold too.
    #[error(
        "{place}: expected at least {expected} examples that validation and test do not hold, found \
         {}", thousands(*.found)
    )]
    NothingOfItsOwn {
        /// The training source.
        place: Place,
        /// Examples that it needs.
        expected: usize,
        /// Examples that it has.
        found: usize,
    },
    /// Equal examples that are much of the data, all in one split.
    #[error(
        "{place}: {} examples ({:.1} % of all) are exactly equal, such as `{first}`, and {} in {}: {}",
        thousands(*.examples),
        100.0 * *.examples as f64 / *.of_all as f64,
        if among.len() == 1 { "all of them are" } else { "they are" },
        joined(&among.iter().map(|split| split.as_str()).collect::<Vec<_>>(), "and"),
        match among.as_slice() {
            [Split::Train] => "the errors of validation and test say nothing about them",
            [_] => "train has none of them, and the error there hangs on them",
            _ => "what one of these splits says of them, the others have said",
        }
    )]
    LargeSet {
        /// The data.
        place: Place,
        /// Id of the first.
        first: String,
        /// How many there are.
        examples: usize,
        /// Examples of the data set.
        of_all: usize,
        /// The splits that hold them.
        among: Vec<Split>,
    },
    /// A split that got no example.
    #[error("{place}: expected at least one example for {split}, found none")]
    EmptySplit {
        /// The data.
        place: Place,
        /// The split.
        split: Split,
    },
    /// A file whose header is not that of a split.
    #[error("{place}: expected the header `id,split`, found `{found}`")]
    Header {
        /// The file.
        place: Place,
        /// Its first line.
        found: String,
    },
    /// A line that cannot be read.
    #[error("{place}: expected an id and a split, found {found}")]
    Line {
        /// The line.
        place: Place,
        /// What there is.
        found: String,
    },
    /// A word that is no split.
    #[error(
        "{place}: expected `train`, `train-validation`, `validation`, `test` or `left-out`, found \
         `{found}`"
    )]
    Word {
        /// The line.
        place: Place,
        /// The word.
        found: String,
    },
    /// An id that the data set lacks.
    #[error("{place}: expected an id of the data set, found `{found}`")]
    UnknownId {
        /// The line.
        place: Place,
        /// The id.
        found: String,
    },
    /// An id that stands in two lines.
    #[error("{place}: expected each id once, found `{found}` again")]
    RepeatedId {
        /// The second line.
        place: Place,
        /// The id.
        found: String,
    },
    /// Examples of the data set that the file lacks.
    #[error(
        "{place}: expected a line for each of {}, found {} (the first without one: `{first}`)", counted(*.expected, "example"), thousands(*.found)
    )]
    MissingIds {
        /// The file.
        place: Place,
        /// Examples of the data set.
        expected: usize,
        /// Examples that have a line.
        found: usize,
        /// Id of the first that has none.
        first: String,
    },
}

impl SplitProblem {
    /// What the problem does to the run.
    pub fn severity(&self) -> Severity {
        match self {
            SplitProblem::Shared { .. } | SplitProblem::LargeSet { .. } => Severity::Warning,
            _ => Severity::Fatal,
        }
    }

    /// Where it stands.
    pub fn place(&self) -> &Place {
        match self {
            SplitProblem::Share { place, .. }
            | SplitProblem::NothingForTrain { place, .. }
            | SplitProblem::MoreThanAll { place, .. }
            | SplitProblem::NoTrainingSource { place }
            | SplitProblem::TooFewUnits { place, .. }
            | SplitProblem::Shared { place, .. }
            | SplitProblem::NothingOfItsOwn { place, .. }
            | SplitProblem::EmptySplit { place, .. }
            | SplitProblem::LargeSet { place, .. }
            | SplitProblem::Header { place, .. }
            | SplitProblem::Line { place, .. }
            | SplitProblem::Word { place, .. }
            | SplitProblem::UnknownId { place, .. }
            | SplitProblem::RepeatedId { place, .. }
            | SplitProblem::MissingIds { place, .. } => place,
        }
    }

    /// What to do about it, where there is anything to do.
    pub fn hint(&self) -> Option<String> {
        Some(
            match self {
                SplitProblem::Shared { .. } => return None,
                SplitProblem::LargeSet { .. } => {
                    "keep one of them if the others are copies; equal examples stand on one side, so \
                     that none is judged by what was trained on"
                }
                SplitProblem::Share { .. } | SplitProblem::NothingForTrain { .. } => {
                    "0.2 for each of the two leaves 0.6 for train; without a share, the size of the \
                     data decides"
                }
                SplitProblem::MoreThanAll { .. } => {
                    "0.5 for each of the two is all; what they leave joins train"
                }
                SplitProblem::NoTrainingSource { .. } => {
                    "name it with `--train-from DATA`, or leave the share out"
                }
                SplitProblem::NothingOfItsOwn { .. } => {
                    "give `--train-from` a source whose examples are not those of the data"
                }
                SplitProblem::TooFewUnits { .. } | SplitProblem::EmptySplit { .. } => {
                    "groups and exact duplicates stay on one side; add examples of other groups, or \
                     group by a column with more values"
                }
                SplitProblem::Header { .. }
                | SplitProblem::Line { .. }
                | SplitProblem::Word { .. } => {
                    "use the file as it was written, or remove it to have the data split again"
                }
                SplitProblem::UnknownId { .. }
                | SplitProblem::RepeatedId { .. }
                | SplitProblem::MissingIds { .. } => {
                    "the data has changed since it was split; train again from it"
                }
            }
            .to_owned(),
        )
    }
}

/// What a training source shares with what is held out, as a sentence.
fn shared(beside: &str, duplicates: usize, grouped: usize) -> String {
    let equal = (duplicates > 0).then(|| match duplicates {
        1 => "1 example is equal to one".to_owned(),
        _ => format!("{} examples are equal to some", thousands(duplicates)),
    });
    let of_groups = (grouped > 0).then(|| match (grouped, duplicates) {
        (1, 0) => "1 example is in a group".to_owned(),
        (1, _) => "1 more is in a group".to_owned(),
        (_, 0) => format!("{} examples are in groups", thousands(grouped)),
        (..) => format!("{} more are in groups", thousands(grouped)),
    });
    let those: Vec<String> = [equal, of_groups].into_iter().flatten().collect();
    format!(
        "{} that validation or test hold of `{beside}`, so {} left out of training",
        those.join(", and "),
        if duplicates + grouped == 1 { "it is" } else { "they are" }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each problem's text and hint, as a person reads them.
    #[test]
    fn texts_say_where_what_was_expected_and_what_was_found() {
        let place = || Place::path("digits");
        let line = || Place { row: Some(3), ..Place::path("split.csv") };
        let texts = [
            (
                SplitProblem::Share {
                    place: place(),
                    setting: "split.test",
                    expected: "a share of at least 0 and below 1",
                    found: 1.5,
                },
                "`split.test`: expected a share of at least 0 and below 1, found 1.5",
            ),
            (
                SplitProblem::NothingForTrain { place: place(), validation: 0.5, test: 0.5 },
                "`split.validation` and `split.test`: expected shares that leave some for train, \
                 found 0.5 and 0.5",
            ),
            (
                SplitProblem::MoreThanAll { place: place(), validation: 0.75, test: 0.5 },
                "`split.validation` and `split.test`: expected shares that are 1 together at \
                 most, found 0.75 and 0.5",
            ),
            (
                SplitProblem::NoTrainingSource { place: place() },
                "`split.train_validation`: expected a training source of its own, found none",
            ),
            (
                SplitProblem::TooFewUnits { place: place(), expected: 3, found: 2 },
                "`digits`: expected at least 3 sets of examples that do not belong together, one \
                 per split, found 2",
            ),
            (
                SplitProblem::EmptySplit { place: place(), split: Split::Validation },
                "`digits`: expected at least one example for validation, found none",
            ),
            (
                SplitProblem::Header { place: Place::path("split.csv"), found: "a,b".to_owned() },
                "`split.csv`: expected the header `id,split`, found `a,b`",
            ),
            (
                SplitProblem::Line { place: line(), found: "3 fields".to_owned() },
                "`split.csv` line 3: expected an id and a split, found 3 fields",
            ),
            (
                SplitProblem::Word { place: line(), found: "dev".to_owned() },
                "`split.csv` line 3: expected `train`, `train-validation`, `validation`, \
                 `test` or `left-out`, found `dev`",
            ),
            (
                SplitProblem::UnknownId { place: line(), found: "x".to_owned() },
                "`split.csv` line 3: expected an id of the data set, found `x`",
            ),
            (
                SplitProblem::RepeatedId { place: line(), found: "x".to_owned() },
                "`split.csv` line 3: expected each id once, found `x` again",
            ),
            (
                SplitProblem::MissingIds {
                    place: Place::path("split.csv"),
                    expected: 9,
                    found: 8,
                    first: "y".to_owned(),
                },
                "`split.csv`: expected a line for each of 9 examples, found 8 (the first without \
                 one: `y`)",
            ),
        ];
        for (problem, text) in texts {
            assert_eq!(problem.to_string(), text);
            assert!(problem.hint().is_some_and(|hint| !hint.is_empty()));
        }
    }

    #[test]
    fn what_two_sources_share_is_counted() {
        let shared = |duplicates, grouped| {
            let place = Place::path("web.csv");
            SplitProblem::Shared { place, beside: "app.csv".into(), duplicates, grouped }
                .to_string()
        };
        assert_eq!(
            shared(1, 0),
            "`web.csv`: 1 example is equal to one that validation or test hold of `app.csv`, so it \
             is left out of training"
        );
        assert_eq!(
            shared(1_200, 3),
            "`web.csv`: 1,200 examples are equal to some, and 3 more are in groups that validation \
             or test hold of `app.csv`, so they are left out of training"
        );
    }
}
