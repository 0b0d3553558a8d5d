//! Files that are written whole or not at all.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use blake3::Hasher;
use tempfile::NamedTempFile;

use super::{RunError, manifest::Checksum};

/// Writes a file whole or not at all, wherever it is.
///
/// # Errors
///
/// As [`write_whole_with`].
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), RunError> {
    write_whole_with(path, |file| file.write_all(bytes))
}

/// Writes a file whole or not at all, wherever it is, as `write` gives its bytes: into another file beside
/// it, which takes its place when it is on the disk.
///
/// # Errors
///
/// [`RunError::NotWritten`]: the disk is full, the folder cannot be written, or `write` fails. The old file,
/// or none, is left.
pub fn write_whole_with(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), RunError> {
    target(path)
        .and_then(|target| put(&target, write))
        .map_err(|source| RunError::NotWritten { path: path.to_owned(), source })
}

/// Refuses a path that no file can be written to, before the work whose result is to go there.
///
/// # Errors
///
/// There is a folder, a device or something else that is no file.
pub fn check_target(path: &Path) -> Result<(), RunError> {
    let found = target(path);
    found.map(drop).map_err(|source| RunError::NotWritten { path: path.to_owned(), source })
}

/// The file itself: of a link, what it leads to. What is there and is no file is not replaced.
pub(super) fn target(path: &Path) -> io::Result<PathBuf> {
    if path.as_os_str().as_encoded_bytes().ends_with(b"/") {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(found) if !found.is_file() => {
            Err(io::Error::new(io::ErrorKind::InvalidInput, "it is a device, and no file"))
        }
        Ok(_) if path.is_symlink() => fs::canonicalize(path),
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(path.to_owned()),
    }
}

fn put(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    Ready::write(path, write)?.take_place(path)
}

/// A file that is whole, on the disk, and not yet in its place.
pub(super) struct Ready {
    part: Part,
    /// Checksum of its bytes.
    pub(super) checksum: Checksum,
}

impl Ready {
    /// Writes a file that is to stand at `path`, and reads its checksum on the way.
    pub(super) fn write(
        path: &Path,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<Self> {
        fs::create_dir_all(folder_of(path))?;
        let mut part = Part::beside(path)?;
        let mut summed = Summed { to: BufWriter::new(part.file()), hasher: Hasher::new() };
        write(&mut summed)?;
        summed.flush()?;
        let checksum = Checksum(summed.hasher.finalize().to_hex().to_string());
        drop(summed);
        part.file().sync_all()?;
        Ok(Ready { part, checksum })
    }

    /// Puts it in the place of what stands at `path`.
    pub(super) fn take_place(self, path: &Path) -> io::Result<()> {
        self.part.take_place(path)?;
        sync_folder(path)
    }
}

/// What is written, and its checksum so far.
struct Summed<W> {
    to: W,
    hasher: Hasher,
}

impl<W: Write> Write for Summed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.to.write(bytes)?;
        self.hasher.update(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// A file that is being written beside the one whose place it is to take. Where the system can, it has no
/// name until it is whole, so that nothing is left of it whatever ends the process.
enum Part {
    #[cfg(target_os = "linux")]
    Nameless(File),
    Named(NamedTempFile),
}

/// The start of its name.
const PART: &str = ".part-";

impl Part {
    fn beside(path: &Path) -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        if let Some(file) = nameless_in(folder_of(path)) {
            return Ok(Part::Nameless(file));
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix(PART);
        #[cfg(unix)]
        {
            // Readable for others as any file is, as far as the user's mask allows.
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        builder.tempfile_in(folder_of(path)).map(Part::Named)
    }

    fn file(&mut self) -> &mut File {
        match self {
            #[cfg(target_os = "linux")]
            Part::Nameless(file) => file,
            Part::Named(part) => part.as_file_mut(),
        }
    }

    fn take_place(self, path: &Path) -> io::Result<()> {
        match self {
            #[cfg(target_os = "linux")]
            Part::Nameless(file) => {
                // A link takes no other file's place, and so it is made beside and renamed.
                let named = tempfile::Builder::new()
                    .prefix(PART)
                    .make_in(folder_of(path), |name| link(&file, name))?;
                named.persist(path).map_err(|error| error.error).map(drop)
            }
            Part::Named(part) => part.persist(path).map_err(|error| error.error).map(drop),
        }
    }
}

/// A new file without a name, where the file system has such files and they can be given one.
#[cfg(target_os = "linux")]
fn nameless_in(folder: &Path) -> Option<File> {
    use rustix::fs::{Mode, OFlags, open};
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    let mode = Mode::RUSR | Mode::WUSR | Mode::RGRP | Mode::WGRP | Mode::ROTH | Mode::WOTH;
    let file = File::from(open(folder, flags, mode).ok()?);
    fs::symlink_metadata(descriptor(&file)).is_ok().then_some(file)
}

/// Gives a file without a name one.
#[cfg(target_os = "linux")]
fn link(file: &File, name: &Path) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, linkat};
    Ok(linkat(CWD, descriptor(file), CWD, name, AtFlags::SYMLINK_FOLLOW)?)
}

/// Where the system shows an open file of this process.
#[cfg(target_os = "linux")]
fn descriptor(file: &File) -> PathBuf {
    use std::os::fd::AsRawFd;
    PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()))
}

/// Makes the name of a new file in its folder survive a power cut.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    // Only Unix opens folders as files; elsewhere the name is kept by the file system.
    if cfg!(unix) {
        File::open(folder_of(path))?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn nothing_is_seen_of_a_file_that_is_being_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "old").unwrap();
        write_whole_with(&path, |to| {
            to.write_all(b"new")?;
            to.flush()?;
            // Elsewhere, and on some file systems, it has a name of its own.
            if cfg!(target_os = "linux") && nameless_in(folder.path()).is_some() {
                assert_eq!(names(folder.path()), ["file"]);
            }
            assert_eq!(fs::read(&path).unwrap(), b"old");
            Ok(())
        })
        .unwrap();
        assert_eq!(
            (fs::read(&path).unwrap(), names(folder.path())),
            (b"new".into(), vec!["file".into()])
        );
    }

    #[test]
    fn a_name_that_no_file_can_have_is_refused_before_anything_is_written() {
        let folder = tempfile::tempdir().unwrap();
        assert!(check_target(&folder.path().join("n".repeat(300))).is_err());
        assert!(check_target(&folder.path().join("n")).is_ok());
    }
}
