//! Metrics of a program of its own.
//!
//! A [`CustomMetric`] is a smooth function of the weighted means of numbers that each example has. That
//! is enough for the mean of any cost, for ratios, roots and most scores; interval, paired comparison,
//! ladder and verdict follow as they do for the metrics here.

use std::{
    fmt::{self, Debug},
    hash::{Hash, Hasher},
    sync::{PoisonError, RwLock},
};

use super::{
    Sample, Undefined,
    estimate::{Alike, Unlike},
    measure::{Measure, Spread, Summed},
};
use crate::{
    interval::bootstrap::{Scale, Statistic},
    predictions::{Outcome, Target},
};

/// A metric of a program of its own: lower is better.
///
/// ```
/// use gapwise_study::{metric::CustomMetric, predictions::{Outcome, Target}};
///
/// /// A missed fraud costs 100 times what a false alarm costs.
/// #[derive(Debug)]
/// struct Cost;
///
/// impl CustomMetric for Cost {
///     fn word(&self) -> &'static str {
///         "cost"
///     }
///
///     fn fits(&self, target: &Target) -> bool {
///         target.class_names().is_some_and(|names| names.len() == 2)
///     }
///
///     fn facts(&self, outcome: &Outcome, facts: &mut Vec<f64>) {
///         let cost = outcome.classified().map(|of| match (of.label, of.prediction) {
///             (1, 0) => 100.0,
///             (0, 1) => 1.0,
///             _ => 0.0,
///         });
///         facts.push(cost.unwrap_or(f64::NAN));
///     }
/// }
/// ```
pub trait CustomMetric: Debug + Sync {
    /// The word for it in files and settings: `cost-of-fraud`.
    fn word(&self) -> &'static str;

    /// Its name in a sentence. Default: its word.
    fn name(&self) -> &'static str {
        self.word()
    }

    /// Whether its errors are shares in [0, 1], shown as percent. Default: they are not.
    fn is_rate(&self) -> bool {
        false
    }

    /// Whether it can judge answers of this kind.
    fn fits(&self, target: &Target) -> bool;

    /// The unit of its errors, for people. Default: `%` of shares, else its name.
    fn unit(&self, target: &Target) -> String {
        let _ = target;
        if self.is_rate() { "%".to_owned() } else { self.name().to_owned() }
    }

    /// Appends the numbers of one example that errors are made of: as many, in the same order, for
    /// every example. NaN refuses the sample.
    fn facts(&self, outcome: &Outcome, facts: &mut Vec<f64>);

    /// The error, of the weighted mean of each fact; smooth, so that small changes of the means change
    /// it little. Default: the first mean.
    fn error(&self, means: &[f64]) -> f64 {
        means.first().copied().unwrap_or(f64::NAN)
    }

    /// By how much one example can put the error off. The interval goes by it where every example of a
    /// sample is like the others, such as where no mistake was made. Default: 1.
    fn furthest(&self) -> f64 {
        1.0
    }

    /// The least that the tolerance of a ladder may be, in the metric's unit, and why. Default: a
    /// thousandth of the error.
    fn tolerance_floor(&self, error: f64) -> (f64, &'static str) {
        (0.001 * error.abs(), "0.1 % of the error")
    }
}

/// A [`CustomMetric`] that the metrics here know.
#[derive(Clone, Copy)]
pub struct Custom(&'static dyn CustomMetric);

/// Those that are read back from files by their words.
static KNOWN: RwLock<Vec<Custom>> = RwLock::new(Vec::new());

impl Custom {
    /// This metric, which is from now on read back from files by its word.
    pub fn new(metric: &'static dyn CustomMetric) -> Self {
        let custom = Custom(metric);
        let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
        if !known.contains(&custom) {
            known.push(custom);
        }
        custom
    }

    /// The metric of this word.
    pub(super) fn of(word: &str) -> Option<Self> {
        let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
        known.iter().find(|custom| custom.word() == word).copied()
    }

    /// Its word.
    pub(super) fn word(self) -> &'static str {
        self.0.word()
    }
}

impl Debug for Custom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Metrics of one word are one metric.
impl PartialEq for Custom {
    fn eq(&self, other: &Self) -> bool {
        self.word() == other.word()
    }
}

impl Eq for Custom {}

impl Hash for Custom {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.word().hash(state);
    }
}

impl Measure for Custom {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn is_rate(&self) -> bool {
        self.0.is_rate()
    }

    fn fits(&self, target: &Target) -> bool {
        self.0.fits(target)
    }

    fn unit(&self, target: &Target) -> String {
        self.0.unit(target)
    }

    fn facts(&self, outcome: &Outcome, facts: &mut Vec<f64>) {
        self.0.facts(outcome, facts);
    }

    fn error(&self, sample: &Sample) -> Result<f64, Undefined> {
        Ok(self.value(&sample.total()))
    }

    fn summed(&self, sample: &Sample) -> Result<Summed, Undefined> {
        let units = vec![sample.worth_of(|_| true)];
        let error = self.value(&sample.total());
        let unlike = if self.is_rate() {
            Unlike::Share
        } else {
            Unlike::Mean(self.0.furthest().max(error.abs()))
        };
        let (rows, spread) = (sample.weighted_rows(), Spread::Resampled(Scale::Plain));
        Ok(Summed { rows, statistic: Box::new(*self), spread, alike: Alike { units, unlike } })
    }

    fn tolerance_floor(&self, validation: &Sample) -> (f64, &'static str) {
        self.0.tolerance_floor(self.value(&validation.total()))
    }
}

/// On the sum of weights and the sum of each fact.
impl Statistic for Custom {
    fn value(&self, total: &[f64]) -> f64 {
        let means: Vec<f64> = total[1..].iter().map(|sum| sum / total[0]).collect();
        self.0.error(&means)
    }

    fn gradient(&self, total: &[f64], into: &mut [f64]) {
        // By differences, which a smooth function bears: a third of the digits are lost.
        let mut means: Vec<f64> = total[1..].iter().map(|sum| sum / total[0]).collect();
        into[0] = 0.0;
        for at in 0..means.len() {
            let mean = means[at];
            let step = f64::EPSILON.cbrt() * mean.abs().max(1e-3);
            means[at] = mean + step;
            let above = self.0.error(&means);
            means[at] = mean - step;
            let below = self.0.error(&means);
            means[at] = mean;
            let slope = (above - below) / (2.0 * step);
            into[at + 1] = slope / total[0];
            into[0] -= slope * mean / total[0];
        }
    }
}
