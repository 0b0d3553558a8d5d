//! The words of the ladder: one for each thing, in text, report and JSON alike.

use std::fmt;

use gapwise_data::wording::joined;

use super::{
    Answer, Diagnosis, Gap, GapKind, GoesOnFrom, KeptEpoch, Origin, Rung, RungError, RungKind,
    Verdict,
};
use crate::{
    interval::Interval,
    metric::{MetricKind, count},
    taken::Failed,
};

impl RungKind {
    /// Every rung, from human to test.
    pub const ALL: [RungKind; 5] = [
        RungKind::Human,
        RungKind::Train,
        RungKind::TrainValidation,
        RungKind::Validation,
        RungKind::Test,
    ];

    /// The rung's word.
    pub fn as_str(self) -> &'static str {
        match self {
            RungKind::Human => "human",
            RungKind::Train => "train",
            RungKind::TrainValidation => "train-validation",
            RungKind::Validation => "validation",
            RungKind::Test => "test",
        }
    }
}

impl fmt::Display for RungKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl GapKind {
    /// Every gap, in the recipe's order.
    pub const ALL: [GapKind; 4] = [
        GapKind::AvoidableBias,
        GapKind::Variance,
        GapKind::Mismatch,
        GapKind::ValidationOverfitted,
    ];

    /// The gap's name in a sentence.
    pub fn as_str(self) -> &'static str {
        match self {
            GapKind::AvoidableBias => "avoidable bias",
            GapKind::Variance => "variance",
            GapKind::Mismatch => "data mismatch",
            GapKind::ValidationOverfitted => "overfitting to validation",
        }
    }
}

impl fmt::Display for GapKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Answer {
    /// The answer in a word or two.
    pub fn as_str(&self) -> &'static str {
        match self {
            Answer::Material => "material",
            Answer::Immaterial => "immaterial",
            Answer::CannotTell { .. } => "cannot tell",
            Answer::Unknown { .. } => "unknown",
        }
    }

    /// What would settle an open answer, in a sentence without its full stop.
    pub fn settled_by(&self) -> Option<String> {
        match self {
            Answer::Material | Answer::Immaterial => None,
            Answer::CannotTell { enlarge, examples, and } => {
                Some(format!("about {} would tell", wanted(*enlarge, *examples, *and)))
            }
            Answer::Unknown { how } => Some(how.clone()),
        }
    }
}

/// `4,300 validation examples`, or `4,300 examples each in validation and test`.
fn wanted(enlarge: RungKind, examples: usize, and: Option<RungKind>) -> String {
    let examples = crate::metric::count(round_up(examples));
    match (enlarge, and) {
        (RungKind::Human, None) => format!("{examples} examples answered by people"),
        (_, None) => format!("{examples} {enlarge} examples"),
        (_, Some(other)) => {
            let (first, second) = (enlarge.min(other), enlarge.max(other));
            format!("{examples} examples each in {first} and {second}")
        }
    }
}

/// Up to two digits: a number of examples that rests on estimates is not known any better.
fn round_up(examples: usize) -> usize {
    let mut unit = 1;
    while examples / unit >= 100 {
        unit *= 10;
    }
    examples.div_ceil(unit).saturating_mul(unit)
}

impl RungError {
    /// The error, where there is one.
    pub fn error(&self) -> Option<f64> {
        match self {
            RungError::Exact { error, .. } | RungError::Estimate { error, .. } => Some(*error),
            RungError::Missing { .. } => None,
        }
    }

    /// The pointwise interval of an estimate.
    pub fn interval(&self) -> Option<Interval> {
        match self {
            RungError::Estimate { interval, .. } => Some(*interval),
            RungError::Exact { .. } | RungError::Missing { .. } => None,
        }
    }

    /// Examples that the error was taken from; 0 where there is none or it was given.
    pub fn examples(&self) -> usize {
        match self {
            RungError::Exact { examples, .. } | RungError::Estimate { examples, .. } => *examples,
            RungError::Missing { .. } => 0,
        }
    }
}

impl Diagnosis {
    /// This rung, where it belongs to the ladder.
    pub fn rung(&self, kind: RungKind) -> Option<&Rung> {
        self.rungs.iter().find(|rung| rung.kind == kind)
    }

