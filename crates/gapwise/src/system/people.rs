//! People's answers, checked before anything is trained.

use gapwise_data::{Split, stream};
use gapwise_study::{
    human::{HumanAnswers, HumanError},
    metric::Metric,
    predictions::{Outcome, PredictionRow, PredictionTable},
};

use crate::{
    Error,
    config::{DiagnosisChoice, HumanChoice, target},
    inspection::Prepared,
};

/// The file of answers, where the human level comes from one: every answer is one to a validation
/// example.
pub(super) fn people(
    choice: &DiagnosisChoice,
    metric: Metric,
    prepared: &Prepared,
) -> Result<Option<Vec<u8>>, Error> {
    let Some(HumanChoice::Answers(path)) = &choice.human else { return Ok(None) };
    let table = all_right(prepared);
    HumanAnswers::read(path)?.estimate(&table, metric)?;
    let bytes =
        stream::read(path).map_err(|source| HumanError::Io { path: path.clone(), source })?;
    Ok(Some(bytes.to_vec()))
}

/// The table of a network that answers every example rightly.
fn all_right(prepared: &Prepared) -> PredictionTable {
    let dataset = &prepared.dataset;
    let target = target(dataset);
    let outcome = |example: usize| {
        let truth = target.truth(&dataset.labels, example)?;
        Some(Outcome { prediction: target.right(&truth)?, truth: Some(truth) })
    };
    let rows = Split::ALL.into_iter().flat_map(|split| {
        prepared.splits.indices(split).into_iter().map(move |example| (split, example))
    });
    let row = |(split, example): (Split, usize)| {
        let (id, group, outcome) = (dataset.ids[example].clone(), None, outcome(example)?);
        Some(PredictionRow { id, group, split, outcome, loss: 0.0, weight: 1.0 })
    };
    let rows = rows.filter_map(row).collect();
    PredictionTable { target, rows }
}
