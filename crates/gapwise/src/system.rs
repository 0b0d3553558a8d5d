//! The whole path: from data to a first, diagnosed network (notes, "Build your first system
//! quickly, then iterate").
//!
//! It is four steps, each of which can be taken alone:
//!
//! ```text
//! Config ── prepare ──▶ Plan ── train ──▶ Trained ── judge ──▶ Judged ── publish ──▶ Outcome
//! ```
//!
//! [`build`] takes all four, and leaves checkpoints in the run while it trains. The first three write
//! nothing: a search prepares once, and trains and judges a thousand times.

mod changes;
mod judging;
mod keeping;
mod linear;
mod memory;
mod mend;
mod people;
mod plan;
mod publishing;
mod record;
mod step;
mod streams;
mod training;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use gapwise_data::Note;
use gapwise_nn::DeviceChoice;
use gapwise_study::{
    baseline::BaselineReport,
    diagnosis::{Diagnosis, JudgedBy},
    run::{Record, RunDirectory, file},
    taken::TakenStep,
};
use serde::Serialize;

use crate::{
    Error,
    comparing::RunsCompared,
    config::Config,
    measure::Measuring,
    observe::{Event, Observer},
    pretrained::{Weights, WeightsRecord},
    trained::TrainedRun,
};
use mend::Mend;
use plan::read;
use publishing::{Beginning, Run};
use record::{Clock, Diverged};

/// The first record of a run.
pub(crate) const START: &str = <Start as Record>::FILE;
/// The record of a run that diverged.
pub(crate) const DIVERGED: &str = <Diverged as Record>::FILE;

pub use judging::{Baselines, Judged, judge};
pub(crate) use judging::{Units, rows_of};
pub(crate) use plan::present;
pub use plan::{Plan, prepare};
pub use publishing::publish;
pub use record::RunRecord;
pub(crate) use record::Start;
pub(crate) use step::{FIND_LEARNING_RATE, parent_of};
pub use training::{Trained, train};

/// Where a run goes and where it is computed.
#[derive(Debug, Clone)]
pub struct Options {
    /// Folder of the runs. Default `runs`.
    pub runs: PathBuf,
    /// Directory of this run. Default: the data's name and the first free number, in `runs`.
    pub out: Option<PathBuf>,
    /// Device. Default the processor.
    pub device: DeviceChoice,
    /// Shortest time between two checkpoints of a training. Default 5 seconds; writing them takes
    /// at most a twentieth of the time in any case.
    pub checkpoint_every: Duration,
    /// Where the learning rate comes from. Default the settings.
    pub learning_rate: LearningRate,
    /// The run that this one takes a step from. Default none.
    pub from: Option<StepFrom>,
}

/// Where a step starts, and what was typed for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepFrom {
    /// The run that the step starts from.
    pub run: PathBuf,
    /// Each `KEY=VALUE` that was typed over that run's settings.
    pub sets: Vec<String>,
}

/// Where the learning rate comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LearningRate {
    /// From the settings.
    AsSet,
    /// From a range test before training.
    Found,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            runs: "runs".into(),
            out: None,
            device: DeviceChoice::Cpu,
            checkpoint_every: Duration::from_secs(5),
            learning_rate: LearningRate::AsSet,
            from: None,
        }
    }
}

impl Options {
    /// How machine figures are measured.
    fn measuring(&self) -> Measuring {
        Measuring { device: self.device }
    }
}

/// A finished run.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// Its directory.
    pub run: PathBuf,
    /// Its report.
    pub report: PathBuf,
    /// The network in a line.
    pub network: String,
    /// Its gap ladder.
    pub diagnosis: Diagnosis,
    /// Every metric that fits, on each split that was looked at.
    pub metrics: Vec<JudgedBy>,
    /// The steps that were taken on the same data and split, and what they did.
    pub taken: Vec<TakenStep>,
    /// The comparison with another run, where one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub against: Option<RunsCompared>,
    /// What it has to beat, and whether it does.
    pub baselines: Vec<BaselineReport>,
    /// What they say of the network, a sentence each (notes, "When to use deep learning").
    pub worth: Vec<String>,
    /// What is to be known of the run's files, and of the ledger beside it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

