//! The whole path: from data to a first, diagnosed network (notes, "Build your first system
//! quickly, then iterate").

mod changes;
mod judging;
mod keeping;
mod linear;
mod memory;
mod mend;
mod people;
mod record;
mod step;
mod streams;
mod work;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    time::Duration,
};

use gapwise_data::{Note, Split, Splits, wording::counted};
use gapwise_nn::DeviceChoice;
use gapwise_study::{
    baseline::BaselineReport,
    diagnosis::{DiagnoseError, Diagnosis, JudgedBy},
    run::{Record, RunDirectory, RunError, RunLock, file},
    taken::TakenStep,
};
use serde::Serialize;

use crate::{
    Error,
    comparing::RunsCompared,
    config::{Config, ConfigError, Defaults, Effective, check_defined, target},
    inspection::{Prepared, prepare},
    measure::Measuring,
    observe::{Event, Observer},
    pretrained::{Weights, WeightsRecord},
    trained::{HUMAN, TrainedRun, keeping_answers},
    worst::worst,
};
use changes::Recorder;
use judging::{baselines, judged};
use mend::{MadeBefore, Mend};
use people::people;
use record::{Clock, Diverged, described, environment};
use work::{Kept, Work};

/// The first record of a run.
pub(crate) const START: &str = <Start as Record>::FILE;
/// The record of a run that diverged.
pub(crate) const DIVERGED: &str = <Diverged as Record>::FILE;

pub(crate) use judging::{Units, rows_of};
pub use record::RunRecord;
pub(crate) use record::Start;
pub(crate) use step::{FIND_LEARNING_RATE, parent_of};

/// Where a run goes and where it is computed.
#[derive(Debug, Clone)]
pub struct Options {
    /// Folder of the runs. Default `runs`.
    pub runs: PathBuf,
    /// Directory of this run. Default: the data's name and the first free number, in `runs`.
    pub out: Option<PathBuf>,
    /// Device. Default the processor.
    pub device: DeviceChoice,
    /// The command that asks for it, for the report.
    pub command: String,
    /// Shortest time between two checkpoints of a training. Default 5 seconds; writing them takes
    /// at most a twentieth of the time in any case.
    pub checkpoint_every: Duration,
    /// Where the learning rate comes from. Default the settings.
    pub learning_rate: LearningRate,
    /// The `gapwise` command's own file. A process of it is started where a constraint is on peak
    /// memory; without it, that cannot be told. Default none.
    pub program: Option<PathBuf>,
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
            command: "gapwise::system::build".into(),
            checkpoint_every: Duration::from_secs(5),
            learning_rate: LearningRate::AsSet,
            program: None,
            from: None,
        }
    }
}

