//! The directory itself: its name and its files.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::whole;
use crate::predictions::PredictionsError;

/// Names of the files in a run's directory.
pub mod file {
    /// The resolved configuration. A directory with this file is a run.
    pub const CONFIG: &str = "config.toml";
    /// Version, device, threads, seed, data fingerprint, seconds.
    pub const ENVIRONMENT: &str = "environment.json";
    /// The split of every example.
    pub const SPLIT: &str = "split.csv";
    /// What the data is.
    pub const DATA: &str = "data.json";
    /// Losses and errors by epoch.
    pub const HISTORY: &str = "history.csv";
    /// Seconds by epoch.
    pub const TIMING: &str = "timing.csv";
    /// Gradients by epoch and layer.
    pub const GRADIENTS: &str = "gradients.csv";
    /// The same for TensorBoard.
    pub const EVENTS: &str = "events.out.tfevents.gapwise";
    /// The learning-rate range test.
    pub const RANGE_TEST: &str = "learning-rate.json";
    /// The comparisons with another run that were asked for last.
    pub const COMPARISONS: &str = "comparisons.json";
    /// Where training stands, so that it can be resumed.
    pub const STATE: &str = "checkpoints/state.safetensors";
    /// The weights of the best epoch.
    pub const BEST: &str = "checkpoints/best.safetensors";
    /// The checksums of the files that decide figures.
    pub const MANIFEST: &str = "manifest.json";
    /// Locked by the process that trains.
    pub const LOCK: &str = "lock";
    /// The prediction table.
    pub const PREDICTIONS: &str = "predictions.csv";
    /// The baselines beside the network.
    pub const BASELINES: &str = "baselines.json";
    /// The examples that the network got most wrong.
    pub const WORST: &str = "worst.json";
    /// The gap ladder, the verdict and the steps.
    pub const DIAGNOSIS: &str = "diagnosis.json";
    /// Every metric that fits, by split.
    pub const METRICS: &str = "metrics.json";
    /// Settings that differ from their defaults.
    pub const SETTINGS: &str = "settings.json";
    /// The report.
    pub const REPORT: &str = "report.html";
}

/// Why a run cannot be made, opened, read or written.
#[derive(Debug, Error)]
pub enum RunError {
    /// There is nothing at the path.
    #[error("`{}`: there is no such run", path.display())]
    NotThere {
        /// The path.
        path: PathBuf,
    },
    /// There is something at the path of a new run.
    #[error("`{}` is there already", path.display())]
    Taken {
        /// The path.
        path: PathBuf,
    },
    /// A folder on the way to a new run is something else.
    #[error("`{}`: expected a folder for runs, found {found}", path.display())]
    NoFolder {
        /// What is in the way.
        path: PathBuf,
        /// What it is: "a file".
        found: &'static str,
    },
    /// There is something else at the path.
    #[error("`{}` is no run: {missing}", path.display())]
    NotARun {
        /// The path.
        path: PathBuf,
        /// What it lacks: "no `config.toml` in it".
        missing: String,
    },
    /// A file that the run does not have, or not yet.
    #[error("`{}` has no `{file}`", run.display())]
    NoFile {
        /// The run.
        run: PathBuf,
        /// The file.
        file: String,
    },
    /// A file that is not as the run wrote it.
    #[error("`{}` is not as the run wrote it: {found}", run.join(file).display())]
    Damaged {
        /// The run.
        run: PathBuf,
        /// The file.
        file: String,
        /// What was expected and found.
        found: String,
    },
    /// Another process trains in the run.
    #[error("`{}` is being trained by another process{}", path.display(), numbered(*pid))]
    Busy {
        /// The run.
        path: PathBuf,
        /// The process's number, where it is known.
        pid: Option<u32>,
    },
    /// A file or directory cannot be read or made.
    #[error("`{}`: {source}", path.display())]
    Io {
        /// File or directory.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A file cannot be written. What stood there before is unchanged.
    #[error("`{}` could not be written: {source}", path.display())]
    NotWritten {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A record is not what this version reads.
    #[error("`{}` line {line}: {said}", path.display())]
    BadRecord {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
        /// What was expected and found.
        said: String,
    },
    /// The prediction table cannot be read.
    #[error(transparent)]
    Predictions(#[from] PredictionsError),
}

/// ` (number 123)`, or nothing.
fn numbered(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" (number {pid})")).unwrap_or_default()
}

impl RunError {
    /// What to do.
    pub fn hint(&self) -> &'static str {
        match self {
            RunError::Taken { .. } => "name another directory: a run is never written over",
            RunError::NoFolder { .. } => "move it out of the way, or name a folder: `--out FOLDER`",
            RunError::NotThere { .. } => "runs lie in `runs/` unless another folder was named",
            RunError::NotARun { .. } => "name the folder that `gapwise run` or `train` made",
            RunError::NoFile { .. } => "the run may have ended before it came to write this file",
            RunError::Damaged { .. } => {
                "the file was edited or damaged; put it back from a copy of the run"
            }
            RunError::Busy { .. } => "wait until it has ended, or stop it",
            RunError::Io { .. } => "check that the folder is there and may be read and written",
            RunError::NotWritten { source, .. }
                if [io::ErrorKind::IsADirectory, io::ErrorKind::InvalidInput]
                    .contains(&source.kind()) =>
            {
                "name a file, new or to be replaced"
            }
            RunError::NotWritten { source, .. }
                if source.kind() == io::ErrorKind::NotADirectory =>
            {
                "a part of the path is a file: name a folder"
            }
            RunError::NotWritten { source, .. }
                if source.kind() == io::ErrorKind::InvalidFilename =>
            {
                "name a file whose name is shorter"
            }
            RunError::NotWritten { .. } => "make room, or check the folder's rights, and run again",
            RunError::BadRecord { .. } => {
                "the file was edited, or another version of Gapwise wrote it"
            }
            RunError::Predictions(PredictionsError::Io { .. }) => {
                "a run has the file once it has scored its examples"
            }
            RunError::Predictions(_) => {
                "the file was edited or cut; `gapwise train RUN` makes such a run again"
            }
        }
    }
}

