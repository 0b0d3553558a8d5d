//! Tables: small ones that the tests write, and real ones where they are at hand.

mod like;
mod problems;
mod real;
mod refused;
mod robust;
mod sources;
mod typed;
mod weights;
mod written;

use std::{fs, path::PathBuf};

use gapwise_data::{
    DataError, Dataset, Inputs, Labels, SourceOptions,
    source::Reading,
    table::{ColumnKind, Table, TableSchema},
};

fn options(path: impl Into<PathBuf>) -> SourceOptions {
    SourceOptions { path: path.into(), ..SourceOptions::default() }
}

fn with_label(path: impl Into<PathBuf>, label: &str) -> SourceOptions {
    SourceOptions { label: Some(label.to_owned()), ..options(path) }
}

fn table(data: &Dataset) -> &Table {
    match &data.inputs {
        Inputs::Table(table) => table,
        Inputs::Images(_) => panic!("a table was read as images"),
    }
}

fn schema(data: &Dataset) -> &TableSchema {
    match &data.reading {
        Reading::Table(schema) => schema,
        Reading::Images(_) => panic!("a table was read as images"),
    }
}

fn kinds(data: &Dataset) -> Vec<(String, ColumnKind)> {
    let columns = &schema(data).columns;
    columns.iter().map(|column| (column.name.clone(), column.kind)).collect()
}

fn classes(data: &Dataset) -> (&[String], Vec<usize>) {
    let Labels::Classes { names, of } = &data.labels else { panic!("labels are numbers") };
    let mut counts = vec![0; names.len()];
    for class in of {
        counts[*class as usize] += 1;
    }
    (names, counts)
}

fn said(data: &Dataset) -> Vec<&str> {
    data.notes.iter().map(|note| note.said.as_str()).collect()
}

fn problems(error: DataError) -> Vec<String> {
    error.problems().iter().map(ToString::to_string).collect()
}

/// A data set read from text that is written to a file first; problems as text where it fails.
struct Written {
    folder: tempfile::TempDir,
}

impl Written {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, text) in files {
            fs::write(folder.path().join(name), text).expect("a file in it");
        }
        Written { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Text without the temporary folder's own name.
    fn bare(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.folder.path().display()), "")
    }

    fn problems(&self, read: Result<Dataset, DataError>) -> Vec<String> {
        let problems = match read {
            Ok(data) => data.problems.iter().map(ToString::to_string).collect(),
            Err(error) => problems(error),
        };
        problems.iter().map(|problem| self.bare(problem)).collect()
    }
}
