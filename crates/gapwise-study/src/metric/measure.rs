//! What a metric does, and what all metrics that are not rates have in common.

use std::fmt::Debug;

use super::{
    Estimate, Sample, Undefined,
    estimate::{Alike, Noise},
};
use crate::{
    interval::{
        Interval, Term,
        bootstrap::{Draws, Scale, Statistic, Studentised, Units},
        difference_of,
    },
    predictions::{Outcome, Target},
};

/// One way of turning answers into an error.
///
/// A metric says which numbers it needs of an example (its facts), the error of a sample of them,
/// and sums that the error of a resample follows from; interval and paired comparison follow.
///
/// **Weights.** A weighted example counts as much as its weight wherever examples are counted: the
/// weighted error rate is Σw·wrong / Σw, the weighted RMSE √(Σw·e² / Σw), a weighted AUROC the
/// share of the weight of pairs. Estimates and comparisons use the same sums: a weighted example is
/// like a group with one outcome, which enters the interval of a rate with its weight (see `Sample`
/// for how many examples all of them are worth), and the bootstrap as one unit with its weighted
/// sums. Only how weights compare counts: a common factor changes nothing, and equal weights give
/// exactly what none give. An example of weight 0 is left out. Counts of examples and of wrong
/// answers remain counts.
pub(super) trait Measure: Debug + Sync {
    /// The error's name in a sentence, in lower case unless it is an abbreviation.
    fn name(&self) -> &'static str;

    /// The metric's own name and what is shown under it.
    fn own(&self) -> Own {
        Own { name: self.name(), is: Direction::Error }
    }

    /// Whether errors are shares in [0, 1].
    fn is_rate(&self) -> bool {
        true
    }

    /// What it needs of answers and of who asks, beside what is right.
    fn needs(&self) -> Needs {
        Needs::default()
    }

    /// Whether it can judge answers of this kind.
    fn fits(&self, target: &Target) -> bool;

    /// The unit of its errors, for people.
    fn unit(&self, _target: &Target) -> String {
        "%".to_owned()
    }

    /// Appends one example's facts to `facts`, as many for each example of a sample. An answer of a
    /// kind that the metric does not [fit](Measure::fits) has NaN.
    fn facts(&self, outcome: &Outcome, facts: &mut Vec<f64>);

    /// The error of the examples of `sample`.
    fn error(&self, sample: &Sample) -> Result<f64, Undefined>;

    /// The sums that the error of a resample follows from.
    fn summed(&self, sample: &Sample) -> Result<Summed, Undefined>;

    /// What a sample says of the error on data of its kind.
    fn estimate(&self, sample: &Sample) -> Result<Estimate, Undefined> {
        by_spread(self, sample)
    }

    /// The interval of `first`'s error less `second`'s at `confidence`, in (0, 1): two networks on
    /// the same examples in the same order.
    ///
    /// Of an error on the logit scale the intervals of both are joined with their correlation, which
    /// the influences show; of every other the interval is Student's, from the influences on the
    /// difference. The bootstrap, of a difference that few examples make, held 91 to 93 % of true
    /// differences of log loss, MAE and R² in the simulated bed (least 87 %), Student's 96 to 97 %
    /// (least 94 %).
    fn paired(
        &self,
        first: &Sample,
        second: &Sample,
        confidence: f64,
    ) -> Result<Interval, Undefined> {
        let errors = [self.error(first)?, self.error(second)?];
        let [one, two] = [self.summed(first)?, self.summed(second)?];
        let [(ones, split), (twos, other)] = [first.by_unit(&one.rows), second.by_unit(&two.rows)];
        let pairs: Vec<f64> = ones
            .chunks_exact(split)
            .zip(twos.chunks_exact(other))
            .flat_map(|(one, two)| one.iter().chain(two).copied())
            .collect();
        let worth = first.unit_worth();
        let units = Units { values: &pairs, width: split + other, worth };
        let difference = Difference { first: &*one.statistic, second: &*two.statistic, split };
        let rests_on = one.spread.units(units).min(two.spread.units(units));
        let Some(student) = Studentised::student(units, &difference, (Scale::Plain, rests_on))
        else {
            // Equally different everywhere: those that Wilson leaves for others may speak for
            // either network.
            let (one, two) = (
                one.alike.interval(errors[0], confidence, 1.0),
                two.alike.interval(errors[1], confidence, 1.0),
            );
            let difference = errors[0] - errors[1];
            let below = (two.high - errors[1]).max(errors[0] - one.low);
            let above = (one.high - errors[0]).max(errors[1] - two.low);
            return Ok(Interval { low: difference - below, high: difference + above });
        };
        if !matches!(one.spread, Spread::Influence { scale: Scale::Logit, .. }) {
            return Ok(student.interval(confidence, 1.0));
        }
        let interval = |sample, error| {
            let interval = self.estimate(sample)?.interval(confidence);
            Ok(Term { weight: 1.0, value: error, interval })
        };
        let terms = [interval(first, errors[0])?, interval(second, errors[1])?];
        let ones = Units { values: &ones, width: split, worth };
        let twos = Units { values: &twos, width: other, worth };
        let influences = [ones.influences(&*one.statistic), twos.influences(&*two.statistic)];
        Ok(difference_of(terms, correlation(&influences[0], &influences[1])))
    }

