//! The run that the recipe goes on from, among all that were trained on the same data and split.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use gapwise_data::Split;
use gapwise_study::{
    compare::{Answered, By, Change, Contender, best},
    diagnosis::{Diagnosis, GapKind, GoesOnFrom, Verdict},
    interval::CONFIDENCE,
    predictions::PredictionTable,
    recipe::Remedy,
    runs::{RunFolder, Runs},
    taken::{TakenStep, in_order, numbered, steps_of, without_failed},
};

use super::TrainedRun;
use crate::{
    Error,
    system::{RunRecord, parent_of},
};

/// Runs that were trained one from another, at most: a chain of paths may lead in a circle.
const LONGEST: usize = 1_000;

/// A run on the same data and split, with what it is compared by.
struct Standing {
    run: TrainedRun,
    making: RunRecord,
    /// Its answers to validation.
    table: PredictionTable,
    /// Parameters and multiply-adds.
    cost: [usize; 2],
    /// Whether it is the run that is judged.
    is_judged: bool,
    /// Whether it costs more than a constraint allows.
    broken: bool,
}

impl TrainedRun {
    /// The steps that were taken on this run's data and split, by the runs beside it and beside those
    /// that it comes from, in the order in which they were taken.
    pub(super) fn taken(&self, making: &RunRecord) -> Vec<TakenStep> {
        let runs = self.folders().into_iter().flat_map(|folder| folder.on(&making.held_out));
        let mut taken = steps_of(runs, &making.held_out);
        in_order(&mut taken);
        taken
    }

    /// The remedy that a step from this run is, where it is one.
    pub(crate) fn remedy_of(
        &self,
        typed: &[(String, String)],
        changes: &[Change],
    ) -> Option<Remedy> {
        let making: RunRecord = self.directory.record().ok()?;
        self.remedies(&making).ok()?.taken_by(typed, changes)
    }

    /// Every training command that the recipe has for this run, whatever its verdict.
    ///
    /// # Errors
    ///
    /// [`Error::Run`] where the run's files are missing or damaged.
    pub fn commands(&self) -> Result<Vec<(Remedy, String)>, Error> {
        let making: RunRecord = self.directory.record()?;
        Ok(self.remedies(&making)?.all().collect())
    }

    /// The diagnosis with the steps of the run to go on from, without what failed before.
    pub(super) fn goes_on(
        &self,
        mut diagnosis: Diagnosis,
        table: &PredictionTable,
        making: &RunRecord,
    ) -> Result<Diagnosis, Error> {
        let runs = self.standing(&diagnosis, table, making)?;
        let place = self.best(&runs, making)?;
        let goes_on_from = place.and_then(|place| runs.get(place));
        let mut verdict = diagnosis.verdict.clone();
        let mut remedies = self.remedies(making)?;
        if let Some(other) = goes_on_from.filter(|one| !one.is_judged) {
            let table = other.run.directory.predictions(&other.making.target)?;
            let theirs = other.run.judge(&table, &other.making)?;
            let theirs = other.run.constrained(theirs, &table, &other.making)?;
            diagnosis.steps = theirs.steps.clone();
            remedies = other.run.remedies(&other.making)?;
            verdict = theirs.verdict.clone();
            diagnosis.goes_on_from = Some(GoesOnFrom {
                run: other.run.path().display().to_string(),
                among: runs.len(),
                verdict: Some(theirs.verdict_sentence()),
            });
        } else if runs.len() > 1 && goes_on_from.is_some() {
            let run = self.path().display().to_string();
            diagnosis.goes_on_from = Some(GoesOnFrom { run, among: runs.len(), verdict: None });
        }
        let steps = std::mem::take(&mut diagnosis.steps);
        (diagnosis.steps, diagnosis.failed) = without_failed(steps, &self.taken(making));
        if by_command(&verdict) && diagnosis.next_command().is_none() {
            diagnosis.none_left = Some(remedies.none_left());
        }
        Ok(diagnosis)
    }

