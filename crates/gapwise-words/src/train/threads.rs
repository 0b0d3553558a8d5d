//! Chunks handed out to threads.

use std::{
    ops::Range,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::WordsError;

/// How far a training is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// The epoch that goes on, from 1.
    pub epoch: usize,
    /// Of so many.
    pub epochs: usize,
    /// Words, or co-occurrences for GloVe, that were trained on, over all epochs.
    pub done: u64,
    /// Of so many.
    pub total: u64,
    /// The mean loss of a prediction in this epoch, from one window in sixteen; of a co-occurrence for
    /// GloVe. `None` where none was looked at yet.
    pub loss: Option<f64>,
}

/// The mean of `count` numbers.
pub(crate) fn mean(sum: f64, count: u64) -> Option<f64> {
    (count > 0).then(|| sum / count as f64)
}

/// Who is told how the work goes on, and may end it.
pub trait Observer: Send {
    /// CorpusReport after each of the stretches that threads work on, of milliseconds; `false` asks for the end.
    fn progress(&mut self, progress: Progress) -> bool;

    /// CorpusReport of a checkpoint that could not be written; the one before it, or none, is left.
    fn unkept(&mut self, error: &WordsError) {
        let _ = error;
    }
}

/// Nobody.
impl Observer for () {
    fn progress(&mut self, _: Progress) -> bool {
        true
    }
}

/// How a round ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Every chunk is done.
    Done,
    /// It took as long as it may; the chunks before this one are done.
    Paused(u64),
    /// The observer asked for the end; the chunks before this one are done.
    Stopped(u64),
}

/// Chunks that are handed out in order.
#[derive(Debug, Clone)]
pub(crate) struct Round {
    pub(crate) chunks: Range<u64>,
    pub(crate) threads: usize,
    pub(crate) longest: Option<Duration>,
}

impl Round {
    /// Does `work` on each chunk, with a buffer of the thread's own, and tells `tell` the number of the
    /// next chunk and what this one came to.
    ///
    /// A chunk that was handed out is finished, so that those that are done have no hole.
    pub(crate) fn run<T, B: Default>(
        &self,
        work: impl Fn(u64, &mut B) -> Result<T, WordsError> + Sync,
        tell: impl FnMut(u64, T) -> bool + Send,
    ) -> Result<Turn, WordsError> {
        let next = AtomicU64::new(self.chunks.start);
        let (paused, stopped) = (AtomicBool::new(false), AtomicBool::new(false));
        let failed: Mutex<Option<WordsError>> = Mutex::new(None);
        let begun = Instant::now();
        let told = Mutex::new(tell);
        let one_thread = || {
            let mut buffer = B::default();
            while !paused.load(Ordering::Relaxed) && !stopped.load(Ordering::Relaxed) {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= self.chunks.end {
                    return;
                }
                let found = match work(number, &mut buffer) {
                    Ok(found) => found,
                    Err(error) => {
                        *locked(&failed) = Some(error);
                        stopped.store(true, Ordering::Relaxed);
                        return;
                    }
                };
                let now = next.load(Ordering::Relaxed).min(self.chunks.end);
                if !(*locked(&told))(now, found) {
                    stopped.store(true, Ordering::Relaxed);
                }
                if self.longest.is_some_and(|longest| begun.elapsed() >= longest) {
                    paused.store(true, Ordering::Relaxed);
                }
            }
        };
        if self.threads == 1 {
            one_thread();
        } else {
            thread::scope(|scope| {
                for _ in 1..self.threads {
                    // Where the system gives no more, those that there are do the work.
                    if thread::Builder::new().spawn_scoped(scope, one_thread).is_err() {
                        break;
                    }
                }
                one_thread();
            });
        }
        if let Some(error) = locked(&failed).take() {
            return Err(error);
        }
        let next = next.into_inner().min(self.chunks.end);
        Ok(match (next == self.chunks.end, stopped.into_inner()) {
            (_, true) => Turn::Stopped(next),
            (true, false) => Turn::Done,
            (false, false) => Turn::Paused(next),
        })
    }
}

/// What a thread that panicked held is whole: nothing is written in between.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