    /// The least that the tolerance may be, in the metric's unit, and why.
    fn tolerance_floor(&self, _validation: &Sample) -> (f64, &'static str) {
        (0.001, "0.1 percentage points")
    }
}

/// What a metric needs beside right and given answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Needs {
    /// How sure each answer is.
    pub(super) scores: bool,
    /// Which of two classes is the positive one.
    pub(super) positive: bool,
    /// As many facts of an example as it has parts, such as boxes, instead of as many for each.
    pub(super) ragged: bool,
}

/// The estimate of `measure` by the spread of its sums.
pub(super) fn by_spread<M: Measure + ?Sized>(
    measure: &M,
    sample: &Sample,
) -> Result<Estimate, Undefined> {
    let error = measure.error(sample)?;
    let Summed { rows, statistic, spread, alike } = measure.summed(sample)?;
    let (values, width) = sample.by_unit(&rows);
    let units = Units { values: &values, width, worth: sample.unit_worth() };
    let studentised = match spread {
        Spread::Resampled(scale) => Studentised::draw(units, &*statistic, scale, Draws::default()),
        Spread::Influence { scale, units: worth } => {
            Studentised::student(units, &*statistic, (scale, worth))
        }
    };
    let noise = match studentised {
        Some(studentised) => Noise::Studentised(studentised),
        // One unit is alike to itself too.
        None => Noise::AllAlike(alike),
    };
    Ok(Estimate { error, examples: sample.examples(), noise })
}

/// How a metric is shown under its own name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Own {
    /// `F1`.
    pub(super) name: &'static str,
    /// What stands under it.
    pub(super) is: Direction,
}

/// Which way a metric goes under its own name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// Lower is better: it is the error.
    Error,
    /// Higher is better: it is what the error lacks of 1, as a share.
    Complement,
    /// The same, in percent.
    PercentComplement,
}

/// The sums that the error of a resample follows from.
#[derive(Debug)]
pub(super) struct Summed {
    /// Each example's part of the sums, times its weight, row-major: `[example, sum]`.
    pub(super) rows: Vec<f64>,
    /// From sums to error.
    pub(super) statistic: Box<dyn Statistic>,
    /// How the spread of the error shows itself.
    pub(super) spread: Spread,
    /// What is known where no example differs from the others in what it contributes.
    pub(super) alike: Alike,
}

/// How the spread of an error shows itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Spread {
    /// By resampling, studentised on this scale.
    Resampled(Scale),
    /// By each unit's influence, with Student's distribution on this scale.
    ///
    /// For shares that rest on few examples, such as those of a rare class, this covers nearer to
    /// what it promises than the bootstrap. In 300 tables each of 100 examples, a tenth of them
    /// positive, the studentised bootstrap held 75 to 80 % of true F1.
    Influence {
        /// The scale.
        scale: Scale,
        /// Units that the error rests on: those of the rarer class.
        units: f64,
    },
}

impl Spread {
    /// What units the error rests on are worth, of `all`.
    fn units(self, all: Units<'_>) -> f64 {
        match self {
            Spread::Resampled(_) => all.worth(),
            Spread::Influence { units, .. } => units,
        }
    }
}

/// The correlation of two networks' influences, which have the mean 0; 0 where either does not vary.
fn correlation(one: &[f64], other: &[f64]) -> f64 {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let size = (dot(one, one) * dot(other, other)).sqrt();
    if size > 0.0 { dot(one, other) / size } else { 0.0 }
}

impl Summed {
    /// The sums of an error that no few sums add up to: its value `error`, and how much more of each
    /// example would change it.
    ///
    /// `influences` are the derivatives of the error by the weight of each example, times the sum
    /// of the weights, so that their weighted mean is 0. Their mean square is what the bootstrap's
    /// variance tends to.
    ///
    /// **Source.** The infinitesimal jackknife: Efron & Tibshirani, "An Introduction to the
    /// Bootstrap" (1993), section 21.3; on the logit scale, as is usual for AUROC.
    pub(super) fn influences(
        sample: &Sample,
        error: f64,
        influences: &[f64],
        alike: Alike,
    ) -> Self {
        let weighted = influences.iter().zip(sample.weights());
        let units = alike.units.iter().sum::<f64>() / alike.units.len().max(1) as f64;
        Summed {
            rows: weighted.flat_map(|(&influence, weight)| [weight, weight * influence]).collect(),
            statistic: Box::new(Influences { error }),
            spread: Spread::Influence { scale: Scale::Logit, units },
            alike,
        }
    }
}

/// An error plus a mean influence, on sums of weights and of weighted influences.
#[derive(Debug)]
struct Influences {
    error: f64,
}

