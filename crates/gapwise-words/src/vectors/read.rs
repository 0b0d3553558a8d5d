//! Readers of all formats. The format is known by the file's first bytes.
//!
//! The memory map is one of three places with unsafe code.
#![allow(unsafe_code)]

use std::{
    borrow::Cow,
    fs::{self, File},
    io,
    path::Path,
    sync::{Arc, OnceLock},
};

use gapwise_data::wording::counted;
use memmap2::Mmap;
use rayon::prelude::*;
use safetensors::tensor::Dtype;

use super::{
    Format, Vectors,
    rows::{Numbers, Texts},
    tensors::{self, malformed},
};
use crate::{
    WordsError,
    error::{At, Place},
};

/// Dimensions that no vectors have: a header that says more is no header.
const MOST_DIMENSIONS: usize = 1 << 20;

/// Opens a file of vectors in any of the formats.
///
/// safetensors and word2vec's binary format are mapped to memory, and their numbers read where they are
/// needed. Text is read whole. A word that comes again keeps its first vector in every answer that looks
/// it up.
///
/// # Errors
///
/// It is no file, cannot be read, or is none of the formats: packed, cut short, a row with too few or
/// too many numbers, a header that does not fit, a number that is not finite (in text; where a file is
/// mapped, numbers are looked at as they are used). Bytes of a word that are no UTF-8 are no error: see
/// [`Vectors::replaced`].
pub fn open(path: &Path) -> Result<Vectors, WordsError> {
    let io = |source| WordsError::Io { path: path.to_owned(), source };
    // Before it is opened, which would wait for whoever writes to a pipe.
    let about = fs::metadata(path).map_err(io)?;
    if about.is_dir() {
        return Err(io(io::ErrorKind::IsADirectory.into()));
    }
    if !about.is_file() {
        return Err(WordsError::NoFile { path: path.to_owned() });
    }
    let file = File::open(path).map_err(io)?;
    if about.len() == 0 {
        return Err(malformed(path, "vectors", "an empty file"));
    }
    // SAFETY: the map is read only, and bytes of it are never taken for more than bytes and numbers,
    // which have no wrong bits; words are copied out of it. Another program that changes the file while
    // it is open changes numbers, which every use bears; one that cuts it short ends this process, as it
    // does with any program that maps files.
    let map = Arc::new(unsafe { Mmap::map(&file) }.map_err(io)?);
    let found = read(path, map)?;
    if found.texts.len() == 0 || found.dimensions == 0 {
        return Err(malformed(path, "at least one vector", "none"));
    }
    Ok(found)
}

fn read(path: &Path, map: Arc<Mmap>) -> Result<Vectors, WordsError> {
    let bytes: &[u8] = &map;
    // safetensors begins with the length of its header, whose last byte is zero; text has no such byte.
    if bytes.len() > 9 && bytes[7..9] == *b"\0{" {
        return safetensors(path, map);
    }
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return Err(WordsError::Packed { path: path.to_owned() });
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let line = bytes.iter().take(256).position(|&byte| byte == b'\n');
    let header = line.and_then(|end| header(&bytes[..end]).map(|counts| (counts, end + 1)));
    let Some(([words, dimensions], start)) = header else { return text(path, bytes, None) };
    if dimensions > MOST_DIMENSIONS {
        return Err(at_line(path, 1, "a header with at most 1,048,576 dimensions", dimensions));
    }
    // A row of text holds no byte that text would not; what its fields are is told later.
    let end = bytes[start..].iter().position(|&byte| byte == b'\n').map(|at| start + at);
    let first = &bytes[start..end.unwrap_or(bytes.len())];
    let is_text = std::str::from_utf8(first).is_ok_and(|line| {
        !line.trim_ascii_end().chars().any(|c| c.is_control() && c != '\t')
            && line.split_ascii_whitespace().count() > 1
    });
    if !(is_text || first.is_empty() || bytes.len() < map.len()) {
        return binary(path, map.clone(), [words, dimensions, start]).or_else(|told| {
            // As many lines, the first without a byte of control, are text with a byte that is none.
            let no_control = |byte: &u8| !byte.is_ascii_control() || matches!(byte, b'\t' | b'\r');
            let fits = lines(&bytes[start..]).len() == words;
            if fits && first.iter().all(no_control) {
                text(path, bytes, Some((words, dimensions, start)))
            } else {
                Err(told)
            }
        });
    }
    // A byte of the first number may be a line end, and those before it look like text.
    text(path, bytes, Some((words, dimensions, start))).or_else(|told| {
        let start = start + map.len() - bytes.len();
        binary(path, map.clone(), [words, dimensions, start]).map_err(|_| told)
    })
}

