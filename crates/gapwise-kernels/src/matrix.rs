//! The product of two matrices.
#![allow(unsafe_code)]

/// A matrix in row-major order that is read, or its transpose.
#[derive(Clone, Copy)]
pub(crate) enum Factor<'a> {
    /// As it is stored.
    Plain(&'a [f32]),
    /// Stored as its transpose.
    Transposed(&'a [f32]),
}

impl Factor<'_> {
    /// Values, and the distances between neighbours in a column and in a row, for a matrix of
    /// `rows` × `columns`.
    fn strides(&self, [rows, columns]: [usize; 2]) -> (&[f32], isize, isize) {
        match self {
            Factor::Plain(values) => (values, columns as isize, 1),
            Factor::Transposed(values) => (values, 1, rows as isize),
        }
    }
}

/// Multiply-adds from which on a product is shared among threads: below, a fork costs more.
const SHARED: usize = 1 << 22;

/// `left` · `right` plus `bias`, a row, on every row; a large product is shared among threads,
/// whatever their number to the same bits: no sum is split.
///
/// # Panics
///
/// Where a slice is not of its matrix's size.
pub(crate) fn product(
    sizes: [usize; 3],
    left: Factor<'_>,
    right: Factor<'_>,
    bias: Option<&[f32]>,
) -> Vec<f32> {
    let [rows, inner, columns] = sizes;
    let threads = if rows.saturating_mul(inner).saturating_mul(columns) < SHARED {
        gemm::Parallelism::None
    } else {
        gemm::Parallelism::Rayon(0)
    };
    let size = rows * columns;
    let mut into = Vec::with_capacity(size);
    if let Some(bias) = bias {
        assert_eq!(bias.len(), columns, "the bias is a row");
        (0..rows).for_each(|_| into.extend_from_slice(bias));
    }
    // SAFETY: `into` has room for the product; with a bias all of it is initialised, and without
    // one `write` reads none of it. Behind the call all of it is written.
    unsafe {
        write(sizes, [left, right], (into.as_mut_ptr(), bias.is_some()), threads);
        into.set_len(size);
    }
    into
}

/// The product at `into`, or that added to what is there.
///
/// # Safety
///
/// `into` is valid for writes of rows · columns values, nothing else refers to them, and they are
/// initialised where they are added to. All of them are written.
unsafe fn write(
    [rows, inner, columns]: [usize; 3],
    [left, right]: [Factor<'_>; 2],
    (into, added): (*mut f32, bool),
    threads: gemm::Parallelism,
) {
    let (left, left_down, left_along) = left.strides([rows, inner]);
    let (right, right_down, right_along) = right.strides([inner, columns]);
    assert_eq!(left.len(), rows * inner, "the left matrix is [rows, inner]");
    assert_eq!(right.len(), inner * columns, "the right matrix is [inner, columns]");
    if rows == 0 || columns == 0 {
        return;
    }
    if inner == 0 {
        if !added {
            // SAFETY: the caller's word on `into`.
            unsafe { into.write_bytes(0, rows * columns) };
        }
        return;
    }
    // SAFETY: `gemm` reads rows · inner values of `left` and inner · columns of `right`, by the
    // strides given; the slices are just that long, as checked above, and no size is zero. It writes
    // rows · columns values at `into`, and reads them where they are added to: the caller's word.
    unsafe {
        gemm::gemm(
            rows,
            columns,
            inner,
            into,
            1,
            columns as isize,
            added,
            left.as_ptr(),
            left_along,
            left_down,
            right.as_ptr(),
            right_along,
            right_down,
            1.0,
            1.0,
            false,
            false,
            false,
            threads,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_by_hand_plain_transposed_and_onto_a_row() {
        // [1 2; 3 4] · [5; 6] = [1·5 + 2·6; 3·5 + 4·6] = [17; 39].
        let right = Factor::Plain(&[5.0, 6.0]);
        let left = Factor::Plain(&[1.0, 2.0, 3.0, 4.0]);
        assert_eq!(product([2, 2, 1], left, right, None), [17.0, 39.0]);
        // The same matrix, stored by columns, onto 1 in each row.
        let left = Factor::Transposed(&[1.0, 3.0, 2.0, 4.0]);
        assert_eq!(product([2, 2, 1], left, right, Some(&[1.0])), [18.0, 40.0]);
    }

    #[test]
    fn an_empty_sum_is_zero_and_no_rows_are_none() {
        let nothing = Factor::Plain(&[]);
        assert_eq!(product([2, 0, 1], nothing, nothing, Some(&[7.0])), [7.0; 2]);
        assert_eq!(product([2, 0, 1], nothing, nothing, None), [0.0; 2]);
        assert!(product([0, 1, 2], nothing, Factor::Plain(&[1.0; 2]), None).is_empty());
    }

    #[test]
    fn a_large_product_is_the_same_bits_with_any_number_of_threads() {
        let numbers = |count: usize| -> Vec<f32> {
            (0..count).map(|at| ((at * 7919) % 1009) as f32 / 1009.0 - 0.5).collect()
        };
        for [rows, inner, columns] in [[70, 900, 300], [3, 5000, 700], [900, 33, 301]] {
            let (left, right) = (numbers(rows * inner), numbers(inner * columns));
            for left in [Factor::Plain(&left), Factor::Transposed(&left)] {
                let with = |threads| {
                    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
                    let right = Factor::Plain(&right);
                    let product = || product([rows, inner, columns], left, right, None);
                    pool.build().unwrap().install(product)
                };
                assert!(with(1) == with(3), "{rows} × {inner} × {columns}");
            }
        }
    }
}
