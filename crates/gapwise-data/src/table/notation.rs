//! Numbers as people write them: decimal commas, marks between thousands, currencies, percent and
//! parentheses for what is negative.

use serde::{Deserialize, Serialize};

/// What stands before the fraction of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum DecimalMark {
    /// `1.5`
    #[default]
    #[serde(rename = ".")]
    Point,
    /// `1,5`
    #[serde(rename = ",")]
    Comma,
}

impl DecimalMark {
    const ALL: [DecimalMark; 2] = [DecimalMark::Point, DecimalMark::Comma];

    /// As it is typed.
    pub fn as_str(self) -> &'static str {
        match self {
            DecimalMark::Point => ".",
            DecimalMark::Comma => ",",
        }
    }

    /// The mark of a number's fraction where this one is that of the other language: `,` for `.`.
    fn other(self) -> ThousandsMark {
        match self {
            DecimalMark::Point => ThousandsMark::Comma,
            DecimalMark::Comma => ThousandsMark::Point,
        }
    }

    fn is(self, c: char) -> bool {
        self.as_str().starts_with(c)
    }
}

/// What stands between the thousands of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum ThousandsMark {
    /// Nothing: `1234567`
    #[default]
    #[serde(rename = "none")]
    None,
    /// `1,234,567`
    #[serde(rename = ",")]
    Comma,
    /// `1.234.567`
    #[serde(rename = ".")]
    Point,
    /// `1 234 567`, narrow blanks and those that do not break among them.
    #[serde(rename = "blank")]
    Blank,
    /// `1'234'567`
    #[serde(rename = "'")]
    Apostrophe,
}

impl ThousandsMark {
    /// As it is typed.
    pub fn as_str(self) -> &'static str {
        match self {
            ThousandsMark::None => "none",
            ThousandsMark::Comma => ",",
            ThousandsMark::Point => ".",
            ThousandsMark::Blank => "blank",
            ThousandsMark::Apostrophe => "'",
        }
    }

    fn is(self, c: char) -> bool {
        match self {
            ThousandsMark::None => false,
            ThousandsMark::Comma => c == ',',
            ThousandsMark::Point => c == '.',
            ThousandsMark::Blank => {
                matches!(c, ' ' | '\u{A0}' | '\u{2006}' | '\u{2007}' | '\u{2009}' | '\u{202F}')
            }
            ThousandsMark::Apostrophe => matches!(c, '\'' | '’'),
        }
    }
}

/// How the numbers of one column are written, where that is not the way of programs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notation {
    /// What stands before the fraction.
    pub decimal: DecimalMark,
    /// What may stand between thousands.
    pub thousands: ThousandsMark,
    /// Whether every number is followed by `%`. `4.9%` is read as 4.9.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub percent: bool,
    /// The currency that may stand before or behind a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
}

impl Notation {
    /// The number in a cell that is written in this way.
    pub(super) fn number(&self, cell: &str) -> Option<f64> {
        let bare = Bare::of(cell)?;
        let currency = bare.currency.is_none() || bare.currency == self.currency.as_deref();
        if bare.percent != self.percent || !currency {
            return None;
        }
        bare.value(self.decimal, self.thousands)
    }

    /// In a few words, for a fingerprint.
    pub(super) fn words(&self) -> String {
        let percent = if self.percent { "%" } else { "" };
        let currency = self.currency.as_deref().unwrap_or_default();
        format!("{} {} {percent}{currency}", self.decimal.as_str(), self.thousands.as_str())
    }
}

/// A cell without what stands around its digits.
struct Bare<'a> {
    negative: bool,
    percent: bool,
    currency: Option<&'a str>,
    /// Digits and marks: `1.234,5e3`.
    digits: &'a str,
}

/// Currencies by letters; those by signs are known by their kind.
const CURRENCIES: [&str; 32] = [
    "US$", "A$", "C$", "R$", "HK$", "NZ$", "S$", "USD", "EUR", "GBP", "CHF", "JPY", "CNY", "INR",
    "AUD", "CAD", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "BRL", "ZAR", "MXN", "KRW", "RUB",
    "TRY", "Rs.", "Rs", "kr", "zł",
];

fn is_currency_sign(c: char) -> bool {
    matches!(c, '$' | '¢' | '£' | '¤' | '¥' | '฿' | '\u{20A0}'..='\u{20CF}')
}

