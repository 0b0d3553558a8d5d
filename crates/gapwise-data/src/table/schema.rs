//! How a table was read, kept with a trained network so that other tables are read alike.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{notation::Notation, records::Quote};

/// The layout of a table, every guess resolved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableSchema {
    /// Whether the first line holds names. Columns of other tables are then found by name, else
    /// by place.
    pub header: bool,
    /// The character between fields; a space stands for any run of spaces and tabs.
    pub delimiter: char,
    /// What holds a field together.
    #[serde(default, skip_serializing_if = "Quote::is_double")]
    pub quote: Quote,
    /// Every column of the source, in its order: inputs, label, group, weights, time and those left out.
    pub columns: Vec<ColumnSchema>,
    /// What is predicted.
    pub label: LabelSchema,
    /// Values that stand for no value, beside the usual words; `blank` makes those words values in
    /// columns of words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
}

impl TableSchema {
    /// The place of the label among the columns, where the schema has one.
    pub fn label_column(&self) -> Option<usize> {
        self.columns.iter().position(|column| column.role == ColumnRole::Label)
    }

    /// The columns that a network reads, in the source's order.
    pub fn inputs(&self) -> impl Iterator<Item = &ColumnSchema> {
        self.columns.iter().filter(|column| column.role == ColumnRole::Input)
    }
}

/// One column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnSchema {
    /// Its name, or its number from 1 where there is no header.
    pub name: String,
    /// What its cells hold.
    pub kind: ColumnKind,
    /// What it is for.
    pub role: ColumnRole,
    /// The order of year, month and day, in a date column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_order: Option<DateOrder>,
    /// How numbers are written, where that is not the way of programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notation: Option<Notation>,
}

/// What the cells of a column hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnKind {
    /// Finite numbers.
    Number,
    /// Two opposite words: `true` and `false`, or `yes` and `no`.
    Boolean,
    /// One of several values without an order.
    Category,
    /// Dates, with or without a time of day.
    Date,
    /// Text that is different in most examples; never an input.
    Text,
}

impl ColumnKind {
    /// The word for it in files and summaries.
    pub fn as_str(self) -> &'static str {
        match self {
            ColumnKind::Number => "number",
            ColumnKind::Boolean => "boolean",
            ColumnKind::Category => "category",
            ColumnKind::Date => "date",
            ColumnKind::Text => "text",
        }
    }
}

impl fmt::Display for ColumnKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnRole {
    /// A network reads it.
    Input,
    /// What is to be predicted.
    Label,
    /// Whose equal values belong together.
    Group,
    /// How much each example counts.
    Weight,
    /// When each example was.
    Time,
    /// Not used: named by `--ignore`, or useless.
    LeftOut,
}

/// The order of day, month and year in a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DateOrder {
    /// `2024-05-31`, `2024/05/31`, `2024-05`, each with or without a time.
    YearFirst,
    /// `31/05/2024`, with `/`, `.` or `-` between.
    DayFirst,
    /// `05/31/2024`, with `/`, `.` or `-` between.
    MonthFirst,
}

/// What is predicted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "task")]
pub enum LabelSchema {
    /// One of these classes.
    Classification {
        /// Class names, in the order of their numbers.
        classes: Vec<String>,
    },
    /// A number.
    Regression,
}
