//! What the training loop leaves in a run while it goes on.

use std::time::{Duration, Instant};

use gapwise_nn::train::{
    Changed, Checkpoint, Glimpse, NotWritten, Records, Request, SettingError, TrainChange, Watch,
};
use gapwise_study::run::{EventFile, EventRows, GradientHealth, RunDirectory, RunError, file};

use super::changes::Recorder;
use crate::{
    Error,
    observe::{Asked, Event, Observer},
    trained::{BEST, saved_at},
};

/// Passes progress within and at the end on, and keeps nothing. Its epochs are not told: they are
/// those of a baseline or of a test, and would hide the network's own.
pub(super) struct Reporter<'a>(pub(super) &'a mut dyn Observer);

impl Watch for Reporter<'_> {
    fn resumed(&mut self, epoch: usize, step: usize) {
        self.0.tell(Event::Resumed { epoch, step });
    }

    fn batch(&mut self, examples: usize) {
        self.0.tell(Event::Batch { examples });
    }

    fn stop(&self) -> bool {
        self.0.stop()
    }

    fn request(&mut self) -> Request {
        if self.0.stop() { Request::Stop } else { Request::GoOn }
    }
}

/// Writing checkpoints takes at most this share of the time.
const SHARE: u32 = 20;

/// Passes progress on, and writes checkpoint and records into a run.
pub(super) struct Keeper<'a, 'r> {
    observer: &'a mut dyn Observer,
    directory: &'a RunDirectory,
    recorder: &'a mut Recorder<'r>,
    /// Shortest time between two checkpoints.
    every: Duration,
    last: Instant,
    /// What the last checkpoint took.
    took: Duration,
    events: Option<EventFile>,
    /// What was last said of the gradients.
    health: String,
    /// Why something could not be written.
    error: Option<Error>,
}

impl<'a, 'r> Keeper<'a, 'r> {
    pub(super) fn new(
        observer: &'a mut dyn Observer,
        recorder: &'a mut Recorder<'r>,
        every: Duration,
    ) -> Self {
        Keeper {
            observer,
            directory: recorder.directory,
            recorder,
            every,
            last: Instant::now(),
            took: Duration::ZERO,
            events: None,
            health: String::new(),
            error: None,
        }
    }

    /// Why [`Watch::keep`] failed, where it did.
    pub(super) fn into_error(self) -> Option<Error> {
        self.error
    }

    /// What could not be written ends the training.
    fn or_not_written(&mut self, written: Result<(), impl Into<Error>>) -> Result<(), NotWritten> {
        written.map_err(|error| {
            self.error = Some(error.into());
            NotWritten
        })
    }

    /// The state comes last: whatever is there before it is made again from it.
    fn write(&self, checkpoint: &Checkpoint<'_>) -> Result<(), RunError> {
        let directory = self.directory;
        if let Some(best) = &checkpoint.best {
            directory.write_whole(BEST, best)?;
        }
        self.write_records(checkpoint.records)?;
        directory.write_whole(file::STATE, &checkpoint.state)
    }

    fn write_records(&self, records: &Records) -> Result<(), RunError> {
        let Records { history, timing, gradients } = records;
        self.directory.write_history(history)?;
        self.directory.write_timing(timing)?;
        self.directory.write_gradients(gradients)
    }

    fn show(&mut self, records: &Records) -> Result<(), RunError> {
        let Records { history, timing, gradients } = records;
        match &mut self.events {
            Some(events) => {
                let epoch = history.last().map_or(0, |row| row.epoch);
                let since = gradients.partition_point(|row| row.epoch < epoch);
                let last = |rows: usize| rows.saturating_sub(1);
                events.append(EventRows {
                    history: &history[last(history.len())..],
                    timing: &timing[last(timing.len())..],
                    gradients: &gradients[since..],
                })
            }
            None => {
                let rows = EventRows { history, timing, gradients };
                self.events = Some(EventFile::create(self.directory.file(file::EVENTS), rows)?);
                Ok(())
            }
        }
    }
}

/// The layers that are dead, as one text.
fn dead(health: &GradientHealth) -> String {
    health.dead.iter().map(|dead| dead.layer.as_str()).collect::<Vec<_>>().join(" ")
}

impl Watch for Keeper<'_, '_> {
    fn resumed(&mut self, epoch: usize, step: usize) {
        self.observer.tell(Event::Resumed { epoch, step });
    }

    fn batch(&mut self, examples: usize) {
        self.observer.tell(Event::Batch { examples });
    }

    fn epoch(&mut self, records: &Records) {
        if let (Some(row), Some(timing)) = (records.history.last(), records.timing.last()) {
            self.observer.tell(Event::Epoch { row, timing, records });
        }
        let health = GradientHealth::of_last_epoch(&records.gradients);
        let unhealthy = !health.advice().is_empty();
        let kind = format!("{:?}", std::mem::discriminant(&health.flow)) + &dead(&health);
        if kind != self.health && (unhealthy || !self.health.is_empty()) {
            self.observer.tell(Event::Gradients(&health));
            self.health = kind;
        }
        // Reporter once the loop asks for its next checkpoint to be kept.
        if let Err(error) = self.show(records) {
            self.error.get_or_insert(error.into());
        }
    }

    fn stop(&self) -> bool {
        self.observer.stop()
    }

    fn request(&mut self) -> Request {
        if self.observer.stop() {
            return Request::Stop;
        }
        match self.observer.ask() {
            Some(Asked::Glimpse) => return Request::Glimpse,
            Some(Asked::Change(kind)) => return Request::Change(kind),
            None => {}
        }
        let due = self.every.max(self.took.saturating_mul(SHARE));
        if self.error.is_some() || self.last.elapsed() >= due {
            Request::Checkpoint
        } else {
            Request::GoOn
        }
    }

    fn glimpsed(&mut self, glimpse: Glimpse) {
        self.observer.tell(Event::Glimpse(&glimpse));
    }

    fn granted(&mut self, changes: &[TrainChange]) -> Result<(), NotWritten> {
        let recorded = self.recorder.record(changes);
        self.or_not_written(recorded)
    }

    fn refused(&mut self, why: SettingError) {
        self.observer.tell(Event::Refused(&why));
    }

    fn changed(&mut self, changed: Changed) -> Result<(), NotWritten> {
        let Changed { change, learning_rate, weights } = changed;
        if let Some(weights) = weights {
            let written = self.directory.write_whole(&saved_at(change.step), &weights);
            self.or_not_written(written)?;
        }
        self.observer.tell(Event::Changed { change: &change, learning_rate });
        Ok(())
    }

    fn keep_diverged(
        &mut self,
        best: Option<Vec<u8>>,
        records: &Records,
    ) -> Result<(), NotWritten> {
        let best = best.map_or(Ok(()), |best| self.directory.write_whole(BEST, &best));
        let written = best.and_then(|()| self.write_records(records));
        self.or_not_written(written)
    }

    fn keep(&mut self, checkpoint: Checkpoint<'_>) -> Result<(), NotWritten> {
        if self.error.is_some() {
            return Err(NotWritten);
        }
        let started = Instant::now();
        let written = self.write(&checkpoint);
        self.last = Instant::now();
        self.took = started.elapsed();
        self.or_not_written(written)
    }
}
