//! An error measured on a sample, and what is known of the true one.

use super::calibration::Chance;
use crate::interval::{Interval, Rate, Term, bootstrap::Studentised, combine};

/// An error measured on a sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// The point estimate, in the metric's unit.
    pub error: f64,
    /// Examples in the sample.
    pub examples: usize,
    /// How far the true error can be from it.
    pub(crate) noise: Noise,
}

/// What an interval is made from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Noise {
    /// A rate: Wilson.
    Rate(Rate),
    /// A standard error, with the distribution of the resampled or Student's.
    Studentised(Studentised),
    /// The same of an error that chance alone keeps above 0.
    AboveChance {
        /// Its standard error.
        spread: Studentised,
        /// What chance alone gives.
        chance: Chance,
        /// What is known if no unit differs from those of the sample: bins in which every answer is
        /// right show no spread.
        alike: Alike,
    },
    /// The same of a mean over classes some of which show no spread.
    SomeSilent {
        /// Its standard error.
        spread: Studentised,
        /// The classes whose answers are all right, or all wrong.
        silent: Vec<Silent>,
    },
    /// No unit of the sample differs from the others, and so resampling says nothing.
    AllAlike(Alike),
}

/// A class whose answers are all right or all wrong, so that its F1 shows no spread.
///
/// The share of right answers among the examples that are of the class or answered so is F1/(2 − F1)
/// and has a Wilson interval.
///
/// **Source.** "Wilson indirect" in Lam, Gopal & Qian, "Confidence intervals for the F1 score: a
/// comparison of four methods" (2023).
///
/// **Differs from the source.** Only for such classes, and of as many examples of equal weight as
/// there are worth of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Silent {
    /// 1 − F1: 0 or 1.
    pub(crate) error: f64,
    /// Units of the class or answered so.
    pub(crate) units: f64,
    /// What the class counts in the mean.
    pub(crate) share: f64,
}

impl Silent {
    fn term(self, confidence: f64, growth: f64) -> Term {
        let wrong = Rate { error: self.error, examples: self.units * growth };
        let Interval { low, high } = wrong.interval(confidence);
        // With a share e of wrong answers, 1 − F1 = e/(2 − e).
        let interval = Interval { low: low / (2.0 - low), high: high / (2.0 - high) };
        Term { weight: self.share, value: self.error, interval }
    }
}

/// What is known of an error of which every unit of a sample says the same.
///
/// As with a rate of which no error was seen, Wilson's upper end says which share of all units can
/// still be unlike those of the sample.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Alike {
    /// Independent units; for a mean over classes, those of each class.
    pub(crate) units: Vec<f64>,
    /// How far off units that are not alike can be.
    pub(crate) unlike: Unlike,
}

/// How far off examples can be that are not like those of a sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Unlike {
    /// All wrong or all right: the error is a share.
    Share,
    /// By so much more, in a mean; in the best case by nothing at all.
    Mean(f64),
    /// The same in a root of a mean of squares.
    RootMean(f64),
}

impl Alike {
    pub(crate) fn interval(&self, error: f64, confidence: f64, growth: f64) -> Interval {
        let most =
            |units: &f64| Rate { error: 0.0, examples: units * growth }.interval(confidence).high;
        let share = if self.units.is_empty() {
            1.0
        } else {
            self.units.iter().map(most).sum::<f64>() / self.units.len() as f64
        };
        let alike = 1.0 - share;
        match self.unlike {
            Unlike::Share => Interval { low: alike * error, high: alike * error + share },
            Unlike::Mean(off) => {
                Interval { low: alike * error, high: alike * error + share * (error + off) }
            }
            Unlike::RootMean(off) => {
                let square = alike * error * error;
                let high = (square + share * (error + off).powi(2)).sqrt();
                Interval { low: square.sqrt(), high }
            }
        }
    }
}

impl Estimate {
    /// The estimate of a rate: `errors` wrong answers among `examples` independent examples.
    pub fn rate(errors: usize, examples: usize) -> Self {
        let rate = Rate::of(errors, examples);
        Estimate { error: rate.error, examples, noise: Noise::Rate(rate) }
    }

    /// The interval at `confidence`, in (0, 1).
    pub fn interval(&self, confidence: f64) -> Interval {
        self.interval_at(confidence, self.examples)
    }

    /// The interval as it would be on `examples` examples, at the present estimates.
    pub fn interval_at(&self, confidence: f64, examples: usize) -> Interval {
        let growth = if self.examples == 0 { 1.0 } else { examples as f64 / self.examples as f64 };
        match &self.noise {
            Noise::Rate(rate) => {
                Rate { examples: rate.examples * growth, ..*rate }.interval(confidence)
            }
            Noise::Studentised(studentised) => {
                let Interval { low, high } = studentised.interval(confidence, growth);
                // No error is below 0.
                Interval { low: low.max(0.0), high }
            }
            Noise::AboveChance { spread, chance, alike } => {
                let Interval { low, high } = spread.interval(confidence, growth);
                let by_chance = self.error <= chance.most(confidence, growth);
                let unlike = alike.interval(self.error, confidence, growth).high;
                let low = if by_chance { 0.0 } else { low.max(0.0) };
                Interval { low, high: high.max(unlike).min(1.0) }
            }
            Noise::SomeSilent { spread, silent } => {
                let mut terms: Vec<Term> =
                    silent.iter().map(|class| class.term(confidence, growth)).collect();
                // The rest of the mean, so that all terms together are the error.
                let theirs: f64 = terms.iter().map(|term| term.weight * term.value).sum();
                let Interval { low, high } = spread.interval(confidence, growth);
                let interval = Interval { low: low - theirs, high: high - theirs };
                terms.push(Term { weight: 1.0, value: self.error - theirs, interval });
                let Interval { low, high } = combine(&terms);
                Interval { low: low.max(0.0), high: high.min(1.0) }
            }
            Noise::AllAlike(alike) => alike.interval(self.error, confidence, growth),
        }
    }

    /// The standard error of the estimate, in its own unit, from the units' influences. `None` for a rate, and where all units are alike.
    pub fn standard_error(&self) -> Option<f64> {
        match &self.noise {
            Noise::Studentised(spread)
            | Noise::AboveChance { spread, .. }
            | Noise::SomeSilent { spread, .. } => Some(spread.standard_error()),
            Noise::Rate(_) | Noise::AllAlike(_) => None,
        }
    }
}
