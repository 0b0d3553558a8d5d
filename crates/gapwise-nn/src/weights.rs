//! Weight files: safetensors, which hold numbers and never code; and those of other programs
//! ([`WeightFile`]), of which PyTorch's hold code as well, which is never run.
//!
//! Our own tensors are stored under the path of their field (`conv1.weight`, `hidden.0.bias`) in PyTorch's
//! layout, so that other tools read them as they are. The same weights are always the same bytes,
//! and a checksum in the header tells where they are no longer what was written.

mod fault;
mod file;
mod names;
mod path;
mod pytorch;
mod tensor;

pub use fault::{WeightFileError, WeightFileFault};
pub use file::WeightFile;
pub(crate) use path::Path;
pub use tensor::WeightTensor;

use std::collections::BTreeMap;

use burn::module::Module;
use burn_store::{BurnToPyTorchAdapter, ModuleStore, PyTorchToBurnAdapter, SafetensorsStore};
use safetensors::{Dtype, SafeTensorError, SafeTensors, tensor::TensorView};
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
    let sum = checksum(tensors.iter(), "");
    serialise(tensors.iter(), &[(CHECKSUM, &sum), ("format", "pt")]).map_err(unwritable)
}

/// A safetensors file of these tensors with this metadata, in this order: the crate's own writer
/// takes a hash map, whose order is another each time.
pub(crate) fn serialise<'a, N: AsRef<str> + Ord + std::fmt::Display>(
    tensors: impl IntoIterator<Item = (N, TensorView<'a>)>,
    metadata: &[(&str, &str)],
) -> Result<Vec<u8>, SafeTensorError> {
    let plain = safetensors::serialize(tensors, None)?;
    let (length, rest) = plain.split_first_chunk::<8>().ok_or(SafeTensorError::HeaderTooSmall)?;
    let (header, data) = usize::try_from(u64::from_le_bytes(*length))
        .ok()
        .and_then(|length| rest.split_at_checked(length))
        .ok_or(SafeTensorError::InvalidHeaderLength)?;
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let pairs: Vec<String> =
        metadata.iter().map(|(key, value)| format!("{}:{}", quoted(key), quoted(value))).collect();
    let mut first = format!("{{\"__metadata__\":{{{}}}", pairs.join(",")).into_bytes();
    // `{}` of no tensors has nothing to be set off by a comma.
    let tensors = &header[1..];
    if !tensors.starts_with(b"}") {
        first.push(b',');
    }
    // Data begins at a multiple of eight bytes.
    let length = (first.len() + tensors.len()).next_multiple_of(8);
    let mut file = Vec::with_capacity(8 + length + data.len());
    file.extend((length as u64).to_le_bytes());
    file.extend(first);
    file.extend(tensors);
    file.resize(8 + length, b' ');
    file.extend(data);
    Ok(file)
}

/// Key of the header that holds the checksum. A file of another program has none.
pub(crate) const CHECKSUM: &str = "blake3";

/// A hash of all tensors, by name, and of `more`, in hexadecimal: whoever changes a byte of either
/// gets another.
pub(crate) fn checksum<'a, N: AsRef<str>>(
    tensors: impl IntoIterator<Item = (N, TensorView<'a>)>,
    more: &str,
) -> String {
    let mut tensors: Vec<(N, TensorView<'a>)> = tensors.into_iter().collect();
    tensors.sort_by(|one, other| one.0.as_ref().cmp(other.0.as_ref()));
    let mut hasher = blake3::Hasher::new();
    hasher.update(more.as_bytes());
    for (name, tensor) in &tensors {
        let kind = format!("\n{} {:?} {:?}\n", name.as_ref(), tensor.dtype(), tensor.shape());
        hasher.update(kind.as_bytes()).update(tensor.data());
    }
    hasher.finalize().to_hex().to_string()
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
/// [`WeightsError::Unreadable`] for other bytes, for a file that was cut off, and for one whose
/// numbers are not those that its checksum was made of.
pub(crate) fn read(bytes: &[u8]) -> Result<SafeTensors<'_>, WeightsError> {
    let unreadable = |error: SafeTensorError| WeightsError::Unreadable(error.to_string());
    let tensors = SafeTensors::deserialize(bytes).map_err(unreadable)?;
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(unreadable)?;
    let written = header.metadata().as_ref().and_then(|header| header.get(CHECKSUM));
    match written {
        Some(written) if *written != checksum(tensors.iter(), "") => {
            Err(WeightsError::Unreadable(DAMAGED.to_owned()))
        }
        _ => Ok(tensors),
    }
}

/// What is said of numbers that are not those of the checksum.
pub(crate) const DAMAGED: &str = "its checksum does not match: bytes of it were changed";

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
