//! What happens between two updates: changes that are set, and what is wished for.

use super::{Training, not_written, unwritable};
use crate::{
    tasks::Task,
    train::{
        ChangeKind, Changed, Glimpse, Request, SettingError, TrainChange, TrainError,
        checkpoint::Progress,
    },
    weights,
};

impl<T: Task + Sync> Training<'_, '_, T> {
    /// Makes the changes that are set for this update, then does what is wished for. A checkpoint
    /// comes last, so that it has every change of its update behind it.
    pub(super) fn grant(&mut self, network: &T::Network) -> Result<(), TrainError> {
        let step = self.progress.step;
        // Those made are the first of all, since none was wished for later than now.
        let next = |at: &Self| at.settings.changes.get(at.progress.changes.len()).copied();
        while let Some(change) = next(self).filter(|change| change.step <= step) {
            self.change(change, network)?;
        }
        // An epoch that was broken off is judged before anything else.
        while self.progress.done || !self.stopped {
            match self.watch.request() {
                Request::GoOn => break,
                Request::Glimpse => {
                    self.show();
                    break;
                }
                Request::Change(kind) => {
                    let change = TrainChange { step, kind };
                    let settings = self.settings.with_change(change);
                    if let Err(why) = settings.check().and_then(|()| self.goes_on()) {
                        self.watch.refused(why);
                        continue;
                    }
                    not_written(self.watch.granted(&settings.changes))?;
                    self.settings = settings;
                    self.change(change, network)?;
                }
                Request::Checkpoint => return self.keep(network),
                Request::Stop => {
                    self.keep(network)?;
                    // Past the last epoch there is no next one to stop in.
                    let Progress { epoch, done, .. } = self.progress;
                    return Err(match done {
                        true => TrainError::StoppedAtEnd,
                        false => TrainError::Stopped { epoch },
                    });
                }
            }
        }
        Ok(())
    }

    /// Refuses a change where no update is left.
    fn goes_on(&self) -> Result<(), SettingError> {
        let Progress { step, done, .. } = self.progress;
        let expected = "a step before the end of training".to_owned();
        let found = format!("step = {step}");
        if done { Err(SettingError { key: "train.changes", expected, found }) } else { Ok(()) }
    }

    /// Makes a change between two updates.
    fn change(&mut self, change: TrainChange, network: &T::Network) -> Result<(), TrainError> {
        let Progress { step, batch, .. } = self.progress;
        let weights = match change.kind {
            ChangeKind::Save => Some(weights::to_bytes(&self.judged(network)).map_err(unwritable)?),
            ChangeKind::LearningRate(_) => None,
            ChangeKind::Stop => {
                // Between two epochs there is none to judge.
                self.progress.done = batch == 0;
                self.stopped = true;
                None
            }
        };
        self.progress.changes.push(change);
        let learning_rate = self.settings.learning_rate_at(step, self.batches);
        not_written(self.watch.changed(Changed { change, learning_rate, weights }))
    }

    /// Shows where training is.
    fn show(&mut self) {
        let Progress { epoch, batch, step, .. } = self.progress;
        // Between two epochs there is no loss yet.
        if batch > 0 {
            let glimpse = Glimpse {
                epoch,
                examples: self.seen(),
                step,
                loss: self.mean_so_far(),
                learning_rate: self.settings.learning_rate_at(step, self.batches),
                rate_set: self.settings.rate_set_at(step),
            };
            self.watch.glimpsed(glimpse);
        }
    }
}
