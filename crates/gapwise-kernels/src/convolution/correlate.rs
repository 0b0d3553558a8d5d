//! Weights laid over images: the answers of a convolution, and the gradient of its images.
#![allow(unsafe_code)]

use std::{cell::RefCell, ops::Range, sync::Arc};

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::{
    geometry::Axis,
    images::Images,
    room::{Found, Piece, Reading},
    tile,
};
use crate::{
    activation::Activation,
    instructions::{lanes, multiply_add, with_best},
};

/// Multiply-adds that are worth a unit of work of their own.
const WORTH: usize = 1 << 19;
/// Units of work at most for each thread: with more of them the last ones end closer together, and
/// with fewer less is read twice, of which one image has more. The numbers that are written do not
/// depend on them, as no sum is split.
const MOST_UNITS: [usize; 2] = [8, 1];

/// Numbers of the widest vector.
const MOST_LANES: usize = 16;

/// Weights that are laid over all places of one remainder by the stride.
pub(super) struct Phase {
    pub(super) axes: [Axis; 2],
    /// The first channel that is read, and the first output that is written.
    pub(super) group: [usize; 2],
    pub(super) outputs: usize,
    /// Numbers that are read at each tap.
    pub(super) inner: usize,
    /// As [`super::panels::Seen::packed`] makes them.
    pub(super) panels: Arc<Vec<f32>>,
}

/// What is done to the sums before they are written, in this order.
#[derive(Clone, Copy, Default)]
pub(super) struct Finish<'a> {
    /// What each output is multiplied by.
    pub(super) scale: Option<&'a [f32]>,
    /// Added to each output.
    pub(super) shift: Option<&'a [f32]>,
    /// Added to each number: of the size of what is written, and in its order.
    pub(super) residual: Option<&'a [f32]>,
    pub(super) activation: Activation,
}

/// What is written: `[batch, height, width, outputs]`.
#[derive(Clone, Copy)]
pub(super) struct Written {
    pub(super) sides: [usize; 2],
    pub(super) outputs: usize,
}

/// All that one call works on.
pub(super) struct Correlation<'a> {
    pub(super) images: Images<'a>,
    pub(super) batch: usize,
    pub(super) reading: Reading,
    pub(super) phases: &'a [Phase],
    pub(super) written: Written,
    pub(super) finish: Finish<'a>,
}

/// Where the places of a piece are read and written.
#[derive(Default)]
struct Room {
    copies: Vec<f32>,
    from: Vec<usize>,
    to: Vec<usize>,
    runs: Vec<usize>,
}

thread_local! {
    static ROOM: RefCell<Room> = RefCell::default();
}

/// What all threads write to, each to places of its own: its start and its size. It is not
/// initialised before it is written, so that no reference to it is made.
#[derive(Clone, Copy)]
struct Shared(*mut f32, usize);

// SAFETY: the pointer is only used by `Unit`, whose instances write to places that no other has.
unsafe impl Sync for Shared {}
// SAFETY: as above.
unsafe impl Send for Shared {}

/// One piece, and the part of the panels that is laid over it: part `part` of `parts`.
#[derive(Clone)]
struct Unit {
    piece: Piece,
    part: usize,
    parts: usize,
}

impl Correlation<'_> {
    /// All that is written.
    pub(super) fn run(&self) -> Vec<f32> {
        let Written { sides: [height, width], outputs } = self.written;
        let size = self.batch * height * width * outputs;
        let mut out = Vec::with_capacity(size);
        if size > 0 {
            let shared = Shared(out.as_mut_ptr(), size);
            let units = self.units();
            match &units[..] {
                [unit] => self.work(unit, shared),
                units => units.par_iter().for_each(|unit| self.work(unit, shared)),
            }
        }
        // SAFETY: the phases' places are all pixels that are written, once each (`places`); `units`
        // deals out all images, rows and, by `Unit::part`, panels; `Work` writes each output of them.
        unsafe { out.set_len(size) };
        out
    }

    fn work(&self, unit: &Unit, out: Shared) {
        // The room is taken out here: what a closure does inside of the vector instructions is not
        // compiled for them.
        ROOM.with_borrow_mut(|room| with_best(Work { of: self, unit, out, room }));
    }

    fn units(&self) -> Vec<Unit> {
        let weights: usize = self.phases.iter().map(|phase| phase.panels.len()).sum();
        let places = self.reading.places[0] * self.reading.places[1];
        let most = MOST_UNITS[usize::from(self.batch == 1)] * rayon::current_num_threads();
        let wanted = (self.batch * places * weights / WORTH).clamp(1, most);
        let share = self.batch.div_ceil(wanted);
        let shares = self.batch.div_ceil(share);
        let missing = wanted.div_ceil(shares);
        // Few pixels and many weights: each thread takes some of the weights, if they can be dealt
        // out evenly.
        let pixels = self.reading.sides[0] * self.reading.sides[1] * self.reading.channels;
        let outputs = self.phases.iter().map(|phase| phase.outputs).min().unwrap_or(0);
        let pairs = outputs.div_ceil(2 * lanes());
        let even = pairs.is_multiple_of(missing) || pairs > 4 * missing;
        let (bands, parts) = if weights > 2 * pixels && even { (1, missing) } else { (missing, 1) };
        let of_images = (0..shares).map(|at| at * share..((at + 1) * share).min(self.batch));
        let pieces = of_images.flat_map(|images| self.reading.pieces(images, bands));
        let split =
            |piece: Piece| (0..parts).map(move |part| Unit { piece: piece.clone(), part, parts });
        pieces.flat_map(split).collect()
    }
}

