//! No bytes make the reader of a corpus panic, gzip among them.
#![no_main]

use gapwise_words::corpus::{Corpus, CorpusSettings, PhraseRule, Source, Tokens};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text");
    std::fs::write(&path, bytes).unwrap();
    let settings = CorpusSettings {
        tokens: if bytes.len() % 2 == 0 { Tokens::Words } else { Tokens::AsIs },
        min_count: 1,
        phrases: Some(PhraseRule { threshold: 1.0 }),
        scratch: folder.path().to_owned(),
    };
    let _ = Corpus::read(&[Source::File(path)], &settings);
});
