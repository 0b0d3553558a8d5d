//! What a linear model reads of raw inputs: the numbers and codes that the network reads, as plain
//! numbers.

use std::borrow::Cow;

use gapwise_data::DataError;

/// Reads inputs for a linear model, which has a weight for each number and each code.
pub trait LinearReader {
    /// Numbers of one example.
    fn width(&self) -> usize;

    /// The number of codes of each embedded column.
    fn categories(&self) -> Vec<usize> {
        Vec::new()
    }

    /// Height and width that images have, and to which they are made smaller, where they are.
    fn shrunk(&self) -> Option<[[usize; 2]; 2]> {
        None
    }

    /// Examples that are read at once without running out of memory.
    fn at_once(&self) -> usize;

    /// These examples, and perhaps others.
    ///
    /// # Errors
    ///
    /// [`DataError`] where an example that is read only now cannot be.
    fn read(&self, examples: &[usize]) -> Result<LinearRows<'_>, DataError>;
}

/// Examples as rows of numbers and codes.
#[derive(Debug, Clone)]
pub struct LinearRows<'a> {
    /// `[row, width]`.
    pub dense: Cow<'a, [f32]>,
    /// `[row, column]`: of each embedded column the code.
    pub codes: Cow<'a, [u32]>,
    /// The example of each row.
    pub examples: Vec<usize>,
    /// The row of each example that was asked for.
    pub rows: Vec<usize>,
}
