//! `network.dropout`: one number for every hidden dense layer, or a list with one for each.

use std::fmt;

use gapwise_data::wording::written;
use gapwise_nn::model::NetworkKind;
use serde::{Deserialize, Deserializer, Serialize, de};

use super::ConfigError;

/// What was typed of dropout.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum DropoutChoice {
    /// One probability for every hidden dense layer.
    Alike(f64),
    /// One for each, first to last.
    Each(Vec<f64>),
}

impl DropoutChoice {
    /// The same as what was typed, from what is in force: a number where all layers are alike,
    /// `None` where there is no layer.
    pub fn of(dropout: &[f64]) -> Option<Self> {
        let first = *dropout.first()?;
        let alike = dropout.iter().all(|&one| one == first);
        Some(if alike { Self::Alike(first) } else { Self::Each(dropout.to_vec()) })
    }

    /// One probability for each of the `layers` hidden dense layers of a network.
    pub(super) fn for_layers(
        &self,
        layers: usize,
        kind: NetworkKind,
    ) -> Result<Vec<f64>, ConfigError> {
        match self {
            Self::Alike(dropout) => Ok(vec![*dropout; layers]),
            Self::Each(dropout) if dropout.len() == layers => Ok(dropout.clone()),
            Self::Each(dropout) => {
                Err(ConfigError::OtherLayers { kind, layers, found: dropout.len() })
            }
        }
    }
}

/// As it is typed: `0.3`, `[0.2,0.5]`.
impl fmt::Display for DropoutChoice {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alike(dropout) => write!(out, "{}", written(*dropout)),
            Self::Each(dropout) => {
                let each: Vec<String> = dropout.iter().copied().map(written).collect();
                write!(out, "[{}]", each.join(","))
            }
        }
    }
}

/// By hand, so that an error says what there may be.
impl<'de> Deserialize<'de> for DropoutChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberOrList;
        impl<'de> de::Visitor<'de> for NumberOrList {
            type Value = DropoutChoice;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a number or a list such as `[0.2,0.5]`")
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<DropoutChoice, E> {
                Ok(DropoutChoice::Alike(number))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<DropoutChoice, E> {
                Ok(DropoutChoice::Alike(number as f64))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<DropoutChoice, E> {
                Ok(DropoutChoice::Alike(number as f64))
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, seq: A) -> Result<DropoutChoice, A::Error> {
                Vec::deserialize(de::value::SeqAccessDeserializer::new(seq))
                    .map(DropoutChoice::Each)
            }
        }
        deserializer.deserialize_any(NumberOrList)
    }
}
