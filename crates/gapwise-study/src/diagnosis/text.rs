//! The ladder in plain lines of at most 80 columns, for a terminal.

use super::{Answer, Diagnosis, Gap, GapKind, Rung, RungError, RungKind, Verdict};
use crate::{
    constraint::{Judged, Met},
    interval::Interval,
    metric::{MetricKind, count, counted},
    recipe::Step,
};

/// One line for a terminal, without colours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The line, without a line break.
    pub text: String,
    /// How to colour it.
    pub tone: Tone,
}

/// What a line is, so that whoever prints it can colour it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tone {
    /// A title.
    Heading,
    /// Nothing special.
    Plain,
    /// A gap that is immaterial.
    Good,
    /// A gap that is material.
    Bad,
    /// A gap of which one cannot tell, or does not know.
    Unsure,
    /// Something said by the way.
    Muted,
    /// The verdict, and what to do.
    Verdict,
    /// A command, alone on its line.
    Command,
}

/// Columns of a line, unless a single word is longer.
const WIDTH: usize = 80;
/// Columns of a rung's or gap's name.
const NAME: usize = 18;
/// Columns of an error.
const FIGURE: usize = 10;
/// Columns of an interval, unless one is longer.
const RANGE: usize = 20;
/// Columns of the drawing, unless an interval is longer than its columns.
const DRAWING: usize = 26;

/// The ladder, its gaps, the verdict and the next step, a line at a time.
pub fn ladder_text(diagnosis: &Diagnosis) -> Vec<Line> {
    let mut text = Text { diagnosis, lines: Vec::new() };
    text.rungs();
    text.blank();
    text.gaps();
    text.blank();
    text.constraints();
    text.footing();
    text.blank();
    text.verdict();
    text.lines
}

struct Text<'a> {
    diagnosis: &'a Diagnosis,
    lines: Vec<Line>,
}

