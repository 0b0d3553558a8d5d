//! Dropout: values set to zero at random, by draws that a key decides.

use burn::{
    backend::{
        Flex,
        autodiff::{
            checkpoint::base::Checkpointer,
            grads::Gradients,
            ops::{Backward, Ops},
        },
        flex::FlexTensor,
    },
    tensor::{DType, Tensor, TensorData},
};
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::{
    instructions::with_best,
    primitive::{Tracked, primitive, registered},
};

/// The values of a draw of 16 bits.
pub const CHANCES: u32 = 1 << 16;

/// Which values are kept: each for itself, by a draw that its place and the key decide.
///
/// The draws are a hash of place and key: two rounds of a function of 32 bits in which every bit
/// moves every other with nearly even chances, each after another half of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DropoutMask {
    /// Another key for every layer and step.
    pub key: u64,
    /// How many of the [`CHANCES`] keep a value, from 1 to all.
    pub chances: u32,
}

/// Two draws come from each hash: one for the value at its lane, one for that so many behind.
const LANES: usize = 16;
/// Values whose hashes are taken together.
const RUN: usize = 2 * LANES;
/// Values that one thread takes together; a multiple of a run.
const PART: usize = 1 << 16;

/// `x`, with the values that are not kept times 0, and the others times [`CHANCES`] / `chances`, so
/// that the mean stays.
///
/// The kernel covers single precision on the processor; all else is a product with a mask.
pub fn forward<const D: usize>(x: Tensor<D>, kept: DropoutMask) -> Tensor<D> {
    covered(&x, kept).unwrap_or_else(|| {
        let (dims, dtype) = (x.dims(), x.dtype());
        let mut mask = vec![1.0_f32; dims.iter().product()];
        kept.apply(&mut mask);
        let mask = TensorData::new(mask, dims);
        let mask = Tensor::from_data(mask, (&x.device(), dtype));
        x * mask
    })
}

/// By the kernel, or nothing where it does not cover this.
fn covered<const D: usize>(x: &Tensor<D>, kept: DropoutMask) -> Option<Tensor<D>> {
    if x.dtype() != DType::F32 {
        return None;
    }
    if !x.device().is_autodiff() {
        let answers = kept.applied(&primitive::<Flex, D>(x)?);
        return Some(Tensor::from_primitive::<Flex>(answers));
    }
    let (x, node) = primitive::<Tracked, D>(x)?.into_parts();
    let answers = kept.applied(&x);
    Some(registered(Dropout, [node], (answers, |_: &FlexTensor| kept)))
}

/// The gradient of dropout, which draws again what was drawn.
#[derive(Debug)]
struct Dropout;

impl Backward<Flex, 1> for Dropout {
    type State = DropoutMask;

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let gradient = gradients.consume::<Flex>(&ops.node);
        if let [Some(node)] = ops.parents {
            gradients.register::<Flex>(node.id, ops.state.applied(&gradient));
        }
    }
}

impl DropoutMask {
    fn applied(self, tensor: &FlexTensor) -> FlexTensor {
        let mut tensor = tensor.to_contiguous();
        self.apply(tensor.storage_mut());
        tensor
    }

    fn apply(self, values: &mut [f32]) {
        if values.len() <= PART {
            return with_best(Apply { kept: self, first: 0, values });
        }
        let parts = values.par_chunks_mut(PART).enumerate();
        parts.for_each(|(part, values)| {
            with_best(Apply { kept: self, first: (part * PART / RUN) as u32, values });
        });
    }

    /// The draws of a lane of a run: of the value there, and of that behind it.
    #[inline(always)]
    fn draws(self, run: u32, lane: usize) -> [u32; 2] {
        let place = run.wrapping_mul(LANES as u32).wrapping_add(lane as u32);
        let hash = mixed(mixed(place ^ self.key as u32).wrapping_add((self.key >> 32) as u32));
        [hash & (CHANCES - 1), hash >> 16]
    }
}

