//! What the training loop leaves in a run while it goes on.

use std::time::{Duration, Instant};

use gapwise_nn::train::{Kept, NotKept, Records, Watch, Wish};
use gapwise_study::run::{EventFile, EventRows, GradientHealth, RunDirectory, RunError, file};

use crate::{
    observe::{Event, Observer},
    trained::BEST,
};

/// Passes progress within and at the end on, and keeps nothing. Its epochs are not told: they are
/// those of a baseline or of a test, and would hide the network's own.
pub(super) struct Told<'a>(pub(super) &'a mut dyn Observer);

impl Watch for Told<'_> {
    fn resumed(&mut self, epoch: usize, step: usize) {
        self.0.tell(Event::Resumed { epoch, step });
    }

    fn batch(&mut self, examples: usize) {
        self.0.tell(Event::Batch { examples });
    }

    fn wish(&mut self) -> Wish {
        if self.0.stop() { Wish::Stop } else { Wish::GoOn }
    }
}

/// Writing checkpoints takes at most this share of the time.
const SHARE: u32 = 20;

/// Passes progress on, and writes checkpoint and records into a run.
pub(super) struct Keeper<'a> {
    observer: &'a mut dyn Observer,
    directory: &'a RunDirectory,
    /// Shortest time between two checkpoints.
    every: Duration,
    last: Instant,
    /// What the last checkpoint took.
    took: Duration,
    events: Option<EventFile>,
    /// What was last said of the gradients.
    health: String,
    /// Why something could not be written.
    error: Option<RunError>,
}

impl<'a> Keeper<'a> {
    pub(super) fn new(
        observer: &'a mut dyn Observer,
        directory: &'a RunDirectory,
        every: Duration,
    ) -> Self {
        Keeper {
            observer,
            directory,
            every,
            last: Instant::now(),
            took: Duration::ZERO,
            events: None,
            health: String::new(),
            error: None,
        }
    }

    /// Why [`Watch::keep`] failed, where it did.
    pub(super) fn into_error(self) -> Option<RunError> {
        self.error
    }

    /// The state comes last: whatever is there before it is made again from it.
    fn write(&self, kept: &Kept<'_>) -> Result<(), RunError> {
        let directory = self.directory;
        if let Some(best) = &kept.best {
            directory.write_whole(BEST, best)?;
        }
        self.write_records(kept.records)?;
        directory.write_whole(file::STATE, &kept.state)
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

impl Watch for Keeper<'_> {
    fn resumed(&mut self, epoch: usize, step: usize) {
        self.observer.tell(Event::Resumed { epoch, step });
    }

    fn batch(&mut self, examples: usize) {
        self.observer.tell(Event::Batch { examples });
    }

    fn epoch(&mut self, records: &Records) {
        if let (Some(row), Some(timing)) = (records.history.last(), records.timing.last()) {
            self.observer.tell(Event::Epoch { row, timing });
        }
        let health = GradientHealth::of_last_epoch(&records.gradients);
        let unhealthy = !health.advice().is_empty();
        let kind = format!("{:?}", std::mem::discriminant(&health.flow)) + &dead(&health);
        if kind != self.health && (unhealthy || !self.health.is_empty()) {
            self.observer.tell(Event::Gradients(&health));
            self.health = kind;
        }
        // Told once the loop asks for its next checkpoint to be kept.
        if let Err(error) = self.show(records) {
            self.error.get_or_insert(error);
        }
    }

    fn wish(&mut self) -> Wish {
        if self.observer.stop() {
            return Wish::Stop;
        }
        let due = self.every.max(self.took.saturating_mul(SHARE));
        if self.error.is_some() || self.last.elapsed() >= due { Wish::Keep } else { Wish::GoOn }
    }

    fn keep_diverged(&mut self, best: Option<Vec<u8>>, records: &Records) -> Result<(), NotKept> {
        let best = best.map_or(Ok(()), |best| self.directory.write_whole(BEST, &best));
        best.and_then(|()| self.write_records(records)).map_err(|error| {
            self.error = Some(error);
            NotKept
        })
    }

    fn keep(&mut self, kept: Kept<'_>) -> Result<(), NotKept> {
        if self.error.is_some() {
            return Err(NotKept);
        }
        let started = Instant::now();
        let written = self.write(&kept);
        self.last = Instant::now();
        self.took = started.elapsed();
        written.map_err(|error| {
            self.error = Some(error);
            NotKept
        })
    }
}
