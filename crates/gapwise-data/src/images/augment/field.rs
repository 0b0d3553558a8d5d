//! The smooth field of random shifts of a local warp.

use super::{
    draws::{Draw, Stream, even},
    places::At,
};

/// Fields along a side of the image, whatever its size: a warp is as local in a large picture of a
/// thing as in a small one.
const SPANS: usize = 4;
/// A cubic spline over that many spans has three more points than spans.
const POINTS: usize = SPANS + 3;

/// A shift to the right and downwards for every place of an image, in pixels.
///
/// A grid of 7 × 7 points, which reaches one field of a quarter of the image beyond it on every side,
/// has two numbers at each point, drawn evenly from −most to most; between them goes the uniform
/// cubic B-spline, which is smooth (its second derivative is continuous) and a mean of the points
/// around, so that no shift is larger than `most`. Their standard deviation is 0.27 to 0.29 of it:
/// at a point the weights are 1/6, 4/6, 1/6 along each axis, their squares ½ in sum, and so it is
/// most / √3 · √(½ · ½).
///
/// From one pixel to the next in a row or column the shift changes by at most 8 · most / side, so
/// that pixels keep their order where `most` is at most an eighth of the side.
///
/// **Source**: Ronneberger et al. (2015), "U-Net", 3.1: random shifts on a coarse grid, interpolated
/// smoothly; after Simard et al. (2003), "Best practices for convolutional neural networks", 2,
/// who smooth a random shift of every pixel.
/// **Differs from the source**: U-Net has a 3 × 3 grid, shifts from a normal distribution of 10
/// pixels, and bicubic interpolation, none of which has a largest shift.
#[derive(Debug, Clone)]
pub(super) struct Field {
    /// To the right, then downwards: `[axis][row][column]`.
    points: [[[f32; POINTS]; POINTS]; 2],
}

/// The shifts of one row at the columns of the grid: `[axis][column]`.
pub(super) type RowOfShifts = [[f32; POINTS]; 2];

/// For each column of an image, the first of the four points around and their weights.
#[derive(Debug, Default)]
pub(super) struct Columns(Vec<(usize, [f32; 4])>);

impl Field {
    /// A shift of at most `most` pixels.
    pub(super) fn drawn(most: f64, draw: Draw) -> Self {
        let mut next = draw.stream(Stream::Warp);
        let mut row = || std::array::from_fn(|_| (most * even(next())) as f32);
        let mut axis = || std::array::from_fn(|_| row());
        Field { points: [axis(), axis()] }
    }

    /// The shift at a place of an image; beyond the edge, that of the nearest place of it.
    pub(super) fn at(&self, [x, y]: At, (height, width): (usize, usize)) -> At {
        let within = |place: f64, side: usize| place.clamp(0.0, side as f64 - 1.0);
        let (row, of_rows) = between(within(y, height), height);
        let (column, of_columns) = between(within(x, width), width);
        std::array::from_fn(|axis| {
            let rows = self.points[axis][row..].iter().zip(of_rows);
            rows.map(|(points, weight)| {
                let along = points[column..].iter().zip(of_columns);
                f64::from(weight) * along.map(|(point, of)| f64::from(point * of)).sum::<f64>()
            })
            .sum()
        })
    }

    /// The shifts of row `y` of `height`.
    pub(super) fn row(&self, y: usize, height: usize) -> RowOfShifts {
        let (first, weights) = spline(y, height);
        std::array::from_fn(|axis| {
            std::array::from_fn(|column| {
                let points = self.points[axis][first..].iter().map(|row| row[column]);
                points.zip(weights).map(|(point, weight)| point * weight).sum()
            })
        })
    }
}

impl Columns {
    /// Makes them those of an image of `width`.
    pub(super) fn fit(&mut self, width: usize) {
        if self.0.len() != width {
            self.0.clear();
            self.0.extend((0..width).map(|x| spline(x, width)));
        }
    }

    /// The shift of the pixel in column `x` of a row.
    pub(super) fn shift(&self, x: usize, row: &RowOfShifts) -> [f32; 2] {
        let (first, weights) = self.0[x];
        let of = |axis: &[f32; POINTS]| {
            let [a, b, c, d] = [0, 1, 2, 3].map(|at| weights[at] * axis[first + at]);
            a + b + c + d
        };
        [of(&row[0]), of(&row[1])]
    }
}

