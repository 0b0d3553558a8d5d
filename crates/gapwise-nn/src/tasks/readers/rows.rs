//! Rows of a table as features and codes.

use burn::tensor::{Device, Tensor, TensorData};
use gapwise_data::{DataError, table::EncodedTable};

use super::Reader;
use crate::{
    networks::{FeedForward, feed_forward::Features},
    tasks::{Network, Shown},
};

/// Reads encoded rows.
#[derive(Debug, Clone)]
pub struct RowReader {
    rows: EncodedTable,
}

/// Some rows as plain numbers.
#[derive(Debug, Clone)]
pub struct LoadedRows {
    rows: usize,
    /// `[rows, dense_width]`.
    dense: Vec<f32>,
    /// `[rows, embedded columns]`.
    codes: Vec<i32>,
}

/// Some rows on a device.
pub type RowBatch = Features;

impl RowReader {
    /// Of these rows, which a [`TableEncoder`](gapwise_data::table::TableEncoder) made.
    pub fn new(rows: EncodedTable) -> Self {
        RowReader { rows }
    }

    /// Columns that are looked up in a table of vectors.
    fn embedded(&self) -> usize {
        self.rows.codes.len() / self.rows.examples.max(1)
    }
}

impl Reader for RowReader {
    type Loaded = LoadedRows;
    type Batch = RowBatch;

    fn load(&self, examples: &[usize], _shown: Shown) -> Result<LoadedRows, DataError> {
        let codes = gather(&self.rows.codes, self.embedded(), examples);
        Ok(LoadedRows {
            rows: examples.len(),
            dense: gather(&self.rows.dense, self.rows.dense_width, examples),
            codes: codes.into_iter().map(|code| code as i32).collect(),
        })
    }

    fn batch(&self, loaded: LoadedRows, device: &Device) -> RowBatch {
        let LoadedRows { rows, dense, codes } = loaded;
        let dense = TensorData::new(dense, [rows, self.rows.dense_width]);
        let codes = (self.embedded() > 0)
            .then(|| Tensor::from_data(TensorData::new(codes, [rows, self.embedded()]), device));
        Features { dense: Tensor::from_data(dense, device), codes }
    }

    fn answer_batch(&self) -> usize {
        4096
    }
}

impl Network<RowBatch> for FeedForward {
    type Outputs = Tensor<2>;

    fn forward(&self, batch: RowBatch) -> Tensor<2> {
        FeedForward::forward(self, batch)
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
