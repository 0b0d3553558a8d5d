//! Mirroring, flipping and cropping: pixels move and keep their values.

use super::{Augmentation, draws::Numbers};
use super::{draws::is_heads, places::At};

/// Where the pixels of one image go.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Moves {
    mirror: bool,
    flip: bool,
    /// Rows and columns by which the window stands away from the middle.
    down: isize,
    right: isize,
}

impl Moves {
    pub(super) fn drawn(
        augmentation: &Augmentation,
        numbers: Numbers,
        (height, width): (usize, usize),
    ) -> Self {
        Moves {
            mirror: augmentation.mirror && is_heads(numbers.mirror),
            flip: augmentation.flip && is_heads(numbers.flip),
            down: shift(numbers.down, augmentation.crop, height),
            right: shift(numbers.right, augmentation.crop, width),
        }
    }

    /// A window so many rows and columns away from the middle.
    #[cfg(test)]
    pub(super) fn by(down: isize, right: isize) -> Self {
        Moves { down, right, ..Moves::default() }
    }

    /// Where what is now at `place` was.
    pub(super) fn source_of(self, [x, y]: At, (height, width): (usize, usize)) -> At {
        let x = if self.mirror { width as f64 - 1.0 - x } else { x };
        let y = if self.flip { height as f64 - 1.0 - y } else { y };
        [x + self.right as f64, y + self.down as f64]
    }

    /// Where what was at `place` is now.
    pub(super) fn place_of(self, [x, y]: At, (height, width): (usize, usize)) -> At {
        let (x, y) = (x - self.right as f64, y - self.down as f64);
        [
            if self.mirror { width as f64 - 1.0 - x } else { x },
            if self.flip { height as f64 - 1.0 - y } else { y },
        ]
    }

    /// Moves the pixels of one plane, `[height, width]`.
    pub(super) fn apply(self, plane: &mut [f32], width: usize) {
        move_rows(plane, width, self.down);
        for row in plane.chunks_exact_mut(width) {
            move_pixels(row, self.right);
            if self.mirror {
                row.reverse();
            }
        }
        if self.flip {
            swap_rows(plane, width);
        }
    }
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
    if by == 0 {
        return;
    }
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
