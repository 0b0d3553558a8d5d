//! Reading a prediction table, with every bad cell named.

use std::{collections::HashSet, io, path::Path, str::FromStr};

use csv::ByteRecord;
use gapwise_data::{Split, TaskChoice, stream};

use super::{
    Outcome, PredictionRow, PredictionTable, Target,
    layout::Layout,
    problem::{BadCell, PredictionsError},
};
use crate::lines::Lines;

/// The columns that a table which this program writes begins with, in this order.
pub(super) const COLUMNS: [&str; 6] = ["id", "group", "split", "label", "prediction", "loss"];
/// The column of weights, after those, where a table has it.
pub(super) const WEIGHT: &str = "weight";
/// Bad cells beyond this number are counted, not kept.
const KEPT: usize = 1_000;

/// Reads a prediction table, whose columns stand in any order.
///
/// With a `target`, the table must be of it: its classes in its order, with or without scores, or
/// numbers. Without one, a table that has `score:` columns is one of those classes, and any other
/// one is of numbers whose name is `label`; see [`read_foreign`] for tables of classes without
/// scores. A row without a loss has NaN there.
///
/// # Errors
///
/// A file that cannot be read, other columns, or bad cells, all of them gathered: an unknown split
/// or class, a text in place of a number, a score that is no probability, a weight that is negative
/// or not finite, an id that another row of the same split has.
pub fn read(path: &Path, target: Option<&Target>) -> Result<PredictionTable, PredictionsError> {
    Ok(read_by(path, target, Writer::ThisProgram)?.table)
}

/// A prediction table that another program wrote.
#[derive(Debug, Clone, PartialEq)]
pub struct ForeignTable {
    /// The table.
    pub table: PredictionTable,
    /// What there is to say of its scores, where they do not sum to 1, in a sentence.
    pub rounded: Option<String>,
}

/// Who wrote a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writer {
    /// A run. Its network may have diverged and answered NaN, and the table can still be read.
    ThisProgram,
    /// Somebody else, whom nothing but this table tells that an answer is no number.
    AnotherProgram,
}

fn read_by(
    path: &Path,
    target: Option<&Target>,
    writer: Writer,
) -> Result<ForeignTable, PredictionsError> {
    let io = |source| PredictionsError::Io { path: path.to_owned(), source };
    let mut reader = open(path)?;
    let header = reader.byte_headers().map_err(|error| io(error.into()))?.clone();
    let layout = Layout::of(&header).map_err(|wrong| wrong.at(path))?;
    let target = layout.target(target).map_err(|wrong| wrong.at(path))?;
    let mut rows = Rows::new((&target, writer), &layout, Lines::of(path));
    let mut table = Vec::new();
    let mut record = ByteRecord::new();
    while reader.read_byte_record(&mut record).map_err(|error| io(error.into()))? {
        table.extend(rows.row(&record));
    }
    let (rounded, faults) = rows.finish();
    if faults.total > 0 {
        let (first, total) = (faults.bad, faults.total);
        return Err(PredictionsError::Cells { path: path.to_owned(), first, total });
    }
    Ok(ForeignTable { table: PredictionTable { target, rows: table }, rounded })
}

/// Reads a prediction table that another program wrote.
///
/// As [`read`] without a target. Of a table without scores the labels and predictions say what it
/// is, unless `task` does: numbers where all of them are numbers, else classes, which are then
/// every word that stands there, in alphabetical order (by size, where all are numbers).
///
/// # Errors
///
/// As [`read`], and an answer, a label, a score or a loss that is not a number (`nan`); of the first
/// two also one that is infinite.
pub fn read_foreign(
    path: &Path,
    task: Option<TaskChoice>,
) -> Result<ForeignTable, PredictionsError> {
    let io = |source| PredictionsError::Io { path: path.to_owned(), source };
    let mut reader = open(path)?;
    let header = reader.byte_headers().map_err(|error| io(error.into()))?.clone();
    let layout = Layout::of(&header).map_err(|wrong| wrong.at(path))?;
    if !layout.details.is_empty() {
        return match task {
            Some(TaskChoice::Regression) => {
                read_by(path, Some(&Target::number("label")), Writer::AnotherProgram)
            }
            _ => read_by(path, None, Writer::AnotherProgram),
        };
    }
    let mut words: HashSet<String> = HashSet::new();
    let mut record = ByteRecord::new();
    while reader.read_byte_record(&mut record).map_err(|error| io(error.into()))? {
        let cells = [layout.label, layout.prediction].map(|place| record.get(place));
        for cell in cells.into_iter().flatten() {
            let cell = String::from_utf8_lossy(cell);
            if !words.contains(cell.as_ref()) {
                words.insert(cell.into_owned());
            }
        }
    }
    let number = |word: &String| word.parse::<f64>().ok();
    // `nan` alone does not make numbers of classes.
    let numbers = words.iter().all(|word| number(word).is_some())
        && words.iter().any(|word| !is_nothing(word));
    let target = match task {
        Some(TaskChoice::Regression) => None,
        None if numbers => None,
        Some(TaskChoice::Classification) | None => {
            let mut names: Vec<String> =
                words.into_iter().filter(|word| !is_nothing(word)).collect();
            names.sort();
            if numbers {
                names.sort_by(|a, b| {
                    number(a).unwrap_or_default().total_cmp(&number(b).unwrap_or_default())
                });
            }
            Some(Target::classes(names))
        }
    };
    read_by(path, target.as_ref(), Writer::AnotherProgram)
}

