//! What a long piece of work tells about itself while it goes on.

use gapwise_data::{Note, Split, summary::Summary};
use gapwise_study::{
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
    /// A network is about to be trained.
    Training {
        /// Which, in a few words: `linear baseline`, `lenet, 61,706 parameters`.
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
    },
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
}

/// Is told of [events](Event) as they happen.
pub trait Observer {
    /// Something happened.
    fn tell(&mut self, event: Event<'_>);

    /// Whether to stop, with everything kept that a resumed training needs. Asked often.
    fn stop(&self) -> bool {
        false
    }
}

/// Is told, and says nothing.
impl Observer for () {
    fn tell(&mut self, _event: Event<'_>) {}
}
