//! Reading a prediction table, with every bad cell named.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    fs::File,
    io,
    path::{Path, PathBuf},
    str::FromStr,
};

use csv::ByteRecord;
use gapwise_data::Split;
use thiserror::Error;

use super::{Outcome, PredictionRow, PredictionTable, Target};

/// The columns that every table has, in this order.
pub(super) const COLUMNS: [&str; 6] = ["id", "group", "split", "label", "prediction", "loss"];
/// The column of weights, after those, where a table has it.
pub(super) const WEIGHT: &str = "weight";
/// What the name of a score's column begins with; the class follows.
pub(super) const SCORE: &str = "score:";
/// Bad cells beyond this number are counted, not kept.
const KEPT: usize = 1_000;

/// Why a prediction table cannot be read.
#[derive(Debug, Error)]
pub enum PredictionsError {
    /// The file cannot be opened or read.
    #[error("`{}`: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The first line does not have the columns of a prediction table.
    #[error("`{}` line 1: expected the columns `{expected}`, found `{found}`", path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// The columns of a prediction table.
        expected: String,
        /// Those that are there.
        found: String,
    },
    /// Cells that cannot be what they are.
    #[error("{}", said(path, first, *total))]
    Cells {
        /// The file.
        path: PathBuf,
        /// The bad cells in the order of the file, at most 1,000.
        first: Vec<BadCell>,
        /// How many there are.
        total: usize,
    },
}

impl PredictionsError {
    /// What to do.
    pub fn hint(&self) -> &'static str {
        match self {
            PredictionsError::Io { .. } => "the file appears when a run has scored its examples",
            PredictionsError::Header { .. } => {
                "columns stand in this order; for classes, one `score:CLASS` per class follows"
            }
            PredictionsError::Cells { .. } => {
                "the file was cut off or edited by hand; `gapwise train RUN` makes the run again"
            }
        }
    }
}

/// One cell, or row, that is not what a prediction table has there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadCell {
    /// Line in the file, from 1; the header is line 1.
    pub line: u64,
    /// Column; `None` where the row as a whole is bad.
    pub column: Option<String>,
    /// What belongs there.
    pub expected: String,
    /// What is there.
    pub found: String,
}

impl fmt::Display for BadCell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(column) = &self.column {
            write!(f, ", column `{column}`")?;
        }
        write!(f, ": expected {}, found `{}`", self.expected, self.found)
    }
}

fn said(path: &Path, first: &[BadCell], total: usize) -> String {
    let mut said = format!("`{}`", path.display());
    if let Some(cell) = first.first() {
        said.push_str(&format!(" {cell}"));
    }
    match total.saturating_sub(1) {
        0 => {}
        1 => said.push_str(", and 1 more like it"),
        more => said.push_str(&format!(", and {more} more")),
    }
    said
}

/// Reads a prediction table.
///
/// With a `target`, the table must be of it: its classes in its order, with or without scores, or
/// numbers. Without one, a table that has `score:` columns is one of those classes, and any other
/// one is of numbers whose name is `label`.
///
/// # Errors
///
/// A file that cannot be read, other columns, or bad cells, all of them gathered: an unknown split
/// or class, a text in place of a number, a score that is no probability, a weight that is negative
/// or not finite, an id that another row of the same split has.
pub fn read(path: &Path, target: Option<&Target>) -> Result<PredictionTable, PredictionsError> {
    let io = |source| PredictionsError::Io { path: path.to_owned(), source };
    let file = File::open(path).map_err(io)?;
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(io::BufReader::new(file));
    let header = reader.byte_headers().map_err(|error| io(error.into()))?.clone();
    let (target, layout) = target_of(path, &header, target)?;
    let mut rows = Rows::new(&target, layout);
    let mut table = Vec::new();
    let mut record = ByteRecord::new();
    while reader.read_byte_record(&mut record).map_err(|error| io(error.into()))? {
        table.extend(rows.row(&record));
    }
    if rows.total > 0 {
        let (first, total) = (rows.bad, rows.total);
        return Err(PredictionsError::Cells { path: path.to_owned(), first, total });
    }
    Ok(PredictionTable { target, rows: table })
}

/// Which columns a table has beside [`COLUMNS`].
#[derive(Clone, Copy)]
struct Layout {
    weighted: bool,
    scored: bool,
}

impl Layout {
    /// Place of the first score.
    fn scores(self) -> usize {
        COLUMNS.len() + usize::from(self.weighted)
    }
}

