//! What can be wrong with a prediction table.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use thiserror::Error;

/// Why a prediction table cannot be read.
#[derive(Debug, Error)]
pub enum PredictionsError {
    /// The file cannot be opened or read.
    #[error("`{}`: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The first line does not have the columns of a prediction table.
    #[error("`{}` line 1: expected {expected}, found `{found}`", path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// What belongs there.
        expected: String,
        /// The columns that are there, or those of them that do not belong there.
        found: String,
    },
    /// Cells that cannot be what they are.
    #[error("{}", said(path, first, *total))]
    Cells {
        /// The file.
        path: PathBuf,
        /// The bad cells in the order of the file, at most 1,000.
        first: Vec<BadCell>,
        /// How many there are.
        total: usize,
    },
}

impl PredictionsError {
    /// What to do about a table that another program wrote. What to do about that of a run, the run
    /// knows: [`RunError::hint`](crate::run::RunError::hint).
    pub fn hint(&self) -> &'static str {
        match self {
            PredictionsError::Io { .. } => "check that the file is there and may be read",
            PredictionsError::Header { .. } => {
                "beside these there may be `group`, `weight`, `loss` and, for classes, one \
                 `score:CLASS` per class, in any order"
            }
            PredictionsError::Cells { first, .. } => {
                match first.iter().any(|cell| cell.found.eq_ignore_ascii_case("nan")) {
                    true => {
                        "a network that answers `nan` has most likely diverged: look at its \
                         training before its errors"
                    }
                    false => {
                        "mend it where the table is written; docs/predictions.md has what each \
                         column may hold"
                    }
                }
            }
        }
    }
}

/// One cell, or row, that is not what a prediction table has there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadCell {
    /// Line in the file, from 1; the header is line 1.
    pub line: u64,
    /// Column; `None` where the row as a whole is bad.
    pub column: Option<String>,
    /// What belongs there.
    pub expected: String,
    /// What is there.
    pub found: String,
}

impl fmt::Display for BadCell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(column) = &self.column {
            write!(f, ", column `{column}`")?;
        }
        write!(f, ": expected {}, found `{}`", self.expected, self.found)
    }
}

fn said(path: &Path, first: &[BadCell], total: usize) -> String {
    let mut said = format!("`{}`", path.display());
    if let Some(cell) = first.first() {
        said.push_str(&format!(" {cell}"));
    }
    match total.saturating_sub(1) {
        0 => {}
        1 => said.push_str(", and 1 more like it"),
        more => said.push_str(&format!(", and {more} more")),
    }
    said
}
