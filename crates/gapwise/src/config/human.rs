//! `diagnosis.human`: an error, or a file of people's answers.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use gapwise_data::stream;
use serde::{Deserialize, Deserializer, Serialize, de};

/// What was typed of the human level.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum HumanChoice {
    /// The error of people, in the metric's unit.
    Error(f64),
    /// A CSV file of their answers to validation examples.
    Answers(PathBuf),
}

impl HumanChoice {
    /// The file of answers, where it is one.
    pub fn answers(&self) -> Option<&PathBuf> {
        match self {
            HumanChoice::Error(_) => None,
            HumanChoice::Answers(path) => Some(path),
        }
    }

    /// What was typed: a number, or else the path of a file that is there or is named `….csv`, or of a
    /// stream.
    pub fn typed(text: &str) -> Option<Self> {
        if let Ok(error) = text.parse() {
            return Some(HumanChoice::Error(error));
        }
        let path = Path::new(text);
        let csv = path.extension().is_some_and(|kind| kind.eq_ignore_ascii_case("csv"));
        (csv || path.is_file() || stream::is_stream(path))
            .then(|| HumanChoice::Answers(path.to_owned()))
    }
}

/// As it is typed.
impl fmt::Display for HumanChoice {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HumanChoice::Error(error) => {
                write!(out, "{}", gapwise_data::wording::written(*error))
            }
            HumanChoice::Answers(path) => write!(out, "{}", path.display()),
        }
    }
}

/// By hand, so that a whole number is an error too and a refusal says what there may be.
impl<'de> Deserialize<'de> for HumanChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ErrorOrFile;
        impl de::Visitor<'_> for ErrorOrFile {
            type Value = HumanChoice;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a number or the path of a CSV file of answers")
            }

            fn visit_f64<E: de::Error>(self, error: f64) -> Result<HumanChoice, E> {
                Ok(HumanChoice::Error(error))
            }

            fn visit_i64<E: de::Error>(self, error: i64) -> Result<HumanChoice, E> {
                Ok(HumanChoice::Error(error as f64))
            }

            fn visit_u64<E: de::Error>(self, error: u64) -> Result<HumanChoice, E> {
                Ok(HumanChoice::Error(error as f64))
            }

            fn visit_str<E: de::Error>(self, path: &str) -> Result<HumanChoice, E> {
                HumanChoice::typed(path)
                    .filter(|choice| choice.answers().is_some())
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Str(path), &self))
            }
        }
        deserializer.deserialize_any(ErrorOrFile)
    }
}
