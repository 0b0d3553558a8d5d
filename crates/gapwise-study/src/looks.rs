//! The ledger of looks: how often held-out data has been used up.
//!
//! Choosing anything on validation uses it up, and so does looking at test. Every such look is one
//! line of `looks.jsonl` beside the runs, and is counted per data set and split: a later run on the
//! same data sees the looks of all earlier ones.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use gapwise_data::Split;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::diagnosis::LookCounts;

/// One look at held-out data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Look {
    /// Fingerprint of the data set.
    pub data: String,
    /// The split that was looked at.
    pub split: Split,
    /// Name of the run that it was for.
    pub run: String,
    /// What for: `best epoch`, `early stopping`, `evaluate --test`, …
    pub why: String,
    /// When, in seconds since 1970 (UTC).
    pub at: u64,
}

impl Look {
    /// A look now.
    pub fn now(data: impl Into<String>, split: Split, run: impl Into<String>) -> Self {
        let at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Look { data: data.into(), split, run: run.into(), why: String::new(), at }
    }

    /// The same, with what it is for.
    pub fn because(self, why: impl Into<String>) -> Self {
        Look { why: why.into(), ..self }
    }
}

/// Why the ledger cannot be read or written.
#[derive(Debug, Error)]
pub enum LooksError {
    /// The file cannot be opened, read or written. Nothing was recorded.
    #[error("`{}`: {source}", path.display())]
    Io {
        /// The ledger.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
}

impl LooksError {
    /// What to do.
    pub fn hint(&self) -> &'static str {
        match self {
            LooksError::Io { .. } => "the ledger lies beside the runs; check the folder's rights",
        }
    }
}

/// What a ledger says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Every look, in the order of the file.
    pub looks: Vec<Look>,
    /// Lines that are no look, from 1: each was one, of whatever data.
    pub damaged: Vec<usize>,
    /// Whether there is a file.
    pub is_there: bool,
}

impl Recorded {
    /// How often the validation and test sets of the data with this fingerprint were looked at. Where
    /// lines are damaged it may have been more often.
    pub fn counts(&self, data: &str) -> LookCounts {
        counted(&self.looks, data)
    }

    /// That looks at these data are not in the ledger, where there are some: because lines are
    /// damaged, or because the runs have heard of more. `heard` is what they know, `path` the ledger.
    pub fn said(&self, data: &str, heard: LookCounts, path: &Path) -> Option<String> {
        let (found, path) = (self.counts(data), path.display());
        let known = found.or_more(heard);
        let why = match self.damaged.as_slice() {
            [] if known == found => return None,
            [] if !self.is_there => format!("`{path}` is not there"),
            [] => format!(
                "`{path}` has {} and {} at test",
                at(found.validation, "validation"),
                found.test
            ),
            [line] => format!("line {line} of `{path}` is damaged"),
            lines => {
                let lines: Vec<String> = lines.iter().take(5).map(usize::to_string).collect();
                let more = match self.damaged.len() - lines.len() {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                format!("lines {}{more} of `{path}` are damaged", lines.join(", "))
            }
        };
        Some(format!(
            "at least {} and {} at test: {why}",
            at(known.validation, "validation"),
            known.test
        ))
    }
}

/// `3 looks at validation`.
fn at(looks: usize, split: &str) -> String {
    format!("{} at {split}", gapwise_data::wording::counted(looks, "look"))
}

/// The ledger of one folder of runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    path: PathBuf,
}

impl Ledger {
    /// The ledger beside the runs in this folder. Neither needs to be there yet.
    pub fn beside(runs: &Path) -> Self {
        Ledger { path: runs.join("looks.jsonl") }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Every look, in the order of the file. None where there is no file.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn looks(&self) -> Result<Recorded, LooksError> {
        match File::open(&self.path) {
            Ok(file) => {
                file.lock_shared().map_err(|source| self.io(source))?;
                Ok(recorded(&self.bytes(&file)?))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Recorded::default()),
            Err(error) => Err(self.io(error)),
        }
    }

    /// Records a look and returns the counts of its data set, this look included.
    ///
    /// The line is written at once and is on the disk when this returns; other processes may append
    /// at the same time. Where it fails, the ledger is as it was before.
    ///
    /// # Errors
    ///
    /// The file cannot be read or written.
    pub fn record(&self, look: &Look) -> Result<LookCounts, LooksError> {
        let io = |source| self.io(source);
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder).map_err(io)?;
        }
        let mut file =
            OpenOptions::new().create(true).read(true).append(true).open(&self.path).map_err(io)?;
        // Whoever holds the lock sees whole lines only, so the count is that of this very look.
        // Closing the file gives it back, whatever happens.
        file.lock().map_err(io)?;
        let bytes = self.bytes(&file)?;
        let mut looks = recorded(&bytes).looks;
        // A line that was cut off stays a line of its own.
        let mut line =
            if bytes.last().is_some_and(|&byte| byte != b'\n') { vec![b'\n'] } else { vec![] };
        serde_json::to_writer(&mut line, look).map_err(|error| io(error.into()))?;
        line.push(b'\n');
        let before = file.metadata().map_err(io)?.len();
        let written = file.write_all(&line).and_then(|()| file.sync_all());
        if let Err(error) = written {
            // A full disk may have taken half of the line. If it cannot be taken back either, the
            // next reader names the line.
            let _ = file.set_len(before);
            return Err(io(error));
        }
        if before == 0 {
            crate::run::sync_folder(&self.path).map_err(io)?;
        }
        looks.push(look.clone());
        Ok(counted(&looks, &look.data))
    }

    fn bytes(&self, mut file: &File) -> Result<Vec<u8>, LooksError> {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|source| self.io(source))?;
        Ok(bytes)
    }

    fn io(&self, source: io::Error) -> LooksError {
        LooksError::Io { path: self.path.clone(), source }
    }
}

fn recorded(bytes: &[u8]) -> Recorded {
    let mut recorded = Recorded { is_there: true, ..Recorded::default() };
    for (place, line) in bytes.split_inclusive(|&byte| byte == b'\n').enumerate() {
        match serde_json::from_slice(line) {
            Ok(look) => recorded.looks.push(look),
            Err(_) => recorded.damaged.push(place + 1),
        }
    }
    recorded
}

fn counted(looks: &[Look], data: &str) -> LookCounts {
    LookCounts::of(looks.iter().filter(|look| look.data == data))
}
