//! What can be done with a run once it is there.

mod answers;

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
};

use gapwise_data::{
    DataError, Note, Problem, Split, Splits,
    source::{self, LabelPolicy, Likewise, read_like},
    summary::{ProblemLine, Summary, skipped},
};
use gapwise_nn::{
    DeviceChoice,
    model::{Model, ModelRecord},
    tasks::Labelled,
    weights::WeightsError,
};
use gapwise_study::{
    baseline::BaselineReport,
    diagnosis::{
        DiagnoseOptions, Diagnosis, GroupKind, HumanLevel, Origin, TestSplit, TrainRows, diagnose,
    },
    interval::CONFIDENCE,
    looks::{Ledger, Look},
    metric::{MetricKind, Sample, count},
    predictions::PredictionTable,
    report::{Report, SplitSummary, render},
    run::{
        Environment, HistoryRow, RunDirectory, RunError, Setting, WorstExample, file, write_whole,
    },
};

use crate::{
    Error,
    config::{Config, DiagnosisChoice},
    inspection::prepare,
    remedies::RunRemedies,
    system::{Making, Outcome, rows_of},
};

use answers::{per_class, table_rows};

pub use answers::{ClassErrors, Evaluation, Prediction, Predictions};

/// The weights of the epoch with the lowest validation error.
pub(crate) const BEST: &str = "checkpoints/best.safetensors";
/// The weights after the last epoch.
pub(crate) const LAST: &str = "checkpoints/last.safetensors";

/// A finished run, opened.
#[derive(Debug, Clone)]
pub struct TrainedRun {
    directory: RunDirectory,
    config: Config,
}

