//! One process trains a run.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    process,
};

use super::{RunDirectory, RunError, file};

/// The right to train in a run. It ends when it is dropped, and with its process, however that
/// ends.
#[derive(Debug)]
pub struct RunLock {
    /// The system unlocks the file when it is closed.
    _file: File,
}

impl RunDirectory {
    /// Takes the run's lock, or says who has it.
    ///
    /// The file `lock` stays in the run: whether it is locked is known to the system alone, so
    /// nothing has to be cleared away after a kill. On a file system that knows no locks the run is
    /// taken without one.
    ///
    /// # Errors
    ///
    /// [`RunError::Busy`] where another process, or this one, has the lock; [`RunError::Io`] where
    /// the file cannot be opened.
    pub fn lock(&self) -> Result<RunLock, RunError> {
        let path = self.file(file::LOCK);
        let io = |source| RunError::Io { path: path.clone(), source };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let pid = holder(&mut file);
                return Err(RunError::Busy { path: self.path().to_owned(), pid });
            }
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(source)) => return Err(io(source)),
        }
        // The number serves the message of `Busy` alone: a full disk must not end training here.
        let _ = sign(&mut file);
        Ok(RunLock { _file: file })
    }
}

/// Writes the number of this process into the lock.
fn sign(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    write!(file, "{}", process::id())
}

/// The number of the process that has the lock, where it can be read.
fn holder(file: &mut File) -> Option<u32> {
    let mut number = String::new();
    file.read_to_string(&mut number).ok()?;
    number.trim().parse().ok()
}
