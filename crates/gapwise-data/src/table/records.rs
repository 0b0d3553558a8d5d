//! Text cut into records, the fields of a line, as RFC 4180 has it and no more leniently: a quote
//! that opens a field closes it, and behind it comes a delimiter or the end of the line. What the
//! RFC leaves open is read as most programs write it: blanks round a quoted field do not count, a
//! quote inside a field that does not begin with one is a character like others, and a carriage
//! return ends a line too.

use serde::{Deserialize, Serialize};

/// What may stand round a field to hold it together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quote {
    /// `"`, doubled inside of the field.
    #[default]
    Double,
    /// `'`, doubled inside of the field.
    Single,
    /// Nothing: quotes are characters like others.
    None,
}

impl Quote {
    /// Its word in settings and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Quote::Double => "double",
            Quote::Single => "single",
            Quote::None => "none",
        }
    }

    /// Whether it is the usual one.
    pub(super) fn is_double(&self) -> bool {
        *self == Quote::Double
    }

    fn byte(self) -> Option<u8> {
        match self {
            Quote::Double => Some(b'"'),
            Quote::Single => Some(b'\''),
            Quote::None => None,
        }
    }
}

/// How lines become fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    /// What separates fields; a space stands for any run of blanks.
    pub(super) delimiter: char,
    pub(super) quote: Quote,
}

/// More bytes than any cell that is meant as one: a quote that swallows a file makes such a cell.
pub(super) const LARGEST_CELL: usize = 1_000_000;

/// A field of a record: where its text stands, without quotes, blanks round it still there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    start: usize,
    end: usize,
    /// Whether quotes stand round it.
    pub(super) quoted: bool,
    /// Whether quotes in it are doubled.
    doubled: bool,
    /// The line where it begins, from 1.
    pub(super) line: u64,
    /// Lines that it runs over.
    pub(super) lines: u64,
}

/// What is wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// Text behind a closing quote.
    AfterQuote {
        /// Line and column, from 1, of the opening quote.
        opens: (u64, usize),
        /// Line of the closing quote.
        closes: u64,
        /// What stands behind it, the rest of the field.
        found: String,
    },
    /// A quote that never closes.
    Unclosed {
        /// Line and column, from 1, of the quote.
        opens: (u64, usize),
    },
    /// A cell of more than [`LARGEST_CELL`] bytes.
    LargeCell {
        /// Line and column, from 1, where it begins.
        begins: (u64, usize),
        bytes: usize,
    },
}

/// Reads a text record by record. Lines without a character are passed over.
pub(super) struct Records<'a> {
    text: &'a str,
    at: usize,
    line: u64,
    dialect: Dialect,
    /// Fields of the last record.
    fields: Vec<Field>,
    /// Line of the last record.
    record_line: u64,
}

impl<'a> Records<'a> {
    pub(super) fn of(text: &'a str, dialect: Dialect) -> Self {
        Records { text, at: 0, line: 1, dialect, fields: Vec::new(), record_line: 1 }
    }

    /// Goes on to the next record; `None` at the end of the text. Behind a fault that does not run
    /// over the line, reading goes on with the next line.
    pub(super) fn advance(&mut self) -> Option<Result<(), Fault>> {
        let bytes = self.text.as_bytes();
        while let Some(b'\n' | b'\r') = bytes.get(self.at) {
            self.line += u64::from(ends_line(bytes, self.at));
            self.at += 1;
        }
        if self.at == bytes.len() {
            return None;
        }
        self.fields.clear();
        self.record_line = self.line;
        let read = self.record();
        if read.is_err() {
            self.pass_line();
        }
        Some(read)
    }

    /// The line where the record begins, from 1.
    pub(super) fn begins(&self) -> u64 {
        self.record_line
    }

