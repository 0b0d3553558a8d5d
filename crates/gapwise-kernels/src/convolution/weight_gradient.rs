//! The gradient of the weights: for each tap, products of what was read and the answers' gradient,
//! summed over all places.
#![allow(unsafe_code)]

use std::{cell::RefCell, ops::Range};

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::{
    correlate::runs_of,
    geometry::Axis,
    images::Images,
    room::{Piece, Reading},
    tile,
};
use crate::instructions::with_best;

/// Multiply-adds that are worth a unit of work of their own.
const WORTH: usize = 1 << 21;
/// Into how many sums the gradient is split at most, whatever the number of threads, so that it is
/// the same bits for all of them.
const MOST_SUMS: usize = 8;
/// Units of work at most.
const MOST_UNITS: usize = 16;
/// Numbers in all of these sums.
const LARGEST: usize = 1 << 22;

/// What the gradient of one group's weights is made of.
pub(super) struct WeightGradient<'a> {
    pub(super) images: Images<'a>,
    pub(super) batch: usize,
    pub(super) reading: Reading,
    pub(super) axes: [&'a Axis; 2],
    /// Numbers that are read at each tap, and the first of their channels.
    pub(super) inner: usize,
    pub(super) first_channel: usize,
    /// `[batch, height, width, outputs]`, the gradient of the answers.
    pub(super) gradient: &'a [f32],
    /// All that are in the gradient, and those of this group.
    pub(super) outputs: (usize, Range<usize>),
}

#[derive(Default)]
struct Room {
    copies: Vec<f32>,
    /// The gradient of a piece, `[panel][place][lane]`.
    gradient: Vec<f32>,
    runs: Vec<usize>,
    rows: Vec<usize>,
}

thread_local! {
    static ROOM: RefCell<Room> = RefCell::default();
}

impl WeightGradient<'_> {
    /// The gradient as [`super::panels::Seen::add_to`] reads it.
    pub(super) fn panels(&self, lanes: usize) -> Vec<f32> {
        let taps = self.axes[0].taps.len() * self.axes[1].taps.len();
        let steps = taps * self.inner;
        let panels = self.outputs.1.len().div_ceil(lanes);
        let size = panels * steps * lanes;
        let places = self.reading.places[0] * self.reading.places[1];
        if size == 0 || self.batch * places == 0 {
            return vec![0.0; size];
        }
        let wanted = (self.batch * places * size / WORTH).max(1);
        let sums = wanted.min(MOST_SUMS).min(LARGEST / size).clamp(1, self.batch);
        let share = self.batch.div_ceil(sums);
        let sums = self.batch.div_ceil(share);
        // An even number of panels for each, as two are summed at once.
        let splits = (wanted.min(MOST_UNITS) / sums).clamp(1, panels.div_ceil(2));
        let split = panels.div_ceil(splits).next_multiple_of(2);
        let mut all = vec![0.0; sums * size];
        let units: Vec<(Range<usize>, usize, &mut [f32])> = all
            .chunks_exact_mut(size)
            .enumerate()
            .flat_map(|(at, sum)| {
                let images = at * share..((at + 1) * share).min(self.batch);
                let parts = sum.chunks_mut(split * steps * lanes).enumerate();
                parts.map(move |(part, sum)| (images.clone(), part * split, sum))
            })
            .collect();
        let work = |(images, first_panel, into)| {
            // Taken out here: what a closure does inside of the vector instructions is not compiled
            // for them.
            ROOM.with_borrow_mut(|room| {
                with_best(Work { of: self, images, first_panel, into, room });
            });
        };
        match units.len() {
            1 => units.into_iter().for_each(work),
            _ => units.into_par_iter().for_each(work),
        }
        let (sum, others) = all.split_at_mut(size);
        for other in others.chunks_exact(size) {
            sum.iter_mut().zip(other).for_each(|(sum, other)| *sum += *other);
        }
        all.truncate(size);
        all
    }
}

/// Adds what some images give to some panels.
struct Work<'a> {
    of: &'a WeightGradient<'a>,
    images: Range<usize>,
    first_panel: usize,
    into: &'a mut [f32],
    room: &'a mut Room,
}

