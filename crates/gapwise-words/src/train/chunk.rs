//! One thread's pass over one chunk.

use pulp::{Simd, WithSimd};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{
    Model, Window,
    alias::NegativeTable,
    kernel::{self, Rows, Weights},
    shared::Shared,
};
use crate::{corpus::SENTENCE_END, huffman::HuffmanTree};

/// Context words whose gradients are computed from the same weights.
const INPUTS: usize = 16;
/// The loss is that of one window in so many.
const LOSS_EVERY: usize = 16;

/// What predicts a word.
#[derive(Debug, Clone)]
pub(crate) enum Predictor {
    Tree(HuffmanTree),
    Negatives { table: NegativeTable, count: usize },
}

/// What every thread needs and none changes.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) model: Model,
    pub(crate) window: Window,
    pub(crate) predictor: Predictor,
    /// The probability that an occurrence of a word is kept.
    pub(crate) kept: Vec<f32>,
    pub(crate) seed: u64,
}

/// A chunk's number in the whole training, which its draws come from, and its learning rate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch {
    pub(crate) number: u64,
    pub(crate) rate: f32,
}

/// The sum of losses that were looked at, and how many.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct LossSum {
    pub(crate) sum: f64,
    pub(crate) predictions: u64,
}

/// Trains both matrices, `[words, dimensions]` and `[targets, dimensions]`, on a chunk.
pub(crate) struct TrainChunk<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) words: &'a [u32],
    pub(crate) inputs: Shared<'a>,
    pub(crate) outputs: Shared<'a>,
    pub(crate) stretch: Stretch,
}

/// The word in the middle of a window, and what it is told from.
#[derive(Default)]
struct Targets {
    rows: Vec<u32>,
    labels: Vec<f32>,
    /// The window, in the words that were kept.
    from: usize,
    middle: usize,
    to: usize,
}

/// Copies of the rows that a window needs.
struct Copies {
    inputs: Vec<f32>,
    targets: Vec<f32>,
    errors: Vec<f32>,
    moved: Vec<f32>,
    context: Vec<u32>,
}

impl WithSimd for TrainChunk<'_> {
    type Output = LossSum;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> LossSum {
        let mut random = ChaCha8Rng::seed_from_u64(self.plan.seed);
        random.set_stream(self.stretch.number);
        let kept = self.kept(&mut random);
        let stride = self.inputs.stride();
        let mut copies = Copies {
            inputs: vec![0.0; INPUTS * stride],
            targets: Vec::new(),
            errors: Vec::new(),
            moved: vec![0.0; stride],
            context: Vec::new(),
        };
        let mut losses = LossSum::default();
        let (mut now, mut next) = (Targets::default(), Targets::default());
        // The next word, and where its sentence begins.
        let (mut at, mut sentence) = (0, 0);
        let mut windows = 0;
        loop {
            // The window after this one is chosen first, so that its rows are on their way meanwhile.
            let more = self.choose(&kept, (&mut at, &mut sentence), &mut random, &mut next);
            if windows > 0 {
                copies.context.clear();
                copies.context.extend(&kept[now.from..now.middle]);
                copies.context.extend(&kept[now.middle + 1..now.to]);
                if !copies.context.is_empty() {
                    let watched = windows % LOSS_EVERY == 0;
                    self.learn(simd, &now, &mut copies, watched.then_some(&mut losses));
                }
            }
            if !more {
                return losses;
            }
            windows += 1;
            std::mem::swap(&mut now, &mut next);
        }
    }
}

