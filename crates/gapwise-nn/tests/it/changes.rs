//! A change that was wished for on the way is the same as one that was set before.

use gapwise_nn::{
    model::{Fit, FitError},
    train::{
        ChangeKind, Changed, Checkpoint, CheckpointError, Glimpse, NotWritten, Request, Resume,
        SettingError, TrainChange, TrainError, Watch,
    },
};

use crate::samples::{Sample, every_task_and_network};

/// Wishes for changes after some updates, and keeps what it is told.
#[derive(Default)]
struct Person {
    /// What is still to be wished for, in order.
    wishes: Vec<TrainChange>,
    /// Updates after which to stop for another process to go on; none to go on to the end.
    leave_after: Option<usize>,
    looks: bool,
    updates: usize,
    recorded: Vec<TrainChange>,
    changed: Vec<Changed>,
    refused: Vec<SettingError>,
    glimpses: Vec<Glimpse>,
    kept: Option<Resume>,
}

impl Watch for Person {
    fn resumed(&mut self, _epoch: usize, step: usize) {
        self.updates = step;
    }

    fn batch(&mut self, _examples: usize) {
        self.updates += 1;
    }

    fn request(&mut self) -> Request {
        if self.wishes.first().is_some_and(|wish| wish.step <= self.updates) {
            return Request::Change(self.wishes.remove(0).kind);
        }
        match self.leave_after {
            Some(updates) if self.updates >= updates => Request::Stop,
            _ if self.looks => Request::Glimpse,
            _ => Request::GoOn,
        }
    }

    fn glimpsed(&mut self, glimpse: Glimpse) {
        self.glimpses.push(glimpse);
    }

    fn granted(&mut self, changes: &[TrainChange]) -> Result<(), NotWritten> {
        self.recorded = changes.to_vec();
        Ok(())
    }

    fn refused(&mut self, why: SettingError) {
        self.refused.push(why);
    }

    fn changed(&mut self, changed: Changed) -> Result<(), NotWritten> {
        self.changed.push(changed);
        Ok(())
    }

    fn keep(&mut self, checkpoint: Checkpoint<'_>) -> Result<(), NotWritten> {
        let before = self.kept.take().and_then(|kept| kept.best);
        self.kept = Some(Resume { state: checkpoint.state, best: checkpoint.best.or(before) });
        Ok(())
    }
}

/// Every task and network, in epochs of four or five batches.
fn samples() -> Vec<Sample> {
    let mut samples = every_task_and_network();
    for sample in &mut samples {
        let train = sample.dataset.len() * 2 / 3;
        sample.settings.epochs = 4;
        sample.settings.batch = train.div_ceil(5);
        sample.settings.average = Some(0.9);
    }
    samples
}

fn at(step: usize, kind: ChangeKind) -> TrainChange {
    TrainChange { step, kind }
}

fn rate(rate: f64) -> ChangeKind {
    ChangeKind::LearningRate(rate)
}

/// A rate, a save and a stop in the middle of the third epoch, whatever its length.
fn wishes() -> Vec<TrainChange> {
    vec![at(3, rate(0.02)), at(7, ChangeKind::Save), at(7, rate(0.001)), at(11, ChangeKind::Stop)]
}

fn with(sample: &Sample, changes: &[TrainChange]) -> Sample {
    let mut sample = sample.clone();
    sample.settings.changes = changes.to_vec();
    sample
}

fn bits(fit: &Fit) -> (Vec<u8>, Vec<u8>, Vec<[u64; 4]>) {
    let rows = fit.records.history.iter();
    let rows = rows.map(|row| {
        [row.train_loss, row.validation_loss, row.validation_error, row.learning_rate]
            .map(f64::to_bits)
    });
    (fit.best.weights().unwrap(), fit.last.weights().unwrap(), rows.collect())
}

fn saved(person: &Person) -> Vec<(usize, Option<Vec<u8>>)> {
    person.changed.iter().map(|changed| (changed.change.step, changed.weights.clone())).collect()
}

#[test]
fn changes_wished_for_on_the_way_are_the_same_bits_as_changes_set_before() {
    for sample in samples() {
        let mut person = Person { wishes: wishes(), ..Person::default() };
        let wished = sample.fit_with(None, &mut person).unwrap();
        assert_eq!(person.recorded, wishes(), "{}", sample.name);
        assert_eq!((wished.records.history.last().unwrap().step, person.updates), (11, 11));
        let mut watching = Person::default();
        let set = with(&sample, &wishes()).fit_with(None, &mut watching).unwrap();
        assert!(bits(&set) == bits(&wished), "{}: other bits", sample.name);
        assert!(saved(&watching) == saved(&person), "{}: other changes", sample.name);
        assert_eq!(watching.recorded, [], "what was set before is not recorded again");
        assert!(bits(&sample.fit()) != bits(&wished), "{}: nothing changed", sample.name);
    }
}

