//! The text of a table cut into cells.

use std::path::Path;

use super::{
    dialect::most_frequent,
    kind,
    records::{Dialect, Fault, Field, LARGEST_CELL, Records},
};
use crate::{
    DataError, Note, Place, Problem,
    problem::Gathered,
    shown::{shown, shown_path},
    wording::{counted, thousands},
};

/// Lines from which the number of columns is told.
const SAMPLE: usize = 200;

/// More columns than any table that is meant as one; a file of commas must not fill the memory.
const MOST_COLUMNS: usize = 100_000;

/// Lines that a quoted cell may run over without a word.
const FEW_LINES: u64 = 5;

/// Lines inside of a quoted cell that are enough to see that they are rows.
const ROWS_ENOUGH: usize = 2;

/// Cells of a table, trimmed and unquoted, row by row. Every row has as many.
#[derive(Debug)]
pub(super) struct Grid {
    text: String,
    /// Where each cell ends in `text`; it starts where the one before ends.
    ends: Vec<usize>,
    /// Line of each row in the file, from 1.
    lines: Vec<u64>,
    width: usize,
    /// First rows that are passed over.
    passed: usize,
}

/// A grid, and what was met on the way to it.
#[derive(Debug)]
pub(super) struct Cut {
    pub(super) grid: Grid,
    pub(super) notes: Vec<Note>,
    /// Rows that are no part of the grid, since they have more or fewer fields.
    pub(super) problems: Gathered,
    /// Lines of words before the first row, with fewer fields than it, and how many each has:
    /// titles above a header, or else a header that lacks names.
    pub(super) above: Vec<(u64, usize)>,
}

impl Grid {
    /// Columns.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Rows, a header among them.
    pub(super) fn rows(&self) -> usize {
        self.lines.len() - self.passed
    }

    /// Line of a row in the file, from 1.
    pub(super) fn line(&self, row: usize) -> u64 {
        self.lines[self.passed + row]
    }

    /// One cell.
    pub(super) fn cell(&self, row: usize, column: usize) -> &str {
        let at = (self.passed + row) * self.width + column;
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.text[start..self.ends[at]]
    }

    /// Passes over this many of the first rows, and over no others; at most as many as there are.
    pub(super) fn pass_over(&mut self, rows: usize) {
        self.passed = rows.min(self.lines.len());
    }
}

/// How a text is to be cut.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cutting {
    pub(super) dialect: Dialect,
    /// Whether a person said what quotes fields, so that a cell may hold what looks like rows.
    pub(super) quote_is_said: bool,
}

/// Cuts a text into cells. The number of columns is the most frequent number of fields in the
/// first lines; lines of one field before the first such line are a preamble, and passed over.
///
/// A quote that swallows lines which it does not seem to be meant for leaves nothing to go on with.
pub(super) fn cut(path: &Path, text: &str, cutting: Cutting) -> Result<Cut, DataError> {
    let dialect = cutting.dialect;
    let width = width(path, text, dialect)?;
    let mut grid =
        Grid { text: room_for(path, text)?, ends: Vec::new(), lines: Vec::new(), width, passed: 0 };
    let mut problems = Gathered::new();
    let (mut preamble, mut blank) = (0_usize, 0_usize);
    let mut above = Vec::new();
    let mut long = LongCells::default();
    let mut records = Records::of(text, dialect);
    while let Some(read) = records.advance() {
        let fields = records.fields();
        let nothing_yet = grid.lines.is_empty() && problems.is_empty();
        if let Err(fault) = read {
            let problem = problem(path, fault);
            // Without its first line, or behind a quote that ends nobody knows where, a table is
            // another one.
            if nothing_yet || problem.severity() == crate::Severity::Fatal {
                return Err(problem.into());
            }
            problems.push(problem);
        } else if fields.len() == 1 && width > 1 && nothing_yet && above.is_empty() {
            preamble += usize::from(!records.is_blank());
        } else if records.is_blank() {
            // Lines without a character are passed over; these have blanks or delimiters alone.
            blank += usize::from(fields.len() > 1);
        } else if fields.len() == width {
            for (column, field) in fields.iter().enumerate().filter(|(_, field)| field.lines > 1) {
                let place = || Place::line(path, field.line).column((column + 1).to_string());
                let rows = rows_within(records.raw(field), dialect, width);
                if let Some(rows) = rows.filter(|_| !cutting.quote_is_said) {
                    let closes = field.line + field.lines - 1;
                    return Err(Problem::QuoteOverRows { place: place(), closes, rows }.into());
                }
                long.add(field);
            }
            grid.lines.push(records.begins());
            for field in fields {
                records.push(field, &mut grid.text);
                grid.ends.push(grid.text.len());
            }
        } else {
            let (line, found) = (records.begins(), fields.len());
            let words = fields.iter().all(|field| kind::number(records.raw(field)).is_none());
            let place = Place::line(path, line);
            if nothing_yet && words && found < width {
                above.push((line, found));
            } else if nothing_yet && words && above.is_empty() {
                // A first line of names alone is a header; it cannot be skipped.
                problems.push(Problem::RaggedHeader { place, expected: width, found });
            } else {
                problems.push(Problem::RaggedRow { place, expected: width, found });
            }
        }
    }
    let mut notes = Vec::new();
    let mut say = |said| notes.push(Note { said, change_with: None });
    let file = shown_path(path);
    if preamble > 0 {
        say(format!(
            "{file}: {} before the table {} passed over, having one field where the others have \
             {width}",
            counted(preamble, "line"),
            if preamble == 1 { "is" } else { "are" },
        ));
    }
    if blank > 0 {
        say(format!(
            "{file}: {} without any value {} passed over",
            counted(blank, "line"),
            if blank == 1 { "is" } else { "are" },
        ));
    }
    if let Some(said) = long.said(&file) {
        say(said);
    }
    Ok(Cut { grid, notes, problems, above })
}

