//! From rungs to gaps: sizes, simultaneous intervals, answers.

use super::{Answer, Gap, GapKind, Ladder, Measured, RungKind};
use crate::{
    interval::{CONFIDENCE, Interval, Term, combine},
    metric::Estimate,
};

/// A weighted sum of rungs: one for a gap, and one for the difference of two gaps.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Weights([f64; RungKind::ALL.len()]);

impl Weights {
    /// `upper` less `lower`.
    pub(super) fn between(lower: RungKind, upper: RungKind) -> Self {
        Weights::default().plus(upper, 1.0).plus(lower, -1.0)
    }

    /// With `weight` more of `rung`.
    pub(super) fn plus(mut self, rung: RungKind, weight: f64) -> Self {
        self.0[rung as usize] += weight;
        self
    }

    /// Less another sum.
    pub(super) fn minus(mut self, other: Weights) -> Self {
        for (weight, less) in self.0.iter_mut().zip(other.0) {
            *weight -= less;
        }
        self
    }

    /// The rungs that count, with their weights.
    fn rungs(self) -> impl Iterator<Item = (RungKind, f64)> {
        RungKind::ALL.into_iter().zip(self.0).filter(|(_, weight)| *weight != 0.0)
    }
}

/// The two rungs that a gap lies between, lower first. Variance goes up to validation where there
/// is no train-validation error.
pub(super) fn ends(ladder: &Ladder, gap: GapKind) -> (RungKind, RungKind) {
    match gap {
        GapKind::AvoidableBias => (RungKind::Human, RungKind::Train),
        GapKind::Variance if ladder.error(RungKind::TrainValidation).is_some() => {
            (RungKind::Train, RungKind::TrainValidation)
        }
        GapKind::Variance => (RungKind::Train, RungKind::Validation),
        GapKind::Mismatch => (RungKind::TrainValidation, RungKind::Validation),
        GapKind::ValidationOverfitted => (RungKind::Validation, RungKind::Test),
    }
}

/// Every gap that belongs to the ladder, in the recipe's order.
pub(super) fn gaps(ladder: &Ladder) -> Vec<Gap> {
    let kinds: Vec<GapKind> = GapKind::ALL
        .into_iter()
        .filter(|&kind| kind != GapKind::Mismatch || ladder.train_validation.is_some())
        .collect();
    let confidence = simultaneous(kinds.iter().filter(|&&kind| present(ladder, kind)).count());
    kinds.into_iter().map(|kind| gap(ladder, kind, confidence)).collect()
}

/// The confidence of each of `count` intervals that shall hold together at 95 % (Bonferroni).
pub(super) fn simultaneous(count: usize) -> f64 {
    1.0 - (1.0 - CONFIDENCE) / count.max(1) as f64
}

/// Whether something is said about a gap's size: both rungs are there, or it has an upper bound.
fn present(ladder: &Ladder, kind: GapKind) -> bool {
    let (lower, upper) = ends(ladder, kind);
    let bounded_below = kind == GapKind::AvoidableBias || ladder.error(lower).is_some();
    bounded_below && ladder.error(upper).is_some()
}

fn gap(ladder: &Ladder, kind: GapKind, confidence: f64) -> Gap {
    let (lower, upper) = ends(ladder, kind);
    let unknown = |missing: &Measured| Gap {
        kind,
        size: None,
        interval: None,
        at_most: None,
        answer: Answer::Unknown { how: missing.reason().to_owned() },
    };
    match (ladder.error(lower), ladder.error(upper)) {
        (_, None) => unknown(ladder.measured(upper)),
        (None, Some(_)) if kind == GapKind::AvoidableBias => bias_at_most(ladder, confidence),
        (None, Some(_)) => unknown(ladder.measured(lower)),
        (Some(below), Some(above)) => {
            let weights = Weights::between(lower, upper);
            let interval = ladder.interval(weights, confidence);
            let answer = answer(ladder, weights, confidence);
            Gap { kind, size: Some(above - below), interval: Some(interval), at_most: None, answer }
        }
    }
}

