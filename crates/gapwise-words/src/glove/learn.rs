//! The weighted least squares of GloVe, by AdaGrad.

use std::{path::Path, thread, time::Instant};

use pulp::{Simd, WithSimd};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Cooccurrence, Cooccurrences};
use crate::{
    Checkpoints, WordsError,
    checkpoint::{TrainingIdentity, TrainingProgress, made},
    instructions,
    train::{Ended, Matrix, Observer, Progress, check, mean, shared::Shared},
};

/// What a training of GloVe is set to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct GloveSettings {
    /// Numbers of a vector, 1 to 65,536.
    pub dimensions: usize,
    /// Passes over the co-occurrences, at least 1.
    pub epochs: usize,
    /// Of AdaGrad.
    pub learning_rate: f64,
    /// x_max: a weight from which a pair counts fully.
    pub most: f64,
    /// α of f(x) = (x / x_max)^α.
    pub power: f64,
    /// Threads; with one the same seed gives the same bits. At least 1.
    pub threads: usize,
    /// Of the first vectors.
    pub seed: u64,
}

impl Default for GloveSettings {
    /// The paper's: x_max 100, α ¾, a learning rate of 0.05; 50 epochs, as it has below 300 dimensions.
    fn default() -> Self {
        GloveSettings {
            dimensions: 100,
            epochs: 50,
            learning_rate: 0.05,
            most: 100.0,
            power: 0.75,
            threads: 1,
            seed: 1,
        }
    }
}

impl GloveSettings {
    /// Refuses what cannot be.
    ///
    /// # Errors
    ///
    /// [`WordsError::Setting`] with the first such setting.
    pub fn check(&self) -> Result<(), WordsError> {
        let GloveSettings { dimensions, epochs, learning_rate, most, power, threads, .. } = self;
        let positive = |value: f64| value > 0.0 && value.is_finite();
        check(&[
            ("--dimensions", "1 to 65,536", (1..=65_536).contains(dimensions), dimensions),
            ("--epochs", "1 to 1,000,000", (1..=1_000_000).contains(epochs), epochs),
            ("--learning-rate", "a number above 0", positive(*learning_rate), learning_rate),
            ("--x-max", "a number above 0", positive(*most), most),
            ("power", "a number above 0", positive(*power), power),
            ("--threads", "1 to 1,024", (1..=1_024).contains(threads), threads),
        ])
    }
}

/// Vectors in training.
///
/// J = ½ Σ f(X) (wᵀw̃ + b + b̃ − ln X)², f(x) = min(1, (x / x_max)^α), each number moved by AdaGrad: by
/// η g / √G, G being 1 and the squares of its gradients before.
///
/// **Source.** Pennington, Socher & Manning, "GloVe: Global vectors for word representation" (2014),
/// equations 8 and 9; start, G = 1 and the factor ½ are those of their program.
///
/// **Differs from the source.** Gradients are not clipped, which their program does at ±100.
#[derive(Debug)]
pub struct Glove {
    settings: GloveSettings,
    /// Of words, then of contexts: the vector and, last, the bias.
    weights: Matrix,
    /// Sums of squared gradients, of the same shape.
    squares: Matrix,
    words: usize,
    /// Co-occurrences that are done, over all epochs, and the losses of the epoch that goes on.
    stand: TrainingProgress,
}

impl Glove {
    /// First vectors for `words` words: uniform between −½ and ½, divided by the dimensions.
    ///
    /// # Errors
    ///
    /// [`WordsError::Setting`] where a setting cannot be.
    pub fn new(words: usize, settings: GloveSettings) -> Result<Self, WordsError> {
        let mut random = ChaCha8Rng::seed_from_u64(settings.seed);
        let dimensions = settings.dimensions as f32;
        Self::starting(words, settings, |_, _| (random.random::<f32>() - 0.5) / dimensions)
    }

    /// As [`Glove::new`], with `start` giving each number by row (words, then contexts) and column (the
    /// dimensions, then the bias).
    ///
    /// # Errors
    ///
    /// As [`Glove::new`].
    pub fn starting(
        words: usize,
        settings: GloveSettings,
        mut start: impl FnMut(usize, usize) -> f32,
    ) -> Result<Self, WordsError> {
        settings.check()?;
        let columns = settings.dimensions + 1;
        let mut weights = Matrix::zeros(2 * words, columns);
        let mut squares = Matrix::zeros(2 * words, columns);
        for row in 0..2 * words {
            for (column, number) in weights.row_mut(row).iter_mut().enumerate() {
                *number = start(row, column);
            }
            // The padding too: nothing is divided by zero.
            squares.padded_mut(row).fill(1.0);
        }
        Ok(Glove { settings, weights, squares, words, stand: TrainingProgress::default() })
    }