/// The directory of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunDirectory {
    path: PathBuf,
}

impl RunDirectory {
    /// The path `parent/NAME-NUMBER` with the lowest number from 1 that is free: nothing is there, or an
    /// empty folder.
    ///
    /// Letters, digits, `-`, `_` and `.` of the name are kept, other characters become `-`.
    pub fn free(parent: &Path, name: &str) -> PathBuf {
        let name = file_name(name);
        let mut number = 1_u64;
        loop {
            let path = parent.join(format!("{name}-{number}"));
            if is_free(&path) {
                return path;
            }
            number += 1;
        }
    }

    /// Makes a new run at a [free](RunDirectory::free) path. Two processes that do this at once get two
    /// directories.
    ///
    /// # Errors
    ///
    /// As [`RunDirectory::create_at`].
    pub fn create<E: From<RunError>>(
        parent: &Path,
        name: &str,
        write: impl FnOnce(&RunDirectory) -> Result<(), E>,
    ) -> Result<Self, E> {
        let first = First::write(parent, write)?;
        loop {
            let path = RunDirectory::free(parent, name);
            match fs::rename(first.0.path(), &path) {
                Ok(()) => return Ok(first.named(path)?),
                // Another process was faster.
                Err(_) if !is_free(&path) => {}
                Err(source) => return Err(RunError::Io { path, source }.into()),
            }
        }
    }

    /// Makes a new run at `path`, and the folder that it lies in where that is not there. It has its
    /// first files, which `write` gives it, and their manifest from the beginning: whoever looks at it,
    /// or whatever a kill leaves, sees none of them or all.
    ///
    /// # Errors
    ///
    /// What `write` says; [`RunError::Taken`] where there is something already that is no empty folder,
    /// and [`RunError::Io`] where a directory cannot be made.
    pub fn create_at<E: From<RunError>>(
        path: impl Into<PathBuf>,
        write: impl FnOnce(&RunDirectory) -> Result<(), E>,
    ) -> Result<Self, E> {
        let path = path.into();
        RunDirectory::check_free(&path)?;
        let first = First::write(&folder_of(&path), write)?;
        match fs::rename(first.0.path(), &path) {
            Ok(()) => Ok(first.named(path)?),
            Err(_) if !is_free(&path) => Err(RunError::Taken { path }.into()),
            Err(source) => Err(RunError::Io { path, source }.into()),
        }
    }

    /// Refuses a path at which no new run can be made, before the work for it.
    ///
    /// # Errors
    ///
    /// [`RunError::Taken`] where there is something already that is no empty folder.
    pub fn check_free(path: &Path) -> Result<(), RunError> {
        if is_free(path) { Ok(()) } else { Err(RunError::Taken { path: path.to_owned() }) }
    }

