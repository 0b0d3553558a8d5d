//! The convolution of a batch and its gradients, on plain numbers, channels last.

use std::sync::Arc;

use super::{
    correlate::{Correlation, Finish, Phase, Written},
    geometry::{Axis, Geometry, Padded},
    images::Images,
    panels::Seen,
    room::Reading,
    weight_gradient::WeightGradient,
};
use crate::instructions::lanes;

impl Geometry {
    fn reading(&self, padded: [Padded; 2], places: [usize; 2]) -> Reading {
        Reading { padded, step: self.stride, places, sides: self.sides, channels: self.channels }
    }

    /// How the filters of a group see the weights.
    fn filters_see(&self, axes: [&Axis; 2]) -> Seen {
        let [inner, area] = [self.channels / self.groups, self.kernel[0] * self.kernel[1]];
        Seen {
            outputs: self.filters / self.groups,
            inner,
            output_stride: inner * area,
            inner_stride: area,
            taps: Seen::taps(axes, self.kernel[1]),
        }
    }

    /// How the channels of a group see the weights.
    fn channels_see(&self, axes: [&Axis; 2]) -> Seen {
        let filters = self.filters_see(axes);
        Seen {
            outputs: filters.inner,
            inner: filters.outputs,
            output_stride: filters.inner_stride,
            inner_stride: filters.output_stride,
            taps: filters.taps,
        }
    }

    /// Weights of one group.
    fn weights(&self) -> usize {
        self.filters / self.groups * self.channels / self.groups * self.kernel[0] * self.kernel[1]
    }

    /// The weights as the answers need them.
    pub(super) fn of_answers(&self, weight: &[f32]) -> Vec<Phase> {
        let axes = self.answer_axes();
        let seen = self.filters_see([&axes[0], &axes[1]]);
        self.with_panels((0..self.groups).map(|group| {
            let weight = &weight[group * self.weights()..][..self.weights()];
            Arc::new(seen.packed(weight, lanes()))
        }))
    }

    /// The same with panels that are there already, one for each group.
    pub(super) fn with_panels(&self, panels: impl Iterator<Item = Arc<Vec<f32>>>) -> Vec<Phase> {
        let [inner, outputs] = [self.channels, self.filters].map(|all| all / self.groups);
        let axes = self.answer_axes();
        let of = |(group, panels)| {
            let group = [group * inner, group * outputs];
            Phase { axes: axes.clone(), group, outputs, inner, panels }
        };
        panels.enumerate().map(of).collect()
    }

    fn answer_axes(&self) -> [Axis; 2] {
        [0, 1].map(|at| self.answers(at).0.swap_remove(0))
    }

    /// The weights as the gradient of the images needs them.
    fn of_images(&self, weight: &[f32]) -> Vec<Phase> {
        let [(rows, _), (columns, _)] = [0, 1].map(|at| self.images(at));
        let mut phases = Vec::new();
        for axes in rows.iter().flat_map(|row| columns.iter().map(move |column| [row, column])) {
            let seen = self.channels_see(axes);
            for group in 0..self.groups {
                let weight = &weight[group * self.weights()..][..self.weights()];
                phases.push(Phase {
                    axes: axes.map(Axis::clone),
                    group: [group * seen.inner, group * seen.outputs],
                    outputs: seen.outputs,
                    inner: seen.inner,
                    panels: Arc::new(seen.packed(weight, lanes())),
                });
            }
        }
        phases
    }
}

/// The answers `[batch, height, width, filters]`.
pub(super) fn forward(
    g: &Geometry,
    images: Images<'_>,
    phases: &[Phase],
    finish: Finish<'_>,
) -> Vec<f32> {
    let padded = [0, 1].map(|at| g.answers(at).1);
    let written = Written { sides: g.out, outputs: g.filters };
    let reading = g.reading(padded, g.out);
    Correlation { images, batch: g.batch, reading, phases, written, finish }.run()
}

/// The gradient of the images, `[batch, height, width, channels]`, from that of the answers.
pub(super) fn of_images(g: &Geometry, weight: &[f32], gradient: Images<'_>) -> Vec<f32> {
    let phases = g.of_images(weight);
    let padded = [0, 1].map(|at| g.images(at).1);
    let most = |at: usize| phases.iter().map(|phase| phase.axes[at].places).max().unwrap_or(0);
    let reading = Reading {
        padded,
        step: [1, 1],
        places: [most(0), most(1)],
        sides: g.out,
        channels: g.filters,
    };
    let written = Written { sides: g.sides, outputs: g.channels };
    let finish = Finish::default();
    Correlation { images: gradient, batch: g.batch, reading, phases: &phases, written, finish }
        .run()
}

/// The gradient of the weights, `[filters, channels of a group, kernel height, kernel width]`, from
/// that of the answers, `[batch, height, width, filters]`.
pub(super) fn of_weight(g: &Geometry, images: Images<'_>, gradient: &[f32]) -> Vec<f32> {
    let mut weight = vec![0.0; g.weights() * g.groups];
    let [(rows, vertical), (columns, horizontal)] = [0, 1].map(|at| g.answers(at));
    let axes = [&rows[0], &columns[0]];
    let seen = g.filters_see(axes);
    for group in 0..g.groups {
        let of = WeightGradient {
            images,
            batch: g.batch,
            reading: g.reading([vertical, horizontal], g.out),
            axes,
            inner: seen.inner,
            first_channel: group * seen.inner,
            gradient,
            outputs: (g.filters, group * seen.outputs..(group + 1) * seen.outputs),
        };
        let panels = of.panels(lanes());
        let weight = &mut weight[group * g.weights()..][..g.weights()];
        seen.add_to(weight, &panels, lanes());
    }
    weight
}
