//! The bootstrap, for errors that are not rates.
//!
//! Units (examples, or groups where examples come in groups) are drawn with replacement; every
//! resample is summed from the units' sufficient statistics, never from the data. The interval is
//! *studentised*: each resample's departure is measured in its own standard error, which the delta
//! method gives from the same sums. On squared errors, whose tail is long, it covers nearer to what
//! it promises than percentiles or BCa do: in 1,000 tables of 100 Laplace residuals, 92.9 % against
//! 90.8 % and 91.3 %; of 100 normal residuals, 94.3 % against 93.2 % and 93.3 %.
//!
//! **Source.** Efron & Tibshirani, "An Introduction to the Bootstrap" (1993), section 12.5; the
//! logarithm as the scale on which the spread is steady, section 12.6.
//!
//! **Differences from the source.** Resamples without any spread of their own have no standard
//! error and are left out. Where a handful of units carry the error, be it that there are no more
//! or that the others are next to right, resamples without them are so many and so alike that the
//! interval is far too narrow, or its upper end hundreds of times the estimate. Units are therefore
//! counted by what they contribute, (Σ|i|)²/Σi² of their influences i, and below sixteen the
//! interval is Student's, from the same standard error with one degree of freedom less than that
//! number. For an error it is then never narrower than the exact interval of as many normal
//! residuals, since a few units that happen to be alike have next to no standard error of their
//! own. In 600 tables each it covers 99.5 % for 2 normal residuals, 98.3 % for 5 and 99.2 % for 15,
//! and 97.7, 96.7 and 95.8 % for Laplace residuals. Of 20 Laplace residuals 97.5 % (the bootstrap
//! 90.0 %), of 20 of Student's with 3 degrees of freedom 89.7 % (79.0 %), and there the upper end is
//! below 3.5 times the estimate in 95 tables of 100 (the bootstrap's below 15 times).

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::{Interval, few};

/// Sufficient statistics of independent units, row-major: `[unit, statistic]`.
#[derive(Debug, Clone, Copy)]
pub struct Units<'a> {
    /// The statistics of all units, one unit after the other.
    pub values: &'a [f64],
    /// Statistics per unit, at least 1.
    pub width: usize,
    /// How many units of equal weight they are worth, where their weights differ; `None` where
    /// every unit counts for one.
    pub worth: Option<f64>,
}

impl Units<'_> {
    /// Number of units.
    pub fn len(&self) -> usize {
        self.values.len() / self.width
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// How many units of equal weight they are worth: at most [`Units::len`].
    pub fn worth(&self) -> f64 {
        self.worth.unwrap_or(self.len() as f64)
    }

    /// How much each unit moves a number: its statistics times the number's derivative by the sums.
    pub(crate) fn influences(&self, statistic: &dyn Statistic) -> Vec<f64> {
        let mut total = vec![0.0; self.width];
        for unit in self.values.chunks_exact(self.width) {
            total.iter_mut().zip(unit).for_each(|(sum, value)| *sum += value);
        }
        let mut gradient = vec![0.0; self.width];
        statistic.gradient(&total, &mut gradient);
        let influence = |unit: &[f64]| unit.iter().zip(&gradient).map(|(u, g)| u * g).sum();
        self.values.chunks_exact(self.width).map(influence).collect()
    }

    fn unit(&self, index: usize) -> &[f64] {
        &self.values[index * self.width..(index + 1) * self.width]
    }
}

/// A number that summed statistics amount to, and that stays the same when all of them are
/// multiplied by one factor.
pub trait Statistic: std::fmt::Debug + Sync {
    /// The number.
    fn value(&self, total: &[f64]) -> f64;

    /// Its derivative by each of the sums, into `into`, which is as long as `total`.
    fn gradient(&self, total: &[f64], into: &mut [f64]);
}

/// The scale on which a number's spread does not depend on its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// As it is: differences.
    Plain,
    /// Its logarithm: errors that have no upper end.
    Logarithm,
    /// Its logit, ln(p/(1 − p)): shares.
    Logit,
}

/// How often to draw, and from which seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draws {
    /// Resamples, at least 2,000 for anything that a person is shown.
    pub resamples: usize,
    /// Seed. Resample r draws from stream r of this seed, so the result is the same bits whatever
    /// the number of threads.
    pub seed: u64,
}

impl Default for Draws {
    /// 2,000 resamples from a fixed seed: the same table always has the same intervals.
    fn default() -> Self {
        Draws { resamples: 2_000, seed: 1_893 }
    }
}

