//! The product of two matrices, on the thread that calls.
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

/// What the product is added to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Onto {
    /// Nothing: what is there is overwritten.
    Nothing,
    /// What is there.
    WhatIsThere,
}

/// `into` = `left` · `right`, or that added to it, for `[rows, inner]` · `[inner, columns]`, each
/// in row-major order.
///
/// # Panics
///
/// Where a slice is not of its matrix's size.
pub(crate) fn multiply(
    [rows, inner, columns]: [usize; 3],
    left: Factor<'_>,
    right: Factor<'_>,
    (into, onto): (&mut [f32], Onto),
) {
    let (left, left_down, left_along) = left.strides([rows, inner]);
    let (right, right_down, right_along) = right.strides([inner, columns]);
    assert_eq!(left.len(), rows * inner, "the left matrix is [rows, inner]");
    assert_eq!(right.len(), inner * columns, "the right matrix is [inner, columns]");
    assert_eq!(into.len(), rows * columns, "the product is [rows, columns]");
    if rows == 0 || columns == 0 {
        return;
    }
    if inner == 0 {
        if onto == Onto::Nothing {
            into.fill(0.0);
        }
        return;
    }
    // SAFETY: `gemm` reads rows · inner values of `left`, inner · columns of `right`, and reads and
    // writes rows · columns of `into`, by the strides given. The slices are just that long, as
    // checked above, no size is zero, and `into` is borrowed alone.
    unsafe {
        gemm::gemm(
            rows,
            columns,
            inner,
            into.as_mut_ptr(),
            1,
            columns as isize,
            onto == Onto::WhatIsThere,
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
            gemm::Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_by_hand_plain_transposed_and_added() {
        // [1 2; 3 4] · [5; 6] = [1·5 + 2·6; 3·5 + 4·6] = [17; 39].
        let mut product = [1.0; 2];
        let right = Factor::Plain(&[5.0, 6.0]);
        let left = Factor::Plain(&[1.0, 2.0, 3.0, 4.0]);
        multiply([2, 2, 1], left, right, (&mut product, Onto::Nothing));
        assert_eq!(product, [17.0, 39.0]);
        // The same matrix, stored by columns, added to that.
        let left = Factor::Transposed(&[1.0, 3.0, 2.0, 4.0]);
        multiply([2, 2, 1], left, right, (&mut product, Onto::WhatIsThere));
        assert_eq!(product, [34.0, 78.0]);
    }

    #[test]
    fn an_empty_sum_is_zero() {
        let mut product = [7.0; 2];
        let nothing = Factor::Plain(&[]);
        multiply([2, 0, 1], nothing, nothing, (&mut product, Onto::WhatIsThere));
        assert_eq!(product, [7.0; 2]);
        multiply([2, 0, 1], nothing, nothing, (&mut product, Onto::Nothing));
        assert_eq!(product, [0.0; 2]);
    }
}