/// Room for the cells of a text, where there is some.
fn room_for(path: &Path, text: &str) -> Result<String, DataError> {
    let mut room = String::new();
    match room.try_reserve_exact(text.len()) {
        Ok(()) => Ok(room),
        Err(_) => Err(DataError::OutOfMemory { path: path.to_owned(), bytes: text.len() as u64 }),
    }
}

fn problem(path: &Path, fault: Fault) -> Problem {
    let place = |(line, column): (u64, usize)| Place::line(path, line).column(column.to_string());
    match fault {
        Fault::AfterQuote { opens, closes, found } => Problem::TextAfterQuote {
            place: place(opens),
            closes: (closes > opens.0).then_some(closes),
            found: shown(found.trim_end()),
        },
        Fault::Unclosed { opens } => Problem::UnclosedQuote { place: place(opens) },
        Fault::LargeCell { begins, bytes } => {
            Problem::LargeCell { place: place(begins), bytes, largest: LARGEST_CELL }
        }
    }
}

/// The whole lines inside of a quoted cell, where all of them have as many delimiters as a row of
/// the table: rows, then, that a quote swallowed.
fn rows_within(cell: &str, dialect: Dialect, width: usize) -> Option<usize> {
    let mut lines = cell.lines();
    // The first and the last belong to the cell itself.
    lines.next();
    lines.next_back();
    let delimiters = |line: &str| line.chars().filter(|c| *c == dialect.delimiter).count();
    // One comma in every line is not rare in prose.
    let telling = width > 2 || width == 2 && dialect.delimiter != ',';
    let mut rows = 0;
    for line in lines {
        if delimiters(line) + 1 != width {
            return None;
        }
        rows += 1;
    }
    (telling && dialect.delimiter != ' ' && rows >= ROWS_ENOUGH).then_some(rows)
}

/// Quoted cells of more lines than a few.
#[derive(Default)]
struct LongCells {
    cells: usize,
    /// First line and number of lines of the longest.
    longest: (u64, u64),
}

impl LongCells {
    fn add(&mut self, field: &Field) {
        if field.lines > FEW_LINES {
            self.cells += 1;
            if field.lines > self.longest.1 {
                self.longest = (field.line, field.lines);
            }
        }
    }

    fn said(&self, file: &str) -> Option<String> {
        let (line, lines) = self.longest;
        let from_to = format!(
            "{} lines, from line {line} to {}",
            thousands(lines as usize),
            (line + lines).saturating_sub(1)
        );
        match self.cells {
            0 => None,
            1 => Some(format!("{file}: a quoted cell runs over {from_to}")),
            cells => Some(format!(
                "{file}: {} run over more than {FEW_LINES} lines each; the longest runs over \
                 {from_to}",
                counted(cells, "quoted cell")
            )),
        }
    }
}

