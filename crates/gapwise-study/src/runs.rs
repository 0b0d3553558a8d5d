//! Where runs are kept, and how often their held-out data was looked at.
//!
//! A folder on disk is one place, the memory of a process another: a search that trains hundreds of
//! networks keeps none of them, and counts its looks all the same.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
    fs,
    path::{Path, PathBuf},
    sync::Mutex,
};

use crate::{
    diagnosis::LookCounts,
    looks::{Ledger, Look, LooksError},
    run::RunDirectory,
};

/// Looks at the held-out data of one data set and split.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Looks {
    /// How many are known of, at least.
    pub counts: LookCounts,
    /// That there may be more, where some are lost.
    pub lost: Option<String>,
    /// Those that are recorded, in their order.
    pub recorded: Vec<Look>,
}

/// Where runs are kept.
pub trait Runs: Debug {
    /// Looks at the held-out data with this fingerprint.
    ///
    /// # Errors
    ///
    /// What is recorded cannot be read.
    fn looks(&self, held_out: &str) -> Result<Looks, LooksError>;

    /// Records a look.
    ///
    /// # Errors
    ///
    /// It cannot be recorded.
    fn record(&self, look: &Look) -> Result<(), LooksError>;

    /// The directories of runs that may be on the held-out data with this fingerprint, in no order.
    /// Runs that are known to be on other data are left out unopened.
    fn on(&self, held_out: &str) -> Vec<PathBuf>;
}

/// A folder of runs, with the ledger of looks beside them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// The folder at `path`, which need not be there yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        RunFolder { path: path.into() }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The ledger beside the runs.
    pub fn ledger(&self) -> Ledger {
        Ledger::beside(&self.path)
    }

    /// The looks that the runs have heard of, so that a ledger which was damaged or deleted does not
    /// make held-out data fresh again.
    fn heard(&self, held_out: &str) -> LookCounts {
        let runs = self.on(held_out).into_iter();
        let runs = runs.filter_map(|path| RunDirectory::open(path).ok());
        runs.filter_map(|run| Some(run.manifest().ok()??.looks(held_out)))
            .fold(LookCounts::default(), LookCounts::or_more)
    }
}

impl Runs for RunFolder {
    fn looks(&self, held_out: &str) -> Result<Looks, LooksError> {
        let ledger = self.ledger();
        let recorded = ledger.looks()?;
        let heard = self.heard(held_out);
        Ok(Looks {
            counts: recorded.counts(held_out).or_more(heard),
            lost: recorded.said(held_out, heard, ledger.path()),
            recorded: recorded.looks.into_iter().filter(|look| look.data == held_out).collect(),
        })
    }

    fn record(&self, look: &Look) -> Result<(), LooksError> {
        self.ledger().record(look).map(|_| ())
    }

    /// Those that the ledger has on this data, and those that it does not have at all.
    fn on(&self, held_out: &str) -> Vec<PathBuf> {
        let looks = self.ledger().looks().map(|recorded| recorded.looks).unwrap_or_default();
        let mut data: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for look in &looks {
            data.entry(&look.run).or_default().insert(&look.data);
        }
        let Ok(entries) = fs::read_dir(&self.path) else { return Vec::new() };
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        let may_be = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            data.get(&*name).is_none_or(|data| data.contains(held_out))
        };
        paths.filter(may_be).collect()
    }
}

/// The looks of one process, which keeps no runs.
#[derive(Debug, Default)]
pub struct InMemory {
    looks: Mutex<Vec<Look>>,
}

impl Runs for InMemory {
    fn looks(&self, held_out: &str) -> Result<Looks, LooksError> {
        let looks = self.looks.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let recorded: Vec<Look> =
            looks.iter().filter(|look| look.data == held_out).cloned().collect();
        Ok(Looks { counts: LookCounts::of(&recorded), lost: None, recorded })
    }

    fn record(&self, look: &Look) -> Result<(), LooksError> {
        let mut looks = self.looks.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        looks.push(look.clone());
        Ok(())
    }

    fn on(&self, _held_out: &str) -> Vec<PathBuf> {
        Vec::new()
    }
}
