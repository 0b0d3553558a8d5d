//! Runs that are not as they should be: interrupted, or with files that were damaged or deleted.
//!
//! | what | where it comes from |
//! |---|---|
//! | `split.csv`, `settings.json` | data and settings |
//! | `config.toml` that cannot be read | `start.json`, but for what the run is judged by |
//! | model, predictions, records, tables by epoch | data, settings and the checkpoint |
//! | `report.html`, `diagnosis.json` | all of these |
//! | range test, comparisons, measurements | nowhere: they are left out, and that is said |
//! | `start.json`, `human.csv`, the weights | nowhere: a copy of the run has to be at hand |

use std::{fs, path::Path};

use gapwise_data::{Note, Split, summary::Summary, wording::joined};
use gapwise_study::{
    compare::Change,
    constraint::Constraints,
    diagnosis::Diagnosis,
    looks::Look,
    run::{Checksum, Environment, Manifest, Record, RunDirectory, RunError, Setting, file},
    runs::RunFolder,
};

use super::{RunRecord, START, record::Start};
use crate::{
    Error,
    config::Config,
    inspection::Prepared,
    trained::{BEST, HUMAN},
};

/// What data and settings alone decide, and the settings.
const FIRST: [&str; 3] = [file::CONFIG, file::SPLIT, file::SETTINGS];
/// What a run begins with: it stays as it is while the rest is made again.
const BEGINNING: [&str; 5] = [START, HUMAN, file::SETTINGS, file::RANGE_TEST, file::SPLIT];
/// What nothing else in a run says.
const ALONE: [&str; 3] = [file::RANGE_TEST, file::COMPARISONS, <Constraints as Record>::FILE];
/// What every finished run has, also one from before there were manifests.
const NEEDED: [&str; 11] = [
    START,
    file::SPLIT,
    file::SETTINGS,
    file::DATA,
    file::HISTORY,
    file::PREDICTIONS,
    file::BASELINES,
    file::WORST,
    file::ENVIRONMENT,
    <RunRecord as Record>::FILE,
    BEST,
];

/// What is the same bits whenever it is made.
const SAME: [&str; 4] = [file::PREDICTIONS, file::HISTORY, "model.json", BEST];

/// A run that has to be gone on with, or mended.
pub(super) struct Mend {
    pub(super) directory: RunDirectory,
    /// Damaged or missing files that can be made again.
    damaged: Vec<String>,
    /// Damaged files that cannot, and which the run can do without.
    lost: Vec<String>,
    /// Whether its manifest is damaged or missing.
    without_manifest: bool,
    /// What it was, where it was finished.
    before: Option<MadeBefore>,
}

/// What a finished run was before it was made again.
pub(super) struct MadeBefore {
    /// Whether its test set was opened.
    pub(super) test: bool,
    environment: Option<Environment>,
    manifest: Option<Manifest>,
}

impl Mend {
    /// What is to be done with a run; `None` where it is finished and whole.
    ///
    /// # Errors
    ///
    /// It is no run, or it lacks what cannot be made again.
    pub(super) fn of(run: &Path) -> Result<Option<Self>, Error> {
        let directory = RunDirectory::open_with(run, &[file::CONFIG, START])?;
        let (manifest, damaged_manifest) = match directory.manifest() {
            Ok(manifest) => (manifest, false),
            Err(RunError::Damaged { .. }) => (None, true),
            Err(error) => return Err(error.into()),
        };
        let mut damaged = if damaged_manifest { Vec::new() } else { directory.damage()? };
        let sealed = manifest.as_ref().is_none_or(Manifest::is_sealed);
        let finished = sealed && directory.file(file::REPORT).is_file()
            || manifest.as_ref().is_some_and(Manifest::is_sealed);
        if finished {
            let missing = NEEDED.into_iter().filter(|name| !directory.file(name).is_file());
            damaged.extend(missing.map(str::to_owned));
        } else if !directory.file(file::SETTINGS).is_file() {
            damaged.push(file::SETTINGS.to_owned());
        }
        damaged.sort();
        damaged.dedup();
        let irreplaceable = [START, HUMAN, BEST];
        if let Some(name) = damaged.iter().find(|name| irreplaceable.contains(&name.as_str())) {
            directory.check(name)?;
            return Err(RunError::NoFile { run: run.to_owned(), file: name.clone() }.into());
        }
        let (lost, damaged): (Vec<String>, Vec<String>) =
            damaged.into_iter().partition(|name| ALONE.contains(&name.as_str()));
        let lost_manifest = manifest.is_none()
            && !damaged_manifest
            && directory.record::<Start>().is_ok_and(|start| start.has_manifest);
        let without_manifest = damaged_manifest || lost_manifest;
        let readable = Config::read(&directory.file(file::CONFIG), &[]).is_ok();
        let whole = damaged.is_empty() && lost.is_empty() && !without_manifest && readable;
        // They are for people, and written anew from the rest.
        let said =
            directory.file(file::REPORT).is_file() && directory.record::<Diagnosis>().is_ok();
        if finished && whole && said {
            return Ok(None);
        }
        let before = if finished { Some(MadeBefore::of(&directory, manifest)?) } else { None };
        Ok(Some(Mend { directory, damaged, lost, without_manifest, before }))
    }

