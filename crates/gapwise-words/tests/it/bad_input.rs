//! What is wrong is said, with its place.

use gapwise_words::{
    WordsError,
    query::{self, AnalogyRule},
    vectors::{self, Format},
};

fn said_of(error: WordsError, folder: &std::path::Path) -> String {
    let hint = error.hint().map(|hint| format!("\n{hint}")).unwrap_or_default();
    format!("{error}{hint}").replace(&format!("{}/", folder.display()), "")
}

fn of_corpus(text: impl AsRef<[u8]>, min_count: u64) -> String {
    use gapwise_words::corpus::{Corpus, CorpusSettings, Source};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text.txt");
    std::fs::write(&path, text).unwrap();
    let settings = CorpusSettings { min_count, ..crate::settings(folder.path()) };
    said_of(Corpus::read(&[Source::File(path)], &settings).unwrap_err(), folder.path())
}

fn of_vectors(bytes: impl AsRef<[u8]>) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v");
    std::fs::write(&path, bytes).unwrap();
    let error = vectors::open(&path).unwrap_err();
    error.to_string().replace(&format!("{}/", folder.path().display()), "")
}

#[test]
fn what_cannot_be_written_says_what_is_left() {
    use gapwise_study::run::RunError;
    use gapwise_words::error::Standing;
    let folder = tempfile::tempdir().unwrap();
    let unsaved = |standing| {
        let source = std::io::ErrorKind::StorageFull.into();
        let source = RunError::NotWritten { path: "v.bin".into(), source };
        let checkpoint = "v.bin.checkpoint".into();
        said_of(WordsError::Unsaved { source, checkpoint, standing }, folder.path())
    };
    insta::assert_snapshot!(unsaved(Standing::Now), @r"
    `v.bin` could not be written: no storage space; where the training stands is in `v.bin.checkpoint`
    make room, then the same command with `--resume` writes them
    ");
    insta::assert_snapshot!(unsaved(Standing::Before), @r"
    `v.bin` could not be written: no storage space; where the training stood some time before is in `v.bin.checkpoint`
    make room, then the same command with `--resume` goes on from there
    ");
    let path = folder.path().join("v.bin");
    std::fs::write(&path, "").unwrap();
    let same = vectors::apart(&path, &folder.path().join("./v.bin")).unwrap_err();
    insta::assert_snapshot!(said_of(same, folder.path()), @r"
    `./v.bin` is read, and would be written over
    name another file
    ");
}

#[cfg(unix)]
#[test]
fn only_files_are_opened_as_vectors() {
    let folder = tempfile::tempdir().unwrap();
    let error = vectors::open(std::path::Path::new("/dev/null")).unwrap_err();
    insta::assert_snapshot!(said_of(error, folder.path()), @r"
    `/dev/null`: expected a file, found a pipe or a device
    write the vectors to a file first
    ");
    // Nobody writes to it, and nobody waits for that.
    let path = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    assert!(matches!(vectors::open(&path), Err(WordsError::NoFile { .. })));
}

#[test]
fn a_corpus_that_cannot_train_says_why() {
    insta::assert_snapshot!(of_corpus("", 1), @r"
    `text.txt`: expected text, found no word in it
    words are runs of letters and digits; `--tokens as-is` takes all that stands between spaces
    ");
    insta::assert_snapshot!(of_corpus("a b a", 3), @r"
    `text.txt`: expected a word that occurs at least 3 times, found none of 2 words, and the most frequent, `a`, 2 times
    lower it: `--min-count 1`, or train on more text
    ");
    insta::assert_snapshot!(of_corpus("a a a", 1), @r"
    `text.txt`: expected at least two distinct words, found `a` alone
    lower `--min-count`, or train on more text: a word is told from others
    ");
    insta::assert_snapshot!(of_corpus("a a", 3), @r"
    `text.txt`: expected a word that occurs at least 3 times, found none of 1 word, and the most frequent, `a`, 2 times
    train on more text: a word is told from others
    ");
    insta::assert_snapshot!(of_corpus("a a b", 3), @r"
    `text.txt`: expected a word that occurs at least 3 times, found none of 2 words, and the most frequent, `a`, 2 times
    lower it: `--min-count 1`, or train on more text
    ");
    insta::assert_snapshot!(of_corpus("x".repeat(2_000), 1), @r"
    `text.txt`: expected text, found no word in it but 1 piece of more than 1,024 bytes
    words have spaces or signs between them: is it text, and unpacked?
    ");
    insta::assert_snapshot!(of_corpus(b"\xff\xfea\0 \0b\0", 1), @r"
    `text.txt`: expected text in UTF-8, found UTF-16
    `iconv -f utf-16 -t utf-8` makes it so
    ");
    insta::assert_snapshot!(of_corpus(b"caf\xe9 \xe9t\xe9 \xc0 \xc1", 1), @r"
    `text.txt`: expected text in UTF-8, found 4 words and 5 pieces that are none
    unpack archives first; text in another encoding is made UTF-8 by `iconv`, such as `iconv -f latin1 -t utf-8`
    ");
    insta::assert_snapshot!(of_corpus(b"some \0 text", 1), @r"
    `text.txt`: expected text, found a zero byte at offset 5
    a corpus is plain text or gzip, one sentence a line; unpack other archives first
    ");
}

#[test]
fn vectors_that_are_none_say_where() {
    let found = [
        of_vectors(""),
        of_vectors("2 3\na 1 2 3\nb 1 2\n"),
        of_vectors("2 3\na 1 2 3\nb 1 2 3 4\n"),
        of_vectors("3 3\na 1 2 3\nb 1 2 3\n"),
        of_vectors("2 3\na 1 2 3\nb 1 2 3 4 5\n"),
        of_vectors("2 3\na 1 2 3\nb\n"),
        of_vectors("a 1 2 3\n\nb 1 2 3\n"),
        of_vectors("a 1 2 3\nb 1  2 3\n"),
        of_vectors("a 1 2 3\nb c x 2 3\n"),
        of_vectors("a 1 2 3\nb 1 NaN 3\nc 1 2 inf\n"),
        of_vectors(b"2 3\na 1 2 3\nb 1 \xff 3\n"),
        of_vectors("a 1 2 3\nb 1 x 3\n"),
        of_vectors(b"9 2\na \0\0\0\0\0\0\0\0"),
        of_vectors(b"1 3\na \0\0\0\0"),
        of_vectors(b"2 1\na \0\0\0\0b\0\0\0\0\0\0\0"),
        of_vectors([&30_u64.to_le_bytes()[..], b"{ no header"].concat()),
    ];
    insta::assert_snapshot!(found.join("\n"), @r"
    `v`: expected vectors, found an empty file
    `v` line 3: expected a word and 3 numbers, as line 1 says, found a word and 2 numbers
    `v` line 3: expected a word and 3 numbers, as line 1 says, found a word and 4 numbers
    `v` line 1: expected 2 words, as many as lines follow, found 3
    `v` line 3: expected a word and 3 numbers, as line 1 says, found a word and 5 numbers
    `v` line 3: expected a word and 3 numbers, as line 1 says, found a word and 0 numbers
    `v` line 2: expected a word and 3 numbers, as line 1 says, found an empty line
    `v` line 2: expected a word and 3 numbers, as line 1 says, found two spaces side by side
    `v` line 2: expected a word and 3 numbers, as line 1 says, found `x`
    `v` line 2: expected finite numbers for `b`, found `NaN`; 1 bad line more: 3
    `v` line 3: expected a word and 3 numbers, as line 1 says, found `�`
    `v` line 2: expected a word and 3 numbers, as line 1 says, found `x`
    `v` line 1: expected at most 1 word in a file of this size, found 9
    `v` line 1: expected at most 0 words in a file of this size, found 1
    `v` vector 2: expected a word and a space, found none
    `v`: expected a safetensors file, found invalid header length
    ");
}

#[test]
fn bytes_drawn_at_random_never_panic() {
    use rand::{RngExt, SeedableRng};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v");
    let good: [Vec<u8>; 3] = [
        b"2 2\na 1 2\nb 3 4\n".to_vec(),
        b"2 1\na \x01\x02\x03\x04b \x01\x02\x03\x04".to_vec(),
        {
            let header = concat!(
                r#"{"__metadata__":{"settings":"{}"},"ends":{"dtype":"U64","shape":[2],"#,
                r#""data_offsets":[0,16]},"counts":{"dtype":"U64","shape":[2],"data_offsets":[16,32]},"#,
                r#""vectors":{"dtype":"F32","shape":[2,1],"data_offsets":[32,40]},"#,
                r#""outputs":{"dtype":"F32","shape":[1,1],"data_offsets":[40,44]},"#,
                r#""words":{"dtype":"U8","shape":[2],"data_offsets":[44,46]}}"#
            );
            let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
            bytes.extend_from_slice(header.as_bytes());
            bytes.extend([1_u64, 2, 7, 5].iter().flat_map(|number| number.to_le_bytes()));
            bytes.extend([0; 12]);
            bytes.extend(b"ab");
            bytes
        },
    ];
    for bytes in &good {
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(vectors::open(&path).unwrap().len(), 2);
    }
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(7);
    for round in 0..3_000 {
        let mut bytes = good[round % 3].clone();
        for _ in 0..random.random_range(1..4) {
            let at = random.random_range(0..bytes.len());
            match random.random_range(0..3) {
                0 => bytes[at] = random.random(),
                1 => bytes.truncate(at + 1),
                _ => bytes.insert(at, random.random()),
            }
        }
        std::fs::write(&path, &bytes).unwrap();
        // Whatever it says, it says it, and what opens can be asked.
        if let Ok(vectors) = vectors::open(&path) {
            if let Ok(cosines) = vectors.vector(0).and_then(|first| vectors.cosines(&first)) {
                assert_eq!(cosines.len(), vectors.len());
            }
            let _ = vectors.number("a");
            let _ = vectors.outputs();
            let _ = query::explain(&vectors, ["a", "b"]);
            let _ = vectors.convert(&folder.path().join("o.safetensors"), Format::Safetensors);
        }
    }
}

#[test]
fn arrays_without_columns_are_refused_or_passed_over() {
    let tensors = |vectors: &str, outputs: &str| {
        let header = format!(
            r#"{{"ends":{{"dtype":"U64","shape":[1],"data_offsets":[0,8]}},"vectors":{{"dtype":"F32","shape":{vectors}}},"outputs":{{"dtype":"F32","shape":{outputs}}},"words":{{"dtype":"U8","shape":[1],"data_offsets":[12,13]}}}}"#
        );
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("v");
        let length = (header.len() as u64).to_le_bytes();
        let data = [&1_u64.to_le_bytes()[..], &1_f32.to_le_bytes(), b"a"].concat();
        std::fs::write(&path, [&length[..], header.as_bytes(), &data].concat()).unwrap();
        let found = vectors::open(&path).and_then(|vectors| vectors.outputs());
        found.map(|outputs| outputs.is_some()).map_err(|error| said_of(error, folder.path()))
    };
    let none = r#"[3,0],"data_offsets":[12,12]"#;
    assert_eq!(tensors(r#"[1,1],"data_offsets":[8,12]"#, none), Ok(false));
    let of = r#"[1,0],"data_offsets":[8,8]"#;
    let told = tensors(of, r#"[1,1],"data_offsets":[8,12]"#).unwrap_err();
    assert!(told.starts_with("`v`: expected 1 to 1,048,576 dimensions, found 0"), "{told}");
}

#[test]
fn a_number_with_the_byte_of_a_line_end_does_not_make_a_file_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.bin");
    // ` ;`, a line end and `>` are the bytes of one number.
    std::fs::write(&path, b"2 1\na  ;\n>b 0000").unwrap();
    let vectors = vectors::open(&path).unwrap();
    assert_eq!(vectors.vector(0).unwrap(), [f32::from_le_bytes(*b" ;\n>")]);
    assert_eq!(vectors.word(1), "b");
}

#[test]
fn all_bad_rows_are_told_the_first_of_them_whole() {
    let rows = |bad: &[usize]| -> String {
        let row = |at: usize| match bad.contains(&at) {
            true => format!("w{at} 1\n"),
            false => format!("w{at} 1 2\n"),
        };
        (1..3_000).map(row).collect()
    };
    insta::assert_snapshot!(of_vectors(rows(&[2_100, 1_030])), @r"`v` line 1030: expected a word and 2 numbers, as line 1 says, found a word and 1 number; 1 bad line more: 2100");
    insta::assert_snapshot!(of_vectors(rows(&[7, 8, 1_030, 1_031, 2_100, 2_200, 2_300])), @r"`v` line 7: expected a word and 2 numbers, as line 1 says, found a word and 1 number; 6 bad lines more: 8, 1030, 1031, 2100, 2200 …");
}

#[test]
fn numbers_whose_squares_are_too_large_are_told_by_every_question() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.txt");
    std::fs::write(&path, "a 0.001 1\nb 1e30 0\nc 1 1\n").unwrap();
    let vectors = vectors::open(&path).unwrap();
    let near = query::similar(&vectors, "a", 2).unwrap_err();
    insta::assert_snapshot!(said_of(near, folder.path()), @r"
    `v.txt` vector 2: expected finite numbers for `b`, found NaN, or numbers too large to square
    train again at a lower `--learning-rate`, or take the word out
    ");
    assert!(vectors.directions().is_err());
}

#[test]
fn words_that_come_again_do_not_move_those_behind_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.txt");
    std::fs::write(&path, "a 1 0\nb 0 1\na 1 1\nc 2 1\nd 2 2\n").unwrap();
    let vectors = vectors::open(&path).unwrap();
    assert_eq!(
        [vectors.look_up("c"), vectors.find("c"), vectors.look_up("a")],
        [Some(3), Some(3), Some(0)]
    );
    // The second `a` would be the best of answers.
    let questions = folder.path().join("q.txt");
    std::fs::write(&questions, ": s\nb c a d\n").unwrap();
    let found = query::evaluate(&vectors, &questions, AnalogyRule::Add).unwrap();
    let query::Evaluation::Analogies { all, .. } = found else { panic!("analogies") };
    assert_eq!((all.questions, all.right), (1, 1));
}

#[test]
fn what_cannot_be_asked_or_read_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    insta::assert_snapshot!(of_corpus("a\nb\na\nb", 1), @r"
    `text.txt`: expected a line of two words that occur often enough, found none
    words learn from those beside them in a sentence: write a sentence a line, not a word a line
    ");
    insta::assert_snapshot!(of_corpus("a b", 0), @r"`--min-count`: expected 1 or more, found `0`");
    let vectors = vectors::open(&at("v.txt", "a 1 2\nb 3 4\n")).unwrap();
    let evaluated = |name: &str, text: &str| {
        let path = at(name, text);
        said_of(query::evaluate(&vectors, &path, AnalogyRule::Add).unwrap_err(), folder.path())
    };
    insta::assert_snapshot!(evaluated("q.txt", ": s\nx y z u\n: t\nx y z w\n"), @r"
    `q.txt`: expected a line whose words all have vectors, found none of 2
    the vocabulary covers none of it; words are compared in lower case
    ");
    insta::assert_snapshot!(evaluated("p.txt", "a b much"), @r"
    `p.txt` line 1: expected two words and a number, found `a b much`
    vectors are scored on analogies, four words a line below `: NAME` of a section, or on pairs, two words and a number a line
    ");
    insta::assert_snapshot!(evaluated("e.txt", "# none\n\n"), @r"
    `e.txt`: expected analogies or pairs, found no line
    vectors are scored on analogies, four words a line below `: NAME` of a section, or on pairs, two words and a number a line
    ");
    let lacks = query::explain(&vectors, ["a", "b"]).unwrap_err();
    insta::assert_snapshot!(said_of(lacks, folder.path()), @r"
    `v.txt` has no counts of words
    `gapwise words train -o NAME.safetensors` keeps it; other formats cannot
    ");
}

#[test]
fn numbers_that_are_not_finite_are_told_where_a_mapped_file_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.bin");
    let row = |word: &str, numbers: [f32; 2]| {
        [word.as_bytes(), b" ", &numbers[0].to_le_bytes(), &numbers[1].to_le_bytes()].concat()
    };
    for bad in [f32::NAN, f32::INFINITY] {
        let rows = [row("aa", [1.0, 2.0]), row("bb", [bad, 2.0]), row("cc", [2.0, 1.0])];
        std::fs::write(&path, [b"3 2\n".to_vec(), rows.concat()].concat()).unwrap();
        let vectors = vectors::open(&path).unwrap();
        let said = [
            query::similar(&vectors, "aa", 1).unwrap_err(),
            query::compare(&vectors, ["aa", "bb"]).unwrap_err(),
            vectors.convert(&folder.path().join("o.txt"), Format::Word2vecText).unwrap_err(),
        ];
        for error in said {
            let told = said_of(error, folder.path());
            assert!(
                told.starts_with("`v.bin` vector 2: expected finite numbers for `bb`"),
                "{told}"
            );
        }
    }
}

#[test]
fn a_word_that_comes_again_is_listed_once_and_written_with_its_first_vector() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.txt");
    std::fs::write(&path, "a 1 2\nb 1 3\na 2 2\nb 1 2\nc 2 -1\n").unwrap();
    let vectors = vectors::open(&path).unwrap();
    assert_eq!(vectors.repeated(), 2);
    let near = query::similar(&vectors, "a", 2).unwrap();
    // The second `b` is nearer than the first.
    assert_eq!(near.iter().map(|near| near.word.as_str()).collect::<Vec<_>>(), ["b", "c"]);
    assert!((near[0].score - 1.0).abs() < 1e-6);
    let out = folder.path().join("o.bin");
    assert_eq!(vectors.convert(&out, Format::Word2vecBinary).unwrap(), 2);
    let written = vectors::open(&out).unwrap();
    assert_eq!((written.len(), written.repeated()), (3, 0));
    assert_eq!(written.vector(1).unwrap(), [1.0, 3.0]);
}

#[test]
fn vectors_that_t_sne_cannot_tell_apart_are_an_error() {
    use gapwise_words::map::{Projection, place};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.txt");
    let said = ["0 0", "1 2"].map(|numbers| {
        let text: String = (0..40).map(|at| format!("w{at} {numbers}\n")).collect();
        std::fs::write(&path, text).unwrap();
        let vectors = vectors::open(&path).unwrap();
        assert_eq!(place(&vectors, 40, Projection::Pca).unwrap().len(), 40);
        said_of(place(&vectors, 40, Projection::TSne).unwrap_err(), folder.path())
    });
    assert_eq!(said[0], said[1]);
    insta::assert_snapshot!(said[0], @r"
    `v.txt`: t-SNE found no place for these words: too many vectors are alike
    draw them by `--projection pca`
    ");
}

#[test]
fn text_that_looks_like_another_format_is_read_as_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.txt");
    for text in ["100 100\n{ 0.5 1\n", "{ 1 2\n", "the 1 2 {x\n"] {
        std::fs::write(&path, text).unwrap();
        let told = vectors::open(&path).map(|_| ()).map_err(|e| said_of(e, folder.path()));
        assert!(told.as_ref().err().is_none_or(|told| !told.contains("safetensors")), "{told:?}");
    }
    std::fs::write(&path, "\u{feff}2 2\nnew york 1 2\nb 3 4\n").unwrap();
    assert_eq!(vectors::open(&path).unwrap().word(0), "new york");
    insta::assert_snapshot!(of_vectors("2 3\na 1 x 3\nb 1 2 3\n"), @r"`v` line 2: expected a word and 3 numbers, as line 1 says, found `x`");
    std::fs::write(&path, [0x1f, 0x8b, 8, 0]).unwrap();
    let packed = vectors::open(&path).unwrap_err();
    insta::assert_snapshot!(said_of(packed, folder.path()), @r"
    `v.txt`: expected vectors that are not packed, found gzip
    unpack it first: `gunzip`
    ");
}
