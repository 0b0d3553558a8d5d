//! Example weights: how much each example counts in the loss and in the metric.

use super::{missing::Cells, part::Part};
use crate::{
    Note, Place, Problem,
    problem::{Gathered, LARGEST_WEIGHT, WeightProblem},
    shown::shown,
};

/// The weights in a column.
pub(super) struct Weights {
    /// One per example, over all files; 1 in a file that lacks the column, 0 where a cell is bad.
    pub(super) of: Vec<f32>,
    /// Examples without a usable weight.
    pub(super) bad: Vec<usize>,
    pub(super) problems: Gathered,
    /// Files that lack the column.
    pub(super) notes: Vec<Note>,
}

/// Reads the weights in a column, given by its place and its name.
pub(super) fn read(parts: &[Part], (column, name): (usize, &str), reading: Cells<'_>) -> Weights {
    let mut read = Weights { of: vec![], bad: vec![], problems: Gathered::new(), notes: vec![] };
    for part in parts {
        if part.places[column].is_none() {
            read.notes.push(Note {
                said: format!(
                    "`{}` has no column `{name}`, so all its examples have the weight 1",
                    part.path.display()
                ),
                change_with: None,
            });
            read.of.extend(std::iter::repeat_n(1.0, part.len()));
            continue;
        }
        for (example, cell) in part.cells(column).enumerate() {
            let weight = reading
                .present_number(cell)
                .filter(|weight| (0.0..=LARGEST_WEIGHT).contains(weight));
            if weight.is_none() {
                let place = part.place(example).column(name);
                let found = (!reading.is_missing(cell)).then(|| shown(cell));
                read.bad.push(read.of.len());
                read.problems.push(WeightProblem::NoWeight { place, found }.into());
            }
            // Adding zero turns −0 into 0.
            read.of.push(weight.map_or(0.0, |weight| weight as f32 + 0.0));
        }
    }
    read
}

/// The problem of each file that has examples to keep, of which none counts.
pub(super) fn all_zero(parts: &[Part], weights: &[f32], keep: &[bool], name: &str) -> Vec<Problem> {
    let mut weighted = weights.iter().zip(keep);
    let mut problems = Vec::new();
    for part in parts {
        let mut of_part = weighted.by_ref().take(part.len()).filter(|(_, keep)| **keep).peekable();
        let some = of_part.peek().is_some();
        // All of them are looked at, so that the next file begins at its own.
        if some && of_part.filter(|(weight, _)| **weight > 0.0).count() == 0 {
            let place = Place::path(&part.path).column(name);
            problems.push(WeightProblem::AllZero { place }.into());
        }
    }
    problems
}