#[test]
fn a_training_with_changes_goes_on_after_any_update_to_the_same_bits() {
    for sample in samples() {
        let sample = with(&sample, &wishes());
        let undisturbed = bits(&sample.fit());
        for updates in [2, 3, 7, 9] {
            let mut left = Person { leave_after: Some(updates), ..Person::default() };
            let stopped = sample.fit_with(None, &mut left);
            assert!(matches!(stopped, Err(FitError::Train(TrainError::Stopped { .. }))));
            let mut rest = Person::default();
            let resumed = sample.fit_with(left.kept, &mut rest).unwrap();
            assert!(bits(&resumed) == undisturbed, "{}: after {updates} updates", sample.name);
            let made = left.changed.len() + rest.changed.len();
            assert_eq!(made, wishes().len(), "{}: each once", sample.name);
        }
    }
}

#[test]
fn weights_saved_after_the_last_update_of_an_epoch_are_those_that_it_is_judged_by() {
    for sample in samples() {
        let one = with(&sample, &[]);
        let batches = one.fit().records.history[0].step;
        let wishes = vec![at(2 * batches, ChangeKind::Save), at(2 * batches, ChangeKind::Stop)];
        let mut person = Person { wishes, ..Person::default() };
        let fit = one.fit_with(None, &mut person).unwrap();
        assert_eq!(fit.records.history.len(), 2, "{}: a stop between epochs", sample.name);
        let saved = person.changed[0].weights.clone().unwrap();
        assert!(saved == fit.last.weights().unwrap(), "{}", sample.name);
    }
}

#[test]
fn an_epoch_that_was_broken_off_has_the_mean_loss_of_its_examples() {
    let sample = &samples()[0];
    let mut person = Person { looks: true, ..Person::default() };
    sample.fit_with(None, &mut person).unwrap();
    let third = person.glimpses[2];
    assert_eq!((third.epoch, third.step, third.examples), (1, 3, 3 * sample.settings.batch));
    let stopped = with(sample, &[at(3, ChangeKind::Stop)]).fit();
    let [row] = &stopped.records.history[..] else { panic!("one epoch") };
    assert_eq!(row.train_loss, third.loss);
    assert_eq!((row.epoch, row.step), (1, 3));
}

#[test]
fn a_change_that_cannot_be_is_refused_and_training_goes_on() {
    let sample = &samples()[0];
    let wishes = vec![at(2, rate(0.0)), at(2, rate(f64::NAN)), at(3, rate(0.02))];
    let mut person = Person { wishes, ..Person::default() };
    let fit = sample.fit_with(None, &mut person).unwrap();
    assert_eq!(person.recorded, [at(3, rate(0.02))]);
    assert_eq!(fit.records.history.len(), sample.settings.epochs);
    let said: Vec<String> = person.refused.iter().map(ToString::to_string).collect();
    let expected = "`train.changes`: expected a learning rate from 1e-18 to 1e18, found \
                    `learning_rate = ";
    assert_eq!(said, ["0`", "NaN`"].map(|found| format!("{expected}{found}")));
}

#[test]
fn after_the_last_update_weights_are_saved_where_that_was_set_and_no_change_is_taken() {
    let sample = &samples()[0];
    let updates = sample.fit().records.history.last().unwrap().step;
    let set = with(sample, &[at(updates, ChangeKind::Save)]);
    let mut person = Person { wishes: vec![at(updates, rate(0.1))], ..Person::default() };
    let fit = set.fit_with(None, &mut person).unwrap();
    let [saved] = &person.changed[..] else { panic!("one save") };
    assert!(saved.weights == Some(fit.last.weights().unwrap()));
    let said = format!(
        "`train.changes`: expected a step before the end of training, found `step = {updates}`"
    );
    assert_eq!(person.refused[0].to_string(), said);
}

#[test]
fn a_change_that_is_not_recorded_does_not_take_place() {
    struct Full(bool);

    impl Watch for Full {
        fn request(&mut self) -> Request {
            Request::Change(ChangeKind::Save)
        }

        fn granted(&mut self, _changes: &[TrainChange]) -> Result<(), NotWritten> {
            Err(NotWritten)
        }

        fn changed(&mut self, _changed: Changed) -> Result<(), NotWritten> {
            self.0 = true;
            Ok(())
        }
    }

    let mut full = Full(false);
    let error = samples()[0].fit_with(None, &mut full).unwrap_err();
    assert!(matches!(error, FitError::Train(TrainError::NotWritten)));
    assert!(!full.0);
}

#[test]
fn a_checkpoint_that_was_made_with_other_changes_is_refused_and_later_ones_are_not() {
    let sample = &samples()[0];
    let mut left = Person { leave_after: Some(6), ..Person::default() };
    assert!(with(sample, &wishes()[..1]).fit_with(None, &mut left).is_err());
    for changes in [&[][..], &[at(3, rate(0.03))], &[at(3, rate(0.02)), at(6, ChangeKind::Save)]] {
        let refused = with(sample, changes).fit_with(left.kept.clone(), &mut ());
        let Err(FitError::Train(TrainError::Checkpoint(CheckpointError::Mismatch(said)))) = refused
        else {
            panic!("{changes:?} were taken");
        };
        assert_eq!(said, "`train.changes` up to update 6 are not those made");
    }
    with(sample, &wishes()).fit_with(left.kept, &mut ()).unwrap();
}
