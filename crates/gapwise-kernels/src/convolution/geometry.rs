//! The sizes of a convolution, and which numbers meet in it.

use burn::tensor::{DType, Tensor, ops::ConvOptions};

use crate::layer::Given;

/// Filters of a group that the kernel is worth its registers for.
const FEWEST_FILTERS: usize = 4;

/// The sizes of one convolution. Sides are `[height, width]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Geometry {
    pub(super) batch: usize,
    pub(super) channels: usize,
    pub(super) filters: usize,
    /// Groups of channels, each of which has filters of its own.
    pub(super) groups: usize,
    /// Of the image, before padding.
    pub(super) sides: [usize; 2],
    pub(super) kernel: [usize; 2],
    pub(super) stride: [usize; 2],
    pub(super) dilation: [usize; 2],
    /// Zeros in front of the first row and the first column.
    pub(super) padding: [usize; 2],
    /// Of what comes out.
    pub(super) out: [usize; 2],
}

/// What is needed of one axis, height or width, to lay numbers over a grid of places.
///
/// Place p reads, for each offset, the line p · step + offset − before of what is read, and writes
/// the line first + p · apart of what is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Axis {
    pub(super) places: usize,
    pub(super) step: usize,
    /// In ascending order, with the line of the kernel that each is of.
    pub(super) taps: Vec<Tap>,
    pub(super) first: usize,
    pub(super) apart: usize,
}

/// One line of the kernel, and how far into the padded lines it reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tap {
    pub(super) of_kernel: usize,
    pub(super) offset: usize,
}

/// How the lines of an axis are padded: `before` zeros in front (below 0: as many lines are left
/// out), and as many lines as the furthest place and offset reach, `reach` beyond the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Padded {
    pub(super) before: isize,
    pub(super) reach: usize,
}

impl Geometry {
    /// Of a convolution that the kernel covers: single precision, sizes that suit each other, a
    /// kernel no larger than the padded image, and where there are several groups no fewer than
    /// four filters in each.
    pub(super) fn new(
        (images, weight, bias): Given<'_, 4, 4>,
        options: &ConvOptions<2>,
    ) -> Option<Self> {
        let single = [images.dtype(), weight.dtype()].into_iter().chain(bias.map(Tensor::dtype));
        let single = single.into_iter().all(|dtype| dtype == DType::F32);
        let [batch, channels, height, width] = images.dims();
        let [filters, filtered, down, across] = weight.dims();
        let groups = options.groups;
        let suits = groups > 0
            && filters > 0
            && filtered > 0
            && channels == filtered * groups
            && filters.is_multiple_of(groups)
            && bias.is_none_or(|bias| bias.dims() == [filters]);
        let worth = groups == 1 || filters / groups.max(1) >= FEWEST_FILTERS;
        if !(single && suits && worth) {
            return None;
        }
        let (sides, kernel, stride) = ([height, width], [down, across], options.stride);
        let dilation = options.dilation;
        if [kernel, stride, dilation].iter().any(|of| of.contains(&0)) {
            return None;
        }
        let mut out = [0; 2];
        for side in 0..2 {
            let (before, after) = options.padding[side];
            let reach = (kernel[side] - 1) * dilation[side] + 1;
            let steps = (sides[side] + before + after).checked_sub(reach)? / stride[side];
            out[side] = steps + 1;
        }
        let padding = options.padding.map(|(before, _)| before);
        Some(Geometry {
            batch,
            channels,
            filters,
            groups,
            sides,
            kernel,
            stride,
            dilation,
            padding,
            out,
        })
    }

    /// Axis `at` of the answers: place p reads p · stride + k · dilation − padding for each k.
    pub(super) fn answers(&self, at: usize) -> (Vec<Axis>, Padded) {
        let tap = |of_kernel| Tap { of_kernel, offset: of_kernel * self.dilation[at] };
        let taps: Vec<Tap> = (0..self.kernel[at]).map(tap).collect();
        let reach = (self.kernel[at] - 1) * self.dilation[at] + 1;
        let (places, step) = (self.out[at], self.stride[at]);
        let padded = Padded { before: self.padding[at] as isize, reach };
        (vec![Axis { places, step, taps, first: 0, apart: 1 }], padded)
    }

    /// Axis `at` of the gradient of the images. Pixel i is seen from the place
    /// (i + padding − k · dilation) / stride for each k where that has no remainder, so the pixels
    /// of each remainder of i by the stride are an axis of their own, with step 1.
    pub(super) fn images(&self, at: usize) -> (Vec<Axis>, Padded) {
        let stride = self.stride[at] as isize;
        let nominator = |phase: isize, k: usize| {
            phase + self.padding[at] as isize - (k * self.dilation[at]) as isize
        };
        let reached = |phase: isize| {
            let of = move |k| Some((k, nominator(phase, k))).filter(|(_, at)| at % stride == 0);
            (0..self.kernel[at]).filter_map(of).map(move |(k, at)| (k, at / stride))
        };
        let all = (0..stride).flat_map(reached);
        let (least, most) = all.fold((isize::MAX, isize::MIN), |(least, most), (_, offset)| {
            (least.min(offset), most.max(offset))
        });
        let axis = |phase: isize| {
            let tap = |(of_kernel, offset)| Tap { of_kernel, offset: (offset - least) as usize };
            let mut taps: Vec<Tap> = reached(phase).map(tap).collect();
            taps.sort_by_key(|tap| tap.offset);
            let places = self.sides[at].saturating_sub(phase as usize).div_ceil(self.stride[at]);
            Axis { places, step: 1, taps, first: phase as usize, apart: self.stride[at] }
        };
        let axes = (0..stride).map(axis).filter(|axis| axis.places > 0).collect();
        (axes, Padded { before: -least, reach: (most - least) as usize + 1 })
    }
}

impl Axis {
    /// Whether the offsets follow on each other, so that what they read is one run of numbers.
    pub(super) fn runs_on(&self) -> bool {
        self.taps.windows(2).all(|pair| pair[1].offset == pair[0].offset + 1)
    }
}
