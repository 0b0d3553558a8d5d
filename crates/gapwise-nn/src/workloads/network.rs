//! The networks of the workloads behind one type.

use burn::{
    module::Module,
    nn::{Linear, LinearConfig},
    tensor::{Device, Int, Tensor},
};

use gapwise_kernels::pooling;

use super::{
    drawn::Drawing,
    recurrent::{Sequence, SequenceConfig},
};
use crate::{
    initialise::Initialiser,
    networks::{
        FeedForward, FeedForwardConfig, ImageNetwork, ImageNetworkConfig, Inception,
        InceptionConfig, NetworkSizes,
        description::{Description, Part, Stage},
        feed_forward::Features,
        layers::multiply_adds,
    },
};

/// A network of a workload with its sizes.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum NetworkConfig {
    Rows(FeedForwardConfig),
    Images(ImageNetworkConfig),
    Inception(InceptionChainConfig),
    Sequence(SequenceConfig),
}

/// Modules one after the other, the mean of each channel, and a dense layer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct InceptionChainConfig {
    pub(super) modules: Vec<InceptionConfig>,
    /// Height and width of the images.
    pub(super) sides: [usize; 2],
    pub(super) outputs: usize,
}

/// What a network reads.
#[derive(Debug, Clone)]
pub(super) enum Inputs {
    /// `[batch, features]`.
    Rows(Tensor<2>),
    /// `[batch, channels, height, width]`.
    Images(Tensor<4>),
    /// `[batch, time, features]`.
    Sequences(Tensor<3>),
    /// `[batch, time]`.
    Words(Tensor<2, Int>),
}

#[derive(Module, Debug)]
#[allow(clippy::large_enum_variant)] // There is one at a time.
pub(super) enum Network {
    Rows(FeedForward),
    Images(ImageNetwork),
    Inception(InceptionChain),
    Sequence(Sequence),
}

#[derive(Module, Debug)]
pub(super) struct InceptionChain {
    modules: Vec<Inception>,
    output: Linear,
}

impl InceptionChainConfig {
    fn init(&self, initialiser: &mut Initialiser, device: &Device) -> InceptionChain {
        let features = self.modules.last().map_or(0, InceptionConfig::outputs);
        InceptionChain {
            modules: self.modules.iter().map(|module| module.init(initialiser)).collect(),
            output: LinearConfig::new(features, self.outputs).init(device),
        }
    }

    fn description(&self) -> Description {
        let modules = self.modules.iter().enumerate().map(|(at, module)| {
            let name = format!("module{}", at + 1);
            Stage::new(&name, vec![module.part(&name, &format!("modules.{at}"))])
        });
        let channels = self.modules.first().map_or(0, |module| module.channels);
        let [height, width] = self.sides;
        Description {
            input: [channels, height, width],
            stages: modules.collect(),
            head: vec![Part::global_mean(), Part::output("output", self.outputs)],
        }
    }
}

impl NetworkConfig {
    /// A network with drawn weights.
    pub(super) fn init(&self, device: &Device) -> Network {
        let blank = &mut Initialiser::blank(device);
        let drawing = &mut Drawing::new(device);
        match self {
            Self::Rows(config) => Network::Rows(drawing.fill(config.init(blank))),
            Self::Images(config) => Network::Images(drawing.fill(config.init(blank))),
            Self::Inception(config) => Network::Inception(drawing.fill(config.init(blank, device))),
            Self::Sequence(config) => Network::Sequence(config.init(device, drawing)),
        }
    }

    /// What it is made of; `None` for recurrent layers, which compute as often as there are times.
    fn description(&self) -> Option<Description> {
        match self {
            Self::Rows(config) => Some(config.description()),
            Self::Images(config) => Some(config.sizes().description()),
            Self::Inception(config) => Some(config.description()),
            Self::Sequence(_) => None,
        }
    }

    /// Multiply-adds for one example of this shape, the batch left out.
    pub(super) fn multiply_adds(&self, shape: &[usize]) -> usize {
        match self {
            Self::Sequence(config) => config.multiply_adds(shape[0]),
            _ => self.description().map_or(0, |of| multiply_adds(&of.layers())),
        }
    }

    /// Those of [`NetworkConfig::multiply_adds`] whose values are the inputs, of which no gradient
    /// is asked.
    pub(super) fn first_multiply_adds(&self, shape: &[usize]) -> usize {
        match self {
            Self::Sequence(config) => config.first_multiply_adds(shape[0]),
            _ => self.description().map_or(0, |of| of.first_multiply_adds()),
        }
    }

    /// Logits for each label.
    pub(super) fn outputs(&self) -> usize {
        match self {
            Self::Rows(config) => config.outputs,
            Self::Images(config) => config.sizes().description().outputs(),
            Self::Inception(config) => config.outputs,
            Self::Sequence(config) => config.outputs,
        }
    }

    /// Words that are looked up, where it reads words.
    pub(super) fn vocabulary(&self) -> Option<usize> {
        match self {
            Self::Sequence(config) => config.vocabulary,
            _ => None,
        }
    }

    /// Labels of an example of this shape: one, or one at each time.
    pub(super) fn labels(&self, shape: &[usize]) -> usize {
        if matches!(self, Self::Sequence(_)) { shape[0] } else { 1 }
    }
}

impl Network {
    /// Logits `[labels, outputs]`.
    pub(super) fn forward(&self, inputs: Inputs) -> Tensor<2> {
        match (self, inputs) {
            (Network::Rows(network), Inputs::Rows(dense)) => {
                network.forward(Features { dense, codes: None })
            }
            (Network::Images(network), Inputs::Images(x)) => network.forward(x),
            (Network::Inception(chain), Inputs::Images(x)) => {
                let x = chain.modules.iter().fold(x, |x, module| module.forward(x));
                chain.output.forward(pooling::global_average(x))
            }
            (Network::Sequence(network), Inputs::Sequences(x)) => network.forward(x),
            (Network::Sequence(network), Inputs::Words(words)) => network.forward_words(words),
            (_, inputs) => unreachable!("a workload's inputs are its network's, not {inputs:?}"),
        }
    }
}
