//! What AUROC and average precision have in common: one class against the others, by its score.

use rayon::prelude::*;

use super::{
    Sample, Undefined,
    estimate::{Alike, Unlike},
    measure::Summed,
};
use crate::predictions::Outcome;

/// Facts: label, one score per class.
pub(super) fn facts(outcome: &Outcome, facts: &mut Vec<f64>) {
    match outcome.classified() {
        Some(both) => {
            facts.push(f64::from(both.label));
            facts.extend(both.scores.iter().map(|&score| f64::from(score)));
        }
        None => facts.push(f64::NAN),
    }
}

/// The examples of a sample from the highest score of one class to the lowest, equal scores
/// together.
#[derive(Debug)]
pub(super) struct Ranking {
    /// Examples, highest score first.
    pub(super) order: Vec<u32>,
    /// Where each run of equal scores ends in `order`.
    pub(super) ends: Vec<usize>,
    /// Whether each example is of the class, by its number.
    pub(super) is_positive: Vec<bool>,
    /// Weight of the examples of the class, and of the others.
    pub(super) positive: f64,
    pub(super) negative: f64,
}

impl Ranking {
    fn of(sample: &Sample, class: usize) -> Self {
        let scores: Vec<f64> = sample.rows().map(|row| row[1 + class]).collect();
        let is_positive: Vec<bool> = sample.rows().map(|row| row[0] == class as f64).collect();
        let mut order: Vec<u32> = (0..scores.len() as u32).collect();
        let score = |example: u32| scores[example as usize];
        // The number decides among equals, so that sums are added in one order.
        order.sort_unstable_by(|&one, &other| {
            score(other).total_cmp(&score(one)).then(one.cmp(&other))
        });
        let ends = (1..=order.len())
            .filter(|&end| end == order.len() || score(order[end]) != score(order[end - 1]));
        let (mut positive, mut negative) = (0.0, 0.0);
        for (weight, &is_positive) in sample.weights().zip(&is_positive) {
            *(if is_positive { &mut positive } else { &mut negative }) += weight;
        }
        Ranking { ends: ends.collect(), order, is_positive, positive, negative }
    }

    /// The runs of equal scores, highest first.
    pub(super) fn runs(&self) -> impl DoubleEndedIterator<Item = &[u32]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let bounds: Vec<(usize, usize)> = starts.zip(self.ends.iter().copied()).collect();
        bounds.into_iter().map(|(start, end)| &self.order[start..end])
    }

    /// Weights of the examples of the class and of the others in a run.
    pub(super) fn weights(&self, run: &[u32], weights: &[f64]) -> (f64, f64) {
        run.iter().fold((0.0, 0.0), |(positive, negative), &example| {
            let weight = weights[example as usize];
            if self.is_positive[example as usize] {
                (positive + weight, negative)
            } else {
                (positive, negative + weight)
            }
        })
    }
}

/// How well one class is ranked above the others.
pub(super) trait Ranked: Sync {
    /// The error of one class, in [0, 1]; `weights` by example. Both kinds of examples are there.
    fn error(&self, ranking: &Ranking, weights: &[f64]) -> f64;

    /// Adds `share` times the influence of each example on the error of one class to `into`.
    fn influence(&self, ranking: &Ranking, weights: &[f64], into: &mut Shared<'_>);

    /// Whether the others have to be there too.
    fn needs_negatives(&self) -> bool;
}

/// Where influences are added up over classes.
pub(super) struct Shared<'a> {
    /// One for each example.
    pub(super) sums: &'a mut [f64],
    /// What each class counts.
    pub(super) share: f64,
}

/// The classes that are ranked: of two the positive one, of more all that are in the sample.
fn classes(ranked: &dyn Ranked, sample: &Sample, positive: u32) -> Result<Vec<Ranking>, Undefined> {
    let count = sample.rows().next().ok_or(Undefined::NoExamples)?.len() - 1;
    match count {
        0 | 1 => Err(Undefined::NoScores),
        2 => {
            let ranking = Ranking::of(sample, positive.min(1) as usize);
            if ranking.positive == 0.0 {
                Err(Undefined::NoPositives)
            } else if ranking.negative == 0.0 && ranked.needs_negatives() {
                Err(Undefined::NoNegatives)
            } else {
                Ok(vec![ranking])
            }
        }
        _ => {
            let mut there = vec![false; count];
            sample.rows().for_each(|row| {
                if let Some(there) = there.get_mut(row[0] as usize) {
                    *there = true;
                }
            });
            let classes: Vec<usize> = (0..count).filter(|&class| there[class]).collect();
            if classes.len() < 2 {
                return Err(Undefined::OneClass);
            }
            Ok(classes.into_par_iter().map(|class| Ranking::of(sample, class)).collect())
        }
    }
}

/// The mean error over the classes.
pub(super) fn error(ranked: &dyn Ranked, sample: &Sample, positive: u32) -> Result<f64, Undefined> {
    let weights: Vec<f64> = sample.weights().collect();
    let classes = classes(ranked, sample, positive)?;
    Ok(mean_error(ranked, &classes, &weights))
}

fn mean_error(ranked: &dyn Ranked, classes: &[Ranking], weights: &[f64]) -> f64 {
    let errors: Vec<f64> =
        classes.par_iter().map(|ranking| ranked.error(ranking, weights)).collect();
    errors.iter().sum::<f64>() / classes.len() as f64
}

/// The mean error over the classes, with the mean influence of each example.
pub(super) fn summed(
    ranked: &dyn Ranked,
    sample: &Sample,
    positive: u32,
) -> Result<Summed, Undefined> {
    let weights: Vec<f64> = sample.weights().collect();
    let classes = classes(ranked, sample, positive)?;
    let error = mean_error(ranked, &classes, &weights);
    let mut sums = vec![0.0; sample.examples()];
    let mut shared = Shared { sums: &mut sums, share: 1.0 / classes.len() as f64 };
    let mut units = Vec::with_capacity(classes.len());
    for ranking in &classes {
        ranked.influence(ranking, &weights, &mut shared);
        let positive = sample.worth_of(|example| ranking.is_positive[example]);
        let negative = sample.worth_of(|example| !ranking.is_positive[example]);
        units.push(if ranked.needs_negatives() { positive.min(negative) } else { positive });
    }
    let alike = Alike { units, unlike: Unlike::Share };
    Ok(Summed::influences(sample, error, &sums, alike))
}
