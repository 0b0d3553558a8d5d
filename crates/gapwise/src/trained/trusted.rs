//! What of a run is believed: the files that agree with its manifest, and the settings that it was
//! trained with.

use gapwise_data::{Note, Split, Splits, wording::joined};
use gapwise_study::{
    compare::Change,
    diagnosis::TRAIN_SCORED,
    predictions::{FORMAT, PredictionTable},
    run::{RunDirectory, RunError, file},
};

use super::TrainedRun;
use crate::{
    Error,
    config::Config,
    system::{RunRecord, Start},
};

/// The settings by which things are said of a run, and what is to be known of it. `written` is what
/// stands in its `config.toml`.
pub(super) fn settings(
    directory: &RunDirectory,
    written: Config,
) -> Result<(Config, Vec<Note>), Error> {
    let mut notes = Vec::new();
    let mut note = |said: String, change_with| notes.push(Note { said, change_with });
    let start: Option<Start> = directory.where_recorded(directory.record())?;
    if directory.manifest()?.is_none() {
        if start.as_ref().is_some_and(|start| start.has_manifest) {
            let (run, file) = (directory.path().to_owned(), file::MANIFEST.to_owned());
            return Err(RunError::NoFile { run, file }.into());
        }
        note(
            format!(
                "`{}` is from before runs had a `{}`: its files are taken as they are",
                directory.path().display(),
                file::MANIFEST
            ),
            None,
        );
    }
    let Some(start) = start else { return Ok((written, notes)) };
    let changes = written.changes_since(&start.settings)?;
    let elsewhere = |change: &&Change| !change.key.starts_with("data.path");
    let changed: Vec<String> = changes.iter().filter(elsewhere).map(Change::said).collect();
    if changed.is_empty() {
        return Ok((written, notes));
    }
    note(
        format!(
            "`{}` was edited since training ({}); what is said here is of the network as it was trained",
            directory.file(file::CONFIG).display(),
            joined(&changed, "and")
        ),
        Some(format!(
            "gapwise train {}",
            gapwise_data::wording::shell_word(&directory.path().display().to_string())
        )),
    );
    Ok((start.trained(&written), notes))
}

impl TrainedRun {
    /// The prediction table, whole: it agrees with the manifest, and has every example that it should.
    pub(crate) fn predictions(&self, making: &RunRecord) -> Result<PredictionTable, Error> {
        let directory = self.directory();
        if making.predictions_format > FORMAT {
            let (run, found) = (self.path().to_owned(), making.predictions_format);
            return Err(Error::LaterFormat { run, known: FORMAT, found });
        }
        let read = directory.predictions(&making.target);
        let table = match read {
            // What is missing says more than two checksums.
            Err(damaged @ RunError::Damaged { .. }) => {
                let path = directory.file(file::PREDICTIONS);
                let table = gapwise_study::predictions::read(&path, Some(&making.target));
                return Err(match table.map(|table| self.lacks(&table, making)) {
                    Ok(Some(lacks)) => lacks,
                    _ => damaged.into(),
                });
            }
            read => read?,
        };
        match self.lacks(&table, making) {
            Some(lacks) => Err(lacks),
            None => Ok(table),
        }
    }

    /// The first split of which the table has not as many rows as the run has examples.
    fn lacks(&self, table: &PredictionTable, making: &RunRecord) -> Option<Error> {
        let has_test =
            matches!(self.directory().manifest(), Ok(Some(manifest)) if manifest.has_test());
        making.splits.iter().find_map(|&(split, examples)| {
            let expected = match split {
                Split::Train if making.train_sampled => examples.min(TRAIN_SCORED),
                _ => examples,
            };
            let found = table.rows.iter().filter(|row| row.split == split).count();
            let closed = split == Split::Test && found == 0 && !has_test;
            (found != expected && !closed).then(|| Error::Rows {
                run: self.path().to_owned(),
                split,
                expected,
                found,
            })
        })
    }

    /// The split that the network was trained with, of the data with these ids.
    pub(crate) fn splits(&self, ids: &[String]) -> Result<Splits, Error> {
        let directory = self.directory();
        let path = directory.file(file::SPLIT);
        if !path.exists() {
            let (run, file) = (self.path().to_owned(), file::SPLIT.to_owned());
            return Err(RunError::NoFile { run, file }.into());
        }
        directory.check(file::SPLIT)?;
        let splits = Splits::read_csv(&path, ids)?;
        // Its other files know the split too, also where there is no manifest.
        let making: RunRecord = directory.record()?;
        let (expected, found) = (making.split_fingerprint().to_owned(), splits.fingerprint());
        if expected == found {
            Ok(splits)
        } else {
            Err(Error::OtherSplit { run: self.path().to_owned(), expected, found })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_format_is_refused_with_what_to_do() {
        let error = Error::LaterFormat { run: "runs/a-1".into(), known: 2, found: 3 };
        assert_eq!(
            error.to_string(),
            "`runs/a-1`: expected `predictions.csv` in version 2 of its format or an earlier one, \
             found 3"
        );
        let hint = "a later version of Gapwise wrote this run: read it with that one";
        assert_eq!(error.hint().as_deref(), Some(hint));
    }
}
