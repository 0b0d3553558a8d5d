//! What was met while a table was read.

use std::path::Path;

use crate::{DataError, Note, Place, Problem, Severity, problem::Gathered};

/// What was gathered so far.
#[derive(Default)]
pub(super) struct Met {
    pub(super) notes: Vec<Note>,
    pub(super) problems: Gathered,
    pub(super) hashed: blake3::Hasher,
}

impl Met {
    pub(super) fn say(&mut self, said: String, change_with: Option<&str>) {
        self.notes.push(Note { said, change_with: change_with.map(str::to_owned) });
    }

    /// The error of problems that leave nothing to go on with.
    pub(super) fn unusable(self, source: &Path) -> DataError {
        DataError::Problems(self.problems.into_problems(Place::path(source)))
    }

    /// The notes and problems, or the error of problems, if any keeps the data from being used.
    pub(super) fn refuse(
        self,
        source: &Path,
        skip_bad: bool,
    ) -> Result<(Vec<Note>, Vec<Problem>), DataError> {
        let problems = self.problems.into_problems(Place::path(source));
        let stops = |severity| match severity {
            Severity::Fatal => true,
            Severity::BadExample => !skip_bad,
            Severity::Warning => false,
        };
        if problems.iter().any(|problem| stops(problem.severity())) {
            return Err(DataError::Problems(problems));
        }
        Ok((self.notes, problems))
    }
}