impl Options {
    /// How machine figures are measured.
    fn measuring(&self) -> Measuring {
        Measuring { device: self.device, program: self.program.clone() }
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
    if config.data.path.as_os_str().is_empty() {
        return Err(ConfigError::NoData.into());
    }
    if let Some(out) = &options.out {
        RunDirectory::check_free(out)?;
    }
    let device = options.device.open()?;
    let mut clock = Clock::default();
    let weights = Weights::of(config)?;
    let (config, mut notes) = suggested(config, weights.as_ref());
    notes.extend(options.from.as_ref().and_then(|from| changed(&from.run, weights.as_ref()?)));
    if let Some(changes) = config.train.changes.as_ref().filter(|changes| !changes.is_empty()) {
        let again = counted(changes.len(), "change");
        notes.push(Note {
            said: format!("`train.changes` has {again} on the way, made again"),
            change_with: Some("--set train.changes=[]".into()),
        });
    }
    let parent = parent(options, &mut notes);
    let prepared = prepared(&config, &mut clock, (observer, None))?;
    notes.iter().for_each(|note| observer.tell(Event::Note(note)));
    let (mut effective, defaults) = checked(&config, &prepared)?;

    let (metric, weights) = (effective.judging.metric, weights.as_ref());
    let mut work = Work { prepared: &prepared, device: &device, metric, weights, observer };
    memory::check(&effective, &prepared, options.device)?;
    // Weights that do not fit are told before there is a run.
    work.check_weights(&effective)?;
    let range_test = match options.learning_rate {
        LearningRate::AsSet => None,
        LearningRate::Found => {
            let found = work.find_learning_rate(&effective)?;
            effective.train.learning_rate = found.taken;
            clock.phase("find the learning rate");
            Some(found)
        }
    };
    let typed = effective.to_config(&prepared.dataset.reading);
    let human = people(&typed.diagnosis, effective.judging.metric, &prepared)?;
    let first: Vec<Note> = first_notes(&effective, weights).collect();
    let (directory, config, start) = loop {
        let path = match &options.out {
            Some(path) => path.clone(),
            None => RunDirectory::free(&options.runs, &prepared.dataset.name),
        };
        let mut config = typed.clone();
        let copies = streams::copies(&mut config.data, &path)?;
        if !copies.is_empty() {
            effective.data = config.data.clone();
        }
        let notes = prepared.summary.notes.iter().chain(&first).cloned().collect();
        let start = step::start((options, parent.as_ref()), &config, (&prepared, notes))?;
        let start = Start { differing: Some(effective.differing(&defaults)), ..start };
        let written = keeping_answers(config.clone()).to_toml()?;
        let write = |run: &RunDirectory| -> Result<(), Error> {
            run.write_record(&start)?;
            for copy in &copies {
                run.write_whole(&copy.file, &copy.bytes)?;
            }
            if let Some(answers) = &human {
                run.write_whole(HUMAN, answers)?;
            }
            run.write_record(&effective.differing(&defaults))?;
            if let Some(range_test) = &range_test {
                run.write_record(range_test)?;
            }
            let ids = &prepared.dataset.ids;
            run.write_whole_with(file::SPLIT, |to| prepared.splits.write_csv(ids, to))?;
            Ok(run.write_whole(file::CONFIG, written.as_bytes())?)
        };
        match RunDirectory::create_at(&path, write) {
            // Another process was faster.
            Err(Error::Run(RunError::Taken { .. })) if options.out.is_none() => {}
            made => {
                copies.iter().for_each(|copy| work.observer.tell(Event::Note(&copy.note)));
                break (made?, config, start);
            }
        }
    };
    first.iter().for_each(|note| work.observer.tell(Event::Note(note)));
    let reason = reason(&effective, defaults);
    let begun = Begun { config, start, made_before: None };
    let lock = directory.lock()?;
    Run { directory, lock, options, prepared: &prepared, effective, reason, begun }
        .carry_out(work, clock)
}

/// The run that a step is taken from. Where its records are damaged its settings are taken all the
/// same, and that is said: what can be trained anew has to be possible.
fn parent(options: &Options, notes: &mut Vec<Note>) -> Option<TrainedRun> {
    let from = options.from.as_ref()?;
    let opened = TrainedRun::open(&from.run).and_then(|run| {
        run.identity()?;
        Ok(run)
    });
    match opened {
        Ok(run) => {
            notes.extend_from_slice(run.notes());
            Some(run)
        }
        Err(error) => {
            let said = format!("this is no step from another run, since {error}");
            notes.push(Note { said, change_with: None });
            None
        }
    }
}

/// What was chosen for training by convention.
fn first_notes<'a>(
    effective: &'a Effective,
    weights: Option<&'a Weights>,
) -> impl Iterator<Item = Note> {
    let rule = effective.transfer.iter().flat_map(|transfer| transfer.note.clone());
    let of_weights = weights.into_iter().flat_map(Weights::notes);
    effective.judging.note.clone().into_iter().chain(of_weights).chain(rule)
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
    let prepared = prepared(&config, &mut clock, (observer, start.notes.as_deref()))?;
    if prepared.dataset.fingerprint != start.data {
        return Err(Error::DataChanged {
            data: config.data.path,
            run: run.to_owned(),
            expected: start.data,
            found: prepared.dataset.fingerprint,
        });
    }
    let (effective, defaults) = checked(&config, &prepared)?;
    mend.first_files((&start, &prepared), effective.differing(&defaults))?;
    mend.notes().iter().for_each(|note| observer.tell(Event::Note(note)));
    if mend.is_done() {
        let trained = TrainedRun::open(run)?;
        if !directory.file(file::REPORT).is_file() {
            step::score(&trained)?;
        }
        return trained.finish();
    }
    memory::check(&effective, &prepared, options.device)?;
    let made_before = mend.into_before();
    let options = &Options { command: start.command.clone(), ..options.clone() };
    let (metric, weights) = (effective.judging.metric, weights.as_ref());
    let work = Work { prepared: &prepared, device: &device, metric, weights, observer };
    let reason = reason(&effective, defaults);
    let begun = Begun { config, start, made_before };
    Run { directory, lock, options, prepared: &prepared, effective, reason, begun }
        .carry_out(work, clock)
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

/// The configuration with what the weights suggest, where there are some.
fn suggested(config: &Config, weights: Option<&Weights>) -> (Config, Vec<Note>) {
    weights.map_or_else(|| (config.clone(), Vec::new()), |weights| weights.suggest(config))
}

fn prepared(
    config: &Config,
    clock: &mut Clock,
    (observer, notes): (&mut dyn Observer, Option<&[Note]>),
) -> Result<Prepared, Error> {
    let mut prepared = prepare(&config.data, &config.split)?;
    // Of the configuration of a run nothing is guessed any more: what was, its beginning knows.
    if let Some(notes) = notes {
        prepared.summary.notes = notes.to_vec();
    }
    clock.phase("read");
    observer.tell(Event::Data(&prepared.summary));
    let counts = present(&prepared.splits);
    observer.tell(Event::Split { counts: &counts, rule: &prepared.rule });
    Ok(prepared)
}

fn checked(config: &Config, prepared: &Prepared) -> Result<(Effective, Defaults), Error> {
    let Prepared { dataset, splits, .. } = prepared;
    let defaults = Defaults::of(dataset, splits, config);
    let effective = Effective::new(config, &defaults, (dataset, splits))?;
    let metric = effective.judging.metric;
    config.diagnosis.check(metric.kind)?;
    check_weights(prepared)?;
    check_defined(metric, dataset, splits)?;
    config.metric.constraints(&target(dataset))?;
    Ok((effective, defaults))
}

/// Refuses a split of which no example counts: its error could not be told.
fn check_weights(prepared: &Prepared) -> Result<(), DiagnoseError> {
    let Some(weights) = &prepared.dataset.weights else { return Ok(()) };
    for split in Split::ALL {
        let examples = prepared.splits.indices(split);
        if !examples.is_empty() && examples.iter().all(|&example| weights[example] == 0.0) {
            return Err(DiagnoseError::NoWeight { split, examples: examples.len() });
        }
    }
    Ok(())
}

fn reason(effective: &Effective, defaults: Defaults) -> Option<String> {
    (effective.network.kind == defaults.network.kind).then_some(defaults.reason)
}

/// A run whose first files are there.
struct Run<'a> {
    directory: RunDirectory,
    lock: RunLock,
    options: &'a Options,
    prepared: &'a Prepared,
    effective: Effective,
    /// Why the network suits, where a person did not choose it.
    reason: Option<String>,
    begun: Begun,
}

