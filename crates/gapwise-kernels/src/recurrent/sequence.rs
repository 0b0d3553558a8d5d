//! A layer over whole sequences, in one direction, on plain numbers.
//!
//! The examples are dealt to blocks, one a thread, so that no step waits for another thread. In a
//! block the longest come first: those that are still running are always the first ones.

use std::cmp::Reverse;

use rayon::prelude::*;

use super::{
    cell::{Cell, Reset},
    product::{Aligned, Packed, add, padded},
    steps::{Candidate, Forward},
};
use crate::{buffers::Buffer, instructions::with_best};

/// Rows for which a product with the input's weights is worth its loads.
const ROWS: usize = 48;
/// Multiply-adds that are done before another thread has begun.
const SHORT: usize = 4 << 20;

/// In which order the steps are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// From the first to the last.
    Forward,
    /// From an example's last to the first.
    Backward,
}

impl Direction {
    /// The time of a step of an example of so many steps.
    pub(super) fn time(self, step: usize, length: usize) -> usize {
        match self {
            Direction::Forward => step,
            Direction::Backward => length - 1 - step,
        }
    }
}

/// What is computed, and its sizes, each above 0, as the number of examples is.
#[derive(Debug, Clone)]
pub(super) struct Layer {
    pub(super) cell: Cell,
    pub(super) direction: Direction,
    pub(super) time: usize,
    pub(super) features: usize,
    pub(super) hidden: usize,
    /// Steps of each example.
    pub(super) lengths: Vec<usize>,
}

impl Layer {
    /// Numbers of a row of gates.
    pub(super) fn gates(&self) -> usize {
        self.cell.gates() * self.hidden
    }

    /// Numbers of the outputs of all examples.
    pub(super) fn outputs(&self) -> usize {
        self.lengths.len() * self.time * self.hidden
    }

    /// Numbers of the outputs and of the final states of all examples.
    pub(super) fn answers(&self) -> usize {
        self.outputs() + self.lengths.len() * self.cell.states() * self.hidden
    }

    /// Whether all is done before another thread has begun.
    fn short(&self) -> bool {
        let rows = (self.features + self.hidden) * self.gates();
        self.lengths.iter().sum::<usize>() * rows < SHORT
    }

    /// `examples`, the longest first, dealt to one block a thread.
    pub(super) fn blocks<T>(
        &self,
        mut examples: Vec<T>,
        length: impl Fn(&T) -> usize,
    ) -> Vec<Vec<T>> {
        let threads = if self.short() { 1 } else { rayon::current_num_threads() };
        let count = threads.min(examples.len());
        examples.sort_by_key(|example| Reverse(length(example)));
        let mut blocks: Vec<Vec<T>> = (0..count).map(|_| Vec::new()).collect();
        for (at, example) in examples.into_iter().enumerate() {
            blocks[at % count].push(example);
        }
        blocks
    }

    /// `work` on each of `items`, side by side where that is worth it.
    pub(super) fn each<T: Send>(&self, items: &mut [T], work: impl Fn(&mut T) + Send + Sync) {
        if self.short() || items.len() < 2 {
            items.iter_mut().for_each(work);
        } else {
            items.par_iter_mut().with_max_len(1).for_each(work);
        }
    }
}

/// `count` equal parts of `values`.
pub(super) fn parts(values: &mut [f32], count: usize) -> Vec<&mut [f32]> {
    let size = values.len() / count;
    let mut rest = values;
    let part = |_| {
        let (part, behind) = std::mem::take(&mut rest).split_at_mut(size);
        rest = behind;
        part
    };
    (0..count).map(part).collect()
}

/// `[batch, time, features]`, `[features + hidden, gates · hidden]`, `[biases · hidden]` and
/// `[batch, states, hidden]`.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    pub(super) x: &'a [f32],
    pub(super) weight: &'a [f32],
    pub(super) bias: &'a [f32],
    pub(super) initial: &'a [f32],
}

/// What the gradient needs of a pass forward: `[batch, time, gates · hidden]` and
/// `[batch, time, extras · hidden]`, zero behind an example's end.
#[derive(Debug, Clone, Default)]
pub(super) struct ForwardValues {
    pub(super) gates: Buffer,
    pub(super) extra: Buffer,
}

/// An example on its way through the steps.
struct Example<'a> {
    length: usize,
    x: &'a [f32],
    initial: &'a [f32],
    outputs: &'a mut [f32],
    last: &'a mut [f32],
    gates: &'a mut [f32],
    extra: &'a mut [f32],
}

