//! A trained network with everything that turns raw examples into its answers.
//!
//! | file | what |
//! |---|---|
//! | `record.rs` | what `model.json` holds |
//! | `encoded.rs` | what a kind of input has to say: encoder, sizes, reader, network; the registry of the kinds |
//! | `rows.rs`, `images.rs` | the kinds |
//! | `linear.rs` | what a linear model reads of the same inputs |
//! | `fit.rs` | from a split data set to a model |
//! | `cost.rs` | what an answer costs |
//! | `consistency.rs` | whether a record holds together |

mod consistency;
mod cost;
mod encoded;
mod fit;
mod images;
mod linear;
mod record;
mod rows;

use std::sync::Arc;

use burn::tensor::{Device, Tensor};
use gapwise_data::{DataError, Inputs};

use crate::{
    layers::parameters,
    tasks::{Answer, Head, Labelled, Supervised, answer_all},
    weights::{self, WeightsError},
};
use encoded::Encoded;

pub use crate::networks::{NetworkKind, NetworkSettings};
pub use cost::Calls;
pub use encoded::NetworkRecord;
pub use fit::{Fit, FitError, Fitting};
pub use images::ImageRecord;
pub use linear::{LinearReader, LinearRows};
pub use record::ModelRecord;
pub use rows::RowRecord;

/// A network that answers raw examples.
#[derive(Debug, Clone)]
pub struct Model {
    record: ModelRecord,
    network: Arc<dyn Trained>,
}

/// What a trained network can do, whatever it reads and answers.
trait Trained: std::fmt::Debug + Send + Sync {
    /// What it answers for these examples, in their order.
    fn answers(
        &self,
        inputs: &Inputs,
        labelled: Labelled<'_>,
        examples: &[usize],
    ) -> Result<Vec<Answer>, DataError>;

    /// Weights, biases, scales and shifts.
    fn parameters(&self) -> usize;

    /// Its weights as a safetensors file.
    fn weights(&self) -> Result<Vec<u8>, WeightsError>;
}

/// A network in evaluation mode between its encoder and its head.
#[derive(Debug)]
struct TrainedNetwork<E: Encoded, H> {
    encoded: E,
    network: E::Network,
    head: H,
    device: Device,
}

impl<E, H> Trained for TrainedNetwork<E, H>
where
    E: Encoded,
    H: Head<Outputs = Tensor<2>> + Clone + std::fmt::Debug + Send,
{
    fn answers(
        &self,
        inputs: &Inputs,
        labelled: Labelled<'_>,
        examples: &[usize],
    ) -> Result<Vec<Answer>, DataError> {
        let reader = self.encoded.reader(inputs)?;
        let task = Supervised::new(reader, self.head.clone(), labelled);
        answer_all(&task, &self.network, examples, &self.device)
    }

    fn parameters(&self) -> usize {
        parameters(&self.network)
    }

    fn weights(&self) -> Result<Vec<u8>, WeightsError> {
        weights::to_bytes(&self.network)
    }
}

impl Model {
    /// How it reads raw examples, what its outputs mean, its sizes.
    pub fn record(&self) -> &ModelRecord {
        &self.record
    }

    /// Number of weights, biases, scales and shifts: all that training fitted.
    pub fn parameters(&self) -> usize {
        self.network.parameters()
    }

    /// Its weights as a safetensors file.
    ///
    /// # Errors
    ///
    /// [`WeightsError::Unwritable`].
    pub fn weights(&self) -> Result<Vec<u8>, WeightsError> {
        self.network.weights()
    }

    /// The model of this record with the weights of a safetensors file.
    ///
    /// # Errors
    ///
    /// [`WeightsError`] where the bytes are no safetensors file or hold other tensors, or where the
    /// record contradicts itself.
    pub fn load(
        record: ModelRecord,
        weights: Vec<u8>,
        device: &Device,
    ) -> Result<Self, WeightsError> {
        // A file that was cut off is the file's fault, not that of the record beside it.
        weights::read(&weights)?;
        if let Some(said) = record.contradiction(weights.len()) {
            return Err(WeightsError::Record(said));
        }
        let network = record.network.load(&record.head, weights, device)?;
        Ok(Model { record, network })
    }

    /// What the network answers for these examples, in their order.
    ///
    /// # Errors
    ///
    /// [`DataError`] where inputs or labels are of another kind than the model's, where a table's
    /// columns are not those that the encoder was fitted to, or where an image cannot be read when its
    /// turn comes.
    pub fn answers(
        &self,
        inputs: &Inputs,
        labelled: Labelled<'_>,
        examples: &[usize],
    ) -> Result<Vec<Answer>, DataError> {
        self.network.answers(inputs, labelled, examples)
    }
}