    /// What the run began with. A configuration that cannot be read is written again, and from now on
    /// what is made again counts for nothing until it is.
    pub(super) fn begin(&mut self) -> Result<(Config, Start), Error> {
        if self.without_manifest || self.before.is_some() && !self.is_done() {
            self.directory.unseal(&BEGINNING)?;
        }
        for name in &self.lost {
            let _ = fs::remove_file(self.directory.file(name));
        }
        if !self.lost.is_empty() {
            self.directory.unlist(&self.lost)?;
        }
        let start: Start = self.directory.record()?;
        let path = self.directory.file(file::CONFIG);
        let Ok(written) = Config::read(&path, &[]) else {
            let text = start.settings.clone().to_toml()?;
            self.directory.write_whole(file::CONFIG, text.as_bytes())?;
            self.damaged.push(file::CONFIG.to_owned());
            return Ok((Config::read(&path, &[])?, start));
        };
        let changed = written.changes_since(&start.settings)?;
        if changed.is_empty() {
            return Ok((written, start));
        }
        if self.before.is_some() {
            // It is made again as it was, and what was written since is left for a run of its own.
            return Ok((start.clone().trained(&written), start));
        }
        let changed = changed.iter().map(Change::said).collect();
        Err(Error::SettingsChanged { run: self.directory.path().to_owned(), changed })
    }

    /// Writes the files again that follow from data and settings, where they are not as they should be.
    pub(super) fn first_files(
        &self,
        (start, prepared): (&Start, &Prepared),
        differing: Vec<Setting>,
    ) -> Result<(), Error> {
        let directory = &self.directory;
        let mut split = Vec::new();
        prepared
            .splits
            .write_csv(&prepared.dataset.ids, &mut split)
            .map_err(|source| RunError::NotWritten { path: directory.file(file::SPLIT), source })?;
        let now = Checksum::of(&split);
        let manifest = directory.manifest()?;
        if let Some(listed) = manifest.as_ref().and_then(|manifest| manifest.checksum(file::SPLIT))
            && *listed != now
            && !self.without_manifest
        {
            return Err(Error::SplitChanged {
                run: directory.path().to_owned(),
                expected: listed.as_str().to_owned(),
                found: now.as_str().to_owned(),
            });
        }
        if directory.read_bytes(file::SPLIT).ok().as_ref() != Some(&split) {
            directory.write_whole(file::SPLIT, &split)?;
        }
        if directory.record::<Vec<Setting>>().is_err() {
            // Of the configuration of a run nothing is a default any more.
            directory.write_record(start.differing.as_ref().unwrap_or(&differing))?;
        }
        Ok(())
    }

    /// Whether nothing else is to be done: the network and all that came of it are there.
    pub(super) fn is_done(&self) -> bool {
        let first = |name: &String| FIRST.contains(&name.as_str());
        self.before.is_some() && !self.without_manifest && self.damaged.iter().all(first)
    }

    /// What was made again, and what cannot be.
    pub(super) fn notes(&self) -> Vec<Note> {
        let listed = |names: &[String]| {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            joined(&names, "and")
        };
        let mut said = Vec::new();
        if self.without_manifest {
            said.push(format!("`{}` is damaged or missing: it is made again", file::MANIFEST));
        }
        if !self.damaged.is_empty() {
            said.push(format!("damaged or missing, and made again: {}", listed(&self.damaged)));
        }
        if self.damaged.iter().any(|name| name == file::CONFIG) {
            said.push(format!(
                "human level, tolerance and constraints in `{}` are lost",
                file::CONFIG
            ));
        }
        if !self.lost.is_empty() {
            said.push(format!("damaged or missing, and lost: {}", listed(&self.lost)));
        }
        said.into_iter().map(|said| Note { said, change_with: None }).collect()
    }

    /// What the run was, where it was finished.
    pub(super) fn into_before(self) -> Option<MadeBefore> {
        self.before
    }
}

impl MadeBefore {
    fn of(directory: &RunDirectory, manifest: Option<Manifest>) -> Result<Self, Error> {
        let name = directory.name();
        let opened = |look: &Look| {
            look.run == name && look.split == Split::Test && look.why == "evaluate --test"
        };
        let ledger = RunFolder::new(directory.parent()).ledger().looks()?;
        let known = manifest.as_ref().is_some_and(Manifest::has_test);
        Ok(MadeBefore {
            test: known || ledger.looks.iter().any(opened),
            environment: directory.record().ok(),
            manifest,
        })
    }

    /// The seconds that the run took, where they are known: making it again took others.
    pub(super) fn keep_seconds(&self, environment: &mut Environment) {
        if let Some(before) = &self.environment {
            environment.seconds.clone_from(&before.seconds);
        }
    }

    /// That what was made again is not the same bits.
    pub(super) fn differences(&self, directory: &RunDirectory) -> Result<Option<Note>, Error> {
        let (Some(before), Some(after)) = (&self.manifest, directory.manifest()?) else {
            return Ok(None);
        };
        let differs = |name: &&str| {
            before.checksum(name).is_some_and(|listed| after.checksum(name) != Some(listed))
        };
        let names: Vec<String> =
            SAME.iter().copied().filter(differs).map(|name| format!("`{name}`")).collect();
        Ok((!names.is_empty()).then(|| Note {
            said: format!(
                "not the same bits as before: {}; another processor or another version of Gapwise made them",
                joined(&names, "and")
            ),
            change_with: None,
        }))
    }
}

/// The notes of a run from before its beginning had them.
pub(super) fn notes_of(directory: &RunDirectory, prepared: &Prepared) -> Vec<Note> {
    let recorded = directory.record::<Summary>().map(|summary| summary.notes);
    recorded.unwrap_or_else(|_| prepared.summary.notes.clone())
}
