//! What data is, what is wrong with it and what would suit it, before anything is trained.

use gapwise_data::{
    DataError, Dataset, Inputs, Note, SourceOptions, Split, SplitOptions, Splits,
    shift::shift,
    source,
    split::{assign, notes, rule},
    summary::{ProblemLine, Summary, summarise},
    table::ColumnKind,
    wording::shell_word,
};
use gapwise_nn::model::NetworkKind;
use serde::Serialize;

use crate::{augmented::Sheet, system::present};

/// A data set read, checked and split.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The data.
    pub dataset: Dataset,
    /// Which example is for what.
    pub splits: Splits,
    /// The rule behind the splits, in a sentence.
    pub rule: String,
    /// What is known of it all, for people.
    pub summary: Summary,
}

/// What `gapwise inspect` answers.
#[derive(Debug, Clone, Serialize)]
pub struct Inspection {
    /// Whether a run would take it as it is. Where bad examples stand in the way, the rest of the
    /// inspection is of the data without them.
    pub usable: bool,
    /// The data.
    pub summary: Summary,
    /// Examples of each split that a run would make, in the order of the rungs.
    pub splits: Vec<(Split, usize)>,
    /// The rule behind the splits, in a sentence.
    pub rule: String,
    /// The network that suits.
    pub network: NetworkKind,
    /// Why it suits.
    pub reason: String,
    /// The contact sheet, where one was [written](crate::augmented::write_sheet).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub augmented: Option<Sheet>,
}

/// Reads, checks and splits data.
///
/// # Errors
///
/// [`DataError`] with every problem found, in the data as in its splits.
pub fn prepare(source: &SourceOptions, options: &SplitOptions) -> Result<Prepared, DataError> {
    split(source::read(source)?, options)
}

/// Splits data that is at hand.
///
/// # Errors
///
/// [`DataError`] with every problem found, in the data as in its splits.
pub fn split(dataset: Dataset, options: &SplitOptions) -> Result<Prepared, DataError> {
    let mut summary = summarise(&dataset);
    let (splits, problems) = assign(&dataset, options).map_err(|error| match error {
        // What was found in the data is told together with what its splits lack.
        DataError::Problems(of_splits) => {
            DataError::Problems(dataset.problems.iter().cloned().chain(of_splits).collect())
        }
        error => error,
    })?;
    summary.notes.extend(notes(&dataset, options));
    summary.notes.extend(not_by_time(&dataset));
    for pair in of_two_sources(&dataset) {
        summary.notes.extend(shift(&dataset, &splits, pair)?);
    }
    summary.problems.extend(problems.iter().map(ProblemLine::of));
    Ok(Prepared { rule: rule(&dataset, options), dataset, splits, summary })
}

/// A table with dates may be a series, whose future a random split gives away.
fn not_by_time(dataset: &Dataset) -> Option<Note> {
    let Inputs::Table(table) = &dataset.inputs else { return None };
    let date = table.inputs().find(|column| column.values.kind() == ColumnKind::Date)?;
    (dataset.ready_made.is_none() && dataset.times.is_none()).then(|| Note {
        said: format!(
            "`{}` holds dates, and examples are split at random, not by time; where the future is \
             to be predicted, let the latest test",
            date.name
        ),
        change_with: Some(format!("--time {}", shell_word(&date.name))),
    })
}

/// Pairs of neighbouring splits that may be of different distributions, since they come from
/// different files: validation and test should not be (notes, "train/validation/test
/// distribution").
fn of_two_sources(dataset: &Dataset) -> Vec<[Split; 2]> {
    let ready_made =
        |split| dataset.ready_made.as_ref().is_some_and(|of| of.contains(&Some(split)));
    let (validation, test) = (ready_made(Split::Validation), ready_made(Split::Test));
    let pairs = [
        (dataset.train_from.is_some() || validation, [Split::Train, Split::Validation]),
        (validation || test, [Split::Validation, Split::Test]),
    ];
    pairs.into_iter().filter(|(apart, _)| *apart).map(|(_, pair)| pair).collect()
}

/// Says what data is and what would suit it, also where bad examples would stop a run; and gives
/// the data that it is said of.
///
/// # Errors
///
/// As [`prepare`].
pub fn inspect(
    source: &SourceOptions,
    options: &SplitOptions,
) -> Result<(Inspection, Prepared), DataError> {
    let (prepared, usable) = match prepare(source, options) {
        Ok(prepared) => (prepared, true),
        // What cannot be read at all cannot be read without its bad examples either.
        Err(error) if error.problems().is_empty() => return Err(error),
        Err(error) => {
            let without_bad = SourceOptions { skip_bad: true, ..source.clone() };
            let prepared = prepare(&without_bad, options).map_err(|_| error)?;
            (prepared, false)
        }
    };
    let (network, reason) = NetworkKind::suiting(&prepared.dataset.inputs);
    let inspection = Inspection {
        usable,
        splits: present(&prepared.splits),
        rule: prepared.rule.clone(),
        summary: prepared.summary.clone(),
        network,
        reason,
        augmented: None,
    };
    Ok((inspection, prepared))
}
