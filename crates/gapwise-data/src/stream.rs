//! What is no file: what a program holds in memory, and what can be read only once, such as standard
//! input, named pipes and what a shell puts in the place of a command, as in `<(gzip -cd a.gz)`.
//!
//! Such a source is read whole when it is first asked for, and what was read is kept until the
//! process ends, so that it can be looked at as often as a file. Devices, which have no end, are
//! refused, and so are the files that an operating system makes up.

use std::{
    fs::{self, File},
    io::{self, Cursor, Read},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
    time::Duration,
};

use crate::{
    DataError, Place, Problem,
    images::{room, starts_like_image},
    shown::STANDARD_INPUT,
};

/// What was read, by path.
static READ: Mutex<Vec<(PathBuf, Arc<[u8]>)>> = Mutex::new(Vec::new());

/// Bytes that are read at once.
const BLOCK: usize = 1 << 16;

/// How long a named pipe is waited for that nobody writes to.
const NO_WRITER: Duration = Duration::from_secs(5);

/// What lies at a path.
enum Kind {
    File,
    Folder,
    StandardInput,
    Pipe,
    /// What a program holds in memory.
    Held,
    Device,
    NotThere,
}

impl Kind {
    fn of(path: &Path) -> Kind {
        const STANDARD_INPUTS: [&str; 4] =
            [STANDARD_INPUT, "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"];
        if path == Path::new(STANDARD_INPUT) {
            return Kind::StandardInput;
        }
        if held(path).is_some() {
            return Kind::Held;
        }
        let Ok(metadata) = fs::metadata(path) else { return Kind::NotThere };
        let kind = metadata.file_type();
        if kind.is_dir() {
            return Kind::Folder;
        }
        if kind.is_file() {
            return Kind::File;
        }
        if STANDARD_INPUTS.iter().any(|input| path == Path::new(input)) {
            return Kind::StandardInput;
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::FileTypeExt;
            if kind.is_fifo() || kind.is_socket() {
                return Kind::Pipe;
            }
        }
        Kind::Device
    }
}

/// Whether a path leads to what can be read only once.
pub fn is_stream(path: &Path) -> bool {
    matches!(Kind::of(path), Kind::StandardInput | Kind::Pipe | Kind::Held)
}

/// A path by which the same data is known again, however it was named.
pub(crate) fn identity(path: &Path) -> PathBuf {
    match Kind::of(path) {
        Kind::StandardInput => PathBuf::from(STANDARD_INPUT),
        Kind::Held => path.to_owned(),
        _ => fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()),
    }
}

/// What a copy of it is called, and the ids of its examples begin with; `None` for what is no
/// stream.
pub fn name(path: &Path) -> Option<String> {
    match Kind::of(path) {
        Kind::StandardInput => Some("standard-input.csv".to_owned()),
        Kind::Held => path.to_str()?.splitn(3, ':').nth(2).map(str::to_owned),
        Kind::Pipe => {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let number = name.bytes().all(|byte| byte.is_ascii_digit());
            Some(if number { format!("pipe-{name}.csv") } else { name })
        }
        _ => None,
    }
}

/// Refuses what is neither a file, nor a folder, nor a stream with an end.
///
/// # Errors
///
/// [`Problem::UnknownSource`] for a device, and for a path among the files that an operating system
/// makes up, such as `/proc`.
pub fn refuse_devices(path: &Path) -> Result<(), DataError> {
    let found = match Kind::of(path) {
        Kind::Device => "a device",
        Kind::File | Kind::Folder if is_made_up(path) => "what the operating system makes up",
        _ => return Ok(()),
    };
    Err(Problem::UnknownSource {
        place: Place::path(path),
        expected: "a file, a folder or a pipe".to_owned(),
        found: found.to_owned(),
    }
    .into())
}

/// Whether a path lies in a file system without files of its own.
fn is_made_up(path: &Path) -> bool {
    cfg!(unix)
        && path.canonicalize().is_ok_and(|path| {
            ["/proc", "/sys", "/dev"].iter().any(|made_up| path.starts_with(made_up))
                // Shared memory holds files as a disk does.
                && !path.starts_with("/dev/shm")
        })
}

/// Whether a file is there that has an end and something in it, so that it can be opened without
/// waiting for anybody.
pub fn is_regular(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() > 0)
}

