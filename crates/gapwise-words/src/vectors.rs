//! Files of vectors: read by memory map where the format allows, written whole or not at all.

mod read;
mod rows;
pub(crate) mod tensors;
mod write;

use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    WordsError,
    corpus::WordTable,
    error::{At, Place},
    instructions::vectorised,
    train::Matrix,
};
use rows::{Numbers, Texts};

pub use read::open;
pub use write::{Extras, save};

/// A file format for vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// safetensors: `vectors` `[words, dimensions]`, `words` as UTF-8 text one behind the other,
    /// `ends`, the offset behind each word's text; with `counts` and `outputs` where they are known.
    Safetensors,
    /// A line `WORDS DIMENSIONS`, then for each word its text, a space and its numbers as bytes, the
    /// lowest first.
    Word2vecBinary,
    /// A line `WORDS DIMENSIONS`, then a line `WORD NUMBER NUMBER …` for each word.
    Word2vecText,
    /// As [`Format::Word2vecText`] without the first line.
    GloveText,
    /// As [`Format::Word2vecText`] with a space behind each word's last number, as fastText writes.
    FasttextText,
}

/// Refuses to write `out` where that is the file `input`, which is read.
///
/// # Errors
///
/// [`WordsError::SameFile`].
pub fn apart(input: &Path, out: &Path) -> Result<(), WordsError> {
    match (input.canonicalize(), out.canonicalize()) {
        (Ok(one), Ok(other)) if one == other => Err(WordsError::SameFile { path: out.to_owned() }),
        _ => Ok(()),
    }
}

impl Format {
    /// The format that a file's name asks for: `.safetensors`, `.bin`, `.vec` for fastText's, and
    /// `.txt` for word2vec's text.
    ///
    /// # Errors
    ///
    /// [`WordsError::UnknownFormat`] for all others.
    pub fn of_name(path: &Path) -> Result<Self, WordsError> {
        let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        Ok(match extension.as_str() {
            "safetensors" => Format::Safetensors,
            "bin" => Format::Word2vecBinary,
            "vec" => Format::FasttextText,
            "txt" => Format::Word2vecText,
            _ => return Err(WordsError::UnknownFormat { path: path.to_owned() }),
        })
    }
}

/// What is found where a cosine is no number.
const TOO_LARGE: &str = "NaN, or numbers too large to square";

/// Words with their vectors.
#[derive(Debug)]
pub struct Vectors {
    path: PathBuf,
    format: Format,
    texts: Texts,
    /// Words in which bytes that are no UTF-8 were replaced, by their numbers.
    replaced: Vec<usize>,
    numbers: Numbers,
    dimensions: usize,
    counts: Option<Vec<u64>>,
    settings: Option<String>,
    distinct: OnceLock<Distinct>,
}

/// Every distinct word.
#[derive(Debug, Default)]
struct Distinct {
    words: WordTable,
    /// The first vector of each.
    rows: Vec<usize>,
}

impl Vectors {
    /// Words.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there is none; no file that is read is so.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Numbers of a vector.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// The file that they came from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The format of that file.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The word of this number, below [`Vectors::len`].
    pub fn word(&self, number: usize) -> &str {
        self.texts.word(number)
    }

    /// Words of which bytes are no UTF-8: each run of those is read as U+FFFD. Programs that cut long words
    /// after so many bytes write such words.
    pub fn replaced(&self) -> usize {
        self.replaced.len()
    }

    /// How many of the [replaced](Vectors::replaced) words are then the same as one before them.
    pub fn replaced_alike(&self) -> usize {
        // Only they have the letter that bytes were replaced by, but for words that it was written in.
        let mut words: Vec<(&str, usize)> = match self.replaced.len() {
            0 => return 0,
            _ => (0..self.len()).map(|number| (self.word(number), number)).collect(),
        };
        words.retain(|(word, _)| word.contains(char::REPLACEMENT_CHARACTER));
        words.sort_unstable();
        let again = words.windows(2).filter(|pair| pair[0].0 == pair[1].0).map(|pair| pair[1].1);
        again.filter(|number| self.replaced.binary_search(number).is_ok()).count()
    }

