//! The text of a table cut into cells.

use std::path::Path;

use csv::{ReaderBuilder, StringRecord};

use super::delimiter::most_frequent;
use crate::{DataError, Note, Place, Problem, problem::Gathered, wording::counted};

/// Lines from which the number of columns is told.
const SAMPLE: usize = 200;

/// More columns than any table that is meant as one; a file of commas must not fill the memory.
const MOST_COLUMNS: usize = 100_000;

/// Cells of a table, trimmed and unquoted, row by row. Every row has as many.
#[derive(Debug)]
pub(super) struct Grid {
    text: String,
    /// Where each cell ends in `text`; it starts where the one before ends.
    ends: Vec<usize>,
    /// Line of each row in the file, from 1.
    lines: Vec<u64>,
    width: usize,
}

/// A grid, and what was met on the way to it.
#[derive(Debug)]
pub(super) struct Cut {
    pub(super) grid: Grid,
    pub(super) notes: Vec<Note>,
    /// Rows that are no part of the grid, since they have more or fewer fields.
    pub(super) problems: Gathered,
}

impl Grid {
    /// Columns.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Rows, a header among them.
    pub(super) fn rows(&self) -> usize {
        self.lines.len()
    }

    /// Line of a row in the file, from 1.
    pub(super) fn line(&self, row: usize) -> u64 {
        self.lines[row]
    }

    /// One cell.
    pub(super) fn cell(&self, row: usize, column: usize) -> &str {
        let at = row * self.width + column;
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.text[start..self.ends[at]]
    }
}

/// Cuts a text into cells. The number of columns is the most frequent number of fields in the
/// first lines; lines of one field before the first such line are a preamble, and passed over.
pub(super) fn cut(path: &Path, text: &str, delimiter: char) -> Result<Cut, DataError> {
    let width = width(path, text, delimiter)?;
    let mut grid = Grid {
        text: String::with_capacity(text.len()),
        ends: Vec::new(),
        lines: Vec::new(),
        width,
    };
    let mut problems = Gathered::new();
    let (mut preamble, mut blank) = (0_usize, 0_usize);
    let mut unclosed = None;
    for_each_record(text, delimiter, |line, rest, record| {
        if record.len() == 1 && width > 1 && grid.lines.is_empty() && problems.is_empty() {
            preamble += usize::from(!record[0].trim().is_empty());
        } else if record.iter().all(|field| field.trim().is_empty()) {
            // csv passes over lines without a character; these have blanks or delimiters alone.
            blank += usize::from(record.len() > 1);
        } else if record.len() == width {
            grid.lines.push(line);
            for field in record {
                grid.text.push_str(bare(field));
                grid.ends.push(grid.text.len());
            }
        } else {
            let place = Place::line(path, line);
            // A first line of names alone is a header that lacks names; it cannot be skipped.
            let names = grid.lines.is_empty()
                && record.iter().all(|name| name.trim().parse::<f64>().is_err());
            let (expected, found) = (width, record.len());
            problems.push(if names {
                Problem::RaggedHeader { place, expected, found }
            } else {
                Problem::RaggedRow { place, expected, found }
            });
        }
        // Only the last record can be unclosed, so each overwrites the answer of the one before.
        unclosed = is_unclosed(rest, record).then_some(line);
        true
    });
    if let Some(line) = unclosed {
        problems.push(Problem::UnclosedQuote { place: Place::line(path, line) });
    }
    let mut notes = Vec::new();
    let mut say = |said| notes.push(Note { said, change_with: None });
    if preamble > 0 {
        say(format!(
            "`{}`: {} before the table {} passed over, having one field where the others have \
             {width}",
            path.display(),
            counted(preamble, "line"),
            if preamble == 1 { "is" } else { "are" },
        ));
    }
    if blank > 0 {
        say(format!(
            "`{}`: {} without any value {} passed over",
            path.display(),
            counted(blank, "line"),
            if blank == 1 { "is" } else { "are" },
        ));
    }
    Ok(Cut { grid, notes, problems })
}

/// The number of columns.
fn width(path: &Path, text: &str, delimiter: char) -> Result<usize, DataError> {
    let separators = |line: &str| line.bytes().filter(|b| char::from(*b) == delimiter).count();
    if let Some(found) =
        text.lines().take(SAMPLE).map(separators).find(|found| *found >= MOST_COLUMNS)
    {
        return Err(DataError::from(Problem::UnreadableFile {
            place: Place::path(path),
            expected: format!("a table of at most {MOST_COLUMNS} columns"),
            found: format!("a line with {found} delimiters"),
        }));
    }
    let mut counts = Vec::with_capacity(SAMPLE);
    for_each_record(text, delimiter, |_, _, record| {
        if !record.iter().all(|field| field.trim().is_empty()) {
            counts.push(record.len());
        }
        counts.len() < SAMPLE
    });
    Ok(most_frequent(&counts).map_or(1, |(width, _)| width))
}

/// Calls `f` with the line, the text from there on, and the fields of every record, until it
/// answers false.
fn for_each_record(
    text: &str,
    delimiter: char,
    mut f: impl FnMut(u64, &str, &StringRecord) -> bool,
) {
    if delimiter == ' ' {
        return for_each_blank_separated(text, f);
    }
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter as u8)
        .from_reader(text.as_bytes());
    let mut record = StringRecord::new();
    // Reading text from memory into a flexible record cannot fail; if it did, the text would end.
    while matches!(reader.read_record(&mut record), Ok(true)) {
        let (mut line, mut start) =
            record.position().map_or((1, 0), |at| (at.line(), at.byte() as usize));
        // The position is that of the empty lines before the record, where there are any.
        while let Some(end @ (b'\n' | b'\r')) = text.as_bytes().get(start) {
            line += u64::from(*end == b'\n');
            start += 1;
        }
        if !f(line, text.get(start..).unwrap_or_default(), &record) {
            return;
        }
    }
}

