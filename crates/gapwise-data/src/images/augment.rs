//! What is done at random to a training image, so that a network meets another one each epoch.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// What is done at random to a training image each time it is shown. Default: nothing, since only
/// who knows the images knows which changes keep their labels (a mirrored 2 is no 2).
///
/// **Source**: the notes on data augmentation: mirroring, flipping horizontally, random crops.
/// **Differs from the source**: "mirroring" and "flip horizontally" are one thing there, `mirror`
/// here; `flip` turns an image upside down. The random crop is that of He et al. (2016), "Deep
/// residual learning", 4.2, but with the edge repeated in place of black, so that the border has no
/// contrast of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Augmentation {
    /// Left and right are swapped, with probability ½. Default: off.
    pub mirror: bool,
    /// Top and bottom are swapped, with probability ½. Default: off.
    pub flip: bool,
    /// Pixels by which the image is enlarged on every side, its edge repeated, before a window of
    /// its own size is cut out, each of the (2 · crop + 1)² windows as likely. Default: 0, which
    /// is off.
    pub crop: usize,
}

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

impl Augmentation {
    /// Whether every image is left as it is.
    pub fn is_nothing(&self) -> bool {
        *self == Augmentation::default()
    }

    /// Changes one image in place: pixels `[channel, height, width]`, of the size `shape`, in any
    /// unit. Allocates nothing.
    ///
    /// All numbers are drawn whatever is switched on, so that switching one kind on leaves the
    /// others as they were.
    ///
    /// # Panics
    ///
    /// When `image` has not the length of `shape`.
    pub fn apply(&self, draw: Draw, shape: [usize; 3], image: &mut [f32]) {
        let [channels, height, width] = shape;
        assert_eq!(image.len(), channels * height * width, "one image of the stated shape");
        if self.is_nothing() || image.is_empty() {
            return;
        }
        let [mirrored, flipped, down, right] = draw.numbers();
        let down = shift(down, self.crop, height);
        let right = shift(right, self.crop, width);
        for plane in image.chunks_exact_mut(height * width) {
            move_rows(plane, width, down);
            for row in plane.chunks_exact_mut(width) {
                move_pixels(row, right);
                if self.mirror && is_heads(mirrored) {
                    row.reverse();
                }
            }
            if self.flip && is_heads(flipped) {
                swap_rows(plane, width);
            }
        }
    }
}

impl Draw {
    /// One number each for mirroring, flipping, and the rows and columns of the window.
    fn numbers(self) -> [u64; 4] {
        // Keeps these numbers apart from all others that a run draws with the same seed.
        const PURPOSE: u64 = u64::from_le_bytes(*b"augment ");
        let mut key = [0; 32];
        let words = [self.seed, self.epoch, self.example, PURPOSE];
        for (bytes, word) in key.chunks_exact_mut(8).zip(words) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        let mut random = ChaCha8Rng::from_seed(key);
        std::array::from_fn(|_| random.next_u64())
    }
}

fn is_heads(number: u64) -> bool {
    number >> 63 == 1
}

/// By how many pixels the window stands away from the middle, −crop to crop: the multiple of
/// `number` that falls into 2 · crop + 1 equal parts of 64 bits. As far as `side` − 1, since a
/// window farther away shows the same edge alone.
fn shift(number: u64, crop: usize, side: usize) -> isize {
    // No image has as long a side, and the product stays within 128 bits.
    let crop = crop.min(isize::MAX as usize);
    let windows = 2 * crop as u128 + 1;
    let place = ((u128::from(number) * windows) >> 64) as i128;
    let farthest = side as i128 - 1;
    (place - crop as i128).clamp(-farthest, farthest) as isize
}

/// Row y becomes row y + `down`, the first or last row standing for those beyond.
fn move_rows(plane: &mut [f32], width: usize, down: isize) {
    let by = down.unsigned_abs() * width;
    let kept = plane.len() - by;
    if down >= 0 {
        plane.copy_within(by.., 0);
        for at in kept..plane.len() {
            // Each row repeats the one above, which is the last of the image.
            plane[at] = plane[at - width];
        }
    } else {
        plane.copy_within(..kept, by);
        let (above, below) = plane.split_at_mut(by);
        for row in above.chunks_exact_mut(width) {
            row.copy_from_slice(&below[..width]);
        }
    }
}

/// Pixel x becomes pixel x + `right`, the first or last pixel standing for those beyond.
fn move_pixels(row: &mut [f32], right: isize) {
    move_rows(row, 1, right);
}