/// Outputs `[batch, time, hidden]`, zero behind an example's end, and behind them the final states
/// `[batch, states, hidden]`; into `kept` what the gradient needs, where it is asked for.
pub(super) fn forward(
    layer: &Layer,
    given: Given<'_>,
    matrices: &Matrices,
    kept: Option<&mut ForwardValues>,
) -> Vec<f32> {
    let batch = layer.lengths.len();
    let mut answers = vec![0.0; layer.answers()];
    let mut none = ForwardValues::default();
    let kept = match kept {
        Some(kept) => {
            kept.gates = Buffer::new(batch * layer.time * layer.gates());
            kept.extra = Buffer::new(layer.outputs() * layer.cell.extras());
            kept
        }
        None => &mut none,
    };
    let (outputs, last) = answers.split_at_mut(layer.outputs());
    let mut examples = Vec::with_capacity(batch);
    let into = parts(outputs, batch).into_iter().zip(parts(last, batch));
    let kept = parts(&mut kept.gates, batch).into_iter().zip(parts(&mut kept.extra, batch));
    let states = given.initial.chunks_exact(layer.cell.states() * layer.hidden);
    let each_x = given.x.chunks_exact(layer.time * layer.features);
    for ((((length, x), initial), (outputs, last)), (gates, extra)) in
        layer.lengths.iter().zip(each_x).zip(states).zip(into).zip(kept)
    {
        examples.push(Example { length: *length, x, initial, outputs, last, gates, extra });
    }
    let (bias, inner_bias) = given.bias.split_at(layer.gates());
    let weights = Weights { matrices, bias, inner_bias };
    let mut blocks = layer.blocks(examples, |example: &Example<'_>| example.length);
    layer.each(&mut blocks, |examples| block(layer, &weights, examples));
    answers
}

/// The matrices, laid out for the products of each step.
#[derive(Debug)]
pub(super) struct Matrices {
    input: Packed,
    /// `[hidden, gates · hidden]`; without the candidate's columns where it has a product of its
    /// own.
    recurrent: Packed,
    /// `[hidden, hidden]`.
    candidate: Option<Packed>,
}

/// What each step computes with.
struct Weights<'a> {
    matrices: &'a Matrices,
    bias: &'a [f32],
    /// b′ of the GRU that resets behind the product.
    inner_bias: &'a [f32],
}

impl Matrices {
    /// Of `weight`, `[features + hidden, gates · hidden]`.
    pub(super) fn new(layer: &Layer, weight: &[f32]) -> Self {
        let (hidden, columns) = (layer.hidden, layer.gates());
        let (input, recurrent) = weight.split_at(layer.features * columns);
        let apart = layer.cell == Cell::Gru(Reset::BeforeProduct);
        let candidate = apart.then(|| Packed::new(recurrent, columns, [2 * hidden, hidden]));
        let width = if apart { 2 * hidden } else { columns };
        Matrices {
            input: Packed::new(input, columns, [0, columns]),
            recurrent: Packed::new(recurrent, columns, [0, width]),
            candidate,
        }
    }
}

/// The examples of one block through all of their steps.
fn block(layer: &Layer, weights: &Weights<'_>, examples: &mut [Example<'_>]) {
    let (features, hidden, width) = (layer.features, layer.hidden, padded(layer.gates()));
    let mut memory = Memory::new(layer, examples);
    let steps = examples.first().map_or(0, |longest| longest.length);
    // The input's product is taken for several steps at once where there are few examples.
    let together = ROWS.div_ceil(examples.len().max(1)).clamp(1, steps.max(1));
    let mut inputs = Buffer::new(together * examples.len() * features);
    let mut sums = Aligned::new(together * examples.len() * width);
    for first in (0..steps).step_by(together) {
        let steps = first..(first + together).min(steps);
        let mut rows = 0;
        for step in steps.clone() {
            for example in examples.iter().take_while(|example| example.length > step) {
                let time = layer.direction.time(step, example.length);
                let x = &example.x[time * features..][..features];
                inputs[rows * features..][..features].copy_from_slice(x);
                let sums = &mut sums.slice_mut()[rows * width..];
                sums[..weights.bias.len()].copy_from_slice(weights.bias);
                rows += 1;
            }
        }
        let mut sums = &mut sums.slice_mut()[..rows * width];
        add((&inputs, features), &weights.matrices.input, sums);
        for step in steps {
            let running = examples.partition_point(|example| example.length > step);
            let (now, behind) = sums.split_at_mut(running * width);
            sums = behind;
            memory.step(layer, weights, now);
            for (at, example) in examples[..running].iter_mut().enumerate() {
                let time = layer.direction.time(step, example.length);
                memory.keep(at, (example, time), &now[at * width..][..layer.gates()]);
            }
        }
    }
    for (example, (state, extra)) in examples.iter_mut().zip(memory.rows()) {
        let (of_state, of_cell) = example.last.split_at_mut(hidden);
        of_state.copy_from_slice(state);
        of_cell.copy_from_slice(&extra[..of_cell.len()]);
        clear(example.gates, (example.length, layer.time));
        clear(example.extra, (example.length, layer.time));
    }
}