/// The distribution of a studentised number under resampling.
#[derive(Debug, Clone, PartialEq)]
pub struct Studentised {
    scale: Scale,
    /// The point estimate, on the scale.
    centre: f64,
    /// Its standard error, on the scale.
    deviation: f64,
    departures: Departures,
}

/// How far from the truth, in standard errors, the estimate may lie.
#[derive(Debug, Clone, PartialEq)]
enum Departures {
    /// As far as resamples lie from the estimate, in their own standard errors, ascending.
    Resampled(Vec<f64>),
    /// As far as Student has it for so many units.
    Student { units: f64 },
}

/// Fewer effective units than this are not resampled: see the simulation at the top.
const FEWEST_UNITS: f64 = 16.0;

/// No error on a logarithmic scale is taken to be more than this factor from its estimate: of very
/// few units the tails of the distribution are noise.
const FURTHEST_FACTOR: f64 = 1_000.0;

impl Studentised {
    /// Draws and studentises; below sixteen effective units, or a worth of sixteen, without drawing.
    /// `None` where the units do not differ from each other in what they contribute, so that they say nothing of their spread:
    /// fewer than two units, or a worth of fewer, all alike, or a number that is not finite.
    pub fn draw(
        units: Units<'_>,
        statistic: &dyn Statistic,
        scale: Scale,
        draws: Draws,
    ) -> Option<Self> {
        let count = u32::try_from(units.len()).ok().filter(|&count| count >= 2)?;
        let worth = Some(units.worth()).filter(|&worth| worth >= 2.0)?;
        let everyone: Vec<u32> = (0..count).collect();
        let mut work = Work::new(units.width);
        let (centre, deviation) = work.studentise(units, statistic, scale, &everyone)?;
        let effective = work.effective_units(units).clamp(2.0, worth);
        if effective < FEWEST_UNITS {
            return Some(Studentised::few(scale, centre, deviation, effective));
        }
        let drawn: Vec<Option<f64>> = (0..draws.resamples)
            .into_par_iter()
            .map_init(
                || (Work::new(units.width), vec![0_u32; units.len()]),
                |(work, indices), resample| {
                    let mut random = ChaCha8Rng::seed_from_u64(draws.seed);
                    random.set_stream(resample as u64);
                    indices.fill_with(|| random.random_range(0..count));
                    let (there, spread) = work.studentise(units, statistic, scale, indices)?;
                    Some((there - centre) / spread)
                },
            )
            .collect();
        let mut departures: Vec<f64> = drawn.into_iter().flatten().collect();
        departures.sort_unstable_by(f64::total_cmp);
        let told = departures.len() >= draws.resamples.div_ceil(2).max(1);
        let differ = departures.first() < departures.last();
        Some(if told && differ {
            let departures = Departures::Resampled(departures);
            Studentised { scale, centre, deviation, departures }
        } else {
            Studentised::few(scale, centre, deviation, effective)
        })
    }

    /// Without resampling: Student's distribution with one degree of freedom less than the `worth`
    /// of the units that the number rests on, or than the effective number of their influences where
    /// that is less; at least 2. `None` as [`Studentised::draw`].
    pub fn student(
        units: Units<'_>,
        statistic: &dyn Statistic,
        (scale, worth): (Scale, f64),
    ) -> Option<Self> {
        let count = u32::try_from(units.len()).ok().filter(|&count| count >= 2)?;
        let everyone: Vec<u32> = (0..count).collect();
        let mut work = Work::new(units.width);
        let (centre, deviation) = work.studentise(units, statistic, scale, &everyone)?;
        let worth = worth.min(work.effective_units(units)).max(2.0);
        Some(Studentised::few(scale, centre, deviation, worth))
    }

    /// The standard error of the number, off the scale, as the units' influences show it.
    pub fn standard_error(&self) -> f64 {
        let stretch = match self.scale {
            Scale::Plain => 1.0,
            Scale::Logarithm => self.centre.exp(),
            Scale::Logit => {
                let share = 1.0 / (1.0 + (-self.centre).exp());
                share * (1.0 - share)
            }
        };
        let widened = match &self.departures {
            Departures::Resampled(_) => 1.0,
            Departures::Student { units } => (units / (units - 1.0)).sqrt(),
        };
        self.deviation / widened * stretch
    }

