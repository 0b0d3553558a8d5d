//! Splitting by time, and blocks of time.

use super::{Shares, Split, assign::COLUMNS};

/// Cuts examples apart by time: the earliest for the first split that has a share, the latest for
/// the last. Examples of one time stay together, so that each cut is at the change of time next to
/// its share.
///
/// `times` are those of the whole data set, `examples` the ones that are cut.
pub(super) fn by_time(
    times: &[f64],
    examples: &[u32],
    shares: Shares,
) -> Result<Vec<(u32, Split)>, TooFewTimes> {
    let order = in_order(times, examples);
    let runs = order.chunk_by(|&a, &b| times[a as usize] == times[b as usize]).map(<[u32]>::len);
    // Where one may cut: behind each time.
    let ends: Vec<usize> = runs
        .scan(0, |end, run| {
            *end += run;
            Some(*end)
        })
        .collect();
    let wanted: Vec<Split> =
        COLUMNS.into_iter().filter(|&split| shares.share(split) > 0.0).collect();
    if ends.len() < wanted.len() {
        return Err(TooFewTimes { expected: wanted.len(), found: ends.len() });
    }
    let mut pairs = Vec::with_capacity(order.len());
    let (mut from, mut share, mut used) = (0, 0.0, 0);
    for (at, &split) in wanted.iter().enumerate() {
        share += shares.share(split);
        // Each split behind this one needs a time of its own.
        let last = ends.len() - (wanted.len() - 1 - at);
        let target = share * order.len() as f64;
        let far = |end: usize| (end as f64 - target).abs();
        let cut = if at + 1 == wanted.len() {
            last - 1
        } else {
            (used..last).min_by(|&a, &b| far(ends[a]).total_cmp(&far(ends[b]))).unwrap_or(used)
        };
        pairs.extend(order[from..ends[cut]].iter().map(|&example| (example, split)));
        (from, used) = (ends[cut], cut + 1);
    }
    Ok(pairs)
}

/// Fewer different times than splits.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooFewTimes {
    pub(super) expected: usize,
    pub(super) found: usize,
}

/// The block of time that each of n examples belongs to, numbered from 0 in their order of time.
///
/// Neighbours in time are alike, so that n examples of a series say less than n independent ones.
/// Blocks of consecutive examples, ⌈n^(1/3)⌉ in each, stand for them as units that may be taken as
/// independent. Examples of one time share a block, which may so be longer; what is left at the
/// end joins the last block.
///
/// `times` are those of the whole data set, `examples` the ones that are put into blocks; the answer
/// has one number for each of them, in their order.
///
/// **Source**: blocks that do not overlap: Carlstein, "The use of subseries values for estimating
/// the variance of a general statistic from a stationary sequence", Annals of Statistics 14 (1986).
/// Their length of order n^(1/3), which is best for variances: Künsch, "The jackknife and the
/// bootstrap for general stationary observations", Annals of Statistics 17 (1989); Hall, Horowitz
/// and Jing, "On blocking rules for the bootstrap with dependent data", Biometrika 82 (1995).
/// **Differs from the source**: the constant before n^(1/3) depends on how alike neighbours are; it
/// is 1 here, which is too short for a series that remembers longer than a block.
pub fn time_blocks(times: &[f64], examples: &[usize]) -> Vec<usize> {
    let all: Vec<u32> = (0..examples.len() as u32).collect();
    let of: Vec<f64> = examples.iter().map(|&example| times[example]).collect();
    let order = in_order(&of, &all);
    let length = (1..).find(|length: &usize| length.pow(3) >= order.len()).unwrap_or(1);
    let mut block_of = vec![0; order.len()];
    let (mut block, mut held) = (0, 0);
    for (place, &example) in order.iter().enumerate() {
        let new_time = place > 0 && of[order[place - 1] as usize] != of[example as usize];
        if new_time && held >= length && order.len() - place >= length {
            block += 1;
            held = 0;
        }
        block_of[example as usize] = block;
        held += 1;
    }
    block_of
}

/// Examples by time, those of one time in their own order.
fn in_order(times: &[f64], examples: &[u32]) -> Vec<u32> {
    let mut order = examples.to_vec();
    order.sort_by(|&a, &b| times[a as usize].total_cmp(&times[b as usize]).then(a.cmp(&b)));
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split::Rule;

    const SHARES: Shares = Shares { train: 0.6, validation: 0.2, test: 0.2, rule: Rule::Small };

    fn cut(times: &[f64]) -> Vec<Split> {
        let examples: Vec<u32> = (0..times.len() as u32).collect();
        let mut pairs = by_time(times, &examples, SHARES).unwrap();
        pairs.sort_unstable();
        pairs.into_iter().map(|(_, split)| split).collect()
    }

    #[test]
    fn the_earliest_train_and_the_latest_test_whatever_their_order_in_the_file() {
        use Split::{Test, Train, Validation};
        // Times 0 to 4, so 3 train, 1 validates, 1 tests.
        assert_eq!(cut(&[4.0, 0.0, 3.0, 1.0, 2.0]), [Test, Train, Validation, Train, Train]);
    }

    #[test]
    fn examples_of_one_time_stay_together_at_the_nearest_change_of_time() {
        use Split::{Test, Train, Validation};
        // Ten examples: cuts wanted at 6 and 8. Times change at 5, 7 and 9: 5 and 7 are as near
        // to 6, and the earlier is taken; of 7 and 9 for 8 as well.
        let times = [0., 0., 0., 0., 0., 1., 1., 2., 2., 3.];
        let of = cut(&times);
        assert_eq!(of[..5], [Train; 5]);
        assert_eq!(of[5..7], [Validation; 2]);
        assert_eq!(of[7..], [Test; 3]);
    }

    #[test]
    fn every_split_gets_a_time_where_one_time_holds_nearly_all() {
        use Split::{Test, Train, Validation};
        let times = [0., 0., 0., 0., 0., 0., 0., 0., 1., 2.];
        let of = cut(&times);
        assert_eq!((of[0], of[8], of[9]), (Train, Validation, Test));
        assert_eq!(
            by_time(&[0.0, 1.0], &[0, 1], SHARES),
            Err(TooFewTimes { expected: 3, found: 2 })
        );
    }

    #[test]
    fn blocks_are_as_long_as_the_cube_root_and_the_rest_joins_the_last() {
        // 11 examples: 2³ = 8 < 11 ≤ 27 = 3³, so 3 in a block: 3, 3 and 3 + 2.
        let times: Vec<f64> = (0..11).map(f64::from).collect();
        let all: Vec<usize> = (0..11).collect();
        assert_eq!(time_blocks(&times, &all), [0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 2]);
        // Backwards in the file, the last example is the earliest.
        let back: Vec<usize> = (0..11).rev().collect();
        assert_eq!(time_blocks(&times, &back), [2, 2, 2, 2, 2, 1, 1, 1, 0, 0, 0]);
        // 27 examples have blocks of exactly 3.
        let times: Vec<f64> = (0..27).map(f64::from).collect();
        let blocks = time_blocks(&times, &(0..27).collect::<Vec<_>>());
        assert_eq!((blocks[2], blocks[3], blocks[26]), (0, 1, 8));
    }

    #[test]
    fn examples_of_one_time_share_a_block() {
        // 8 examples, 2 in a block; the three of time 1 are not parted.
        let times = [0., 1., 1., 1., 2., 3., 4., 5.];
        assert_eq!(time_blocks(&times, &(0..8).collect::<Vec<_>>()), [0, 0, 0, 0, 1, 1, 2, 2]);
    }
}
