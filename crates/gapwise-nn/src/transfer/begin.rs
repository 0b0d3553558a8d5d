//! A network that begins with the weights of a file.

use std::collections::{BTreeMap, BTreeSet};

use burn::{
    module::{Module, ModuleMapper, Param},
    tensor::{Tensor, TensorData},
};
use gapwise_data::{Note, wording::counted};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    layers::is_statistic,
    networks::{ImageNetwork, ImageNetworkConfig, description::ParameterIndex},
    weights::{Path, WeightFile, WeightTensor},
};

/// What a network began with.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TransferRecord {
    /// Whether the file has torchvision's names.
    pub torchvision: bool,
    /// Tensors that were taken from the file.
    pub taken: usize,
    /// Tensors of the network that are new.
    pub new: Vec<String>,
    /// Tensors of the file that the network has no place for, by the file's names.
    pub left_over: Vec<String>,
}

/// Weights that fit more than the head of the network badly.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not the weights of this network: {}", self.differences().join("; "))]
pub struct UnfitWeights {
    /// Tensors that the file lacks, by the names that were looked for.
    pub missing: Vec<String>,
    /// Tensors of another shape: name, shape expected, shape found.
    pub misshapen: Vec<(String, Vec<usize>, Vec<usize>)>,
    /// Tensors that are not finite.
    pub not_finite: Vec<String>,
    /// Tensors of the file that the network has no place for.
    pub left_over: Vec<String>,
}

/// Names that a sentence lists; beyond them it counts.
const LISTED: usize = 6;

/// Names as a list in a sentence, of which the first are named and the others counted.
pub fn listed(names: &[String]) -> String {
    let first: Vec<String> = names.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(LISTED) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

impl UnfitWeights {
    /// Whether all that does not fit are kernels of one height and width for as many filters that read
    /// another number of channels.
    pub fn is_of_other_channels(&self) -> bool {
        let alike = |expected: &[usize], found: &[usize]| match (expected, found) {
            ([filters, _, sides @ ..], [of, _, found @ ..]) => filters == of && sides == found,
            _ => false,
        };
        self.missing.is_empty()
            && self.misshapen.len() == 1
            && self.misshapen.iter().all(|(_, expected, found)| alike(expected, found))
    }

    fn differences(&self) -> Vec<String> {
        let Self { missing, misshapen, not_finite, left_over } = self;
        let mut said = Vec::new();
        if !missing.is_empty() {
            said.push(format!("{} of its tensors missing: {}", missing.len(), listed(missing)));
        }
        for (name, expected, found) in misshapen.iter().take(LISTED) {
            said.push(format!("`{name}`: expected the shape {expected:?}, found {found:?}"));
        }
        if misshapen.len() > LISTED {
            said.push(format!("{} more of another shape", misshapen.len() - LISTED));
        }
        if !not_finite.is_empty() {
            said.push(format!("NaN or infinite numbers in {}", listed(not_finite)));
        }
        if !left_over.is_empty() {
            said.push(format!("{} left over: {}", left_over.len(), listed(left_over)));
        }
        said
    }
}

impl TransferRecord {
    /// What did not come from the file, and what of it was not used, a line each.
    pub(crate) fn notes(&self) -> Vec<Note> {
        let names = if self.torchvision { " by torchvision's names" } else { "" };
        let new = listed(&self.new);
        let said = format!("{} tensors come from the weights{names}; new: {new}", self.taken);
        let mut notes = vec![Note { said, change_with: None }];
        if !self.left_over.is_empty() {
            let (number, names) = (self.left_over.len(), listed(&self.left_over));
            let have = if number == 1 { "has" } else { "have" };
            let said = format!(
                "{} of the weights {have} no place here: {names}",
                counted(number, "tensor")
            );
            notes.push(Note { said, change_with: None });
        }
        notes
    }
}

/// The channels of the images that the weights read, where they have a first convolution of a network
/// like this.
pub(crate) fn channels(sizes: &ImageNetworkConfig, file: &WeightFile) -> Option<usize> {
    let own = sizes.first_convolution()?;
    let theirs = sizes.torchvision(&own);
    let tensor = file.get(&own).or_else(|| file.get(theirs.as_deref()?))?;
    tensor.shape().get(1).copied()
}

/// `network`, of these sizes, with the weights of `file` in all layers but those that are
/// [new](ImageNetworkConfig::is_new).
///
/// # Errors
///
/// [`UnfitWeights`] where a tensor of another layer is missing, of another shape, or not finite.
pub(crate) fn begin(
    network: ImageNetwork,
    sizes: &ImageNetworkConfig,
    file: &WeightFile,
) -> Result<(ImageNetwork, TransferRecord), UnfitWeights> {
    let by_name: BTreeMap<&str, &WeightTensor> =
        file.tensors().iter().map(|tensor| (tensor.name(), tensor)).collect();
    let parameters = sizes.parameter_index();
    let torchvision = torchvision(&network, &parameters, &by_name);
    let mut taking = Taking {
        parameters,
        by_name: &by_name,
        transferred: TransferRecord { torchvision, ..TransferRecord::default() },
        path: Path::default(),
        seen: BTreeSet::new(),
        unfit: UnfitWeights {
            missing: Vec::new(),
            misshapen: Vec::new(),
            not_finite: Vec::new(),
            left_over: Vec::new(),
        },
    };
    let network = network.map(&mut taking);
    let Taking { mut transferred, seen, mut unfit, .. } = taking;
    let left_over = by_name.keys().filter(|name| !seen.contains(**name));
    let left_over: Vec<String> = left_over.map(|name| (*name).to_owned()).collect();
    if unfit.missing.is_empty() && unfit.misshapen.is_empty() && unfit.not_finite.is_empty() {
        transferred.left_over = left_over;
        return Ok((network, transferred));
    }
    unfit.left_over = left_over;
    Err(unfit)
}

/// Whether the file names its tensors as torchvision does, rather than as we do.
fn torchvision(
    network: &ImageNetwork,
    parameters: &ParameterIndex,
    by_name: &BTreeMap<&str, &WeightTensor>,
) -> bool {
    let paths = super::fine_tuning::paths(network);
    let there = |name: &str| by_name.contains_key(name);
    let own = paths.iter().filter(|path| there(path)).count();
    let theirs = paths.iter().filter_map(|path| parameters.torchvision(path));
    theirs.filter(|name| there(name)).count() > own
}

/// Takes one tensor after the other.
struct Taking<'a> {
    parameters: ParameterIndex,
    by_name: &'a BTreeMap<&'a str, &'a WeightTensor>,
    transferred: TransferRecord,
    path: Path,
    /// Names of the file that the network has a place for.
    seen: BTreeSet<String>,
    unfit: UnfitWeights,
}

