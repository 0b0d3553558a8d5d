//! Answers on standard output.

use std::io::{self, Write};

use serde::Serialize;

/// Whether a line could be written.
pub(super) type Written = io::Result<()>;

/// Standard output, locked, without colour where there is no terminal or `NO_COLOR` is set.
pub(super) struct Out(anstream::AutoStream<io::StdoutLock<'static>>);

impl Out {
    pub(super) fn new() -> Self {
        Out(anstream::AutoStream::auto(io::stdout().lock()))
    }

    pub(super) fn line(&mut self, text: &str) -> Written {
        writeln!(self.0, "{text}")
    }

    pub(super) fn json<T: Serialize>(&mut self, answer: &T) -> Written {
        serde_json::to_writer_pretty(&mut self.0, answer)?;
        writeln!(self.0)
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Written {
        self.0.write_all(bytes)
    }

    pub(super) fn flush(&mut self) -> Written {
        self.0.flush()
    }
}