struct Work<'a> {
    of: &'a Correlation<'a>,
    unit: &'a Unit,
    out: Shared,
    room: &'a mut Room,
}

impl WithSimd for Work<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Work { of, unit, out, room } = self;
        let Room { copies, from, to, runs } = room;
        let found = of.reading.find(&of.images, &unit.piece, copies);
        for phase in of.phases {
            places(of, phase, (&found, &unit.piece), [from, to]);
            if from.is_empty() {
                continue;
            }
            let len = phase.runs(of.reading.channels, found.pitch, runs);
            let lanes = S::F32_LANES;
            let size = runs.len() * len * lanes;
            let panels = phase.outputs.div_ceil(lanes);
            let mine = |part: usize| (panels * part / unit.parts) & !1;
            let end = if unit.part + 1 == unit.parts { panels } else { mine(unit.part + 1) };
            let laid = Laid {
                values: found.values,
                places: [from, to],
                runs: (runs, len),
                panels: (&phase.panels, size),
                outputs: phase.group[1]..phase.group[1] + phase.outputs,
                finish: of.finish,
                out,
            };
            let furthest = from.iter().max().zip(runs.iter().max()).map(|(from, run)| from + run);
            let readable = furthest.is_none_or(|furthest| furthest + len <= found.values.len());
            assert!(readable, "every run from every place is within what was found");
            let last = to.iter().max().map_or(0, |last| last + phase.outputs);
            assert!(last <= out.1, "every output of every place is within what is written");
            let mut panel = mine(unit.part);
            while panel < end {
                let two = panel + 2 <= end;
                // SAFETY: runs and outputs are within what is read and written, as was just checked;
                // `over` checks the panels itself. Another unit has other places, or other panels.
                unsafe {
                    match (S::REGISTER_COUNT >= 32, two) {
                        (true, true) if fewer(from.len()) => laid.over::<S, 10, 2>(simd, panel),
                        (true, true) => laid.over::<S, 8, 2>(simd, panel),
                        (true, false) => laid.over::<S, 12, 1>(simd, panel),
                        (false, true) => laid.over::<S, 4, 2>(simd, panel),
                        (false, false) => laid.over::<S, 4, 1>(simd, panel),
                    }
                }
                panel += if two { 2 } else { 1 };
            }
        }
    }
}

/// Whether tiles of ten places leave less empty than tiles of eight.
fn fewer(places: usize) -> bool {
    places.next_multiple_of(10) < places.next_multiple_of(8)
}