    /// The folders of this run and of those that it comes from.
    fn folders(&self) -> Vec<RunFolder> {
        let mut folders = vec![self.runs()];
        let mut seen = BTreeSet::from([real(self.runs().path())]);
        let mut parent = parent_of(&self.directory);
        for _ in 0..LONGEST {
            let Some(run) = parent.and_then(|path| TrainedRun::open(&path).ok()) else { break };
            let folder = run.runs();
            if seen.insert(real(folder.path())) {
                folders.push(folder);
            }
            parent = parent_of(&run.directory);
        }
        folders
    }

    /// Every finished run on this run's data and split that is judged by the same metric, this one
    /// too, in the order in which they were made: those that are no step first.
    fn standing(
        &self,
        diagnosis: &Diagnosis,
        table: &PredictionTable,
        making: &RunRecord,
    ) -> Result<Vec<Standing>, Error> {
        let own = real(self.path());
        let broken = diagnosis.constraints.broken().next().is_some();
        let mut runs = vec![Standing {
            run: self.clone(),
            making: making.clone(),
            table: validation(table),
            cost: self.cost(),
            is_judged: true,
            broken,
        }];
        for folder in self.folders() {
            let there = folder.on(&making.held_out).into_iter();
            let others = there.filter(|path| real(path) != own);
            runs.extend(others.filter_map(|path| {
                let path = path.strip_prefix(".").unwrap_or(&path);
                self.comparable(path, making).ok().flatten()
            }));
        }
        runs.sort_by_cached_key(|one| {
            let at = one.run.directory.record::<TakenStep>().map_or(0, |step| step.at);
            (at, numbered(&one.run.name()), one.run.path().to_owned())
        });
        Ok(runs)
    }

    /// The run at this path, where it is finished, on the same data and split, and judged by the
    /// same metric. It is judged with this run's human level, tolerance and constraints.
    fn comparable(&self, path: &Path, making: &RunRecord) -> Result<Option<Standing>, Error> {
        let mut run = TrainedRun::open(path)?;
        let theirs: RunRecord = run.directory.record()?;
        let same = theirs.held_out == making.held_out
            && theirs.target == making.target
            && run.metric(&theirs.target)? == self.metric(&making.target)?;
        if !same || !run.is_finished() {
            return Ok(None);
        }
        run.config.diagnosis = self.config.diagnosis.clone();
        run.config.metric.constraints = self.config.metric.constraints.clone();
        let table = run.directory.predictions(&theirs.target)?;
        let mut broken = false;
        if !run.config.metric.constraints.is_empty() {
            let judged = run.judge(&table, &theirs)?;
            let judged = run.constrained(judged, &table, &theirs)?;
            broken = judged.constraints.broken().next().is_some();
        }
        let (cost, table) = (run.cost(), validation(&table));
        Ok(Some(Standing { run, making: theirs, table, cost, is_judged: false, broken }))
    }

    /// The place of the run to go on from: none that breaks a constraint, unless all do.
    fn best(&self, runs: &[Standing], making: &RunRecord) -> Result<Option<usize>, Error> {
        let all_broken = runs.iter().all(|one| one.broken);
        let (places, contenders): (Vec<usize>, Vec<Contender<'_>>) = runs
            .iter()
            .enumerate()
            .filter(|(_, one)| all_broken || !one.broken)
            .map(|(place, Standing { table, cost, .. })| {
                (place, Contender { answered: Answered { name: "", table }, cost: *cost })
            })
            .unzip();
        let by = By { metric: self.metric(&making.target)?, confidence: CONFIDENCE };
        Ok(best(&contenders, by).map(|place| places[place]))
    }

    /// Parameters and multiply-adds; the most there can be where they are not known.
    fn cost(&self) -> [usize; 2] {
        let record = self.directory.record::<gapwise_nn::model::ModelRecord>();
        record.map_or([usize::MAX; 2], |record| [record.parameters(), record.multiply_adds()])
    }
}

/// Whether the recipe has commands for what this verdict asks for.
fn by_command(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Close { gap, .. } => {
            matches!(gap, GapKind::AvoidableBias | GapKind::Variance)
        }
        Verdict::HumanDecides { .. } => true,
        Verdict::CannotTell | Verdict::NoneAboveTolerance => false,
    }
}

fn validation(table: &PredictionTable) -> PredictionTable {
    let rows = table.of(Split::Validation).cloned().collect();
    PredictionTable { target: table.target.clone(), rows }
}

fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}
