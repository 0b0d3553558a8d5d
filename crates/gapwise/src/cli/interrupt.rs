//! Ctrl-C, and SIGTERM and SIGHUP alike. While a network is trained, the first asks for a checkpoint and
//! an end, the second ends at once. Before and after, where a checkpoint would hold nothing new, the
//! first ends at once.

use std::{
    process,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use gapwise::Error;

use super::{tell, watch};

/// What a shell gives to a command that was interrupted.
pub(super) const EXIT_CODE: u8 = 130;

static ASKED: AtomicBool = AtomicBool::new(false);

/// What is said where there is nothing to wait for.
static AT_ONCE: Mutex<Option<LastWords>> = Mutex::new(None);

/// What a person is told whose work ends at once.
pub(super) struct LastWords {
    pub(super) said: String,
    pub(super) hint: Option<String>,
}

impl LastWords {
    pub(super) fn of(error: &Error) -> Self {
        LastWords { said: error.to_string(), hint: error.hint() }
    }
}

/// Whether a person has asked to stop.
pub(super) fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}

/// A person asks to stop; who asks again ends the process, once `before` is done, and so does who
/// asks where there is nothing to wait for.
pub(super) fn ask(before: impl FnOnce()) {
    let asked_before = ASKED.swap(true, Ordering::Relaxed);
    let at_once = AT_ONCE.lock().unwrap_or_else(PoisonError::into_inner).take();
    if asked_before || at_once.is_some() {
        before();
        if let Some(LastWords { said, hint }) = at_once {
            tell(&said, hint.as_deref());
        }
        process::exit(EXIT_CODE.into());
    }
}

/// From now on a checkpoint is waited for.
pub(super) fn wait_for_checkpoint() {
    *AT_ONCE.lock().unwrap_or_else(PoisonError::into_inner) = None;
}

/// From now on there is nothing to wait for. Where a person has asked to stop already, this is the end.
pub(super) fn end_at_once(words: LastWords) {
    *AT_ONCE.lock().unwrap_or_else(PoisonError::into_inner) = Some(words);
    if asked() {
        ask(watch::give_back);
    }
}

/// Listens from now on, while something is done that can be gone on with.
pub(super) fn listen() {
    // Only fails where there is a listener already; without one Ctrl-C ends the process at once,
    // which loses no more than what came after the last checkpoint.
    let _ = ctrlc::set_handler(|| ask(watch::give_back));
}
