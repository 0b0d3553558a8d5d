//! What the screen shows, and what its keys do.

use std::time::Instant;

use gapwise::{
    nn::train::{ChangeKind, Glimpse, Records},
    study::{
        metric::MetricKind,
        run::{GradientRow, HistoryRow},
    },
};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{super::style::escaped, orders};

/// News for the screen.
#[derive(Debug, Clone)]
pub(super) enum News {
    /// Epochs are done: their rows, and the gradients of the last.
    Epoch(Vec<HistoryRow>, Vec<GradientRow>),
    /// Where training is within an epoch.
    Glimpse(Glimpse),
    /// An order was answered.
    Answered,
    /// Something to read.
    Line(String),
}

impl News {
    /// The epochs after the first `known`.
    pub(super) fn epochs_since(known: usize, records: &Records) -> Self {
        let rows = &records.gradients;
        let last = rows.last().map_or(0, |row| row.epoch);
        let since = rows.partition_point(|row| row.epoch < last);
        let new = records.history.get(known..).unwrap_or_default();
        News::Epoch(new.to_vec(), rows[since..].to_vec())
    }
}

/// What a key asks for, beyond the screen itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Pressed {
    /// A change of the training.
    Order(ChangeKind),
    /// To leave, with everything kept.
    Interrupt,
}

/// What the last line of the screen is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Prompt {
    /// To say which keys there are.
    Keys,
    /// To explain them.
    Help,
    /// To type a learning rate.
    Rate(String),
    /// To be sure about the end.
    Stop,
}

/// By what a key makes the learning rate larger or smaller.
pub(super) const FACTOR: f64 = 1.5;
/// Longest learning rate that can be typed.
const TYPED: usize = 20;
/// Seconds after which there is a pace to tell.
const SETTLED: f64 = 0.5;
/// Points of the loss between two epochs that are kept.
const POINTS: usize = 2_000;

/// What the screen shows.
#[derive(Debug, Clone)]
pub(super) struct View {
    pub(super) network: String,
    pub(super) epochs: usize,
    /// Examples of an epoch.
    pub(super) examples: usize,
    pub(super) metric: MetricKind,
    pub(super) unit: String,
    pub(super) history: Vec<HistoryRow>,
    pub(super) gradients: Vec<GradientRow>,
    /// Training loss between two looks, by epochs done.
    pub(super) steps: Vec<(f64, f64)>,
    pub(super) glimpse: Option<Glimpse>,
    /// When this process was first looked at, and the epochs that were done then.
    began: Option<(Instant, f64)>,
    pub(super) lines: Vec<String>,
    pub(super) prompt: Prompt,
    /// The rate that is set, as far as it is known, with orders that are on their way.
    rate: Option<f64>,
    unanswered: usize,
}

impl View {
    /// Before the first update, for a network in a few words, its epochs and the examples of each,
    /// and what it is judged by, with its unit.
    pub(super) fn new(
        network: &str,
        (epochs, examples): (usize, usize),
        (metric, unit): (MetricKind, &str),
    ) -> Self {
        View {
            network: escaped(network),
            epochs,
            examples,
            metric,
            unit: escaped(unit),
            history: Vec::new(),
            gradients: Vec::new(),
            steps: Vec::new(),
            glimpse: None,
            began: None,
            lines: Vec::new(),
            prompt: Prompt::Keys,
            rate: None,
            unanswered: 0,
        }
    }

    pub(super) fn take(&mut self, told: News) {
        match told {
            News::Epoch(rows, gradients) => {
                self.history.extend(rows);
                self.gradients = gradients;
            }
            News::Glimpse(glimpse) => self.look(glimpse),
            News::Answered => self.unanswered = self.unanswered.saturating_sub(1),
            News::Line(line) => self.lines.push(escaped(&line)),
        }
    }