fn header(line: &[u8]) -> Option<[usize; 2]> {
    let line = std::str::from_utf8(line).ok()?;
    let mut numbers = line.split_ascii_whitespace().map(|number| number.parse().ok());
    let counts = [numbers.next()??, numbers.next()??];
    numbers.next().is_none().then_some(counts)
}

fn at_line(path: &Path, line: u64, expected: &str, found: impl ToString) -> WordsError {
    WordsError::Malformed {
        place: Place { path: path.to_owned(), at: At::Line(line) },
        expected: expected.into(),
        found: found.to_string(),
    }
}

fn binary(
    path: &Path,
    map: Arc<Mmap>,
    [words, dimensions, start]: [usize; 3],
) -> Result<Vectors, WordsError> {
    let row = dimensions * 4;
    // Each word takes its numbers, one byte and a space at least.
    if words > map.len() / (row + 1).max(1) {
        let most = map.len() / (row + 1);
        return Err(at_line(
            path,
            1,
            &format!("at most {} in a file of this size", counted(most, "word")),
            words,
        ));
    }
    let mut texts = Lossy::with_capacity(words);
    let mut starts = Vec::with_capacity(words);
    let mut at = start;
    for number in 1..=words {
        let cut = |expected: &str, found: &str| WordsError::Malformed {
            place: Place { path: path.to_owned(), at: At::Vector(number as u64) },
            expected: expected.into(),
            found: found.into(),
        };
        // Some programs end a row with a line end, others do not.
        at += map[at..].iter().take_while(|&&byte| byte == b'\n').count();
        let rest = &map[at..];
        let length =
            rest.iter().take(LONGEST_WORD).position(|&byte| byte == b' ').ok_or_else(|| {
                cut("a word and a space", if rest.is_empty() { "the file's end" } else { "none" })
            })?;
        if rest.len() < length + 1 + row {
            return Err(cut(&format!("{dimensions} numbers"), "the file's end"));
        }
        texts.push(&rest[..length]);
        starts.push(at + length + 1);
        at += length + 1 + row;
    }
    if map[at..].iter().any(|byte| !byte.is_ascii_whitespace()) {
        let expected = format!("the end behind {words} words, as line 1 says");
        let place = Place { path: path.to_owned(), at: At::Byte(at as u64) };
        return Err(WordsError::Malformed { place, expected, found: "more".into() });
    }
    let (texts, replaced) = texts.finish(path)?;
    Ok(Vectors {
        path: path.to_owned(),
        format: Format::Word2vecBinary,
        texts,
        replaced,
        numbers: Numbers::Behind { file: map, starts },
        dimensions,
        counts: None,
        settings: None,
        distinct: OnceLock::new(),
    })
}

/// Bytes of a word, at most.
const LONGEST_WORD: usize = 1 << 16;

/// What is expected where a word is longer.
const LONG: &str = "words of at most 65,536 bytes";

fn safetensors(path: &Path, map: Arc<Mmap>) -> Result<Vectors, WordsError> {
    let file = tensors::File::of(path, &map)?;
    let lacks = |name: &str| malformed(path, &format!("an array `{name}`"), "none");
    let (place, shape) = file.place("vectors", Dtype::F32)?.ok_or_else(|| lacks("vectors"))?;
    let (text, _) = file.place("words", Dtype::U8)?.ok_or_else(|| lacks("words"))?;
    let (ends, _) = file.place("ends", Dtype::U64)?.ok_or_else(|| lacks("ends"))?;
    let counts = file.place("counts", Dtype::U64)?;
    let &[words, dimensions] = shape.as_slice() else {
        return Err(malformed(path, "`vectors` with two axes", &format!("{}", shape.len())));
    };
    if !(1..=MOST_DIMENSIONS).contains(&dimensions) {
        return Err(malformed(path, "1 to 1,048,576 dimensions", &dimensions.to_string()));
    }
    let ends = whole(&map[ends]);
    let counts = counts.map(|(place, _)| whole(&map[place]));
    if ends.len() != words || counts.as_ref().is_some_and(|counts| counts.len() != words) {
        return Err(malformed(path, &format!("{words} words"), &ends.len().to_string()));
    }
    let divided = || malformed(path, "`ends` that divide `words`", "others");
    let (mut texts, mut start) = (Lossy::with_capacity(ends.len()), 0);
    for end in ends {
        let end = usize::try_from(end).map_err(|_| divided())?;
        texts.push(map[text.clone()].get(start..end).ok_or_else(divided)?);
        start = end;
    }
    let (texts, replaced) = texts.finish(path)?;
    if (0..texts.len()).any(|number| texts.word(number).len() > LONGEST_WORD) {
        return Err(malformed(path, LONG, "a longer one"));
    }
    Ok(Vectors {
        path: path.to_owned(),
        format: Format::Safetensors,
        texts,
        replaced,
        numbers: Numbers::Even { file: map.clone(), first: place.start, step: dimensions * 4 },
        dimensions,
        counts,
        settings: file.about().get("settings").cloned(),
        distinct: OnceLock::new(),
    })
}

