//! A network as a list of parts, from which all follows that is told of it without running it: its
//! table of layers, what it costs, its stages, torchvision's names and its ONNX graph.

use std::collections::HashMap;

use burn::nn::{
    LocalResponseNormConfig, PaddingConfig2d,
    pool::{AvgPool2d, AvgPool2dConfig, MaxPool2d, MaxPool2dConfig},
};

use crate::layers::{ConvBlockConfig, NormActivation};

/// What a network is made of, in the order in which data flows.
#[derive(Debug, Clone)]
pub(crate) struct Description {
    /// Channels, height and width of the image that it reads; so many channels of one pixel where it
    /// reads values in any shape.
    pub(crate) input: [usize; 3],
    /// In front of the head, first to last. The network's own `stage` follows them.
    pub(crate) stages: Vec<Stage>,
    /// What stands behind the stages and is new for other classes. Its last part gives the logits.
    pub(crate) head: Vec<Part>,
}

/// A piece of a network that transfer learning freezes or trains as a whole.
#[derive(Debug, Clone)]
pub(crate) struct Stage {
    /// Such as `conv1` or `stage2`: what the names of its layers begin with.
    pub(crate) name: String,
    /// What it is made of.
    pub(crate) parts: Vec<Part>,
    pub(crate) side_branch: Option<SideBranch>,
}

/// A branch behind a stage, which learns along in training and does not answer.
#[derive(Debug, Clone)]
pub(crate) struct SideBranch {
    /// It reads the means of so many windows down and across.
    pub(crate) windows: usize,
    pub(crate) parts: Vec<Part>,
}

/// One step from the input to the logits.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// Its name in the table of layers.
    pub(crate) name: String,
    /// Where it stands among the parameters, and the name of its nodes in a graph.
    pub(crate) path: String,
    pub(crate) operation: Operation,
}

/// What a [`Part`] does with what it reads.
#[derive(Debug, Clone)]
pub(crate) enum Operation {
    /// A convolution, batch normalisation and activation.
    Convolution { sizes: ConvBlockConfig, weights: Weights },
    /// A dense layer from all values to so many units, with what follows it: nothing behind the
    /// last, which gives logits.
    Dense { units: usize, hidden: Option<NormActivation>, weights: Weights },
    /// The largest value of each window.
    MaxPool(Windows),
    /// The mean of each window.
    AveragePool(Windows),
    /// The mean of each channel.
    GlobalMean,
    /// Responses normalised by those of neighbouring channels.
    ResponseNorm(LocalResponseNormConfig),
    /// Branches that read the same, their channels joined.
    Branches(Vec<Vec<Part>>),
    /// Convolutions, with what goes beside them added before the last one's activation.
    Residual(Vec<Part>, Shortcut),
}

/// What goes beside the convolutions of a residual block.
#[derive(Debug, Clone)]
pub(crate) enum Shortcut {
    /// What the block reads.
    Input,
    /// The same through a convolution.
    Projection(Box<Part>),
    /// Every second pixel of it, with channels of zeros behind its own.
    Padded,
}

/// Where the weights of a layer and those of its batch normalisation are.
#[derive(Debug, Clone)]
pub(crate) struct Weights {
    pub(crate) layer: Place,
    pub(crate) norm: Place,
}

/// Where parameters are.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The module among ours: `stem.conv`.
    pub(crate) path: String,
    /// The module in torchvision's network, where it has one.
    pub(crate) torchvision: Option<String>,
}

impl Weights {
    /// The layer at `path`, its batch normalisation at `norm`.
    fn at(path: &str, norm: &str) -> Self {
        let place = |path: &str| Place { path: path.to_owned(), torchvision: None };
        Weights { layer: place(path), norm: place(norm) }
    }
}

impl Stage {
    pub(crate) fn new(name: &str, parts: Vec<Part>) -> Self {
        Stage { name: name.to_owned(), parts, side_branch: None }
    }
}

impl Part {
    fn new(name: &str, path: &str, operation: Operation) -> Self {
        Part { name: name.to_owned(), path: path.to_owned(), operation }
    }

    /// A [`ConvBlock`](crate::layers::ConvBlock) that is stored under `path`.
    pub(crate) fn conv_block(name: &str, path: &str, sizes: ConvBlockConfig) -> Self {
        let weights = Weights::at(&format!("{path}.conv"), &format!("{path}.norm"));
        Part::new(name, path, Operation::Convolution { sizes, weights })
    }

