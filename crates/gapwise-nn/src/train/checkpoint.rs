//! What a training needs to go on as if nothing had happened.
//!
//! A checkpoint is one safetensors file: the network under `network.`, the optimiser's moments
//! under `optimiser.`, the averaged weights under `average.`, and in the header, as TOML, how far
//! the training is, with a checksum of it all. TOML rather than JSON because an error may be NaN.

use burn::tensor::TensorData;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Records, TrainChange};
use crate::{
    optimise::OptimiserState,
    weights::{CHECKSUM, DAMAGED, checksum, serialise},
};

/// How far a training is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Progress {
    /// The epoch that is going on, from 1; one more than there are once all are done.
    pub(super) epoch: usize,
    /// Batches done in it.
    pub(super) batch: usize,
    /// Updates done.
    pub(super) step: usize,
    /// Losses of this epoch so far, each weighted by its batch's share of the examples.
    pub(super) loss: f32,
    /// The loss of the first batch of all, once it is known.
    pub(super) first_loss: Option<f32>,
    /// Seconds spent on this epoch so far.
    pub(super) seconds: f64,
    /// The epoch of the best weights, from 1; 0 before the first is done.
    pub(super) best_epoch: usize,
    /// Whether there is nothing left to do: every epoch done, or stopped early.
    pub(super) done: bool,
    /// Changes made so far.
    #[serde(default)]
    pub(super) changes: Vec<TrainChange>,
}

impl Default for Progress {
    fn default() -> Self {
        Progress {
            epoch: 1,
            batch: 0,
            step: 0,
            loss: 0.0,
            first_loss: None,
            seconds: 0.0,
            best_epoch: 0,
            done: false,
            changes: Vec::new(),
        }
    }
}

/// What stands in the header.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    /// Updates that the optimiser counts.
    optimiser_steps: u64,
    /// Updates that the average of weights counts, where there is one.
    average_steps: Option<u64>,
    progress: Progress,
    records: Records,
}

/// Why a training cannot go on from a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CheckpointError {
    /// The bytes are no checkpoint.
    #[error("not a whole checkpoint: {0}")]
    Unreadable(String),
    /// The weights of the best epoch, which lie beside it, are damaged or another network's.
    #[error("the weights of the best epoch: {0}")]
    Best(String),
    /// It belongs to another network or to other settings.
    #[error("the checkpoint is not this training's: {0}")]
    Mismatch(String),
    /// The engine could not turn the training into bytes.
    #[error("the checkpoint could not be made: {0}")]
    Unwritable(String),
}

/// The parts of a checkpoint, as bytes and tensors.
pub(super) struct Parts {
    pub(super) progress: Progress,
    pub(super) records: Records,
    /// A safetensors file.
    pub(super) network: Vec<u8>,
    pub(super) optimiser: OptimiserState,
    pub(super) average: Option<OptimiserState>,
}

const NETWORK: &str = "network.";
const OPTIMISER: &str = "optimiser.";
const AVERAGE: &str = "average.";
/// Key of the header that holds the progress.
const PROGRESS: &str = "progress";

impl Parts {
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, CheckpointError> {
        let network = SafeTensors::deserialize(&self.network).map_err(unwritable)?;
        let network = network.iter().map(|(name, view)| Ok((format!("{NETWORK}{name}"), view)));
        let average = self.average.iter().flat_map(|average| views(AVERAGE, average));
        let all = network.chain(views(OPTIMISER, &self.optimiser)).chain(average);
        let all: Vec<(String, TensorView<'_>)> = all.collect::<Result<_, _>>()?;
        let header = toml::to_string(&Header {
            optimiser_steps: self.optimiser.steps,
            average_steps: self.average.as_ref().map(|average| average.steps),
            progress: self.progress.clone(),
            records: self.records.clone(),
        });
        let header = header.map_err(unwritable)?;
        let checksum = checksum(all.iter().map(|(name, view)| (name, view.clone())), &header);
        serialise(all, &[(CHECKSUM, &checksum), (PROGRESS, &header)]).map_err(unwritable)
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let unreadable = |said: String| CheckpointError::Unreadable(said);
        let tensors =
            SafeTensors::deserialize(bytes).map_err(|error| unreadable(error.to_string()))?;
        let (_, header) =
            SafeTensors::read_metadata(bytes).map_err(|error| unreadable(error.to_string()))?;
        let header = |key: &str| {
            let found = header.metadata().as_ref().and_then(|header| header.get(key));
            found.ok_or_else(|| unreadable(format!("no `{key}` in its header")))
        };
        let (header, written) = (header(PROGRESS)?, header(CHECKSUM)?);
        if *written != checksum(tensors.iter(), header) {
            return Err(unreadable(DAMAGED.to_owned()));
        }
        let header: Header =
            toml::from_str(header).map_err(|error| unreadable(error.message().to_owned()))?;
        let under = |prefix: &str| -> Vec<(String, TensorView<'_>)> {
            tensors
                .iter()
                .filter_map(|(name, view)| Some((name.strip_prefix(prefix)?.to_owned(), view)))
                .collect()
        };
        let network = safetensors::serialize(under(NETWORK), None).map_err(unwritable)?;
        let optimiser = state(header.optimiser_steps, under(OPTIMISER))?;
        let average = header.average_steps.map(|steps| state(steps, under(AVERAGE))).transpose()?;
        let Header { progress, records, .. } = header;
        Ok(Parts { progress, records, network, optimiser, average })
    }
}

/// The tensors of a state, which are all of 32 bits, with their place before the name: the file
/// does not keep an order of its own.
fn views<'a>(
    prefix: &'a str,
    state: &'a OptimiserState,
) -> impl Iterator<Item = Result<(String, TensorView<'a>), CheckpointError>> {
    state.tensors.iter().enumerate().map(move |(place, (name, data))| {
        let view = TensorView::new(Dtype::F32, data.shape().to_vec(), data.as_bytes());
        Ok((format!("{prefix}{place:08}.{name}"), view.map_err(unwritable)?))
    })
}

fn state(
    steps: u64,
    mut tensors: Vec<(String, TensorView<'_>)>,
) -> Result<OptimiserState, CheckpointError> {
    tensors.sort_by(|one, other| one.0.cmp(&other.0));
    let tensors = tensors.into_iter().map(|(name, view)| {
        if view.dtype() != Dtype::F32 {
            let found = format!("`{name}`: expected F32, found {:?}", view.dtype());
            return Err(CheckpointError::Unreadable(found));
        }
        let (numbers, _) = view.data().as_chunks::<4>();
        let numbers: Vec<f32> = numbers.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
        let name = name.split_once('.').map_or(name.clone(), |(_, name)| name.to_owned());
        Ok((name, TensorData::new(numbers, view.shape().to_vec())))
    });
    Ok(OptimiserState { steps, tensors: tensors.collect::<Result<_, _>>()? })
}

fn unwritable(error: impl std::fmt::Display) -> CheckpointError {
    CheckpointError::Unwritable(error.to_string())
}
