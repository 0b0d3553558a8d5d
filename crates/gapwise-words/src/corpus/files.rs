//! Blocks of text from files, gzip or plain, and from standard input.

use std::{
    fmt,
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use flate2::bufread::MultiGzDecoder;

use crate::WordsError;

/// Where text comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// Standard input.
    StandardInput,
}

impl Source {
    /// The source that a person names: `-` is standard input.
    pub fn named(path: &Path) -> Self {
        if path == Path::new("-") { Source::StandardInput } else { Source::File(path.to_owned()) }
    }

    fn path(&self) -> PathBuf {
        match self {
            Source::File(path) => path.clone(),
            Source::StandardInput => PathBuf::from("standard input"),
        }
    }

    fn open(&self) -> io::Result<Box<dyn BufRead>> {
        let mut plain: Box<dyn BufRead> = match self {
            Source::File(path) => Box::new(BufReader::with_capacity(1 << 16, File::open(path)?)),
            Source::StandardInput => Box::new(BufReader::new(io::stdin())),
        };
        let gzip = plain.fill_buf()?.starts_with(&[0x1f, 0x8b]);
        Ok(if gzip { Box::new(BufReader::new(MultiGzDecoder::new(plain))) } else { plain })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::File(path) => write!(f, "`{}`", path.display()),
            Source::StandardInput => f.write_str("standard input"),
        }
    }
}

/// Bytes of a block, about.
const BLOCK: usize = 1 << 18;

/// The text of several sources, in blocks that end between words, each source's last with a line end.
pub(super) struct Blocks<'a> {
    sources: std::slice::Iter<'a, Source>,
    open: Option<(PathBuf, Box<dyn BufRead>)>,
    /// What the block before ended too late for.
    rest: Vec<u8>,
    /// Bytes read of the source that is open.
    read: u64,
}

impl<'a> Blocks<'a> {
    pub(super) fn new(sources: &'a [Source]) -> Self {
        Blocks { sources: sources.iter(), open: None, rest: Vec::new(), read: 0 }
    }

    /// The next block, or `None` at the end.
    ///
    /// # Errors
    ///
    /// A source cannot be read, or has a zero byte.
    pub(super) fn next(&mut self) -> Result<Option<Vec<u8>>, WordsError> {
        loop {
            let Some((path, reader)) = &mut self.open else {
                let Some(source) = self.sources.next() else { return Ok(None) };
                let path = source.path();
                let reader = source.open().map_err(|source| io_of(&path, source))?;
                self.open = Some((path, reader));
                self.read = 0;
                continue;
            };
            let mut block = std::mem::take(&mut self.rest);
            let before = block.len();
            let found = reader
                .by_ref()
                .take(BLOCK as u64)
                .read_to_end(&mut block)
                .map_err(|source| io_of(path, source))?;
            if let Some(at) = block[before..].iter().position(|&byte| byte == 0) {
                let offset = self.read + at as u64;
                return Err(WordsError::Binary { path: path.clone(), offset });
            }
            self.read += found as u64;
            if found < BLOCK {
                self.open = None;
                if block.is_empty() {
                    continue;
                }
                block.push(b'\n');
                return Ok(Some(block));
            }
            self.rest = block.split_off(between_words(&block));
            return Ok(Some(block));
        }
    }
}

/// Where to cut a block: behind its last line end, else its last space, else its last whole character.
fn between_words(block: &[u8]) -> usize {
    let last = |is: fn(&u8) -> bool| block.iter().rposition(is).map(|at| at + 1);
    // Text without a space for so long is cut wherever a character begins.
    let begins = |byte: &u8| *byte & 0xc0 != 0x80;
    last(|byte| *byte == b'\n')
        .or_else(|| last(u8::is_ascii_whitespace))
        .or_else(|| block.iter().rposition(begins).filter(|&at| at > 0))
        .unwrap_or(block.len())
}

fn io_of(path: &Path, source: io::Error) -> WordsError {
    WordsError::Io { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_ends_between_words() {
        assert_eq!(between_words(b"one two\nthree f"), 8);
        assert_eq!(between_words(b"one two"), 4);
        // Of `aé`, cut before the two bytes of é.
        assert_eq!(between_words("aé".as_bytes()), 1);
        assert_eq!(between_words(&[0x80, 0x80]), 2);
    }
}
