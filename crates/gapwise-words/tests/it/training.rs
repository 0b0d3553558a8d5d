//! Trainings as a whole.

use std::{path::Path, time::Duration};

use gapwise_words::{
    Checkpoints, HuffmanTree, checkpoint_of,
    corpus::{Corpus, Subsampling, SubsamplingRule},
    glove::{Glove, GloveSettings, collect},
    train::{Ended, Loss, Matrix, Model, Observer, Progress, TrainSettings, Training, Window},
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Two halves of a vocabulary that never meet in a line.
fn halves(folder: &Path) -> Corpus {
    let mut random = ChaCha8Rng::seed_from_u64(2);
    let mut text = String::new();
    for line in 0..4_000 {
        for _ in 0..12 {
            let word: u32 = random.random_range(0..10);
            text += &format!("{}{word} ", ["x", "y"][line % 2]);
        }
        text.push('\n');
    }
    crate::corpus_of(folder, text).unwrap()
}

fn settings(model: Model, loss: Loss) -> TrainSettings {
    TrainSettings {
        loss,
        dimensions: 10,
        epochs: 2,
        window: Window { size: 3, shrinks: true },
        ..TrainSettings::new(model, 48_000)
    }
}

const LOSSES: [Loss; 2] = [Loss::HierarchicalSoftmax, Loss::NegativeSampling { negatives: 5 }];

/// How much nearer a word is to one of its own half than to one of the other.
fn told_apart(corpus: &Corpus, vectors: &Matrix) -> f32 {
    let row = |word: &str| vectors.row(corpus.vocabulary().number(word).unwrap());
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let cosine = |a, b| dot(a, b) / (dot(a, a) * dot(b, b)).sqrt();
    cosine(row("x1"), row("x7")) - cosine(row("x1"), row("y7"))
}

#[test]
fn words_that_meet_come_near_each_other_by_all_four_combinations() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = halves(folder.path());
    for (model, loss, threads) in [Model::SkipGram, Model::Cbow]
        .into_iter()
        .flat_map(|model| LOSSES.map(|loss| (model, loss)))
        .flat_map(|(model, loss)| [1, 3].map(|threads| (model, loss, threads)))
    {
        let settings = TrainSettings { learning_rate: 0.1, threads, ..settings(model, loss) };
        let mut training = Training::new(&corpus, settings).unwrap();
        assert_eq!(training.run(&corpus, None, &mut ()).unwrap(), Ended::Done);
        assert_eq!(training.trained(&corpus), 2 * corpus.words());
        let apart = told_apart(&corpus, training.vectors());
        assert!(apart > 0.5, "{model:?} {loss:?} {threads} threads: {apart}");
    }
}

#[test]
fn words_that_meet_come_near_each_other_by_glove_with_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = halves(folder.path());
    let pairs = collect(&corpus, 3, 1 << 20, folder.path()).unwrap();
    let losses_of = |threads| {
        let settings = GloveSettings { dimensions: 10, threads, ..GloveSettings::default() };
        let mut glove = Glove::new(corpus.vocabulary().len(), settings).unwrap();
        let mut losses = Losses::default();
        glove.run(&pairs, None, &mut losses).unwrap();
        // So few words are at times written to by several threads at once.
        assert!(told_apart(&corpus, &glove.vectors()) > 0.1, "{threads} threads");
        [losses.0[0], losses.0[49]]
    };
    let (one, three) = (losses_of(1), losses_of(3));
    // Pairs that are passed over would be missing from the loss.
    assert!((one[0] - three[0]).abs() < 0.1 * one[0], "{one:?} {three:?}");
    assert!(one[1].max(three[1]) < 0.01 * one[0], "{one:?} {three:?}");
}

