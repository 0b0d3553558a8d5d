//! A network layer by layer: what comes out, what it costs, what it sees.
//!
//! **Source**: the notes: the output's side ⌊(n + 2p − f) / s⌋ + 1, and "Why convolution": a layer of
//! filters has few weights because they are shared and see little of the image.

use serde::Serialize;

use super::{
    FeedForwardConfig, ImageNetworkConfig, NetworkSizes,
    description::{Description, Operation, Part, Shortcut, SideBranch, Windows},
};
use crate::layers::{ConvBlockConfig, NormActivation};

/// One layer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Layer {
    /// Where it stands, such as `stage2.1.conv1`.
    pub name: String,
    /// What it is, such as `conv 3×3, stride 2`.
    pub what: String,
    /// What comes out for one example: channels, height and width, or units.
    pub output: Vec<usize>,
    /// Weights, biases, scales and shifts.
    pub parameters: usize,
    /// For one example.
    pub multiply_adds: usize,
    /// Pixels of a side of the image that one number of the output sees; `None` where it sees all.
    pub sees: Option<usize>,
    /// Bytes of what comes out for one example, in single precision.
    pub bytes: usize,
    /// Parameters of a dense layer from the same input to the same output, for a convolution.
    pub dense_parameters: Option<u128>,
}

/// A way through the network, of which the layers are noted.
#[derive(Debug, Clone)]
struct Way {
    layers: Vec<Layer>,
    channels: usize,
    sides: [usize; 2],
    /// Receptive field, and pixels of the image from one number to its neighbour.
    field: [usize; 2],
}

impl Way {
    fn new([channels, height, width]: [usize; 3]) -> Self {
        Way { layers: Vec::new(), channels, sides: [height, width], field: [1, 1] }
    }

    fn values(&self) -> usize {
        self.channels.saturating_mul(self.sides[0]).saturating_mul(self.sides[1])
    }

    /// The layer that has just been gone through, but for what it costs.
    fn image(&self, name: &str, what: String) -> Layer {
        Layer {
            name: name.into(),
            what,
            output: vec![self.channels, self.sides[0], self.sides[1]],
            parameters: 0,
            multiply_adds: 0,
            sees: Some(self.field[0]),
            bytes: self.values().saturating_mul(size_of::<f32>()),
            dense_parameters: None,
        }
    }

    fn window(&mut self, window: usize, stride: usize) {
        let [field, apart] = self.field;
        self.field = [
            field.saturating_add((window - 1).saturating_mul(apart)),
            apart.saturating_mul(stride),
        ];
    }

    fn part(&mut self, part: &Part) {
        let name = &part.name;
        match &part.operation {
            Operation::Convolution { sizes, .. } => self.convolution(name, sizes),
            Operation::Dense { units, hidden, .. } => self.dense(name, *units, *hidden),
            Operation::MaxPool(windows) => self.pool("max", *windows),
            Operation::AveragePool(windows) => self.pool("average", *windows),
            Operation::GlobalMean => {
                self.sides = [1, 1];
                let layer = self.image(name, "mean of each channel".into());
                self.layers.push(Layer { output: vec![self.channels], sees: None, ..layer });
            }
            Operation::ResponseNorm(_) => {
                let layer = self.image(name, "responses normalised".into());
                self.layers.push(layer);
            }
            Operation::Branches(branches) => self.branches(name, branches),
            Operation::Residual(convolutions, shortcut) => {
                let mut beside = self.begin();
                convolutions.iter().for_each(|part| self.part(part));
                if let Shortcut::Projection(projection) = shortcut {
                    beside.part(projection);
                    self.layers.append(&mut beside.layers);
                }
            }
        }
    }

    /// The same place without the layers in front.
    fn begin(&self) -> Self {
        Way { layers: Vec::new(), ..self.clone() }
    }

