//! What can go wrong with a corpus, a training or a vectors file, said so that a person can mend it.

use std::{fmt, io, path::PathBuf};

use gapwise_data::wording::{counted, grouped, thousands};
use gapwise_study::run::RunError;
use thiserror::Error;

/// Why a command on words could not be carried out.
#[derive(Debug, Error)]
pub enum WordsError {
    /// A file cannot be opened or read.
    #[error("`{}`: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A file cannot be written. What stood there before is unchanged.
    #[error(transparent)]
    NotWritten(#[from] RunError),
    /// The file beside the output that holds the corpus as numbers cannot be written or read.
    #[error("`{}`: the corpus could not be kept there as numbers: {source}", folder.display())]
    Scratch {
        /// The folder.
        folder: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A corpus that is no text.
    #[error("`{}`: expected text, found a zero byte at offset {}", path.display(), grouped(&offset.to_string()))]
    Binary {
        /// The file.
        path: PathBuf,
        /// Bytes before it, after decompression.
        offset: u64,
    },
    /// A corpus that begins with the byte order mark of UTF-16.
    #[error("`{}`: expected text in UTF-8, found UTF-16", path.display())]
    Utf16 {
        /// The file.
        path: PathBuf,
    },
    /// A source with more that is no UTF-8 than words.
    #[error(
        "{corpus}: expected text in UTF-8, found {} and {} that are none",
        counted(*words as usize, "word"), counted(*pieces as usize, "piece")
    )]
    NoText {
        /// The source, as it was named.
        corpus: String,
        /// Pieces that are no UTF-8.
        pieces: u64,
        /// Words.
        words: u64,
    },
    /// A corpus without a word.
    #[error("{corpus}: expected text, found no word in it{}", but(*overlong))]
    EmptyCorpus {
        /// The corpus, as it was named.
        corpus: String,
        /// Pieces that were too long to be words.
        overlong: u64,
    },
    /// Every word is too rare.
    #[error(
        "{corpus}: expected a word that occurs at least {minimum} times, found none of {}, and the \
         most frequent, `{word}`, {}", counted(*distinct, "word"), counted(*count as usize, "time")
    )]
    AllRare {
        /// The corpus, as it was named.
        corpus: String,
        /// `--min-count`.
        minimum: u64,
        /// Distinct words.
        distinct: usize,
        /// The most frequent word.
        word: String,
        /// How often it occurs.
        count: u64,
        /// How often the word after it occurs, where there is one.
        second: Option<u64>,
    },
    /// Only one word is left, which has nothing to be told from.
    #[error("{corpus}: expected at least two distinct words, found `{word}` alone")]
    OneWord {
        /// The corpus, as it was named.
        corpus: String,
        /// The word.
        word: String,
    },
    /// No word stands beside another.
    #[error("{corpus}: expected a line of two words that occur often enough, found none")]
    NoNeighbours {
        /// The corpus, as it was named.
        corpus: String,
    },
    /// More words than can be numbered.
    #[error("{corpus}: expected fewer than 2,147,483,647 distinct words")]
    TooManyWords {
        /// The corpus, as it was named.
        corpus: String,
    },
    /// A setting that cannot be.
    #[error("`{setting}`: expected {expected}, found {found}")]
    Setting {
        /// Its flag.
        setting: &'static str,
        /// What it may be.
        expected: &'static str,
        /// What it is.
        found: String,
    },
    /// A setting that the model does not have.
    #[error("`{setting}` is not for {model}")]
    NotForModel {
        /// Its flag.
        setting: &'static str,
        /// The model or its loss, as a flag says it.
        model: &'static str,
    },
    /// The vectors are no longer numbers.
    #[error("the vectors are no longer finite in epoch {epoch}")]
    Diverged {
        /// The epoch, from 1.
        epoch: usize,
    },
    /// Training was stopped by a person.
    #[error("training was stopped in epoch {epoch}; the vectors so far are in `{}`", path.display())]
    Stopped {
        /// The vectors.
        path: PathBuf,
        /// The epoch that was going on, from 1.
        epoch: usize,
    },
    /// An index could not be written. What stood there before is unchanged.
    #[error("`{}`: the index could not be built: {source}", path.display())]
    NotIndexed {
        /// The index.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A person stopped the building of an index.
    #[error("`{}`: its building was stopped; nothing was written", path.display())]
    IndexStopped {
        /// The index.
        path: PathBuf,
    },
    /// What is to be written is what is read.
    #[error("`{}` is read, and would be written over", path.display())]
    SameFile {
        /// The file.
        path: PathBuf,
    },
    /// There is no checkpoint to go on from.
    #[error("`{}`: there is no checkpoint to go on from", path.display())]
    NoCheckpoint {
        /// Where it would be.
        path: PathBuf,
    },
    /// What is at a checkpoint's place is none, or is damaged.
    #[error("`{}`: expected a checkpoint, found {found}", path.display())]
    NotACheckpoint {
        /// The file.
        path: PathBuf,
        /// What there is.
        found: String,
    },
    /// Vectors that were trained could not be written. The training is not lost: it is in a checkpoint.
    #[error("{source}; where the training {} is in `{}`", standing.said(), checkpoint.display())]
    Unsaved {
        /// Why they were not.
        source: RunError,
        /// The checkpoint.
        checkpoint: PathBuf,
        /// What it is of.
        standing: Standing,
    },
    /// The checkpoint is of another training.
    #[error("`{}`: the checkpoint is of another training: {}", path.display(), differs.join(", "))]
    OtherTraining {
        /// The checkpoint.
        path: PathBuf,
        /// What differs, with both values.
        differs: Vec<String>,
    },
    /// A vectors file that is not what it should be.
    #[error("{place}: expected {expected}, found {found}")]
    Malformed {
        /// Where.
        place: Place,
        /// What was expected there.
        expected: String,
        /// What there was.
        found: String,
    },
    /// A vector with a number that is not finite, or is too large to work with.
    #[error("{place}: expected finite numbers for `{word}`, found {found}")]
    NotFinite {
        /// Where.
        place: Place,
        /// Its word.
        word: String,
        /// The number, or what is wrong with one of them.
        found: String,
    },
    /// What is to be read as vectors is a pipe or a device.
    #[error("`{}`: expected a file, found a pipe or a device", path.display())]
    NoFile {
        /// Its path.
        path: PathBuf,
    },
    /// Vectors in a gzip file.
    #[error("`{}`: expected vectors that are not packed, found gzip", path.display())]
    Packed {
        /// The file.
        path: PathBuf,
    },
    /// A file that is asked for and has neither questions nor pairs.
    #[error("{place}: expected {expected}, found {found}")]
    Question {
        /// Where.
        place: Place,
        /// What was expected there.
        expected: &'static str,
        /// What there was.
        found: String,
    },
    /// A word without a vector.
    #[error("`{}` has no vector for `{word}`", path.display())]
    UnknownWord {
        /// The vectors.
        path: PathBuf,
        /// The word.
        word: String,
        /// Words that are spelt nearly so, nearest first.
        nearest: Vec<String>,
    },
    /// A vectors file that lacks what a question needs.
    #[error("`{}` has no {lacks}", path.display())]
    Lacks {
        /// The vectors.
        path: PathBuf,
        /// What it lacks: "counts of words".
        lacks: &'static str,
    },
    /// A file with no question that the vectors can be asked.
    #[error(
        "`{}`: expected a line whose words all have vectors, found none of {}",
        path.display(), thousands(*lines)
    )]
    NothingToEvaluate {
        /// The file of questions or pairs.
        path: PathBuf,
        /// Lines that it has.
        lines: usize,
    },
    /// Vectors too alike for t-SNE.
    #[error(
        "`{}`: t-SNE found no place for these words: too many vectors are alike", path.display()
    )]
    NoPlaces {
        /// The vectors.
        path: PathBuf,
    },
    /// No window had a word to learn from.
    #[error("nothing was learnt: subsampling left no word beside another")]
    NothingLearnt,
    /// A name that does not say which format is to be written.
    #[error("`{}`: expected a name that ends in .safetensors, .bin, .txt or .vec", path.display())]
    UnknownFormat {
        /// Where the vectors were to go.
        path: PathBuf,
    },
    /// A word that a format cannot hold.
    #[error("`{word}` cannot be written as {format}: expected a word without {without}")]
    WordNotForFormat {
        /// The word.
        word: String,
        /// The format.
        format: &'static str,
        /// What it may not hold.
        without: &'static str,
    },
}

