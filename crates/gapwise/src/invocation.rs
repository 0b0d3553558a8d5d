//! How this process was started.

use std::{path::PathBuf, sync::OnceLock};

/// What started this process, where that is the `gapwise` command. A program that uses the library needs
/// none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// The command as it was typed, for the reports of runs.
    pub command: String,
    /// The command's own file. A process of it is started where a constraint is on peak memory; without
    /// it, that cannot be told.
    pub program: Option<PathBuf>,
}

static STARTED_BY: OnceLock<Invocation> = OnceLock::new();

impl Invocation {
    /// Says once, before any work, what started this process.
    pub fn begin(self) {
        // Whoever says it twice is not believed.
        let _ = STARTED_BY.set(self);
    }

    /// What a report names as the maker of a run.
    pub(crate) fn command() -> String {
        let typed = STARTED_BY.get().map(|invocation| invocation.command.clone());
        typed.unwrap_or_else(|| "a program that uses the library".to_owned())
    }

    /// The command's own file.
    pub(crate) fn program() -> Option<PathBuf> {
        STARTED_BY.get()?.program.clone()
    }
}
