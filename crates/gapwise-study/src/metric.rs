//! The single number that everything is judged by, and what is known of it.
//!
//! A metric says what it needs of every example (its facts), the error of a sample, the sums that
//! the error of a resample follows from, and how an error is written for people. To add one: a file
//! beside `metric/mae.rs` that implements `Measure`, and here a variant of [`MetricKind`] that leads
//! to it. Ladder, baselines, recipe and report then work for it as they are.
//!
//! Every metric is judged as an error, lower is better: 1 − F1 where F1 is asked for. Where people
//! read it beside its error, it is under its own name and in its own direction
//! ([`MetricKind::own`]).

mod auroc;
mod average_precision;
mod calibration;
mod custom;
mod error_rate;
mod estimate;
mod f1;
mod figures;
mod log_loss;
mod macro_f1;
mod mae;
mod measure;
mod r2;
mod ranking;
mod rmse;
mod sample;
mod sums;
mod undefined;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    interval::{Interval, bootstrap::Units},
    predictions::{Outcome, Target},
};
use measure::{Direction, Measure};

pub use calibration::CALIBRATION_BINS;
pub(crate) use calibration::calibration_bin;
pub use custom::{Custom, CustomMetric};
pub use estimate::Estimate;
pub use gapwise_data::wording::{counted, thousands as count};
pub use sample::Sample;
pub use undefined::Undefined;

/// Every metric there is. All are errors: lower is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MetricKind {
    /// Share of examples with a wrong answer, in [0, 1].
    ErrorRate,
    /// 1 − F1 of the positive class of two, in [0, 1].
    F1,
    /// 1 − the mean of each class's F1, in [0, 1].
    MacroF1,
    /// 1 − the area under the receiver operating characteristic, in [0, 1]; of more than two
    /// classes the mean of each against the others.
    Auroc,
    /// 1 − average precision, in [0, 1]; of more than two classes the mean of each against the
    /// others.
    AveragePrecision,
    /// Mean cross-entropy, in nats.
    LogLoss,
    /// Expected calibration error over [`CALIBRATION_BINS`] bins, in [0, 1].
    CalibrationError,
    /// Root of the mean squared difference of answer and label, in the label's own unit.
    Rmse,
    /// Mean absolute difference of answer and label, in the label's own unit.
    Mae,
    /// 1 − R²: share of the labels' variance that the answers leave, at least 0.
    R2,
    /// A metric of a program of its own.
    Custom(Custom),
}

impl MetricKind {
    /// Every metric that is here.
    pub const ALL: [MetricKind; 10] = [
        MetricKind::ErrorRate,
        MetricKind::F1,
        MetricKind::MacroF1,
        MetricKind::Auroc,
        MetricKind::AveragePrecision,
        MetricKind::LogLoss,
        MetricKind::CalibrationError,
        MetricKind::Rmse,
        MetricKind::Mae,
        MetricKind::R2,
    ];

    /// The metric that a target has unless another is asked for: error rate for classes, RMSE for
    /// numbers.
    pub fn of(target: &Target) -> Self {
        target.kind().usual_metric()
    }

    /// The metrics that can judge answers of this kind.
    pub fn fitting(target: &Target) -> impl Iterator<Item = MetricKind> {
        MetricKind::ALL.into_iter().filter(move |metric| metric.fits(target))
    }

