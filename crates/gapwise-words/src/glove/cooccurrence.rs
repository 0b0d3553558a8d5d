//! How often words occur near each other, in memory as far as it goes and on disk beyond.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    fs::File,
    io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::{
    WordsError,
    corpus::{Corpus, CorpusSettings, SENTENCE_END},
};

/// Two words and how much they occur near each other: each time weighs 1 over their distance in words.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cooccurrence {
    /// The word, by number.
    pub word: u32,
    /// The word near it.
    pub context: u32,
    /// The sum of 1 / distance.
    pub weight: f32,
}

/// Bytes of one in a file.
const BYTES: usize = 12;
/// Bytes of a sum in a file.
const SUM_BYTES: usize = 16;
/// Bytes that one takes in memory while it is counted. A map's place has 17, and at most 7 of 8 are
/// taken; where they are, one of twice the places comes beside it: 3 · 17 · 8 / 7 = 58.3. What is spilled
/// takes less: a map half full, 38.9, and a sorted copy, 16. The rest is for buffers.
const COUNTED_BYTES: usize = 64;
/// Files that are open at a time: a process may often have no more than 256.
const RUNS: usize = 128;

/// All of a corpus's, in a file without a name, in an order drawn at random.
#[derive(Debug)]
pub struct Cooccurrences {
    file: File,
    count: u64,
    fingerprint: String,
    settings: CooccurrenceSettings,
    folder: PathBuf,
}

/// How words were counted near each other.
#[derive(Debug, Clone, Serialize)]
pub struct CooccurrenceSettings {
    /// How their corpus was read.
    #[serde(flatten)]
    pub corpus: CorpusSettings,
    /// Words to each side.
    pub window: usize,
    /// Bytes for counting.
    pub memory: usize,
}

type Counts = HashMap<(u32, u32), f64>;
/// A word and the one near it, and the sum of their weights.
type Sum = ((u32, u32), f64);

/// Counts the words within `window` words of each other in a sentence, each pair in both directions.
///
/// What is counted is sorted and written to a file without a name in `folder` whenever it takes more than
/// `memory` bytes, and these files are joined at the end, or before where they are many. The order is
/// shuffled within blocks of as many as memory holds.
///
/// **Source.** Pennington, Socher & Manning, "GloVe: Global vectors for word representation" (2014),
/// sections 3 and 4.2, and their programs. **Differs from the source.** Nothing but the order.
///
/// # Errors
///
/// The corpus's numbers cannot be read, or the folder is full.
pub fn collect(
    corpus: &Corpus,
    window: usize,
    memory: usize,
    folder: &Path,
) -> Result<Cooccurrences, WordsError> {
    let full = |source| WordsError::Scratch { folder: folder.to_owned(), source };
    let most = (memory / COUNTED_BYTES).max(1_000);
    let mut counts = Counts::new();
    let mut runs = Vec::new();
    let (mut words, mut before) = (Vec::new(), Vec::<u32>::new());
    for chunk in 0..corpus.chunks() {
        corpus.read_chunk(chunk, &mut words)?;
        for &word in &words {
            if word == SENTENCE_END {
                before.clear();
                continue;
            }
            for (distance, &near) in before.iter().rev().take(window).enumerate() {
                let weight = 1.0 / (distance as f64 + 1.0);
                *counts.entry((word, near)).or_default() += weight;
                *counts.entry((near, word)).or_default() += weight;
            }
            before.push(word);
            if before.len() >= 2 * window + 64 {
                before.drain(..before.len() - window);
            }
            if counts.len() >= most {
                runs.push(spill(&mut counts, folder).map_err(full)?);
                if runs.len() == RUNS {
                    shorten(&mut runs, folder).map_err(full)?;
                }
            }
        }
    }
    runs.push(spill(&mut counts, folder).map_err(full)?);
    drop(counts);
    let settings = CooccurrenceSettings { corpus: corpus.settings().clone(), window, memory };
    join(runs, folder, settings).map_err(full)
}

/// Writes counts by the words' numbers and empties them.
fn spill(counts: &mut Counts, folder: &Path) -> io::Result<BufReader<File>> {
    let mut sorted: Vec<Sum> = counts.drain().collect();
    sorted.sort_unstable_by_key(|(pair, _)| *pair);
    let mut to = BufWriter::new(tempfile::tempfile_in(folder)?);
    sorted.into_iter().try_for_each(|sum| write(sum, &mut to))?;
    reopened(to)
}

fn write(((word, context), weight): Sum, to: &mut impl Write) -> io::Result<()> {
    to.write_all(&word.to_le_bytes())?;
    to.write_all(&context.to_le_bytes())?;
    to.write_all(&weight.to_le_bytes())
}

/// A file that was written, to be read from its start.
fn reopened(to: BufWriter<File>) -> io::Result<BufReader<File>> {
    let mut file = to.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(BufReader::new(file))
}

