//! Sums in a fixed order that vector instructions can take.

use rayon::prelude::*;

/// Numbers that are added side by side.
const LANES: usize = 16;

/// The sum of `values`.
#[inline(always)]
pub(crate) fn sum(values: &[f32]) -> f32 {
    sum_of([values, values], |value, _| value)
}

/// The sum of what `term` makes of each pair of values.
///
/// # Panics
///
/// Where the slices differ in length.
#[inline(always)]
pub(crate) fn sum_of([left, right]: [&[f32]; 2], term: impl Fn(f32, f32) -> f32) -> f32 {
    assert_eq!(left.len(), right.len(), "one value for each");
    let (wholes, rest) = left.as_chunks::<LANES>();
    let (right_wholes, right_rest) = right.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for (left, right) in wholes.iter().zip(right_wholes) {
        for (lane, (left, right)) in lanes.iter_mut().zip(left.iter().zip(right)) {
            *lane += term(*left, *right);
        }
    }
    let rest: f32 = rest.iter().zip(right_rest).map(|(left, right)| term(*left, *right)).sum();
    lanes.iter().sum::<f32>() + rest
}

/// Rows whose sum is made in one piece, whatever the number of threads.
const ROWS: usize = 1 << 10;

/// For each of `columns` the sum of its numbers in `values`, `[rows, columns]`.
pub(crate) fn column_sums(values: &[f32], columns: usize) -> Vec<f32> {
    if columns == 0 {
        return Vec::new();
    }
    let piece = |values: &[f32]| {
        let mut sums = vec![0.0; columns];
        for row in values.chunks_exact(columns) {
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += *value);
        }
        sums
    };
    let pieces = values.par_chunks(ROWS * columns);
    let pieces: Vec<Vec<f32>> = match pieces.len() {
        0 | 1 => vec![piece(values)],
        _ => pieces.map(piece).collect(),
    };
    let mut pieces = pieces.into_iter();
    let mut sums = pieces.next().unwrap_or_default();
    for piece in pieces {
        sums.iter_mut().zip(piece).for_each(|(sum, value)| *sum += value);
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_added_once() {
        for count in [0_u8, 1, 15, 16, 17, 100] {
            let values: Vec<f32> = (1..=count).map(f32::from).collect();
            // 1 + … + n = n · (n + 1) / 2.
            let expected = f32::from(count) * (f32::from(count) + 1.0) / 2.0;
            assert_eq!(sum(&values), expected);
            assert_eq!(sum_of([&values, &values], |left, right| left + right), 2.0 * expected);
        }
    }
}
