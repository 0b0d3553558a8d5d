//! Expected calibration error: how far confidence lies from the share of right answers.

use super::{
    Sample, Undefined,
    estimate::{Alike, Unlike},
    measure::{Measure, Summed},
};
use crate::{
    interval::bootstrap::{Scale, Statistic},
    predictions::{Outcome, Target},
};

/// Bins of equal width that confidence is put into: (0, 1/15], (1/15, 2/15] and so on to 1.
pub const CALIBRATION_BINS: usize = 15;

/// Facts: confidence (the score of the answer), and whether it is right, as 1 or 0.
///
/// Σ W_b/W · |share right in bin b − mean confidence in bin b| over [`CALIBRATION_BINS`] bins, W_b
/// the weight in the bin. Even where confidence is right, chance keeps both apart in each bin, so
/// the estimate is too high in small samples; the resamples show by how much, and the interval
/// reaches further down for it.
///
/// **Source.** Guo, Pleiss, Sun & Weinberger, "On calibration of modern neural networks" (2017), with
/// its 15 bins.
#[derive(Debug)]
pub(super) struct CalibrationError;

impl Measure for CalibrationError {
    fn name(&self) -> &'static str {
        "calibration error"
    }

    fn fits(&self, target: &Target) -> bool {
        matches!(target, Target::Class { .. })
    }

    fn facts(&self, outcome: &Outcome, facts: &mut Vec<f64>) {
        facts.extend(match outcome {
            Outcome::Class { label, prediction, scores } => {
                let confidence =
                    scores.get(*prediction as usize).map_or(f64::NAN, |&s| f64::from(s));
                [confidence, f64::from(label == prediction)]
            }
            Outcome::Number { .. } => [f64::NAN; 2],
        });
    }

    fn error(&self, sample: &Sample) -> Result<f64, Undefined> {
        let mut total = [0.0; 1 + CALIBRATION_BINS];
        for (row, weight) in sample.rows().zip(sample.weights()) {
            total[0] += weight;
            total[1 + calibration_bin(row[0])] += weight * (row[1] - row[0]);
        }
        Ok(Bins.value(&total))
    }

    fn summed(&self, sample: &Sample) -> Result<Summed, Undefined> {
        // Only bins that anything falls into.
        let mut place = [None; CALIBRATION_BINS];
        let mut width = 1;
        for row in sample.rows() {
            place[calibration_bin(row[0])].get_or_insert_with(|| {
                width += 1;
                width - 1
            });
        }
        let mut rows = vec![0.0; sample.examples() * width];
        let facts = sample.rows().zip(sample.weights());
        for ((row, weight), sums) in facts.zip(rows.chunks_exact_mut(width)) {
            sums[0] = weight;
            if let Some(place) = place[calibration_bin(row[0])] {
                sums[place] = weight * (row[1] - row[0]);
            }
        }
        let units = vec![sample.worth_of(|_| true)];
        let alike = Alike { units, unlike: Unlike::Share };
        Ok(Summed { rows, statistic: Box::new(Bins), scale: Scale::Plain, alike })
    }
}

/// The bin of a confidence in [0, 1].
pub(crate) fn calibration_bin(confidence: f64) -> usize {
    ((confidence * CALIBRATION_BINS as f64).ceil() as usize).clamp(1, CALIBRATION_BINS) - 1
}

/// On sums of weights, and for each bin of how much more often right than confident.
#[derive(Debug)]
struct Bins;

impl Statistic for Bins {
    fn value(&self, total: &[f64]) -> f64 {
        total[1..].iter().map(|off| off.abs()).sum::<f64>() / total[0]
    }

    fn gradient(&self, total: &[f64], into: &mut [f64]) {
        into[0] = -self.value(total) / total[0];
        for (slope, off) in into[1..].iter_mut().zip(&total[1..]) {
            *slope = if *off == 0.0 { 0.0 } else { off.signum() / total[0] };
        }
    }
}