fn next(run: &mut BufReader<File>) -> io::Result<Option<Sum>> {
    let mut bytes = [0; SUM_BYTES];
    match run.read_exact(&mut bytes) {
        Ok(()) => {
            let [a, b, c, d, ..] = bytes;
            let word = u32::from_le_bytes([a, b, c, d]);
            let [.., a, b, c, d, e, f, g, h] = bytes;
            let weight = f64::from_le_bytes([a, b, c, d, e, f, g, h]);
            let [_, _, _, _, a, b, c, d, ..] = bytes;
            Ok(Some(((word, u32::from_le_bytes([a, b, c, d])), weight)))
        }
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

/// Shows `take` the sums of sorted files by pair, those of the same pair added in the order of the files.
fn merge(
    runs: &mut [BufReader<File>],
    mut take: impl FnMut(Sum) -> io::Result<()>,
) -> io::Result<()> {
    let mut heads = Vec::new();
    let mut heap = BinaryHeap::new();
    for (at, run) in runs.iter_mut().enumerate() {
        let head = next(run)?;
        heap.extend(head.map(|(pair, _)| Reverse((pair, at))));
        heads.push(head.map_or(0.0, |(_, weight)| weight));
    }
    let mut open: Option<Sum> = None;
    while let Some(Reverse((pair, at))) = heap.pop() {
        let weight = heads[at];
        open = match open {
            Some((same, sum)) if same == pair => Some((pair, sum + weight)),
            before => {
                before.map_or(Ok(()), &mut take)?;
                Some((pair, weight))
            }
        };
        if let Some((pair, weight)) = next(&mut runs[at])? {
            heads[at] = weight;
            heap.push(Reverse((pair, at)));
        }
    }
    open.map_or(Ok(()), take)
}

/// One sorted file in place of many. It stands before those that come later, so that a pair's weights
/// are added in the same order as if all stayed open.
fn shorten(runs: &mut Vec<BufReader<File>>, folder: &Path) -> io::Result<()> {
    let mut to = BufWriter::new(tempfile::tempfile_in(folder)?);
    merge(runs, |sum| write(sum, &mut to))?;
    *runs = vec![reopened(to)?];
    Ok(())
}

/// Joins sorted files and shuffles what comes of it.
fn join(
    mut runs: Vec<BufReader<File>>,
    folder: &Path,
    settings: CooccurrenceSettings,
) -> io::Result<Cooccurrences> {
    let mut to = BufWriter::new(tempfile::tempfile_in(folder)?);
    let mut pairs = 0;
    for run in &runs {
        pairs += run.get_ref().metadata()?.len() as usize / SUM_BYTES;
    }
    let most = (settings.memory / BYTES).max(1_000);
    let mut shuffled = Shuffled {
        // All at once: room that doubled would take up to three times as much.
        block: Vec::with_capacity(most.min(pairs)),
        most,
        random: ChaCha8Rng::seed_from_u64(1),
        count: 0,
        hash: blake3::Hasher::new(),
    };
    merge(&mut runs, |sum| shuffled.put(sum, &mut to))?;
    shuffled.flush(&mut to)?;
    Ok(Cooccurrences {
        file: to.into_inner().map_err(io::IntoInnerError::into_error)?,
        count: shuffled.count,
        fingerprint: shuffled.hash.finalize().to_hex()[..16].to_owned(),
        settings,
        folder: folder.to_owned(),
    })
}

/// Writes in an order drawn at random within blocks.
struct Shuffled {
    block: Vec<Cooccurrence>,
    most: usize,
    random: ChaCha8Rng,
    count: u64,
    hash: blake3::Hasher,
}

impl Shuffled {
    fn put(&mut self, ((word, context), weight): Sum, to: &mut impl Write) -> io::Result<()> {
        self.block.push(Cooccurrence { word, context, weight: weight as f32 });
        if self.block.len() >= self.most { self.flush(to) } else { Ok(()) }
    }

    fn flush(&mut self, to: &mut impl Write) -> io::Result<()> {
        self.block.shuffle(&mut self.random);
        self.count += self.block.len() as u64;
        for Cooccurrence { word, context, weight } in self.block.drain(..) {
            let mut bytes = [0; BYTES];
            let parts = [word.to_le_bytes(), context.to_le_bytes(), weight.to_le_bytes()];
            bytes.copy_from_slice(parts.as_flattened());
            self.hash.update(&bytes);
            to.write_all(&bytes)?;
        }
        Ok(())
    }
}

impl Cooccurrences {
    /// Pairs in it.
    pub fn len(&self) -> u64 {
        self.count
    }

    /// Whether there is none: no sentence has two words.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// A hash of them in order: the same corpus, window and memory have the same.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// How they were counted.
    pub fn settings(&self) -> &CooccurrenceSettings {
        &self.settings
    }

    /// Shows `visit` blocks of them in order, but for the first `from`, until it is `false`.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or `visit` fails.
    pub fn each(
        &self,
        from: u64,
        mut visit: impl FnMut(&[Cooccurrence]) -> Result<bool, WordsError>,
    ) -> Result<(), WordsError> {
        const BLOCK: u64 = 1 << 18;
        let mut file = &self.file;
        let mut block = Vec::new();
        let mut bytes = Vec::new();
        for from in (from..self.count).step_by(BLOCK as usize) {
            bytes.resize((self.count - from).min(BLOCK) as usize * BYTES, 0);
            let mut read = || {
                file.seek(SeekFrom::Start(from * BYTES as u64))?;
                file.read_exact(&mut bytes)
            };
            read().map_err(|source| WordsError::Scratch { folder: self.folder.clone(), source })?;
            let words = bytes.as_chunks::<4>().0.as_chunks::<3>().0;
            block.clear();
            block.extend(words.iter().map(|[word, context, weight]| Cooccurrence {
                word: u32::from_le_bytes(*word),
                context: u32::from_le_bytes(*context),
                weight: f32::from_le_bytes(*weight),
            }));
            if !visit(&block)? {
                break;
            }
        }
        Ok(())
    }
}