    /// The record's fields.
    pub(super) fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// A field's text as it stands between its quotes, blanks taken off.
    pub(super) fn raw(&self, field: &Field) -> &'a str {
        self.text[field.start..field.end].trim()
    }

    /// Adds a field's text to `to`, doubled quotes made single.
    pub(super) fn push(&self, field: &Field, to: &mut String) {
        let raw = self.raw(field);
        match self.dialect.quote {
            Quote::Double if field.doubled => to.push_str(&raw.replace("\"\"", "\"")),
            Quote::Single if field.doubled => to.push_str(&raw.replace("''", "'")),
            _ => to.push_str(raw),
        }
    }

    /// Whether no field has a character beside blanks.
    pub(super) fn is_blank(&self) -> bool {
        self.fields.iter().all(|field| self.raw(field).is_empty())
    }

    fn record(&mut self) -> Result<(), Fault> {
        let bytes = self.text.as_bytes();
        let by_blanks = self.dialect.delimiter == ' ';
        if by_blanks {
            self.at = after_blanks(bytes, self.at, b' ');
        }
        loop {
            let quote = self.dialect.quote.byte();
            let opens = after_blanks(bytes, self.at, self.dialect.delimiter as u8);
            let field = match bytes.get(opens) {
                Some(byte) if Some(*byte) == quote => self.quoted(opens, *byte)?,
                _ => self.plain(),
            };
            if field.end - field.start > LARGEST_CELL {
                let begins = (field.line, self.fields.len() + 1);
                return Err(Fault::LargeCell { begins, bytes: field.end - field.start });
            }
            self.fields.push(field);
            if by_blanks {
                self.at = after_blanks(bytes, self.at, b' ');
                if self.ends_here(self.at) {
                    return Ok(());
                }
            } else if self.ends_here(self.at) {
                return Ok(());
            } else {
                self.at += 1;
            }
        }
    }

    /// A field up to the delimiter or the end of the line.
    fn plain(&mut self) -> Field {
        let (bytes, start) = (self.text.as_bytes(), self.at);
        let delimiter = self.dialect.delimiter as u8;
        let length = if self.dialect.delimiter == ' ' {
            bytes[start..].iter().position(|byte| matches!(byte, b'\n' | b'\r' | b' ' | b'\t'))
        } else {
            let ends = |byte: &u8| *byte == delimiter || matches!(byte, b'\n' | b'\r');
            bytes[start..].iter().position(ends)
        };
        self.at = length.map_or(bytes.len(), |length| start + length);
        Field { start, end: self.at, quoted: false, doubled: false, line: self.line, lines: 1 }
    }

    /// A field between quotes, of which the first stands at `opens`.
    fn quoted(&mut self, opens: usize, quote: u8) -> Result<Field, Fault> {
        let bytes = self.text.as_bytes();
        let (start, line) = (opens + 1, self.line);
        let (mut at, mut doubled) = (start, false);
        let place = (line, self.fields.len() + 1);
        let end = loop {
            match bytes.get(at) {
                None => {
                    self.at = bytes.len();
                    return Err(Fault::Unclosed { opens: place });
                }
                Some(b'\n' | b'\r') => self.line += u64::from(ends_line(bytes, at)),
                Some(byte) if *byte == quote => {
                    if bytes.get(at + 1) != Some(&quote) {
                        break at;
                    }
                    doubled = true;
                    at += 1;
                }
                Some(_) => {}
            }
            at += 1;
        };
        let behind = end + 1;
        self.at = after_blanks(bytes, behind, self.dialect.delimiter as u8);
        let separated = self.dialect.delimiter != ' ' || self.at > behind;
        let is_delimiter = self.dialect.delimiter == ' ' && separated
            || bytes.get(self.at) == Some(&(self.dialect.delimiter as u8));
        if !is_delimiter && !self.ends_here(self.at) {
            let closes = self.line;
            self.at = behind;
            let found = self.plain();
            let found = self.text[found.start..found.end].to_owned();
            return Err(Fault::AfterQuote { opens: place, closes, found });
        }
        Ok(Field { start, end, quoted: true, doubled, line, lines: self.line - line + 1 })
    }

    fn ends_here(&self, at: usize) -> bool {
        matches!(self.text.as_bytes().get(at), None | Some(b'\n' | b'\r'))
    }

    fn pass_line(&mut self) {
        while !self.ends_here(self.at) {
            self.at += 1;
        }
    }
}

/// Whether a line ends with the byte at `at`: a line feed, or a carriage return that none follows.
/// Both are counted, so that no two records are of one line.
fn ends_line(bytes: &[u8], at: usize) -> bool {
    match bytes[at] {
        b'\n' => true,
        b'\r' => bytes.get(at + 1) != Some(&b'\n'),
        _ => false,
    }
}

