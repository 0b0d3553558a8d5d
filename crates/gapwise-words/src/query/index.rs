//! The nearest of very many words without looking at all of them: an index in a file beside the vectors.
//!
//! The index is arroy's: trees of random planes over one bit for each number of a vector, in an LMDB file
//! that is mapped. What it finds is put in order by the exact cosine. Behind LMDB's pages stand the
//! fingerprint of the vectors that it is of and a hash of the file, so that an index of another training
//! or a damaged one is never asked.
#![allow(unsafe_code)]

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write},
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use arroy::{Database, Reader, Writer, distances::BinaryQuantizedCosine};
use heed::{CommitOrAbort, Env, EnvFlags, EnvOpenOptions, WithoutTls};
use rand::{SeedableRng, rngs::StdRng};

use super::{Near, best_of};
use crate::{WordsError, vectors::Vectors};

/// Above so many words an index is worth its file.
pub const MANY_WORDS: usize = 1_000_000;
/// Trees of an index: more find more and take more room.
const TREES: usize = 20;
/// Words that the trees propose, of which [`COMPARED`] as many are compared exactly.
const PROPOSED: usize = 30_000;
const COMPARED: usize = 5_000;
/// Vectors that tell these from others of the same words: a new training moves all of them.
const LOOKED_AT: usize = 64;
/// Begins what stands behind LMDB's pages.
const MARK: &[u8; 16] = b"gapwise index 2\n";
/// The mark, the vectors' fingerprint, and the hash of all before it.
const TRAILER: usize = 16 + 32 + 32;

type Trees = Database<'static, BinaryQuantizedCosine>;

/// An index that is open.
pub struct Index {
    pages: Env<WithoutTls>,
    trees: Trees,
}

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Index").field("pages", &self.pages.path()).finish_non_exhaustive()
    }
}

/// Where the index of the vectors in the file `vectors` is kept.
pub fn index_of(vectors: &Path) -> PathBuf {
    let mut name = vectors.file_name().unwrap_or_default().to_owned();
    name.push(".index");
    vectors.with_file_name(name)
}

impl Index {
    /// Opens the index beside the vectors; `None` where there is none, or one that is damaged or of
    /// other vectors.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn open(vectors: &Vectors) -> Result<Option<Self>, WordsError> {
        let path = index_of(vectors.path());
        let io = |source| WordsError::Io { path: path.clone(), source };
        match is_of(&path, vectors) {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(io(error)),
        }
        let length = fs::metadata(&path).map_err(io)?.len() as usize;
        let pages = environment(&path, length, EnvFlags::READ_ONLY).map_err(|e| io(of_heed(e)))?;
        let found = pages.read_txn().and_then(|read| {
            pages.open_databases_and_commit(read, |open, read| {
                open.open_database(read, None).map(CommitOrAbort::<_, ()>::Commit)
            })
        });
        let found = found.map_err(|e| io(of_heed(e)))?.unwrap_commit();
        Ok(found.map(|trees| Index { pages, trees }))
    }

    /// Builds the index and puts it beside the vectors, whole or not at all; `tell` is called now and
    /// then and ends it when it says `false`.
    ///
    /// # Errors
    ///
    /// The file cannot be written, or it was stopped.
    pub fn build(
        vectors: &Vectors,
        tell: impl Fn() -> bool + Sync + Send,
    ) -> Result<Self, WordsError> {
        let path = index_of(vectors.path());
        let not_written = |source| WordsError::NotIndexed { path: path.clone(), source };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let scratch =
            tempfile::tempdir_in(folder.unwrap_or(Path::new("."))).map_err(not_written)?;
        let pages = scratch.path().join("index");
        build_at(&pages, vectors, &tell).map_err(|error| match error {
            Unbuilt::Vector(error) => error,
            Unbuilt::Index(arroy::Error::BuildCancelled) => {
                WordsError::IndexStopped { path: path.clone() }
            }
            Unbuilt::Index(arroy::Error::Heed(error)) => not_written(of_heed(error)),
            Unbuilt::Index(arroy::Error::Io(error)) => not_written(error),
            Unbuilt::Index(error) => not_written(io::Error::other(error)),
        })?;
        let finish = || {
            let mut file = File::options().read(true).append(true).open(&pages)?;
            let mut hash = blake3::Hasher::new();
            hash.update_reader(&mut file)?;
            let of = [&MARK[..], fingerprint(vectors).as_bytes()].concat();
            hash.update(&of);
            file.write_all(&of)?;
            file.write_all(hash.finalize().as_bytes())?;
            file.sync_all()?;
            // Who may read the vectors may read their index.
            fs::set_permissions(&pages, fs::metadata(vectors.path())?.permissions())?;
            fs::rename(&pages, &path)
        };
        finish().map_err(not_written)?;
        Self::open(vectors)?.ok_or_else(|| not_written(io::ErrorKind::NotFound.into()))
    }

    /// As [`super::similar`], of the words that the index proposes: now and then a word that belongs
    /// there is missing. The cosines are exact.
    ///
    /// # Errors
    ///
    /// The word has no vector, or the index cannot be read.
    pub fn similar(
        &self,
        vectors: &Vectors,
        word: &str,
        count: usize,
    ) -> Result<Vec<Near>, WordsError> {
        let number = vectors.number(word)?;
        let query = vectors.vector(number)?;
        let found = self.near(&query, count.saturating_add(1)).map_err(|error| WordsError::Io {
            path: index_of(vectors.path()),
            source: io::Error::other(error),
        })?;
        let others = found.into_iter().filter(|&at| vectors.word(at) != vectors.word(number));
        let scored = others.map(|at| Ok((vectors.cosine(at, &query)?, at)));
        let scored = scored.collect::<Result<_, WordsError>>()?;
        Ok(best_of(vectors, scored, count))
    }

    /// The numbers of words near `query`, in no order.
    fn near(&self, query: &[f32], count: usize) -> arroy::Result<Vec<usize>> {
        let read = self.pages.read_txn()?;
        let reader = Reader::open(&read, 0, self.trees)?;
        let mut search = reader.nns(COMPARED.max(count));
        search.search_k(NonZeroUsize::MIN.saturating_add(PROPOSED.max(count.saturating_mul(6))));
        Ok(search.by_vector(&read, query)?.into_iter().map(|(at, _)| at as usize).collect())
    }
}

