//! The cells of a row that is written.

use std::fmt::{self, Write as _};

use csv::ByteRecord;

/// One row of a prediction table, cell by cell.
#[derive(Debug, Default)]
pub(crate) struct Row {
    record: ByteRecord,
    /// The text of one number.
    number: String,
}

impl Row {
    /// Begins the next row.
    pub(super) fn clear(&mut self) {
        self.record.clear();
    }

    pub(super) fn record(&self) -> &ByteRecord {
        &self.record
    }

    /// A text, as it is.
    pub(crate) fn text(&mut self, text: &str) {
        self.record.push_field(text.as_bytes());
    }

    /// A number, in the shorter of the two forms that read back to the same bits.
    pub(crate) fn number<T>(&mut self, value: T)
    where
        T: fmt::Display + fmt::LowerExp + Copy + Into<f64>,
    {
        self.number.clear();
        // Writing to a string does not fail.
        let _ = if is_plain(value.into()) {
            write!(self.number, "{value}")
        } else {
            write!(self.number, "{value:e}")
        };
        self.record.push_field(self.number.as_bytes());
    }
}

/// Whether a number is short without an exponent.
fn is_plain(value: f64) -> bool {
    value == 0.0 || !value.is_finite() || (1e-5..1e16).contains(&value.abs())
}