fn whole(bytes: &[u8]) -> Vec<u64> {
    bytes.as_chunks().0.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect()
}

/// Words as they are read, in whatever bytes: word2vec's program cuts long ones after so many bytes, which
/// may be in the middle of a letter.
#[derive(Default)]
struct Lossy {
    text: String,
    ends: Vec<usize>,
    replaced: Vec<usize>,
}

impl Lossy {
    fn with_capacity(words: usize) -> Self {
        Lossy { ends: Vec::with_capacity(words), ..Lossy::default() }
    }

    /// Adds a word; bytes of it that are no UTF-8 become U+FFFD.
    fn push(&mut self, word: &[u8]) {
        let word = String::from_utf8_lossy(word);
        if matches!(word, Cow::Owned(_)) {
            self.replaced.push(self.ends.len());
        }
        self.text.push_str(&word);
        self.ends.push(self.text.len());
    }

    /// The words, and the numbers of those in which bytes were replaced.
    fn finish(self, path: &Path) -> Result<(Texts, Vec<usize>), WordsError> {
        let texts = Texts::new(self.text, self.ends);
        let texts = texts.ok_or_else(|| malformed(path, "words", "others"))?;
        Ok((texts, self.replaced))
    }
}

/// The lines but for empty ones at the end.
fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').collect();
    let used = lines.iter().rposition(|line| !line.trim_ascii().is_empty()).map_or(0, |at| at + 1);
    lines.truncate(used);
    lines
}

/// Words and numbers of some lines.
#[derive(Default)]
struct Part {
    text: String,
    ends: Vec<usize>,
    /// Words in which bytes that are no UTF-8 were replaced, by their place.
    replaced: Vec<usize>,
    numbers: Vec<f32>,
    /// Lines that are no rows, by their numbers.
    bad: Vec<(u64, BadRow)>,
}