/// Why there is no index.
enum Unbuilt {
    Vector(WordsError),
    Index(arroy::Error),
}

impl<E: Into<arroy::Error>> From<E> for Unbuilt {
    fn from(error: E) -> Self {
        Unbuilt::Index(error.into())
    }
}

fn build_at(
    pages: &Path,
    vectors: &Vectors,
    tell: &(impl Fn() -> bool + Sync + Send),
) -> Result<(), Unbuilt> {
    // Room in the address space: the bits, their keys, and their places in every tree.
    let most = (1 << 30) + vectors.len() * (vectors.dimensions() + 2_048);
    let env = environment(pages, most, EnvFlags::NO_SYNC)?;
    let write = env.write_txn()?;
    let trees: Trees = env
        .create_databases_and_commit(write, |create, write| {
            create.create_database(write, None).map(CommitOrAbort::<_, ()>::Commit)
        })?
        .unwrap_commit();
    let mut write = env.write_txn()?;
    let mut writer = Writer::new(trees, 0, vectors.dimensions());
    if let Some(folder) = pages.parent() {
        writer.set_tmpdir(folder);
    }
    for number in 0..vectors.len() {
        if number % 4_096 == 0 && !tell() {
            return Err(arroy::Error::BuildCancelled.into());
        }
        let vector = vectors.vector(number).map_err(Unbuilt::Vector)?;
        writer.append_item(&mut write, number as u32, &vector)?;
    }
    let mut random = StdRng::seed_from_u64(1);
    writer.builder(&mut random).n_trees(TREES).cancel(|| !tell()).build(&mut write)?;
    write.commit()?;
    env.prepare_for_closing().wait();
    Ok(())
}

/// One LMDB file without a lock file beside it.
fn environment(path: &Path, size: usize, flags: EnvFlags) -> heed::Result<Env<WithoutTls>> {
    let mut options = EnvOpenOptions::new().read_txn_without_tls();
    options.map_size(size.next_multiple_of(1 << 16));
    // SAFETY: without a lock nothing may write while another reads: a file is written under a name of
    // its own by one thread, gets its last name when it is whole and is never written to again.
    unsafe {
        options.flags(EnvFlags::NO_SUB_DIR | EnvFlags::NO_LOCK | flags);
        // SAFETY: the map stays valid as long as nobody cuts the file short, which no part of this
        // program does; its bytes were held to their hash just before.
        options.open(path)
    }
}

/// Whether the file is whole and of these vectors.
fn is_of(path: &Path, vectors: &Vectors) -> io::Result<bool> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    if length < TRAILER as u64 {
        return Ok(false);
    }
    let mut trailer = [0; TRAILER];
    file.seek(SeekFrom::End(-(TRAILER as i64)))?;
    file.read_exact(&mut trailer)?;
    let (of, right) = trailer.split_at(TRAILER - 32);
    if of[..16] != *MARK || of[16..] != *fingerprint(vectors).as_bytes() {
        return Ok(false);
    }
    file.rewind()?;
    let mut hash = blake3::Hasher::new();
    hash.update_reader(file.take(length - 32))?;
    Ok(hash.finalize().as_bytes() == right)
}

/// How many vectors there are, of which size, all words, and some of the vectors.
fn fingerprint(vectors: &Vectors) -> blake3::Hash {
    let mut hash = blake3::Hasher::new();
    hash.update(&(vectors.len() as u64).to_le_bytes());
    hash.update(&(vectors.dimensions() as u64).to_le_bytes());
    hash.update(vectors.text());
    for number in (0..vectors.len()).step_by(vectors.len().div_ceil(LOOKED_AT).max(1)) {
        // One that is not finite is told when it is used.
        vectors.vector(number).unwrap_or_default().iter().for_each(|x| {
            hash.update(&x.to_le_bytes());
        });
    }
    hash.finalize()
}

fn of_heed(error: heed::Error) -> io::Error {
    match error {
        heed::Error::Io(error) => error,
        error => io::Error::other(error),
    }
}
