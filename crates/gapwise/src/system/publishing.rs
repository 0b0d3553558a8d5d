//! The fourth step: a run directory with all that a training left, its looks counted, its report.

use gapwise_data::{Note, Split};
use gapwise_nn::{Device, model::Fit};
use gapwise_study::{
    diagnosis::TrainRows,
    predictions::FORMAT,
    run::{RangeTest, RunDirectory, RunError, RunLock, file},
};

use super::{
    Options, Outcome, RunRecord, Start,
    changes::Recorder,
    judging::{Circumstances, Judged, answered, linear_baseline, rows_of},
    linear::LinearFitted,
    mend::{self, MadeBefore},
    people::people,
    plan::{Plan, present},
    record::{Clock, TrainingRecord, described, environment},
    step, streams,
    training::{RecordedTraining, write_records, write_weights},
};
use crate::{
    Error,
    config::Config,
    examples::Examples,
    observe::{Event, Observer},
    trained::{HUMAN, TrainedRun, keeping_answers},
};

/// At most this many of the worst answers are shown in the report.
const WORST: usize = 24;

/// A run whose first files are there.
pub(super) struct Run<'a> {
    pub(super) directory: RunDirectory,
    pub(super) lock: RunLock,
    pub(super) options: &'a Options,
    pub(super) plan: Plan,
    /// What `config.toml` says.
    pub(super) config: Config,
    /// What `start.json` says.
    pub(super) start: Start,
    /// What it was, where it was finished before and is made again.
    pub(super) made_before: Option<MadeBefore>,
}

/// What a run has before its training.
#[derive(Default)]
pub(super) struct Beginning {
    /// The run that it is a step from.
    pub(super) parent: Option<TrainedRun>,
    /// The range test that its learning rate comes from.
    pub(super) range_test: Option<RangeTest>,
}

/// Writes a run of what was trained and judged in memory, counts its look at validation, and judges it
/// among the runs beside it.
///
/// # Errors
///
/// [`Error::Run`] where the run cannot be written.
pub fn publish(
    plan: &Plan,
    fit: &Fit,
    judged: Judged,
    options: &Options,
) -> Result<Outcome, Error> {
    if let Some(out) = &options.out {
        RunDirectory::check_free(out)?;
    }
    let run = Run::begin(plan.clone(), options, Beginning::default(), &mut ())?;
    let mut summary = plan.prepared.summary.clone();
    summary.notes.extend(plan.notes());
    run.directory.write_record(&summary)?;
    run.directory.write_record(fit.best.record())?;
    write_records(&run.directory, &fit.records)?;
    write_weights(&run.directory, fit)?;
    run.finish(fit, judged, Clock::default())
}

impl<'a> Run<'a> {
    /// Makes the directory with its first files.
    pub(super) fn begin(
        mut plan: Plan,
        options: &'a Options,
        beginning: Beginning,
        observer: &mut dyn Observer,
    ) -> Result<Self, Error> {
        let Beginning { parent, range_test } = beginning;
        let prepared = plan.prepared.clone();
        let metric = plan.effective.judging.metric;
        let typed = plan.effective.to_config(&prepared.dataset.reading);
        let human = people(&typed.diagnosis, metric, &prepared)?;
        let first: Vec<Note> = plan.notes().collect();
        let differing = plan.effective.differing(&plan.defaults);
        loop {
            let path = match &options.out {
                Some(path) => path.clone(),
                None => RunDirectory::free(&options.runs, &prepared.dataset.name),
            };
            let mut config = typed.clone();
            let copies = streams::copies(&mut config.data, &path)?;
            if !copies.is_empty() {
                plan.effective.data = config.data.clone();
            }
            let notes = prepared.summary.notes.iter().chain(&first).cloned().collect();
            let start = step::start((options, parent.as_ref()), &config, (&plan, notes))?;
            let start = Start { differing: Some(differing.clone()), ..start };
            let written = keeping_answers(config.clone()).to_toml()?;
            let write = |run: &RunDirectory| -> Result<(), Error> {
                run.write_record(&start)?;
                for copy in &copies {
                    run.write_whole(&copy.file, &copy.bytes)?;
                }
                if let Some(answers) = &human {
                    run.write_whole(HUMAN, answers)?;
                }
                run.write_record(&differing)?;
                if let Some(range_test) = &range_test {
                    run.write_record(range_test)?;
                }
                let ids = &prepared.dataset.ids;
                run.write_whole_with(file::SPLIT, |to| prepared.splits.write_csv(ids, to))?;
                Ok(run.write_whole(file::CONFIG, written.as_bytes())?)
            };
            let directory = match RunDirectory::create_at(&path, write) {
                // Another process was faster.
                Err(Error::Run(RunError::Taken { .. })) if options.out.is_none() => continue,
                made => made?,
            };
            for note in copies.iter().map(|copy| &copy.note).chain(&first) {
                observer.tell(Event::Note(note));
            }
            let lock = directory.lock()?;
            let made_before = None;
            return Ok(Run { directory, lock, options, plan, config, start, made_before });
        }
    }

