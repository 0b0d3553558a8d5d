//! What the cells of a column hold.

use std::collections::HashSet;

use super::{
    date,
    missing::{self, Missing},
    notation::{self, Asked, DecimalMark, Notation, ThousandsMark},
    schema::{ColumnKind, DateOrder},
};

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
    /// How its numbers are written, where that is not the way of programs.
    pub(super) notation: Option<Notation>,
    /// What its numbers say of the marks in the whole table.
    pub(super) marks: Marks,
    /// Why whole numbers are no numbers here.
    pub(super) codes: Option<Codes>,
    /// What a person should hear about.
    pub(super) doubt: Option<Doubt>,
}

impl Verdict {
    fn plain(kind: ColumnKind) -> Verdict {
        let marks = Marks::Silent;
        Verdict { kind, date_order: None, notation: None, marks, codes: None, doubt: None }
    }
}

/// What the numbers of a column say of decimal and thousands marks.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Marks {
    /// Nothing.
    Silent,
    /// Fractions stand behind this mark, and nothing else fits.
    Decided(DecimalMark),
    /// The numbers fit this notation as well, in which they are others.
    Or(Notation),
}

/// Whole numbers that name something. Rows count from the column's first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codes {
    /// One begins with a zero: `007`.
    LeadingZero { first: usize },
    /// One has more digits than a number of 64 bits can hold.
    TooLong { first: usize },
}

/// Why a column's kind may not be what was meant. Rows count from the column's first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// Many cells are numbers, but too many are not.
    MostlyNumbers { numbers: usize, others: usize, first_other: usize },
    /// Half of the cells or more are numbers, which are written in different ways.
    MixedNumbers { first: usize, other: usize },
    /// Every date reads both with its day and with its month first.
    AmbiguousDates { first: usize },
}

/// A column may have one bad cell in so many and still be what the others are: those are then
/// reported as bad. With more, the kind itself is in doubt.
const ONE_BAD_CELL_IN: usize = 100;

/// The most different values, below half of the cells, that text may have and still be
/// categories; and fewer than that, where some repeat.
const FEW_CATEGORIES: usize = 16;

/// What a person said of cells.
#[derive(Clone, Copy)]
pub(super) struct Said<'a> {
    pub(super) missing: &'a Missing,
    pub(super) asked: Asked,
}

/// Tells what the cells of a column hold where nothing was said of them.
pub(super) fn infer<'a>(cells: impl Iterator<Item = &'a str> + Clone) -> Verdict {
    infer_as(cells, Said { missing: &Missing::default(), asked: Asked::default() })
}

/// What plain numbers were counted.
#[derive(Default)]
struct Plain {
    /// All of them.
    numbers: usize,
    /// Those with a point or an exponent.
    fractions: bool,
    /// Whether each point may stand between thousands, and there is one.
    points_group: Option<bool>,
    leading_zero: Option<usize>,
    too_long: Option<usize>,
}

impl Plain {
    fn count(&mut self, row: usize, cell: &str) {
        self.numbers += 1;
        let digits = cell.strip_prefix(['-', '+']).unwrap_or(cell);
        if digits.bytes().all(|byte| byte.is_ascii_digit()) {
            if digits.len() > 1 && digits.starts_with('0') && self.leading_zero.is_none() {
                self.leading_zero = Some(row);
            }
            if digits.len() >= DIGITS_HELD && self.too_long.is_none() && !is_held(digits) {
                self.too_long = Some(row);
            }
            return;
        }
        self.fractions = true;
        if self.points_group != Some(false) && cell.contains('.') {
            self.points_group = Some(notation::has_grouped_point(cell));
        }
    }

    /// Names rather than numbers, where that is what whole numbers are.
    fn codes(&self) -> Option<Codes> {
        let leading_zero = self.leading_zero.map(|first| Codes::LeadingZero { first });
        // Among fractions, a long number is one that was measured.
        let too_long = self.too_long.filter(|_| !self.fractions);
        leading_zero.or(too_long.map(|first| Codes::TooLong { first }))
    }

    fn marks(&self) -> Marks {
        match self.points_group {
            None => Marks::Silent,
            Some(false) => Marks::Decided(DecimalMark::Point),
            Some(true) => {
                let (decimal, thousands) = (DecimalMark::Comma, ThousandsMark::Point);
                Marks::Or(Notation { decimal, thousands, ..Notation::default() })
            }
        }
    }
}

/// Whole numbers of fewer digits are all held exactly by 64 bits: 2^53 has 16.
const DIGITS_HELD: usize = 16;

