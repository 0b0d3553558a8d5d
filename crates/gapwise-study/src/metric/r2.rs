//! 1 − R²: the share of the labels' variance that the answers leave.

use super::{
    Sample, Undefined,
    estimate::{Alike, Unlike},
    measure::{Direction, Measure, Own, Spread, Summed},
};
use crate::{
    interval::bootstrap::{Scale, Statistic},
    predictions::{Outcome, Target},
};

/// Facts: label, squared difference.
///
/// Σw·e² / Σw·(y − ȳ)², where ȳ is the weighted mean of the sample's own labels. It is above 1
/// where the answers are worse than that mean.
#[derive(Debug)]
pub(super) struct R2;

impl Measure for R2 {
    fn name(&self) -> &'static str {
        "1 − R²"
    }

    fn own(&self) -> Own {
        Own { name: "R²", is: Direction::Complement }
    }

    fn is_rate(&self) -> bool {
        false
    }

    fn fits(&self, target: &Target) -> bool {
        target.number_name().is_some()
    }

    fn unit(&self, _target: &Target) -> String {
        "of the variance".to_owned()
    }

    fn facts(&self, outcome: &Outcome, facts: &mut Vec<f64>) {
        let squared = |(label, prediction): (f64, f64)| [label, (prediction - label).powi(2)];
        facts.extend(outcome.numbers().map_or([f64::NAN; 2], squared));
    }

    fn error(&self, sample: &Sample) -> Result<f64, Undefined> {
        let total = sample.total();
        let mean = total[1] / total[0];
        let squares = |(row, weight): (&[f64], f64)| weight * (row[0] - mean).powi(2);
        let variance: f64 = sample.rows().zip(sample.weights()).map(squares).sum();
        // Rounding leaves squares of this order where every label is the same.
        let rounding = 1e-24 * mean * mean * total[0];
        if variance <= rounding { Err(Undefined::NoVariance) } else { Ok(total[2] / variance) }
    }

    fn summed(&self, sample: &Sample) -> Result<Summed, Undefined> {
        let total = sample.total();
        let mean = total[1] / total[0];
        let row = |(row, weight): (&[f64], f64)| {
            // About their mean, since the difference of two large sums would lose digits.
            let label = row[0] - mean;
            [weight, weight * label, weight * label * label, weight * row[1]]
        };
        let units = vec![sample.worth_of(|_| true)];
        Ok(Summed {
            rows: sample.rows().zip(sample.weights()).flat_map(row).collect(),
            statistic: Box::new(R2),
            spread: Spread::Resampled(Scale::Logarithm),
            // One that is not alike is taken to be off by the spread of the labels.
            alike: Alike { units, unlike: Unlike::Mean(1.0) },
        })
    }

    fn tolerance_floor(&self, _validation: &Sample) -> (f64, &'static str) {
        (0.001, "0.1 % of the labels' variance")
    }
}

/// On sums of weights, labels, their squares and squared differences.
impl Statistic for R2 {
    fn value(&self, total: &[f64]) -> f64 {
        total[3] / (total[2] - total[1] * total[1] / total[0])
    }

    fn gradient(&self, total: &[f64], into: &mut [f64]) {
        // v = e/s with s = q − l²/n: ∂v/∂e = 1/s, and ∂v/∂s = −v/s.
        let mean = total[1] / total[0];
        let squares = total[2] - total[1] * mean;
        let slope = -self.value(total) / squares;
        into[0] = slope * mean * mean;
        into[1] = -2.0 * slope * mean;
        into[2] = slope;
        into[3] = 1.0 / squares;
    }
}
