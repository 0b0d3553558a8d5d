//! Whether the first line of a table holds names.

use std::collections::HashSet;

use super::{find, grid::Grid, kind, missing, notation::Notation};
use crate::shown::shown;

/// Rows below the first that are looked at.
const ROWS: usize = 1_000;

/// Whether the first row holds names, and the reason, for people.
///
/// `asked` are column names that the user gave: a first row that has one of them is a header. Else:
///
/// 1. A first row with what a label is called, such as `target`, is a header. Other words above
///    numbers, dates or truth values are names, unless the first row's numbers are
///    examples by all that can be seen: fractions, repeated, or found again below.
/// 2. Numbers alone are names where, given the cells below, an example would hardly ever begin
///    with them ([`as_example`]): they count above cells that do not, or are whole above fractions,
///    or lie far away from all below.
/// 3. Where no column holds numbers, dates or truth values, all of the first row's cells must be
///    words, all different, none of them found again below in its column, while other values do
///    recur.
pub(super) fn detect(grid: &Grid, asked: &[&str]) -> (bool, &'static str) {
    if grid.rows() == 0 {
        return (false, "there is no line");
    }
    let first: Vec<&str> = (0..grid.width()).map(|column| grid.cell(0, column)).collect();
    // A number that is asked for is a column's place where there are as many columns.
    let by_name = |name: &str| {
        kind::number(name).is_none() || name.parse().is_ok_and(|place: usize| place > first.len())
    };
    if asked.iter().any(|name| by_name(name) && first.contains(name)) {
        return (true, "the first line has a column that was asked for by name");
    }
    let (mut words, mut odd, mut alike, mut numbers) = (0, 0, 0, Vec::new());
    let (mut without_name, mut label) = (false, false);
    for (column, first) in first.iter().enumerate() {
        label |= find::is_label_name(first) && !below(grid, column).any(|cell| cell == *first);
        let Some(typed) = typed(below(grid, column)) else { continue };
        if missing::is_missing(first) {
            without_name |= first.is_empty() && counts_rows(below(grid, column));
        } else if !typed.holds(first) {
            if is_name(first) { words += 1 } else { odd += 1 }
        } else if matches!(typed, Typed::Numbers(_)) && kind::number(first).is_some() {
            numbers.push(column);
        } else {
            alike += 1;
        }
    }
    const WORDS: &str = "its cells are words where those below are not";
    const NUMBERS: &str = "its numbers are unlike those below, as names are";
    const ALIKE: &str = "the first line's cells are like those below";
    if words + odd + alike + numbers.len() == 0 {
        return if words_that_never_recur(grid, &first) {
            (true, "its cells are words that occur nowhere below")
        } else {
            (false, ALIKE)
        };
    }
    if label && alike == 0 {
        return (
            true,
            if words > 0 { WORDS } else { "one of its cells is what a label is called" },
        );
    }
    let chance = if alike == 0 { as_example(grid, &numbers, without_name) } else { 1.0 };
    if chance < HARDLY_EVER {
        return (true, if words > 0 { WORDS } else { NUMBERS });
    }
    if words > 0 && alike == 0 && could_be_names(grid, &numbers) {
        return (true, WORDS);
    }
    if words + odd > alike + numbers.len() {
        return (true, WORDS);
    }
    if words > 0 || chance < RARELY {
        return (false, "more of the first line's cells are like those below than not");
    }
    (false, ALIKE)
}

/// A first row is a header where an example would begin with its numbers less often than this.
const HARDLY_EVER: f64 = 1e-3;

/// A first row may be a header, which is said, where an example would begin with its numbers less
/// often than this.
const RARELY: f64 = 0.02;

/// How often an example of different whole numbers counts, at most.
const COUNTS: f64 = 0.1;

/// Rows below that have to be there before anything can be told from numbers.
const ROWS_TO_TELL: usize = 3;

