//! Parts of the data that each split gets its share of: classes, or ranges of a number.

use crate::{
    Labels,
    split::{Shares, Split},
};

/// The splits that are assigned, in the order of [`Counts`].
pub(in crate::split) const COLUMNS: [Split; 3] = [Split::Train, Split::Validation, Split::Test];

/// Examples for each of [`COLUMNS`].
pub(super) type Counts = [usize; 3];

/// The most parts that the labels of a regression are put into.
const MOST_RANGES: usize = 10;
/// Fewest examples of such a part: enough for each split of 60/20/20 to have one.
const FEWEST_IN_RANGE: usize = 5;
/// What sums of shares may miss a whole number by.
const ROUNDING: f64 = 1e-9;

/// The stratum of every example.
pub(super) struct Strata {
    /// By example of the whole data set; free ones alone are meant.
    of: Vec<u32>,
    /// Free examples of each stratum.
    pub(super) sizes: Vec<usize>,
    /// Whether train must have one of each: a class it lacks cannot be learnt, while the numbers
    /// of a range lie between those of its neighbours.
    pub(super) each_in_train: bool,
}

impl Strata {
    pub(super) fn of(labels: &Labels, free: &[u32]) -> Strata {
        let (of, strata) = match labels {
            Labels::Classes { names, of } => (of.clone(), names.len()),
            Labels::Numbers(numbers) => {
                let parts = (free.len() / FEWEST_IN_RANGE).clamp(1, MOST_RANGES);
                (ranges(numbers, free, parts), parts)
            }
        };
        let each_in_train = matches!(labels, Labels::Classes { .. });
        let mut sizes = vec![0; strata];
        for &example in free {
            sizes[of[example as usize] as usize] += 1;
        }
        Strata { of, sizes, each_in_train }
    }

    pub(super) fn of_example(&self, example: u32) -> usize {
        self.of[example as usize] as usize
    }

    /// Strata of some examples with their counts, each stratum once.
    pub(super) fn counts(&self, examples: &[u32]) -> Vec<(usize, usize)> {
        let mut strata: Vec<usize> =
            examples.iter().map(|&example| self.of_example(example)).collect();
        strata.sort_unstable();
        strata.chunk_by(|one, other| one == other).map(|run| (run[0], run.len())).collect()
    }

    /// How many of some examples each stratum has.
    pub(super) fn count_all(&self, examples: &[u32]) -> Vec<usize> {
        let mut counts = vec![0; self.sizes.len()];
        for &example in examples {
            counts[self.of_example(example)] += 1;
        }
        counts
    }
}

/// Ranges, `parts` of them, with about as many of the free examples each; equal numbers share one.
fn ranges(numbers: &[f64], free: &[u32], parts: usize) -> Vec<u32> {
    let number = |&example: &u32| numbers[example as usize];
    let mut order = free.to_vec();
    order.sort_by(|one, other| number(one).total_cmp(&number(other)));
    let mut of = vec![0; numbers.len()];
    let mut first = 0;
    for run in order.chunk_by(|one, other| number(one) == number(other)) {
        for &example in run {
            of[example as usize] = (first * parts / order.len()) as u32;
        }
        first += run.len();
    }
    of
}

/// How many examples of each stratum each split gets: its share to within one, the splits' totals
/// as near to their shares as that allows, and at least one of each class for train.
pub(super) fn quotas(strata: &Strata, shares: Shares) -> Vec<Counts> {
    let shares = COLUMNS.map(|split| shares.share(split));
    let mut carry = Carry::default();
    let mut quotas: Vec<Counts> = strata
        .sizes
        .iter()
        .map(|&examples| {
            let mut quota = carry.divide(examples, shares);
            if strata.each_in_train && examples > 0 && quota[0] == 0 {
                let most = if quota[2] > quota[1] { 2 } else { 1 };
                quota[most] -= 1;
                quota[0] += 1;
                carry.moved(most);
            }
            quota
        })
        .collect();

    // A share too small for any stratum still means one example.
    for column in 1..COLUMNS.len() {
        let total: usize = quotas.iter().map(|quota| quota[column]).sum();
        if shares[column] > 0.0 && total == 0 {
            let largest = quotas.iter_mut().max_by_key(|quota| quota[0]);
            if let Some(quota) = largest.filter(|quota| quota[0] > 1) {
                quota[0] -= 1;
                quota[column] += 1;
            }
        }
    }
    quotas
}

/// Division into shares by largest remainders, where what one stratum's rounding took from a split
/// is made up for in the next ones.
#[derive(Default)]
pub(super) struct Carry {
    /// By how much each split is short of its share so far.
    short: [f64; 3],
}

