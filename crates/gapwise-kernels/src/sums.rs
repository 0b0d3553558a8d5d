//! Sums in a fixed order, whatever the number of threads.

use rayon::prelude::*;

/// Numbers that are added side by side.
const LANES: usize = 16;

/// The sum of `values`.
#[inline(always)]
pub(crate) fn sum(values: &[f32]) -> f32 {
    let (wholes, rest) = values.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for whole in wholes {
        lanes.iter_mut().zip(whole).for_each(|(lane, value)| *lane += *value);
    }
    lanes.iter().sum::<f32>() + rest.iter().sum::<f32>()
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
        // Rows of [r, −r] for r from 1 to n sum to ±n · (n + 1) / 2, here over several pieces.
        let rows: Vec<f32> = (1..=2_100_u16).flat_map(|r| [f32::from(r), -f32::from(r)]).collect();
        assert_eq!(column_sums(&rows, 2), [2_206_050.0, -2_206_050.0]);
        assert_eq!(column_sums(&[], 3), [0.0; 3]);
        let values: Vec<f32> = (1..=100_u8).map(f32::from).collect();
        assert_eq!((sum(&values), sum(&values[..17]), sum(&[])), (5_050.0, 153.0, 0.0));
    }
}