    /// What it is set to.
    pub fn settings(&self) -> &GloveSettings {
        &self.settings
    }

    /// Goes back to where the checkpoint at `path` stands, in a training on `data`.
    ///
    /// # Errors
    ///
    /// There is no checkpoint, it is damaged, or it is of other co-occurrences or other settings; the
    /// number of threads may differ.
    pub fn resume(
        words: usize,
        data: &Cooccurrences,
        settings: GloveSettings,
        path: &Path,
    ) -> Result<Self, WordsError> {
        let mut glove = Self::new(words, settings)?;
        let all = data.len() * glove.settings.epochs as u64;
        let identity = glove.identity(data);
        let weights = [("weights", &mut glove.weights), ("squares", &mut glove.squares)];
        glove.stand = identity.restore(path, all, weights)?;
        Ok(glove)
    }

    /// Writes a checkpoint of where it stands on `data`, whole or not at all, from which
    /// [`Glove::resume`] goes on.
    ///
    /// # Errors
    ///
    /// The file cannot be written; what stood there before is unchanged.
    pub fn keep(&self, data: &Cooccurrences, path: &Path) -> Result<(), WordsError> {
        let weights = [("weights", &self.weights), ("squares", &self.squares)];
        self.identity(data).keep(path, self.stand, weights)
    }

    /// What it, its co-occurrences and the reading of its corpus are set to, as a vectors file keeps it.
    pub fn made(&self, data: &Cooccurrences) -> Value {
        made(&self.settings, data.settings())
    }

    fn identity<'a>(&self, data: &'a Cooccurrences) -> TrainingIdentity<'a> {
        TrainingIdentity::new("glove", self.made(data), data.fingerprint())
    }

    /// Co-occurrences that it has been trained on, over all epochs.
    pub fn trained(&self) -> u64 {
        self.stand.done
    }

    /// Epochs on `data` that are done.
    pub fn epochs_done(&self, data: &Cooccurrences) -> usize {
        (self.stand.done / data.len().max(1)) as usize
    }

    /// Goes on to the end, or until the observer stops it, with `checkpoints`. An epoch's mean loss of a
    /// co-occurrence is told as it goes on. With one thread, where and how often it was stopped does not
    /// change a bit of the end.
    ///
    /// # Errors
    ///
    /// The co-occurrences cannot be read, or the vectors are no longer finite. A checkpoint that cannot
    /// be written is told to the observer.
    pub fn run(
        &mut self,
        data: &Cooccurrences,
        checkpoints: Option<Checkpoints<'_>>,
        observer: &mut dyn Observer,
    ) -> Result<Ended, WordsError> {
        let (epochs, pairs) = (self.settings.epochs, data.len());
        let total = pairs * epochs as u64;
        let mut kept = Instant::now();
        while self.stand.done < total {
            let from = self.stand.done % pairs;
            let epoch = self.epochs_done(data) + 1;
            if from == 0 {
                (self.stand.sum, self.stand.seen) = (0.0, 0);
            }
            let mut stopped = false;
            data.each(from, |block| {
                self.stand.sum += self.learn(block);
                if !self.stand.sum.is_finite() {
                    return Err(WordsError::Diverged { epoch });
                }
                self.stand.seen += block.len() as u64;
                self.stand.done += block.len() as u64;
                let TrainingProgress { done, sum, seen, .. } = self.stand;
                let loss = mean(sum, seen);
                stopped = !observer.progress(Progress { epoch, epochs, done, total, loss });
                if let Some(Checkpoints { path, every }) = checkpoints
                    && done < total
                    && (stopped || kept.elapsed() >= every)
                {
                    if !self.is_finite() {
                        return Err(WordsError::Diverged { epoch });
                    }
                    if let Err(error) = self.keep(data, path) {
                        observer.unkept(&error);
                    }
                    kept = Instant::now();
                }
                Ok(!stopped)
            })?;
            if !self.is_finite() {
                return Err(WordsError::Diverged { epoch });
            }
            if stopped && self.stand.done < total {
                return Ok(Ended::Stopped { epoch });
            }
        }
        Ok(Ended::Done)
    }

    fn is_finite(&self) -> bool {
        self.weights.is_finite() && self.squares.is_finite()
    }

    /// One pass over some co-occurrences, whose words are below those of [`Glove::new`]; the sum of their losses before each was learnt from.
    pub fn learn(&mut self, block: &[Cooccurrence]) -> f64 {
        let words = self.words as u32;
        let (dimensions, settings) = (self.settings.dimensions, &self.settings);
        let (weights, squares) = (self.weights.share(), self.squares.share());
        let part = |block: &[Cooccurrence]| {
            instructions::with_best(Learn { block, words, dimensions, settings, weights, squares })
        };
        if settings.threads == 1 {
            return part(block);
        }
        let parts = block.chunks(block.len().div_ceil(settings.threads).max(1));
        thread::scope(|scope| {
            let begun = |block| thread::Builder::new().spawn_scoped(scope, move || part(block));
            let threads: Vec<_> = parts.map(|block| begun(block).map_err(|_| block)).collect();
            // A part that panicked gives no number, which ends the training; what the system gave no
            // thread for is done here.
            let ended = threads.into_iter().map(|begun| match begun {
                Ok(thread) => thread.join().unwrap_or(f64::NAN),
                Err(block) => part(block),
            });
            ended.sum()
        })
    }

    /// The vectors, `[words, dimensions]`: those of words and of contexts added, as the paper advises.
    pub fn vectors(&self) -> Matrix {
        let mut vectors = Matrix::zeros(self.words, self.settings.dimensions);
        for row in 0..self.words {
            let [word, context] = [self.weights.row(row), self.weights.row(self.words + row)];
            for (at, number) in vectors.row_mut(row).iter_mut().enumerate() {
                *number = word[at] + context[at];
            }
        }
        vectors
    }
}

