//! What is wrong with a table as a whole, once its cells are typed and bad examples are out.

use std::collections::{HashMap, hash_map::Entry};

use super::{
    Table,
    kind::are_mostly_unique,
    part::{Part, place, shown},
};
use crate::{Labels, Place, Problem, TrainingSource, problem::Gathered, split::Split};

/// Fewer examples than this can show any pattern by chance.
const TOO_FEW_FOR_A_PATTERN: usize = 20;

/// What the checks look at.
pub(super) struct Checked<'a> {
    /// The files, with the examples that were read from them.
    pub(super) parts: &'a [Part],
    /// For each example that is left, its place among those that were read.
    pub(super) kept: &'a [usize],
    pub(super) table: &'a Table,
    pub(super) labels: &'a Labels,
    pub(super) label: &'a str,
    /// The split of each example that is left, where its file says it.
    pub(super) splits: &'a [Option<Split>],
    /// Keys of inputs alone, and of inputs with label.
    pub(super) inputs: &'a [u128],
    pub(super) content: &'a [u128],
    /// The training source, where it is another.
    pub(super) train_from: Option<&'a TrainingSource>,
}

impl Checked<'_> {
    fn source(&self) -> Place {
        Place::path(self.parts.first().map(|part| part.path.clone()).unwrap_or_default())
    }

    fn place(&self, example: usize) -> Place {
        place(self.parts, self.kept[example])
    }

    /// Runs every check. There is an example, or none of them means anything.
    pub(super) fn run(&self) -> Gathered {
        let mut found = Gathered::new();
        if self.table.inputs().next().is_none() {
            let label = self.label.to_owned();
            found.push(Problem::NoInputs { place: self.source(), label });
        }
        match self.labels {
            Labels::Classes { names, of } => self.classes(names, of, &mut found),
            Labels::Numbers(values) => self.numbers(values, &mut found),
        }
        self.running_numbers(&mut found);
        self.repeats_of_the_label(&mut found);
        self.duplicates_across_splits(&mut found);
        found
    }

    fn classes(&self, names: &[String], of: &[u32], found: &mut Gathered) {
        let column = self.source().column(self.label);
        let mut counts: HashMap<Option<Split>, Vec<usize>> = HashMap::new();
        let mut totals = vec![0_usize; names.len()];
        for (class, split) in of.iter().zip(self.splits) {
            let counts =
                counts.entry(train_where_unsaid(*split)).or_insert_with(|| vec![0; names.len()]);
            counts[*class as usize] += 1;
            totals[*class as usize] += 1;
        }
        let present = totals.iter().filter(|count| **count > 0).count();
        if present == 1
            && let Some(class) = totals.iter().position(|count| *count > 0)
        {
            found.push(Problem::OneClassOnly { place: column, class: shown(&names[class]) });
            return;
        }
        if are_mostly_unique(present, of.len()) {
            let (distinct, examples) = (present, of.len());
            found.push(Problem::LabelMostlyUnique { place: column, distinct, examples });
            return;
        }
        let train = counts.get(&Some(Split::Train));
        for split in [Split::Validation, Split::Test] {
            let Some(held_out) = counts.get(&Some(split)) else { continue };
            for (class, examples) in held_out.iter().enumerate() {
                if *examples > 0 && train.is_none_or(|train| train[class] == 0) {
                    let first = of.iter().zip(self.splits).position(|(of, at)| {
                        *of as usize == class && train_where_unsaid(*at) == Some(split)
                    });
                    let place = first.map_or_else(|| self.source(), |first| self.place(first));
                    found.push(Problem::ClassNotInTrain {
                        place: place.column(self.label),
                        class: shown(&names[class]),
                        split,
                        examples: *examples,
                    });
                }
            }
        }
        for (class, count) in totals.iter().enumerate() {
            if *count == 1 {
                let class = shown(&names[class]);
                found.push(Problem::ClassWithOneExample { place: column.clone(), class });
            }
        }
        // Without inputs, all examples have the same, which has been said.
        if self.table.inputs().next().is_some() {
            self.contradictions(of, found);
        }
    }

    fn numbers(&self, values: &[f64], found: &mut Gathered) {
        if values.iter().all(|value| *value == values[0]) {
            found.push(Problem::ConstantLabel {
                place: self.source().column(self.label),
                value: values[0].to_string(),
            });
        }
    }

    /// Examples of equal inputs and different classes.
    fn contradictions(&self, of: &[u32], found: &mut Gathered) {
        let mut by_inputs: Vec<usize> = (0..of.len()).collect();
        by_inputs.sort_by_key(|example| (self.inputs[*example], *example));
        let (mut sets, mut examples, mut first) = (0, 0, None::<(usize, usize)>);
        for set in by_inputs.chunk_by(|a, b| self.inputs[*a] == self.inputs[*b]) {
            if let Some(other) = set.iter().find(|example| of[**example] != of[set[0]]) {
                sets += 1;
                examples += set.len();
                let pair = (set[0], *other);
                first = Some(first.map_or(pair, |first| first.min(pair)));
            }
        }
        if let Some((one, other)) = first {
            let first = format!("{} and {}", self.place(one), self.place(other));
            found.push(Problem::Contradictory { place: self.source(), sets, examples, first });
        }
    }

    /// Number columns that go up by one from line to line.
    fn running_numbers(&self, found: &mut Gathered) {
        let train =
            self.splits.iter().filter(|split| train_where_unsaid(**split) == Some(Split::Train));
        let train = train.count();
        if train < TOO_FEW_FOR_A_PATTERN {
            return;
        }
        for column in self.table.inputs() {
            let super::ColumnValues::Number(values) = &column.values else { continue };
            // Files follow each other with train first, so its examples are the first ones. Lines
            // left out make steps of more than one.
            let lines = self.kept[..train].windows(2).map(|pair| (pair[1] - pair[0]) as f64);
            let counts = |(pair, step): (&[f64], f64)| pair[1] - pair[0] == step;
            if values[0].fract() == 0.0 && values[..train].windows(2).zip(lines).all(counts) {
                let place = self.source().column(&column.name);
                found.push(Problem::RunningNumber { place, first: values[0].to_string() });
            }
        }
    }

    /// Columns whose values go one to one with the labels.
    fn repeats_of_the_label(&self, found: &mut Gathered) {
        if self.kept.len() < TOO_FEW_FOR_A_PATTERN {
            return;
        }
        for column in self.table.inputs() {
            let values = &column.values;
            let repeats = match self.labels {
                Labels::Classes { of, .. } => {
                    values.missing() == 0 && is_one_to_one(of, |example| values.key(example))
                }
                Labels::Numbers(labels) => match values {
                    super::ColumnValues::Number(values) => values == labels,
                    _ => false,
                },
            };
            if repeats {
                found.push(Problem::RepeatsLabel {
                    place: self.source().column(&column.name),
                    label: self.label.to_owned(),
                    examples: self.kept.len(),
                });
            }
        }
    }

    /// Examples held out by their source that another split has too. Those of a training source are
    /// left out of it when the data is split.
    fn duplicates_across_splits(&self, found: &mut Gathered) {
        let mut first: HashMap<u128, usize> = HashMap::new();
        let trains = self.train_from.map(|source| source.holds.as_slice()).unwrap_or_default();
        let beside = |example: &usize| !trains.get(*example).copied().unwrap_or(false);
        let examples = self.content.iter().enumerate();
        for (example, key) in examples.filter(|(example, _)| beside(example)) {
            match first.entry(*key) {
                Entry::Vacant(entry) => {
                    entry.insert(example);
                }
                Entry::Occupied(entry) => {
                    let other = *entry.get();
                    let split = train_where_unsaid(self.splits[example]);
                    let other_split = train_where_unsaid(self.splits[other]);
                    if let (Some(split), Some(other_split)) = (split, other_split)
                        && split != other_split
                    {
                        found.push(Problem::DuplicateAcrossSplits {
                            place: self.place(example),
                            split,
                            other: self.place(other),
                            other_split,
                        });
                    }
                }
            }
        }
    }
}

/// Examples of a source without a split of their own are what train is taken from.
fn train_where_unsaid(split: Option<Split>) -> Option<Split> {
    Some(split.unwrap_or(Split::Train))
}

/// Whether each value goes with one class and each class with one value.
fn is_one_to_one(classes: &[u32], value: impl Fn(usize) -> u64) -> bool {
    let mut class_of: HashMap<u64, u32> = HashMap::new();
    let mut value_of: HashMap<u32, u64> = HashMap::new();
    classes.iter().enumerate().all(|(example, class)| {
        let value = value(example);
        *class_of.entry(value).or_insert(*class) == *class
            && *value_of.entry(*class).or_insert(value) == value
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_to_one_is_both_ways() {
        let one_to_one = |values: &[u64]| is_one_to_one(&[0, 1, 0, 1], |example| values[example]);
        assert!(one_to_one(&[7, 9, 7, 9]));
        assert!(!one_to_one(&[7, 7, 7, 7]));
        assert!(!one_to_one(&[7, 9, 8, 9]));
        assert!(!one_to_one(&[7, 9, 9, 7]));
    }
}
