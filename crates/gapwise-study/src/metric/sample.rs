//! The examples of one split as a metric sees them.

use std::collections::HashMap;

use super::Metric;
use crate::predictions::{Outcome, PredictionRow};

/// Sufficient statistics of every example of a split, and which of them belong together.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Row-major: `[example, statistic]`.
    statistics: Vec<f64>,
    width: usize,
    /// The unit of each example, where any unit has more than one.
    unit_of: Option<Vec<u32>>,
    units: usize,
    spread: f64,
}

impl Sample {
    /// The statistics of `rows`. Rows of one group are one unit of independent data; a row without
    /// a group is a unit of its own.
    pub fn of<'a>(metric: &dyn Metric, rows: impl IntoIterator<Item = &'a PredictionRow>) -> Self {
        let outcomes = rows.into_iter().map(|row| (&row.outcome, row.group.as_deref()));
        Sample::of_outcomes(metric, outcomes)
    }

    /// The statistics of outcomes, each with its group.
    pub fn of_outcomes<'a>(
        metric: &dyn Metric,
        outcomes: impl IntoIterator<Item = (&'a Outcome, Option<&'a str>)>,
    ) -> Self {
        let width = metric.width();
        let mut statistics = Vec::new();
        let mut groups: HashMap<&str, u32> = HashMap::new();
        let mut unit_of = Vec::new();
        let mut units = 0;
        let mut labels = Labels::default();
        for (outcome, group) in outcomes {
            let start = statistics.len();
            statistics.resize(start + width, 0.0);
            metric.add(outcome, &mut statistics[start..]);
            let unit = match group {
                Some(group) => *groups.entry(group).or_insert(units),
                None => units,
            };
            units = units.max(unit + 1);
            unit_of.push(unit);
            if let Outcome::Number { label, .. } = outcome {
                labels.add(*label);
            }
        }
        let units = units as usize;
        let unit_of = (units < unit_of.len()).then_some(unit_of);
        Sample { statistics, width, unit_of, units, spread: labels.spread() }
    }

    /// Number of examples.
    pub fn examples(&self) -> usize {
        self.statistics.len() / self.width
    }

    /// Number of independent units: groups, and examples without one.
    pub fn units(&self) -> usize {
        self.units
    }

    /// The unit of every example, where examples come in groups.
    pub fn unit_of(&self) -> Option<&[u32]> {
        self.unit_of.as_deref()
    }

    /// The statistics of every example, in the order of the rows.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        self.statistics.chunks_exact(self.width)
    }

    /// The sums over all examples.
    pub fn total(&self) -> Vec<f64> {
        let mut total = vec![0.0; self.width];
        for row in self.rows() {
            total.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        }
        total
    }

    /// The sums over each unit, row-major: `[unit, statistic]`.
    pub fn unit_totals(&self) -> Vec<f64> {
        let Some(unit_of) = &self.unit_of else {
            return self.statistics.clone();
        };
        let mut totals = vec![0.0; self.units * self.width];
        for (row, &unit) in self.rows().zip(unit_of) {
            let start = unit as usize * self.width;
            let total = &mut totals[start..start + self.width];
            total.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        }
        totals
    }

    /// How far apart number labels lie: their standard deviation; where all are equal, their size;
    /// where all are zero, 1. Always above zero.
    pub fn spread(&self) -> f64 {
        self.spread
    }

    /// How many independent examples the mean of `values`, one per example, is worth.
    ///
    /// Without groups, as many as there are. With groups, their number is divided by the design
    /// effect (how much larger the mean's variance is than without groups, at least 1) and reduced
    /// for the few groups that the effect is estimated from. Where fewer than five groups have a
    /// value other than 0, or fewer than five have a 0, the effect cannot be estimated, and a
    /// group counts as one example (the effective number of groups, n²/Σm², for unequal sizes m).
    ///
    /// **Source.** Korn & Graubard, "Confidence intervals for proportions with small expected
    /// number of positive counts estimated from survey data", Survey Methodology 24 (1998).
    ///
    /// **Differences from the source.** The bound of 1 below, and the rule for fewer than five
    /// groups.
    pub(super) fn effective_examples(&self, values: &[f64]) -> f64 {
        self.shown_effect(values).unwrap_or_else(|| self.as_groups())
    }

    /// How many independent examples the mean of `differences` is worth, one per example and each
    /// the difference of `answers`, in which 1 is a wrong answer and 0 a right one.
    ///
    /// As [`Sample::effective_examples`]. Two networks that answer nearly alike differ in too few
    /// groups to show an effect; then it is that of the answers in which groups matter more, since
    /// what two networks get wrong together drops out of their difference.
    pub(super) fn effective_difference(&self, differences: &[f64], answers: [&[f64]; 2]) -> f64 {
        self.shown_effect(differences).unwrap_or_else(|| {
            let [first, second] = answers.map(|wrong| self.effective_examples(wrong));
            first.min(second)
        })
    }

    /// The effective number of groups: each counts as one example.
    fn as_groups(&self) -> f64 {
        let n = self.examples() as f64;
        let Some(unit_of) = &self.unit_of else {
            return n;
        };
        let mut sizes = vec![0.0; self.units];
        unit_of.iter().for_each(|&unit| sizes[unit as usize] += 1.0);
        n * n / sizes.iter().map(|size| size * size).sum::<f64>()
    }

    /// The worth of the mean of `values` by the design effect that they show; `None` where too few
    /// groups show it.
    fn shown_effect(&self, values: &[f64]) -> Option<f64> {
        let n = self.examples() as f64;
        let Some(unit_of) = &self.unit_of else {
            return Some(n);
        };
        let mut groups = vec![Group::default(); self.units];
        for (&value, &unit) in values.iter().zip(unit_of) {
            groups[unit as usize].add(value);
        }
        let with_some = groups.iter().filter(|group| group.has_some).count();
        let with_none = groups.iter().filter(|group| group.has_none).count();
        if with_some < FEWEST_GROUPS || with_none < FEWEST_GROUPS {
            return None;
        }
        let mean = values.iter().sum::<f64>() / n;
        let plain = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n * n);
        let count = self.units as f64;
        let clustered = count / (count - 1.0)
            * groups.iter().map(|group| (group.sum - mean * group.size).powi(2)).sum::<f64>()
            / (n * n);
        let effect = (clustered / plain).max(1.0);
        Some(n / effect * small_sample(n, count))
    }
}