    /// The words' text, one behind the other.
    pub(crate) fn text(&self) -> &[u8] {
        self.texts.bytes()
    }

    /// How often each word occurs in the corpus, where the file has it.
    pub fn counts(&self) -> Option<&[u64]> {
        self.counts.as_deref()
    }

    /// What their training was set to, as JSON, where the file has it.
    pub fn settings(&self) -> Option<&str> {
        self.settings.as_deref()
    }

    /// The number of a word, found by looking through all of them: quicker than [`Vectors::look_up`] for
    /// a few.
    pub fn find(&self, word: &str) -> Option<usize> {
        (0..self.len()).find(|&number| self.word(number) == word)
    }

    /// The number of a word, found by a table of all of them, for questions about many.
    pub fn look_up(&self, word: &str) -> Option<usize> {
        let Distinct { words, rows } = self.distinct();
        words.number(word).map(|number| rows[number])
    }

    /// Vectors of words that have one before them in the file: every answer that looks a word up has its
    /// first.
    pub fn repeated(&self) -> usize {
        self.len() - self.distinct().rows.len()
    }

    /// Whether the vector of this number is its word's first.
    pub(crate) fn is_first(&self, number: usize) -> bool {
        self.repeated() == 0 || self.look_up(self.word(number)) == Some(number)
    }

    fn distinct(&self) -> &Distinct {
        self.distinct.get_or_init(|| {
            let mut distinct = Distinct::default();
            for row in 0..self.len() {
                if distinct.words.add(self.word(row)) == Some(distinct.rows.len() as u32) {
                    distinct.rows.push(row);
                }
            }
            distinct
        })
    }

    /// The numbers of all vectors of the word of this one.
    pub(crate) fn alike(&self, number: usize) -> impl Iterator<Item = usize> {
        (0..self.len()).filter(move |&at| self.word(at) == self.word(number))
    }

    /// The number of a word that a person typed: as it is, else in lower case.
    ///
    /// # Errors
    ///
    /// [`WordsError::UnknownWord`] with the words that are spelt most like it.
    pub fn number(&self, word: &str) -> Result<usize, WordsError> {
        self.find(word).or_else(|| self.find(&word.to_lowercase())).ok_or_else(|| {
            WordsError::UnknownWord {
                path: self.path.clone(),
                word: word.to_owned(),
                nearest: self.nearest_spellings(word),
            }
        })
    }

    /// The three words spelt most like this one, nearest first: by how many letters are another, one
    /// more or one fewer, two neighbours in each other's place being one; at most a third of the word's.
    fn nearest_spellings(&self, word: &str) -> Vec<String> {
        let lower = word.to_lowercase();
        let most = (word.chars().count() / 3).max(1);
        let mut alike: Vec<(usize, usize)> = (0..self.len())
            .into_par_iter()
            .map(|at| {
                let distance = |typed| strsim::osa_distance(typed, self.word(at));
                (distance(word).min(distance(&lower)), at)
            })
            .filter(|(distance, _)| *distance <= most)
            .collect();
        // Of words as far, the more frequent stands further in front.
        alike.sort_unstable();
        let mut nearest: Vec<String> = Vec::new();
        for (_, at) in alike {
            // A word may come again.
            if nearest.len() < 3 && !nearest.iter().any(|near| near == self.word(at)) {
                nearest.push(self.word(at).to_owned());
            }
        }
        nearest
    }

    /// The vector of this number, below [`Vectors::len`].
    ///
    /// # Errors
    ///
    /// One of its numbers is not finite: where a file is mapped, they are looked at as they are used.
    pub fn vector(&self, number: usize) -> Result<Vec<f32>, WordsError> {
        let mut vector = vec![0.0; self.dimensions];
        self.read(number, &mut vector)?;
        Ok(vector)
    }

    fn read(&self, number: usize, into: &mut [f32]) -> Result<(), WordsError> {
        self.numbers.read(number, into);
        match into.iter().find(|x| !x.is_finite()) {
            Some(x) => Err(self.not_finite(number, &format!("{x}"))),
            None => Ok(()),
        }
    }

    fn not_finite(&self, number: usize, found: &str) -> WordsError {
        WordsError::NotFinite {
            place: Place { path: self.path.clone(), at: At::Vector(number as u64 + 1) },
            word: self.word(number).to_owned(),
            found: found.into(),
        }
    }

