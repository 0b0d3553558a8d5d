//! Layers that keep the weights they came with.

use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param},
    tensor::{Device, Tensor},
};

use gapwise_data::Note;

use super::begin::listed;
use crate::{
    layers::is_statistic,
    networks::{ImageNetwork, ImageNetworkConfig, description::ParameterIndex},
    weights::Path,
};

/// How the layers of a network learn that began with weights of other data.
#[derive(Debug, Clone)]
pub struct FineTuning {
    /// The network's sizes.
    pub sizes: ImageNetworkConfig,
    /// Stages in front that are not trained.
    pub frozen: usize,
    /// Factor on the learning rate of the layers behind that are not new, above 0.
    pub rate: f64,
}

impl FineTuning {
    /// `network` with its frozen stages held fast.
    pub(crate) fn freeze(&self, network: ImageNetwork) -> ImageNetwork {
        let (parameters, path) = (self.sizes.parameter_index(), Path::default());
        network.map(&mut Freezing { parameters, frozen: self.frozen, path })
    }

    /// Bytes of what leaves the frozen stages for one image `[channels, height, width]`.
    pub(crate) fn bytes(&self, network: &ImageNetwork, image: [usize; 3], device: &Device) -> u64 {
        let [channels, height, width] = image;
        let zeros = Tensor::zeros([1, channels, height, width], &device.clone().inner());
        let shape = network.valid().through(self.frozen, zeros).shape();
        (shape.iter().product::<usize>() * size_of::<f32>()) as u64
    }

    /// Factor on the learning rate of each parameter and statistic, in the order in which the
    /// network is visited.
    pub(crate) fn rates(&self, network: &ImageNetwork) -> Vec<f64> {
        let parameters = self.sizes.parameter_index();
        let rate = |path: &String| if parameters.is_new(path) { 1.0 } else { self.rate };
        paths(network).iter().map(rate).collect()
    }
}

/// Which stages are trained, and how.
pub(crate) fn freezing(frozen: &[String], tuning: &FineTuning) -> Note {
    let stages = tuning.sizes.stages();
    let rate = format!("at {} of the learning rate", tuning.rate);
    let said = match (frozen, stages.len() - frozen.len()) {
        ([], 0) => "the weights are all new".to_owned(),
        ([], _) => format!("every layer learns: the head, and those with weights {rate}"),
        (_, 0) => {
            format!("the head alone learns; frozen: {}", listed(frozen))
        }
        (_, _) => format!(
            "frozen: {}; the head learns, and {} {rate}",
            listed(frozen),
            listed(&stages[frozen.len()..])
        ),
    };
    Note { said, change_with: Some("--freeze none|head-only|STAGE".into()) }
}

/// What is done with what leaves the frozen stages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeping {
    /// It is computed once.
    Once,
    /// It is computed for each batch, since images change at random.
    Augmented,
    /// It is computed for each batch, since all of it would take too much memory.
    TooLarge,
}

/// The same in words; all of it takes so many bytes.
pub(crate) fn keeping(bytes: u64, keeping: Keeping) -> String {
    let mib = bytes.div_ceil(1 << 20);
    match keeping {
        Keeping::Once => {
            format!("what frozen layers make of each image is computed once and kept: {mib} MiB")
        }
        Keeping::Augmented => {
            "frozen layers are computed anew for each batch, since augmentation changes the images"
                .to_owned()
        }
        Keeping::TooLarge => format!(
            "frozen layers are computed anew for each batch: what they make of all images would \
             take {mib} MiB"
        ),
    }
}

/// Where every parameter and statistic of `network` is stored, in the order in which it is visited.
pub(super) fn paths(network: &ImageNetwork) -> Vec<String> {
    let mut visitor = Paths { path: Path::default(), found: Vec::new() };
    network.visit(&mut visitor);
    visitor.found
}

/// The same with sizes in PyTorch's layout, whose dense weights stand the other way round. Weights that
/// were not looked at yet stay so.
pub(super) fn tensors(network: &ImageNetwork) -> Vec<(String, Vec<usize>)> {
    let mut visitor = Sizes { path: Path::default(), found: Vec::new() };
    network.visit(&mut visitor);
    visitor.found
}

struct Sizes {
    path: Path,
    found: Vec<(String, Vec<usize>)>,
}

impl ModuleVisitor for Sizes {
    fn enter_module(&mut self, name: &str, container_type: &str) {
        self.path.enter(name, container_type);
    }

    fn exit_module(&mut self, _name: &str, container_type: &str) {
        self.path.exit(container_type);
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let path = self.path.stored();
        let mut sizes: Vec<usize> = param.lazy_shape().iter().copied().collect();
        if D == 2 && !is_statistic(&path) {
            sizes.reverse();
        }
        self.found.push((path, sizes));
    }
}

struct Paths {
    path: Path,
    found: Vec<String>,
}

impl ModuleVisitor for Paths {
    fn enter_module(&mut self, name: &str, container_type: &str) {
        self.path.enter(name, container_type);
    }

    fn exit_module(&mut self, _name: &str, container_type: &str) {
        self.path.exit(container_type);
    }

    fn visit_float<const D: usize>(&mut self, _param: &Param<Tensor<D>>) {
        self.found.push(self.path.stored());
    }
}

struct Freezing {
    parameters: ParameterIndex,
    /// Stages in front.
    frozen: usize,
    path: Path,
}

impl ModuleMapper for Freezing {
    fn enter_module(&mut self, name: &str, container_type: &str) {
        self.path.enter(name, container_type);
    }

    fn exit_module(&mut self, _name: &str, container_type: &str) {
        self.path.exit(container_type);
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        match self.parameters.stage_of(&self.path.stored()) {
            Some(stage) if stage < self.frozen => param.set_require_grad(false),
            _ => param,
        }
    }
}