    /// The word that a setting has for it: `error-rate`.
    pub fn as_str(self) -> &'static str {
        match self {
            MetricKind::ErrorRate => "error-rate",
            MetricKind::F1 => "f1",
            MetricKind::MacroF1 => "macro-f1",
            MetricKind::Auroc => "auroc",
            MetricKind::AveragePrecision => "average-precision",
            MetricKind::LogLoss => "log-loss",
            MetricKind::CalibrationError => "calibration-error",
            MetricKind::Rmse => "rmse",
            MetricKind::Mae => "mae",
            MetricKind::R2 => "r2",
            MetricKind::Custom(custom) => custom.word(),
        }
    }

    /// The metric where no class is said to be positive: of two the second is.
    pub fn metric(self) -> Metric {
        self.with_positive(None)
    }

    /// The metric with this class of two as the positive one.
    pub fn with_positive(self, positive: Option<u32>) -> Metric {
        Metric { kind: self, positive: positive.unwrap_or(1) }
    }

    /// Whether one of two classes has to be the positive one.
    pub fn has_positive(self) -> bool {
        self.metric().measure().needs().positive
    }

    /// Whether it judges how sure answers are, and not just what they are.
    pub fn needs_scores(self) -> bool {
        self.metric().measure().needs().scores
    }

    /// Whether the metric can judge answers of this kind.
    pub fn fits(self, target: &Target) -> bool {
        self.metric().measure().fits(target)
    }

    /// The unit of the metric's errors, for people: `%` for rates, the label's name for RMSE.
    pub fn unit(self, target: &Target) -> String {
        self.metric().measure().unit(target)
    }

    /// The error's name in a sentence: `error rate`, `1 − F1`.
    pub fn name(self) -> &'static str {
        self.metric().measure().name()
    }

    /// Whether errors are shares in [0, 1], shown as percent.
    pub fn is_rate(self) -> bool {
        self.metric().measure().is_rate()
    }

    /// The metric under its own name, where that is not the error's: `F1`, `accuracy`.
    pub fn own(self) -> Option<&'static str> {
        let own = self.metric().measure().own();
        (own.is != Direction::Error).then_some(own.name)
    }

    /// Whether its own name is that of a score, better the higher, of which the error is 1 less it.
    pub fn is_score(self) -> bool {
        self.metric().measure().own().is == Direction::Complement
    }

    /// An error with its interval as the metric itself has it, in its own direction and with its
    /// unit: `0.912 (0.880 – 0.931)` for F1, `97.49 % (96.86 – 98.00 %)` for accuracy, the error
    /// for a metric that is one.
    pub fn show_own(self, error: f64, interval: Option<Interval>, unit: &str) -> String {
        let turned = |range: Interval| Interval { low: 1.0 - range.high, high: 1.0 - range.low };
        let shown = |kind: MetricKind, value: f64, interval: Option<Interval>| match interval {
            Some(interval) => kind.show_with(value, interval, unit),
            None => kind.show(value, unit),
        };
        match self.metric().measure().own().is {
            Direction::Error => shown(self, error, interval),
            Direction::PercentComplement => shown(self, 1.0 - error, interval.map(turned)),
            Direction::Complement => {
                let figure = |value: f64| figures::share(1.0 - value);
                match interval {
                    None => figure(error),
                    Some(interval) => {
                        let (low, high) = (figure(interval.high), figure(interval.low));
                        let dash = if low.starts_with('−') { "to" } else { "–" };
                        format!("{} ({low} {dash} {high})", figure(error))
                    }
                }
            }
        }
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

impl fmt::Display for MetricKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for MetricKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for MetricKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        word.parse().map_err(|_| {
            let words = MetricKind::ALL.map(|kind| format!("`{kind}`"));
            de::Error::custom(format!(
                "unknown variant `{word}`, expected one of {}",
                words.join(", ")
            ))
        })
    }
}

/// There is no metric of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no metric `{0}`")]
pub struct NoSuchMetric(String);

impl FromStr for MetricKind {
    type Err = NoSuchMetric;

    fn from_str(word: &str) -> Result<Self, NoSuchMetric> {
        let found = MetricKind::ALL.into_iter().find(|metric| metric.as_str() == word);
        let found = found.or_else(|| Custom::of(word).map(MetricKind::Custom));
        found.ok_or_else(|| NoSuchMetric(word.to_owned()))
    }
}

/// A metric that is ready to judge answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Metric {
    /// Which metric.
    pub kind: MetricKind,
    /// Number of the positive class of two; no other target has one.
    pub positive: u32,
}