#[test]
fn an_epoch_in_which_nothing_was_kept_does_not_end_a_training() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = crate::corpus_of(folder.path(), "a b\n".repeat(40)).unwrap();
    let kept = |threshold, epochs| {
        let subsampling = Subsampling { threshold, ..Subsampling::default() };
        let of = settings(Model::SkipGram, LOSSES[0]);
        let settings = TrainSettings { subsampling, epochs, ..of };
        Training::new(&corpus, settings).unwrap().run(&corpus, None, &mut ())
    };
    // A word is kept with a probability of √(1e-4 / ½) + 2e-4 = 0.0143, both of a line with 2e-4: in 40
    // lines of 3,000 epochs 24 times.
    assert_eq!(kept(1e-4, 3_000).unwrap(), Ended::Done);
    assert!(kept(1e-12, 3).is_err());
}

/// Stops after some chunks.
pub(crate) struct Until(pub(crate) usize);

impl Observer for Until {
    fn progress(&mut self, _: Progress) -> bool {
        self.0 = self.0.saturating_sub(1);
        self.0 > 0
    }
}

#[test]
fn one_thread_gives_the_same_bits_also_where_it_was_stopped_and_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = halves(folder.path());
    let checkpoint = checkpoint_of(&folder.path().join("v.safetensors"));
    for loss in LOSSES {
        let settings = settings(Model::SkipGram, loss);
        let mut whole = Training::new(&corpus, settings.clone()).unwrap();
        assert_eq!(whole.run(&corpus, None, &mut ()).unwrap(), Ended::Done);
        let mut part = Training::new(&corpus, settings.clone()).unwrap();
        let every = Some(Checkpoints { path: &checkpoint, every: Duration::from_secs(60) });
        let ended = part.run(&corpus, every, &mut Until(3)).unwrap();
        assert_eq!(ended, Ended::Stopped { epoch: 1 });
        let mut rest = Training::resume(&corpus, settings.clone(), &checkpoint).unwrap();
        rest.run(&corpus, None, &mut ()).unwrap();
        for row in 0..whole.vectors().rows() {
            assert_eq!(whole.vectors().row(row), rest.vectors().row(row), "{loss:?}");
        }
        let other = TrainSettings { dimensions: 11, ..settings };
        let refused = Training::resume(&corpus, other, &checkpoint).unwrap_err().to_string();
        assert!(refused.contains("`--dimensions` was 10 and is 11"), "{refused}");
    }
}

#[test]
fn a_training_that_is_all_done_is_kept_and_resumed_with_its_bits() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = halves(folder.path());
    let checkpoint = checkpoint_of(&folder.path().join("v.safetensors"));
    let settings = settings(Model::Cbow, LOSSES[1]);
    let mut whole = Training::new(&corpus, settings.clone()).unwrap();
    whole.run(&corpus, None, &mut ()).unwrap();
    whole.keep(&corpus, &checkpoint).unwrap();
    let mut again = Training::resume(&corpus, settings, &checkpoint).unwrap();
    assert_eq!((again.epochs_done(&corpus), again.trained(&corpus)), (2, 2 * corpus.words()));
    assert_eq!(again.run(&corpus, None, &mut ()).unwrap(), Ended::Done);
    for row in 0..whole.vectors().rows() {
        assert_eq!(whole.vectors().row(row), again.vectors().row(row));
        assert_eq!(whole.outputs().row(row), again.outputs().row(row));
    }
    let pairs = collect(&corpus, 3, 1 << 20, folder.path()).unwrap();
    let settings = GloveSettings { dimensions: 4, epochs: 2, ..GloveSettings::default() };
    let words = corpus.vocabulary().len();
    let mut whole = Glove::new(words, settings.clone()).unwrap();
    whole.run(&pairs, None, &mut ()).unwrap();
    whole.keep(&pairs, &checkpoint).unwrap();
    let mut again = Glove::resume(words, &pairs, settings, &checkpoint).unwrap();
    assert_eq!((again.epochs_done(&pairs), again.trained()), (2, 2 * pairs.len()));
    assert_eq!(again.run(&pairs, None, &mut ()).unwrap(), Ended::Done);
    for row in 0..words {
        assert_eq!(whole.vectors().row(row), again.vectors().row(row));
    }
}