/// What a run began with, as its files say.
struct Begun {
    config: Config,
    start: Start,
    /// What it was, where it was finished before and is made again.
    made_before: Option<MadeBefore>,
}

impl Run<'_> {
    /// From the last checkpoint, or the beginning, to the report.
    fn carry_out(self, mut work: Work<'_>, mut clock: Clock) -> Result<Outcome, Error> {
        let Run { directory, lock: _lock, options, prepared, mut effective, reason, begun } = self;
        directory.sweep();
        let Begun { config, start, made_before } = begun;
        work.observer.tell(Event::Begun { run: directory.path() });
        let held_out = held_out(prepared);
        let notes = start.notes.clone();
        let notes = notes.unwrap_or_else(|| mend::notes_of(&directory, prepared));
        let mut recorder = Recorder { directory: &directory, config, start, held_out };
        recorder.put_right()?;
        let kept = Kept {
            directory: &directory,
            every: options.checkpoint_every,
            reason: reason.as_deref(),
            notes,
            recorder: &mut recorder,
        };
        let fitted = work.network(&effective, kept)?;
        clock.phase("train");
        clock.at_least("train", fitted.records.timing.iter().map(|epoch| epoch.seconds).sum());
        effective.train.changes = recorder.changes().to_vec();
        work.observer.tell(Event::Judging { run: directory.path() });
        let linear = work.linear_baseline(&effective, directory.path())?;
        clock.phase("train the linear baseline");

        let model = &fitted.best;
        let dataset = &prepared.dataset;
        let mut judged = judged(model, prepared, effective.train.seed)?;
        if made_before.as_ref().is_some_and(|before| before.test) {
            let test = prepared.splits.indices(Split::Test);
            judged.table.rows.extend(rows_of(model, dataset, &test, Split::Test)?);
        }
        let table = &judged.table;
        let places: HashMap<&str, usize> =
            dataset.ids.iter().enumerate().map(|(place, id)| (id.as_str(), place)).collect();
        let worst = worst(table, &dataset.inputs, |row| places.get(row.id.as_str()).copied())?;
        directory.write_predictions(table)?;
        directory.write_record(&worst)?;
        directory.write_record(&baselines(effective.judging.metric, table, (linear, prepared))?)?;
        directory.write_record(&RunRecord {
            command: options.command.clone(),
            network: described(model, &effective.network),
            network_settings: effective.network.clone(),
            train_settings: effective.train.clone(),
            best_epoch: fitted.best_epoch,
            target: table.target.clone(),
            splits: present(&prepared.splits),
            split_rule: prepared.rule.clone(),
            held_out: recorder.held_out,
            train_sampled: judged.sampled,
            test_ready_made: dataset
                .ready_made
                .as_ref()
                .is_some_and(|ready_made| ready_made.contains(&Some(Split::Test))),
            train_from_elsewhere: dataset.train_from.is_some(),
            time_blocks: dataset.times.is_some(),
        })?;
        clock.phase("evaluate");
        let mut environment = environment(options, &effective, dataset, clock);
        if let Some(before) = &made_before {
            before.keep_seconds(&mut environment);
        }
        directory.write_record(&environment)?;

        let trained = TrainedRun::open(directory.path())?;
        trained.look_once(Split::Validation, "kept the best epoch")?;
        trained.measure(&options.measuring())?;
        step::score(&trained)?;
        let mut outcome = trained.finish()?;
        directory.seal()?;
        if let Some(before) = made_before {
            if before.test {
                directory.remember_test()?;
            }
            outcome.notes.extend(before.differences(&directory)?);
        }
        Ok(outcome)
    }
}

/// Fingerprint of what is held out: the labels of all examples in their order, and the split. What
/// the network reads of an example (columns left out, image sizes) does not change it, since looks
/// at the same examples use them up all the same.
fn held_out(prepared: &Prepared) -> String {
    let mut hasher = blake3::Hasher::new();
    let (dataset, target) = (&prepared.dataset, target(&prepared.dataset));
    for truth in (0..dataset.len()).filter_map(|at| target.truth(&dataset.labels, at)) {
        target.hash(&truth, &mut hasher);
    }
    format!("{}/{}", hasher.finalize().to_hex(), prepared.splits.fingerprint())
}

/// The splits that have examples.
pub(crate) fn present(splits: &Splits) -> Vec<(Split, usize)> {
    splits.counts().into_iter().filter(|(_, n)| *n > 0).collect()
}
