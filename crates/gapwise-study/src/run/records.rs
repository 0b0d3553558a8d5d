//! The records of a run, each with its type.

use std::{fs::File, io::BufReader};

use csv::StringRecord;
use gapwise_data::summary::Summary;
use serde::{Serialize, de::DeserializeOwned};

use super::{Environment, HistoryRow, RunDirectory, RunError, Setting, WorstExample, file};
use crate::{
    baseline::BaselineReport,
    diagnosis::Diagnosis,
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

impl Record for Vec<Setting> {
    const FILE: &'static str = file::SETTINGS;
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

    /// `history.csv`, a row per epoch. Written whole or not at all.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn write_history(&self, rows: &[HistoryRow]) -> Result<(), RunError> {
        self.write_whole_with(file::HISTORY, |to| {
            let mut csv = csv::Writer::from_writer(to);
            for row in rows {
                csv.serialize(row).map_err(std::io::Error::from)?;
            }
            csv.flush()
        })
    }

    /// `history.csv`, a row per epoch, in their order.
    ///
    /// # Errors
    ///
    /// The run does not have the file, or a row is not what this version reads.
    pub fn history(&self) -> Result<Vec<HistoryRow>, RunError> {
        let path = self.file(file::HISTORY);
        let opened = File::open(&path).map_err(|source| self.unread(file::HISTORY, source))?;
        let mut csv = csv::Reader::from_reader(BufReader::new(opened));
        let bad = |line, said| RunError::BadRecord { path: path.clone(), line, said };
        let header = csv.headers().map_err(|error| bad(1, error.to_string()))?.clone();
        let mut rows = Vec::new();
        for record in csv.records() {
            let record = record.map_err(|error| {
                bad(error.position().map_or(1, csv::Position::line), error.to_string())
            })?;
            let line = record.position().map_or(1, csv::Position::line);
            let row = record.deserialize(Some(&header));
            rows.push(row.map_err(|error| bad(line, said_of(&error, &header, &record)))?);
        }
        Ok(rows)
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
        Ok(predictions::read(&path, Some(target))?)
    }
}

/// What is wrong with a row of numbers: the column, where it is known, and its cell.
fn said_of(error: &csv::Error, header: &StringRecord, record: &StringRecord) -> String {
    let field = match error.kind() {
        csv::ErrorKind::Deserialize { err, .. } => err.field().map(|place| place as usize),
        _ => None,
    };
    match field.and_then(|place| header.get(place).zip(record.get(place))) {
        Some((column, cell)) => format!("column `{column}`: expected a number, found `{cell}`"),
        None => error.to_string(),
    }
}
