//! What a long piece of work tells about itself while it goes on.

use std::path::Path;

use gapwise_data::{Note, Split, summary::Summary};
use gapwise_nn::train::{ChangeKind, Glimpse, Records, SettingError, TrainChange};
use gapwise_study::{
    baseline::linear::LinearRecord,
    metric::MetricKind,
    run::{GradientHealth, HistoryRow, RangeTest, TimingRow},
};

/// Something worth telling a person.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The data has been read and checked.
    Data(&'a Summary),
    /// The data has been split.
    Split {
        /// Examples of each split, in the order of the rungs.
        counts: &'a [(Split, usize)],
        /// The rule, in a sentence.
        rule: &'a str,
    },
    /// Something was done by convention.
    Note(&'a Note),
    /// The run's directory is there, with its first files: whatever comes, it can be gone on with.
    Begun {
        /// The run.
        run: &'a Path,
    },
    /// A network is about to be trained.
    Training {
        /// Which, in a few words: `feed-forward, hidden [128]`.
        network: &'a str,
        /// Why this one, where there was a choice.
        reason: Option<&'a str>,
        /// Epochs to come.
        epochs: usize,
        /// Examples of an epoch.
        examples: usize,
        /// What the validation error is.
        metric: MetricKind,
        /// Its unit, for people.
        unit: &'a str,
    },
    /// More examples of an epoch have been trained on.
    Batch {
        /// How many.
        examples: usize,
    },
    /// Training goes on where an earlier process stopped.
    Resumed {
        /// The epoch that was going on, from 1.
        epoch: usize,
        /// Optimiser updates done.
        step: usize,
    },
    /// An epoch is done.
    Epoch {
        /// Its losses and its error.
        row: &'a HistoryRow,
        /// Its time.
        timing: &'a TimingRow,
        /// Everything recorded so far, of earlier processes too; the epoch's own rows come last.
        records: &'a Records,
    },
    /// Where training is: what [`Asked::Glimpse`] was for.
    Glimpse(&'a Glimpse),
    /// A change took place, asked for now or set before. A save is in the run.
    Changed {
        /// After which update, and what.
        change: &'a TrainChange,
        /// Learning rate of the next update.
        learning_rate: f64,
    },
    /// A change that was asked for cannot be.
    Refused(&'a SettingError),
    /// Gradients began or ceased to flow well, or units died.
    Gradients(&'a GradientHealth),
    /// The learning-rate range test is done.
    RangeTest(&'a RangeTest),
    /// Training is done.
    Trained {
        /// The epoch whose weights are kept.
        best_epoch: usize,
        /// Epochs trained.
        epochs: usize,
    },
    /// The network is trained and kept, and is about to be judged. What is done from now on is done
    /// again where the run is gone on with, so that the process may end at any time.
    Judging {
        /// The run.
        run: &'a Path,
    },
    /// The linear baseline is fitted.
    LinearBaseline(&'a LinearRecord),
}

/// What an observer can ask of a training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Asked {
    /// To be told where it is: [`Event::Glimpse`].
    Glimpse,
    /// To change something after this update. It is recorded in the run before it takes place, and is
    /// done again where the run is gone on with or trained again.
    Change(ChangeKind),
}

/// Is told of [events](Event) as they happen.
pub trait Observer {
    /// Something happened.
    fn tell(&mut self, event: Event<'_>);

    /// Whether to stop, with everything kept that a resumed training needs. Asked often.
    fn stop(&self) -> bool {
        false
    }

    /// What is asked of the network's training; called after every update, and again after every
    /// change.
    fn ask(&mut self) -> Option<Asked> {
        None
    }
}

/// Is told, and says nothing.
impl Observer for () {
    fn tell(&mut self, _event: Event<'_>) {}
}
