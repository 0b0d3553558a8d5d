//! From one column to labels: which task it is, and what each example's answer is.

use std::collections::{HashMap, HashSet};

use super::{
    MISSING,
    kind::{NOT_TOO_LARGE, is_too_large, number},
    missing::Cells,
    parse::interned,
    part::{Part, cells},
    schema::ColumnKind,
};
use crate::{
    Note, Place, Problem, TaskChoice,
    problem::{Gathered, Purpose},
    shown::shown,
    unicode::composed,
    wording::{counted, written},
};

/// The most different whole numbers that are taken for classes, where they are also few for the
/// number of examples.
const MOST_CLASSES: usize = 20;

/// Whether a label column is one of classes or of numbers, and why: a phrase that follows its
/// name. `cells` are those of the training file.
///
/// Words are classes. Numbers with fractions are numbers. Whole numbers are classes where at most
/// 20 are different and those are at most 5 % of the examples; under 200 examples, where at most
/// 10 are different and each comes twice or more on average.
pub(super) fn task<'a>(
    reading: Cells<'_>,
    cells: impl Iterator<Item = &'a str>,
) -> (TaskChoice, String) {
    use TaskChoice::{Classification, Regression};
    match reading.kind {
        ColumnKind::Number => {}
        ColumnKind::Boolean => return (Classification, "is true or false".to_owned()),
        ColumnKind::Date => return (Classification, "holds dates, no numbers".to_owned()),
        ColumnKind::Category | ColumnKind::Text => {
            return (Classification, "holds words, no numbers".to_owned());
        }
    }
    let mut distinct = HashSet::new();
    let mut examples = 0;
    let mut fractions = false;
    let numbers = cells.filter_map(|cell| reading.present_number(cell));
    for value in numbers.filter(|value| value.is_finite()) {
        examples += 1;
        fractions |= value.fract() != 0.0;
        distinct.insert((value + 0.0).to_bits());
    }
    let distinct = distinct.len();
    if fractions {
        return (Regression, "holds numbers with fractions".to_owned());
    }
    let few = if examples < 200 {
        distinct <= 10 && distinct * 2 <= examples
    } else {
        distinct <= MOST_CLASSES && distinct * 20 <= examples
    };
    let reason = format!(
        "holds {} in {}",
        counted(distinct, "different whole number"),
        counted(examples, "example")
    );
    if few || distinct == 1 {
        (Classification, reason)
    } else {
        (Regression, format!("{reason}, too many for classes"))
    }
}

/// The class numbers of a column's examples.
pub(super) struct Classes {
    /// Class names, in the order of their numbers.
    pub(super) names: Vec<String>,
    /// Class number of each example, over all files; [`MISSING`] where there is none.
    pub(super) of: Vec<u32>,
    /// Examples without a usable label.
    pub(super) bad: Vec<usize>,
    pub(super) problems: Gathered,
    pub(super) notes: Vec<Note>,
}

/// The numbers of a column's examples.
pub(super) struct Numbers {
    /// One per example, over all files; NaN where there is none.
    pub(super) of: Vec<f64>,
    /// Examples without a usable label.
    pub(super) bad: Vec<usize>,
    pub(super) problems: Gathered,
}

/// The column that labels are read from.
#[derive(Clone, Copy)]
pub(super) struct LabelColumn<'a> {
    /// Its place among the columns of the training data.
    pub(super) place: usize,
    pub(super) name: &'a str,
    pub(super) reading: Cells<'a>,
}

/// Reads classes. `known` are those of a trained network, any other then being a problem; without
/// it, every value is a class, numbered in the order of numbers or else of letters.
pub(super) fn classes(parts: &[Part], column: LabelColumn, known: Option<&[String]>) -> Classes {
    let mut notes = Vec::new();
    let mut trained: HashSet<String> = known.into_iter().flatten().cloned().collect();
    let mut files: Vec<FileLabels> = Vec::new();
    for part in parts {
        let reading = column.reading;
        let (cells, of) = interned(part.cells(column.place), |cell| reading.is_missing(cell));
        let mut classes: Vec<_> = cells.iter().map(|cell| class(cell, reading)).collect();
        if trained.is_empty() {
            trained = classes.iter().flatten().cloned().collect();
        } else if let Some(stripped) = without_final_dots(&cells, &classes, &trained) {
            notes.push(Note {
                said: format!(
                    "labels of `{}` end in `.` where those of the training data do not; the dot is \
                     taken off",
                    part.path.display()
                ),
                change_with: None,
            });
            classes = stripped.into_iter().map(Ok).collect();
        }
        let other = classes.iter().zip(&cells).filter(|(class, cell)| {
            class.as_ref().is_ok_and(|class| class != *cell && *class == composed(cell))
        });
        let other = other.count();
        if other > 0 {
            let said = format!(
                "{} of `{}`, written with accents as characters of their own, taken for the same with \
                 letters that have them",
                counted(other, "label"),
                part.path.display()
            );
            notes.push(Note { said, change_with: None });
        }
        files.push(FileLabels { cells, classes, of });
    }
    let names = known.map_or_else(
        || in_order(files.iter().flat_map(|file| &file.classes).flatten()),
        <[String]>::to_vec,
    );
    let numbers: HashMap<_, u32> = names.iter().map(|name| composed(name)).zip(0..).collect();
    let mut read = Classes {
        names: Vec::new(),
        of: Vec::new(),
        bad: Vec::new(),
        problems: Gathered::new(),
        notes,
    };
    for (part, FileLabels { cells, classes, of }) in parts.iter().zip(&files) {
        let numbers_of: Vec<Option<u32>> = classes
            .iter()
            .map(|class| numbers.get(class.as_ref().ok()?.as_str()).copied())
            .collect();
        for (example, code) in of.iter().enumerate() {
            let number = if *code == MISSING { None } else { numbers_of[*code as usize] };
            if number.is_none() {
                let place = part.place(example).column(column.name);
                let at = *code as usize;
                read.bad.push(read.of.len());
                read.problems.push(match classes.get(at) {
                    None => LabelFault::Missing.at(place, part.cell(example, column.place)),
                    Some(Err(fault)) => fault.at(place, &cells[at]),
                    Some(Ok(class)) => {
                        Problem::UnknownClass { place, found: shown(class), known: names.clone() }
                    }
                });
            }
            read.of.push(number.unwrap_or(MISSING));
        }
    }
    read.names = names;
    read
}

