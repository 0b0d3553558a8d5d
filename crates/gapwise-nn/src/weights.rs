//! Weight files: safetensors, which hold numbers and never code.
//!
//! Tensors are stored under the path of their field (`conv1.weight`, `hidden.0.bias`) in PyTorch's
//! layout, so that other tools read them as they are.

use burn::module::Module;
use burn_store::{BurnToPyTorchAdapter, ModuleStore, PyTorchToBurnAdapter, SafetensorsStore};
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
    let unwritable = |error: &dyn std::fmt::Display| WeightsError::Unwritable(error.to_string());
    store.collect_from(network).map_err(|error| unwritable(&error))?;
    store.get_bytes().map_err(|error| unwritable(&error))
}

/// Puts the weights of a safetensors file into `network`. All tensors of the network must be
/// there, in its shapes.
///
/// # Errors
///
/// [`WeightsError::Unreadable`] for other bytes, [`WeightsError::Mismatch`] for other tensors.
pub fn load<M: Module>(network: &mut M, bytes: Vec<u8>) -> Result<(), WeightsError> {
    safetensors::SafeTensors::deserialize(&bytes)
        .map_err(|error| WeightsError::Unreadable(error.to_string()))?;
    let mut store = SafetensorsStore::from_bytes(Some(bytes))
        .with_from_adapter(PyTorchToBurnAdapter)
        .skip_enum_variants(true);
    let mismatch = |error: &dyn std::fmt::Display| WeightsError::Mismatch(error.to_string());
    let result = store.apply_to(network).map_err(|error| mismatch(&error))?;
    if !result.errors.is_empty() || !result.missing.is_empty() || !result.unused.is_empty() {
        return Err(mismatch(&result));
    }
    Ok(())
}
