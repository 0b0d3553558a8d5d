//! Reading a prediction table, with every bad cell named.

use std::{
    collections::{HashMap, HashSet},
    io,
    path::Path,
    str::FromStr,
};

use csv::ByteRecord;
use gapwise_data::{Split, TaskChoice, stream};

use super::{
    Outcome, PredictionRow, PredictionTable, Target,
    layout::Layout,
    problem::{BadCell, PredictionsError},
    sums::Sums,
};
use crate::lines::Lines;

/// The columns that a table which this program writes begins with, in this order.
pub(super) const COLUMNS: [&str; 6] = ["id", "group", "split", "label", "prediction", "loss"];
/// The column of weights, after those, where a table has it.
pub(super) const WEIGHT: &str = "weight";
/// What the name of a score's column begins with; the class follows.
pub(super) const SCORE: &str = "score:";
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
    let mut rows = Rows::new((&target, writer), layout, Lines::of(path));
    let mut table = Vec::new();
    let mut record = ByteRecord::new();
    while reader.read_byte_record(&mut record).map_err(|error| io(error.into()))? {
        table.extend(rows.row(&record));
    }
    let rounded = rows.judge_sums();
    if rows.total > 0 {
        let (first, total) = (rows.bad, rows.total);
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
    if !layout.scores.is_empty() {
        return match task {
            Some(TaskChoice::Regression) => {
                let number = Target::Number { name: "label".to_owned() };
                read_by(path, Some(&number), Writer::AnotherProgram)
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
    let numbers = words.iter().all(|word| number(word).is_some());
    let target = match task {
        Some(TaskChoice::Regression) => None,
        None if numbers => None,
        Some(TaskChoice::Classification) | None => {
            let mut names: Vec<String> =
                words.into_iter().filter(|word| !word.is_empty()).collect();
            names.sort();
            if numbers {
                names.sort_by(|a, b| {
                    number(a).unwrap_or_default().total_cmp(&number(b).unwrap_or_default())
                });
            }
            Some(Target::Class { names })
        }
    };
    read_by(path, target.as_ref(), Writer::AnotherProgram)
}

fn open(
    path: &Path,
) -> Result<csv::Reader<io::BufReader<Box<dyn io::Read + Send>>>, PredictionsError> {
    let file = stream::open(path)
        .map_err(|source| PredictionsError::Io { path: path.to_owned(), source })?;
    Ok(csv::ReaderBuilder::new().flexible(true).from_reader(io::BufReader::new(file)))
}

/// Turns records into rows, and gathers what is bad.
struct Rows<'a> {
    target: &'a Target,
    writer: Writer,
    layout: Layout,
    classes: HashMap<&'a str, u32>,
    seen: HashSet<(Split, String)>,
    bad: Vec<BadCell>,
    total: usize,
    sums: Sums,
    lines: Lines,
    line: u64,
}

impl<'a> Rows<'a> {
    fn new((target, writer): (&'a Target, Writer), layout: Layout, lines: Lines) -> Self {
        let names: &[String] = match target {
            Target::Class { names } => names,
            Target::Number { .. } => &[],
        };
        let classes = names.iter().map(String::as_str).zip(0..).collect();
        Rows {
            target,
            writer,
            sums: Sums::of(layout.scores.len()),
            layout,
            classes,
            seen: HashSet::new(),
            bad: Vec::new(),
            total: 0,
            lines,
            line: 0,
        }
    }

    fn row(&mut self, record: &ByteRecord) -> Option<PredictionRow> {
        self.line = self.lines.line(record.position());
        let columns = self.layout.names.len();
        if record.len() != columns {
            let found = if record.len() == 1 {
                "1 field".to_owned()
            } else {
                format!("{} fields", record.len())
            };
            self.bad(None, &format!("{columns} fields"), &found);
            return None;
        }
        let mut cells = Vec::with_capacity(record.len());
        for (place, cell) in record.iter().enumerate() {
            match std::str::from_utf8(cell) {
                Ok(cell) => cells.push(cell),
                Err(_) => {
                    let column = self.column(place);
                    self.bad(Some(&column), "text in UTF-8", &String::from_utf8_lossy(cell));
                    return None;
                }
            }
        }
        let (id, split) = (cells[self.layout.id], cells[self.layout.split]);
        let split = match split_of(split) {
            None => {
                let expected = "`train`, `train-validation`, `validation` or `test`";
                self.bad(Some("split"), expected, split);
                None
            }
            split => split,
        };
        let loss = match self.layout.loss {
            Some(place) => self.loss(cells[place]),
            None => Some(f32::NAN),
        };
        let weight = self.weight(&cells);
        let outcome = match self.target {
            Target::Class { .. } => self.class(&cells),
            Target::Number { .. } => self.regression(&cells),
        };
        let (split, loss, weight, outcome) = (split?, loss?, weight?, outcome?);
        if !self.seen.insert((split, id.to_owned())) {
            self.bad(Some("id"), &format!("an id that no other row of {split} has"), id);
        }
        let group = self.layout.group.map(|place| cells[place]).filter(|group| !group.is_empty());
        let group = group.map(str::to_owned);
        Some(PredictionRow { id: id.to_owned(), group, split, outcome, loss, weight })
    }

    fn class(&mut self, cells: &[&str]) -> Option<Outcome> {
        let label = self.class_number("label", cells[self.layout.label]);
        let prediction = self.class_number("prediction", cells[self.layout.prediction]);
        let before = self.total;
        let mut scores = Vec::new();
        if !self.layout.scores.is_empty() {
            for place in self.layout.scores.clone() {
                scores.extend(self.score(place, cells[place]));
            }
            // Of scores that were read; a sum that holds NaN says nothing.
            if self.total == before {
                self.sums.add(self.line, scores.iter().map(|&score| f64::from(score)).sum());
            }
        }
        Some(Outcome::Class { label: label?, prediction: prediction?, scores })
    }

    fn regression(&mut self, cells: &[&str]) -> Option<Outcome> {
        let label = self.answer("label", cells[self.layout.label]);
        let prediction = self.answer("prediction", cells[self.layout.prediction]);
        Some(Outcome::Number { label: label?, prediction: prediction? })
    }

    fn weight(&mut self, cells: &[&str]) -> Option<f64> {
        let Some(place) = self.layout.weight else { return Some(1.0) };
        let cell = cells[place];
        let weight = self.number::<f64>(WEIGHT, cell)?;
        if !weight.is_finite() || weight < 0.0 {
            self.bad(Some(WEIGHT), "a finite number from 0 up", cell);
            return None;
        }
        Some(weight)
    }

    fn class_number(&mut self, column: &str, cell: &str) -> Option<u32> {
        let number = self.classes.get(cell).copied();
        if number.is_none() {
            let expected = format!("one of the {} classes", self.classes.len());
            self.bad(Some(column), &expected, cell);
        }
        number
    }

    fn score(&mut self, place: usize, cell: &str) -> Option<f32> {
        let column = self.column(place);
        let score = self.number::<f32>(&column, cell)?;
        let diverged = score.is_nan() && self.writer == Writer::ThisProgram;
        if !diverged && !(0.0..=1.001).contains(&score) {
            self.bad(Some(&column), "a probability from 0 to 1", cell);
            return None;
        }
        self.sums.printed(cell);
        Some(score)
    }

    /// A loss, which of a score of 0 is infinite.
    fn loss(&mut self, cell: &str) -> Option<f32> {
        let loss = self.number::<f32>("loss", cell)?;
        if loss.is_nan() && self.writer == Writer::AnotherProgram {
            self.bad(Some("loss"), "a number", cell);
            return None;
        }
        Some(loss)
    }

    /// A number that is predicted.
    fn answer(&mut self, column: &str, cell: &str) -> Option<f64> {
        let number = self.number::<f64>(column, cell)?;
        if !number.is_finite() && self.writer == Writer::AnotherProgram {
            self.bad(Some(column), "a finite number", cell);
            return None;
        }
        Some(number)
    }

    /// Rows whose scores do not sum to 1, now that it is known to how many decimals they are
    /// printed; what there is to say of those that are close enough.
    fn judge_sums(&mut self) -> Option<String> {
        let off = |(line, sum): &(u64, f64)| BadCell {
            line: *line,
            column: None,
            expected: "scores that sum to 1".to_owned(),
            found: format!("a sum of {}", *sum as f32),
        };
        let mut bad: Vec<BadCell> = self.sums.off().take(KEPT).map(off).collect();
        self.total += self.sums.off().count();
        bad.append(&mut self.bad);
        bad.sort_by_key(|cell| cell.line);
        bad.truncate(KEPT);
        self.bad = bad;
        self.sums.said()
    }

    fn number<T: FromStr>(&mut self, column: &str, cell: &str) -> Option<T> {
        let number = cell.parse().ok();
        if number.is_none() {
            self.bad(Some(column), "a number", cell);
        }
        number
    }

    fn column(&self, place: usize) -> String {
        self.layout.names[place].clone()
    }

    fn bad(&mut self, column: Option<&str>, expected: &str, found: &str) {
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
}

/// A split by its word, also by the words that folders of validation examples go by.
fn split_of(word: &str) -> Option<Split> {
    match word {
        "val" | "valid" | "dev" => Some(Split::Validation),
        word => Split::ALL.into_iter().find(|split| split.as_str() == word),
    }
}