/// As [`for_each_record`], where any run of blanks separates. Quotes hold a field together.
fn for_each_blank_separated(text: &str, mut f: impl FnMut(u64, &str, &StringRecord) -> bool) {
    let mut record = StringRecord::new();
    for (line, content) in (1..).zip(text.lines()) {
        record.clear();
        let mut rest = content.trim_start();
        while !rest.is_empty() {
            let quoted = rest.strip_prefix('"').and_then(|inner| inner.split_once('"'));
            let (field, after) = quoted.unwrap_or_else(|| {
                rest.split_at(rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len()))
            });
            record.push_field(field);
            rest = after.trim_start();
        }
        if !record.is_empty() && !f(line, "", &record) {
            return;
        }
    }
}

/// Whether the record runs to the end of the text because its last field's quote never closes.
fn is_unclosed(rest: &str, record: &StringRecord) -> bool {
    let Some(last) = record.iter().next_back().map(str::as_bytes) else { return false };
    // A closed field is followed by its quote. The tail is enough, and has few doubled quotes.
    last.contains(&b'\n') && rest.as_bytes().ends_with(&last[last.len().saturating_sub(8)..])
}

/// A field without blanks around it, and without quotes that stand after blanks.
fn bare(field: &str) -> &str {
    let field = field.trim();
    match field.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')) {
        Some(inner) => inner.trim(),
        None => field,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str, delimiter: char) -> (Vec<Vec<String>>, Vec<u64>, Vec<String>) {
        let cut = cut(Path::new("a.csv"), text, delimiter).expect("a table");
        let grid = &cut.grid;
        let rows = (0..grid.rows())
            .map(|row| (0..grid.width()).map(|at| grid.cell(row, at).to_owned()).collect())
            .collect();
        let lines = (0..grid.rows()).map(|row| grid.line(row)).collect();
        let mut said: Vec<String> = cut.notes.iter().map(|note| note.said.clone()).collect();
        let problems = cut.problems.into_problems(Place::path("a.csv"));
        said.extend(problems.iter().map(ToString::to_string));
        (rows, lines, said)
    }

    #[test]
    fn cells_are_trimmed_and_unquoted() {
        let (rows, ..) = cells("a, b ,\"c, \"\"d\"\"\"\n1,\" 2 \", \"3\"\n", ',');
        assert_eq!(rows, [["a", "b", "c, \"d\""], ["1", "2", "3"]]);
    }

    #[test]
    fn lines_are_those_of_the_file_across_blank_lines_and_line_feeds_in_quotes() {
        let (rows, lines, _) = cells("a,b\n\n\r\n\"x\ny\",1\n  \nz,2\n", ',');
        assert_eq!(rows, [["a", "b"], ["x\ny", "1"], ["z", "2"]]);
        assert_eq!(lines, [1, 4, 7]);
    }

    #[test]
    fn a_line_with_other_than_the_usual_number_of_fields_is_said_with_its_line() {
        let (rows, _, said) = cells("1,2\n3,4\n5\n6,7,8\n9,10\n", ',');
        assert_eq!(rows.len(), 3);
        assert_eq!(
            said,
            [
                "`a.csv` line 3: expected 2 fields, found 1",
                "`a.csv` line 4: expected 2 fields, found 3"
            ]
        );
    }

    #[test]
    fn a_preamble_is_passed_over_and_said() {
        let (rows, lines, said) = cells("|1x3 Cross validator\n1,2\n3,4\n", ',');
        assert_eq!((rows.len(), lines), (2, vec![2, 3]));
        assert!(said[0].contains("1 line before the table is passed over"), "{said:?}");
    }

    #[test]
    fn rows_of_delimiters_alone_are_counted_and_passed_over() {
        let (rows, _, said) = cells("1,2\n3,4\n,\n,\n\n", ',');
        assert_eq!(rows.len(), 2);
        assert!(said[0].contains("2 lines without any value are passed over"), "{said:?}");
    }

    #[test]
    fn a_header_with_too_few_names_is_told_from_a_short_example() {
        let (_, _, said) = cells("a,b\n1,2,3\n4,5,6\n", ',');
        assert!(said[0].contains("expected 3 column names"), "{said:?}");
    }

    #[test]
    fn a_quote_that_never_closes_is_found_where_it_opens() {
        let (_, _, said) = cells("1,2\n3,\"4\n5,6\n7,8\n", ',');
        assert!(said.iter().any(|said| said.starts_with("`a.csv` line 2: ")), "{said:?}");
        assert!(said[0].contains("never closes"), "{said:?}");
        let (_, _, said) = cells("1,2\n3,\"4\n5\"\n", ',');
        assert!(said.is_empty(), "{said:?}");
    }

    #[test]
    fn runs_of_blanks_separate_where_a_space_does() {
        let (rows, lines, _) = cells("  1.0   2 \"a b\"\n\n3.0\t4   c\n", ' ');
        assert_eq!(rows, [["1.0", "2", "a b"], ["3.0", "4", "c"]]);
        assert_eq!(lines, [1, 3]);
    }

    #[test]
    fn a_line_of_commas_is_no_table() {
        let text = ",".repeat(MOST_COLUMNS + 1);
        let problem = cut(Path::new("a.csv"), &text, ',').expect_err("too wide");
        assert!(problem.to_string().contains("at most 100000 columns"), "{problem}");
    }
}
