//! The records of a run that are tables: one row per epoch, or per epoch and layer.

use csv::StringRecord;
use serde::{Serialize, de::DeserializeOwned};

use super::{GradientRow, HistoryRow, RunDirectory, RunError, TimingRow, file};

impl RunDirectory {
    /// `history.csv`, a row per epoch. Written whole or not at all.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn write_history(&self, rows: &[HistoryRow]) -> Result<(), RunError> {
        self.write_rows(file::HISTORY, rows)
    }

    /// `history.csv`, a row per epoch, in their order.
    ///
    /// # Errors
    ///
    /// The run does not have the file, or a row is not what this version reads.
    pub fn history(&self) -> Result<Vec<HistoryRow>, RunError> {
        self.rows(file::HISTORY)
    }

    /// `timing.csv`, a row per epoch. Written whole or not at all.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn write_timing(&self, rows: &[TimingRow]) -> Result<(), RunError> {
        self.write_rows(file::TIMING, rows)
    }

    /// `timing.csv`, a row per epoch, in their order.
    ///
    /// # Errors
    ///
    /// The run does not have the file, or a row is not what this version reads.
    pub fn timing(&self) -> Result<Vec<TimingRow>, RunError> {
        self.rows(file::TIMING)
    }

    /// `gradients.csv`, a row per epoch and layer. Written whole or not at all.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn write_gradients(&self, rows: &[GradientRow]) -> Result<(), RunError> {
        self.write_rows(file::GRADIENTS, rows)
    }

    /// `gradients.csv`, a row per epoch and layer, in their order.
    ///
    /// # Errors
    ///
    /// The run does not have the file, or a row is not what this version reads.
    pub fn gradients(&self) -> Result<Vec<GradientRow>, RunError> {
        self.rows(file::GRADIENTS)
    }

    fn write_rows<R: Serialize>(&self, name: &str, rows: &[R]) -> Result<(), RunError> {
        self.write_whole_with(name, |to| {
            let mut csv = csv::Writer::from_writer(to);
            for row in rows {
                csv.serialize(row).map_err(std::io::Error::from)?;
            }
            csv.flush()
        })
    }

    fn rows<R: DeserializeOwned>(&self, name: &str) -> Result<Vec<R>, RunError> {
        let path = self.file(name);
        let bytes = self.checked_bytes(name)?;
        let mut csv = csv::Reader::from_reader(&bytes[..]);
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
