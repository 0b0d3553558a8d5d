//! 1 − F1 of the positive class: what precision and recall lack in their harmonic mean.

use super::{
    Sample, Undefined,
    estimate::{Alike, Unlike},
    measure::{Direction, Measure, Needs, Own, Spread, Summed},
};
use crate::{
    interval::bootstrap::{Scale, Statistic},
    predictions::{Outcome, Target},
};

/// Facts: whether the example is of the positive class and answered so; whether it is one of both
/// alone; whether it is of the positive class.
///
/// F1 = 2 tp / (2 tp + fp + fn), so 1 − F1 = (fp + fn) / (2 tp + fp + fn).
#[derive(Debug)]
pub(super) struct F1 {
    /// The positive class.
    pub(super) positive: u32,
}

impl Measure for F1 {
    fn name(&self) -> &'static str {
        "1 − F1"
    }

    fn own(&self) -> Own {
        Own { name: "F1", is: Direction::Complement }
    }

    fn needs(&self) -> Needs {
        Needs { positive: true, ..Needs::default() }
    }

    fn fits(&self, target: &Target) -> bool {
        target.class_names().is_some_and(|names| names.len() == 2)
    }

    fn facts(&self, outcome: &Outcome, facts: &mut Vec<f64>) {
        let counts = outcome.classified().map(|both| {
            let (is, said) = (both.label == self.positive, both.prediction == self.positive);
            [is && said, is != said, is].map(f64::from)
        });
        facts.extend(counts.unwrap_or([f64::NAN; 3]));
    }

    fn error(&self, sample: &Sample) -> Result<f64, Undefined> {
        let total = sample.total();
        if total[3] == 0.0 { Err(Undefined::NoPositives) } else { Ok(self.value(&total)) }
    }

    fn summed(&self, sample: &Sample) -> Result<Summed, Undefined> {
        let positive: Vec<bool> = sample.rows().map(|row| row[2] > 0.0).collect();
        let units = sample.worth_of(|example| positive[example]);
        let statistic = Box::new(F1 { positive: self.positive });
        let alike = Alike { units: vec![units], unlike: Unlike::Share };
        let spread = Spread::Influence { scale: Scale::Logit, units };
        Ok(Summed { rows: sample.weighted_rows(), statistic, spread, alike })
    }
}

impl Statistic for F1 {
    fn value(&self, total: &[f64]) -> f64 {
        total[2] / (2.0 * total[1] + total[2])
    }

    fn gradient(&self, total: &[f64], into: &mut [f64]) {
        let all = 2.0 * total[1] + total[2];
        into.copy_from_slice(&[
            0.0,
            -2.0 * total[2] / (all * all),
            2.0 * total[1] / (all * all),
            0.0,
        ]);
    }
}
