//! Of two sources, which examples may train.

use std::collections::HashSet;

use super::{Split, SplitProblem};
use crate::{Dataset, Place, TrainingSource};

/// The examples that are left to train, where training has a source of its own.
pub(super) struct Pool {
    /// In the data set's order: those of the training source that are not held out too, and those
    /// of the other that joined train.
    pub(super) trains: Vec<u32>,
    /// What validation and test hold too, and so is left out.
    pub(super) shared: Option<SplitProblem>,
}

impl Pool {
    /// `of` is the split of every example beside the training source's.
    pub(super) fn of(dataset: &Dataset, source: &TrainingSource, of: &[Option<Split>]) -> Pool {
        let held_out = |example: &usize| {
            !source.holds[*example] && matches!(of[*example], Some(Split::Validation | Split::Test))
        };
        let identity = dataset.identity();
        let examples = || (0..dataset.len()).filter(held_out);
        let content: HashSet<u128> = examples().map(|example| identity[example]).collect();
        let group = |example: usize| dataset.groups.as_ref().map(|groups| groups.of[example]);
        let groups: HashSet<u32> = examples().filter_map(group).collect();

        let mut trains = Vec::new();
        let (mut duplicates, mut grouped) = (0, 0);
        for (example, split) in of.iter().enumerate() {
            if !source.holds[example] {
                if *split == Some(Split::Train) {
                    trains.push(example as u32);
                }
            } else if content.contains(&identity[example]) {
                duplicates += 1;
            } else if group(example).is_some_and(|group| groups.contains(&group)) {
                grouped += 1;
            } else {
                trains.push(example as u32);
            }
        }
        let shared = (duplicates + grouped > 0).then(|| SplitProblem::Shared {
            place: Place::path(&source.name),
            beside: source.beside.clone(),
            duplicates,
            grouped,
        });
        Pool { trains, shared }
    }
}
