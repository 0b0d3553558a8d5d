//! Data that a program hands over, without a file.
//!
//! A [`HeldTable`] is read and checked exactly as a CSV file is: by its path, which leads to memory.
//! What a run needs of it later, it keeps as it keeps standard input. Images are a [`HeldImages`].
//!
//! ```
//! use gapwise_data::{memory::Columns, source};
//!
//! # fn main() -> Result<(), gapwise_data::DataError> {
//! let table = Columns::new("prices")
//!     .numbers("area", vec![50.0, f64::NAN, 72.5])
//!     .texts("district", vec![Some("north".into()), Some("south".into()), None])
//!     .numbers("price", vec![210.0, 305.0, 290.0])
//!     .hold()?;
//! let dataset = source::read(&table.source("price"))?;
//! assert_eq!(dataset.len(), 3);
//! # Ok(())
//! # }
//! ```

use std::{
    fmt::Write,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

pub use crate::images::HeldImages;
use crate::{
    DataError, Place, Problem, SourceOptions, stream,
    table::{DecimalMark, Quote, ThousandsMark},
    wording::counted,
};

/// Named columns, which become a table.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    name: String,
    columns: Vec<(String, Cells)>,
}

#[derive(Debug, Clone)]
enum Cells {
    Numbers(Vec<f64>),
    Texts(Vec<Option<String>>),
}

impl Cells {
    fn len(&self) -> usize {
        match self {
            Cells::Numbers(numbers) => numbers.len(),
            Cells::Texts(texts) => texts.len(),
        }
    }
}

impl Columns {
    /// No columns yet. `name` is what the data set is called, and what the ids of its rows begin with.
    pub fn new(name: impl Into<String>) -> Self {
        Columns { name: name.into(), columns: Vec::new() }
    }

    /// The same with a column of numbers, of which NaN is missing.
    #[must_use]
    pub fn numbers(mut self, name: impl Into<String>, numbers: Vec<f64>) -> Self {
        self.columns.push((name.into(), Cells::Numbers(numbers)));
        self
    }

    /// The same with a column of texts: words, dates, or numbers with a decimal
    /// point and no mark between thousands.
    /// Which of these they are is told as it is of a file's cells. `None` is missing.
    #[must_use]
    pub fn texts(mut self, name: impl Into<String>, texts: Vec<Option<String>>) -> Self {
        self.columns.push((name.into(), Cells::Texts(texts)));
        self
    }

    /// The same with a column of truth values. `None` is missing.
    #[must_use]
    pub fn truths(self, name: impl Into<String>, truths: Vec<Option<bool>>) -> Self {
        let written = |truth: Option<bool>| truth.map(|truth| truth.to_string());
        self.texts(name, truths.into_iter().map(written).collect())
    }

    /// A table that is held in memory until it is dropped.
    ///
    /// # Errors
    ///
    /// [`Problem::UnknownSource`] where there is no column, where a column has another number of rows
    /// than the first, and where a number is infinite.
    pub fn hold(self) -> Result<HeldTable, DataError> {
        let path = path_of(&self.name);
        let refuse = |place: Place, expected: &str, found: String| {
            DataError::from(Problem::UnknownSource { place, expected: expected.to_owned(), found })
        };
        let Some((first, cells)) = self.columns.first() else {
            let place = Place::path(&path);
            return Err(refuse(place, "at least one column", "none".to_owned()));
        };
        let rows = cells.len();
        for (name, cells) in &self.columns {
            let place = Place::path(&path).column(name);
            if cells.len() != rows {
                let expected = format!("{}, as `{first}` has", counted(rows, "row"));
                return Err(refuse(place, &expected, counted(cells.len(), "row")));
            }
            if let Cells::Numbers(numbers) = cells
                && let Some(row) = numbers.iter().position(|number| number.is_infinite())
            {
                let place = Place { row: Some(row as u64 + 2), ..place };
                return Err(refuse(
                    place,
                    "a number, or NaN where it is missing",
                    numbers[row].to_string(),
                ));
            }
        }
        stream::hold(&path, self.written(rows).into_bytes());
        Ok(HeldTable { path })
    }

    /// As a CSV file with a header.
    fn written(&self, rows: usize) -> String {
        let mut text = String::new();
        let mut line = |cells: Vec<String>| {
            // A line of blanks alone would be passed over.
            let blank = cells.iter().all(String::is_empty);
            text.push_str(if blank { "?" } else { "" });
            text.push_str(&cells.join(","));
            text.push('\n');
        };
        line(self.columns.iter().map(|(name, _)| quoted(name)).collect());
        for row in 0..rows {
            let cell = |cells: &Cells| match cells {
                Cells::Numbers(numbers) if numbers[row].is_nan() => String::new(),
                Cells::Numbers(numbers) => numbers[row].to_string(),
                Cells::Texts(texts) => texts[row].as_deref().map(quoted).unwrap_or_default(),
            };
            line(self.columns.iter().map(|(_, cells)| cell(cells)).collect());
        }
        text
    }
}

/// A field between double quotes, in which a double quote is two.
fn quoted(field: &str) -> String {
    format!("\"{}\"", field.replace('"', "\"\""))
}

/// A path that leads to memory, and to nothing else in this process.
fn path_of(name: &str) -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut path = String::from("memory:");
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let _ = write!(path, "{number}:{}.csv", name.replace(['/', '\\'], "-"));
    PathBuf::from(path)
}

/// A table in memory, which is read by its path as a file is. It is there until this is dropped.
#[derive(Debug)]
pub struct HeldTable {
    path: PathBuf,
}

impl HeldTable {
    /// The path by which it is read.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How it is read, with the column of this name as label; nothing else is guessed.
    pub fn source(&self, label: impl Into<String>) -> SourceOptions {
        SourceOptions { label: Some(label.into()), ..self.unlabelled() }
    }

    /// The same without a label.
    pub fn unlabelled(&self) -> SourceOptions {
        SourceOptions {
            path: self.path.clone(),
            header: Some(true),
            delimiter: Some(','),
            quote: Some(Quote::Double),
            decimal: Some(DecimalMark::Point),
            thousands: Some(ThousandsMark::None),
            ..SourceOptions::default()
        }
    }
}

impl Drop for HeldTable {
    fn drop(&mut self) {
        stream::let_go(&self.path);
    }
}
