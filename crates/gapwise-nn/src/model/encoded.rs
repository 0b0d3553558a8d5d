//! What a kind of input has to say, and the registry of the kinds.

use std::{fmt::Debug, sync::Arc};

use burn::{
    module::Module,
    tensor::{Device, Tensor},
};
use gapwise_data::{DataError, Inputs, Note, source::Reading};
use serde::{Deserialize, Serialize};

use super::{
    ImageRecord, LinearReader, NetworkSettings, RowRecord, Trained, TrainedNetwork,
    fit::{FitError, Given, Typed, TypedFitting},
};
use crate::{
    export::{Graph, Value},
    initialise::Initialiser,
    networks::{SizeCheck, description::ParameterIndex},
    tasks::{Head, HeadRecord, Network, Reader, heads::WithHead},
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

    /// What has to hold of the sizes.
    fn check(&self) -> SizeCheck;

    /// What the encoder writes and what the network reads, where these are to be the same.
    ///
    /// # Errors
    ///
    /// What contradicts itself in the encoder.
    fn written_and_read(&self) -> Result<[String; 2], String>;

    /// Has a graph read raw inputs; its logits, `[batch, outputs]`. `None` where nothing is read.
    fn logits_in(&self, graph: &mut Graph<'_>, reading: &Reading) -> Option<Value>;

    /// What an exported file says of the inputs, by its keys.
    fn about(&self) -> Vec<(&'static str, String)>;

    /// What is told of the network's parameters, where torchvision may have such networks.
    fn parameter_index(&self) -> Option<ParameterIndex> {
        None
    }

    /// How the network differs from torchvision's of the same names, a sentence each.
    fn differs_from_torchvision(&self) -> Vec<String> {
        Vec::new()
    }

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

            pub(super) fn check(&self) -> SizeCheck {
                match self { $(NetworkRecord::$kind(encoded) => encoded.check(),)+ }
            }

            pub(super) fn written_and_read(&self) -> Result<[String; 2], String> {
                match self { $(NetworkRecord::$kind(encoded) => encoded.written_and_read(),)+ }
            }

            /// Has a graph read raw inputs; its logits. `None` where nothing is read.
            pub(crate) fn logits_in(
                &self,
                graph: &mut Graph<'_>,
                reading: &Reading,
            ) -> Option<Value> {
                match self { $(NetworkRecord::$kind(encoded) => encoded.logits_in(graph, reading),)+ }
            }

            /// What an exported file says of the inputs, by its keys.
            pub(crate) fn about(&self) -> Vec<(&'static str, String)> {
                match self { $(NetworkRecord::$kind(encoded) => encoded.about(),)+ }
            }

            /// What is told of the network's parameters, where torchvision may have such networks.
            pub(crate) fn parameter_index(&self) -> Option<ParameterIndex> {
                match self { $(NetworkRecord::$kind(encoded) => encoded.parameter_index(),)+ }
            }

            /// How the network differs from torchvision's of the same names.
            pub(crate) fn differs_from_torchvision(&self) -> Vec<String> {
                match self { $(NetworkRecord::$kind(encoded) => encoded.differs_from_torchvision(),)+ }
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
    struct Fit<E>(E);

    impl<E: Encoded> WithHead for Fit<E>
    where
        NetworkRecord: From<E>,
    {
        type Done = Box<dyn TypedFitting>;

        fn with<H>(self, head: H) -> Self::Done
        where
            H: Head<Outputs = Tensor<2>> + Clone + Debug + Send + 'static,
        {
            Box::new(Typed::new(self.0, head))
        }
    }

    head.with(Fit(encoded))
}

fn load<E: Encoded>(
    encoded: &E,
    head: &HeadRecord,
    weights: Vec<u8>,
    device: &Device,
) -> Result<Arc<dyn Trained>, WeightsError> {
    struct Join<E: Encoded> {
        encoded: E,
        network: E::Network,
        device: Device,
    }

    impl<E: Encoded> WithHead for Join<E> {
        type Done = Arc<dyn Trained>;

        fn with<H>(self, head: H) -> Self::Done
        where
            H: Head<Outputs = Tensor<2>> + Clone + Debug + Send + 'static,
        {
            let Join { encoded, network, device } = self;
            Arc::new(TrainedNetwork { encoded, network, head, device })
        }
    }

    let mut network = encoded.init(&mut Initialiser::blank(device));
    weights::load(&mut network, weights)?;
    let (encoded, device) = (encoded.clone(), device.clone());
    Ok(head.with(Join { encoded, network: network.valid(), device }))
}
