//! The gradient of a layer over whole sequences, on plain numbers.

use std::{borrow::Cow, ops::Range};

use super::{
    cell::{Cell, Reset},
    product::{Aligned, PANEL, Packed, Rows, Sums, add, padded, sums},
    sequence::{ForwardValues, Given, Layer, clear, parts},
    steps::{Backward, ResetBackward},
};
use crate::{buffers::Buffer, instructions::with_best};

/// Rows of one product for the gradient of the input.
const ROWS: usize = 48;

/// Gradients of all that was given. That of x is empty where it is not asked for.
#[derive(Debug)]
pub(super) struct Gradients {
    pub(super) x: Vec<f32>,
    pub(super) weight: Vec<f32>,
    pub(super) bias: Vec<f32>,
    pub(super) initial: Vec<f32>,
}

/// An example on its way back through the steps.
struct Example<'a> {
    length: usize,
    initial: &'a [f32],
    outputs: &'a [f32],
    of_outputs: &'a [f32],
    of_last: &'a [f32],
    /// Gates, and behind it the gradients of the sums in front of their functions.
    gates: &'a mut [f32],
    extra: &'a mut [f32],
    /// `[time, hidden]`: the state in front of each step.
    before: &'a mut [f32],
    of_initial: &'a mut [f32],
}