struct Learn<'a> {
    block: &'a [Cooccurrence],
    words: u32,
    dimensions: usize,
    settings: &'a GloveSettings,
    weights: Shared<'a>,
    squares: Shared<'a>,
}

impl WithSimd for Learn<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let stride = self.weights.stride();
        // 1 where a number is of a vector, and 1 where it is the bias.
        let mut vector = vec![0.0_f32; stride];
        vector[..self.dimensions].fill(1.0);
        let mut bias = vec![0.0_f32; stride];
        bias[self.dimensions] = 1.0;
        let (vector, bias) = (S::as_simd_f32s(&vector).0, S::as_simd_f32s(&bias).0);
        let rate = simd.splat_f32s(self.settings.learning_rate as f32);
        let mut loss = 0.0;
        for (at, one) in self.block.iter().enumerate() {
            if let Some(next) = self.block.get(at + 4) {
                for row in [next.word, self.words + next.context] {
                    self.weights.fetch(row);
                    self.squares.fetch(row);
                }
            }
            let rows = [one.word, self.words + one.context];
            let weights = rows.map(|row| self.weights.row(row));
            let squares = rows.map(|row| self.squares.row(row));
            let place = |register: usize| register * S::F32_LANES;
            let mut sum = simd.splat_f32s(0.0);
            for (register, (vector, bias)) in vector.iter().zip(bias).enumerate() {
                let [w, c] = weights.map(|row| row.load::<S>(place(register)));
                let product = simd.mul_f32s(simd.mul_f32s(w, c), *vector);
                let biases = simd.mul_f32s(simd.add_f32s(w, c), *bias);
                sum = simd.add_f32s(sum, simd.add_f32s(product, biases));
            }
            let weight = f64::from(one.weight);
            let difference = f64::from(simd.reduce_sum_f32s(sum)) - weight.ln();
            let share = (weight / self.settings.most).powf(self.settings.power).min(1.0);
            loss += 0.5 * share * difference * difference;
            let error = simd.splat_f32s((share * difference) as f32);
            for (register, (vector, bias)) in vector.iter().zip(bias).enumerate() {
                let [w, c] = weights.map(|row| row.load::<S>(place(register)));
                // The gradient of a vector's number is the error times the other's, of a bias the error.
                for (at, own, other) in [(0, w, c), (1, c, w)] {
                    let by = simd.add_f32s(simd.mul_f32s(other, *vector), *bias);
                    let gradient = simd.mul_f32s(error, by);
                    let sum = squares[at].load::<S>(place(register));
                    let step = simd.div_f32s(simd.mul_f32s(rate, gradient), simd.sqrt_f32s(sum));
                    weights[at].store::<S>(place(register), simd.sub_f32s(own, step));
                    let sum = simd.add_f32s(sum, simd.mul_f32s(gradient, gradient));
                    squares[at].store::<S>(place(register), sum);
                }
            }
        }
        loss
    }
}
