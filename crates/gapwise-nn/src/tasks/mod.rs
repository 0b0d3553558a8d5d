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
use gapwise_study::{metric::MetricKind, predictions::Outcome};

pub use head::{Head, Targets};
pub use images::ImageTask;
pub use rows::RowTask;

/// One kind of data joined to one kind of network.
pub trait Task {
    /// The network.
    type Network: Module;
    /// Inputs and targets of some examples, on a device.
    type Batch;

    /// What its answers are judged by.
    fn metric(&self) -> MetricKind;

    /// The examples of these numbers, in this order.
    fn batch(&self, examples: &[usize], device: &Device) -> Self::Batch;

    /// Mean loss of a batch, as a tensor of one value that gradients flow from.
    fn loss(&self, network: &Self::Network, batch: Self::Batch) -> Tensor<1>;

    /// What the network answers for each of these examples, in their order. To be called with a
    /// network in evaluation mode.
    fn answers(&self, network: &Self::Network, examples: &[usize], device: &Device) -> Vec<Answer>;

    /// Examples that are answered at once without running out of memory.
    fn answer_batch(&self) -> usize {
        512
    }
}

/// What a network answers for one example.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Right and given answer.
    pub outcome: Outcome,
    /// Loss of this example alone.
    pub loss: f32,
}

/// What `network` answers for `examples`, in their order.
///
/// `network` is put into evaluation mode, so that dropout is off and no gradient is kept.
pub fn answer_all<T: Task>(
    task: &T,
    network: &T::Network,
    examples: &[usize],
    device: &Device,
) -> Vec<Answer> {
    let network = network.valid();
    let device = device.clone().inner();
    let mut answers = Vec::with_capacity(examples.len());
    for chunk in examples.chunks(task.answer_batch()) {
        answers.extend(task.answers(&network, chunk, &device));
    }
    answers
}

/// The error of these answers.
pub fn error(metric: MetricKind, answers: &[Answer]) -> f64 {
    let metric = metric.metric();
    let mut total = vec![0.0; metric.width()];
    for answer in answers {
        metric.add(&answer.outcome, &mut total);
    }
    metric.value(&total)
}
