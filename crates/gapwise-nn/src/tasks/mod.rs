//! Tasks: what the training loop trains.
//!
//! A supervised task is a [reader](readers::Reader) times a [head](heads::Head), joined by a
//! [network](Network):
//!
//! ```text
//! raw inputs ── Reader ──▶ batch ── Network ──▶ outputs ── Head ──▶ loss, answers
//! ```
//!
//! The reader does not know what is asked, and the head does not know what was read. A new kind of
//! input is a file in `readers/`, a new kind of answer a file in `heads/`. Neither changes the training
//! loop, which knows [`Task`] alone.

pub mod heads;
pub mod readers;
mod supervised;

use burn::{
    module::Module,
    tensor::{Device, Tensor},
};
use gapwise_data::DataError;
use gapwise_study::{metric::Metric, predictions::Outcome};

pub use heads::{ClassHead, Head, HeadRecord, Labelled, LinearHead, NumberHead};
pub use readers::{ImageReader, Reader, ReaderSettings, RowReader};
pub use supervised::Supervised;

/// What the training loop trains.
pub trait Task {
    /// The network.
    type Network: Module;
    /// Inputs and targets of some examples as plain numbers, which another thread may load.
    type Loaded: Send;
    /// Inputs and targets of some examples, on a device.
    type Batch;

    /// What its answers are judged by.
    fn metric(&self) -> Metric;

    /// The examples of these numbers, in this order.
    ///
    /// # Errors
    ///
    /// [`DataError`] where an example that is read only now cannot be.
    fn load(&self, examples: &[usize], shown: Shown) -> Result<Self::Loaded, DataError>;

    /// The same on a device.
    fn batch(&self, loaded: Self::Loaded, device: &Device) -> Self::Batch;

    /// Mean loss of a batch, each example by its weight, as a tensor of one value that gradients
    /// flow from.
    fn loss(&self, network: &Self::Network, batch: Self::Batch) -> Tensor<1>;

    /// Factor on the learning rate of each parameter and statistic, in the order in which the network
    /// is visited; none where all learn alike.
    fn rates(&self) -> &[f64] {
        &[]
    }

    /// The length of each example of the data set, where examples of about the same length are to
    /// share a batch.
    fn lengths(&self) -> Option<&[usize]> {
        None
    }

    /// What the network answers for each of these examples, in their order. To be called with a
    /// network in evaluation mode.
    ///
    /// # Errors
    ///
    /// As [`Task::load`].
    fn answers(
        &self,
        network: &Self::Network,
        examples: &[usize],
        device: &Device,
    ) -> Result<Vec<Answer>, DataError>;

    /// Examples that are answered at once without running out of memory.
    fn answer_batch(&self) -> usize {
        512
    }
}

/// A network that reads batches of the type `B`.
pub trait Network<B>: Module {
    /// What it gives for a batch: logits `[batch, outputs]`, or several tensors, as its head wants
    /// them.
    type Outputs;

    /// Its outputs for a batch.
    fn forward(&self, batch: B) -> Self::Outputs;

    /// The same in training: what it answers, then what branches answer that are there for training
    /// alone, each with the factor of its loss.
    fn forward_in_training(&self, batch: B) -> Vec<(Self::Outputs, f64)> {
        vec![(self.forward(batch), 1.0)]
    }
}

/// How examples are shown to the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// As they are, to be answered.
    AsTheyAre,
    /// To learn from, changed at random where the reader does so.
    InTraining(Epoch),
}

/// An epoch of a training: what random changes of its examples are drawn by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Epoch {
    /// Seed of the training.
    pub seed: u64,
    /// From 1.
    pub epoch: usize,
}

/// What a network answers for one example.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Right and given answer.
    pub outcome: Outcome,
    /// Loss of this example alone, before its weight.
    pub loss: f32,
    /// What the example counts in loss and metric: 1 unless examples or classes are weighted.
    pub weight: f64,
}

/// What `network` answers for `examples`, in their order.
///
/// `network` is put into evaluation mode, so that dropout is off and no gradient is kept.
///
/// # Errors
///
/// As [`Task::load`].
pub fn answer_all<T: Task>(
    task: &T,
    network: &T::Network,
    examples: &[usize],
    device: &Device,
) -> Result<Vec<Answer>, DataError> {
    let network = network.valid();
    let device = device.clone().inner();
    let mut answers = Vec::with_capacity(examples.len());
    for chunk in examples.chunks(task.answer_batch()) {
        answers.extend(task.answers(&network, chunk, &device)?);
    }
    Ok(answers)
}

/// The error of these answers, each by its weight; NaN where it is not defined.
pub fn error(metric: Metric, answers: &[Answer]) -> f64 {
    let weighted = answers.iter().map(|answer| (&answer.outcome, answer.weight));
    metric.error_of(weighted).unwrap_or(f64::NAN)
}
