//! Writing a prediction table.

use std::{
    fmt,
    io::{self, Write},
};

use super::{Outcome, PredictionRow, PredictionTable, Target};

/// Writes a prediction table row by row, so that the table need not be in memory.
#[derive(Debug)]
pub struct Writer<'a, W: Write> {
    csv: csv::Writer<W>,
    target: &'a Target,
    /// The text of one number.
    number: String,
}

impl<'a, W: Write> Writer<'a, W> {
    /// Begins a table of this target: writes the header.
    ///
    /// # Errors
    ///
    /// Those of `to`.
    pub fn begin(to: W, target: &'a Target) -> io::Result<Self> {
        let mut csv = csv::Writer::from_writer(to);
        for column in super::read::COLUMNS {
            csv.write_field(column)?;
        }
        if let Target::Class { names } = target {
            for name in names {
                csv.write_field(format!("{}{name}", super::read::SCORE))?;
            }
        }
        csv.write_record(None::<&[u8]>)?;
        Ok(Writer { csv, target, number: String::new() })
    }

    /// Writes one row.
    ///
    /// # Errors
    ///
    /// Those of the writer, and `InvalidInput` for a row that is not of the table's target: a class
    /// or a score for which the target has no name, or a number among classes.
    pub fn write(&mut self, row: &PredictionRow) -> io::Result<()> {
        self.csv.write_field(&row.id)?;
        self.csv.write_field(row.group.as_deref().unwrap_or_default())?;
        self.csv.write_field(row.split.as_str())?;
        match (&row.outcome, self.target) {
            (Outcome::Class { label, prediction, scores }, Target::Class { names }) => {
                if scores.len() != names.len() {
                    return Err(foreign(row));
                }
                for class in [label, prediction] {
                    let name = names.get(*class as usize).ok_or_else(|| foreign(row))?;
                    self.csv.write_field(name)?;
                }
                self.write_number(row.loss)?;
                for score in scores {
                    self.write_number(*score)?;
                }
            }
            (Outcome::Number { label, prediction }, Target::Number { .. }) => {
                for value in [*label, *prediction] {
                    self.write_number(value)?;
                }
                self.write_number(row.loss)?;
            }
            _ => return Err(foreign(row)),
        }
        self.csv.write_record(None::<&[u8]>)?;
        Ok(())
    }

    /// Writes what is still in buffers.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn finish(mut self) -> io::Result<()> {
        self.csv.flush()
    }

    fn write_number<T>(&mut self, value: T) -> io::Result<()>
    where
        T: fmt::Display + fmt::LowerExp + Copy + Into<f64>,
    {
        use fmt::Write as _;
        self.number.clear();
        // Both forms read back to the same bits; large and small numbers are shorter with an
        // exponent. Writing to a string does not fail.
        let _ = if is_plain(value.into()) {
            write!(self.number, "{value}")
        } else {
            write!(self.number, "{value:e}")
        };
        Ok(self.csv.write_field(&self.number)?)
    }
}

impl PredictionTable {
    /// Writes the whole table.
    ///
    /// # Errors
    ///
    /// As [`Writer::write`].
    pub fn write(&self, to: impl Write) -> io::Result<()> {
        let mut writer = Writer::begin(to, &self.target)?;
        for row in &self.rows {
            writer.write(row)?;
        }
        writer.finish()
    }
}

/// Whether a number is short without an exponent.
fn is_plain(value: f64) -> bool {
    value == 0.0 || !value.is_finite() || (1e-5..1e16).contains(&value.abs())
}

fn foreign(row: &PredictionRow) -> io::Error {
    let said = format!("the row of example `{}` is not of the table's target", row.id);
    io::Error::new(io::ErrorKind::InvalidInput, said)
}
