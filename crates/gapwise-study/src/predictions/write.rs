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
    weighted: bool,
    /// The text of one number.
    number: String,
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
        if let Target::Class { names } = target {
            for name in names {
                csv.write_field(format!("{}{name}", super::read::SCORE))?;
            }
        }
        csv.write_record(None::<&[u8]>)?;
        Ok(Writer { csv, target, weighted, number: String::new() })
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
                self.write_weight(weight)?;
                for score in scores {
                    self.write_number(*score)?;
                }
            }
            (Outcome::Number { label, prediction }, Target::Number { .. }) => {
                for value in [*label, *prediction] {
                    self.write_number(value)?;
                }
                self.write_number(row.loss)?;
                self.write_weight(weight)?;
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

    fn write_weight(&mut self, weight: f64) -> io::Result<()> {
        if self.weighted { self.write_number(weight) } else { Ok(()) }
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

/// Whether a number is short without an exponent.
fn is_plain(value: f64) -> bool {
    value == 0.0 || !value.is_finite() || (1e-5..1e16).contains(&value.abs())
}

fn foreign(row: &PredictionRow) -> io::Error {
    let said = format!("the row of example `{}` is not of the table's target", row.id);
    io::Error::new(io::ErrorKind::InvalidInput, said)
}
