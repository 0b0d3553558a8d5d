//! A network as a row of named stages with a head behind: what transfer learning keeps, freezes and
//! cuts between.

use burn::tensor::Tensor;

use super::{
    ConvConfig, ImageNetwork, ImageNetworkConfig, VggConfig, feed_forward::Features, googlenet,
};

/// What one stage hands to the next.
#[derive(Debug, Clone)]
pub enum Signal {
    /// `[batch, channels, height, width]`.
    Images(Tensor<4>),
    /// `[batch, units]`.
    Units(Tensor<2>),
}

impl Signal {
    /// As images; units are images of one pixel.
    pub fn images(self) -> Tensor<4> {
        match self {
            Signal::Images(images) => images,
            Signal::Units(units) => {
                let [batch, units_each] = units.dims();
                units.reshape([batch, units_each, 1, 1])
            }
        }
    }

    /// As units: the pixels of an image one after the other, channel by channel.
    pub fn units(self) -> Tensor<2> {
        match self {
            Signal::Images(images) => images.flatten(1, 3),
            Signal::Units(units) => units,
        }
    }

    /// Sizes of one example.
    pub fn shape(&self) -> Vec<usize> {
        match self {
            Signal::Images(images) => images.dims()[1..].to_vec(),
            Signal::Units(units) => units.dims()[1..].to_vec(),
        }
    }
}

impl From<Tensor<4>> for Signal {
    fn from(images: Tensor<4>) -> Self {
        Signal::Images(images)
    }
}

impl From<Tensor<2>> for Signal {
    fn from(units: Tensor<2>) -> Self {
        Signal::Units(units)
    }
}

impl ImageNetworkConfig {
    /// The names of the stages in front of the head, first to last: those of their layers in
    /// [`layers`](Self::layers), up to the first dot. Dense layers over pixels have none.
    pub fn stages(&self) -> Vec<String> {
        let numbered =
            |name: &str, times: usize| (1..=times).map(|at| format!("{name}{at}")).collect();
        let both = |mut one: Vec<String>, other: Vec<String>| {
            one.extend(other);
            one
        };
        match self {
            Self::FeedForward(_) => Vec::new(),
            Self::Lenet(_) => both(numbered("conv", 2), numbered("dense", 2)),
            Self::SmallConv(_) => both(numbered("conv", 2), numbered("dense", 1)),
            Self::Conv(ConvConfig { filters, .. }) => numbered("conv", filters.len()),
            Self::Alexnet(_) => both(numbered("conv", 5), numbered("dense", 2)),
            Self::Vgg(config) => {
                both(numbered("block", config.blocks.len()), numbered("dense", config.hidden()))
            }
            Self::Resnet(config) => {
                both(vec!["stem".into()], numbered("stage", config.blocks.len()))
            }
            Self::Inception(_) => {
                both(numbered("conv", 3), googlenet::NAMES.map(String::from).to_vec())
            }
        }
    }

    /// The stage, from 0, of the parameter that is stored under `path` (`stem.conv.weight`); `None`
    /// for those of the head. A side branch belongs to the stage that it stands behind.
    pub fn stage_of(&self, path: &str) -> Option<usize> {
        let parts: Vec<&str> = path.split('.').collect();
        match self {
            Self::FeedForward(_) => None,
            Self::Lenet(_) => match parts[0] {
                "conv1" | "norm1" => Some(0),
                "conv2" | "norm2" => Some(1),
                "dense1" | "norm3" => Some(2),
                "dense2" | "norm4" => Some(3),
                _ => None,
            },
            Self::SmallConv(_) => match parts[0] {
                "conv1" | "norm1" => Some(0),
                "conv2" | "norm2" => Some(1),
                "dense" | "norm3" => Some(2),
                _ => None,
            },
            Self::Conv(_) => match parts[..] {
                ["convs" | "norms", at, ..] => at.parse().ok(),
                _ => None,
            },
            Self::Alexnet(_) => ["conv1", "conv2", "conv3", "conv4", "conv5", "dense1", "dense2"]
                .iter()
                .position(|stage| *stage == parts[0]),
            Self::Vgg(VggConfig { blocks, .. }) => match parts[..] {
                ["blocks", at, ..] => at.parse().ok(),
                ["hidden", at, ..] => at.parse::<usize>().ok().map(|at| blocks.len() + at),
                _ => None,
            },
            Self::Resnet(_) => match parts[..] {
                ["stem", ..] => Some(0),
                ["stages", at, ..] => at.parse::<usize>().ok().map(|at| 1 + at),
                _ => None,
            },
            Self::Inception(_) => match parts[..] {
                ["conv1", ..] => Some(0),
                ["conv2", ..] => Some(1),
                ["conv3", ..] => Some(2),
                ["modules", at, ..] => at.parse::<usize>().ok().map(|at| 3 + at),
                ["sides", at, ..] => googlenet::side_behind(at.parse().ok()?),
                _ => None,
            },
        }
    }

