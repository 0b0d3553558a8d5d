//! The first step: data read, checked and split, with the settings that are in force for it.

use std::sync::Arc;

use gapwise_data::{Dataset, Note, Split, Splits, images, wording::counted};
use gapwise_nn::{
    Device, DeviceChoice,
    model::{FitError, Fitting, NetworkSettings},
    train::TrainSettings,
};
use gapwise_study::diagnosis::DiagnoseError;

use super::memory;
use crate::{
    Error,
    config::{Config, ConfigError, Defaults, Effective, check_defined, target},
    inspection::{self, Prepared},
    observe::{Event, Observer},
    pretrained::Weights,
};

/// Data that is read, checked and split, with the settings that are in force for it: all that a
/// training needs. Cloning it copies no data, so a thousand trainings read the data once.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(super) prepared: Arc<Prepared>,
    pub(super) effective: Effective,
    pub(super) defaults: Defaults,
    pub(super) weights: Option<Arc<Weights>>,
}

/// Reads, checks and splits the data that `config` names, and fills in every setting.
///
/// # Errors
///
/// [`Error::Data`] with every problem of the data, [`Error::Config`] for a setting that cannot be.
pub fn prepare(config: &Config, observer: &mut dyn Observer) -> Result<Plan, Error> {
    if config.data.path.as_os_str().is_empty() {
        return Err(ConfigError::NoData.into());
    }
    let weights = Weights::of(config)?;
    let (config, mut notes) = match &weights {
        Some(weights) => weights.suggest(config),
        None => (config.clone(), Vec::new()),
    };
    if let Some(changes) = config.train.changes.as_ref().filter(|changes| !changes.is_empty()) {
        let again = counted(changes.len(), "change");
        notes.push(Note {
            said: format!("`train.changes` has {again} during training, made again"),
            change_with: Some("--set train.changes=[]".into()),
        });
    }
    let prepared = read(&config, None, observer)?;
    notes.iter().for_each(|note| observer.tell(Event::Note(note)));
    Plan::with_weights(prepared.into(), &config, weights.map(Arc::new))
}

/// Reads and splits the data, and tells what it is. `notes` take the place of what is said by
/// convention: of the configuration of a run nothing is guessed any more, and its beginning knows what
/// was.
pub(super) fn read(
    config: &Config,
    notes: Option<&[Note]>,
    observer: &mut dyn Observer,
) -> Result<Prepared, Error> {
    let mut prepared = inspection::prepare(&config.data, &config.split)?;
    if let Some(notes) = notes {
        prepared.summary.notes = notes.to_vec();
    }
    observer.tell(Event::Data(&prepared.summary));
    let counts = present(&prepared.splits);
    observer.tell(Event::Split { counts: &counts, rule: &prepared.rule });
    Ok(prepared)
}

impl Plan {
    /// A plan for data that is at hand, whatever path the configuration names.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for a setting that cannot be.
    pub fn new(prepared: Arc<Prepared>, config: &Config) -> Result<Self, Error> {
        let weights = Weights::of(config)?;
        Self::with_weights(prepared, config, weights.map(Arc::new))
    }

    /// A plan for a data set that is at hand, split as `config` says.
    ///
    /// # Errors
    ///
    /// [`Error::Data`] where it cannot be split, [`Error::Config`] for a setting that cannot be.
    pub fn of(dataset: Dataset, config: &Config) -> Result<Self, Error> {
        let prepared = inspection::split(dataset, &config.split)?;
        Self::new(prepared.into(), config)
    }

    pub(super) fn with_weights(
        prepared: Arc<Prepared>,
        config: &Config,
        weights: Option<Arc<Weights>>,
    ) -> Result<Self, Error> {
        let Prepared { dataset, splits, .. } = &*prepared;
        let defaults = Defaults::of(dataset, splits, config);
        let effective = Effective::new(config, &defaults, (dataset, splits))?;
        let metric = effective.judging.metric;
        config.diagnosis.check(metric.kind)?;
        check_weights(&prepared)?;
        check_defined(metric, dataset, splits)?;
        config.metric.constraints(&target(dataset))?;
        Ok(Plan { prepared, effective, defaults, weights })
    }

