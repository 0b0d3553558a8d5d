//! The whole path: from data to a first, diagnosed network (notes, "Build your first system
//! quickly, then iterate").

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    time::Instant,
};

use gapwise_data::{Dataset, Labels, Split, Splits};
use gapwise_nn::{
    Device, DeviceChoice,
    model::{Fit, Model, NetworkKind, NetworkSettings, fit},
    tasks::Answer,
    train::{EpochRule, Setup, TrainSettings, Watch, epochs_by_rule},
};
use gapwise_study::{
    baseline::{BaselineReport, Majority, Mean, compare},
    diagnosis::Diagnosis,
    metric::MetricKind,
    predictions::{PredictionRow, PredictionTable, Target},
    run::{Environment, HistoryRow, Record, RunDirectory, file},
};
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::{
    Error,
    config::{Config, ConfigError, Defaults, Effective},
    inspection::{Prepared, prepare},
    observe::{Event, Observer},
    trained::{BEST, LAST, TrainedRun, weights_error},
    worst::worst,
};

/// Above this many training examples the train error is estimated from a sample of as many.
pub const TRAIN_ROWS: usize = 50_000;

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

/// How a run came to be: `run.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Making {
    /// The command that made it.
    pub command: String,
    /// The network in a line.
    pub network: String,
    /// Its settings.
    pub network_settings: NetworkSettings,
    /// The settings of its training.
    pub train_settings: TrainSettings,
    /// The epoch whose weights were kept, from 1.
    pub best_epoch: usize,
    /// What is predicted.
    pub target: Target,
    /// Examples in each split.
    pub splits: Vec<(Split, usize)>,
    /// The rule behind the splits.
    pub split_rule: String,
    /// Fingerprint of the data and its split, under which looks at held-out data are counted.
    pub held_out: String,
    /// Whether the prediction table holds a sample of the training examples.
    pub train_sampled: bool,
    /// Whether test examples came ready made, perhaps from elsewhere.
    pub test_ready_made: bool,
}

