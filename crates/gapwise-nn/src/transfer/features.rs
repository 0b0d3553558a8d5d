//! What frozen stages make of each example, computed once.

use burn::{module::Module, tensor::Device};
use gapwise_data::DataError;

use super::FineTuning;
use crate::{
    networks::ImageNetwork,
    tasks::{ImageReader, Reader, Shown},
};

/// What leaves the frozen stages, for each example that trains or judges epochs.
#[derive(Debug, Clone)]
pub struct Features {
    /// Stages that it has left.
    pub(crate) stages: usize,
    /// Sizes of one example.
    pub(crate) shape: Vec<usize>,
    /// The row of each example of the data set; of those that were not asked for, none.
    rows: Vec<Option<u32>>,
    values: Vec<f32>,
}

impl Features {
    /// Of these `examples`. Whether to stop is asked now and then; `None` is the answer then.
    ///
    /// # Errors
    ///
    /// [`DataError`] where an image cannot be read.
    pub(crate) fn of(
        reader: &ImageReader<'_>,
        (network, tuning): (&ImageNetwork, &FineTuning),
        examples: &[usize],
        (device, mut stop): (&Device, impl FnMut() -> bool),
    ) -> Result<Option<Self>, DataError> {
        let network = network.valid();
        let device = device.clone().inner();
        let last = examples.iter().max().map_or(0, |last| last + 1);
        let mut features = Features {
            stages: tuning.frozen,
            shape: Vec::new(),
            rows: vec![None; last],
            values: Vec::new(),
        };
        for chunk in examples.chunks(AT_ONCE) {
            if stop() {
                return Ok(None);
            }
            let images = reader.batch(reader.load(chunk, Shown::AsTheyAre)?, &device).images();
            let out = network.through(tuning.frozen, images);
            if features.shape.is_empty() {
                features.shape = out.shape();
                features.values.reserve_exact(features.size() * examples.len());
            }
            features.values.extend(out.units().into_data().iter::<f32>());
        }
        for (row, &example) in (0..).zip(examples) {
            features.rows[example] = Some(row);
        }
        Ok(Some(features))
    }

    /// Numbers of one example.
    pub(crate) fn size(&self) -> usize {
        self.shape.iter().product()
    }

    /// What leaves the frozen stages for `example`, where it was asked for.
    pub(crate) fn get(&self, example: usize) -> Option<&[f32]> {
        let row = self.rows.get(example).copied().flatten()? as usize;
        self.values.get(row * self.size()..)?.get(..self.size())
    }
}

/// Examples that go through the frozen stages at once.
const AT_ONCE: usize = 64;
