//! The convolution of a batch and its gradients, on plain numbers.
//!
//! Per image the patches that the filters see are gathered into a matrix `[patch, places]`, and
//! everything is a matrix product of it: the answer `W · patches`, the gradient of the weights
//! `G · patchesᵀ`, and the patches' own gradient `Wᵀ · G`, which is added back to the pixels.

use std::cell::RefCell;

use rayon::prelude::*;

use super::geometry::Geometry;
use crate::{
    lanes::sum,
    matrix::{Factor, Onto, multiply},
};

/// Into how many sums the gradient of the weights is split, whatever the number of threads, so that
/// it is the same bits for all of them.
const PARTS: usize = 16;

/// Places of the kernel that one product holds at least, where the batch has them: fewer leave the
/// weights to be packed again and again, more don't stay in the cache.
const PLACES: usize = 256;

/// Gradients of one convolution, as asked for.
#[derive(Default)]
pub(super) struct Gradients {
    /// `[batch, channels, height, width]`.
    pub(super) images: Vec<f32>,
    /// `[filters, channels, kernel height, kernel width]`.
    pub(super) weight: Vec<f32>,
    /// `[filters]`.
    pub(super) bias: Vec<f32>,
}

/// Which gradients are asked for; the others stay empty.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) images: bool,
    pub(super) weight: bool,
    pub(super) bias: bool,
}

/// Buffers kept from call to call; what is in them is left over from the last.
#[derive(Default)]
struct Room {
    /// `[patch, images · places]`.
    patches: Vec<f32>,
    /// Their gradient.
    to_patches: Vec<f32>,
    /// `[filters, images · places]`: answers or their gradient.
    answers: Vec<f32>,
}

thread_local! {
    static ROOM: RefCell<Room> = RefCell::default();
}

/// The first `len` numbers of `buffer`, which grows where it is shorter.
fn first(buffer: &mut Vec<f32>, len: usize) -> &mut [f32] {
    if buffer.len() < len {
        buffer.resize(len, 0.0);
    }
    &mut buffer[..len]
}

/// Images whose patches stand side by side in one product.
fn together(g: &Geometry, batch: usize) -> usize {
    (PLACES / g.places()).clamp(1, batch.max(1))
}

/// The answers `[batch, filters, height, width]`.
pub(super) fn forward(
    g: &Geometry,
    images: &[f32],
    weight: &[f32],
    bias: Option<&[f32]>,
) -> Vec<f32> {
    let mut answers = vec![0.0; g.batch * g.answer()];
    if answers.is_empty() {
        return answers;
    }
    let together = together(g, g.batch.div_ceil(PARTS));
    answers.par_chunks_mut(together * g.answer()).enumerate().for_each(|(block, answers)| {
        let count = answers.len() / g.answer();
        let images = &images[block * together * g.image()..][..count * g.image()];
        ROOM.with_borrow_mut(|room| {
            let patches = first(&mut room.patches, count * g.patch() * g.places());
            for at in 0..count {
                g.gather(&images[at * g.image()..][..g.image()], patches, (at, count));
            }
            let sizes = [g.filters, g.patch(), count * g.places()];
            let product = first(&mut room.answers, answers.len());
            multiply(
                sizes,
                Factor::Plain(weight),
                Factor::Plain(patches),
                (product, Onto::Nothing),
            );
            let bias = |filter: usize| bias.map_or(0.0, |bias| bias[filter]);
            for (at, answer) in answers.chunks_exact_mut(g.answer()).enumerate() {
                for (filter, answer) in answer.chunks_exact_mut(g.places()).enumerate() {
                    let product = &product[(filter * count + at) * g.places()..];
                    let bias = bias(filter);
                    answer.iter_mut().zip(product).for_each(|(to, from)| *to = *from + bias);
                }
            }
        });
    });
    answers
}