impl Statistic for Influences {
    fn value(&self, total: &[f64]) -> f64 {
        self.error + total[1] / total[0]
    }

    fn gradient(&self, total: &[f64], into: &mut [f64]) {
        into[0] = -total[1] / (total[0] * total[0]);
        into[1] = 1.0 / total[0];
    }
}

/// One number less another, on the sums of both, one after the other.
#[derive(Debug)]
struct Difference<'a> {
    first: &'a dyn Statistic,
    second: &'a dyn Statistic,
    /// Sums of the first.
    split: usize,
}

impl Statistic for Difference<'_> {
    fn value(&self, total: &[f64]) -> f64 {
        let (one, two) = total.split_at(self.split);
        self.first.value(one) - self.second.value(two)
    }

    fn gradient(&self, total: &[f64], into: &mut [f64]) {
        let ((one, two), (first, second)) =
            (total.split_at(self.split), into.split_at_mut(self.split));
        self.first.gradient(one, first);
        self.second.gradient(two, second);
        second.iter_mut().for_each(|slope| *slope = -*slope);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::sums::Mean;

    /// The share of wrong parts, where an example has `label` parts of which `prediction` are wrong:
    /// either one fact for each part, or the two counts.
    #[derive(Debug)]
    struct WrongParts {
        ragged: bool,
    }

    impl WrongParts {
        fn counts(&self, facts: &[f64]) -> [f64; 2] {
            match self.ragged {
                true => [facts.len() as f64, facts.iter().sum()],
                false => [facts[0], facts[1]],
            }
        }
    }

    impl Measure for WrongParts {
        fn name(&self) -> &'static str {
            "wrong parts"
        }

        fn needs(&self) -> Needs {
            Needs { ragged: self.ragged, ..Needs::default() }
        }

        fn fits(&self, _target: &Target) -> bool {
            true
        }

        fn facts(&self, outcome: &Outcome, facts: &mut Vec<f64>) {
            let both = outcome.classified().expect("counts");
            if self.ragged {
                facts.extend((0..both.label).map(|part| f64::from(part < both.prediction)));
            } else {
                facts.extend([both.label, both.prediction].map(f64::from));
            }
        }

        fn error(&self, sample: &Sample) -> Result<f64, Undefined> {
            let mut total = [0.0; 2];
            for (facts, weight) in sample.rows().zip(sample.weights()) {
                let counts = self.counts(facts);
                total.iter_mut().zip(counts).for_each(|(sum, count)| *sum += weight * count);
            }
            Ok(total[1] / total[0])
        }

        fn summed(&self, sample: &Sample) -> Result<Summed, Undefined> {
            let rows = sample.rows().zip(sample.weights());
            let rows = rows.flat_map(|(facts, w)| self.counts(facts).map(|count| w * count));
            let unlike = crate::metric::estimate::Unlike::Share;
            Ok(Summed {
                rows: rows.collect(),
                statistic: Box::new(Mean),
                spread: Spread::Resampled(Scale::Plain),
                alike: Alike { units: vec![sample.worth_of(|_| true)], unlike },
            })
        }
    }

    #[test]
    fn examples_with_many_parts_and_with_none_are_the_units_of_one_estimate() {
        let parts = |at: u32| (at * 7 % 5, (at * 7 % 5).min(at % 3));
        let other = |at: u32| (at * 7 % 5, (at * 7 % 5).min(at % 2));
        let outcomes = |of: &dyn Fn(u32) -> (u32, u32)| -> Vec<(Outcome, String)> {
            let outcome = |at| Outcome::class(of(at).0, of(at).1, Vec::new());
            (0..60).map(|at| (outcome(at), format!("group {}", at / 2))).collect()
        };
        let (ours, theirs) = (outcomes(&parts), outcomes(&other));
        let samples = |measure: &WrongParts| {
            [&ours, &theirs].map(|of| {
                Sample::by(measure, of.iter().map(|(one, group)| (one, Some(group.as_str()), 1.0)))
            })
        };
        let (ragged, even) = (WrongParts { ragged: true }, WrongParts { ragged: false });
        let ([one, two], [same, too]) = (samples(&ragged), samples(&even));
        assert_eq!((one.examples(), one.units()), (60, 30));
        assert_eq!(one.rows().map(<[f64]>::len).take(4).collect::<Vec<_>>(), [0, 2, 4, 1]);
        let wrong: u32 = (0..60).map(|at| parts(at).1).sum();
        let all: u32 = (0..60).map(|at| parts(at).0).sum();
        assert_eq!(ragged.error(&one), Ok(f64::from(wrong) / f64::from(all)));
        let interval = |measure: &WrongParts, sample| {
            measure.estimate(sample).expect("an estimate").interval(0.95)
        };
        assert_eq!(interval(&ragged, &one), interval(&even, &same));
        assert_eq!(ragged.paired(&one, &two, 0.95), even.paired(&same, &too, 0.95));
    }
}
