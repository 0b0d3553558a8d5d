//! What separates the fields of a line, and what holds them together.

use super::records::{Dialect, Quote, Records};

/// Candidates, in the order in which they are taken where two divide the lines equally well: a
/// comma comes last, because it also stands in decimal numbers and in prose.
const CANDIDATES: [char; 4] = ['\t', ';', '|', ','];

/// Lines looked at. More would not change the answer, and long files are to open fast.
const LINES: usize = 200;

/// Bytes looked at, should lines be very long.
const BYTES: usize = 1 << 20;

/// The delimiter that divides most of the first lines into equally many fields, two or more.
/// A space, which stands for any run of blanks, only where no other character does; a comma where
/// nothing does, for a table of one column.
///
/// Fields are quoted with `"`. They are with `'` where some begin with one, none with `"`, and the
/// whole text reads so without a fault. What was asked for is taken as it is.
pub(super) fn detect(text: &str, delimiter: Option<char>, quote: Option<Quote>) -> Dialect {
    let with = |quote| {
        let delimiter = delimiter.unwrap_or_else(|| best_delimiter(text, quote));
        Dialect { delimiter, quote }
    };
    if let Some(quote) = quote {
        return with(quote);
    }
    let double = with(Quote::Double);
    if text.contains('\'') {
        let single = with(Quote::Single);
        if is_consistent(text, single) && Sample::of(text, double).quoted == 0 {
            return single;
        }
    }
    double
}

/// Whether fields are quoted so, two or more of them, and the whole text reads without a fault.
fn is_consistent(text: &str, dialect: Dialect) -> bool {
    if Sample::of(text, dialect).quoted < 2 {
        return false;
    }
    let mut records = Records::of(text, dialect);
    loop {
        match records.advance() {
            None => return true,
            Some(Ok(())) => {}
            Some(Err(_)) => return false,
        }
    }
}

fn best_delimiter(text: &str, quote: Quote) -> char {
    let mut best = (',', 0.5);
    for delimiter in CANDIDATES {
        let sample = Sample::of(text, Dialect { delimiter, quote });
        let share = share_of_equal_lines(&sample.fields);
        if share > best.1 {
            best = (delimiter, share);
        }
    }
    if best.1 > 0.5 {
        return best.0;
    }
    // Prose has blanks too, but not equally many in every line.
    let blanks = Sample::of(text, Dialect { delimiter: ' ', quote });
    if share_of_equal_lines(&blanks.fields) > 0.9 { ' ' } else { ',' }
}

/// The first lines that are not blank.
struct Sample {
    /// Fields of each; 0 where it does not read.
    fields: Vec<usize>,
    /// Fields that are quoted.
    quoted: usize,
}

impl Sample {
    fn of(text: &str, dialect: Dialect) -> Sample {
        let cut = text.floor_char_boundary(BYTES);
        let mut records = Records::of(&text[..cut], dialect);
        let mut sample = Sample { fields: Vec::new(), quoted: 0 };
        while sample.fields.len() < LINES
            && let Some(read) = records.advance()
        {
            match read {
                Ok(()) if records.is_blank() => {}
                Ok(()) => {
                    sample.fields.push(records.fields().len());
                    sample.quoted += records.fields().iter().filter(|field| field.quoted).count();
                }
                Err(_) => sample.fields.push(0),
            }
        }
        // The last line of a sample that was cut may be incomplete; that of a whole text is not.
        if cut < text.len() && sample.fields.len() > 1 && sample.fields.len() < LINES {
            sample.fields.pop();
        }
        sample
    }
}

/// The share of lines that have the most frequent number of fields, if that is two or more.
fn share_of_equal_lines(counts: &[usize]) -> f64 {
    match most_frequent(counts) {
        Some((fields, lines)) if fields >= 2 => lines as f64 / counts.len() as f64,
        _ => 0.0,
    }
}

/// The most frequent value and how often it occurs; of equally frequent ones the largest.
pub(super) fn most_frequent(counts: &[usize]) -> Option<(usize, usize)> {
    let mut sorted = counts.to_vec();
    sorted.sort_unstable();
    sorted
        .chunk_by(|a, b| a == b)
        .map(|run| (run[0], run.len()))
        .max_by_key(|(value, times)| (*times, *value))
}

