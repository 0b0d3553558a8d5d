//! Why a command could not be carried out.

use std::path::PathBuf;

use gapwise_data::{DataError, Problem};
use gapwise_nn::{DeviceError, model::FitError, train::TrainError, weights::WeightsError};
use gapwise_study::{
    baseline::BaselineError, diagnosis::DiagnoseError, looks::LooksError, run::RunError,
};
use thiserror::Error;

use crate::config::ConfigError;

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
    /// The run's data is no longer what it was trained on.
    #[error(
        "`{}`: the data is not what `{}` was trained on: expected fingerprint {expected:.12}, \
         found {found:.12}", data.display(), run.display()
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
    /// The ledger of looks.
    #[error(transparent)]
    Looks(#[from] LooksError),
    /// The ladder.
    #[error(transparent)]
    Diagnose(#[from] DiagnoseError),
    /// The baselines.
    #[error(transparent)]
    Baseline(#[from] BaselineError),
}

/// Whose turn it is to mend an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The input is wrong: the same command will fail again.
    Input,
    /// Something failed while running: the same command may succeed another time.
    Running,
}

impl From<FitError> for Error {
    fn from(error: FitError) -> Self {
        match error {
            FitError::Data(error) => Error::Data(error),
            FitError::Train(error) => Error::Train(error),
        }
    }
}

impl Error {
    /// Whose turn it is.
    pub fn fault(&self) -> Fault {
        match self {
            Error::Config(_)
            | Error::Device(_)
            | Error::Weights { .. }
            | Error::DataChanged { .. }
            | Error::Diagnose(_)
            | Error::Baseline(_) => Fault::Input,
            Error::Data(error) => match error {
                DataError::Io { source, .. } => of_io(source),
                DataError::Problems(_) | DataError::EncoderMismatch { .. } => Fault::Input,
            },
            Error::Train(TrainError::Setting(_)) => Fault::Input,
            Error::Train(TrainError::Diverged { .. }) => Fault::Running,
            Error::Run(RunError::NotWritten { source, .. } | RunError::Io { source, .. })
            | Error::Looks(LooksError::Io { source, .. }) => of_io(source),
            Error::Run(_) | Error::Looks(_) => Fault::Input,
        }
    }

    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Config(error) => error.hint(),
            Error::Train(TrainError::Diverged { learning_rate, .. }) => Some(format!(
                "try a lower learning rate: `--set train.learning_rate={:.0e}`",
                learning_rate / 10.0
            )),
            Error::Data(error) => {
                let gravest = error.problems().iter().min_by_key(|problem| problem.severity());
                gravest.and_then(Problem::hint)
            }
            Error::Run(error) => Some(error.hint().into()),
            Error::Looks(error) => Some(error.hint().into()),
            Error::Diagnose(error) => Some(error.hint().into()),
            Error::Weights { .. } => Some("train again: weights are never guessed".into()),
            Error::DataChanged { .. } => {
                Some("bring the data back, or `gapwise run` it anew".into())
            }
            _ => None,
        }
    }
}

/// A path that is not there, or may not be read, is the input's fault; anything else happened.
fn of_io(error: &std::io::Error) -> Fault {
    match error.kind() {
        std::io::ErrorKind::NotFound
        | std::io::ErrorKind::PermissionDenied
        | std::io::ErrorKind::AlreadyExists
        | std::io::ErrorKind::NotADirectory
        | std::io::ErrorKind::IsADirectory
        | std::io::ErrorKind::InvalidInput => Fault::Input,
        _ => Fault::Running,
    }
}
