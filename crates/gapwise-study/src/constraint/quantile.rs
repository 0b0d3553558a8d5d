//! A quantile of measured values, with the interval that needs no assumption on how they lie.

use statrs::distribution::{Binomial, DiscreteCDF};

use crate::interval::{CONFIDENCE, Interval};

/// The sample quantile at `share`, in (0, 1), of `values`, and its 95 % interval; `None` where the
/// values are too few to have both ends (72 have them for 0.95, 6 for 0.5).
///
/// With the values in order, x₁ ≤ … ≤ xₙ, the number of values up to the true quantile is binomial
/// with n and `share`. The interval goes from x_l to x_u, where l is the largest with
/// P(B < l) ≤ 2.5 % and u the smallest with P(B ≥ u) ≤ 2.5 %, whatever the values' distribution.
/// The point estimate is x at ⌈n · share⌉.
///
/// **Source.** Hahn & Meeker, "Statistical Intervals: A Guide for Practitioners" (1991), section
/// 5.2.
///
/// **Differs from the source.** Values measured one after the other are not independent, as the
/// method takes them to be: a machine that was busy for a while makes neighbours alike, and the
/// interval too narrow.
pub fn quantile(values: &[f64], share: f64) -> Option<(f64, Interval)> {
    let mut ordered = values.to_vec();
    ordered.sort_by(f64::total_cmp);
    let n = ordered.len();
    let binomial = Binomial::new(share, n as u64).ok()?;
    let tail = (1.0 - CONFIDENCE) / 2.0;
    // P(B < l) = P(B ≤ l − 1).
    let low = (1..=n as u64).rev().find(|&l| binomial.cdf(l - 1) <= tail)?;
    // P(B ≥ u) = 1 − P(B ≤ u − 1).
    let high = (1..=n as u64).find(|&u| binomial.sf(u - 1) <= tail)?;
    let at = |place: u64| ordered[place as usize - 1];
    let middle = ((n as f64 * share).ceil() as u64).clamp(1, n as u64);
    Some((at(middle), Interval { low: at(low), high: at(high) }))
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// 1, 2, …, n: a value is its own place.
    fn places(n: usize) -> Vec<f64> {
        (1..=n).rev().map(|place| place as f64).collect()
    }

    #[test]
    fn the_median_of_ten_lies_between_the_second_and_the_ninth() {
        // B(10, ½): P(B < 2) = (1 + 10)/1024 = 1.07 %, P(B < 3) = 56/1024 = 5.5 %, so l = 2;
        // P(B ≥ 9) = 11/1024, P(B ≥ 8) = 5.5 %, so u = 9.
        let (median, interval) = quantile(&places(10), 0.5).unwrap();
        assert_eq!((median, interval.low, interval.high), (5.0, 2.0, 9.0));
    }

    #[test]
    fn too_few_values_have_no_interval() {
        // 0.95⁷¹ = 2.62 % and 0.95⁷² = 2.49 %: with 72 values the largest is an upper end.
        assert_eq!(quantile(&places(71), 0.95), None);
        assert!(quantile(&places(72), 0.95).is_some());
        assert_eq!(quantile(&[], 0.5), None);
        // ½⁵ = 3.1 %, ½⁶ = 1.6 %.
        assert_eq!(quantile(&places(5), 0.5), None);
        assert!(quantile(&places(6), 0.5).is_some());
    }

    /// `reference/make_quantile.py` has these places from SciPy.
    #[test]
    fn places_agree_with_an_independent_implementation() {
        let reference = include_str!("../../tests/reference/quantile.csv");
        let mut checked = 0;
        for line in reference.lines().skip(1) {
            let fields: Vec<f64> = line.split(',').map(|field| field.parse().unwrap()).collect();
            let [n, share, low, high] = fields[..] else { panic!("{line}") };
            let (_, interval) = quantile(&places(n as usize), share).unwrap();
            assert_eq!((interval.low, interval.high), (low, high), "{line}");
            checked += 1;
        }
        assert_eq!(checked, 16);
    }

    #[test]
    fn the_interval_holds_the_true_quantile_at_least_as_often_as_it_says() {
        // Exponential values: their 95th percentile is −ln 0.05.
        let truth = -(0.05_f64.ln());
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let held = (0..2_000)
            .filter(|_| {
                let values: Vec<f64> =
                    (0..200).map(|_| -(1.0 - rng.random::<f64>()).ln()).collect();
                quantile(&values, 0.95).unwrap().1.contains(truth)
            })
            .count();
        // Discreteness makes it conservative: P(l ≤ B < u) for B(200, 0.95) is 95.5 %.
        assert!((1_880..=1_950).contains(&held), "{held} of 2,000");
    }
}