    /// A convolution that is stored under `path` and its batch normalisation under `norm`.
    pub(crate) fn convolution(name: &str, [path, norm]: [&str; 2], sizes: ConvBlockConfig) -> Self {
        let weights = Weights::at(path, norm);
        Part::new(name, path, Operation::Convolution { sizes, weights })
    }

    /// A hidden dense layer of so many units that is stored under `path`.
    pub(crate) fn dense(name: &str, path: &str, units: usize, hidden: NormActivation) -> Self {
        let weights = Weights::at(path, &format!("{path}.norm"));
        Part::new(name, path, Operation::Dense { units, hidden: Some(hidden), weights })
    }

    /// The dense layer that gives the logits.
    pub(crate) fn output(path: &str, units: usize) -> Self {
        let weights = Weights::at(path, &format!("{path}.norm"));
        Part::new("output", path, Operation::Dense { units, hidden: None, weights })
    }

    /// The same with its batch normalisation stored under `path`.
    #[must_use]
    pub(crate) fn with_norm_at(mut self, path: &str) -> Self {
        if let Some(weights) = self.weights_mut() {
            path.clone_into(&mut weights.norm.path);
        }
        self
    }

    /// The same with torchvision's name for the layer.
    #[must_use]
    pub(crate) fn by_torchvision(mut self, layer: &str) -> Self {
        if let Some(weights) = self.weights_mut() {
            weights.layer.torchvision = Some(layer.to_owned());
        }
        self
    }

    /// The same with torchvision's name for its batch normalisation.
    #[must_use]
    pub(crate) fn norm_by_torchvision(mut self, norm: &str) -> Self {
        if let Some(weights) = self.weights_mut() {
            weights.norm.torchvision = Some(norm.to_owned());
        }
        self
    }

    fn weights_mut(&mut self) -> Option<&mut Weights> {
        match &mut self.operation {
            Operation::Convolution { weights, .. } | Operation::Dense { weights, .. } => {
                Some(weights)
            }
            _ => None,
        }
    }

    pub(crate) fn max_pool(windows: Windows) -> Self {
        Part::new("pool", "pool", Operation::MaxPool(windows))
    }

    pub(crate) fn average_pool(windows: Windows) -> Self {
        Part::new("pool", "pool", Operation::AveragePool(windows))
    }

    pub(crate) fn global_mean() -> Self {
        Part::new("mean", "mean", Operation::GlobalMean)
    }

    pub(crate) fn response_norm(config: LocalResponseNormConfig) -> Self {
        Part::new("norm", "response", Operation::ResponseNorm(config))
    }

    pub(crate) fn branches(name: &str, path: &str, branches: Vec<Vec<Part>>) -> Self {
        Part::new(name, path, Operation::Branches(branches))
    }

    pub(crate) fn residual(path: &str, convolutions: Vec<Part>, shortcut: Shortcut) -> Self {
        Part::new("", path, Operation::Residual(convolutions, shortcut))
    }

    /// The parts of which it is made; none for what is one layer.
    fn inner(&self) -> Vec<&Part> {
        match &self.operation {
            Operation::Branches(branches) => branches.iter().flatten().collect(),
            Operation::Residual(convolutions, Shortcut::Projection(projection)) => {
                convolutions.iter().chain([&**projection]).collect()
            }
            Operation::Residual(convolutions, _) => convolutions.iter().collect(),
            _ => Vec::new(),
        }
    }

    /// The layers with weights in it, itself where it is one.
    fn weighted(&self) -> Vec<(&Part, &Weights)> {
        match &self.operation {
            Operation::Convolution { weights, .. } | Operation::Dense { weights, .. } => {
                vec![(self, weights)]
            }
            _ => self.inner().into_iter().flat_map(Part::weighted).collect(),
        }
    }

    /// Whether it gives logits.
    fn is_output(&self) -> bool {
        matches!(self.operation, Operation::Dense { hidden: None, .. })
    }
}

impl Description {
    /// Parts with weights, each with its stage; `None` in the head.
    pub(crate) fn weighted(&self) -> impl Iterator<Item = (Option<usize>, &Part, &Weights)> {
        let stages = self.stages.iter().enumerate().flat_map(|(at, stage)| {
            let aside = stage.side_branch.iter().flat_map(|branch| &branch.parts);
            stage.parts.iter().chain(aside).map(move |part| (Some(at), part))
        });
        stages.chain(self.head.iter().map(|part| (None, part))).flat_map(|(stage, part)| {
            part.weighted().into_iter().map(move |(part, weights)| (stage, part, weights))
        })
    }

