//! A training that was stopped and resumed ends with the same bits as one that was not.

use std::cell::Cell;

use gapwise_nn::{
    model::{Fit, FitError, NetworkKind, NetworkSettings},
    train::{Checkpoint, CheckpointError, NotWritten, Records, Request, Resume, TrainError, Watch},
};

use crate::samples::{Sample, classes, every_task_and_network, rows, sample};

/// Keeps what it is given in memory, and stops after some updates.
#[derive(Default)]
struct Memory {
    /// Updates after which to stop; none to go on to the end.
    stop_after: Option<usize>,
    /// Whether to ask for a checkpoint after every update.
    keep_all: bool,
    updates: usize,
    kept: Option<Resume>,
    resumed: Option<(usize, usize)>,
    epochs: Vec<usize>,
}

impl Watch for Memory {
    fn resumed(&mut self, epoch: usize, step: usize) {
        self.resumed = Some((epoch, step));
    }

    fn batch(&mut self, _examples: usize) {
        self.updates += 1;
    }

    fn epoch(&mut self, records: &Records) {
        self.epochs.push(records.history.last().unwrap().epoch);
    }

    fn request(&mut self) -> Request {
        match self.stop_after {
            Some(updates) if self.updates >= updates => Request::Stop,
            _ if self.keep_all => Request::Checkpoint,
            _ => Request::GoOn,
        }
    }

    fn keep(&mut self, checkpoint: Checkpoint<'_>) -> Result<(), NotWritten> {
        let before = self.kept.take().and_then(|kept| kept.best);
        self.kept = Some(Resume { state: checkpoint.state, best: checkpoint.best.or(before) });
        Ok(())
    }
}

/// Every task and network, with all that has a state: four or five batches an epoch, dropout, averaged
/// weights, early stopping.
fn samples() -> Vec<Sample> {
    let mut samples = every_task_and_network();
    for sample in &mut samples {
        let train = sample.dataset.len() * 2 / 3;
        sample.settings.epochs = 4;
        sample.settings.batch = train.div_ceil(5);
        sample.settings.average = Some(0.9);
        sample.settings.patience = Some(3);
        sample.settings.optimiser.weight_decay = 0.01;
    }
    samples
}

fn same(one: &Fit, other: &Fit) -> bool {
    let bits = |fit: &Fit| {
        let rows = fit.records.history.iter();
        let losses: Vec<[u64; 3]> = rows
            .map(|row| {
                [row.train_loss, row.validation_loss, row.validation_error].map(f64::to_bits)
            })
            .collect();
        (fit.best.weights().unwrap(), fit.last.weights().unwrap(), losses, fit.best_epoch)
    };
    bits(one) == bits(other) && one.records.gradients == other.records.gradients
}

fn stopped_after(sample: &Sample, updates: usize, from: Option<Resume>) -> (Option<Fit>, Memory) {
    let mut memory = Memory { stop_after: Some(updates), kept: from.clone(), ..Memory::default() };
    match sample.fit_with(from, &mut memory) {
        Ok(fit) => (Some(fit), memory),
        Err(FitError::Train(TrainError::Stopped { .. })) => (None, memory),
        Err(error) => panic!("{}: {error}", sample.name),
    }
}

#[test]
fn a_training_that_stops_after_any_update_is_resumed_to_the_same_bits() {
    for sample in samples() {
        let undisturbed = sample.fit();
        for updates in [1, 3, 5, 9, 14] {
            let (none, memory) = stopped_after(&sample, updates, None);
            assert!(none.is_none(), "{}", sample.name);
            let mut rest = Memory::default();
            let resumed = sample.fit_with(memory.kept, &mut rest).unwrap();
            let batches = undisturbed.records.history[0].step;
            assert_eq!(rest.resumed, Some((updates / batches + 1, updates)), "{}", sample.name);
            let told = sample.name;
            assert!(same(&resumed, &undisturbed), "{told}: other bits after {updates} updates");
        }
    }
}

#[test]
fn a_training_that_stops_again_and_again_is_resumed_to_the_same_bits() {
    for sample in samples() {
        let undisturbed = sample.fit();
        let mut kept = None;
        let mut epochs = Vec::new();
        let resumed = loop {
            let (fit, memory) = stopped_after(&sample, 3, kept);
            kept = memory.kept;
            epochs.extend(memory.epochs);
            if let Some(fit) = fit {
                break fit;
            }
        };
        assert!(same(&resumed, &undisturbed), "{}: other bits", sample.name);
        let trained = undisturbed.records.history.len();
        assert_eq!(epochs, (1..=trained).collect::<Vec<_>>(), "{}", sample.name);
    }
}

