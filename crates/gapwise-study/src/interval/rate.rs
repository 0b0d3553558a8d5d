//! Wilson's interval of a rate, and Newcombe's of a difference of two.

use super::{Interval, Term, combine, two_sided_z};

/// Wrong answers among independent examples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Share of wrong answers, in [0, 1].
    pub error: f64,
    /// Independent examples that the share was counted on. A fraction where examples come in
    /// groups and so count for less than their number.
    pub examples: f64,
}

impl Rate {
    /// `errors` wrong answers among `examples` independent examples; `errors ≤ examples`.
    /// No example at all is a rate of 0 about which nothing is known.
    pub fn of(errors: usize, examples: usize) -> Self {
        let error = if examples == 0 { 0.0 } else { errors as f64 / examples as f64 };
        Rate { error, examples: examples as f64 }
    }

    /// Wilson's interval at `confidence`, in (0, 1): see [`wilson`].
    pub fn interval(self, confidence: f64) -> Interval {
        if self.examples <= 0.0 {
            return Interval { low: 0.0, high: 1.0 };
        }
        let (p, n) = (self.error, self.examples);
        let z = two_sided_z(confidence);
        let z2 = z * z;
        let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let half = z / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
        // At 0 and 1 the ends are exact; rounding must not take them past the estimate.
        Interval { low: (middle - half).max(0.0).min(p), high: (middle + half).max(p).min(1.0) }
    }
}

/// Wilson's score interval of `errors` wrong answers among `examples`, at `confidence` in (0, 1).
///
/// Never of zero width: no error in n examples still leaves z²/(n + z²) possible. No example at
/// all gives [0, 1].
///
/// **Source.** Wilson, "Probable inference, the law of succession, and statistical inference",
/// Journal of the American Statistical Association 22 (1927). No continuity correction.
pub fn wilson(errors: usize, examples: usize, confidence: f64) -> Interval {
    Rate::of(errors, examples).interval(confidence)
}

/// Newcombe's hybrid score interval of `first − second`, two rates on different examples, at
/// `confidence` in (0, 1).
///
/// **Source.** Newcombe, "Interval estimation for the difference between independent proportions:
/// comparison of eleven methods", Statistics in Medicine 17 (1998), method 10.
pub fn newcombe_difference(first: Rate, second: Rate, confidence: f64) -> Interval {
    combine(&[
        Term { weight: 1.0, value: first.error, interval: first.interval(confidence) },
        Term { weight: -1.0, value: second.error, interval: second.interval(confidence) },
    ])
}
