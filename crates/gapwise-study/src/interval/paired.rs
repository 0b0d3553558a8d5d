//! Two networks on the same examples: Newcombe's paired interval.

use super::{Interval, Rate};

/// The same examples answered by two networks, counted by who was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PairedCounts {
    /// Both wrong.
    pub both: f64,
    /// Only the first wrong.
    pub only_first: f64,
    /// Only the second wrong.
    pub only_second: f64,
    /// Neither wrong.
    pub neither: f64,
}

impl PairedCounts {
    /// All examples.
    pub fn examples(self) -> f64 {
        self.both + self.only_first + self.only_second + self.neither
    }
}

/// Newcombe's score interval of the first network's error less the second's, on the same examples,
/// at `confidence` in (0, 1). No example at all gives [−1, 1].
///
/// With Wilson's ends l₁, u₁, l₂, u₂ of the two errors p₁, p₂ and their correlation φ, the ends lie
/// √((p₁−l₁)² − 2φ(p₁−l₁)(u₂−p₂) + (u₂−p₂)²) below the difference and
/// √((u₁−p₁)² − 2φ(u₁−p₁)(p₂−l₂) + (p₂−l₂)²) above it.
///
/// **Source.** Newcombe, "Improved confidence intervals for the difference between binomial
/// proportions based on paired data", Statistics in Medicine 17 (1998), method 10: φ has the
/// continuity correction described there, and is 0 where a margin is empty.
pub fn newcombe_paired(counts: PairedCounts, confidence: f64) -> Interval {
    newcombe_paired_worth(counts, counts.examples(), confidence)
}

/// The same where examples come in groups, so that all of them are worth `independent` examples.
///
/// **Differences from the source.** Both Wilson intervals are those of `independent` examples. φ is
/// that of the counts as they are: its correction is meant for whole examples, and on a few
/// effective ones it would take away a correlation that many examples show.
pub fn newcombe_paired_worth(counts: PairedCounts, independent: f64, confidence: f64) -> Interval {
    let n = counts.examples();
    if n <= 0.0 || independent <= 0.0 {
        return Interval { low: -1.0, high: 1.0 };
    }
    let rate = |errors: f64| Rate { error: errors / n, examples: independent };
    let first = rate(counts.both + counts.only_first);
    let second = rate(counts.both + counts.only_second);
    let (one, two) = (first.interval(confidence), second.interval(confidence));
    let phi = correlation(counts);
    let side = |a: f64, b: f64| (a * a - 2.0 * phi * a * b + b * b).max(0.0).sqrt();
    let difference = first.error - second.error;
    Interval {
        low: difference - side(first.error - one.low, two.high - second.error),
        high: difference + side(one.high - first.error, second.error - two.low),
    }
}

/// The corrected correlation φ of being wrong, in [−1, 1].
fn correlation(counts: PairedCounts) -> f64 {
    let PairedCounts { both, only_first, only_second, neither } = counts;
    let margins = (both + only_first)
        * (only_second + neither)
        * (both + only_second)
        * (only_first + neither);
    if margins <= 0.0 {
        return 0.0;
    }
    let product = both * neither - only_first * only_second;
    // The correction draws a positive correlation towards 0, never past it.
    let corrected =
        if product > 0.0 { (product - counts.examples() / 2.0).max(0.0) } else { product };
    corrected / margins.sqrt()
}