    /// From the input to the logits, without side branches.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &Part> {
        self.stages.iter().flat_map(|stage| &stage.parts).chain(&self.head)
    }

    /// What is told of each of its parameters.
    pub(crate) fn parameter_index(&self) -> ParameterIndex {
        let mut layers = HashMap::new();
        for (stage, part, weights) in self.weighted() {
            let is_new = stage.is_none() || part.is_output();
            for Place { path, torchvision } in [&weights.layer, &weights.norm] {
                let torchvision = torchvision.clone();
                layers.insert(path.clone(), Layer { stage, is_new, torchvision });
            }
            layers.entry(part.path.clone()).or_insert(Layer { stage, is_new, torchvision: None });
        }
        ParameterIndex { layers }
    }

    /// The first convolution, which reads the image's channels, and where it is stored.
    pub(crate) fn first_convolution(&self) -> Option<(&ConvBlockConfig, &Place)> {
        self.weighted().find_map(|(_, part, _)| match &part.operation {
            Operation::Convolution { sizes, weights } => Some((sizes, &weights.layer)),
            _ => None,
        })
    }

    /// Logits.
    pub(crate) fn outputs(&self) -> usize {
        match self.head.last().map(|part| &part.operation) {
            Some(Operation::Dense { units, .. }) => *units,
            _ => 0,
        }
    }
}

/// What a [`Description`] tells of parameters by the paths under which they are stored, such as
/// `stem.conv.weight`.
#[derive(Debug, Clone)]
pub(crate) struct ParameterIndex {
    layers: HashMap<String, Layer>,
}

#[derive(Debug, Clone)]
struct Layer {
    stage: Option<usize>,
    is_new: bool,
    torchvision: Option<String>,
}

impl ParameterIndex {
    /// The layer of this path, or that of the parameter of this path.
    fn layer(&self, path: &str) -> Option<&Layer> {
        let of_parameter = || self.layers.get(path.rsplit_once('.')?.0);
        self.layers.get(path).or_else(of_parameter)
    }

    /// The stage, from 0; `None` for parameters of the head. A side branch belongs to the stage that
    /// it stands behind.
    pub(crate) fn stage_of(&self, path: &str) -> Option<usize> {
        self.layer(path)?.stage
    }

    /// Whether it belongs to the head or gives the logits of a side branch.
    pub(crate) fn is_new(&self, path: &str) -> bool {
        self.layer(path).is_some_and(|layer| layer.is_new)
    }

    /// Torchvision's name for it, where it has one.
    pub(crate) fn torchvision(&self, path: &str) -> Option<String> {
        let layer = self.layer(path)?.torchvision.as_ref()?;
        Some(format!("{layer}.{}", path.rsplit_once('.')?.1))
    }
}

/// Windows of a pooling, the same down and across.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Windows {
    /// Pixels of a side of one.
    pub(crate) side: usize,
    /// Pixels from one to the next.
    pub(crate) stride: usize,
    /// Pixels around the image that no maximum sees: above and left, below and right.
    pub(crate) padding: [usize; 2],
}

impl Windows {
    /// Of 2×2, which share no pixels.
    pub(crate) const HALVING: Self = Windows::new(2, 2);

    pub(crate) const fn new(side: usize, stride: usize) -> Self {
        Windows { side, stride, padding: [0; 2] }
    }

    /// The same with so many pixels of padding above and left, below and right.
    pub(crate) const fn padded(self, padding: [usize; 2]) -> Self {
        Windows { padding, ..self }
    }

    /// Windows along a side of so many pixels: ⌊(pixels + padding − side) / stride⌋ + 1, none where
    /// the padded side is under one window.
    pub(crate) fn along(self, pixels: usize) -> usize {
        let [before, after] = self.padding;
        let pixels = pixels.saturating_add(before + after);
        pixels.checked_sub(self.side).map_or(0, |rest| rest / self.stride + 1)
    }

    fn explicit(self) -> PaddingConfig2d {
        let [before, after] = self.padding;
        match self.padding {
            [0, 0] => PaddingConfig2d::Valid,
            _ => PaddingConfig2d::Explicit(before, before, after, after),
        }
    }

    /// The engine's pooling that takes the largest of each.
    pub(crate) fn max(self) -> MaxPool2d {
        MaxPool2dConfig::new([self.side; 2])
            .with_strides([self.stride; 2])
            .with_padding(self.explicit())
            .init()
    }

    /// The engine's pooling that takes the mean of each.
    pub(crate) fn average(self) -> AvgPool2d {
        AvgPool2dConfig::new([self.side; 2])
            .with_strides([self.stride; 2])
            .with_padding(self.explicit())
            .init()
    }
}
