//! Whether the first line of a table holds names.

use std::collections::HashSet;

use super::{grid::Grid, kind, missing, notation::Notation};

/// Rows below the first that are looked at.
const ROWS: usize = 1_000;

/// Whether the first row holds names, and the reason, for people.
///
/// `asked` are column names that the user gave: a first row that has one of them is a header. Else
/// each column votes whose cells below are all numbers, dates or truth values: for a header where
/// the first cell is none, against it where it is. Where no column votes, all of the first row's
/// cells must be words, all different, none of them found again below in its column, while other
/// values do recur.
pub(super) fn detect(grid: &Grid, asked: &[&str]) -> (bool, &'static str) {
    if grid.rows() == 0 {
        return (false, "there is no line");
    }
    let first: Vec<&str> = (0..grid.width()).map(|column| grid.cell(0, column)).collect();
    if asked.iter().any(|name| kind::number(name).is_none() && first.contains(name)) {
        return (true, "the first line has a column that was asked for by name");
    }
    let (mut for_names, mut against) = (0, 0);
    for (column, first) in first.iter().enumerate() {
        let Some(typed) = typed(below(grid, column)) else { continue };
        if missing::is_missing(first) {
            continue;
        }
        if typed.holds(first) { against += 1 } else { for_names += 1 }
    }
    if for_names + against > 0 {
        return if for_names > against {
            (true, "its cells are words where those below are not")
        } else {
            (false, "the first line's cells are like those below")
        };
    }
    if words_that_never_recur(grid, &first) {
        (true, "its cells are words that occur nowhere below")
    } else {
        (false, "the first line's cells are like those below")
    }
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

/// Names for the columns: those of a header, with numbers where it is blank or repeats itself,
/// else their numbers from 1. Also what was changed, one line each.
pub(super) fn names(grid: &Grid, header: bool) -> (Vec<String>, Vec<String>) {
    let (mut names, mut changed) = (Vec::with_capacity(grid.width()), Vec::new());
    let mut taken = HashSet::new();
    for column in 0..grid.width() {
        let given = if header && grid.rows() > 0 { grid.cell(0, column) } else { "" };
        let mut name = if given.is_empty() { (column + 1).to_string() } else { given.to_owned() };
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
    use crate::table::grid::cut;

    fn grid(text: &str) -> Grid {
        cut(Path::new("a.csv"), text, ',').expect("a table").grid
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
}
