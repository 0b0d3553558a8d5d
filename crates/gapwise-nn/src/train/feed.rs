//! Batches, loaded on a thread of their own while the network computes.

use std::{
    sync::mpsc::{Receiver, sync_channel},
    thread::Scope,
};

use gapwise_data::DataError;
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use super::TrainSettings;
use crate::tasks::{Epoch, Shown, Task};

/// Batches that wait: one in use, one ready, one in the making.
const AHEAD: usize = 1;

/// Which examples come when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan<'a> {
    train: &'a [usize],
    batch: usize,
    epochs: usize,
    seed: u64,
    /// The length of each example of the data set, where examples of about the same length share a
    /// batch.
    lengths: Option<&'a [usize]>,
}

/// Batches among whose examples those of about the same length are put together. With more of them
/// batches waste less on padding, with fewer they stay more random.
const GROUPED: usize = 64;

/// A place in the plan: batches of an epoch that are done.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// From 1.
    pub(super) epoch: usize,
    /// Batches done in it.
    pub(super) batch: usize,
}

impl<'a> Plan<'a> {
    pub(super) fn new(train: &'a [usize], settings: &TrainSettings) -> Self {
        let TrainSettings { batch, epochs, seed, .. } = *settings;
        Plan { train, batch, epochs, seed, lengths: None }
    }

    /// The same with examples of about the same length in a batch.
    pub(super) fn grouped_by(self, lengths: Option<&'a [usize]>) -> Self {
        Plan { lengths, ..self }
    }

    /// The same for another number of epochs.
    pub(super) fn of_epochs(self, epochs: usize) -> Self {
        Plan { epochs, ..self }
    }

    /// Batches of an epoch. An example that would be left over alone joins the last of them: a
    /// batch of one has no variance, which batch normalisation needs.
    pub(super) fn batches(&self) -> usize {
        let (whole, left) = (self.train.len() / self.batch, self.train.len() % self.batch);
        if left > 1 || whole == 0 { whole + usize::from(left > 0) } else { whole }
    }

    /// The batches of an order of examples.
    fn cut<'o>(&self, order: &'o [usize]) -> impl Iterator<Item = &'o [usize]> {
        let (batch, batches) = (self.batch, self.batches());
        (0..batches).map(move |place| {
            let end = if place + 1 == batches { order.len() } else { (place + 1) * batch };
            &order[place * batch..end]
        })
    }

    /// The training examples in the order of one epoch.
    pub(super) fn order(&self, epoch: usize) -> Vec<usize> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(epoch as u64);
        let mut order = self.train.to_vec();
        order.shuffle(&mut rng);
        match self.lengths {
            None => order,
            Some(lengths) => self.grouped(order, lengths, &mut rng),
        }
    }

    /// The same examples with those of about the same length in a batch, and the batches in an order
    /// that is drawn. The last batch, which may have another size, stays the last.
    fn grouped(
        &self,
        mut order: Vec<usize>,
        lengths: &[usize],
        rng: &mut ChaCha8Rng,
    ) -> Vec<usize> {
        let window = self.batch.saturating_mul(GROUPED).max(1);
        for examples in order.chunks_mut(window) {
            examples.sort_by_key(|&example| lengths.get(example).copied().unwrap_or(0));
        }
        let mut batches: Vec<&[usize]> = self.cut(&order).collect();
        if let Some((_, whole)) = batches.split_last_mut() {
            whole.shuffle(rng);
        }
        batches.concat()
    }
}

/// A loaded batch and its number of examples.
pub(super) type Fed<T> = Result<(<T as Task>::Loaded, usize), DataError>;

/// Starts to load every batch from `from` to the end of the plan, in order. The thread ends when
/// the receiver is dropped.
pub(super) fn start<'scope, 'env, T: Task + Sync>(
    scope: &'scope Scope<'scope, 'env>,
    task: &'env T,
    plan: Plan<'env>,
    from: Place,
) -> Receiver<Fed<T>> {
    let (send, receive) = sync_channel(AHEAD);
    scope.spawn(move || {
        for epoch in from.epoch..=plan.epochs {
            let order = plan.order(epoch);
            let done = if epoch == from.epoch { from.batch } else { 0 };
            let shown = Shown::InTraining(Epoch { seed: plan.seed, epoch });
            for examples in plan.cut(&order).skip(done) {
                let loaded = task.load(examples, shown);
                if send.send(loaded.map(|loaded| (loaded, examples.len()))).is_err() {
                    return;
                }
            }
        }
    });
    receive
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_left_over_joins_the_last_batch() {
        for (examples, batch, sizes) in [
            (7, 3, &[3, 4][..]),
            (8, 3, &[3, 3, 2]),
            (6, 3, &[3, 3]),
            (1, 3, &[1]),
            (3, 1, &[1, 1, 1]),
            (4, 9, &[4]),
        ] {
            let train: Vec<usize> = (0..examples).collect();
            let plan = Plan { train: &train, batch, epochs: 1, seed: 1, lengths: None };
            let cut: Vec<usize> = plan.cut(&train).map(<[usize]>::len).collect();
            assert_eq!(cut, sizes);
            assert_eq!(plan.batches(), sizes.len());
            assert_eq!(plan.cut(&train).collect::<Vec<_>>().concat(), train);
        }
    }

    #[test]
    fn every_epoch_has_all_examples_in_an_order_of_its_own() {
        let train = [3, 1, 4, 15, 9, 2, 6];
        let plan = |seed| Plan { train: &train, batch: 2, epochs: 2, seed, lengths: None };
        let (first, second) = (plan(1).order(1), plan(1).order(2));
        assert_ne!(first, second);
        assert_eq!(plan(1).order(1), first);
        assert_ne!(plan(2).order(1), first);
        for mut order in [first, second] {
            order.sort_unstable();
            assert_eq!(order, [1, 2, 3, 4, 6, 9, 15]);
        }
    }

    #[test]
    fn examples_of_about_the_same_length_share_a_batch() {
        let train: Vec<usize> = (0..1_000).collect();
        let lengths: Vec<usize> = train.iter().map(|at| 1 + at * 7 % 100).collect();
        let plan = Plan { train: &train, batch: 10, epochs: 2, seed: 1, lengths: None };
        let padding = |order: &[usize]| -> usize {
            let of = |batch: &[usize]| {
                let longest = batch.iter().map(|&at| lengths[at]).max().unwrap_or(0);
                batch.iter().map(|&at| longest - lengths[at]).sum::<usize>()
            };
            order.chunks(10).map(of).sum()
        };
        let grouped = plan.grouped_by(Some(&lengths));
        let (first, second) = (grouped.order(1), grouped.order(2));
        assert!(20 * padding(&first) < padding(&plan.order(1)));
        assert_ne!(first, second);
        assert_eq!(grouped.order(1), first);
        for mut order in [first, second] {
            order.sort_unstable();
            assert_eq!(order, train);
        }
    }
}