impl Metric {
    /// The error of answers, each with its weight (finite and at least 0).
    ///
    /// # Errors
    ///
    /// As [`Metric::error`].
    pub fn error_of<'a>(
        self,
        answers: impl IntoIterator<Item = (&'a Outcome, f64)>,
    ) -> Result<f64, Undefined> {
        let ungrouped = answers.into_iter().map(|(outcome, weight)| (outcome, None, weight));
        self.error(&Sample::of_outcomes(self, ungrouped))
    }

    /// The error of a sample that was made for this metric.
    ///
    /// # Errors
    ///
    /// [`Undefined`] with the reason.
    pub fn error(self, sample: &Sample) -> Result<f64, Undefined> {
        self.check(sample)?;
        self.measure().error(sample)
    }

    /// What a sample that was made for this metric says of the error on data of its kind.
    ///
    /// # Errors
    ///
    /// As [`Metric::error`].
    pub fn estimate(self, sample: &Sample) -> Result<Estimate, Undefined> {
        self.check(sample)?;
        self.measure().estimate(sample)
    }

    /// The interval of `first`'s error less `second`'s at `confidence`, in (0, 1): two networks on
    /// the same examples in the same order.
    ///
    /// # Errors
    ///
    /// As [`Metric::error`], for either.
    pub fn paired(
        self,
        first: &Sample,
        second: &Sample,
        confidence: f64,
    ) -> Result<Interval, Undefined> {
        self.check(first)?;
        self.check(second)?;
        self.measure().paired(first, second, confidence)
    }

    /// How far each independent unit of a sample moves the error: G times its derivative by the
    /// unit's weight, with G units, so that the influences sum to 0. Of a mean, how far the unit
    /// lies from it.
    ///
    /// **Source.** The infinitesimal jackknife: Efron & Tibshirani, "An Introduction to the
    /// Bootstrap" (1993), section 21.3.
    ///
    /// # Errors
    ///
    /// As [`Metric::error`].
    pub(crate) fn influences(self, sample: &Sample) -> Result<Vec<f64>, Undefined> {
        self.check(sample)?;
        let measure::Summed { rows, statistic, .. } = self.measure().summed(sample)?;
        let (values, width) = sample.by_unit(&rows);
        let units = sample.units() as f64;
        let values = Units { values: &values, width, worth: None };
        Ok(values.influences(&*statistic).into_iter().map(|influence| units * influence).collect())
    }

    /// The least that the tolerance may be, in the metric's unit, and why.
    pub fn tolerance_floor(self, validation: &Sample) -> (f64, &'static str) {
        self.measure().tolerance_floor(validation)
    }

    fn check(self, sample: &Sample) -> Result<(), Undefined> {
        if sample.examples() == 0 {
            Err(Undefined::NoExamples)
        } else if !sample.is_finite() {
            Err(Undefined::NotFinite)
        } else {
            Ok(())
        }
    }

    fn measure(self) -> Box<dyn Measure> {
        let positive = self.positive;
        match self.kind {
            MetricKind::ErrorRate => Box::new(error_rate::ErrorRate),
            MetricKind::F1 => Box::new(f1::F1 { positive }),
            MetricKind::MacroF1 => Box::new(macro_f1::MacroF1),
            MetricKind::Auroc => Box::new(auroc::Auroc { positive }),
            MetricKind::AveragePrecision => {
                Box::new(average_precision::AveragePrecision { positive })
            }
            MetricKind::LogLoss => Box::new(log_loss::LogLoss),
            MetricKind::CalibrationError => Box::new(calibration::CalibrationError),
            MetricKind::Rmse => Box::new(rmse::Rmse),
            MetricKind::Mae => Box::new(mae::Mae),
            MetricKind::R2 => Box::new(r2::R2),
            MetricKind::Custom(custom) => Box::new(custom),
        }
    }
}