/// What is wrong with a line that is no row.
enum BadRow {
    /// No word with as many numbers as there have to be.
    Numbers { found: String },
    /// A number of its word that is not finite.
    NotFinite { word: String, found: String },
    /// What was expected there, and what was found.
    Other { expected: &'static str, found: String },
}

fn text(
    path: &Path,
    bytes: &[u8],
    header: Option<(usize, usize, usize)>,
) -> Result<Vectors, WordsError> {
    let start = header.map_or(0, |(_, _, start)| start);
    let first_line = if header.is_some() { 2 } else { 1 };
    let lines = lines(&bytes[start..]);
    let fields =
        |line: &&[u8]| line.split(u8::is_ascii_whitespace).filter(|f| !f.is_empty()).count();
    let dimensions =
        header.map_or_else(|| lines.first().map_or(0, fields).saturating_sub(1), |(_, d, _)| d);
    if let Some((words, _, _)) = header
        && words != lines.len()
    {
        return Err(at_line(
            path,
            1,
            &format!("{} words, as many as lines follow", lines.len()),
            words,
        ));
    }
    if dimensions == 0 {
        return Err(at_line(path, first_line, "a word and its numbers", "no number"));
    }
    let parts: Vec<Part> = lines
        .par_chunks(1_024)
        .enumerate()
        .map(|(chunk, lines)| part(lines, (first_line + chunk as u64 * 1_024, dimensions)))
        .collect();
    let bad: Vec<&(u64, BadRow)> = parts.iter().flat_map(|part| &part.bad).collect();
    if !bad.is_empty() {
        return Err(all_of(path, dimensions, &bad));
    }
    let (mut text, mut ends, mut numbers) = (String::new(), Vec::new(), Vec::new());
    let mut replaced = Vec::new();
    for part in parts {
        replaced.extend(part.replaced.iter().map(|at| ends.len() + at));
        ends.extend(part.ends.iter().map(|end| text.len() + end));
        text.push_str(&part.text);
        numbers.extend(part.numbers);
    }
    let spaced = lines.first().is_some_and(|line| line.ends_with(b" "));
    let texts = Texts::new(text, ends).ok_or_else(|| malformed(path, "words", "others"))?;
    Ok(Vectors {
        path: path.to_owned(),
        format: match (header, spaced) {
            (None, _) => Format::GloveText,
            (Some(_), true) => Format::FasttextText,
            (Some(_), false) => Format::Word2vecText,
        },
        texts,
        replaced,
        numbers: Numbers::Owned { numbers, dimensions },
        dimensions,
        counts: None,
        settings: None,
        distinct: OnceLock::new(),
    })
}

/// The first line that is no row, and where the others are.
fn all_of(path: &Path, dimensions: usize, bad: &[&(u64, BadRow)]) -> WordsError {
    let (line, first) = bad[0];
    let others: Vec<String> = bad[1..].iter().take(5).map(|(line, _)| line.to_string()).collect();
    let more = match bad.len() - 1 {
        0 => String::new(),
        more @ 1..=5 => format!("; {} more: {}", counted(more, "bad line"), others.join(", ")),
        more => format!("; {} more: {} …", counted(more, "bad line"), others.join(", ")),
    };
    match first {
        BadRow::Numbers { found } => {
            let says = if *line > 1 { ", as line 1 says" } else { "" };
            let expected = format!("a word and {}{says}", counted(dimensions, "number"));
            at_line(path, *line, &expected, format!("{found}{more}"))
        }
        BadRow::Other { expected, found } => {
            at_line(path, *line, expected, format!("{found}{more}"))
        }
        BadRow::NotFinite { word, found } => WordsError::NotFinite {
            place: Place { path: path.to_owned(), at: At::Line(*line) },
            word: word.clone(),
            found: format!("{found}{more}"),
        },
    }
}

fn part(lines: &[&[u8]], (first, dimensions): (u64, usize)) -> Part {
    let mut part = Part::default();
    for (at, line) in lines.iter().enumerate() {
        let before = part.numbers.len();
        let line = String::from_utf8_lossy(line);
        match row(&line, dimensions, &mut part.numbers) {
            Ok(word) => {
                if matches!(line, Cow::Owned(_)) {
                    part.replaced.push(part.ends.len());
                }
                part.text.push_str(word);
                part.ends.push(part.text.len());
            }
            Err(why) => {
                part.numbers.truncate(before);
                part.bad.push((first + at as u64, why));
            }
        }
    }
    part
}

/// The word of a line; its numbers come behind those in `numbers`.
fn row<'a>(line: &'a str, dimensions: usize, numbers: &mut Vec<f32>) -> Result<&'a str, BadRow> {
    let before = numbers.len();
    let line = line.trim_ascii_end();
    // Words of some files have spaces in them: the numbers are the last fields.
    let mut fields = line.rsplitn(dimensions + 1, [' ', '\t']).map(str::trim_ascii);
    for field in fields.by_ref().take(dimensions) {
        match field.parse::<f32>() {
            Ok(value) if value.is_finite() => numbers.push(value),
            _ => return Err(bad_row(line, dimensions)),
        }
    }
    let word = fields.next().ok_or_else(|| bad_row(line, dimensions))?;
    // A word before which more numbers stand is a row that is too long.
    if word.rsplit_once([' ', '\t']).is_some_and(|(_, last)| last.parse::<f32>().is_ok()) {
        return Err(bad_row(line, dimensions));
    }
    if word.len() > LONGEST_WORD {
        return Err(BadRow::Other { expected: LONG, found: counted(word.len(), "byte") });
    }
    numbers[before..].reverse();
    Ok(word)
}

/// What is wrong with a line that has too few or too many numbers, or others than finite ones.
fn bad_row(line: &str, dimensions: usize) -> BadRow {
    let fields: Vec<&str> = line.split([' ', '\t']).map(str::trim_ascii).collect();
    let is_number = |field: &&&str| field.parse::<f32>().is_ok();
    // The first field is the word's, whatever it looks like.
    let found = fields[1..].iter().rev().take_while(is_number).count();
    let behind = &fields[fields.len() - found..];
    let shortened = |field: &str| field.chars().take(40).collect::<String>();
    if found == dimensions
        && let Some(number) = behind.iter().find(|n| n.parse().is_ok_and(|n: f32| !n.is_finite()))
    {
        let word = shortened(&fields[..fields.len() - found].join(" "));
        return BadRow::NotFinite { word, found: format!("`{}`", shortened(number)) };
    }
    let found = if line.is_empty() {
        "an empty line".to_owned()
    } else if found > dimensions || found + 1 == fields.len() {
        format!("a word and {}", counted(found, "number"))
    } else {
        match fields[fields.len() - 1 - found] {
            "" => "two spaces side by side".to_owned(),
            field => format!("`{}`", shortened(field)),
        }
    };
    BadRow::Numbers { found }
}
