//! What can be wrong with the column that says when each example was.

use thiserror::Error;

use super::{Place, Severity, Wanted, words::also_for};

/// What can be wrong with the column of times.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TimeProblem {
    /// A column that has no order of time.
    #[error(
        "{place}: expected dates or numbers, by which examples are put in order, found {found}"
    )]
    Kind {
        /// The column.
        place: Place,
        /// What its cells hold.
        found: &'static str,
    },
    /// An example without a time.
    #[error("{place}: expected a time, found none")]
    Missing {
        /// The cell.
        place: Place,
    },
    /// A column that is something else too.
    #[error("{place}: expected a column for the time alone, found {}", also_for(*.also))]
    Shared {
        /// The column.
        place: Place,
        /// What else it was asked for.
        also: Wanted,
    },
    /// Times beside a training source of its own, whose examples may be later than those held out.
    #[error(
        "{place}: expected a split by time or a training source of its own, found both asked for"
    )]
    WithSource {
        /// The data.
        place: Place,
    },
    /// Groups beside times: a group may lie on both sides of every moment.
    #[error("{place}: expected a split by time or by groups, found both asked for")]
    WithGroups {
        /// The data.
        place: Place,
    },
}

impl TimeProblem {
    /// What the problem does to the run.
    pub fn severity(&self) -> Severity {
        match self {
            TimeProblem::Missing { .. } => Severity::BadExample,
            _ => Severity::Fatal,
        }
    }

    /// Where it stands.
    pub fn place(&self) -> &Place {
        match self {
            TimeProblem::Kind { place, .. }
            | TimeProblem::Missing { place }
            | TimeProblem::Shared { place, .. }
            | TimeProblem::WithSource { place }
            | TimeProblem::WithGroups { place } => place,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(
            match self {
                TimeProblem::Kind { .. } => {
                    "write dates as year-month-day, or give `--time` a column of numbers"
                }
                TimeProblem::Missing { .. } => {
                    "mend the cell, or go on without such examples with `--skip-bad`"
                }
                TimeProblem::Shared { .. } => "give `--time` another column, or leave it out",
                TimeProblem::WithSource { .. } => {
                    "leave `--time` out, or put what trains into one table with the rest"
                }
                TimeProblem::WithGroups { .. } => "leave `--time` or `--group` out",
            }
            .to_owned(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_say_where_what_was_expected_and_what_was_found() {
        let column = || Place::path("sales.csv").column("day");
        let texts = [
            (
                TimeProblem::Kind { place: column(), found: "category" },
                "`sales.csv`, column `day`: expected dates or numbers, by which examples are put \
                 in order, found category",
            ),
            (
                TimeProblem::Missing { place: Place::line("sales.csv", 3).column("day") },
                "`sales.csv` line 3, column `day`: expected a time, found none",
            ),
            (
                TimeProblem::Shared { place: column(), also: Wanted::Label },
                "`sales.csv`, column `day`: expected a column for the time alone, found the label",
            ),
            (
                TimeProblem::WithGroups { place: Place::path("sales.csv") },
                "`sales.csv`: expected a split by time or by groups, found both asked for",
            ),
        ];
        for (problem, text) in texts {
            assert_eq!(problem.to_string(), text);
            assert!(problem.hint().is_some());
        }
    }
}
