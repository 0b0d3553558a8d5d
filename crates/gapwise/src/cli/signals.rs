//! Signals that are errors of writing.

/// A file that grows beyond the limit of the process (`ulimit -f`) ends it without a word, unless the
/// signal is caught: then writing fails, and that is told as any other such failure.
pub(super) fn write_errors() {
    #[cfg(unix)]
    {
        use std::sync::{Arc, atomic::AtomicBool};
        // Only fails for signals that cannot be caught. Nobody asks for the flag.
        let _ = signal_hook::flag::register(
            signal_hook::consts::SIGXFSZ,
            Arc::new(AtomicBool::new(false)),
        );
    }
}
