//! Questions to vectors whose answers are plain.

use gapwise_words::{
    query::{AnalogyRule, Evaluation, Index, analogy, compare, evaluate, index_of, similar},
    vectors::{self, Vectors},
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn royal(folder: &std::path::Path) -> Vectors {
    let path = folder.join("v.txt");
    // The first number is a person's, the second a woman's, the third a ruler's.
    let text = "man 1 0 0\nwoman 1 1 0\nking 1 0 1\nqueen 1 1 1\nstone 0 0.1 -1\n";
    std::fs::write(&path, text).unwrap();
    vectors::open(&path).unwrap()
}

#[test]
fn man_is_to_woman_as_king_is_to_queen() {
    let folder = tempfile::tempdir().unwrap();
    let vectors = royal(folder.path());
    for rule in [AnalogyRule::Add, AnalogyRule::Multiply] {
        assert_eq!(analogy(&vectors, ["man", "woman", "king"], rule, 1).unwrap()[0].word, "queen");
    }
    // (1 + 0 + 1) / (√2 · √3) for queen.
    let near = similar(&vectors, "King", 2).unwrap();
    assert_eq!(near[0].word, "queen");
    assert!((f64::from(near[0].score) - 2.0 / 6.0_f64.sqrt()).abs() < 1e-6);
    assert!((compare(&vectors, ["man", "woman"]).unwrap() - 0.5_f64.sqrt()).abs() < 1e-6);
}

#[test]
fn a_word_without_a_vector_is_answered_with_its_nearest_spellings() {
    let folder = tempfile::tempdir().unwrap();
    let error = similar(&royal(folder.path()), "quean", 1).unwrap_err();
    assert_eq!(error.hint().unwrap(), "did you mean `queen`?");
    let path = folder.path().join("w.txt");
    std::fs::write(&path, "of 1\nthe 1\nten 1\nten 2\ntea 1\nother 1\n").unwrap();
    let vectors = vectors::open(&path).unwrap();
    let nearest = |word| similar(&vectors, word, 1).unwrap_err().hint().unwrap();
    // Two neighbours in each other's place, and one letter for another: each is one.
    assert_eq!(nearest("teh"), "did you mean `the` or `ten` or `tea`?");
    assert_eq!(nearest("Otehr"), "did you mean `other`?");
    assert!(!nearest("rivers").contains("did you mean"));
}

#[test]
fn known_answers_are_scored() {
    let folder = tempfile::tempdir().unwrap();
    let vectors = royal(folder.path());
    let (questions, pairs) = (folder.path().join("q.txt"), folder.path().join("p.txt"));
    let text = ": royal\nMan Woman King Queen\nman woman king woman\nman woman king ghost\n";
    std::fs::write(&questions, text).unwrap();
    let found = evaluate(&vectors, &questions, AnalogyRule::Add).unwrap();
    let Evaluation::Analogies { sections, all, left_out } = found else { panic!("{found:?}") };
    assert_eq!((sections.len(), all.questions, all.right, left_out), (1, 2, 1, 1));
    // Cosines 0.71, 0.58 and 0: in people's order.
    std::fs::write(&pairs, "man\twoman\t9\nman queen 5\nman stone 1\nman ghost 3\n").unwrap();
    let found = evaluate(&vectors, &pairs, AnalogyRule::Add).unwrap();
    let Evaluation::Similarity { pairs, left_out, correlation } = found else {
        panic!("{found:?}")
    };
    assert_eq!((pairs, left_out, correlation.rho), (3, 1, Some(1.0)));
}

#[test]
fn an_index_finds_what_looking_at_all_finds_and_is_not_asked_when_it_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(3);
    // Words around 40 centres.
    let mut draw = || random.random_range(-1.0_f32..1.0);
    let centres: Vec<[f32; 24]> = (0..40).map(|_| std::array::from_fn(|_| draw())).collect();
    let row = |at: usize, draw: &mut dyn FnMut() -> f32| {
        let numbers = centres[at % 40].map(|x| format!(" {}", x + 0.3 * draw()));
        format!("w{at}{}\n", numbers.concat())
    };
    let text: String = (0..8_000).map(|at| row(at, &mut draw)).collect();
    let path = folder.path().join("v.txt");
    std::fs::write(&path, &text).unwrap();
    let vectors = vectors::open(&path).unwrap();
    assert!(Index::open(&vectors).unwrap().is_none());
    let index = Index::build(&vectors, || true).unwrap();
    for word in ["w0", "w77", "w1234", "w7999"] {
        let right = similar(&vectors, word, 10).unwrap();
        assert_eq!(index.similar(&vectors, word, 10).unwrap(), right);
    }
    // The same vectors, the same answers.
    let many = |index: &Index| index.similar(&vectors, "w77", 3_000).unwrap();
    let before = many(&index);
    drop(index);
    let index = Index::build(&vectors, || true).unwrap();
    assert_eq!(many(&index), before);
    drop(index);
    let file = index_of(&path);
    let whole = std::fs::read(&file).unwrap();
    for at in [0, whole.len() / 2, whole.len() - 1] {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        std::fs::write(&file, damaged).unwrap();
        assert!(Index::open(&vectors).unwrap().is_none(), "{at}");
    }
    std::fs::write(&file, &whole[..40]).unwrap();
    assert!(Index::open(&vectors).unwrap().is_none());
    std::fs::write(&file, &whole).unwrap();
    assert!(Index::open(&vectors).unwrap().is_some());
    let changed = text.replacen("\nw1 ", "\nv1 ", 1);
    std::fs::write(&path, changed).unwrap();
    assert!(Index::open(&vectors::open(&path).unwrap()).unwrap().is_none());
    // Nothing is left of a building that was stopped.
    std::fs::remove_file(&file).unwrap();
    let stopped = Index::build(&vectors, || false).unwrap_err().to_string();
    assert!(stopped.contains("its building was stopped"), "{stopped}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
