//! RMSE: the root of the mean squared difference of answer and label.

use super::{
    Sample, Undefined,
    estimate::{Alike, Unlike},
    measure::{Measure, Spread, Summed},
    sums::{label_floor, label_unit},
};
use crate::{
    interval::bootstrap::{Scale, Statistic},
    predictions::{Outcome, Target},
};

/// Facts: the squared difference.
#[derive(Debug)]
pub(super) struct Rmse;

impl Measure for Rmse {
    fn name(&self) -> &'static str {
        "RMSE"
    }

    fn is_rate(&self) -> bool {
        false
    }

    fn fits(&self, target: &Target) -> bool {
        target.number_name().is_some()
    }

    fn unit(&self, target: &Target) -> String {
        label_unit(target)
    }

    fn facts(&self, outcome: &Outcome, facts: &mut Vec<f64>) {
        let off = outcome.numbers().map(|(label, prediction)| prediction - label);
        facts.push(off.map_or(f64::NAN, |off| off.powi(2)));
    }

    fn error(&self, sample: &Sample) -> Result<f64, Undefined> {
        Ok(Rmse.value(&sample.total()))
    }

    fn summed(&self, sample: &Sample) -> Result<Summed, Undefined> {
        let units = vec![sample.worth_of(|_| true)];
        // From the labels' spread, which is finite and wide.
        let alike = Alike { units, unlike: Unlike::RootMean(sample.spread()) };
        let (rows, spread) = (sample.weighted_rows(), Spread::Resampled(Scale::Logarithm));
        Ok(Summed { rows, statistic: Box::new(Rmse), spread, alike })
    }

    fn tolerance_floor(&self, validation: &Sample) -> (f64, &'static str) {
        label_floor(validation)
    }
}

impl Statistic for Rmse {
    fn value(&self, total: &[f64]) -> f64 {
        (total[1] / total[0]).sqrt()
    }

    fn gradient(&self, total: &[f64], into: &mut [f64]) {
        // With r = √(s/n): ∂r/∂s = r/(2s) and ∂r/∂n = −r/(2n).
        let root = self.value(total);
        into[0] = -root / (2.0 * total[0]);
        // A network without any error has no slope to follow, and its squares are all 0.
        into[1] = if total[1] > 0.0 { root / (2.0 * total[1]) } else { 0.0 };
    }
}
