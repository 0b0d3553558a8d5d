//! What was met while a table was read.

use std::path::Path;

use crate::{DataError, Note, Place, Problem, Severity, SourceOptions, problem::Gathered};

/// What was gathered so far.
#[derive(Default)]
pub(super) struct Met {
    pub(super) notes: Vec<Note>,
    pub(super) problems: Gathered,
    pub(super) hashed: blake3::Hasher,
}

/// What becomes of bad examples.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum BadExamples {
    /// They are told with everything else, and the data is refused.
    Told,
    /// They are gone on without; where the data is refused for something else, they say nothing.
    Skipped,
}

impl BadExamples {
    pub(super) fn of(options: &SourceOptions) -> BadExamples {
        if options.skip_bad { BadExamples::Skipped } else { BadExamples::Told }
    }
}

impl Met {
    pub(super) fn say(&mut self, said: String, change_with: Option<&str>) {
        self.notes.push(Note { said, change_with: change_with.map(str::to_owned) });
    }

    /// The error of problems that leave nothing to go on with.
    pub(super) fn unusable(self, source: &Path, bad: BadExamples) -> DataError {
        let mut problems = self.problems.into_problems(Place::path(source));
        if bad == BadExamples::Skipped {
            problems.retain(|problem| problem.severity() != Severity::BadExample);
        }
        DataError::Problems(problems)
    }

    /// The notes and problems, or the error of problems, if any keeps the data from being used.
    pub(super) fn refuse(
        self,
        source: &Path,
        bad: BadExamples,
    ) -> Result<(Vec<Note>, Vec<Problem>), DataError> {
        let gravest = self.problems.gravest();
        let stops = match bad {
            BadExamples::Told => [Some(Severity::Fatal), Some(Severity::BadExample)],
            BadExamples::Skipped => [Some(Severity::Fatal), None],
        };
        if gravest.is_some() && stops.contains(&gravest) {
            return Err(self.unusable(source, bad));
        }
        Ok((self.notes, self.problems.into_problems(Place::path(source))))
    }

    /// The same where bad examples are left out and listed, whatever else is wrong.
    pub(super) fn refuse_fatal(
        self,
        source: &Path,
    ) -> Result<(Vec<Note>, Vec<Problem>), DataError> {
        if self.problems.gravest() == Some(Severity::Fatal) {
            return Err(self.unusable(source, BadExamples::Told));
        }
        Ok((self.notes, self.problems.into_problems(Place::path(source))))
    }
}