    /// Opens the run at `path`.
    ///
    /// # Errors
    ///
    /// Nothing is there, or it is no run: a file, or a directory without `config.toml`.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, RunError> {
        RunDirectory::open_with(path, &[file::CONFIG])
    }

    /// The same for a folder with any of these files, to mend it.
    ///
    /// # Errors
    ///
    /// As [`RunDirectory::open`].
    pub fn open_with(path: impl Into<PathBuf>, files: &[&str]) -> Result<Self, RunError> {
        let path = path.into();
        let missing = match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(RunError::NotThere { path });
            }
            Err(source) => return Err(RunError::Io { path, source }),
            Ok(found) if !found.is_dir() => "it is a file, and a run is a folder".to_owned(),
            Ok(_) if files.iter().any(|name| path.join(name).is_file()) => {
                return Ok(RunDirectory { path });
            }
            Ok(_) => format!("no `{}` in it", file::CONFIG),
        };
        Err(RunError::NotARun { path, missing })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The run's name: `digits-1`.
    pub fn name(&self) -> String {
        // A path such as `runs/digits-1/.` has no name of its own before it is resolved.
        let resolved = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        resolved.file_name().unwrap_or(resolved.as_os_str()).to_string_lossy().into_owned()
    }

    /// The folder that it lies in, beside other runs and the ledger of looks.
    pub fn parent(&self) -> PathBuf {
        folder_of(&self.path)
    }

    /// The path of a file in it; `name` may have folders: `checkpoints/best.safetensors`.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes a file whole or not at all.
    ///
    /// # Errors
    ///
    /// As [`RunDirectory::write_whole_with`].
    pub fn write_whole(&self, name: &str, bytes: &[u8]) -> Result<(), RunError> {
        self.write_whole_with(name, |file| file.write_all(bytes))
    }

    /// Writes a file whole or not at all: into another file beside it, which takes its name when
    /// it is on the disk. Whoever reads the file meanwhile, or after a kill, sees the old one.
    ///
    /// # Errors
    ///
    /// The disk is full, the folder cannot be written, or `write` fails: the old file, or none, is
    /// left, and no other.
    pub fn write_whole_with(
        &self,
        name: &str,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), RunError> {
        self.write_listed(name, write)
    }

    /// Takes away what a process that was killed had begun to write. To be called by whoever has
    /// the run's [lock](RunDirectory::lock).
    pub fn sweep(&self) {
        for folder in [self.path.clone(), self.file("checkpoints")] {
            let entries = fs::read_dir(folder).into_iter().flatten().flatten();
            for part in entries.filter(|e| e.file_name().to_string_lossy().starts_with(".part-")) {
                // A leftover that cannot be taken away does no harm.
                let _ = fs::remove_file(part.path());
            }
        }
    }

    /// Reads a file, which is as the run wrote it where that decides figures.
    ///
    /// # Errors
    ///
    /// The run does not have it, it cannot be read, or it is damaged.
    pub fn read_bytes(&self, name: &str) -> Result<Vec<u8>, RunError> {
        self.checked_bytes(name)
    }

    /// Reads a file as text.
    ///
    /// # Errors
    ///
    /// As [`RunDirectory::read_bytes`]; it is no text.
    pub fn read_text(&self, name: &str) -> Result<String, RunError> {
        String::from_utf8(self.checked_bytes(name)?)
            .map_err(|error| self.unread(name, io::Error::new(io::ErrorKind::InvalidData, error)))
    }

    /// The error for a file that could not be opened.
    pub(super) fn unread(&self, name: &str, source: io::Error) -> RunError {
        if source.kind() == io::ErrorKind::NotFound {
            RunError::NoFile { run: self.path.clone(), file: name.to_owned() }
        } else {
            RunError::Io { path: self.file(name), source }
        }
    }
}

/// The first files of a run that has no name yet.
struct First(tempfile::TempDir);

impl First {
    fn write<E: From<RunError>>(
        parent: &Path,
        write: impl FnOnce(&RunDirectory) -> Result<(), E>,
    ) -> Result<Self, E> {
        let io = |source| RunError::Io { path: parent.to_owned(), source };
        if let Err(source) = fs::create_dir_all(parent) {
            return Err(no_folder_on_the_way_to(parent).unwrap_or_else(|| io(source)).into());
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix(".part-");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(0o777));
        }
        let part = builder.tempdir_in(parent).map_err(io)?;
        let first = RunDirectory { path: part.path().to_owned() };
        write(&first)?;
        first.list(false)?;
        Ok(First(part))
    }

    /// The run, now that it has its name.
    fn named(self, path: PathBuf) -> Result<RunDirectory, RunError> {
        // It is no part any more.
        let _ = self.0.keep();
        match whole::sync_folder(&path) {
            Ok(()) => Ok(RunDirectory { path }),
            Err(source) => Err(RunError::Io { path, source }),
        }
    }
}

/// Whether a run can be made there: nothing is, or an empty folder.
fn is_free(path: &Path) -> bool {
    if fs::symlink_metadata(path).is_err() {
        return true;
    }
    // Elsewhere than on Unix a folder takes no other's place, not even that of an empty one.
    cfg!(unix)
        && !path.is_symlink()
        && fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}

/// What is in the way of a folder: a file, or a link that leads nowhere.
fn no_folder_on_the_way_to(path: &Path) -> Option<RunError> {
    let there = |path: &&Path| fs::symlink_metadata(path).is_ok();
    let last = path.ancestors().find(there).filter(|path| !path.is_dir())?;
    let found = if last.exists() { "a file" } else { "a link to nothing" };
    Some(RunError::NoFolder { path: last.to_owned(), found })
}

/// The folder that a path lies in.
fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => PathBuf::from("."),
        Some(parent) => parent.to_owned(),
        None => path.to_owned(),
    }
}

/// A name that is one file name on every system.
fn file_name(name: &str) -> String {
    let kept = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    let name: String = name.chars().map(kept).collect();
    let name = name.trim_matches(['.', '-']);
    if name.is_empty() { "run".to_owned() } else { name.to_owned() }
}
