//! Steps that were taken, and what they did.
//!
//! A run that was trained from another one with settings changed is a step. Its record is
//! `step.json`: where it started, what it changed, and the paired comparison of both networks on the
//! same validation examples.

use std::{
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

use crate::{
    compare::{Better, Change, Comparison, said_together},
    recipe::{Remedy, Step},
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
    /// The remedy that it is, where it is one at a size that the recipe would propose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<Remedy>,
    /// What it did.
    pub effect: Effect,
    /// When it was taken, in milliseconds since 1970 (UTC); 0 where that is not known.
    #[serde(default)]
    pub at: u64,
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
    /// Its training diverged.
    Diverged {
        /// Where and how, in a sentence.
        said: String,
    },
    /// The two could not be compared.
    NotScored {
        /// Why, as half a sentence.
        reason: String,
    },
}

impl TakenStep {
    /// The moment of a step that is taken now.
    pub fn now() -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    /// The step and what it did: "`train.l2` from 0 to 0.001 took the validation error from 3.10 to
    /// 2.40 %, paired 95 % interval 0.20 to 1.20 points: `runs/a-2` is better than `runs/a-1`".
    pub fn said(&self) -> String {
        let changes: Vec<String> = self.changes.iter().map(Change::said).collect();
        let what = match changes.as_slice() {
            [] => "a range test, which kept the learning rate,".to_owned(),
            changes => changes.join(", "),
        };
        match &self.effect {
            Effect::Scored(comparison) => format!("{what} {}", comparison.effect()),
            Effect::Diverged { said } => format!("{what}: the training diverged, {said}"),
            Effect::NotScored { reason } => format!("{what}: not scored, {reason}"),
        }
    }

    /// That it moved several rungs at once, where it did.
    pub fn moved_together(&self) -> Option<String> {
        said_together(&self.changes)
    }

    /// Whether the network after it is better than the one before; `None` where they could not be
    /// compared. One that diverged is not.
    pub fn helped(&self) -> Option<bool> {
        match &self.effect {
            Effect::Scored(comparison) => Some(comparison.better == Better::First),
            Effect::Diverged { .. } => Some(false),
            Effect::NotScored { .. } => None,
        }
    }
}

/// A remedy that was taken on this data and did not help.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// The remedy.
    pub remedy: Remedy,
    /// The run that took it.
    pub run: String,
    /// What it did, as [`TakenStep::said`] has it.
    pub said: String,
}

impl Failed {
    /// "add L2 regularisation (`runs/a-2`)".
    pub fn named(&self) -> String {
        format!("{} (`{}`)", self.remedy.what(), self.run)
    }
}

/// The recipe's steps without those whose remedy has failed, and which these are.
///
/// `taken` are the steps that were taken on the same data and split, the earliest first. A remedy
/// that was taken once and did not make the network better is not proposed again, neither in the same
/// size nor in another one, whichever run the recipe goes on from. One that helped every time stays,
/// and says what it did. What could not be scored counts as not taken.
pub fn without_failed(steps: Vec<Step>, taken: &[TakenStep]) -> (Vec<Step>, Vec<Failed>) {
    let (mut left, mut failed) = (Vec::new(), Vec::new());
    for mut step in steps {
        let of_it = || taken.iter().filter(|record| record.remedy == Some(step.remedy));
        if let Some(record) = of_it().find(|record| record.helped() == Some(false)) {
            let (run, said) = (record.run.clone(), record.said());
            failed.push(Failed { remedy: step.remedy, run, said });
            continue;
        }
        let helped = of_it().rfind(|record| record.helped() == Some(true));
        step.taken = helped.map(|record| format!("taken by `{}`: {}", record.run, record.said()));
        left.push(step);
    }
    (left, failed)
}

/// The steps taken by the runs in these directories on the data and split with this fingerprint, in the
/// order in which they were taken; those of which that is not known first, in the order of the runs'
/// names and numbers. A run without the record, or with one that cannot be read, took none.
///
/// Each has its run's present path: a run that was moved here is known by where it is.
pub fn steps_of(runs: impl IntoIterator<Item = PathBuf>, held_out: &str) -> Vec<TakenStep> {
    let read = |path: &Path| {
        let text = std::fs::read_to_string(path.join(TakenStep::FILE)).ok()?;
        let step: TakenStep = serde_json::from_str(&text).ok()?;
        let run = path.strip_prefix(".").unwrap_or(path).display().to_string();
        let mut effect = step.effect;
        if let Effect::Scored(comparison) = &mut effect {
            comparison.first.name = format!("`{run}`");
        }
        Some(TakenStep { run, effect, ..step })
    };
    let read = runs.into_iter().filter_map(|path| read(&path));
    let mut steps: Vec<TakenStep> = read.filter(|step| step.held_out == held_out).collect();
    in_order(&mut steps);
    steps
}

/// Puts steps in the order in which they were taken.
pub fn in_order(steps: &mut [TakenStep]) {
    steps.sort_by_cached_key(|step| {
        let name = Path::new(&step.run).file_name().unwrap_or_default();
        (step.at, numbered(&name.to_string_lossy()), step.run.clone())
    });
}

/// A run's name without its number, and the number: `digits-10` comes after `digits-9`.
pub fn numbered(name: &str) -> (String, u64) {
    let digits = name.chars().rev().take_while(char::is_ascii_digit).count();
    let (name, number) = name.split_at(name.len() - digits);
    (name.to_owned(), number.parse().unwrap_or(0))
}
