//! Writing a prediction table.

use std::io::{self, Write};

use super::{PredictionRow, PredictionTable, Target, cells::Row};

/// Writes a prediction table row by row, so that the table need not be in memory.
#[derive(Debug)]
pub struct Writer<'a, W: Write> {
    csv: csv::Writer<W>,
    target: &'a Target,
    weighted: bool,
    row: Row,
}

impl<'a, W: Write> Writer<'a, W> {
    /// Begins a table of this target in which every example has the weight 1: writes the header.
    ///
    /// # Errors
    ///
    /// Those of `to`.
    pub fn begin(to: W, target: &'a Target) -> io::Result<Self> {
        Self::headed(to, target, false)
    }

    /// Begins a table of this target with a column of weights: writes the header.
    ///
    /// # Errors
    ///
    /// Those of `to`.
    pub fn begin_weighted(to: W, target: &'a Target) -> io::Result<Self> {
        Self::headed(to, target, true)
    }

    fn headed(to: W, target: &'a Target, weighted: bool) -> io::Result<Self> {
        let mut csv = csv::Writer::from_writer(to);
        for column in super::read::COLUMNS {
            csv.write_field(column)?;
        }
        if weighted {
            csv.write_field(super::read::WEIGHT)?;
        }
        for column in target.columns() {
            csv.write_field(column)?;
        }
        csv.write_record(None::<&[u8]>)?;
        Ok(Writer { csv, target, weighted, row: Row::default() })
    }

    /// Writes one row.
    ///
    /// # Errors
    ///
    /// Those of the writer, and `InvalidInput` for a row that is not of the table's target: a class
    /// or a score for which the target has no name, or a number among classes; and for a weight that
    /// is negative or not finite, or not 1 in a table without weights.
    pub fn write(&mut self, row: &PredictionRow) -> io::Result<()> {
        let weight = row.weight;
        let fits = if self.weighted { weight.is_finite() && weight >= 0.0 } else { weight == 1.0 };
        if !fits {
            let said = format!("the weight of example `{}` cannot be {weight} here", row.id);
            return Err(io::Error::new(io::ErrorKind::InvalidInput, said));
        }
        let (kind, cells) = (self.target.kind(), &mut self.row);
        cells.clear();
        cells.text(&row.id);
        cells.text(row.group.as_deref().unwrap_or_default());
        cells.text(row.split.as_str());
        kind.write(&row.outcome, cells).ok_or_else(|| foreign(row))?;
        cells.number(row.loss);
        if self.weighted {
            cells.number(weight);
        }
        kind.write_details(&row.outcome, cells);
        Ok(self.csv.write_byte_record(self.row.record())?)
    }

    /// Writes what is still in buffers.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn finish(mut self) -> io::Result<()> {
        self.csv.flush()
    }
}

impl PredictionTable {
    /// Writes the whole table, with a column of weights where some weight is not 1.
    ///
    /// # Errors
    ///
    /// As [`Writer::write`].
    pub fn write(&self, to: impl Write) -> io::Result<()> {
        let weighted = self.rows.iter().any(|row| row.weight != 1.0);
        let mut writer = Writer::headed(to, &self.target, weighted)?;
        for row in &self.rows {
            writer.write(row)?;
        }
        writer.finish()
    }
}

fn foreign(row: &PredictionRow) -> io::Error {
    let said = format!("the row of example `{}` is not of the table's target", row.id);
    io::Error::new(io::ErrorKind::InvalidInput, said)
}
