//! Weight files: safetensors, which hold numbers and never code.
//!
//! Tensors are stored under the path of their field (`conv1.weight`, `hidden.0.bias`) in PyTorch's
//! layout, so that other tools read them as they are. The same weights are always the same bytes.

use std::collections::{BTreeMap, HashMap};

use burn::module::Module;
use burn_store::{BurnToPyTorchAdapter, ModuleStore, PyTorchToBurnAdapter, SafetensorsStore};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use thiserror::Error;

/// Why weights could not be written or read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WeightsError {
    /// The bytes are no safetensors file, or a cut one.
    #[error("not a whole safetensors file: {0}")]
    Unreadable(String),
    /// The tensors are not those of the network.
    #[error("the weights are not this network's: {0}")]
    Mismatch(String),
    /// The record beside the weights is not one that a training run writes.
    #[error("`model.json`, which says how to read the weights, contradicts itself: {0}")]
    Record(String),
    /// The engine could not turn the network into bytes.
    #[error("the weights could not be written: {0}")]
    Unwritable(String),
}

/// The weights of `network` as a safetensors file.
///
/// # Errors
///
/// [`WeightsError::Unwritable`], which would be the engine's fault.
pub fn to_bytes<M: Module>(network: &M) -> Result<Vec<u8>, WeightsError> {
    let mut store = SafetensorsStore::from_bytes(None)
        .with_to_adapter(BurnToPyTorchAdapter)
        .skip_enum_variants(true);
    store.collect_from(network).map_err(unwritable)?;
    let bytes = store.get_bytes().map_err(unwritable)?;
    // The engine writes the random number of each parameter into the header, in a random order.
    let tensors = SafeTensors::deserialize(&bytes).map_err(unwritable)?;
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    safetensors::serialize(tensors.iter(), Some(metadata)).map_err(unwritable)
}

/// A weight of a safetensors file that is NaN or infinite, where there is one.
pub(crate) fn not_finite(bytes: &[u8]) -> Option<f64> {
    let tensors = SafeTensors::deserialize(bytes).ok()?;
    let floats = tensors.iter().filter(|(_, tensor)| tensor.dtype() == Dtype::F32);
    floats
        .flat_map(|(_, tensor)| tensor.data().as_chunks::<4>().0)
        .map(|&bytes| f32::from_le_bytes(bytes))
        .find(|weight| !weight.is_finite())
        .map(f64::from)
}

/// The tensors of a safetensors file.
///
/// # Errors
///
/// [`WeightsError::Unreadable`] for other bytes, and for a file that was cut off.
pub(crate) fn read(bytes: &[u8]) -> Result<SafeTensors<'_>, WeightsError> {
    SafeTensors::deserialize(bytes).map_err(|error| WeightsError::Unreadable(error.to_string()))
}

/// Puts the weights of a safetensors file into `network`. All tensors of the network must be
/// there, in its shapes and types, and no others. After an error the network is as it was.
///
/// # Errors
///
/// [`WeightsError::Unreadable`] for other bytes, [`WeightsError::Mismatch`] for other tensors.
pub fn load<M: Module>(network: &mut M, bytes: Vec<u8>) -> Result<(), WeightsError> {
    let found = read(&bytes)?;
    let own = to_bytes(network)?;
    let differences = differences(&SafeTensors::deserialize(&own).map_err(unwritable)?, &found);
    if !differences.is_empty() {
        return Err(WeightsError::Mismatch(differences.join("; ")));
    }
    let mut store = SafetensorsStore::from_bytes(Some(bytes))
        .with_from_adapter(PyTorchToBurnAdapter)
        .skip_enum_variants(true);
    store.apply_to(network).map_err(|error| WeightsError::Mismatch(error.to_string()))?;
    Ok(())
}

fn unwritable(error: impl std::fmt::Display) -> WeightsError {
    WeightsError::Unwritable(error.to_string())
}

/// Differences that an error names; beyond them it counts.
const NAMED_DIFFERENCES: usize = 4;

/// Where the tensors of a file are not those of the network, in words.
fn differences(network: &SafeTensors<'_>, file: &SafeTensors<'_>) -> Vec<String> {
    fn by_name<'a>(tensors: &'a SafeTensors<'_>) -> BTreeMap<&'a str, TensorView<'a>> {
        tensors.iter().collect()
    }
    let kind = |tensor: &TensorView<'_>| format!("{:?} of {:?}", tensor.dtype(), tensor.shape());
    let (expected, found) = (by_name(network), by_name(file));
    let own = expected.iter().filter_map(|(name, tensor)| match found.get(name) {
        None => Some(format!("`{name}` is missing")),
        Some(other) if kind(other) == kind(tensor) => None,
        Some(other) => Some(format!("`{name}`: expected {}, found {}", kind(tensor), kind(other))),
    });
    let foreign = found.keys().filter(|name| !expected.contains_key(*name));
    let mut said: Vec<String> =
        own.chain(foreign.map(|name| format!("the network has no `{name}`"))).collect();
    if said.len() > NAMED_DIFFERENCES {
        let more = said.len() - NAMED_DIFFERENCES;
        said.truncate(NAMED_DIFFERENCES);
        said.push(format!("and {more} more"));
    }
    said
}
