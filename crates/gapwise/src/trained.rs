//! What can be done with a run once it is there.

mod answers;
mod constrained;
mod judging;
mod page;
mod scoring;
mod standing;

use std::path::{Path, PathBuf};

use gapwise_data::Split;
use gapwise_nn::{
    DeviceChoice,
    model::{Model, ModelRecord},
    weights::WeightsError,
};
use gapwise_study::{
    looks::{Ledger, Look},
    run::{RunDirectory, RunError, file},
};

use crate::{
    Error,
    config::{Config, HumanChoice},
    system::{Making, Outcome},
};

pub(crate) use judging::human_level;

pub use answers::{ClassErrors, Evaluation, Prediction, Predictions};

/// The weights of the epoch with the lowest validation error.
pub(crate) const BEST: &str = "checkpoints/best.safetensors";
/// The weights after the last epoch.
pub(crate) const LAST: &str = "checkpoints/last.safetensors";

/// The weights that were saved after so many updates.
pub(crate) fn saved_at(step: usize) -> String {
    format!("checkpoints/step-{step}.safetensors")
}

/// The run's copy of people's answers.
pub(crate) const HUMAN: &str = "human.csv";

/// The same settings as they stand in a run, which has its own copy of people's answers.
pub(crate) fn keeping_answers(mut config: Config) -> Config {
    if let Some(HumanChoice::Answers(path)) = &mut config.diagnosis.human {
        *path = HUMAN.into();
    }
    config
}

/// A finished run, opened.
#[derive(Debug, Clone)]
pub struct TrainedRun {
    directory: RunDirectory,
    config: Config,
}

impl TrainedRun {
    /// Opens the run at `path`.
    ///
    /// # Errors
    ///
    /// [`Error::Run`] where it is no run, [`Error::Config`] where its configuration was damaged.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let directory = RunDirectory::open(path)?;
        let config = Config::read(&directory.file(file::CONFIG), &[])?;
        Ok(TrainedRun { directory, config })
    }

    /// Its directory.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The name of its directory.
    pub fn name(&self) -> String {
        self.directory.name()
    }

    /// Its directory, with its records.
    pub(crate) fn directory(&self) -> &RunDirectory {
        &self.directory
    }

    /// Its settings, all of them.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Its configuration file.
    pub fn config_file(&self) -> PathBuf {
        self.directory.file(file::CONFIG)
    }

    /// Whether training came to its end and the run was judged.
    pub fn is_finished(&self) -> bool {
        self.directory.file(file::REPORT).is_file()
    }

    /// What a finished run came to; nothing is written.
    ///
    /// # Errors
    ///
    /// [`Error::Run`] where the run's files are missing or damaged.
    pub fn finished(&self) -> Result<Outcome, Error> {
        let making: Making = self.directory.record()?;
        let table = self.directory.predictions(&making.target)?;
        let diagnosis = self.judge(&table, &making)?;
        let diagnosis = self.whole(diagnosis, &table, &making)?;
        let metrics = self.metrics(&table, &making)?;
        self.outcome(making, diagnosis, metrics)
    }

    /// Its network, with the weights of the best epoch.
    ///
    /// # Errors
    ///
    /// [`Error::Run`] and [`Error::Weights`] where its files are missing or damaged.
    pub fn model(&self, device: DeviceChoice) -> Result<Model, Error> {
        let record: ModelRecord = self.directory.record()?;
        let weights = self.directory.read_bytes(BEST)?;
        Model::load(record, weights, &device.open()?)
            .map_err(|source| weights_error(self.path(), BEST, source))
    }

    /// Counts a look at held-out data in the ledger beside the runs.
    pub(crate) fn look(&self, split: Split, why: &str) -> Result<(), Error> {
        let making: Making = self.directory.record()?;
        let look = Look::now(&making.held_out, split, self.directory.name()).because(why);
        self.ledger().record(&look)?;
        Ok(())
    }

    /// The same, unless this run has counted it before it was killed.
    pub(crate) fn look_once(&self, split: Split, why: &str) -> Result<(), Error> {
        let (run, making) = (self.directory.name(), self.directory.record::<Making>()?);
        let counted = self.ledger().looks()?.into_iter().any(|look| {
            (look.data, look.split, look.run) == (making.held_out.clone(), split, run.clone())
                && look.why == why
        });
        if counted { Ok(()) } else { self.look(split, why) }
    }

    pub(crate) fn ledger(&self) -> Ledger {
        Ledger::beside(&self.directory.parent())
    }
}

/// A record that not every run has.
fn where_recorded<T>(read: Result<T, RunError>) -> Result<Option<T>, RunError> {
    match read {
        Ok(record) => Ok(Some(record)),
        Err(RunError::NoFile { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

pub(crate) fn weights_error(run: &Path, name: &str, source: WeightsError) -> Error {
    Error::Weights { path: run.join(name), source }
}
