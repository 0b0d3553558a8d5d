//! Trained networks for other programs: ONNX, which they run, and state dicts, which PyTorch loads.
//!
//! | file | what |
//! |---|---|
//! | `onnx/` | the whole model as one graph, from raw inputs to answers |
//! | `state_dict.rs` | the weights alone, by torchvision's names where it has the network |

mod onnx;
mod state_dict;

use serde::Serialize;
use thiserror::Error;

pub(crate) use onnx::{Graph, Operator, Reads, Value, data_type, read_columns, read_pixels};
pub use onnx::{OPSET, Onnx, onnx};
pub(crate) use state_dict::{INPUT_DEVIATION, INPUT_MEAN};
pub use state_dict::{Names, StateDict, state_dict};

use crate::weights::WeightsError;

/// Why a model could not be exported.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ExportError {
    /// The engine could not give the weights.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// Every column of the table was the same in all training examples.
    #[error("expected a network that reads at least one column, found one that reads none")]
    ReadsNothing,
    /// ONNX has no files this large.
    #[error("expected an ONNX file of less than 2,147,483,648 bytes, found one of {bytes} bytes")]
    TooLarge {
        /// The bytes that it would have.
        bytes: usize,
    },
}

impl ExportError {
    /// What to do about it, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            ExportError::Weights(_) => None,
            ExportError::ReadsNothing => Some("its answer is the same for every row"),
            ExportError::TooLarge { .. } => {
                Some("safetensors has no such limit: `--format safetensors`")
            }
        }
    }
}

/// A tensor that goes into an exported network, or comes out of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Port {
    /// Its name in the file.
    pub name: String,
    /// The type of its values.
    pub element: Element,
    /// Its axes.
    pub shape: Vec<Axis>,
    /// What its values mean.
    pub says: String,
    /// The values that a category may have, and all others being alike; the classes, in the order of
    /// the answers. Empty for numbers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
}

/// An axis of a [`Port`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Axis {
    /// As many as are given.
    Named(&'static str),
    /// So many.
    Size(usize),
}

impl Axis {
    /// Examples.
    pub const BATCH: Self = Axis::Named("batch");
}

/// The type of a tensor's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Element {
    /// Numbers of 32 bits.
    Float32,
    /// Numbers of 64 bits.
    Float64,
    /// Whole numbers of 64 bits.
    Int64,
    /// Whole numbers from 0 to 255.
    Uint8,
    /// Whole numbers from 0 to 65,535.
    Uint16,
    /// Texts.
    String,
}

impl Element {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Element::Float32 => "float32",
            Element::Float64 => "float64",
            Element::Int64 => "int64",
            Element::Uint8 => "uint8",
            Element::Uint16 => "uint16",
            Element::String => "string",
        }
    }
}

/// For a file's metadata, which are texts.
pub(crate) fn json<T: Serialize + ?Sized>(of: &T) -> String {
    serde_json::to_string(of).expect("texts, numbers and lists of them are JSON")
}
