//! What can be done with a run once it is there.

mod answers;
mod constrained;
mod judging;
mod looking;
mod page;
mod scoring;
mod standing;
mod trusted;

use std::path::{Path, PathBuf};

use gapwise_data::Note;
use gapwise_nn::{
    DeviceChoice,
    model::{Model, ModelRecord},
    weights::WeightsError,
};
use gapwise_study::run::{RunDirectory, RunError, file};

use crate::{
    Error,
    config::{Config, HumanChoice},
    system::{Outcome, RunRecord},
};

pub(crate) use judging::human_level;

pub use answers::{Answered, ClassErrors, Evaluation, Predictions};

/// The weights of the epoch that is kept, by its validation loss.
pub(crate) const BEST: &str = file::BEST;
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
    notes: Vec<Note>,
}

impl TrainedRun {
    /// Opens the run at `path`. What is said of it is by the settings that it was trained with, whatever
    /// was written into its configuration since; but what it is judged by, and where its data is, stand
    /// there.
    ///
    /// # Errors
    ///
    /// [`Error::Run`] where it is no run or its records are damaged, [`Error::Config`] where its
    /// configuration cannot be read.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let directory = RunDirectory::open(path)?;
        let written = Config::read(&directory.file(file::CONFIG), &[])?;
        let (config, notes) = trusted::settings(&directory, written)?;
        Ok(TrainedRun { directory, config, notes })
    }

    /// What is to be known of it before anything is said of it: that it is from before there were
    /// checksums, that its configuration was edited.
    pub fn notes(&self) -> &[Note] {
        &self.notes
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

    /// Whether training came to its end and the run was judged. A run whose manifest is damaged is not
    /// known to be.
    pub fn is_finished(&self) -> bool {
        let sealed = self
            .directory
            .manifest()
            .is_ok_and(|manifest| manifest.is_none_or(|manifest| manifest.is_sealed()));
        sealed && self.directory.file(file::REPORT).is_file()
    }

    /// What a finished run came to; nothing is written.
    ///
    /// # Errors
    ///
    /// [`Error::Run`] where the run's files are missing or damaged.
    pub fn finished(&self) -> Result<Outcome, Error> {
        let making: RunRecord = self.directory.record()?;
        let table = self.predictions(&making)?;
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
        let weights = match self.directory.read_bytes(BEST) {
            // A damaged weight file says itself what is wrong with it; one of another run does not.
            Err(damaged @ RunError::Damaged { .. }) => {
                let bytes = std::fs::read(self.directory.file(BEST)).unwrap_or_default();
                let loaded = Model::load(record, bytes, &device.open()?);
                return Err(match loaded {
                    Err(source) => weights_error(self.path(), BEST, source),
                    Ok(_) => damaged.into(),
                });
            }
            read => read?,
        };
        Model::load(record, weights, &device.open()?)
            .map_err(|source| weights_error(self.path(), BEST, source))
    }
}

pub(crate) fn weights_error(run: &Path, name: &str, source: WeightsError) -> Error {
    Error::Weights { path: run.join(name), source }
}