/// How often, about, an example would have the first row's numbers, by what the rows below have.
/// Of the columns `numbers`, each for itself: how many cells below are as whole and as near to the
/// others; and where the numbers count (`0,1,2` or `2018,2019`), how many rows below do, and how
/// many cells are the very number that it takes. A year far away from all below counts for more, and
/// so does a blank above a column that counts the rows.
fn as_example(grid: &Grid, numbers: &[usize], without_name: bool) -> f64 {
    let rows = grid.rows().saturating_sub(1).min(ROWS);
    if numbers.is_empty() || rows < ROWS_TO_TELL {
        return 1.0;
    }
    let share = |times: usize| (times as f64 + 1.0) / (rows as f64 + 2.0);
    let first: Vec<&str> = numbers.iter().map(|column| grid.cell(0, *column)).collect();
    let distinct: HashSet<&str> = first.iter().copied().collect();
    if distinct.len() < first.len() {
        return 1.0;
    }
    let counting = steps(&first);
    let counts_below = counting && {
        let others = (1..=rows).filter(|row| {
            let cells: Vec<&str> = numbers.iter().map(|column| grid.cell(*row, *column)).collect();
            steps(&cells)
        });
        others.count() * 20 > rows
    };
    let mut chance = if without_name { share(0) } else { 1.0 };
    if counting && !counts_below {
        chance *= COUNTS;
    }
    for (at, column) in numbers.iter().enumerate() {
        let Column { whole, far, same } = Column::of(first[at], below(grid, *column));
        let mut here = if is_whole(first[at]) { share(whole) } else { 1.0 };
        if far {
            here = here.min(share(0));
            if is_year(first[at]) {
                chance /= 20.0;
            }
        }
        if counting && !counts_below && at > 0 {
            here = here.min(share(same));
        }
        chance *= here;
    }
    chance
}

/// A first cell against those below.
struct Column {
    /// Cells below that are whole numbers.
    whole: usize,
    /// Whether the first is further away from all below than those are from each other.
    far: bool,
    /// Cells below that are the same number.
    same: usize,
}

impl Column {
    fn of<'a>(first: &str, below: impl Iterator<Item = &'a str>) -> Column {
        let first = kind::number(first).unwrap_or_default();
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        let (mut whole, mut same) = (0, 0);
        for cell in below {
            let Some(value) = kind::number(cell) else { continue };
            whole += usize::from(is_whole(cell));
            same += usize::from(value == first);
            (low, high) = (low.min(value), high.max(value));
        }
        let away = (low - first).max(first - high);
        Column { whole, far: away > high - low, same }
    }
}

/// Whether numbers could be names of different columns: whole, all different, and not most of them
/// found again below.
fn could_be_names(grid: &Grid, numbers: &[usize]) -> bool {
    let first: Vec<&str> = numbers.iter().map(|column| grid.cell(0, *column)).collect();
    let distinct: HashSet<&str> = first.iter().copied().collect();
    let again = |column: usize| below(grid, column).any(|cell| cell == grid.cell(0, column));
    distinct.len() == first.len()
        && first.iter().all(|cell| is_whole(cell))
        && numbers.iter().filter(|column| again(**column)).count() * 2 <= numbers.len()
}

/// Whether a cell is a number without a point or an exponent.
fn is_whole(cell: &str) -> bool {
    !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_year(cell: &str) -> bool {
    is_whole(cell) && cell.parse().is_ok_and(|year: u32| (1500..=2100).contains(&year))
}

/// Whether two or more whole numbers follow each other in equal steps upwards.
fn steps(cells: &[&str]) -> bool {
    let numbers: Option<Vec<i64>> =
        cells.iter().map(|cell| cell.parse().ok().filter(|_| is_whole(cell))).collect();
    let Some(numbers) = numbers.filter(|numbers| numbers.len() > 1) else { return false };
    let step = numbers[1].saturating_sub(numbers[0]);
    step > 0 && numbers.windows(2).all(|pair| pair[1].saturating_sub(pair[0]) == step)
}

/// Whether a column counts its rows, from 0 or 1.
fn counts_rows<'a>(mut cells: impl Iterator<Item = &'a str>) -> bool {
    let start = match cells.next() {
        Some("0") => 1_usize,
        Some("1") => 2,
        _ => return false,
    };
    (start..).zip(cells).all(|(number, cell)| cell.parse() == Ok(number))
}