/// The gradients, from `[answers, gradient]`: what [`forward`](super::sequence::forward) gave and the
/// gradient of it. `kept` is used up; `of_x` asks for the gradient of x.
pub(super) fn backward(
    layer: &Layer,
    given: Given<'_>,
    (mut kept, [answers, gradient]): (ForwardValues, [&[f32]; 2]),
    of_x: bool,
) -> Gradients {
    let (batch, hidden) = (layer.lengths.len(), layer.hidden);
    let states = layer.cell.states() * hidden;
    let mut before = Buffer::new(layer.outputs());
    let mut initial = vec![0.0; batch * states];
    let (outputs, _) = answers.split_at(layer.outputs());
    let (of_outputs, of_last) = gradient.split_at(layer.outputs());
    let mut into = parts(&mut kept.gates, batch)
        .into_iter()
        .zip(parts(&mut kept.extra, batch))
        .zip(parts(&mut before, batch).into_iter().zip(parts(&mut initial, batch)));
    let example = |at: usize| {
        let ((gates, extra), (before, of_initial)) = into.next().expect("a part an example");
        let [outputs, of_outputs] =
            [outputs, of_outputs].map(|of| &of[at * layer.time * hidden..][..layer.time * hidden]);
        let [initial, of_last] = [given.initial, of_last].map(|of| &of[at * states..][..states]);
        let length = layer.lengths[at];
        Example { length, initial, outputs, of_outputs, of_last, gates, extra, before, of_initial }
    };
    let examples = (0..batch).map(example).collect();
    let weights = Weights::new(layer, given);
    let mut blocks = layer.blocks(examples, |example: &Example<'_>| example.length);
    layer.each(&mut blocks, |examples| block(layer, &weights, examples));
    let x = if of_x { of_input(layer, given, &kept) } else { Vec::new() };
    let (weight, bias) = of_weights(layer, given.x, (&kept, &before));
    Gradients { x, weight, bias, initial }
}

/// The transposes of the recurrent weights.
struct Weights {
    /// `[gates · hidden, hidden]`; without the candidate's where it has a product of its own.
    recurrent: Packed,
    /// `[hidden, hidden]`.
    candidate: Option<Packed>,
}

impl Weights {
    fn new(layer: &Layer, given: Given<'_>) -> Self {
        let (hidden, columns) = (layer.hidden, layer.gates());
        let recurrent = &given.weight[layer.features * columns..];
        let apart = layer.cell == Cell::Gru(Reset::BeforeProduct);
        let candidate = apart.then(|| Packed::transposed(recurrent, columns, [2 * hidden, hidden]));
        let width = if apart { 2 * hidden } else { columns };
        Weights { recurrent: Packed::transposed(recurrent, columns, [0, width]), candidate }
    }
}

/// The examples of one block back through all of their steps.
fn block(layer: &Layer, weights: &Weights, examples: &mut [Example<'_>]) {
    let (hidden, gates, row) = (layer.hidden, layer.gates(), padded(layer.hidden));
    let count = examples.len();
    let [mut of_state, mut of_product] = [(); 2].map(|()| Aligned::new(count * row));
    let mut of_cell = Aligned::new(count * hidden);
    let mut slopes = Buffer::new(count * gates);
    for (at, example) in examples.iter().enumerate() {
        let (state, cell) = example.of_last.split_at(hidden);
        of_state.slice_mut()[at * row..][..hidden].copy_from_slice(state);
        of_cell.slice_mut()[at * hidden..][..cell.len()].copy_from_slice(cell);
    }
    let (states, cells) = (of_state.slice_mut(), of_cell.slice_mut());
    let mut kept = vec![0.0; hidden];
    let steps = examples.first().map_or(0, |longest| longest.length);
    for step in (0..steps).rev() {
        let running = examples.partition_point(|example| example.length > step);
        let rows = states.chunks_exact_mut(row).zip(cells.chunks_exact_mut(hidden));
        let rows = rows.zip(slopes.chunks_exact_mut(gates));
        for (example, ((of_state, of_cell), slopes)) in examples[..running].iter_mut().zip(rows) {
            let of_state = &mut of_state[..hidden];
            example.step(layer, step, (of_state, of_cell), &mut kept);
            let time = layer.direction.time(step, example.length);
            slopes.copy_from_slice(&example.gates[time * gates..][..gates]);
            if layer.cell == Cell::Gru(Reset::AfterProduct) {
                slopes[2 * hidden..].copy_from_slice(&kept);
            }
        }
        if let Some(candidate) = &weights.candidate {
            let products = &mut of_product.slice_mut()[..running * row];
            products.fill(0.0);
            add((&slopes[2 * hidden..], gates), candidate, products);
            let rows = states.chunks_exact_mut(row).zip(products.chunks_exact(row));
            let rows = rows.zip(slopes.chunks_exact_mut(gates));
            for (example, ((of_state, of_product), slopes)) in examples.iter_mut().zip(rows) {
                let time = layer.direction.time(step, example.length);
                let gate = &mut example.gates[time * gates..][..hidden];
                let before = &example.before[time * hidden..][..hidden];
                let (of_product, of_state) = (&of_product[..hidden], &mut of_state[..hidden]);
                with_best(ResetBackward { gate, before, of_product, of_state });
                slopes[..hidden].copy_from_slice(&example.gates[time * gates..][..hidden]);
            }
        }
        add((&slopes, gates), &weights.recurrent, &mut states[..running * row]);
    }
    for (at, example) in examples.iter_mut().enumerate() {
        let (state, cell) = example.of_initial.split_at_mut(hidden);
        state.copy_from_slice(&states[at * row..][..hidden]);
        cell.copy_from_slice(&cells[at * hidden..][..cell.len()]);
        clear(example.before, (example.length, layer.time));
    }
}

impl Example<'_> {
    /// One step back: the gates at its time become gradients, and `kept` is what the step kept, or
    /// the gradient of it. `of_state` and `of_cell` are the gradients of the states behind it, and then
    /// what of those in front of it does not come through a product.
    fn step(
        &mut self,
        layer: &Layer,
        step: usize,
        (of_state, of_cell): (&mut [f32], &mut [f32]),
        kept: &mut [f32],
    ) {
        let (hidden, gates) = (layer.hidden, layer.gates());
        let time = layer.direction.time(step, self.length);
        let of_output = &self.of_outputs[time * hidden..][..hidden];
        of_state.iter_mut().zip(of_output).for_each(|(all, more)| *all += more);
        let extra = self.extra.get_mut(time * hidden..).unwrap_or_default();
        let extra = extra.get_mut(..hidden).unwrap_or_default();
        kept[..extra.len()].copy_from_slice(extra);
        let (initial, initial_cell) = self.initial.split_at(hidden);
        let [state, cell]: [&[f32]; 2] = match step.checked_sub(1) {
            None => [initial, initial_cell],
            Some(step) => {
                let place = layer.direction.time(step, self.length) * hidden;
                let cell = self.extra.get(place..).unwrap_or_default();
                [&self.outputs[place..][..hidden], cell.get(..hidden).unwrap_or_default()]
            }
        };
        self.before[time * hidden..][..hidden].copy_from_slice(state);
        with_best(Backward {
            cell: layer.cell,
            gates: &mut self.gates[time * gates..][..gates],
            extra: kept,
            before: [state, cell],
            of_state,
            of_cell,
        });
        if layer.cell == Cell::Gru(Reset::AfterProduct) {
            self.extra[time * hidden..][..hidden].copy_from_slice(kept);
        }
    }
}

/// The gradient of x: of the gates' sums, times the transposed weights; zero behind an end.
fn of_input(layer: &Layer, given: Given<'_>, kept: &ForwardValues) -> Vec<f32> {
    let (features, gates, row) = (layer.features, layer.gates(), padded(layer.features));
    let weight = Packed::transposed(&given.weight[..features * gates], gates, [0, gates]);
    let mut x = vec![0.0; layer.lengths.len() * layer.time * features];
    let slopes = kept.gates.chunks_exact(layer.time * gates);
    let mut examples = Vec::with_capacity(layer.lengths.len());
    for ((x, slopes), length) in
        x.chunks_exact_mut(layer.time * features).zip(slopes).zip(&layer.lengths)
    {
        examples.push((&mut x[..length * features], &slopes[..length * gates]));
    }
    layer.each(&mut examples, |(x, slopes)| {
        let mut products = Aligned::new(ROWS * row);
        for (x, slopes) in x.chunks_mut(ROWS * features).zip(slopes.chunks(ROWS * gates)) {
            let products = &mut products.slice_mut()[..x.len() / features * row];
            products.fill(0.0);
            add((slopes, gates), &weight, products);
            for (x, products) in x.chunks_exact_mut(features).zip(products.chunks_exact(row)) {
                x.copy_from_slice(&products[..features]);
            }
        }
    });
    x
}

/// x with zeros behind each example's end.
fn ended<'a>(layer: &Layer, x: &'a [f32]) -> Cow<'a, [f32]> {
    let mut x = Cow::Borrowed(x);
    for (at, length) in layer.lengths.iter().enumerate().filter(|(_, length)| **length < layer.time)
    {
        let example = &mut x.to_mut()[at * layer.time * layer.features..];
        example[length * layer.features..layer.time * layer.features].fill(0.0);
    }
    x
}