/// Fills in where each place of `phase` in a piece is read and written.
fn places(
    of: &Correlation<'_>,
    phase: &Phase,
    (found, piece): (&Found<'_>, &Piece),
    [from, to]: [&mut Vec<usize>; 2],
) {
    from.clear();
    to.clear();
    let Written { sides: [height, width], outputs } = of.written;
    let [rows, columns] = &phase.axes;
    for image in piece.images.clone() {
        for row in piece.rows.start..piece.rows.end.min(rows.places) {
            let line = (image - piece.images.start) * found.image
                + (row - piece.rows.start) * found.row
                + phase.group[0];
            let written = (image * height + rows.first + row * rows.apart) * width;
            for column in 0..columns.places {
                from.push(line + column * found.column);
                let pixel = written + columns.first + column * columns.apart;
                to.push(pixel * outputs + phase.group[1]);
            }
        }
    }
}

impl Phase {
    /// Fills in how far from its place each run of numbers starts, and gives their length.
    pub(super) fn runs(&self, channels: usize, pitch: usize, runs: &mut Vec<usize>) -> usize {
        runs_of([&self.axes[0], &self.axes[1]], (channels, self.inner), pitch, runs)
    }
}

/// Fills in how far from its place each run of numbers starts that the taps of both axes read, and
/// gives their length; `inner` of the `channels` of a pixel are read at each tap.
pub(super) fn runs_of(
    [rows, columns]: [&Axis; 2],
    (channels, inner): (usize, usize),
    pitch: usize,
    runs: &mut Vec<usize>,
) -> usize {
    runs.clear();
    let together = inner == channels && columns.runs_on();
    let starts = if together { columns.taps.len().min(1) } else { columns.taps.len() };
    for row in &rows.taps {
        let column = |column: &super::geometry::Tap| row.offset * pitch + column.offset * channels;
        runs.extend(columns.taps[..starts].iter().map(column));
    }
    if together { columns.taps.len() * inner } else { inner }
}

/// The panels of a phase over the places of a piece.
struct Laid<'a> {
    values: &'a [f32],
    /// Where each is read and written.
    places: [&'a [usize]; 2],
    runs: (&'a [usize], usize),
    /// The panels, and the size of one.
    panels: (&'a [f32], usize),
    /// Those of the phase among all that are written.
    outputs: Range<usize>,
    finish: Finish<'a>,
    out: Shared,
}

impl Laid<'_> {
    /// Lays panel `panel`, and the next where `N` is 2, over every place.
    ///
    /// # Safety
    ///
    /// Every run from every place has to be within `values`, and every output of every place within
    /// `out`, where no other thread writes the same outputs of the same place.
    #[expect(
        clippy::needless_range_loop,
        reason = "counted to a constant, the sums stay in registers"
    )]
    #[inline(always)]
    unsafe fn over<S: Simd, const M: usize, const N: usize>(&self, simd: S, panel: usize) {
        let lanes = S::F32_LANES;
        let (runs, steps) = self.runs;
        let (panels, size) = self.panels;
        let [from, to] = self.places;
        let first = panel * lanes;
        let width = (self.outputs.len() - first).min(N * lanes);
        let vectors: [*const f32; N] =
            std::array::from_fn(|n| panels[(panel + n) * size..][..size].as_ptr());
        let outputs = self.outputs.start + first..self.outputs.start + first + width;
        let line = |values: Option<&[f32]>, otherwise: f32| -> [S::f32s; N] {
            std::array::from_fn(
                #[inline(always)]
                |n| match values {
                    Some(values) => part(simd, &values[outputs.clone()], n),
                    None => simd.splat_f32s(otherwise),
                },
            )
        };
        let shift = line(self.finish.shift, 0.0);
        let scale = line(self.finish.scale, 1.0);
        for (from, to) in from.chunks(M).zip(to.chunks(M)) {
            // The last places may be fewer: the first of them stands for what is missing.
            let rows: [*const f32; M] = std::array::from_fn(|m| {
                let place = if m < from.len() { from[m] } else { from[0] };
                // SAFETY: a place is within the values.
                unsafe { self.values.as_ptr().add(place) }
            });
            // SAFETY: the caller promises that runs and panels are within what is given.
            let sums = unsafe { tile::of_pixels::<S, M, N>(simd, (rows, runs), steps, vectors) };
            // Counted to a constant, or the sums would be kept in memory instead of registers.
            for m in 0..M {
                let Some(to) = to.get(m) else { break };
                let start = to + first;
                // SAFETY: the caller promises that `width` numbers from there are within `out`.
                let written = unsafe { self.out.0.add(start) };
                for n in 0..N {
                    let mut sum = multiply_add(simd, sums[m][n], scale[n], shift[n]);
                    if let Some(residual) = self.finish.residual {
                        sum = simd.add_f32s(sum, part(simd, &residual[start..start + width], n));
                    }
                    if self.finish.activation == Activation::Relu {
                        let zero = simd.splat_f32s(0.0);
                        let below = simd.less_than_f32s(sum, zero);
                        sum = simd.select_f32s(below, zero, sum);
                    }
                    // SAFETY: as above, and no other thread writes them.
                    unsafe { put(simd, (written, width), n, sum) };
                }
                match self.finish.activation {
                    Activation::None | Activation::Relu => {}
                    other => {
                        // SAFETY: as above; all of them have just been written.
                        let written = unsafe { std::slice::from_raw_parts_mut(written, width) };
                        written.iter_mut().for_each(
                            #[inline(always)]
                            |value| *value = other.of(*value),
                        );
                    }
                }
            }
        }
    }
}

/// Vector `n` of `values`, zero beyond their end.
#[inline(always)]
fn part<S: Simd>(simd: S, values: &[f32], n: usize) -> S::f32s {
    let start = (n * S::F32_LANES).min(values.len());
    simd.partial_load_f32s(&values[start..])
}

/// Writes as much of vector `n` of the `width` numbers at `to` as there is.
///
/// # Safety
///
/// Those numbers have to be writable, and nobody else may have a reference to them.
#[inline(always)]
unsafe fn put<S: Simd>(simd: S, (to, width): (*mut f32, usize), n: usize, vector: S::f32s) {
    let start = n * S::F32_LANES;
    let count = width.saturating_sub(start).min(S::F32_LANES);
    if count == S::F32_LANES {
        // SAFETY: the caller promises that they are writable; a vector is just so many numbers.
        unsafe { to.add(start).cast::<S::f32s>().write_unaligned(vector) };
    } else {
        let mut numbers = [0.0; MOST_LANES];
        simd.partial_store_f32s(&mut numbers[..S::F32_LANES], vector);
        for (lane, number) in numbers[..count].iter().enumerate() {
            // SAFETY: as above.
            unsafe { to.add(start + lane).write(*number) };
        }
    }
}