impl WithSimd for Work<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Work { of, images, first_panel, into, room } = self;
        let Room { copies, gradient, runs, rows } = room;
        for piece in of.reading.pieces(images, 1) {
            let found = of.reading.find(&of.images, &piece, copies);
            let len = runs_of(of.axes, (of.reading.channels, of.inner), found.pitch, runs);
            let steps = runs.len() * len;
            let lanes = S::F32_LANES;
            let places = of.gather(
                simd,
                &piece,
                first_panel..first_panel + into.len() / (steps * lanes),
                gradient,
            );
            rows.clear();
            for image in 0..piece.images.len() {
                let row = |row| image * found.image + row * found.row + of.first_channel;
                rows.extend((0..piece.rows.len()).map(row));
            }
            let across = (of.reading.places[1], found.column);
            let size = places * lanes;
            let mut panels = into.chunks_exact_mut(steps * lanes).enumerate();
            while let Some((panel, into)) = panels.next() {
                let gradient = &gradient[panel * size..];
                let summed = Summed { values: found.values, rows, runs: (runs, len), across };
                match panels.next() {
                    Some((_, next)) => {
                        let panels = [&gradient[..size], &gradient[size..2 * size]];
                        summed.over(simd, panels, [into, next]);
                    }
                    None => summed.over(simd, [&gradient[..size]], [into]),
                }
            }
        }
    }
}

impl WeightGradient<'_> {
    /// Lays out the gradient of a piece's answers by panels; gives its places.
    #[inline(always)]
    fn gather<S: Simd>(
        &self,
        simd: S,
        piece: &Piece,
        panels: Range<usize>,
        to: &mut Vec<f32>,
    ) -> usize {
        let [height, width] = self.reading.places;
        let lanes = S::F32_LANES;
        let (all, mine) = &self.outputs;
        let places = piece.images.len() * piece.rows.len() * width;
        let needed = panels.len() * places * lanes;
        if to.len() < needed {
            to.resize(needed, 0.0);
        }
        let zero = simd.splat_f32s(0.0);
        for (panel, to) in panels.zip(to.chunks_exact_mut(places * lanes)) {
            let start = mine.start + panel * lanes;
            let count = mine.end.saturating_sub(start).min(lanes);
            let mut to = to.chunks_exact_mut(lanes);
            for image in piece.images.clone() {
                let first = (image * height + piece.rows.start) * width;
                let from = &self.gradient[first * all..][..piece.rows.len() * width * all];
                for (from, to) in from.chunks_exact(*all).zip(&mut to) {
                    let vector = match count {
                        0 => zero,
                        count => simd.partial_load_f32s(&from[start..start + count]),
                    };
                    simd.partial_store_f32s(to, vector);
                }
            }
        }
        places
    }
}

/// What the sums of a piece are made of.
struct Summed<'a> {
    values: &'a [f32],
    /// Where each row of places starts.
    rows: &'a [usize],
    /// The runs of the taps, and their length.
    runs: (&'a [usize], usize),
    /// Places of a row, and numbers from one to the next.
    across: (usize, usize),
}

impl Summed<'_> {
    /// Adds the sums over all places to `into`, one slice per panel.
    #[inline(always)]
    fn over<S: Simd, const N: usize>(
        &self,
        simd: S,
        panels: [&[f32]; N],
        mut into: [&mut [f32]; N],
    ) {
        let (runs, len) = self.runs;
        let lanes = S::F32_LANES;
        let rows = if S::REGISTER_COUNT >= 32 { 8 } else { 4 };
        for (at, run) in runs.iter().enumerate() {
            let mut start = 0;
            while start < len {
                let place = (run + start, (at * len + start) * lanes);
                let left = (len - start).min(rows);
                start += match left {
                    8 => self.tile::<S, 8, N>(simd, place, &panels, &mut into),
                    4.. => self.tile::<S, 4, N>(simd, place, &panels, &mut into),
                    2.. => self.tile::<S, 2, N>(simd, place, &panels, &mut into),
                    _ => self.tile::<S, 1, N>(simd, place, &panels, &mut into),
                };
            }
        }
    }

    /// Adds the sums of `M` numbers; gives `M`.
    #[inline(always)]
    fn tile<S: Simd, const M: usize, const N: usize>(
        &self,
        simd: S,
        (first, to): (usize, usize),
        panels: &[&[f32]; N],
        into: &mut [&mut [f32]; N],
    ) -> usize {
        let (steps, column) = self.across;
        let lanes = S::F32_LANES;
        let last = self.rows.iter().max().map_or(0, |row| row + first + (steps - 1) * column);
        assert!(last + M <= self.values.len(), "every place has its numbers");
        assert!(panels.iter().all(|panel| panel.len() == self.rows.len() * steps * lanes));
        // SAFETY: `M` numbers from the last place are within the values, as was just checked, and
        // all other places are in front of it; each panel has a vector for every place.
        let sums = unsafe {
            let first = self.values.as_ptr().add(first);
            let vectors = panels.map(<[f32]>::as_ptr);
            tile::of_values::<S, M, N>(simd, (first, self.rows), (steps, column), vectors)
        };
        for m in 0..M {
            for n in 0..N {
                let into = &mut into[n][to + m * lanes..][..lanes];
                let sum = simd.add_f32s(simd.partial_load_f32s(into), sums[m][n]);
                simd.partial_store_f32s(into, sum);
            }
        }
        M
    }
}
