//! The single number that everything is judged by, and what is known of it.
//!
//! A metric says what it needs of every example (its sufficient statistics), how these add up to
//! one error, and how an error is written for people. To add one: a file beside
//! `metric/rmse.rs` that implements [`Metric`], and here a variant of [`MetricKind`] that leads to
//! it. Ladder, baselines, recipe and report then work for it as they are.

mod error_rate;
mod estimate;
mod figures;
mod rmse;
mod sample;

use serde::{Deserialize, Serialize};

use crate::{
    interval::Interval,
    predictions::{Outcome, Target},
};

pub use estimate::Estimate;
pub use gapwise_data::wording::{counted, thousands as count};
pub use sample::Sample;

/// Every metric there is. All are errors: lower is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MetricKind {
    /// Share of examples with a wrong answer, in [0, 1].
    ErrorRate,
    /// Root of the mean squared difference of answer and label, in the label's own unit.
    Rmse,
}

impl MetricKind {
    /// Every metric.
    pub const ALL: [MetricKind; 2] = [MetricKind::ErrorRate, MetricKind::Rmse];

    /// The metric that a target has unless another is asked for: error rate for classes, RMSE for
    /// numbers.
    pub fn of(target: &Target) -> Self {
        match target {
            Target::Class { .. } => MetricKind::ErrorRate,
            Target::Number { .. } => MetricKind::Rmse,
        }
    }

    /// The error of answers, each with its weight (finite and at least 0); NaN of none.
    pub fn error<'a>(self, answers: impl IntoIterator<Item = (&'a Outcome, f64)>) -> f64 {
        let ungrouped = answers.into_iter().map(|(outcome, weight)| (outcome, None, weight));
        self.metric().value(&Sample::of_outcomes(self.metric(), ungrouped).total())
    }

    /// Whether the metric can judge answers of this kind.
    pub fn fits(self, target: &Target) -> bool {
        self.metric().fits(target)
    }

    /// The unit of the metric's errors, for people: `%` for rates, the label's name for RMSE.
    pub fn unit(self, target: &Target) -> String {
        self.metric().unit(target)
    }

    /// What the metric does.
    pub fn metric(self) -> &'static dyn Metric {
        match self {
            MetricKind::ErrorRate => &error_rate::ErrorRate,
            MetricKind::Rmse => &rmse::Rmse,
        }
    }

    /// The metric's name in a sentence: `error rate`.
    pub fn name(self) -> &'static str {
        self.metric().name()
    }

    /// Whether errors are shares in [0, 1], shown as percent.
    pub fn is_rate(self) -> bool {
        self.metric().is_rate()
    }

    /// An error or a difference of errors as people read it, with its unit: `2.51 %`,
    /// `52,310 median_house_value`.
    pub fn show(self, value: f64, unit: &str) -> String {
        format!("{} {unit}", self.figure(value))
    }

    /// The same without the unit: `2.51`, `52,310`. A number below zero has a true minus sign.
    pub fn figure(self, value: f64) -> String {
        if self.is_rate() { figures::percent(value) } else { figures::significant(value) }
    }

    /// A number with its interval, and its unit once, however long: `1.39 % (0.53 – 3.60 %)`,
    /// `59,569 (56,235 – 63,145) median_house_value`.
    pub fn show_with(self, value: f64, interval: Interval, unit: &str) -> String {
        let (figure, range) = (self.figure(value), self.range(interval));
        if self.is_rate() {
            format!("{figure} {unit} ({range} {unit})")
        } else {
            format!("{figure} ({range}) {unit}")
        }
    }

    /// Both ends of an interval, without the unit: `0.61 – 3.14`; with `to` in place of the dash
    /// where the lower end is below zero.
    pub fn range(self, interval: Interval) -> String {
        let (low, high) = (self.figure(interval.low), self.figure(interval.high));
        if low.starts_with('−') {
            format!("{low} to {high}")
        } else {
            format!("{low} – {high}")
        }
    }
}

/// One way of turning answers into an error.
///
/// The statistics of many examples are the sums of their statistics; the first of them is the
/// number of examples. The error is a function of the sums that does not change when all are
/// multiplied by the same number.
///
/// **Weights.** Where examples have weights, each one's statistics are multiplied by its weight
/// before they are summed, and so the first sum is that of the weights: the weighted error rate is
/// Σw·wrong / Σw, the weighted RMSE √(Σw·e² / Σw). Estimates and comparisons use the same sums: a
/// weighted example is like a group with one outcome, which enters the interval of a rate with its
/// weight (see `Sample` for how many examples all of them are worth), and the bootstrap as one unit
/// with its weighted sums. Only how weights compare counts: a common factor changes nothing, and
/// equal weights give exactly what none give. An example of weight 0 is left out. Weights change
/// errors, intervals, gaps and baselines; counts of examples and of wrong answers remain counts.
pub trait Metric: Sync {
    /// The name in a sentence, in lower case unless it is an abbreviation.
    fn name(&self) -> &'static str;

    /// Whether errors are shares in [0, 1].
    fn is_rate(&self) -> bool;

    /// Whether it can judge answers of this kind.
    fn fits(&self, target: &Target) -> bool;

    /// The unit of its errors, for people.
    fn unit(&self, target: &Target) -> String;

    /// How many statistics an example has.
    fn width(&self) -> usize;

    /// Adds one example's statistics to `total`, which has [`Metric::width`] numbers. An answer of
    /// a kind that the metric does not [fit](Metric::fits) adds NaN.
    fn add(&self, outcome: &Outcome, total: &mut [f64]);

    /// The error that summed statistics amount to.
    fn value(&self, total: &[f64]) -> f64;

    /// What a sample says of the error on data of its kind.
    fn estimate(&self, sample: &Sample) -> Estimate;

    /// The interval of `first`'s error less `second`'s at `confidence`, in (0, 1): two networks on
    /// the same examples in the same order.
    fn paired(&self, first: &Sample, second: &Sample, confidence: f64) -> Interval;

    /// The least that the tolerance may be, in the metric's unit, and why.
    fn tolerance_floor(&self, validation: &Sample) -> (f64, &'static str);
}
