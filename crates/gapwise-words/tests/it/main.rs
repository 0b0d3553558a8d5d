//! Tests of the crate as others use it.

// A helper of a test fails it by panicking.
#![allow(clippy::unwrap_used, clippy::panic)]

mod bad_input;
mod corpus;
mod files;
mod glove;
mod questions;
mod training;

use std::path::Path;

use gapwise_words::{
    WordsError,
    corpus::{Corpus, CorpusSettings, Source, Tokens},
};

/// Reads a text as a corpus of words as they are, each of which counts.
fn corpus_of(folder: &Path, text: impl AsRef<[u8]>) -> Result<Corpus, WordsError> {
    let path = folder.join("text.txt");
    std::fs::write(&path, text).unwrap();
    Corpus::read(&[Source::File(path)], &settings(folder))
}

fn settings(folder: &Path) -> CorpusSettings {
    CorpusSettings { tokens: Tokens::AsIs, min_count: 1, phrases: None, scratch: folder.to_owned() }
}
