//! A network layer by layer: what comes out, what it costs, what it sees.
//!
//! **Source**: the notes: the output's side ⌊(n + 2p − f) / s⌋ + 1, and "Why convolution": a layer of
//! filters has few weights because they are shared and see little of the image.

use serde::Serialize;

use super::{
    AlexNetConfig, ConvConfig, FeedForwardConfig, GoogLeNetConfig, ImageNetworkConfig,
    InceptionConfig, LeNetConfig, ResNetConfig, SmallConvConfig, VggConfig, alexnet::AlexNetForm,
    conv::Pool, googlenet, lenet, resnet::ResNetForm, small_conv,
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
    fn new(channels: usize, sides: [usize; 2]) -> Self {
        Way { layers: Vec::new(), channels, sides, field: [1, 1] }
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

    fn conv(&mut self, name: &str, config: &ConvBlockConfig) {
        let before = self.values() as u128;
        self.window(config.kernel, config.stride);
        self.channels = config.filters;
        self.sides = self.sides.map(|side| config.side(side));
        let inputs =
            (config.kernel * config.kernel).saturating_mul(config.channels / config.groups);
        let weights = inputs.saturating_mul(config.filters);
        let each = usize::from(config.bias) + 2 * usize::from(config.batch_norm);
        let after = self.values() as u128;
        let groups = match config.groups {
            1 => String::new(),
            groups => format!(", {groups} groups"),
        };
        let what = format!(
            "conv {0}×{0}{1}{2}{groups}",
            config.kernel,
            stride(config.stride),
            padding(config.padding)
        );
        let layer = self.image(name, what);
        self.layers.push(Layer {
            parameters: weights.saturating_add(each.saturating_mul(config.filters)),
            multiply_adds: weights.saturating_mul(self.sides[0]).saturating_mul(self.sides[1]),
            dense_parameters: Some(before.saturating_mul(after).saturating_add(after)),
            ..layer
        });
    }

    /// A pooling by windows of `window` that leaves images of `sides`.
    fn pool(&mut self, what: &str, [window, step]: [usize; 2], sides: [usize; 2]) {
        self.window(window, step);
        self.sides = sides;
        let layer = self.image("pool", format!("{what} pool {window}×{window}{}", stride(step)));
        self.layers.push(layer);
    }

    fn halved(&mut self, what: &str) {
        self.pool(what, [2, 2], self.sides.map(|side| side / 2));
    }

    fn mean(&mut self) {
        (self.sides, self.channels) = ([1, 1], self.channels);
        let layer = self.image("mean", "mean of each channel".into());
        self.layers.push(Layer { output: vec![self.channels], sees: None, ..layer });
    }

    /// Dense layers of so many units, the last without what stands behind the others.
    fn dense(&mut self, units: &[usize], norm_activation: NormActivation) {
        let mut inputs = self.values();
        for (at, &outputs) in units.iter().enumerate() {
            let last = at + 1 == units.len();
            let weights = inputs.saturating_mul(outputs);
            let bias = usize::from(last || norm_activation.biased());
            let norm = 2 * usize::from(!last && norm_activation.normalised());
            self.layers.push(Layer {
                name: if last { "output".into() } else { format!("dense{}", at + 1) },
                what: "dense".into(),
                output: vec![outputs],
                parameters: weights.saturating_add((bias + norm).saturating_mul(outputs)),
                multiply_adds: weights,
                sees: None,
                bytes: outputs.saturating_mul(size_of::<f32>()),
                dense_parameters: None,
            });
            inputs = outputs;
        }
    }
}

fn stride(stride: usize) -> String {
    if stride == 1 { String::new() } else { format!(", stride {stride}") }
}

fn padding(padding: usize) -> String {
    if padding == 0 { String::new() } else { format!(", padding {padding}") }
}

/// A convolution with what stands behind a hidden layer.
fn hidden(channels: [usize; 2], kernel: usize, norm_activation: NormActivation) -> ConvBlockConfig {
    ConvBlockConfig {
        bias: norm_activation.biased(),
        batch_norm: norm_activation.normalised(),
        ..ConvBlockConfig::new(channels, kernel)
    }
}

impl ImageNetworkConfig {
    /// Parameters of the side branches, which learn along and do not answer; 0 where there are none.
    pub fn side_parameters(&self) -> usize {
        let Self::Inception(config) = self else { return 0 };
        config.side_layers().iter().map(|layer| layer.parameters).sum()
    }

    /// Its layers, from the image to the logits; those beside each other one after the other. Side
    /// branches, which do not answer, are left out.
    pub fn layers(&self) -> Vec<Layer> {
        match self {
            Self::FeedForward(config) => of_feed_forward(config),
            Self::Lenet(config) => of_lenet(config),
            Self::SmallConv(config) => of_small_conv(config),
            Self::Conv(config) => of_conv(config),
            Self::Alexnet(config) => of_alexnet(config),
            Self::Vgg(config) => of_vgg(config),
            Self::Resnet(config) => of_resnet(config),
            Self::Inception(config) => of_googlenet(config),
        }
    }
}

fn parameters(layers: &[Layer]) -> usize {
    layers.iter().fold(0, |sum, layer| sum.saturating_add(layer.parameters))
}

impl FeedForwardConfig {
    /// Weights and biases, those of embeddings too.
    pub fn parameters(&self) -> usize {
        let embeddings = self.embeddings.iter().map(|(categories, sides)| categories * sides);
        embeddings.fold(parameters(&of_feed_forward(self)), usize::saturating_add)
    }
}

impl ImageNetworkConfig {
    /// Weights, biases, scales and shifts, without side branches.
    pub fn parameters(&self) -> usize {
        parameters(&self.layers())
    }
}

pub(super) fn of_feed_forward(config: &FeedForwardConfig) -> Vec<Layer> {
    let mut way = Way::new(config.inputs(), [1, 1]);
    way.dense(&[&config.hidden[..], &[config.outputs]].concat(), config.norm_activation);
    way.layers
}

pub(super) fn of_lenet(config: &LeNetConfig) -> Vec<Layer> {
    let [first, second] = lenet::FILTERS;
    let side = config.side.pixels();
    let mut way = Way::new(config.channels, [side; 2]);
    // With its padding an image of 28×28 is one of 32×32.
    let padding = (32 - side) / 2;
    way.conv(
        "conv1",
        &hidden([config.channels, first], 5, config.norm_activation).with_padding(padding),
    );
    way.halved("average");
    way.conv("conv2", &hidden([first, second], 5, config.norm_activation).with_padding(0));
    way.halved("average");
    way.dense(&[120, 84, config.outputs], config.norm_activation);
    way.layers
}

pub(super) fn of_small_conv(config: &SmallConvConfig) -> Vec<Layer> {
    let [first, second] = small_conv::FILTERS;
    let mut way = Way::new(config.channels, [config.height, config.width]);
    way.conv("conv1", &hidden([config.channels, first], 3, config.norm_activation));
    way.conv("conv2", &hidden([first, second], 3, config.norm_activation));
    way.halved("max");
    way.dense(&[small_conv::DENSE, config.outputs], config.norm_activation);
    way.layers
}

pub(super) fn of_conv(config: &ConvConfig) -> Vec<Layer> {
    let mut way = Way::new(config.channels, [config.height, config.width]);
    for (at, step) in config.steps().enumerate() {
        way.conv(
            &format!("conv{}", at + 1),
            &hidden(step.channels, step.side, config.norm_activation),
        );
        let pooled = way.sides.iter().all(|&side| side >= 2);
        match step.pool {
            Pool::Max if pooled => way.halved("max"),
            Pool::Average if pooled => way.halved("average"),
            _ => {}
        }
    }
    way.dense(&[&config.hidden[..], &[config.outputs]].concat(), config.norm_activation);
    way.layers
}

pub(super) fn of_alexnet(config: &AlexNetConfig) -> Vec<Layer> {
    let mut way = Way::new(config.channels, [224, 224]);
    for (at, conv) in config.convolutions().iter().enumerate() {
        way.conv(&format!("conv{}", at + 1), conv);
        if at < 2 && config.form == AlexNetForm::Grouped {
            let layer = way.image("norm", "responses normalised".into());
            way.layers.push(layer);
        }
        if [0, 1, 4].contains(&at) {
            way.pool("max", [3, 2], way.sides.map(|side| (side - 3) / 2 + 1));
        }
    }
    way.dense(&[4_096, 4_096, config.outputs], NormActivation::default());
    way.layers
}

pub(super) fn of_vgg(config: &VggConfig) -> Vec<Layer> {
    let mut way = Way::new(config.channels, [config.side(); 2]);
    for (block, convs) in config.convolutions().iter().enumerate() {
        for (at, conv) in convs.iter().enumerate() {
            way.conv(&format!("block{}.conv{}", block + 1, at + 1), conv);
        }
        way.halved("max");
    }
    way.dense(&config.dense()[1..], NormActivation::default());
    way.layers
}

pub(super) fn of_resnet(config: &ResNetConfig) -> Vec<Layer> {
    let mut way = Way::new(config.channels, config.sides);
    way.conv("stem", &config.stem());
    if config.form == ResNetForm::Imagenet {
        way.pool("max", [3, 2], way.sides.map(|side| (side - 1) / 2 + 1));
    }
    for (stage, blocks) in config.stages().iter().enumerate() {
        for (at, block) in blocks.iter().enumerate() {
            let name = format!("stage{}.{}", stage + 1, at + 1);
            let mut skipping = Way { layers: Vec::new(), ..way.clone() };
            for (at, conv) in block.convolutions().iter().enumerate() {
                way.conv(&format!("{name}.conv{}", at + 1), conv);
            }
            if let Some(projection) = block.projection() {
                skipping.conv(&format!("{name}.skip"), &projection);
                way.layers.append(&mut skipping.layers);
            }
        }
    }
    way.mean();
    way.dense(&[config.outputs], NormActivation::default());
    way.layers
}

pub(super) fn of_googlenet(config: &GoogLeNetConfig) -> Vec<Layer> {
    let mut way = Way::new(config.channels, config.sides);
    let [first, second, third] = config.stem();
    way.conv("conv1", &first);
    way.pool("max", [3, 2], way.sides.map(|side| side / 2));
    way.conv("conv2", &second);
    way.conv("conv3", &third);
    way.pool("max", [3, 2], way.sides.map(|side| side / 2));
    let mut windows = [3, 2].into_iter();
    for (name, (module, ends)) in googlenet::NAMES.into_iter().zip(config.modules()) {
        inception(&mut way, name, &module);
        if ends && let Some(window) = windows.next() {
            let padded = 4 - window;
            way.pool("max", [window, 2], way.sides.map(|side| (side + padded - 1) / 2));
        }
    }
    way.mean();
    way.dense(&[config.outputs], NormActivation::default());
    way.layers
}

impl GoogLeNetConfig {
    /// The layers of its side branches, one branch behind the other.
    fn side_layers(&self) -> Vec<Layer> {
        let [windows, _, units] = googlenet::SIDE;
        let branches = self.side_convolutions().into_iter().flat_map(|conv| {
            let mut way = Way::new(conv.channels, [windows; 2]);
            way.conv("conv", &conv);
            way.dense(&[units, self.outputs], NormActivation::default());
            way.layers
        });
        branches.collect()
    }
}

/// A module by itself that reads images of these sides.
pub(super) fn of_inception(config: &InceptionConfig, sides: [usize; 2]) -> Vec<Layer> {
    let mut way = Way::new(config.channels, sides);
    inception(&mut way, "module", config);
    way.layers
}

/// The four branches one after the other, and what they are joined to.
fn inception(way: &mut Way, name: &str, module: &InceptionConfig) {
    let [one, to_three, three, to_five, five, pooled] = module.convolutions();
    let begin = Way { layers: Vec::new(), ..way.clone() };
    let mut widest = begin.field;
    for (branch, convs) in
        [("one", vec![one]), ("three", vec![to_three, three]), ("five", vec![to_five, five])]
    {
        let mut beside = begin.clone();
        for (at, conv) in convs.iter().enumerate() {
            beside.conv(&format!("{name}.{branch}.conv{}", at + 1), conv);
        }
        widest = widest.max(beside.field);
        way.layers.append(&mut beside.layers);
    }
    let mut beside = begin;
    beside.pool("max", [3, 1], beside.sides);
    beside.conv(&format!("{name}.pooled.conv1"), &pooled);
    widest = widest.max(beside.field);
    way.layers.append(&mut beside.layers);
    (way.channels, way.field) = (module.outputs(), widest);
    let layer = way.image(name, "joined".into());
    way.layers.push(layer);
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
        let mut way = Way::new(3, [1_000, 1_000]);
        way.conv("conv", &ConvBlockConfig::new([3, 10], 3));
        assert_eq!(way.layers[0].parameters, 280);
        let dense = 3_000_000_u128 * 10_000_000 + 10_000_000;
        assert_eq!(way.layers[0].dense_parameters, Some(dense));
    }
}
