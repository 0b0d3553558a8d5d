//! A network on other data, on its test set, and on new inputs.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::{Path, PathBuf},
};

use gapwise_data::{
    DataError, Note, Problem, Split,
    source::{self, LabelPolicy, Likewise, NamedInputs, read_inputs, read_like},
    summary::{ProblemLine, skipped},
    wording::counted,
};
use gapwise_nn::{DeviceChoice, tasks::Labelled};
use gapwise_study::{
    diagnosis::{DiagnoseError, DiagnoseOptions, every_metric},
    interval::CONFIDENCE,
    metric::{Sample, count},
    predictions::PredictionTable,
    run::Environment,
};

use super::{
    Answered, Evaluation, Predictions, TrainedRun,
    answers::{per_class, table_rows},
};
use crate::{
    Error,
    inspection::prepare,
    system::{Outcome, RunRecord, rows_of},
};

impl TrainedRun {
    /// Scores the network on other labelled data.
    ///
    /// # Errors
    ///
    /// [`Error::Data`] with every problem of that data.
    pub fn evaluate(
        &self,
        data: &Path,
        device: DeviceChoice,
        skip_bad: bool,
    ) -> Result<Evaluation, Error> {
        let model = self.model(device)?;
        let read = read_like(&model.record().reading, data, LabelPolicy::Required)?;
        let skipped = refuse_bad(&read.problems, skip_bad)?;
        let target = model.record().head.target();
        let own = self.own_examples(&read)?;
        let examples: Vec<usize> = (0..read.ids.len()).collect();
        let answers = match &read.labels {
            Some(labels) => {
                let weights = model.record().weights(labels, read.weights.as_deref());
                let labelled = Labelled { labels: Some(labels), weights: weights.as_deref() };
                model.answers(&read.inputs, labelled, &examples)?
            }
            None => Vec::new(),
        };
        let rows = table_rows(&read, answers);
        let metric = self.metric(&target)?;
        let kind = metric.kind;
        let options = DiagnoseOptions { metric: Some(metric), ..DiagnoseOptions::new("") };
        let table = PredictionTable { target, rows };
        let metrics = every_metric(&table, &options);
        let PredictionTable { target, rows } = table;
        let estimate = metric
            .estimate(&Sample::of(metric, &rows))
            .map_err(|why| DiagnoseError::Undefined { metric: kind.name(), why })?;
        Ok(Evaluation {
            data: data.to_owned(),
            examples: rows.len(),
            skipped,
            metric: kind,
            unit: kind.unit(&target),
            metrics,
            error: estimate.error,
            interval: estimate.interval(CONFIDENCE),
            classes: per_class(&rows, &target),
            notes: read.notes.into_iter().chain(own).collect(),
            problems: read.problems.iter().map(ProblemLine::of).collect(),
        })
    }

    /// What is to be said of examples that the run knows already. Test examples among them have now
    /// been looked at, which is counted.
    fn own_examples(&self, read: &Likewise) -> Result<Option<Note>, Error> {
        let note = |said: String| Note { said, change_with: None };
        let trained_on = self.directory.record::<Environment>()?.data;
        let own = source::read(&self.config.data).ok();
        let Some(own) = own.filter(|own| own.fingerprint == trained_on) else {
            let said = "the run's own data is no longer there as it was, so it is not known \
                        whether any of these examples are among it";
            return Ok(Some(note(said.to_owned())));
        };
        let splits = self.splits(&own.ids)?;
        let zipped = own.content.iter().zip(&splits.of);
        let split_of: HashMap<u128, Split> =
            zipped.filter_map(|(content, split)| Some((*content, (*split)?))).collect();
        let mut counts: BTreeMap<Split, usize> = BTreeMap::new();
        for split in read.content.iter().filter_map(|key| split_of.get(key)) {
            *counts.entry(*split).or_default() += 1;
        }
        if counts.is_empty() {
            return Ok(None);
        }
        if counts.contains_key(&Split::Test) {
            self.look(Split::Test, "evaluate on other data")?;
        }
        let total: usize = counts.values().sum();
        let parts: Vec<String> =
            counts.iter().map(|(split, n)| format!("{} in {split}", count(*n))).collect();
        let looked = if counts.contains_key(&Split::Test) {
            "; this counts as a look at the test set"
        } else {
            ""
        };
        Ok(Some(note(format!(
            "{} of these {} examples are the run's own: {}{looked}",
            count(total),
            count(read.ids.len()),
            parts.join(", "),
        ))))
    }

