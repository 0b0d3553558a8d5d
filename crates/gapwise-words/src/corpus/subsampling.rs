//! Which occurrences of frequent words are passed over.

use serde::{Deserialize, Serialize};

/// The formula of the probability that an occurrence is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubsamplingRule {
    /// √(t/f) + t/f.
    #[default]
    Program,
    /// √(t/f).
    Paper,
}

/// The probability that an occurrence of a word is kept, by its share f of the corpus and a threshold t;
/// at most 1. The smaller the threshold, the more is passed over; 0 keeps all.
///
/// **Source.** Mikolov et al., "Distributed representations of words and phrases and their
/// compositionality" (2013), equation 5, for [`SubsamplingRule::Paper`]; their program `word2vec` for
/// [`SubsamplingRule::Program`]. The notes say that there is such a rule and print none.
///
/// **Differs from the source.** The paper writes the probability that a word is dropped, 1 − √(t/f).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Subsampling {
    /// The share t above which words are passed over more and more: from 0 to 1.
    pub threshold: f64,
    /// The formula.
    pub rule: SubsamplingRule,
}

impl Default for Subsampling {
    /// t = 0.001, as the program has it.
    fn default() -> Self {
        Subsampling { threshold: 1e-3, rule: SubsamplingRule::Program }
    }
}

impl Subsampling {
    /// The probability that an occurrence is kept of a word with `count` of `total` occurrences.
    pub fn kept(self, count: u64, total: u64) -> f64 {
        if self.threshold == 0.0 || count == 0 {
            return 1.0;
        }
        let ratio = self.threshold * total as f64 / count as f64;
        let kept = match self.rule {
            SubsamplingRule::Program => ratio.sqrt() + ratio,
            SubsamplingRule::Paper => ratio.sqrt(),
        };
        kept.min(1.0)
    }

    /// The share of all occurrences that is kept of words that occur so often.
    pub fn kept_of_all(self, counts: &[u64]) -> f64 {
        let total: u64 = counts.iter().sum();
        let kept = counts.iter().map(|&count| self.kept(count, total) * count as f64);
        kept.sum::<f64>() / total.max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_rules_by_hand() {
        let kept = |rule, count| Subsampling { threshold: 1e-3, rule }.kept(count, 100_000);
        // 6,400 of 100,000: f = 0.064, t/f = 0.015625, √ = 0.125.
        assert!((kept(SubsamplingRule::Program, 6_400) - 0.140_625).abs() < 1e-12);
        assert!((kept(SubsamplingRule::Paper, 6_400) - 0.125).abs() < 1e-12);
        // 100 of 100,000: f = t, so that both keep all, and the program's would give 2.
        assert_eq!(kept(SubsamplingRule::Program, 100), 1.0);
        assert_eq!(kept(SubsamplingRule::Paper, 100), 1.0);
        // Of two words, 0.140625 · 6,400 + 93,600 · (√(0.001 / 0.936) + 0.001 / 0.936) = 4,059.4.
        let rule = Subsampling { threshold: 1e-3, rule: SubsamplingRule::Program };
        assert!((rule.kept_of_all(&[93_600, 6_400]) - 0.040_594).abs() < 1e-6);
        assert_eq!(Subsampling { threshold: 0.0, rule: SubsamplingRule::Paper }.kept(9, 10), 1.0);
    }
}
