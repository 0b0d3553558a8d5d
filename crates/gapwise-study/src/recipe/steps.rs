//! From a verdict to steps.

use super::{Remedies, Remedy, Step, TakenBy};
use crate::constraint::Judged;
use crate::diagnosis::{Answer, Diagnosis, Gap, GapKind, RungError, RungKind, Verdict};
use crate::metric::count;

/// The steps that a diagnosis asks for, in the recipe's order; its own `steps` are not read.
///
/// A verdict to close a gap gives the gap's remedies in the order of the notes, then those of the
/// gaps that are not told apart from it. A human level that decides is asked for last, since the
/// verdict says it already and a step that can be taken comes before a question. Where it
/// cannot be told, the splits to enlarge follow with the number of examples. With no gap above the
/// tolerance, test is opened, if it is not yet, and then practice is defined.
///
/// Where the network costs more than a [constraint](crate::constraint) allows, a smaller one comes
/// before all else, and none that costs more is proposed.
pub fn steps(diagnosis: &Diagnosis, remedies: &dyn Remedies) -> Vec<Step> {
    let mut steps = Steps { diagnosis, remedies, taken: Vec::new() };
    steps.shrink();
    match &diagnosis.verdict {
        Verdict::Close { gap, not_told_apart_from, unless_human_below } => {
            steps.close(*gap);
            for other in not_told_apart_from {
                steps.close(*other);
            }
            if let Some(level) = unless_human_below {
                let figures = format!("bias goes first below {}", diagnosis.show(*level));
                steps.take(Remedy::HumanLevel, &figures);
            }
        }
        Verdict::HumanDecides { at_most, material_below } => {
            let figures = format!(
                "bias is at most {}, and material if people make an error below {}",
                diagnosis.figure(*at_most),
                diagnosis.show(*material_below)
            );
            for remedy in Remedy::closing(GapKind::AvoidableBias) {
                steps.take(*remedy, &figures);
            }
            steps.settle();
            steps.take(Remedy::HumanLevel, &figures);
        }
        Verdict::CannotTell => steps.settle(),
        Verdict::NoneAboveTolerance => {
            let test = diagnosis.rung(RungKind::Test).map(|rung| &rung.error);
            if matches!(test, Some(RungError::Missing { .. })) {
                steps.take(Remedy::OpenTest, "every other known gap is below the tolerance");
            }
            let tolerance = diagnosis.show(diagnosis.tolerance);
            steps.take(
                Remedy::DefinePractice,
                &format!("no known gap is above the tolerance of {tolerance}"),
            );
        }
    }
    steps.taken
}

struct Steps<'a> {
    diagnosis: &'a Diagnosis,
    remedies: &'a dyn Remedies,
    taken: Vec<Step>,
}

impl Steps<'_> {
    /// A smaller network, where it costs too much.
    fn shrink(&mut self) {
        let broken: Vec<String> = self.costs_too_much().map(Judged::sentence).collect();
        if !broken.is_empty() {
            self.take(Remedy::SmallerNetwork, &broken.join("; "));
        }
    }

    fn costs_too_much(&self) -> impl Iterator<Item = &Judged> {
        let broken = self.diagnosis.constraints.broken();
        broken.filter(|judged| judged.constraint.quantity.is_cost())
    }

    /// Every remedy for a gap.
    fn close(&mut self, kind: GapKind) {
        let figures = self.diagnosis.gap(kind).map(|gap| self.figures(gap)).unwrap_or_default();
        for remedy in Remedy::closing(kind) {
            self.take(*remedy, &figures);
        }
    }

    /// More examples for every gap that cannot be told, each split once with its largest number.
    fn settle(&mut self) {
        let train = self.diagnosis.rung(RungKind::Train).map(|rung| &rung.error);
        if let Some(RungError::Missing { reason }) = train {
            let why = "bias and variance are differences to the train error";
            let moves = "none: it measures";
            self.add(Remedy::ScoreMoreTraining, Reason { why, figures: reason, moves });
        }
        let mut needs: Vec<Need> = Vec::new();
        for gap in self.diagnosis.open_gaps() {
            let Answer::CannotTell { enlarge, examples, and } = &gap.answer else { continue };
            for rung in [Some(*enlarge), *and].into_iter().flatten() {
                // The ladder's own words, so that both say the same.
                let Some(settled) = gap.answer.settled_by() else { continue };
                let present = self.diagnosis.rung(rung).map_or(0, |rung| rung.error.examples());
                let there = match and {
                    Some(_) => format!("{rung} has {}", count(present)),
                    None => format!("there are {}", count(present)),
                };
                let said = format!("{}; {settled}, and {there}", self.figures(gap));
                let need = Need { rung, examples: *examples, said };
                match needs.iter_mut().find(|other| other.rung == rung) {
                    Some(other) if other.examples >= need.examples => {}
                    Some(other) => *other = need,
                    None => needs.push(need),
                }
            }
        }
        for Need { rung, said, .. } in needs {
            let why = "more examples make the interval narrower";
            let moves = "none: it measures";
            self.add(Remedy::enlarging(rung), Reason { why, figures: &said, moves });
        }
    }

    /// The size of a gap against the tolerance.
    fn figures(&self, gap: &Gap) -> String {
        let diagnosis = self.diagnosis;
        let tolerance = diagnosis.figure(diagnosis.tolerance);
        let against = match gap.answer {
            Answer::Material => format!("above the tolerance of {tolerance}"),
            _ => format!("against a tolerance of {tolerance}"),
        };
        match (gap.size, gap.interval) {
            (Some(size), Some(interval)) if interval.half_width() > 0.0 => {
                format!("{} is {}, {against}", gap.kind, diagnosis.show_with(size, interval))
            }
            (Some(size), _) => format!("{} is {}, {against}", gap.kind, diagnosis.show(size)),
            (None, _) => match gap.at_most {
                Some(most) => {
                    format!("{} is at most {}, {against}", gap.kind, diagnosis.show(most))
                }
                None => format!("{} is not known", gap.kind),
            },
        }
    }

    /// A remedy for its own reason.
    fn take(&mut self, remedy: Remedy, figures: &str) {
        let reason = Reason { why: remedy.why(), figures, moves: remedy.moves() };
        self.add(remedy, reason);
    }

    /// One more step, unless it is there already or nobody can take it.
    fn add(&mut self, remedy: Remedy, reason: Reason<'_>) {
        let by = self.remedies.command(remedy);
        let known = self.taken.iter().any(|step| step.remedy == remedy);
        let withheld = remedy.grows() && self.costs_too_much().next().is_some();
        if known || withheld || (by.is_none() && !self.remedies.by_hand(remedy)) {
            return;
        }
        let (change, cost, command) = match by {
            Some(TakenBy { command, change, cost }) => (Some(change), cost, Some(command)),
            None => (None, None, None),
        };
        self.taken.push(Step {
            remedy,
            what: remedy.what().to_owned(),
            reason: format!("{}: {}", reason.why, reason.figures),
            moves: reason.moves.to_owned(),
            change: change.filter(|change| !change.is_empty()),
            cost,
            command,
            taken: None,
        });
    }
}

/// A split to enlarge.
struct Need {
    rung: RungKind,
    /// How many examples it would need.
    examples: usize,
    /// For which gap, and how many examples would tell and are there.
    said: String,
}

/// Why a step is taken.
struct Reason<'a> {
    why: &'a str,
    figures: &'a str,
    moves: &'a str,
}
