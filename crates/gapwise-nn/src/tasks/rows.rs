//! Rows of a table → feed-forward network.

use burn::tensor::{Device, Tensor, TensorData};
use gapwise_data::{Labels, table::EncodedTable};
use gapwise_study::metric::MetricKind;

use super::{Answer, Head, Targets, Task};
use crate::networks::{FeedForward, feed_forward::Features};

/// Encoded rows and their labels.
#[derive(Debug, Clone)]
pub struct RowTask<'a> {
    /// Rows as numbers.
    pub rows: EncodedTable,
    /// One label per row.
    pub labels: &'a Labels,
    /// How logits are trained and read.
    pub head: Head,
}

/// Features and targets of some rows, on a device.
#[derive(Debug, Clone)]
pub struct RowBatch {
    features: Features,
    targets: Targets,
}

impl Task for RowTask<'_> {
    type Network = FeedForward;
    type Batch = RowBatch;

    fn metric(&self) -> MetricKind {
        MetricKind::of(&self.head.target())
    }

    fn batch(&self, examples: &[usize], device: &Device) -> RowBatch {
        let dense = gather(&self.rows.dense, self.rows.dense_width, examples);
        let dense = TensorData::new(dense, [examples.len(), self.rows.dense_width]);
        let embedded = self.rows.codes.len() / self.rows.examples.max(1);
        let codes = (embedded > 0).then(|| {
            let codes: Vec<i32> = gather(&self.rows.codes, embedded, examples)
                .into_iter()
                .map(|code| code as i32)
                .collect();
            Tensor::from_data(TensorData::new(codes, [examples.len(), embedded]), device)
        });
        RowBatch {
            features: Features { dense: Tensor::from_data(dense, device), codes },
            targets: self.head.targets(self.labels, examples, device),
        }
    }

    fn loss(&self, network: &FeedForward, batch: RowBatch) -> Tensor<1> {
        self.head.loss(network.forward(batch.features), batch.targets)
    }

    fn answers(&self, network: &FeedForward, examples: &[usize], device: &Device) -> Vec<Answer> {
        let batch = self.batch(examples, device);
        self.head.answers(network.forward(batch.features), self.labels, examples)
    }

    fn answer_batch(&self) -> usize {
        4096
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