/// Whether a number of 64 bits holds a whole number exactly.
fn is_held(digits: &str) -> bool {
    digits.parse::<f64>().is_ok_and(|value| format!("{value:.0}") == digits)
}

/// Tells what the cells of a column hold: numbers, booleans or dates where all but a hundredth of
/// them are (booleans: all); else text where most cells are different, else categories. Numbers
/// may be written as people do, all in one way; whole numbers that a number cannot hold as they are
/// written, such as `007`, name something.
pub(super) fn infer_as<'a>(
    cells: impl Iterator<Item = &'a str> + Clone,
    Said { missing, asked }: Said<'_>,
) -> Verdict {
    let (mut present, mut nothing) = (0, 0);
    let (mut words, mut dates) = ([0; 2], [0; 3]);
    let mut plain = Plain::default();
    let (mut first_date, mut first_other, mut locals) = (None, None, 0_usize);
    for (row, cell) in cells.clone().enumerate() {
        let value = number(cell);
        if missing::is_missing(cell) || missing.names(cell, value) {
            continue;
        }
        present += 1;
        if value.is_some() {
            plain.count(row, cell);
            continue;
        }
        if Missing::is_word_among_numbers(cell) {
            nothing += 1;
            continue;
        }
        first_other = first_other.or(Some(row));
        if let Some((pair, _)) = boolean(cell) {
            words[pair] += 1;
        }
        locals += usize::from(notation::is_number_somehow(cell));
        for (count, order) in dates.iter_mut().zip(ORDERS) {
            *count += usize::from(date::parse(cell, order).is_some());
        }
        if first_date.is_none() && dates[1] > 0 {
            first_date = Some(row);
        }
    }
    let valued = present - nothing;
    let nearly_all = |count: usize| count > 0 && (valued - count) * ONE_BAD_CELL_IN <= valued;
    if valued > 0
        && nearly_all(plain.numbers)
        && let Some(codes) = plain.codes()
    {
        let kind = kind_of_words(cells, missing);
        return Verdict { codes: Some(codes), ..Verdict::plain(kind) };
    }
    if valued > 0 && plain.numbers == valued && asked.is_plain() {
        return Verdict { marks: plain.marks(), ..Verdict::plain(ColumnKind::Number) };
    }
    let has_value =
        |cell: &&str| !Missing::is_word_among_numbers(cell) && !missing.names(cell, number(cell));
    let found = if locals > 0 || plain.numbers > 0 {
        notation::find(cells.clone().filter(has_value), asked)
    } else {
        None
    };
    if let Some(found) = &found
        && nearly_all(found.fit)
        && (found.fit > plain.numbers || !asked.is_plain())
    {
        let marks = match &found.or {
            Some(other) => Marks::Or(other.clone()),
            None if found.notation.thousands == ThousandsMark::None && !found.has_fraction => {
                Marks::Silent
            }
            None => Marks::Decided(found.notation.decimal),
        };
        // Parentheses and typographic signs are no way of programs either.
        let plainly = found.fit <= plain.numbers && found.notation == Notation::default();
        let notation = Some(found.notation.clone()).filter(|_| !plainly);
        return Verdict { notation, marks, ..Verdict::plain(ColumnKind::Number) };
    }
    // Where nothing fits what was asked for, the numbers are as programs write them.
    if nearly_all(plain.numbers) {
        return Verdict { marks: plain.marks(), ..Verdict::plain(ColumnKind::Number) };
    }
    if words.iter().any(|count| *count == present && present > 0) {
        return Verdict::plain(ColumnKind::Boolean);
    }
    let [_, day_first, month_first] = dates;
    // A bad cell settles nothing: what tells the two apart is a cell that is a date in one alone.
    let ambiguous = nearly_all(day_first) && day_first == month_first;
    if !ambiguous {
        let likeliest = dates.into_iter().zip(ORDERS).max_by_key(|(count, _)| *count);
        if let Some((_, order)) = likeliest.filter(|(count, _)| nearly_all(*count)) {
            return Verdict { date_order: Some(order), ..Verdict::plain(ColumnKind::Date) };
        }
    }
    let numbers = plain.numbers + locals;
    let doubt = match (first_date, first_other) {
        (Some(first), _) if ambiguous => Some(Doubt::AmbiguousDates { first }),
        (_, Some(first_other)) if numbers * 2 >= valued => mixed(cells.clone(), found.as_ref())
            .or(Some(Doubt::MostlyNumbers { numbers, others: valued - numbers, first_other })),
        _ => None,
    };
    Verdict { doubt, ..Verdict::plain(kind_of_words(cells, missing)) }
}

