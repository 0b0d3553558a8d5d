//! `gapwise train --watch`: the training as it goes on, and orders to it.
//!
//! On a terminal `screen` draws and listens on a thread of its own, so that both go on during a long
//! update; elsewhere there are lines, in and out. Either way orders come through one channel, which
//! the training asks after every update.

mod draw;
mod orders;
mod screen;
mod view;

use std::{
    io::{self, IsTerminal},
    sync::mpsc::{Receiver, Sender, channel},
    thread,
    time::{Duration, Instant},
};

use gapwise::{
    nn::train::TrainChange,
    observe::{Asked, Event, Observer},
    study::metric::count,
};

use super::progress::Progress;
use orders::{Order, answer, pass_on};
use screen::Screen;
use view::{News, View};

pub(super) use screen::give_back;

/// Between two looks at where training is.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Tells a person how the work goes on, and takes orders for the network's training.
pub(super) struct Watching<'p> {
    progress: &'p mut Progress,
    orders: Receiver<Order>,
    /// For the screen's keys; none once it has it, or where there is no terminal.
    keys: Option<Sender<Order>>,
    screen: Option<Screen>,
    stage: Stage,
    looked: Instant,
    /// Epochs that the screen knows.
    shown: usize,
    /// What was told on the screen, to stay when it is gone.
    told: Vec<(&'static str, String)>,
}

/// What goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The network is not trained yet; orders wait.
    Before,
    Training,
    /// There is nothing to change any more.
    After,
}

impl<'p> Watching<'p> {
    /// Takes orders from now on: keys where a person sits at a terminal, else lines of standard
    /// input.
    pub(super) fn new(progress: &'p mut Progress) -> Self {
        progress.without_bars();
        let (send, orders) = channel();
        let keys = if io::stdin().is_terminal() && io::stderr().is_terminal() {
            Some(send)
        } else {
            listen(send);
            None
        };
        let (looked, told) = (Instant::now(), Vec::new());
        let (stage, shown) = (Stage::Before, 0);
        Watching { progress, orders, keys, screen: None, stage, looked, shown, told }
    }

    /// Opens the screen, where there is a terminal.
    fn open(&mut self, view: View) {
        let Some(keys) = self.keys.take() else { return };
        match Screen::open(view, keys.clone()) {
            Ok(screen) => self.screen = Some(screen),
            Err(error) => {
                let said = format!("the terminal cannot be drawn on ({error}): lines instead");
                self.progress.line("watching", &said);
                listen(keys);
            }
        }
    }

    /// Leaves the screen, and tells what was told on it.
    fn close(&mut self) {
        if self.screen.take().is_some() {
            for (label, text) in self.told.drain(..) {
                self.progress.line(label, &text);
            }
        }
    }

    /// Shows something on the screen; whether there is one.
    fn show(&mut self, told: News) -> bool {
        let shown = self.screen.as_ref().is_some_and(|screen| screen.tell(told));
        if !shown {
            // Its thread has ended, as where the terminal went away.
            self.close();
        }
        shown
    }

    fn say(&mut self, label: &'static str, text: String) {
        if self.show(News::Line(text.clone())) {
            self.told.push((label, text));
        } else {
            self.progress.line(label, &text);
        }
    }

    fn changed(&mut self, change: TrainChange, learning_rate: f64) {
        let answer = answer(change.kind, change.step, learning_rate);
        self.show(News::Answered);
        self.say("changed", format!("update {}: {answer}", count(change.step)));
    }

    /// Answers orders that came when there was nothing to change any more.
    fn answer_late(&mut self) {
        while let Ok(order) = self.orders.try_recv() {
            let why = order.err().unwrap_or_else(|| "the network is trained already".to_owned());
            self.say("refused", why);
        }
    }
}

/// Takes the lines of standard input as orders, on a thread that ends with the input or the process.
fn listen(orders: Sender<Order>) {
    thread::spawn(move || pass_on(io::stdin().lock(), &orders));
}

impl Observer for Watching<'_> {
    fn tell(&mut self, event: Event<'_>) {
        match event {
            Event::Training { network, epochs, examples, metric, unit, .. } => {
                let view = View::new(network, (epochs, examples), (metric, unit));
                self.progress.tell(event);
                if self.stage == Stage::Before {
                    self.stage = Stage::Training;
                    self.open(view);
                }
            }
            Event::Trained { .. } => {
                self.close();
                self.stage = Stage::After;
                self.progress.tell(event);
                self.answer_late();
            }
            Event::Epoch { records, .. } => {
                let new = News::epochs_since(self.shown, records);
                self.shown = records.history.len();
                if !self.show(new) {
                    self.progress.tell(event);
                }
            }
            Event::Glimpse(glimpse) => {
                self.show(News::Glimpse(*glimpse));
            }
            Event::Changed { change, learning_rate } => self.changed(*change, learning_rate),
            Event::Refused(why) => {
                self.show(News::Answered);
                self.say("refused", why.to_string());
            }
            Event::Note(note) if self.screen.is_some() => self.say("note", note.said.clone()),
            Event::Gradients(health) if self.screen.is_some() => {
                self.say("gradients", health.sentence());
            }
            Event::Resumed { epoch, step } if self.screen.is_some() => {
                let said = format!("going on in epoch {epoch}, after update {}", count(step));
                self.say("", said);
            }
            Event::Batch { .. } if self.screen.is_some() => {}
            event => self.progress.tell(event),
        }
    }

    fn stop(&self) -> bool {
        self.progress.stop()
    }

    fn ask(&mut self) -> Option<Asked> {
        while let Ok(order) = self.orders.try_recv() {
            match order {
                Ok(kind) => return Some(Asked::Change(kind)),
                Err(why) => self.say("refused", why),
            }
        }
        if self.screen.is_none() || self.looked.elapsed() < LOOK_EVERY {
            return None;
        }
        self.looked = Instant::now();
        Some(Asked::Glimpse)
    }
}

impl Drop for Watching<'_> {
    fn drop(&mut self) {
        self.close();
        if self.stage == Stage::After {
            self.answer_late();
        }
    }
}
