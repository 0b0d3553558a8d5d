//! The whole path: from data to a first, diagnosed network (notes, "Build your first system
//! quickly, then iterate").

mod judging;
mod record;

use std::{collections::HashMap, path::PathBuf};

use gapwise_data::{Split, Splits};
use gapwise_nn::{
    Device, DeviceChoice,
    model::{Fit, NetworkKind, NetworkSettings, fit},
    tasks::Answer,
    train::{EpochRule, Setup, TrainSettings, Watch, epochs_by_rule},
};
use gapwise_study::{
    baseline::BaselineReport,
    diagnosis::Diagnosis,
    run::{HistoryRow, RunDirectory, file},
};
use serde::Serialize;

use crate::{
    Error,
    config::{Config, ConfigError, Defaults, Effective},
    inspection::{Prepared, prepare},
    observe::{Event, Observer},
    trained::{BEST, LAST, TrainedRun, weights_error},
    worst::worst,
};
use judging::{baselines, judged, metric};
use record::{Clock, described, environment};

pub(crate) use judging::rows_of;
pub use record::Making;

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
}

impl Default for Options {
    fn default() -> Self {
        Options {
            runs: "runs".into(),
            out: None,
            device: DeviceChoice::Cpu,
            command: "gapwise::system::build".into(),
        }
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
    /// What it has to beat, and whether it does.
    pub baselines: Vec<BaselineReport>,
    /// What they say of the network, a sentence each (notes, "When to use deep learning").
    pub worth: Vec<String>,
}

/// Trains what `config` says, judges it and writes a run.
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

    let prepared = prepare(&config.data, &config.split)?;
    clock.phase("read");
    observer.tell(Event::Data(&prepared.summary));
    let counts = present(&prepared.splits);
    observer.tell(Event::Split { counts: &counts, rule: &prepared.rule });

    let inputs = &prepared.dataset.inputs;
    let defaults = Defaults::of(inputs, prepared.splits.count(Split::Train), config);
    let effective = Effective::new(config, &defaults, inputs)?;
    config.diagnosis.check(metric(&prepared.dataset).0)?;
    let written = effective.to_config(&prepared.dataset.reading).to_toml()?;
    let directory = match &options.out {
        Some(path) => RunDirectory::create_at(path)?,
        None => RunDirectory::create(&options.runs, &prepared.dataset.name)?,
    };
    write_inputs(&directory, &written, &prepared)?;

    let mut work = Work { prepared: &prepared, device: &device, observer };
    let linear = work.linear_baseline(&effective)?;
    clock.phase("train the linear baseline");
    let fitted = work.network(&effective, &defaults)?;
    clock.phase("train");
    write_model(&directory, &fitted)?;
    let mut summary = prepared.summary.clone();
    summary.notes.extend(fitted.notes.iter().cloned());
    directory.write_record(&summary)?;

    let model = &fitted.best;
    let dataset = &prepared.dataset;
    let judged = judged(model, &prepared, effective.train.seed)?;
    let table = &judged.table;
    let places: HashMap<&str, usize> =
        dataset.ids.iter().enumerate().map(|(place, id)| (id.as_str(), place)).collect();
    let worst = worst(table, inputs, |row| places.get(row.id.as_str()).copied());
    directory.write_predictions(table)?;
    directory.write_record(&worst)?;
    directory.write_record(&baselines(table, linear, &prepared)?)?;
    directory.write_record(&effective.differing(&defaults))?;
    directory.write_record(&Making {
        command: options.command.clone(),
        network: described(model, &effective.network),
        network_settings: effective.network.clone(),
        train_settings: effective.train.clone(),
        best_epoch: fitted.best_epoch,
        target: table.target.clone(),
        splits: counts,
        split_rule: prepared.rule.clone(),
        held_out: format!("{}/{}", dataset.fingerprint, prepared.splits.fingerprint()),
        train_sampled: judged.sampled,
        test_ready_made: dataset
            .ready_made
            .as_ref()
            .is_some_and(|ready_made| ready_made.contains(&Some(Split::Test))),
    })?;
    clock.phase("evaluate");
    directory.write_record(&environment(options, &effective, dataset, clock))?;

    let trained = TrainedRun::open(directory.path())?;
    trained.look(Split::Validation, "kept the best epoch")?;
    trained.finish()
}

/// How the linear baseline is trained. Its cost has one minimum and no hidden units to form, so
/// fewer epochs do than a network needs, and with one step an epoch the steps can be larger.
const LINEAR_EPOCHS: EpochRule = EpochRule { steps: 300, least: 5 };
const LINEAR_WHOLE_RATE: f64 = 3e-2;
const LINEAR_MINI_RATE: f64 = 1e-3;

