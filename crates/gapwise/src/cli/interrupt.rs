//! Ctrl-C, and SIGTERM and SIGHUP alike: the first asks for a checkpoint and an end, the second ends at once.

use super::watch;
use std::{
    process,
    sync::atomic::{AtomicBool, Ordering},
};

/// What a shell gives to a command that was interrupted.
pub(super) const EXIT_CODE: u8 = 130;

static ASKED: AtomicBool = AtomicBool::new(false);

/// Whether a person has asked to stop.
pub(super) fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}

/// A person asks to stop; who asks again ends the process, once `before` is done.
pub(super) fn ask(before: impl FnOnce()) {
    if ASKED.swap(true, Ordering::Relaxed) {
        before();
        process::exit(EXIT_CODE.into());
    }
}

/// Listens from now on, while something is done that can be gone on with.
pub(super) fn listen() {
    // Only fails where there is a listener already; without one Ctrl-C ends the process at once,
    // which loses no more than what came after the last checkpoint.
    let _ = ctrlc::set_handler(|| ask(watch::give_back));
}
