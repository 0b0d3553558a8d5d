//! Readers: raw inputs → batches of numbers, one file per kind of input.
//!
//! A reader has an encoder that was fitted on the training examples alone. It knows nothing of labels.

pub mod images;
pub mod rows;

use burn::tensor::Device;
use gapwise_data::{DataError, images::Augmentation};
use serde::{Deserialize, Serialize};

use super::Shown;

pub use images::{ImageBatch, ImageReader};
pub use rows::{RowBatch, RowReader};

/// Settings of readers, each for its kind of input.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct ReaderSettings {
    /// What is done at random to the images of a training.
    pub augment: Augmentation,
}

/// Raw inputs → batches of numbers.
pub trait Reader: Sync {
    /// Some examples as plain numbers, which another thread may load.
    type Loaded: Send;
    /// The same on a device.
    type Batch;

    /// The examples of these numbers, in this order.
    ///
    /// # Errors
    ///
    /// [`DataError`] where an example that is read only now cannot be.
    fn load(&self, examples: &[usize], shown: Shown) -> Result<Self::Loaded, DataError>;

    /// The same on a device.
    fn batch(&self, loaded: Self::Loaded, device: &Device) -> Self::Batch;

    /// The length of each example of the data set, where examples of about the same length are to
    /// share a batch.
    fn lengths(&self) -> Option<&[usize]> {
        None
    }

    /// Examples that are answered at once without running out of memory.
    fn answer_batch(&self) -> usize {
        512
    }
}
