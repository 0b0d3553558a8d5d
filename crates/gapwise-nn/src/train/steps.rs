//! The loop: batches, updates, epochs.

mod between;

use std::{
    sync::mpsc::Receiver,
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use burn::{
    module::Module,
    optim::GradientsParams,
    tensor::{Device, Tensor},
};
use gapwise_study::run::{HistoryRow, TimingRow};

use super::{
    Checkpoint, CheckpointError, Divergence, Examples, Fitted, Keep, NotWritten, Records, Request,
    Resume, Setup, TrainError, TrainSettings, Watch,
    checkpoint::{Parts, Progress},
    feed::{self, Fed, Place, Plan},
    gradients::{Measured, measure},
};
use crate::{
    layers::Draws,
    optimise::{Optimiser, WeightAverage},
    tasks::{Answer, Task, error},
    weights,
};

/// Trains `network` and keeps its best epoch.
///
/// One epoch goes once through the training examples, in an order drawn from the seed and the
/// epoch. The learning rate follows the schedule from step to step. After each epoch the validation
/// examples are answered: the lowest loss wins, meant over the epoch and those before it, a twentieth of
/// all, whatever the metric is; then the earlier epoch. A loss that is no number comes last. With an
/// average of weights, the averaged network is the one that is judged and kept.
///
/// Same seed, same bits, whatever the number of threads, and whether or not the training was
/// resumed on the way; and the same whether a change was wished for on the way or set before.
///
/// # Errors
///
/// [`TrainError::Diverged`] once loss or weights are not finite, [`TrainError::Setting`] before
/// anything is done; the others as they say.
pub fn train<T: Task + Sync>(
    task: &T,
    network: T::Network,
    examples: Examples<'_>,
    setup: Setup<'_>,
) -> Result<Fitted<T::Network>, TrainError> {
    setup.settings.check()?;
    let plan = Plan::new(examples.train, setup.settings).grouped_by(task.lengths());
    let (mut training, resume) = Training::new(task, examples, setup);
    let network = match resume {
        None => network,
        Some(resume) => training.resume(network, resume)?,
    };
    if training.progress.done {
        return Ok(training.finish(&network));
    }
    let Progress { epoch, batch, step, .. } = training.progress;
    if step > 0 {
        training.watch.resumed(epoch, step);
    }
    let network = thread::scope(|scope| {
        let batches = feed::start(scope, task, plan, Place { epoch, batch });
        training.run(network, &batches)
    });
    match network {
        Ok(network) => Ok(training.finish(&network)),
        Err(error) => {
            if let TrainError::Diverged(_) = &error {
                let best = training.best.as_ref().map(weights::to_bytes).transpose();
                let best = best.map_err(unwritable)?;
                let kept = training.watch.keep_diverged(best, &training.records);
                not_written(kept)?;
            }
            Err(error)
        }
    }
}

/// A training on its way.
pub(super) struct Training<'a, 'w, T: Task> {
    task: &'a T,
    /// With the changes that were wished for on the way.
    settings: TrainSettings,
    examples: Examples<'a>,
    /// Batches of an epoch.
    batches: usize,
    /// With automatic differentiation.
    device: Device,
    watch: &'w mut dyn Watch,
    optimiser: Optimiser,
    average: Option<WeightAverage>,
    best: Option<T::Network>,
    best_is_kept: bool,
    progress: Progress,
    /// Whether a change ended the training, and with it the epoch that is going on.
    stopped: bool,
    records: Records,
    /// Losses of this epoch so far, each weighted by its batch's share of the examples.
    loss: Option<Tensor<1>>,
    /// Whether the last step took long enough for the next to be worth entering the threads' pool.
    in_pool: bool,
    /// When this process began with the epoch, less what earlier ones spent on it.
    since: Instant,
}

/// From this long a step on it is worth entering the threads' pool once for it: each of its operations
/// would else do so for itself, at some ten microseconds.
const WORTH_THE_POOL: Duration = Duration::from_millis(1);
/// Updates between two looks at whether the loss is still sound, which a GPU has to wait for.
const CHECK_EVERY: usize = 50;
/// A loss of so many times the first batch's, or of so much where that was under 1, has diverged:
/// cross-entropy begins near ln K for K classes, and the squared error of standardised labels near 1.
const FAR_ABOVE: f32 = 1_000.0;

impl<'a, 'w, T: Task + Sync> Training<'a, 'w, T> {
    /// A training before its first update, and where it is to go on from.
    pub(super) fn new(
        task: &'a T,
        examples: Examples<'a>,
        setup: Setup<'w>,
    ) -> (Self, Option<Resume>) {
        let Setup { settings, device, resume, watch } = setup;
        let training = Training {
            task,
            settings: settings.clone(),
            examples,
            batches: Plan::new(examples.train, settings).batches(),
            device: device.clone().autodiff(),
            watch,
            optimiser: Optimiser::new(&settings.optimiser).with_rates(task.rates().to_vec()),
            average: settings.average.map(WeightAverage::new),
            best: None,
            best_is_kept: true,
            progress: Progress::default(),
            stopped: false,
            records: Records::default(),
            loss: None,
            in_pool: false,
            since: Instant::now(),
        };
        (training, resume)
    }

    fn run(
        &mut self,
        mut network: T::Network,
        feed: &Receiver<Fed<T>>,
    ) -> Result<T::Network, TrainError> {
        while !self.progress.done {
            let before = self.progress.step.saturating_sub(1);
            let mut learning_rate = self.settings.learning_rate_at(before, self.batches);
            while self.progress.batch < self.batches && !self.stopped {
                // Only a panic ends the loader early, and the scope passes it on.
                let Ok(fed) = feed.recv() else { return Ok(network) };
                let (loaded, examples) = fed?;
                learning_rate = self.settings.learning_rate_at(self.progress.step, self.batches);
                network = self.update(network, (loaded, examples), learning_rate);
                self.watch.batch(examples);
                if self.progress.first_loss.is_none() {
                    self.progress.first_loss = Some(self.take_mean(examples));
                }
                if self.progress.step.is_multiple_of(CHECK_EVERY) {
                    self.check_loss()?;
                }
                if self.progress.batch < self.batches {
                    self.grant(&network)?;
                }
            }
            self.check_loss()?;
            self.end_epoch(&network, learning_rate)?;
            self.grant(&network)?;
        }
        self.keep(&network)?;
        Ok(network)
    }

    /// One update of the weights.
    pub(super) fn update(
        &mut self,
        network: T::Network,
        (loaded, examples): (T::Loaded, usize),
        learning_rate: f64,
    ) -> T::Network {
        let Progress { epoch, batch, step, .. } = self.progress;
        let began = Instant::now();
        let (task, device, seed) = (self.task, &self.device, self.settings.seed);
        let optimiser = &mut self.optimiser;
        let work = || {
            let draws = Draws::of_step(seed, step as u64);
            let loss = task.loss(&network, task.batch(loaded, device));
            drop(draws);
            let gradients = GradientsParams::from_grads(loss.backward(), &network);
            let at = Measured { epoch, step, examples };
            let measured = (batch == 0).then(|| measure(&network, &gradients, at));
            (optimiser.step(learning_rate, network, gradients), loss, measured)
        };
        let (network, loss, measured) = match self.in_pool {
            true => rayon::scope(|_| work()),
            false => work(),
        };
        self.in_pool = began.elapsed() > WORTH_THE_POOL;
        self.records.gradients.extend(measured.into_iter().flatten());
        let share = examples as f64 / self.examples.train.len() as f64;
        let weighted = loss.clone().detach().mul_scalar(share);
        self.loss = Some(match self.loss.take() {
            None => weighted,
            Some(sum) => sum + weighted,
        });
        if let Some(average) = &mut self.average {
            average.update(&network);
        }
        self.progress.batch += 1;
        self.progress.step += 1;
        network
    }

    /// Stops where the loss is no longer a number, or far above where it began. Of the epoch so far
    /// it is the mean that counts, as the history will have it.
    fn check_loss(&self) -> Result<(), TrainError> {
        let loss = self.loss_so_far();
        if !loss.is_finite() {
            return Err(self.diverged("loss", f64::from(loss), None));
        }
        let mean = loss * self.batches as f32 / self.progress.batch.max(1) as f32;
        match self.progress.first_loss {
            Some(first) if mean > FAR_ABOVE * first.max(1.0) => {
                Err(self.diverged("loss", f64::from(mean), Some(first)))
            }
            _ => Ok(()),
        }
    }

    /// Tells of examples that are kept nowhere; stops where that is wished for.
    pub(super) fn tell(&mut self, examples: usize) -> Result<(), TrainError> {
        self.watch.batch(examples);
        match self.watch.request() {
            Request::Stop => Err(TrainError::Stopped { epoch: self.progress.epoch }),
            Request::GoOn | Request::Checkpoint | Request::Glimpse | Request::Change(_) => Ok(()),
        }
    }

    /// The mean loss of the last update's batch of so many examples, which leaves the epoch's sum
    /// empty.
    pub(super) fn take_loss(&mut self, examples: usize) -> f64 {
        let loss = f64::from(self.take_mean(examples));
        self.loss = None;
        loss
    }

    /// The mean loss of an epoch of which only a batch of so many examples is done.
    fn take_mean(&self, examples: usize) -> f32 {
        let share = examples as f64 / self.examples.train.len() as f64;
        (f64::from(self.loss_so_far()) / share) as f32
    }

    fn loss_so_far(&self) -> f32 {
        self.loss.as_ref().map_or(0.0, |loss| loss.clone().into_scalar())
    }

    fn diverged(&self, what: &'static str, value: f64, first_loss: Option<f32>) -> TrainError {
        let Progress { epoch, step, best_epoch, .. } = self.progress;
        let rows = &self.records.gradients;
        TrainError::Diverged(Box::new(Divergence {
            what,
            epoch,
            step,
            value,
            first_loss,
            rate_set: self.settings.rate_set_at(step.saturating_sub(1)),
            changes: self.settings.changes_until(step.saturating_sub(1)).copied().collect(),
            learning_rate: self.settings.learning_rate_at(step.saturating_sub(1), self.batches),
            best_epoch: (best_epoch > 0).then_some(best_epoch),
            gradients: rows[rows.partition_point(|row| row.epoch < epoch)..].to_vec(),
        }))
    }

    /// Judges the epoch on validation.
    fn end_epoch(&mut self, network: &T::Network, learning_rate: f64) -> Result<(), TrainError> {
        let judged = self.judged(network);
        let answers = self.validation_answers(&judged, network)?;
        let Progress { epoch, step, .. } = self.progress;
        let row = HistoryRow {
            epoch,
            step,
            train_loss: self.mean_so_far(),
            validation_loss: mean_loss(&answers),
            validation_error: error(self.task.metric(), &answers),
            learning_rate,
        };
        let seconds = self.since.elapsed().as_secs_f64();
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.records.timing.push(TimingRow {
            epoch,
            seconds,
            examples_per_second: self.seen() as f64 / seconds.max(1e-9),
            unix: unix.as_secs_f64(),
        });
        self.records.history.push(row);
        let best = self.progress.best_epoch.checked_sub(1).map(|at| self.rank(at));
        let always = self.settings.keep == Keep::Last;
        if best.is_none_or(|best| always || self.rank(epoch - 1) < best) {
            self.best = Some(judged);
            self.best_is_kept = false;
            self.progress.best_epoch = epoch;
        }
        self.watch.epoch(&self.records);
        let stale = epoch - self.progress.best_epoch;
        let patience = self.settings.patience.unwrap_or(usize::MAX);
        self.progress.done = self.stopped || epoch == self.settings.epochs || stale >= patience;
        self.progress.epoch += 1;
        self.progress.batch = 0;
        self.loss = None;
        self.since = Instant::now();
        Ok(())
    }

    /// What `judged` answers on validation. A stop that is wished for meanwhile does not wait for the end:
    /// the checkpoint of `network` is behind the epoch's last update, so that it is judged again.
    fn validation_answers(
        &mut self,
        judged: &T::Network,
        network: &T::Network,
    ) -> Result<Vec<Answer>, TrainError> {
        let device = self.device.clone().inner();
        let mut answers = Vec::with_capacity(self.examples.validation.len());
        for chunk in self.examples.validation.chunks(self.task.answer_batch()) {
            // An epoch that was broken off has no batches left that a checkpoint could count.
            if !answers.is_empty() && !self.stopped && self.watch.stop() {
                self.keep(network)?;
                return Err(TrainError::Stopped { epoch: self.progress.epoch });
            }
            answers.extend(self.task.answers(judged, chunk, &device)?);
        }
        Ok(answers)
    }

    /// What makes an epoch, counted from 0, the best: lower comes first.
    fn rank(&self, epoch: usize) -> f64 {
        smoothed(&self.records.history, epoch, smoothed_over(self.settings.epochs))
    }

    /// The network that is judged, in evaluation mode.
    fn judged(&self, network: &T::Network) -> T::Network {
        match &self.average {
            None => network.valid(),
            Some(average) => average.network(network),
        }
    }

    /// Examples of this epoch so far.
    fn seen(&self) -> usize {
        let all = self.examples.train.len();
        // Only the last batch of an epoch has another size.
        if self.progress.batch == self.batches {
            all
        } else {
            self.progress.batch.saturating_mul(self.settings.batch).min(all)
        }
    }

    /// The mean loss over the examples of this epoch so far; NaN before the first.
    fn mean_so_far(&self) -> f64 {
        f64::from(self.loss_so_far()) / (self.seen() as f64 / self.examples.train.len() as f64)
    }

    fn keep(&mut self, network: &T::Network) -> Result<(), TrainError> {
        self.check_loss()?;
        let network = weights::to_bytes(&network.valid()).map_err(unwritable)?;
        if let Some(value) = weights::not_finite(&network) {
            return Err(self.diverged("weights", value, None));
        }
        self.progress.loss = self.loss_so_far();
        self.progress.seconds = self.since.elapsed().as_secs_f64();
        let parts = Parts {
            progress: self.progress.clone(),
            records: self.records.clone(),
            network,
            optimiser: self.optimiser.state(),
            average: self.average.as_ref().map(WeightAverage::state),
        };
        let best = match &self.best {
            Some(best) if !self.best_is_kept => Some(weights::to_bytes(best).map_err(unwritable)?),
            _ => None,
        };
        let checkpoint = Checkpoint { best, state: parts.to_bytes()?, records: &self.records };
        not_written(self.watch.keep(checkpoint))?;
        self.best_is_kept = true;
        Ok(())
    }

    fn resume(
        &mut self,
        mut network: T::Network,
        from: Resume,
    ) -> Result<T::Network, CheckpointError> {
        fn mismatch(said: impl std::fmt::Display) -> CheckpointError {
            CheckpointError::Mismatch(said.to_string())
        }
        let parts = Parts::from_bytes(&from.state)?;
        weights::load(&mut network, parts.network).map_err(mismatch)?;
        self.optimiser.restore(parts.optimiser, &network).map_err(mismatch)?;
        match (&mut self.average, parts.average) {
            (None, None) => {}
            (Some(average), Some(state)) => {
                average.restore(state, &network).map_err(mismatch)?;
            }
            _ => return Err(mismatch("one of both averages its weights, the other does not")),
        }
        let Progress { step, changes, .. } = &parts.progress;
        let made = self.settings.changes.partition_point(|change| change.step <= *step);
        if self.settings.changes[..made] != changes[..] {
            return Err(mismatch(format!(
                "`train.changes` up to update {step} are not those made"
            )));
        }
        self.progress = parts.progress;
        self.records = parts.records;
        if self.progress.batch > 0 {
            self.loss = Some(Tensor::from_data([self.progress.loss], &self.device));
        }
        if self.progress.best_epoch > 0 {
            let missing = || CheckpointError::Best("they are missing".to_owned());
            let damaged = |error: weights::WeightsError| CheckpointError::Best(error.to_string());
            let mut best = network.valid();
            weights::load(&mut best, from.best.ok_or_else(missing)?).map_err(damaged)?;
            self.best = Some(best);
        }
        let spent = Duration::try_from_secs_f64(self.progress.seconds).unwrap_or_default();
        self.since = Instant::now().checked_sub(spent).unwrap_or(self.since);
        Ok(network)
    }

    fn finish(self, network: &T::Network) -> Fitted<T::Network> {
        let last = self.judged(network);
        let best = self.best.unwrap_or_else(|| last.clone());
        Fitted { best, best_epoch: self.progress.best_epoch, last, records: self.records }
    }
}

fn not_written(kept: Result<(), NotWritten>) -> Result<(), TrainError> {
    kept.map_err(|NotWritten| TrainError::NotWritten)
}

fn unwritable(error: weights::WeightsError) -> CheckpointError {
    CheckpointError::Unwritable(error.to_string())
}

/// Epochs whose validation loss is meant together: a twentieth of all, and at least one. Of the rules
/// that BENCHMARKS.md compares, this one has the lowest error on test, and the error on validation that
/// says most of it.
fn smoothed_over(epochs: usize) -> usize {
    ((epochs as f64 / 20.0).round() as usize).max(1)
}

/// The mean validation loss of an epoch, counted from 0, and of those before it, `width` in all or as
/// many as there are. What is no number comes behind every number.
fn smoothed(history: &[HistoryRow], epoch: usize, width: usize) -> f64 {
    let rows = &history[(epoch + 1).saturating_sub(width)..=epoch];
    let mean = rows.iter().map(|row| row.validation_loss).sum::<f64>() / rows.len() as f64;
    if mean.is_nan() { f64::INFINITY } else { mean }
}

/// Mean loss, each example by its weight.
fn mean_loss(answers: &[Answer]) -> f64 {
    let weight: f64 = answers.iter().map(|answer| answer.weight).sum();
    let sum: f64 = answers.iter().map(|answer| answer.weight * f64::from(answer.loss)).sum();
    // No validation example at all has no loss, and ranks alike in every epoch.
    if answers.is_empty() { 0.0 } else { sum / weight }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn losses(losses: &[f64]) -> Vec<HistoryRow> {
        let row = |(place, loss): (usize, &f64)| HistoryRow {
            epoch: place + 1,
            step: place + 1,
            train_loss: 0.0,
            validation_loss: *loss,
            validation_error: 0.5,
            learning_rate: 0.1,
        };
        losses.iter().enumerate().map(row).collect()
    }

    #[test]
    fn an_epoch_ranks_by_its_mean_loss_with_those_before_it() {
        let history = losses(&[4.0, 2.0, 0.0, 4.0, 1.0]);
        let means =
            |width| -> Vec<f64> { (0..5).map(|epoch| smoothed(&history, epoch, width)).collect() };
        assert_eq!(means(1), [4.0, 2.0, 0.0, 4.0, 1.0]);
        // A single low epoch between high ones is passed over.
        assert_eq!(means(2), [4.0, 3.0, 1.0, 2.0, 2.5]);
        assert_eq!(means(3), [4.0, 3.0, 2.0, 2.0, 5.0 / 3.0]);
    }

    #[test]
    fn a_loss_that_is_no_number_comes_last() {
        let history = losses(&[1.0, f64::NAN, f64::INFINITY, 9.0]);
        let ranks: Vec<f64> = (0..4).map(|epoch| smoothed(&history, epoch, 1)).collect();
        assert_eq!(ranks, [1.0, f64::INFINITY, f64::INFINITY, 9.0]);
        assert_eq!(smoothed(&history, 3, 2), f64::INFINITY);
    }

    #[test]
    fn a_twentieth_of_the_epochs_is_meant() {
        assert_eq!([1, 15, 29, 30, 100, 500].map(smoothed_over), [1, 1, 1, 2, 5, 25]);
    }
}
