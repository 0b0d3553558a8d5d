//! Where the numbers of tensors are in a file of PyTorch's.

use std::{collections::HashMap, ops::Range};

use super::{
    super::{
        WeightFileFault,
        fault::shown,
        tensor::{Misplaced, Place, width},
    },
    archive::Archive,
    values::Tensor,
};

/// The storages of a file by their keys.
#[derive(Debug)]
pub(super) struct Storages<'a> {
    /// Where the bytes of each are; none lies over another.
    ranges: HashMap<&'a str, Range<usize>>,
    /// Bytes of the file.
    file: usize,
}

impl<'a> Storages<'a> {
    pub(super) fn new(ranges: HashMap<&'a str, Range<usize>>, file: usize) -> Self {
        Self { ranges, file }
    }

    pub(super) fn of_archive(archive: &Archive<'a>, file: usize) -> Self {
        Self::new(archive.storages().collect(), file)
    }

    /// Where the numbers of `tensors` are.
    ///
    /// # Errors
    ///
    /// [`WeightFileFault::Tensor`] for one whose storage is missing, has another size than the
    /// pickle says, or does not hold all of it; [`WeightFileFault::TooMany`] for tensors that
    /// share storages so often that they have more numbers than the file has bytes.
    pub(super) fn places(
        &self,
        tensors: Vec<(&str, &Tensor<'_>)>,
    ) -> Result<Vec<(String, Place)>, WeightFileFault> {
        let mut places = Vec::with_capacity(tensors.len());
        let mut numbers = 0_usize;
        for (name, tensor) in tensors {
            let place = self.place(tensor).map_err(|Misplaced { expected, found }| {
                WeightFileFault::Tensor { name: shown(name), expected, found }
            })?;
            numbers = numbers.saturating_add(place.numbers());
            if numbers > self.file {
                return Err(WeightFileFault::TooMany { numbers, bytes: self.file });
            }
            places.push((name.to_owned(), place));
        }
        Ok(places)
    }

    fn place(&self, tensor: &Tensor<'_>) -> Result<Place, Misplaced> {
        let storage = &tensor.storage;
        let width = width(storage.dtype);
        let misplaced = |found: String| Misplaced {
            expected: format!("{} numbers of {width} bytes in its storage", storage.numbers),
            found,
        };
        let range = self.ranges.get(storage.key);
        let range = range.ok_or_else(|| misplaced("no storage".to_owned()))?;
        if storage.numbers.checked_mul(width) != Some(range.len()) {
            return Err(misplaced(format!("{} bytes", range.len())));
        }
        Place::new(range.start, storage.dtype, storage.numbers, tensor.view.clone())
    }
}
