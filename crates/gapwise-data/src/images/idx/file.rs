//! One idx file: header checked, contents as they come.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use flate2::bufread::MultiGzDecoder;

use super::labels::Element;
use crate::{
    DataError, Place,
    images::{ImageProblem, stack::CHUNK},
};

/// What an idx file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Three dimensions: images, rows, columns.
    Images = 0,
    /// One dimension, or a second one: labels.
    Labels = 1,
}

impl Kind {
    /// What a file of this kind begins with: two zeros, the type of its numbers, its dimensions.
    fn expected(self) -> &'static str {
        match self {
            Kind::Images => "an idx file of images, whose first number is 2051",
            Kind::Labels => {
                "an idx file of labels, whose first number is 2049 (or that of another type of numbers, \
                 or of two dimensions)"
            }
        }
    }

    /// The type and the dimensions of a file that begins so, where it is one of this kind.
    fn begun(self, magic: u32) -> Option<(Element, usize)> {
        let [zero, also, element, dimensions] = magic.to_be_bytes();
        let element = Element::of(element).filter(|_| zero == 0 && also == 0)?;
        let fits = match self {
            Kind::Images => element == Element::Uint8 && dimensions == 3,
            Kind::Labels => (1..=2).contains(&dimensions),
        };
        fits.then_some((element, dimensions.into()))
    }

    fn usual_dimensions(self) -> usize {
        match self {
            Kind::Images => 3,
            Kind::Labels => 1,
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Kind::Images => "images",
            Kind::Labels => "labels",
        }
    }
}

/// One idx file of which the header is read.
pub(super) struct IdxFile {
    path: PathBuf,
    kind: Kind,
    source: Source,
    pub(super) examples: usize,
    /// The type of its numbers.
    pub(super) element: Element,
    /// Numbers of an example: pixels, or labels.
    pub(super) columns: usize,
    /// Bytes before the numbers.
    header: usize,
    /// Pixels of a column; 1 for labels.
    pub(super) height: u32,
    /// Pixels of a row; labels of an example.
    pub(super) width: u32,
    /// The most bytes that the file can hold.
    most: u64,
}

impl IdxFile {
    /// Opens a plain or compressed idx file of one kind.
    pub(super) fn open(path: &Path, kind: Kind) -> Result<IdxFile, ImageProblem> {
        let problem = |expected: String, found: String| problem(path, expected, found);
        let (mut source, stored) = Source::open(path).map_err(|error| unread(path, &error))?;
        let mut words = Vec::new();
        let mut read = (&mut source).take(4).read_to_end(&mut words);
        let magic = words.first_chunk().map(|magic| u32::from_be_bytes(*magic));
        let begun = magic.map(|magic| kind.begun(magic).ok_or(magic)).transpose();
        let begun =
            begun.map_err(|magic| problem(kind.expected().to_owned(), magic.to_string()))?;
        let (element, dimensions) = begun.unwrap_or((Element::Uint8, kind.usual_dimensions()));
        let header = 4 + 4 * dimensions;
        if read.is_ok() {
            read = (&mut source).take(header as u64 - 4).read_to_end(&mut words);
        }
        let words: Vec<u32> =
            words.as_chunks().0.iter().map(|word| u32::from_be_bytes(*word)).collect();
        let noun = kind.noun();
        if words.len() < 1 + dimensions {
            let found = match read {
                Ok(_) => format!("{stored} bytes in all"),
                Err(error) => format!("damaged compressed data ({error})"),
            };
            return Err(problem(
                format!("an idx file of {noun} with a header of {header} bytes"),
                found,
            ));
        }
        let (height, width) = match words.as_slice() {
            [_, _, height, width, ..] => (*height, *width),
            [_, _, columns] => (1, *columns),
            _ => (1, 1),
        };
        if kind == Kind::Labels && width == 0 {
            return Err(problem(
                "one label for each example".to_owned(),
                "a header that states 0".to_owned(),
            ));
        }
        if height == 0 || width == 0 {
            return Err(problem(
                "images of at least 1×1 pixels".to_owned(),
                format!("a header that states {height}×{width}"),
            ));
        }
        // Deflate makes 1,032 bytes of one at most, so a header that promises more is wrong, and
        // nothing is set aside for it.
        let most = match source {
            Source::Plain(_) => stored,
            Source::Gzip(_) => stored.saturating_mul(1032),
        };
        let (path, examples) = (path.to_owned(), words[1] as usize);
        let columns = height as usize * width as usize;
        let file =
            IdxFile { path, kind, source, examples, element, columns, header, height, width, most };
        Ok(file)
    }

