//! The validation examples that several networks answered.

use std::collections::{HashMap, HashSet};

use gapwise_data::Split;
use serde::{Deserialize, Serialize};

use super::{Answered, CompareError};
use crate::{
    metric::{Metric, Sample, Undefined},
    predictions::PredictionRow,
};

/// Validation examples of one network that are left out of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The network.
    pub name: String,
    /// How many of its examples another one did not answer.
    pub examples: usize,
}

/// Answers of several networks to the same validation examples, in the order of the first table.
pub(super) struct Shared<'a> {
    /// `[network][example]`.
    rows: Vec<Vec<&'a PredictionRow>>,
    pub(super) left_out: Vec<LeftOut>,
}

impl<'a> Shared<'a> {
    /// Joins the validation rows of at least one table by their ids.
    pub(super) fn of(networks: &[Answered<'a>]) -> Result<Self, CompareError> {
        let (first, others) = networks.split_first().expect("a comparison has a network");
        for other in others {
            same_target(first, other)?;
        }
        let answers: Vec<HashMap<&str, &PredictionRow>> =
            networks.iter().map(|network| by_id(network)).collect::<Result<_, _>>()?;
        let everywhere = |id: &str| answers.iter().all(|answers| answers.contains_key(id));
        let ids: Vec<&str> = first
            .table
            .of(Split::Validation)
            .map(|row| row.id.as_str())
            .filter(|id| everywhere(id))
            .collect();
        let rows: Vec<Vec<&PredictionRow>> =
            answers.iter().map(|answers| ids.iter().map(|id| answers[id]).collect()).collect();
        for (other, theirs) in others.iter().zip(&rows[1..]) {
            if ids.is_empty() {
                let (first, second) = (first.name.to_owned(), other.name.to_owned());
                return Err(CompareError::NoneShared { first, second });
            }
            same_examples(first, other, [&rows[0], theirs])?;
        }
        let shared: HashSet<&str> = ids.iter().copied().collect();
        networks.iter().try_for_each(|network| not_learned(first, network, &shared))?;
        let left_out = networks
            .iter()
            .zip(&answers)
            .filter(|(_, answers)| answers.len() > ids.len())
            .map(|(network, answers)| LeftOut {
                name: network.name.to_owned(),
                examples: answers.len() - ids.len(),
            })
            .collect();
        Ok(Shared { rows, left_out })
    }

    /// Shared examples, those of weight 0 left out.
    pub(super) fn examples(&self) -> usize {
        self.rows[0].iter().filter(|row| row.weight != 0.0).count()
    }

    /// The sample of every network, in their order. Groups are those of the first table.
    pub(super) fn samples(
        &self,
        metric: Metric,
        networks: &[Answered<'_>],
    ) -> Result<Vec<Sample>, CompareError> {
        let groups: Vec<Option<&str>> =
            self.rows[0].iter().map(|row| row.group.as_deref()).collect();
        let sample = |(rows, network): (&Vec<&PredictionRow>, &Answered<'_>)| {
            let outcomes =
                rows.iter().zip(&groups).map(|(row, group)| (&row.outcome, *group, row.weight));
            let sample = Sample::of_outcomes(metric, outcomes);
            let name = || network.name.to_owned();
            match metric.error(&sample) {
                Err(Undefined::NoExamples) => Err(CompareError::NoValidation { name: name() }),
                Err(Undefined::NotFinite) => Err(CompareError::NotFinite { name: name() }),
                Err(why) => Err(CompareError::Undefined { metric: metric.kind, why }),
                Ok(_) => Ok(sample),
            }
        };
        self.rows.iter().zip(networks).map(sample).collect()
    }
}

fn by_id<'a>(network: &Answered<'a>) -> Result<HashMap<&'a str, &'a PredictionRow>, CompareError> {
    let rows: HashMap<_, _> =
        network.table.of(Split::Validation).map(|row| (row.id.as_str(), row)).collect();
    if rows.is_empty() {
        return Err(CompareError::NoValidation { name: network.name.to_owned() });
    }
    Ok(rows)
}

fn same_target(first: &Answered<'_>, second: &Answered<'_>) -> Result<(), CompareError> {
    let (one, other) = (&first.table.target, &second.table.target);
    if one == other {
        return Ok(());
    }
    let (expected, mut found) = (one.kind().said(), other.kind().said());
    if expected == found {
        found = "others of as many".to_owned();
    }
    let (first, second) = (first.name.to_owned(), second.name.to_owned());
    Err(CompareError::OtherTarget { first, second, expected, found })
}

/// Refuses the same ids with other labels or weights.
fn same_examples(
    first: &Answered<'_>,
    second: &Answered<'_>,
    [ours, theirs]: [&[&PredictionRow]; 2],
) -> Result<(), CompareError> {
    let differing = |differ: fn(&PredictionRow, &PredictionRow) -> bool| {
        let mut ids = ours.iter().zip(theirs).filter(|(a, b)| differ(a, b)).map(|(a, _)| &a.id);
        let id = ids.next()?.clone();
        Some((id, 1 + ids.count()))
    };
    let (first, second) = (first.name.to_owned(), second.name.to_owned());
    if let Some((id, examples)) = differing(|a, b| a.outcome.truth != b.outcome.truth) {
        return Err(CompareError::OtherLabels { first, second, examples, id });
    }
    match differing(|a, b| a.weight != b.weight) {
        Some((id, examples)) => Err(CompareError::OtherWeights { first, second, examples, id }),
        None => Ok(()),
    }
}

fn not_learned(
    first: &Answered<'_>,
    network: &Answered<'_>,
    shared: &HashSet<&str>,
) -> Result<(), CompareError> {
    let learned = |row: &&PredictionRow| {
        matches!(row.split, Split::Train) && shared.contains(row.id.as_str())
    };
    let mut learned = network.table.rows.iter().filter(learned);
    match learned.next() {
        None => Ok(()),
        Some(row) => Err(CompareError::Learned {
            of: first.name.to_owned(),
            learned_by: network.name.to_owned(),
            examples: 1 + learned.count(),
            id: row.id.clone(),
        }),
    }
}