/// The first place from `at` on that is no blank; a tab that separates is none.
fn after_blanks(bytes: &[u8], mut at: usize, delimiter: u8) -> usize {
    while let Some(b' ' | b'\t') = bytes.get(at) {
        if bytes[at] == delimiter && delimiter != b' ' {
            break;
        }
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, delimiter: char, quote: Quote) -> Vec<Result<Vec<String>, Fault>> {
        let mut records = Records::of(text, Dialect { delimiter, quote });
        let mut read = Vec::new();
        while let Some(record) = records.advance() {
            let cells = |field: &Field| {
                let mut cell = String::new();
                records.push(field, &mut cell);
                cell
            };
            read.push(record.map(|()| records.fields().iter().map(cells).collect()));
        }
        read
    }

    fn cells(text: &str, delimiter: char, quote: Quote) -> Vec<Vec<String>> {
        read(text, delimiter, quote).into_iter().map(|record| record.expect("no fault")).collect()
    }

    #[test]
    fn fields_are_separated_by_each_delimiter_and_held_together_by_each_quote() {
        for delimiter in [',', ';', '\t', '|'] {
            for (quote, q) in [(Quote::Double, '"'), (Quote::Single, '\'')] {
                let d = delimiter;
                let text = format!("a{d}{q}b{d}c{q}{d}{q}x{q}{q}y{q}\n{q}1\n2{q}{d} 3 {d}\n");
                let rows = cells(&text, delimiter, quote);
                assert_eq!(
                    rows,
                    [
                        vec!["a".to_owned(), format!("b{d}c"), format!("x{q}y")],
                        vec!["1\n2".to_owned(), "3".to_owned(), String::new()]
                    ]
                );
            }
        }
    }

    #[test]
    fn runs_of_blanks_separate_where_a_space_does() {
        let rows = cells("  1.0   2 \"a b\"\n\n3.0\t4   c \n", ' ', Quote::Double);
        assert_eq!(rows, [["1.0", "2", "a b"], ["3.0", "4", "c"]]);
    }

    #[test]
    fn without_quotes_a_quote_is_a_character() {
        assert_eq!(cells("\"a\tb\"\n", '\t', Quote::None), [["\"a", "b\""]]);
        assert_eq!(cells("5\" pipe,it's\n", ',', Quote::Double), [["5\" pipe", "it's"]]);
        assert_eq!(cells("5\" pipe,it's\n", ',', Quote::Single), [["5\" pipe", "it's"]]);
    }

    #[test]
    fn blanks_round_a_quoted_field_do_not_count() {
        assert_eq!(cells("1, \"a, b\" ,2\n", ',', Quote::Double), [["1", "a, b", "2"]]);
        assert_eq!(cells("1\t\"a\"\t2\n", '\t', Quote::Double), [["1", "a", "2"]]);
        assert_eq!(cells("\t\"a\"\n", '\t', Quote::Double), [["", "a"]]);
    }

    #[test]
    fn text_behind_a_closing_quote_is_a_fault_with_both_lines_and_the_next_line_is_read() {
        let rows = read("1,\"a\" b,c\n2,x,y\n", ',', Quote::Double);
        let fault = Fault::AfterQuote { opens: (1, 2), closes: 1, found: " b".to_owned() };
        assert_eq!(rows[0], Err(fault));
        assert_eq!(rows[1], Ok(["2", "x", "y"].map(str::to_owned).to_vec()));
        let rows = read("1,\"error,x\n2,a,b\n3,\"error,y\n", ',', Quote::Double);
        let fault = Fault::AfterQuote { opens: (1, 2), closes: 3, found: "error".to_owned() };
        assert_eq!(rows, [Err(fault)]);
        let rows = read("\"a b\"c 2\n", ' ', Quote::Double);
        let fault = Fault::AfterQuote { opens: (1, 1), closes: 1, found: "c".to_owned() };
        assert_eq!(rows, [Err(fault)]);
    }

    #[test]
    fn a_quote_that_never_closes_is_a_fault_where_it_opens() {
        let rows = read("1,2\n3,\"4\n5,6\n", ',', Quote::Double);
        assert_eq!(rows[1], Err(Fault::Unclosed { opens: (2, 2) }));
    }

    #[test]
    fn a_cell_may_have_a_million_bytes_and_not_more() {
        let text = |bytes: usize| format!("1,2\n3,{}\n5,6\n", "x".repeat(bytes));
        assert!(read(&text(LARGEST_CELL), ',', Quote::Double).iter().all(Result::is_ok));
        let rows = read(&text(LARGEST_CELL + 1), ',', Quote::Double);
        let fault = Fault::LargeCell { begins: (2, 2), bytes: LARGEST_CELL + 1 };
        assert_eq!((&rows[1], rows.len()), (&Err(fault), 3));
    }

    #[test]
    fn lines_end_as_on_any_system() {
        for end in ["\n", "\r\n", "\r"] {
            let rows = cells(&format!("a,b{end}{end}\"1\",2{end}"), ',', Quote::Double);
            assert_eq!(rows, [["a", "b"], ["1", "2"]]);
        }
    }

    #[test]
    fn no_two_records_are_of_one_line_whichever_way_each_ends() {
        let text = "a\r\nb\rc\n\"d\re\"\nf\n";
        let dialect = Dialect { delimiter: ',', quote: Quote::Double };
        let mut records = Records::of(text, dialect);
        let mut lines = Vec::new();
        while let Some(Ok(())) = records.advance() {
            lines.push(records.begins());
        }
        assert_eq!(lines, [1, 2, 3, 4, 6]);
    }
}