/// The first numbers that are written in two ways, where there are such.
fn mixed<'a>(
    cells: impl Iterator<Item = &'a str> + Clone,
    found: Option<&notation::Found>,
) -> Option<Doubt> {
    let fits = |cell: &str| match found {
        Some(found) => found.notation.number(cell).is_some(),
        None => number(cell).is_some(),
    };
    let is_other =
        |cell: &str| !fits(cell) && (number(cell).is_some() || notation::is_number_somehow(cell));
    let other = cells.clone().position(is_other)?;
    let first = cells.clone().position(fits)?;
    Some(Doubt::MixedNumbers { first, other })
}

/// Text where most cells are different, else categories.
fn kind_of_words<'a>(cells: impl Iterator<Item = &'a str>, missing: &Missing) -> ColumnKind {
    let (mut seen, mut present) = (HashSet::new(), 0);
    for cell in cells.filter(|cell| !missing.holds_among_words(cell)) {
        seen.insert(cell);
        present += 1;
    }
    if are_mostly_unique(seen.len(), present) { ColumnKind::Text } else { ColumnKind::Category }
}

const ORDERS: [DateOrder; 3] = [DateOrder::YearFirst, DateOrder::DayFirst, DateOrder::MonthFirst];

/// Whether values name single examples rather than categories.
pub(super) fn are_mostly_unique(distinct: usize, present: usize) -> bool {
    distinct > 1 && (distinct == present || (distinct * 2 > present && distinct > FEW_CATEGORIES))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(cells: &[&str]) -> ColumnKind {
        infer(cells.iter().copied()).kind
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
    fn numbers_as_people_write_them_are_read_where_a_column_has_one_way() {
        let verdict = infer(["1", "2,5", "3,5", "-", "2,5"].into_iter());
        assert_eq!(verdict.kind, ColumnKind::Number);
        assert_eq!(verdict.marks, Marks::Decided(DecimalMark::Comma));
        assert_eq!(verdict.notation.and_then(|way| way.number("2,5")), Some(2.5));
        let mixed = infer(["1.234,5", "2,5", "3.5", "2,5"].into_iter());
        assert_eq!(mixed.kind, ColumnKind::Category);
        assert_eq!(mixed.doubt, Some(Doubt::MixedNumbers { first: 0, other: 2 }));
        assert_eq!(infer(["a", "b", "2,5", "b"].into_iter()).doubt, None);
        // Parentheses and signs that programs do not write.
        let negative = infer(["(23.65)", "0.09", "−6.16"].into_iter());
        let read = negative.notation.expect("a way to write");
        assert_eq!(
            ["(23.65)", "0.09", "−6.16"].map(|cell| read.number(cell).unwrap()),
            [-23.65, 0.09, -6.16]
        );
        // One wrong cell does not turn thousands into fractions.
        let mut cells = vec!["2,836"; 119];
        cells.push("12,34");
        let verdict = infer(cells.into_iter());
        assert_eq!(verdict.notation.and_then(|way| way.number("2,836")), Some(2836.0));
        // All cells fit thousands, and all but one are plain.
        let mut cells = vec!["17"; 300];
        cells.push("1,017");
        let verdict = infer(cells.into_iter());
        assert_eq!(verdict.notation.and_then(|way| way.number("1,017")), Some(1017.0));
    }

    #[test]
    fn whole_numbers_that_begin_with_zero_or_cannot_be_held_name_something() {
        let codes = |cells: &[&str]| {
            let verdict = infer(cells.iter().copied());
            (verdict.kind, verdict.codes)
        };
        let category = ColumnKind::Category;
        let zero = Some(Codes::LeadingZero { first: 1 });
        assert_eq!(codes(&["7", "007", "7", "07", "007"]), (category, zero));
        assert_eq!(codes(&["0", "0.5", "10", "-0"]), (ColumnKind::Number, None));
        let long = Some(Codes::TooLong { first: 1 });
        let ids = ["12", "9007199254740993", "9007199254740992"];
        assert_eq!(codes(&ids), (ColumnKind::Text, long));
        // 2^53 and 10^22 are held.
        assert_eq!(codes(&["9007199254740992", "10000000000000000000000"]).1, None);
        assert_eq!(codes(&["9007199254740993", "0.5"]), (ColumnKind::Number, None));
    }

    #[test]
    fn words_for_nothing_do_not_make_numbers_categories() {
        let cells = ["-", "None", "1.5", "#N/A", "-", "2"];
        assert_eq!(kind(&cells), ColumnKind::Number);
        assert_eq!(kind(&["None", "red", "red", "None"]), ColumnKind::Category);
        assert_eq!(kind(&["-", "-", "None"]), ColumnKind::Category);
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