/// Whether a cell that is none of what stands below it reads like a name: a word, or a date, and
/// not one of the ways to write that there is no value.
fn is_name(cell: &str) -> bool {
    const NO_VALUE: [&str; 9] = [
        "none",
        "nil",
        "unknown",
        "missing",
        "undefined",
        "inf",
        "infinity",
        "n.a.",
        "not available",
    ];
    let word = cell.starts_with(|c: char| c.is_alphabetic() || c == '_');
    word && !NO_VALUE.iter().any(|no_value| cell.eq_ignore_ascii_case(no_value))
        || super::date::parse(cell, super::DateOrder::YearFirst).is_some()
}

fn below(grid: &Grid, column: usize) -> impl Iterator<Item = &str> + Clone {
    (1..grid.rows().min(ROWS + 1)).map(move |row| grid.cell(row, column))
}

/// What all cells of a column are, where that is not words.
enum Typed {
    Numbers(Option<Notation>),
    Booleans,
    Dates(super::DateOrder),
}

impl Typed {
    fn holds(&self, cell: &str) -> bool {
        match self {
            Typed::Numbers(None) => kind::number(cell).is_some(),
            Typed::Numbers(Some(notation)) => notation.number(cell).is_some(),
            Typed::Booleans => kind::boolean(cell).is_some(),
            Typed::Dates(order) => super::date::parse(cell, *order).is_some(),
        }
    }
}

fn typed<'a>(cells: impl Iterator<Item = &'a str> + Clone) -> Option<Typed> {
    if cells.clone().all(missing::is_missing) {
        return None;
    }
    let verdict = kind::infer(cells);
    match verdict.kind {
        super::ColumnKind::Number => Some(Typed::Numbers(verdict.notation)),
        super::ColumnKind::Boolean => Some(Typed::Booleans),
        super::ColumnKind::Date => verdict.date_order.map(Typed::Dates),
        super::ColumnKind::Category | super::ColumnKind::Text => None,
    }
}

/// Rows above the header that hold a title alone, each in one cell with blank ones beside it, as
/// spreadsheets write them; 0 where no header follows.
pub(super) fn titles(grid: &mut Grid, asked: &[&str]) -> usize {
    /// More titles than any table has.
    const MOST: usize = 20;
    let is_title = |grid: &Grid, row: usize| {
        let mut cells = (0..grid.width()).map(|column| grid.cell(row, column));
        let mut with_value = cells.by_ref().filter(|cell| !cell.is_empty());
        let title = with_value.next().is_some_and(|cell| kind::number(cell).is_none());
        title && with_value.next().is_none() && grid.width() > 2
    };
    let rows = (0..grid.rows().min(MOST)).take_while(|row| is_title(grid, *row)).count();
    if rows == 0 || rows == grid.rows() {
        return 0;
    }
    grid.pass_over(rows);
    if detect(grid, asked).0 {
        return rows;
    }
    grid.pass_over(0);
    0
}

fn words_that_never_recur(grid: &Grid, first: &[&str]) -> bool {
    let mut different = HashSet::new();
    let all_different_words = first.iter().all(|cell| {
        !missing::is_missing(cell) && kind::number(cell).is_none() && different.insert(*cell)
    });
    if !all_different_words {
        return false;
    }
    let mut others_recur = false;
    for (column, name) in first.iter().enumerate() {
        let mut seen = HashSet::new();
        for cell in below(grid, column) {
            if cell == *name {
                return false;
            }
            others_recur |= !seen.insert(cell);
        }
    }
    // With nothing below, names are all that such a line can be.
    others_recur || grid.rows() == 1
}

/// Characters that a column's name may have: more is a cell that went astray.
const LONGEST_NAME: usize = 500;

