//! A baseline and the network on the same validation examples.

use gapwise_data::Split;
use thiserror::Error;

use super::{BaselineReport, Better};
use crate::{
    interval::CONFIDENCE,
    metric::{Metric, MetricKind, Sample, Undefined, counted},
    predictions::{Outcome, PredictionTable},
};

/// Fewer validation examples than this do not say what the data calls for.
const FEWEST_EXAMPLES: usize = 30;

/// Why a baseline cannot be compared with the network.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BaselineError {
    /// The network's table has no validation rows, or none of a weight above 0.
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
    /// Answers that the metric has no error of.
    #[error("{name} baseline: {metric} is not defined, because {why}")]
    Undefined {
        /// The baseline.
        name: String,
        /// The metric's name.
        metric: &'static str,
        /// Why.
        why: Undefined,
    },
}

/// Compares the network that answered `network` with a baseline's answers to its validation rows,
/// in the same order, by `metric`.
///
/// # Errors
///
/// No validation rows that count, answers to other examples, or answers that the metric is not
/// defined on.
pub fn compare(
    name: &str,
    metric: Metric,
    network: &PredictionTable,
    baseline: &[Outcome],
) -> Result<BaselineReport, BaselineError> {
    let rows: Vec<_> = network.of(Split::Validation).collect();
    if rows.is_empty() {
        return Err(BaselineError::NoValidation);
    }
    let same =
        rows.iter().zip(baseline).filter(|(row, answer)| row.outcome.truth == answer.truth).count();
    if same != rows.len() || baseline.len() != rows.len() {
        let (expected, found) = (rows.len(), same);
        return Err(BaselineError::OtherExamples { name: name.to_owned(), expected, found });
    }
    let answers = rows.iter().zip(baseline);
    let theirs = Sample::of_outcomes(
        metric,
        answers.map(|(row, answer)| (answer, row.group.as_deref(), row.weight)),
    );
    let ours = Sample::of(metric, rows.iter().copied());
    if ours.examples() == 0 {
        return Err(BaselineError::NoValidation);
    }
    let undefined = |why: Undefined| {
        let metric = metric.kind.name();
        BaselineError::Undefined { name: name.to_owned(), metric, why }
    };
    let estimate = metric.estimate(&theirs).map_err(undefined)?;
    let difference = estimate.error - metric.error(&ours).map_err(undefined)?;
    let interval = metric.paired(&theirs, &ours, CONFIDENCE).map_err(undefined)?;
    let better = if interval.low > 0.0 {
        Better::Network
    } else if interval.high < 0.0 {
        Better::Baseline
    } else {
        Better::CannotTell
    };
    Ok(BaselineReport {
        name: name.to_owned(),
        error: estimate.error,
        interval: estimate.interval(CONFIDENCE),
        difference,
        difference_interval: interval,
        better,
        examples: ours.examples(),
        fit: None,
    })
}

/// What is wrong with the baselines themselves: a linear one that does worse than one that gives every
/// example the same answer, a sentence each.
///
/// Calibration error has no such order: the shares of the classes in train are well calibrated.
pub fn warnings(baselines: &[BaselineReport], metric: MetricKind, unit: &str) -> Vec<String> {
    let constant = baselines.iter().find(|report| report.name != "linear");
    let linear = baselines.iter().find(|report| report.name == "linear");
    let (Some(constant), Some(linear)) = (constant, linear) else { return Vec::new() };
    if linear.error <= constant.error || metric == MetricKind::CalibrationError {
        return Vec::new();
    }
    let name = &constant.name;
    let (theirs, its) = (metric.show(linear.error, unit), metric.show(constant.error, unit));
    vec![format!(
        "Warning: the linear baseline's error, {theirs}, is above the {name} baseline's, {its}. What a \
         weighted sum of the inputs learns in train does not hold in validation: too few examples, \
         inputs that say nothing of the label, or validation that is not like train."
    )]
}

impl BaselineReport {
    /// Which of the two is better, in a sentence with its figures.
    pub fn sentence(&self, metric: MetricKind, unit: &str) -> String {
        let BaselineReport { name, error, difference, difference_interval, .. } = self;
        // Percent after every figure; a longer unit once, at the end.
        let figure = |error: f64| {
            if metric.is_rate() { metric.show(error, unit) } else { metric.figure(error) }
        };
        let figures = format!(
            "on the same {} the network's error is {} and the baseline's {}, a difference of {}",
            self.answered(),
            figure(error - difference),
            figure(*error),
            metric.show_with(*difference, *difference_interval, unit)
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
    /// and for every other baseline. Fewer than 30 validation examples say nothing of the data, nor does
    /// a baseline that is far from its minimum or read images of less than half their side.
    pub fn advice(&self) -> Option<String> {
        let beaten = self.better == Better::Network;
        let fair = self.fit.is_none_or(|fit| fit.is_fair());
        (self.name == "linear" && !beaten && fair && self.examples >= FEWEST_EXAMPLES).then(|| {
            format!(
                "This data does not call for deep learning, as far as {} show.",
                self.answered()
            )
        })
    }

    /// `400 validation examples`.
    fn answered(&self) -> String {
        // "the same 1 validation example" would count what "the same" has said.
        match self.examples {
            1 => "validation example".to_owned(),
            examples => counted(examples, "validation example"),
        }
    }
}
