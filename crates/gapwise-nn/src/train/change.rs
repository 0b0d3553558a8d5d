//! What changes on the way: at which update, and what.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::TrainSettings;

/// What happens after so many updates of a training.
///
/// Written as a table: `{step = 1200, learning_rate = 0.01}`, `{step = 1500, save = true}` or
/// `{step = 2000, stop = true}`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Typed", into = "Typed")]
pub struct TrainChange {
    /// Updates done when it happens, at least 1.
    pub step: usize,
    /// What happens.
    pub kind: ChangeKind,
}

/// What can happen to a training on its way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ChangeKind {
    /// Takes the place of [`TrainSettings::learning_rate`] from the next update on; schedule and
    /// warm-up multiply it as they did before.
    LearningRate(f64),
    /// Keeps the weights of the moment, those that would be judged, in a file of their own.
    Save,
    /// Ends the training as if its epochs were over: the one that goes on is judged, its training
    /// loss being the mean over the examples that it came to.
    Stop,
}

/// How a change is typed.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Typed {
    step: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    learning_rate: Option<f64>,
    #[serde(default, skip_serializing_if = "is_false")]
    save: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    stop: bool,
}

fn is_false(typed: &bool) -> bool {
    !typed
}

/// A table that is no change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
enum NoChange {
    #[error(
        "expected one of `learning_rate = RATE`, `save = true` and `stop = true` beside `step`, \
         found {0}"
    )]
    NotOne(&'static str),
    #[error("expected a step of at most 9007199254740991, found {0}")]
    TooLate(u64),
}

/// Whole numbers up to here are told apart by every program that reads them, and by TOML.
const LATEST: u64 = (1 << 53) - 1;

impl TryFrom<Typed> for TrainChange {
    type Error = NoChange;

    fn try_from(typed: Typed) -> Result<Self, NoChange> {
        let kind = match (typed.learning_rate, typed.save, typed.stop) {
            (Some(rate), false, false) => ChangeKind::LearningRate(rate),
            (None, true, false) => ChangeKind::Save,
            (None, false, true) => ChangeKind::Stop,
            (None, false, false) => return Err(NoChange::NotOne("none")),
            _ => return Err(NoChange::NotOne("several")),
        };
        let step = usize::try_from(typed.step).ok().filter(|_| typed.step <= LATEST);
        Ok(TrainChange { step: step.ok_or(NoChange::TooLate(typed.step))?, kind })
    }
}

impl From<TrainChange> for Typed {
    fn from(TrainChange { step, kind }: TrainChange) -> Self {
        Typed {
            step: step as u64,
            learning_rate: match kind {
                ChangeKind::LearningRate(rate) => Some(rate),
                ChangeKind::Save | ChangeKind::Stop => None,
            },
            save: kind == ChangeKind::Save,
            stop: kind == ChangeKind::Stop,
        }
    }
}

impl TrainSettings {
    /// The rate that the schedule multiplies at `step`, from 0: [`TrainSettings::learning_rate`],
    /// or what the last change up to there set in its place.
    pub fn rate_set_at(&self, step: usize) -> f64 {
        let rates = self.changes_until(step).filter_map(|change| match change.kind {
            ChangeKind::LearningRate(rate) => Some(rate),
            ChangeKind::Save | ChangeKind::Stop => None,
        });
        rates.last().unwrap_or(self.learning_rate)
    }

    /// What changed before the update at `step`, from 0.
    pub(super) fn changes_until(&self, step: usize) -> impl Iterator<Item = &TrainChange> {
        self.changes.iter().filter(move |change| change.step <= step)
    }

    /// The same with one more change, behind those of its update; a stop leaves nothing behind it.
    pub fn with_change(&self, change: TrainChange) -> Self {
        let mut changed = self.clone();
        let place = changed.changes.partition_point(|other| other.step <= change.step);
        changed.changes.insert(place, change);
        if change.kind == ChangeKind::Stop {
            changed.changes.truncate(place + 1);
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::Schedule;

    fn read(toml: &str) -> Result<TrainChange, String> {
        toml::from_str(toml).map_err(|error: toml::de::Error| error.message().to_owned())
    }

    #[test]
    fn a_change_is_typed_as_a_table_and_reads_back() {
        for (typed, kind) in [
            ("step = 12\nlearning_rate = 0.01\n", ChangeKind::LearningRate(0.01)),
            ("step = 12\nsave = true\n", ChangeKind::Save),
            ("step = 12\nstop = true\n", ChangeKind::Stop),
        ] {
            let change = TrainChange { step: 12, kind };
            assert_eq!(read(typed), Ok(change));
            assert_eq!(toml::to_string(&change).unwrap(), typed);
        }
    }

    #[test]
    fn a_table_of_no_change_or_of_several_is_refused() {
        let expected = "expected one of `learning_rate = RATE`, `save = true` and `stop = true` \
                        beside `step`, found ";
        for (typed, found) in
            [("step = 1", "none"), ("step = 1\nsave = true\nstop = true", "several")]
        {
            assert_eq!(read(typed).unwrap_err(), format!("{expected}{found}"));
        }
        let late = "step = 9007199254740992\nsave = true";
        assert!(read(late).unwrap_err().ends_with("found 9007199254740992"));
        assert!(read("step = 1\nsaved = true").unwrap_err().contains("unknown field `saved`"));
    }

    #[test]
    fn a_changed_rate_takes_the_place_of_the_first_under_the_same_schedule() {
        // A cosine over 4 steps from 0.4: shares 1, ½ (1 + √½) = 0.853553, ½, 0.146447. From the
        // second update on it is 0.8: 0.8 · ½ = 0.4, 0.8 · 0.146447 = 0.117157.
        let mut settings = TrainSettings::new(4, 1, 0.4, 1);
        settings.schedule = Schedule::Cosine;
        let kind = ChangeKind::LearningRate(0.8);
        let settings = settings.with_change(TrainChange { step: 2, kind });
        let rates = (0..4).map(|step| settings.learning_rate_at(step, 1));
        for (found, expected) in rates.zip([0.4, 0.341_421, 0.4, 0.117_157]) {
            assert!((found - expected).abs() < 1e-6, "{found} for {expected}");
        }
        assert_eq!([1, 2].map(|step| settings.rate_set_at(step)), [0.4, 0.8]);
        assert_eq!([1, 2].map(|step| settings.changes_until(step).count()), [0, 1]);
    }

    #[test]
    fn changes_stand_in_the_order_of_their_updates_and_nothing_comes_after_a_stop() {
        let at = |step, kind| TrainChange { step, kind };
        let rate = ChangeKind::LearningRate;
        let settings = TrainSettings::new(4, 1, 0.4, 1)
            .with_change(at(5, ChangeKind::Save))
            .with_change(at(3, rate(0.1)))
            .with_change(at(3, rate(0.2)));
        let expected = [at(3, rate(0.1)), at(3, rate(0.2)), at(5, ChangeKind::Save)];
        assert_eq!(settings.changes, expected);
        assert_eq!(settings.rate_set_at(3), 0.2);
        let stopped = settings.with_change(at(4, ChangeKind::Stop));
        assert_eq!(stopped.changes[2..], [at(4, ChangeKind::Stop)]);
    }
}
