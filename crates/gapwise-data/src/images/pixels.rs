//! Where the pixels of images are held: in memory, or on disk where they do not fit.

use std::{
    borrow::Cow,
    env,
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::memory::ImageMemory;
use crate::DataError;

/// Bytes that are appended while images are read, and then only read back.
#[derive(Debug, Clone)]
pub(super) enum Pixels {
    Memory(Vec<u8>),
    Disk {
        file: Arc<Scratch>,
        /// Bytes in the file.
        len: u64,
    },
}

impl Pixels {
    /// Room for `expected` bytes: on disk where that is more than `memory` allows.
    pub(super) fn with_room(expected: u64, memory: ImageMemory) -> Result<Pixels, DataError> {
        match usize::try_from(expected) {
            Ok(expected) if expected as u64 <= memory.bytes => {
                Ok(Pixels::Memory(Vec::with_capacity(expected)))
            }
            _ => Pixels::on_disk(),
        }
    }

    fn on_disk() -> Result<Pixels, DataError> {
        Ok(Pixels::Disk { file: Arc::new(Scratch::new(scratch_folder())?), len: 0 })
    }

    pub(super) fn len(&self) -> u64 {
        match self {
            Pixels::Memory(bytes) => bytes.len() as u64,
            Pixels::Disk { len, .. } => *len,
        }
    }

    /// The folder of the file, where the bytes are on disk.
    pub(super) fn folder(&self) -> Option<&Path> {
        match self {
            Pixels::Memory(_) => None,
            Pixels::Disk { file, .. } => Some(&file.folder),
        }
    }

    /// Sets memory aside for what is to come, where it is to come into memory.
    pub(super) fn reserve(&mut self, more: usize) {
        if let Pixels::Memory(bytes) = self {
            bytes.reserve_exact(more);
        }
    }

    pub(super) fn push(&mut self, more: &[u8]) -> Result<(), DataError> {
        match self {
            Pixels::Memory(bytes) => bytes.extend_from_slice(more),
            Pixels::Disk { file, len } => {
                file.write(more, *len)?;
                *len += more.len() as u64;
            }
        }
        Ok(())
    }

    /// Moves what is in memory to disk.
    pub(super) fn spill(&mut self) -> Result<(), DataError> {
        if let Pixels::Memory(bytes) = self {
            let mut disk = Pixels::on_disk()?;
            disk.push(bytes)?;
            *self = disk;
        }
        Ok(())
    }

    /// `len` bytes from `at` on.
    ///
    /// # Panics
    ///
    /// When there are fewer.
    pub(super) fn read(&self, at: u64, len: usize) -> Result<Cow<'_, [u8]>, DataError> {
        assert!(at + len as u64 <= self.len(), "bytes that were pushed");
        match self {
            Pixels::Memory(bytes) => Ok(Cow::Borrowed(&bytes[at as usize..][..len])),
            Pixels::Disk { file, .. } => file.read(at, len).map(Cow::Owned),
        }
    }
}

/// A file without a name, which is gone with the process, however that ends.
#[derive(Debug)]
pub(super) struct Scratch {
    folder: PathBuf,
    file: File,
}

impl Scratch {
    fn new(folder: PathBuf) -> Result<Scratch, DataError> {
        match tempfile::tempfile_in(&folder) {
            Ok(file) => Ok(Scratch { folder, file }),
            Err(source) => Err(DataError::ScratchNotWritten { folder, source }),
        }
    }

    fn write(&self, bytes: &[u8], at: u64) -> Result<(), DataError> {
        write_all_at(&self.file, bytes, at)
            .map_err(|source| DataError::ScratchNotWritten { folder: self.folder.clone(), source })
    }

    fn read(&self, at: u64, len: usize) -> Result<Vec<u8>, DataError> {
        let mut bytes = vec![0; len];
        match read_exact_at(&self.file, &mut bytes, at) {
            Ok(()) => Ok(bytes),
            Err(source) => Err(DataError::ScratchNotRead { folder: self.folder.clone(), source }),
        }
    }
}

/// `TMPDIR` where it is set; else `/var/tmp` where there is one, since `/tmp` is often memory; else
/// the system's folder for such files.
fn scratch_folder() -> PathBuf {
    let var_tmp = Path::new("/var/tmp");
    match env::var_os("TMPDIR").filter(|folder| !folder.is_empty()) {
        Some(folder) => folder.into(),
        None if cfg!(unix) && var_tmp.is_dir() => var_tmp.to_owned(),
        None => env::temp_dir(),
    }
}

#[cfg(unix)]
use std::os::unix::fs::FileExt;

#[cfg(unix)]
fn write_all_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    file.write_all_at(bytes, at)
}

#[cfg(unix)]
fn read_exact_at(file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    file.read_exact_at(bytes, at)
}

#[cfg(windows)]
use std::os::windows::fs::FileExt;

#[cfg(windows)]
fn write_all_at(file: &File, mut bytes: &[u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.seek_write(bytes, at) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => {
                bytes = &bytes[written..];
                at += written as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut bytes: &mut [u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.seek_read(bytes, at) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                bytes = &mut bytes[read..];
                at += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_disk(file: File) -> Pixels {
        Pixels::Disk { file: Arc::new(Scratch { folder: "scratch".into(), file }), len: 0 }
    }

    #[test]
    fn what_is_spilled_and_pushed_is_read_back_from_anywhere() {
        let mut pixels = Pixels::with_room(3, ImageMemory::of(Some(1))).unwrap();
        pixels.push(&[1, 2, 3]).unwrap();
        assert!(pixels.folder().is_none());
        pixels.spill().unwrap();
        pixels.push(&[4, 5]).unwrap();
        assert!(pixels.folder().is_some() && pixels.len() == 5);
        assert_eq!(pixels.read(2, 3).unwrap()[..], [3, 4, 5]);
        assert_eq!(pixels.clone().read(0, 2).unwrap()[..], [1, 2]);
    }

    #[test]
    fn a_folder_that_cannot_be_written_to_is_named_with_what_to_do() {
        let missing = tempfile::tempdir().unwrap().path().join("missing");
        let error = Scratch::new(missing.clone()).unwrap_err();
        let said = error.to_string();
        assert!(
            said.starts_with(&format!(
                "`{}`: expected room for images that do not fit in memory, found ",
                missing.display()
            )),
            "{said}"
        );
        assert!(error.hint().is_some_and(|hint| hint.contains("`TMPDIR`")));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_an_error() {
        let full = File::options().read(true).write(true).open("/dev/full").unwrap();
        let error = on_disk(full).push(&[1; 9]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`scratch`: expected room for images that do not fit in memory, found No space left on \
             device (os error 28)"
        );
    }

    #[test]
    fn a_file_that_has_lost_bytes_is_an_error_and_no_panic() {
        let mut pixels = on_disk(tempfile::tempfile().unwrap());
        pixels.push(&[1; 9]).unwrap();
        let Pixels::Disk { file, .. } = &pixels else { unreachable!("it was made on disk") };
        file.file.set_len(5).unwrap();
        assert_eq!(pixels.read(0, 5).unwrap()[..], [1; 5]);
        let error = pixels.read(3, 4).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`scratch`: expected images that were put there, found failed to fill whole buffer"
        );
        assert!(error.hint().is_some());
    }
}
