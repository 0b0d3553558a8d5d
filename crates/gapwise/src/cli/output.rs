//! Answers on standard output, and what is told beside them on standard error.

use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use anstream::{AutoStream, ColorChoice};
use serde::Serialize;

use super::style::{Colour, escaped, painted, steers};

/// Whether a line could be written.
pub(super) type Written = io::Result<()>;

/// Standard output, locked.
pub(super) struct Out {
    to: BufWriter<StdoutLock<'static>>,
    colour: Colour,
    is_terminal: bool,
}

impl Out {
    pub(super) fn new() -> Self {
        let lock = io::stdout().lock();
        let colour = colour(AutoStream::choice(&lock));
        let is_terminal = lock.is_terminal();
        Out { to: BufWriter::new(lock), colour, is_terminal }
    }

    /// A line for people. What is in it from data cannot steer a terminal.
    pub(super) fn line(&mut self, text: &str) -> Written {
        writeln!(self.to, "{}", painted(text, self.colour))
    }

    /// A line for programs, to the byte; on a terminal, for people.
    pub(super) fn exact(&mut self, text: &str) -> Written {
        match self.is_terminal {
            true => writeln!(self.to, "{}", escaped(text)),
            false => writeln!(self.to, "{text}"),
        }
    }

    /// JSON, in which everything that steers a terminal is escaped, as JSON does it.
    pub(super) fn json<T: Serialize>(&mut self, answer: &T) -> Written {
        if self.is_terminal {
            // Such characters stand in its strings alone.
            let text = serde_json::to_string_pretty(answer)?;
            for line in text.lines() {
                for character in line.chars() {
                    match steers(character) {
                        true => write!(self.to, "\\u{:04x}", character as u32)?,
                        false => write!(self.to, "{character}")?,
                    }
                }
                writeln!(self.to)?;
            }
            return Ok(());
        }
        serde_json::to_writer_pretty(&mut self.to, answer)?;
        writeln!(self.to)
    }

    /// Text of our own, which may have several lines and colours.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Written {
        self.to.write_all(bytes)
    }

    /// Whether colours are shown.
    pub(super) fn colour(&self) -> Colour {
        self.colour
    }

    pub(super) fn flush(&mut self) -> Written {
        self.to.flush()
    }
}

/// Tells a line on standard error. Where that cannot be written there is nobody to tell it to, and the
/// work goes on.
pub(super) fn tell(line: &str) {
    let mut lock = io::stderr().lock();
    let colour = colour(AutoStream::choice(&lock));
    let _ = writeln!(lock, "{}", painted(line, colour));
}

fn colour(choice: ColorChoice) -> Colour {
    match choice {
        ColorChoice::Never => Colour::LeftOut,
        _ => Colour::Shown,
    }
}
