//! One idx file: header checked, contents in memory.

use std::{
    fs,
    io::{self, Read},
    path::Path,
};

use flate2::read::MultiGzDecoder;

use crate::{Place, images::ImageProblem};

/// What an idx file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Three dimensions: images, rows, columns.
    Images = 0,
    /// One dimension: labels.
    Labels = 1,
}

impl Kind {
    fn magic(self) -> u32 {
        match self {
            Kind::Images => 2051,
            Kind::Labels => 2049,
        }
    }

    fn dimensions(self) -> usize {
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

/// The values of one idx file.
#[derive(Debug)]
pub(super) struct Contents {
    pub(super) examples: usize,
    /// Pixels of a column; 1 for labels.
    pub(super) height: u32,
    /// Pixels of a row; 1 for labels.
    pub(super) width: u32,
    /// `[example, height, width]`.
    pub(super) bytes: Vec<u8>,
    /// Hash of the file as it is stored.
    pub(super) digest: blake3::Hash,
}

impl Contents {
    /// What stands for a file of labels that is not there.
    pub(super) fn empty() -> Self {
        let digest = blake3::hash(&[]);
        Contents { examples: 0, height: 1, width: 1, bytes: Vec::new(), digest }
    }
}

/// Reads a plain or compressed idx file of one kind.
pub(super) fn read(path: &Path, kind: Kind) -> Result<Contents, ImageProblem> {
    let problem = |expected: String, found: String| ImageProblem::Idx {
        place: Place::path(path),
        expected,
        found,
    };
    let stored = fs::read(path)
        .map_err(|error| problem("an idx file that can be read".to_owned(), error.to_string()))?;
    let digest = blake3::hash(&stored);
    let (mut source, most): (Box<dyn Read + '_>, u64) = match stored.as_slice() {
        // Deflate makes 1,032 bytes of one at most, so a header that promises more is wrong, and
        // nothing is set aside for it.
        [0x1F, 0x8B, ..] => {
            (Box::new(MultiGzDecoder::new(stored.as_slice())), stored.len() as u64 * 1032)
        }
        plain => (Box::new(plain), stored.len() as u64),
    };

    let header = 4 + 4 * kind.dimensions();
    let mut words = Vec::with_capacity(header);
    let read = (&mut source).take(header as u64).read_to_end(&mut words);
    let words: Vec<u32> = words
        .chunks_exact(4)
        .map(|word| u32::from_be_bytes([word[0], word[1], word[2], word[3]]))
        .collect();
    let noun = kind.noun();
    if words.first().is_some_and(|&magic| magic != kind.magic()) {
        let expected = format!("an idx file of {noun}, whose first number is {}", kind.magic());
        return Err(problem(expected, format!("{}", words[0])));
    }
    if words.len() < 1 + kind.dimensions() {
        let found = match read {
            Ok(_) => format!("{} bytes in all", stored.len()),
            Err(error) => format!("damaged compressed data ({error})"),
        };
        return Err(problem(
            format!("an idx file of {noun} with a header of {header} bytes"),
            found,
        ));
    }
    let (height, width) = match words.as_slice() {
        [_, _, height, width, ..] => (*height, *width),
        _ => (1, 1),
    };
    if height == 0 || width == 0 {
        return Err(problem(
            "images of at least 1×1 pixels".to_owned(),
            format!("a header that states {height}×{width}"),
        ));
    }

    let promised = u128::from(words[1]) * u128::from(height) * u128::from(width);
    let promise = || {
        let size =
            if kind == Kind::Images { format!(" of {height}×{width}") } else { String::new() };
        let bytes = promised + header as u128;
        format!("{bytes} bytes (a header of {header}, then {} {noun}{size})", words[1])
    };
    let whole = u64::try_from(promised).ok().filter(|&whole| whole <= most);
    let room = whole.unwrap_or(most);
    let mut bytes = Vec::with_capacity(whole.unwrap_or(0) as usize);
    // One byte more than promised, to see whether anything follows.
    let read = source.take(room + 1).read_to_end(&mut bytes);
    let found = header + bytes.len();
    match (read, u128::cmp(&(bytes.len() as u128), &promised)) {
        (Ok(_), std::cmp::Ordering::Equal) => {
            Ok(Contents { examples: words[1] as usize, height, width, bytes, digest })
        }
        (Ok(_), std::cmp::Ordering::Greater) => Err(problem(promise(), "more".to_owned())),
        (Ok(_), std::cmp::Ordering::Less) => Err(problem(promise(), format!("{found}"))),
        (Err(error), _) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Err(problem(promise(), format!("{found}, where the compressed data stops short")))
        }
        (Err(error), _) => {
            Err(problem(promise(), format!("{found} and then damaged compressed data ({error})")))
        }
    }
}