/// The labels of one file, each different one once.
struct FileLabels {
    /// Different cells.
    cells: Vec<String>,
    /// The same as class names, or why they are none.
    classes: Vec<Result<String, LabelFault>>,
    /// Each example's place among them; [`MISSING`] where there is none.
    of: Vec<u32>,
}

/// Why a cell is no label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LabelFault {
    Missing,
    Infinite,
    TooLarge,
    NotANumber,
}

impl LabelFault {
    fn at(self, place: Place, cell: &str) -> Problem {
        match self {
            LabelFault::Missing => {
                let found = (!cell.is_empty()).then(|| shown(cell));
                Problem::LabelMissing { place, found }
            }
            LabelFault::Infinite => Problem::InfiniteNumber { place, found: shown(cell) },
            LabelFault::TooLarge => {
                let (expected, found) = (NOT_TOO_LARGE.to_owned(), shown(cell));
                Problem::UnreadableCell { place, expected, found }
            }
            LabelFault::NotANumber => {
                let (expected, found) = ("a number".to_owned(), shown(cell));
                Problem::UnreadableCell { place, expected, found }
            }
        }
    }
}

/// A cell as the name of its class: numbers in one way of writing, truth values in lower case, accents in
/// one form.
fn class(cell: &str, reading: Cells<'_>) -> Result<String, LabelFault> {
    match reading.kind {
        ColumnKind::Number => finite(cell, reading).map(written),
        ColumnKind::Boolean => Ok(cell.to_lowercase()),
        ColumnKind::Category | ColumnKind::Date | ColumnKind::Text => {
            Ok(composed(cell).into_owned())
        }
    }
}

fn finite(cell: &str, reading: Cells<'_>) -> Result<f64, LabelFault> {
    match reading.number(cell) {
        // Adding zero turns −0 into 0.
        Some(value) if value.is_finite() => Ok(value + 0.0),
        Some(_) => Err(LabelFault::Infinite),
        None => Err(LabelFault::NotANumber),
    }
}

/// The classes of cells without a final dot, where that and only that makes them known ones.
fn without_final_dots(
    cells: &[String],
    classes: &[Result<String, LabelFault>],
    trained: &HashSet<String>,
) -> Option<Vec<String>> {
    if classes.iter().all(|class| class.as_ref().is_ok_and(|class| trained.contains(class))) {
        return None;
    }
    cells
        .iter()
        .map(|cell| cell.strip_suffix('.').map(str::to_owned))
        .collect::<Option<Vec<String>>>()
        .filter(|stripped| stripped.iter().all(|class| trained.contains(class)))
}

/// Different names, ordered as numbers where all of them are, else as text.
fn in_order<'a>(names: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut names: Vec<String> = names.cloned().collect();
    names.sort_unstable();
    names.dedup();
    if let Some(mut numbered) = names
        .iter()
        .map(|name| number(name).map(|value| (value, name.clone())))
        .collect::<Option<Vec<_>>>()
    {
        numbered.sort_by(|a, b| a.0.total_cmp(&b.0));
        return numbered.into_iter().map(|(_, name)| name).collect();
    }
    names
}

/// Reads numbers.
pub(super) fn numbers(parts: &[Part], column: LabelColumn) -> Numbers {
    let mut read = Numbers { of: Vec::new(), bad: Vec::new(), problems: Gathered::new() };
    for part in parts {
        for (example, cell) in part.cells(column.place).enumerate() {
            let value = match finite(cell, column.reading) {
                _ if column.reading.is_missing(cell) => Err(LabelFault::Missing),
                Ok(value) if is_too_large(value) => Err(LabelFault::TooLarge),
                other => other,
            };
            if let Err(fault) = value {
                read.bad.push(read.of.len());
                read.problems.push(fault.at(part.place(example).column(column.name), cell));
            }
            read.of.push(value.unwrap_or(f64::NAN));
        }
    }
    read
}

/// What is wrong with numbers as labels before any is read: words where numbers were asked for.
pub(super) fn not_numbers(parts: &[Part], column: LabelColumn) -> Option<Problem> {
    let reading = column.reading;
    if reading.kind == ColumnKind::Number {
        return None;
    }
    let part = parts.first()?;
    let cells = part.cells(column.place).enumerate();
    let present = cells.filter(|(_, cell)| !reading.is_missing(cell));
    let mut others = present.clone().filter(|(_, cell)| number(cell).is_none());
    let (first, found) = others.next()?;
    Some(Problem::LabelNotNumbers {
        place: part.place(first).column(column.name),
        others: 1 + others.count(),
        examples: present.count(),
        found: shown(found),
    })
}
/// The problem of files of which no example has a label.
pub(super) fn none_there(parts: &[Part], column: LabelColumn, purpose: Purpose) -> Option<Problem> {
    let examples = parts.iter().map(Part::len).sum();
    let path = &parts.first()?.path;
    let none =
        examples > 0 && cells(parts, column.place).all(|cell| column.reading.is_missing(cell));
    none.then(|| Problem::NoLabels {
        place: Place::path(path).column(column.name),
        examples,
        purpose,
    })
}
