//! What a kind of input has to say, and the registry of the kinds.

use std::{fmt::Debug, sync::Arc};

use burn::{
    module::Module,
    tensor::{Device, Tensor},
};
use gapwise_data::{DataError, Inputs, Note};
use serde::{Deserialize, Serialize};

use super::{
    ImageRecord, LinearReader, NetworkSettings, RowRecord, Trained, TrainedNetwork,
    fit::{FitError, Given, Typed, TypedFitting},
};
use crate::{
    initialise::Initialiser,
    tasks::{HeadRecord, Network, Reader},
    train::Setup,
    transfer::{Pretrained, TransferRecord},
    weights::{self, WeightsError},
};

/// An encoder with the sizes of the network that reads what it writes: all of a model but its weights
/// and its head.
pub(super) trait Encoded: Clone + Debug + Send + Sync + Sized + 'static {
    /// What the network reads.
    type Batch;
    /// Raw inputs → batches.
    type Reader<'a>: Reader<Batch = Self::Batch>;
    /// The network.
    type Network: Network<Self::Batch, Outputs = Tensor<2>> + Debug + Send + Sync + 'static;
    /// Weights of other data that training begins with.
    type Beginning: Debug;

    /// Fits the encoder to the training examples and sizes the network; `None` where the inputs are of another kind.
    fn fit(given: &Given<'_>) -> Result<Option<(Self, Vec<Note>)>, DataError>;

    /// The same for another network on the same inputs.
    fn with_network(&self, network: &NetworkSettings, outputs: usize) -> Self;

    /// A network of these sizes.
    fn init(&self, initialiser: &mut Initialiser) -> Self::Network;

    /// Reads inputs to answer them.
    fn reader<'a>(&'a self, inputs: &'a Inputs) -> Result<Self::Reader<'a>, DataError>;

    /// Reads inputs for a linear model.
    fn linear_reader<'a>(
        &'a self,
        inputs: &'a Inputs,
    ) -> Result<Box<dyn LinearReader + 'a>, DataError>;

    /// Reads inputs to learn from them.
    fn training_reader<'a>(
        &'a self,
        given: &'a Given<'_>,
        beginning: Option<&Self::Beginning>,
        setup: &mut Setup<'_>,
    ) -> Result<Self::Reader<'a>, FitError>;

    /// Takes weights of other data to begin with, of which some may change the encoder; and says what
    /// was done.
    fn begin_with(
        &mut self,
        given: &Given<'_>,
        weights: &Pretrained<'_>,
        initialiser: &mut Initialiser,
    ) -> Result<(Self::Beginning, Vec<Note>), FitError>;

    /// The network that training begins with.
    fn first_network(beginning: &Self::Beginning) -> Self::Network;

    /// Factor on the learning rate of each parameter and statistic of the network.
    fn rates(beginning: &Self::Beginning) -> Vec<f64>;

    /// What came from where.
    fn transferred(beginning: &Self::Beginning) -> &TransferRecord;

    /// Weights, biases, scales and shifts, without those that do not answer.
    fn parameters(&self) -> usize;

    /// [Multiply-adds](super::ModelRecord::multiply_adds) for one example.
    fn multiply_adds(&self) -> usize;

    /// Numbers that an example has.
    fn inputs(&self) -> usize;
}

/// Makes of a line for each kind of input the type that a model's record holds.
macro_rules! inputs {
    ($($kind:ident($record:ident)),+ $(,)?) => {
        /// Encoder and network of one kind of input.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case", tag = "reads")]
        pub enum NetworkRecord {
            $(#[doc = concat!("[`", stringify!($record), "`].")] $kind($record),)+
        }

        $(impl From<$record> for NetworkRecord {
            fn from(record: $record) -> Self {
                NetworkRecord::$kind(record)
            }
        })+

        impl NetworkRecord {
            /// The kind that reads these inputs, fitted to the training examples.
            pub(super) fn fit(
                given: &Given<'_>,
                head: &HeadRecord,
            ) -> Result<(Box<dyn TypedFitting>, Vec<Note>), DataError> {
                $(if let Some((encoded, notes)) = $record::fit(given)? {
                    return Ok((typed(encoded, head), notes));
                })+
                unreachable!("every kind of input is read")
            }

            /// The network of this record with the weights of a safetensors file.
            pub(super) fn load(
                &self,
                head: &HeadRecord,
                weights: Vec<u8>,
                device: &Device,
            ) -> Result<Arc<dyn Trained>, WeightsError> {
                match self { $(NetworkRecord::$kind(encoded) => load(encoded, head, weights, device),)+ }
            }

            /// The same with the network that other settings ask for on the same inputs.
            pub(super) fn with_network(&self, network: &NetworkSettings, outputs: usize) -> Self {
                match self {
                    $(NetworkRecord::$kind(encoded) => encoded.with_network(network, outputs).into(),)+
                }
            }

            /// Reads inputs for a linear model.
            ///
            /// # Errors
            ///
            /// [`DataError`] where the encoder was not fitted to inputs like these.
            pub fn linear_reader<'a>(
                &'a self,
                inputs: &'a Inputs,
            ) -> Result<Box<dyn LinearReader + 'a>, DataError> {
                match self { $(NetworkRecord::$kind(encoded) => encoded.linear_reader(inputs),)+ }
            }

            pub(super) fn parameters(&self) -> usize {
                match self { $(NetworkRecord::$kind(encoded) => encoded.parameters(),)+ }
            }

            pub(super) fn multiply_adds(&self) -> usize {
                match self { $(NetworkRecord::$kind(encoded) => encoded.multiply_adds(),)+ }
            }

            pub(super) fn inputs(&self) -> usize {
                match self { $(NetworkRecord::$kind(encoded) => Encoded::inputs(encoded),)+ }
            }
        }
    };
}

inputs! {
    Rows(RowRecord),
    Images(ImageRecord),
}

fn typed<E: Encoded>(encoded: E, head: &HeadRecord) -> Box<dyn TypedFitting>
where
    NetworkRecord: From<E>,
{
    match head.clone() {
        HeadRecord::Class(head) => Box::new(Typed::new(encoded, head)),
        HeadRecord::Number(head) => Box::new(Typed::new(encoded, head)),
    }
}

fn load<E: Encoded>(
    encoded: &E,
    head: &HeadRecord,
    weights: Vec<u8>,
    device: &Device,
) -> Result<Arc<dyn Trained>, WeightsError> {
    let mut network = encoded.init(&mut Initialiser::blank(device));
    weights::load(&mut network, weights)?;
    let (network, encoded, device) = (network.valid(), encoded.clone(), device.clone());
    Ok(match head.clone() {
        HeadRecord::Class(head) => Arc::new(TrainedNetwork { encoded, network, head, device }),
        HeadRecord::Number(head) => Arc::new(TrainedNetwork { encoded, network, head, device }),
    })
}
