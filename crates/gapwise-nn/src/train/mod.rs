//! The training loop, written once for every task.

mod settings;

use std::time::Instant;

use burn::{
    module::{Module, ModuleVisitor, Param},
    optim::{AdamConfig, GradientsParams},
    tensor::{Device, Tensor},
};
use gapwise_study::run::HistoryRow;
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use thiserror::Error;

pub use settings::{EpochRule, Schedule, TrainSettings, batch_by_rule, epochs_by_rule};

use crate::layers::Draws;
use crate::tasks::{Answer, Task, answer_all, error};

/// Which examples train, and which judge each epoch.
#[derive(Debug, Clone, Copy)]
pub struct Sides<'a> {
    /// Examples to fit.
    pub train: &'a [usize],
    /// Examples that say which epoch was best.
    pub validation: &'a [usize],
}

/// What training gives.
#[derive(Debug, Clone)]
pub struct Fitted<N> {
    /// The network after the epoch of the lowest validation error.
    pub best: N,
    /// That epoch, from 1.
    pub best_epoch: usize,
    /// The network after the last epoch.
    pub last: N,
    /// One row per epoch.
    pub history: Vec<HistoryRow>,
}

/// Why training stopped.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum TrainError {
    /// The loss is no longer a number.
    #[error(
        "the loss became {loss} in epoch {epoch}, with a learning rate of {learning_rate:?}: \
         training diverged"
    )]
    Diverged {
        /// Epoch, from 1.
        epoch: usize,
        /// The loss found: NaN or infinite.
        loss: f64,
        /// The setting, before the schedule.
        learning_rate: f64,
    },
}

/// Is told how training goes on.
pub trait Watch {
    /// `examples` more examples of an epoch's have been trained on.
    fn batch(&mut self, examples: usize) {
        let _ = examples;
    }

    /// An epoch is done.
    fn epoch(&mut self, row: &HistoryRow) {
        let _ = row;
    }
}

/// Watches nothing.
impl Watch for () {}

/// Trains `network` by Adam and keeps its best epoch.
///
/// One epoch goes once through the training examples, in an order drawn from the seed and the
/// epoch. The learning rate follows the schedule from step to step. After each epoch the
/// validation examples are answered: the lowest error wins, then the lowest loss, then the earlier
/// epoch; an error or a loss that is no number comes last.
///
/// Same seed, same bits, whatever the number of threads and whatever else trains in the process.
///
/// # Errors
///
/// [`TrainError::Diverged`] after an epoch whose loss is not finite.
pub fn train<T: Task>(
    task: &T,
    mut network: T::Network,
    sides: Sides<'_>,
    setup: Setup<'_>,
) -> Result<Fitted<T::Network>, TrainError> {
    let Setup { settings, device, watch } = setup;
    let device = device.clone().autodiff();
    let mut optimiser = AdamConfig::new().with_epsilon(1e-8).init();
    let batches = sides.train.len().div_ceil(settings.batch);
    let started = Instant::now();
    let mut step = 0;
    let mut history: Vec<HistoryRow> = Vec::with_capacity(settings.epochs);
    let mut best: Option<(usize, T::Network)> = None;
    for epoch in 1..=settings.epochs {
        let order = order(sides.train, settings.seed, epoch);
        let mut loss_sum: Option<Tensor<1>> = None;
        let mut learning_rate = settings.learning_rate;
        for examples in order.chunks(settings.batch) {
            learning_rate = settings.learning_rate_at(step, settings.epochs * batches);
            let _draws = Draws::of_step(settings.seed, step as u64);
            let loss = task.loss(&network, task.batch(examples, &device));
            let share = examples.len() as f64 / sides.train.len() as f64;
            let weighted = loss.clone().detach().mul_scalar(share);
            loss_sum = Some(match loss_sum {
                None => weighted,
                Some(sum) => sum + weighted,
            });
            let cost = if settings.l2 > 0.0 { loss + l2_cost(&network, settings.l2) } else { loss };
            let gradients = GradientsParams::from_grads(cost.backward(), &network);
            network = optimiser.step(learning_rate, network, gradients);
            step += 1;
            watch.batch(examples.len());
        }
        let train_loss = loss_sum.map_or(f64::NAN, |sum| sum.into_scalar::<f64>());
        if !train_loss.is_finite() {
            let learning_rate = settings.learning_rate;
            return Err(TrainError::Diverged { epoch, loss: train_loss, learning_rate });
        }
        let answers = answer_all(task, &network, sides.validation, &device);
        let row = HistoryRow {
            epoch,
            step,
            train_loss,
            validation_loss: mean_loss(&answers),
            validation_error: error(task.metric(), &answers),
            learning_rate,
            seconds: started.elapsed().as_secs_f64(),
        };
        watch.epoch(&row);
        let better = best.as_ref().is_none_or(|&(kept, _)| rank(&row) < rank(&history[kept - 1]));
        if better {
            best = Some((epoch, network.clone()));
        }
        history.push(row);
    }
    let (best_epoch, best) = best.unwrap_or_else(|| (0, network.clone()));
    Ok(Fitted { best, best_epoch, last: network, history })
}

