//! 1 − AUROC: the share of pairs in which the example of the class has the lower score.

use super::{
    Sample, Undefined,
    measure::{Direction, Measure, Needs, Own, Summed},
    ranking::{self, Ranked, Ranking, Shared},
};
use crate::predictions::{Outcome, Target};

/// Facts: label, one score per class.
///
/// AUROC is the chance that an example of the class has a higher score than one of the others;
/// equal scores count half. Of two classes it is that of the positive one; of more, the mean over
/// the classes in the sample of each against all others.
///
/// **Source.** The influence of an example is its placement: DeLong, DeLong & Clarke-Pearson,
/// "Comparing the areas under two or more correlated receiver operating characteristic curves",
/// Biometrics 44 (1988).
///
/// **Differences from the source.** Sums of squares are divided by the number of examples, not by
/// one less; weights and groups.
///
/// **Where the interval is too narrow.** About twenty examples of the class, nearly all ranked on
/// top (AUROC 0.99): the 95 % interval holds in 81 % of simulated tables, of an error and of a
/// difference. One rare bad placement makes the error, and few examples need not have it.
#[derive(Debug)]
pub(super) struct Auroc {
    /// The positive class, where there are two.
    pub(super) positive: u32,
}

impl Measure for Auroc {
    fn name(&self) -> &'static str {
        "1 − AUROC"
    }

    fn own(&self) -> Own {
        Own { name: "AUROC", is: Direction::Complement }
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

impl Ranked for Auroc {
    fn error(&self, ranking: &Ranking, weights: &[f64]) -> f64 {
        let (mut above, mut pairs) = (0.0, 0.0);
        for run in ranking.runs() {
            // Others above, and half of those beside, are pairs in the wrong order.
            let (positive, negative) = ranking.weights(run, weights);
            pairs += positive * (above + negative / 2.0);
            above += negative;
        }
        pairs / (ranking.positive * ranking.negative)
    }

    fn influence(&self, ranking: &Ranking, weights: &[f64], into: &mut Shared<'_>) {
        let error = Ranked::error(self, ranking, weights);
        let all = ranking.positive + ranking.negative;
        let (mut positives, mut negatives) = (0.0, 0.0);
        for run in ranking.runs() {
            let (positive, negative) = ranking.weights(run, weights);
            // The share of the other kind that an example of this run is in the wrong order with.
            let of_positive = (negatives + negative / 2.0) / ranking.negative;
            let of_negative = 1.0 - (positives + positive / 2.0) / ranking.positive;
            for &example in run {
                let example = example as usize;
                into.sums[example] += into.share
                    * if ranking.is_positive[example] {
                        (of_positive - error) * all / ranking.positive
                    } else {
                        (of_negative - error) * all / ranking.negative
                    };
            }
            positives += positive;
            negatives += negative;
        }
    }

    fn needs_negatives(&self) -> bool {
        true
    }
}
