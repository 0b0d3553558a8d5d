//! The training loop, written once for every task.
//!
//! | what | where |
//! |---|---|
//! | settings, their defaults and what they may be | `settings`, `check`, `class_weights` |
//! | which examples come when, loaded ahead | `feed` |
//! | the loop itself; between its updates | `steps`, `steps/between` |
//! | the learning-rate range test | `range_test` |
//! | gradient norms and dead units of every layer | `gradients` |
//! | what changes on the way | `change` |
//! | what a resumed training needs | `checkpoint` |

mod change;
mod check;
mod checkpoint;
mod class_weights;
mod feed;
mod gradients;
mod range_test;
mod settings;
mod steps;

use burn::tensor::Device;
use gapwise_data::DataError;
use gapwise_study::run::{GradientRow, HistoryRow, TimingRow};
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use change::{ChangeKind, TrainChange};
pub use check::SettingError;
pub use checkpoint::CheckpointError;
pub use class_weights::ClassWeights;
pub use range_test::{RANGE_TEST_STEPS, find_learning_rate};
pub use settings::{
    EpochRule, Keep, Schedule, TrainSettings, batch_by_rule, batch_of_images, epochs_by_rule,
};
pub use steps::train;

/// Which examples train, and which judge each epoch.
#[derive(Debug, Clone, Copy)]
pub struct Examples<'a> {
    /// Examples to fit.
    pub train: &'a [usize],
    /// Examples that say which epoch was best.
    pub validation: &'a [usize],
}

/// How and where to train, and who watches.
pub struct Setup<'a> {
    /// Effective settings.
    pub settings: &'a TrainSettings,
    /// Device, with or without automatic differentiation.
    pub device: &'a Device,
    /// Where an earlier process stopped; `None` to begin.
    pub resume: Option<Resume>,
    /// Is told of every batch and epoch, and keeps what a resumed training needs.
    pub watch: &'a mut dyn Watch,
}

/// What [`Watch::keep`] was last given.
#[derive(Debug, Clone)]
pub struct Resume {
    /// The last [`Checkpoint::state`].
    pub state: Vec<u8>,
    /// The last [`Checkpoint::best`], or a later one; none if none was given.
    pub best: Option<Vec<u8>>,
}

/// What training gives. Both networks are in evaluation mode.
#[derive(Debug, Clone)]
pub struct Fitted<N> {
    /// The network after the epoch of the lowest smoothed validation loss.
    pub best: N,
    /// That epoch, from 1.
    pub best_epoch: usize,
    /// The network after the last epoch.
    pub last: N,
    /// What was recorded.
    pub records: Records,
}

/// What is recorded of a training.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Records {
    /// One row per epoch.
    pub history: Vec<HistoryRow>,
    /// One row per epoch. Alone of all records, these differ between two runs of one seed.
    pub timing: Vec<TimingRow>,
    /// One row per epoch and layer, measured over the epoch's first batch before its update.
    pub gradients: Vec<GradientRow>,
}

/// Why training stopped.
#[derive(Debug, Error)]
pub enum TrainError {
    /// The loss or a weight is no longer a number, or the loss is far above where it began.
    #[error(transparent)]
    Diverged(Box<Divergence>),
    /// A setting that cannot be.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// An example could not be read when its turn came.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The checkpoint to go on from is damaged or another training's.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// Whoever watches could not keep what it was given, and knows why.
    #[error("a checkpoint could not be written")]
    NotWritten,
    /// Whoever watches asked for it when the last epoch was over. Everything is kept.
    #[error("stopped after the last epoch of training")]
    StoppedAtEnd,
    /// Whoever watches asked for it. Everything is kept.
    #[error("training was stopped in epoch {epoch}")]
    Stopped {
        /// The epoch that was going on, from 1.
        epoch: usize,
    },
}

/// Where and how a training diverged.
#[derive(Debug, Clone, PartialEq, Error)]
#[error(
    "the {what} became {value}{} in epoch {epoch}, at update {step}, with a learning rate of \
     {learning_rate:?}: training diverged",
    first_loss.map_or(String::new(), |first| format!(", from {first} at the first update,"))
)]
pub struct Divergence {
    /// `loss` or `weights`.
    pub what: &'static str,
    /// Epoch, from 1.
    pub epoch: usize,
    /// Updates done when it was seen.
    pub step: usize,
    /// What was found: NaN, infinite, or a loss far above the first.
    pub value: f64,
    /// The loss of the first batch, where it is a finite loss that grew too far.
    pub first_loss: Option<f32>,
    /// The learning rate of that update.
    pub learning_rate: f64,
    /// The setting that it comes from by the schedule.
    pub rate_set: f64,
    /// The changes on the way to that update, of which the last of a rate set it.
    pub changes: Vec<TrainChange>,
    /// The epoch whose weights are the best so far; `None` where none was completed.
    pub best_epoch: Option<usize>,
    /// The gradients of the epoch's first batch, layer by layer.
    pub gradients: Vec<GradientRow>,
}