/// Trains what `config` says, judges it and writes a run.
///
/// The run's directory has its first files from the beginning, and checkpoints as training goes on:
/// [`resume`] goes on with it after whatever ended it.
///
/// # Errors
///
/// [`Error`], of which [`Error::fault`] says whether the input is to be mended.
pub fn build(
    config: &Config,
    options: &Options,
    observer: &mut dyn Observer,
) -> Result<Outcome, Error> {
    if let Some(out) = &options.out {
        RunDirectory::check_free(out)?;
    }
    let device = options.device.open()?;
    let mut clock = Clock::default();
    let mut plan = prepare(config, observer)?;
    clock.phase("read");
    let (parent, notes) = parent(options, plan.weights.as_deref());
    notes.iter().for_each(|note| observer.tell(Event::Note(note)));
    // What does not fit in memory, and weights that do not fit, are told before there is a run.
    plan.check(options.device, &device)?;
    let range_test = match options.learning_rate {
        LearningRate::AsSet => None,
        LearningRate::Found => {
            let found = training::find_learning_rate(&plan, &device, observer)?;
            plan.effective.train.learning_rate = found.taken;
            clock.phase("find the learning rate");
            Some(found)
        }
    };
    let run = Run::begin(plan, options, Beginning { parent, range_test }, observer)?;
    run.carry_out(&device, clock, observer)
}

/// Whether a run is finished, with all of its files as it wrote them: [`resume`] leaves it as it is.
///
/// # Errors
///
/// As [`resume`], where a damaged file cannot be made again.
pub fn is_whole(run: &Path) -> Result<bool, Error> {
    Ok(Mend::of(run)?.is_none())
}

/// Goes on with a run that was killed, stopped or ran out of disk, and ends it with the same bits
/// as if nothing had happened. A finished run is left as it is, but for files that are damaged or
/// missing: what follows from data, settings and the checkpoint is made again.
///
/// Of `options`, the device and the time between checkpoints count; another device may give other
/// bits.
///
/// # Errors
///
/// As [`build`]; [`Error::DataChanged`] and [`Error::SettingsChanged`] where data or settings are not
/// what they were, [`Error::HasDiverged`] where there is nothing to go on from; [`Error::Run`] where a
/// damaged file cannot be made again.
pub fn resume(
    run: &Path,
    options: &Options,
    observer: &mut dyn Observer,
) -> Result<Outcome, Error> {
    let Some(mut mend) = Mend::of(run)? else {
        return TrainedRun::open(run)?.finished();
    };
    let directory = mend.directory.clone();
    if let Ok(Diverged { said, hint }) = directory.record() {
        return Err(Error::HasDiverged { run: run.to_owned(), said, hint });
    }
    let lock = directory.lock()?;
    let (config, start) = mend.begin()?;
    let device = options.device.open()?;
    let mut clock = Clock::default();
    let weights = Weights::of(&config)?;
    if let Some(weights) = &weights
        && directory.record::<WeightsRecord>().is_ok_and(|began| !weights.is(&began))
    {
        return Err(Error::WeightsChanged { path: weights.path().into(), run: run.to_owned() });
    }
    let prepared = read(&config, start.notes.as_deref(), observer)?;
    clock.phase("read");
    if prepared.dataset.fingerprint != start.data {
        return Err(Error::DataChanged {
            data: config.data.path,
            run: run.to_owned(),
            expected: start.data,
            found: prepared.dataset.fingerprint,
        });
    }
    let plan = Plan::with_weights(prepared.into(), &config, weights.map(Into::into))?;
    mend.first_files((&start, &plan.prepared), plan.effective.differing(&plan.defaults))?;
    mend.notes().iter().for_each(|note| observer.tell(Event::Note(note)));
    if mend.is_done() {
        let trained = TrainedRun::open(run)?;
        if !directory.file(file::REPORT).is_file() {
            step::score(&trained)?;
        }
        return trained.finish();
    }
    plan.check(options.device, &device)?;
    let made_before = mend.into_before();
    Run { directory, lock, options, plan, config, start, made_before }
        .carry_out(&device, clock, observer)
}

/// The run that a step is taken from, and what is to be said of it. Where its records are damaged its
/// settings are taken all the same, and that is said: what can be trained anew has to be possible.
fn parent(options: &Options, weights: Option<&Weights>) -> (Option<TrainedRun>, Vec<Note>) {
    let Some(from) = &options.from else { return (None, Vec::new()) };
    let mut notes: Vec<Note> =
        weights.and_then(|weights| changed(&from.run, weights)).into_iter().collect();
    let opened = TrainedRun::open(&from.run).and_then(|run| {
        run.identity()?;
        Ok(run)
    });
    match opened {
        Ok(run) => {
            notes.extend_from_slice(run.notes());
            (Some(run), notes)
        }
        Err(error) => {
            let said = format!("this is no step from another run, since {error}");
            notes.push(Note { said, change_with: None });
            (None, notes)
        }
    }
}

/// Tells that `run` began with other weights of the same name.
fn changed(run: &Path, weights: &Weights) -> Option<Note> {
    let before = TrainedRun::open(run).ok()?;
    let began: WeightsRecord = before.directory().record().ok()?;
    let same = before.config().network.weights.as_deref() == Some(weights.path());
    (same && !weights.is(&began)).then(|| Note {
        said: format!(
            "`{}` is not what `{}` began with: its bytes are others",
            weights.path().display(),
            run.display()
        ),
        change_with: None,
    })
}
