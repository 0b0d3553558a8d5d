//! Why data cannot be split, or a `split.csv` cannot be used.

use thiserror::Error;

use super::Split;
use crate::{
    Place, Severity,
    wording::{counted, thousands},
};

/// What can be wrong with the options of a split, or with a file that holds one.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SplitProblem {
    /// A share outside (0, 1).
    #[error("{place}: expected a share between 0 and 1 for {split}, found {found}")]
    Share {
        /// The data.
        place: Place,
        /// The split.
        split: Split,
        /// The share asked for.
        found: f64,
    },
    /// Shares that leave nothing for train.
    #[error(
        "{place}: expected shares for validation and test that leave some for train, found \
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
        "{place}: expected `train`, `train-validation`, `validation` or `test`, found `{found}`"
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
        Severity::Fatal
    }

    /// Where it stands.
    pub fn place(&self) -> &Place {
        match self {
            SplitProblem::Share { place, .. }
            | SplitProblem::NothingForTrain { place, .. }
            | SplitProblem::TooFewUnits { place, .. }
            | SplitProblem::EmptySplit { place, .. }
            | SplitProblem::Header { place, .. }
            | SplitProblem::Line { place, .. }
            | SplitProblem::Word { place, .. }
            | SplitProblem::UnknownId { place, .. }
            | SplitProblem::RepeatedId { place, .. }
            | SplitProblem::MissingIds { place, .. } => place,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(
            match self {
                SplitProblem::Share { .. } | SplitProblem::NothingForTrain { .. } => {
                    "0.2 for each of the two leaves 0.6 for train; without a share, the size of the \
                     data decides"
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
                SplitProblem::Share { place: place(), split: Split::Test, found: 1.5 },
                "`digits`: expected a share between 0 and 1 for test, found 1.5",
            ),
            (
                SplitProblem::NothingForTrain { place: place(), validation: 0.5, test: 0.5 },
                "`digits`: expected shares for validation and test that leave some for train, \
                 found 0.5 and 0.5",
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
                "`split.csv` line 3: expected `train`, `train-validation`, `validation` or \
                 `test`, found `dev`",
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
}
