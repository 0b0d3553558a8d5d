//! 1 − average precision: what the area under precision over recall lacks of 1.

use super::{
    Sample, Undefined,
    measure::{Direction, Measure, Needs, Own, Summed},
    ranking::{self, Ranked, Ranking, Shared},
};
use crate::predictions::{Outcome, Target};

/// Facts: label, one score per class.
///
/// Average precision is the mean over the examples of the class of the precision among all examples
/// with at least their score: Σ (Rₖ − Rₖ₋₁) Pₖ over the different scores, without interpolation, as
/// in scikit-learn. Of two classes it is that of the positive one; of more, the mean over the
/// classes in the sample.
#[derive(Debug)]
pub(super) struct AveragePrecision {
    /// The positive class, where there are two.
    pub(super) positive: u32,
}

impl Measure for AveragePrecision {
    fn name(&self) -> &'static str {
        "1 − average precision"
    }

    fn own(&self) -> Own {
        Own { name: "average precision", is: Direction::Complement }
    }

    fn needs(&self) -> Needs {
        Needs { scores: true, positive: true, ..Needs::default() }
    }

    fn fits(&self, target: &Target) -> bool {
        target.class_names().is_some_and(|names| names.len() >= 2)
    }

    fn facts(&self, outcome: &Outcome, facts: &mut Vec<f64>) {
        ranking::facts(outcome, facts);
    }

    fn error(&self, sample: &Sample) -> Result<f64, Undefined> {
        ranking::error(self, sample, self.positive)
    }

    fn summed(&self, sample: &Sample) -> Result<Summed, Undefined> {
        ranking::summed(self, sample, self.positive)
    }
}

impl Ranked for AveragePrecision {
    fn error(&self, ranking: &Ranking, weights: &[f64]) -> f64 {
        // Of what precision lacks, so that a perfect ranking has exactly 0.
        let (mut positives, mut negatives, mut lacking) = (0.0, 0.0, 0.0);
        for run in ranking.runs() {
            let (positive, negative) = ranking.weights(run, weights);
            positives += positive;
            negatives += negative;
            lacking += positive * negatives / (positives + negatives);
        }
        lacking / ranking.positive
    }

    fn influence(&self, ranking: &Ranking, weights: &[f64], into: &mut Shared<'_>) {
        // E = Σ p·n/(t + n) / P over the runs, p the run's weight of the class, t and n the weights
        // of the class and of the others so far. One more example of the class changes its own run
        // by n/(t + n), every run from its own on by −p·n/(t + n)², and P; one more of the others
        // changes every run from its own on by p·t/(t + n)².
        let error = Ranked::error(self, ranking, weights);
        let all = ranking.positive + ranking.negative;
        let (mut positives, mut negatives) = (ranking.positive, ranking.negative);
        let (mut by_positive, mut by_negative) = (0.0, 0.0);
        for run in ranking.runs().rev() {
            let (positive, negative) = ranking.weights(run, weights);
            let so_far = positives + negatives;
            by_positive -= positive * negatives / (so_far * so_far);
            by_negative += positive * positives / (so_far * so_far);
            let own = negatives / so_far;
            for &example in run {
                let example = example as usize;
                let change = if ranking.is_positive[example] {
                    own + by_positive - error
                } else {
                    by_negative
                };
                into.sums[example] += into.share * change * all / ranking.positive;
            }
            positives -= positive;
            negatives -= negative;
        }
    }

    fn needs_negatives(&self) -> bool {
        false
    }
}