/// Some columns of the weights' gradient as they come from one product.
struct Part<'a> {
    left: Rows<'a>,
    right: Rows<'a>,
    /// Columns of the right rows, and the row and column of the weights that they begin at.
    columns: Range<usize>,
    at: [usize; 2],
    sums: Option<Sums>,
}

impl<'a> Part<'a> {
    fn new(left: Rows<'a>, right: Rows<'a>, columns: Range<usize>, at: [usize; 2]) -> Self {
        Part { left, right, columns, at, sums: None }
    }
}

/// The gradients of weights and biases, from the gradients in `kept` and the states `before` each
/// step.
fn of_weights(
    layer: &Layer,
    x: &[f32],
    (kept, before): (&ForwardValues, &[f32]),
) -> (Vec<f32>, Vec<f32>) {
    let (features, hidden, gates) = (layer.features, layer.hidden, layer.gates());
    // What stands behind an example's end does not count, whatever it is.
    let x = ended(layer, x);
    let input = Rows { values: &x, stride: features };
    let before = Rows { values: before, stride: hidden };
    let slopes = Rows { values: &kept.gates, stride: gates };
    let extra = Rows { values: &kept.extra, stride: hidden };
    let (all, candidate) = (0..gates, 2 * hidden..gates);
    let mut products = vec![Part::new(input, slopes, all.clone(), [0, 0])];
    match layer.cell {
        Cell::Tanh | Cell::Relu | Cell::Lstm => {
            products.push(Part::new(before, slopes, all, [features, 0]));
        }
        Cell::Gru(reset) => {
            products.push(Part::new(before, slopes, 0..2 * hidden, [features, 0]));
            products.push(match reset {
                Reset::AfterProduct => Part::new(before, extra, 0..hidden, [features, 2 * hidden]),
                Reset::BeforeProduct => Part::new(extra, slopes, candidate, [features, 2 * hidden]),
            });
        }
    }
    let mut panels: Vec<Part<'_>> = Vec::new();
    for product in &products {
        for first in product.columns.clone().step_by(PANEL) {
            let columns = first..(first + PANEL).min(product.columns.end);
            let [row, column] = product.at;
            let at = [row, column + first - product.columns.start];
            panels.push(Part::new(product.left, product.right, columns, at));
        }
    }
    layer.each(&mut panels, |part| {
        part.sums = Some(sums(part.left, part.right, part.columns.clone()));
    });
    let mut weight = vec![0.0; (features + hidden) * gates];
    let mut bias = vec![0.0; layer.cell.biases() * hidden];
    for part in &panels {
        let Some(sums) = &part.sums else { continue };
        let ([row, column], count) = (part.at, part.columns.len());
        let rows = weight.chunks_exact_mut(gates).skip(row);
        for (weight, sums) in rows.zip(sums.products.slice().chunks_exact(PANEL)) {
            weight[column..][..count].copy_from_slice(&sums[..count]);
        }
        if row == 0 {
            bias[column..][..count].copy_from_slice(&sums.totals[..count]);
        } else if layer.cell == Cell::Gru(Reset::AfterProduct) && column >= 2 * hidden {
            bias[column + hidden..][..count].copy_from_slice(&sums.totals[..count]);
        }
    }
    (weight, bias)
}
