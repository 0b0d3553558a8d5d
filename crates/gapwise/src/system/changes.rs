//! Changes that were asked for while the network was trained, in the records of its run.

use gapwise_nn::train::TrainChange;
use gapwise_study::run::{RunDirectory, Setting, file};

use super::{
    record::{Start, trained_by},
    step::identity,
};
use crate::{
    Error,
    config::{CHANGES, Config, typed_settings},
    trained::keeping_answers,
};

/// Records changes in `config.toml`, which is what counts, then in `settings.json` and `start.json`: a
/// run that was killed in between is put right when it goes on.
pub(super) struct Recorder<'a> {
    pub(super) directory: &'a RunDirectory,
    /// What `config.toml` says.
    pub(super) config: Config,
    /// What `start.json` says.
    pub(super) start: Start,
    /// Fingerprint of what is held out.
    pub(super) held_out: String,
}

impl Recorder<'_> {
    /// Every change so far, those that were set before training too.
    pub(super) fn changes(&self) -> &[TrainChange] {
        self.config.train.changes.as_deref().unwrap_or_default()
    }

    /// Records `changes` in place of those so far.
    pub(super) fn record(&mut self, changes: &[TrainChange]) -> Result<(), Error> {
        self.config.train.changes = Some(changes.to_vec());
        let written = keeping_answers(self.config.clone()).to_toml()?;
        self.directory.write_whole(file::CONFIG, written.as_bytes())?;
        self.put_right()
    }

    /// Makes the run's beginning agree with its configuration in the changes on the way: in
    /// settings and identity, and in what its step changed.
    pub(super) fn put_right(&mut self) -> Result<(), Error> {
        let settings = trained_by(&self.config);
        let changes = self.start.settings.changes(&settings)?;
        let Some(mut change) = changes.into_iter().find(|change| change.key == CHANGES) else {
            return Ok(());
        };
        let value = change.to.clone().unwrap_or_default();
        self.start.differing = Some(self.list(&value)?);
        if let Some(parent) = &mut self.start.parent {
            parent.typed.retain(|(key, _)| key != CHANGES);
            parent.typed.extend(typed_settings(&[format!("{CHANGES}={value}")]));
            let before = parent.changes.iter().position(|before| before.key == CHANGES);
            if let Some(before) = before {
                change.from = parent.changes.remove(before).from;
            }
            parent.changes.push(change);
        }
        self.start.id = identity(&settings, &self.held_out)?;
        self.start.settings = settings;
        Ok(self.directory.write_record(&self.start)?)
    }

    /// Lists the changes among the settings that differ from their defaults.
    fn list(&self, value: &str) -> Result<Vec<Setting>, Error> {
        let mut differing: Vec<Setting> = self.directory.record()?;
        differing.retain(|setting| setting.name != CHANGES);
        let (name, default) = (CHANGES.to_owned(), "[]".to_owned());
        if value != default {
            differing.push(Setting { name, value: value.to_owned(), default });
        }
        self.directory.write_record(&differing)?;
        Ok(differing)
    }
}
