//! Settings of `conv` that are one value for every convolution, or a list.

use serde::{Deserialize, Serialize};

/// What was typed: `3`, `[5,3]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PerLayer<T> {
    /// The same for every convolution.
    Alike(T),
    /// One for each, first to last; the last for those behind it.
    Each(Vec<T>),
}

impl<T: Clone> PerLayer<T> {
    /// The same as what was typed, from what is in force; `None` where nothing is.
    pub(super) fn of(list: &[T]) -> Option<Self> {
        match list {
            [] => None,
            [one] => Some(Self::Alike(one.clone())),
            each => Some(Self::Each(each.to_vec())),
        }
    }

    /// As a list.
    pub(super) fn list(&self) -> Vec<T> {
        match self {
            Self::Alike(one) => vec![one.clone()],
            Self::Each(each) => each.clone(),
        }
    }
}