/// What is to be kept, so that a training can be resumed.
#[derive(Debug, Clone)]
pub struct Checkpoint<'a> {
    /// The weights of the best epoch as a safetensors file, where they changed since they were
    /// last given. To be on the disk before the state.
    pub best: Option<Vec<u8>>,
    /// Everything else, for [`Resume::state`].
    pub state: Vec<u8>,
    /// What was recorded so far.
    pub records: &'a Records,
}

/// Whoever watches could not keep what it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotWritten;

/// What is wished for after an update.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Request {
    /// To go on.
    GoOn,
    /// To be shown where training is, and to go on.
    Glimpse,
    /// To change something here and now. What is wished for next is asked at once.
    Change(ChangeKind),
    /// To be given a checkpoint, and to go on.
    Checkpoint,
    /// To be given a checkpoint, and to stop.
    Stop,
}

/// Where a training is, within an epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Glimpse {
    /// The epoch that is going on, from 1.
    pub epoch: usize,
    /// Examples of it that have been trained on.
    pub examples: usize,
    /// Updates done.
    pub step: usize,
    /// Mean training loss over those examples, as the optimiser saw it.
    pub loss: f64,
    /// Learning rate of the next update.
    pub learning_rate: f64,
    /// The setting that it comes from by schedule and warm-up.
    pub rate_set: f64,
}

/// A change that takes place, whether it was wished for or set.
#[derive(Debug, Clone)]
pub struct Changed {
    /// After which update, and what.
    pub change: TrainChange,
    /// Learning rate of the next update.
    pub learning_rate: f64,
    /// Of a save, the weights that would be judged here, as a safetensors file.
    pub weights: Option<Vec<u8>>,
}

/// Is told how training goes on.
pub trait Watch {
    /// Training goes on in `epoch` (from 1), after `step` updates that an earlier process made.
    fn resumed(&mut self, epoch: usize, step: usize) {
        let _ = (epoch, step);
    }

    /// `examples` more examples of an epoch's have been trained on.
    fn batch(&mut self, examples: usize) {
        let _ = examples;
    }

    /// An epoch is done: the last row of each record is its own.
    fn epoch(&mut self, records: &Records) {
        let _ = records;
    }

    /// What is wished for now; asked after every update.
    fn request(&mut self) -> Request {
        Request::GoOn
    }

    /// Whether a [`Request::Stop`] would come now; asked while validation examples are answered.
    fn stop(&self) -> bool {
        false
    }

    /// What a [`Request::Glimpse`] was for.
    fn glimpsed(&mut self, glimpse: Glimpse) {
        let _ = glimpse;
    }

    /// A [`Request::Change`] is granted: `changes` are those of the whole training with it. A training
    /// that is gone on with needs them in its settings, so they are to be on the disk when this
    /// returns; then the change takes place.
    ///
    /// # Errors
    ///
    /// [`NotWritten`] ends the training, without the change.
    fn granted(&mut self, changes: &[TrainChange]) -> Result<(), NotWritten> {
        let _ = changes;
        Ok(())
    }

    /// A [`Request::Change`] cannot be, and training goes on without it.
    fn refused(&mut self, why: SettingError) {
        let _ = why;
    }

    /// A change takes place; the weights of a save are to be kept.
    ///
    /// # Errors
    ///
    /// [`NotWritten`] ends the training.
    fn changed(&mut self, changed: Changed) -> Result<(), NotWritten> {
        let _ = changed;
        Ok(())
    }

    /// Keeps what there is of a training that diverged: the weights of the best epoch, as a
    /// safetensors file, where one was completed, and what was recorded. There is nothing to go on
    /// from.
    ///
    /// # Errors
    ///
    /// [`NotWritten`], in whose place the divergence is told.
    fn keep_diverged(
        &mut self,
        best: Option<Vec<u8>>,
        records: &Records,
    ) -> Result<(), NotWritten> {
        let _ = (best, records);
        Ok(())
    }

    /// Keeps what a resumed training needs. Also called when training is done.
    ///
    /// # Errors
    ///
    /// [`NotWritten`] ends the training.
    fn keep(&mut self, checkpoint: Checkpoint<'_>) -> Result<(), NotWritten> {
        let _ = checkpoint;
        Ok(())
    }
}

/// Watches nothing.
impl Watch for () {}
