//! The gap ladder on the terminal.

use std::path::Path;

use gapwise::{
    comparing::RunsCompared,
    study::{
        diagnosis::{Diagnosis, Line, Tone, ladder_text, wrapped},
        metric::counted,
        taken::TakenStep,
    },
    system::Outcome,
};

use super::{
    Failure,
    output::{Out, Written},
    print,
    progress::Progress,
    shown,
    style::{BOLD, DIM, GOOD, LABEL, WARNING},
};

pub(super) fn print_outcome(
    outcome: &Outcome,
    (progress, json): (&Progress, bool),
) -> Result<(), Failure> {
    if !json {
        progress.notes(&outcome.notes);
    }
    if json { print(|out| out.json(outcome)) } else { print(|out| print_run(out, outcome)) }
}

/// Steps taken that the terminal shows; the report has them all.
const SHOWN: usize = 3;

fn print_run(out: &mut Out, outcome: &Outcome) -> Written {
    print_ladder(out, &outcome.diagnosis)?;
    out.line("")?;
    if !outcome.taken.is_empty() {
        print_taken(out, outcome)?;
        out.line("")?;
    }
    if let Some(against) = &outcome.against {
        print_comparison(out, against)?;
        out.line("")?;
    }
    for line in outcome.worth.iter().flat_map(|sentence| wrapped("", sentence)) {
        out.line(&line)?;
    }
    out.line("")?;
    out.line(&format!("{LABEL}run   {LABEL:#} {}", shown(&outcome.run)))?;
    out.line(&format!("{LABEL}report{LABEL:#} {}", shown(&outcome.report)))
}

pub(super) fn print_ladder(out: &mut Out, diagnosis: &Diagnosis) -> Written {
    ladder_text(diagnosis).iter().try_for_each(|line| out.line(&coloured(line)))
}

/// The last steps taken on the run's data, and the run's own, with what they did.
fn print_taken(out: &mut Out, outcome: &Outcome) -> Written {
    out.line("Steps taken on this data:")?;
    let taken = &outcome.taken;
    let real = |path: &Path| path.canonicalize().ok();
    let (own, last) = (real(&outcome.run), taken.len().saturating_sub(SHOWN));
    let is_own = |step: &TakenStep| real(Path::new(&step.run)) == own;
    let is_shown = |(at, step): &(usize, &TakenStep)| *at >= last || is_own(step);
    let shown: Vec<&TakenStep> =
        taken.iter().enumerate().filter(is_shown).map(|(_, step)| step).collect();
    let others = taken.len() - shown.len();
    if others > 0 {
        let said = format!("{} before the last are in the report", counted(others, "step"));
        out.line(&format!("  {DIM}{said}{DIM:#}"))?;
    }
    for step in shown {
        for line in wrapped("  ", &format!("`{}`: {}.", step.run, step.said())) {
            out.line(&line)?;
        }
        for line in step.moved_together().iter().flat_map(|said| wrapped("    ", said)) {
            out.line(&format!("{DIM}{line}{DIM:#}"))?;
        }
    }
    Ok(())
}

/// Which is better, and what differs, a sentence each.
pub(super) fn print_comparison(out: &mut Out, compared: &RunsCompared) -> Written {
    for (at, paragraph) in compared.paragraphs().iter().enumerate() {
        if at > 0 {
            out.line("")?;
        }
        for line in paragraph.iter().flat_map(|sentence| wrapped("", sentence)) {
            out.line(&line)?;
        }
    }
    Ok(())
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
