//! Text into numbers.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use gapwise_words::corpus::{Corpus, CorpusSettings, PhraseRule, SENTENCE_END, Source, Tokens};

fn words_of(corpus: &Corpus) -> Vec<String> {
    let mut words = Vec::new();
    let mut numbers = Vec::new();
    for chunk in 0..corpus.chunks() {
        corpus.read_chunk(chunk, &mut numbers).unwrap();
        words.extend(numbers.iter().map(|&number| match number {
            SENTENCE_END => "⏎".to_owned(),
            number => corpus.vocabulary().word(number as usize).to_owned(),
        }));
    }
    words
}

#[test]
fn the_vocabulary_falls_by_frequency_and_rare_words_leave_no_gap() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text.txt");
    std::fs::write(&path, "b c rare c\n\n \nc b a a a").unwrap();
    let settings = CorpusSettings { min_count: 2, ..crate::settings(folder.path()) };
    let corpus = Corpus::read(&[Source::File(path)], &settings).unwrap();
    // a and c occur three times: c came first, a stands first by its text.
    assert_eq!(corpus.vocabulary().words().iter().collect::<Vec<_>>(), ["a", "c", "b"]);
    assert_eq!(corpus.vocabulary().counts(), [3, 3, 2]);
    assert_eq!(words_of(&corpus), ["b", "c", "c", "⏎", "c", "b", "a", "a", "a", "⏎"]);
    assert_eq!((corpus.told().words, corpus.told().distinct, corpus.words()), (9, 4, 8));
}

#[test]
fn gzip_and_several_files_are_one_corpus() {
    let folder = tempfile::tempdir().unwrap();
    let (plain, packed) = (folder.path().join("plain.txt"), folder.path().join("packed.gz"));
    std::fs::write(&plain, "one two").unwrap();
    let mut encoder = GzEncoder::new(std::fs::File::create(&packed).unwrap(), Compression::fast());
    encoder.write_all(b"two three").unwrap();
    encoder.finish().unwrap();
    let sources = [Source::File(plain), Source::File(packed)];
    let corpus = Corpus::read(&sources, &crate::settings(folder.path())).unwrap();
    assert_eq!(words_of(&corpus), ["one", "two", "⏎", "two", "three", "⏎"]);
}

#[test]
fn phrases_are_pairs_that_belong_together() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text.txt");
    std::fs::write(&path, "new york is new york\nthe new york\nthe is the is").unwrap();
    let phrases = Some(PhraseRule { threshold: 0.5 });
    let settings = CorpusSettings { min_count: 1, phrases, ..crate::settings(folder.path()) };
    let corpus = Corpus::read(&[Source::File(path)], &settings).unwrap();
    // (3 − 1) / (3 · 3) · 12 = 2.7 for `new york`; `the is` has (2 − 1) / (3 · 3) · 12 = 1.3.
    let found = words_of(&corpus);
    assert_eq!(found[..4], ["new_york", "is", "new_york", "⏎"]);
    assert_eq!(found[found.len() - 3..], ["the_is", "the_is", "⏎"]);
    assert_eq!(corpus.told().phrases, 2);
    assert_eq!(corpus.vocabulary().number("york"), None);
}

#[test]
fn a_long_line_is_read_in_pieces() {
    let folder = tempfile::tempdir().unwrap();
    let line: String = (0..400_000).map(|at| format!("w{} ", at % 50)).collect();
    let corpus = crate::corpus_of(folder.path(), &line).unwrap();
    assert_eq!(corpus.words(), 400_000);
    assert_eq!(corpus.words_before(corpus.chunks()), 400_000);
    // A chunk without the end of a sentence is cut at 20,000 words.
    assert_eq!(corpus.chunks(), 20);
    assert_eq!(words_of(&corpus).join(" "), format!("{line}⏎"));
}

#[test]
fn what_is_no_utf_8_is_replaced_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = crate::corpus_of(folder.path(), b"caf\xe9 and \xff caf\xe9").unwrap();
    let [mended] = corpus.told().mended.as_slice() else { panic!("one source") };
    assert_eq!((mended.pieces, mended.words, mended.is_of_another_encoding()), (3, 4, true));
    assert_eq!(corpus.vocabulary().word(0), "caf\u{fffd}");
}

#[test]
fn a_source_without_a_word_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let written = |(name, text): (&str, &str)| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        Source::File(path)
    };
    let sources = [("text", "a b a b"), ("none", ""), ("blank", " \n\n")].map(written);
    let corpus = Corpus::read(&sources, &crate::settings(folder.path())).unwrap();
    assert_eq!(corpus.told().empty, sources[1..]);
}

#[test]
fn a_word_of_many_blocks_is_one_that_is_too_long() {
    let folder = tempfile::tempdir().unwrap();
    for tokens in [Tokens::AsIs, Tokens::Words] {
        let text = format!("a b {} a b\n", "x".repeat(1_000_000));
        let path = folder.path().join("text");
        std::fs::write(&path, text).unwrap();
        let settings = CorpusSettings { tokens, ..crate::settings(folder.path()) };
        let corpus = Corpus::read(&[Source::File(path)], &settings).unwrap();
        assert_eq!((corpus.told().overlong, words_of(&corpus).join(" ")), (1, "a b a b ⏎".into()));
    }
}

#[test]
fn a_script_without_spaces_keeps_its_words_where_a_block_ends() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text");
    std::fs::write(&path, "深度學習".repeat(50_000)).unwrap();
    let settings = CorpusSettings { tokens: Tokens::Words, ..crate::settings(folder.path()) };
    let corpus = Corpus::read(&[Source::File(path)], &settings).unwrap();
    assert_eq!((corpus.told().words, corpus.told().distinct), (200_000, 4));
}
