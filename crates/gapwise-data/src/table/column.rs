//! Columns of one type each, as read from a table.

use super::{date, schema::ColumnKind};

/// The code of a category that is missing.
pub const MISSING: u32 = u32::MAX;

/// The input columns of a table, in the order of their source. Label, group, weights and time are
/// not among them; columns that are left out are, with the reason.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Columns, all of `rows` values.
    pub columns: Vec<Column>,
    /// Number of examples.
    pub rows: usize,
}

/// One column of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name, or its number from 1 where there is no header.
    pub name: String,
    /// Its values, one per example.
    pub values: ColumnValues,
    /// Why no network reads it, if none does.
    pub left_out: Option<String>,
}

/// The values of one column.
#[derive(Debug, Clone, PartialEq)]
pub enum ColumnValues {
    /// Finite numbers; NaN where missing.
    Number(Vec<f64>),
    /// Truth values; `None` where missing.
    Boolean {
        /// The words for false and for true, as the source writes them.
        words: [String; 2],
        /// One per example.
        of: Vec<Option<bool>>,
    },
    /// Days since 1970-01-01, the time of day as a fraction; NaN where missing.
    Date(Vec<f64>),
    /// Values without an order: `of[i]` is the place in `names`, or [`MISSING`].
    Category {
        /// Different values, in the order in which they first occur.
        names: Vec<String>,
        /// One code per example.
        of: Vec<u32>,
    },
    /// Text, kept as categories are, for people only.
    Text {
        /// Different values, in the order in which they first occur.
        names: Vec<String>,
        /// One code per example.
        of: Vec<u32>,
    },
}

impl Table {
    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The columns that a network reads.
    pub fn inputs(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| column.left_out.is_none())
    }

    /// Column names and values of one example as text, for people; empty text where missing.
    ///
    /// An example that the table lacks (`example >= rows`) has no cells: the answer is empty.
    pub fn row(&self, example: usize) -> Vec<(String, String)> {
        if example >= self.rows {
            return Vec::new();
        }
        self.columns
            .iter()
            .map(|column| (column.name.clone(), column.values.text(example).unwrap_or_default()))
            .collect()
    }
}

impl ColumnValues {
    /// What the values are.
    pub fn kind(&self) -> ColumnKind {
        match self {
            ColumnValues::Number(_) => ColumnKind::Number,
            ColumnValues::Boolean { .. } => ColumnKind::Boolean,
            ColumnValues::Date(_) => ColumnKind::Date,
            ColumnValues::Category { .. } => ColumnKind::Category,
            ColumnValues::Text { .. } => ColumnKind::Text,
        }
    }

    /// Number of examples.
    pub fn len(&self) -> usize {
        match self {
            ColumnValues::Number(values) | ColumnValues::Date(values) => values.len(),
            ColumnValues::Boolean { of, .. } => of.len(),
            ColumnValues::Category { of, .. } | ColumnValues::Text { of, .. } => of.len(),
        }
    }

    /// Whether there is no example.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of examples without a value.
    pub fn missing(&self) -> usize {
        match self {
            ColumnValues::Number(values) | ColumnValues::Date(values) => {
                values.iter().filter(|value| value.is_nan()).count()
            }
            ColumnValues::Boolean { of, .. } => of.iter().filter(|value| value.is_none()).count(),
            ColumnValues::Category { of, .. } | ColumnValues::Text { of, .. } => {
                of.iter().filter(|code| **code == MISSING).count()
            }
        }
    }

    /// One value as text; `None` where it is missing.
    pub fn text(&self, example: usize) -> Option<String> {
        match self {
            ColumnValues::Number(values) => {
                let value = values[example];
                (!value.is_nan()).then(|| value.to_string())
            }
            ColumnValues::Date(values) => {
                let days = values[example];
                (!days.is_nan()).then(|| date::text(days))
            }
            ColumnValues::Boolean { words, of } => {
                of[example].map(|value| words[usize::from(value)].clone())
            }
            ColumnValues::Category { names, of } | ColumnValues::Text { names, of } => {
                let code = of[example];
                (code != MISSING).then(|| names[code as usize].clone())
            }
        }
    }

    /// One value as a key that is equal exactly where two values of this column are.
    pub(crate) fn key(&self, example: usize) -> u64 {
        /// No finite number has the bits of this NaN, and no code is as large.
        const MISSING_KEY: u64 = u64::MAX;
        match self {
            ColumnValues::Number(values) | ColumnValues::Date(values) => {
                let value = values[example];
                // Adding zero turns −0 into 0.
                if value.is_nan() { MISSING_KEY } else { (value + 0.0).to_bits() }
            }
            ColumnValues::Boolean { of, .. } => of[example].map_or(MISSING_KEY, u64::from),
            ColumnValues::Category { of, .. } | ColumnValues::Text { of, .. } => {
                if of[example] == MISSING { MISSING_KEY } else { u64::from(of[example]) }
            }
        }
    }

    /// Keeps the examples whose place in `keep` is true.
    pub(crate) fn retain(&mut self, keep: &[bool]) {
        match self {
            ColumnValues::Number(values) | ColumnValues::Date(values) => retain(values, keep),
            ColumnValues::Boolean { of, .. } => retain(of, keep),
            ColumnValues::Category { of, .. } | ColumnValues::Text { of, .. } => retain(of, keep),
        }
    }
}

/// Keeps the values whose place in `keep` is true.
pub(crate) fn retain<T>(values: &mut Vec<T>, keep: &[bool]) {
    let mut places = keep.iter();
    values.retain(|_| places.next().copied().unwrap_or(true));
}
