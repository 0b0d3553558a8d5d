//! People's answers to validation examples, and the human level that they give.
//!
//! A file of answers is a CSV with the columns `id` and `answer`, and others as one likes, which
//! are not read. Each row is one person's answer to one validation example; several people may
//! answer the same example.

use std::{
    collections::{HashMap, hash_map::Entry},
    fmt, io,
    path::{Path, PathBuf},
};

use csv::StringRecord;
use gapwise_data::{Split, stream};
use thiserror::Error;

use crate::{
    lines::Lines,
    metric::{Estimate, Metric, MetricKind, Sample, Undefined, count, counted},
    predictions::{Outcome, PredictionRow, PredictionTable, Target},
};

/// Why there is no human level.
#[derive(Debug, Error)]
pub enum HumanError {
    /// The file cannot be opened or read.
    #[error("`{}`: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The first line has no column `id` or `answer`.
    #[error("`{}` line 1: expected the columns `id` and `answer`, found `{found}`", path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// The columns that are there.
        found: String,
    },
    /// No answer at all.
    #[error("`{}`: expected at least one answer, found none", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// Answers that are not answers to validation examples.
    #[error("`{}` {}{}", path.display(), bad[0], all(bad, *answers))]
    Answers {
        /// The file.
        path: PathBuf,
        /// All of them, at least one, in the order of the file.
        bad: Vec<BadAnswer>,
        /// Of how many answers.
        answers: usize,
    },
    /// A metric that the answered examples do not have.
    #[error(
        "`{}`: {} is not defined on the examples that people answered: {why}", path.display(),
        metric.name()
    )]
    Undefined {
        /// The file.
        path: PathBuf,
        /// The metric.
        metric: MetricKind,
        /// Why.
        why: Undefined,
    },
    /// The metric needs more than an answer.
    #[error("`{}`: people's answers have no {}, since it needs scores", path.display(), metric.name())]
    NoError {
        /// The file.
        path: PathBuf,
        /// The metric.
        metric: MetricKind,
    },
}

impl HumanError {
    /// What to do.
    pub fn hint(&self) -> &'static str {
        match self {
            HumanError::Io { .. } => "name a CSV file, or give the error itself: `--human 0.02`",
            HumanError::Header { .. } | HumanError::Empty { .. } => {
                "a row for each answer: the id of a validation example, and what a person said"
            }
            HumanError::Answers { bad, .. } if bad.iter().all(|one| one.column == "answer") => {
                "an answer is written as the labels are"
            }
            HumanError::Answers { .. } => {
                "the ids of validation examples are in the prediction table, which of a run is \
                 `predictions.csv`"
            }
            HumanError::NoError { .. } | HumanError::Undefined { .. } => {
                "give the error itself: `--human 0.02`"
            }
        }
    }
}

/// One answer that cannot be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadAnswer {
    /// Line in the file, from 1; the header is line 1.
    pub line: u64,
    /// Column.
    pub column: &'static str,
    /// What belongs there.
    pub expected: String,
    /// What is there.
    pub found: String,
}

impl fmt::Display for BadAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let BadAnswer { line, column, expected, found } = self;
        write!(f, "line {line}, column `{column}`: expected {expected}, found {found}")
    }
}

/// How many answers are bad, and in which lines, where there are several.
fn all(bad: &[BadAnswer], answers: usize) -> String {
    const LISTED: usize = 10;
    if bad.len() == 1 {
        return String::new();
    }
    let lines: Vec<String> = bad.iter().take(LISTED).map(|one| one.line.to_string()).collect();
    let more = if bad.len() > LISTED { ", …" } else { "" };
    let (bad, answers) = (count(bad.len()), counted(answers, "answer"));
    format!("; {bad} of {answers} are bad, in the lines {}{more}", lines.join(", "))
}

/// What people said, as it stands in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HumanAnswers {
    path: PathBuf,
    /// Line, id and answer of every row.
    answers: Vec<(u64, String, String)>,
}

/// The human level, from people's answers.
#[derive(Debug, Clone, PartialEq)]
pub struct HumanEstimate {
    /// The error and what is known of it.
    pub estimate: Estimate,
    /// Answers given; as many as examples, or more.
    pub answers: usize,
}

