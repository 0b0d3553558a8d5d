//! The random numbers of one showing of one image.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What the random numbers of one showing of one image follow from, and nothing else: neither the
/// order in which images are asked for nor the number of threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Draw {
    /// Seed of the run.
    pub seed: u64,
    /// Epoch, from whatever number the caller counts.
    pub epoch: u64,
    /// Place of the example in its data set.
    pub example: u64,
}

/// One number for each change that takes just one. All are drawn whatever is switched on, so that
/// switching one on leaves the others as they were; for the same reason a new one goes last.
#[derive(Debug, Clone, Copy)]
pub(super) struct Numbers {
    pub(super) mirror: u64,
    pub(super) flip: u64,
    pub(super) down: u64,
    pub(super) right: u64,
    pub(super) rotate: u64,
    pub(super) shear: u64,
}

/// A change that takes as many numbers as the image asks for, in a stream of its own.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stream {
    Warp = 1,
    Colour = 2,
}

impl Draw {
    pub(super) fn numbers(self) -> Numbers {
        let mut random = self.random();
        let [mirror, flip, down, right, rotate, shear] = std::array::from_fn(|_| random.next_u64());
        Numbers { mirror, flip, down, right, rotate, shear }
    }

    /// The numbers of `stream`, one after the other.
    pub(super) fn stream(self, stream: Stream) -> impl FnMut() -> u64 {
        let mut random = self.random();
        random.set_stream(stream as u64);
        move || random.next_u64()
    }

    fn random(self) -> ChaCha8Rng {
        // Keeps these numbers apart from all others that a run draws with the same seed.
        const PURPOSE: u64 = u64::from_le_bytes(*b"augment ");
        let mut key = [0; 32];
        let words = [self.seed, self.epoch, self.example, PURPOSE];
        for (bytes, word) in key.chunks_exact_mut(8).zip(words) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        ChaCha8Rng::from_seed(key)
    }
}

/// One of two sides, each as likely.
pub(super) fn is_heads(number: u64) -> bool {
    number >> 63 == 1
}

/// A number in [−1, 1), each as likely.
pub(super) fn even(number: u64) -> f64 {
    // The upper 53 bits are a whole number that a double holds, from 0 to 2^53 − 1.
    (number >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_even_number_is_drawn_over_the_whole_range_and_stays_within() {
        // 0 → −1; half of 64 bits → 0; all bits → (2^53 − 1) / 2^52 − 1 = 1 − 2^−52.
        assert_eq!(even(0), -1.0);
        assert_eq!(even(1 << 63), 0.0);
        assert_eq!(even(u64::MAX), 1.0 - f64::EPSILON);
    }

    #[test]
    fn streams_are_apart_from_each_other_and_from_the_single_numbers() {
        let draw = Draw { seed: 1, epoch: 2, example: 3 };
        let first =
            [draw.numbers().mirror, draw.stream(Stream::Warp)(), draw.stream(Stream::Colour)()];
        assert!(first[0] != first[1] && first[1] != first[2] && first[0] != first[2]);
    }
}