impl<'a> Bare<'a> {
    /// `None` where a cell is surely no number.
    fn of(cell: &'a str) -> Option<Bare<'a>> {
        // No number needs as much, and most text is told by it or by having no digit.
        if cell.len() > 80 || !cell.bytes().any(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let mut bare =
            Bare { negative: false, percent: false, currency: None, digits: cell.trim() };
        let mut signed = false;
        // Each of sign, currency, percent and parentheses once, in any order from outside.
        loop {
            let before = bare.digits;
            if let Some(rest) = before.strip_prefix(['-', '−', '–', '+']) {
                if signed {
                    return None;
                }
                signed = true;
                bare.negative = !before.starts_with('+');
                bare.digits = rest.trim_start();
            } else if let Some(inner) =
                before.strip_prefix('(').and_then(|inner| inner.strip_suffix(')'))
            {
                if signed {
                    return None;
                }
                (signed, bare.negative) = (true, true);
                bare.digits = inner.trim();
            } else if let Some(rest) = before.strip_suffix('%') {
                if bare.percent {
                    return None;
                }
                bare.percent = true;
                bare.digits = rest.trim_end();
            } else if let Some((currency, rest)) = currency(before) {
                if bare.currency.is_some() {
                    return None;
                }
                bare.currency = Some(currency);
                bare.digits = rest.trim();
            } else {
                break;
            }
        }
        let first = bare.digits.chars().next()?;
        let last = bare.digits.chars().next_back()?;
        let may_begin = first.is_ascii_digit() || matches!(first, '.' | ',');
        (may_begin && (last.is_ascii_digit() || matches!(last, '.' | ','))).then_some(bare)
    }

    /// The number, where its digits are written with these marks.
    fn value(&self, decimal: DecimalMark, thousands: ThousandsMark) -> Option<f64> {
        let (mantissa, exponent) = match self.digits.find(['e', 'E']) {
            Some(at) => (&self.digits[..at], Some(&self.digits[at..])),
            None => (self.digits, None),
        };
        let (whole, fraction) = match mantissa.find(|c| decimal.is(c)) {
            Some(at) => (&mantissa[..at], Some(&mantissa[at + 1..])),
            None => (mantissa, None),
        };
        let mut plain = String::with_capacity(self.digits.len() + 1);
        if self.negative {
            plain.push('-');
        }
        push_grouped(&mut plain, whole, thousands)?;
        if let Some(fraction) = fraction {
            if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            plain.push('.');
            plain.push_str(fraction);
        }
        plain.push_str(exponent.unwrap_or_default());
        plain.parse().ok()
    }
}

/// Digits without the marks between thousands. `None` where something else stands there, or the
/// groups are none: three digits each behind the first, or with commas two and the last three.
fn push_grouped(plain: &mut String, whole: &str, thousands: ThousandsMark) -> Option<()> {
    let mut groups = whole.split(|c| thousands.is(c));
    let first = groups.next()?;
    let is_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let rest: Vec<&str> = groups.collect();
    if !is_digits(first) || !rest.iter().all(|group| is_digits(group)) {
        return None;
    }
    if let Some((last, between)) = rest.split_last() {
        let by_three = between.iter().all(|group| group.len() == 3);
        let by_two = thousands == ThousandsMark::Comma
            && first.len() <= 2
            && between.iter().all(|group| group.len() == 2);
        let begins = (1..=3).contains(&first.len()) && !first.starts_with('0');
        if last.len() != 3 || !begins || !(by_three || by_two) {
            return None;
        }
    }
    plain.push_str(first);
    for group in rest {
        plain.push_str(group);
    }
    Some(())
}

/// A currency at either end, and what is left.
fn currency(text: &str) -> Option<(&str, &str)> {
    for name in CURRENCIES {
        let beside = |rest: &str| !rest.starts_with(char::is_alphabetic);
        if let Some(rest) = text.strip_prefix(name).filter(|rest| beside(rest)) {
            return Some((&text[..name.len()], rest));
        }
        if let Some(rest) = text.strip_suffix(name)
            && !rest.ends_with(char::is_alphabetic)
        {
            return Some((&text[rest.len()..], rest));
        }
    }
    let mut chars = text.char_indices();
    let (_, first) = chars.next()?;
    if is_currency_sign(first) {
        return Some(text.split_at(first.len_utf8()));
    }
    let (at, last) = chars.next_back()?;
    is_currency_sign(last).then(|| (&text[at..], &text[..at]))
}

/// The marks that stand between thousands where fractions have `decimal`, the plainest first.
fn marks(decimal: DecimalMark) -> [ThousandsMark; 4] {
    [ThousandsMark::None, decimal.other(), ThousandsMark::Blank, ThousandsMark::Apostrophe]
}

/// What a person said of all numbers of a table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) decimal: Option<DecimalMark>,
    pub(super) thousands: Option<ThousandsMark>,
}

impl Asked {
    fn allows(self, decimal: DecimalMark, thousands: ThousandsMark) -> bool {
        use ThousandsMark as T;
        let clash = |mark| match decimal {
            DecimalMark::Point => mark == T::Point,
            DecimalMark::Comma => mark == T::Comma,
        };
        self.decimal.is_none_or(|asked| asked == decimal)
            && self
                .thousands
                .is_none_or(|asked| (thousands == T::None || asked == thousands) && !clash(asked))
    }