/// Whether a cell says that there is no answer: blank, or `nan` as programs print it.
fn is_nothing(word: &str) -> bool {
    word.is_empty() || word.eq_ignore_ascii_case("nan")
}

fn open(
    path: &Path,
) -> Result<csv::Reader<io::BufReader<Box<dyn io::Read + Send>>>, PredictionsError> {
    let file = stream::open(path)
        .map_err(|source| PredictionsError::Io { path: path.to_owned(), source })?;
    Ok(csv::ReaderBuilder::new().flexible(true).from_reader(io::BufReader::new(file)))
}

/// Reads the answers of a table of one target.
pub(crate) trait ReadAnswers {
    /// Right and given answer of a row; `None` where a cell is bad.
    fn outcome(&mut self, cells: &Cells<'_>, faults: &mut Faults) -> Option<Outcome>;

    /// What is bad, or to be said, once all rows are read.
    fn finish(&mut self, faults: &mut Faults) -> Option<String> {
        let _ = faults;
        None
    }
}

/// The cells of a row by what they are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cells<'a> {
    layout: &'a Layout,
    cells: &'a [&'a str],
}

impl<'a> Cells<'a> {
    pub(crate) fn label(&self) -> &'a str {
        self.cells[self.layout.label]
    }

    pub(crate) fn prediction(&self) -> &'a str {
        self.cells[self.layout.prediction]
    }

    /// Name and cell of each column that only some kind of answer has.
    pub(crate) fn details(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let Cells { layout, cells } = *self;
        layout.details.iter().map(move |&at| (layout.names[at].as_str(), cells[at]))
    }
}

/// What is bad in a table, and where it is read.
#[derive(Debug)]
pub(crate) struct Faults {
    writer: Writer,
    bad: Vec<BadCell>,
    total: usize,
    line: u64,
}

impl Faults {
    /// How many there are.
    pub(crate) fn total(&self) -> usize {
        self.total
    }

    /// The line that is being read.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    /// Whether another program wrote the table, and nothing else tells that an answer is no number.
    pub(crate) fn of_another_program(&self) -> bool {
        self.writer == Writer::AnotherProgram
    }

    /// A cell of this line that is bad, or the whole line.
    pub(crate) fn bad(&mut self, column: Option<&str>, expected: &str, found: &str) {
        self.total += 1;
        if self.bad.len() < KEPT {
            self.bad.push(BadCell {
                line: self.line,
                column: column.map(str::to_owned),
                expected: expected.to_owned(),
                found: found.to_owned(),
            });
        }
    }

    /// A line that is bad as a whole, which is known only now. As many are kept as of the others.
    pub(crate) fn bad_row(&mut self, line: u64, expected: &str, found: &str) {
        self.total += 1;
        if self.bad.len() < 2 * KEPT {
            let (expected, found) = (expected.to_owned(), found.to_owned());
            self.bad.push(BadCell { line, column: None, expected, found });
        }
    }

    /// A number.
    pub(crate) fn number<T: FromStr>(&mut self, column: &str, cell: &str) -> Option<T> {
        let number = cell.parse().ok();
        if number.is_none() {
            self.bad(Some(column), "a number", cell);
        }
        number
    }