impl HumanAnswers {
    /// Reads a file of answers. Blank lines are passed over.
    ///
    /// # Errors
    ///
    /// A file that cannot be read or is not UTF-8, without the columns `id` and `answer`, or
    /// without any answer.
    pub fn read(path: &Path) -> Result<Self, HumanError> {
        let io = |source| HumanError::Io { path: path.to_owned(), source };
        let file = stream::open(path).map_err(io)?;
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file);
        let header = reader.headers().map_err(|error| io(error.into()))?.clone();
        let name = |column: &str| column.trim_start_matches('\u{feff}').trim().to_owned();
        let place = |wanted| header.iter().position(|column| name(column) == wanted);
        let (Some(id), Some(answer)) = (place("id"), place("answer")) else {
            let found = header.iter().collect::<Vec<_>>().join(",");
            return Err(HumanError::Header { path: path.to_owned(), found });
        };
        let lines = Lines::of(path);
        let mut answers = Vec::new();
        let mut record = StringRecord::new();
        while reader.read_record(&mut record).map_err(|error| io(error.into()))? {
            let line = lines.line(record.position());
            let cell = |place| record.get(place).unwrap_or_default().to_owned();
            answers.push((line, cell(id), cell(answer)));
        }
        if answers.is_empty() {
            return Err(HumanError::Empty { path: path.to_owned() });
        }
        Ok(HumanAnswers { path: path.to_owned(), answers })
    }

    /// The error of people on the examples that they answered, which are of the validation rows of
    /// `table`, in whatever metric everything is judged by.
    ///
    /// Every example counts as much as it does for the network, however many people answered it:
    /// each of k answers to it has the k-th part of its weight. The answers to one example are one
    /// unit of independent data, and so are those of one group.
    ///
    /// # Errors
    ///
    /// [`HumanError::Answers`] with the first bad answer and their number: an id that is not of
    /// validation, an answer that is no class or no number.
    pub fn estimate(
        &self,
        table: &PredictionTable,
        metric: Metric,
    ) -> Result<HumanEstimate, HumanError> {
        let rows = judged(table);
        let mut bad = Vec::new();
        let mut good: Vec<(&PredictionRow, Outcome)> = Vec::new();
        let mut answers_to: HashMap<&str, usize> = HashMap::new();
        for (line, id, answer) in &self.answers {
            let found = match rows.get(id.as_str()) {
                Some(row) if row.split == Split::Validation => outcome(&table.target, row, answer)
                    .map(|outcome| good.push((row, outcome)))
                    .map_err(|expected| ("answer", expected, format!("`{answer}`"))),
                other => {
                    let expected = "the id of a validation example".to_owned();
                    let of = match other {
                        Some(row) => format!("`{id}`, an example of {}", row.split),
                        None => format!("`{id}`, which no example has"),
                    };
                    Err(("id", expected, of))
                }
            };
            match found {
                Ok(()) => *answers_to.entry(id).or_default() += 1,
                Err((column, expected, found)) => {
                    bad.push(BadAnswer { line: *line, column, expected, found });
                }
            }
        }
        if !bad.is_empty() {
            let (path, answers) = (self.path.clone(), self.answers.len());
            return Err(HumanError::Answers { path, bad, answers });
        }
        let several = answers_to.values().any(|&answers| answers > 1);
        let outcomes = good.iter().map(|(row, outcome)| {
            let share = row.weight / answers_to[row.id.as_str()] as f64;
            let unit = row.group.as_deref().or(several.then_some(row.id.as_str()));
            (outcome, unit, share)
        });
        let kind = metric.kind;
        if kind.needs_scores() {
            return Err(HumanError::NoError { path: self.path.clone(), metric: kind });
        }
        let mut estimate = metric
            .estimate(&Sample::of_outcomes(metric, outcomes))
            .map_err(|why| HumanError::Undefined { path: self.path.clone(), metric: kind, why })?;
        estimate.examples = answers_to.len();
        Ok(HumanEstimate { estimate, answers: self.answers.len() })
    }
}

/// The rows by id; of an id that several splits have, the one of validation.
fn judged(table: &PredictionTable) -> HashMap<&str, &PredictionRow> {
    let mut rows: HashMap<&str, &PredictionRow> = HashMap::with_capacity(table.rows.len());
    for row in &table.rows {
        match rows.entry(row.id.as_str()) {
            Entry::Occupied(mut other) if row.split == Split::Validation => drop(other.insert(row)),
            Entry::Occupied(_) => {}
            Entry::Vacant(place) => drop(place.insert(row)),
        }
    }
    rows
}

/// The answer to this row's example; else what belongs there.
fn outcome(target: &Target, row: &PredictionRow, answer: &str) -> Result<Outcome, String> {
    let prediction = target.kind().typed(answer)?;
    Ok(Outcome { truth: row.outcome.truth.clone(), prediction })
}