    /// The same data with other settings.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for a setting that cannot be.
    pub fn with_settings(&self, config: &Config) -> Result<Self, Error> {
        Self::new(self.prepared.clone(), config)
    }

    /// The data, and which example is for what.
    pub fn prepared(&self) -> &Prepared {
        &self.prepared
    }

    /// The settings in force.
    pub fn settings(&self) -> &Effective {
        &self.effective
    }

    /// Why the network suits, where a person did not choose it.
    pub fn reason(&self) -> Option<&str> {
        let suits = self.effective.network.kind == self.defaults.network.kind;
        suits.then_some(self.defaults.reason.as_str())
    }

    /// What was chosen for training by convention.
    pub(super) fn notes(&self) -> impl Iterator<Item = Note> {
        let rule = self.effective.transfer.iter().flat_map(|transfer| transfer.note.clone());
        let of_weights = self.weights.iter().flat_map(|weights| weights.notes());
        self.effective.judging.note.clone().into_iter().chain(of_weights).chain(rule)
    }

    /// Refuses what would not fit in memory, and weights to begin with that are not the network's.
    pub(super) fn check(&self, choice: DeviceChoice, device: &Device) -> Result<(), Error> {
        memory::check(&self.effective, &self.prepared, choice)?;
        match &self.weights {
            Some(_) => self.fitting(device).map(|_| ()),
            None => Ok(()),
        }
    }

    /// The network that the settings describe, with the weights that it begins with.
    pub(super) fn fitting(&self, device: &Device) -> Result<Fitting<'_>, Error> {
        let fitting = self.fitting_of(&self.effective.network, &self.effective.train)?;
        let (Some(weights), Some(transfer)) = (&self.weights, &self.effective.transfer) else {
            return Ok(fitting);
        };
        let memory = images::room(self.effective.data.image_memory);
        let pretrained = weights.pretrained(transfer, memory);
        let seed = self.effective.train.seed;
        fitting.with_weights(&pretrained, seed, device).map_err(|error| match error {
            FitError::Weights(source) => weights.unfit(source, self.effective.network.kind),
            error => error.into(),
        })
    }

    /// Another network on the same data.
    pub(super) fn fitting_of(
        &self,
        network: &NetworkSettings,
        train: &TrainSettings,
    ) -> Result<Fitting<'_>, Error> {
        let Prepared { dataset, splits, .. } = &*self.prepared;
        let metric = self.effective.judging.metric;
        let fitting = Fitting::new(dataset, splits, network, train)?;
        Ok(fitting.reading(self.effective.readers).judged_by(metric))
    }

    /// Fingerprint of what is held out: the labels of all examples in their order, and the split. What
    /// the network reads of an example (columns left out, image sizes) does not change it, since looks
    /// at the same examples use them up all the same.
    pub fn held_out(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        let dataset = &self.prepared.dataset;
        let target = target(dataset);
        for truth in (0..dataset.len()).filter_map(|at| target.truth(&dataset.labels, at)) {
            target.hash(&truth, &mut hasher);
        }
        format!("{}/{}", hasher.finalize().to_hex(), self.prepared.splits.fingerprint())
    }
}

/// Refuses a split of which no example counts: its error could not be told.
fn check_weights(prepared: &Prepared) -> Result<(), DiagnoseError> {
    let Some(weights) = &prepared.dataset.weights else { return Ok(()) };
    for split in Split::ALL {
        let examples = prepared.splits.indices(split);
        if !examples.is_empty() && examples.iter().all(|&example| weights[example] == 0.0) {
            return Err(DiagnoseError::NoWeight { split, examples: examples.len() });
        }
    }
    Ok(())
}

/// The splits that have examples.
pub(crate) fn present(splits: &Splits) -> Vec<(Split, usize)> {
    splits.counts().into_iter().filter(|(_, n)| *n > 0).collect()
}
