//! `gapwise words`, from text to answers.

use std::{fs, time::Duration};

use gapwise::{
    data::Note,
    vectors::{
        corpus::{Subsampling, Tokens},
        train::{Loss, Model, Observer, Progress},
    },
    words::{WordsChoice, WordsModel, WordsObserver, train},
};

use crate::desk::Desk;

/// Words of two kinds that never meet in a line, in an order as good as random.
fn text() -> String {
    let words = [["river", "water", "bridge", "boat"], ["bread", "butter", "oven", "flour"]];
    let mut state = 1_u32;
    let mut word = |kind: [&'static str; 4]| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        kind[(state >> 24) as usize % 4]
    };
    let mut line = |at: usize| (0..6).map(|_| word(words[at % 2])).collect::<Vec<_>>().join(" ");
    (0..3_000).map(&mut line).collect::<Vec<_>>().join("\n")
}

fn trained(extra: &[&str]) -> Desk {
    let desk = Desk::new();
    desk.write("text.txt", &text());
    let args = ["words", "train", "text.txt", "-o", "v.safetensors", "--threads", "1", "--quiet"];
    let small = ["--dimensions", "8", "--learning-rate", "0.1"];
    desk.done(&[&args[..], &small, extra].concat());
    desk
}

#[test]
fn every_model_answers_what_is_near() {
    for model in [
        &["--model", "skip-gram", "--subsample", "0"][..],
        &["--model", "cbow", "--subsample", "0"],
        &["--model", "glove"],
    ] {
        let desk = trained(model);
        let near = desk.answer(&["words", "similar", "v.safetensors", "river", "--count", "3"]);
        let mut found: Vec<&str> =
            near.as_array().unwrap().iter().map(|near| near["word"].as_str().unwrap()).collect();
        found.sort_unstable();
        assert_eq!(found, ["boat", "bridge", "water"], "{model:?}");
    }
}

#[test]
fn a_pair_is_explained_by_the_notes_equation() {
    let desk = trained(&["--loss", "hierarchical-softmax", "--subsample", "0.01"]);
    let args = ["words", "compare", "v.safetensors", "river", "water", "--explain"];
    let found = desk.answer(&args);
    let path = found["explained"]["path"].as_array().unwrap();
    let product: f64 = path.iter().map(|factor| factor["probability"].as_f64().unwrap()).product();
    let probability = found["explained"]["probability"].as_f64().unwrap();
    assert!(path.len() >= 2 && (product - probability).abs() < 1e-12);
    let said = desk.done(&args);
    assert!(said.contains("the product of them"));
    // 0.125 of the words are this one: √(0.01 / 0.125) + 0.01 / 0.125.
    let kept = found["explained"]["kept"][0].as_f64().unwrap();
    assert!((kept - 0.363).abs() < 0.02, "{kept}");
}

