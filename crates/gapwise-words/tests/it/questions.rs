//! Questions to vectors whose answers are plain.

use gapwise_words::{
    query::{AnalogyRule, Evaluation, analogy, compare, evaluate, similar},
    vectors::{self, Vectors},
};

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
    assert_eq!((pairs, left_out, correlation.rho), (3, 1, 1.0));
}
