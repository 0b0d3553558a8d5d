//! The records of a run that are one value each, and its prediction table.

use gapwise_data::summary::Summary;
use serde::{Serialize, de::DeserializeOwned};

use super::{Environment, RangeTest, RunDirectory, RunError, Setting, WorstExample, file};
use crate::{
    baseline::BaselineReport,
    compare::ComparedWith,
    diagnosis::{Diagnosis, JudgedBy},
    predictions::{self, PredictionTable, Target},
};

/// A record of a run that is one JSON file.
pub trait Record: Serialize + DeserializeOwned {
    /// The file's name in the run's directory.
    const FILE: &'static str;
}

impl Record for Environment {
    const FILE: &'static str = file::ENVIRONMENT;
}

impl Record for Summary {
    const FILE: &'static str = file::DATA;
}

impl Record for Vec<BaselineReport> {
    const FILE: &'static str = file::BASELINES;
}

impl Record for Vec<WorstExample> {
    const FILE: &'static str = file::WORST;
}

impl Record for Diagnosis {
    const FILE: &'static str = file::DIAGNOSIS;
}

impl Record for Vec<JudgedBy> {
    const FILE: &'static str = file::METRICS;
}

impl Record for Vec<Setting> {
    const FILE: &'static str = file::SETTINGS;
}

impl Record for Vec<ComparedWith> {
    const FILE: &'static str = file::COMPARISONS;
}

impl Record for RangeTest {
    const FILE: &'static str = file::RANGE_TEST;
}

impl RunDirectory {
    /// Writes a record whole or not at all.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn write_record<R: Record>(&self, record: &R) -> Result<(), RunError> {
        self.write_whole_with(R::FILE, |to| {
            serde_json::to_writer_pretty(&mut *to, record)?;
            to.write_all(b"\n")
        })
    }

    /// Reads a record: `run.record::<Diagnosis>()`.
    ///
    /// # Errors
    ///
    /// The run does not have the file, or it is not what this version reads.
    pub fn record<R: Record>(&self) -> Result<R, RunError> {
        let text = self.read_text(R::FILE)?;
        serde_json::from_str(&text).map_err(|error| {
            let whole = error.to_string();
            // The place is said once, in front.
            let said = match whole.rsplit_once(" at line ") {
                Some((said, _)) => said.to_owned(),
                None => whole,
            };
            RunError::BadRecord { path: self.file(R::FILE), line: error.line() as u64, said }
        })
    }

    /// `predictions.csv`. Written whole or not at all. Where the table is not in memory, a
    /// [`Writer`](predictions::Writer) in [`RunDirectory::write_whole_with`] does the same.
    ///
    /// # Errors
    ///
    /// The file cannot be written, or the table is not of its target.
    pub fn write_predictions(&self, table: &PredictionTable) -> Result<(), RunError> {
        self.write_whole_with(file::PREDICTIONS, |to| table.write(to))
    }

    /// `predictions.csv`, which must be of this target. See [`predictions::read`].
    ///
    /// # Errors
    ///
    /// The run does not have the file, or it is no table of this target.
    pub fn predictions(&self, target: &Target) -> Result<PredictionTable, RunError> {
        let path = self.file(file::PREDICTIONS);
        if !path.exists() {
            let file = file::PREDICTIONS.to_owned();
            return Err(RunError::NoFile { run: self.path().to_owned(), file });
        }
        self.check(file::PREDICTIONS)?;
        Ok(predictions::read(&path, Some(target))?)
    }
}