    /// From the last checkpoint, or the beginning, to the report.
    pub(super) fn carry_out(
        mut self,
        device: &Device,
        mut clock: Clock,
        observer: &mut dyn Observer,
    ) -> Result<Outcome, Error> {
        let (directory, plan) = (&self.directory, &self.plan);
        directory.sweep();
        observer.tell(Event::Begun { run: directory.path() });
        let notes = self.start.notes.clone();
        let notes = notes.unwrap_or_else(|| mend::notes_of(directory, &plan.prepared));
        let mut recorder = Recorder {
            directory,
            config: self.config.clone(),
            start: self.start.clone(),
            held_out: plan.held_out(),
        };
        recorder.put_right()?;
        let training = RecordedTraining {
            plan,
            device,
            directory,
            every: self.options.checkpoint_every,
            notes,
            recorder: &mut recorder,
            observer: &mut *observer,
        };
        let fit = training.train()?;
        clock.phase("train");
        clock.at_least("train", fit.records.timing.iter().map(|epoch| epoch.seconds).sum());
        let changes = recorder.changes().to_vec();
        observer.tell(Event::Judging { run: directory.path() });
        let linear = match linear_baseline(plan, &|| observer.stop())? {
            LinearFitted::Stopped => {
                let run = directory.path().to_owned();
                return Err(Error::StoppedAfterTraining { run });
            }
            LinearFitted::None => None,
            LinearFitted::Yes(linear) => {
                observer.tell(Event::LinearBaseline(&linear.record));
                Some(linear)
            }
        };
        clock.phase("train the linear baseline");
        let judged = answered(plan, &fit.best)?.with_baselines(plan, linear)?;
        self.plan.effective.train.changes = changes;
        self.finish(&fit, judged, clock)
    }

    /// From what was trained and judged to the report.
    fn finish(self, fit: &Fit, judged: Judged, mut clock: Clock) -> Result<Outcome, Error> {
        let Run { directory, lock: _lock, options, plan, start, made_before, .. } = self;
        let Judged { mut table, train, baselines } = judged;
        let (model, dataset) = (&fit.best, &plan.prepared.dataset);
        if made_before.as_ref().is_some_and(|before| before.test) {
            let test = plan.prepared.splits.indices(Split::Test);
            table.rows.extend(rows_of(model, dataset, &test, Split::Test)?);
        }
        let worst = Examples::of(dataset, &table).worst(WORST)?;
        directory.write_predictions(&table)?;
        directory.write_record(&worst)?;
        directory.write_record(&baselines)?;
        let circumstances = Circumstances::of(&plan, train);
        directory.write_record(&RunRecord {
            command: start.command,
            network: described(model, &plan.effective.network),
            network_settings: plan.effective.network.clone(),
            train_settings: TrainingRecord {
                train: plan.effective.train.clone(),
                augment: plan.effective.readers.augment,
            },
            best_epoch: fit.best_epoch,
            target: table.target.clone(),
            splits: present(&plan.prepared.splits),
            split_rule: plan.prepared.rule.clone(),
            held_out: plan.held_out(),
            train_sampled: circumstances.train == TrainRows::Sample,
            test_ready_made: circumstances.test_ready_made,
            train_from_elsewhere: circumstances.train_from_elsewhere,
            time_blocks: circumstances.time_blocks,
            predictions_format: FORMAT,
        })?;
        clock.phase("evaluate");
        let mut environment = environment(options, &plan.effective, dataset, clock);
        if let Some(before) = &made_before {
            before.keep_seconds(&mut environment);
        }
        directory.write_record(&environment)?;

        let trained = TrainedRun::open(directory.path())?;
        trained.look_once(Split::Validation, "kept the best epoch")?;
        trained.measure(&options.measuring())?;
        step::score(&trained)?;
        let mut outcome = trained.finish()?;
        directory.seal()?;
        if let Some(before) = made_before {
            if before.test {
                directory.remember_test()?;
            }
            outcome.notes.extend(before.differences(&directory)?);
        }
        Ok(outcome)
    }
}
