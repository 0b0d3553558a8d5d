//! A network as a row of named stages with a head behind: what transfer learning keeps, freezes and
//! cuts between.

use burn::tensor::Tensor;

use super::{ImageNetwork, ImageNetworkConfig, description::ParameterIndex};

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
        self.sizes().description().stages.into_iter().map(|stage| stage.name).collect()
    }

    /// What is told of its parameters, for more than one of them.
    pub(crate) fn parameter_index(&self) -> ParameterIndex {
        self.sizes().description().parameter_index()
    }

    /// The stage, from 0, of the parameter that is stored under `path` (`stem.conv.weight`); `None`
    /// for those of the head. A side branch belongs to the stage that it stands behind.
    pub fn stage_of(&self, path: &str) -> Option<usize> {
        self.parameter_index().stage_of(path)
    }

    /// The stage, from 0, of a layer by its name in [`layers`](Self::layers), such as `stage2.1.conv1`;
    /// `None` for those of the head, and for those that have no stage's name, such as a pooling.
    pub fn stage_of_layer(&self, name: &str) -> Option<usize> {
        let stage = name.split('.').next()?;
        self.stages().iter().position(|known| known == stage)
    }

    /// Whether the parameter that is stored under `path` belongs to the layers that are new for other
    /// classes: the output, those of side branches, and all dense layers of [`Conv`](super::Conv)
    /// and of dense layers over pixels.
    pub fn is_new(&self, path: &str) -> bool {
        self.parameter_index().is_new(path)
    }

    /// The parameter of the first convolution, whose second axis is the image's channels.
    pub(crate) fn first_convolution(&self) -> Option<String> {
        let description = self.sizes().description();
        description.first_convolution().map(|(_, place)| format!("{}.weight", place.path))
    }
}

impl ImageNetwork {
    /// What leaves the first `stages` stages.
    pub fn through(&self, stages: usize, images: Tensor<4>) -> Signal {
        (0..stages).fold(images.into(), |x, at| self.network().stage(at, x))
    }

    /// Logits `[batch, outputs]` of what has left the first `stages` stages.
    pub fn forward_from(&self, stages: usize, x: Signal) -> Tensor<2> {
        self.network().forward_from(stages, x)
    }

    /// The same, and the logits of branches that learn along in training, each with what its loss
    /// counts. Those of the first `stages` stages are left out.
    pub fn forward_with_sides(
        &self,
        stages: usize,
        x: Signal,
    ) -> (Tensor<2>, Vec<(Tensor<2>, f64)>) {
        self.network().forward_with_sides(stages, x)
    }
}
