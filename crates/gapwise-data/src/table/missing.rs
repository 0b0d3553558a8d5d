//! Which cells have no value.

use super::{
    kind::number,
    notation::Notation,
    schema::{ColumnKind, ColumnSchema},
};

/// The value of `--missing` by which words are values in a column of words.
const BLANK: &str = "blank";

/// Words that stand for no value in every column, in any case.
const ALWAYS: [&str; 10] = ["?", "na", "n/a", "nan", "null", "#n/a", "#na", "<na>", "\\n", "-nan"];

/// Those that do so among numbers and dates. Among words each may be one of them.
const AMONG_NUMBERS: [&str; 17] = [
    "none", "nil", "-", "--", "---", "–", "—", ".", "..", "...", "n.a.", "n.a", "#null!",
    "#div/0!", "#value!", "#ref!", "#num!",
];

fn is_one_of(words: &[&str], cell: &str) -> bool {
    // Most cells are longer, or begin with a digit.
    cell.len() <= 8
        && !cell.as_bytes()[0].is_ascii_digit()
        && words.iter().any(|word| cell.eq_ignore_ascii_case(word))
}

/// Whether a cell is blank or a word for nothing, whatever its column holds.
pub(super) fn is_missing(cell: &str) -> bool {
    cell.is_empty() || is_one_of(&ALWAYS, cell)
}

/// What a table's cells say where they say nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Missing {
    /// Whether words for nothing are values in columns of words.
    words_are_values: bool,
    /// Values that were named as missing, and those that are numbers.
    others: Vec<String>,
    numbers: Vec<f64>,
}

impl Missing {
    /// What `--missing` names, beside the usual words.
    pub(super) fn of(asked: &[String]) -> Missing {
        let (blank, others): (Vec<String>, Vec<String>) =
            asked.iter().cloned().partition(|value| value == BLANK);
        let numbers = others.iter().filter_map(|value| number(value.trim())).collect();
        Missing { words_are_values: !blank.is_empty(), others, numbers }
    }

    /// Whether a cell was named as missing.
    pub(super) fn names(&self, cell: &str, value: Option<f64>) -> bool {
        !self.others.is_empty()
            && (self.others.iter().any(|other| other.trim() == cell)
                || value.is_some_and(|value| self.numbers.contains(&value)))
    }

    /// Whether a cell of a column of words has no value.
    pub(super) fn holds_among_words(&self, cell: &str) -> bool {
        cell.is_empty()
            || (!self.words_are_values && is_one_of(&ALWAYS, cell))
            || (!self.others.is_empty() && self.names(cell, number(cell)))
    }

    /// Whether a cell of a column of numbers or dates has none for being a word that stands for
    /// nothing there.
    pub(super) fn is_word_among_numbers(cell: &str) -> bool {
        is_missing(cell) || is_one_of(&AMONG_NUMBERS, cell)
    }
}

/// How the cells of one column are read.
#[derive(Clone, Copy)]
pub(super) struct Cells<'a> {
    pub(super) kind: ColumnKind,
    pub(super) notation: Option<&'a Notation>,
    pub(super) missing: &'a Missing,
}

impl<'a> Cells<'a> {
    pub(super) fn of(schema: &'a ColumnSchema, missing: &'a Missing) -> Cells<'a> {
        Cells { kind: schema.kind, notation: schema.notation.as_ref(), missing }
    }

    /// The number in a cell, infinite ones too; one that stands for a missing value is one as well.
    pub(super) fn number(self, cell: &str) -> Option<f64> {
        match self.notation {
            None => number(cell),
            Some(notation) => notation.number(cell),
        }
    }

    /// Whether a cell has no value.
    pub(super) fn is_missing(self, cell: &str) -> bool {
        match self.kind {
            ColumnKind::Number | ColumnKind::Date => {
                cell.is_empty()
                    || Missing::is_word_among_numbers(cell)
                    || (!self.missing.others.is_empty()
                        && self.missing.names(cell, self.number(cell)))
            }
            ColumnKind::Boolean | ColumnKind::Category | ColumnKind::Text => {
                self.missing.holds_among_words(cell)
            }
        }
    }

    /// The number in a cell that has a value.
    pub(super) fn present_number(self, cell: &str) -> Option<f64> {
        self.number(cell).filter(|_| self.missing.others.is_empty() || !self.is_missing(cell))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_is_blank_or_a_word_for_nothing_in_any_case() {
        for cell in
            ["", "?", "NA", "na", "N/A", "NaN", "nan", "NULL", "null", "#N/A", "\\N", "<NA>"]
        {
            assert!(is_missing(cell), "{cell}");
        }
        for cell in ["0", "none", "nana", "no", "-", "x", "None", "."] {
            assert!(!is_missing(cell), "{cell}");
        }
        for cell in ["none", "-", "..", "#DIV/0!", "n.a.", "NA", "?"] {
            assert!(Missing::is_word_among_numbers(cell), "{cell}");
        }
    }

    #[test]
    fn values_that_are_named_are_missing_as_text_and_as_numbers() {
        let asked = ["-200".to_owned(), "unknown".to_owned()];
        let missing = Missing::of(&asked);
        let numbers = Cells { kind: ColumnKind::Number, notation: None, missing: &missing };
        for cell in ["-200", "-200.0", "-2e2", "unknown", "NA", "-"] {
            assert!(numbers.is_missing(cell), "{cell}");
        }
        assert!(!numbers.is_missing("200"));
        assert_eq!(
            (numbers.present_number("-200"), numbers.present_number("7")),
            (None, Some(7.0))
        );
        let words = Cells { kind: ColumnKind::Category, ..numbers };
        assert!(words.is_missing("unknown") && words.is_missing("NA") && !words.is_missing("-"));
    }

    #[test]
    fn blank_makes_words_values_in_columns_of_words() {
        let missing = Missing::of(&["blank".to_owned()]);
        let words = Cells { kind: ColumnKind::Category, notation: None, missing: &missing };
        assert!(words.is_missing("") && !words.is_missing("NA") && !words.is_missing("?"));
        // A number it cannot be.
        assert!(Cells { kind: ColumnKind::Number, ..words }.is_missing("NA"));
    }
}
