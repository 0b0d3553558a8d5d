//! From figures to answers.

use super::{Constraint, Judged, Measured, Met, Quantity};
use crate::{
    interval::{CONFIDENCE, Interval},
    metric::{Metric, Sample, counted},
    predictions::PredictionTable,
};
use gapwise_data::Split;

impl Measured {
    /// The figure, where there is one.
    pub fn value(&self) -> Option<f64> {
        match self {
            Measured::Exact { value } | Measured::Estimate { value, .. } => Some(*value),
            Measured::Missing { .. } => None,
        }
    }

    /// What the figure can be.
    fn interval(&self) -> Option<Interval> {
        match self {
            Measured::Exact { value } => Some(Interval::point(*value)),
            Measured::Estimate { interval, .. } => Some(*interval),
            Measured::Missing { .. } => None,
        }
    }
}

impl Constraint {
    /// Whether a figure meets it.
    pub fn judge(self, measured: Measured) -> Judged {
        let bound = self.bound();
        let answer = match measured.interval() {
            None => Met::CannotTell,
            Some(Interval { low, high }) => {
                let (meets, breaks) = if self.quantity.is_score() {
                    (low >= bound, high < bound)
                } else {
                    (high <= bound, low > bound)
                };
                match (meets, breaks) {
                    (true, _) => Met::Met,
                    (_, true) => Met::NotMet,
                    _ => Met::CannotTell,
                }
            }
        };
        Judged { constraint: self, measured, answer }
    }
}

/// A metric on the validation examples of a table, with its 95 % interval; as a score where it is
/// one.
pub fn metric_measured(table: &PredictionTable, metric: Metric, score: bool) -> Measured {
    let rows = table.of(Split::Validation).filter(|row| row.weight != 0.0);
    let sample = Sample::of(metric, rows);
    let estimate = match metric.estimate(&sample) {
        Ok(estimate) => estimate,
        Err(why) => return Measured::Missing { reason: format!("not defined: {why}") },
    };
    let interval = estimate.interval(CONFIDENCE);
    let from = counted(sample.examples(), "validation example");
    match score {
        false => Measured::Estimate { value: estimate.error, interval, from },
        true => Measured::Estimate {
            value: 1.0 - estimate.error,
            interval: Interval { low: 1.0 - interval.high, high: 1.0 - interval.low },
            from,
        },
    }
}

impl Quantity {
    /// The figure that a prediction table tells; `None` for what it does not.
    ///
    /// `positive` is the positive class of two, by number.
    pub fn measured_on(self, table: &PredictionTable, positive: Option<u32>) -> Option<Measured> {
        match self {
            Quantity::Metric { kind, score } => {
                Some(metric_measured(table, kind.with_positive(positive), score))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(low: f64, high: f64) -> Measured {
        let interval = Interval { low, high };
        Measured::Estimate { value: (low + high) / 2.0, interval, from: String::new() }
    }

    #[test]
    fn the_whole_interval_has_to_be_on_one_side_of_the_bound() {
        let latency: Constraint = "latency-p95 <= 20 ms".parse().unwrap();
        for (figure, answer) in [
            (estimate(0.015, 0.02), Met::Met),
            (estimate(0.015, 0.021), Met::CannotTell),
            (estimate(0.02, 0.03), Met::CannotTell),
            (estimate(0.021, 0.03), Met::NotMet),
            (Measured::Exact { value: 0.02 }, Met::Met),
            (Measured::Exact { value: 0.020_1 }, Met::NotMet),
            (Measured::Missing { reason: String::new() }, Met::CannotTell),
        ] {
            assert_eq!(latency.judge(figure.clone()).answer, answer, "{figure:?}");
        }
        let accuracy: Constraint = "accuracy >= 90 %".parse().unwrap();
        for (figure, answer) in [
            (estimate(0.9, 0.95), Met::Met),
            (estimate(0.85, 0.95), Met::CannotTell),
            (estimate(0.8, 0.89), Met::NotMet),
        ] {
            assert_eq!(accuracy.judge(figure.clone()).answer, answer, "{figure:?}");
        }
    }
}
