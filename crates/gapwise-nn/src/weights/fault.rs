//! Why a weight file cannot be read.

use std::path::PathBuf;

use thiserror::Error;

/// A weight file that cannot be read, and why. Nothing that it holds was executed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{}`: {fault}", path.display())]
pub struct WeightFileError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub fault: WeightFileFault,
}

impl WeightFileError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        self.fault.hint()
    }
}

/// What is wrong with a weight file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WeightFileFault {
    /// The system does not give its bytes.
    #[error("cannot be read: {0}")]
    Unopened(String),
    /// It begins like no file of weights.
    #[error("expected a file of safetensors or of PyTorch, found one that begins with `{begins}`")]
    Foreign {
        /// Its first bytes, those that are no letters escaped.
        begins: String,
    },
    /// It is a file of another kind, which can be told.
    #[error("expected a file of safetensors or of PyTorch, found {found}")]
    OtherKind {
        /// What it is.
        found: &'static str,
        /// What to do about it.
        hint: &'static str,
    },
    /// It is a program of TorchScript with its weights.
    #[error(
        "expected weights alone, found a TorchScript file, which holds a program as well; nothing was \
         executed"
    )]
    TorchScript,
    /// Its header is no whole one of safetensors, or not one of these bytes.
    #[error("not a whole safetensors file: {0}")]
    Safetensors(String),
    /// The zip archive that PyTorch writes is damaged, or another program's.
    #[error("its zip archive: expected {expected}, found {found}")]
    Archive {
        /// What has to be there.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// The old format's storages do not follow its pickles.
    #[error("its storages: expected {expected}, found {found}")]
    Storages {
        /// What has to be there.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// The pickle is damaged, or has what no state dict needs.
    #[error("byte {at} of its pickle: expected {expected}, found {found}")]
    Pickle {
        /// The byte at which the instruction stands, from 0, in the pickle.
        at: usize,
        /// What has to be there.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// The pickle names a function or a class that no state dict needs.
    #[error("this file wants to run `{global}`, which weights do not need; nothing was executed")]
    Runs {
        /// Module and name, as Python writes them.
        global: String,
    },
    /// There is no dictionary of tensors where one is looked for.
    #[error("expected a state dict, found {found}")]
    NoStateDict {
        /// What is there.
        found: String,
    },
    /// A tensor that is not among the bytes of the file, or that cannot be read as numbers.
    #[error("tensor `{name}`: expected {expected}, found {found}")]
    Tensor {
        /// Its name in the file.
        name: String,
        /// What it has to be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// Tensors share storages so often that they are many times as large as the file.
    #[error(
        "expected tensors of at most {bytes} numbers in a file of {bytes} bytes, found {numbers}"
    )]
    TooMany {
        /// Numbers of all tensors up to the one that was too much.
        numbers: usize,
        /// Bytes of the file.
        bytes: usize,
    },
}

impl WeightFileFault {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unopened(_) => "give the path of a file that you may read",
            Self::Foreign { .. } => {
                "give a file of `torch.save(model.state_dict(), …)` or of `safetensors`"
            }
            Self::OtherKind { hint, .. } => hint,
            Self::TorchScript => {
                "save its weights alone: `torch.save(torch.jit.load(\"FILE\").state_dict(), \
                 \"weights.pt\")`"
            }
            Self::Runs { .. } | Self::NoStateDict { .. } => {
                "save the weights alone, `torch.save(model.state_dict(), \"weights.pt\")`, or \
                 convert them to safetensors; the state dict may lie under `state_dict`, \
                 `model_state_dict`, `model` or `net`"
            }
            Self::Tensor { .. } | Self::TooMany { .. } => {
                "save each tensor on its own, as floating-point numbers: \
                 `{name: tensor.float().contiguous().clone() …}`"
            }
            Self::Safetensors(_)
            | Self::Archive { .. }
            | Self::Storages { .. }
            | Self::Pickle { .. } => {
                "copy or download the file again; if it is whole, load it in PyTorch 1.6 or later \
                 and save its state dict anew"
            }
        }
    }
}

/// Letters of a name out of a file that are shown.
const SHOWN: usize = 80;

/// A name out of a file as it can be shown: cut where it is long, and without control characters,
/// which a terminal would obey.
pub(super) fn shown(name: &str) -> String {
    let mut shown: String = name.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    if name.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

/// Names that a sentence lists; beyond them it counts.
const LISTED: usize = 4;

/// Names out of a file as a list in a sentence.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut names = names.into_iter();
    let first: Vec<String> =
        names.by_ref().take(LISTED).map(|name| format!("`{}`", shown(name))).collect();
    match names.count() {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}