    /// Whether a person said that numbers are as programs write them.
    pub(super) fn is_plain(self) -> bool {
        self.allows(DecimalMark::Point, ThousandsMark::None)
    }
}

/// The ways in which a column's numbers can be written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    /// The way that most numbers fit.
    pub(super) notation: Notation,
    /// How many do.
    pub(super) fit: usize,
    /// Whether one of those has a fraction or a mark between thousands.
    pub(super) has_fraction: bool,
    /// The other way, in which as many numbers mean something else: `1,234`.
    pub(super) or: Option<Notation>,
}

/// Fewer numbers do not show how long fractions are.
const ENOUGH: usize = 50;
/// One number in so many may be written wrongly.
const ONE_OTHER_IN: usize = 100;

/// The notation that fits most of some cells, none of which is missing. `None` where no cell is a
/// number in any way that was not ruled out.
pub(super) fn find<'a>(
    cells: impl Iterator<Item = &'a str> + Clone,
    asked: Asked,
) -> Option<Found> {
    let bare = || cells.clone().filter_map(Bare::of);
    let (mut all, mut percents) = (0_usize, 0_usize);
    let mut currencies: Vec<(&str, usize)> = Vec::new();
    for cell in bare() {
        all += 1;
        percents += usize::from(cell.percent);
        if let Some(currency) = cell.currency {
            match currencies.iter_mut().find(|(known, _)| *known == currency) {
                Some((_, count)) => *count += 1,
                None => currencies.push((currency, 1)),
            }
        }
    }
    let percent = percents * 2 > all;
    // The first of equally frequent ones.
    let currency = currencies.iter().rev().max_by_key(|(_, count)| *count).map(|(sign, _)| *sign);
    let mut fit = [[0_usize; 4]; 2];
    for cell in bare().filter(|cell| {
        cell.percent == percent && (cell.currency.is_none() || cell.currency == currency)
    }) {
        for (fit, decimal) in fit.iter_mut().zip(DecimalMark::ALL) {
            for (fit, thousands) in fit.iter_mut().zip(marks(decimal)) {
                let fits =
                    asked.allows(decimal, thousands) && cell.value(decimal, thousands).is_some();
                *fit += usize::from(fits);
            }
        }
    }
    let best = |decimal: DecimalMark| {
        let fit = &fit[decimal as usize];
        // The plainest of those that fit as many.
        let most = (0..4).rev().max_by_key(|at| fit[*at]).unwrap_or_default();
        let currency = currency.map(str::to_owned);
        let notation = Notation { decimal, thousands: marks(decimal)[most], percent, currency };
        (notation, fit[most])
    };
    let (point, comma) = (best(DecimalMark::Point), best(DecimalMark::Comma));
    // Where neither mark of the two is a thousands mark, no cell has a fraction.
    let marked = |notation: &Notation| notation.thousands == notation.decimal.other();
    // Three digits behind the mark in all cells but a few are thousands: fractions have other lengths too.
    let few = |cells: usize, of: usize| of >= ENOUGH && cells * ONE_OTHER_IN <= of;
    let by_thousands = |one: &(Notation, usize), most: usize| {
        marked(&one.0) && one.1 < most && few(most - one.1, one.1)
    };
    let (likelier, other) = match comma.1 > point.1 {
        true if by_thousands(&point, comma.1) => (point, comma),
        true => (comma, point),
        false if by_thousands(&comma, point.1) => (comma, point),
        false => (point, comma),
    };
    if likelier.1 == 0 {
        return None;
    }
    let ambiguous = other.1 == likelier.1 && (marked(&other.0) || marked(&likelier.0));
    let (notation, fit) = likelier;
    let has_fraction = bare().any(|cell| cell.digits.contains(['.', ',']));
    Some(Found { notation, fit, has_fraction, or: ambiguous.then_some(other.0) })
}

