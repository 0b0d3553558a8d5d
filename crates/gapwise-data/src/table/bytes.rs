//! From a file to text: gzip by its first bytes, then UTF-8, else Latin-1. No more is read than can
//! be a table: neither beyond a byte 0, nor beyond a line without end, nor beyond the memory there is.

use std::{
    io::{self, Read},
    path::Path,
};

use flate2::read::MultiGzDecoder;

use crate::{
    DataError, Note, Place, Problem, format::Format, images::room, shown::shown_path, stream,
    wording::thousands,
};

/// A file as text.
#[derive(Debug)]
pub(super) struct Decoded {
    /// The whole text, without a byte-order mark, its lines ended by line feeds.
    pub(super) text: String,
    /// Hash of the file's bytes as they lie on the disk.
    pub(super) digest: blake3::Hash,
    /// How it was decoded, where that was a choice.
    pub(super) notes: Vec<Note>,
}

/// Bytes of text that are looked at together, the first of which tell what a file is.
const BLOCK: usize = 1 << 18;

/// More bytes than any line that is meant as one.
const LONGEST_LINE: usize = 64 << 20;

/// Opens and decodes a table's file, or what a stream gave.
pub(super) fn open(path: &Path) -> Result<Decoded, DataError> {
    // Text and cells are in memory together, and then the columns.
    let most = room(None) / 2;
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::OutOfMemory => DataError::OutOfMemory { path: path.to_owned(), bytes: most },
        _ => DataError::Io { path: path.to_owned(), source },
    };
    let (bytes, digest) = read(path, stream::open(path).map_err(failed)?, most)?;
    let (text, notes) = decode(path, bytes)?;
    Ok(Decoded { text, digest, notes })
}

/// A reader that hashes what it reads.
struct Hashed<R> {
    source: R,
    hasher: blake3::Hasher,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(to)?;
        self.hasher.update(&to[..read]);
        Ok(read)
    }
}

/// The text, unpacked where it is gzip, and the hash of the bytes that it came in.
fn read(path: &Path, source: impl Read, most: u64) -> Result<(Vec<u8>, blake3::Hash), DataError> {
    let mut source = Hashed { source, hasher: blake3::Hasher::new() };
    let mut first = [0; 2];
    let mut known = 0;
    let failed = |source| DataError::Io { path: path.to_owned(), source };
    while known < first.len() {
        match source.read(&mut first[known..]) {
            Ok(0) => break,
            Ok(read) => known += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
    }
    let raw = first[..known].chain(&mut source);
    let mut text = Text { path, most, bytes: Vec::new(), line: 1, line_starts: 0 };
    let outcome = if first == [0x1F, 0x8B] {
        text.fill(MultiGzDecoder::new(raw), |reason, read| {
            DataError::from(Problem::UnreadableFile {
                place: Place::path(path),
                expected: "a whole gzip file".to_owned(),
                found: format!("one that breaks after {read} bytes of text ({reason})"),
            })
        })
    } else {
        text.fill(raw, |reason, _| failed(reason))
    };
    outcome.map(|()| (text.bytes, source.hasher.finalize()))
}

/// Text as it is read, with where its last line begins.
struct Text<'a> {
    path: &'a Path,
    most: u64,
    bytes: Vec<u8>,
    line: usize,
    line_starts: usize,
}

impl Text<'_> {
    fn fill(
        &mut self,
        mut source: impl Read,
        failed: impl Fn(io::Error, usize) -> DataError,
    ) -> Result<(), DataError> {
        let mut block = vec![0; BLOCK];
        loop {
            let mut filled = 0;
            while filled < BLOCK {
                match source.read(&mut block[filled..]) {
                    Ok(0) => break,
                    Ok(read) => filled += read,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(failed(error, self.bytes.len() + filled)),
                }
            }
            if filled == 0 {
                return Ok(());
            }
            self.add(&block[..filled])?;
        }
    }

    fn add(&mut self, block: &[u8]) -> Result<(), DataError> {
        let refused = |problem: Problem| Err(DataError::from(problem));
        let place = || Place::path(self.path);
        if self.bytes.is_empty()
            && let Some(format) = Format::of(block)
        {
            return refused(Problem::OtherFormat { place: place(), format });
        }
        for (at, byte) in block.iter().enumerate() {
            match byte {
                0 => {
                    let found = format!("a byte 0 in line {}, which no text has", self.line);
                    return refused(unreadable(self.path, found));
                }
                b'\n' | b'\r' => {
                    self.line += usize::from(*byte == b'\n');
                    self.line_starts = self.bytes.len() + at + 1;
                }
                _ => {}
            }
        }
        let length = self.bytes.len() + block.len();
        if length - self.line_starts > LONGEST_LINE {
            return refused(Problem::UnreadableFile {
                place: place(),
                expected: format!("lines of at most {} MiB", LONGEST_LINE >> 20),
                found: format!("a longer one, line {}", thousands(self.line)),
            });
        }
        if length as u64 > self.most || self.bytes.try_reserve(block.len()).is_err() {
            let bytes = length as u64;
            return Err(DataError::OutOfMemory { path: self.path.to_owned(), bytes });
        }
        self.bytes.extend_from_slice(block);
        Ok(())
    }
}

