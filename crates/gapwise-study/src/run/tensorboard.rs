//! TensorBoard event files: the curves of a run while it trains.
//!
//! **Source.** The record framing of TensorFlow's `record_writer.h` and the messages `Event` and
//! `Summary` of TensorBoard's `event.proto` and `summary.proto`, of which five fields are needed.
//! Differs from the source: nothing; other fields are left at their defaults.

mod wire;

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use super::{GradientRow, HistoryRow, RunError, TimingRow, write_whole};

/// Rows of one or more epochs, in the order of epochs.
#[derive(Debug, Clone, Copy, Default)]
pub struct EventRows<'a> {
    /// Losses, errors and learning rates: tags `loss/train`, `loss/validation`,
    /// `error/validation` (in the metric's own unit) and `learning_rate`.
    pub history: &'a [HistoryRow],
    /// Speed, tag `examples_per_second`, and the time of every value of its epoch.
    pub timing: &'a [TimingRow],
    /// Gradients: tags `gradient_norm/LAYER` and `dead_share/LAYER`.
    pub gradients: &'a [GradientRow],
}

/// An event file that grows with its run.
///
/// Steps are optimiser updates. TensorBoard reads values as 32-bit numbers and shows those that are
/// not finite as gaps.
#[derive(Debug)]
pub struct EventFile {
    path: PathBuf,
    file: File,
    /// Bytes of whole records.
    length: u64,
}

impl EventFile {
    /// Makes the file that has all rows so far and nothing else, whole or not at all.
    ///
    /// An earlier file that begins with just these rows is cut after them, which takes off a torn
    /// record or the rows of an epoch that is trained again: a TensorBoard that has the file open
    /// goes on reading it. Any other file is replaced.
    ///
    /// TensorBoard takes a file for its own if `tfevents` is in its name:
    /// [`file::EVENTS`](super::file::EVENTS).
    ///
    /// # Errors
    ///
    /// The file cannot be written; an earlier one is left as it is.
    pub fn create(path: impl Into<PathBuf>, rows: EventRows<'_>) -> Result<Self, RunError> {
        let path = path.into();
        let began = rows.timing.first().map_or_else(now, |first| first.unix - first.seconds);
        let mut records = wire::version(began);
        records.extend(records_of(rows));
        if !fs::read(&path).is_ok_and(|earlier| earlier.starts_with(&records)) {
            write_whole(&path, &records)?;
        }
        let length = records.len() as u64;
        let opened = OpenOptions::new().write(true).open(&path);
        match opened.and_then(|file| file.set_len(length).map(|()| file)) {
            Ok(file) => Ok(EventFile { path, file, length }),
            Err(source) => Err(RunError::NotWritten { path, source }),
        }
    }

    /// Appends the rows of one epoch.
    ///
    /// # Errors
    ///
    /// The rows cannot be written whole: the file is as before, and can be appended to.
    pub fn append(&mut self, rows: EventRows<'_>) -> Result<(), RunError> {
        let records = records_of(rows);
        let end = SeekFrom::Start(self.length);
        let written = self.file.seek(end).and_then(|_| self.file.write_all(&records));
        if let Err(source) = written {
            // If this fails too, readers stop at the torn record, which the next rows write over.
            let _ = self.file.set_len(self.length);
            return Err(RunError::NotWritten { path: self.path.clone(), source });
        }
        self.length += records.len() as u64;
        Ok(())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The records of all rows, epoch by epoch: a file made anew has the bytes of one that grew.
fn records_of(rows: EventRows<'_>) -> Vec<u8> {
    let timing: BTreeMap<usize, &TimingRow> =
        rows.timing.iter().map(|row| (row.epoch, row)).collect();
    let time = |epoch| timing.get(&epoch).map_or_else(now, |row| row.unix);
    let mut records: Vec<(usize, Vec<u8>)> = Vec::new();
    for row in rows.history {
        let mut values = vec![
            ("loss/train".to_owned(), row.train_loss),
            ("loss/validation".to_owned(), row.validation_loss),
            ("error/validation".to_owned(), row.validation_error),
            ("learning_rate".to_owned(), row.learning_rate),
        ];
        if let Some(timing) = timing.get(&row.epoch) {
            values.push(("examples_per_second".to_owned(), timing.examples_per_second));
        }
        records.push((row.epoch, wire::scalars(time(row.epoch), row.step, &values)));
    }
    for layers in rows.gradients.chunk_by(|one, next| one.step == next.step) {
        let (epoch, step) = (layers[0].epoch, layers[0].step);
        let values: Vec<(String, f64)> = layers.iter().flat_map(values_of).collect();
        records.push((epoch, wire::scalars(time(epoch), step, &values)));
    }
    records.sort_by_key(|(epoch, _)| *epoch);
    records.into_iter().flat_map(|(_, record)| record).collect()
}

fn values_of(row: &GradientRow) -> impl Iterator<Item = (String, f64)> {
    let norm = (format!("gradient_norm/{}", row.layer), row.gradient_norm);
    let dead = row.dead_share.map(|share| (format!("dead_share/{}", row.layer), share));
    [Some(norm), dead].into_iter().flatten()
}

/// Seconds since 1970.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}