impl TrainedRun {
    /// Opens the run at `path`.
    ///
    /// # Errors
    ///
    /// [`Error::Run`] where it is no run, [`Error::Config`] where its configuration was damaged.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let directory = RunDirectory::open(path)?;
        let config = Config::read(&directory.file(file::CONFIG), &[])?;
        Ok(TrainedRun { directory, config })
    }

    /// Its directory.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Its configuration file.
    pub fn config_file(&self) -> PathBuf {
        self.directory.file(file::CONFIG)
    }

    /// Whether training came to its end and the run was judged.
    pub fn is_finished(&self) -> bool {
        self.directory.file(file::REPORT).is_file()
    }

    /// What a finished run came to; nothing is written.
    ///
    /// # Errors
    ///
    /// [`Error::Run`] where the run's files are missing or damaged.
    pub fn finished(&self) -> Result<Outcome, Error> {
        let making: Making = self.directory.record()?;
        let table = self.directory.predictions(&making.target)?;
        let diagnosis = self.judge(&table, &making)?;
        self.outcome(making, diagnosis)
    }

    /// Its network, with the weights of the best epoch.
    ///
    /// # Errors
    ///
    /// [`Error::Run`] and [`Error::Weights`] where its files are missing or damaged.
    pub fn model(&self, device: DeviceChoice) -> Result<Model, Error> {
        let record: ModelRecord = self.directory.record()?;
        let weights = self.directory.read_bytes(BEST)?;
        Model::load(record, weights, &device.open()?)
            .map_err(|source| weights_error(self.path(), BEST, source))
    }

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
                let labelled = Labelled { labels, weights: weights.as_deref() };
                model.answers(&read.inputs, labelled, &examples)?
            }
            None => Vec::new(),
        };
        let rows = table_rows(&read, answers);
        let metric = MetricKind::of(&target);
        let sample = Sample::of(metric.metric(), &rows);
        let estimate = metric.metric().estimate(&sample);
        Ok(Evaluation {
            data: data.to_owned(),
            examples: rows.len(),
            skipped,
            metric,
            unit: metric.unit(&target),
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
        let making: Making = self.directory.record()?;
        let mut table = self.directory.predictions(&making.target)?;
        table.rows.retain(|row| row.split != Split::Test);
        // The look counts from the moment that the answers can be known.
        self.look(Split::Test, "evaluate --test")?;
        table.rows.extend(rows_of(&model, &prepared.dataset, &test, Split::Test)?);
        self.directory.write_predictions(&table)?;
        self.finish()
    }

    fn splits(&self, ids: &[String]) -> Result<Splits, Error> {
        let path = self.directory.file(file::SPLIT);
        if !path.exists() {
            let (run, file) = (self.path().to_owned(), file::SPLIT.to_owned());
            return Err(RunError::NoFile { run, file }.into());
        }
        Ok(Splits::read_csv(&path, ids)?)
    }

    /// What it is judged by: the human level and the tolerance that were given.
    pub fn judged_by(&self) -> &DiagnosisChoice {
        &self.config.diagnosis
    }

    /// Judges the run anew. Another human level or tolerance than before is kept in the run; with
    /// the same nothing is written, so that a run may be read only.
    ///
    /// # Errors
    ///
    /// [`Error::Run`] where the run's files are missing or damaged; [`Error::Diagnose`] for a
    /// level or tolerance that cannot be.
    pub fn diagnose(&mut self, choice: DiagnosisChoice) -> Result<Outcome, Error> {
        if choice == self.config.diagnosis {
            return self.finished();
        }
        self.config.diagnosis = choice;
        let outcome = self.finish()?;
        self.directory.write_whole(file::CONFIG, self.config.to_toml()?.as_bytes())?;
        Ok(outcome)
    }

    /// Answers new inputs.
    ///
    /// # Errors
    ///
    /// [`Error::Data`] with every problem of the inputs.
    pub fn predict(
        &self,
        input: &Path,
        device: DeviceChoice,
        skip_bad: bool,
    ) -> Result<Predictions, Error> {
        let model = self.model(device)?;
        let read = read_like(&model.record().reading, input, LabelPolicy::Optional)?;
        let skipped = refuse_bad(&read.problems, skip_bad)?;
        let examples: Vec<usize> = (0..read.ids.len()).collect();
        let labels = model.no_labels(read.ids.len());
        let answers =
            model.answers(&read.inputs, Labelled { labels: &labels, weights: None }, &examples)?;
        let target = model.record().head.target();
        let answers = answers
            .into_iter()
            .zip(&read.ids)
            .map(|(answer, id)| Prediction::of(answer.outcome, id, &target))
            .collect();
        let problems = read.problems.iter().map(ProblemLine::of).collect();
        Ok(Predictions { target, answers, skipped, notes: read.notes, problems })
    }

    /// Counts a look at held-out data in the ledger beside the runs.
    pub(crate) fn look(&self, split: Split, why: &str) -> Result<(), Error> {
        let making: Making = self.directory.record()?;
        let look = Look::now(&making.held_out, split, self.directory.name()).because(why);
        self.ledger().record(&look)?;
        Ok(())
    }

    /// The same, unless this run has counted it before it was killed.
    pub(crate) fn look_once(&self, split: Split, why: &str) -> Result<(), Error> {
        let (run, making) = (self.directory.name(), self.directory.record::<Making>()?);
        let counted = self.ledger().looks()?.into_iter().any(|look| {
            (look.data, look.split, look.run) == (making.held_out.clone(), split, run.clone())
                && look.why == why
        });
        if counted { Ok(()) } else { self.look(split, why) }
    }

    fn ledger(&self) -> Ledger {
        Ledger::beside(&self.directory.parent())
    }

    /// Judges what is in the run and writes diagnosis and report.
    pub(crate) fn finish(&self) -> Result<Outcome, Error> {
        let making: Making = self.directory.record()?;
        let table = self.directory.predictions(&making.target)?;
        let diagnosis = self.judge(&table, &making)?;
        self.directory.write_record(&diagnosis)?;
        let page = self.render(&table, &diagnosis, &making)?;
        self.directory.write_whole(file::REPORT, page.as_bytes())?;
        self.outcome(making, diagnosis)
    }

    fn outcome(&self, making: Making, diagnosis: Diagnosis) -> Result<Outcome, Error> {
        let baselines: Vec<BaselineReport> = self.directory.record()?;
        Ok(Outcome {
            run: self.path().to_owned(),
            report: self.directory.file(file::REPORT),
            worth: worth(&baselines, &diagnosis),
            network: making.network,
            diagnosis,
            baselines,
        })
    }

    /// Writes the report anew, to `report.html` in the run or to another file, and says where.
    ///
    /// # Errors
    ///
    /// [`Error::Run`] where the run's files are missing or damaged, or the report cannot be
    /// written.
    pub fn write_report(&self, to: Option<&Path>) -> Result<PathBuf, Error> {
        let making: Making = self.directory.record()?;
        let table = self.directory.predictions(&making.target)?;
        let diagnosis = self.judge(&table, &making)?;
        let page = self.render(&table, &diagnosis, &making)?;
        let path = to.map_or_else(|| self.directory.file(file::REPORT), Path::to_owned);
        write_whole(&path, page.as_bytes())?;
        Ok(path)
    }

    fn judge(&self, table: &PredictionTable, making: &Making) -> Result<Diagnosis, Error> {
        let mut options = DiagnoseOptions::new(self.path().display().to_string());
        options.human = self.config.diagnosis.human.map_or(HumanLevel::Unknown, HumanLevel::Given);
        options.tolerance = self.config.diagnosis.tolerance;
        if making.train_sampled {
            options.train = TrainRows::Sample;
        }
        if making.test_ready_made {
            options.test_origin = Origin::Elsewhere;
        }
        if making.train_from_elsewhere {
            options.train_origin = Origin::Elsewhere;
        }
        if making.splits.iter().all(|(split, _)| *split != Split::Test) {
            options.test = TestSplit::None;
        }
        if making.time_blocks {
            options.groups = GroupKind::TimeBlocks;
        }
        options.looks = self.ledger().counts(&making.held_out)?;
        let remedies = RunRemedies {
            run: self.path(),
            network: &making.network_settings,
            train: &making.train_settings,
        };
        Ok(diagnose(table, &options, &remedies)?)
    }

    fn render(
        &self,
        table: &PredictionTable,
        diagnosis: &Diagnosis,
        making: &Making,
    ) -> Result<String, Error> {
        let history: Vec<HistoryRow> = self.directory.history()?;
        let timing = where_recorded(self.directory.timing())?.unwrap_or_default();
        let gradients = where_recorded(self.directory.gradients())?.unwrap_or_default();
        let range_test = where_recorded(self.directory.record())?;
        let worst: Vec<WorstExample> = self.directory.record()?;
        let summary: Summary = self.directory.record()?;
        let environment: Environment = self.directory.record()?;
        let baselines: Vec<BaselineReport> = self.directory.record()?;
        let settings: Vec<Setting> = self.directory.record()?;
        Ok(render(&Report {
            run: &self.directory.name(),
            network: &making.network,
            command: &making.command,
            diagnosis,
            history: &history,
            timing: &timing,
            gradients: &gradients,
            range_test: range_test.as_ref(),
            kept_epoch: Some(making.best_epoch),
            predictions: table,
            baselines: &baselines,
            worst: &worst,
            summary: &summary,
            splits: SplitSummary { counts: &making.splits, rule: &making.split_rule },
            settings: &settings,
            environment: &environment,
        }))
    }
}

/// A record that not every run has.
fn where_recorded<T>(read: Result<T, RunError>) -> Result<Option<T>, RunError> {
    match read {
        Ok(record) => Ok(Some(record)),
        Err(RunError::NoFile { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What the baselines say of the network, a sentence each.
fn worth(baselines: &[BaselineReport], diagnosis: &Diagnosis) -> Vec<String> {
    let sentence = |report: &BaselineReport| report.sentence(diagnosis.metric, &diagnosis.unit);
    baselines
        .iter()
        .flat_map(|report| [Some(sentence(report)), report.advice()])
        .flatten()
        .collect()
}

/// Refuses bad examples, unless they are to be left out.
fn refuse_bad(problems: &[Problem], skip_bad: bool) -> Result<usize, DataError> {
    let bad = skipped(problems);
    if bad > 0 && !skip_bad {
        return Err(DataError::Problems(problems.to_vec()));
    }
    Ok(bad)
}

pub(crate) fn weights_error(run: &Path, name: &str, source: WeightsError) -> Error {
    Error::Weights { path: run.join(name), source }
}
