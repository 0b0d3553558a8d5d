//! A corpus as numbers.

use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write},
    path::PathBuf,
    sync::Mutex,
};

use gapwise_text::{DROPPED, LONGEST_WORD, Token};
use rayon::prelude::*;
use serde::Serialize;

use super::{
    PhraseRule, Source, Tokens, Vocabulary, WordTable,
    files::{Blocks, Text},
    phrases,
};
use crate::{WordsError, train::check};

/// Stands between sentences.
pub const SENTENCE_END: u32 = u32::MAX;
/// Words of a chunk, about: what one thread trains on at a stretch.
const CHUNK: u64 = 10_000;
/// A chunk without the end of a sentence is cut here.
const LONGEST_CHUNK: u64 = 2 * CHUNK;

/// How a corpus is read.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct CorpusSettings {
    /// How text becomes words.
    pub tokens: Tokens,
    /// Words that occur less often have no vector and are not in any window; at least 1.
    pub min_count: u64,
    /// Whether pairs of words that belong together become one word.
    pub phrases: Option<PhraseRule>,
    /// The folder that takes the corpus as numbers, four bytes a word, while it is used.
    #[serde(skip)]
    pub scratch: PathBuf,
}

impl CorpusSettings {
    /// Refuses what cannot be.
    ///
    /// # Errors
    ///
    /// [`WordsError::Setting`] with the first such setting.
    pub fn check(&self) -> Result<(), WordsError> {
        let threshold = self.phrases.map_or(0.0, |rule| rule.threshold);
        let can_be = threshold.is_finite() && threshold >= 0.0;
        check(&[
            ("--min-count", "1 or more", self.min_count > 0, &self.min_count),
            ("--phrase-threshold", "a number of at least 0", can_be, &threshold),
        ])
    }
}

/// What was left out or mended while the text was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CorpusReport {
    /// Words of the text, whether they are in the vocabulary or not.
    pub words: u64,
    /// Distinct words of the text.
    pub distinct: usize,
    /// Sources of which pieces were no UTF-8 and were replaced by U+FFFD.
    pub mended: Vec<Mended>,
    /// Words of more than 1,024 bytes, which were left out.
    pub overlong: u64,
    /// Distinct phrases that pairs of words became.
    pub phrases: usize,
    /// Sources without a word.
    pub empty: Vec<Source>,
}

impl CorpusReport {
    /// Pieces that were no UTF-8, of all sources.
    pub fn replaced(&self) -> u64 {
        self.mended.iter().map(|mended| mended.pieces).sum()
    }
}

/// A source of which pieces were replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mended {
    /// The source.
    pub source: Source,
    /// Pieces that were no UTF-8.
    pub pieces: u64,
    /// Its words.
    pub words: u64,
}

impl Mended {
    /// Whether it is likely to be text in another encoding: a piece in a hundred words, or more.
    pub fn is_of_another_encoding(&self) -> bool {
        self.pieces.saturating_mul(100) >= self.words
    }
}

/// Text as numbers of words, in a file without a name that goes when this does.
#[derive(Debug)]
pub struct Corpus {
    vocabulary: Vocabulary,
    numbers: Mutex<File>,
    chunks: Vec<Chunk>,
    words: u64,
    told: CorpusReport,
    fingerprint: String,
    settings: CorpusSettings,
}

/// A stretch of the corpus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Chunk {
    /// Numbers before it, ends of sentences among them.
    start: u64,
    /// Words of the vocabulary before it.
    words_before: u64,
}

impl Corpus {
    /// Reads text: counts its words, chooses the vocabulary, and keeps the text as numbers.
    ///
    /// The result is the same for any number of threads.
    ///
    /// # Errors
    ///
    /// A setting cannot be, a source cannot be read or is no text, there is no word, no word is frequent
    /// enough or only one, or the scratch folder is full.
    pub fn read(sources: &[Source], settings: &CorpusSettings) -> Result<Self, WordsError> {
        settings.check()?;
        let named = named(sources);
        let scratch = Scratch { folder: settings.scratch.clone() };
        let (mut counted, mut numbers, mut told) = count(sources, settings.tokens, &scratch)?;
        told.distinct = counted.len();
        if counted.is_empty() {
            return Err(WordsError::EmptyCorpus { corpus: named, overlong: told.overlong });
        }
        if let Some(rule) = settings.phrases {
            (counted, numbers, told.phrases) =
                phrases::join(rule, (counted, numbers), settings.min_count, &scratch)?;
        }
        let (vocabulary, new) = Vocabulary::chosen(&counted, settings.min_count);
        if vocabulary.is_empty() {
            let counts = counted.counts();
            let most = (0..counted.len()).rev().max_by_key(|&at| counts[at]).unwrap_or(0);
            let others = (0..counted.len()).filter(|&at| at != most && counts[at] > 0);
            return Err(WordsError::AllRare {
                corpus: named,
                minimum: settings.min_count,
                distinct: counted.len(),
                word: counted.word(most).to_owned(),
                count: counts[most],
                second: others.map(|at| counts[at]).max(),
            });
        }
        if vocabulary.len() == 1 {
            let word = vocabulary.word(0).to_owned();
            return Err(WordsError::OneWord { corpus: named, word });
        }
        drop(counted);
        let mut writer = ChunkWriter::new(scratch.writer()?);
        scratch.each(numbers, |number| match number {
            SENTENCE_END => writer.end_sentence(),
            old if new[old as usize] == DROPPED => Ok(()),
            old => writer.word(new[old as usize]),
        })?;
        if !writer.neighbours {
            return Err(WordsError::NoNeighbours { corpus: named });
        }
        let (numbers, chunks, words, hash) = writer.finish().map_err(|e| scratch.error(e))?;
        Ok(Corpus {
            vocabulary,
            numbers: Mutex::new(numbers),
            chunks,
            words,
            told,
            fingerprint: hash,
            settings: settings.clone(),
        })
    }

