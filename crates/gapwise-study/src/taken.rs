//! Steps that were taken, and what they did.
//!
//! A run that was trained from another one with settings changed is a step. Its record is
//! `step.json`: where it started, what it changed, and the paired comparison of both networks on the
//! same validation examples.

use std::path::Path;

use gapwise_data::wording::shell_word;
use serde::{Deserialize, Serialize};

use crate::{
    compare::{Better, Change, Comparison, said_together},
    recipe::Step,
    run::Record,
};

/// One step from a run to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TakenStep {
    /// The run that took it, as its path is typed.
    pub run: String,
    /// The run that it started from, as its path was typed.
    pub from: String,
    /// Identity of the run that it started from, which stays when that is moved.
    pub from_id: String,
    /// Fingerprint of that run's settings without the seed.
    pub from_settings: String,
    /// Fingerprint of the data and split: steps on the same can be compared.
    pub held_out: String,
    /// What was typed for it, each key with its value as TOML writes it, sorted by key.
    pub typed: Vec<(String, String)>,
    /// Every setting that differs, the seed left out.
    pub changes: Vec<Change>,
    /// What it did.
    pub effect: Effect,
}

impl Record for TakenStep {
    const FILE: &'static str = "step.json";
}

/// What a step did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "effect")]
pub enum Effect {
    /// The network after the step, first, against the one before it.
    Scored(Comparison),
    /// The two could not be compared.
    NotScored {
        /// Why, as half a sentence.
        reason: String,
    },
}

impl TakenStep {
    /// The step and what it did: "`train.l2` from 0 to 0.001 took the validation error from 3.10 to
    /// 2.40 %, paired 95 % interval 0.20 to 1.20 points: this network is better".
    pub fn said(&self) -> String {
        let changes: Vec<String> = self.changes.iter().map(Change::said).collect();
        let what = match changes.as_slice() {
            [] => "a range test, which kept the learning rate,".to_owned(),
            changes => changes.join(", "),
        };
        match &self.effect {
            Effect::Scored(comparison) => format!("{what} {}", comparison.effect()),
            Effect::NotScored { reason } => format!("{what}: not scored, {reason}"),
        }
    }

    /// That it moved several rungs at once, where it did.
    pub fn moved_together(&self) -> Option<String> {
        said_together(&self.changes)
    }

    /// Whether the network after it is better than the one before; `None` where they could not be
    /// compared.
    pub fn helped(&self) -> Option<bool> {
        match &self.effect {
            Effect::Scored(comparison) => Some(comparison.better == Better::First),
            Effect::NotScored { .. } => None,
        }
    }

    /// Whether this is the step that typing `typed` from settings with this fingerprint takes.
    pub fn is(&self, from_settings: &str, typed: &[(String, String)]) -> bool {
        self.from_settings == from_settings && self.typed == typed
    }
}

/// The recipe's steps, knowing which were taken from the same settings.
///
/// `taken` says of a step which record there is of it: the same command, and so the same change of
/// the same size, from the same settings (whatever the seed). Where the network was better, the step
/// keeps its place, and its command goes on from there. Where it was not, the step moves behind all
/// that were not taken without success; among these and among those the notes' order stays. A step
/// of another size is another step. What could not be scored counts as not taken.
pub fn with_taken<'a>(
    steps: Vec<Step>,
    taken: impl Fn(&Step) -> Option<&'a TakenStep>,
) -> Vec<Step> {
    let mut first = Vec::new();
    let mut behind = Vec::new();
    for mut step in steps {
        let record = taken(&step).and_then(|record| Some((record, record.helped()?)));
        let Some((record, helped)) = record else {
            first.push(step);
            continue;
        };
        step.taken = Some(format!("taken by `{}`: {}", record.run, record.said()));
        if helped {
            let run = shell_word(&record.run);
            step.reason =
                "this network is better than the one before it, so go on from it".to_owned();
            step.cost = None;
            step.command = Some(format!("gapwise diagnose {run}"));
            first.push(step);
        } else {
            behind.push(step);
        }
    }
    first.append(&mut behind);
    first
}

/// The steps taken by the runs in this folder on the data and split with this fingerprint, in the
/// order of the runs' names and numbers. A run without the record, or with one that cannot be read,
/// took none.
///
/// Each has its run's present path: a run that was moved here is known by where it is.
pub fn steps_in(runs: &Path, held_out: &str) -> Vec<TakenStep> {
    let Ok(entries) = std::fs::read_dir(runs) else { return Vec::new() };
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort_by_cached_key(|path| {
        numbered(&path.file_name().unwrap_or_default().to_string_lossy())
    });
    let read = |path: &Path| {
        let text = std::fs::read_to_string(path.join(TakenStep::FILE)).ok()?;
        let step: TakenStep = serde_json::from_str(&text).ok()?;
        Some(TakenStep { run: path.display().to_string(), ..step })
    };
    paths.iter().filter_map(|path| read(path)).filter(|step| step.held_out == held_out).collect()
}

/// A run's name without its number, and the number: `digits-10` comes after `digits-9`.
fn numbered(name: &str) -> (String, u64) {
    let digits = name.chars().rev().take_while(char::is_ascii_digit).count();
    let (name, number) = name.split_at(name.len() - digits);
    (name.to_owned(), number.parse().unwrap_or(0))
}