    /// What units that are worth `units`, at least 2, say without resampling.
    fn few(scale: Scale, centre: f64, deviation: f64, units: f64) -> Self {
        // The influences sum to zero, so that one of them follows from the others.
        let deviation = deviation * (units / (units - 1.0)).sqrt();
        Studentised { scale, centre, deviation, departures: Departures::Student { units } }
    }

    /// The interval at `confidence`, in (0, 1), as it would be on `growth` times as many units at
    /// the present estimates, at least 1; 1 for the units that there are.
    pub fn interval(&self, confidence: f64, growth: f64) -> Interval {
        let deviation = self.deviation / growth.sqrt();
        let (mut below, mut above) = match &self.departures {
            Departures::Resampled(departures) => {
                let tail = (1.0 - confidence) / 2.0;
                let low = departure(departures, 1.0 - tail).max(0.0);
                let high = departure(departures, tail).min(0.0);
                (low * deviation, -high * deviation)
            }
            Departures::Student { units } => {
                let half = few::student(confidence, units * growth - 1.0) * deviation;
                (half, half)
            }
        };
        match self.scale {
            Scale::Plain => Interval { low: self.centre - below, high: self.centre + above },
            Scale::Logit => {
                let share = |logit: f64| 1.0 / (1.0 + (-logit).exp());
                Interval { low: share(self.centre - below), high: share(self.centre + above) }
            }
            Scale::Logarithm => {
                if let Departures::Student { units } = &self.departures {
                    let (low, high) = few::normal_factors(confidence, units * growth);
                    (below, above) = (below.max(-low.ln()), above.max(high.ln()));
                }
                let furthest = FURTHEST_FACTOR.ln();
                Interval {
                    low: (self.centre - below.min(furthest)).exp(),
                    high: (self.centre + above.min(furthest)).exp(),
                }
            }
        }
    }
}

/// The departure below which `share` of the resamples lie, interpolated.
fn departure(departures: &[f64], share: f64) -> f64 {
    let place = share.clamp(0.0, 1.0) * (departures.len() - 1) as f64;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    let (low, high) = (departures[below], departures[above]);
    low + (high - low) * (place - place.floor())
}

/// Buffers of one thread.
struct Work {
    total: Vec<f64>,
    gradient: Vec<f64>,
}

impl Work {
    fn new(width: usize) -> Self {
        Work { total: vec![0.0; width], gradient: vec![0.0; width] }
    }

    /// How many units of equal influence make up the number's spread, by the gradient that was last
    /// worked out: Kish's effective number of the influences' sizes.
    fn effective_units(&self, units: Units<'_>) -> f64 {
        let (mut sum, mut squares) = (0.0, 0.0);
        for unit in units.values.chunks_exact(units.width) {
            let influence: f64 = unit.iter().zip(&self.gradient).map(|(u, g)| u * g).sum();
            sum += influence.abs();
            squares += influence * influence;
        }
        sum * sum / squares
    }

    /// The number and its standard error, on the scale, for the units at `indices`; `None` where
    /// either is not finite or there is no spread.
    fn studentise(
        &mut self,
        units: Units<'_>,
        statistic: &dyn Statistic,
        scale: Scale,
        indices: &[u32],
    ) -> Option<(f64, f64)> {
        self.total.fill(0.0);
        for &index in indices {
            for (sum, value) in self.total.iter_mut().zip(units.unit(index as usize)) {
                *sum += value;
            }
        }
        let value = statistic.value(&self.total);
        statistic.gradient(&self.total, &mut self.gradient);
        // The statistic does not change with the number of units, so the influences sum to zero
        // and their squares sum to the variance.
        let mut variance = 0.0;
        for &index in indices {
            let unit = units.unit(index as usize);
            let influence: f64 = unit.iter().zip(&self.gradient).map(|(u, g)| u * g).sum();
            variance += influence * influence;
        }
        let spread = variance.sqrt();
        // Rounding leaves a spread of this order where every unit is alike.
        let rounding = 1e-12 * value.abs();
        let told = value.is_finite() && spread.is_finite() && spread > rounding;
        match scale {
            Scale::Plain => told.then_some((value, spread)),
            Scale::Logarithm => (told && value > 0.0).then(|| (value.ln(), spread / value)),
            Scale::Logit => {
                let slope = value * (1.0 - value);
                (told && slope > 0.0).then(|| ((value / (1.0 - value)).ln(), spread / slope))
            }
        }
    }
}
