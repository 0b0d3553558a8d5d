//! A trained network with everything that turns raw examples into its answers.

mod consistency;
mod cost;
mod fit;
mod record;

use burn::{module::Module, tensor::Device};
use gapwise_data::{DataError, Inputs};

use crate::{
    initialise::Initialiser,
    layers::parameters,
    networks::{FeedForward, ImageNetwork},
    tasks::{Answer, ImageTask, Labelled, RowTask, answer_all},
    weights::{self, WeightsError},
};

pub use crate::networks::{NetworkKind, NetworkSettings};
pub use cost::Calls;
pub use fit::{Fit, FitError, Fitting};
pub use record::{ModelRecord, NetworkRecord};

/// A network that answers raw examples.
#[derive(Debug, Clone)]
pub struct Model {
    record: ModelRecord,
    weights: Weights,
    device: Device,
}

#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant)] // There are a handful of models in a process.
enum Weights {
    Rows(FeedForward),
    Images(ImageNetwork),
}

impl Model {
    /// How it reads raw examples, what its logits mean, its sizes.
    pub fn record(&self) -> &ModelRecord {
        &self.record
    }

    /// Number of weights, biases, scales and shifts: all that training fitted.
    pub fn parameters(&self) -> usize {
        match &self.weights {
            Weights::Rows(network) => parameters(network),
            Weights::Images(network) => parameters(network),
        }
    }

    /// Its weights as a safetensors file.
    ///
    /// # Errors
    ///
    /// [`WeightsError::Unwritable`].
    pub fn weights(&self) -> Result<Vec<u8>, WeightsError> {
        match &self.weights {
            Weights::Rows(network) => weights::to_bytes(network),
            Weights::Images(network) => weights::to_bytes(network),
        }
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
        let mut initialiser = Initialiser::blank(device);
        let weights = match &record.network {
            NetworkRecord::Rows { sizes, .. } => {
                let mut network = sizes.init(&mut initialiser);
                weights::load(&mut network, weights)?;
                Weights::Rows(network.valid())
            }
            NetworkRecord::Images { sizes, .. } => {
                let mut network = sizes.init(&mut initialiser);
                weights::load(&mut network, weights)?;
                Weights::Images(network.valid())
            }
        };
        Ok(Model { record, weights, device: device.clone() })
    }

    /// What the network answers for these examples, in their order.
    ///
    /// # Errors
    ///
    /// [`DataError`] where a table's columns are not those that the encoder was fitted to, or an
    /// image cannot be read when its turn comes.
    ///
    /// # Panics
    ///
    /// Where `inputs` are not of the kind and layout that the model was trained on; data read with
    /// its [`Reading`](gapwise_data::source::Reading) always is.
    pub fn answers(
        &self,
        inputs: &Inputs,
        labelled: Labelled<'_>,
        examples: &[usize],
    ) -> Result<Vec<Answer>, DataError> {
        let head = self.record.head.clone();
        // Answers are given, not judged.
        let metric = head.metric();
        match (&self.record.network, &self.weights, inputs) {
            (NetworkRecord::Rows { encoder, .. }, Weights::Rows(network), Inputs::Table(table)) => {
                let rows = encoder.encode(table)?;
                let task = RowTask { rows, labelled, head, metric };
                answer_all(&task, network, examples, &self.device)
            }
            (
                NetworkRecord::Images { encoder, .. },
                Weights::Images(network),
                Inputs::Images(images),
            ) => {
                let task = ImageTask::new((images, encoder), labelled, head, metric);
                answer_all(&task, network, examples, &self.device)
            }
            _ => panic!("inputs of another kind than the model's"),
        }
    }
}
