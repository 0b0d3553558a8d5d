//! A prediction table that another program wrote, judged as a run is.

use std::path::{Path, PathBuf};

use gapwise_data::TaskChoice;
use gapwise_study::{
    constraint::{Constraints, Measured},
    diagnosis::{DiagnoseOptions, Diagnosis, Judged, JudgedBy, diagnose, every_metric},
    predictions::{ForeignTable, read_foreign},
    recipe::OtherProgram,
};
use serde::Serialize;

use crate::{
    Error,
    config::{DiagnosisChoice, MetricChoice},
    trained::human_level,
};

/// How a prediction table is to be judged.
#[derive(Debug, Clone, Default)]
pub struct TableChoice {
    /// What it predicts, where its columns and labels do not say. Default: from them.
    pub task: Option<TaskChoice>,
    /// The metric, the positive class and the constraints.
    pub metric: MetricChoice,
    /// The human level and the tolerance.
    pub diagnosis: DiagnosisChoice,
}

/// What a prediction table says.
#[derive(Debug, Clone, Serialize)]
pub struct JudgedTable {
    /// The table.
    pub predictions: PathBuf,
    /// What there is to say of its scores, where some rows of them do not sum to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rounded: Option<String>,
    /// Its gap ladder. Its steps have no commands: they are taken in the program that
    /// wrote the table.
    pub diagnosis: Diagnosis,
    /// Every metric that fits, on each split that the table has.
    pub metrics: Vec<JudgedBy>,
}

/// Judges the prediction table at `path`. Nothing is written, and no look is counted. A constraint
/// on what a table does not tell, such as latency, cannot be told.
///
/// # Errors
///
/// [`Error::Predictions`] with every bad cell; [`Error::Config`] for a metric, a positive class or a
/// constraint that does not fit; [`Error::Diagnose`] for a table without validation rows and for a
/// level or tolerance that cannot be; [`Error::Human`] for people's answers that are none to its
/// validation examples.
pub fn judge_table(path: &Path, choice: &TableChoice) -> Result<JudgedTable, Error> {
    let ForeignTable { table, rounded } = read_foreign(path, choice.task)?;
    let names = table.target.class_names();
    let usual = table.rarer_class().and_then(|class| names?.get(class as usize));
    let judging = choice.metric.judging(&table.target, usual.map(String::as_str))?;
    let constraints = choice.metric.constraints(&table.target)?;
    let mut options = DiagnoseOptions::new(path.display().to_string());
    options.judged = Judged::Table;
    options.metric = Some(judging.metric);
    options.human = human_level(choice.diagnosis.human.as_ref(), &table, judging.metric)?;
    options.tolerance = choice.diagnosis.tolerance;
    let mut diagnosis = diagnose(&table, &options, &OtherProgram)?;
    diagnosis.assumed.extend(judging.note.map(|note| {
        let mut said = note.said.chars();
        let first = said.next().map(|first| first.to_uppercase().to_string());
        format!("{}{}.", first.unwrap_or_default(), said.as_str())
    }));
    diagnosis.assumed.extend(rounded.clone());
    if !constraints.is_empty() {
        let judged = constraints.into_iter().map(|constraint| {
            let positive = Some(judging.metric.positive);
            let figure = constraint.quantity.measured_on(&table, positive);
            constraint.judge(figure.unwrap_or_else(|| Measured::Missing {
                reason: "a prediction table does not tell it".into(),
            }))
        });
        let constraints = Constraints { machine: None, judged: judged.collect() };
        diagnosis = diagnosis.with_constraints(constraints, &OtherProgram);
    }
    let metrics = every_metric(&table, &options);
    Ok(JudgedTable { predictions: path.to_owned(), rounded, diagnosis, metrics })
}