/// What a checkpoint that is left is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Of all that was trained.
    Now,
    /// Of some time before, since a later one could not be written.
    Before,
}

impl Standing {
    fn said(self) -> &'static str {
        match self {
            Standing::Now => "stands",
            Standing::Before => "stood some time before",
        }
    }
}

/// Where in a file something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// Where in it.
    pub at: At,
}

/// A place within a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum At {
    /// The file as a whole.
    Whole,
    /// A line, from 1.
    Line(u64),
    /// Bytes before the place.
    Byte(u64),
    /// The vector of this number, from 1.
    Vector(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.path.display())?;
        match self.at {
            At::Whole => Ok(()),
            At::Line(line) => write!(f, " line {line}"),
            At::Byte(byte) => write!(f, " byte {byte}"),
            At::Vector(number) => write!(f, " vector {number}"),
        }
    }
}

/// What was found in place of words.
fn but(overlong: u64) -> String {
    match overlong {
        0 => String::new(),
        _ => format!(" but {} of more than 1,024 bytes", counted(overlong as usize, "piece")),
    }
}

impl WordsError {
    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            WordsError::Io { source, .. } => match source.kind() {
                io::ErrorKind::NotFound => "check the path".into(),
                io::ErrorKind::InvalidData
                | io::ErrorKind::InvalidInput
                | io::ErrorKind::UnexpectedEof => {
                    "the file is damaged, cut short, or followed by other bytes: fetch it again".into()
                }
                io::ErrorKind::IsADirectory => "name a file in it".into(),
                io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
                    "a part of the path is a file: name a folder".into()
                }
                _ => return None,
            },
            WordsError::NotWritten(error) => error.hint().into(),
            WordsError::Scratch { .. } => {
                "make room, or write the vectors to a folder with more of it: a corpus takes four \
                 bytes a word"
                    .into()
            }
            WordsError::Binary { .. } => {
                "a corpus is plain text or gzip, one sentence a line; unpack other archives first"
                    .into()
            }
            WordsError::Utf16 { .. } => "`iconv -f utf-16 -t utf-8` makes it so".into(),
            WordsError::NoText { .. } => {
                "unpack archives first; text in another encoding is made UTF-8 by `iconv`, such as \
                 `iconv -f latin1 -t utf-8`"
                    .into()
            }
            WordsError::AllRare { second: Some(count), .. } => {
                format!("lower it: `--min-count {count}`, or train on more text")
            }
            WordsError::AllRare { .. } => {
                "train on more text: a word is told from others".into()
            }
            WordsError::EmptyCorpus { overlong, .. } if *overlong > 0 => {
                "words have spaces or signs between them: is it text, and unpacked?".into()
            }
            WordsError::EmptyCorpus { .. } => {
                "words are runs of letters and digits; `--tokens as-is` takes all that stands between \
                 spaces"
                    .into()
            }
            WordsError::OneWord { .. } => {
                "lower `--min-count`, or train on more text: a word is told from others".into()
            }
            WordsError::NotIndexed { .. } => {
                "make room beside the vectors, or look through all of them: `--search exact`".into()
            }
            WordsError::IndexStopped { .. } => {
                "without an index all vectors are looked through: `--search exact`".into()
            }
            WordsError::NoNeighbours { .. } => {
                "words learn from those beside them in a sentence: write a sentence a line, not a \
                 word a line"
                    .into()
            }
            WordsError::NoPlaces { .. } => "draw them by `--projection pca`".into(),
            WordsError::NothingLearnt => {
                "of a small text keep all: `--subsample 0`, or a larger share".into()
            }
            WordsError::UnknownFormat { .. } => "name the format with `--format`".into(),
            WordsError::NotForModel { .. } => "leave it out".into(),
            WordsError::Diverged { .. } => "try a lower `--learning-rate`".into(),
            WordsError::Stopped { .. } => "the same command with `--resume` goes on".into(),
            WordsError::SameFile { .. } => "name another file".into(),
            WordsError::NoCheckpoint { .. } => {
                "train without `--resume`: a finished training keeps no checkpoint".into()
            }
            WordsError::NotACheckpoint { .. } => "train without `--resume`".into(),
            WordsError::Unsaved { standing: Standing::Now, .. } => {
                "make room, then the same command with `--resume` writes them".into()
            }
            WordsError::Unsaved { standing: Standing::Before, .. } => {
                "make room, then the same command with `--resume` goes on from there".into()
            }
            WordsError::OtherTraining { .. } => {
                "put them back and give the same corpus, or train without `--resume`".into()
            }
            WordsError::UnknownWord { nearest, .. } if !nearest.is_empty() => {
                let nearest: Vec<String> = nearest.iter().map(|word| format!("`{word}`")).collect();
                format!("did you mean {}?", nearest.join(" or "))
            }
            WordsError::UnknownWord { .. } => {
                "words are lower-cased in training unless `--tokens as-is` is given".into()
            }
            WordsError::Lacks { .. } => {
                "`gapwise words train -o NAME.safetensors` keeps it; other formats cannot".into()
            }
            WordsError::NothingToEvaluate { .. } => {
                "the vocabulary covers none of it; words are compared in lower case".into()
            }
            WordsError::WordNotForFormat { .. } => "convert to `safetensors`".into(),
            WordsError::Question { .. } => {
                "vectors are scored on analogies, four words a line below `: NAME` of a section, or on \
                 pairs, two words and a number a line"
                    .into()
            }
            WordsError::NotFinite { .. } => {
                "train again at a lower `--learning-rate`, or take the word out".into()
            }
            WordsError::NoFile { .. } => "write the vectors to a file first".into(),
            WordsError::Packed { .. } => "unpack it first: `gunzip`".into(),
            WordsError::Malformed { .. } => {
                "the file is damaged, cut short, or of another format than its first bytes say"
                    .into()
            }
            _ => return None,
        })
    }
}