    fn look(&mut self, glimpse: Glimpse) {
        let done = self.done(&glimpse);
        self.began.get_or_insert((Instant::now(), done));
        let before = self.glimpse.filter(|before| before.epoch == glimpse.epoch);
        let sum = |glimpse: &Glimpse| glimpse.loss * glimpse.examples as f64;
        let since = glimpse.examples - before.map_or(0, |before| before.examples);
        if since > 0 {
            let loss = (sum(&glimpse) - before.as_ref().map_or(0.0, sum)) / since as f64;
            self.steps.push((done, loss));
        }
        if self.steps.len() > POINTS {
            let mut keep = false;
            self.steps.retain(|_| {
                keep = !keep;
                keep
            });
        }
        // What was ordered since is not in it yet.
        if self.unanswered == 0 {
            self.rate = Some(glimpse.rate_set);
        }
        self.glimpse = Some(glimpse);
    }

    /// Epochs done, with the share of the one that goes on.
    fn done(&self, glimpse: &Glimpse) -> f64 {
        glimpse.epoch as f64 - 1.0 + glimpse.examples as f64 / self.examples.max(1) as f64
    }

    /// Epochs done so far.
    pub(super) fn reached(&self) -> f64 {
        let epochs = self.history.last().map_or(0.0, |row| row.epoch as f64);
        self.glimpse.map_or(epochs, |glimpse| self.done(&glimpse).max(epochs))
    }

    /// Examples a second and seconds left, by the pace of this process so far, which validates too;
    /// `None` before there is one.
    pub(super) fn pace(&self, now: Instant) -> Option<(f64, f64)> {
        let (since, from) = self.began?;
        let seconds = now.duration_since(since).as_secs_f64();
        let done = self.reached() - from;
        (done > 0.0 && seconds > SETTLED).then(|| {
            let a_second = done / seconds;
            let left = (self.epochs as f64 - self.reached()).max(0.0) / a_second;
            (a_second * self.examples as f64, left)
        })
    }

    /// Takes a key, and gives what it asks for beyond the screen.
    pub(super) fn press(&mut self, key: KeyEvent) -> Option<Pressed> {
        if key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL) {
            self.lines.push("stopping, with everything kept; again to leave at once".into());
            return Some(Pressed::Interrupt);
        }
        match std::mem::replace(&mut self.prompt, Prompt::Keys) {
            Prompt::Rate(typed) => self.typed(typed, key.code),
            Prompt::Stop => match key.code {
                KeyCode::Char('y') => self.order(ChangeKind::Stop),
                _ => None,
            },
            before @ (Prompt::Keys | Prompt::Help) => match key.code {
                KeyCode::Char('r') => self.ask(Prompt::Rate(String::new())),
                KeyCode::Char('q') => self.ask(Prompt::Stop),
                KeyCode::Char('?') if before == Prompt::Keys => self.ask(Prompt::Help),
                KeyCode::Char('s') => self.order(ChangeKind::Save),
                KeyCode::Char('+' | '=') => self.scale(FACTOR),
                KeyCode::Char('-') => self.scale(1.0 / FACTOR),
                _ => None,
            },
        }
    }

    fn ask(&mut self, prompt: Prompt) -> Option<Pressed> {
        self.prompt = prompt;
        None
    }

    fn order(&mut self, kind: ChangeKind) -> Option<Pressed> {
        if let ChangeKind::LearningRate(rate) = kind {
            self.rate = Some(rate);
        }
        self.unanswered += 1;
        Some(Pressed::Order(kind))
    }

    fn scale(&mut self, factor: f64) -> Option<Pressed> {
        let rate = orders::rounded(self.rate? * factor);
        self.order(ChangeKind::LearningRate(rate))
    }

    /// A key while a rate is typed.
    fn typed(&mut self, mut typed: String, key: KeyCode) -> Option<Pressed> {
        match key {
            KeyCode::Enter if typed.is_empty() => None,
            KeyCode::Enter => match orders::rate(&typed) {
                Ok(kind) => self.order(kind),
                Err(why) => {
                    self.lines.push(why);
                    None
                }
            },
            KeyCode::Esc => None,
            KeyCode::Backspace => {
                typed.pop();
                self.ask(Prompt::Rate(typed))
            }
            KeyCode::Char(c) if !c.is_control() && typed.chars().count() < TYPED => {
                typed.push(c);
                self.ask(Prompt::Rate(typed))
            }
            _ => self.ask(Prompt::Rate(typed)),
        }
    }
}
