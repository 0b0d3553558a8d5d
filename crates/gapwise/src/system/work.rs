//! What is done with prepared data on a device: training, the baseline, the range test.

use std::{path::Path, time::Duration};

use gapwise_data::{Note, Split, images, summary::Summary};
use gapwise_nn::{
    Device,
    model::{Fit, FitError, Fitting, NetworkKind, NetworkSettings},
    networks::Settable,
    train::{Records, Resume, Setup, TrainError, TrainSettings},
};
use gapwise_study::{
    metric::{Metric, count},
    run::{RangeTest, RunDirectory, RunError, file},
};

use super::{
    changes::Recorder,
    keeping::{Keeper, Reporter},
    linear::{LinearBaseline, LinearFit},
    record::Diverged,
    step,
};
use crate::{
    Error,
    config::{Effective, target},
    inspection::Prepared,
    observe::{Event, Observer},
    pretrained::Weights,
    trained::{BEST, LAST, weights_error},
};

/// What is done with the data on a device, and who is told.
pub(super) struct Work<'a> {
    pub(super) prepared: &'a Prepared,
    pub(super) device: &'a Device,
    pub(super) metric: Metric,
    /// What the network begins with, where that is the weights of other data.
    pub(super) weights: Option<&'a Weights>,
    pub(super) observer: &'a mut dyn Observer,
}

/// Where a training leaves its checkpoints.
pub(super) struct Kept<'a, 'r> {
    pub(super) directory: &'a RunDirectory,
    /// Shortest time between two of them.
    pub(super) every: Duration,
    /// Why the network suits, where it was not chosen by a person.
    pub(super) reason: Option<&'a str>,
    /// What was guessed or done by convention before.
    pub(super) notes: Vec<Note>,
    /// Where changes on the way are recorded.
    pub(super) recorder: &'a mut Recorder<'r>,
}

impl<'a> Work<'a> {
    /// The network that the settings describe, from the run's last checkpoint or the beginning.
    pub(super) fn network(
        &mut self,
        effective: &Effective,
        to: Kept<'_, '_>,
    ) -> Result<Fit, Error> {
        let Kept { directory, every, reason, notes, recorder } = to;
        let (network, train) = (&effective.network, &effective.train);
        let fitting = self.transferred(effective)?;
        if let (Some(weights), Some(begun)) = (self.weights, fitting.transferred()) {
            directory.write_record(&weights.record(begun))?;
        }
        let mut summary = Summary { notes, ..self.prepared.summary.clone() };
        summary.notes.extend_from_slice(fitting.notes());
        directory.write_record(&summary)?;
        directory.write_record(fitting.record())?;
        for note in fitting.notes() {
            self.observer.tell(Event::Note(note));
        }
        let resume = checkpoint(directory)?;
        if resume.is_none() && directory.file(file::EVENTS).is_file() {
            let said = "the run has no checkpoint: its training begins anew".to_owned();
            self.observer.tell(Event::Note(&Note { said, change_with: None }));
        }
        let resumed = resume.is_some();
        self.announce(&described(network), train.epochs, reason);
        let mut keeper = Keeper::new(self.observer, recorder, every);
        let setup = Setup { settings: train, device: self.device, resume, watch: &mut keeper };
        let fitted = fitting.train(setup);
        match (fitted, keeper.into_error()) {
            (Err(FitError::Train(TrainError::NotWritten)), Some(Error::Run(source))) => {
                Err(Error::NotWritten { run: directory.path().to_owned(), source })
            }
            (Err(FitError::Train(TrainError::NotWritten)), Some(error)) => Err(error),
            (Err(error), _) => {
                let error = Error::of_training(error, directory.path());
                if let (Error::Diverged { source, .. }, Some(hint)) = (&error, error.hint()) {
                    directory.write_record(&Diverged { said: source.to_string(), hint })?;
                    step::diverged(recorder, &source.to_string())?;
                }
                Err(error)
            }
            (Ok(fitted), _) => {
                let (best_epoch, epochs) = (fitted.best_epoch, fitted.records.history.len());
                self.observer.tell(Event::Trained { best_epoch, epochs });
                if let Some(note) = not_come(train, &fitted.records) {
                    self.observer.tell(Event::Note(&note));
                }
                if resumed {
                    // A training that was over before keeps no checkpoint again.
                    let Records { history, timing, gradients } = &fitted.records;
                    directory.write_history(history)?;
                    directory.write_timing(timing)?;
                    directory.write_gradients(gradients)?;
                }
                for (name, model) in [(BEST, &fitted.best), (LAST, &fitted.last)] {
                    let bytes = model.weights();
                    let bytes = bytes.map_err(|e| weights_error(directory.path(), name, e))?;
                    directory.write_whole(name, &bytes)?;
                }
                Ok(fitted)
            }
        }
    }

