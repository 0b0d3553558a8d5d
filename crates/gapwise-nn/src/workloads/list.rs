//! The list of workloads.

use gapwise_kernels::recurrent::{Cell, RecurrentConfig, Reset};

use super::{
    network::{InceptionChainConfig, NetworkConfig},
    recurrent::SequenceConfig,
};
use crate::{
    layers::NormActivation,
    networks::{
        AlexNetConfig, FeedForwardConfig, GoogLeNetConfig, ImageNetworkConfig, InceptionConfig,
        LeNetConfig, ResNetConfig, VggConfig,
        alexnet::AlexNetForm,
        lenet::LeNetSide,
        resnet::{BlockKind, Skip},
        vgg::VggHead,
    },
};

/// A network with a batch of a size.
#[derive(Debug, Clone, PartialEq)]
pub struct Workload {
    /// The word for it, in lower case.
    pub name: &'static str,
    /// What it is, in words.
    pub about: &'static str,
    /// Examples of a training step.
    pub batch: usize,
    /// The shape of an example: `[features]`, `[channels, height, width]`, `[time, features]` or,
    /// of words, `[time]`.
    pub shape: Vec<usize>,
    pub(super) network: NetworkConfig,
}

/// Adam's learning rate: small, so that rounding does not grow in a few steps.
const LEARNING_RATE: f64 = 1e-4;
/// That of the widest networks, which move far with each step.
const WIDE: f64 = 1e-6;

