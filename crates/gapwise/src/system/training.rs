//! The second step: from a plan to a trained network.

use std::time::Duration;

use gapwise_data::{Note, Split, summary::Summary};
use gapwise_nn::{
    Device,
    model::{Fit, FitError, NetworkSettings},
    networks::Settable,
    train::{Records, Resume, Setup, TrainError, TrainSettings, Watch},
};
use gapwise_study::{
    metric::count,
    run::{RangeTest, RunDirectory, RunError, file},
};

use super::{
    changes::Recorder,
    keeping::{Keeper, Reporter},
    plan::Plan,
    record::Diverged,
    step,
};
use crate::{
    Error,
    config::target,
    observe::{Event, Observer},
    trained::{BEST, LAST, weights_error},
};

/// How a training ended.
#[derive(Debug, Clone)]
pub enum Trained {
    /// It came to its end.
    Finished(Box<Fit>),
    /// Whoever watched it asked for a stop.
    Stopped {
        /// The epoch that was going on, from 1; `None` where it was the last one's end.
        epoch: Option<usize>,
    },
}

impl Trained {
    /// The trained network, where training came to its end.
    pub fn finished(self) -> Option<Fit> {
        match self {
            Trained::Finished(fit) => Some(*fit),
            Trained::Stopped { .. } => None,
        }
    }
}

/// Trains the network of a plan in memory. `watch` is told of every batch and epoch, and may stop it;
/// `()` watches nothing.
///
/// # Errors
///
/// [`Error::Train`] where training diverges, [`Error::Data`] where an example that is read only now
/// cannot be.
pub fn train(plan: &Plan, device: &Device, watch: &mut dyn Watch) -> Result<Trained, Error> {
    let setup = Setup { settings: &plan.effective.train, device, resume: None, watch };
    match plan.fitting(device)?.train(setup) {
        Ok(fit) => Ok(Trained::Finished(Box::new(fit))),
        Err(FitError::Train(TrainError::Stopped { epoch })) => {
            Ok(Trained::Stopped { epoch: Some(epoch) })
        }
        Err(FitError::Train(TrainError::StoppedAtEnd)) => Ok(Trained::Stopped { epoch: None }),
        Err(error) => Err(error.into()),
    }
}

/// Says which learning rate the range test takes.
pub(super) fn find_learning_rate(
    plan: &Plan,
    device: &Device,
    observer: &mut dyn Observer,
) -> Result<RangeTest, Error> {
    let mut watch = Reporter(observer);
    let settings = &plan.effective.train;
    let setup = Setup { settings, device, resume: None, watch: &mut watch };
    let found = plan.fitting(device)?.find_learning_rate(setup).map_err(|error| match error {
        FitError::Train(TrainError::Stopped { .. }) => Error::StoppedBefore,
        error => error.into(),
    })?;
    observer.tell(Event::RangeTest(&found));
    Ok(found)
}

/// A training whose checkpoints and records go into a run.
pub(super) struct RecordedTraining<'a, 'r> {
    pub(super) plan: &'a Plan,
    pub(super) device: &'a Device,
    pub(super) directory: &'a RunDirectory,
    /// Shortest time between two checkpoints.
    pub(super) every: Duration,
    /// What was guessed or done by convention before.
    pub(super) notes: Vec<Note>,
    /// Where changes during training are recorded.
    pub(super) recorder: &'a mut Recorder<'r>,
    pub(super) observer: &'a mut dyn Observer,
}

impl RecordedTraining<'_, '_> {
    /// Trains from the run's last checkpoint, or from the beginning.
    pub(super) fn train(self) -> Result<Fit, Error> {
        let RecordedTraining { plan, device, directory, every, notes, recorder, observer } = self;
        let (network, train) = (&plan.effective.network, &plan.effective.train);
        let fitting = plan.fitting(device)?;
        if let (Some(weights), Some(transferred)) = (&plan.weights, fitting.transferred()) {
            directory.write_record(&weights.record(transferred))?;
        }
        let mut summary = Summary { notes, ..plan.prepared.summary.clone() };
        summary.notes.extend_from_slice(fitting.notes());
        directory.write_record(&summary)?;
        directory.write_record(fitting.record())?;
        for note in fitting.notes() {
            observer.tell(Event::Note(note));
        }
        let resume = checkpoint(directory)?;
        if resume.is_none() && directory.file(file::EVENTS).is_file() {
            let said = "the run has no checkpoint: its training begins anew".to_owned();
            observer.tell(Event::Note(&Note { said, change_with: None }));
        }
        let resumed = resume.is_some();
        announce(plan, &described(network), observer);
        let mut keeper = Keeper::new(observer, recorder, every);
        let setup = Setup { settings: train, device, resume, watch: &mut keeper };
        let fitted = fitting.train(setup);
        let fit = match (fitted, keeper.into_error()) {
            (Ok(fit), _) => fit,
            (Err(FitError::Train(TrainError::NotWritten)), Some(Error::Run(source))) => {
                return Err(Error::NotWritten { run: directory.path().to_owned(), source });
            }
            (Err(FitError::Train(TrainError::NotWritten)), Some(error)) => return Err(error),
            (Err(error), _) => {
                let error = Error::of_training(error, directory.path());
                if let (Error::Diverged { source, .. }, Some(hint)) = (&error, error.hint()) {
                    directory.write_record(&Diverged { said: source.to_string(), hint })?;
                    step::diverged(recorder, &source.to_string())?;
                }
                return Err(error);
            }
        };
        let (best_epoch, epochs) = (fit.best_epoch, fit.records.history.len());
        observer.tell(Event::Trained { best_epoch, epochs });
        if let Some(note) = not_come(train, &fit.records) {
            observer.tell(Event::Note(&note));
        }
        if resumed {
            // A training that was over before keeps no checkpoint again.
            write_records(directory, &fit.records)?;
        }
        write_weights(directory, &fit)?;
        Ok(fit)
    }
}

/// Writes what was recorded of a training.
pub(super) fn write_records(directory: &RunDirectory, records: &Records) -> Result<(), RunError> {
    let Records { history, timing, gradients } = records;
    directory.write_history(history)?;
    directory.write_timing(timing)?;
    directory.write_gradients(gradients)
}

/// Writes the weights of the best and of the last epoch.
pub(super) fn write_weights(directory: &RunDirectory, fit: &Fit) -> Result<(), Error> {
    for (name, model) in [(BEST, &fit.best), (LAST, &fit.last)] {
        let bytes = model.weights();
        let bytes = bytes.map_err(|error| weights_error(directory.path(), name, error))?;
        directory.write_whole(name, &bytes)?;
    }
    Ok(())
}

fn announce(plan: &Plan, network: &str, observer: &mut dyn Observer) {
    let metric = plan.effective.judging.metric.kind;
    let unit = metric.unit(&target(&plan.prepared.dataset));
    observer.tell(Event::Training {
        network,
        reason: plan.reason(),
        epochs: plan.effective.train.epochs,
        examples: plan.prepared.splits.count(Split::Train),
        metric,
        unit: &unit,
    });
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
