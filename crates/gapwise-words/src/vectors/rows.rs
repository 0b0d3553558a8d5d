//! Words and numbers where the file has them.

use std::sync::Arc;

use memmap2::Mmap;

/// The texts of words, one behind the other.
#[derive(Debug)]
pub(crate) struct Texts {
    text: String,
    /// Where each ends.
    ends: Vec<usize>,
}

impl Texts {
    /// Words that end at `ends`; `None` where these do not divide the text.
    pub(crate) fn new(text: String, ends: Vec<usize>) -> Option<Self> {
        let bounds = ends.iter().all(|&end| text.is_char_boundary(end));
        (bounds && ends.is_sorted()).then_some(Texts { text, ends })
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn word(&self, number: usize) -> &str {
        let start = if number == 0 { 0 } else { self.ends[number - 1] };
        &self.text[start..self.ends[number]]
    }

    /// All of it, as a reader of bytes sees it.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }
}

/// The numbers of vectors.
#[derive(Debug)]
pub(crate) enum Numbers {
    /// Bytes of each row, the lowest of a number first, from `first` on, `step` bytes apart.
    Even { file: Arc<Mmap>, first: usize, step: usize },
    /// From the end of each word's text and a space on.
    Behind { file: Arc<Mmap>, starts: Vec<usize> },
    /// In memory, one row behind the other.
    Owned { numbers: Vec<f32>, dimensions: usize },
}

impl Numbers {
    #[inline(always)]
    fn bytes(&self, number: usize, dimensions: usize) -> &[[u8; 4]] {
        let (file, start) = match self {
            Numbers::Even { file, first, step } => (file, first + number * step),
            Numbers::Behind { file, starts } => (file, starts[number]),
            Numbers::Owned { .. } => return &[],
        };
        file[start..start + dimensions * 4].as_chunks().0
    }

    /// The numbers of a row.
    pub(crate) fn read(&self, number: usize, into: &mut [f32]) {
        match self {
            Numbers::Owned { numbers, dimensions } => {
                into.copy_from_slice(&numbers[number * dimensions..(number + 1) * dimensions]);
            }
            _ => {
                let dimensions = into.len();
                for (into, bytes) in into.iter_mut().zip(self.bytes(number, dimensions)) {
                    *into = f32::from_le_bytes(*bytes);
                }
            }
        }
    }

    /// A row times `query`, and times itself.
    #[inline(always)]
    pub(crate) fn products(&self, number: usize, query: &[f32]) -> [f32; 2] {
        match self {
            Numbers::Owned { numbers, dimensions } => {
                let row = &numbers[number * dimensions..(number + 1) * dimensions];
                products(row, query, |number| *number)
            }
            _ => {
                products(self.bytes(number, query.len()), query, |bytes| f32::from_le_bytes(*bytes))
            }
        }
    }
}

/// Sixteen sums side by side, so that the compiler can keep them in registers.
#[inline(always)]
fn products<T>(row: &[T], query: &[f32], number: impl Fn(&T) -> f32) -> [f32; 2] {
    let mut sums = [[0.0_f32; 16]; 2];
    let (rows, row_rest) = row.as_chunks::<16>();
    let (queries, query_rest) = query.as_chunks::<16>();
    for (row, query) in rows.iter().zip(queries) {
        for at in 0..16 {
            let value = number(&row[at]);
            sums[0][at] += value * query[at];
            sums[1][at] += value * value;
        }
    }
    let mut ends = sums.map(|sums| sums.iter().sum::<f32>());
    for (value, query) in row_rest.iter().map(number).zip(query_rest) {
        ends[0] += value * query;
        ends[1] += value * value;
    }
    ends
}
