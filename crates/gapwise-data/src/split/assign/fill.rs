//! Sets of examples into splits: the large ones first, single examples into what is left.

use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use super::strata::{COLUMNS, Carry, Counts, Strata, quotas};
use crate::split::{Shares, Split, units::Units};

/// Sets of examples with the split of each.
pub(super) struct Assignment {
    units: Vec<Vec<u32>>,
    of: Vec<Split>,
}

impl Assignment {
    pub(super) fn make(units: Units, strata: &Strata, shares: Shares, seed: u64) -> Assignment {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let Units { mut several, mut single, .. } = units;
        several.shuffle(&mut random);
        several.sort_by_key(|unit| std::cmp::Reverse(unit.len()));
        single.shuffle(&mut random);

        let quotas = quotas(strata, shares);
        let wanted: Vec<usize> =
            (0..COLUMNS.len()).filter(|&column| shares.share(COLUMNS[column]) > 0.0).collect();
        let mut filled: Vec<Counts> = vec![[0; 3]; quotas.len()];
        let mut of = Vec::with_capacity(several.len() + single.len());
        for unit in &several {
            let counts = strata.counts(unit);
            let best = wanted
                .iter()
                .map(|&column| (cost(&counts, &filled, &quotas, column), column))
                .min_by(|one, other| one.0.total_cmp(&other.0))
                .map_or(0, |(_, column)| column);
            for &(stratum, examples) in &counts {
                filled[stratum][best] += examples;
            }
            of.push(COLUMNS[best]);
        }

        let mut left = left_for_singles(&quotas, &filled, &strata.count_all(&single));
        for &example in &single {
            let left = &mut left[strata.of_example(example)];
            // What is left adds up to the single examples of the stratum.
            let column = (0..3).find(|&column| left[column] > 0).unwrap_or(0);
            left[column] = left[column].saturating_sub(1);
            of.push(COLUMNS[column]);
        }
        several.extend(single.into_iter().map(|example| vec![example]));
        let mut assignment = Assignment { units: several, of };
        assignment.fill_empty_splits(&wanted);
        if strata.each_in_train {
            assignment.put_every_stratum_into_train(strata);
        }
        assignment
    }

    /// Gives each wanted split without an example the smallest set of the split with most sets.
    fn fill_empty_splits(&mut self, wanted: &[usize]) {
        for &column in wanted {
            let split = COLUMNS[column];
            if self.of.contains(&split) {
                continue;
            }
            let sets = |of: &[Split], split| of.iter().filter(|&&other| other == split).count();
            let Some(fullest) = wanted
                .iter()
                .map(|&column| COLUMNS[column])
                .max_by_key(|&split| (sets(&self.of, split), std::cmp::Reverse(split)))
            else {
                continue;
            };
            let smallest = (0..self.units.len())
                .filter(|&unit| self.of[unit] == fullest)
                .min_by_key(|&unit| self.units[unit].len());
            if let Some(unit) = smallest {
                self.of[unit] = split;
            }
        }
    }

    /// Moves, for each stratum that train lacks, the smallest set that has it into train.
    fn put_every_stratum_into_train(&mut self, strata: &Strata) {
        let mut in_train = vec![false; strata.sizes.len()];
        let mut smallest: Vec<Option<usize>> = vec![None; strata.sizes.len()];
        for (unit, examples) in self.units.iter().enumerate() {
            for (stratum, _) in strata.counts(examples) {
                in_train[stratum] |= self.of[unit] == Split::Train;
                let smaller =
                    smallest[stratum].is_none_or(|one| examples.len() < self.units[one].len());
                if smaller {
                    smallest[stratum] = Some(unit);
                }
            }
        }
        for stratum in 0..strata.sizes.len() {
            if let (false, Some(unit)) = (in_train[stratum], smallest[stratum]) {
                self.of[unit] = Split::Train;
                for (stratum, _) in strata.counts(&self.units[unit]) {
                    in_train[stratum] = true;
                }
            }
        }
    }

    pub(super) fn pairs(&self) -> impl Iterator<Item = (u32, Split)> + '_ {
        let sets = self.units.iter().zip(&self.of);
        sets.flat_map(|(unit, &split)| unit.iter().map(move |&example| (example, split)))
    }
}

/// How much further from the quotas the counts of one column are with a set added: the change of
/// Σ (count − quota)² / quota over the strata.
fn cost(unit: &[(usize, usize)], filled: &[Counts], quotas: &[Counts], column: usize) -> f64 {
    unit.iter()
        .map(|&(stratum, examples)| {
            let quota = quotas[stratum][column] as f64;
            let (filled, examples) = (filled[stratum][column] as f64, examples as f64);
            examples * (2.0 * (filled - quota) + examples) / quota.max(0.5)
        })
        .sum()
}

/// Places in each stratum and split that single examples take, adding up to `singles`.
fn left_for_singles(quotas: &[Counts], filled: &[Counts], singles: &[usize]) -> Vec<Counts> {
    let mut carry = Carry::default();
    quotas
        .iter()
        .zip(filled)
        .zip(singles)
        .map(|((quota, filled), &singles)| {
            let left: Counts = std::array::from_fn(|at| quota[at].saturating_sub(filled[at]));
            let room: usize = left.iter().sum();
            if room == singles {
                return left;
            }
            // Sets overran some split; what is missing elsewhere is shared out in proportion.
            let shares = left.map(|left| left as f64 / room.max(1) as f64);
            carry.divide(singles, shares)
        })
        .collect()
}
