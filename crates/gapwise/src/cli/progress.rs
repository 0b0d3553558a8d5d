//! Progress on standard error: bars on a terminal, lines elsewhere.

use std::time::{Duration, Instant};

use gapwise::{
    data::{
        Note,
        summary::{ProblemLine, Summary},
    },
    observe::{Event, Observer},
    study::{
        metric::{MetricKind, count},
        run::HistoryRow,
    },
};
use indicatif::{ProgressBar, ProgressStyle};

use super::inspect::{LEFT_OUT, headline, problem_lines, splits};
use super::style::{DIM, LABEL};

/// Epochs are told at most this often where there is no bar.
const EVERY: Duration = Duration::from_secs(1);

/// Tells a person how the work goes on.
pub(super) struct Progress {
    quiet: bool,
    training: Option<Training>,
}

struct Training {
    bar: ProgressBar,
    network: String,
    metric: MetricKind,
    unit: String,
    epochs: usize,
    examples: usize,
    last_line: Option<Instant>,
}

impl Progress {
    pub(super) fn new(quiet: bool) -> Self {
        Progress { quiet, training: None }
    }

    fn line(&self, label: &str, text: &str) {
        if !self.quiet {
            anstream::eprintln!("{LABEL}{label:<9}{LABEL:#} {text}");
        }
    }

    /// Sets the answer off from what was told.
    pub(super) fn end(&self) {
        if !self.quiet {
            anstream::eprintln!();
        }
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
            anstream::eprintln!("{line}");
        }
    }

    pub(super) fn notes(&self, notes: &[Note]) {
        for note in notes {
            self.note(note);
        }
    }

    fn note(&self, note: &Note) {
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
        self.training = Some(training);
    }

    fn epoch(&mut self, row: &HistoryRow) {
        let Some(training) = &mut self.training else { return };
        let message = training.told(row);
        training.bar.set_message(message.clone());
        let due = training.last_line.is_none_or(|last| last.elapsed() >= EVERY);
        if training.bar.is_hidden() && (due || row.epoch == training.epochs) {
            training.last_line = Some(Instant::now());
            self.line("", &message);
        }
    }

    fn trained(&mut self, best_epoch: usize) {
        if let Some(training) = self.training.take() {
            training.bar.finish_and_clear();
            self.line("", &format!("kept epoch {best_epoch}, the lowest validation error"));
        }
    }
}

impl Training {
    fn told(&self, row: &HistoryRow) -> String {
        let seconds = self.bar.elapsed().as_secs_f64();
        let rate = (row.epoch * self.examples) as f64 / seconds.max(1e-9);
        let left = seconds / row.epoch as f64 * (self.epochs - row.epoch) as f64;
        let error = self.metric.show(row.validation_error, &self.unit);
        format!(
            "epoch {}/{}  {left:.0} s left  loss {:.4}  validation error {error}  {} examples/s",
            row.epoch,
            self.epochs,
            row.train_loss,
            count(rate as usize),
        )
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
            Event::Training { network, reason, epochs, examples, metric, unit } => {
                let bar = if self.quiet {
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
                    last_line: None,
                };
                self.training(training, reason);
            }
            Event::Batch { examples } => {
                if let Some(training) = &self.training {
                    training.bar.inc(examples as u64);
                }
            }
            Event::Epoch(row) => self.epoch(row),
            Event::Trained { best_epoch } => self.trained(best_epoch),
            _ => {}
        }
    }
}

fn bar(examples: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("          {bar:8} {wide_msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(examples).with_style(style)
}
