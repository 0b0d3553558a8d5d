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
fn two_updates_by_hand() {
    let settings = GloveSettings {
        dimensions: 2,
        most: 16.0,
        power: 0.5,
        learning_rate: 0.5,
        ..GloveSettings::default()
    };
    // Words 0 and 1, then contexts 0 and 1: of word 0 and context 1 the vector and the bias. All others
    // are zero, so that the first row of the vectors is word 0's and the second context 1's.
    let start = [[1.0, 2.0, 0.5], [0.0; 3], [0.0; 3], [0.5, -1.0, 0.25]];
    let mut glove = Glove::starting(2, settings, |row, column| start[row][column]).unwrap();
    let pair = [Cooccurrence { word: 0, context: 1, weight: 4.0 }];
    let near = |found: &[f32], right: [f32; 2]| {
        found.iter().zip(right).all(|(found, right)| (found - right).abs() < 2e-6)
    };
    // wᵀw̃ + b + b̃ − ln 4 = (0.5 − 2) + 0.5 + 0.25 − 1.386294 = −2.136294. f = √(4/16) = 0.5: the loss is
    // ½ · 0.5 · 2.136294² = 1.140938, the error 0.5 · −2.136294 = −1.068147. Gradients: of w
    // error · (0.5, −1) = (−0.534074, 1.068147), of w̃ error · (1, 2) = (−1.068147, −2.136294), of both
    // biases the error. All G are 1: w −= 0.5 · gradient = (1.267037, 1.465926), w̃ =
    // (1.034074, 0.068147), b = 1.034074, b̃ = 0.784074.
    let loss = glove.learn(&pair);
    assert!((loss - 1.140_938).abs() < 2e-6, "{loss}");
    let vectors = glove.vectors();
    assert!(near(vectors.row(0), [1.267_037, 1.465_926]), "{:?}", vectors.row(0));
    assert!(near(vectors.row(1), [1.034_074, 0.068_147]), "{:?}", vectors.row(1));
    // Again: 1.310208 + 0.099898 + 1.034074 + 0.784074 − 1.386294 = 1.841961, the loss 0.848205, the
    // error 0.920980. Gradients: of w (0.952362, 0.062762), of w̃ (1.166916, 1.350090). G are 1 and the
    // squares before: (1.285235, 2.140938) and (2.140938, 5.563754). w −= 0.5 · gradient / √G =
    // (1.267037 − 0.420031, 1.465926 − 0.021447) = (0.847006, 1.444479), w̃ =
    // (1.034074 − 0.398757, 0.068147 − 0.286186) = (0.635317, −0.218039).
    let loss = glove.learn(&pair);
    assert!((loss - 0.848_205).abs() < 2e-6, "{loss}");
    let vectors = glove.vectors();
    assert!(near(vectors.row(0), [0.847_006, 1.444_479]), "{:?}", vectors.row(0));
    assert!(near(vectors.row(1), [0.635_317, -0.218_039]), "{:?}", vectors.row(1));
    // Once more, for the biases: each moved by 0.5 · 0.920980 / √2.140938 = 0.314716, to 0.719358 and
    // 0.469358. 0.538118 − 0.314953 + 0.719358 + 0.469358 − 1.386294 = 0.025587, the loss 0.000164.
    let loss = glove.learn(&pair);
    assert!((loss - 0.000_164).abs() < 2e-6, "{loss}");
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

type Found = Vec<(u32, u32, f32)>;

/// What is counted at 1,000 pairs at a time, and at all at a time, by the words' numbers.
fn spilt_and_whole(text: String) -> [Found; 2] {
    let folder = tempfile::tempdir().unwrap();
    let corpus = crate::corpus_of(folder.path(), text).unwrap();
    [0, 1 << 30].map(|memory| {
        let mut found = Vec::new();
        let pairs = collect(&corpus, 5, memory, folder.path()).unwrap();
        let mut keep = |block: &[Cooccurrence]| {
            found.extend(block.iter().map(|one| (one.word, one.context, one.weight)));
            Ok(true)
        };
        pairs.each(0, &mut keep).unwrap();
        found.sort_by_key(|(word, context, _)| (*word, *context));
        found
    })
}

fn same_counts([spilt, whole]: &[Found; 2]) {
    assert_eq!(spilt.len(), whole.len());
    for (one, other) in spilt.iter().zip(whole) {
        assert_eq!((one.0, one.1), (other.0, other.1));
        assert!((one.2 - other.2).abs() <= 1e-6 * other.2, "{one:?} {other:?}");
    }
}

#[test]
fn what_spills_to_disk_counts_the_same() {
    let found = spilt_and_whole((0..4_000).map(|at| format!("w{} ", at * at % 211)).collect());
    assert!(found[0].len() > 1_000);
    same_counts(&found);
}

#[test]
fn more_runs_than_are_open_at_a_time_count_the_same() {
    // Steps of 1, then 2, 3 and 4 through 1,009 words: each word brings ten pairs, few of which are known
    // within 1,000, and so 40,000 make almost 400 runs. They are merged after 128 and after each 127 more.
    let word = |at: u32| at * (1 + at / 1_009 % 4) % 1_009;
    let found = spilt_and_whole((0..40_000).map(|at| format!("w{} ", word(at))).collect());
    assert!(found[0].len() > 15_000);
    same_counts(&found);
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
    assert!(refused.contains("`--window` was 5 and is 6"), "{refused}");
}