fn unreadable(path: &Path, found: String) -> Problem {
    let place = Place::path(path);
    Problem::UnreadableFile { place, expected: "a table as UTF-8 text".to_owned(), found }
}

fn decode(path: &Path, mut bytes: Vec<u8>) -> Result<(String, Vec<Note>), DataError> {
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        bytes.drain(..3);
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(DataError::from(Problem::Empty {
            place: Place::path(path),
            expected: "a table with a line per example".to_owned(),
        }));
    }
    // Some old programs end lines with a carriage return alone.
    if !bytes.contains(&b'\n') {
        for byte in bytes.iter_mut().filter(|byte| **byte == b'\r') {
            *byte = b'\n';
        }
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok((text, Vec::new())),
        Err(error) => {
            let line = 1 + error.as_bytes()[..error.utf8_error().valid_up_to()]
                .iter()
                .filter(|byte| **byte == b'\n')
                .count();
            // Every byte is a character of Latin-1, at the code point of the same number.
            let text = error.as_bytes().iter().map(|byte| char::from(*byte)).collect();
            let said = format!(
                "{} is not UTF-8 (line {line}), so it is read as Latin-1; save it as UTF-8 if \
                 letters look wrong",
                shown_path(path)
            );
            Ok((text, vec![Note { said, change_with: None }]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> Result<(String, Vec<Note>), DataError> {
        let path = Path::new("a.csv");
        decode(path, read(path, bytes, 1 << 30)?.0)
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_name() {
        assert_eq!(text(b"\xEF\xBB\xBFa,b\n").expect("text").0, "a,b\n");
    }

    #[test]
    fn other_bytes_than_utf_8_are_latin_1_and_said() {
        let (decoded, notes) = text(b"a\nb\nM\xFCnchen\n").expect("text");
        assert_eq!(decoded, "a\nb\nMünchen\n");
        assert!(notes[0].said.contains("(line 3)"), "{}", notes[0].said);
    }

    #[test]
    fn carriage_returns_alone_end_lines() {
        assert_eq!(text(b"a,b\r1,2\r").expect("text").0, "a,b\n1,2\n");
        assert_eq!(text(b"a,b\r\n1,2\r\n").expect("text").0, "a,b\r\n1,2\r\n");
    }

    #[test]
    fn what_is_no_text_is_refused_by_name() {
        let found = |bytes: &[u8]| text(bytes).expect_err("no text").to_string();
        assert!(found(b"PK\x03\x04rest").ends_with("found a ZIP archive"));
        assert!(found(b"\xFF\xFEa\x00").contains("UTF-16"));
        assert!(found(b"a,b\n1,\x002\n").contains("byte 0 in line 2"));
        assert!(found(b" \n\r\n").contains("it is empty"));
    }

    #[test]
    fn a_gzip_file_cut_short_is_told_from_a_whole_one() {
        use std::io::Write;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(b"a,b\n1,2\n").expect("in memory");
        let whole = encoder.finish().expect("in memory");
        let path = Path::new("a.csv.gz");
        let (bytes, digest) = read(path, whole.as_slice(), 1 << 30).expect("whole");
        assert_eq!((bytes.as_slice(), digest), (b"a,b\n1,2\n".as_slice(), blake3::hash(&whole)));
        let cut = read(path, &whole[..whole.len() - 6], 1 << 30).expect_err("cut");
        assert!(cut.to_string().contains("expected a whole gzip file"), "{cut}");
    }

    #[test]
    fn no_more_is_read_than_can_be_a_table() {
        /// Counts what is read of an endless source.
        struct Endless(u8, usize);
        impl Read for &mut Endless {
            fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
                to.fill(self.0);
                self.1 += to.len();
                Ok(to.len())
            }
        }
        let path = Path::new("a.csv");
        let refused = |byte, most| {
            let mut endless = Endless(byte, 0);
            let error = read(path, &mut endless, most).expect_err("no end");
            (error.to_string(), endless.1)
        };
        let (said, bytes) = refused(0, 1 << 30);
        assert!(said.contains("a byte 0 in line 1") && bytes <= 2 * BLOCK, "{said}, {bytes}");
        let (said, bytes) = refused(b'x', 1 << 30);
        assert!(said.contains("lines of at most 64 MiB"), "{said}");
        assert!(bytes <= LONGEST_LINE + 2 * BLOCK, "{bytes}");
        let (said, bytes) = refused(b'\n', 8 << 20);
        assert!(said.contains("enough memory") && bytes <= 9 << 20, "{said}, {bytes}");
    }
}
