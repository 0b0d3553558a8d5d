//! What separates the fields of a line.

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
pub(super) fn detect(text: &str) -> char {
    let sample = &text.as_bytes()[..text.len().min(BYTES)];
    let mut best = (',', 0.5);
    for delimiter in CANDIDATES {
        let share = share_of_equal_lines(&counts(sample, delimiter as u8));
        if share > best.1 {
            best = (delimiter, share);
        }
    }
    if best.1 > 0.5 {
        return best.0;
    }
    let blanks: Vec<usize> = sample
        .split(|byte| *byte == b'\n')
        .map(|line| line.split(u8::is_ascii_whitespace).filter(|part| !part.is_empty()).count())
        .filter(|fields| *fields > 0)
        .take(LINES)
        .collect();
    // Prose has blanks too, but not equally many in every line.
    if share_of_equal_lines(&blanks) > 0.9 { ' ' } else { ',' }
}

/// Fields in each of the first lines that are not blank, for one delimiter.
fn counts(sample: &[u8], delimiter: u8) -> Vec<usize> {
    let mut counts = Vec::new();
    let (mut fields, mut quoted, mut field_starts, mut blank) = (1, false, true, true);
    for byte in sample {
        match *byte {
            b'"' if quoted => quoted = false,
            b'"' if field_starts => quoted = true,
            _ if quoted => {}
            b'\n' => {
                if !blank {
                    counts.push(fields);
                }
                if counts.len() == LINES {
                    return counts;
                }
                (fields, field_starts, blank) = (1, true, true);
                continue;
            }
            byte if byte == delimiter => {
                fields += 1;
                (field_starts, blank) = (true, false);
                continue;
            }
            _ => {}
        }
        // Blanks before a quote do not keep it from opening a field.
        field_starts = field_starts && byte.is_ascii_whitespace();
        blank = blank && byte.is_ascii_whitespace();
    }
    // The last line of a sample that was cut may be incomplete; that of a whole text is not.
    if !blank && (counts.is_empty() || sample.len() < BYTES) {
        counts.push(fields);
    }
    counts
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
