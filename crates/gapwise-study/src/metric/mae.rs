//! MAE: the mean absolute difference of answer and label.

use super::{
    Sample, Undefined,
    estimate::{Alike, Unlike},
    measure::{Measure, Spread, Summed},
    sums::{Mean, label_floor, label_unit},
};
use crate::{
    interval::bootstrap::Scale,
    predictions::{Outcome, Target},
};

/// Facts: the absolute difference.
#[derive(Debug)]
pub(super) struct Mae;

impl Measure for Mae {
    fn name(&self) -> &'static str {
        "MAE"
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
        facts.push(off.map_or(f64::NAN, f64::abs));
    }

    fn error(&self, sample: &Sample) -> Result<f64, Undefined> {
        let total = sample.total();
        Ok(total[1] / total[0])
    }

    fn summed(&self, sample: &Sample) -> Result<Summed, Undefined> {
        let units = vec![sample.worth_of(|_| true)];
        let alike = Alike { units, unlike: Unlike::Mean(sample.spread()) };
        let (rows, spread) = (sample.weighted_rows(), Spread::Resampled(Scale::Logarithm));
        Ok(Summed { rows, statistic: Box::new(Mean), spread, alike })
    }

    fn tolerance_floor(&self, validation: &Sample) -> (f64, &'static str) {
        label_floor(validation)
    }
}