#[test]
fn vectors_are_converted_and_drawn() {
    let desk = trained(&["--subsample", "0"]);
    desk.done(&["words", "convert", "v.safetensors", "v.vec"]);
    let one = desk.done(&["words", "compare", "v.safetensors", "oven", "bread"]);
    assert_eq!(desk.done(&["words", "compare", "v.vec", "oven", "bread"]), one);
    desk.done(&["words", "plot", "v.safetensors", "-o", "map.html", "--projection", "pca"]);
    assert!(desk.read("map.html").contains(">butter</text>"));
    desk.write("again.txt", "a 1 2\nb 2 1\na 1 1\nc 3 1\nd 2 4\n");
    let made = desk.answer(&["words", "convert", "again.txt", "once.vec"]);
    assert_eq!(made, serde_json::json!({ "path": "once.vec", "words": 4, "left_out": 1 }));
    let drawn = desk.answer(&["words", "plot", "again.txt", "-o", "m.html", "--words", "4"]);
    assert_eq!(drawn, serde_json::json!({ "path": "m.html", "words": 4, "left_out": 1 }));
    let said = desk.say(&["words", "convert", "again.txt", "once.vec"]);
    insta::assert_snapshot!(said.err, @r"note      1 vector left out, of words that have one before");
    let said = desk.say(&["words", "plot", "again.txt"]);
    insta::assert_snapshot!(said.err, @r"note      `again.txt` has 1 vector of words that have one before; each word is looked up by its first");
    desk.write("alike.txt", "a 0 0\nb 0 0\nc 0 0\nd 0 0\n");
    insta::assert_snapshot!(desk.refused(&["words", "plot", "alike.txt", "-o", "n.html"]), @r"
    error: `alike.txt`: t-SNE found no place for these words: too many vectors are alike

    hint: draw them by `--projection pca`
    ");
    assert!(!desk.path("n.html").exists());
}

#[test]
fn an_answer_as_json_has_settings_and_the_loss_of_each_epoch() {
    let desk = Desk::new();
    desk.write("text.txt", &text());
    let args = ["words", "train", "text.txt", "-o", "v.bin", "--threads", "1", "--dimensions", "8"];
    let found = desk.answer(&[&args[..], &["--epochs", "3"]].concat());
    assert_eq!((&found["distinct"], &found["words"]), (&8.into(), &8.into()));
    assert_eq!(found["settings"]["loss"]["negative-sampling"]["negatives"], 5);
    assert_eq!(found["settings"]["min-count"], 5);
    let losses = found["losses"].as_array().unwrap();
    let epochs: Vec<u64> = losses.iter().map(|of| of["epoch"].as_u64().unwrap()).collect();
    assert_eq!(epochs, [1, 2, 3]);
    let loss = |at: usize| losses[at]["loss"].as_f64().unwrap();
    assert!(loss(0) > loss(2));
}

#[test]
fn what_a_person_should_know_of_a_corpus_is_told() {
    let desk = Desk::new();
    desk.write("text.txt", &text());
    let latin = [&b"caf\xe9 and so on\n"[..], "and so on\n".repeat(5).as_bytes()].concat();
    std::fs::write(desk.path("latin.txt"), latin).unwrap();
    let train = ["words", "train", "text.txt", "latin.txt", "-o", "v.bin", "--threads", "1"];
    let said = desk.say(&[&train[..], &["--epochs", "1", "--subsample", "0.0001"]].concat()).err;
    let told: Vec<&str> = said.lines().filter(|line| line.starts_with("note")).collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    note      18,019 words, 12 of them distinct; 11 occur often enough to have a vector (change with `--min-count`)
    note      `latin.txt`: 1 piece, no UTF-8, replaced by U+FFFD; not UTF-8? `iconv -f latin1 -t utf-8`
    note      windows reach 10 words to each side: the rule for 18,018 words (change with `--window`)
    note      subsampling keeps 3.0 % of the words (change with `--subsample`)
    ");
}

#[test]
fn a_word_that_is_not_there_is_refused_with_the_nearest() {
    let desk = trained(&["--subsample", "0"]);
    let said = desk.refused(&["words", "similar", "v.safetensors", "brige"]);
    insta::assert_snapshot!(said, @r"
    error: `v.safetensors` has no vector for `brige`

    hint: did you mean `bridge`?
    ");
}

#[test]
fn there_is_nothing_to_resume_after_a_training_that_ended() {
    let desk = trained(&["--subsample", "0"]);
    assert!(!desk.path("v.safetensors.checkpoint").exists());
    let said = desk.refused(&["words", "train", "text.txt", "-o", "v.safetensors", "--resume"]);
    assert!(said.contains("there is no checkpoint to go on from"), "{said}");
}

#[test]
fn what_is_read_is_not_written_over() {
    let desk = trained(&["--subsample", "0"]);
    for args in [
        &["words", "train", "text.txt", "-o", "text.txt"][..],
        &["words", "convert", "v.safetensors", "v.safetensors"],
        &["words", "plot", "v.safetensors", "-o", "./v.safetensors"],
    ] {
        let said = desk.refused(args);
        assert!(said.contains("is read, and would be written over"), "{said}");
    }
    assert_eq!(desk.read("text.txt"), text());
}

#[test]
fn a_flag_that_the_model_does_not_have_is_refused() {
    let desk = Desk::new();
    let refused = |flags: &[&str]| {
        let args = ["words", "train", "text.txt", "-o", "v.safetensors"];
        desk.refused(&[&args[..], flags].concat())
    };
    insta::assert_snapshot!(refused(&["--model", "glove", "--negatives", "3"]), @r"
    error: `--negatives` is not for `--model glove`

    hint: leave it out
    ");
    insta::assert_snapshot!(refused(&["--x-max", "10"]), @r"
    error: `--x-max` is not for word2vec

    hint: leave it out
    ");
    let both = refused(&["--loss", "hierarchical-softmax", "--negatives", "3"]);
    insta::assert_snapshot!(both, @r"
    error: `--negatives` is not for `--loss hierarchical-softmax`

    hint: leave it out
    ");
    let twice = desk.refused(&["words", "train", "-", "-", "-o", "v.safetensors"]);
    insta::assert_snapshot!(twice, @r"error: `CORPUS`: expected standard input once, found `-` again");
    insta::assert_snapshot!(refused(&["--learning-rate", "-1"]), @r"error: `--learning-rate`: expected a number above 0, at most 10, found `-1`");
    let none = desk.refused(&["words", "similar", "v.safetensors", "river", "--count", "0"]);
    insta::assert_snapshot!(none, @r"
    error: invalid value '0' for '--count <N>': expected 1 or more

    For more information, try '--help'.
    ");
    // Before the corpus is read, which is not there.
    insta::assert_snapshot!(refused(&["--dimensions", "0"]), @r"error: `--dimensions`: expected 1 to 65,536, found `0`");
}

#[test]
fn where_no_file_can_be_written_is_told_before_the_corpus_is_read() {
    let desk = Desk::new();
    desk.write("text.txt", &text());
    std::fs::create_dir(desk.path("folder.bin")).unwrap();
    let refused = |out: &str| desk.refused(&["words", "train", "text.txt", "-o", out, "-q"]);
    insta::assert_snapshot!(refused("folder.bin"), @r"
    error: `folder.bin` could not be written: is a directory

    hint: name a file, new or to be replaced
    ");
    insta::assert_snapshot!(refused("v.bin/"), @r"
    error: `v.bin/` could not be written: is a directory

    hint: name a file, new or to be replaced
    ");
    insta::assert_snapshot!(refused("v.gz"), @r"
    error: `v.gz`: expected a name that ends in .safetensors, .bin, .txt or .vec

    hint: name the format with `--format`
    ");
    assert!(!desk.path("v.bin").exists());
    // A link is followed, and stays one.
    #[cfg(unix)]
    {
        desk.write("target.bin", "");
        std::os::unix::fs::symlink("target.bin", desk.path("link.bin")).unwrap();
        desk.done(&["words", "train", "text.txt", "-o", "link.bin", "-q", "--epochs", "1"]);
        assert!(desk.path("link.bin").is_symlink());
        assert!(std::fs::metadata(desk.path("target.bin")).unwrap().len() > 0);
    }
}

/// Stops after so many stretches of a training.
struct Until(usize);

impl Observer for Until {
    fn progress(&mut self, _: Progress) -> bool {
        self.0 -= 1;
        self.0 > 0
    }
}

impl WordsObserver for Until {
    fn note(&mut self, _: Note) {}
}

fn small(desk: &Desk, model: WordsModel, out: &str) -> WordsChoice {
    WordsChoice {
        corpus: vec![desk.path("text.txt")],
        out: desk.path(out),
        format: None,
        model,
        tokens: Tokens::Words,
        min_count: 1,
        phrases: None,
        window: Some(2),
        shrinks: true,
        subsampling: Subsampling { threshold: 0.0, ..Subsampling::default() },
        dimensions: 8,
        epochs: Some(3),
        learning_rate: None,
        threads: 1,
        seed: 1,
        memory: 1 << 20,
        x_max: 100.0,
        resume: false,
        checkpoint_every: Duration::from_secs(60),
    }
}

const TREE: WordsModel = WordsModel::Word2vec(Model::SkipGram, Loss::HierarchicalSoftmax);

/// Puts a folder where the vectors are to go, once the training goes on; and what is told.
struct InTheWay(Option<std::path::PathBuf>, Vec<String>);

impl Observer for InTheWay {
    fn progress(&mut self, _: Progress) -> bool {
        self.0.take().is_none_or(|path| std::fs::create_dir(path).is_ok())
    }
}

impl WordsObserver for InTheWay {
    fn note(&mut self, note: Note) {
        self.1.push(note.said);
    }
}

#[test]
fn vectors_that_cannot_be_written_are_kept_in_a_checkpoint() {
    let desk = Desk::new();
    desk.write("text.txt", &text());
    for model in [TREE, WordsModel::Glove] {
        train(&small(&desk, model, "whole.safetensors"), &mut ()).unwrap();
        let mut choice = small(&desk, model, "kept.safetensors");
        let mut way = InTheWay(Some(choice.out.clone()), Vec::new());
        let error = train(&choice, &mut way).unwrap_err();
        let said = error.to_string();
        assert!(said.contains("could not be written"), "{said}");
        assert!(said.contains("; where the training stands is in `"), "{said}");
        assert!(error.hint().unwrap().ends_with("with `--resume` writes them"));
        std::fs::remove_dir(&choice.out).unwrap();
        choice.resume = true;
        let mut told = InTheWay(None, Vec::new());
        let written = train(&choice, &mut told).unwrap();
        assert!(written.losses.is_empty() && written.words_per_second == 0.0);
        let notes = told.1.join("\n");
        assert!(notes.contains("3 epochs done before; the vectors are to be written"), "{notes}");
        let whole = std::fs::read(desk.path("whole.safetensors")).unwrap();
        assert!(std::fs::read(&choice.out).unwrap() == whole, "{model:?}");
        assert!(!desk.path("kept.safetensors.checkpoint").exists());
        std::fs::remove_file(&choice.out).unwrap();
    }
}

#[test]
fn a_training_that_was_stopped_keeps_its_vectors_and_goes_on_to_the_same_bits() {
    let desk = Desk::new();
    desk.write("text.txt", &text());
    for (model, kept) in [(TREE, 3), (WordsModel::Glove, 2)] {
        train(&small(&desk, model, "whole.safetensors"), &mut ()).unwrap();
        let whole = std::fs::read(desk.path("whole.safetensors")).unwrap();
        let mut choice = small(&desk, model, "part.safetensors");
        let stopped = train(&choice, &mut Until(kept)).unwrap_err().to_string();
        assert!(stopped.contains("the vectors so far are in"), "{stopped}");
        let part = std::fs::read(&choice.out).unwrap();
        assert!(part != whole && part.len() == whole.len());
        assert!(desk.path("part.safetensors.checkpoint").exists());
        choice.resume = true;
        let mut told = InTheWay(None, Vec::new());
        train(&choice, &mut told).unwrap();
        assert!(told.1.join("\n").contains("goes on in epoch "), "{:?}", told.1);
        assert!(std::fs::read(&choice.out).unwrap() == whole, "{model:?}");
        assert!(!desk.path("part.safetensors.checkpoint").exists());
    }
}

#[test]
fn words_that_were_cut_within_a_letter_are_read_and_counted() {
    let desk = Desk::new();
    let row = |word: &[u8], x: f32| {
        [word, b" ", &x.to_le_bytes(), &1.0_f32.to_le_bytes(), b"\n"].concat()
    };
    let rows = [
        row(b"river", 1.0),
        row(b"\xe6\x97", -3.0),
        row(b"water", 1.1),
        row(b"\xba\xff", -2.0),
        row(b"\xe6\x97", -3.0),
        row(b"tea", 0.1),
    ];
    // As many whole words that more than a tenth is no sign of another encoding.
    let others: Vec<Vec<u8>> = (0..30).map(|at| row(format!("w{at}").as_bytes(), -9.0)).collect();
    let file = [b"36 2\n".to_vec(), rows.concat(), others.concat()].concat();
    fs::write(desk.path("cut.bin"), file).unwrap();
    let said = desk.say(&["words", "similar", "cut.bin", "river", "--count", "1"]);
    assert!(said.out.ends_with("  water\n"), "{}", said.out);
    let note = "note      `cut.bin`: 3 of 36 words are not all UTF-8: bytes that are none are read as \
                U+FFFD; 1 of them is then the same as one before\n";
    assert_eq!(said.err, note);
    let questions = [
        &["words", "compare", "cut.bin", "river", "tea"][..],
        &["words", "analogy", "cut.bin", "river", "water", "tea"],
        &["words", "convert", "cut.bin", "-o", "cut.vec"],
    ];
    for args in questions {
        assert!(desk.say(args).err.starts_with(note), "{args:?}");
    }
    // The same in text, from another program.
    let latin = "1 2\ncaf\u{e9} 1 2\n".chars().map(|c| c as u8).collect::<Vec<u8>>();
    fs::write(desk.path("latin.vec"), latin).unwrap();
    let said = desk.say(&["words", "similar", "latin.vec", "caf\u{fffd}"]);
    assert!(said.err.contains("1 of 1 word is not all UTF-8"), "{}", said.err);
    assert!(
        said.err.ends_with("U+FFFD; the file is probably in another encoding\n"),
        "{}",
        said.err
    );
}

#[test]
fn where_converted_vectors_go_is_said_as_in_training_or_behind_the_vectors() {
    let desk = Desk::new();
    desk.write("v.txt", "a 1 2\nb 2 1\n");
    desk.done(&["words", "convert", "v.txt", "-o", "one.vec"]);
    desk.done(&["words", "convert", "v.txt", "other.vec"]);
    assert_eq!(desk.read("one.vec"), desk.read("other.vec"));
    for args in
        [&["words", "convert", "v.txt"][..], &["words", "convert", "v.txt", "a.vec", "-o", "b.vec"]]
    {
        assert_eq!(desk.say(args).code, 2, "{args:?}");
    }
}
