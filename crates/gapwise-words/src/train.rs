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
    checkpoint::{Of, made},
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
        Ok(Training { settings, plan, vectors, outputs, done: 0 })
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
        training.done = identity.restore(path, all, weights)?;
        Ok(training)
    }

    fn identity<'a>(&self, corpus: &'a Corpus) -> Of<'a> {
        Of::new(MODEL, self.made(corpus), corpus.fingerprint())
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
        let (mut losses, mut of_epoch) = (LossSum::default(), self.done / per_epoch);
        let (mut windows, began) = (0, self.done);
        let mut kept = Instant::now();
        while self.done < all {
            let (epoch, from) = (self.done / per_epoch, self.done);
            if epoch > of_epoch {
                (losses, of_epoch) = (LossSum::default(), epoch);
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
                    let mean = losses.sum / losses.predictions.max(1) as f64;
                    observer.progress(Progress {
                        epoch: epoch as usize + 1,
                        epochs: self.settings.epochs,
                        done: words_at(next.min(all - 1)).max(if next == all { total } else { 0 }),
                        total,
                        loss: mean,
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
            windows += losses.windows;
            // What came before a checkpoint is not known.
            if self.done == all && windows == 0 && began == 0 {
                return Err(WordsError::NothingLearnt);
            }
            if let Some(Checkpoints { path, every }) = checkpoints
                && self.done < all
                && (stopped || kept.elapsed() >= every)
            {
                let weights = [("vectors", &self.vectors), ("outputs", &self.outputs)];
                if let Err(error) = self.identity(corpus).keep(path, self.done, weights) {
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
