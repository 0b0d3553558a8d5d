//! Rows of numbers that several threads read and write without locks.
//!
//! One of three places with unsafe code, beside the maps of [`crate::vectors`] and of an index. Threads of
//! a training write to the same rows at the same time, as Niu et al., "Hogwild!" (2011), show to be
//! harmless where most rows of a step are others than those of another thread's: what one of them adds may
//! be lost. Nobody ever has a reference to a shared number, only copies; what is read goes into arithmetic
//! alone, never into a branch, an index or a length. With one thread nothing is shared, and bits repeat.
//!
//! With several, this is a data race, which Rust's memory model has no meaning for: that it does what is
//! said here rests on processors, which read and write a register's worth of numbers as some mixture of
//! what was there, and on compilers taking the loads and stores as they are. Atomic loads of each number
//! would be within the model and one number at a time, a sixteenth of the speed.
#![allow(unsafe_code)]

use std::marker::PhantomData;

use pulp::Simd;

/// Numbers of a cache line, to a multiple of which rows are padded: as many as the widest register has.
pub(crate) const LINE: usize = 16;

/// A matrix in single precision, its rows padded with zeros to whole cache lines and aligned to them.
#[derive(Debug)]
pub struct Matrix {
    /// With room to begin at a line.
    numbers: Vec<f32>,
    first: usize,
    rows: usize,
    columns: usize,
}

impl Matrix {
    /// Zeros.
    pub fn zeros(rows: usize, columns: usize) -> Self {
        let stride = columns.next_multiple_of(LINE);
        let numbers = vec![0.0_f32; rows * stride + LINE];
        let first = numbers.as_ptr().align_offset(LINE * size_of::<f32>()).min(LINE);
        Matrix { numbers, first, rows, columns }
    }

    /// Rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Numbers of a row, the padding not counted.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Numbers from the beginning of a row to that of the next.
    pub(crate) fn stride(&self) -> usize {
        self.columns.next_multiple_of(LINE)
    }

    /// A row, below [`Matrix::rows`].
    pub fn row(&self, row: usize) -> &[f32] {
        &self.padded(row)[..self.columns]
    }

    /// Whether all its numbers are finite.
    pub(crate) fn is_finite(&self) -> bool {
        (0..self.rows).all(|row| self.row(row).iter().all(|number| number.is_finite()))
    }

    /// A row with its padding.
    pub(crate) fn padded(&self, row: usize) -> &[f32] {
        let start = self.first + row * self.stride();
        &self.numbers[start..start + self.stride()]
    }

    /// A row, to write to.
    pub fn row_mut(&mut self, row: usize) -> &mut [f32] {
        let start = self.first + row * self.stride();
        &mut self.numbers[start..start + self.columns]
    }

    /// A row with its padding, to write to.
    pub(crate) fn padded_mut(&mut self, row: usize) -> &mut [f32] {
        let (start, stride) = (self.first + row * self.stride(), self.stride());
        &mut self.numbers[start..start + stride]
    }

    /// Lends the rows to several threads.
    pub(crate) fn share(&mut self) -> Shared<'_> {
        let (rows, stride, first) = (self.rows, self.stride(), self.first);
        Shared {
            numbers: self.numbers[first..first + rows * stride].as_mut_ptr(),
            rows,
            stride,
            lent: PhantomData,
        }
    }
}

/// The rows of a [`Matrix`] while several threads have them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shared<'a> {
    numbers: *mut f32,
    rows: usize,
    stride: usize,
    lent: PhantomData<&'a mut [f32]>,
}

// SAFETY: the pointer is into a matrix that is borrowed for as long as this lives, so that nothing else
// reads, writes or frees it; what threads do to each other's rows is said at the top.
unsafe impl Send for Shared<'_> {}
// SAFETY: as above, and what is said at the top of races.
unsafe impl Sync for Shared<'_> {}

impl<'a> Shared<'a> {
    /// The row of this number.
    #[inline(always)]
    pub(crate) fn row(self, number: u32) -> Row<'a> {
        let number = number as usize;
        assert!(number < self.rows, "a row of the matrix");
        // SAFETY: it is inside, as was just asserted.
        let numbers = unsafe { self.numbers.add(number * self.stride) };
        Row { numbers, stride: self.stride, lent: PhantomData }
    }

    /// Numbers from the beginning of a row to that of the next.
    pub(crate) fn stride(self) -> usize {
        self.stride
    }

    /// Rows.
    pub(crate) fn rows(self) -> usize {
        self.rows
    }

    /// Asks for the lines of a row to be brought to the cache; on processors other than x86-64 nothing
    /// happens.
    #[inline(always)]
    pub(crate) fn fetch(self, row: u32) {
        #[cfg(target_arch = "x86_64")]
        for at in (0..self.stride).step_by(LINE) {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            let place = self.numbers.wrapping_add(row as usize * self.stride + at);
            // SAFETY: a hint, which every processor of this kind knows, and which neither reads nor
            // fails, whatever the address.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(place.cast()) };
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = row;
    }
}

/// One row of [`Shared`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'a> {
    numbers: *mut f32,
    stride: usize,
    lent: PhantomData<&'a mut [f32]>,
}

impl Row<'_> {
    #[inline(always)]
    fn place<S: Simd>(self, at: usize) -> *mut S::f32s {
        assert!(at + S::F32_LANES <= self.stride, "a place within the row");
        // SAFETY: it is inside, as was just asserted.
        unsafe { self.numbers.add(at).cast() }
    }

    /// As many of its numbers as fit in a register, from number `at` on.
    #[inline(always)]
    pub(crate) fn load<S: Simd>(self, at: usize) -> S::f32s {
        // SAFETY: the place has room; any bits are a number.
        unsafe { self.place::<S>(at).read_unaligned() }
    }

    /// Writes them.
    #[inline(always)]
    pub(crate) fn store<S: Simd>(self, at: usize, values: S::f32s) {
        // SAFETY: the place has room.
        unsafe { self.place::<S>(at).write_unaligned(values) }
    }
}

#[cfg(test)]
mod tests {
    use super::Matrix;

    #[test]
    fn rows_begin_at_cache_lines_and_are_padded_with_zeros() {
        let mut matrix = Matrix::zeros(3, 20);
        matrix.row_mut(1).fill(1.0);
        assert_eq!(matrix.stride(), 32);
        assert_eq!(matrix.padded(1).as_ptr().align_offset(64), 0);
        assert_eq!(matrix.padded(1)[19..21], [1.0, 0.0]);
        assert!(matrix.padded(0).iter().chain(matrix.padded(2)).all(|&number| number == 0.0));
    }
}