/// Whether a cell is a number in some way of writing.
pub(super) fn is_number_somehow(cell: &str) -> bool {
    Bare::of(cell).is_some_and(|bare| {
        DecimalMark::ALL.into_iter().any(|decimal| {
            marks(decimal).into_iter().any(|thousands| bare.value(decimal, thousands).is_some())
        })
    })
}

/// Whether a plain number would mean something else with points between thousands: `1.234`.
pub(super) fn has_grouped_point(cell: &str) -> bool {
    let (decimal, thousands) = (DecimalMark::Comma, ThousandsMark::Point);
    cell.contains('.')
        && Bare::of(cell).is_some_and(|bare| bare.value(decimal, thousands).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(cells: &[&str]) -> Found {
        find(cells.iter().copied(), Asked::default()).expect("numbers")
    }

    fn numbers(cells: &[&str]) -> Vec<f64> {
        let notation = found(cells).notation;
        cells.iter().map(|cell| notation.number(cell).expect("a number")).collect()
    }

    #[test]
    fn each_way_of_writing_is_read() {
        assert_eq!(numbers(&["384,37", "12", "-0,5"]), [384.37, 12.0, -0.5]);
        assert_eq!(numbers(&["1,234,567", "366,000.5", "12"]), [1_234_567.0, 366_000.5, 12.0]);
        assert_eq!(numbers(&["1.234.567,8", "0,5"]), [1_234_567.8, 0.5]);
        assert_eq!(numbers(&["1 234", "1\u{202F}234,5", "7"]), [1234.0, 1234.5, 7.0]);
        assert_eq!(numbers(&["1'234.5", "2’000"]), [1234.5, 2000.0]);
        assert_eq!(
            numbers(&["$366,000.00", "-$1.5", "$-2", "($3)"]),
            [366_000.0, -1.5, -2.0, -3.0]
        );
        assert_eq!(numbers(&["1.234,50 €", "0,99€"]), [1234.5, 0.99]);
        assert_eq!(numbers(&["USD 5", "6.5 USD", "7"]), [5.0, 6.5, 7.0]);
        assert_eq!(numbers(&["4.9 %", "-0.5%"]), [4.9, -0.5]);
        assert_eq!(numbers(&["(1,234)", "(5.5)", "−3"]), [-1234.0, -5.5, -3.0]);
        assert_eq!(numbers(&["1,5e3", "2,25E-1"]), [1500.0, 0.225]);
        assert_eq!(numbers(&["1,00,000.5", "12,34,567"]), [100_000.5, 1_234_567.0]);
    }

    #[test]
    fn what_is_no_number_fits_no_notation() {
        for cell in
            ["", "abc", "1-2", "1.2.3", "12:30", "$", "%", "((1))", "--1", "1 2", "$1€", "5%%"]
        {
            assert!(!is_number_somehow(cell), "{cell}");
        }
        // Groups of other than three digits, and one that begins with 0.
        for cell in ["1234,5678,9", "0,123,456", "012 345", "1,2345,678"] {
            assert!(!is_number_somehow(cell), "{cell}");
        }
    }

    #[test]
    fn one_mark_and_three_digits_may_be_thousands_or_a_fraction() {
        let undecided = found(&["1,234", "5,678"]);
        assert_eq!(undecided.notation.number("1,234"), Some(1234.0));
        assert_eq!(undecided.or.expect("the other way").number("1,234"), Some(1.234));
        assert!(found(&["1,234", "0,765"]).or.is_none());
        assert!(found(&["1,234", "1,234,567"]).or.is_none());
        assert!(found(&["1 234", "5"]).or.is_none());
    }

    #[test]
    fn a_column_has_one_currency_and_percent_everywhere_or_nowhere() {
        let found = found(&["$5", "$6", "€7", "8"]);
        assert_eq!((found.fit, found.notation.number("€7")), (3, None));
        let found = super::tests::found(&["5%", "6%", "0.07"]);
        assert_eq!((found.fit, found.notation.number("0.07")), (2, None));
    }

    #[test]
    fn what_was_asked_for_rules_the_rest_out() {
        let asked = |decimal, thousands| Asked { decimal, thousands };
        let of = |cells: &[&str], asked| find(cells.iter().copied(), asked);
        let comma = of(&["1,234"], asked(Some(DecimalMark::Comma), None)).expect("a number");
        assert_eq!(comma.notation.number("1,234"), Some(1.234));
        let none = asked(Some(DecimalMark::Point), Some(ThousandsMark::None));
        assert_eq!(of(&["1,234"], none), None);
        let point = of(&["1.234"], asked(None, Some(ThousandsMark::Point))).expect("a number");
        assert_eq!(point.notation.number("1.234"), Some(1234.0));
    }
}
