//! Rows of a table → feed-forward network.

use burn::tensor::{Device, Tensor, TensorData};
use gapwise_data::{DataError, table::EncodedTable};
use gapwise_study::metric::Metric;

use super::{Answer, Head, Labelled, LoadedTargets, Shown, Targets, Task};
use crate::networks::{FeedForward, feed_forward::Features};

/// Encoded rows and their labels.
#[derive(Debug, Clone)]
pub struct RowTask<'a> {
    /// Rows as numbers.
    pub rows: EncodedTable,
    /// One label per row, and what each counts.
    pub labelled: Labelled<'a>,
    /// How logits are trained and read.
    pub head: Head,
    /// What answers are judged by.
    pub metric: Metric,
}

/// Features and targets of some rows.
#[derive(Debug, Clone)]
pub struct LoadedRows {
    inputs: LoadedInputs,
    targets: LoadedTargets,
}

#[derive(Debug, Clone)]
struct LoadedInputs {
    rows: usize,
    /// `[rows, dense_width]`.
    dense: Vec<f32>,
    /// `[rows, embedded columns]`.
    codes: Vec<i32>,
}

/// Features and targets of some rows, on a device.
#[derive(Debug, Clone)]
pub struct RowBatch {
    features: Features,
    targets: Targets,
}

impl Task for RowTask<'_> {
    type Network = FeedForward;
    type Loaded = LoadedRows;
    type Batch = RowBatch;

    fn metric(&self) -> Metric {
        self.metric
    }

    fn load(&self, examples: &[usize], _shown: Shown) -> Result<LoadedRows, DataError> {
        let (inputs, targets) = (self.inputs(examples), self.head.load(self.labelled, examples));
        Ok(LoadedRows { inputs, targets })
    }

    fn batch(&self, loaded: LoadedRows, device: &Device) -> RowBatch {
        RowBatch {
            features: self.features(loaded.inputs, device),
            targets: loaded.targets.to_device(device),
        }
    }

    fn loss(&self, network: &FeedForward, batch: RowBatch) -> Tensor<1> {
        self.head.loss(network.forward(batch.features), batch.targets)
    }

    fn answers(
        &self,
        network: &FeedForward,
        examples: &[usize],
        device: &Device,
    ) -> Result<Vec<Answer>, DataError> {
        let logits = network.forward(self.features(self.inputs(examples), device));
        Ok(self.head.answers(logits, self.labelled, examples))
    }

    fn answer_batch(&self) -> usize {
        4096
    }
}

impl RowTask<'_> {
    fn inputs(&self, examples: &[usize]) -> LoadedInputs {
        let codes = gather(&self.rows.codes, self.embedded(), examples);
        LoadedInputs {
            rows: examples.len(),
            dense: gather(&self.rows.dense, self.rows.dense_width, examples),
            codes: codes.into_iter().map(|code| code as i32).collect(),
        }
    }

    fn features(&self, inputs: LoadedInputs, device: &Device) -> Features {
        let LoadedInputs { rows, dense, codes } = inputs;
        let dense = TensorData::new(dense, [rows, self.rows.dense_width]);
        let codes = (self.embedded() > 0)
            .then(|| Tensor::from_data(TensorData::new(codes, [rows, self.embedded()]), device));
        Features { dense: Tensor::from_data(dense, device), codes }
    }

    /// Columns that are looked up in a table of vectors.
    fn embedded(&self) -> usize {
        self.rows.codes.len() / self.rows.examples.max(1)
    }
}

/// The rows `examples` of a row-major matrix of `width` columns.
fn gather<T: Copy>(matrix: &[T], width: usize, examples: &[usize]) -> Vec<T> {
    let mut rows = Vec::with_capacity(examples.len() * width);
    for &example in examples {
        rows.extend_from_slice(&matrix[example * width..(example + 1) * width]);
    }
    rows
}