impl Carry {
    pub(super) fn divide(&mut self, examples: usize, shares: [f64; 3]) -> Counts {
        let ideal = shares.map(|share| share * examples as f64);
        let mut counts = ideal.map(|ideal| (ideal + ROUNDING).floor() as usize);
        for ((short, ideal), &count) in self.short.iter_mut().zip(ideal).zip(&counts) {
            *short += ideal - count as f64;
        }
        let mut open: [bool; 3] =
            std::array::from_fn(|at| ideal[at] - counts[at] as f64 > ROUNDING);
        let given: usize = counts.iter().sum();
        for _ in given..examples {
            let mut most = None;
            for at in (0..3).filter(|&at| open[at]) {
                let shorter =
                    most.is_none_or(|most: usize| self.short[at] > self.short[most] + ROUNDING);
                if shorter {
                    most = Some(at);
                }
            }
            let most = most.unwrap_or(0);
            open[most] = false;
            counts[most] += 1;
            self.short[most] -= 1.0;
        }
        counts
    }

    /// One example went from `column` to train after all.
    fn moved(&mut self, column: usize) {
        self.short[column] += 1.0;
        self.short[0] -= 1.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split::Rule;

    fn shares(train: f64, validation: f64, test: f64) -> Shares {
        Shares { train, validation, test, rule: Rule::Asked }
    }

    /// Quotas of classes with so many examples each.
    fn class_quotas(sizes: &[usize], shares: Shares) -> Vec<Counts> {
        let strata = Strata { of: Vec::new(), sizes: sizes.to_vec(), each_in_train: true };
        quotas(&strata, shares)
    }

    #[test]
    fn fifty_of_each_class_are_thirty_ten_and_ten() {
        assert_eq!(class_quotas(&[50, 50, 50], shares(0.6, 0.2, 0.2)), [[30, 10, 10]; 3]);
    }

    #[test]
    fn remainders_go_to_the_split_that_is_furthest_short_so_far() {
        // 178: ideal 106.8, 35.6, 35.6, floors 106 + 35 + 35 = 176, two left: train (0.8 short)
        // and, of the two that are 0.6 short, validation. Then test is 0.6 short.
        // 182: ideal 109.2, 36.4, 36.4, floors 181, one left: train is short of 0.8 − 1 + 0.2 = 0,
        // validation of 0.6 − 1 + 0.4 = 0, test of 0.6 + 0.4 = 1: test.
        assert_eq!(
            class_quotas(&[178, 182], shares(0.6, 0.2, 0.2)),
            [[107, 36, 35], [109, 36, 37]]
        );
    }

    #[test]
    fn a_single_example_of_a_class_is_trained_on() {
        // Each ideal is 0.2, 0.4 and 0.4: rounded, it would leave train without some class.
        let quotas = class_quotas(&[1, 1, 1, 1], shares(0.2, 0.4, 0.4));
        assert_eq!(quotas, [[1, 0, 0]; 4]);
    }

    #[test]
    fn a_share_too_small_for_any_class_is_still_one_example() {
        let quotas = class_quotas(&[20, 30], shares(0.98, 0.01, 0.01));
        assert_eq!(quotas.iter().map(|quota| quota[1]).sum::<usize>(), 1);
        assert_eq!(quotas.iter().map(|quota| quota[2]).sum::<usize>(), 1);
    }

    #[test]
    fn ranges_hold_a_tenth_each_and_equal_numbers_share_one() {
        // Twenty numbers, of which the first five are equal: places 0 to 4 all get the range of
        // place 0; place 5 has range 5 · 10 / 20 = 2, the last place 19 · 10 / 20 = 9.
        let numbers: Vec<f64> = (0..20).map(|at| f64::from(at.max(4))).collect();
        let free: Vec<u32> = (0..20).collect();
        let of = ranges(&numbers, &free, 10);
        assert_eq!(of[..7], [0, 0, 0, 0, 0, 2, 3]);
        assert_eq!(of[19], 9);
    }

    #[test]
    fn few_numbers_are_put_into_fewer_ranges_of_five_or_more() {
        let strata = |examples: usize| {
            let numbers = Labels::Numbers((0..examples).map(|at| at as f64).collect());
            Strata::of(&numbers, &(0..examples as u32).collect::<Vec<_>>()).sizes
        };
        assert_eq!(strata(4), [4]);
        assert_eq!(strata(10), [5, 5]);
        assert_eq!(strata(12), [6, 6]);
        assert_eq!(strata(1_000), [100; 10]);
    }
}