/// The delimiter in a first line such as `sep=;`, which some spreadsheet programs write and read,
/// and the text with that line left blank.
pub(super) fn without_sep_line(text: &str) -> Option<(char, &str)> {
    let end = text.find(['\n', '\r']).unwrap_or(text.len());
    let line = text[..end].trim_matches(|c| c == '"' || c == ' ');
    let named = line.get(..4).filter(|sep| sep.eq_ignore_ascii_case("sep="))?;
    let mut rest = line[named.len()..].chars();
    let delimiter = rest.next().filter(|c| c.is_ascii() && !c.is_ascii_alphanumeric());
    match (delimiter, rest.next()) {
        (Some(delimiter), None) => Some((delimiter, &text[end..])),
        // A tab at the end of the line.
        (None, None) if text[..end].trim_end_matches('"').ends_with('\t') => {
            Some(('\t', &text[end..]))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(text: &str) -> char {
        super::detect(text, None, None).delimiter
    }

    fn quote(text: &str) -> Quote {
        super::detect(text, None, None).quote
    }

    #[test]
    fn each_delimiter_is_found() {
        assert_eq!(detect("a,b\n1,2\n"), ',');
        assert_eq!(detect("a;b\n1;2\n"), ';');
        assert_eq!(detect("a\tb\n1\t2"), '\t');
        assert_eq!(detect("a|b|c\n1|2|3\n"), '|');
        assert_eq!(detect("1.0   2.0 3\n 4.0 5.0  6\n"), ' ');
    }

    #[test]
    fn decimal_commas_do_not_beat_a_semicolon() {
        assert_eq!(detect("1,5;2,5\n3,5;4,5\n"), ';');
    }

    #[test]
    fn delimiters_inside_quotes_do_not_count() {
        assert_eq!(detect("\"a;b;c\",1\n\"d;e;f\",2\n"), ',');
        assert_eq!(detect("1, \"a;\nb\"\n2, \"c;d\"\n"), ',');
    }

    #[test]
    fn prose_and_one_column_are_one_column() {
        assert_eq!(detect("one\ntwo\nthree\n"), ',');
        assert_eq!(detect("a line of words\nanother one\nand one more line\n"), ',');
    }

    #[test]
    fn single_quotes_hold_fields_together_where_the_whole_file_reads_so() {
        assert_eq!(quote("a,b\n'x,y',1\n'it''s',2\n"), Quote::Single);
        assert_eq!(detect("a,b\n'x;y',1\n'p;q',2\n'r;s',2\n"), ',');
        // A word that is cut short, a single one, and quotes of both kinds.
        assert_eq!(quote("a,b\n'tis,1\n'twas,2\n'n',3\n'n',4\n"), Quote::Double);
        assert_eq!(quote("a,b\nit's,1\nx,2\n"), Quote::Double);
        assert_eq!(quote("a,b\n\"it's\",'1'\n\"x\",'2'\n"), Quote::Double);
        assert_eq!(quote("a,b\n\"x,y\",1\n\"z\",2\n"), Quote::Double);
    }

    #[test]
    fn what_is_asked_for_is_taken() {
        let asked = super::detect("a;b\n'1';2\n'3';4\n", Some(','), Some(Quote::None));
        assert_eq!(asked, Dialect { delimiter: ',', quote: Quote::None });
    }

    #[test]
    fn a_line_that_names_the_delimiter_is_left_blank() {
        assert_eq!(without_sep_line("sep=;\na;b\n"), Some((';', "\na;b\n")));
        assert_eq!(without_sep_line("\"SEP=,\"\r\na,b\n"), Some((',', "\r\na,b\n")));
        assert_eq!(without_sep_line("sep=\t\na\tb\n"), Some(('\t', "\na\tb\n")));
        assert_eq!(without_sep_line("sep=a\n1\n"), None);
        assert_eq!(without_sep_line("sep=,b\n1,2\n"), None);
        assert_eq!(without_sep_line("separate\n1\n"), None);
    }
}
