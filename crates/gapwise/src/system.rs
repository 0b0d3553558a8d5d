//! The whole path: from data to a first, diagnosed network (notes, "Build your first system
//! quickly, then iterate").

mod changes;
mod judging;
mod keeping;
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

use gapwise_data::{Labels, Note, Split, Splits, wording::counted};
use gapwise_nn::DeviceChoice;
use gapwise_study::{
    baseline::BaselineReport,
    compare::Change,
    diagnosis::{DiagnoseError, Diagnosis, JudgedBy},
    run::{Record, RunDirectory, file},
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
use people::people;
use record::{Clock, Diverged, Start, described, environment};
use work::{Kept, Work};

/// The first record of a run.
pub(crate) const START: &str = <Start as Record>::FILE;
/// The record of a run that diverged.
pub(crate) const DIVERGED: &str = <Diverged as Record>::FILE;

pub(crate) use judging::{Units, rows_of};
pub use record::Making;
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
    let prepared = prepared(&config, &mut clock, observer)?;
    notes.iter().for_each(|note| observer.tell(Event::Note(note)));
    let (mut effective, defaults) = checked(&config, &prepared)?;

    let (metric, weights) = (effective.judging.metric, weights.as_ref());
    let mut work = Work { prepared: &prepared, device: &device, metric, weights, observer };
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
    let mut config = effective.to_config(&prepared.dataset.reading);
    let human = people(&config.diagnosis, effective.judging.metric, &prepared)?;
    let mut start = step::start(options, &config, &prepared)?;
    let mut written = keeping_answers(config.clone()).to_toml()?;
    let directory = match &options.out {
        Some(path) => RunDirectory::create_at(path)?,
        None => RunDirectory::create(&options.runs, &prepared.dataset.name)?,
    };
    let copies = streams::copies(&mut config.data, directory.path())?;
    if !copies.is_empty() {
        effective.data = config.data.clone();
        start = step::start(options, &config, &prepared)?;
        written = keeping_answers(config.clone()).to_toml()?;
        copies.iter().for_each(|copy| work.observer.tell(Event::Note(&copy.note)));
    }
    directory.begin(|first| -> Result<(), Error> {
        first.write_record(&start)?;
        for copy in &copies {
            first.write_whole(&copy.file, &copy.bytes)?;
        }
        if let Some(answers) = &human {
            first.write_whole(HUMAN, answers)?;
        }
        first.write_record(&effective.differing(&defaults))?;
        if let Some(range_test) = &range_test {
            first.write_record(range_test)?;
        }
        let ids = &prepared.dataset.ids;
        first.write_whole_with(file::SPLIT, |to| prepared.splits.write_csv(ids, to))?;
        Ok(first.write_whole(file::CONFIG, written.as_bytes())?)
    })?;
    let reason = reason(&effective, defaults);
    let begun = Begun { config, start };
    Run { directory, options, prepared: &prepared, effective, reason, begun }.carry_out(work, clock)
}

