//! word2vec: skip-gram and CBOW, by hierarchical softmax or negative sampling.

mod alias;
mod chunk;
mod hot;
pub(crate) mod kernel;
mod settings;
pub(crate) mod shared;
pub(crate) mod threads;

use std::{path::Path, time::Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use crate::{
    Checkpoints, WordsError,
    checkpoint::{TrainingIdentity, TrainingProgress, made},
    corpus::Corpus,
    huffman::HuffmanTree,
    instructions,
};
use alias::NegativeTable;
use chunk::{LossSum, Plan, Predictor, Stretch, TrainChunk};
use threads::{Round, Turn};

pub use settings::{Loss, Model, TrainSettings, Window};
pub use shared::Matrix;
pub use threads::{Observer, Progress};

pub(crate) use settings::check;
pub(crate) use threads::mean;

/// How low the learning rate falls, as a share of where it began.
const LOWEST_RATE: f64 = 1e-4;

/// What checkpoints call it.
const MODEL: &str = "word2vec";

/// Vectors in training, and how far it is.
#[derive(Debug)]
pub struct Training {
    settings: TrainSettings,
    plan: Plan,
    /// `[words, dimensions]`: what is looked for.
    vectors: Matrix,
    /// `[words or inner nodes, dimensions]`: what predicts.
    outputs: Matrix,
    /// Chunks that are done, over all epochs.
    done: u64,
    /// The losses of the epoch that goes on, and the windows of all.
    losses: LossSum,
}

/// How a training, or a part of it, ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// After its last epoch.
    Done,
    /// Because it was asked to.
    Stopped {
        /// The epoch that was going on, from 1.
        epoch: usize,
    },
}

impl Training {
    /// First vectors for a corpus: uniform between −1 and 1, divided by the dimensions; what predicts is
    /// zero. The program `word2vec` has half of that, with which CBOW learns less from a small corpus.
    ///
    /// # Errors
    ///
    /// [`WordsError::Setting`] where a setting cannot be.
    pub fn new(corpus: &Corpus, settings: TrainSettings) -> Result<Self, WordsError> {
        settings.check()?;
        let vocabulary = corpus.vocabulary();
        let (counts, total) = (vocabulary.counts(), vocabulary.total());
        let predictor = match settings.loss {
            Loss::HierarchicalSoftmax => Predictor::Tree(HuffmanTree::new(counts)),
            Loss::NegativeSampling { negatives } => {
                Predictor::Negatives { table: NegativeTable::new(counts), count: negatives }
            }
        };
        let targets = match &predictor {
            Predictor::Tree(tree) => tree.nodes(),
            Predictor::Negatives { .. } => counts.len(),
        };
        let kept = |&count| settings.subsampling.kept(count, total) as f32;
        let plan = Plan {
            model: settings.model,
            window: settings.window,
            predictor,
            kept: counts.iter().map(kept).collect(),
            shared: settings.threads > 1,
            seed: settings.seed,
        };
        let mut vectors = Matrix::zeros(counts.len(), settings.dimensions);
        let mut random = ChaCha8Rng::seed_from_u64(settings.seed);
        // No chunk has this stream.
        random.set_stream(u64::MAX);
        let dimensions = settings.dimensions as f32;
        for row in 0..counts.len() {
            vectors.row_mut(row).fill_with(|| (random.random::<f32>() * 2.0 - 1.0) / dimensions);
        }
        let outputs = Matrix::zeros(targets, settings.dimensions);
        let losses = LossSum::default();
        Ok(Training { settings, plan, vectors, outputs, done: 0, losses })
    }

    /// Goes back to where the checkpoint at `path` stands.
    ///
    /// # Errors
    ///
    /// There is no checkpoint, it is damaged, or it is of another corpus or other settings; the number
    /// of threads may differ.
    pub fn resume(
        corpus: &Corpus,
        settings: TrainSettings,
        path: &Path,
    ) -> Result<Self, WordsError> {
        let mut training = Training::new(corpus, settings)?;
        let all = corpus.chunks() as u64 * training.settings.epochs as u64;
        let identity = training.identity(corpus);
        let weights = [("vectors", &mut training.vectors), ("outputs", &mut training.outputs)];
        let TrainingProgress { done, sum, seen, windows } = identity.restore(path, all, weights)?;
        training.done = done;
        training.losses = LossSum { sum, predictions: seen, windows };
        Ok(training)
    }

    /// Writes a checkpoint of where it stands, whole or not at all, from which [`Training::resume`] goes
    /// on.
    ///
    /// # Errors
    ///
    /// The file cannot be written; what stood there before is unchanged.
    pub fn keep(&self, corpus: &Corpus, path: &Path) -> Result<(), WordsError> {
        let LossSum { sum, predictions: seen, windows } = self.losses;
        let weights = [("vectors", &self.vectors), ("outputs", &self.outputs)];
        self.identity(corpus).keep(
            path,
            TrainingProgress { done: self.done, sum, seen, windows },
            weights,
        )
    }

