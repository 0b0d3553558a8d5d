//! One thread's pass over one chunk.

use std::ops::Range;

use pulp::{Simd, WithSimd};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{
    Model, Window,
    alias::NegativeTable,
    hot::Hot,
    kernel::{self, Rows, Weights},
    shared::{Matrix, Row, Shared},
};
use crate::{corpus::SENTENCE_END, huffman::HuffmanTree};

/// Context words whose gradients are computed from the same weights.
const INPUTS: usize = 16;
/// Nodes next to the root that each thread has copies of: more take longer to meet than they save.
const HOT_NODES: u32 = 64;
/// Windows of CBOW that negative samples are drawn once for: fewer are slower, more tell less.
const WINDOWS: usize = 4;
/// The loss is that of one window in so many.
const LOSS_EVERY: u64 = 16;

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
    /// Whether other threads write to the same rows.
    pub(crate) shared: bool,
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
    /// Windows that were learnt from, looked at or not; of a training, over all epochs.
    pub(crate) windows: u64,
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

/// Where in a chunk the next window is, and what is drawn for several.
#[derive(Default)]
struct Walk {
    /// The next word, and where its sentence begins.
    at: usize,
    sentence: usize,
    negatives: Vec<u32>,
    /// Windows that the negatives are for yet.
    left: usize,
}

/// The rows that a window needs, and room for copies of them.
struct Room<'a> {
    context: Vec<Row<'a>>,
    targets: Vec<Row<'a>>,
    inputs: Vec<f32>,
    copied: Vec<f32>,
    errors: Vec<f32>,
    moved: Vec<f32>,
}

impl WithSimd for TrainChunk<'_> {
    type Output = LossSum;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> LossSum {
        let mut random = ChaCha8Rng::seed_from_u64(self.plan.seed);
        random.set_stream(self.stretch.number);
        let kept = self.kept(&mut random);
        let stride = self.inputs.stride();
        let hot = self.hot();
        let mut own = [(); 2].map(|()| Matrix::zeros(hot.len(), stride));
        let mut outputs = Hot::new(simd, (self.outputs, hot), &mut own);
        let mut room = Room {
            context: Vec::new(),
            targets: Vec::new(),
            inputs: vec![0.0; INPUTS * stride],
            copied: Vec::new(),
            errors: Vec::new(),
            moved: vec![0.0; stride],
        };
        let mut losses = LossSum::default();
        let (mut now, mut next) = (Targets::default(), Targets::default());
        let mut walk = Walk::default();
        let mut windows = 0;
        loop {
            // The window after this one is chosen first, so that its rows are on their way meanwhile.
            let more = self.choose(&kept, &mut walk, &mut random, &mut next);
            if windows > 0 && now.to > now.from + 1 {
                let before = &kept[now.from..now.middle];
                let behind = &kept[now.middle + 1..now.to];
                room.context.clear();
                room.context.extend(before.iter().chain(behind).map(|&word| self.inputs.row(word)));
                room.targets.clear();
                room.targets.extend(now.rows.iter().map(|&row| outputs.row(row)));
                losses.windows += 1;
                // The first of a chunk is, which may have few.
                let watched = losses.windows % LOSS_EVERY == 1;
                self.learn(simd, &now.labels, &mut room, watched.then_some(&mut losses));
                outputs.meet(simd);
            }
            if !more {
                outputs.meet_all(simd);
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
        walk: &mut Walk,
        random: &mut ChaCha8Rng,
        into: &mut Targets,
    ) -> bool {
        while kept.get(walk.at) == Some(&SENTENCE_END) {
            walk.at += 1;
            walk.sentence = walk.at;
        }
        let at = walk.at;
        let Some(&middle) = kept.get(at) else { return false };
        let Window { size, shrinks } = self.plan.window;
        let size = if shrinks { random.random_range(1..=size) } else { size };
        let after = kept[at + 1..].iter().take(size);
        into.middle = at;
        into.from = at.saturating_sub(size).max(walk.sentence);
        into.to = at + 1 + after.take_while(|&&word| word != SENTENCE_END).count();
        walk.at += 1;
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
                if walk.left == 0 {
                    walk.negatives.clear();
                    walk.negatives.extend((0..*count).map(|_| table.draw(random)));
                    walk.left = if self.plan.model == Model::Cbow { WINDOWS } else { 1 };
                }
                walk.left -= 1;
                // The word itself is no example of another.
                let others = walk.negatives.iter().filter(|&&drawn| drawn != middle);
                into.rows.extend(others);
                into.labels.resize(into.rows.len(), 0.0);
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
        labels: &[f32],
        room: &mut Room<'_>,
        mut losses: Option<&mut LossSum>,
    ) {
        let stride = self.inputs.stride();
        let Room { context, targets, inputs, copied, errors, moved } = room;
        let count = targets.len();
        match self.plan.model {
            Model::SkipGram => {
                copied.resize(count * stride, 0.0);
                for context in context.chunks(INPUTS) {
                    kernel::copy_rows::<S>(context, stride, inputs);
                    errors.resize(context.len() * count, 0.0);
                    kernel::copy_rows::<S>(targets, stride, copied);
                    let [left, right] =
                        [Rows { numbers: inputs, stride }, Rows { numbers: copied, stride }];
                    kernel::dots(simd, [left, right], [context.len(), count], errors);
                    if let Some(losses) = losses.as_deref_mut() {
                        losses.look(errors, labels);
                    }
                    kernel::errors(simd, errors, labels, self.stretch.rate);
                    let by_target = Weights { weights: errors, by_sum: 1, by_row: count };
                    kernel::add_sums(simd, by_target, (left, context.len()), targets);
                    let by_input = Weights { weights: errors, by_sum: count, by_row: 1 };
                    kernel::add_sums(simd, by_input, (right, count), context);
                }
            }
            Model::Cbow => {
                let input = &mut inputs[..stride];
                kernel::sum_rows(simd, 1.0 / context.len() as f32, context, input);
                errors.resize(count, 0.0);
                kernel::dots_of_one(simd, input, targets, errors);
                if let Some(losses) = losses {
                    losses.look(errors, labels);
                }
                kernel::errors(simd, errors, labels, self.stretch.rate);
                kernel::learn_from_one(simd, errors, targets, input, moved);
                kernel::add_to_all(simd, moved, context);
            }
        }
    }

    /// The nodes next to the root of a tree, which are its last and which every window needs. None where
    /// no other thread writes to them, and none of negative sampling: its frequent words are not so
    /// frequent that copies of them would pay.
    fn hot(&self) -> Range<u32> {
        let targets = self.outputs.rows() as u32;
        match self.plan.predictor {
            Predictor::Tree(_) if self.plan.shared => targets.saturating_sub(HOT_NODES)..targets,
            _ => targets..targets,
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
        self.windows += other.windows;
    }
}

#[cfg(test)]
#[path = "chunk_tests.rs"]
mod tests;
