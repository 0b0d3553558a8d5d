//! Progress on standard error: bars on a terminal, lines elsewhere.

use gapwise::{
    Error,
    data::{
        Note,
        summary::{ProblemLine, Summary},
    },
    nn::workloads::Workload,
    observe::{Event, Observer},
    study::{
        metric::{MetricKind, count},
        run::{GradientHealth, HistoryRow, TimingRow},
    },
};
use indicatif::{ProgressBar, ProgressStyle};

use super::inspect::{LEFT_OUT, headline, problem_lines, splits};
use super::interrupt::{self, LastWords};
use super::output::tell;
use super::style::{DIM, LABEL, escaped};

/// Tells a person how the work goes on.
pub(super) struct Progress {
    quiet: bool,
    /// Whether a bar shows how far a training is, where there is a terminal.
    bars: bool,
    training: Option<Training>,
}

struct Training {
    bar: ProgressBar,
    network: String,
    metric: MetricKind,
    unit: String,
    epochs: usize,
    examples: usize,
}

impl Progress {
    pub(super) fn new(quiet: bool) -> Self {
        Progress { quiet, bars: true, training: None }
    }

    /// Tells every epoch on a line of its own from now on, also on a terminal.
    pub(super) fn without_bars(&mut self) {
        self.bars = false;
    }

    pub(super) fn line(&self, label: &str, text: &str) {
        if !self.quiet {
            tell(&format!("{LABEL}{label:<9}{LABEL:#} {text}"));
        }
    }

    /// Sets the answer off from what was told.
    pub(super) fn end(&self) {
        if !self.quiet {
            tell("");
        }
    }

    /// What is being timed.
    pub(super) fn timing(&self, workload: &Workload) {
        self.line("timing", &format!("{}: {}", workload.name, workload.about));
    }

    pub(super) fn data(&self, summary: &Summary) {
        for (label, text) in headline(summary) {
            self.line(label, &text);
        }
        self.notes(&summary.notes);
        self.problems(&summary.problems);
    }

    /// What the work goes on in spite of; said even where progress is not.
    pub(super) fn problems(&self, problems: &[ProblemLine]) {
        for line in problem_lines(problems, LEFT_OUT) {
            tell(&line);
        }
    }

    pub(super) fn notes(&self, notes: &[Note]) {
        for note in notes {
            self.note(note);
        }
    }

    pub(super) fn note(&self, note: &Note) {
        match &note.change_with {
            Some(flag) => {
                self.line("note", &format!("{} {DIM}(change with `{flag}`){DIM:#}", note.said));
            }
            None => self.line("note", &note.said),
        }
    }

    fn training(&mut self, training: Training, reason: Option<&str>) {
        let reason = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
        self.line("training", &format!("{}{reason}", training.network));
        training.bar.set_message(escaped(&training.on_terminal(1, None)));
        self.training = Some(training);
    }

    fn epoch(&mut self, row: &HistoryRow, timing: &TimingRow) {
        let Some(training) = &self.training else { return };
        let message = training.told(row, timing);
        if training.bar.is_hidden() {
            self.line("", &message);
        } else {
            let next = (row.epoch + 1).min(training.epochs);
            training.bar.set_message(escaped(&training.on_terminal(next, Some((row, timing)))));
        }
    }

    fn resumed(&mut self, epoch: usize, step: usize) {
        let Some(training) = &self.training else { return };
        training.bar.set_position(((epoch - 1) * training.examples) as u64);
        let step = count(step);
        self.line("", &format!("going on in epoch {epoch}, after update {step}"));
    }

    fn gradients(&mut self, health: &GradientHealth) {
        let advice = health.advice();
        let advice = if advice.is_empty() {
            String::new()
        } else {
            format!(" {DIM}(try: {}){DIM:#}", advice.join("; "))
        };
        self.line("gradients", &format!("{}{advice}", health.sentence()));
    }