    /// Its words and how often they occur.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Occurrences of words of the vocabulary.
    pub fn words(&self) -> u64 {
        self.words
    }

    /// What was left out or mended.
    pub fn told(&self) -> &CorpusReport {
        &self.told
    }

    /// How it was read.
    pub fn settings(&self) -> &CorpusSettings {
        &self.settings
    }

    /// A hash of the words in order, by number: the same text and rules have the same.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Stretches of about 10,000 words that it consists of; each ends with a sentence, unless that is
    /// longer than 20,000 words.
    pub fn chunks(&self) -> usize {
        self.chunks.len() - 1
    }

    /// Words before the chunk of this number, at most [`Corpus::chunks`].
    pub fn words_before(&self, chunk: usize) -> u64 {
        self.chunks[chunk].words_before
    }

    /// Reads a chunk, numbered from 0, into `into`: words by number, and [`SENTENCE_END`] behind each
    /// sentence but perhaps the last.
    ///
    /// # Errors
    ///
    /// The scratch file cannot be read.
    pub fn read_chunk(&self, chunk: usize, into: &mut Vec<u32>) -> Result<(), WordsError> {
        let (start, end) = (self.chunks[chunk].start, self.chunks[chunk + 1].start);
        let mut bytes = vec![0; (end - start) as usize * 4];
        let read = |bytes: &mut [u8]| {
            // A thread that panicked left the file whole: nobody writes to it.
            let mut file = self.numbers.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            file.seek(SeekFrom::Start(start * 4))?;
            file.read_exact(bytes)
        };
        read(&mut bytes).map_err(|source| WordsError::Scratch {
            folder: self.settings.scratch.clone(),
            source,
        })?;
        into.clear();
        into.extend(bytes.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes)));
        Ok(())
    }
}

fn named(sources: &[Source]) -> String {
    match sources {
        [one] => one.to_string(),
        [one, ..] => format!("{one} and {} more", sources.len() - 1),
        [] => "the corpus".into(),
    }
}

/// Files without a name in one folder, of numbers.
pub(super) struct Scratch {
    folder: PathBuf,
}

impl Scratch {
    pub(super) fn error(&self, source: io::Error) -> WordsError {
        WordsError::Scratch { folder: self.folder.clone(), source }
    }

    pub(super) fn writer(&self) -> Result<BufWriter<File>, WordsError> {
        let file = tempfile::tempfile_in(&self.folder).map_err(|e| self.error(e))?;
        Ok(BufWriter::with_capacity(1 << 16, file))
    }

    /// Shows `visit` each number of a file, from its beginning.
    pub(super) fn each(
        &self,
        mut file: File,
        mut visit: impl FnMut(u32) -> io::Result<()>,
    ) -> Result<File, WordsError> {
        let mut read = || {
            file.rewind()?;
            let mut reader = BufReader::with_capacity(1 << 16, &mut file);
            let mut bytes = [0; 4];
            loop {
                match reader.read_exact(&mut bytes) {
                    Ok(()) => visit(u32::from_le_bytes(bytes))?,
                    Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
                    Err(error) => return Err(error),
                }
            }
        };
        read().map_err(|error| self.error(error))?;
        Ok(file)
    }

    /// The file behind a writer.
    pub(super) fn written(&self, writer: BufWriter<File>) -> Result<File, WordsError> {
        writer.into_inner().map_err(|error| self.error(error.into_error()))
    }
}

/// The words of a block, numbered in the block's own table.
struct Block {
    words: WordTable,
    numbers: Vec<u32>,
    replaced: u64,
    overlong: u64,
}

