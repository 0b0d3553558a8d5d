//! Why data could not be read, split or encoded.

use std::{io, path::PathBuf};

use thiserror::Error;

use super::{ImageProblem, Problem};
use crate::{shown::shown_path, wording::thousands};

/// Why data could not be read, split or encoded.
#[derive(Debug, Error)]
pub enum DataError {
    /// A file or folder could not be opened or read.
    #[error("{}: {source}", shown_path(path))]
    Io {
        /// File or folder.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// There is not enough memory for a table.
    #[error("{}: expected enough memory for its text, found too little for {} MB of it", shown_path(path), thousands((*bytes / 1_000_000).max(1) as usize))]
    OutOfMemory {
        /// The table.
        path: PathBuf,
        /// Bytes of text that did not fit.
        bytes: u64,
    },
    /// The data has problems that must be mended first. Holds every problem found, warnings too.
    #[error("{}", first_and_count(.0))]
    Problems(Vec<Problem>),
    /// Images that do not fit in memory, and cannot be put on disk either.
    #[error("`{}`: expected room for images that do not fit in memory, found {source}", folder.display())]
    ScratchNotWritten {
        /// The folder of the file that was to hold them.
        folder: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// Images that were put on disk and cannot be read back.
    #[error("`{}`: expected images that were put there, found {source}", folder.display())]
    ScratchNotRead {
        /// The folder of the file that holds them.
        folder: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A table that an encoder was not made for.
    #[error("column `{column}`: expected {expected}, as the encoder was fitted on, found {found}")]
    EncoderMismatch {
        /// The column.
        column: String,
        /// The kind of column that the encoder was fitted on.
        expected: String,
        /// What the table has instead.
        found: String,
    },
    /// Inputs that a network does not read, or labels that it does not learn.
    #[error("expected {expected}, as the network reads and learns, found {found}")]
    OtherKind {
        /// What the network reads or learns, such as `images`.
        expected: &'static str,
        /// What was given.
        found: &'static str,
    },
}

impl From<Problem> for DataError {
    fn from(problem: Problem) -> Self {
        DataError::Problems(vec![problem])
    }
}

impl From<ImageProblem> for DataError {
    fn from(problem: ImageProblem) -> Self {
        DataError::from(Problem::from(problem))
    }
}

impl DataError {
    /// What to do about it, where that is known; of several problems, about the gravest.
    pub fn hint(&self) -> Option<String> {
        match self {
            DataError::Problems(problems) => {
                problems.iter().min_by_key(|problem| problem.severity()).and_then(Problem::hint)
            }
            DataError::ScratchNotWritten { .. } => Some(
                "make room there, name a folder on another disk in the environment variable \
                 `TMPDIR`, make images smaller with `--image-size`, or let them take more memory \
                 with `--set data.image_memory=MIB`"
                    .to_owned(),
            ),
            DataError::ScratchNotRead { .. } => Some(
                "check that disk, or name a folder on another one in the environment variable \
                 `TMPDIR`"
                    .to_owned(),
            ),
            DataError::OutOfMemory { .. } => Some(
                "this is no fault of the file: give the process more memory, or cut the table into \
                 smaller ones"
                    .to_owned(),
            ),
            DataError::Io { .. }
            | DataError::EncoderMismatch { .. }
            | DataError::OtherKind { .. } => None,
        }
    }

    /// Every problem found, where problems with the data are the reason.
    pub fn problems(&self) -> &[Problem] {
        match self {
            DataError::Problems(problems) => problems,
            _ => &[],
        }
    }
}

/// The gravest problem in full, and how many there are beside it.
fn first_and_count(problems: &[Problem]) -> String {
    let Some(gravest) = problems.iter().min_by_key(|problem| problem.severity()) else {
        return "the data has problems".to_owned();
    };
    match problems.len() - 1 {
        0 => gravest.to_string(),
        1 => format!("{gravest} (and 1 more problem)"),
        more => format!("{gravest} (and {more} more problems)"),
    }
}