impl Record for Making {
    const FILE: &'static str = "run.json";
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
    config.diagnosis.check(MetricKind::of(&target(&prepared.dataset)))?;
    let written = effective.to_config().to_toml()?;
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
        let network =
            NetworkSettings { kind: NetworkKind::FeedForward, hidden: Vec::new(), dropout: 0.0 };
        if effective.network == network {
            return Ok(None);
        }
        let examples = self.prepared.splits.count(Split::Train);
        let batch = effective.train.batch;
        let train = TrainSettings {
            epochs: epochs_by_rule(examples, batch, EpochRule { steps: 300, least: 5 }),
            learning_rate: if batch >= examples { 3e-2 } else { 1e-3 },
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
        let unit = unit(&self.prepared.dataset);
        self.observer.tell(Event::Training {
            network: name,
            reason,
            epochs: train.epochs,
            examples: self.prepared.splits.count(Split::Train),
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

/// The prediction table of train and validation.
struct Judged {
    table: PredictionTable,
    sampled: bool,
}

fn judged(model: &Model, prepared: &Prepared, seed: u64) -> Result<Judged, Error> {
    let mut train = prepared.splits.indices(Split::Train);
    let sampled = train.len() > TRAIN_ROWS;
    if sampled {
        train.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        train.truncate(TRAIN_ROWS);
        train.sort_unstable();
    }
    let mut rows = rows_of(model, &prepared.dataset, &train, Split::Train)?;
    for split in [Split::TrainValidation, Split::Validation] {
        let examples = prepared.splits.indices(split);
        rows.extend(rows_of(model, &prepared.dataset, &examples, split)?);
    }
    let table = PredictionTable { target: model.record().head.target(), rows };
    Ok(Judged { table, sampled })
}

/// The rows of the prediction table for some examples of a data set.
pub(crate) fn rows_of(
    model: &Model,
    dataset: &Dataset,
    examples: &[usize],
    split: Split,
) -> Result<Vec<PredictionRow>, Error> {
    let answers = model.answers(&dataset.inputs, &dataset.labels, examples)?;
    let row = |(answer, &example): (Answer, &usize)| PredictionRow {
        id: dataset.ids[example].clone(),
        group: dataset
            .groups
            .as_ref()
            .map(|groups| groups.names[groups.of[example] as usize].clone()),
        split,
        outcome: answer.outcome,
        loss: answer.loss,
    };
    Ok(answers.into_iter().zip(examples).map(row).collect())
}

/// The constant and the linear baseline against the network, on the validation examples.
fn baselines(
    table: &PredictionTable,
    linear: Option<Vec<Answer>>,
    prepared: &Prepared,
) -> Result<Vec<BaselineReport>, Error> {
    let train = prepared.splits.indices(Split::Train);
    let (name, constant) = match &prepared.dataset.labels {
        Labels::Classes { names, of } => {
            let majority = Majority::fit(train.iter().map(|&i| of[i]), names.len());
            ("majority", majority.map(|majority| majority.answers(table)))
        }
        Labels::Numbers(numbers) => {
            let mean = Mean::fit(train.iter().map(|&i| numbers[i]));
            ("mean", mean.map(|mean| mean.answers(table)))
        }
    };
    let linear = linear.map(|answers| answers.into_iter().map(|answer| answer.outcome).collect());
    let named = [(name, constant), ("linear", linear)];
    let there = named.into_iter().filter_map(|(name, answers)| Some((name, answers?)));
    Ok(there.map(|(name, answers)| compare(name, table, &answers)).collect::<Result<_, _>>()?)
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

fn environment(
    options: &Options,
    effective: &Effective,
    dataset: &Dataset,
    clock: Clock,
) -> Environment {
    Environment {
        version: env!("CARGO_PKG_VERSION").into(),
        platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        cpu_features: cpu_features(),
        device: options.device.to_string(),
        threads: rayon::current_num_threads(),
        seed: effective.train.seed,
        data: dataset.fingerprint.clone(),
        seconds: clock.phases,
    }
}

/// The instruction sets among those that the engine chooses from at run time.
fn cpu_features() -> Vec<String> {
    #[cfg(target_arch = "x86_64")]
    {
        [
            ("avx2", std::arch::is_x86_feature_detected!("avx2")),
            ("fma", std::arch::is_x86_feature_detected!("fma")),
            ("avx512f", std::arch::is_x86_feature_detected!("avx512f")),
        ]
        .into_iter()
        .filter(|(_, there)| *there)
        .map(|(name, _)| name.to_owned())
        .collect()
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        Vec::new()
    }
}

/// `lenet, 61,706 parameters`.
fn described(model: &Model, network: &NetworkSettings) -> String {
    let parameters = gapwise_study::metric::count(model.parameters());
    let hidden = match (network.kind, network.hidden.as_slice()) {
        (NetworkKind::FeedForward, []) => ", no hidden layer".to_owned(),
        (NetworkKind::FeedForward, hidden) => format!(", hidden {hidden:?}"),
        _ => String::new(),
    };
    format!("{}{hidden}, {parameters} parameters", network.kind.as_str())
}

/// The splits that have examples.
pub(crate) fn present(splits: &Splits) -> Vec<(Split, usize)> {
    splits.counts().into_iter().filter(|(_, n)| *n > 0).collect()
}

fn unit(dataset: &Dataset) -> String {
    let target = target(dataset);
    MetricKind::of(&target).unit(&target)
}

fn target(dataset: &Dataset) -> Target {
    match &dataset.labels {
        Labels::Classes { names, .. } => Target::Class { names: names.clone() },
        Labels::Numbers(_) => Target::Number { name: dataset.label_name.clone() },
    }
}

/// Seconds by phase.
struct Clock {
    last: Instant,
    phases: BTreeMap<String, f64>,
}

impl Default for Clock {
    fn default() -> Self {
        Clock { last: Instant::now(), phases: BTreeMap::new() }
    }
}

impl Clock {
    /// What has been done since the last phase was this.
    fn phase(&mut self, name: &str) {
        self.phases.insert(name.to_owned(), self.last.elapsed().as_secs_f64());
        self.last = Instant::now();
    }
}