    /// This gap, where it belongs to the ladder.
    pub fn gap(&self, kind: GapKind) -> Option<&Gap> {
        self.gaps.iter().find(|gap| gap.kind == kind)
    }

    /// The metric's name in a sentence: `error rate`, `weighted error rate`, `1 − F1 of spam`.
    pub fn metric_name(&self) -> String {
        let of = self.positive.as_ref().map_or(String::new(), |class| format!(" of {class}"));
        let name = format!("{}{of}", self.metric.name());
        if self.weighted { format!("weighted {name}") } else { name }
    }

    /// The validation error of a metric of which people know the complement, under its own name:
    /// `F1 of spam on validation: 0.912 (0.880 – 0.931).` `None` for every other metric.
    pub fn own_sentence(&self) -> Option<String> {
        let own = self.metric.own().filter(|_| self.metric != MetricKind::ErrorRate)?;
        let error = &self.rung(RungKind::Validation)?.error;
        let shown = self.metric.show_own(error.error()?, error.interval(), &self.unit);
        let of = self.positive.as_ref().map_or(String::new(), |class| format!(" of {class}"));
        let weighted = if self.weighted { "Weighted " } else { "" };
        Some(format!("{weighted}{own}{of} on validation: {shown}."))
    }

    /// The verdict in one sentence.
    pub fn verdict_sentence(&self) -> String {
        match &self.verdict {
            Verdict::Close { gap, not_told_apart_from, unless_human_below } => {
                let mut said = format!("close {gap}{}", self.how_large(*gap));
                if !not_told_apart_from.is_empty() {
                    let others: Vec<_> =
                        not_told_apart_from.iter().map(|gap| gap.as_str()).collect();
                    let others = joined(&others, "or");
                    said.push_str(&format!(
                        ", not told apart in size from {others}; the recipe takes it first"
                    ));
                }
                if let Some(level) = unless_human_below {
                    said.push_str(&format!(
                        "; the human level is not known, and if people make an error below {}, \
                         avoidable bias goes first",
                        self.show(*level)
                    ));
                }
                said.push('.');
                said
            }
            Verdict::HumanDecides { at_most, material_below } => format!(
                "avoidable bias is at most {}, and material if people make an error below {}: \
                 the human level decides.",
                self.figure(*at_most),
                self.show(*material_below)
            ),
            Verdict::CannotTell => {
                let open: Vec<_> = self.open_gaps().map(|gap| gap.kind.as_str()).collect();
                let open = joined(&open, "or");
                if open.is_empty() {
                    return "cannot tell: without a train error there is neither bias nor variance."
                        .to_owned();
                }
                format!("cannot tell: the examples are too few to say whether {open} is material.")
            }
            Verdict::NoneAboveTolerance => format!(
                "no gap above the tolerance of {}: define what practice needs.",
                self.show(self.tolerance)
            ),
        }
    }

    /// How to give the human level, where the verdict hangs on it: what stands beside the verdict.
    pub fn human_sentence(&self) -> Option<String> {
        let hangs_on_it = match &self.verdict {
            Verdict::HumanDecides { .. } => true,
            Verdict::Close { unless_human_below, .. } => unless_human_below.is_some(),
            Verdict::CannotTell | Verdict::NoneAboveTolerance => false,
        };
        match &self.rung(RungKind::Human)?.error {
            RungError::Missing { reason } if hangs_on_it => Some(format!("Human level {reason}.")),
            _ => None,
        }
    }

    /// Which network the steps go on from and why, in sentences; `None` where there is one alone.
    pub fn goes_on_from_sentence(&self) -> Option<String> {
        let GoesOnFrom { run, among, verdict } = self.goes_on_from.as_ref()?;
        let mut said = format!(
            "Of the {among} networks on this data the recipe goes on from `{run}`: none is better \
             beyond noise, and of such it is the cheapest, or the first."
        );
        if let Some(verdict) = verdict {
            said.push_str(&format!(" Its verdict: {verdict}"));
        }
        Some(said)
    }