/// Batches that statistics without a count stand for: so many that one more hardly moves them by more
/// than its tenth.
const MANY_BATCHES: f32 = 1e6;

impl Taking<'_> {
    fn name(&self, path: &str) -> String {
        match self.transferred.torchvision {
            true => self.parameters.torchvision(path).unwrap_or_else(|| path.to_owned()),
            false => path.to_owned(),
        }
    }

    /// The numbers of the parameter at `path`, whose sizes are those of PyTorch's layout.
    fn values(&mut self, path: &str, expected: Vec<usize>) -> Option<Vec<f32>> {
        let name = self.name(path);
        let tensor = self.by_name.get(name.as_str()).copied();
        if tensor.is_some() {
            self.seen.insert(name.clone());
        }
        if self.parameters.is_new(path) {
            self.transferred.new.push(name);
            return None;
        }
        let counter = path.ends_with("num_batches_tracked");
        let Some(tensor) = tensor else {
            // PyTorch counts batches from version 0.4.1 on.
            if counter {
                return Some(vec![MANY_BATCHES]);
            }
            self.unfit.missing.push(name);
            return None;
        };
        if tensor.shape() != expected && !(counter && tensor.len() == 1) {
            self.unfit.misshapen.push((name, expected, tensor.shape().to_vec()));
            return None;
        }
        let values = tensor.values();
        if values.iter().any(|value| !value.is_finite()) {
            self.unfit.not_finite.push(name);
            return None;
        }
        self.transferred.taken += 1;
        Some(values)
    }
}

impl ModuleMapper for Taking<'_> {
    fn enter_module(&mut self, name: &str, container_type: &str) {
        self.path.enter(name, container_type);
    }

    fn exit_module(&mut self, _name: &str, container_type: &str) {
        self.path.exit(container_type);
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let path = self.path.stored();
        let value = param.val();
        let dims = value.dims();
        // A dense layer's weights stand the other way round here.
        let dense = D == 2 && !is_statistic(&path);
        let mut expected = dims.to_vec();
        if dense {
            expected.reverse();
        }
        let Some(values) = self.values(&path, expected.clone()) else { return param };
        let device = value.device();
        let tensor: Tensor<D> = if dense {
            let sizes = [expected[0], expected[1]];
            let rows = Tensor::<2>::from_data(TensorData::new(values, sizes), &device);
            rows.transpose().reshape(dims)
        } else {
            Tensor::from_data(TensorData::new(values, dims), &device)
        };
        let id = param.id;
        param.transform_for_load(tensor.detach(), id)
    }
}
