//! Rotation, shear and local warp: each is a map of places, and an image is interpolated once
//! through all of them.

use super::{
    Augmentation,
    draws::{Draw, Numbers, even},
    field::{Columns, Field},
    places::At,
};

/// Where the pixels of one image are taken from.
///
/// An image is warped, then sheared, then rotated, about its middle. With the place p = (x, y) in
/// pixels from the middle, x to the right and y downwards, and with θ the angle of the rotation
/// (clockwise) and φ that of the shear (the upper rows to the right), a pixel goes to
///
/// > R(θ) · S(φ) · p, R(θ) = (cos θ, −sin θ; sin θ, cos θ), S(φ) = (1, −tan φ; 0, 1),
///
/// so that the new image has at p what the old one has at S(−φ) · R(−θ) · p, moved by the local
/// shift there. Between pixels the four around are interpolated bilinearly; beyond the edge the
/// nearest pixel of the edge stands.
#[derive(Debug, Clone)]
pub(super) struct Warp {
    /// S(−φ) · R(−θ), by rows.
    inverse: [[f64; 2]; 2],
    field: Option<Field>,
}

/// What resampling works with; it grows to the largest image and is used again.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// The image as it was.
    source: Vec<f32>,
    /// One row of places.
    places: Vec<Place>,
    columns: Columns,
}

/// The four pixels that a place lies between, as indices into a plane.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    /// Above, to the left.
    at: usize,
    /// From there to the pixel on the right: 1, or 0 at the edge.
    right: usize,
    /// From there to the row below: the width, or 0 at the edge.
    below: usize,
    /// Weights of the pixels on the right, and of those below, in [0, 1).
    across: f32,
    down: f32,
}

impl Warp {
    /// `None` where none of the three is switched on.
    pub(super) fn drawn(augmentation: &Augmentation, draw: Draw, numbers: Numbers) -> Option<Self> {
        let Augmentation { rotate, shear, warp, .. } = *augmentation;
        if rotate == 0.0 && shear == 0.0 && warp == 0.0 {
            return None;
        }
        let field = (warp != 0.0).then(|| Field::drawn(warp, draw));
        Some(Warp::by(rotate * even(numbers.rotate), shear * even(numbers.shear), field))
    }

    /// By angles in degrees.
    pub(super) fn by(rotate: f64, shear: f64, field: Option<Field>) -> Self {
        let (sin, cos) = rotate.to_radians().sin_cos();
        let tan = shear.to_radians().tan();
        Warp { inverse: [[cos - tan * sin, sin + tan * cos], [-sin, cos]], field }
    }

    /// Where what is now at `place` was.
    pub(super) fn source_of(&self, place: At, size: (usize, usize)) -> At {
        let middle = middle(size);
        let from = [place[0] - middle[0], place[1] - middle[1]];
        let shift = self.field.as_ref().map_or([0.0; 2], |field| field.at(place, size));
        std::array::from_fn(|axis| {
            let [along_x, along_y] = self.inverse[axis];
            along_x * from[0] + along_y * from[1] + middle[axis] + shift[axis]
        })
    }

    /// Where what was at `place` is now: the place p = M · (q − shift(p)) for the place q before, with
    /// M the rotation and shear, found by putting p in again. A shift that changes by less than a pixel
    /// from one to the next brings every step closer.
    pub(super) fn place_of(&self, place: At, size: (usize, usize)) -> Option<At> {
        const STEPS: usize = 100;
        const CLOSE: f64 = 1e-4;
        let middle = middle(size);
        let [[a, b], [c, d]] = self.inverse;
        let determinant = a * d - b * c;
        let forward = [[d / determinant, -b / determinant], [-c / determinant, a / determinant]];
        let mut found = place;
        for _ in 0..STEPS {
            let shift = self.field.as_ref().map_or([0.0; 2], |field| field.at(found, size));
            let from: At = std::array::from_fn(|axis| place[axis] - shift[axis] - middle[axis]);
            let next: At = std::array::from_fn(|axis| {
                forward[axis][0] * from[0] + forward[axis][1] * from[1] + middle[axis]
            });
            let off = (next[0] - found[0]).abs().max((next[1] - found[1]).abs());
            found = next;
            if self.field.is_none() || off < CLOSE {
                return Some(found);
            }
        }
        None
    }