/// The number of columns.
fn width(path: &Path, text: &str, dialect: Dialect) -> Result<usize, DataError> {
    let separators =
        |line: &str| line.bytes().filter(|b| char::from(*b) == dialect.delimiter).count();
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
    let mut records = Records::of(text, dialect);
    while counts.len() < SAMPLE
        && let Some(read) = records.advance()
    {
        if read.is_ok() && !records.is_blank() {
            counts.push(records.fields().len());
        }
    }
    Ok(most_frequent(&counts).map_or(1, |(width, _)| width))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::records::Quote;

    fn cut_with(text: &str, delimiter: char) -> Result<Cut, DataError> {
        let dialect = Dialect { delimiter, quote: Quote::Double };
        cut(Path::new("a.csv"), text, Cutting { dialect, quote_is_said: false })
    }

    fn refused(text: &str) -> String {
        cut_with(text, ',').expect_err("refused").to_string()
    }

    fn cells(text: &str, delimiter: char) -> (Vec<Vec<String>>, Vec<u64>, Vec<String>) {
        let cut = cut_with(text, delimiter).expect("a table");
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
    fn lines_of_words_above_the_first_row_are_kept_apart_and_a_long_first_line_is_a_header() {
        let cut = cut_with("a,b\n1,2,3\n4,5,6\n", ',').expect("a table");
        assert_eq!((cut.above, cut.grid.rows()), (vec![(1, 2)], 2));
        let (_, _, said) = cells("a,b,c,d\n1,2,3\n4,5,6\n", ',');
        assert!(said[0].contains("expected 3 column names"), "{said:?}");
    }

    #[test]
    fn a_quote_that_never_closes_is_found_where_it_opens() {
        let said = refused("1,2\n3,\"4\n5,6\n7,8\n");
        assert!(said.starts_with("`a.csv` line 2, column `2`: "), "{said}");
        assert!(said.contains("never closes"), "{said}");
        let (_, _, said) = cells("1,2\n3,\"4\n5\"\n", ',');
        assert!(said.is_empty(), "{said:?}");
    }

    #[test]
    fn a_quote_that_closes_lines_below_before_other_text_is_told_with_both_lines() {
        let said = refused("p,x\na,1\n\"error,2\nb,3\nc,4\n\"error,5\n");
        assert_eq!(
            said,
            "`a.csv` line 3, column `1`: expected the quote that opens here to end the field, found \
             `error` behind its closing quote in line 6"
        );
    }

    #[test]
    fn text_behind_a_closing_quote_in_the_same_line_makes_a_bad_example() {
        let (rows, lines, said) = cells("a,b\n1,2\n\"3\" inch,4\n5,6\n", ',');
        assert_eq!((rows.len(), lines), (3, vec![1, 2, 4]));
        assert_eq!(
            said,
            [
                "`a.csv` line 3, column `1`: expected the quote that opens here to end the field, found \
              ` inch` behind its closing quote"
            ]
        );
    }

    #[test]
    fn a_quoted_cell_that_swallows_rows_is_refused_and_a_long_one_of_prose_is_said() {
        let rows = "1,2,x\n".repeat(30);
        let text = format!("a,b,c\n{rows}1,2,\"x\n{rows}1,2,x\"\n{rows}");
        assert_eq!(
            refused(&text),
            "`a.csv` line 32, column `3`: expected the quote that opens here to close in its own \
             cell, found its end in line 63, behind 30 lines that look like rows of the table"
        );
        let dialect = Dialect { delimiter: ',', quote: Quote::Double };
        let cutting = Cutting { dialect, quote_is_said: true };
        let cut = cut(Path::new("a.csv"), &text, cutting).expect("as said");
        assert_eq!(cut.grid.rows(), 62);
        let (rows, _, said) = cells("a,b,c\n1,2,\"q\nr, s\n\n\nt\nu\"\n", ',');
        assert_eq!(rows.len(), 2);
        assert_eq!(said, ["`a.csv`: a quoted cell runs over 6 lines, from line 2 to 7"]);
    }

    #[test]
    fn a_cell_that_is_too_large_is_told_with_its_line_and_not_shown() {
        let text = format!("a,b\n1,{}\n2,3\n", "x".repeat(2_000_000));
        let (rows, _, said) = cells(&text, ',');
        assert_eq!(rows.len(), 2);
        assert_eq!(
            said,
            [
                "`a.csv` line 2, column `2`: expected a cell of at most 1,000,000 bytes, found one of \
              2,000,000"
            ]
        );
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
        let problem = cut_with(&text, ',').expect_err("too wide");
        assert!(problem.to_string().contains("at most 100000 columns"), "{problem}");
    }
}