    /// A number that is predicted. A run's network may have diverged.
    pub(crate) fn answer(&mut self, column: &str, cell: &str) -> Option<f64> {
        let number = self.number::<f64>(column, cell)?;
        if !number.is_finite() && self.of_another_program() {
            self.bad(Some(column), "a finite number", cell);
            return None;
        }
        Some(number)
    }

    /// In the order of the file, and no more than are kept.
    fn sorted(mut self) -> Self {
        self.bad.sort_by_key(|cell| (cell.line, cell.column.is_some()));
        self.bad.truncate(KEPT);
        self
    }
}

/// Turns records into rows, and gathers what is bad.
struct Rows<'a> {
    layout: &'a Layout,
    answers: Box<dyn ReadAnswers + 'a>,
    seen: HashSet<(Split, String)>,
    faults: Faults,
    lines: Lines,
}

impl<'a> Rows<'a> {
    fn new((target, writer): (&'a Target, Writer), layout: &'a Layout, lines: Lines) -> Self {
        let faults = Faults { writer, bad: Vec::new(), total: 0, line: 0 };
        let answers = target.kind().reader();
        Rows { layout, answers, seen: HashSet::new(), faults, lines }
    }

    fn row(&mut self, record: &ByteRecord) -> Option<PredictionRow> {
        self.faults.line = self.lines.line(record.position());
        let columns = self.layout.names.len();
        if record.len() != columns {
            let found = if record.len() == 1 {
                "1 field".to_owned()
            } else {
                format!("{} fields", record.len())
            };
            self.faults.bad(None, &format!("{columns} fields"), &found);
            return None;
        }
        let mut cells = Vec::with_capacity(record.len());
        for (cell, column) in record.iter().zip(&self.layout.names) {
            match std::str::from_utf8(cell) {
                Ok(cell) => cells.push(cell),
                Err(_) => {
                    let found = String::from_utf8_lossy(cell);
                    self.faults.bad(Some(column), "text in UTF-8", &found);
                    return None;
                }
            }
        }
        let (id, split) = (cells[self.layout.id], cells[self.layout.split]);
        let split = match split_of(split) {
            None => {
                let expected = "`train`, `train-validation`, `validation` or `test`";
                self.faults.bad(Some("split"), expected, split);
                None
            }
            split => split,
        };
        let loss = match self.layout.loss {
            Some(place) => self.loss(cells[place]),
            None => Some(f32::NAN),
        };
        let weight = self.weight(&cells);
        let cells = Cells { layout: self.layout, cells: &cells };
        let outcome = self.answers.outcome(&cells, &mut self.faults);
        let (split, loss, weight, outcome) = (split?, loss?, weight?, outcome?);
        if !self.seen.insert((split, id.to_owned())) {
            self.faults.bad(Some("id"), &format!("an id that no other row of {split} has"), id);
        }
        let group = self.layout.group.map(|place| cells.cells[place]);
        let group = group.filter(|group| !group.is_empty()).map(str::to_owned);
        Some(PredictionRow { id: id.to_owned(), group, split, outcome, loss, weight })
    }

    fn weight(&mut self, cells: &[&str]) -> Option<f64> {
        let Some(place) = self.layout.weight else { return Some(1.0) };
        let cell = cells[place];
        let weight = self.faults.number::<f64>(WEIGHT, cell)?;
        if !weight.is_finite() || weight < 0.0 {
            self.faults.bad(Some(WEIGHT), "a finite number from 0 up", cell);
            return None;
        }
        Some(weight)
    }

    /// A loss, which of a score of 0 is infinite.
    fn loss(&mut self, cell: &str) -> Option<f32> {
        let loss = self.faults.number::<f32>("loss", cell)?;
        if loss.is_nan() && self.faults.of_another_program() {
            self.faults.bad(Some("loss"), "a number", cell);
            return None;
        }
        Some(loss)
    }

    /// What there is to say of the answers, and all that is bad.
    fn finish(mut self) -> (Option<String>, Faults) {
        let said = self.answers.finish(&mut self.faults);
        (said, self.faults.sorted())
    }
}

/// A split by its word, also by the words that folders of validation examples go by.
fn split_of(word: &str) -> Option<Split> {
    match word {
        "val" | "valid" | "dev" => Some(Split::Validation),
        word => Split::ALL.into_iter().find(|split| split.as_str() == word),
    }
}