impl Text<'_> {
    fn rungs(&mut self) {
        let diagnosis = self.diagnosis;
        let validation = diagnosis.rung(RungKind::Validation).map_or(0, |r| r.error.examples());
        let unit = match diagnosis.metric {
            metric if metric.is_rate() => String::new(),
            // A share of the label's variance, and so in no unit of its own.
            MetricKind::R2 => format!(" {}", diagnosis.unit),
            _ => format!(" in {}", shortened(&diagnosis.unit)),
        };
        self.line(
            format!(
                "Gap ladder ({}{unit}, {})",
                diagnosis.metric_name(),
                counted(validation, "validation example")
            ),
            Tone::Heading,
        );
        let furthest = diagnosis.rungs.iter().filter_map(furthest).fold(0.0, f64::max);
        let (range_width, columns) = (self.range_width(), self.drawing_width());
        let drawing = |error: f64, interval: Interval| {
            let share = |value: f64| if furthest > 0.0 { value / furthest } else { 0.0 };
            drawing([interval.low, error, interval.high].map(share), columns)
        };
        for rung in &diagnosis.rungs {
            let name = format!("  {:NAME$}", rung.kind);
            match &rung.error {
                RungError::Missing { reason } => self.wrapped(&name, reason, Tone::Muted),
                RungError::Exact { error, .. } => {
                    let drawn = drawing(*error, Interval::point(*error));
                    let text = format!(
                        "{name}{:>FIGURE$}  {:range_width$}{drawn}",
                        self.figure(*error),
                        ""
                    );
                    self.line(text, Tone::Plain);
                }
                RungError::Estimate { error, interval, .. } => {
                    let drawn = drawing(*error, *interval);
                    let figure = self.figure(*error);
                    let range = self.range(*interval);
                    self.line(
                        format!("{name}{figure:>FIGURE$}  {range:range_width$}{drawn}"),
                        Tone::Plain,
                    );
                }
            }
        }
    }

    fn gaps(&mut self) {
        for gap in &self.diagnosis.gaps {
            // Its whole name, "overfitting to validation", stands in the verdict.
            let short = match gap.kind {
                GapKind::ValidationOverfitted => "overfitting",
                kind => kind.as_str(),
            };
            let name = format!("  {short:NAME$}");
            let tone = match gap.answer {
                Answer::Material => Tone::Bad,
                Answer::Immaterial => Tone::Good,
                Answer::CannotTell { .. } | Answer::Unknown { .. } => Tone::Unsure,
            };
            let figures = self.size(gap);
            let width = FIGURE + 2 + self.range_width();
            self.line(format!("{name}{figures:width$}{}", gap.answer.as_str()), tone);
            // How to get a rung that is missing stands with the rung.
            if let (Answer::CannotTell { .. }, Some(settled)) =
                (&gap.answer, gap.answer.settled_by())
            {
                self.wrapped(&" ".repeat(NAME + 4), &settled, Tone::Muted);
            }
        }
    }

    /// Columns of an interval: two more than the longest has, so that what follows stands apart.
    fn range_width(&self) -> usize {
        let rungs = self.diagnosis.rungs.iter().filter_map(|rung| rung.error.interval());
        let gaps = self.diagnosis.gaps.iter().filter_map(|gap| gap.interval);
        let longest = rungs.chain(gaps).map(|interval| self.range(interval).chars().count()).max();
        longest.map_or(RANGE, |longest| RANGE.max(longest + 2))
    }

    /// Columns that long intervals leave for the drawing.
    fn drawing_width(&self) -> usize {
        (DRAWING + RANGE).saturating_sub(self.range_width()).max(2)
    }

    fn size(&self, gap: &Gap) -> String {
        match (gap.size, gap.interval, gap.at_most) {
            (Some(size), Some(interval), _) if interval.half_width() > 0.0 => {
                format!("{:>FIGURE$}  {}", self.figure(size), self.range(interval))
            }
            (Some(size), ..) => format!("{:>FIGURE$}", self.figure(size)),
            (None, _, Some(most)) => format!("{:>FIGURE$}  at most", self.figure(most)),
            (None, _, None) => String::new(),
        }
    }

    fn constraints(&mut self) {
        let constraints = &self.diagnosis.constraints;
        if constraints.is_empty() {
            return;
        }
        self.line(constraints.heading(), Tone::Heading);
        let widest = |width: &dyn Fn(&Judged) -> usize| {
            constraints.judged.iter().map(width).max().unwrap_or_default()
        };
        let length = |text: Option<String>| text.map_or(0, |text| text.chars().count());
        let typed = widest(&|judged| length(Some(judged.constraint.to_string())));
        let figure = widest(&|judged| length(judged.figure()));
        let range = widest(&|judged| length(judged.range()));
        for judged in &constraints.judged {
            let tone = match judged.answer {
                Met::Met => Tone::Good,
                Met::NotMet => Tone::Bad,
                Met::CannotTell => Tone::Unsure,
            };
            let name = format!("  {:typed$}  ", judged.constraint.to_string());
            match judged.figure() {
                Some(shown) => {
                    let range = format!("{:range$}", judged.range().unwrap_or_default());
                    let text =
                        format!("{name}{shown:>figure$}  {range}  {}", judged.answer.as_str());
                    self.line(text, tone);
                }
                None => {
                    let said = format!("{}: {}", judged.answer.as_str(), judged.measured_by());
                    self.wrapped(&name, &said, tone);
                }
            }
        }
        self.blank();
    }

    fn footing(&mut self) {
        let diagnosis = self.diagnosis;
        if let Some(own) = diagnosis.own_sentence() {
            self.wrapped("", &own, Tone::Plain);
        }
        let tolerance =
            format!("{} ({}).", diagnosis.show(diagnosis.tolerance), diagnosis.tolerance_reason);
        self.wrapped("Tolerance: ", &tolerance, Tone::Muted);
        if let Some(said) = diagnosis.tolerance_in_doubt() {
            self.wrapped("", said, Tone::Muted);
        }
        if let Some(said) = diagnosis.kept_early_sentence() {
            self.wrapped("", &said, Tone::Muted);
        }
        if let Some(said) = diagnosis.test_from_elsewhere() {
            self.wrapped("", said, Tone::Muted);
        }
        let looks = diagnosis.looks;
        if looks.validation > 1 {
            let said = format!(
                "{} choices have been made on this validation set; its error flatters more with each.",
                count(looks.validation)
            );
            self.wrapped("", &said, Tone::Muted);
        }
        if looks.test > 1 {
            let said = format!(
                "The test set has been opened {} times; it is a fair judge only once.",
                count(looks.test)
            );
            self.wrapped("", &said, Tone::Muted);
        }
    }

    fn verdict(&mut self) {
        let diagnosis = self.diagnosis;
        if let Some(said) = diagnosis.constraints.broken_sentence() {
            self.wrapped("", &said, Tone::Bad);
        }
        self.wrapped("Verdict: ", &diagnosis.verdict_sentence(), Tone::Verdict);
        let beside = [
            diagnosis.human_sentence(),
            diagnosis.goes_on_from_sentence(),
            diagnosis.failed_sentence(),
            diagnosis.none_left.clone(),
        ];
        for said in beside.iter().flatten() {
            self.wrapped("", said, Tone::Muted);
        }
        let Some(next) = diagnosis.steps.first() else { return };
        let when = match diagnosis.verdict {
            Verdict::CannotTell if !next.remedy.is_for_constraints() => "To tell",
            _ => "Next step",
        };
        self.step(when, next);
        let by_command = diagnosis.next_command().filter(|step| *step != next);
        if let Some(step) = by_command {
            self.step("Or by command", step);
        }
    }

    fn step(&mut self, when: &str, step: &Step) {
        let how = if step.command.is_none() { ", by hand" } else { "" };
        let before = &format!("{when}{how}: ");
        let what = match &step.change {
            Some(change) => format!("{}: {change}.", step.what),
            None => format!("{}.", step.what),
        };
        self.wrapped(before, &what, Tone::Verdict);
        self.wrapped("  ", &format!("{}.", step.reason), Tone::Muted);
        if let Some(cost) = &step.cost {
            self.wrapped("  ", &format!("Training takes {}.", cost.sentence()), Tone::Muted);
        }
        if let Some(command) = &step.command {
            self.line(format!("  {command}"), Tone::Command);
        }
    }

    fn figure(&self, value: f64) -> String {
        self.diagnosis.figure(value)
    }

    fn range(&self, interval: Interval) -> String {
        let range = self.diagnosis.metric.range(interval);
        if self.diagnosis.metric.is_rate() { format!("{range} %") } else { range }
    }

    fn blank(&mut self) {
        self.line(String::new(), Tone::Plain);
    }

    fn line(&mut self, text: String, tone: Tone) {
        self.lines.push(Line { text: text.trim_end().to_owned(), tone });
    }

    fn wrapped(&mut self, before: &str, said: &str, tone: Tone) {
        for line in wrapped(before, said) {
            self.line(line, tone);
        }
    }
}

