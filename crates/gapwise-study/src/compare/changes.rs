//! Which settings differ, and which rungs they move (notes, "Orthogonalization").

use gapwise_data::wording::joined;
use serde::{Deserialize, Serialize};

/// One setting that differs between two runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Its dotted key: `train.l2`.
    pub key: String,
    /// Its value before, as it is typed; `None` where it was not in force.
    pub from: Option<String>,
    /// Its value after.
    pub to: Option<String>,
    /// The rungs that it moves: `fit train`, `fit validation`, … Empty for a setting that moves
    /// none.
    pub moves: Vec<String>,
    /// What it is known as, where that matters: "early stopping".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_as: Option<String>,
}

impl Change {
    /// "`train.l2` from 0 to 0.001".
    pub fn said(&self) -> String {
        let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "not set".to_owned());
        format!("`{}` from {} to {}", self.key, value(&self.from), value(&self.to))
    }

    /// The same with the rungs that it moves, and that it moves several at once.
    pub fn said_with_rungs(&self) -> String {
        let known_as = self.known_as.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
        let moves = match self.moves.as_slice() {
            [] => "moves no rung".to_owned(),
            [rung] => format!("moves {rung}"),
            rungs => format!("moves {} at once, and so is not orthogonal", joined(rungs, "and")),
        };
        format!("{}{known_as}: {moves}", self.said())
    }
}

/// Every rung that some of the changes move, each once, in the order of the changes.
pub fn rungs_moved(changes: &[Change]) -> Vec<&str> {
    let mut rungs: Vec<&str> = Vec::new();
    for rung in changes.iter().flat_map(|change| &change.moves) {
        if !rungs.contains(&rung.as_str()) {
            rungs.push(rung);
        }
    }
    rungs
}

/// What is to be said of the changes as a whole: where they moved several rungs at once, that what
/// they did to each cannot be told apart. `None` where they moved one or none.
pub fn said_together(changes: &[Change]) -> Option<String> {
    let rungs = rungs_moved(changes);
    (rungs.len() > 1).then(|| {
        let (these, at_once) = match changes {
            [_] => ("This change", "at once"),
            _ => ("These changes", "at the same time"),
        };
        format!(
            "{these} moved {} rungs {at_once}, {}: which of them the difference comes from cannot \
             be told.",
            ["no", "one", "two", "three", "four"].get(rungs.len()).unwrap_or(&"several"),
            joined(&rungs, "and")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(key: &str, from: Option<&str>, moves: &[&str]) -> Change {
        Change {
            key: key.to_owned(),
            from: from.map(str::to_owned),
            to: Some("5".to_owned()),
            moves: moves.iter().map(|&rung| rung.to_owned()).collect(),
            known_as: (key == "train.patience").then(|| "early stopping".to_owned()),
        }
    }

    #[test]
    fn a_change_says_its_values_and_its_rung() {
        let said = |change: Change| change.said_with_rungs();
        assert_eq!(
            said(change("train.l2", Some("0"), &["fit validation"])),
            "`train.l2` from 0 to 5: moves fit validation"
        );
        assert_eq!(
            said(change("train.momentum", None, &[])),
            "`train.momentum` from not set to 5: moves no rung"
        );
        assert_eq!(
            said(change("train.patience", Some("0"), &["fit train", "fit validation"])),
            "`train.patience` from 0 to 5 (early stopping): moves fit train and fit validation at \
             once, and so is not orthogonal"
        );
    }

    #[test]
    fn a_change_of_two_rungs_at_once_is_said_and_one_of_one_is_not() {
        let (l2, epochs) =
            (change("a", None, &["fit validation"]), change("b", None, &["fit train"]));
        assert_eq!(said_together(std::slice::from_ref(&l2)), None);
        assert_eq!(said_together(&[l2.clone(), l2.clone()]), None);
        assert_eq!(
            said_together(&[l2, epochs]).unwrap(),
            "These changes moved two rungs at the same time, fit validation and fit train: which \
             of them the difference comes from cannot be told."
        );
        let both = change("train.patience", None, &["fit train", "fit validation"]);
        assert_eq!(
            said_together(&[both]).unwrap(),
            "This change moved two rungs at once, fit train and fit validation: which of them the \
             difference comes from cannot be told."
        );
    }
}