/// Avoidable bias without a human level: no error is below 0, so it is at most the train error.
fn bias_at_most(ladder: &Ladder, confidence: f64) -> Gap {
    let whole_error = Weights::default().plus(RungKind::Train, 1.0);
    let at_most = ladder.interval(whole_error, confidence).high;
    let tolerance = ladder.tolerance.size;
    let answer = match answer(ladder, whole_error, confidence) {
        // Below the tolerance whatever people reach.
        Answer::Immaterial => Answer::Immaterial,
        // Train is a sample, and even people without any error would not make bias material.
        open @ Answer::CannotTell { .. } if ladder.error(RungKind::Train) <= Some(tolerance) => {
            open
        }
        _ => Answer::Unknown { how: ladder.human.reason().to_owned() },
    };
    Gap { kind: GapKind::AvoidableBias, size: None, interval: None, at_most: Some(at_most), answer }
}

/// Where a sum of rungs lies against the tolerance.
fn answer(ladder: &Ladder, weights: Weights, confidence: f64) -> Answer {
    let tolerance = ladder.tolerance.size;
    let interval = ladder.interval(weights, confidence);
    let sampled: Vec<(RungKind, &Estimate)> = weights
        .rungs()
        .filter_map(|(rung, _)| ladder.measured(rung).estimate().map(|estimate| (rung, estimate)))
        .collect();
    if interval.low > tolerance {
        return Answer::Material;
    }
    // The tolerance is the smallest gap worth work, so a known gap of just this size is not above it.
    if interval.high < tolerance || sampled.is_empty() {
        return Answer::Immaterial;
    }
    let half_width_at = |examples: usize| {
        ladder
            .interval_with(weights, confidence, |estimate| estimate.examples.max(examples))
            .half_width()
    };
    // Where the interval is that narrow already, the gap lies so close to the tolerance that only a
    // much narrower one can tell.
    let present = interval.half_width();
    let target = if present > tolerance / 2.0 { tolerance / 2.0 } else { present / 2.0 };
    let examples = fewest(|examples| half_width_at(examples) <= target);
    let width = |estimate: &Estimate| estimate.interval(confidence).half_width();
    let mut widest_first = sampled;
    widest_first.sort_by(|(_, one), (_, two)| width(two).total_cmp(&width(one)));
    let (enlarge, _) = widest_first[0];
    let and = widest_first.get(1).filter(|(_, other)| other.examples < examples);
    Answer::CannotTell { enlarge, examples, and: and.map(|(rung, _)| *rung) }
}

/// The smallest number that is enough, where every larger one is too.
fn fewest(enough: impl Fn(usize) -> bool) -> usize {
    let mut high = 1;
    while high < MOST_EXAMPLES && !enough(high) {
        high *= 2;
    }
    let mut low = high / 2;
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if enough(middle) { high = middle } else { low = middle }
    }
    high
}

/// Where the search for a number of examples ends.
const MOST_EXAMPLES: usize = 1 << 50;

impl Ladder {
    /// The interval of a sum of rungs that are all there, at `confidence`.
    pub(super) fn interval(&self, weights: Weights, confidence: f64) -> Interval {
        self.interval_with(weights, confidence, |estimate| estimate.examples)
    }

    /// The same, with as many examples in every sample as `examples` says.
    fn interval_with(
        &self,
        weights: Weights,
        confidence: f64,
        examples: impl Fn(&Estimate) -> usize,
    ) -> Interval {
        let terms: Vec<Term> = weights
            .rungs()
            .filter_map(|(rung, weight)| {
                let measured = self.measured(rung);
                let value = measured.error()?;
                let interval = match measured.estimate() {
                    Some(estimate) => estimate.interval_at(confidence, examples(estimate)),
                    None => Interval::point(value),
                };
                Some(Term { weight, value, interval })
            })
            .collect();
        combine(&terms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fewest_examples_are_found_exactly() {
        for threshold in [1, 2, 3, 1_000, 1_023, 1_024, 1_025] {
            assert_eq!(fewest(|examples| examples >= threshold), threshold);
        }
    }

    #[test]
    fn bonferroni_shares_the_risk() {
        assert_eq!(simultaneous(1), 0.95);
        assert!((simultaneous(4) - 0.9875).abs() < 1e-12);
    }
}
