//! Intervals: how far an error measured on a sample can be from the true one.
//!
//! A rate has a Wilson interval ([`wilson`]); a difference of two independent rates has Newcombe's
//! hybrid of the two Wilson intervals ([`newcombe_difference`]); two networks on the same examples
//! have Newcombe's paired interval ([`newcombe_paired`]). Everything else goes through
//! [`bootstrap`], with resamples or, where few examples decide, without. Sums and differences of independent errors, and so every gap and every
//! difference of two gaps, are put together by [`combine`].

pub mod bootstrap;
mod few;
mod paired;
mod rate;

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

pub use paired::{PairedCounts, newcombe_paired, newcombe_paired_worth};
pub use rate::{Rate, newcombe_difference, wilson};

/// The confidence that every interval shown to a person has, jointly or alone: 95 %.
pub const CONFIDENCE: f64 = 0.95;

/// A closed range that holds the true value with a stated confidence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end; never below `low`.
    pub high: f64,
}

impl Interval {
    /// The interval of a number that is known: both ends are the number.
    pub fn point(value: f64) -> Self {
        Interval { low: value, high: value }
    }

    /// Half of the distance between the ends.
    pub fn half_width(self) -> f64 {
        (self.high - self.low) / 2.0
    }

    /// The interval of the negative of the value.
    pub fn negated(self) -> Self {
        Interval { low: -self.high, high: -self.low }
    }

    /// Whether `value` lies inside, ends included.
    pub fn contains(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

/// One independent part of a sum: its weight in the sum, its value and its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Term {
    /// What the value is multiplied by: 1 and −1 for a difference.
    pub weight: f64,
    /// The point estimate.
    pub value: f64,
    /// Its interval, at the confidence that the sum shall have. A known number has
    /// [`Interval::point`].
    pub interval: Interval,
}

/// The interval of a weighted sum of independent estimates, from their own intervals.
///
/// With the values θᵢ, weights wᵢ and ends lᵢ, uᵢ, the sum is θ = Σ wᵢθᵢ, and its ends are
/// θ − √Σ(wᵢθᵢ − min(wᵢlᵢ, wᵢuᵢ))² and θ + √Σ(max(wᵢlᵢ, wᵢuᵢ) − wᵢθᵢ)². Every term must come from
/// other examples than the others do.
///
/// **Source.** Zou, Huang & Zhang, "A note on confidence interval estimation for a linear function
/// of binomial proportions", Computational Statistics & Data Analysis 53 (2009). For two Wilson
/// intervals with the weights 1 and −1 it is Newcombe's hybrid score interval (1998, method 10);
/// where one side is known it is the other side's interval, shifted.
///
/// **Differences from the source.** It is used for bootstrap intervals too.
pub fn combine(terms: &[Term]) -> Interval {
    let mut value = 0.0;
    let mut below = 0.0;
    let mut above = 0.0;
    for term in terms {
        let here = term.weight * term.value;
        let ends = [term.weight * term.interval.low, term.weight * term.interval.high];
        value += here;
        below += (here - ends[0].min(ends[1])).powi(2);
        above += (ends[0].max(ends[1]) - here).powi(2);
    }
    Interval { low: value - below.sqrt(), high: value + above.sqrt() }
}

/// The interval of the difference of two correlated estimates, `first` less `second`, from their own
/// intervals; weights are not used.
///
/// With values a and b, ends lₐ, uₐ, l_b, u_b and the correlation ρ, the ends lie
/// √((a − lₐ)² + (u_b − b)² − 2ρ (a − lₐ)(u_b − b)) below the difference and
/// √((uₐ − a)² + (b − l_b)² − 2ρ (uₐ − a)(b − l_b)) above it.
///
/// **Source.** Zou, "Toward using confidence intervals to compare correlations", Psychological
/// Methods 12 (2007), for any two estimates. Newcombe's paired interval is the same of two rates,
/// but for a correction of ρ.
///
/// **Differs from the source.** Nothing.
pub(crate) fn difference_of([first, second]: [Term; 2], correlation: f64) -> Interval {
    let join = |one: f64, other: f64| {
        (one * one + other * other - 2.0 * correlation * one * other).max(0.0).sqrt()
    };
    let difference = first.value - second.value;
    let below = join(first.value - first.interval.low, second.interval.high - second.value);
    let above = join(first.interval.high - first.value, second.value - second.interval.low);
    Interval { low: difference - below, high: difference + above }
}

/// The point of the standard normal distribution that leaves half of `1 − confidence` above it:
/// 1.96 for 0.95.
pub(crate) fn two_sided_z(confidence: f64) -> f64 {
    debug_assert!(0.0 < confidence && confidence < 1.0, "a confidence lies between 0 and 1");
    Normal::standard().inverse_cdf(0.5 + confidence.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::{Interval, Term, difference_of};

    #[test]
    fn the_difference_of_correlated_estimates_by_hand() {
        // 0.5 (0.3 – 0.6) less 0.4 (0.2 – 0.6), correlation 0.5:
        //   below √(0.2² + 0.2² − 0.2 · 0.2) = 0.2
        //   above √(0.1² + 0.2² − 0.1 · 0.2) = √0.03 = 0.173205
        let term = |value, low, high| Term { weight: 1.0, value, interval: Interval { low, high } };
        let found = difference_of([term(0.5, 0.3, 0.6), term(0.4, 0.2, 0.6)], 0.5);
        assert!((found.low + 0.1).abs() < 1e-12, "{found:?}");
        assert!((found.high - 0.273_205).abs() < 1e-6, "{found:?}");
    }
}
