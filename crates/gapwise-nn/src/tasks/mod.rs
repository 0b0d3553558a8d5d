//! Tasks: what joins one kind of data to one kind of network.
//!
//! A task says how examples become a batch, what the loss is, and how an answer is read. A new
//! task is one file here; it changes neither the training loop nor anything of the method.

mod head;
pub mod images;
pub mod rows;

use burn::{
    module::Module,
    tensor::{Device, Tensor},
};
use gapwise_data::{DataError, images::Draw};
use gapwise_study::{metric::Metric, predictions::Outcome};

pub use head::{Head, Labelled, LoadedTargets, Targets};
pub use images::ImageTask;
pub use rows::RowTask;

/// One kind of data joined to one kind of network.
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
    fn rates(&self, network: &Self::Network) -> Vec<f64> {
        let _ = network;
        Vec::new()
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

/// How examples are shown to the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// As they are, to be answered.
    AsTheyAre,
    /// To learn from, changed at random where the task does so.
    InTraining(Draws),
}

/// Where the random changes of an epoch's examples come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draws {
    /// Seed of the training.
    pub seed: u64,
    /// From 1.
    pub epoch: usize,
}

impl Draws {
    /// The draws of one example.
    pub fn of(self, example: usize) -> Draw {
        Draw { seed: self.seed, epoch: self.epoch as u64, example: example as u64 }
    }
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