/// What is done with the data on a device, and who is told.
struct Work<'a> {
    prepared: &'a Prepared,
    device: &'a Device,
    observer: &'a mut dyn Observer,
}

impl Work<'_> {
    /// The network that the settings describe.
    fn network(&mut self, effective: &Effective, defaults: &Defaults) -> Result<Fit, Error> {
        let kind = effective.network.kind;
        let reason = (kind == defaults.network.kind).then_some(defaults.reason.as_str());
        let described = match (kind, effective.network.hidden.as_slice()) {
            (NetworkKind::FeedForward, []) => "feed-forward without hidden layers".to_owned(),
            (NetworkKind::FeedForward, hidden) => format!("feed-forward, hidden {hidden:?}"),
            (NetworkKind::Conv, hidden) => {
                format!("conv, channels {:?}, hidden {hidden:?}", effective.network.channels)
            }
            (kind, _) => kind.as_str().to_owned(),
        };
        let (network, train) = (&effective.network, &effective.train);
        let fitted = self.fit(network, train, (&described, reason))?;
        for note in &fitted.notes {
            self.observer.tell(Event::Note(note));
        }
        Ok(fitted)
    }

    /// The linear baseline's answers on validation; `None` where the network is linear itself.
    fn linear_baseline(&mut self, effective: &Effective) -> Result<Option<Vec<Answer>>, Error> {
        let chosen = &effective.network;
        if chosen.kind == NetworkKind::FeedForward && chosen.hidden.is_empty() {
            return Ok(None);
        }
        let network = NetworkSettings::new(NetworkKind::FeedForward).with_hidden(Vec::new());
        let examples = self.prepared.splits.count(Split::Train);
        let batch = effective.train.batch;
        let train = TrainSettings {
            epochs: epochs_by_rule(examples, batch, LINEAR_EPOCHS),
            learning_rate: if batch >= examples { LINEAR_WHOLE_RATE } else { LINEAR_MINI_RATE },
            l2: 0.0,
            ..effective.train.clone()
        };
        let fitted = self.fit(&network, &train, ("linear baseline", None))?;
        let dataset = &self.prepared.dataset;
        let validation = self.prepared.splits.indices(Split::Validation);
        Ok(Some(fitted.best.answers(&dataset.inputs, &dataset.labels, &validation)?))
    }

    fn fit(
        &mut self,
        network: &NetworkSettings,
        train: &TrainSettings,
        (name, reason): (&str, Option<&str>),
    ) -> Result<Fit, Error> {
        let (metric, unit) = metric(&self.prepared.dataset);
        self.observer.tell(Event::Training {
            network: name,
            reason,
            epochs: train.epochs,
            examples: self.prepared.splits.count(Split::Train),
            metric,
            unit: &unit,
        });
        let mut watch = Told(self.observer);
        let setup = Setup { settings: train, device: self.device, watch: &mut watch };
        let fitted = fit(&self.prepared.dataset, &self.prepared.splits, network, setup)?;
        self.observer.tell(Event::Trained { best_epoch: fitted.best_epoch });
        Ok(fitted)
    }
}

/// Passes the loop's progress on.
struct Told<'a>(&'a mut dyn Observer);

impl Watch for Told<'_> {
    fn batch(&mut self, examples: usize) {
        self.0.tell(Event::Batch { examples });
    }

    fn epoch(&mut self, row: &HistoryRow) {
        self.0.tell(Event::Epoch(row));
    }
}

fn write_inputs(directory: &RunDirectory, config: &str, prepared: &Prepared) -> Result<(), Error> {
    directory.write_whole(file::CONFIG, config.as_bytes())?;
    directory.write_record(&prepared.summary)?;
    let ids = &prepared.dataset.ids;
    Ok(directory.write_whole_with(file::SPLIT, |to| prepared.splits.write_csv(ids, to))?)
}

fn write_model(directory: &RunDirectory, fitted: &Fit) -> Result<(), Error> {
    directory.write_record(fitted.best.record())?;
    for (name, model) in [(BEST, &fitted.best), (LAST, &fitted.last)] {
        let bytes =
            model.weights().map_err(|source| weights_error(directory.path(), name, source))?;
        directory.write_whole(name, &bytes)?;
    }
    Ok(directory.write_history(&fitted.history)?)
}

/// The splits that have examples.
pub(crate) fn present(splits: &Splits) -> Vec<(Split, usize)> {
    splits.counts().into_iter().filter(|(_, n)| *n > 0).collect()
}
