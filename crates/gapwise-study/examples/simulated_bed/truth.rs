//! True rungs with planted gaps, and the verdict that is right of them.

use gapwise_study::diagnosis::{GapKind, TOLERATED_SHARE, Verdict};

/// The least tolerance of a rate.
pub(crate) const FLOOR: f64 = 0.001;

/// The true errors of one network.
///
/// *True error* is that of validation. The tolerance is 10 % of it, at least 0.1 percentage points.
/// Every gap that is not planted is 0, so the rungs between two planted gaps are equal:
///
/// | planted, of size g | human | train | train-validation | validation | test |
/// |---|---|---|---|---|---|
/// | avoidable bias | e − g | e | e | e | e |
/// | variance | e − g | e − g | e | e | e |
/// | mismatch | e − g | e − g | e − g | e | e |
/// | overfitting to validation | e | e | e | e | e + g |
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Truth {
    pub(crate) human: f64,
    pub(crate) train: f64,
    pub(crate) train_validation: f64,
    pub(crate) validation: f64,
    pub(crate) test: f64,
    /// The smallest gap worth work, if the validation error were known.
    pub(crate) tolerance: f64,
    /// Size of every gap in tolerances, in the recipe's order.
    times: [f64; 4],
}

impl Truth {
    /// A true validation error, and gaps as multiples of the tolerance. `None` where an error would
    /// be below 0.
    pub(crate) fn planted(validation: f64, gaps: &[(GapKind, f64)]) -> Option<Self> {
        let tolerance = (TOLERATED_SHARE * validation).max(FLOOR);
        let times = GapKind::ALL.map(|kind| {
            gaps.iter().filter(|(planted, _)| *planted == kind).map(|(_, times)| times).sum::<f64>()
        });
        let [bias, variance, mismatch, overfitted] = times.map(|times| times * tolerance);
        let train_validation = validation - mismatch;
        let train = train_validation - variance;
        // 0.5 % less five times 0.1 % is 0, but for rounding.
        let human = train - bias;
        (human > -1e-12).then_some(Truth {
            human: human.max(0.0),
            train: train.max(0.0),
            train_validation: train_validation.max(0.0),
            validation,
            test: validation + overfitted,
            tolerance,
            times,
        })
    }

    /// True size of a gap.
    pub(crate) fn gap(&self, kind: GapKind) -> f64 {
        self.times[kind as usize] * self.tolerance
    }

    /// The gaps that are not 0: `variance 5 τ`.
    pub(crate) fn planted_gaps(&self) -> String {
        let planted = GapKind::ALL.into_iter().zip(self.times).filter(|(_, times)| *times > 0.0);
        let said: Vec<String> = planted.map(|(kind, times)| format!("{kind} {times} τ")).collect();
        said.join(", ")
    }

    /// Whether a gap is truly above the tolerance.
    pub(crate) fn above(&self, kind: GapKind) -> bool {
        self.times[kind as usize] > 1.0
    }

    /// The largest gap, if it is above the tolerance.
    pub(crate) fn largest(&self) -> Option<GapKind> {
        let size = |kind: &GapKind| self.times[*kind as usize];
        GapKind::ALL
            .into_iter()
            .max_by(|a, b| size(a).total_cmp(&size(b)))
            .filter(|k| self.above(*k))
    }

    /// The gaps that the right verdict rests on: the largest, where it is above the tolerance, and
    /// else all of them.
    pub(crate) fn decisive(&self) -> Vec<GapKind> {
        self.largest().map_or(GapKind::ALL.to_vec(), |largest| vec![largest])
    }

    /// Whether a verdict is right: to close the largest gap, or one that is truly above the
    /// tolerance, comes earlier in the recipe and was not told apart from the largest; and where no
    /// gap is above the tolerance, that none is.
    pub(crate) fn is_right(&self, verdict: &Verdict) -> bool {
        match (self.largest(), verdict) {
            (Some(largest), Verdict::Close { gap, not_told_apart_from, .. }) => {
                *gap == largest || (self.above(*gap) && not_told_apart_from.contains(&largest))
            }
            (None, verdict) => *verdict == Verdict::NoneAboveTolerance,
            (Some(_), _) => false,
        }
    }
}