/// The gradients, from `gradient`, that of the answers.
pub(super) fn backward(
    g: &Geometry,
    wanted: Wanted,
    [images, weight]: [&[f32]; 2],
    gradient: &[f32],
) -> Gradients {
    let mut sums = Gradients {
        images: vec![0.0; if wanted.images { g.batch * g.image() } else { 0 }],
        weight: vec![0.0; if wanted.weight { g.filters * g.patch() } else { 0 }],
        bias: vec![0.0; if wanted.bias { g.filters } else { 0 }],
    };
    if g.batch * g.answer() == 0 {
        return sums;
    }
    // Images are dealt to the parts by the batch alone, and the parts are added in order.
    let share = g.batch.div_ceil(PARTS);
    let to_images: Vec<&mut [f32]> = match wanted.images && g.image() > 0 {
        true => sums.images.chunks_mut(share * g.image()).collect(),
        false => (0..g.batch.div_ceil(share)).map(|_| Default::default()).collect(),
    };
    let lengths = [sums.weight.len(), sums.bias.len()];
    let parts = to_images.into_par_iter().enumerate().map(|(part, to_images)| {
        let mut to =
            Part { images: to_images, weight: vec![0.0; lengths[0]], bias: vec![0.0; lengths[1]] };
        let batch = part * share..((part + 1) * share).min(g.batch);
        let images = &images[batch.start * g.image()..batch.end * g.image()];
        let gradient = &gradient[batch.start * g.answer()..batch.end * g.answer()];
        ROOM.with_borrow_mut(|room| to.add(g, wanted, ([images, weight], gradient), room));
        [to.weight, to.bias]
    });
    let parts: Vec<[Vec<f32>; 2]> = parts.collect();
    for [weight, bias] in &parts {
        add(&mut sums.weight, weight);
        add(&mut sums.bias, bias);
    }
    sums
}

/// Gradients of a part of the batch.
struct Part<'a> {
    images: &'a mut [f32],
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl Part<'_> {
    /// Adds the gradients of some images; `gradient` is that of their answers.
    fn add(
        &mut self,
        g: &Geometry,
        wanted: Wanted,
        ([images, weight], gradient): ([&[f32]; 2], &[f32]),
        room: &mut Room,
    ) {
        let batch = gradient.len() / g.answer();
        let together = together(g, batch);
        for start in (0..batch).step_by(together) {
            let count = together.min(batch - start);
            let gradient = &gradient[start * g.answer()..][..count * g.answer()];
            let places = count * g.places();
            let side_by_side = first(&mut room.answers, gradient.len());
            for (at, gradient) in gradient.chunks_exact(g.answer()).enumerate() {
                for (filter, gradient) in gradient.chunks_exact(g.places()).enumerate() {
                    side_by_side[filter * places + at * g.places()..][..g.places()]
                        .copy_from_slice(gradient);
                }
            }
            let gradient = &*side_by_side;
            self.bias
                .iter_mut()
                .zip(gradient.chunks_exact(places))
                .for_each(|(to, row)| *to += sum(row));
            if wanted.weight {
                let patches = first(&mut room.patches, g.patch() * places);
                for at in 0..count {
                    g.gather(
                        &images[(start + at) * g.image()..][..g.image()],
                        patches,
                        (at, count),
                    );
                }
                let sizes = [g.filters, places, g.patch()];
                let (left, right) = (Factor::Plain(gradient), Factor::Transposed(patches));
                multiply(sizes, left, right, (&mut self.weight, Onto::WhatIsThere));
            }
            if wanted.images {
                let to_patches = first(&mut room.to_patches, g.patch() * places);
                let sizes = [g.patch(), g.filters, places];
                let (left, right) = (Factor::Transposed(weight), Factor::Plain(gradient));
                multiply(sizes, left, right, (to_patches, Onto::Nothing));
                for at in 0..count {
                    let image = &mut self.images[(start + at) * g.image()..][..g.image()];
                    g.scatter(to_patches, image, (at, count));
                }
            }
        }
    }
}

fn add(to: &mut [f32], from: &[f32]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
}
