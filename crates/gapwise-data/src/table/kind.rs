//! What the cells of a column hold.

use std::collections::HashSet;

use super::{
    date,
    schema::{ColumnKind, DateOrder},
};

/// Whether a cell has no value: blank, `?`, `NA`, `N/A`, `NaN` or `null`, in any case.
pub(super) fn is_missing(cell: &str) -> bool {
    matches!(cell, "" | "?")
        || (cell.len() <= 4
            && ["na", "n/a", "nan", "null"].iter().any(|word| cell.eq_ignore_ascii_case(word)))
}

/// The number in a cell, infinite ones too: `3`, `-1.5`, `.28`, `6e23`, `inf`.
pub(super) fn number(cell: &str) -> Option<f64> {
    // Most cells that are no numbers are told by their first byte.
    match cell.as_bytes().first()? {
        b'0'..=b'9' | b'+' | b'-' | b'.' | b'i' | b'I' => {
            cell.parse().ok().filter(|value: &f64| !value.is_nan())
        }
        _ => None,
    }
}

/// The largest size of a number that is computed with: its square, added up over as many examples
/// as there can be, is still finite.
const LARGEST: f64 = 1e150;

/// What is expected of a number that is finite and too large, in words.
pub(super) const NOT_TOO_LARGE: &str = "a number between -1e150 and 1e150";

/// Whether a number's square, in a variance or a squared error, might not be finite.
pub(super) fn is_too_large(value: f64) -> bool {
    value.abs() > LARGEST
}

/// Whether a cell is a number but for its commas: `1,5` or `1,234.5`.
fn is_number_with_commas(cell: &str) -> bool {
    cell.contains(',')
        && cell.bytes().all(|byte| byte.is_ascii_digit() || b"+-.,".contains(&byte))
        && cell.ends_with(|c: char| c.is_ascii_digit())
}

/// Words for false and true.
pub(super) const WORDS: [[&str; 2]; 2] = [["false", "true"], ["no", "yes"]];

/// Which pair of [`WORDS`] a cell belongs to, and whether it is the one for true.
pub(super) fn boolean(cell: &str) -> Option<(usize, bool)> {
    if !(2..=5).contains(&cell.len()) {
        return None;
    }
    WORDS.iter().enumerate().find_map(|(pair, [no, yes])| {
        let is = |word: &str| cell.eq_ignore_ascii_case(word);
        if is(yes) { Some((pair, true)) } else { is(no).then_some((pair, false)) }
    })
}

/// What was counted in a column, and what it is taken for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Verdict {
    pub(super) kind: ColumnKind,
    pub(super) date_order: Option<DateOrder>,
    /// What a person should hear about.
    pub(super) doubt: Option<Doubt>,
}

/// Why a column's kind may not be what was meant. Rows count from the column's first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// Many cells are numbers, but too many are not.
    MostlyNumbers { numbers: usize, others: usize, first_other: usize },
    /// Half of the cells or more are digits with commas between them.
    NumbersWithCommas { first: usize },
    /// Every date reads both with its day and with its month first.
    AmbiguousDates { first: usize },
}

/// A column may have one bad cell in so many and still be what the others are: those are then
/// reported as bad. With more, the kind itself is in doubt.
const ONE_BAD_CELL_IN: usize = 100;

/// The most different values, below half of the cells, that text may have and still be
/// categories; and fewer than that, where some repeat.
const FEW_CATEGORIES: usize = 16;

