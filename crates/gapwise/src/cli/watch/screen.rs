//! The terminal while a network is trained: drawn on and listened to by a thread of its own, and given
//! back as it was, whatever ends the training.

use std::{
    io::{self, BufWriter, Stderr, Write},
    panic,
    sync::{
        Once,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, Sender, TryRecvError, channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use ratatui::{
    Terminal,
    backend::CrosstermBackend,
    crossterm::{
        cursor::Show,
        event::{self, KeyEventKind},
        execute,
        terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode},
    },
};

use super::{
    draw::draw,
    orders::Order,
    view::{News, Pressed, View},
};
use crate::cli::interrupt;

/// How long keys and news wait at most.
const WAIT: Duration = Duration::from_millis(50);

/// Whether the terminal is taken.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Gives the terminal back as it was, where it was taken.
pub(in crate::cli) fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        // A terminal that cannot be written to has gone away, and there is nothing to give back.
        let _ = disable_raw_mode();
        let _ = execute!(io::stderr(), LeaveAlternateScreen, Show);
    }
}

/// Takes the terminal: keys come one by one, and what stood there comes back afterwards.
fn take() -> io::Result<()> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |said| {
            give_back();
            usual(said);
        }));
    });
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    execute!(io::stderr(), EnterAlternateScreen).inspect_err(|_| give_back())
}

/// The screen, for as long as this is there.
pub(super) struct Screen {
    /// What ends the thread when it is dropped.
    news: Option<Sender<News>>,
    thread: Option<JoinHandle<()>>,
}

impl Screen {
    pub(super) fn open(view: View, orders: Sender<Order>) -> io::Result<Self> {
        take()?;
        let (send, news) = channel();
        let show = move || {
            // What cannot be drawn any more is no failure of the training.
            let _ = show(view, &news, &orders);
            give_back();
        };
        let thread = thread::Builder::new().name("screen".into()).spawn(show);
        let thread = thread.inspect_err(|_| give_back())?;
        Ok(Screen { news: Some(send), thread: Some(thread) })
    }

    /// Shows something; whether there is still a screen.
    pub(super) fn tell(&self, told: News) -> bool {
        self.news.as_ref().is_some_and(|news| news.send(told).is_ok())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.news.take();
        if let Some(thread) = self.thread.take() {
            // Its panic was told by the hook, and is none of the training's.
            let _ = thread.join();
        }
        give_back();
    }
}

/// Draws and listens until there are no more news.
fn show(mut view: View, news: &Receiver<News>, orders: &Sender<Order>) -> io::Result<()> {
    let mut terminal: Terminal<CrosstermBackend<BufWriter<Stderr>>> =
        Terminal::new(CrosstermBackend::new(BufWriter::new(io::stderr())))?;
    let mut stale = true;
    loop {
        loop {
            match news.try_recv() {
                Ok(told) => view.take(told),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => return terminal.backend_mut().flush(),
            }
            stale = true;
        }
        if stale {
            terminal.draw(|frame| draw(frame, &view))?;
            stale = false;
        }
        if event::poll(WAIT)? {
            stale = true;
            let event::Event::Key(key) = event::read()? else { continue };
            match (key.kind != KeyEventKind::Release).then(|| view.press(key)).flatten() {
                Some(Pressed::Order(kind)) => {
                    // Nobody takes orders any more: the training is over, and the screen will be.
                    let _ = orders.send(Ok(kind));
                }
                Some(Pressed::Interrupt) => interrupt::ask(give_back),
                None => {}
            }
        }
    }
}
