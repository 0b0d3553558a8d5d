//! Weights in the order in which the kernels read them.
//!
//! A panel is one vector of outputs wide and holds, step by step, what each of them takes of the
//! numbers that are read: `[panel][row of taps][column of taps][inner][lane]`.

use rayon::prelude::*;

use super::geometry::Axis;

/// Weights that make splitting the work worth a fork.
const WORTH: usize = 1 << 16;

/// Inner steps that are taken together, so that the lines of memory of all taps stay at hand.
const TOGETHER: usize = 16;

/// How the weights of one group, as they are stored, are seen: `inner` numbers are read at each tap
/// for every one of `outputs`.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) outputs: usize,
    pub(super) inner: usize,
    /// From one output to the next, in numbers of the stored weights.
    pub(super) output_stride: usize,
    /// From one inner number to the next.
    pub(super) inner_stride: usize,
    /// Where each tap is stored, rows before columns.
    pub(super) taps: Vec<usize>,
}

impl Seen {
    /// With the taps of both axes, for a kernel of `width` columns.
    pub(super) fn taps(axes: [&Axis; 2], width: usize) -> Vec<usize> {
        let [rows, columns] = axes.map(|axis| &axis.taps);
        let of = |row: usize| columns.iter().map(move |column| row * width + column.of_kernel);
        rows.iter().flat_map(|row| of(row.of_kernel)).collect()
    }

    /// Steps of a panel.
    pub(super) fn steps(&self) -> usize {
        self.taps.len() * self.inner
    }

    /// Panels of vectors of `lanes` numbers.
    pub(super) fn panels(&self, lanes: usize) -> usize {
        self.outputs.div_ceil(lanes)
    }

    /// Where each step of each output of a panel is in the panel and in the stored weights.
    #[inline]
    fn each(&self, panel: usize, lanes: usize, mut call: impl FnMut(usize, usize)) {
        let first = panel * lanes;
        let outputs = self.outputs.min(first + lanes) - first;
        for start in (0..self.inner).step_by(TOGETHER) {
            for (at, tap) in self.taps.iter().enumerate() {
                for inner in start..self.inner.min(start + TOGETHER) {
                    let vector = (at * self.inner + inner) * lanes;
                    let stored = tap + inner * self.inner_stride + first * self.output_stride;
                    for lane in 0..outputs {
                        call(vector + lane, stored + lane * self.output_stride);
                    }
                }
            }
        }
    }

    /// The panels of `weight`, which starts with the group; lanes without an output are zero.
    pub(super) fn packed(&self, weight: &[f32], lanes: usize) -> Vec<f32> {
        let size = self.steps() * lanes;
        let mut panels = vec![0.0; self.panels(lanes) * size];
        if size > 0 {
            let fill = |(at, panel): (usize, &mut [f32])| {
                self.each(at, lanes, |to, from| panel[to] = weight[from]);
            };
            match panels.len() < WORTH {
                true => panels.chunks_exact_mut(size).enumerate().for_each(fill),
                false => panels.par_chunks_exact_mut(size).enumerate().for_each(fill),
            }
        }
        panels
    }

    /// Adds `panels` to `weight`, which starts with the group.
    pub(super) fn add_to(&self, weight: &mut [f32], panels: &[f32], lanes: usize) {
        let size = self.steps() * lanes;
        if size > 0 {
            for (at, panel) in panels.chunks_exact(size).enumerate() {
                self.each(at, lanes, |from, to| weight[to] += panel[from]);
            }
        }
    }
}