    /// Changes one image, `[channel, height, width]`, in place.
    pub(super) fn apply(&self, shape: [usize; 3], image: &mut [f32], room: &mut Room) {
        let [_, height, width] = shape;
        let Room { source, places, columns } = room;
        source.clear();
        source.extend_from_slice(image);
        places.resize(width, Place::default());
        if self.field.is_some() {
            columns.fit(width);
        }
        for y in 0..height {
            self.look_up(y, (height, width), columns, places);
            for (plane, out) in
                source.chunks_exact(height * width).zip(image.chunks_exact_mut(height * width))
            {
                for (place, out) in places.iter().zip(&mut out[y * width..][..width]) {
                    *out = place.between(plane);
                }
            }
        }
    }

    /// Where the pixels of row `y` are taken from.
    fn look_up(
        &self,
        y: usize,
        (height, width): (usize, usize),
        columns: &Columns,
        places: &mut [Place],
    ) {
        let middle = middle((height, width));
        let last = [(width - 1) as f32, (height - 1) as f32];
        // The place of the row's first pixel, and how far each further one lies from it.
        let from_middle = [-middle[0], y as f64 - middle[1]];
        let [first, step]: [[f32; 2]; 2] = {
            let first = |axis: usize| {
                let [along_x, along_y] = self.inverse[axis];
                along_x * from_middle[0] + along_y * from_middle[1] + middle[axis]
            };
            [[first(0) as f32, first(1) as f32], self.inverse.map(|row| row[0] as f32)]
        };
        let shifts = self.field.as_ref().map(|field| field.row(y, height));
        for (x, place) in places.iter_mut().enumerate() {
            let [mut across, mut down] =
                [first[0] + x as f32 * step[0], first[1] + x as f32 * step[1]];
            if let Some(shifts) = &shifts {
                let [right, below] = columns.shift(x, shifts);
                across += right;
                down += below;
            }
            // The edge stands for what lies beyond it.
            let (across, down) = (across.clamp(0.0, last[0]), down.clamp(0.0, last[1]));
            let (left, above) = (across as usize, down as usize);
            *place = Place {
                at: above * width + left,
                right: usize::from(left + 1 < width),
                below: if above + 1 < height { width } else { 0 },
                across: across - left as f32,
                down: down - above as f32,
            };
        }
    }
}

/// The middle of an image.
fn middle((height, width): (usize, usize)) -> At {
    [(width as f64 - 1.0) / 2.0, (height as f64 - 1.0) / 2.0]
}

impl Place {
    /// What `plane` has here. Where its four pixels are equal it is they, to the bit.
    fn between(self, plane: &[f32]) -> f32 {
        let Place { at, right, below, across, down } = self;
        let above = mixed(plane[at], plane[at + right], across);
        let under = mixed(plane[at + below], plane[at + below + right], across);
        mixed(above, under, down)
    }
}