impl TrainChunk<'_> {
    /// The words of the chunk that are not passed over, with the ends of sentences.
    fn kept(&self, random: &mut ChaCha8Rng) -> Vec<u32> {
        let mut kept = Vec::with_capacity(self.words.len() + 1);
        for &word in self.words {
            if word == SENTENCE_END {
                kept.push(word);
                continue;
            }
            let share = self.plan.kept[word as usize];
            if share >= 1.0 || random.random::<f32>() < share {
                kept.push(word);
            }
        }
        kept.push(SENTENCE_END);
        kept
    }

    /// Chooses the next window and what its middle is told from, and fetches their rows; `false` at the
    /// end.
    #[inline(always)]
    fn choose(
        &self,
        kept: &[u32],
        (at, sentence): (&mut usize, &mut usize),
        random: &mut ChaCha8Rng,
        into: &mut Targets,
    ) -> bool {
        while kept.get(*at) == Some(&SENTENCE_END) {
            *at += 1;
            *sentence = *at;
        }
        let Some(&middle) = kept.get(*at) else { return false };
        let Window { size, shrinks } = self.plan.window;
        let size = if shrinks { random.random_range(1..=size) } else { size };
        let after = kept[*at + 1..].iter().take(size);
        into.middle = *at;
        into.from = at.saturating_sub(size).max(*sentence);
        into.to = *at + 1 + after.take_while(|&&word| word != SENTENCE_END).count();
        *at += 1;
        into.rows.clear();
        into.labels.clear();
        match &self.plan.predictor {
            Predictor::Tree(tree) => {
                for turn in tree.upwards(middle as usize) {
                    into.rows.push(turn.node);
                    into.labels.push(if turn.right { 0.0 } else { 1.0 });
                }
            }
            Predictor::Negatives { table, count } => {
                into.rows.push(middle);
                into.labels.push(1.0);
                for _ in 0..*count {
                    let drawn = table.draw(random);
                    // The word itself is no example of another.
                    if drawn != middle {
                        into.rows.push(drawn);
                        into.labels.push(0.0);
                    }
                }
            }
        }
        into.rows.iter().for_each(|&row| self.outputs.fetch(row));
        if let Some(&word) = kept.get(into.to).filter(|&&word| word != SENTENCE_END) {
            self.inputs.fetch(word);
        }
        true
    }

    #[inline(always)]
    fn learn<S: Simd>(
        &self,
        simd: S,
        targets: &Targets,
        copies: &mut Copies,
        losses: Option<&mut LossSum>,
    ) {
        let stride = self.inputs.stride();
        let count = targets.rows.len();
        let Copies { inputs, targets: copied, errors, moved, context } = copies;
        copied.resize(count * stride, 0.0);
        match self.plan.model {
            Model::SkipGram => {
                let mut losses = losses;
                for context in context.chunks(INPUTS) {
                    kernel::copy_rows::<S>((self.inputs, context), inputs);
                    errors.resize(context.len() * count, 0.0);
                    kernel::copy_rows::<S>((self.outputs, &targets.rows), copied);
                    let [left, right] =
                        [Rows { numbers: inputs, stride }, Rows { numbers: copied, stride }];
                    kernel::dots(simd, [left, right], [context.len(), count], errors);
                    if let Some(losses) = losses.as_deref_mut() {
                        losses.look(errors, &targets.labels);
                    }
                    kernel::errors(simd, errors, &targets.labels, self.stretch.rate);
                    let by_target = Weights { weights: errors, by_sum: 1, by_row: count };
                    kernel::add_sums(
                        simd,
                        by_target,
                        (left, context.len()),
                        (self.outputs, &targets.rows),
                    );
                    let by_input = Weights { weights: errors, by_sum: count, by_row: 1 };
                    kernel::add_sums(simd, by_input, (right, count), (self.inputs, context));
                }
            }
            Model::Cbow => {
                let mean = 1.0 / context.len() as f32;
                kernel::sum_rows(simd, mean, (self.inputs, context), &mut inputs[..stride]);
                errors.resize(count, 0.0);
                kernel::copy_rows::<S>((self.outputs, &targets.rows), copied);
                let [left, right] =
                    [Rows { numbers: inputs, stride }, Rows { numbers: copied, stride }];
                kernel::dots(simd, [left, right], [1, count], errors);
                if let Some(losses) = losses {
                    losses.look(errors, &targets.labels);
                }
                kernel::errors(simd, errors, &targets.labels, self.stretch.rate);
                let by_target = Weights { weights: errors, by_sum: 1, by_row: count };
                kernel::add_sums(simd, by_target, (left, 1), (self.outputs, &targets.rows));
                kernel::weighted_sum(simd, errors, right, moved);
                context.iter().for_each(|&word| kernel::add_row(simd, moved, (self.inputs, word)));
            }
        }
    }
}

impl LossSum {
    /// −ln of the probability of every label: ln(1 + e^−x) where it is 1, ln(1 + e^x) where it is 0.
    fn look(&mut self, logits: &[f32], labels: &[f32]) {
        for logits in logits.chunks(labels.len().max(1)) {
            for (logit, label) in logits.iter().zip(labels) {
                let x = f64::from(if *label == 1.0 { -logit } else { *logit });
                self.sum += x.max(0.0) + (-x.abs()).exp().ln_1p();
            }
            self.predictions += 1;
        }
    }

    pub(crate) fn add(&mut self, other: LossSum) {
        self.sum += other.sum;
        self.predictions += other.predictions;
    }
}

#[cfg(test)]
#[path = "chunk_tests.rs"]
mod tests;