/// Fewer groups than this do not show how much groups matter.
const FEWEST_GROUPS: usize = 5;

/// The square of Student's 97.5 % point for n − 1 over that for `groups` − 1 degrees of freedom.
fn small_sample(n: f64, groups: f64) -> f64 {
    use statrs::distribution::{ContinuousCDF, StudentsT};
    let point = |freedom: f64| {
        StudentsT::new(0.0, 1.0, freedom).map(|t| t.inverse_cdf(0.975)).unwrap_or(1.96)
    };
    (point(n - 1.0) / point(groups - 1.0)).powi(2).min(1.0)
}

#[derive(Debug, Clone, Default)]
struct Group {
    size: f64,
    sum: f64,
    has_some: bool,
    has_none: bool,
}

impl Group {
    fn add(&mut self, value: f64) {
        self.size += 1.0;
        self.sum += value;
        self.has_some |= value != 0.0;
        self.has_none |= value == 0.0;
    }
}

/// Running mean and squares of labels (Welford).
#[derive(Debug, Default)]
struct Labels {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Labels {
    fn add(&mut self, label: f64) {
        self.count += 1.0;
        let before = label - self.mean;
        self.mean += before / self.count;
        self.squares += before * (label - self.mean);
    }

    fn spread(&self) -> f64 {
        let deviation = (self.squares / self.count.max(1.0)).sqrt();
        [deviation, self.mean.abs()].into_iter().find(|&size| size > 0.0).unwrap_or(1.0)
    }
}