    /// Opens the test set: scores it, adds it to the prediction table, counts the look and judges
    /// again.
    ///
    /// # Errors
    ///
    /// [`Error::DataChanged`] where the data is no longer what the network was trained on;
    /// [`Error::NoTest`] where there is no test split.
    pub fn open_test(&self, device: DeviceChoice) -> Result<Outcome, Error> {
        let model = self.model(device)?;
        let prepared = prepare(&self.config.data, &self.config.split)?;
        let environment: Environment = self.directory.record()?;
        if prepared.dataset.fingerprint != environment.data {
            return Err(Error::DataChanged {
                data: self.config.data.path.clone(),
                run: self.path().to_owned(),
                expected: environment.data,
                found: prepared.dataset.fingerprint,
            });
        }
        let splits = self.splits(&prepared.dataset.ids)?;
        let test = splits.indices(Split::Test);
        if test.is_empty() {
            return Err(Error::NoTest { run: self.path().to_owned() });
        }
        let making: RunRecord = self.directory.record()?;
        let mut table = self.predictions(&making)?;
        table.rows.retain(|row| row.split != Split::Test);
        // The look counts from the moment that the answers can be known.
        self.look(Split::Test, "evaluate --test")?;
        table.rows.extend(rows_of(&model, &prepared.dataset, &test, Split::Test)?);
        self.directory.write_predictions(&table)?;
        self.directory.remember_test()?;
        self.finish()
    }

    /// Answers new inputs, in their order. Of an input that is named twice, the first counts.
    ///
    /// # Errors
    ///
    /// [`Error::Data`] with every problem of the inputs.
    pub fn predict(
        &self,
        inputs: &[PathBuf],
        device: DeviceChoice,
        skip_bad: bool,
    ) -> Result<Predictions, Error> {
        let model = self.model(device)?;
        let NamedInputs { parts, mut problems } = read_inputs(&model.record().reading, inputs)?;
        problems.extend(parts.iter().flat_map(|part| part.problems.iter().cloned()));
        let skipped = refuse_bad(&problems, skip_bad)?;
        let target = model.record().head.target();
        let (mut answers, mut notes) = (Vec::new(), Vec::new());
        let (mut answered, mut again) = (HashSet::new(), 0);
        for part in parts {
            let several = inputs.len() > 1;
            // What a table calls its rows by itself may come again.
            let is_new = |id: &String| !several || answered.insert(id.clone());
            let examples: Vec<bool> = part.ids.iter().map(is_new).collect();
            let examples: Vec<usize> =
                (0..part.ids.len()).filter(|&example| examples[example]).collect();
            again += part.ids.len() - examples.len();
            let of_part = model.answers(&part.inputs, Labelled::default(), &examples)?;
            let zipped = of_part.into_iter().zip(&examples);
            answers.extend(zipped.map(|(answer, &example)| Answered {
                id: part.ids[example].clone(),
                prediction: answer.outcome.prediction,
            }));
            notes.extend(part.notes);
        }
        if again > 0 {
            let said = format!("{} named twice, and answered once", counted(again, "input"));
            notes.push(Note { said, change_with: None });
        }
        let problems = problems.iter().map(ProblemLine::of).collect();
        Ok(Predictions { target, answers, skipped, notes, problems })
    }
}

/// Refuses bad examples, unless they are to be left out.
fn refuse_bad(problems: &[Problem], skip_bad: bool) -> Result<usize, DataError> {
    let bad = skipped(problems);
    if bad > 0 && !skip_bad {
        return Err(DataError::Problems(problems.to_vec()));
    }
    Ok(bad)
}