fn swap_rows(plane: &mut [f32], width: usize) {
    let height = plane.len() / width;
    let (upper, lower) = plane.split_at_mut(height / 2 * width);
    for (above, below) in upper.chunks_exact_mut(width).zip(lower.rchunks_exact_mut(width)) {
        above.swap_with_slice(below);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    const NOTHING: Augmentation = Augmentation { mirror: false, flip: false, crop: 0 };

    fn draw(example: u64) -> Draw {
        Draw { seed: 7, epoch: 3, example }
    }

    fn applied(augmentation: Augmentation, draw: Draw, shape: [usize; 3]) -> Vec<f32> {
        let mut image: Vec<f32> = (1..=shape.iter().product()).map(|pixel| pixel as f32).collect();
        augmentation.apply(draw, shape, &mut image);
        image
    }

    /// How often each result of `augmentation` comes among 4,000 examples.
    fn counted(augmentation: Augmentation, shape: [usize; 3]) -> HashMap<Vec<i32>, usize> {
        let mut counts = HashMap::new();
        for example in 0..4_000 {
            let image = applied(augmentation, draw(example), shape);
            *counts.entry(image.iter().map(|&pixel| pixel as i32).collect()).or_default() += 1;
        }
        counts
    }

    #[test]
    fn nothing_is_the_default_and_changes_nothing() {
        assert!(NOTHING.is_nothing() && Augmentation::default() == NOTHING);
        assert!(!Augmentation { crop: 1, ..NOTHING }.is_nothing());
        assert_eq!(applied(NOTHING, draw(0), [1, 1, 3]), [1.0, 2.0, 3.0]);
    }

    #[test]
    fn mirroring_swaps_left_and_right_of_every_row_and_channel_half_of_the_time() {
        // 1 2 3   3 2 1      7  8  9    9  8  7
        // 4 5 6 → 6 5 4 and 10 11 12 → 12 11 10.
        let as_is: Vec<i32> = (1..=12).collect();
        let mirrored = vec![3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10];
        let counts = counted(Augmentation { mirror: true, ..NOTHING }, [2, 2, 3]);
        assert_eq!(counts.len(), 2);
        // 2,000 are expected, with a deviation of √(4,000 · ½ · ½) = 31.6: six of them are 190.
        assert!(counts[&mirrored].abs_diff(2_000) < 190, "{counts:?}");
        assert!(counts[&as_is].abs_diff(2_000) < 190, "{counts:?}");
    }

    #[test]
    fn flipping_swaps_top_and_bottom_half_of_the_time_and_leaves_a_middle_row() {
        // 1 2   5 6
        // 3 4 → 3 4
        // 5 6   1 2
        let counts = counted(Augmentation { flip: true, ..NOTHING }, [1, 3, 2]);
        assert_eq!(counts.len(), 2);
        assert!(counts[&vec![5, 6, 3, 4, 1, 2]].abs_diff(2_000) < 190, "{counts:?}");
    }

    #[test]
    fn each_window_of_the_enlarged_image_is_cut_out_as_often() {
        //           1 1 2 3 3
        // 1 2 3     1 1 2 3 3
        // 4 5 6  →  4 4 5 6 6 by 1, of which a window of 2×3 starts at row 0, 1, 2, column 0, 1, 2.
        //           4 4 5 6 6
        let enlarged = [[1, 1, 2, 3, 3], [1, 1, 2, 3, 3], [4, 4, 5, 6, 6], [4, 4, 5, 6, 6]];
        let counts = counted(Augmentation { crop: 1, ..NOTHING }, [1, 2, 3]);
        assert_eq!(counts.len(), 9);
        for row in 0..3 {
            for column in 0..3 {
                let window = [&enlarged[row][column..][..3], &enlarged[row + 1][column..][..3]];
                // 4,000 / 9 = 444 are expected, with a deviation of √(4,000 · 1/9 · 8/9) = 19.9.
                assert!(counts[&window.concat()].abs_diff(444) < 120, "{row} {column}");
            }
        }
    }

    #[test]
    fn a_window_may_lie_wholly_beyond_the_edge() {
        // 1 2 by 5 has 11 windows in a row: 1 1 from 5 of them, 1 2 from one, 2 2 from 5.
        let counts = counted(Augmentation { crop: 5, ..NOTHING }, [1, 1, 2]);
        assert_eq!(counts.len(), 3);
        // 4,000 · 5/11 = 1,818, with a deviation of 31.5.
        assert!(counts[&vec![1, 1]].abs_diff(1_818) < 190, "{counts:?}");
        assert!(counts[&vec![2, 2]].abs_diff(1_818) < 190, "{counts:?}");
        // Twice the crop is beyond what a number holds, and still every window is some edge.
        let farthest = counted(Augmentation { crop: usize::MAX, ..NOTHING }, [1, 1, 2]);
        assert!(farthest.keys().all(|image| image[0] == image[1]), "{farthest:?}");
    }

    #[test]
    fn the_same_draw_gives_the_same_bits_and_any_other_draws_anew() {
        let all = Augmentation { mirror: true, flip: true, crop: 4 };
        let shape = [3, 8, 8];
        let base = draw(11);
        assert_eq!(applied(all, base, shape), applied(all, base, shape));
        let differs = |other: fn(u64) -> Draw| {
            (0..20).any(|at| applied(all, other(at), shape) != applied(all, other(0), shape))
        };
        assert!(differs(|at| Draw { seed: at, ..draw(11) }));
        assert!(differs(|at| Draw { epoch: at, ..draw(11) }));
        assert!(differs(draw));
    }

    #[test]
    fn switching_one_kind_on_leaves_the_draws_of_the_others() {
        let all = Augmentation { mirror: true, flip: true, crop: 2 };
        let shape = [1, 4, 5];
        for example in 0..50 {
            // Cropped, then mirrored, then flipped, each alone: together the same.
            let mut alone = applied(NOTHING, draw(example), shape);
            for augmentation in [
                Augmentation { crop: 2, ..NOTHING },
                Augmentation { mirror: true, ..NOTHING },
                Augmentation { flip: true, ..NOTHING },
            ] {
                augmentation.apply(draw(example), shape, &mut alone);
            }
            assert_eq!(applied(all, draw(example), shape), alone);
        }
    }

    #[test]
    fn a_setting_left_out_is_off_and_an_unknown_one_is_refused() {
        let read = |text| serde_json::from_str::<Augmentation>(text);
        assert_eq!(read(r#"{"mirror":true}"#).unwrap(), Augmentation { mirror: true, ..NOTHING });
        assert!(read(r#"{"rotate":true}"#).is_err());
    }
}
