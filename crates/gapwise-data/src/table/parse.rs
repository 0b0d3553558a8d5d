//! From cells to typed columns.

use std::collections::HashMap;

use super::{
    ColumnValues, MISSING, date,
    kind::{NOT_TOO_LARGE, boolean, is_too_large},
    missing::{Cells, Missing},
    part::{Part, cells, place},
    schema::{ColumnKind, ColumnSchema, DateOrder},
};
use crate::{Problem, problem::Gathered, shown::shown};

/// A column, and the cells that are not what it holds.
pub(super) struct Parsed {
    pub(super) values: ColumnValues,
    /// Examples with a bad cell.
    pub(super) bad: Vec<usize>,
    pub(super) problems: Gathered,
    /// Words that stand for no value, and how often each does.
    pub(super) words: Words,
}

/// Parses one column over all files. Bad cells are reported, and missing in the result.
pub(super) fn column(
    parts: &[Part],
    column: usize,
    (schema, missing): (&ColumnSchema, &Missing),
) -> Parsed {
    let reading = Cells::of(schema, missing);
    let (name, words) = (schema.name.as_str(), Words::default());
    let mut bad =
        BadCells { parts, name, reading, rows: Vec::new(), gathered: Gathered::new(), words };
    let of_column = cells(parts, column);
    let values = match schema.kind {
        ColumnKind::Number => ColumnValues::Number(bad.numbers(of_column)),
        ColumnKind::Date => ColumnValues::Date(
            bad.dates(of_column, schema.date_order.unwrap_or(DateOrder::YearFirst)),
        ),
        ColumnKind::Boolean => bad.booleans(of_column),
        ColumnKind::Category => {
            let (names, of) = bad.interned(of_column);
            ColumnValues::Category { names, of }
        }
        ColumnKind::Text => {
            let (names, of) = bad.interned(of_column);
            ColumnValues::Text { names, of }
        }
    };
    Parsed { values, bad: bad.rows, problems: bad.gathered, words: bad.words }
}

/// Collects bad cells while a column is parsed.
struct BadCells<'a> {
    parts: &'a [Part],
    name: &'a str,
    reading: Cells<'a>,
    rows: Vec<usize>,
    gathered: Gathered,
    words: Words,
}

/// Words that stand for no value, in the order in which they first occur.
#[derive(Debug, Default)]
pub(super) struct Words(Vec<(String, usize)>);

impl Words {
    /// Words of a longer list are counted with the last one.
    const MOST: usize = 20;

    fn count(&mut self, cell: &str) {
        if cell.is_empty() {
            return;
        }
        match self.0.iter().position(|(word, _)| word == cell) {
            Some(at) => self.0[at].1 += 1,
            None if self.0.len() < Words::MOST => self.0.push((cell.to_owned(), 1)),
            None => self.0[Words::MOST - 1].1 += 1,
        }
    }

    /// Each word and how often it occurs.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, usize)> {
        self.0.iter().map(|(word, times)| (word.as_str(), *times))
    }
}

impl BadCells<'_> {
    fn expected(&mut self, row: usize, expected: &str, found: &str) {
        let place = place(self.parts, row).column(self.name);
        let found = shown(found);
        self.rows.push(row);
        self.gathered.push(Problem::UnreadableCell { place, expected: expected.to_owned(), found });
    }

    /// A cell without what was expected: missing, or bad.
    fn none(&mut self, row: usize, expected: &str, cell: &str) {
        if self.reading.is_missing(cell) {
            self.words.count(cell);
        } else {
            self.expected(row, expected, cell);
        }
    }

    fn interned<'a>(&mut self, cells: impl Iterator<Item = &'a str>) -> (Vec<String>, Vec<u32>) {
        let (reading, words) = (self.reading, &mut self.words);
        interned(cells, |cell| {
            let missing = reading.is_missing(cell);
            if missing {
                words.count(cell);
            }
            missing
        })
    }

    fn numbers<'a>(&mut self, cells: impl Iterator<Item = &'a str>) -> Vec<f64> {
        let mut values = Vec::new();
        for (row, cell) in cells.enumerate() {
            values.push(match self.reading.present_number(cell) {
                Some(value) if value.is_finite() => {
                    if is_too_large(value) {
                        self.expected(row, NOT_TOO_LARGE, cell);
                        f64::NAN
                    } else {
                        value
                    }
                }
                Some(_) => {
                    let place = place(self.parts, row).column(self.name);
                    self.rows.push(row);
                    self.gathered.push(Problem::InfiniteNumber { place, found: shown(cell) });
                    f64::NAN
                }
                None => {
                    self.none(row, "a number", cell);
                    f64::NAN
                }
            });
        }
        values
    }

    fn dates<'a>(&mut self, cells: impl Iterator<Item = &'a str>, order: DateOrder) -> Vec<f64> {
        let expected = match order {
            DateOrder::YearFirst => "a date as year-month-day",
            DateOrder::DayFirst => "a date as day/month/year",
            DateOrder::MonthFirst => "a date as month/day/year",
        };
        let mut values = Vec::new();
        for (row, cell) in cells.enumerate() {
            values.push(date::parse(cell, order).unwrap_or_else(|| {
                self.none(row, expected, cell);
                f64::NAN
            }));
        }
        values
    }

    fn booleans<'a>(&mut self, cells: impl Iterator<Item = &'a str>) -> ColumnValues {
        let mut words = ["false".to_owned(), "true".to_owned()];
        let mut seen = [false; 2];
        let mut of = Vec::new();
        for (row, cell) in cells.enumerate() {
            let value = boolean(cell);
            if let Some((pair, value)) = value {
                let at = usize::from(value);
                if !seen[at] {
                    seen[at] = true;
                    words[at] = cell.to_owned();
                    // The other word, should it never occur, is of the same pair.
                    if !seen[1 - at] {
                        words[1 - at] = super::kind::WORDS[pair][1 - at].to_owned();
                    }
                }
            } else {
                self.none(row, "true or false, or yes or no", cell);
            }
            of.push(value.map(|(_, value)| value));
        }
        ColumnValues::Boolean { words, of }
    }
}

/// Different values in the order in which they first occur, and each cell's place among them:
/// [`MISSING`] for those that are.
pub(super) fn interned<'a>(
    cells: impl Iterator<Item = &'a str>,
    mut is_missing: impl FnMut(&str) -> bool,
) -> (Vec<String>, Vec<u32>) {
    let mut codes: HashMap<&str, u32> = HashMap::new();
    let mut names = Vec::new();
    let of = cells
        .map(|cell| {
            if is_missing(cell) {
                return MISSING;
            }
            *codes.entry(cell).or_insert_with(|| {
                names.push(cell.to_owned());
                (names.len() - 1) as u32
            })
        })
        .collect();
    (names, of)
}
