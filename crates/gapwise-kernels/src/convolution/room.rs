//! What the kernels read: padded copies of some images, or the images themselves.

use std::ops::Range;

use super::{geometry::Padded, images::Images};

/// Bytes of padded images that are worked on together, so that they stay in the second cache.
const TOGETHER: usize = 256 << 10;

/// How places read the padded lines of both axes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    pub(super) padded: [Padded; 2],
    /// Lines from one place to the next.
    pub(super) step: [usize; 2],
    /// Places of each axis; the most where there are several phases.
    pub(super) places: [usize; 2],
    /// Of the images that are read.
    pub(super) sides: [usize; 2],
    /// Of the images that are read.
    pub(super) channels: usize,
}

/// Some images and some rows of places, whose input is worked on together.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) images: Range<usize>,
    pub(super) rows: Range<usize>,
}

/// Numbers in which the places of a piece are found: place (row, column) of an image starts at
/// image · `image` + (row − first row) · `row` + column · `column`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) values: &'a [f32],
    pub(super) image: usize,
    pub(super) row: usize,
    pub(super) column: usize,
    /// From one line to the next.
    pub(super) pitch: usize,
}

impl Reading {
    /// Lines of `axis` that `places` places read.
    fn lines(&self, axis: usize, places: usize) -> usize {
        (places - 1) * self.step[axis] + self.padded[axis].reach
    }

    /// Numbers of one padded image of which `rows` rows of places are read.
    fn padded(&self, rows: usize) -> usize {
        self.lines(0, rows) * self.lines(1, self.places[1]) * self.channels
    }

    /// `images` in pieces whose input stays at hand, `bands` or more for each image where one is
    /// too large for that.
    pub(super) fn pieces(&self, images: Range<usize>, bands: usize) -> Vec<Piece> {
        let rows = self.places[0];
        let bytes = self.padded(rows) * size_of::<f32>();
        let bands = bands.max(bytes.div_ceil(2 * TOGETHER)).clamp(1, rows);
        let together = if bands > 1 { 1 } else { (TOGETHER / bytes).max(1) };
        let band = rows.div_ceil(bands);
        let mut pieces = Vec::new();
        for first in images.clone().step_by(together) {
            let images = first..(first + together).min(images.end);
            for row in (0..rows).step_by(band) {
                let rows = row..(row + band).min(rows);
                pieces.push(Piece { images: images.clone(), rows });
            }
        }
        pieces
    }

    /// Whether nothing is padded, so that the images can be read where they are.
    fn as_they_are(&self) -> bool {
        let within = |axis: usize| {
            self.padded[axis].before == 0 && self.lines(axis, self.places[axis]) <= self.sides[axis]
        };
        within(0) && within(1)
    }

    /// The input of `piece`, with its padding; `copies` is room for it, which grows as needed.
    pub(super) fn find<'a>(
        &self,
        images: &Images<'a>,
        piece: &Piece,
        copies: &'a mut Vec<f32>,
    ) -> Found<'a> {
        let column = self.step[1] * self.channels;
        if let Some(values) = images.channels_last().filter(|_| self.as_they_are()) {
            let pitch = self.sides[1] * self.channels;
            let (image, row) = (self.sides[0] * pitch, self.step[0] * pitch);
            let values = &values[piece.images.start * image + piece.rows.start * row..];
            return Found { values, image, row, column, pitch };
        }
        let width = self.lines(1, self.places[1]);
        let (pitch, image) = (width * self.channels, self.padded(piece.rows.len()));
        let needed = image * piece.images.len();
        if copies.len() < needed {
            copies.resize(needed, 0.0);
        }
        let first = piece.rows.start * self.step[0];
        let lines = first..first + self.lines(0, piece.rows.len());
        for (to, from) in copies.chunks_exact_mut(image).zip(piece.images.clone()) {
            images.copy(from, lines.clone(), (self.padded, width), to);
        }
        Found { values: &copies[..needed], image, row: self.step[0] * pitch, column, pitch }
    }
}