#[test]
fn a_training_that_stops_while_validation_is_answered_is_resumed_to_the_same_bits() {
    /// Asks to stop when it is asked for the `stop_at`th time between answers.
    struct Impatient {
        asked: Cell<usize>,
        stop_at: usize,
        memory: Memory,
    }
    impl Watch for Impatient {
        fn epoch(&mut self, records: &Records) {
            self.memory.epoch(records);
        }

        fn stop(&self) -> bool {
            self.asked.set(self.asked.get() + 1);
            self.asked.get() == self.stop_at
        }

        fn keep(&mut self, checkpoint: Checkpoint<'_>) -> Result<(), NotWritten> {
            self.memory.keep(checkpoint)
        }
    }
    // A third of the rows validates: more than are answered at once, so that each epoch asks once.
    let network = NetworkSettings::new(NetworkKind::FEED_FORWARD).with_hidden(vec![8]);
    let mut sample = sample("many rows", rows(13_000, classes(13_000)), network);
    sample.settings.epochs = 3;
    sample.settings.batch = 1_000;
    sample.settings.average = Some(0.9);
    let undisturbed = sample.fit();
    for stop_at in 1..=3 {
        let memory = Memory::default();
        let mut watch = Impatient { asked: Cell::new(0), stop_at, memory };
        let stopped = sample.fit_with(None, &mut watch).unwrap_err();
        let expected = TrainError::Stopped { epoch: stop_at };
        assert_eq!(stopped.to_string(), FitError::Train(expected).to_string());
        assert_eq!(watch.memory.epochs, (1..stop_at).collect::<Vec<_>>());
        let mut rest = Memory::default();
        let resumed = sample.fit_with(watch.memory.kept, &mut rest).unwrap();
        assert_eq!(rest.resumed, Some((stop_at, undisturbed.records.history[stop_at - 1].step)));
        assert!(same(&resumed, &undisturbed), "other bits after epoch {stop_at}");
    }
}

#[test]
fn checkpoints_change_no_bit() {
    for sample in samples() {
        let mut memory = Memory { keep_all: true, ..Memory::default() };
        let kept = sample.fit_with(None, &mut memory).unwrap();
        assert!(same(&kept, &sample.fit()), "{}: other bits", sample.name);
        // The last one is of the end: there is nothing left to do.
        let mut again = Memory::default();
        let done = sample.fit_with(memory.kept, &mut again).unwrap();
        assert!(same(&done, &kept), "{}: other bits", sample.name);
        assert_eq!((again.updates, again.resumed), (0, None), "{}", sample.name);
    }
}

#[test]
fn a_checkpoint_of_another_training_is_refused() {
    let samples = samples();
    let kept = |sample: &Sample| stopped_after(sample, 6, None).1.kept.unwrap();
    let refused = |sample: &Sample, from: Resume| match sample.fit_with(Some(from), &mut ()) {
        Err(FitError::Train(TrainError::Checkpoint(error))) => error,
        other => panic!("{}: {:?}", sample.name, other.map(|_| "resumed")),
    };
    let mismatch = |error| match error {
        CheckpointError::Mismatch(said) => said,
        other => panic!("{other}"),
    };
    let (one, other) = (&samples[0], &samples[2]);
    mismatch(refused(one, kept(other)));
    let mut without_average = one.clone();
    without_average.settings.average = None;
    assert_eq!(
        mismatch(refused(&without_average, kept(one))),
        "one of both averages its weights, the other does not"
    );
    let lost = Resume { best: None, ..kept(one) };
    let said = refused(one, lost).to_string();
    assert_eq!(said, "the weights of the best epoch: they are missing");
    let whole = kept(one).state;
    for length in [0, 7, whole.len() / 2, whole.len() - 1] {
        let cut = Resume { state: whole[..length].to_vec(), best: None };
        assert!(matches!(refused(one, cut), CheckpointError::Unreadable(_)), "{length} bytes");
    }
}

#[test]
fn what_cannot_be_kept_ends_the_training() {
    struct Full;
    impl Watch for Full {
        fn keep(&mut self, _checkpoint: Checkpoint<'_>) -> Result<(), NotWritten> {
            Err(NotWritten)
        }
    }
    let error = samples()[0].fit_with(None, &mut Full).unwrap_err();
    assert!(matches!(error, FitError::Train(TrainError::NotWritten)));
}
