//! The examples of one split as a metric sees them.

use std::collections::HashMap;

use super::{Metric, measure::Measure};
use crate::predictions::{Outcome, PredictionRow, Truth};

/// What a metric needs of every example of a split, and which of them belong together.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// One example after the other.
    facts: Vec<f64>,
    /// Where the facts of each example end. All have as many, unless the metric's are ragged.
    ends: Vec<usize>,
    /// Facts of each example, at least 1; of ragged ones those of the first.
    width: usize,
    /// One for each example; all 1 where they are equal.
    weights: Vec<f64>,
    /// The unit of each example, where any unit has more than one.
    unit_of: Option<Vec<u32>>,
    units: usize,
    spread: f64,
    weighted: bool,
}

impl Sample {
    /// The facts of `rows`. Rows of one group are one unit of independent data; a row without a
    /// group is a unit of its own. Rows of weight 0 are left out.
    pub fn of<'a>(metric: Metric, rows: impl IntoIterator<Item = &'a PredictionRow>) -> Self {
        let outcomes = rows.into_iter().map(|row| (&row.outcome, row.group.as_deref(), row.weight));
        Sample::of_outcomes(metric, outcomes)
    }

    /// The facts of outcomes, each with its group and its weight, which is finite and at least 0.
    /// Outcomes of weight 0 are left out; weights that are all equal are all 1.
    pub fn of_outcomes<'a>(
        metric: Metric,
        outcomes: impl IntoIterator<Item = (&'a Outcome, Option<&'a str>, f64)>,
    ) -> Self {
        Sample::by(&*metric.measure(), outcomes)
    }

    /// The facts that `measure` needs of outcomes, as [`Sample::of_outcomes`].
    pub(super) fn by<'a>(
        measure: &dyn Measure,
        outcomes: impl IntoIterator<Item = (&'a Outcome, Option<&'a str>, f64)>,
    ) -> Self {
        let ragged = measure.needs().ragged;
        let (mut facts, mut ends) = (Vec::new(), Vec::new());
        let mut width = 1;
        let mut groups: HashMap<&str, u32> = HashMap::new();
        let mut unit_of = Vec::new();
        let mut units = 0;
        let mut labels = Labels::default();
        let mut weights: Vec<f64> = Vec::new();
        for (outcome, group, weight) in outcomes {
            if weight == 0.0 {
                continue;
            }
            let start = facts.len();
            measure.facts(outcome, &mut facts);
            if weights.is_empty() {
                width = facts.len().max(1);
            }
            if !ragged {
                // Fewer scores than others have are scores that are missing.
                facts.resize(start + width, f64::NAN);
            }
            ends.push(facts.len());
            weights.push(weight);
            let unit = match group {
                Some(group) => *groups.entry(group).or_insert(units),
                None => units,
            };
            units = units.max(unit + 1);
            unit_of.push(unit);
            if let Some(label) = outcome.truth.as_ref().and_then(Truth::number) {
                labels.add(label);
            }
        }
        let units = units as usize;
        let unit_of = (units < unit_of.len()).then_some(unit_of);
        let weighted = weights.iter().any(|&weight| weight != weights[0]);
        let scale = towards_one(&weights);
        let one = |weight: f64| if weighted { weight * scale } else { 1.0 };
        weights.iter_mut().for_each(|weight| *weight = one(*weight));
        let spread = labels.spread();
        Sample { facts, ends, width, weights, unit_of, units, spread, weighted }
    }

    /// Number of examples, whatever their weights.
    pub fn examples(&self) -> usize {
        self.weights.len()
    }

    /// Number of independent units: groups, and examples without one.
    pub fn units(&self) -> usize {
        self.units
    }

    /// The unit of every example, where examples come in groups.
    pub fn unit_of(&self) -> Option<&[u32]> {
        self.unit_of.as_deref()
    }

    /// Whether some examples count for more than others.
    pub fn is_weighted(&self) -> bool {
        self.weighted
    }

    /// The facts of every example, in the order of the rows.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        let from = |example: usize| example.checked_sub(1).map_or(0, |before| self.ends[before]);
        (0..self.ends.len()).map(move |example| &self.facts[from(example)..self.ends[example]])
    }

    /// The weight of every example, in the order of the rows. All have one factor, which no error
    /// depends on.
    pub(super) fn weights(&self) -> impl ExactSizeIterator<Item = f64> {
        self.weights.iter().copied()
    }

    /// Whether every fact is a finite number.
    pub(super) fn is_finite(&self) -> bool {
        self.facts.iter().all(|fact| fact.is_finite())
    }

    /// The sum over all examples of weight and of weight times each fact, of which all have as many.
    pub(super) fn total(&self) -> Vec<f64> {
        let mut total = vec![0.0; 1 + self.width];
        for (row, weight) in self.rows().zip(self.weights()) {
            total[0] += weight;
            total[1..].iter_mut().zip(row).for_each(|(sum, fact)| *sum += fact * weight);
        }
        total
    }

    /// Each example's part of [`Sample::total`], row-major.
    pub(super) fn weighted_rows(&self) -> Vec<f64> {
        let rows = self.rows().zip(self.weights());
        rows.flat_map(|(row, weight)| {
            std::iter::once(weight).chain(row.iter().map(move |fact| fact * weight))
        })
        .collect()
    }

    /// `rows` of one length per example, row-major, summed over each unit, and that length.
    pub(super) fn by_unit(&self, rows: &[f64]) -> (Vec<f64>, usize) {
        let width = rows.len().checked_div(self.examples()).unwrap_or(0).max(1);
        let Some(unit_of) = &self.unit_of else {
            return (rows.to_vec(), width);
        };
        let mut totals = vec![0.0; self.units * width];
        for (row, &unit) in rows.chunks_exact(width).zip(unit_of) {
            let start = unit as usize * width;
            let total = &mut totals[start..start + width];
            total.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        }
        (totals, width)
    }

    /// How many units of equal weight the examples that `counts` are worth; each unit by the weight
    /// of such examples.
    pub(super) fn worth_of(&self, counts: impl Fn(usize) -> bool) -> f64 {
        let mut sizes = vec![0.0; self.units];
        for (example, (unit, weight)) in self.unit_of_each().zip(self.weights()).enumerate() {
            if counts(example) {
                sizes[unit] += weight;
            }
        }
        sizes.retain(|&size| size > 0.0);
        effective_number(&sizes)
    }

    /// How far apart number labels lie: their standard deviation; where all are equal, their size;
    /// where all are zero, 1. Always above zero. Weights do not change it.
    pub fn spread(&self) -> f64 {
        self.spread
    }

    /// How many independent examples of equal weight the weighted mean of `values`, one per example,
    /// is worth.
    ///
    /// Without groups and weights, as many as there are. With either, a group (or an example without
    /// one) enters with its sum of weights and its weighted sum of values, and the mean is the ratio
    /// of both totals. What all are worth is then at most (Σw)²/Σw², Kish's effective number; it is
    /// divided by the design effect (how much larger the ratio's linearised variance is than that
    /// of so many independent examples, at least 1), and reduced for the few groups that the effect
    /// is estimated from. Where fewer than five groups have a value other than 0, or fewer than
    /// five have a 0, the effect cannot be estimated, and every group counts as one example of the
    /// weight of all its examples: (Σm)²/Σm² for groups of the weights m.
    ///
    /// **Source.** Korn & Graubard, "Confidence intervals for proportions with small expected
    /// number of positive counts estimated from survey data", Survey Methodology 24 (1998); for
    /// weights Kish, "Survey Sampling" (1965), section 11.7.
    ///
    /// **Differences from the source.** The bound of 1 below, which takes Kish's number as the most
    /// that examples are worth: a sample of which one example has nearly all the weight says little
    /// of its own spread. And the rule for fewer than five groups.
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

    /// How many units of equal weight the units are worth; `None` where weights are equal.
    pub(super) fn unit_worth(&self) -> Option<f64> {
        self.weighted.then(|| self.as_groups())
    }

    /// The unit of every example.
    fn unit_of_each(&self) -> impl Iterator<Item = usize> {
        (0..self.examples()).map(|example| match &self.unit_of {
            Some(unit_of) => unit_of[example] as usize,
            None => example,
        })
    }

    /// The effective number of groups: each counts as one example.
    fn as_groups(&self) -> f64 {
        self.worth_of(|_| true)
    }

    /// The worth of the weighted mean of `values` by the design effect that they show; `None` where
    /// too few groups show it.
    fn shown_effect(&self, values: &[f64]) -> Option<f64> {
        if self.unit_of.is_none() && !self.weighted {
            return Some(self.examples() as f64);
        }
        let weights = &self.weights;
        let mut groups = vec![Group::default(); self.units];
        for ((&value, &weight), unit) in values.iter().zip(weights).zip(self.unit_of_each()) {
            groups[unit].add(value, weight);
        }
        let with_some = groups.iter().filter(|group| group.has_some).count();
        let with_none = groups.iter().filter(|group| group.has_none).count();
        if with_some < FEWEST_GROUPS || with_none < FEWEST_GROUPS {
            return None;
        }
        let (n, all) = (effective_number(weights), weights.iter().sum::<f64>());
        let weighted = || values.iter().zip(weights);
        let mean = weighted().map(|(value, weight)| weight * value).sum::<f64>() / all;
        let squares = weighted().map(|(value, weight)| weight * (value - mean).powi(2));
        let plain = squares.sum::<f64>() / (all * n);
        let count = self.units as f64;
        let clustered = count / (count - 1.0)
            * groups.iter().map(|group| (group.sum - mean * group.size).powi(2)).sum::<f64>()
            / (all * all);
        let effect = (clustered / plain).max(1.0);
        Some(n / effect * small_sample(n, count))
    }
}

/// Kish's effective number of parts with these weights: as many as there are where all are equal,
/// fewer where they differ, 0 of none.
fn effective_number(weights: &[f64]) -> f64 {
    if weights.is_empty() {
        return 0.0;
    }
    let sum = weights.iter().sum::<f64>();
    sum * sum / weights.iter().map(|weight| weight * weight).sum::<f64>()
}

/// A power of two that brings the largest weight near 1: exact, and no square of a weight overflows.
fn towards_one(weights: &[f64]) -> f64 {
    let largest = weights.iter().copied().fold(0.0, f64::max);
    (-largest.log2().floor().clamp(-1_000.0, 1_000.0)).exp2()
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
    fn add(&mut self, value: f64, weight: f64) {
        self.size += weight;
        self.sum += weight * value;
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