    fn identity<'a>(&self, corpus: &'a Corpus) -> TrainingIdentity<'a> {
        TrainingIdentity::new(MODEL, self.made(corpus), corpus.fingerprint())
    }

    /// What it is set to.
    pub fn settings(&self) -> &TrainSettings {
        &self.settings
    }

    /// What it and the reading of its corpus are set to, as a vectors file keeps it.
    pub fn made(&self, corpus: &Corpus) -> Value {
        made(&self.settings, corpus.settings())
    }

    /// The vectors, `[words, dimensions]`.
    pub fn vectors(&self) -> &Matrix {
        &self.vectors
    }

    /// What predicts: of each inner node of the Huffman tree, or of each word as a target.
    pub fn outputs(&self) -> &Matrix {
        &self.outputs
    }

    /// Words that it has been trained on, over all epochs.
    pub fn trained(&self, corpus: &Corpus) -> u64 {
        let per_epoch = corpus.chunks() as u64;
        self.done / per_epoch * corpus.words()
            + corpus.words_before((self.done % per_epoch) as usize)
    }

    /// Epochs that are done.
    pub fn epochs_done(&self, corpus: &Corpus) -> usize {
        (self.done / corpus.chunks() as u64) as usize
    }

    /// Goes on to the end, or until the observer stops it, with `checkpoints`. With one thread, where and
    /// how often it was stopped does not change a bit of the end.
    ///
    /// # Errors
    ///
    /// The corpus's numbers cannot be read, subsampling left nothing to learn from, or the vectors are no
    /// longer finite. A checkpoint that cannot be written is told to the observer.
    pub fn run(
        &mut self,
        corpus: &Corpus,
        checkpoints: Option<Checkpoints<'_>>,
        observer: &mut dyn Observer,
    ) -> Result<Ended, WordsError> {
        let per_epoch = corpus.chunks() as u64;
        let all = per_epoch * self.settings.epochs as u64;
        let mut kept = Instant::now();
        while self.done < all {
            let (epoch, from) = (self.done / per_epoch, self.done);
            if from % per_epoch == 0 {
                self.losses = LossSum { windows: self.losses.windows, ..LossSum::default() };
            }
            let round = Round {
                chunks: from..(epoch + 1) * per_epoch,
                threads: self.settings.threads,
                longest: checkpoints.map(|of| of.every.saturating_sub(kept.elapsed())),
            };
            let total = corpus.words() * self.settings.epochs as u64;
            let words_at = |number: u64| {
                number / per_epoch * corpus.words()
                    + corpus.words_before((number % per_epoch) as usize)
            };
            let (plan, rate) = (&self.plan, self.settings.learning_rate);
            let (losses, epochs) = (&mut self.losses, self.settings.epochs);
            let (inputs, outputs) = (self.vectors.share(), self.outputs.share());
            let turn = round.run(
                |number, words: &mut Vec<u32>| {
                    corpus.read_chunk((number % per_epoch) as usize, words)?;
                    let left = 1.0 - words_at(number) as f64 / total as f64;
                    let rate = (rate * left.max(LOWEST_RATE)) as f32;
                    let stretch = Stretch { number, rate };
                    Ok(instructions::with_best(TrainChunk {
                        plan,
                        words,
                        inputs,
                        outputs,
                        stretch,
                    }))
                },
                |next, found: LossSum| {
                    losses.add(found);
                    observer.progress(Progress {
                        epoch: epoch as usize + 1,
                        epochs,
                        done: words_at(next.min(all - 1)).max(if next == all { total } else { 0 }),
                        total,
                        loss: mean(losses.sum, losses.predictions),
                    })
                },
            )?;
            let (done, stopped) = match turn {
                Turn::Done => (round.chunks.end, false),
                Turn::Paused(next) => (next, false),
                Turn::Stopped(next) => (next, true),
            };
            self.done = done;
            if !self.is_finite() {
                return Err(WordsError::Diverged { epoch: epoch as usize + 1 });
            }
            if self.done == all && self.losses.windows == 0 {
                return Err(WordsError::NothingLearnt);
            }
            if let Some(Checkpoints { path, every }) = checkpoints
                && self.done < all
                && (stopped || kept.elapsed() >= every)
            {
                if let Err(error) = self.keep(corpus, path) {
                    observer.unkept(&error);
                }
                kept = Instant::now();
            }
            if stopped && self.done < all {
                return Ok(Ended::Stopped { epoch: (self.done / per_epoch) as usize + 1 });
            }
        }
        Ok(Ended::Done)
    }

    fn is_finite(&self) -> bool {
        [&self.vectors, &self.outputs].into_iter().all(Matrix::is_finite)
    }
}