/// The table's target by its header, and its columns.
fn target_of(
    path: &Path,
    header: &ByteRecord,
    target: Option<&Target>,
) -> Result<(Target, Layout), PredictionsError> {
    let found: Vec<_> = header.iter().map(String::from_utf8_lossy).collect();
    let weighted = found.get(COLUMNS.len()).is_some_and(|column| column == WEIGHT);
    let unscored = COLUMNS.len() + usize::from(weighted);
    let scores: Vec<String> = found
        .iter()
        .skip(unscored)
        .filter_map(|column| column.strip_prefix(SCORE).map(str::to_owned))
        .collect();
    let begins = found.iter().zip(COLUMNS).filter(|(found, column)| found == column).count();
    let whole = begins == COLUMNS.len() && found.len() == unscored + scores.len();
    let fits = match target {
        None => true,
        Some(Target::Class { names }) => scores.is_empty() || *names == scores,
        Some(Target::Number { .. }) => scores.is_empty(),
    };
    if !whole || !fits {
        let wanted = match target {
            Some(Target::Class { names }) => names.clone(),
            Some(Target::Number { .. }) | None => Vec::new(),
        };
        let expected = COLUMNS
            .iter()
            .map(|&column| column.to_owned())
            .chain(wanted.iter().map(|name| format!("{SCORE}{name}")));
        return Err(PredictionsError::Header {
            path: path.to_owned(),
            expected: expected.collect::<Vec<_>>().join(","),
            found: found.join(","),
        });
    }
    let scored = !scores.is_empty();
    let target = match target {
        Some(target) => target.clone(),
        None if scored => Target::Class { names: scores },
        None => Target::Number { name: "label".to_owned() },
    };
    Ok((target, Layout { weighted, scored }))
}

/// Turns records into rows, and gathers what is bad.
struct Rows<'a> {
    target: &'a Target,
    layout: Layout,
    columns: usize,
    classes: HashMap<&'a str, u32>,
    seen: HashSet<(Split, String)>,
    bad: Vec<BadCell>,
    total: usize,
    line: u64,
}

impl<'a> Rows<'a> {
    fn new(target: &'a Target, layout: Layout) -> Self {
        let names: &[String] = match target {
            Target::Class { names } => names,
            Target::Number { .. } => &[],
        };
        let classes = names.iter().map(String::as_str).zip(0..).collect();
        let columns = layout.scores() + if layout.scored { names.len() } else { 0 };
        Rows {
            target,
            layout,
            columns,
            classes,
            seen: HashSet::new(),
            bad: Vec::new(),
            total: 0,
            line: 0,
        }
    }

    fn row(&mut self, record: &ByteRecord) -> Option<PredictionRow> {
        self.line = record.position().map_or(0, csv::Position::line);
        if record.len() != self.columns {
            let found = if record.len() == 1 {
                "1 field".to_owned()
            } else {
                format!("{} fields", record.len())
            };
            self.bad(None, &format!("{} fields", self.columns), &found);
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
        let split = Split::ALL.into_iter().find(|split| split.as_str() == cells[2]);
        if split.is_none() {
            self.bad(
                Some("split"),
                "`train`, `train-validation`, `validation` or `test`",
                cells[2],
            );
        }
        let loss = self.number::<f32>("loss", cells[5]);
        let weight = self.weight(&cells);
        let outcome = match self.target {
            Target::Class { .. } => self.class(&cells),
            Target::Number { .. } => self.regression(&cells),
        };
        let (split, loss, weight, outcome) = (split?, loss?, weight?, outcome?);
        if !self.seen.insert((split, cells[0].to_owned())) {
            self.bad(Some("id"), &format!("an id that no other row of {split} has"), cells[0]);
        }
        let group = (!cells[1].is_empty()).then(|| cells[1].to_owned());
        Some(PredictionRow { id: cells[0].to_owned(), group, split, outcome, loss, weight })
    }

    fn class(&mut self, cells: &[&str]) -> Option<Outcome> {
        let label = self.class_number("label", cells[3]);
        let prediction = self.class_number("prediction", cells[4]);
        let before = self.total;
        let mut scores = Vec::new();
        if self.layout.scored {
            for (place, cell) in cells.iter().enumerate().skip(self.layout.scores()) {
                scores.extend(self.score(place, cell));
            }
            let sum: f32 = scores.iter().sum();
            // Rounding of a sum over many classes stays far below this.
            if self.total == before && (sum - 1.0).abs() > 0.01 {
                self.bad(None, "scores that sum to 1", &format!("a sum of {sum}"));
            }
        }
        Some(Outcome::Class { label: label?, prediction: prediction?, scores })
    }

    fn regression(&mut self, cells: &[&str]) -> Option<Outcome> {
        let label = self.number("label", cells[3]);
        let prediction = self.number("prediction", cells[4]);
        Some(Outcome::Number { label: label?, prediction: prediction? })
    }

    fn weight(&mut self, cells: &[&str]) -> Option<f64> {
        if !self.layout.weighted {
            return Some(1.0);
        }
        let cell = cells[COLUMNS.len()];
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
        // A network that diverged answers NaN, and its table can still be read.
        if !score.is_nan() && !(0.0..=1.001).contains(&score) {
            self.bad(Some(&column), "a probability from 0 to 1", cell);
            return None;
        }
        Some(score)
    }

    fn number<T: FromStr>(&mut self, column: &str, cell: &str) -> Option<T> {
        let number = cell.parse().ok();
        if number.is_none() {
            self.bad(Some(column), "a number", cell);
        }
        number
    }

    fn column(&self, place: usize) -> String {
        match (COLUMNS.get(place), self.target) {
            (Some(column), _) => (*column).to_owned(),
            (None, _) if place < self.layout.scores() => WEIGHT.to_owned(),
            (None, Target::Class { names }) => {
                format!("{SCORE}{}", names[place - self.layout.scores()])
            }
            (None, Target::Number { .. }) => (place + 1).to_string(),
        }
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