/// Names for the columns: those of a header, with numbers where it is blank or repeats itself,
/// else their numbers from 1. Also what was changed, one line each.
pub(super) fn names(grid: &Grid, header: bool) -> (Vec<String>, Vec<String>) {
    let (mut names, mut changed) = (Vec::with_capacity(grid.width()), Vec::new());
    let mut taken = HashSet::new();
    for column in 0..grid.width() {
        let given = if header && grid.rows() > 0 { grid.cell(0, column) } else { "" };
        let long = given.chars().nth(LONGEST_NAME).is_some();
        let mut name = match given {
            "" => (column + 1).to_string(),
            given if long => shown(given),
            given => given.to_owned(),
        };
        if long {
            changed.push(format!("column {} has a long name, and is called `{name}`", column + 1));
        }
        if !taken.insert(name.clone()) {
            let mut number = 2;
            while !taken.insert(format!("{name}.{number}")) {
                number += 1;
            }
            changed.push(format!(
                "column {} has a name that another has, and is called `{name}.{number}`",
                column + 1
            ));
            name = format!("{name}.{number}");
        } else if header && given.is_empty() {
            changed.push(format!("column {} has no name, and is called `{name}`", column + 1));
        }
        names.push(name);
    }
    (names, changed)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::table::{
        grid::{Cutting, cut},
        records::{Dialect, Quote},
    };

    fn grid(text: &str) -> Grid {
        let dialect = Dialect { delimiter: ',', quote: Quote::Double };
        let cutting = Cutting { dialect, quote_is_said: false };
        cut(Path::new("a.csv"), text, cutting).expect("a table").grid
    }

    /// A first line above rows of `cells` cells, each by its row and column.
    fn above(first: &str, rows: usize, cell: impl Fn(usize, usize) -> String) -> bool {
        let width = first.split(',').count();
        let row = |row| (0..width).map(|column| cell(row, column)).collect::<Vec<_>>().join(",");
        let rows: Vec<String> = (0..rows).map(row).collect();
        header(&format!("{first}\n{}\n", rows.join("\n")))
    }

    /// Numbers that look drawn at random, in [0, 1).
    fn drawn(row: usize, column: usize) -> f64 {
        ((row * 7_919 + column * 104_729 + 13) * 2_654_435_761 % 99_991) as f64 / 99_991.0
    }

    fn fraction(row: usize, column: usize) -> String {
        format!("{:.4}", drawn(row, column) * 4.0 - 2.0)
    }

    fn header(text: &str) -> bool {
        detect(&grid(text), &[]).0
    }

    #[test]
    fn names_above_numbers_are_a_header_and_numbers_above_numbers_are_not() {
        assert!(header("a,b\n1,x\n2,y\n"));
        assert!(!header("5.1,x\n4.9,y\n"));
        assert!(!header("5.1,?\n4.9,y\n"));
        assert!(header("day,ok\n2024-01-01,yes\n2024-01-02,no\n"));
    }

    #[test]
    fn words_above_words_are_a_header_where_they_never_recur() {
        assert!(header("shape,class\nround,a\nflat,b\nround,a\n"));
        assert!(!header("round,a\nflat,b\nround,a\n"));
        assert!(!header("round,a\nflat,b\nlong,c\n"));
    }

    #[test]
    fn a_name_that_was_asked_for_makes_a_header() {
        let grid = grid("x,y\nr,s\nt,u\n");
        assert!(!detect(&grid, &[]).0);
        assert!(detect(&grid, &["y"]).0);
    }

    #[test]
    fn columns_without_a_name_of_their_own_get_one() {
        let (names, changed) = names(&grid(",a,a\n1,2,3\n"), true);
        assert_eq!(names, ["1", "a", "a.2"]);
        assert_eq!(changed.len(), 2);
    }

    #[test]
    fn numbers_that_count_above_fractions_are_names() {
        let with_label = |row: usize, column| {
            if column == 4 { (row % 2).to_string() } else { fraction(row, column) }
        };
        assert!(above("0,1,2,3,target", 60, with_label));
        assert!(above("0,1,2,3,4", 60, with_label));
        assert!(above("1,2,3,4,5", 20, with_label));
        let label_first = |row: usize, column| {
            if column == 0 { (row % 2).to_string() } else { fraction(row, column) }
        };
        assert!(above("label,0,1,2,3", 60, label_first));
        let with_index =
            |row: usize, column| if column == 0 { row.to_string() } else { fraction(row, column) };
        assert!(above(",0,1,2,3", 60, with_index));
        assert!(above(",0,1", 60, with_index));
    }

    #[test]
    fn years_above_other_numbers_are_names() {
        let regions = ["north", "south", "east", "west"];
        let of_regions = |row: usize, column| match column {
            0 => regions[row % 4].to_owned(),
            _ => format!("{:.2}", 30.0 + drawn(row, column) * 50.0),
        };
        assert!(above("region,2018,2019,2020,2021", 60, of_regions));
        assert!(above("region,2018,2019", 60, of_regions));
        let of_states = |row: usize, column| match column {
            0 => format!("state {row}"),
            _ => format!("{:.1}", drawn(row, column) * 60.0 - 30.0),
        };
        assert!(above("state,2021", 50, of_states));
        let counts = |row, column| ((drawn(row, column) * 900.0) as usize + 5_000).to_string();
        assert!(above("2018,2019,2020", 30, counts));
    }

    #[test]
    fn pixels_under_their_numbers_are_not_their_names() {
        let pixel = |row, column| ((drawn(row, column) * 256.0) as usize).to_string();
        let names: Vec<String> = (0..64).map(|column| column.to_string()).collect();
        assert!(above(&names.join(","), 40, pixel));
        assert!(above(&format!("{},label", names.join(",")), 40, pixel));
        assert!(!above("12,250,3,77,180,9", 40, pixel));
    }

    #[test]
    fn a_first_example_of_numbers_is_no_header() {
        assert!(!above("0.5,-1.25,0.75", 60, fraction));
        assert!(!above("1,-1.25,0.75", 60, fraction));
        // Whole numbers in a table of whole numbers, also if they happen to count.
        let rating = |row, column| (1 + (drawn(row, column) * 5.0) as usize).to_string();
        assert!(!above("1,2,3", 60, rating));
        assert!(!above("3,1,4,1,5", 60, rating));
        // A series that goes on as it begins.
        assert!(!above("1,10,100", 60, |row, column| {
            ((row + 2) * 10_usize.pow(column as u32)).to_string()
        }));
        assert!(!above("1,2,3,4", 60, |row, column| (row + column + 2).to_string()));
        // One cell is damaged, the others are an example.
        assert!(!above("1.5,oops,0.25,1.75", 60, fraction));
        assert!(!above("3,oops,4,1,5", 60, rating));
        assert!(!above("3,none,5,1", 60, rating));
        assert!(!header("1,2\n3,4\n5,6\n"));
    }

    #[test]
    fn a_number_that_was_asked_for_makes_a_header_where_no_column_has_that_place() {
        let grid = grid("2018,2019\n2018,7\n2017,2019\n");
        assert!(!detect(&grid, &["2"]).0);
        assert!(detect(&grid, &["2019"]).0);
    }

    #[test]
    fn a_column_whose_name_is_a_page_is_called_by_its_beginning() {
        let (names, changed) = names(&grid(&format!("{},b\n1,2\n", "x".repeat(1_000))), true);
        assert_eq!(names, [shown(&"x".repeat(1_000)).as_str(), "b"]);
        assert_eq!(changed.len(), 1);
    }

    #[test]
    fn titles_in_one_cell_each_stand_above_a_header_only() {
        let mut with_titles = grid("Sales,,\nas of May,,\na,b,c\n1,2,x\n3,4,y\n");
        assert_eq!(titles(&mut with_titles, &[]), 2);
        assert_eq!((with_titles.rows(), with_titles.cell(0, 1), with_titles.line(0)), (3, "b", 3));
        let mut without = grid("x,,\n1,2,x\n3,4,y\n");
        assert_eq!((titles(&mut without, &[]), without.rows()), (0, 3));
    }
}
