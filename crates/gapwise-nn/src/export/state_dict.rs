//! The weights of a model as safetensors that PyTorch's `load_state_dict` takes.

use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::Serialize;

use super::ExportError;
use crate::{
    model::Model,
    weights::{self, CHECKSUM, WeightsError, checksum, serialise},
};

/// Keys of the header: how pixels from 0 to 1 were normalised, of each channel.
pub(crate) const INPUT_MEAN: &str = "input_mean";
pub(crate) const INPUT_DEVIATION: &str = "input_deviation";

/// A model's weights as a safetensors file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StateDict {
    /// The file.
    #[serde(skip)]
    pub bytes: Vec<u8>,
    /// Whose names the tensors have.
    pub names: Names,
    /// How many there are.
    pub tensors: usize,
    /// Why torchvision's network of these names does not take them, where it does not.
    pub differs: Vec<String>,
}

/// Whose names the tensors of a [`StateDict`] have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Names {
    /// Torchvision's.
    Torchvision,
    /// The paths of the network's fields, since torchvision has no such network.
    Own,
}

impl Names {
    /// The word for them in the file.
    fn as_str(self) -> &'static str {
        match self {
            Names::Torchvision => "torchvision",
            Names::Own => "gapwise",
        }
    }
}

/// The weights of `model` in PyTorch's layout, with torchvision's names where it has the network.
/// Running statistics are those that the model answers with; `num_batches_tracked` is one whole number,
/// as in PyTorch.
///
/// The header says what else an answer needs, as JSON: `classes`, or `label`, `label_mean` and
/// `label_deviation` of a number; for images `input` (channels, height and width), `input_mean` and `input_deviation` of
/// each channel, of pixels from 0 to 1; for tables `encoder`, as in `model.json`. `names` is
/// `torchvision` or `gapwise`. `about` are more texts for it, by their keys.
///
/// # Errors
///
/// [`ExportError::Weights`], which would be the engine's fault.
pub fn state_dict(model: &Model, about: &[(&str, String)]) -> Result<StateDict, ExportError> {
    let record = model.record();
    let bytes = model.weights()?;
    let stored = weights::read(&bytes)?;
    let mut paths: Vec<&str> = stored.names();
    paths.sort_unstable();
    let parameters = record.network.parameter_index();
    let torchvision = |path: &&str| parameters.as_ref()?.torchvision(path);
    let (names, named) = match paths.iter().map(torchvision).collect::<Option<Vec<String>>>() {
        Some(named) if !named.is_empty() => (Names::Torchvision, named),
        _ => (Names::Own, paths.iter().map(|&path| path.to_owned()).collect()),
    };
    let unwritable = |error| WeightsError::Unwritable(format!("{error}"));
    let batches: Vec<Option<[u8; 8]>> = paths.iter().map(|path| batches(&stored, path)).collect();
    let mut tensors = Vec::with_capacity(paths.len());
    for ((path, name), batches) in paths.iter().zip(named).zip(&batches) {
        let view = match batches {
            Some(batches) => TensorView::new(Dtype::I64, Vec::new(), batches),
            None => stored.tensor(path),
        };
        tensors.push((name, view.map_err(unwritable)?));
    }
    let mut metadata = vec![("format", "pt".to_owned()), ("names", names.as_str().to_owned())];
    metadata.extend(record.head.about());
    metadata.extend(record.network.about());
    metadata.extend_from_slice(about);
    let by_name = || tensors.iter().map(|(name, view)| (name.as_str(), view.clone()));
    metadata.insert(0, (CHECKSUM, checksum(by_name(), "")));
    let metadata: Vec<(&str, &str)> =
        metadata.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let bytes = serialise(by_name(), &metadata).map_err(unwritable)?;
    let differs = match names {
        Names::Torchvision => record.network.differs_from_torchvision(),
        Names::Own => Vec::new(),
    };
    Ok(StateDict { bytes, names, tensors: tensors.len(), differs })
}

/// The batches that a layer's statistics are of, where `path` is that: one float here, one whole
/// number in PyTorch.
fn batches(stored: &SafeTensors<'_>, path: &str) -> Option<[u8; 8]> {
    let tensor = stored.tensor(path).ok().filter(|_| path.ends_with("num_batches_tracked"))?;
    let float = tensor.data().first_chunk::<4>()?;
    Some((f32::from_le_bytes(*float) as i64).to_le_bytes())
}
