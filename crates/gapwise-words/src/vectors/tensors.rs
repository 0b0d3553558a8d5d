//! safetensors: arrays with names in one file, numbers as they are in memory.

use std::{
    collections::HashMap,
    io::{self, Write},
    path::Path,
};

use gapwise_study::run::write_whole_with;
use safetensors::{
    SafeTensors,
    tensor::{Dtype, Metadata},
};
use serde_json::{Map, Value, json};

use crate::{
    WordsError,
    error::{At, Place},
    train::Matrix,
};

/// What is written under one name.
pub(crate) struct Tensor<'a> {
    pub(crate) name: &'static str,
    pub(crate) numbers: Numbers<'a>,
}

/// The numbers of an array.
pub(crate) enum Numbers<'a> {
    /// `[rows, columns]` in single precision.
    Rows(&'a Matrix),
    /// `[n]` whole numbers.
    Whole(&'a [u64]),
    /// `[n]` bytes.
    Bytes(&'a [u8]),
}

impl Numbers<'_> {
    fn shape(&self) -> (&'static str, Vec<usize>, usize) {
        match self {
            Numbers::Rows(matrix) => {
                let [rows, columns] = [matrix.rows(), matrix.columns()];
                ("F32", vec![rows, columns], rows * columns * 4)
            }
            Numbers::Whole(numbers) => ("U64", vec![numbers.len()], numbers.len() * 8),
            Numbers::Bytes(bytes) => ("U8", vec![bytes.len()], bytes.len()),
        }
    }

    fn write(&self, to: &mut dyn Write) -> io::Result<()> {
        match self {
            Numbers::Rows(matrix) => {
                let mut bytes = Vec::with_capacity(matrix.columns() * 4);
                for row in 0..matrix.rows() {
                    bytes.clear();
                    bytes.extend(matrix.row(row).iter().flat_map(|number| number.to_le_bytes()));
                    to.write_all(&bytes)?;
                }
                Ok(())
            }
            Numbers::Whole(numbers) => {
                numbers.iter().try_for_each(|number| to.write_all(&number.to_le_bytes()))
            }
            Numbers::Bytes(bytes) => to.write_all(bytes),
        }
    }
}

/// Writes arrays, whole numbers' before bytes so that each begins at a multiple of its size, with texts
/// `about` them.
pub(crate) fn write(
    path: &Path,
    about: &[(&str, String)],
    tensors: &[Tensor<'_>],
) -> Result<(), WordsError> {
    let mut header = Map::new();
    let about: Map<String, Value> =
        about.iter().map(|(key, text)| ((*key).to_owned(), json!(text))).collect();
    header.insert("__metadata__".into(), about.into());
    let mut end = 0;
    for tensor in tensors {
        let (dtype, shape, bytes) = tensor.numbers.shape();
        let offsets = [end, end + bytes];
        end += bytes;
        let entry = json!({ "dtype": dtype, "shape": shape, "data_offsets": offsets });
        header.insert(tensor.name.into(), entry);
    }
    let mut header = Value::from(header).to_string().into_bytes();
    header.resize(header.len().next_multiple_of(8), b' ');
    write_whole_with(path, |to| {
        to.write_all(&(header.len() as u64).to_le_bytes())?;
        to.write_all(&header)?;
        tensors.iter().try_for_each(|tensor| tensor.numbers.write(to))
    })?;
    Ok(())
}

/// Where an array stands among the bytes of a file, and its shape.
pub(crate) type Placed = (std::ops::Range<usize>, Vec<usize>);

/// A file that was read or mapped.
pub(crate) struct File<'a> {
    path: &'a Path,
    bytes: &'a [u8],
    header: Metadata,
    /// Bytes before the first array.
    start: usize,
    about: HashMap<String, String>,
}

impl<'a> File<'a> {
    /// Reads the header of a file's bytes and holds every array in it to its bounds.
    pub(crate) fn of(path: &'a Path, bytes: &'a [u8]) -> Result<Self, WordsError> {
        let (length, header) = SafeTensors::read_metadata(bytes)
            .map_err(|error| malformed(path, "a safetensors file", &error.to_string()))?;
        let about = header.metadata().clone().unwrap_or_default();
        Ok(File { path, bytes, header, start: length + 8, about })
    }

    pub(crate) fn about(&self) -> &HashMap<String, String> {
        &self.about
    }

    /// Where the array stands in the file, and its shape. `None` where there is none.
    pub(crate) fn place(&self, name: &str, dtype: Dtype) -> Result<Option<Placed>, WordsError> {
        let tensors = self.header.tensors();
        let Some(found) = tensors.get(name) else { return Ok(None) };
        if found.dtype != dtype {
            return Err(malformed(
                self.path,
                &format!("`{name}` as {dtype:?}"),
                &format!("{:?}", found.dtype),
            ));
        }
        let (from, to) = found.data_offsets;
        Ok(Some((self.start + from..self.start + to, found.shape.clone())))
    }

    /// The numbers of an array in single precision.
    pub(crate) fn singles(&self, name: &str) -> Result<Vec<f32>, WordsError> {
        let place = self.place(name, Dtype::F32)?;
        let (place, _) =
            place.ok_or_else(|| malformed(self.path, &format!("an array `{name}`"), "none"))?;
        let bytes = &self.bytes[place];
        Ok(bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
    }
}

pub(crate) fn malformed(path: &Path, expected: &str, found: &str) -> WordsError {
    WordsError::Malformed {
        place: Place { path: path.to_owned(), at: At::Whole },
        expected: expected.into(),
        found: found.into(),
    }
}
