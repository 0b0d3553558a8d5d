//! Error rate: the share of examples with a wrong answer.

use super::{Estimate, Metric, Sample, estimate::Noise};
use crate::{
    interval::{Interval, PairedCounts, Rate, newcombe_paired_worth},
    predictions::{Outcome, Target},
};

/// Sums: weights, weights of wrong answers.
#[derive(Debug)]
pub(super) struct ErrorRate;

impl Metric for ErrorRate {
    fn name(&self) -> &'static str {
        "error rate"
    }

    fn is_rate(&self) -> bool {
        true
    }

    fn fits(&self, target: &Target) -> bool {
        matches!(target, Target::Class { .. })
    }

    fn unit(&self, _target: &Target) -> String {
        "%".to_owned()
    }

    fn width(&self) -> usize {
        2
    }

    fn add(&self, outcome: &Outcome, total: &mut [f64]) {
        total[0] += 1.0;
        total[1] += match outcome {
            Outcome::Class { label, prediction, .. } => f64::from(label != prediction),
            Outcome::Number { .. } => f64::NAN,
        };
    }

    fn value(&self, total: &[f64]) -> f64 {
        total[1] / total[0]
    }

    fn estimate(&self, sample: &Sample) -> Estimate {
        let error = self.value(&sample.total());
        let rate = Rate { error, examples: sample.effective_examples(&wrong(sample)) };
        Estimate { error, examples: sample.examples(), noise: Noise::Rate(rate) }
    }

    fn paired(&self, first: &Sample, second: &Sample, confidence: f64) -> Interval {
        // In shares of as many examples as there are, whatever their weights sum to.
        let one_example = first.examples() as f64 / first.total()[0];
        let mut counts = PairedCounts::default();
        let mut differences = Vec::with_capacity(first.examples());
        for (one, two) in first.rows().zip(second.rows()) {
            let count = match (one[1] > 0.0, two[1] > 0.0) {
                (true, true) => &mut counts.both,
                (true, false) => &mut counts.only_first,
                (false, true) => &mut counts.only_second,
                (false, false) => &mut counts.neither,
            };
            *count += one[0] * one_example;
            differences.push(is_wrong(one) - is_wrong(two));
        }
        let worth = first.effective_difference(&differences, [&wrong(first), &wrong(second)]);
        newcombe_paired_worth(counts, worth, confidence)
    }

    fn tolerance_floor(&self, _validation: &Sample) -> (f64, &'static str) {
        (0.001, "0.1 percentage points")
    }
}

/// Whether each answer is wrong, as 1 or 0.
fn wrong(sample: &Sample) -> Vec<f64> {
    sample.rows().map(is_wrong).collect()
}

/// Whether the answer with these statistics is wrong, as 1 or 0, whatever its weight.
fn is_wrong(row: &[f64]) -> f64 {
    f64::from(row[1] > 0.0)
}
