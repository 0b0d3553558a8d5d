//! What training leaves behind, by epoch: history, timing, gradients, and the range test.

use serde::{Deserialize, Serialize};

/// One line of `history.csv`.
///
/// All of it follows from data, settings and seed: a resumed run writes the same bits. What depends
/// on the machine is in [`TimingRow`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryRow {
    /// Epochs done, from 1.
    pub epoch: usize,
    /// Optimiser updates done.
    pub step: usize,
    /// Mean training loss over the epoch's batches, as the optimiser saw it.
    pub train_loss: f64,
    /// Mean loss on validation after the epoch.
    pub validation_loss: f64,
    /// Error on validation after the epoch, in the metric's unit.
    pub validation_error: f64,
    /// Learning rate at the epoch's last step.
    pub learning_rate: f64,
}

/// One line of `timing.csv`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TimingRow {
    /// The epoch, from 1.
    pub epoch: usize,
    /// Seconds spent on this epoch, validation included, by every process that worked on it.
    pub seconds: f64,
    /// Training examples per second.
    pub examples_per_second: f64,
    /// When the epoch ended, in seconds since 1 January 1970 UTC.
    pub unix: f64,
}

/// One line of `gradients.csv`: one layer at one step. The layers of a step stand in order, from
/// input to output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GradientRow {
    /// The epoch, from 1.
    pub epoch: usize,
    /// The optimiser update that the gradient was for, from 1.
    pub step: usize,
    /// The layer's name, as in the weight file.
    pub layer: String,
    /// Numbers that the layer learns.
    pub parameters: usize,
    /// L2 norm of the gradient over all parameters of the layer.
    pub gradient_norm: f64,
    /// L2 norm of the parameters themselves.
    pub weight_norm: f64,
    /// Share of the layer's units whose gradient is exactly zero over the batch, in [0, 1]. `None`
    /// where the layer has no units to count.
    pub dead_share: Option<f64>,
}

/// `learning-rate.json`: the learning-rate range test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RangeTest {
    /// The steps of the test, by rising learning rate.
    pub points: Vec<RangePoint>,
    /// The learning rate taken.
    pub taken: f64,
    /// Why it was taken, in a sentence.
    pub reason: String,
}

/// One step of the range test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RangePoint {
    /// Learning rate of the step.
    pub learning_rate: f64,
    /// Training loss, smoothed: an exponential average, bias-corrected.
    pub loss: f64,
    /// Training loss of the step's batch.
    pub raw_loss: f64,
}
