//! Errors that follow from a few sums, and what number labels have in common.

use super::Sample;
use crate::{interval::bootstrap::Statistic, predictions::Target};

/// The mean of a fact: second sum over first.
#[derive(Debug)]
pub(super) struct Mean;

impl Statistic for Mean {
    fn value(&self, total: &[f64]) -> f64 {
        total[1] / total[0]
    }

    fn gradient(&self, total: &[f64], into: &mut [f64]) {
        into[0] = -total[1] / (total[0] * total[0]);
        into[1] = 1.0 / total[0];
    }
}

/// The unit of an error that is measured as the label is.
pub(super) fn label_unit(target: &Target) -> String {
    match target.number_name() {
        // A column without a name has a number, which would read as a figure beside an error.
        Some(name) if name.parse::<usize>().is_ok() => format!("units of column {name}"),
        Some(name) => name.to_owned(),
        None => String::new(),
    }
}

/// The tolerance's floor of an error that is measured as the label is.
pub(super) fn label_floor(validation: &Sample) -> (f64, &'static str) {
    (0.001 * validation.spread(), "0.1 % of the labels' standard deviation")
}
