//! The examples of a run: what each is, what is right, what the network answered.
//!
//! What an example looks like is read when it is asked for, from where the data is: a page of ten out of
//! a million pictures reads ten.

use std::collections::HashMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use gapwise_data::{
    DataError, Dataset, Inputs, Split,
    images::{Images, PictureFile},
    source,
};
use gapwise_study::{
    predictions::{PredictionRow, PredictionTable},
    run::{Encoded, Environment, Pictures, Shown, WorstExample},
};

use crate::{Error, system::RunRecord, trained::TrainedRun};

/// The examples of a data set beside a network's answers to them.
#[derive(Debug, Clone)]
pub struct Examples<'a> {
    dataset: &'a Dataset,
    table: &'a PredictionTable,
    /// The place of each id in the data set.
    places: HashMap<&'a str, usize>,
}

/// One example beside the network's answer.
#[derive(Debug, Clone, Copy)]
pub struct Example<'a> {
    dataset: &'a Dataset,
    place: usize,
    table: &'a PredictionTable,
    /// Its id, both answers, its loss and its weight.
    pub row: &'a PredictionRow,
}

/// What a network is shown of an example, as the source has it.
#[derive(Debug, Clone, PartialEq)]
pub enum RawInput {
    /// Column names and cells.
    Row(Vec<(String, String)>),
    /// The picture that was read, as a PNG file.
    Picture(Vec<u8>),
}

impl<'a> Examples<'a> {
    /// Those of `dataset` that `table` has answers to.
    pub fn of(dataset: &'a Dataset, table: &'a PredictionTable) -> Self {
        let ids = dataset.ids.iter().enumerate();
        let places = ids.map(|(place, id)| (id.as_str(), place)).collect();
        Examples { dataset, table, places }
    }

    /// Those of a split, in the order of the table.
    pub fn in_split(&self, split: Split) -> impl Iterator<Item = Example<'a>> {
        self.table.of(split).filter_map(|row| self.example(row))
    }

    /// The one with this id.
    pub fn get(&self, id: &str) -> Option<Example<'a>> {
        self.example(self.table.rows.iter().find(|row| row.id == id)?)
    }

    /// The wrong answers of the highest loss on validation, at most so many; for numbers, the answers
    /// furthest off.
    pub fn wrong(&self, most: usize) -> Vec<Example<'a>> {
        let wrong = |row: &&PredictionRow| row.outcome.is_wrong(&self.table.target);
        let mut wrong: Vec<&PredictionRow> =
            self.table.of(Split::Validation).filter(wrong).collect();
        wrong.sort_by(|a, b| b.loss.total_cmp(&a.loss).then_with(|| a.id.cmp(&b.id)));
        wrong.into_iter().take(most).filter_map(|row| self.example(row)).collect()
    }

    /// The same for the report.
    ///
    /// # Errors
    ///
    /// [`DataError`] where a picture that is read only now cannot be.
    pub(crate) fn worst(&self, most: usize) -> Result<Vec<WorstExample>, DataError> {
        let worst = |example: Example<'_>| {
            Ok(WorstExample {
                id: example.row.id.clone(),
                label: example.truth().unwrap_or_default(),
                prediction: example.answer(),
                score: example.confidence(),
                loss: example.row.loss,
                shown: example.shown()?,
            })
        };
        self.wrong(most).into_iter().map(worst).collect()
    }

    fn example(&self, row: &'a PredictionRow) -> Option<Example<'a>> {
        let place = self.places.get(row.id.as_str()).copied()?;
        Some(Example { dataset: self.dataset, place, table: self.table, row })
    }
}

impl Example<'_> {
    /// The right answer in words, where it is known.
    pub fn truth(&self) -> Option<String> {
        let truth = self.row.outcome.truth.as_ref()?;
        Some(self.table.target.show_truth(truth))
    }

    /// The given answer in words.
    pub fn answer(&self) -> String {
        self.table.target.show_prediction(&self.row.outcome.prediction)
    }

    /// Probability that the network gave to its answer, where it gives one.
    pub fn confidence(&self) -> Option<f32> {
        self.table.target.confidence(&self.row.outcome.prediction)
    }

    /// What the network was shown, read now.
    ///
    /// # Errors
    ///
    /// [`DataError`] where a picture cannot be read.
    pub fn input(&self) -> Result<RawInput, DataError> {
        Ok(match &self.dataset.inputs {
            Inputs::Table(table) => RawInput::Row(table.row(self.place)),
            Inputs::Images(images) => RawInput::Picture(images.png(self.place)?),
        })
    }

    /// The same for a page: a picture beside what the network read of it, where that is another.
    ///
    /// # Errors
    ///
    /// [`DataError`] where a picture cannot be read.
    pub fn shown(&self) -> Result<Shown, DataError> {
        match &self.dataset.inputs {
            Inputs::Table(table) => Ok(Shown::Row(table.row(self.place))),
            Inputs::Images(images) => pictured(images, self.place),
        }
    }
}

/// What the network read of an image, beside the image in its file where that is another.
fn pictured(images: &Images, example: usize) -> Result<Shown, DataError> {
    let read = STANDARD.encode(images.png(example)?);
    let Some(original) = images.original(example)? else { return Ok(Shown::Picture(read)) };
    let source = match original.picture {
        PictureFile::Png(bytes) => Encoded::Png(STANDARD.encode(bytes)),
        PictureFile::Jpeg(bytes) => Encoded::Jpeg(STANDARD.encode(bytes)),
    };
    Ok(Shown::Pictures(Pictures { source, size: (original.height, original.width), read }))
}

/// A finished run's data and predictions.
#[derive(Debug, Clone)]
pub struct RunExamples {
    dataset: Dataset,
    table: PredictionTable,
}

impl RunExamples {
    /// The examples, each beside the network's answer.
    pub fn all(&self) -> Examples<'_> {
        Examples::of(&self.dataset, &self.table)
    }
}

impl TrainedRun {
    /// Its examples, from where the data is.
    ///
    /// # Errors
    ///
    /// [`Error::Data`] where the data cannot be read, [`Error::DataChanged`] where it is no longer what
    /// the network was trained on, [`Error::Run`] where the run's files are missing or damaged.
    pub fn examples(&self) -> Result<RunExamples, Error> {
        let record: RunRecord = self.directory().record()?;
        let table = self.directory().predictions(&record.target)?;
        let environment: Environment = self.directory().record()?;
        let dataset = source::read(&self.config().data)?;
        if dataset.fingerprint != environment.data {
            return Err(Error::DataChanged {
                data: self.config().data.path.clone(),
                run: self.path().to_owned(),
                expected: environment.data,
                found: dataset.fingerprint,
            });
        }
        Ok(RunExamples { dataset, table })
    }
}
