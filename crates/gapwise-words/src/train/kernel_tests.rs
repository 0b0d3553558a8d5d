use super::*;
use crate::{instructions::with_best, train::shared::Matrix};
use pulp::WithSimd;

struct Logistic<'a>(&'a mut [f32]);

impl WithSimd for Logistic<'_> {
    type Output = ();
    fn with_simd<S: Simd>(self, simd: S) {
        for values in self.0.chunks_mut(S::F32_LANES) {
            let answer = logistic(simd, simd.partial_load_f32s(values));
            simd.partial_store_f32s(values, answer);
        }
    }
}

#[test]
fn the_logistic_function_is_right_to_a_millionth() {
    let xs: Vec<f32> = (-3_000..3_000).map(|at| at as f32 / 40.0).collect();
    let mut found = xs.clone();
    with_best(Logistic(&mut found));
    for (x, found) in xs.into_iter().zip(found) {
        let right = 1.0 / (1.0 + (-f64::from(x)).exp());
        assert!((f64::from(found) - right).abs() <= 1e-6 * right + 1e-36, "{x}: {found} {right}");
    }
}

struct Product<'a> {
    rows: [Rows<'a>; 2],
    counts: [usize; 2],
    into: &'a mut [f32],
}

impl WithSimd for Product<'_> {
    type Output = ();
    fn with_simd<S: Simd>(self, simd: S) {
        dots(simd, self.rows, self.counts, self.into);
    }
}

/// Small whole numbers, so that every sum is exact.
fn whole(rows: usize, stride: usize, step: usize) -> Vec<f32> {
    (0..rows * stride).map(|at| ((at * step) % 7) as f32 - 3.0).collect()
}

#[test]
fn products_of_every_size_are_those_of_plain_loops() {
    let stride = 48;
    for a in 1..=6 {
        for b in 1..=5 {
            let (left, right) = (whole(a, stride, 3), whole(b, stride, 5));
            let mut found = vec![0.0; a * b];
            let rows = [&left, &right].map(|numbers| Rows { numbers, stride });
            with_best(Product { rows, counts: [a, b], into: &mut found });
            for (at, found) in found.iter().enumerate() {
                let row = |of: &[f32], row: usize| of[row * stride..(row + 1) * stride].to_vec();
                let (one, other) = (row(&left, at / b), row(&right, at % b));
                let right: f32 = one.iter().zip(&other).map(|(x, y)| x * y).sum();
                assert_eq!(*found, right, "{a} {b} {at}");
            }
        }
    }
}

struct Sums<'a> {
    weights: Weights<'a>,
    rows: (Rows<'a>, usize),
    to: &'a [Row<'a>],
}

impl WithSimd for Sums<'_> {
    type Output = ();
    fn with_simd<S: Simd>(self, simd: S) {
        add_sums(simd, self.weights, self.rows, self.to);
    }
}

#[test]
fn a_row_that_is_there_twice_has_both_sums_added() {
    let mut matrix = Matrix::zeros(3, 40);
    (0..3).for_each(|row| matrix.row_mut(row).fill(row as f32));
    let stride = matrix.stride();
    let rows = whole(2, stride, 3);
    // Five sums of two rows: of row 0 with weights 1 … 5, of row 1 with ten times these.
    let weights = [1.0, 10.0, 2.0, 20.0, 3.0, 30.0, 4.0, 40.0, 5.0, 50.0];
    let weights = Weights { weights: &weights, by_sum: 2, by_row: 1 };
    let shared = matrix.share();
    let to = [1, 0, 1, 2, 1].map(|row| shared.row(row));
    with_best(Sums { weights, rows: (Rows { numbers: &rows, stride }, 2), to: &to });
    for at in 0..40 {
        let sum = |times: f32| times * (rows[at] + 10.0 * rows[stride + at]);
        let found = [0, 1, 2].map(|row| matrix.row(row)[at]);
        // Row 1 has the first, third and last: 1 + 3 + 5.
        assert_eq!(found, [sum(2.0), 1.0 + sum(9.0), 2.0 + sum(4.0)], "{at}");
    }
}
