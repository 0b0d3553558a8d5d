//! The network to go on from, of all that were trained on the same data and split.

use gapwise_data::Split;

use super::{Answered, Better, By, networks};
use crate::metric::Sample;

/// One of several networks to go on from.
#[derive(Debug, Clone, Copy)]
pub struct Contender<'a> {
    /// The network, and what it answered.
    pub answered: Answered<'a>,
    /// What it costs: of two, the one with the smaller figures is the cheaper; parameters come
    /// first, then multiply-adds for one example.
    pub cost: [usize; 2],
}

/// The place of the network to go on from, where there is one whose error is known. `contenders`
/// stand in the order in which they were made.
///
/// A network is passed over if another one is better than it, by the [paired comparison](networks())
/// on the same validation examples. Of those that are left, none is known to be better than another,
/// and the cheapest is taken; of equally cheap ones, the one that was made first. The network with
/// the least error is always left, so the error of the one that is taken is not known to be higher
/// than any other's, however many there are.
pub fn best(contenders: &[Contender<'_>], by: By) -> Option<usize> {
    let error = |contender: &Contender<'_>| {
        let sample = Sample::of(by.metric, contender.answered.table.of(Split::Validation));
        by.metric.error(&sample).ok().filter(|error| error.is_finite())
    };
    let mut by_error: Vec<(usize, f64)> =
        contenders.iter().enumerate().filter_map(|(at, one)| Some((at, error(one)?))).collect();
    let mut by_cost = by_error.clone();
    by_cost.sort_by_key(|&(at, _)| (contenders[at].cost, at));
    by_error.sort_by(|one, other| one.1.total_cmp(&other.1));
    let beaten = |&(at, error): &(usize, f64)| {
        // Only a network with a lower error can be better.
        by_error.iter().take_while(|(_, other)| *other < error).any(|&(other, _)| {
            let pair = [other, at].map(|at| contenders[at].answered);
            networks(pair[0], pair[1], by).is_ok_and(|found| found.better == Better::First)
        })
    };
    by_cost.iter().find(|one| !beaten(one)).map(|(at, _)| *at)
}