    /// The cosine of every vector with `query`, `[dimensions]`; 0 where one of the two is zero.
    ///
    /// # Errors
    ///
    /// A number is not finite, or so large that its square is not.
    pub fn cosines(&self, query: &[f32]) -> Result<Vec<f32>, WordsError> {
        let length = query.iter().map(|x| x * x).sum::<f32>().sqrt();
        let mut cosines = vec![0.0; self.len()];
        cosines.par_chunks_mut(1_024).enumerate().for_each(|(chunk, cosines)| {
            vectorised(
                #[inline(always)]
                || {
                    for (at, cosine) in cosines.iter_mut().enumerate() {
                        *cosine = self.cosine_of(chunk * 1_024 + at, (query, length));
                    }
                },
            );
        });
        match cosines.iter().position(|cosine| cosine.is_nan()) {
            Some(number) => Err(self.not_finite(number, TOO_LARGE)),
            None => Ok(cosines),
        }
    }

    /// The cosine of one vector, by its number, with `query`.
    pub(crate) fn cosine(&self, number: usize, query: &[f32]) -> Result<f32, WordsError> {
        let length = query.iter().map(|x| x * x).sum::<f32>().sqrt();
        let cosine = self.cosine_of(number, (query, length));
        if cosine.is_nan() { Err(self.not_finite(number, TOO_LARGE)) } else { Ok(cosine) }
    }

    #[inline(always)]
    fn cosine_of(&self, number: usize, (query, length): (&[f32], f32)) -> f32 {
        let [dot, square] = self.numbers.products(number, query);
        let lengths = square.sqrt() * length;
        // Not a number stays one, and is told.
        match lengths {
            0.0 => 0.0,
            f32::INFINITY => f32::NAN,
            _ => dot / lengths,
        }
    }

    /// All vectors with length 1, `[words, dimensions]`; a zero stays zero.
    ///
    /// # Errors
    ///
    /// A number is not finite, or so large that its square is not.
    pub fn directions(&self) -> Result<Matrix, WordsError> {
        let mut matrix = Matrix::zeros(self.len(), self.dimensions);
        for number in 0..self.len() {
            self.read_direction(number, matrix.row_mut(number))?;
        }
        Ok(matrix)
    }

    /// The vector of this number, below [`Vectors::len`], with length 1; a zero stays zero.
    ///
    /// # Errors
    ///
    /// A number is not finite, or so large that its square is not.
    pub fn direction(&self, number: usize) -> Result<Vec<f32>, WordsError> {
        let mut direction = vec![0.0; self.dimensions];
        self.read_direction(number, &mut direction)?;
        Ok(direction)
    }

    fn read_direction(&self, number: usize, into: &mut [f32]) -> Result<(), WordsError> {
        self.read(number, into)?;
        let length = into.iter().map(|x| x * x).sum::<f32>().sqrt();
        if length.is_infinite() {
            return Err(self.not_finite(number, TOO_LARGE));
        }
        if length > 0.0 {
            into.iter_mut().for_each(|x| *x /= length);
        }
        Ok(())
    }
}

impl Vectors {
    /// What predicts, `[targets, dimensions]`, where the file has it.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or its array is none of this kind.
    pub fn outputs(&self) -> Result<Option<Matrix>, WordsError> {
        if self.format != Format::Safetensors {
            return Ok(None);
        }
        let bytes = std::fs::read(&self.path)
            .map_err(|source| WordsError::Io { path: self.path.clone(), source })?;
        let file = tensors::File::of(&self.path, &bytes)?;
        let Some((_, shape)) = file.place("outputs", safetensors::Dtype::F32)? else {
            return Ok(None);
        };
        let &[rows, columns] = shape.as_slice() else { return Ok(None) };
        // At least one column, so that there are no more rows than numbers in the file.
        if columns != self.dimensions {
            return Ok(None);
        }
        let numbers = file.singles("outputs")?;
        let mut matrix = Matrix::zeros(rows, columns);
        Ok(crate::checkpoint::fill(&mut matrix, numbers).map(|()| matrix))
    }
}
