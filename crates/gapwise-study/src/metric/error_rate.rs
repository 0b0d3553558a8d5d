//! Error rate: the share of examples with a wrong answer.

use super::{
    Estimate, Sample, Undefined,
    estimate::{Alike, Noise, Unlike},
    measure::{Direction, Measure, Own, Spread, Summed},
    sums::Mean,
};
use crate::{
    interval::{Interval, PairedCounts, Rate, bootstrap::Scale, newcombe_paired_worth},
    predictions::{Outcome, Target},
};

/// Facts: whether the answer is wrong, as 1 or 0.
#[derive(Debug)]
pub(super) struct ErrorRate;

impl Measure for ErrorRate {
    fn name(&self) -> &'static str {
        "error rate"
    }

    fn own(&self) -> Own {
        Own { name: "accuracy", is: Direction::PercentComplement }
    }

    fn fits(&self, target: &Target) -> bool {
        target.class_names().is_some()
    }

    fn facts(&self, outcome: &Outcome, facts: &mut Vec<f64>) {
        let wrong = outcome.classified().map(|both| f64::from(both.label != both.prediction));
        facts.push(wrong.unwrap_or(f64::NAN));
    }

    fn error(&self, sample: &Sample) -> Result<f64, Undefined> {
        let total = sample.total();
        Ok(total[1] / total[0])
    }

    fn summed(&self, sample: &Sample) -> Result<Summed, Undefined> {
        let alike = Alike { units: vec![sample.worth_of(|_| true)], unlike: Unlike::Share };
        let (rows, spread) = (sample.weighted_rows(), Spread::Resampled(Scale::Plain));
        Ok(Summed { rows, statistic: Box::new(Mean), spread, alike })
    }

    fn estimate(&self, sample: &Sample) -> Result<Estimate, Undefined> {
        let error = self.error(sample)?;
        let rate = Rate { error, examples: sample.effective_examples(&wrong(sample)) };
        Ok(Estimate { error, examples: sample.examples(), noise: Noise::Rate(rate) })
    }

    fn paired(
        &self,
        first: &Sample,
        second: &Sample,
        confidence: f64,
    ) -> Result<Interval, Undefined> {
        // In shares of as many examples as there are, whatever their weights sum to.
        let one_example = first.examples() as f64 / first.weights().sum::<f64>();
        let mut counts = PairedCounts::default();
        let answers = [wrong(first), wrong(second)];
        for ((one, two), weight) in answers[0].iter().zip(&answers[1]).zip(first.weights()) {
            let count = match (*one > 0.0, *two > 0.0) {
                (true, true) => &mut counts.both,
                (true, false) => &mut counts.only_first,
                (false, true) => &mut counts.only_second,
                (false, false) => &mut counts.neither,
            };
            *count += weight * one_example;
        }
        let differences: Vec<f64> =
            answers[0].iter().zip(&answers[1]).map(|(one, two)| one - two).collect();
        let worth = first.effective_difference(&differences, [&answers[0], &answers[1]]);
        Ok(newcombe_paired_worth(counts, worth, confidence))
    }
}

/// Whether each answer is wrong, as 1 or 0.
fn wrong(sample: &Sample) -> Vec<f64> {
    sample.rows().map(|row| row[0]).collect()
}
