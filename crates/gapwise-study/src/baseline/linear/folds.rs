//! λ, chosen by cross-validation on training examples.

use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use super::{
    Examples,
    cost::Cost,
    lbfgs::{Course, minimise},
};

/// What λ times the number of examples may be, the strongest first: from there each minimum leads on
/// to the next.
const STRENGTHS: [f64; 6] = [1e3, 1e2, 1e1, 1.0, 1e-1, 1e-2];
/// Where there is nothing to choose on.
const USUAL: f64 = 1.0;
/// Parts of the examples, each of which is left out once.
const FOLDS: usize = 5;
/// Examples that are enough to tell powers of ten apart.
const ENOUGH: usize = 2_000;
/// Nearer to the minimum a choice between powers of ten does not change.
const COURSE: Course = Course { tolerance: 1e-3, passes: 100 };

/// What was chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Chosen {
    /// λ times the number of examples.
    pub(super) strength: f64,
    pub(super) folds: usize,
    pub(super) examples: usize,
}

/// The strength with the lowest loss on left-out parts; of equal ones the strongest. `None` where
/// `stop` says so.
pub(super) fn choose(
    examples: Examples<'_>,
    train: &[usize],
    seed: u64,
    stop: &dyn Fn() -> bool,
) -> Option<Chosen> {
    let (dealt, folds) = deal(examples.units, train, seed);
    if folds < 2 {
        return Some(Chosen { strength: USUAL, folds: 0, examples: 0 });
    }
    let mut losses = [0.0; STRENGTHS.len()];
    for left_out in 0..folds {
        let side = |out: bool| -> Vec<usize> {
            let here = |(row, fold): &(usize, usize)| ((*fold == left_out) == out).then_some(*row);
            dealt.iter().filter_map(here).collect()
        };
        let (kept, out) = (side(false), side(true));
        let mut cost = Cost::new(examples, &kept, USUAL);
        let judged = Cost::new(examples, &out, USUAL);
        let mut weights = vec![0.0; cost.parameters()];
        for (strength, loss) in STRENGTHS.iter().zip(&mut losses) {
            cost.set_strength(*strength);
            minimise(&cost, &mut weights, COURSE, stop)?;
            *loss += judged.loss(&weights) * out.len() as f64;
        }
    }
    let best = losses.iter().enumerate().min_by(|(_, one), (_, other)| one.total_cmp(other));
    let strength = best.map_or(USUAL, |(place, _)| STRENGTHS[place]);
    Some(Chosen { strength, folds, examples: dealt.len() })
}

/// Some rows, each with its fold; rows of one unit are in one fold.
fn deal(units: Option<&[u32]>, train: &[usize], seed: u64) -> (Vec<(usize, usize)>, usize) {
    let unit = |row: usize| units.map_or(row as u64, |units| u64::from(units[row]));
    let mut order: Vec<u64> = train.iter().map(|&row| unit(row)).collect();
    order.sort_unstable();
    order.dedup();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    let folds = FOLDS.min(order.len());
    if folds < 2 {
        return (Vec::new(), folds);
    }
    // A share of the units has about that share of the rows.
    let share = (ENOUGH as f64 / train.len() as f64).min(1.0);
    let taken = ((order.len() as f64 * share).ceil() as usize).clamp(folds, order.len());
    let mut places: Vec<(u64, usize)> =
        order[..taken].iter().enumerate().map(|(place, unit)| (*unit, place % folds)).collect();
    places.sort_unstable();
    let fold = |row: &usize| {
        let place = places.binary_search_by_key(&unit(*row), |(unit, _)| *unit).ok()?;
        Some((*row, places[place].1))
    };
    (train.iter().filter_map(fold).collect(), folds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_one_unit_are_in_one_fold_and_large_data_is_sampled() {
        let train: Vec<usize> = (0..40).collect();
        let units: Vec<u32> = (0..40).map(|row| row / 4).collect();
        let (dealt, folds) = deal(Some(&units), &train, 1);
        assert_eq!((dealt.len(), folds), (40, 5));
        for of_unit in dealt.chunks_exact(4) {
            assert!(of_unit.iter().all(|(_, fold)| *fold == of_unit[0].1), "{of_unit:?}");
        }
        for fold in 0..5 {
            assert_eq!(dealt.iter().filter(|(_, of)| *of == fold).count(), 8);
        }
        let many: Vec<usize> = (0..10_000).collect();
        let (dealt, folds) = deal(None, &many, 1);
        assert_eq!((dealt.len(), folds), (2_000, 5));
        assert_ne!(deal(None, &many, 2).0, dealt);
        assert_eq!(deal(None, &[7], 1), (vec![], 1));
        assert_eq!(deal(Some(&units), &[0, 1, 2], 1).1, 1);
    }
}
