//! What is wrong with a table as a whole, once its cells are typed and bad examples are out.

use std::collections::{HashMap, hash_map::Entry};

use rayon::prelude::*;

use super::{
    Table, far,
    kind::are_mostly_unique,
    part::{Part, place},
    relation,
};
use crate::{
    Labels, Note, Place, Problem, TrainingSource, class_names,
    problem::Gathered,
    shown::{on_one_line, shown},
    split::Split,
    wording::{counted, figure, shell_word, written},
};

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
            let (label, left_out) = (self.label.to_owned(), self.table.columns.len());
            found.push(Problem::NoInputs { place: self.source(), label, left_out });
        }
        match self.labels {
            Labels::Classes { names, of } => self.classes(names, of, &mut found),
            Labels::Numbers(values) => self.numbers(values, &mut found),
        }
        self.running_numbers(&mut found);
        self.repeats_of_the_label(&mut found);
        self.sums(&mut found);
        self.far_cells(&mut found);
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
        let alike = class_names::alike(names);
        if !alike.is_empty() {
            let pairs: Vec<(String, String)> =
                alike.iter().map(|(one, other)| (shown(one), shown(other))).collect();
            found.push(Problem::ClassesAlike { place: column.clone(), pairs });
        }
        let train = counts.get(&Some(Split::Train));
        for split in [Split::Validation, Split::Test] {
            let Some(held_out) = counts.get(&Some(split)) else { continue };
            let mut firsts = vec![None; names.len()];
            for (example, (class, at)) in of.iter().zip(self.splits).enumerate().rev() {
                if train_where_unsaid(*at) == Some(split) {
                    firsts[*class as usize] = Some(example);
                }
            }
            for (class, examples) in held_out.iter().enumerate() {
                if *examples > 0 && train.is_none_or(|train| train[class] == 0) {
                    let first = firsts[class];
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
                value: written(values[0]),
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
                found.push(Problem::RunningNumber { place, first: written(values[0]) });
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

    /// A sum of input columns that the label is.
    fn sums(&self, found: &mut Gathered) {
        let Labels::Numbers(labels) = self.labels else { return };
        let columns: Vec<(&str, &[f64])> = self
            .table
            .inputs()
            .filter_map(|column| match &column.values {
                // One that is the label itself has been told.
                super::ColumnValues::Number(values) if values != labels => {
                    Some((column.name.as_str(), values.as_slice()))
                }
                _ => None,
            })
            .collect();
        let values: Vec<&[f64]> = columns.iter().map(|(_, values)| *values).collect();
        let Some(sum) = relation::find(&values, labels) else { return };
        let mut text = String::new();
        for (at, weight) in &sum.terms {
            let name = on_one_line(columns[*at].0);
            let size = rounded(weight.abs());
            let times = if size == 1.0 { String::new() } else { format!("{} × ", written(size)) };
            let sign = match (text.is_empty(), *weight < 0.0) {
                (true, false) => "",
                (true, true) => "−",
                (false, false) => " + ",
                (false, true) => " − ",
            };
            text.push_str(&format!("{sign}{times}`{name}`"));
        }
        if sum.constant != 0.0 {
            let sign = if sum.constant < 0.0 { "−" } else { "+" };
            text.push_str(&format!(" {sign} {}", written(rounded(sum.constant.abs()))));
        }
        let columns = sum.terms.iter().map(|(at, _)| columns[*at].0.to_owned()).collect();
        found.push(Problem::SumIsLabel {
            place: self.source().column(self.label),
            sum: text,
            columns,
            follow: sum.follow,
            of: sum.of,
        });
    }

    /// Cells so far from the others of their column that nothing is left of these once both are
    /// scaled.
    fn far_cells(&self, found: &mut Gathered) {
        /// The most lines that are named.
        const LINES: usize = 5;
        let numbers = |values: &'_ super::ColumnValues| match values {
            super::ColumnValues::Number(values) => far::cells(values),
            _ => None,
        };
        let inputs: Vec<&super::Column> = self.table.inputs().collect();
        let mut far: Vec<(&str, far::Far)> = inputs
            .par_iter()
            .filter_map(|column| Some((column.name.as_str(), numbers(&column.values)?)))
            .collect();
        if let Labels::Numbers(labels) = self.labels {
            far.extend(far::cells(labels).map(|found| (self.label, found)));
        }
        for (name, far) in far {
            let lines = far.examples.iter().take(LINES);
            let lines: Vec<u64> = lines.filter_map(|at| self.place(*at).row).collect();
            let Some(first) = far.examples.first() else { continue };
            found.push(Problem::FarFromOthers {
                place: self.place(*first).column(name),
                cells: far.examples.len(),
                value: written(far.farthest),
                median: figure(far.median),
                lines,
            });
        }
    }

    /// Whole numbers that differ in every example, or in nearly every one where the column is named
    /// like an identifier: they may only name it.
    pub(super) fn identifiers(&self) -> Vec<Note> {
        /// Fewer examples may all differ by chance.
        const FEWEST: usize = 200;
        let inputs: Vec<&super::Column> = self.table.inputs().collect();
        let counted_up = |values: &[f64]| values.windows(2).all(|pair| pair[1] - pair[0] == 1.0);
        inputs
            .par_iter()
            .filter_map(|column| {
                let super::ColumnValues::Number(values) = &column.values else { return None };
                let whole = |value: &f64| value.fract() == 0.0 && *value >= 0.0;
                if values.len() < TOO_FEW_FOR_A_PATTERN
                    || !values.iter().all(whole)
                    || counted_up(values)
                {
                    return None;
                }
                let mut sorted = values.clone();
                sorted.sort_unstable_by(f64::total_cmp);
                sorted.dedup();
                let (distinct, examples) = (sorted.len(), values.len());
                let named = is_named_like_an_identifier(&column.name);
                let all = distinct == examples && examples >= FEWEST;
                let said = (all || (named && distinct * 50 >= examples * 49)).then(|| {
                    format!(
                        "`{}` has {} in {}: if it only names them, leave it out",
                        on_one_line(&column.name),
                        counted(distinct, "different whole number"),
                        counted(examples, "example"),
                    )
                })?;
                let change_with = Some(format!("--ignore {}", shell_word(&column.name)));
                Some(Note { said, change_with })
            })
            .collect()
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

/// A weight to four digits, or to the whole number next to it where that is nearer still.
fn rounded(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}

/// Whether a word of a column's name is one for identifiers.
fn is_named_like_an_identifier(name: &str) -> bool {
    const WORDS: [&str; 13] = [
        "id", "ids", "uid", "uuid", "guid", "key", "index", "no", "nr", "number", "account",
        "serial", "rowid",
    ];
    let mut words: Vec<String> = vec![String::new()];
    let mut before = None;
    for c in name.chars() {
        let begins = c.is_uppercase() && before.is_some_and(char::is_lowercase);
        if begins || !c.is_alphanumeric() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
        before = Some(c);
    }
    words.iter().any(|word| WORDS.contains(&word.as_str()))
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
