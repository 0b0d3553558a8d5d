//! The third step: from a trained network to its prediction table, to what it has to beat, and to its
//! ladder.

use gapwise_data::{Dataset, Groups, Split, Times, split::time_blocks};
use gapwise_nn::{
    model::{Model, NetworkKind, NetworkSettings},
    tasks::{Answer, Labelled},
};
use gapwise_study::{
    baseline::{BaselineReport, compare},
    diagnosis::{
        DiagnoseOptions, Diagnosis, GroupKind, LookCounts, Origin, TRAIN_SCORED, TestSplit,
        TrainRows, diagnose,
    },
    predictions::{PredictionRow, PredictionTable},
    recipe::NoCommands,
    runs::Runs,
};
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use super::{
    linear::{LinearBaseline, LinearFit, LinearFitted},
    plan::Plan,
};
use crate::{Error, trained::human_level};

/// What a network has to beat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Baselines {
    /// Nothing is asked: of hundreds of networks on the same data, one comparison is enough.
    None,
    /// The best constant and a linear model.
    All,
}

/// A network's answers to the training and validation examples.
#[derive(Debug, Clone)]
pub struct Judged {
    /// Each answer beside the right one.
    pub table: PredictionTable,
    /// Whether all training examples were answered.
    pub train: TrainRows,
    /// What the network has to beat, and whether it does.
    pub baselines: Vec<BaselineReport>,
}

/// Has a network answer the training and validation examples of a plan. Test examples stay closed.
///
/// # Errors
///
/// [`Error::Data`] where an example that is read only now cannot be.
pub fn judge(plan: &Plan, model: &Model, baselines: Baselines) -> Result<Judged, Error> {
    let judged = answered(plan, model)?;
    let linear = match baselines {
        Baselines::None => return Ok(judged),
        Baselines::All => linear_baseline(plan, &|| false)?,
    };
    let linear = match linear {
        LinearFitted::Yes(linear) => Some(linear),
        LinearFitted::None | LinearFitted::Stopped => None,
    };
    judged.with_baselines(plan, linear)
}

/// The same without baselines.
pub(super) fn answered(plan: &Plan, model: &Model) -> Result<Judged, Error> {
    let (splits, dataset) = (&plan.prepared.splits, &plan.prepared.dataset);
    let mut train = splits.indices(Split::Train);
    let sampled = train.len() > TRAIN_SCORED;
    if sampled {
        train.shuffle(&mut ChaCha8Rng::seed_from_u64(plan.effective.train.seed));
        train.truncate(TRAIN_SCORED);
        train.sort_unstable();
    }
    let mut rows = rows_of(model, dataset, &train, Split::Train)?;
    for split in [Split::TrainValidation, Split::Validation] {
        rows.extend(rows_of(model, dataset, &splits.indices(split), split)?);
    }
    let table = PredictionTable { target: model.record().head.target(), rows };
    let train = if sampled { TrainRows::Sample } else { TrainRows::All };
    Ok(Judged { table, train, baselines: Vec::new() })
}

impl Judged {
    /// The same with the constant and the linear baseline beside the network.
    pub(super) fn with_baselines(
        self,
        plan: &Plan,
        linear: Option<LinearBaseline>,
    ) -> Result<Self, Error> {
        let (metric, table) = (plan.effective.judging.metric, &self.table);
        let train = plan.prepared.splits.indices(Split::Train);
        let labels = &plan.prepared.dataset.labels;
        let truths = train.iter().filter_map(|&example| table.target.truth(labels, example));
        let mut baselines = Vec::new();
        if let Some(constant) = table.target.constant(truths) {
            let answers = constant.answers(table);
            baselines.push(compare(constant.name, metric, table, &answers)?);
        }
        if let Some(LinearBaseline { answers, record }) = linear {
            let report = compare("linear", metric, table, &answers)?;
            baselines.push(BaselineReport { fit: Some(record), ..report });
        }
        Ok(Judged { baselines, ..self })
    }

    /// The ladder and the verdict. Looks at validation are those that `runs` knows; counting this one
    /// is the caller's.
    ///
    /// # Errors
    ///
    /// [`Error::Diagnose`] where the table has no error to tell.
    pub fn diagnosis(&self, plan: &Plan, runs: &dyn Runs) -> Result<Diagnosis, Error> {
        let metric = plan.effective.judging.metric;
        let choice = &plan.effective.diagnosis;
        let mut options = DiagnoseOptions::new(plan.prepared.dataset.name.clone());
        options.metric = Some(metric);
        options.human = human_level(choice.human.as_ref(), &self.table, metric)?;
        options.tolerance = choice.tolerance;
        let counts = runs.looks(&plan.held_out())?.counts;
        let options = Circumstances::of(plan, self.train).applied(options, counts);
        Ok(diagnose(&self.table, &options, &NoCommands)?)
    }
}

/// What a ladder has to know of how the data came and was split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Circumstances {
    pub(crate) train: TrainRows,
    pub(crate) has_test: bool,
    pub(crate) test_ready_made: bool,
    pub(crate) train_from_elsewhere: bool,
    pub(crate) time_blocks: bool,
}

impl Circumstances {
    pub(super) fn of(plan: &Plan, train: TrainRows) -> Self {
        let dataset = &plan.prepared.dataset;
        let ready_made = dataset.ready_made.as_ref();
        Circumstances {
            train,
            has_test: plan.prepared.splits.count(Split::Test) > 0,
            test_ready_made: ready_made.is_some_and(|of| of.contains(&Some(Split::Test))),
            train_from_elsewhere: dataset.train_from.is_some(),
            time_blocks: dataset.times.is_some(),
        }
    }

    pub(crate) fn applied(self, options: DiagnoseOptions, looks: LookCounts) -> DiagnoseOptions {
        let mut options = DiagnoseOptions { train: self.train, looks, ..options };
        if self.test_ready_made {
            options.test_origin = Origin::Elsewhere;
        }
        if self.train_from_elsewhere {
            options.train_origin = Origin::Elsewhere;
        }
        if !self.has_test {
            options.test = TestSplit::None;
        }
        if self.time_blocks {
            options.groups = GroupKind::TimeBlocks;
        }
        options
    }
}

/// The linear baseline's answers on validation.
pub(super) fn linear_baseline(plan: &Plan, stop: &dyn Fn() -> bool) -> Result<LinearFitted, Error> {
    let NetworkSettings { kind, hidden, .. } = &plan.effective.network;
    if *kind == NetworkKind::FEED_FORWARD && hidden.is_empty() {
        return Ok(LinearFitted::None);
    }
    let network = NetworkSettings::new(NetworkKind::FEED_FORWARD).with_hidden(Vec::new());
    let fitting = plan.fitting_of(&network, &plan.effective.train)?;
    let splits = &plan.prepared.splits;
    let [train, validation] = [Split::Train, Split::Validation].map(|at| splits.indices(at));
    let record = fitting.record();
    LinearFit {
        dataset: &plan.prepared.dataset,
        head: &record.head,
        network: &record.network,
        weights: fitting.labelled().weights,
        train: &train,
        validation: &validation,
        seed: plan.effective.train.seed,
    }
    .baseline(stop)
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