/// The whole of a file or a stream. A stream is read once; asked for again, it is the same.
///
/// Text is read up to the first byte 0, which it cannot have.
///
/// # Errors
///
/// What opening and reading say; [`io::ErrorKind::OutOfMemory`] where there is too little for a
/// stream; [`io::ErrorKind::TimedOut`] for a named pipe that nobody writes to.
pub fn read(path: &Path) -> io::Result<Arc<[u8]>> {
    let source: fn(&Path) -> io::Result<Box<dyn Read>> = match Kind::of(path) {
        Kind::StandardInput => |_| Ok(Box::new(io::stdin().lock())),
        Kind::Pipe => |path| Ok(Box::new(open_pipe(path)?)),
        Kind::Held => return held(path).ok_or_else(|| io::ErrorKind::NotFound.into()),
        Kind::Device => {
            let said = "it is a device, not a file";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, said));
        }
        Kind::File | Kind::Folder | Kind::NotThere => return Ok(fs::read(path)?.into()),
    };
    let key = match Kind::of(path) {
        Kind::StandardInput => Path::new(STANDARD_INPUT),
        _ => path,
    };
    // The list is whole whatever a panic elsewhere did.
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, bytes)) = read.iter().find(|(known, _)| known == key) {
        return Ok(bytes.clone());
    }
    let bytes: Arc<[u8]> = whole(source(path)?, room(None) / 2)?.into();
    read.push((key.to_owned(), bytes.clone()));
    Ok(bytes)
}

/// What is held in memory at a path.
fn held(path: &Path) -> Option<Arc<[u8]>> {
    path.to_str().filter(|path| path.starts_with("memory:"))?;
    let read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    read.iter().find(|(known, _)| known == path).map(|(_, bytes)| bytes.clone())
}

/// Holds `bytes` in memory, to be read at `path`.
pub(crate) fn hold(path: &Path, bytes: Vec<u8>) {
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    read.push((path.to_owned(), bytes.into()));
}

/// Lets go of what is held at `path`.
pub(crate) fn let_go(path: &Path) {
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    read.retain(|(known, _)| known != path);
}

/// A file from its beginning, or a stream's whole content, to read from.
///
/// # Errors
///
/// As [`read`].
pub fn open(path: &Path) -> io::Result<Box<dyn Read + Send>> {
    match Kind::of(path) {
        Kind::File | Kind::Folder | Kind::NotThere => Ok(Box::new(File::open(path)?)),
        _ => Ok(Box::new(Cursor::new(read(path)?))),
    }
}

fn whole(mut source: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut block = vec![0; BLOCK];
    loop {
        let read = match source.read(&mut block) {
            Ok(0) => return Ok(bytes),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if (bytes.len() + read) as u64 > most || bytes.try_reserve(read).is_err() {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        bytes.extend_from_slice(&block[..read]);
        let binary = bytes.starts_with(&[0x1F, 0x8B]) || starts_like_image(&bytes);
        if !binary && block[..read].contains(&0) {
            return Ok(bytes);
        }
    }
}

/// Opens a named pipe, where somebody writes to it: until then, opening it does not return.
fn open_pipe(path: &Path) -> io::Result<File> {
    let (opened, opening) = mpsc::channel();
    let pipe = path.to_owned();
    thread::spawn(move || opened.send(File::open(pipe)));
    opening.recv_timeout(NO_WRITER).unwrap_or_else(|_| {
        let said = format!(
            "it is a pipe, and nobody has written to it for {} seconds",
            NO_WRITER.as_secs()
        );
        Err(io::Error::new(io::ErrorKind::TimedOut, said))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_ends_at_a_byte_0_and_images_do_not() {
        let zeros = io::repeat(0);
        assert!(whole(zeros, 1 << 30).expect("read").len() <= BLOCK);
        let png = [b"\x89PNG\r\n\x1a\n".as_slice(), &[0; 100_000]].concat();
        assert_eq!(whole(png.as_slice(), 1 << 30).expect("read").len(), png.len());
    }

    #[test]
    fn a_stream_without_end_is_given_up_where_memory_ends() {
        let error = whole(io::repeat(b'x'), 1 << 20).expect_err("no end");
        assert_eq!(error.kind(), io::ErrorKind::OutOfMemory);
    }

    #[cfg(unix)]
    #[test]
    fn devices_and_what_is_made_up_are_refused_and_standard_input_is_not() {
        assert!(refuse_devices(Path::new("/dev/zero")).is_err());
        assert!(refuse_devices(Path::new("/dev")).is_err());
        assert!(refuse_devices(Path::new("-")).is_ok());
        assert!(refuse_devices(Path::new(env!("CARGO_MANIFEST_DIR"))).is_ok());
        assert_eq!(name(Path::new("-")).as_deref(), Some("standard-input.csv"));
        assert_eq!(name(Path::new("Cargo.toml")), None);
    }
}
