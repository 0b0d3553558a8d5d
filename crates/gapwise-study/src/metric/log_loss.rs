//! Log loss: the mean of −ln of the score that the right class was given, in nats.

use super::{
    Sample, Undefined,
    estimate::{Alike, Unlike},
    measure::{Measure, Needs, Spread, Summed},
    sums::Mean,
};
use crate::{
    interval::bootstrap::Scale,
    predictions::{Outcome, Target},
};

/// Facts: the loss.
///
/// **Source.** scikit-learn's `log_loss`, which takes a score of less than 2⁻⁵² for that much, since
/// a right class with a score of 0 would have an infinite loss.
///
/// **Where the interval is too narrow.** Where two or three examples carry most of the loss: with 2 %
/// positive and 100 examples the 95 % interval holds in 86 to 88 % of simulated tables.
#[derive(Debug)]
pub(super) struct LogLoss;

impl Measure for LogLoss {
    fn name(&self) -> &'static str {
        "log loss"
    }

    fn is_rate(&self) -> bool {
        false
    }

    fn needs(&self) -> Needs {
        Needs { scores: true, ..Needs::default() }
    }

    fn fits(&self, target: &Target) -> bool {
        target.class_names().is_some()
    }

    fn unit(&self, _target: &Target) -> String {
        "nats".to_owned()
    }

    fn facts(&self, outcome: &Outcome, facts: &mut Vec<f64>) {
        let score = outcome.classified().and_then(|both| both.scores.get(both.label as usize));
        facts.push(match score.map(|&score| f64::from(score)) {
            Some(score) if score < f64::EPSILON => -f64::EPSILON.ln(),
            Some(score) => -score.ln(),
            None => f64::NAN,
        });
    }

    fn error(&self, sample: &Sample) -> Result<f64, Undefined> {
        let total = sample.total();
        Ok(total[1] / total[0])
    }

    fn summed(&self, sample: &Sample) -> Result<Summed, Undefined> {
        let units = vec![sample.worth_of(|_| true)];
        // One that is not alike is taken to be off by as much as one of two is by chance.
        let alike = Alike { units, unlike: Unlike::Mean(std::f64::consts::LN_2) };
        let (rows, spread) = (sample.weighted_rows(), Spread::Resampled(Scale::Logarithm));
        Ok(Summed { rows, statistic: Box::new(Mean), spread, alike })
    }

    fn tolerance_floor(&self, _validation: &Sample) -> (f64, &'static str) {
        (0.001, "0.001 nats")
    }
}