impl Workload {
    /// Every workload, small ones first.
    ///
    /// | name | network | batch | an example |
    /// |---|---|---|---|
    /// | `dense-30` | dense 30-64-32-10 | 32 | 30 |
    /// | `dense-784` | dense 784-256-128-10 | 64 | 784 |
    /// | `lenet` | LeNet | 128 | 1×28×28 |
    /// | `resnet20` | ResNet-20 with option-B skips, 10 classes | 64 | 3×32×32 |
    /// | `resnet56` | ResNet-56, 10 classes | 64 | 3×32×32 |
    /// | `vgg11` | VGG-11 with batch norm, one dense layer, 10 classes | 32 | 3×32×32 |
    /// | `resnet18` | ResNet-18, 1,000 classes | 8 | 3×224×224 |
    /// | `resnet50` | ResNet-50, 1,000 classes | 4 | 3×224×224 |
    /// | `alexnet` | AlexNet, 1,000 classes | 16 | 3×224×224 |
    /// | `vgg16` | VGG-16, 1,000 classes | 4 | 3×224×224 |
    /// | `googlenet` | GoogLeNet without side branches, 1,000 classes | 8 | 3×224×224 |
    /// | `inception` | GoogLeNet's modules 3a and 3b, mean, dense to 10 classes | 16 | 192×28×28 |
    /// | `lstm-256`, `gru-256` | 128 → 256, dense to 10 classes at each time | 32 | 64 times 128 |
    /// | `lstm-128`, `gru-128` | 128 → 128, dense to 10 classes at each time | 64 | 32 times 128 |
    /// | `lstm-200`, `gru-200` | 200 → 200 → 200, dense to 10 classes at each time | 20 | 35 times 200 |
    /// | `tagger` | 100 numbers for each of 10,000 words, LSTM of 128 each way, 17 tags | 32 | 25 words |
    pub fn all() -> Vec<Workload> {
        let dense = |features, hidden: [usize; 2]| {
            NetworkConfig::Rows(FeedForwardConfig {
                features,
                embeddings: Vec::new(),
                hidden: hidden.to_vec(),
                norm_activation: NormActivation::default(),
                dropout: vec![0.0; 2],
                input_dropout: 0.0,
                outputs: 10,
            })
        };
        let lenet = LeNetConfig {
            channels: 1,
            side: LeNetSide::Padded28,
            norm_activation: NormActivation::default(),
            dropout: [0.0; 2],
            input_dropout: 0.0,
            outputs: 10,
        };
        let inception = InceptionChainConfig {
            modules: vec![InceptionConfig::module_3a(), InceptionConfig::module_3b()],
            sides: [28; 2],
            outputs: 10,
        };
        let form = AlexNetForm::Torchvision;
        let alexnet = AlexNetConfig { channels: 3, form, dropout: [0.0; 2], outputs: 1_000 };
        let googlenet = GoogLeNetConfig {
            channels: 3,
            sides: [224; 2],
            side_branches: false,
            dropout: [0.0; 2],
            outputs: 1_000,
        };
        fn images(config: impl Into<ImageNetworkConfig>) -> NetworkConfig {
            NetworkConfig::Images(config.into())
        }
        let sequence = |cell, features, [hidden, layers]: [usize; 2]| {
            let recurrent = RecurrentConfig::new(cell, features, hidden).with_layers(layers);
            NetworkConfig::Sequence(SequenceConfig { recurrent, vocabulary: None, outputs: 10 })
        };
        let tagger = SequenceConfig {
            recurrent: RecurrentConfig::new(Cell::Lstm, 100, 128).with_bidirectional(true),
            vocabulary: Some(10_000),
            outputs: 17,
        };
        let workload = |name, about, (batch, shape): (usize, &[usize]), network| Workload {
            name,
            about,
            batch,
            shape: shape.to_vec(),
            network,
        };
        let (lstm, gru) = (Cell::Lstm, Cell::Gru(Reset::AfterProduct));
        vec![
            workload("dense-30", "dense 30-64-32-10", (32, &[30]), dense(30, [64, 32])),
            workload("dense-784", "dense 784-256-128-10", (64, &[784]), dense(784, [256, 128])),
            workload("lenet", "LeNet", (128, &[1, 28, 28]), images(lenet)),
            workload(
                "resnet20",
                "ResNet-20",
                (64, &[3, 32, 32]),
                images(ResNetConfig { skip: Skip::Projected, ..ResNetConfig::cifar(3, 10) }),
            ),
            workload(
                "resnet56",
                "ResNet-56",
                (64, &[3, 32, 32]),
                images(ResNetConfig { skip: Skip::Projected, ..ResNetConfig::cifar(9, 10) }),
            ),
            workload(
                "vgg11",
                "VGG-11 with batch norm",
                (32, &[3, 32, 32]),
                images(VggConfig::vgg11(VggHead::Small, 10)),
            ),
            workload(
                "resnet18",
                "ResNet-18",
                (8, &[3, 224, 224]),
                images(ResNetConfig::imagenet(BlockKind::Basic, [2; 4], 1_000)),
            ),
            workload(
                "resnet50",
                "ResNet-50",
                (4, &[3, 224, 224]),
                images(ResNetConfig::imagenet(BlockKind::Bottleneck, [3, 4, 6, 3], 1_000)),
            ),
            workload("alexnet", "AlexNet", (16, &[3, 224, 224]), images(alexnet)),
            workload(
                "vgg16",
                "VGG-16",
                (4, &[3, 224, 224]),
                images(VggConfig {
                    dropout: [0.0; 2],
                    ..VggConfig::new([2, 2, 3, 3, 3], VggHead::Large, 1_000)
                }),
            ),
            workload("googlenet", "GoogLeNet", (8, &[3, 224, 224]), images(googlenet)),
            workload(
                "inception",
                "inception modules 3a and 3b",
                (16, &[192, 28, 28]),
                NetworkConfig::Inception(inception),
            ),
            workload("lstm-256", "LSTM 128-256", (32, &[64, 128]), sequence(lstm, 128, [256, 1])),
            workload("lstm-128", "LSTM 128-128", (64, &[32, 128]), sequence(lstm, 128, [128, 1])),
            workload(
                "lstm-200",
                "LSTM 200-200-200",
                (20, &[35, 200]),
                sequence(lstm, 200, [200, 2]),
            ),
            workload("gru-256", "GRU 128-256", (32, &[64, 128]), sequence(gru, 128, [256, 1])),
            workload("gru-128", "GRU 128-128", (64, &[32, 128]), sequence(gru, 128, [128, 1])),
            workload("gru-200", "GRU 200-200-200", (20, &[35, 200]), sequence(gru, 200, [200, 2])),
            workload(
                "tagger",
                "tagger: embedding, LSTM both ways",
                (32, &[25]),
                NetworkConfig::Sequence(tagger),
            ),
        ]
    }

    /// The workload of this name.
    pub fn named(name: &str) -> Option<Workload> {
        Workload::all().into_iter().find(|workload| workload.name == name)
    }

    /// The learning rate of a training step: 1e-6 for networks that read 224×224, `vgg11` and
    /// `resnet56`, else 1e-4.
    pub fn learning_rate(&self) -> f64 {
        let large = matches!(self.shape[..], [3, 224, 224]);
        let deep = ["vgg11", "resnet56"].contains(&self.name);
        if large || deep { WIDE } else { LEARNING_RATE }
    }

    /// Multiply-adds of the forward pass of one example: see `networks::multiply_adds` for what is
    /// counted; of a recurrent layer, the weights at each time.
    pub fn multiply_adds(&self) -> usize {
        self.network.multiply_adds(&self.shape)
    }

    /// Multiply-adds of a training step: for each of the batch the forward pass, as many for the
    /// gradients of the weights, and as many for those of values, of which the inputs need none.
    pub fn step_multiply_adds(&self) -> usize {
        let first = self.network.first_multiply_adds(&self.shape);
        self.batch * (3 * self.multiply_adds() - first)
    }
}
