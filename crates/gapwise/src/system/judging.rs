//! From a trained network to its prediction table and to what it has to beat.

use gapwise_data::{Dataset, Groups, Split, Times, split::time_blocks};
use gapwise_nn::{
    model::Model,
    tasks::{Answer, Labelled},
};
use gapwise_study::{
    baseline::{BaselineReport, compare},
    diagnosis::TRAIN_SCORED,
    metric::Metric,
    predictions::{PredictionRow, PredictionTable},
};
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use super::linear::LinearBaseline;
use crate::{Error, inspection::Prepared};

/// The prediction table of train and validation.
pub(super) struct Judged {
    pub(super) table: PredictionTable,
    pub(super) sampled: bool,
}

pub(super) fn judged(model: &Model, prepared: &Prepared, seed: u64) -> Result<Judged, Error> {
    let mut train = prepared.splits.indices(Split::Train);
    let sampled = train.len() > TRAIN_SCORED;
    if sampled {
        train.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        train.truncate(TRAIN_SCORED);
        train.sort_unstable();
    }
    let mut rows = rows_of(model, &prepared.dataset, &train, Split::Train)?;
    for split in [Split::TrainValidation, Split::Validation] {
        let examples = prepared.splits.indices(split);
        rows.extend(rows_of(model, &prepared.dataset, &examples, split)?);
    }
    let table = PredictionTable { target: model.record().head.target(), rows };
    Ok(Judged { table, sampled })
}

/// The rows of the prediction table for some examples of a data set.
pub(crate) fn rows_of(
    model: &Model,
    dataset: &Dataset,
    examples: &[usize],
    split: Split,
) -> Result<Vec<PredictionRow>, Error> {
    let weights = model.record().weights(&dataset.labels, dataset.weights.as_deref());
    let labelled = Labelled { labels: Some(&dataset.labels), weights: weights.as_deref() };
    let answers = model.answers(&dataset.inputs, labelled, examples)?;
    let units = Units::new((dataset.groups.as_ref(), dataset.times.as_ref()), examples);
    let row = |(place, (answer, &example)): (usize, (Answer, &usize))| PredictionRow {
        id: dataset.ids[example].clone(),
        group: units.of(place),
        split,
        outcome: answer.outcome,
        loss: answer.loss,
        weight: answer.weight,
    };
    Ok(answers.into_iter().zip(examples).enumerate().map(row).collect())
}

/// What stands as group of each scored example: its group, or its block of time.
pub(crate) struct Units(Vec<Option<String>>);

impl Units {
    pub(crate) fn new(
        (groups, times): (Option<&Groups>, Option<&Times>),
        examples: &[usize],
    ) -> Units {
        Units(match (groups, times) {
            (Some(groups), _) => {
                let name = |&example: &usize| groups.names[groups.of[example] as usize].clone();
                examples.iter().map(|example| Some(name(example))).collect()
            }
            (None, Some(times)) => time_blocks(&times.of, examples)
                .into_iter()
                .map(|block| Some(format!("time block {}", block + 1)))
                .collect(),
            (None, None) => vec![None; examples.len()],
        })
    }

    /// The group of an example, by its place among those that were scored.
    pub(crate) fn of(&self, place: usize) -> Option<String> {
        self.0[place].clone()
    }
}

/// The constant and the linear baseline against the network, on the validation examples.
pub(super) fn baselines(
    metric: Metric,
    table: &PredictionTable,
    (linear, prepared): (Option<LinearBaseline>, &Prepared),
) -> Result<Vec<BaselineReport>, Error> {
    let train = prepared.splits.indices(Split::Train);
    let labels = &prepared.dataset.labels;
    let truths = train.iter().filter_map(|&example| table.target.truth(labels, example));
    let mut reports = Vec::new();
    if let Some(constant) = table.target.constant(truths) {
        reports.push(compare(constant.name, metric, table, &constant.answers(table))?);
    }
    if let Some(LinearBaseline { answers, record }) = linear {
        let report = compare("linear", metric, table, &answers)?;
        reports.push(BaselineReport { fit: Some(record), ..report });
    }
    Ok(reports)
}
