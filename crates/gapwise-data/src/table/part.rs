//! The files of one table, seen as one run of rows.

use std::path::PathBuf;

use super::grid::Grid;
use crate::{Place, split::Split};

/// One file of a table, its columns found.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) path: PathBuf,
    /// What ids of its examples begin with.
    pub(super) id_prefix: String,
    pub(super) split: Option<Split>,
    pub(super) grid: Grid,
    /// The first row that is an example: 1 below a header.
    pub(super) first: usize,
    /// For each column of the training data, its place in this file, if it is there.
    pub(super) places: Vec<Option<usize>>,
}

impl Part {
    /// Number of examples.
    pub(super) fn len(&self) -> usize {
        self.grid.rows() - self.first
    }

    /// The cells of one column; blank where the file lacks it.
    pub(super) fn cells(&self, column: usize) -> impl Iterator<Item = &str> + Clone {
        let place = self.places[column];
        (self.first..self.grid.rows())
            .map(move |row| place.map_or("", |place| self.grid.cell(row, place)))
    }

    /// One cell; blank where the file lacks the column.
    pub(super) fn cell(&self, example: usize, column: usize) -> &str {
        self.places[column].map_or("", |place| self.grid.cell(self.first + example, place))
    }

    /// The line of an example, from 1.
    pub(super) fn line(&self, example: usize) -> u64 {
        self.grid.line(self.first + example)
    }

    /// The line of an example as a place.
    pub(super) fn place(&self, example: usize) -> Place {
        Place::line(&self.path, self.line(example))
    }
}

/// Cells of one column over all files.
pub(super) fn cells(parts: &[Part], column: usize) -> impl Iterator<Item = &str> + Clone {
    parts.iter().flat_map(move |part| part.cells(column))
}

/// The place of an example counted over all files.
pub(super) fn place(parts: &[Part], mut example: usize) -> Place {
    for part in parts {
        if example < part.len() {
            return part.place(example);
        }
        example -= part.len();
    }
    Place::path(parts.last().map(|part| part.path.clone()).unwrap_or_default())
}
