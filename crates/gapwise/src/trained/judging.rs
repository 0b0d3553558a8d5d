//! A run judged: its ladder, the steps that follow, and which of them were taken.

use std::path::Path;

use gapwise_data::Split;
use gapwise_study::{
    baseline::{BaselineReport, warnings},
    diagnosis::{
        DiagnoseOptions, Diagnosis, HumanLevel, JudgedBy, KeptEpoch, TrainRows, diagnose,
        every_metric,
    },
    human::{HumanAnswers, HumanError},
    metric::Metric,
    predictions::{PredictionTable, Target},
    run::{GradientHealth, RangeTest, TimingRow, file},
};

use super::{HUMAN, TrainedRun, keeping_answers, looking};
use crate::{
    Error,
    comparing::RunsCompared,
    config::{DiagnosisChoice, HumanChoice},
    remedies::{Course, RunRemedies},
    system::{Outcome, RunRecord},
};

impl TrainedRun {
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
        let own = self.directory.file(HUMAN);
        if let Some(HumanChoice::Answers(path)) = &mut self.config.diagnosis.human {
            self.directory.write_whole(HUMAN, &read_answers(path)?)?;
            *path = own;
        }
        let config = keeping_answers(self.config.clone()).to_toml()?;
        self.directory.write_whole(file::CONFIG, config.as_bytes())?;
        Ok(outcome)
    }

    /// Judges what is in the run and writes diagnosis and report.
    pub(crate) fn finish(&self) -> Result<Outcome, Error> {
        let making: RunRecord = self.directory.record()?;
        let table = self.predictions(&making)?;
        let diagnosis = self.judge(&table, &making)?;
        // Of the same training always the same bytes: what the clock says stands elsewhere.
        self.directory.write_record(&diagnosis.without_costs())?;
        let metrics = every_metric(&table, &self.options_of(&making)?);
        self.directory.write_record(&metrics)?;
        let diagnosis = self.whole(diagnosis, &table, &making)?;
        if diagnosis.constraints != self.known()? {
            self.directory.write_record(&diagnosis.constraints)?;
        }
        let page = self.render(&table, (&diagnosis, &metrics), &making)?;
        self.directory.write_whole(file::REPORT, page.as_bytes())?;
        self.outcome(making, diagnosis, metrics)
    }

    pub(super) fn outcome(
        &self,
        making: RunRecord,
        diagnosis: Diagnosis,
        metrics: Vec<JudgedBy>,
    ) -> Result<Outcome, Error> {
        let baselines: Vec<BaselineReport> = self.directory.record()?;
        let looks = self.looks(&making.held_out)?;
        Ok(Outcome {
            notes: self.notes.iter().cloned().chain(looking::note(&looks)).collect(),
            run: self.path().to_owned(),
            report: self.directory.file(file::REPORT),
            worth: worth(&baselines, &diagnosis),
            taken: self.taken(&making),
            against: None,
            network: making.network,
            diagnosis,
            metrics,
            baselines,
        })
    }

    pub(super) fn judge(
        &self,
        table: &PredictionTable,
        making: &RunRecord,
    ) -> Result<Diagnosis, Error> {
        let mut options = self.options_of(making)?;
        let metric = self.metric(&making.target)?;
        if matches!(&self.config.diagnosis.human, Some(HumanChoice::Answers(path)) if *path == self.directory.file(HUMAN))
        {
            self.directory.check(HUMAN)?;
        }
        options.human = human_level(self.config.diagnosis.human.as_ref(), table, metric)?;
        options.tolerance = self.config.diagnosis.tolerance;
        let counts = self.looks(&making.held_out)?.counts;
        let options = making.circumstances().applied(options, counts);
        let remedies = self.remedies(making)?;
        let kept = KeptEpoch {
            epoch: making.best_epoch,
            of: remedies.course.took.0,
            to_keep_last: remedies.keep_last(),
        };
        Ok(diagnose(table, &options, &remedies)?.with_kept(kept))
    }

    /// What it is judged by. Its configuration names the positive class, where there are two.
    pub(crate) fn metric(&self, target: &Target) -> Result<Metric, Error> {
        Ok(self.config.metric.judging(target, None)?.metric)
    }

    fn options_of(&self, making: &RunRecord) -> Result<DiagnoseOptions, Error> {
        let mut options = DiagnoseOptions::new(self.path().display().to_string());
        options.metric = Some(self.metric(&making.target)?);
        if making.train_sampled {
            options.train = TrainRows::Sample;
        }
        Ok(options)
    }

    /// Every metric, as it was recorded when the run was last judged.
    pub(super) fn metrics(
        &self,
        table: &PredictionTable,
        making: &RunRecord,
    ) -> Result<Vec<JudgedBy>, Error> {
        match self.directory.where_recorded(self.directory.record())? {
            Some(recorded) => Ok(recorded),
            None => Ok(every_metric(table, &self.options_of(making)?)),
        }
    }

    /// The diagnosis with its constraints judged, and with the steps of the run to go on from.
    pub(super) fn whole(
        &self,
        diagnosis: Diagnosis,
        table: &PredictionTable,
        making: &RunRecord,
    ) -> Result<Diagnosis, Error> {
        let diagnosis = self.constrained(diagnosis, table, making)?;
        self.goes_on(diagnosis, table, making)
    }

    /// The commands of this run.
    pub(super) fn remedies(&self, making: &RunRecord) -> Result<RunRemedies, Error> {
        let timing: Vec<TimingRow> =
            self.directory.where_recorded(self.directory.timing())?.unwrap_or_default();
        let gradients =
            self.directory.where_recorded(self.directory.gradients())?.unwrap_or_default();
        let range_test: Option<RangeTest> =
            self.directory.where_recorded(self.directory.record())?;
        let train = making.splits.iter().filter(|(split, _)| *split == Split::Train);
        Ok(RunRemedies {
            run: self.path().to_owned(),
            network: making.network_settings.clone(),
            train: making.train_settings.train.clone(),
            augment: making.train_settings.augment,
            record: self.directory.where_recorded(self.directory.record())?,
            course: Course {
                examples: train.map(|(_, examples)| examples).sum(),
                took: (timing.len(), timing.iter().map(|row| row.seconds).sum()),
                health: GradientHealth::of_last_epoch(&gradients),
                rate_found: range_test.is_some(),
            },
            freeze: self.config.network.weights.as_ref().and(self.config.network.freeze.clone()),
        })
    }

    /// Keeps a comparison with another run in the report, and says what the run came to.
    ///
    /// # Errors
    ///
    /// [`Error::Run`] where the run's files are missing or damaged, or cannot be written.
    pub fn keep_comparison(&self, against: RunsCompared) -> Result<Outcome, Error> {
        self.directory.write_record(&against.comparisons)?;
        Ok(Outcome { against: Some(against), ..self.finish()? })
    }
}

