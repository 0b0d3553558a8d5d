//! `gapwise words`, from text to answers.

use std::time::Duration;

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

#[test]
fn a_training_that_was_stopped_keeps_its_vectors_and_goes_on_to_the_same_bits() {
    let desk = Desk::new();
    desk.write("text.txt", &text());
    let of = |model, out: &str| WordsChoice {
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
    };
    let tree = WordsModel::Word2vec(Model::SkipGram, Loss::HierarchicalSoftmax);
    for (model, kept) in [(tree, 3), (WordsModel::Glove, 2)] {
        train(&of(model, "whole.safetensors"), &mut ()).unwrap();
        let whole = std::fs::read(desk.path("whole.safetensors")).unwrap();
        let mut choice = of(model, "part.safetensors");
        let stopped = train(&choice, &mut Until(kept)).unwrap_err().to_string();
        assert!(stopped.contains("the vectors so far are in"), "{stopped}");
        let part = std::fs::read(&choice.out).unwrap();
        assert!(part != whole && part.len() == whole.len());
        assert!(desk.path("part.safetensors.checkpoint").exists());
        choice.resume = true;
        train(&choice, &mut ()).unwrap();
        assert!(std::fs::read(&choice.out).unwrap() == whole, "{model:?}");
        assert!(!desk.path("part.safetensors.checkpoint").exists());
    }
}