    fn convolution(&mut self, name: &str, sizes: &ConvBlockConfig) {
        let before = self.values() as u128;
        self.window(sizes.kernel, sizes.stride);
        self.channels = sizes.filters;
        self.sides = self.sides.map(|side| sizes.side(side));
        let inputs = (sizes.kernel * sizes.kernel).saturating_mul(sizes.channels / sizes.groups);
        let weights = inputs.saturating_mul(sizes.filters);
        let each = usize::from(sizes.bias) + 2 * usize::from(sizes.normalised());
        let after = self.values() as u128;
        let groups = match sizes.groups {
            1 => String::new(),
            groups => format!(", {groups} groups"),
        };
        let what = format!(
            "conv {0}×{0}{1}{2}{groups}",
            sizes.kernel,
            stride(sizes.stride),
            padding(sizes.padding)
        );
        let layer = self.image(name, what);
        self.layers.push(Layer {
            parameters: weights.saturating_add(each.saturating_mul(sizes.filters)),
            multiply_adds: weights.saturating_mul(self.sides[0]).saturating_mul(self.sides[1]),
            dense_parameters: Some(before.saturating_mul(after).saturating_add(after)),
            ..layer
        });
    }

    fn pool(&mut self, what: &str, windows: Windows) {
        let Windows { side, stride: step, .. } = windows;
        self.window(side, step);
        self.sides = self.sides.map(|pixels| windows.along(pixels));
        let layer = self.image("pool", format!("{what} pool {side}×{side}{}", stride(step)));
        self.layers.push(layer);
    }

    fn dense(&mut self, name: &str, units: usize, hidden: Option<NormActivation>) {
        let weights = self.values().saturating_mul(units);
        let bias = usize::from(hidden.is_none_or(NormActivation::biased));
        let norm = 2 * usize::from(hidden.is_some_and(NormActivation::normalised));
        (self.channels, self.sides) = (units, [1, 1]);
        let layer = self.image(name, "dense".into());
        self.layers.push(Layer {
            output: vec![units],
            parameters: weights.saturating_add((bias + norm).saturating_mul(units)),
            multiply_adds: weights,
            sees: None,
            ..layer
        });
    }

    /// The branches one after the other, and what they are joined to.
    fn branches(&mut self, name: &str, branches: &[Vec<Part>]) {
        let begin = self.begin();
        self.channels = 0;
        for branch in branches {
            let mut beside = begin.clone();
            branch.iter().for_each(|part| beside.part(part));
            self.field = self.field.max(beside.field);
            self.sides = beside.sides;
            self.channels += beside.channels;
            self.layers.append(&mut beside.layers);
        }
        let layer = self.image(name, "joined".into());
        self.layers.push(layer);
    }
}

fn stride(stride: usize) -> String {
    if stride == 1 { String::new() } else { format!(", stride {stride}") }
}

fn padding(padding: usize) -> String {
    if padding == 0 { String::new() } else { format!(", padding {padding}") }
}

impl Description {
    /// Its layers, from the input to the logits; those beside each other one after the other. Side
    /// branches, which do not answer, are left out.
    pub(crate) fn layers(&self) -> Vec<Layer> {
        let mut way = Way::new(self.input);
        self.parts().for_each(|part| way.part(part));
        way.layers
    }

    /// Multiply-adds for one example of the layers that read the input.
    pub(crate) fn first_multiply_adds(&self) -> usize {
        let first_of = |parts: &[Part]| {
            let mut way = Way::new(self.input);
            parts.iter().for_each(|part| way.part(part));
            let mut costs = way.layers.iter().map(|layer| layer.multiply_adds);
            costs.find(|&cost| cost > 0).unwrap_or(0)
        };
        let parts: Vec<Part> = self.parts().cloned().collect();
        match parts.first().map(|part| &part.operation) {
            Some(Operation::Branches(branches)) => {
                branches.iter().map(|branch| first_of(branch)).sum()
            }
            _ => first_of(&parts),
        }
    }

    /// The layers of its side branches, one branch behind the other.
    pub(crate) fn side_layers(&self) -> Vec<Layer> {
        let (mut way, mut layers) = (Way::new(self.input), Vec::new());
        for stage in &self.stages {
            stage.parts.iter().for_each(|part| way.part(part));
            if let Some(SideBranch { windows, parts }) = &stage.side_branch {
                let mut aside = Way { sides: [*windows; 2], ..way.begin() };
                parts.iter().for_each(|part| aside.part(part));
                layers.append(&mut aside.layers);
            }
        }
        layers
    }
}