/// Makes zeros of the rows of `values` from `length` on, of `time` rows.
pub(super) fn clear(values: &mut [f32], (length, time): (usize, usize)) {
    let from = values.len() / time * length;
    values[from..].fill(0.0);
}

/// What the examples of a block carry from step to step.
struct Memory {
    hidden: usize,
    /// `[examples, hidden]`: h, and c of the LSTM or what else a step keeps.
    state: Aligned,
    extra: Aligned,
    /// `[examples, padded]`: the recurrent product of a GRU.
    product: Aligned,
}

impl Memory {
    fn new(layer: &Layer, examples: &[Example<'_>]) -> Self {
        let (hidden, count) = (layer.hidden, examples.len());
        let apart = if matches!(layer.cell, Cell::Gru(_)) { padded(layer.gates()) } else { 0 };
        let [mut state, mut extra] = [(); 2].map(|()| Aligned::zeros(count * hidden));
        for (at, example) in examples.iter().enumerate() {
            let (of_state, of_cell) = example.initial.split_at(hidden);
            state.slice_mut()[at * hidden..][..hidden].copy_from_slice(of_state);
            extra.slice_mut()[at * hidden..][..of_cell.len()].copy_from_slice(of_cell);
        }
        Memory { hidden, state, extra, product: Aligned::new(count * apart) }
    }

    /// State and extra of each example.
    fn rows(&self) -> impl Iterator<Item = (&[f32], &[f32])> {
        let [states, extras] =
            [&self.state, &self.extra].map(|of| of.slice().chunks_exact(self.hidden));
        states.zip(extras)
    }

    /// One step of the examples that `sums` has rows for: the sums of the input, which become gates.
    fn step(&mut self, layer: &Layer, weights: &Weights<'_>, sums: &mut [f32]) {
        let (hidden, width) = (self.hidden, padded(layer.gates()));
        let running = sums.len() / width;
        let state = (self.state.slice(), hidden);
        let row = padded(weights.matrices.recurrent.columns());
        let product = match layer.cell {
            Cell::Gru(_) => {
                let product = &mut self.product.slice_mut()[..running * row];
                product.fill(0.0);
                for product in product.chunks_exact_mut(row) {
                    product[2 * hidden..][..weights.inner_bias.len()]
                        .copy_from_slice(weights.inner_bias);
                }
                add(state, &weights.matrices.recurrent, product);
                &*product
            }
            _ => {
                add(state, &weights.matrices.recurrent, sums);
                &[]
            }
        };
        let states = self.state.slice_mut().chunks_exact_mut(hidden);
        let extras = self.extra.slice_mut().chunks_exact_mut(hidden);
        for (at, ((gates, state), extra)) in
            sums.chunks_exact_mut(width).zip(states).zip(extras).enumerate()
        {
            let gates = &mut gates[..layer.gates()];
            let product = product.get(at * row..).unwrap_or_default();
            with_best(Forward { cell: layer.cell, gates, product, extra, state });
        }
        if let Some(candidate) = &weights.matrices.candidate {
            let row = padded(hidden);
            let product = &mut self.product.slice_mut()[..running * row];
            product.fill(0.0);
            add((self.extra.slice(), hidden), candidate, product);
            let states = self.state.slice_mut().chunks_exact_mut(hidden);
            let each = sums.chunks_exact_mut(width).zip(product.chunks_exact(row)).zip(states);
            for ((gates, product), state) in each {
                with_best(Candidate { gates: &mut gates[..layer.gates()], product, state });
            }
        }
    }

    /// Writes what a step made of one example to where it belongs.
    fn keep(&self, at: usize, (example, time): (&mut Example<'_>, usize), gates: &[f32]) {
        let place = time * self.hidden;
        let [state, extra] =
            [&self.state, &self.extra].map(|of| &of.slice()[at * self.hidden..][..self.hidden]);
        example.outputs[place..][..self.hidden].copy_from_slice(state);
        if !example.gates.is_empty() {
            example.gates[time * gates.len()..][..gates.len()].copy_from_slice(gates);
        }
        if !example.extra.is_empty() {
            example.extra[place..][..self.hidden].copy_from_slice(extra);
        }
    }
}
