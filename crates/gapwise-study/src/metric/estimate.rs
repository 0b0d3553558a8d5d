//! An error measured on a sample, and what is known of the true one.

use crate::interval::{Interval, Rate, bootstrap::Studentised};

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
    /// Resampling.
    Bootstrap(Studentised),
    /// Every unit in the sample is equally wrong, and so resampling says nothing.
    AllAlike {
        /// Independent units.
        units: f64,
        /// How far off an example that is not alike is taken to be, in the metric's unit.
        off_by: f64,
    },
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
            Noise::Bootstrap(studentised) => studentised.interval(confidence, growth),
            Noise::AllAlike { units, off_by } => alike(
                self.error,
                Rate { error: 0.0, examples: units * growth },
                *off_by,
                confidence,
            ),
        }
    }
}

/// The interval of a root mean square of which every unit of the sample says the same.
///
/// As with a rate of which no error was seen, Wilson's upper end says which share of all examples
/// can still be unlike those of the sample. In the worst case these are `off_by` further off, in
/// the best case they are right.
fn alike(error: f64, none_seen: Rate, off_by: f64, confidence: f64) -> Interval {
    let unlike = none_seen.interval(confidence).high;
    let square = (1.0 - unlike) * error * error;
    Interval { low: square.sqrt(), high: (square + unlike * (error + off_by).powi(2)).sqrt() }
}