/// How and where to train, and who watches.
pub struct Setup<'a> {
    /// Effective settings.
    pub settings: &'a TrainSettings,
    /// Device, with or without automatic differentiation.
    pub device: &'a Device,
    /// Is told of every batch and epoch.
    pub watch: &'a mut dyn Watch,
}

/// The training examples in the order of one epoch.
fn order(train: &[usize], seed: u64, epoch: usize) -> Vec<usize> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(epoch as u64);
    let mut order = train.to_vec();
    order.shuffle(&mut rng);
    order
}

/// What makes an epoch the best: lower comes first, and what is no number comes last.
fn rank(row: &HistoryRow) -> (f64, f64) {
    let or_last = |value: f64| if value.is_nan() { f64::INFINITY } else { value };
    (or_last(row.validation_error), or_last(row.validation_loss))
}

/// `l2` · Σ W² over all weights; biases are exempt (notes, "Weight regularization").
///
/// For its gradient alone: the engine adds more than four million values in an order that differs
/// from run to run, and so in the last bits; the gradient, 2 · `l2` · W, does not come from the sum.
fn l2_cost<M: Module>(network: &M, l2: f64) -> Tensor<1> {
    struct Squares(Option<Tensor<1>>);
    impl ModuleVisitor for Squares {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if D >= 2 {
                let squares = param.val().square().sum();
                self.0 = Some(match self.0.take() {
                    None => squares,
                    Some(sum) => sum + squares,
                });
            }
        }
    }
    let mut squares = Squares(None);
    network.visit(&mut squares);
    let sum = squares.0.expect("every network has a weight of two axes or more");
    sum.mul_scalar(l2)
}

fn mean_loss(answers: &[Answer]) -> f64 {
    answers.iter().map(|a| f64::from(a.loss)).sum::<f64>() / answers.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(validation_error: f64, validation_loss: f64) -> HistoryRow {
        HistoryRow {
            epoch: 1,
            step: 1,
            train_loss: 0.0,
            validation_loss,
            validation_error,
            learning_rate: 0.1,
            seconds: 0.0,
        }
    }

    #[test]
    fn epochs_rank_by_error_then_by_loss_and_without_a_number_last() {
        let best_first = [
            row(0.1, 0.9),
            row(0.2, 0.5),
            row(0.2, 0.6),
            row(0.2, f64::NAN),
            row(f64::NAN, 0.1),
            row(f64::NAN, f64::NAN),
        ];
        assert!(best_first.is_sorted_by(|one, other| rank(one) < rank(other)));
        assert!(rank(&row(-f64::NAN, 1.0)) > rank(&row(0.5, 1.0)));
    }

    #[test]
    fn every_epoch_has_all_examples_in_an_order_of_its_own() {
        let train = [3, 1, 4, 15, 9, 2, 6];
        let (first, second) = (order(&train, 1, 1), order(&train, 1, 2));
        assert_ne!(first, second);
        assert_eq!(order(&train, 1, 1), first);
        assert_ne!(order(&train, 2, 1), first);
        for mut order in [first, second] {
            order.sort_unstable();
            assert_eq!(order, [1, 2, 3, 4, 6, 9, 15]);
        }
    }
}
