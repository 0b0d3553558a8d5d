//! A run's network for other programs: an ONNX file, or its weights as safetensors.

use std::path::{Path, PathBuf};

use gapwise_nn::{
    DeviceChoice,
    export::{Onnx, StateDict, onnx, state_dict},
};
use gapwise_study::run::write_whole;
use serde::Serialize;

use crate::{Error, pretrained::LearntIn, trained::TrainedRun};

/// What a network is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// One graph from raw inputs to answers. The default: it can be run as it is.
    #[default]
    Onnx,
    /// The weights, by torchvision's names where it has the network.
    Safetensors,
}

impl Format {
    /// The word for it, and the end of its files' names.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Onnx => "onnx",
            Format::Safetensors => "safetensors",
        }
    }
}

/// Where a network is to be written.
#[derive(Debug, Clone, Default)]
pub struct Destination {
    /// The file; by default the run's name in the current folder, with the format behind it.
    pub path: Option<PathBuf>,
    /// Whether a file that is there is written over.
    pub replace: bool,
}

/// A network that was written.
#[derive(Debug, Clone, Serialize)]
pub struct Export {
    /// The file.
    pub path: PathBuf,
    /// Its size.
    pub bytes: usize,
    /// What is in it.
    #[serde(flatten)]
    pub contents: Contents,
}

/// What is in an exported file.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case", tag = "format")]
pub enum Contents {
    /// A graph.
    Onnx(Onnx),
    /// Weights.
    Safetensors(StateDict),
}

/// Writes the network of `run`, with the weights of its best epoch, whole or not at all.
///
/// # Errors
///
/// [`Error::Occupied`] where the file is there already and is not to be replaced, [`Error::Export`]
/// for a network that the format cannot hold, [`Error::Run`] and [`Error::Weights`] where the run's
/// files are missing or damaged, or the file cannot be written.
pub fn export(run: &TrainedRun, format: Format, to: &Destination) -> Result<Export, Error> {
    let path = to.path.clone().unwrap_or_else(|| usual(run, format));
    if !to.replace && path.exists() {
        return Err(Error::Occupied { path });
    }
    let model = run.model(DeviceChoice::Cpu)?;
    let of_run = |source| Error::Export { run: run.path().to_owned(), source };
    let (file, contents) = match format {
        Format::Onnx => {
            let mut onnx = onnx(&model).map_err(of_run)?;
            (std::mem::take(&mut onnx.bytes), Contents::Onnx(onnx))
        }
        Format::Safetensors => {
            let about = LearntIn::of(run)?.map(|learnt| learnt.about()).unwrap_or_default();
            let mut weights = state_dict(&model, &about).map_err(of_run)?;
            (std::mem::take(&mut weights.bytes), Contents::Safetensors(weights))
        }
    };
    write_whole(&path, &file)?;
    Ok(Export { path, bytes: file.len(), contents })
}

fn usual(run: &TrainedRun, format: Format) -> PathBuf {
    Path::new(&format!("{}.{}", run.name(), format.as_str())).to_owned()
}
