//! A prediction table that another program wrote, judged as a run is.

use std::path::{Path, PathBuf};

use gapwise_data::TaskChoice;
use gapwise_study::{
    diagnosis::{DiagnoseOptions, Diagnosis, Judged, diagnose},
    metric::MetricKind,
    predictions::read_foreign,
    recipe::OtherProgram,
};
use serde::Serialize;

use crate::{Error, config::DiagnosisChoice, trained::human_level};

/// What a prediction table says.
#[derive(Debug, Clone, Serialize)]
pub struct JudgedTable {
    /// The table.
    pub predictions: PathBuf,
    /// Its gap ladder. Its steps have no commands: they are taken in the program that
    /// wrote the table.
    pub diagnosis: Diagnosis,
}

/// Judges the prediction table at `path`; `task` says what it predicts, where its columns and
/// labels do not. Nothing is written, and no look is counted.
///
/// # Errors
///
/// [`Error::Predictions`] with every bad cell; [`Error::Diagnose`] for a table without validation
/// rows and for a level or tolerance that cannot be; [`Error::Human`] for people's answers that are
/// none to its validation examples.
pub fn judge_table(
    path: &Path,
    task: Option<TaskChoice>,
    choice: &DiagnosisChoice,
) -> Result<JudgedTable, Error> {
    let table = read_foreign(path, task)?;
    let mut options = DiagnoseOptions::new(path.display().to_string());
    let metric = MetricKind::of(&table.target).metric();
    options.judged = Judged::Table;
    options.human = human_level(choice.human.as_ref(), &table, metric)?;
    options.tolerance = choice.tolerance;
    let diagnosis = diagnose(&table, &options, &OtherProgram)?;
    Ok(JudgedTable { predictions: path.to_owned(), diagnosis })
}
