//! Where in a source something stands.

use std::{fmt, path::PathBuf};

use serde::Serialize;

use crate::{
    idx_name::IdxName,
    shown::{shown, shown_path},
};

/// Where in a source something stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// File or folder.
    pub path: PathBuf,
    /// Line of a text file (from 1, the header counted) or example of an idx file (from 0).
    pub row: Option<u64>,
    /// Column by name, or by number from 1 where there is no header.
    pub column: Option<String>,
}

impl Place {
    /// A file or folder as a whole.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        Place { path: path.into(), row: None, column: None }
    }

    /// A line of a text file, from 1.
    pub fn line(path: impl Into<PathBuf>, line: u64) -> Self {
        Place { path: path.into(), row: Some(line), column: None }
    }

    /// The same place, narrowed to a column.
    #[must_use]
    pub fn column(mut self, name: impl Into<String>) -> Self {
        self.column = Some(name.into());
        self
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown_path(&self.path))?;
        if let Some(row) = self.row {
            // The files of images that hold several are told by their names, as their reader does.
            let unit = if IdxName::of(&self.path).is_some() { "example" } else { "line" };
            write!(f, " {unit} {row}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ", column `{}`", shown(column))?;
        }
        Ok(())
    }
}
