//! A baseline and the network on the same validation examples.

use gapwise_data::Split;
use thiserror::Error;

use super::{BaselineReport, Better};
use crate::{
    interval::CONFIDENCE,
    metric::{MetricKind, Sample, count},
    predictions::{Outcome, PredictionTable},
};

/// Why a baseline cannot be compared with the network.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BaselineError {
    /// The network's table has no validation rows.
    #[error("the prediction table has no validation examples")]
    NoValidation,
    /// The baseline did not answer the same examples.
    #[error(
        "{name} baseline: expected an answer to each of {expected} validation examples, found {found}"
    )]
    OtherExamples {
        /// The baseline.
        name: String,
        /// Validation examples of the network.
        expected: usize,
        /// Answers of the baseline to examples with the same label.
        found: usize,
    },
    /// Answers that are not numbers.
    #[error(
        "{name} baseline: the answers of the baseline or of the network are not all finite numbers"
    )]
    NotFinite {
        /// The baseline.
        name: String,
    },
}

/// Compares the network that answered `network` with a baseline's answers to its validation rows,
/// in the same order.
///
/// # Errors
///
/// No validation rows, answers to other examples, or answers that are not finite.
pub fn compare(
    name: &str,
    network: &PredictionTable,
    baseline: &[Outcome],
) -> Result<BaselineReport, BaselineError> {
    let rows: Vec<_> = network.of(Split::Validation).collect();
    if rows.is_empty() {
        return Err(BaselineError::NoValidation);
    }
    let same =
        rows.iter().zip(baseline).filter(|(row, answer)| same_label(&row.outcome, answer)).count();
    if same != rows.len() || baseline.len() != rows.len() {
        let (expected, found) = (rows.len(), same);
        return Err(BaselineError::OtherExamples { name: name.to_owned(), expected, found });
    }
    let metric = MetricKind::of(&network.target).metric();
    let groups = rows.iter().map(|row| row.group.as_deref());
    let theirs = Sample::of_outcomes(metric, baseline.iter().zip(groups));
    let ours = Sample::of(metric, rows.iter().copied());
    let error = metric.value(&theirs.total());
    let difference = error - metric.value(&ours.total());
    if !difference.is_finite() {
        return Err(BaselineError::NotFinite { name: name.to_owned() });
    }
    let interval = metric.paired(&theirs, &ours, CONFIDENCE);
    let better = if interval.low > 0.0 {
        Better::Network
    } else if interval.high < 0.0 {
        Better::Baseline
    } else {
        Better::CannotTell
    };
    Ok(BaselineReport {
        name: name.to_owned(),
        error,
        interval: metric.estimate(&theirs).interval(CONFIDENCE),
        difference,
        difference_interval: interval,
        better,
        examples: rows.len(),
    })
}

fn same_label(one: &Outcome, other: &Outcome) -> bool {
    match (one, other) {
        (Outcome::Class { label: one, .. }, Outcome::Class { label: other, .. }) => one == other,
        (Outcome::Number { label: one, .. }, Outcome::Number { label: other, .. }) => one == other,
        _ => false,
    }
}

impl BaselineReport {
    /// Which of the two is better, in a sentence with its figures.
    pub fn sentence(&self, metric: MetricKind, unit: &str) -> String {
        let BaselineReport { name, error, difference, difference_interval, .. } = self;
        let network = metric.show(error - difference, unit);
        let baseline = metric.show(*error, unit);
        let range = metric.range(*difference_interval);
        let difference = metric.show(*difference, unit);
        let figures = format!(
            "on the same {} validation examples the network's error is {network} and the \
             baseline's {baseline}, a difference of {difference} ({range} {unit})",
            count(self.examples)
        );
        match self.better {
            Better::Network => {
                format!("This network is better than the {name} baseline: {figures}.")
            }
            Better::Baseline => {
                format!("The {name} baseline is better than this network: {figures}.")
            }
            Better::CannotTell => {
                format!(
                    "This network is not better than the {name} baseline beyond noise: {figures}."
                )
            }
        }
    }

    /// What the linear baseline says of the data (row 1.1 of the notes): "This data does not call
    /// for deep learning" where the network does not beat it beyond noise. `None` where it does,
    /// and for every other baseline.
    pub fn advice(&self) -> Option<String> {
        (self.name == "linear" && self.better != Better::Network).then(|| {
            format!(
                "This data does not call for deep learning, as far as {} validation examples show.",
                count(self.examples)
            )
        })
    }
}