/// Tells what the cells of a column hold: numbers, booleans or dates where all but a hundredth of
/// them are (booleans: all); else text where most cells are different, else categories.
pub(super) fn infer<'a>(cells: impl Iterator<Item = &'a str> + Clone) -> Verdict {
    let mut present = 0;
    let (mut numbers, mut words, mut dates) = (0, [0; 2], [0; 3]);
    let (mut first_date, mut first_other) = (None, None);
    let (mut with_commas, mut first_with_comma) = (0, None);
    for (row, cell) in cells.clone().enumerate() {
        if is_missing(cell) {
            continue;
        }
        present += 1;
        if number(cell).is_some() {
            numbers += 1;
            continue;
        }
        first_other = first_other.or(Some(row));
        if let Some((pair, _)) = boolean(cell) {
            words[pair] += 1;
        }
        if is_number_with_commas(cell) {
            with_commas += 1;
            first_with_comma = first_with_comma.or(Some(row));
        }
        for (count, order) in dates.iter_mut().zip(ORDERS) {
            *count += usize::from(date::parse(cell, order).is_some());
        }
        if first_date.is_none() && dates[1] > 0 {
            first_date = Some(row);
        }
    }
    let nearly_all = |count: usize| count > 0 && (present - count) * ONE_BAD_CELL_IN <= present;
    let plain = |kind| Verdict { kind, date_order: None, doubt: None };
    if nearly_all(numbers) {
        return plain(ColumnKind::Number);
    }
    if words.iter().any(|count| *count == present && present > 0) {
        return plain(ColumnKind::Boolean);
    }
    let [_, day_first, month_first] = dates;
    // A bad cell settles nothing: what tells the two apart is a cell that is a date in one alone.
    let ambiguous = nearly_all(day_first) && day_first == month_first;
    if !ambiguous {
        let likeliest = dates.into_iter().zip(ORDERS).max_by_key(|(count, _)| *count);
        if let Some((_, order)) = likeliest.filter(|(count, _)| nearly_all(*count)) {
            let date_order = Some(order);
            return Verdict { kind: ColumnKind::Date, date_order, doubt: None };
        }
    }
    let kind =
        if is_mostly_unique(cells, present) { ColumnKind::Text } else { ColumnKind::Category };
    let doubt = match (first_date, first_other, first_with_comma) {
        (Some(first), _, _) if ambiguous => Some(Doubt::AmbiguousDates { first }),
        // Whole numbers stand without a comma among those that have one.
        (_, _, Some(first)) if (numbers + with_commas) * 2 >= present => {
            Some(Doubt::NumbersWithCommas { first })
        }
        (_, Some(first_other), _) if numbers * 2 >= present => {
            Some(Doubt::MostlyNumbers { numbers, others: present - numbers, first_other })
        }
        _ => None,
    };
    Verdict { kind, date_order: None, doubt }
}

const ORDERS: [DateOrder; 3] = [DateOrder::YearFirst, DateOrder::DayFirst, DateOrder::MonthFirst];

/// Whether values name single examples rather than categories.
pub(super) fn are_mostly_unique(distinct: usize, present: usize) -> bool {
    distinct > 1 && (distinct == present || (distinct * 2 > present && distinct > FEW_CATEGORIES))
}