    /// Which learning rate the range test takes.
    pub(super) fn find_learning_rate(&mut self, effective: &Effective) -> Result<RangeTest, Error> {
        let train = &effective.train;
        let fitting = self.transferred(effective)?;
        let mut watch = Reporter(self.observer);
        let setup = Setup { settings: train, device: self.device, resume: None, watch: &mut watch };
        let found = fitting.find_learning_rate(setup).map_err(|error| match error {
            FitError::Train(TrainError::Stopped { .. }) => Error::StoppedBefore,
            error => error.into(),
        })?;
        self.observer.tell(Event::RangeTest(&found));
        Ok(found)
    }

    /// The linear baseline's answers on validation; `None` where the network is linear itself.
    pub(super) fn linear_baseline(
        &mut self,
        effective: &Effective,
        run: &Path,
    ) -> Result<Option<LinearBaseline>, Error> {
        let NetworkSettings { kind, hidden, .. } = &effective.network;
        if *kind == NetworkKind::FEED_FORWARD && hidden.is_empty() {
            return Ok(None);
        }
        let network = NetworkSettings::new(NetworkKind::FEED_FORWARD).with_hidden(Vec::new());
        let fitting = self.fitting(&network, &effective.train)?;
        let Prepared { dataset, splits, .. } = self.prepared;
        let [train, validation] = [Split::Train, Split::Validation].map(|at| splits.indices(at));
        if fitting.record().head.linear().is_none() {
            return Ok(None);
        }
        let fit = LinearFit {
            weights: fitting.labelled().weights,
            seed: effective.train.seed,
            ..LinearFit::of(dataset, fitting.record(), &train, &validation)
        };
        let observer = &*self.observer;
        let Some(linear) = fit.baseline(&|| observer.stop())? else {
            return Err(Error::StoppedAfterTraining { run: run.to_owned() });
        };
        self.observer.tell(Event::LinearBaseline(&linear.record));
        Ok(Some(linear))
    }

    /// Refuses weights to begin with that are not this network's.
    pub(super) fn check_weights(&self, effective: &Effective) -> Result<(), Error> {
        self.weights.map_or(Ok(()), |_| self.transferred(effective).map(|_| ()))
    }

    /// The network that the settings describe, with the weights that it begins with.
    fn transferred(&self, effective: &Effective) -> Result<Fitting<'a>, Error> {
        let fitting = self.fitting(&effective.network, &effective.train)?;
        let (Some(weights), Some(transfer)) = (self.weights, &effective.transfer) else {
            return Ok(fitting);
        };
        let memory = images::room(effective.data.image_memory);
        let pretrained = weights.pretrained(transfer, memory);
        fitting.with_weights(&pretrained, effective.train.seed, self.device).map_err(|error| {
            match error {
                FitError::Weights(source) => weights.unfit(source, effective.network.kind),
                error => error.into(),
            }
        })
    }

    fn fitting(
        &self,
        network: &NetworkSettings,
        train: &TrainSettings,
    ) -> Result<Fitting<'a>, Error> {
        let Prepared { dataset, splits, .. } = self.prepared;
        Ok(Fitting::new(dataset, splits, network, train)?.judged_by(self.metric))
    }

    fn announce(&mut self, network: &str, epochs: usize, reason: Option<&str>) {
        let metric = self.metric.kind;
        let unit = metric.unit(&target(&self.prepared.dataset));
        self.observer.tell(Event::Training {
            network,
            reason,
            epochs,
            examples: self.prepared.splits.count(Split::Train),
            metric,
            unit: &unit,
        });
    }
}

/// Changes that were set for updates which training did not come to.
fn not_come(train: &TrainSettings, records: &Records) -> Option<Note> {
    let done = records.history.last().map_or(0, |row| row.step);
    let first = train.changes.iter().find(|change| change.step > done)?;
    let (first, done) = (count(first.step), count(done));
    Some(Note {
        said: format!("the change at update {first} did not come: training ended after {done}"),
        change_with: Some("--set 'train.changes=[]'".into()),
    })
}

/// What an earlier process left to go on from, where there is something.
fn checkpoint(directory: &RunDirectory) -> Result<Option<Resume>, RunError> {
    let there = |name: &str| match directory.read_bytes(name) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(RunError::NoFile { .. }) => Ok(None),
        Err(error) => Err(error),
    };
    let Some(state) = there(file::STATE)? else { return Ok(None) };
    Ok(Some(Resume { state, best: there(BEST)? }))
}

fn described(network: &NetworkSettings) -> String {
    let name = network.kind.as_str();
    match (network.kind.settable(), network.hidden.as_slice()) {
        (Settable::Hidden, []) => format!("{name} without hidden layers"),
        (Settable::Hidden, hidden) => format!("{name}, hidden {hidden:?}"),
        (Settable::Convolutions, hidden) => {
            format!("{name}, channels {:?}, hidden {hidden:?}", network.channels)
        }
        (Settable::AsPublished | Settable::Layers, _) => name.to_owned(),
    }
}
