//! The gap ladder on the terminal.

use gapwise::{
    study::diagnosis::{Line, Tone, ladder_text, wrapped},
    system::Outcome,
};

use super::{
    output::{Out, Written},
    shown,
    style::{BOLD, DIM, GOOD, LABEL, WARNING},
};

pub(super) fn print(out: &mut Out, outcome: &Outcome) -> Written {
    for line in ladder_text(&outcome.diagnosis) {
        out.line(&coloured(&line))?;
    }
    out.line("")?;
    for line in outcome.worth.iter().flat_map(|sentence| wrapped("", sentence)) {
        out.line(&line)?;
    }
    out.line("")?;
    out.line(&format!("{LABEL}run   {LABEL:#} {}", shown(&outcome.run)))?;
    out.line(&format!("{LABEL}report{LABEL:#} {}", shown(&outcome.report)))
}

fn coloured(line: &Line) -> String {
    let text = &line.text;
    match line.tone {
        Tone::Verdict | Tone::Command => format!("{BOLD}{text}{BOLD:#}"),
        Tone::Heading => format!("{BOLD}{text}{BOLD:#}"),
        Tone::Muted => format!("{DIM}{text}{DIM:#}"),
        Tone::Good => format!("{GOOD}{text}{GOOD:#}"),
        Tone::Bad => format!("{WARNING}{text}{WARNING:#}"),
        Tone::Unsure => format!("{LABEL}{text}{LABEL:#}"),
        Tone::Plain => text.clone(),
    }
}