/// What people reach, as it was given for the network that answered `table`.
pub(crate) fn human_level(
    choice: Option<&HumanChoice>,
    table: &PredictionTable,
    metric: Metric,
) -> Result<HumanLevel, Error> {
    Ok(match choice {
        None => HumanLevel::Unknown,
        Some(HumanChoice::Error(error)) => HumanLevel::Given(*error),
        Some(HumanChoice::Answers(path)) => {
            let answers = HumanAnswers::read(path)?;
            HumanLevel::Answered(answers.estimate(table, metric)?)
        }
    })
}

fn read_answers(path: &Path) -> Result<Vec<u8>, Error> {
    let read = gapwise_data::stream::read(path).map(|bytes| bytes.to_vec());
    read.map_err(|source| HumanError::Io { path: path.to_owned(), source }.into())
}

/// What the baselines say of the network, a sentence each.
fn worth(baselines: &[BaselineReport], diagnosis: &Diagnosis) -> Vec<String> {
    let sentence = |report: &BaselineReport| report.sentence(diagnosis.metric, &diagnosis.unit);
    baselines
        .iter()
        .flat_map(|report| [Some(sentence(report)), report.advice()])
        .flatten()
        .chain(warnings(baselines, diagnosis.metric, &diagnosis.unit))
        .collect()
}
