//! From rungs to gaps: sizes, simultaneous intervals, answers.

use super::{Answer, Gap, GapKind, Ladder, Measured, RungKind, TOLERATED_SHARE};
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
    let confidence = confidence(ladder);
    kinds(ladder).map(|kind| gap(ladder, kind, confidence)).collect()
}

fn kinds(ladder: &Ladder) -> impl Iterator<Item = GapKind> {
    GapKind::ALL
        .into_iter()
        .filter(|&kind| kind != GapKind::Mismatch || ladder.train_validation.is_some())
}

/// The confidence of each gap's interval, so that all gaps present hold together at 95 %.
pub(super) fn confidence(ladder: &Ladder) -> f64 {
    simultaneous(kinds(ladder).filter(|&kind| present(ladder, kind)).count())
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
    let answer = match answer(ladder, whole_error, confidence) {
        // It can be as large as that, if people reach as much.
        Answer::Material => Answer::Unknown { how: ladder.human.reason().to_owned() },
        // Below the tolerance whatever people reach, or never shown to be above it: no level that
        // could be given changes the verdict.
        whatever_people_reach => whatever_people_reach,
    };
    Gap { kind: GapKind::AvoidableBias, size: None, interval: None, at_most: Some(at_most), answer }
}

/// Where a sum of rungs lies against the tolerance.
fn answer(ladder: &Ladder, weights: Weights, confidence: f64) -> Answer {
    let beyond = ladder.beyond(weights, confidence);
    if beyond.low > 0.0 {
        return Answer::Material;
    }
    // The tolerance is the smallest gap worth work, so a known gap of just this size is not above it.
    if beyond.high < 0.0 || beyond.half_width() == 0.0 {
        return Answer::Immaterial;
    }
    let sampled = ladder.sampled(weights, confidence);
    let Some(&(enlarge, _)) = sampled.first() else { return Answer::Immaterial };
    // Where the interval is that narrow already, the gap lies so close to the tolerance that only a
    // much narrower one can tell.
    let (present, tolerance) = (beyond.half_width(), ladder.tolerance.size);
    let target = if present > tolerance / 2.0 { tolerance / 2.0 } else { present / 2.0 };
    let enough = |enlarged: &dyn Fn(RungKind) -> bool, examples: usize| {
        let at = |rung, estimate: &Estimate| match enlarged(rung) {
            true => estimate.examples.max(examples),
            false => estimate.examples,
        };
        ladder.beyond_with(weights, confidence, &at).half_width() <= target
    };
    let together = fewest(|examples| enough(&|_| true, examples));
    let smaller = sampled.iter().skip(1).find(|(_, other)| other.examples < together);
    let alone = |examples: usize| enough(&|rung| rung == enlarge, examples);
    match smaller {
        // Two splits of so many examples cost as much as one of twice as many.
        Some(&(and, _)) if !alone(2 * together) => {
            Answer::CannotTell { enlarge, examples: together, and: Some(and) }
        }
        _ => Answer::CannotTell { enlarge, examples: fewest(alone), and: None },
    }
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
    /// The simultaneous interval of what a gap is above the tolerance, by which the gap is
    /// answered: material where it lies above 0, immaterial where it lies below. `None` where a
    /// rung is missing.
    pub fn beyond_tolerance(&self, gap: GapKind) -> Option<Interval> {
        let (lower, upper) = ends(self, gap);
        self.error(lower).and(self.error(upper))?;
        Some(self.beyond(Weights::between(lower, upper), confidence(self)))
    }

    /// The interval of a sum of rungs that are all there, at `confidence`.
    pub(super) fn interval(&self, weights: Weights, confidence: f64) -> Interval {
        let terms = self.terms(weights, confidence, &as_they_are);
        combine(&terms.into_iter().map(|(_, term)| term).collect::<Vec<_>>())
    }

    /// The interval of what such a sum is above the tolerance.
    pub(super) fn beyond(&self, weights: Weights, confidence: f64) -> Interval {
        self.beyond_with(weights, confidence, &as_they_are)
    }

    /// The same, with as many examples in every sample as `examples` says.
    fn beyond_with(&self, weights: Weights, confidence: f64, examples: Examples<'_>) -> Interval {
        let terms = self.terms(weights, confidence, examples).into_iter();
        let less: Vec<Term> = terms.map(|(rung, term)| self.less_tolerance(rung, term)).collect();
        let interval = combine(&less);
        match self.tolerance.floor {
            Some(_) => interval,
            None => {
                let size = self.tolerance.size;
                Interval { low: interval.low - size, high: interval.high - size }
            }
        }
    }

    /// The samples that a sum less the tolerance rests on, the one with the most noise first.
    fn sampled(&self, weights: Weights, confidence: f64) -> Vec<(RungKind, &Estimate)> {
        let width = |rung, term| {
            let term = self.less_tolerance(rung, term);
            term.weight.abs() * term.interval.half_width()
        };
        let mut sampled: Vec<(RungKind, &Estimate, f64)> = self
            .terms(weights, confidence, &as_they_are)
            .into_iter()
            .map(|(rung, term)| (rung, width(rung, term)))
            .filter(|(_, width)| *width > 0.0)
            .filter_map(|(rung, width)| Some((rung, self.measured(rung).estimate()?, width)))
            .collect();
        sampled.sort_by(|(_, _, one), (_, _, two)| two.total_cmp(one));
        sampled.into_iter().map(|(rung, estimate, _)| (rung, estimate)).collect()
    }

    /// Every rung that is there, with its part of a sum.
    fn terms(
        &self,
        weights: Weights,
        confidence: f64,
        examples: Examples<'_>,
    ) -> Vec<(RungKind, Term)> {
        RungKind::ALL
            .into_iter()
            .zip(weights.0)
            .filter_map(|(rung, weight)| {
                let measured = self.measured(rung);
                let value = measured.error()?;
                let interval = match measured.estimate() {
                    Some(estimate) => estimate.interval_at(confidence, examples(rung, estimate)),
                    None => Interval::point(value),
                };
                Some((rung, Term { weight, value, interval }))
            })
            .collect()
    }

    /// A rung's part of a sum, less the tolerance where that follows from this rung.
    ///
    /// With the weight w of validation in the sum, w·v − max(v/10, floor) only rises, or only
    /// falls, with the validation error v for w = −1, 0 and 1; so the ends of the interval of v
    /// give the ends of its own.
    fn less_tolerance(&self, rung: RungKind, term: Term) -> Term {
        let (RungKind::Validation, Some(floor)) = (rung, self.tolerance.floor) else { return term };
        let part = |error: f64| term.weight * error - (TOLERATED_SHARE * error).max(floor);
        let ends = [part(term.interval.low), part(term.interval.high)];
        let interval = Interval { low: ends[0].min(ends[1]), high: ends[0].max(ends[1]) };
        Term { weight: 1.0, value: part(term.value), interval }
    }
}

/// How many examples a rung's sample is taken to have.
type Examples<'a> = &'a dyn Fn(RungKind, &Estimate) -> usize;

fn as_they_are(_: RungKind, estimate: &Estimate) -> usize {
    estimate.examples
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