    /// Hands all values to `take`, some whole examples at a time, and checks that there are as many
    /// as the header promises. The result is the hash of the file as it is stored.
    ///
    /// # Errors
    ///
    /// That of `take`; [`DataError::Problems`] where the file is not what its header says.
    pub(super) fn read(
        mut self,
        mut take: impl FnMut(&[u8]) -> Result<(), DataError>,
    ) -> Result<blake3::Hash, DataError> {
        let each = self.columns as u64 * self.element.bytes() as u64;
        let promised = u64::try_from(self.promised()).ok().filter(|&bytes| bytes <= self.most);
        let (limit, chunk) = match promised {
            Some(promised) => (promised, (CHUNK as u64 / each).max(1) * each),
            None => (self.most, CHUNK as u64),
        };
        let mut bytes = Vec::with_capacity(chunk.min(limit) as usize);
        let mut found = 0;
        while found < limit {
            let wanted = chunk.min(limit - found);
            bytes.clear();
            let read = (&mut self.source).take(wanted).read_to_end(&mut bytes);
            found += bytes.len() as u64;
            if read.is_err() || (bytes.len() as u64) < wanted {
                return Err(self.broken(found as usize, read.err()));
            }
            if promised.is_some() {
                take(&bytes)?;
            }
        }
        if promised.is_none() {
            return Err(self.broken(found as usize, None));
        }
        // One byte more than promised, to see whether anything follows.
        match (&mut self.source).take(1).read_to_end(&mut Vec::new()) {
            Ok(0) => {}
            Ok(_) => return Err(self.problem("more".to_owned())),
            Err(error) => return Err(self.broken(found as usize, Some(error))),
        }
        let path = self.path;
        self.source.digest().map_err(|error| unread(&path, &error).into())
    }

    /// Examples to set room aside for: as many as the header promises, and no more than the file can
    /// hold, whatever its header says.
    pub(super) fn room(&self) -> usize {
        let can_hold = self.most / (u64::from(self.height) * u64::from(self.width));
        self.examples.min(usize::try_from(can_hold).unwrap_or(usize::MAX))
    }

    fn promised(&self) -> u128 {
        self.examples as u128 * self.columns as u128 * self.element.bytes() as u128
    }

    /// The problem of a file that stops, or cannot be read, after so many values.
    fn broken(&self, values: usize, error: Option<io::Error>) -> DataError {
        let found = self.header + values;
        match error {
            None => self.problem(format!("{found}")),
            Some(error) if matches!(self.source, Source::Plain(_)) => {
                unread(&self.path, &error).into()
            }
            Some(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                self.problem(format!("{found}, where the compressed data stops short"))
            }
            Some(error) => {
                self.problem(format!("{found} and then damaged compressed data ({error})"))
            }
        }
    }

    /// The problem of a file that does not hold what its header promises.
    fn problem(&self, found: String) -> DataError {
        let (header, noun) = (self.header, self.kind.noun());
        let bytes = self.columns * self.element.bytes();
        let size = match self.kind {
            Kind::Images => format!(" of {}×{}", self.height, self.width),
            Kind::Labels if bytes > 1 => format!(" of {bytes} bytes"),
            Kind::Labels => String::new(),
        };
        let bytes = self.promised() + header as u128;
        let expected =
            format!("{bytes} bytes (a header of {header}, then {} {noun}{size})", self.examples);
        problem(&self.path, expected, found).into()
    }
}

pub(super) fn problem(path: &Path, expected: String, found: String) -> ImageProblem {
    ImageProblem::Idx { place: Place::path(path), expected, found }
}

fn unread(path: &Path, error: &io::Error) -> ImageProblem {
    problem(path, "an idx file that can be read".to_owned(), error.to_string())
}

/// The bytes of a file, decompressed where they are compressed.
enum Source {
    Plain(Box<BufReader<Hashed>>),
    Gzip(Box<MultiGzDecoder<BufReader<Hashed>>>),
}

impl Source {
    /// Bytes that are read from the file at a time.
    const BUFFER: usize = 1 << 17;

    /// The bytes of a file, and how many are stored.
    fn open(path: &Path) -> io::Result<(Source, u64)> {
        let file = File::open(path)?;
        let stored = file.metadata()?.len();
        let hashed = Hashed { file, hasher: blake3::Hasher::new() };
        let mut reader = BufReader::with_capacity(Source::BUFFER, hashed);
        let source = match reader.fill_buf()? {
            [0x1F, 0x8B, ..] => Source::Gzip(Box::new(MultiGzDecoder::new(reader))),
            _ => Source::Plain(Box::new(reader)),
        };
        Ok((source, stored))
    }

    /// Hash of the whole file as it is stored.
    fn digest(self) -> io::Result<blake3::Hash> {
        let reader = match self {
            Source::Plain(reader) => *reader,
            Source::Gzip(decoder) => decoder.into_inner(),
        };
        // What is buffered has been hashed on its way in.
        let mut hashed = reader.into_inner();
        io::copy(&mut hashed, &mut io::sink())?;
        Ok(hashed.hasher.finalize())
    }
}

impl Read for Source {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match self {
            Source::Plain(reader) => reader.read(bytes),
            Source::Gzip(decoder) => decoder.read(bytes),
        }
    }
}

/// A file that is hashed while it is read.
struct Hashed {
    file: File,
    hasher: blake3::Hasher,
}

impl Read for Hashed {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(bytes)?;
        self.hasher.update(&bytes[..read]);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_room_is_set_aside_for_examples_that_a_file_cannot_hold() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("images");
        let file = |examples: u32| {
            let words = [2051, examples, 2, 2].map(u32::to_be_bytes).concat();
            std::fs::write(&path, [words, vec![7; 12]].concat()).unwrap();
            IdxFile::open(&path, Kind::Images).map_err(|problem| problem.to_string()).unwrap()
        };
        assert_eq!(file(3).room(), 3);
        // 28 bytes in all hold seven images of four bytes at most, whatever the header says.
        assert_eq!((file(u32::MAX).room(), file(u32::MAX).examples), (7, 4_294_967_295));
    }
}