#[test]
fn a_checkpoint_that_is_damaged_or_of_other_settings_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = halves(folder.path());
    let checkpoint = folder.path().join("c");
    let settings = settings(Model::SkipGram, LOSSES[1]);
    let resumed = |settings: &TrainSettings| {
        let error = Training::resume(&corpus, settings.clone(), &checkpoint).unwrap_err();
        let hint = error.hint().unwrap();
        format!("{error}\n{hint}").replace(&format!("{}/", folder.path().display()), "")
    };
    let found = |bytes: &[u8]| {
        std::fs::write(&checkpoint, bytes).unwrap();
        resumed(&settings)
    };
    Training::new(&corpus, settings.clone()).unwrap().keep(&corpus, &checkpoint).unwrap();
    let whole = std::fs::read(&checkpoint).unwrap();
    let mut changed = whole.clone();
    *changed.last_mut().unwrap() ^= 1;
    insta::assert_snapshot!(found(&changed), @r"
    `c`: expected a checkpoint, found bytes that have changed since it was written
    train without `--resume`
    ");
    insta::assert_snapshot!(found(&whole[..whole.len() - 1]), @r"
    `c`: expected a checkpoint, found another or a damaged file
    train without `--resume`
    ");
    insta::assert_snapshot!(found(b"no checkpoint"), @r"
    `c`: expected a checkpoint, found another or a damaged file
    train without `--resume`
    ");
    std::fs::write(&checkpoint, whole).unwrap();
    let other = TrainSettings {
        loss: LOSSES[0],
        window: Window { size: 4, shrinks: false },
        subsampling: Subsampling { threshold: 0.01, rule: SubsamplingRule::Paper },
        learning_rate: 1.0,
        threads: 3,
        ..settings.clone()
    };
    insta::assert_snapshot!(resumed(&other), @r"
    `c`: the checkpoint is of another training: `--fixed-window` was not set and is set, `--learning-rate` was 0.025 and is 1, `--loss` was negative-sampling and is hierarchical-softmax, `--negatives` was 5 and is not set, `--subsample` was 0.001 and is 0.01, `--subsample-rule` was program and is paper, `--window` was 3 and is 4
    put them back and give the same corpus, or train without `--resume`
    ");
    let cbow = TrainSettings { model: Model::Cbow, ..settings.clone() };
    insta::assert_snapshot!(resumed(&cbow), @r"
    `c`: the checkpoint is of another training: `--model` was skip-gram and is cbow
    put them back and give the same corpus, or train without `--resume`
    ");
    let pairs = collect(&corpus, 3, 1 << 20, folder.path()).unwrap();
    let glove = Glove::new(corpus.vocabulary().len(), GloveSettings::default()).unwrap();
    glove.keep(&pairs, &checkpoint).unwrap();
    insta::assert_snapshot!(resumed(&settings), @r"
    `c`: the checkpoint is of another training: `--model` was glove and is skip-gram
    put them back and give the same corpus, or train without `--resume`
    ");
    let wider = collect(&corpus, 3, 1 << 19, folder.path()).unwrap();
    let of = GloveSettings { most: 50.0, ..GloveSettings::default() };
    let error = Glove::resume(corpus.vocabulary().len(), &wider, of, &checkpoint).unwrap_err();
    let said = error.to_string();
    assert!(
        said.ends_with("`--memory` was 1 MiB and is 0.5 MiB, `--x-max` was 100 and is 50"),
        "{said}"
    );
}

#[test]
fn probabilities_of_hierarchical_softmax_sum_to_one_for_any_weights() {
    let mut random = ChaCha8Rng::seed_from_u64(4);
    for _ in 0..50 {
        let words = random.random_range(2..60);
        let mut counts: Vec<u64> = (0..words).map(|_| random.random_range(1..1_000)).collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        let tree = HuffmanTree::new(&counts);
        // One logit, v'ᵀh, for each node.
        let logits: Vec<f64> = (0..tree.nodes()).map(|_| random.random_range(-8.0..8.0)).collect();
        let logistic = |x: f64| 1.0 / (1.0 + (-x).exp());
        let probability = |word| -> f64 {
            let sign = |right| if right { -1.0 } else { 1.0 };
            let turns = tree.path(word).into_iter();
            turns.map(|turn| logistic(sign(turn.right) * logits[turn.node as usize])).product()
        };
        let sum: f64 = (0..words).map(probability).sum();
        assert!((sum - 1.0).abs() < 1e-12, "{sum}");
    }
}

/// The losses of the epochs' ends.
#[derive(Default)]
struct Losses(Vec<f64>);

impl Observer for Losses {
    fn progress(&mut self, progress: Progress) -> bool {
        if progress.done * progress.epochs as u64 >= progress.total * progress.epoch as u64 {
            self.0.push(progress.loss.unwrap());
        }
        true
    }
}

#[test]
fn an_epochs_loss_does_not_depend_on_checkpoints() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = halves(folder.path());
    let checkpoint = checkpoint_of(&folder.path().join("v.safetensors"));
    let settings = settings(Model::Cbow, LOSSES[0]);
    let of = |kept| {
        let mut losses = Losses::default();
        Training::new(&corpus, settings.clone()).unwrap().run(&corpus, kept, &mut losses).unwrap();
        losses.0
    };
    let often = of(Some(Checkpoints { path: &checkpoint, every: Duration::ZERO }));
    assert!(checkpoint.is_file());
    assert_eq!(often, of(None));
    // Where none can be written the training goes on.
    let nowhere = folder.path().join("text.txt/v.checkpoint");
    assert_eq!(of(Some(Checkpoints { path: &nowhere, every: Duration::ZERO })), often);
    // Stopped in the second of two epochs, and gone on with.
    let kept = Some(Checkpoints { path: &checkpoint, every: Duration::from_secs(60) });
    let mut part = Training::new(&corpus, settings.clone()).unwrap();
    let ended = part.run(&corpus, kept, &mut Until(corpus.chunks() + 2)).unwrap();
    assert_eq!(ended, Ended::Stopped { epoch: 2 });
    let mut rest = Training::resume(&corpus, settings.clone(), &checkpoint).unwrap();
    let mut losses = Losses::default();
    rest.run(&corpus, kept, &mut losses).unwrap();
    assert_eq!(losses.0, often[1..]);
}

#[test]
fn an_epochs_loss_of_glove_does_not_depend_on_where_it_was_stopped() {
    let folder = tempfile::tempdir().unwrap();
    // More pairs than are read at a time.
    let mut random = ChaCha8Rng::seed_from_u64(6);
    let text: String =
        (0..120_000).map(|_| format!("w{} ", random.random_range(0..5_000))).collect();
    let corpus = crate::corpus_of(folder.path(), text).unwrap();
    let pairs = collect(&corpus, 2, 1 << 26, folder.path()).unwrap();
    assert!(pairs.len() > 1 << 18);
    let (words, checkpoint) = (corpus.vocabulary().len(), folder.path().join("c"));
    let settings = GloveSettings { dimensions: 2, epochs: 1, ..GloveSettings::default() };
    let mut whole = Losses::default();
    Glove::new(words, settings.clone()).unwrap().run(&pairs, None, &mut whole).unwrap();
    let kept = Some(Checkpoints { path: &checkpoint, every: Duration::from_secs(60) });
    let mut part = Glove::new(words, settings.clone()).unwrap();
    assert_eq!(part.run(&pairs, kept, &mut Until(1)).unwrap(), Ended::Stopped { epoch: 1 });
    let mut rest = Losses::default();
    let mut part = Glove::resume(words, &pairs, settings, &checkpoint).unwrap();
    part.run(&pairs, None, &mut rest).unwrap();
    assert_eq!(rest.0, whole.0);
}

#[test]
fn a_training_that_learns_nothing_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = halves(folder.path());
    let mut settings = settings(Model::SkipGram, LOSSES[0]);
    settings.subsampling.threshold = 1e-12;
    let error = Training::new(&corpus, settings).unwrap().run(&corpus, None, &mut ()).unwrap_err();
    assert_eq!(error.to_string(), "nothing was learnt: subsampling left no word beside another");
}
