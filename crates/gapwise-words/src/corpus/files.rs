//! Blocks of text from files, gzip or plain, and from standard input.

use std::{
    fmt,
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use flate2::bufread::MultiGzDecoder;
use gapwise_text::{LONGEST_WORD, Tokens};

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

    /// Its path, or "standard input".
    pub fn path(&self) -> PathBuf {
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

/// Bytes at the end of a block without a space in which a place between words is looked for.
const TAIL: usize = 4 * LONGEST_WORD;

/// A piece of a source.
pub(super) struct Text {
    /// The number of the source.
    pub(super) source: usize,
    pub(super) bytes: Vec<u8>,
    /// Whether it begins inside a word that is too long to be one.
    pub(super) within: bool,
}

/// The text of several sources, in blocks that end between words, each source's last with a line end. A
/// word that is too long to be one may be cut.
pub(super) struct Blocks<'a> {
    tokens: Tokens,
    sources: std::iter::Enumerate<std::slice::Iter<'a, Source>>,
    /// The number of the source that is open, or was last.
    number: usize,
    open: Option<(PathBuf, Box<dyn BufRead>)>,
    /// What the block before ended too late for.
    rest: Vec<u8>,
    /// Whether `rest` begins inside a word.
    within: bool,
    /// Bytes read of the source that is open.
    read: u64,
}

impl<'a> Blocks<'a> {
    pub(super) fn new(sources: &'a [Source], tokens: Tokens) -> Self {
        Blocks {
            tokens,
            sources: sources.iter().enumerate(),
            number: 0,
            open: None,
            rest: Vec::new(),
            within: false,
            read: 0,
        }
    }

    /// The next block, or `None` at the end.
    ///
    /// # Errors
    ///
    /// A source cannot be read, is UTF-16, or has a zero byte.
    pub(super) fn next(&mut self) -> Result<Option<Text>, WordsError> {
        loop {
            let Some((path, reader)) = &mut self.open else {
                let Some((number, source)) = self.sources.next() else { return Ok(None) };
                self.number = number;
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
            if self.read == 0
                && [b"\xff\xfe", b"\xfe\xff"].iter().any(|&mark| block.starts_with(mark))
            {
                return Err(WordsError::Utf16 { path: path.clone() });
            }
            if let Some(at) = block[before..].iter().position(|&byte| byte == 0) {
                let offset = self.read + at as u64;
                return Err(WordsError::Binary { path: path.clone(), offset });
            }
            self.read += found as u64;
            let within = std::mem::take(&mut self.within);
            if found < BLOCK {
                self.open = None;
                if block.is_empty() {
                    continue;
                }
                block.push(b'\n');
            } else {
                let cut = between_words(&block).or_else(|| in_tail(&block, self.tokens));
                self.within = cut.is_none();
                self.rest = block.split_off(cut.unwrap_or_else(|| last_character(&block)));
            }
            return Ok(Some(Text { source: self.number, bytes: block, within }));
        }
    }
}

/// Where to cut a block: behind its last line end, else its last space.
fn between_words(block: &[u8]) -> Option<usize> {
    let last = |is: fn(&u8) -> bool| block.iter().rposition(is).map(|at| at + 1);
    last(|byte| *byte == b'\n').or_else(|| last(u8::is_ascii_whitespace))
}

/// Where to cut a block of a script that has no spaces: between the last two words of its tail.
fn in_tail(block: &[u8], tokens: Tokens) -> Option<usize> {
    let end = last_character(block);
    let start = (end.saturating_sub(TAIL)..end).find(|&at| begins(block[at]))?;
    let last = block[start..end].utf8_chunks().last()?;
    // What is no text ends every word.
    if !last.invalid().is_empty() {
        return Some(end);
    }
    let text = last.valid();
    Some(end - text.len() + tokens.last_bound(text)?)
}

/// Where the last whole character begins.
fn last_character(block: &[u8]) -> usize {
    let found = block.iter().rposition(|&byte| begins(byte));
    found.filter(|&at| at > 0).unwrap_or(block.len())
}

/// Whether a character of UTF-8 begins with the byte.
fn begins(byte: u8) -> bool {
    byte & 0xc0 != 0x80
}

fn io_of(path: &Path, source: io::Error) -> WordsError {
    WordsError::Io { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_ends_between_words() {
        assert_eq!(between_words(b"one two\nthree f"), Some(8));
        assert_eq!(between_words(b"one two"), Some(4));
        assert_eq!(between_words(b"one"), None);
    }

    #[test]
    fn a_script_without_spaces_is_cut_between_words() {
        // 語 may not be whole; of 我們 and what comes before, each sign is a word.
        assert_eq!(in_tail("我們語".as_bytes(), Tokens::Words), Some(3));
        assert_eq!(in_tail(b"one-two.", Tokens::Words), Some(4));
        assert_eq!(in_tail("one\u{3000}two.".as_bytes(), Tokens::AsIs), Some(6));
        assert_eq!(in_tail(b"one-two.", Tokens::AsIs), None);
        assert_eq!(in_tail(&[b'a'; 9_000], Tokens::Words), None);
    }

    #[test]
    fn a_character_is_not_cut() {
        assert_eq!(last_character("aé".as_bytes()), 1);
        assert_eq!(last_character(&[0x80, 0x80]), 2);
    }
}
