//! Inverted dropout, with draws that repeat.

use std::{cell::RefCell, marker::PhantomData};

use burn::{module::Module, tensor::Tensor};
use gapwise_kernels::dropout::{self, CHANCES, DropoutMask};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Sets each value to zero with one probability in training, and divides the others by the
/// probability of being kept, so that the mean stays; in evaluation it does nothing.
///
/// It acts on a device with automatic differentiation while [`Draws`] are in force on the thread.
///
/// **Source**: the notes, "Dropout" (inverted dropout); Srivastava et al. 2014, "Dropout: a simple
/// way to prevent neural networks from overfitting".
///
/// **Differs from the source**: the probability is rounded to a 65,536th, and what is kept is
/// divided by the rounded one, so that the mean is exact.
#[derive(Module, Debug)]
pub struct Dropout {
    probability: f64,
}

impl Dropout {
    /// Drops with `probability`, in [0, 1).
    pub fn new(probability: f64) -> Self {
        Dropout { probability }
    }

    /// `x` of any shape, with some values dropped in training.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let kept = kept_of_65_536(self.probability);
        let device = x.device();
        if kept == CHANCES || !device.is_autodiff() {
            return x;
        }
        match Draws::key() {
            Some(key) => dropout::forward(x, DropoutMask { key, chances: kept }),
            None => x,
        }
    }
}

/// How many of the draws of 16 bits keep a value, at least one.
fn kept_of_65_536(probability: f64) -> u32 {
    (((1.0 - probability) * f64::from(CHANCES)).round() as u32).clamp(1, CHANCES)
}

/// The draws of one training step, in force on this thread until they are let go. Every dropout
/// layer takes the next stream of them as it is reached, so seed and step alone decide what is
/// dropped: two trainings in one process do not disturb each other, and one that is resumed goes on
/// with the same bits.
#[derive(Debug)]
#[must_use = "draws are in force until they are let go"]
pub struct Draws {
    before: Option<Stream>,
    // In force on one thread, and so to be let go on that.
    this_thread: PhantomData<*const ()>,
}

/// Where the draws of a step have come to.
#[derive(Debug, Clone, Copy)]
struct Stream {
    seed: u64,
    step: u64,
    /// Layers reached in this step.
    layer: u64,
}

thread_local! {
    static IN_FORCE: RefCell<Option<Stream>> = const { RefCell::new(None) };
}

impl Draws {
    /// Puts the draws of `step` in force on this thread.
    pub fn of_step(seed: u64, step: u64) -> Self {
        let before = IN_FORCE.replace(Some(Stream { seed, step, layer: 0 }));
        Draws { before, this_thread: PhantomData }
    }

    /// The key that the next layer's draws follow from. `None` where no draws are in force.
    fn key() -> Option<u64> {
        let stream = IN_FORCE.with_borrow_mut(|in_force| {
            in_force.as_mut().map(|stream| {
                stream.layer += 1;
                *stream
            })
        })?;
        Some(stream.generator().next_u64())
    }
}

impl Drop for Draws {
    fn drop(&mut self) {
        IN_FORCE.set(self.before);
    }
}

impl Stream {
    /// A generator of its own for every seed, step and layer, and for dropout: the order of
    /// examples and the initial weights are drawn from other keys.
    fn generator(self) -> ChaCha8Rng {
        let mut key = *b"................gapwise: dropout";
        key[..8].copy_from_slice(&self.seed.to_le_bytes());
        key[8..16].copy_from_slice(&self.step.to_le_bytes());
        let mut generator = ChaCha8Rng::from_seed(key);
        generator.set_stream(self.layer);
        generator
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    fn dropped(probability: f64, values: usize) -> Vec<f32> {
        let x = Tensor::<1>::ones([values], &Device::flex().autodiff());
        Dropout::new(probability).forward(x).into_data().try_to_vec().unwrap()
    }

    #[test]
    fn what_is_kept_is_scaled_so_that_the_mean_stays() {
        let _draws = Draws::of_step(1, 1);
        for probability in [0.2, 0.5, 0.9] {
            let values = dropped(probability, 100_000);
            let kept = values.iter().filter(|&&value| value != 0.0).count() as f64 / 1e5;
            // 100,000 draws: the share kept has a standard error of at most 0.0016.
            assert!((kept - (1.0 - probability)).abs() < 0.007, "{kept} kept of {probability}");
            let factor = 1.0 / (1.0 - probability);
            let whole =
                |value: &f32| *value == 0.0 || (f64::from(*value) / factor - 1.0).abs() < 1e-4;
            assert!(values.iter().all(whole));
        }
    }

    #[test]
    fn a_quarter_is_16_384_of_65_536() {
        assert_eq!(kept_of_65_536(0.75), 16_384);
        assert_eq!(kept_of_65_536(0.0), 65_536);
        // Never all: what is kept would be divided by zero.
        assert_eq!(kept_of_65_536(0.999_999_9), 1);
    }

    #[test]
    fn seed_step_and_place_decide_alone() {
        let step = |seed, step| {
            let _draws = Draws::of_step(seed, step);
            (dropped(0.5, 64), dropped(0.5, 64))
        };
        let (first, second) = step(1, 7);
        assert_ne!(first, second);
        // In between another training, of which nothing may be seen.
        assert_ne!(step(2, 7).0, first);
        assert_ne!(step(1, 8).0, first);
        assert_ne!(step(7, 1).0, first);
        assert_eq!(step(1, 7), (first.clone(), second));
        let elsewhere = std::thread::spawn(move || step(1, 7).0).join().unwrap();
        assert_eq!(elsewhere, first);
    }

    #[test]
    fn draws_within_draws_leave_those_outside_as_they_were() {
        let _outer = Draws::of_step(1, 1);
        let first = dropped(0.5, 64);
        {
            let _inner = Draws::of_step(2, 2);
            dropped(0.5, 64);
        }
        let second = dropped(0.5, 64);
        let _again = Draws::of_step(1, 1);
        assert_eq!((dropped(0.5, 64), dropped(0.5, 64)), (first, second));
    }

    #[test]
    fn nothing_is_dropped_in_evaluation_nor_without_draws() {
        assert!(dropped(0.5, 64).iter().all(|&value| value == 1.0));
        let _draws = Draws::of_step(1, 1);
        let answered = Dropout::new(0.5).forward(Tensor::<1>::ones([64], &Device::flex()));
        let values: Vec<f32> = answered.into_data().try_to_vec().unwrap();
        assert!(values.iter().all(|&value| value == 1.0));
    }

    #[test]
    fn gradients_pass_where_values_did() {
        let _draws = Draws::of_step(3, 1);
        let x = Tensor::<1>::ones([64], &Device::flex().autodiff()).require_grad();
        let y = Dropout::new(0.5).forward(x.clone());
        let passed = x.grad(&y.clone().sum().backward()).unwrap();
        assert_eq!(
            passed.into_data().try_to_vec::<f32>().unwrap(),
            y.into_data().try_to_vec::<f32>().unwrap()
        );
    }
}
