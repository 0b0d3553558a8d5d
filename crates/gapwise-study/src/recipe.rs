//! The basic recipe: which steps close a gap, in the order of the notes.

mod cost;
mod remedy;
mod steps;
mod words;

use serde::{Deserialize, Serialize};

pub use cost::{Cost, time};
pub use remedy::{NoCommands, OtherProgram, Remedies, Remedy, TakenBy};
pub use steps::steps;

/// One step that a person can take.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Which remedy it is.
    pub remedy: Remedy,
    /// What to do, in a few words: "train a larger network".
    pub what: String,
    /// Why, with the figures.
    pub reason: String,
    /// The rung that it moves: `fit train`, `fit validation`, `fit test` or `work in practice`.
    /// A step that moves two names both.
    pub moves: String,
    /// What the command changes: "`train.epochs` from 30 to 60".
    pub change: Option<String>,
    /// What the command costs in time, where a run says how long it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
    /// The command that takes it; without one, it is taken by hand.
    pub command: Option<String>,
    /// That it was taken before and what it did, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<String>,
}

impl Step {
    /// Its reason in two: why it helps, and the figures that ask for it, which steps for one gap share.
    pub fn why_and_figures(&self) -> (&str, Option<&str>) {
        match self.reason.split_once(": ") {
            Some((why, figures)) => (why, Some(figures)),
            None => (&self.reason, None),
        }
    }
}