    fn trained(&mut self, best_epoch: usize, epochs: usize) {
        if let Some(training) = self.training.take() {
            training.bar.finish_and_clear();
            let early = if epochs < training.epochs {
                format!("stopped early after epoch {epochs}; ")
            } else {
                String::new()
            };
            let why = if best_epoch < epochs { ", by its validation loss" } else { "" };
            let kept = format!("{early}kept epoch {best_epoch}{why}");
            self.line("", &kept);
        }
    }
}

impl Training {
    /// An epoch that is done, as a line of its own.
    fn told(&self, row: &HistoryRow, timing: &TimingRow) -> String {
        let error = self.metric.show(row.validation_error, &self.unit);
        let (left, loss) = (self.left(row, timing), loss(row.train_loss));
        let named = match self.metric {
            MetricKind::ErrorRate | MetricKind::Rmse => "error",
            other => other.name(),
        };
        format!(
            "epoch {}/{}  {left} left  loss {loss}  validation {named} {error}  {} examples/s",
            row.epoch,
            self.epochs,
            count(timing.examples_per_second as usize),
        )
    }

    /// Beside the bar, which has the rest of 80 columns: the epoch that goes on, and what the one
    /// before came to.
    fn on_terminal(&self, epoch: usize, before: Option<(&HistoryRow, &TimingRow)>) -> String {
        let epoch = format!("epoch {epoch}/{}", self.epochs);
        let Some((row, timing)) = before else { return epoch };
        let figure = self.metric.figure(row.validation_error);
        let error = if self.metric.is_rate() { figure + " %" } else { figure };
        format!(
            "{epoch}  {} left  loss {}  validation {error}  {} examples/s",
            self.left(row, timing),
            loss(row.train_loss),
            count(timing.examples_per_second as usize),
        )
    }

    fn left(&self, row: &HistoryRow, timing: &TimingRow) -> String {
        format!("{:.0} s", timing.seconds * (self.epochs - row.epoch) as f64)
    }
}

impl Observer for Progress {
    fn tell(&mut self, event: Event<'_>) {
        match event {
            Event::Data(summary) => self.data(summary),
            Event::Split { counts, rule } => {
                self.line("splits", &splits(counts, rule));
            }
            Event::Note(note) => self.note(note),
            Event::Begun { run } => {
                let said = format!("stopped before training; `{}` has begun", run.display());
                let hint = Error::StoppedAfterTraining { run: run.to_owned() }.hint();
                interrupt::end_at_once(LastWords { said, hint });
            }
            Event::Training { network, reason, epochs, examples, metric, unit } => {
                interrupt::wait_for_checkpoint();
                let bar = if self.quiet || !self.bars {
                    ProgressBar::hidden()
                } else {
                    bar((epochs * examples) as u64)
                };
                let training = Training {
                    bar,
                    network: network.to_owned(),
                    metric,
                    unit: unit.to_owned(),
                    epochs,
                    examples,
                };
                self.training(training, reason);
            }
            Event::Batch { examples } => {
                if let Some(training) = &self.training {
                    training.bar.inc(examples as u64);
                }
            }
            Event::Resumed { epoch, step } => self.resumed(epoch, step),
            Event::Epoch { row, timing, .. } => self.epoch(row, timing),
            Event::Gradients(health) => self.gradients(health),
            Event::RangeTest(found) => {
                self.training = None;
                let taken = format!("learning rate {:?}: {}", found.taken, found.reason);
                self.line("taken", &taken);
            }
            Event::Trained { best_epoch, epochs } => self.trained(best_epoch, epochs),
            Event::Judging { run } => {
                let stopped = Error::StoppedAfterTraining { run: run.to_owned() };
                interrupt::end_at_once(LastWords::of(&stopped));
            }
            Event::LinearBaseline(record) => {
                self.line("baseline", "linear");
                self.line("", &record.said());
            }
            _ => {}
        }
    }

    fn stop(&self) -> bool {
        interrupt::asked()
    }
}

/// Four places, and powers of ten where these would say nothing or go on for long.
pub(super) fn loss(loss: f64) -> String {
    match loss.abs() {
        0.0 => "0".to_owned(),
        1e-4..1e4 => format!("{loss:.4}"),
        _ => format!("{loss:.2e}"),
    }
}

fn bar(examples: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:8} {wide_msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(examples).with_style(style)
}
