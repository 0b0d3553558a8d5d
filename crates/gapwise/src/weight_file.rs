//! What a weight file holds, before a network begins with it.

use std::path::{Path, PathBuf};

use gapwise_data::wording::counted;
use gapwise_nn::{model::NetworkKind, transfer, weights::WeightTensor};
use serde::Serialize;

use crate::{Error, pretrained::Weights};

/// What `gapwise inspect --weights` answers.
#[derive(Debug, Clone, Serialize)]
pub struct WeightFileSummary {
    /// The file or the run.
    pub path: PathBuf,
    /// How it holds its tensors.
    pub format: &'static str,
    /// Bytes of the file.
    pub bytes: usize,
    /// Its tensors, in the order of the file, without what was taken off their names.
    pub tensors: Vec<TensorSummary>,
    /// Numbers of all tensors.
    pub numbers: usize,
    /// What was done to its contents.
    pub notes: Vec<String>,
    /// The network that it is of, where it is of one here.
    pub network: Option<FittingNetwork>,
    /// The network that it is of, where that is known and not among ours.
    pub foreign: Option<&'static str>,
}

/// A tensor of a weight file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TensorSummary {
    /// Its name.
    pub name: String,
    /// The type of its numbers.
    pub element: &'static str,
    /// Its sizes.
    pub shape: Vec<usize>,
}

/// The network that a weight file is of, and what differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FittingNetwork {
    /// Its name.
    pub kind: &'static str,
    /// Tensors in front of the head that are there, of the right shapes; `None` where a run or the
    /// file's header says which network it is.
    pub there: Option<usize>,
    /// Tensors in front of the head that are missing.
    pub missing: Vec<String>,
    /// Tensors of another shape: name, shape expected, shape found.
    pub misshapen: Vec<(String, Vec<usize>, Vec<usize>)>,
    /// Tensors that the network has no place for.
    pub left_over: Vec<String>,
}

/// Says what the weight file at `path` holds, or the best epoch of the run that lies there.
///
/// # Errors
///
/// [`Error::WeightFile`] for a file that cannot be read as weights, [`Error::WeightsByUrl`] for an
/// address, and what opening a run gives.
pub fn summarise(path: &Path) -> Result<WeightFileSummary, Error> {
    let weights = Weights::open(path, None)?;
    let file = weights.file();
    let tensors: Vec<TensorSummary> = file.tensors().iter().map(TensorSummary::of).collect();
    let network = weights.said().map(NetworkKind::as_str).map(FittingNetwork::said);
    let by_names = weights.recognised().map(|found| FittingNetwork {
        kind: found.kind.as_str(),
        there: Some(found.there),
        missing: found.missing.clone(),
        misshapen: found.misshapen.clone(),
        left_over: found.left_over.clone(),
    });
    let network = network.or(by_names);
    let sure = weights.recognised().is_none_or(transfer::Recognised::is_sure);
    let foreign = match &network {
        Some(_) if sure => None,
        _ => transfer::foreign_network(file),
    };
    Ok(WeightFileSummary {
        path: path.to_owned(),
        format: file.format(),
        bytes: file.size(),
        numbers: file.tensors().iter().map(WeightTensor::len).sum(),
        tensors,
        notes: file.notes().to_vec(),
        network: network.filter(|_| foreign.is_none()),
        foreign,
    })
}

impl TensorSummary {
    fn of(tensor: &WeightTensor) -> Self {
        TensorSummary {
            name: tensor.name().to_owned(),
            element: tensor.element(),
            shape: tensor.shape().to_vec(),
        }
    }
}

impl FittingNetwork {
    fn said(kind: &'static str) -> Self {
        let (missing, misshapen, left_over) = Default::default();
        FittingNetwork { kind, there: None, missing, misshapen, left_over }
    }

    /// What there is of it, a sentence each.
    #[must_use]
    pub fn differences(&self) -> Vec<String> {
        let Some(there) = self.there else { return Vec::new() };
        let mut said = vec![format!("{} of it in front of the head", counted(there, "tensor"))];
        if !self.missing.is_empty() {
            let names = transfer::listed(&self.missing);
            said.push(format!("{} missing: {names}", self.missing.len()));
        }
        let shapes: Vec<String> = self.misshapen.iter().map(|(name, ..)| name.clone()).collect();
        if let Some((name, expected, found)) = self.misshapen.first() {
            said.push(format!(
                "{} of another shape: {}; `{name}` has {found:?} where {expected:?} is expected",
                shapes.len(),
                transfer::listed(&shapes),
            ));
        }
        if !self.left_over.is_empty() {
            let names = transfer::listed(&self.left_over);
            said.push(format!("{} left over: {names}", self.left_over.len()));
        }
        said
    }
}
