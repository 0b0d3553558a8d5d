//! Labels of an idx file: whole numbers of any type, one for each example.
//!
//! **Source**: the format's description beside MNIST, which has eight types of numbers; the files of
//! QMNIST (Yadav & Bottou 2019), which have eight numbers for each digit, the first of them its class.

use std::path::Path;

use super::file::{IdxFile, Kind, problem};
use crate::{DataError, Note};

/// How the numbers of an idx file are stored, the highest byte first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    Uint8,
    Int8,
    Int16,
    Int32,
    Int64,
    Float32,
    Float64,
}

impl Element {
    /// By the third byte of the file. The format has no whole numbers of 64 bits; programs that write
    /// them go on counting.
    pub(super) fn of(code: u8) -> Option<Self> {
        Some(match code {
            0x08 => Element::Uint8,
            0x09 => Element::Int8,
            0x0B => Element::Int16,
            0x0C => Element::Int32,
            0x0D => Element::Float32,
            0x0E => Element::Float64,
            0x0F => Element::Int64,
            _ => return None,
        })
    }

    /// Bytes of a number.
    pub(super) fn bytes(self) -> usize {
        match self {
            Element::Uint8 | Element::Int8 => 1,
            Element::Int16 => 2,
            Element::Int32 | Element::Float32 => 4,
            Element::Int64 | Element::Float64 => 8,
        }
    }

    /// The whole number that these bytes are; where they are another one, that.
    fn number(self, bytes: &[u8]) -> Result<i64, f64> {
        fn each<const N: usize>(bytes: &[u8]) -> [u8; N] {
            let mut number = [0; N];
            number.copy_from_slice(bytes);
            number
        }
        let whole = |value: f64| {
            // Up to 2^53, each has its own.
            let fits = value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0;
            if fits { Ok(value as i64) } else { Err(value) }
        };
        match self {
            Element::Uint8 => Ok(i64::from(bytes[0])),
            Element::Int8 => Ok(i64::from(i8::from_be_bytes(each(bytes)))),
            Element::Int16 => Ok(i64::from(i16::from_be_bytes(each(bytes)))),
            Element::Int32 => Ok(i64::from(i32::from_be_bytes(each(bytes)))),
            Element::Int64 => Ok(i64::from_be_bytes(each(bytes))),
            Element::Float32 => whole(f64::from(f32::from_be_bytes(each(bytes)))),
            Element::Float64 => whole(f64::from_be_bytes(each(bytes))),
        }
    }
}

/// What a file of labels holds.
pub(super) struct Labels {
    pub(super) of: Vec<i64>,
    pub(super) digest: blake3::Hash,
    pub(super) note: Option<Note>,
}

impl Labels {
    /// No labels at all.
    pub(super) fn none() -> Self {
        Labels { of: Vec::new(), digest: blake3::hash(&[]), note: None }
    }

    /// Reads the file at `path`.
    ///
    /// # Errors
    ///
    /// [`DataError::Problems`] for another file, and for labels that are no whole numbers, or several
    /// for each example of which none is known to be the class.
    pub(super) fn read(path: &Path) -> Result<Self, DataError> {
        let file = IdxFile::open(path, Kind::Labels)?;
        let (element, columns) = (file.element, file.columns);
        let mut numbers: Vec<i64> = Vec::new();
        let mut other = None;
        let digest = file.read(|more| {
            for bytes in more.chunks_exact(element.bytes()) {
                match element.number(bytes) {
                    Ok(number) => numbers.push(number),
                    Err(value) => {
                        other.get_or_insert((numbers.len() / columns, value));
                        numbers.push(0);
                    }
                }
            }
            Ok(())
        })?;
        if let Some((example, value)) = other {
            let expected = "whole numbers as labels".to_owned();
            return Err(problem(path, expected, format!("{value} for example {example}")).into());
        }
        let (of, said) = one_each(path, numbers, columns)?;
        let note = said
            .map(|said| Note { said: format!("`{}`: {said}", path.display()), change_with: None });
        Ok(Labels { of, digest, note })
    }
}

/// Numbers of each digit in QMNIST's files: its class, and who wrote it where.
const QMNIST: usize = 8;

/// One label for each example, and how it was found.
fn one_each(
    path: &Path,
    numbers: Vec<i64>,
    columns: usize,
) -> Result<(Vec<i64>, Option<String>), DataError> {
    if columns == 1 {
        return Ok((numbers, None));
    }
    let rows = || numbers.chunks_exact(columns);
    let is_one_hot = |row: &[i64]| {
        row.iter().filter(|&&number| number == 1).count() == 1
            && row.iter().filter(|&&number| number == 0).count() == columns - 1
    };
    if rows().all(is_one_hot) {
        let place = |row: &[i64]| row.iter().position(|&number| number == 1).unwrap_or_default();
        let said =
            format!("of {columns} numbers for each example, the place of the 1 is its class");
        return Ok((rows().map(|row| place(row) as i64).collect(), Some(said)));
    }
    if columns == QMNIST {
        let said = format!("of {columns} numbers for each example, the first is its class");
        return Ok((rows().map(|row| row[0]).collect(), Some(said)));
    }
    let found = format!("{columns} for each");
    Err(problem(path, "one label for each example".to_owned(), found).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_with_their_highest_byte_first() {
        assert_eq!(Element::Int16.number(&[0xFF, 0xFE]), Ok(-2));
        assert_eq!(Element::Int32.number(&[0, 0, 1, 0]), Ok(256));
        assert_eq!(Element::Int64.number(&[0, 0, 0, 0, 0, 0, 0, 7]), Ok(7));
        assert_eq!(Element::Int8.number(&[0xFF]), Ok(-1));
        assert_eq!(Element::Float32.number(&3.0_f32.to_be_bytes()), Ok(3));
        assert_eq!(Element::Float64.number(&0.5_f64.to_be_bytes()), Err(0.5));
    }

    #[test]
    fn several_numbers_for_each_example_are_a_class_where_that_is_known() {
        let of = |numbers: &[i64], columns| one_each(Path::new("l"), numbers.to_vec(), columns);
        assert_eq!(of(&[5, 3], 1).unwrap(), (vec![5, 3], None));
        assert_eq!(of(&[0, 1, 0, 1, 0, 0], 3).unwrap().0, [1, 0]);
        assert_eq!(of(&[9, 1, 2, 3, 4, 5, 6, 7], 8).unwrap().0, [9]);
        assert_eq!(
            of(&[9, 1, 2, 3], 2).unwrap_err().to_string(),
            "`l`: expected one label for each example, found 2 for each"
        );
    }
}