fn mixed(one: f32, other: f32, share: f32) -> f32 {
    one + share * (other - one)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warped(warp: &Warp, shape: [usize; 3], image: &[f32]) -> Vec<f32> {
        let mut image = image.to_vec();
        warp.apply(shape, &mut image, &mut Room::default());
        image
    }

    #[track_caller]
    fn assert_close(found: &[f32], expected: &[f32]) {
        assert_eq!(found.len(), expected.len());
        for (one, other) in found.iter().zip(expected) {
            assert!((one - other).abs() < 1e-4, "{found:?}\n{expected:?}");
        }
    }

    #[test]
    fn a_quarter_turn_is_clockwise_and_about_the_middle() {
        // 1 2 3   7 4 1
        // 4 5 6 → 8 5 2
        // 7 8 9   9 6 3
        let image = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];
        let clockwise = [7.0, 4.0, 1.0, 8.0, 5.0, 2.0, 9.0, 6.0, 3.0];
        assert_close(&warped(&Warp::by(90.0, 0.0, None), [1, 3, 3], &image), &clockwise);
        let back = warped(&Warp::by(-90.0, 0.0, None), [1, 3, 3], &clockwise);
        assert_close(&back, &image);
        // 1 2   3 1
        // 3 4 → 4 2: the middle of an even side lies between two pixels.
        let turned = warped(&Warp::by(90.0, 0.0, None), [1, 2, 2], &[1.0, 2.0, 3.0, 4.0]);
        assert_close(&turned, &[3.0, 1.0, 4.0, 2.0]);
    }

    #[test]
    fn half_a_turn_is_both_flips_of_every_channel() {
        // Read backwards, each channel for itself.
        let image: Vec<f32> = (1..=12).map(|pixel| pixel as f32).collect();
        let turned = warped(&Warp::by(180.0, 0.0, None), [2, 2, 3], &image);
        let expected = [6.0, 5.0, 4.0, 3.0, 2.0, 1.0, 12.0, 11.0, 10.0, 9.0, 8.0, 7.0];
        assert_close(&turned, &expected);
    }

    #[test]
    fn a_shear_by_45_degrees_leans_a_column_to_the_right() {
        // tan 45° = 1: the row above the middle moves by 1 to the right, the one below to the left.
        // 0 9 0   0 0 9
        // 0 9 0 → 0 9 0
        // 0 9 0   9 0 0
        let column = [0.0, 9.0, 0.0, 0.0, 9.0, 0.0, 0.0, 9.0, 0.0];
        let leaning = [0.0, 0.0, 9.0, 0.0, 9.0, 0.0, 9.0, 0.0, 0.0];
        assert_close(&warped(&Warp::by(0.0, 45.0, None), [1, 3, 3], &column), &leaning);
        // By a quarter of a pixel, tan φ = ¼: 0 · ¾ + 9 · ¼ = 2.25 and 9 · ¾ + 0 · ¼ = 6.75. The edge
        // stands for what comes in.
        let slightly = [0.0, 6.75, 2.25, 0.0, 9.0, 0.0, 2.25, 6.75, 0.0];
        let warp = Warp::by(0.0, 0.25_f64.atan().to_degrees(), None);
        assert_close(&warped(&warp, [1, 3, 3], &column), &slightly);
    }

    #[test]
    fn rotation_and_shear_together_are_as_another_implementation_has_them() {
        let table = include_str!("../../../tests/reference/affine.csv");
        let [height, width] = [5, 6];
        let picture: Vec<f32> = (0..height * width)
            .map(|at| (at / width, at % width))
            .map(|(y, x)| ((37 * y + 11 * x * y + 23 * x) % 64) as f32)
            .collect();
        let mut cases = 0;
        for line in table.lines().skip(1) {
            let mut fields = line.split(',');
            let [rotate, shear] = [0, 1].map(|_| fields.next().unwrap().parse().unwrap());
            let expected: Vec<f32> =
                fields.next().unwrap().split(' ').map(|pixel| pixel.parse().unwrap()).collect();
            let found = warped(&Warp::by(rotate, shear, None), [1, height, width], &picture);
            for (one, other) in found.iter().zip(&expected) {
                assert!((one - other).abs() < 1e-3, "{rotate} {shear}\n{found:?}\n{expected:?}");
            }
            cases += 1;
        }
        assert_eq!(cases, 6);
    }

    #[test]
    fn a_field_moves_where_a_pixel_is_taken_from() {
        // The same shift everywhere, a pixel to the right and half a pixel down:
        // 1 2 3   (2 + 5) / 2 (3 + 6) / 2 (3 + 6) / 2   3.5 4.5 4.5
        // 4 5 6 →      5           6           6      =  5   6   6, the edge repeated.
        let field = Field::constant([1.0, 0.5]);
        let moved =
            warped(&Warp::by(0.0, 0.0, Some(field)), [1, 2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_close(&moved, &[3.5, 4.5, 4.5, 5.0, 6.0, 6.0]);
    }
}