fn is_mostly_unique<'a>(cells: impl Iterator<Item = &'a str>, present: usize) -> bool {
    let mut seen = HashSet::new();
    let distinct = cells.filter(|cell| !is_missing(cell) && seen.insert(*cell)).count();
    are_mostly_unique(distinct, present)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(cells: &[&str]) -> ColumnKind {
        infer(cells.iter().copied()).kind
    }

    #[test]
    fn missing_is_blank_question_mark_na_nan_and_null_in_any_case() {
        for cell in ["", "?", "NA", "na", "N/A", "NaN", "nan", "NULL", "null"] {
            assert!(is_missing(cell), "{cell}");
        }
        for cell in ["0", "none", "nana", "no", "-", "x"] {
            assert!(!is_missing(cell), "{cell}");
        }
    }

    #[test]
    fn numbers_are_what_reads_as_one_and_infinite_ones_are_among_them() {
        assert_eq!(number(".28"), Some(0.28));
        assert_eq!(number("-1e3"), Some(-1000.0));
        assert_eq!(number("+4"), Some(4.0));
        assert_eq!(number("1e999"), Some(f64::INFINITY));
        assert_eq!(number("-inf"), Some(f64::NEG_INFINITY));
        for cell in ["", "nan", "1,5", "0x1", "1 2", "abc", "é"] {
            assert_eq!(number(cell), None, "{cell}");
        }
    }

    #[test]
    fn each_kind_is_told() {
        assert_eq!(kind(&["1", "2.5", "?", "-3"]), ColumnKind::Number);
        assert_eq!(kind(&["0", "1", "1"]), ColumnKind::Number);
        assert_eq!(kind(&["True", "false", "", "TRUE"]), ColumnKind::Boolean);
        assert_eq!(kind(&["yes", "no"]), ColumnKind::Boolean);
        assert_eq!(kind(&["yes", "no", "true", "yes", "no"]), ColumnKind::Category);
        assert_eq!(kind(&["1949-01", "1949-02"]), ColumnKind::Date);
        assert_eq!(kind(&["red", "green", "red"]), ColumnKind::Category);
        assert_eq!(kind(&["Ann", "Ben", "Cy"]), ColumnKind::Text);
        assert_eq!(kind(&["", "?", "NA"]), ColumnKind::Category);
    }

    #[test]
    fn one_bad_cell_in_a_hundred_leaves_a_number_column_and_two_do_not() {
        let mut cells = vec!["1"; 99];
        cells.push("x");
        assert_eq!(kind(&cells), ColumnKind::Number);
        cells[0] = "y";
        let verdict = infer(cells.iter().copied());
        assert_eq!(verdict.kind, ColumnKind::Category);
        assert_eq!(
            verdict.doubt,
            Some(Doubt::MostlyNumbers { numbers: 98, others: 2, first_other: 0 })
        );
    }

    #[test]
    fn numbers_with_commas_are_no_numbers_and_are_doubted() {
        let verdict = infer(["1", "2,5", "3,5", "2,5"].into_iter());
        assert_eq!(verdict.kind, ColumnKind::Category);
        assert_eq!(verdict.doubt, Some(Doubt::NumbersWithCommas { first: 1 }));
        let verdict = infer(["a", "b", "2,5", "b"].into_iter());
        assert_eq!(verdict.doubt, None);
    }

    #[test]
    fn day_and_month_are_told_by_a_day_beyond_twelve_or_not_at_all() {
        let told = infer(["3/2/2024", "13/2/2024"].into_iter());
        assert_eq!((told.kind, told.date_order), (ColumnKind::Date, Some(DateOrder::DayFirst)));
        let told = infer(["3/2/2024", "2/13/2024"].into_iter());
        assert_eq!((told.kind, told.date_order), (ColumnKind::Date, Some(DateOrder::MonthFirst)));
        let untold = infer(["?", "3/2/2024", "4/2/2024"].into_iter());
        assert_eq!(untold.kind, ColumnKind::Text);
        assert_eq!(untold.doubt, Some(Doubt::AmbiguousDates { first: 1 }));
        let mut cells = vec!["x"];
        cells.extend(["3/2/2024", "4/2/2024"].repeat(60));
        let with_a_bad_cell = infer(cells.into_iter());
        assert_eq!(with_a_bad_cell.doubt, Some(Doubt::AmbiguousDates { first: 1 }));
    }

    #[test]
    fn text_is_categories_while_half_of_the_cells_repeat() {
        let names: Vec<String> = (0..40).map(|n| format!("name {}", n % 20)).collect();
        assert_eq!(
            kind(&names.iter().map(String::as_str).collect::<Vec<_>>()),
            ColumnKind::Category
        );
        let names: Vec<String> = (0..40).map(|n| format!("name {}", n % 21)).collect();
        assert_eq!(kind(&names.iter().map(String::as_str).collect::<Vec<_>>()), ColumnKind::Text);
        // Six of ten different, but few: a small table's categories.
        let cells = ["a", "b", "c", "d", "e", "f", "a", "a", "b", "c"];
        assert_eq!(kind(&cells), ColumnKind::Category);
    }
}
