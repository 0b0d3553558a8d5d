//! Which line of a CSV file a record stands in.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
};

use gapwise_data::stream;

/// How the lines of a CSV file end.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Lines {
    crlf: bool,
}

/// The header is looked for its end in so many bytes.
const LONGEST_HEADER: u64 = 1 << 20;

impl Lines {
    /// Of the file at `path`; where it cannot be read, its reader will say so.
    pub(crate) fn of(path: &Path) -> Self {
        let mut first = Vec::new();
        let read = stream::open(path).and_then(|file| {
            BufReader::new(file.take(LONGEST_HEADER)).read_until(b'\n', &mut first)
        });
        Lines { crlf: read.is_ok() && first.ends_with(b"\r\n") }
    }

    /// The line of a record, from 1; 0 where it is not known. The reader takes a carriage return for
    /// the end of a line and counts the line feed behind it with the next record, so that it is one
    /// behind.
    pub(crate) fn line(self, at: Option<&csv::Position>) -> u64 {
        at.map_or(0, |at| at.line() + u64::from(self.crlf && at.byte() > 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_alike_however_they_end() {
        let folder = tempfile::tempdir().unwrap();
        for end in ["\n", "\r\n"] {
            let path = folder.path().join("table.csv");
            std::fs::write(&path, ["id,x", "a,1", "b,2"].join(end)).unwrap();
            let lines = Lines::of(&path);
            let mut reader = csv::Reader::from_path(&path).unwrap();
            let found: Vec<u64> =
                reader.records().map(|record| lines.line(record.unwrap().position())).collect();
            assert_eq!(found, [2, 3], "{end:?}");
        }
    }
}