    /// Which remedies were taken without success, and so are not proposed again.
    pub fn failed_sentence(&self) -> Option<String> {
        let named: Vec<String> = self.failed.iter().map(Failed::named).collect();
        (!named.is_empty()).then(|| {
            let did = if named.len() == 1 { "it" } else { "they" };
            format!("Not proposed again, since {did} did not help: {}.", named.join(", "))
        })
    }

    /// Gaps whose answer is "cannot tell".
    pub fn open_gaps(&self) -> impl Iterator<Item = &Gap> {
        self.gaps.iter().filter(|gap| matches!(gap.answer, Answer::CannotTell { .. }))
    }

    /// What a test set from elsewhere means for its gap, in a line; `None` where test is of the
    /// validation kind or not opened.
    pub fn test_from_elsewhere(&self) -> Option<&'static str> {
        let opened = self.rung(RungKind::Test).is_some_and(|rung| rung.error.error().is_some());
        (opened && self.test_origin == Origin::Elsewhere).then_some(
            "Test may be of another origin: its gap mixes overfitting with that difference.",
        )
    }

    /// What an early epoch that was kept means for the ladder.
    pub fn kept_early_sentence(&self) -> Option<String> {
        self.kept_early.as_ref().map(|KeptEpoch { epoch, of, to_keep_last }| {
            format!(
                "Epoch {} of {} is judged, by its validation loss. Like early stopping, that \
                 moves bias and variance at once; `{to_keep_last}` judges training to its end.",
                count(*epoch),
                count(*of)
            )
        })
    }

    /// Why a gap is answered otherwise than its figures beside the tolerance seem to say, in a line;
    /// `None` where there is no such gap.
    pub fn tolerance_in_doubt(&self) -> Option<&'static str> {
        let train = self.rung(RungKind::Train).map(|rung| &rung.error);
        let known = |gap: &Gap| match gap.interval {
            Some(interval) => interval.half_width() == 0.0,
            None => matches!(train, Some(RungError::Exact { .. })),
        };
        let tolerance = self.tolerance;
        let otherwise = |gap: &Gap| {
            gap.interval.is_some_and(|interval| match gap.answer {
                Answer::Material => interval.low <= tolerance,
                Answer::Immaterial => interval.high >= tolerance && interval.half_width() > 0.0,
                Answer::CannotTell { .. } => interval.low > tolerance || interval.high < tolerance,
                Answer::Unknown { .. } => false,
            })
        };
        let in_doubt = self.open_gaps().any(known) || self.gaps.iter().any(otherwise);
        in_doubt.then_some("The tolerance itself is as uncertain as the validation error.")
    }

    /// An error or gap as a figure beside which the unit stands already: with the sign of percent,
    /// and without the unit of anything else.
    pub(crate) fn figure(&self, value: f64) -> String {
        let figure = self.metric.figure(value);
        if self.metric.is_rate() { format!("{figure} %") } else { figure }
    }

    /// An error or gap with its interval, and its unit once: `1.39 % (0.53 – 3.60 %)`,
    /// `59,569 (56,235 – 63,145) median_house_value`.
    pub(crate) fn show_with(&self, value: f64, interval: Interval) -> String {
        self.metric.show_with(value, interval, &self.unit)
    }

    /// An error or gap with its unit.
    pub(crate) fn show(&self, value: f64) -> String {
        self.metric.show(value, &self.unit)
    }

    /// `, 8.00 % (7.10 – 8.90 %)`, for a gap that has a size.
    fn how_large(&self, kind: GapKind) -> String {
        let Some(gap) = self.gap(kind) else { return String::new() };
        let Some(size) = gap.size else { return String::new() };
        match gap.interval {
            Some(interval) if interval.half_width() > 0.0 => {
                format!(", {}", self.show_with(size, interval))
            }
            _ => format!(", {}", self.show(size)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_examples_keep_two_digits() {
        assert_eq!(round_up(7), 7);
        assert_eq!(round_up(99), 99);
        assert_eq!(round_up(101), 110);
        assert_eq!(round_up(4_211), 4_300);
        assert_eq!(round_up(12_000), 12_000);
    }
}