/// Every word with its count, and the text as their numbers in order of first appearance.
fn count(
    sources: &[Source],
    tokens: Tokens,
    scratch: &Scratch,
) -> Result<(Vocabulary, File, CorpusReport), WordsError> {
    let mut blocks = Blocks::new(sources, tokens);
    let mut writer = scratch.writer()?;
    let (mut words, mut counts, mut told) =
        (WordTable::default(), Vec::new(), CorpusReport::default());
    // Of each source, its words and the pieces that were replaced.
    let mut of_source = vec![(0_u64, 0_u64); sources.len()];
    loop {
        let mut wave = Vec::new();
        while wave.len() < rayon::current_num_threads() {
            let Some(block) = blocks.next()? else { break };
            wave.push(block);
        }
        if wave.is_empty() {
            break;
        }
        let split: Vec<(usize, Block)> =
            wave.into_par_iter().map(|text| (text.source, tokenised(&text, tokens))).collect();
        // In the order of the text, so that numbers do not depend on the threads.
        for (source, block) in split {
            of_source[source].1 += block.replaced;
            told.overlong += block.overlong;
            let own: Option<Vec<u32>> = block.words.iter().map(|word| words.add(word)).collect();
            let own = own.ok_or_else(|| WordsError::TooManyWords { corpus: named(sources) })?;
            counts.resize(words.len(), 0);
            for number in block.numbers {
                let number = if number == SENTENCE_END { number } else { own[number as usize] };
                if number != SENTENCE_END {
                    counts[number as usize] += 1;
                    of_source[source].0 += 1;
                }
                writer.write_all(&number.to_le_bytes()).map_err(|e| scratch.error(e))?;
            }
        }
    }
    for (source, (words, pieces)) in sources.iter().cloned().zip(of_source) {
        if pieces > words {
            return Err(WordsError::NoText { corpus: source.to_string(), pieces, words });
        }
        told.words += words;
        match (words, pieces) {
            (0, _) => told.empty.push(source),
            (_, 0) => {}
            _ => told.mended.push(Mended { source, pieces, words }),
        }
    }
    Ok((Vocabulary::new(words, counts), scratch.written(writer)?, told))
}

fn tokenised(Text { bytes, within, .. }: &Text, tokens: Tokens) -> Block {
    let text = String::from_utf8_lossy(bytes);
    // Where nothing was replaced the text is borrowed.
    let replaced = match &text {
        std::borrow::Cow::Borrowed(_) => 0,
        std::borrow::Cow::Owned(_) => {
            bytes.utf8_chunks().filter(|chunk| !chunk.invalid().is_empty()).count() as u64
        }
    };
    let mut block =
        Block { words: WordTable::default(), numbers: Vec::new(), replaced, overlong: 0 };
    // The end of a word that was counted as too long where it began.
    let mut within = *within && !text.starts_with(char::is_whitespace);
    tokens.each(&text, |token| match token {
        _ if std::mem::take(&mut within) => {}
        Token::Word(word) if word.len() > LONGEST_WORD => block.overlong += 1,
        // A block has fewer words than there are numbers.
        Token::Word(word) => block.numbers.extend(block.words.add(word)),
        Token::LineEnd => block.numbers.push(SENTENCE_END),
    });
    block
}

/// Writes numbers and notes where chunks begin.
struct ChunkWriter {
    to: BufWriter<File>,
    hash: blake3::Hasher,
    chunks: Vec<Chunk>,
    written: u64,
    words: u64,
    /// Whether nothing was written since a sentence ended.
    ended: bool,
    /// Whether a sentence has two words.
    neighbours: bool,
}

impl ChunkWriter {
    fn new(to: BufWriter<File>) -> Self {
        let chunks = vec![Chunk { start: 0, words_before: 0 }];
        ChunkWriter {
            to,
            hash: blake3::Hasher::new(),
            chunks,
            written: 0,
            words: 0,
            ended: true,
            neighbours: false,
        }
    }

    fn put(&mut self, number: u32) -> io::Result<()> {
        self.written += 1;
        self.hash.update(&number.to_le_bytes());
        self.to.write_all(&number.to_le_bytes())
    }

    fn in_chunk(&self) -> u64 {
        self.words - self.chunks.last().map_or(0, |chunk| chunk.words_before)
    }

    fn word(&mut self, number: u32) -> io::Result<()> {
        if self.in_chunk() >= LONGEST_CHUNK {
            self.begin_chunk();
        }
        self.neighbours |= !self.ended;
        self.ended = false;
        self.words += 1;
        self.put(number)
    }

    /// Sentences without a word that counts leave no trace.
    fn end_sentence(&mut self) -> io::Result<()> {
        if self.ended {
            return Ok(());
        }
        self.ended = true;
        self.put(SENTENCE_END)?;
        if self.in_chunk() >= CHUNK {
            self.begin_chunk();
        }
        Ok(())
    }

    fn begin_chunk(&mut self) {
        self.chunks.push(Chunk { start: self.written, words_before: self.words });
    }

    fn finish(mut self) -> io::Result<(File, Vec<Chunk>, u64, String)> {
        if self.in_chunk() > 0 {
            self.begin_chunk();
        }
        let file = self.to.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok((file, self.chunks, self.words, self.hash.finalize().to_hex()[..16].to_owned()))
    }
}