/// The first of the four points around the middle of pixel `at` of `side`, and their weights: the
/// four pieces of the uniform cubic B-spline, which add up to 1.
fn spline(at: usize, side: usize) -> (usize, [f32; 4]) {
    between(at as f64, side)
}

/// The same around a place between pixels.
fn between(at: f64, side: usize) -> (usize, [f32; 4]) {
    let place = (at + 0.5) * SPANS as f64 / side as f64;
    let first = (place as usize).min(SPANS - 1);
    let t = place - first as f64;
    let weights = [
        (1.0 - t).powi(3),
        3.0 * t.powi(3) - 6.0 * t.powi(2) + 4.0,
        -3.0 * t.powi(3) + 3.0 * t.powi(2) + 3.0 * t + 1.0,
        t.powi(3),
    ];
    (first, weights.map(|weight| (weight / 6.0) as f32))
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Field {
        /// The same shift at every point.
        pub(in super::super) fn constant(shift: [f32; 2]) -> Self {
            Field { points: shift.map(|shift| [[shift; POINTS]; POINTS]) }
        }
    }

    /// The shifts of all places of an image of `side` × `side`, by rows.
    fn shifts(field: &Field, side: usize) -> Vec<[f32; 2]> {
        let mut columns = Columns::default();
        columns.fit(side);
        let rows = (0..side).map(|y| field.row(y, side));
        rows.flat_map(|row| (0..side).map(move |x| (x, row)))
            .map(|(x, row)| columns.shift(x, &row))
            .collect()
    }

    fn drawn(most: f64, example: u64) -> Field {
        Field::drawn(most, Draw { seed: 1, epoch: 1, example })
    }

    #[test]
    fn the_spline_is_a_mean_of_four_points() {
        // 2 pixels a span. The middle of pixel 0 is a quarter into the first span:
        // (¾)³ = 27/64; 3/64 − 24/64 + 4 = 235/64; −3/64 + 12/64 + 48/64 + 1 = 121/64; 1/64,
        // all over 6, which add up to 384/384.
        let (first, weights) = spline(0, 8);
        assert_eq!(first, 0);
        let expected = [27.0, 235.0, 121.0, 1.0].map(|part: f32| part / 384.0);
        assert!(weights.iter().zip(expected).all(|(one, other)| (one - other).abs() < 1e-7));
        // The last pixel lies three quarters into the last span, with the same weights backwards.
        let (last, mut weights) = spline(7, 8);
        weights.reverse();
        assert_eq!(last, SPANS - 1);
        assert!(weights.iter().zip(expected).all(|(one, other)| (one - other).abs() < 1e-7));
    }

    #[test]
    fn points_alike_shift_every_place_alike() {
        for [right, down] in shifts(&Field::constant([1.5, -2.0]), 9) {
            assert!((right - 1.5).abs() < 1e-6 && (down + 2.0).abs() < 1e-6);
        }
    }

    #[test]
    fn no_shift_is_above_the_most_and_neighbours_keep_their_order() {
        let side = 32;
        let most = side as f32 / 8.0;
        for example in 0..200 {
            let shifts = shifts(&drawn(f64::from(most), example), side);
            assert!(shifts.iter().flatten().all(|shift| shift.abs() <= most));
            for row in shifts.chunks_exact(side) {
                // A pixel's place is its column and its shift.
                assert!(row.windows(2).all(|pair| pair[0][0] < 1.0 + pair[1][0]));
            }
            for (above, below) in shifts.iter().zip(&shifts[side..]) {
                assert!(above[1] < 1.0 + below[1]);
            }
        }
    }

    #[test]
    fn shifts_are_about_three_tenths_of_the_most_and_differ_between_the_axes() {
        let all: Vec<[f32; 2]> =
            (0..400).flat_map(|example| shifts(&drawn(1.0, example), 8)).collect();
        for axis in 0..2 {
            let squares: f32 = all.iter().map(|shift| shift[axis] * shift[axis]).sum();
            // Pixel middles lie a quarter of a span from a point: the squares of the weights above
            // add up to (27² + 235² + 121² + 1) / 384² = 0.4788. √(1/3) · 0.4788 = 0.2764.
            let deviation = (squares / all.len() as f32).sqrt();
            assert!((deviation - 0.2764).abs() < 0.01, "{deviation}");
        }
        let both: f32 = all.iter().map(|[right, down]| right * down).sum();
        assert!((both / all.len() as f32).abs() < 0.01);
    }
}