impl ImageNetworkConfig {
    /// Its layers, from the image to the logits; those beside each other one after the other. Side
    /// branches, which do not answer, are left out.
    pub fn layers(&self) -> Vec<Layer> {
        self.sizes().description().layers()
    }

    /// Weights, biases, scales and shifts, without side branches.
    pub fn parameters(&self) -> usize {
        parameters(&self.layers())
    }

    /// Parameters of the side branches, which learn along and do not answer; 0 where there are none.
    pub fn side_parameters(&self) -> usize {
        parameters(&self.sizes().description().side_layers())
    }
}

impl FeedForwardConfig {
    /// Weights and biases, those of embeddings too.
    pub fn parameters(&self) -> usize {
        let embeddings = self.embeddings.iter().map(|(categories, sides)| categories * sides);
        embeddings.fold(parameters(&self.description().layers()), usize::saturating_add)
    }
}

fn parameters(layers: &[Layer]) -> usize {
    layers.iter().fold(0, |sum, layer| sum.saturating_add(layer.parameters))
}

/// Multiply-adds of all of them.
pub(crate) fn multiply_adds(layers: &[Layer]) -> usize {
    layers.iter().fold(0, |sum, layer| sum.saturating_add(layer.multiply_adds))
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use crate::{
        initialise::Initialiser,
        layers::parameters,
        model::{NetworkKind, NetworkSettings},
    };

    #[test]
    fn parameters_of_the_layers_are_those_of_the_network() {
        for kind in NetworkKind::all() {
            for image in [[1, 28, 28], [3, 97, 66]] {
                let config = NetworkSettings::new(kind).for_images(image, 10);
                let layers = config.layers();
                let name = kind.as_str();
                let sum = |of: fn(&Layer) -> usize| layers.iter().map(of).sum::<usize>();
                let network = config.init(&mut Initialiser::blank(&Device::flex()));
                let all = sum(|layer| layer.parameters) + config.side_parameters();
                assert_eq!(all, parameters(&network), "{name}");
            }
        }
    }

    #[test]
    fn the_stages_of_a_description_are_those_of_its_network() {
        for kind in NetworkKind::all() {
            let config = NetworkSettings::new(kind).for_images([3, 33, 34], 10);
            let network = config.init(&mut Initialiser::blank(&Device::flex()));
            assert_eq!(config.stages().len(), network.network().stages(), "{}", kind.as_str());
            let outputs = config.sizes().description().outputs();
            assert_eq!(outputs, 10, "{}", kind.as_str());
            // Every stage has a layer that is known by its name, and no layer of the head is.
            let layers = config.layers();
            let known =
                |at| layers.iter().any(|layer| config.stage_of_layer(&layer.name) == Some(at));
            assert!((0..config.stages().len()).all(known), "{}", kind.as_str());
            assert_eq!(config.stage_of_layer("output"), None, "{}", kind.as_str());
        }
    }

    #[test]
    fn what_a_number_sees_grows_by_the_window_times_the_pixels_between_neighbours() {
        let kind = NetworkKind::of("resnet18").unwrap();
        let layers = NetworkSettings::new(kind).for_images([3, 224, 224], 10).layers();
        let sees = |name: &str| layers.iter().find(|layer| layer.name == name).unwrap().sees;
        // 7; pooling of 3 with 2 pixels between: 11; 3×3 with 4 between: 8 more each.
        assert_eq!(sees("stem"), Some(7));
        assert_eq!(sees("pool"), Some(11));
        assert_eq!(sees("stage1.1.conv1"), Some(19));
        assert_eq!(sees("stage1.2.conv2"), Some(43));
        assert_eq!(sees("mean"), None);
    }

    #[test]
    fn the_notes_layer_of_ten_filters_has_280_parameters() {
        // 27 weights and a bias for each of 10 filters of 3×3×3, whatever the image.
        let mut way = Way::new([3, 1_000, 1_000]);
        way.convolution("conv", &ConvBlockConfig::new([3, 10], 3));
        assert_eq!(way.layers[0].parameters, 280);
        let dense = 3_000_000_u128 * 10_000_000 + 10_000_000;
        assert_eq!(way.layers[0].dense_parameters, Some(dense));
    }
}
