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
    layers::ConvBlockConfig,
    networks::{
        AlexNet, AlexNetConfig, FeedForward, FeedForwardConfig, GoogLeNet, GoogLeNetConfig,
        Inception, InceptionConfig, LeNet, LeNetConfig, ResNet, ResNetConfig, Vgg, VggConfig,
        feed_forward::Features,
    },
};

/// A network of a workload with its sizes.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum NetworkConfig {
    Dense(FeedForwardConfig),
    Lenet(LeNetConfig),
    ResNet(ResNetConfig),
    Vgg(VggConfig),
    AlexNet(AlexNetConfig),
    GoogLeNet(GoogLeNetConfig),
    /// Modules one after the other, the mean of each channel, and a dense layer to so many logits.
    Inception(Vec<InceptionConfig>, usize),
    Sequence(SequenceConfig),
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
    Dense(FeedForward),
    Lenet(LeNet),
    ResNet(ResNet),
    Vgg(Vgg),
    AlexNet(AlexNet),
    GoogLeNet(GoogLeNet),
    Inception(InceptionChain),
    Sequence(Sequence),
}

#[derive(Module, Debug)]
pub(super) struct InceptionChain {
    modules: Vec<Inception>,
    output: Linear,
}

impl NetworkConfig {
    /// A network with drawn weights.
    pub(super) fn init(&self, device: &Device) -> Network {
        let blank = &mut Initialiser::blank(device);
        let drawing = &mut Drawing::new(device);
        match self {
            Self::Dense(config) => Network::Dense(drawing.fill(config.init(blank))),
            Self::Lenet(config) => Network::Lenet(drawing.fill(config.init(blank))),
            Self::ResNet(config) => Network::ResNet(drawing.fill(config.init(blank))),
            Self::Vgg(config) => Network::Vgg(drawing.fill(config.init(blank))),
            Self::AlexNet(config) => Network::AlexNet(drawing.fill(config.init(blank))),
            Self::GoogLeNet(config) => Network::GoogLeNet(drawing.fill(config.init(blank))),
            Self::Inception(configs, outputs) => {
                let features = configs.last().map_or(0, InceptionConfig::outputs);
                let chain = InceptionChain {
                    modules: configs.iter().map(|config| config.init(blank)).collect(),
                    output: LinearConfig::new(features, *outputs).init(device),
                };
                Network::Inception(drawing.fill(chain))
            }
            Self::Sequence(config) => Network::Sequence(config.init(device, drawing)),
        }
    }

    /// Multiply-adds for one example of this shape, the batch left out.
    pub(super) fn multiply_adds(&self, shape: &[usize]) -> usize {
        let sides = || [shape[1], shape[2]];
        match self {
            Self::Dense(config) => config.multiply_adds(),
            Self::Lenet(config) => config.multiply_adds(),
            Self::ResNet(config) => config.multiply_adds(),
            Self::Vgg(config) => config.multiply_adds(),
            Self::AlexNet(config) => config.multiply_adds(),
            Self::GoogLeNet(config) => config.multiply_adds(),
            Self::Inception(configs, outputs) => {
                let modules = configs.iter().map(|config| config.multiply_adds(sides()));
                let features = configs.last().map_or(0, InceptionConfig::outputs);
                modules.sum::<usize>() + features * outputs
            }
            Self::Sequence(config) => config.multiply_adds(shape[0]),
        }
    }

    /// Those of [`NetworkConfig::multiply_adds`] whose values are the inputs, of which no gradient
    /// is asked.
    pub(super) fn first_multiply_adds(&self, shape: &[usize]) -> usize {
        let first = |convs: &[ConvBlockConfig]| {
            let place = |conv: &ConvBlockConfig| conv.side(shape[1]) * conv.side(shape[2]);
            let weights =
                |conv: &ConvBlockConfig| conv.kernel.pow(2) * conv.channels * conv.filters;
            convs.iter().map(|conv| place(conv) * weights(conv)).sum()
        };
        match self {
            Self::Dense(config) => {
                config.features * config.hidden.first().unwrap_or(&config.outputs)
            }
            Self::Lenet(config) => first(&[ConvBlockConfig::new([config.channels, 6], 5)]),
            Self::ResNet(config) => first(&[config.stem()]),
            Self::Vgg(config) => first(&config.convolutions().concat()[..1]),
            Self::AlexNet(config) => first(&config.convolutions()[..1]),
            Self::GoogLeNet(config) => first(&config.stem()[..1]),
            Self::Inception(configs, _) => {
                let convs = configs.first().map(InceptionConfig::convolutions);
                convs.map_or(0, |[one, three, _, five, _, pooled]| {
                    first(&[one, three, five, pooled])
                })
            }
            Self::Sequence(config) => config.first_multiply_adds(shape[0]),
        }
    }

    /// Logits for each label.
    pub(super) fn outputs(&self) -> usize {
        match self {
            Self::Dense(config) => config.outputs,
            Self::Lenet(config) => config.outputs,
            Self::ResNet(config) => config.outputs,
            Self::Vgg(config) => config.outputs,
            Self::AlexNet(config) => config.outputs,
            Self::GoogLeNet(config) => config.outputs,
            Self::Inception(_, outputs) => *outputs,
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
            (Network::Dense(network), Inputs::Rows(dense)) => {
                network.forward(Features { dense, codes: None })
            }
            (Network::Lenet(network), Inputs::Images(x)) => network.forward(x),
            (Network::ResNet(network), Inputs::Images(x)) => network.forward(x),
            (Network::Vgg(network), Inputs::Images(x)) => network.forward(x),
            (Network::AlexNet(network), Inputs::Images(x)) => network.forward(x),
            (Network::GoogLeNet(network), Inputs::Images(x)) => network.forward(x),
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
