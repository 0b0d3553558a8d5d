//! RMSE: the root of the mean squared difference of answer and label.

use super::{Estimate, Metric, Sample, estimate::Noise};
use crate::{
    interval::{
        Interval, Rate,
        bootstrap::{Draws, Scale, Statistic, Studentised, Units},
    },
    predictions::{Outcome, Target},
};

/// Sums: weights, squared differences times weights.
#[derive(Debug)]
pub(super) struct Rmse;

impl Metric for Rmse {
    fn name(&self) -> &'static str {
        "RMSE"
    }

    fn is_rate(&self) -> bool {
        false
    }

    fn fits(&self, target: &Target) -> bool {
        matches!(target, Target::Number { .. })
    }

    fn unit(&self, target: &Target) -> String {
        match target {
            // A column without a name has a number, which would read as a figure beside an error.
            Target::Number { name } if name.parse::<usize>().is_ok() => {
                format!("units of column {name}")
            }
            Target::Number { name } => name.clone(),
            Target::Class { .. } => String::new(),
        }
    }

    fn width(&self) -> usize {
        2
    }

    fn add(&self, outcome: &Outcome, total: &mut [f64]) {
        total[0] += 1.0;
        total[1] += match outcome {
            Outcome::Number { label, prediction } => (prediction - label).powi(2),
            Outcome::Class { .. } => f64::NAN,
        };
    }

    fn value(&self, total: &[f64]) -> f64 {
        root_mean(total[1], total[0])
    }

    fn estimate(&self, sample: &Sample) -> Estimate {
        let error = error_of(sample);
        let values = sample.unit_totals();
        let units = Units { values: &values, width: 2, worth: sample.unit_worth() };
        let noise = match Studentised::draw(units, self, Scale::Logarithm, Draws::default()) {
            Some(studentised) => Noise::Bootstrap(studentised),
            // One unit is alike to itself too: from the labels' spread, which is finite and wide.
            None => Noise::AllAlike { units: units.worth(), off_by: sample.spread() },
        };
        Estimate { error, examples: sample.examples(), noise }
    }

    fn paired(&self, first: &Sample, second: &Sample, confidence: f64) -> Interval {
        let (one, two) = (first.unit_totals(), second.unit_totals());
        let pairs: Vec<f64> = one
            .chunks_exact(2)
            .zip(two.chunks_exact(2))
            .flat_map(|(one, two)| [one[0], one[1], two[1]])
            .collect();
        let units = Units { values: &pairs, width: 3, worth: first.unit_worth() };
        match Studentised::draw(units, &Difference, Scale::Plain, Draws::default()) {
            Some(studentised) => studentised.interval(confidence, 1.0),
            None => {
                // Equally different everywhere: the share of examples that Wilson leaves for
                // others may be one spread of the labels better or worse.
                let none_seen = Rate { error: 0.0, examples: units.worth() };
                let unlike = none_seen.interval(confidence).high;
                let (one, two) = (error_of(first), error_of(second));
                let off = |error: f64| {
                    let further = unlike * (error + first.spread()).powi(2);
                    ((1.0 - unlike) * error * error + further).sqrt() - error
                };
                Interval { low: one - two - off(two), high: one - two + off(one) }
            }
        }
    }

    fn tolerance_floor(&self, validation: &Sample) -> (f64, &'static str) {
        (0.001 * validation.spread(), "0.1 % of the labels' standard deviation")
    }
}

impl Statistic for Rmse {
    fn value(&self, total: &[f64]) -> f64 {
        root_mean(total[1], total[0])
    }

    fn gradient(&self, total: &[f64], into: &mut [f64]) {
        // With r = √(s/n): ∂r/∂s = r/(2s) and ∂r/∂n = −r/(2n).
        let root = root_mean(total[1], total[0]);
        into[0] = -root / (2.0 * total[0]);
        into[1] = root / (2.0 * total[1]);
    }
}

/// RMSE of a first network less that of a second, on sums of weights, first and second squares.
struct Difference;

impl Statistic for Difference {
    fn value(&self, total: &[f64]) -> f64 {
        root_mean(total[1], total[0]) - root_mean(total[2], total[0])
    }

    fn gradient(&self, total: &[f64], into: &mut [f64]) {
        let (one, two) = (root_mean(total[1], total[0]), root_mean(total[2], total[0]));
        into[0] = (two - one) / (2.0 * total[0]);
        // A network without any error has no slope to follow, and its squares are all 0.
        into[1] = if total[1] > 0.0 { one / (2.0 * total[1]) } else { 0.0 };
        into[2] = if total[2] > 0.0 { -two / (2.0 * total[2]) } else { 0.0 };
    }
}

fn error_of(sample: &Sample) -> f64 {
    Metric::value(&Rmse, &sample.total())
}

fn root_mean(squares: f64, weights: f64) -> f64 {
    (squares / weights).sqrt()
}
