//! The correlation of ranks.

use gapwise_study::interval::Interval;
use serde::Serialize;

/// Spearman's ρ with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Correlation {
    /// ρ, from −1 to 1; `None` where one side is all alike, as it is for one pair.
    pub rho: Option<f64>,
    /// Of 95 %; −1 to 1 below five pairs or without ρ.
    pub interval: Interval,
}

/// Spearman's ρ: Pearson's correlation of ranks, equals sharing the mean of theirs.
///
/// The interval is Fisher's: artanh ρ ± 1.96 · √((1 + ρ²/2) / (n − 3)).
///
/// **Source.** Bonett & Wright, "Sample size requirements for estimating Pearson, Kendall and Spearman
/// correlations", Psychometrika 65 (2000), for the variance. **Differs from the source.** Nothing.
pub fn spearman(one: &[f64], other: &[f64]) -> Correlation {
    let (one, other) = (ranks(one), ranks(other));
    let n = one.len() as f64;
    let mean = (n + 1.0) / 2.0;
    let product = |a: &[f64], b: &[f64]| -> f64 {
        a.iter().zip(b).map(|(a, b)| (a - mean) * (b - mean)).sum()
    };
    let lengths = (product(&one, &one) * product(&other, &other)).sqrt();
    let rho = (lengths > 0.0).then(|| (product(&one, &other) / lengths).clamp(-1.0, 1.0));
    let interval = match rho {
        Some(rho) if n >= 5.0 => {
            let half = 1.959_964 * ((1.0 + rho * rho / 2.0) / (n - 3.0)).sqrt();
            Interval { low: (rho.atanh() - half).tanh(), high: (rho.atanh() + half).tanh() }
        }
        _ => Interval { low: -1.0, high: 1.0 },
    };
    Correlation { rho, interval }
}

/// Ranks from 1.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for equals in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let rank = before as f64 + (equals.len() as f64 + 1.0) / 2.0;
        equals.iter().for_each(|&at| ranks[at] = rank);
        before += equals.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rho_by_hand() {
        // Ranks 1 2 3 4 5 against 2 1 4 3 5: 1 − 6 · (1 + 1 + 1 + 1 + 0) / (5 · 24) = 0.8.
        let found = spearman(&[1.0, 2.0, 3.0, 4.0, 5.0], &[20.0, 10.0, 40.0, 30.0, 50.0]);
        assert!((found.rho.unwrap() - 0.8).abs() < 1e-12);
        // artanh 0.8 = 1.098612, half = 1.959964 · √(1.32 / 2) = 1.592280.
        assert!((found.interval.low + 0.456_7).abs() < 1e-3, "{found:?}");
    }

    #[test]
    fn equals_share_their_ranks() {
        // Ranks 1.5 1.5 3 against 1 2 3: Σ = 0.5 + 0 + 1 = 1.5 over √(1.5 · 2).
        let found = spearman(&[7.0, 7.0, 9.0], &[1.0, 2.0, 3.0]);
        assert!((found.rho.unwrap() - 1.5 / 3.0_f64.sqrt()).abs() < 1e-12);
        assert_eq!(spearman(&[1.0, 1.0], &[1.0, 2.0]).rho, None);
    }
}