    /// Whether the parameter that is stored under `path` belongs to the layers that are new for other
    /// classes: the output, those of side branches, and all dense layers of [`Conv`](super::Conv)
    /// and of dense layers over pixels.
    pub fn is_new(&self, path: &str) -> bool {
        match self {
            Self::FeedForward(_) => true,
            Self::Conv(_) => path.starts_with("dense."),
            _ => path.split('.').any(|part| part == "output"),
        }
    }

    /// The parameter of the first convolution, whose second axis is the image's channels.
    pub(crate) fn first_convolution(&self) -> Option<&'static str> {
        match self {
            Self::FeedForward(_) => None,
            Self::Lenet(_) | Self::SmallConv(_) => Some("conv1.weight"),
            Self::Conv(_) => Some("convs.0.weight"),
            Self::Alexnet(_) | Self::Inception(_) => Some("conv1.conv.weight"),
            Self::Vgg(_) => Some("blocks.0.0.conv.weight"),
            Self::Resnet(_) => Some("stem.conv.weight"),
        }
    }
}

impl ImageNetwork {
    /// What leaves the first `stages` stages.
    pub fn through(&self, stages: usize, images: Tensor<4>) -> Signal {
        (0..stages).fold(images.into(), |x, at| self.stage(at, x))
    }

    /// Logits `[batch, outputs]` of what has left the first `stages` stages.
    pub fn forward_from(&self, stages: usize, x: Signal) -> Tensor<2> {
        (stages..=self.stages()).fold(x, |x, at| self.stage(at, x)).units()
    }

    /// The same, and the logits of branches that learn along in training, each with what its loss
    /// counts. Those of the first `stages` stages are left out.
    pub fn forward_with_sides(
        &self,
        stages: usize,
        x: Signal,
    ) -> (Tensor<2>, Vec<(Tensor<2>, f64)>) {
        match self {
            Self::Inception(network) => {
                let (logits, sides) = network.forward_with_sides(stages, x);
                (logits, sides.into_iter().map(|side| (side, googlenet::SIDE_WEIGHT)).collect())
            }
            _ => (self.forward_from(stages, x), Vec::new()),
        }
    }

    /// Stages in front of the head.
    fn stages(&self) -> usize {
        match self {
            Self::FeedForward(_) => 0,
            Self::Lenet(_) => 4,
            Self::SmallConv(_) => 3,
            Self::Conv(network) => network.stages(),
            Self::Alexnet(_) => 7,
            Self::Vgg(network) => network.stages(),
            Self::Resnet(network) => network.stages(),
            Self::Inception(network) => network.stages(),
        }
    }

    /// What stage `at` makes of `x`; behind the last one stands the head.
    fn stage(&self, at: usize, x: Signal) -> Signal {
        match self {
            Self::FeedForward(network) => {
                network.forward(Features { dense: x.units(), codes: None }).into()
            }
            Self::Lenet(network) => network.stage(at, x),
            Self::SmallConv(network) => network.stage(at, x),
            Self::Conv(network) => network.stage(at, x),
            Self::Alexnet(network) => network.stage(at, x),
            Self::Vgg(network) => network.stage(at, x),
            Self::Resnet(network) => network.stage(at, x),
            Self::Inception(network) => network.stage(at, x),
        }
    }
}
