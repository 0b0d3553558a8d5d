//! GloVe against NumPy, and co-occurrences by hand.

use std::time::Duration;

use gapwise_words::{
    Checkpoints,
    glove::{Cooccurrence, Glove, GloveSettings, collect},
    train::Ended,
};

use crate::training::Until;

/// What `tests/reference/glove.py` prints.
const LOSSES: [f64; 8] = [
    1.879948993,
    1.453664135,
    1.257481469,
    1.113353163,
    0.996676800,
    0.897400096,
    0.810368641,
    0.732637507,
];

#[test]
fn each_epochs_loss_is_that_of_the_papers_update() {
    let words = 6;
    let settings = GloveSettings {
        dimensions: 4,
        most: 10.0,
        learning_rate: 0.05,
        ..GloveSettings::default()
    };
    let start = |row: usize, column: usize| ((row * 7 + column * 3) % 11) as f32 / 20.0 - 0.25;
    let mut glove = Glove::starting(words as usize, settings, start).unwrap();
    let each = (0..words).flat_map(|i| (0..words).map(move |j| (i, j))).filter(|(i, j)| i != j);
    let pairs: Vec<Cooccurrence> = each
        .map(|(word, context)| {
            let weight = 0.25 + ((word * 5 + context * 3) % 13) as f32 * 1.5;
            Cooccurrence { word, context, weight }
        })
        .collect();
    for right in LOSSES {
        let found = glove.learn(&pairs) / pairs.len() as f64;
        assert!((found - right).abs() < 1e-4 * right, "{found} {right}");
    }
}

#[test]
fn cooccurrences_are_inverse_distances_in_both_directions() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = crate::corpus_of(folder.path(), "a b a\nb c\n").unwrap();
    // a 2, b 2, c 1: numbers 0, 1, 2. In line 1: a–b 1, b–a 1, a–a ½, which counts twice, once for each
    // of its ends. In line 2: b–c 1. No pair reaches over the line's end.
    let mut found = Vec::new();
    let pairs = collect(&corpus, 2, 1 << 20, folder.path()).unwrap();
    pairs
        .each(0, |block| {
            found.extend(block.iter().map(|one| (one.word, one.context, one.weight)));
            Ok(true)
        })
        .unwrap();
    found.sort_by_key(|(word, context, _)| (*word, *context));
    let right = [(0, 0, 1.0), (0, 1, 2.0), (1, 0, 2.0), (1, 2, 1.0), (2, 1, 1.0)];
    assert_eq!(found, right);
}

#[test]
fn what_spills_to_disk_counts_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let text: String = (0..4_000).map(|at| format!("w{} ", at * at % 211)).collect();
    let corpus = crate::corpus_of(folder.path(), text).unwrap();
    let of = |memory| {
        let mut found = Vec::new();
        let pairs = collect(&corpus, 5, memory, folder.path()).unwrap();
        let mut keep = |block: &[Cooccurrence]| {
            found.extend(block.iter().map(|one| (one.word, one.context, one.weight)));
            Ok(true)
        };
        pairs.each(0, &mut keep).unwrap();
        found.sort_by_key(|(word, context, _)| (*word, *context));
        found
    };
    // 1,000 pairs at a time against all.
    let (spilt, whole) = (of(0), of(1 << 30));
    assert!(spilt.len() > 1_000);
    assert_eq!(spilt.len(), whole.len());
    for (one, other) in spilt.iter().zip(&whole) {
        assert_eq!((one.0, one.1), (other.0, other.1));
        assert!((one.2 - other.2).abs() <= 1e-6 * other.2, "{one:?} {other:?}");
    }
}

#[test]
fn one_thread_gives_the_same_bits_also_where_it_was_stopped_and_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let text: String = (0..4_000).map(|at| format!("w{} ", at * at % 211)).collect();
    let corpus = crate::corpus_of(folder.path(), text).unwrap();
    let words = corpus.vocabulary().len();
    let pairs = collect(&corpus, 5, 1 << 20, folder.path()).unwrap();
    let settings = GloveSettings { dimensions: 6, epochs: 4, ..GloveSettings::default() };
    let mut whole = Glove::new(words, settings.clone()).unwrap();
    assert_eq!(whole.run(&pairs, None, &mut ()).unwrap(), Ended::Done);
    let checkpoint = folder.path().join("v.checkpoint");
    let kept = Some(Checkpoints { path: &checkpoint, every: Duration::from_secs(60) });
    let mut part = Glove::new(words, settings.clone()).unwrap();
    assert_eq!(part.run(&pairs, kept, &mut Until(2)).unwrap(), Ended::Stopped { epoch: 2 });
    let mut rest = Glove::resume(words, &pairs, settings.clone(), &checkpoint).unwrap();
    assert_eq!(rest.trained(), 2 * pairs.len());
    rest.run(&pairs, None, &mut ()).unwrap();
    for row in 0..words {
        assert_eq!(whole.vectors().row(row), rest.vectors().row(row));
    }
    let wider = collect(&corpus, 6, 1 << 20, folder.path()).unwrap();
    let refused = Glove::resume(words, &wider, settings, &checkpoint).unwrap_err().to_string();
    assert!(refused.contains("what is taken from it, changed"), "{refused}");
}
