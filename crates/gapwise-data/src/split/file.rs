//! `split.csv`: a line per example with its id and its split, or `left-out`.

use std::{collections::HashMap, fs, io, path::Path};

use super::{Split, SplitProblem, Splits};
use crate::{DataError, Place, Problem};

/// What stands for an example that is in no split.
const LEFT_OUT: &str = "left-out";

/// The word for an example's split.
pub(super) fn word(split: Option<Split>) -> &'static str {
    split.map_or(LEFT_OUT, Split::as_str)
}

/// Problems of one file that are told; a file of other data has one for each line.
const TOLD: usize = 20;

impl Splits {
    /// Writes `split.csv`: the header `id,split`, then a line per example, in the data set's order.
    ///
    /// # Errors
    ///
    /// What `to` says when it cannot be written to; [`io::ErrorKind::InvalidInput`] when there are
    /// not as many ids as examples.
    pub fn write_csv(&self, ids: &[String], to: impl io::Write) -> io::Result<()> {
        if ids.len() != self.of.len() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("expected {} ids, found {}", self.of.len(), ids.len()),
            ));
        }
        let mut writer = csv::Writer::from_writer(to);
        writer.write_record(["id", "split"])?;
        for (id, split) in ids.iter().zip(&self.of) {
            writer.write_record([id.as_str(), word(*split)])?;
        }
        writer.flush()
    }

    /// Reads what [`write_csv`](Splits::write_csv) wrote, for the examples `ids`. Lines may stand in
    /// any order.
    ///
    /// # Errors
    ///
    /// [`DataError::Io`] when the file cannot be read; [`DataError::Problems`] when its header is
    /// another, when a line is no id and split, or when its ids are not the data set's.
    pub fn read_csv(path: &Path, ids: &[String]) -> Result<Splits, DataError> {
        let bytes =
            fs::read(path).map_err(|source| DataError::Io { path: path.to_owned(), source })?;
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&bytes[..]);
        let place_of: HashMap<&str, usize> =
            ids.iter().enumerate().map(|(at, id)| (id.as_str(), at)).collect();

        let mut of: Vec<Option<Option<Split>>> = vec![None; ids.len()];
        let mut problems: Vec<Problem> = Vec::new();
        let mut untold = 0;
        let mut header_seen = false;
        for record in reader.records() {
            let mut tell = |problem: SplitProblem| {
                if problems.len() < TOLD {
                    problems.push(problem.into());
                } else {
                    untold += 1;
                }
            };
            let record = match record {
                Ok(record) => record,
                Err(error) => {
                    let row = error.position().map(csv::Position::line);
                    let place = Place { row, ..Place::path(path) };
                    tell(SplitProblem::Line { place, found: error.to_string() });
                    continue;
                }
            };
            let row = record.position().map(csv::Position::line);
            let place = Place { row, ..Place::path(path) };
            if !header_seen {
                header_seen = true;
                if record.iter().ne(["id", "split"]) {
                    let found = record.iter().collect::<Vec<_>>().join(",");
                    let problem = SplitProblem::Header { place: Place::path(path), found };
                    return Err(DataError::Problems(vec![problem.into()]));
                }
                continue;
            }
            let (id, said) = match (record.get(0), record.get(1), record.len()) {
                (Some(id), Some(said), 2) => (id, said),
                (.., fields) => {
                    tell(SplitProblem::Line { place, found: format!("{fields} fields") });
                    continue;
                }
            };
            let mut splits = Split::ALL.into_iter().map(Some).chain([None]);
            let Some(split) = splits.find(|&split| word(split) == said) else {
                tell(SplitProblem::Word { place, found: said.to_owned() });
                continue;
            };
            match place_of.get(id) {
                None => tell(SplitProblem::UnknownId { place, found: id.to_owned() }),
                Some(&at) if of[at].is_some() => {
                    tell(SplitProblem::RepeatedId { place, found: id.to_owned() });
                }
                Some(&at) => of[at] = Some(split),
            }
        }
        if !header_seen {
            let problem = SplitProblem::Header { place: Place::path(path), found: String::new() };
            return Err(DataError::Problems(vec![problem.into()]));
        }
        if let Some(first) = of.iter().position(Option::is_none) {
            problems.push(
                SplitProblem::MissingIds {
                    place: Place::path(path),
                    expected: ids.len(),
                    found: of.iter().flatten().count(),
                    first: ids[first].clone(),
                }
                .into(),
            );
        }
        if untold > 0 {
            let gravest = crate::Severity::Fatal;
            problems.push(Problem::Unlisted { place: Place::path(path), more: untold, gravest });
        }
        match of.into_iter().collect::<Option<Vec<Option<Split>>>>() {
            Some(of) if problems.is_empty() => Ok(Splits { of }),
            _ => Err(DataError::Problems(problems)),
        }
    }
}
