//! The few colours of the terminal. `anstream` leaves them out where `NO_COLOR` is set or the
//! output is no terminal; nothing is told by colour alone.

use anstyle::{AnsiColor, Style};

pub(super) const LABEL: Style = AnsiColor::Cyan.on_default();
pub(super) const DIM: Style = Style::new().dimmed();
pub(super) const BOLD: Style = Style::new().bold();
pub(super) const ERROR: Style = AnsiColor::Red.on_default().bold();
pub(super) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
pub(super) const GOOD: Style = AnsiColor::Green.on_default();