/// **Source**: the function of the least bias of its form that Wellons' search found
/// (`hash-prospector`, 16-15-15, multipliers 21F0AAAD and D35A2D97).
#[inline(always)]
fn mixed(mut x: u32) -> u32 {
    x ^= x >> 16;
    x = x.wrapping_mul(0x21f0_aaad);
    x ^= x >> 15;
    x = x.wrapping_mul(0xd35a_2d97);
    x ^ (x >> 15)
}

struct Apply<'a> {
    kept: DropoutMask,
    /// The run that the values begin with.
    first: u32,
    values: &'a mut [f32],
}

impl WithSimd for Apply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Apply { kept, first, values } = self;
        let factor = (f64::from(CHANCES) / f64::from(kept.chances)) as f32;
        let by = |draw: u32| if draw < kept.chances { factor } else { 0.0 };
        let (runs, rest) = values.as_chunks_mut::<RUN>();
        let behind = first.wrapping_add(runs.len() as u32);
        for (run, values) in (first..).zip(runs) {
            let (low, high) = values.split_at_mut(LANES);
            for (lane, (low, high)) in low.iter_mut().zip(high).enumerate() {
                let draws = kept.draws(run, lane);
                *low *= by(draws[0]);
                *high *= by(draws[1]);
            }
        }
        for (at, value) in rest.iter_mut().enumerate() {
            *value *= by(kept.draws(behind, at % LANES)[at / LANES]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(key: u64, chances: u32, size: usize) -> Vec<f32> {
        let mut mask = vec![1.0; size];
        DropoutMask { key, chances }.apply(&mut mask);
        mask
    }

    #[test]
    fn a_value_is_drawn_by_its_place_whatever_stands_behind_it() {
        let long = mask(7, CHANCES / 2, 3 * PART + 5);
        for size in [0, 1, 15, 17, 32, 47, 67, PART, PART + 33] {
            // Values at the end have lanes of their own, so that only whole runs are alike.
            let alike = size / RUN * RUN;
            assert!(mask(7, CHANCES / 2, size)[..alike] == long[..alike], "{size}");
        }
    }

    #[test]
    fn each_share_is_kept_in_each_lane_and_for_each_key() {
        for (chances, key) in [(6_554, 1), (CHANCES / 2, 2), (CHANCES * 4 / 5, u64::MAX)] {
            let share = f64::from(chances) / f64::from(CHANCES);
            let mask = mask(key, chances, RUN * 4_000);
            for lane in 0..RUN {
                let kept = mask.iter().skip(lane).step_by(RUN).filter(|value| **value != 0.0);
                // 4,000 draws: a standard error of at most 0.008.
                let kept = kept.count() as f64 / 4_000.0;
                assert!((kept - share).abs() < 0.04, "{kept} for {share} in lane {lane}");
            }
        }
    }

    #[test]
    fn neighbours_steps_and_halves_are_drawn_apart() {
        let one = mask(1 << 40, CHANCES / 2, 64_000);
        let agree = |other: &[f32]| {
            let same = one.iter().zip(other).filter(|(one, other)| one == other).count();
            same as f64 / other.len() as f64
        };
        // Half of the pairs agree by chance, with a standard error of 0.002.
        for other in [&one[1..], &one[16..], &one[32..], &one[4_096..]] {
            assert!((agree(other) - 0.5).abs() < 0.01, "{}", agree(other));
        }
        for key in [(1 << 40) + 1, 2 << 40, 3, 1 << 8] {
            let other = mask(key, CHANCES / 2, 64_000);
            assert!((agree(&other) - 0.5).abs() < 0.01, "{key}: {}", agree(&other));
        }
    }

    #[test]
    fn what_is_dropped_is_zero_and_a_nan_is_not() {
        let mut values = vec![f32::NAN; 100];
        DropoutMask { key: 1, chances: 1 }.apply(&mut values);
        assert!(values.iter().all(|value| value.is_nan()));
        assert!(mask(1, CHANCES, 100).iter().all(|value| *value == 1.0));
    }
}
