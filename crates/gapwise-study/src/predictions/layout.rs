//! Which column of a prediction table is what.

use std::path::Path;

use csv::ByteRecord;

use super::{PredictionsError, Target, read::WEIGHT};
use crate::answer;

/// Columns that every table has.
const REQUIRED: &str = "the columns `id`, `split`, `label` and `prediction`";
/// Columns that a table may have.
const KNOWN: &str = "no columns but `id`, `group`, `split`, `label`, `prediction`, `loss`, `weight` \
                     and `score:CLASS`, each once";

/// The places of the columns, from 0.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    /// The names of all columns.
    pub(super) names: Vec<String>,
    pub(super) id: usize,
    pub(super) split: usize,
    pub(super) label: usize,
    pub(super) prediction: usize,
    pub(super) group: Option<usize>,
    pub(super) loss: Option<usize>,
    pub(super) weight: Option<usize>,
    /// Those that belong to a kind of answer, in their order.
    pub(super) details: Vec<usize>,
}

/// A header that no prediction table has.
pub(super) struct Wrong {
    expected: String,
    found: String,
}

impl Wrong {
    pub(super) fn at(self, path: &Path) -> PredictionsError {
        let Wrong { expected, found } = self;
        PredictionsError::Header { path: path.to_owned(), expected, found }
    }
}

impl Layout {
    /// The columns by their names, which spreadsheets may put a byte order mark before.
    pub(super) fn of(header: &ByteRecord) -> Result<Self, Wrong> {
        let names: Vec<String> = header
            .iter()
            .map(|name| String::from_utf8_lossy(name).trim_start_matches('\u{feff}').to_owned())
            .collect();
        let unknown = |(place, name): &(usize, &String)| {
            let known = super::read::COLUMNS.contains(&name.as_str()) || *name == WEIGHT;
            (!known && !answer::owns(name)) || names[..*place].contains(name)
        };
        let unknown: Vec<&str> =
            names.iter().enumerate().filter(unknown).map(|(_, name)| name.as_str()).collect();
        let place = |name: &str| names.iter().position(|column| column == name);
        let required = ["id", "split", "label", "prediction"].map(place);
        let [Some(id), Some(split), Some(label), Some(prediction)] = required else {
            return Err(Wrong { expected: REQUIRED.to_owned(), found: names.join(",") });
        };
        if !unknown.is_empty() {
            return Err(Wrong { expected: KNOWN.to_owned(), found: unknown.join(",") });
        }
        Ok(Layout {
            id,
            split,
            label,
            prediction,
            group: place("group"),
            loss: place("loss"),
            weight: place(WEIGHT),
            details: (0..names.len()).filter(|&at| answer::owns(&names[at])).collect(),
            names,
        })
    }

    /// The table's target: `expected`, where the columns are its own, else what the columns say.
    pub(super) fn target(&self, expected: Option<&Target>) -> Result<Target, Wrong> {
        let own: Vec<&str> = self.details.iter().map(|&at| self.names[at].as_str()).collect();
        let Some(target) = expected else {
            return Ok(Target::of_columns(&own).unwrap_or_else(|| Target::number("label")));
        };
        match target.kind().refused_columns(&own) {
            Some(expected) => Err(Wrong { expected, found: own.join(",") }),
            None => Ok(target.clone()),
        }
    }
}
