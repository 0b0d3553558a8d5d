//! A run that takes a step from another one: what it changes, and what it did.

use std::path::{Path, PathBuf};

use gapwise_data::{Note, Split};
use gapwise_study::{
    run::RunDirectory,
    taken::{Effect, TakenStep},
};

use super::{
    LearningRate, Options,
    changes::Recorder,
    plan::Plan,
    record::{Parent, Start, trained_by},
};
use crate::{
    Error, Invocation,
    comparing::compared,
    config::{Config, typed_settings},
    trained::TrainedRun,
};

/// What a flag stands as among the settings that were typed.
pub(crate) const FIND_LEARNING_RATE: &str = "--find-learning-rate";

/// What the run that `config` describes begins with.
pub(super) fn start(
    (options, parent): (&Options, Option<&TrainedRun>),
    config: &Config,
    (plan, notes): (&Plan, Vec<Note>),
) -> Result<Start, Error> {
    let parent = match options.from.as_ref().zip(parent) {
        None => None,
        Some((from, run)) => {
            let mut typed = typed_settings(&from.sets);
            if options.learning_rate == LearningRate::Found {
                typed.push((FIND_LEARNING_RATE.to_owned(), String::new()));
            }
            Some(Parent {
                run: from.run.display().to_string(),
                id: run.identity()?,
                settings: run.config().settings_fingerprint()?,
                typed,
                changes: run.config().changes(config)?,
            })
        }
    };
    let settings = trained_by(config);
    let id = identity(&settings, &plan.held_out())?;
    Ok(Start {
        command: Invocation::command(),
        data: plan.prepared.dataset.fingerprint.clone(),
        has_manifest: true,
        notes: Some(notes),
        differing: None,
        settings,
        id,
        parent,
    })
}

/// What a run is known by: a fingerprint of its settings, of which `trained_by` leaves what counts,
/// and of what is held out.
pub(super) fn identity(settings: &Config, held_out: &str) -> Result<String, Error> {
    let whole = format!("{held_out}\n{}", settings.to_toml()?);
    Ok(blake3::hash(whole.as_bytes()).to_hex()[..16].to_owned())
}

/// Scores the step that made a run, where one did, against the run that it started from; this is a
/// choice on validation, and is counted.
pub(super) fn score(run: &TrainedRun) -> Result<(), Error> {
    let start: Start = run.directory().record()?;
    let making: super::RunRecord = run.directory().record()?;
    let effect = |before: Option<&TrainedRun>, parent: &Parent| {
        let Some(before) = before else {
            let reason = format!("`{}` is no longer there", parent.run);
            return Ok(Effect::NotScored { reason });
        };
        match compared(run, before) {
            Ok(comparison) => {
                let why = format!("scored the step from {}", before.directory().name());
                run.look_once(Split::Validation, &why)?;
                Ok(Effect::Scored(comparison))
            }
            // Other data or another split is no fault of the run, which is finished all the same.
            Err(error) => Ok(Effect::NotScored { reason: error.to_string() }),
        }
    };
    record(run.directory(), (start.parent, &making.held_out), effect)
}

/// Records that the step which a run took led to a training that diverged.
pub(super) fn diverged(recorder: &Recorder<'_>, said: &str) -> Result<(), Error> {
    let made = (recorder.start.parent.clone(), recorder.held_out.as_str());
    record(recorder.directory, made, |_, _| Ok(Effect::Diverged { said: said.to_owned() }))
}

/// Writes the step that a run took from its parent, where it took one, with what it did.
fn record(
    directory: &RunDirectory,
    (parent, held_out): (Option<Parent>, &str),
    effect: impl FnOnce(Option<&TrainedRun>, &Parent) -> Result<Effect, Error>,
) -> Result<(), Error> {
    // Another seed of the same settings is no step; a range test is one, whatever rate it takes.
    let searched = |parent: &Parent| parent.typed.iter().any(|(key, _)| key == FIND_LEARNING_RATE);
    let is_step = |parent: &Parent| !parent.changes.is_empty() || searched(parent);
    let Some(parent) = parent.filter(is_step) else { return Ok(()) };
    let before = find(Path::new(&parent.run), &parent.id, &directory.parent());
    let effect = effect(before.as_ref(), &parent)?;
    let remedy = before.and_then(|run| run.remedy_of(&parent.typed, &parent.changes));
    // Judged again after it was killed, a run took its step when it took it.
    let again = directory.record::<TakenStep>().ok();
    Ok(directory.write_record(&TakenStep {
        run: directory.path().display().to_string(),
        from: parent.run,
        from_id: parent.id,
        from_settings: parent.settings,
        held_out: held_out.to_owned(),
        typed: parent.typed,
        changes: parent.changes,
        remedy,
        effect,
        at: again.map_or_else(TakenStep::now, |again| again.at),
    })?)
}

/// The run with this identity: at its path, or moved to among the runs in a folder. A run from
/// before there were identities is known by its path.
fn find(path: &Path, id: &str, runs: &Path) -> Option<TrainedRun> {
    let is = |path: &Path| {
        let run = TrainedRun::open(path).ok()?;
        (run.identity().ok()? == id).then_some(run)
    };
    is(path).or_else(|| {
        let entries = std::fs::read_dir(runs).ok().filter(|_| !id.is_empty())?;
        let mut paths: Vec<PathBuf> =
            entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        paths.iter().find_map(|path| is(path))
    })
}

/// The run that the run in a directory was trained from, as its path was typed; `None` where it is no
/// step.
pub(crate) fn parent_of(directory: &RunDirectory) -> Option<PathBuf> {
    directory.record::<Start>().ok()?.parent.map(|parent| parent.run.into())
}

impl TrainedRun {
    /// What it is known by when it is moved.
    pub(crate) fn identity(&self) -> Result<String, Error> {
        Ok(self.directory().record::<Start>()?.id)
    }
}
