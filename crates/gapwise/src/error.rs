//! Why a command could not be carried out.

use std::path::{Path, PathBuf};

use gapwise_data::{
    DataError, Split,
    wording::{shell_word, told_apart},
};
use gapwise_nn::{
    DeviceError,
    export::ExportError,
    model::{FitError, NetworkKind},
    train::{ChangeKind, CheckpointError, Divergence, TrainChange, TrainError},
    transfer::{self, UnfitWeights},
    weights::{WeightFileError, WeightsError},
};
use gapwise_study::{
    baseline::BaselineError,
    compare::CompareError,
    diagnosis::DiagnoseError,
    human::HumanError,
    looks::LooksError,
    predictions::PredictionsError,
    run::{GradientHealth, Health, RunError, file},
};
use thiserror::Error;

use crate::{
    config::ConfigError,
    nearest::did_you_mean,
    system::{DIVERGED, START},
    trained::{BEST, HUMAN},
};

/// Why a command could not be carried out.
#[derive(Debug, Error)]
pub enum Error {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The data.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The device.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// Training.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// The run directory and its files.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A weight file.
    #[error("`{}`: {source}", path.display())]
    Weights {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: WeightsError,
    },
    /// A weight file of another program.
    #[error(transparent)]
    WeightFile(WeightFileError),
    /// Weights to begin with that are of a network for rows.
    #[error("`--weights {}`: expected a run on images, found one on rows of a table", path.display())]
    WeightsOfRows {
        /// The run.
        path: PathBuf,
    },
    /// Weights to begin with that are named by an address of the web.
    #[error("`--weights {url}`: expected a file or a run, found an address")]
    WeightsByUrl {
        /// The address.
        url: String,
    },
    /// Weights to begin with that are of a network which is not among ours.
    #[error("`{}`: {network} is not among the networks here: {}", path.display(), names())]
    ForeignWeights {
        /// The file.
        path: PathBuf,
        /// The network.
        network: &'static str,
    },
    /// Weights to begin with that are of no network here, and of none that is known.
    #[error(
        "`{}`: not the weights of a network here; it has tensors such as {}",
        path.display(),
        transfer::listed(left_over)
    )]
    UnknownWeights {
        /// The file.
        path: PathBuf,
        /// Its tensors.
        left_over: Vec<String>,
    },
    /// Weights to begin with that fit more than the head badly.
    #[error("`{}` for `{}`: {source}", path.display(), kind.as_str())]
    UnfitWeights {
        /// The file or the run.
        path: PathBuf,
        /// The network.
        kind: NetworkKind,
        /// The network that they are probably of.
        fits: Option<&'static str>,
        /// The network that they are probably of, where it is not among ours.
        foreign: Option<&'static str>,
        /// What does not fit.
        source: Box<UnfitWeights>,
    },
    /// Weights to begin with that changed since the run began.
    #[error("`{}` is not what `{}` began with", path.display(), run.display())]
    WeightsChanged {
        /// The file or the run.
        path: PathBuf,
        /// The run that is to go on.
        run: PathBuf,
    },
    /// Training was stopped by a person.
    #[error("training was stopped in epoch {epoch}; everything so far is in `{}`", run.display())]
    Stopped {
        /// The run.
        run: PathBuf,
        /// The epoch that was going on, from 1.
        epoch: usize,
    },
    /// Training was stopped by a person before the run began.
    #[error("stopped before training began; nothing was written")]
    StoppedBefore,
    /// The run was stopped by a person when its network was trained, but not judged yet.
    #[error("stopped after training; everything so far is in `{}`", run.display())]
    StoppedAfterTraining {
        /// The run.
        run: PathBuf,
    },
    /// The run diverged when it was trained, so that there is nothing to go on from.
    #[error("`{}`: {said}", run.display())]
    HasDiverged {
        /// The run.
        run: PathBuf,
        /// Where and how.
        said: String,
        /// What to do.
        hint: String,
    },
    /// The configuration of a run that is to go on is not what it began with.
    #[error(
        "`{}`: settings were changed since the run began: {}",
        run.join(file::CONFIG).display(),
        changed.join(", ")
    )]
    SettingsChanged {
        /// The run.
        run: PathBuf,
        /// Each setting with both values.
        changed: Vec<String>,
    },
    /// A contact sheet that is to have another name than a PNG file's.
    #[error("`--augmented {}`: expected a file name that ends in `.png`", path.display())]
    NotPng {
        /// What was typed.
        path: PathBuf,
    },
    /// A file that is there already where one is to be written.
    #[error("`{}`: expected a name that is free, found one that is taken", path.display())]
    Occupied {
        /// The file.
        path: PathBuf,
    },
    /// A network that a format cannot hold.
    #[error("`{}`: {source}", run.display())]
    Export {
        /// The run.
        run: PathBuf,
        /// Why.
        source: ExportError,
    },
    /// No workload has this name.
    #[error("there is no workload `{name}`")]
    UnknownWorkload {
        /// What was typed.
        name: String,
        /// The names that are nearest, nearest first.
        nearest: Vec<String>,
    },
    /// No network has this name.
    #[error("there is no network `{name}`")]
    UnknownNetwork {
        /// What was typed.
        name: String,
        /// The names that are nearest, nearest first.
        nearest: Vec<String>,
    },
    /// A network that cannot read such images.
    #[error(
        "`--input`: expected 1 to 65,536 channels and sides of {least} to 65,536 pixels for `{name}`, \
         found {}×{}×{}",
        input[0],
        input[1],
        input[2]
    )]
    NetworkInput {
        /// The network.
        name: &'static str,
        /// Channels, height and width.
        input: [usize; 3],
        /// Pixels of a side, at least.
        least: usize,
    },
    /// Word vectors.
    #[error(transparent)]
    Words(#[from] gapwise_words::WordsError),
    /// Next to nothing to compare.
    #[error("expected at least two runs to compare, found {found}")]
    TooFewRuns {
        /// Runs that were named.
        found: usize,
    },
    /// Two runs that were trained for another number each.
    #[error("`{}` is judged by {expected}, and `{}` by {found}", first.display(), second.display())]
    OtherMetric {
        /// One run.
        first: PathBuf,
        /// The other.
        second: PathBuf,
        /// The metric of the one.
        expected: String,
        /// The metric of the other.
        found: String,
    },
    /// The loss is no longer a number, or far above where it began.
    #[error("`{}`: {source}", run.display())]
    Diverged {
        /// The run, whose best weights so far are kept.
        run: PathBuf,
        /// Where, and how far it was.
        source: Box<Divergence>,
    },
    /// A checkpoint could not be written. The one before it is whole.
    #[error("{source}; what the run had before is whole")]
    NotWritten {
        /// The run.
        run: PathBuf,
        /// Why.
        source: RunError,
    },
    /// A checkpoint is damaged, or another training's.
    #[error("`{}`: {source}", path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// The run.
        run: PathBuf,
        /// What is wrong with it.
        source: CheckpointError,
    },
    /// The run's data is no longer what it was trained on.
    #[error(
        "`{}`: the data is not what `{}` was trained on: expected fingerprint {}, found {}",
        data.display(),
        run.display(),
        told_apart(expected, found)[0],
        told_apart(expected, found)[1]
    )]
    DataChanged {
        /// The data.
        data: PathBuf,
        /// The run.
        run: PathBuf,
        /// Fingerprint in the run.
        expected: String,
        /// Fingerprint of the data now.
        found: String,
    },
    /// A prediction table that lacks rows, or has too many.
    #[error("`{}` has {found} of {expected} {split} examples", run.join(file::PREDICTIONS).display())]
    Rows {
        /// The run.
        run: PathBuf,
        /// The split.
        split: Split,
        /// Examples that the run has in it.
        expected: usize,
        /// Rows of it in the table.
        found: usize,
    },
    /// A run that goes on, with a split that is not the one it began with.
    #[error(
        "`{}`: this version of Gapwise splits the data otherwise: expected checksum {}, found {}",
        run.join(file::SPLIT).display(),
        told_apart(expected, found)[0],
        told_apart(expected, found)[1]
    )]
    SplitChanged {
        /// The run.
        run: PathBuf,
        /// Checksum of its split.
        expected: String,
        /// Checksum of the split now.
        found: String,
    },
    /// A run whose split is not the one that its other files are of.
    #[error("`{}`: expected split {expected}, found {found}", run.join(file::SPLIT).display())]
    OtherSplit {
        /// The run.
        run: PathBuf,
        /// Fingerprint of the split in the run's other files.
        expected: String,
        /// Fingerprint of what was found.
        found: String,
    },
    /// A run's prediction table is in a format that this version does not know.
    #[error(
        "`{}`: expected `predictions.csv` in version {known} of its format or an earlier one, found {found}",
        run.display()
    )]
    LaterFormat {
        /// The run.
        run: PathBuf,
        /// The latest version that is known here.
        known: u32,
        /// The run's.
        found: u32,
    },
    /// A run without a test split.
    #[error("`{}`: expected a test split, found none: all that is held out validates", run.display())]
    NoTest {
        /// The run.
        run: PathBuf,
    },
    /// The ledger of looks.
    #[error(transparent)]
    Looks(#[from] LooksError),
    /// The ladder.
    #[error(transparent)]
    Diagnose(#[from] DiagnoseError),
    /// The baselines.
    #[error(transparent)]
    Baseline(#[from] BaselineError),
    /// People's answers.
    #[error(transparent)]
    Human(#[from] HumanError),
    /// A prediction table of another program.
    #[error(transparent)]
    Predictions(#[from] PredictionsError),
    /// Networks that did not answer the same examples.
    #[error(transparent)]
    Compare(#[from] CompareError),
    /// Runs whose validation examples are not the same.
    #[error("`{}` and `{}` were not judged by the same examples: {differs}", first.display(), second.display())]
    NotComparable {
        /// One run.
        first: PathBuf,
        /// The other.
        second: PathBuf,
        /// What differs, as a sentence without its stop.
        differs: String,
    },
    /// Fewer than two networks to compare.
    #[error("`{}` and `{}` are the same run", first.display(), second.display())]
    SameRun {
        /// A run.
        first: PathBuf,
        /// The same, perhaps by another path.
        second: PathBuf,
    },
}

/// Whose turn it is to mend an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The input is wrong: the same command will fail again.
    Input,
    /// Something failed while running: the same command may succeed another time.
    Running,
}

impl From<WeightFileError> for Error {
    fn from(error: WeightFileError) -> Self {
        Error::WeightFile(error)
    }
}

impl From<FitError> for Error {
    fn from(error: FitError) -> Self {
        match error {
            FitError::Data(error) => Error::Data(error),
            FitError::Train(error) => Error::Train(error),
            FitError::Weights(_) => unreachable!("told with the file's name where they are taken"),
        }
    }
}

/// A learning rate that may do where this one diverged.
const LOWER: f64 = 10.0;
/// No network is known to do with more.
const HIGHEST: f64 = 0.1;

impl Error {
    /// The error of a training that leaves what it did in `run`.
    pub(crate) fn of_training(error: FitError, run: &Path) -> Self {
        let run = run.to_owned();
        match error {
            FitError::Train(TrainError::Stopped { epoch }) => Error::Stopped { run, epoch },
            FitError::Train(TrainError::StoppedAtEnd) => Error::StoppedAfterTraining { run },
            FitError::Train(TrainError::Diverged(source)) => Error::Diverged { run, source },
            FitError::Train(TrainError::Checkpoint(source @ CheckpointError::Best(_))) => {
                Error::Checkpoint { path: run.join(BEST), run, source }
            }
            FitError::Train(TrainError::Checkpoint(source)) => {
                Error::Checkpoint { path: run.join(file::STATE), run, source }
            }
            error => error.into(),
        }
    }

    /// Whose turn it is.
    pub fn fault(&self) -> Fault {
        match self {
            Error::Config(_)
            | Error::Device(_)
            | Error::Weights { .. }
            | Error::WeightFile(_)
            | Error::WeightsOfRows { .. }
            | Error::UnfitWeights { .. }
            | Error::WeightsByUrl { .. }
            | Error::ForeignWeights { .. }
            | Error::UnknownWeights { .. }
            | Error::WeightsChanged { .. }
            | Error::DataChanged { .. }
            | Error::OtherMetric { .. }
            | Error::UnknownWorkload { .. }
            | Error::UnknownNetwork { .. }
            | Error::NetworkInput { .. }
            | Error::NotPng { .. }
            | Error::Occupied { .. }
            | Error::Export { .. }
            | Error::TooFewRuns { .. }
            | Error::NoTest { .. }
            | Error::LaterFormat { .. }
            | Error::Rows { .. }
            | Error::OtherSplit { .. }
            | Error::SplitChanged { .. }
            | Error::Diagnose(_)
            | Error::Compare(_)
            | Error::NotComparable { .. }
            | Error::SameRun { .. }
            | Error::Baseline(_) => Fault::Input,
            Error::Human(HumanError::Io { source, .. })
            | Error::Predictions(PredictionsError::Io { source, .. }) => of_io(source),
            Error::Human(_) | Error::Predictions(_) => Fault::Input,
            Error::Data(error) => of_data(error),
            Error::Words(error) => crate::words::fault(error),
            Error::Checkpoint { .. }
            | Error::SettingsChanged { .. }
            | Error::HasDiverged { .. }
            | Error::Train(TrainError::Setting(_)) => Fault::Input,
            Error::Train(TrainError::Data(error)) => of_data(error),
            Error::Train(_)
            | Error::StoppedBefore
            | Error::StoppedAfterTraining { .. }
            | Error::Stopped { .. }
            | Error::Diverged { .. } => Fault::Running,
            Error::NotWritten { source, .. } => of_run(source),
            Error::Run(error) => of_run(error),
            Error::Looks(LooksError::Io { source, .. }) => of_io(source),
        }
    }

    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Config(error) => error.hint(),
            Error::Words(error) => error.hint(),
            Error::Train(TrainError::Diverged(source)) => Some(against(source)),
            Error::Diverged { run, source } => Some(match source.best_epoch {
                Some(epoch) => format!(
                    "{}; the weights of epoch {epoch} are kept: `gapwise predict {} INPUT`",
                    against(source),
                    word(run)
                ),
                None => {
                    format!("{}; no epoch was completed, so no weights are kept", against(source))
                }
            }),
            Error::Stopped { run, .. } | Error::StoppedAfterTraining { run } => Some(go_on(run)),
            Error::OtherMetric { .. } => Some(
                "train one of them again with what the other is judged by: `--metric` and \
                      `--set metric.positive=NAME`"
                    .into(),
            ),
            Error::HasDiverged { hint, .. } => Some(hint.clone()),
            Error::SettingsChanged { run, .. } => Some(format!(
                "put them back, or train a run of its own with them: `gapwise train {}`",
                word(run)
            )),
            Error::NotWritten { run, .. } => Some(format!("make room, then {}", go_on(run))),
            Error::Checkpoint { run, .. } | Error::SplitChanged { run, .. } => {
                Some(cannot_go_on(run))
            }
            Error::Run(RunError::NoFile { run, file } | RunError::Damaged { run, file, .. })
                if file == START || file == BEST =>
            {
                Some(format!("put it back from a copy of the run; else {}", cannot_go_on(run)))
            }
            Error::Run(RunError::Damaged { run, file, .. }) if file == HUMAN => Some(format!(
                "put it back from a copy of the run, or give people's answers again: `gapwise \
                 diagnose {} --human FILE`",
                word(run)
            )),
            Error::Run(RunError::Damaged { run, .. })
            | Error::Rows { run, .. }
            | Error::OtherSplit { run, .. } => Some(made_again(run)),
            Error::Run(RunError::NoFile { run, .. }) if run.join(DIVERGED).is_file() => {
                Some(format!(
                    "its training diverged; `gapwise train --resume {}` says how, and what to try",
                    word(run)
                ))
            }
            Error::Run(RunError::NoFile { run, .. }) if !run.join(file::REPORT).is_file() => {
                Some(format!("the run is not finished: {}", go_on(run)))
            }
            Error::Run(RunError::NoFile { run, .. }) => Some(made_again(run)),
            Error::Data(error) | Error::Train(TrainError::Data(error)) => error.hint(),
            Error::Run(RunError::NotWritten { path, .. })
                if path.parent().is_some_and(|run| run.join(START).is_file()) =>
            {
                let run = path.parent().unwrap_or(path);
                Some(format!("make room, then {}", go_on(run)))
            }
            Error::Run(error) => Some(error.hint().into()),
            Error::Looks(error) => Some(error.hint().into()),
            Error::Diagnose(error) => Some(error.hint().into()),
            Error::Human(error) => Some(error.hint().into()),
            Error::Predictions(error) => Some(error.hint().into()),
            Error::Compare(error) => Some(error.hint().into()),
            Error::NotComparable { .. } => Some(
                "train both on the same data and split: `gapwise train RUN --set KEY=VALUE`".into(),
            ),
            Error::UnknownWorkload { nearest, .. } => {
                Some(did_you_mean(nearest, "`gapwise bench --list`"))
            }
            Error::UnknownNetwork { nearest, .. } => {
                Some(did_you_mean(nearest, "`gapwise network`"))
            }
            Error::WeightFile(error) => Some(error.hint().into()),
            Error::UnfitWeights { fits: Some(fits), kind, .. } if kind.as_str() != *fits => {
                Some(format!("they fit `{fits}`: `--set network.kind={fits}`"))
            }
            Error::UnfitWeights { foreign: Some(network), fits: None, .. } => {
                Some(format!("they are of {network}, which is not among the networks here"))
            }
            Error::UnfitWeights { source, .. }
                if source.missing.is_empty() && source.misshapen.is_empty() =>
            {
                Some("the file is damaged, or its training diverged: take other weights".into())
            }
            Error::UnfitWeights { source, .. } if source.is_of_other_channels() => Some(
                "these weights read images of another number of channels: take weights for such \
                 images, or convert the images"
                    .into(),
            ),
            Error::UnfitWeights { fits: Some(fits), .. } => {
                Some(format!("these are of `{fits}` but for that: fetch or save them anew"))
            }
            Error::UnfitWeights { path, .. } => Some(format!(
                "they are of another network: `gapwise inspect --weights {}` shows what the file holds, \
                 and `gapwise network` lists the networks here",
                word(path)
            )),
            Error::WeightsByUrl { url } if url.starts_with("file://") => {
                let path = shell_word(url.trim_start_matches("file://"));
                Some(format!("give its path: `--weights {path}`"))
            }
            Error::WeightsByUrl { url } if !url.starts_with("http") && !url.starts_with("www.") => {
                let scheme = url.split(':').next().unwrap_or_default();
                Some(format!(
                    "download the file first, with a program that knows `{scheme}://`, and give its path"
                ))
            }
            Error::WeightsByUrl { url } => {
                let file = url.rsplit('/').next().unwrap_or(url);
                let file = file.split(['?', '#']).next().filter(|file| !file.is_empty());
                let file = shell_word(file.unwrap_or("weights.pth"));
                Some(format!(
                    "download the file first: `curl -L -o {file} {}`, then `--weights {file}`",
                    shell_word(url)
                ))
            }
            Error::ForeignWeights { .. } => {
                Some("take weights of one of these, such as torchvision's `resnet18`".into())
            }
            Error::UnknownWeights { path, .. } => Some(format!(
                "`gapwise inspect --weights {}` shows what the file holds; where it is of a network here, \
                 name that: `--set network.kind=NAME`",
                word(path)
            )),
            Error::WeightsOfRows { .. } => Some("leave `--weights` out".into()),
            Error::WeightsChanged { run, .. } => {
                Some(format!("bring them back, or train anew: `gapwise train {}`", word(run)))
            }
            Error::SameRun { .. } => Some("name two runs".into()),
            Error::Occupied { .. } => {
                Some("`--force` writes over it, `--out FILE` writes elsewhere".into())
            }
            Error::Export { source, .. } => source.hint().map(str::to_owned),
            Error::Weights { .. } => Some("train again: weights are never guessed".into()),
            Error::LaterFormat { .. } => {
                Some("a later version of Gapwise wrote this run: read it with that one".into())
            }
            Error::NoTest { .. } => Some(
                "score other data, `gapwise evaluate RUN DATA`, or train with a test split".into(),
            ),
            Error::DataChanged { .. } => {
                Some("bring the data back, or `gapwise run` it anew".into())
            }
            _ => None,
        }
    }
}

/// What to try against a divergence.
fn against(divergence: &Divergence) -> String {
    let lower = (divergence.rate_set / LOWER).min(HIGHEST);
    let changes = &divergence.changes;
    let rate = |change: &TrainChange| matches!(change.kind, ChangeKind::LearningRate(_));
    let lower = match changes.iter().rposition(rate) {
        None => format!("`--set train.learning_rate={lower:.0e}`"),
        Some(last) => {
            // The setting is the whole list: what else changed stays in it.
            let typed = changes.iter().enumerate().map(|(at, TrainChange { step, kind })| {
                let kind = match kind {
                    _ if at == last => format!("learning_rate={lower:.0e}"),
                    ChangeKind::LearningRate(rate) => format!("learning_rate={rate:e}"),
                    ChangeKind::Save => "save=true".to_owned(),
                    ChangeKind::Stop => "stop=true".to_owned(),
                };
                format!("{{step={step},{kind}}}")
            });
            let typed: Vec<String> = typed.collect();
            format!("`--set 'train.changes=[{}]'`", typed.join(","))
        }
    };
    let health = GradientHealth::of(&divergence.gradients);
    let seen = match health.flow {
        Health::Healthy => String::new(),
        _ => format!("{} ", health.sentence()),
    };
    format!(
        "{seen}try a lower learning rate: {lower}, have one found: \
         `--find-learning-rate`, or clip the gradient: `--set train.clip_norm=1`"
    )
}

fn cannot_go_on(run: &Path) -> String {
    format!("the run cannot go on; train it anew: `gapwise train {}`", word(run))
}

fn made_again(run: &Path) -> String {
    format!("`gapwise train --resume {}` makes it again", word(run))
}

fn go_on(run: &Path) -> String {
    format!("go on with `gapwise train --resume {}`", word(run))
}

fn word(path: &Path) -> String {
    shell_word(&path.display().to_string())
}

/// Every network that has a name of its own.
fn names() -> String {
    let named = NetworkKind::all().filter(|kind| kind.is_as_published());
    named.map(NetworkKind::as_str).collect::<Vec<_>>().join(", ")
}

fn of_data(error: &DataError) -> Fault {
    match error {
        DataError::Io { source, .. } => of_io(source),
        DataError::ScratchNotWritten { .. }
        | DataError::ScratchNotRead { .. }
        | DataError::OutOfMemory { .. } => Fault::Running,
        DataError::Problems(_)
        | DataError::EncoderMismatch { .. }
        | DataError::OtherKind { .. } => Fault::Input,
    }
}

pub(crate) fn of_run(error: &RunError) -> Fault {
    match error {
        RunError::NotWritten { source, .. } | RunError::Io { source, .. } => of_io(source),
        // The other process will end.
        RunError::Busy { .. } => Fault::Running,
        _ => Fault::Input,
    }
}

/// A path that is not there, or may not be read, is the input's fault; anything else happened.
pub(crate) fn of_io(error: &std::io::Error) -> Fault {
    match error.kind() {
        std::io::ErrorKind::NotFound
        | std::io::ErrorKind::PermissionDenied
        | std::io::ErrorKind::AlreadyExists
        | std::io::ErrorKind::NotADirectory
        | std::io::ErrorKind::IsADirectory
        | std::io::ErrorKind::InvalidInput
        | std::io::ErrorKind::InvalidData
        | std::io::ErrorKind::UnexpectedEof
        | std::io::ErrorKind::TimedOut => Fault::Input,
        _ => Fault::Running,
    }
}
