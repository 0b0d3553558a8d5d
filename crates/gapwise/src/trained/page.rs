//! The report of a run.

use std::path::{Path, PathBuf};

use gapwise_data::summary::Summary;
use gapwise_study::{
    baseline::BaselineReport,
    compare::ComparedWith,
    diagnosis::{Diagnosis, JudgedBy},
    predictions::PredictionTable,
    report::{Report, SplitSummary, render},
    run::{Environment, HistoryRow, Setting, WorstExample, file, write_whole},
};

use super::TrainedRun;
use crate::{Error, system::RunRecord};

impl TrainedRun {
    /// Writes the report anew, to `report.html` in the run or to another file, and says where.
    ///
    /// # Errors
    ///
    /// [`Error::Run`] where the run's files are missing or damaged, or the report cannot be
    /// written.
    pub fn write_report(&self, to: Option<&Path>) -> Result<PathBuf, Error> {
        let making: RunRecord = self.directory.record()?;
        let table = self.predictions(&making)?;
        let diagnosis = self.judge(&table, &making)?;
        let diagnosis = self.whole(diagnosis, &table, &making)?;
        let metrics = self.metrics(&table, &making)?;
        let page = self.render(&table, (&diagnosis, &metrics), &making)?;
        let path = to.map_or_else(|| self.directory.file(file::REPORT), Path::to_owned);
        write_whole(&path, page.as_bytes())?;
        Ok(path)
    }

    pub(super) fn render(
        &self,
        table: &PredictionTable,
        (diagnosis, metrics): (&Diagnosis, &[JudgedBy]),
        making: &RunRecord,
    ) -> Result<String, Error> {
        let history: Vec<HistoryRow> = self.directory.history()?;
        let timing = self.directory.where_recorded(self.directory.timing())?.unwrap_or_default();
        let gradients =
            self.directory.where_recorded(self.directory.gradients())?.unwrap_or_default();
        let range_test = self.directory.where_recorded(self.directory.record())?;
        let worst: Vec<WorstExample> = self.directory.record()?;
        let summary: Summary = self.directory.record()?;
        let environment: Environment = self.directory.record()?;
        let baselines: Vec<BaselineReport> = self.directory.record()?;
        let settings: Vec<Setting> = self.directory.record()?;
        let comparisons: Vec<ComparedWith> =
            self.directory.where_recorded(self.directory.record())?.unwrap_or_default();
        let looks = self.looks(&making.held_out)?;
        Ok(render(&Report {
            run: &self.directory.name(),
            network: &making.network,
            command: &making.command,
            diagnosis,
            metrics,
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
            taken: &self.taken(making),
            comparisons: &comparisons,
            looks: &looks.recorded,
            looks_lost: looks.lost.as_deref(),
            settings: &settings,
            environment: &environment,
        }))
    }
}