/// `said` after `before`, broken into lines of at most 80 columns that begin under its first word.
/// What stands between backticks is never broken, so that a command can be copied whole.
pub fn wrapped(before: &str, said: &str) -> Vec<String> {
    let indent = before.chars().count();
    let mut lines = Vec::new();
    let mut line = before.to_owned();
    let mut width = indent;
    let mut first = true;
    for word in words(said) {
        let length = word.chars().count();
        if !first && width + 1 + length > WIDTH {
            lines.push(std::mem::replace(&mut line, " ".repeat(indent)));
            width = indent;
            first = true;
        }
        if !first {
            line.push(' ');
            width += 1;
        }
        line.push_str(word);
        width += length;
        first = false;
    }
    lines.push(line);
    lines
}

impl Diagnosis {
    /// The first step that a command takes.
    pub fn next_command(&self) -> Option<&Step> {
        self.steps.iter().find(|step| step.command.is_some())
    }
}

/// The words of a sentence, between which a line may break: not within backticks, nor within a
/// number with its unit (`2.51 %`) or a range (`0.61 – 3.14 %`).
fn words(said: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = 0;
    let mut quoted = false;
    for (place, character) in said.char_indices() {
        let rest = &said[place..];
        match character {
            '`' => quoted = !quoted,
            ' ' if quoted || rest.starts_with(" %") || rest.starts_with(" –") => {}
            ' ' if said[..place].ends_with('–') => {}
            ' ' => {
                words.push(&said[start..place]);
                start = place + 1;
            }
            _ => {}
        }
    }
    words.push(&said[start..]);
    words.retain(|word| !word.is_empty());
    words
}

/// The largest number that a rung shows.
fn furthest(rung: &Rung) -> Option<f64> {
    let high = rung.error.interval().map(|interval| interval.high);
    high.or(rung.error.error())
}

/// An estimate between the ends of its interval, all three as shares of an axis of at least two
/// columns: `   ├─●──┤`.
fn drawing(shares: [f64; 3], columns: usize) -> String {
    let place = |share: f64| (share.clamp(0.0, 1.0) * (columns - 1) as f64).round() as usize;
    let [low, middle, high] = shares.map(place);
    (0..=high)
        .map(|column| match column {
            _ if column == middle => '●',
            _ if column == low => '├',
            _ if column == high => '┤',
            _ if column > low => '─',
            _ => ' ',
        })
        .collect()
}

/// A label's name that leaves room for the rest of its line.
fn shortened(name: &str) -> String {
    const LONGEST: usize = 30;
    if name.chars().count() <= LONGEST {
        return name.to_owned();
    }
    name.chars().take(LONGEST - 1).chain(['…']).collect()
}