/// Goes on with a run that was killed, stopped or ran out of disk, and ends it with the same bits
/// as if nothing had happened. A finished run is left as it is.
///
/// Of `options`, the device and the time between checkpoints count; another device may give other
/// bits.
///
/// # Errors
///
/// As [`build`]; [`Error::DataChanged`] and [`Error::SettingsChanged`] where data or settings are not
/// what they were, [`Error::HasDiverged`] where there is nothing to go on from.
pub fn resume(
    run: &Path,
    options: &Options,
    observer: &mut dyn Observer,
) -> Result<Outcome, Error> {
    let trained = TrainedRun::open(run)?;
    if trained.is_finished() {
        return trained.finished();
    }
    let directory = RunDirectory::open(run)?;
    if let Ok(Diverged { said, hint }) = directory.record() {
        return Err(Error::HasDiverged { run: run.to_owned(), said, hint });
    }
    let start: Start = directory.record()?;
    let config = Config::read(&trained.config_file(), &[])?;
    let changed = config.changes_since(&start.settings)?;
    if !changed.is_empty() {
        let changed = changed.iter().map(Change::said).collect();
        return Err(Error::SettingsChanged { run: run.to_owned(), changed });
    }
    let device = options.device.open()?;
    let mut clock = Clock::default();
    let weights = Weights::of(&config)?;
    if let Some(weights) = &weights
        && directory.record::<WeightsRecord>().is_ok_and(|began| !weights.is(&began))
    {
        return Err(Error::WeightsChanged { path: weights.path().into(), run: run.to_owned() });
    }
    let prepared = prepared(&config, &mut clock, observer)?;
    if prepared.dataset.fingerprint != start.data {
        return Err(Error::DataChanged {
            data: config.data.path,
            run: run.to_owned(),
            expected: start.data,
            found: prepared.dataset.fingerprint,
        });
    }
    let (effective, defaults) = checked(&config, &prepared)?;
    let options = &Options { command: start.command.clone(), ..options.clone() };
    let (metric, weights) = (effective.judging.metric, weights.as_ref());
    let work = Work { prepared: &prepared, device: &device, metric, weights, observer };
    let reason = reason(&effective, defaults);
    let begun = Begun { config, start };
    Run { directory, options, prepared: &prepared, effective, reason, begun }.carry_out(work, clock)
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
    observer: &mut dyn Observer,
) -> Result<Prepared, Error> {
    let prepared = prepare(&config.data, &config.split)?;
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
}

impl Run<'_> {
    /// From the last checkpoint, or the beginning, to the report.
    fn carry_out(self, mut work: Work<'_>, mut clock: Clock) -> Result<Outcome, Error> {
        let Run { directory, options, prepared, mut effective, reason, begun } = self;
        let _lock = directory.lock()?;
        directory.sweep();
        let Begun { config, start } = begun;
        let held_out = held_out(prepared);
        let mut recorder = Recorder { directory: &directory, config, start, held_out };
        recorder.put_right()?;
        let kept = Kept {
            directory: &directory,
            every: options.checkpoint_every,
            reason: reason.as_deref(),
            recorder: &mut recorder,
        };
        let fitted = work.network(&effective, kept)?;
        clock.phase("train");
        effective.train.changes = recorder.changes().to_vec();
        let linear = work.linear_baseline(&effective, directory.path())?;
        clock.phase("train the linear baseline");

        let model = &fitted.best;
        let dataset = &prepared.dataset;
        let judged = judged(model, prepared, effective.train.seed)?;
        let table = &judged.table;
        let places: HashMap<&str, usize> =
            dataset.ids.iter().enumerate().map(|(place, id)| (id.as_str(), place)).collect();
        let worst = worst(table, &dataset.inputs, |row| places.get(row.id.as_str()).copied())?;
        directory.write_predictions(table)?;
        directory.write_record(&worst)?;
        directory.write_record(&baselines(effective.judging.metric, table, (linear, prepared))?)?;
        directory.write_record(&Making {
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
        directory.write_record(&environment(options, &effective, dataset, clock))?;

        let trained = TrainedRun::open(directory.path())?;
        trained.look_once(Split::Validation, "kept the best epoch")?;
        trained.measure(&options.measuring())?;
        step::score(&trained)?;
        trained.finish()
    }
}

/// Fingerprint of what is held out: the labels of all examples in their order, and the split. What
/// the network reads of an example (columns left out, image sizes) does not change it, since looks
/// at the same examples use them up all the same.
fn held_out(prepared: &Prepared) -> String {
    let mut hasher = blake3::Hasher::new();
    match &prepared.dataset.labels {
        Labels::Classes { names, of } => {
            for &class in of {
                let name = names.get(class as usize).map_or("", String::as_str);
                hasher.update(name.as_bytes()).update(b"\n");
            }
        }
        Labels::Numbers(numbers) => {
            for number in numbers {
                hasher.update(&number.to_bits().to_le_bytes());
            }
        }
    }
    format!("{}/{}", hasher.finalize().to_hex(), prepared.splits.fingerprint())
}

/// The splits that have examples.
pub(crate) fn present(splits: &Splits) -> Vec<(Split, usize)> {
    splits.counts().into_iter().filter(|(_, n)| *n > 0).collect()
}
