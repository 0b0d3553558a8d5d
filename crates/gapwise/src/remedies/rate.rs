//! The learning rate that goes with a change of the network or of the optimiser.

use gapwise_nn::model::{NetworkKind, NetworkSettings};

use super::{Change, RunRemedies, rounded};
use crate::config::{OptimiserWord, usual_rate};

/// A network that is larger learns at half the rate, down to this share of the optimiser's usual one:
/// a step moves the sums of twice as many units twice as far.
const FALL: f64 = 0.5;
const LEAST_SHARE: f64 = 0.1;

impl RunRemedies {
    /// The rate for a network of another size or kind, where it is another one than that in force.
    ///
    /// Another kind takes its usual rate for this batch. One that is wider, or has more layers, takes
    /// half of the rate in force for each time that its units double or a layer is added, and a
    /// smaller one keeps it.
    pub(super) fn rate_for(&self, to: &NetworkSettings) -> Option<Change> {
        let from = &self.network;
        let now = self.train.learning_rate;
        let usual = self.usual_rate(to.kind);
        let rate = if to.kind != from.kind {
            usual
        } else {
            let least = rounded(LEAST_SHARE * usual);
            let growth = growth(&from.hidden, &to.hidden) + growth(&from.channels, &to.channels);
            let fallen = rounded(now * FALL.powi(growth));
            if growth > 0 && now > least { fallen.max(least) } else { now }
        };
        self.rate_from(now, rate)
    }

    /// A rate that goes with the usual network of this kind, as it falls with what this one has more.
    pub(super) fn fallen(&self, rate: f64) -> f64 {
        let (usual, network) = (NetworkSettings::new(self.network.kind), &self.network);
        let growth =
            growth(&usual.hidden, &network.hidden) + growth(&usual.channels, &network.channels);
        rounded(rate * FALL.powi(growth))
    }

    /// The change from a rate to another one; `None` where they are the same.
    pub(super) fn rate_from(&self, now: f64, to: f64) -> Option<Change> {
        (now != to).then(|| ("train.learning_rate", now.to_string(), to.to_string()))
    }

    /// What the kind of a network is trained with by default, with this run's optimiser and batch.
    fn usual_rate(&self, kind: NetworkKind) -> f64 {
        let whole = self.train.batch >= self.course.examples;
        usual_rate(kind, OptimiserWord::of(self.train.optimiser.rule), whole)
    }
}

/// How many times sizes double and layers are added; 0 where they do not grow.
fn growth(from: &[usize], to: &[usize]) -> i32 {
    let widest = |sizes: &[usize]| sizes.iter().copied().max().unwrap_or(1).max(1);
    let wider = (widest(to) as f64 / widest(from) as f64).log2();
    let deeper = to.len().saturating_sub(from.len().max(1));
    // A first hidden layer is no wider than none.
    let wider = if from.is_empty() { 0.0 } else { wider.max(0.0) };
    wider.round() as i32 + i32::try_from(deeper).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_counts_doublings_and_layers() {
        for (from, to, expected) in [
            (&[128][..], &[256][..], 1),
            (&[512], &[512, 512], 1),
            (&[256, 64], &[512, 128], 1),
            (&[64], &[256, 256], 3),
            (&[], &[64], 0),
            (&[64], &[32], 0),
            (&[], &[], 0),
        ] {
            assert_eq!(growth(from, to), expected, "{from:?} {to:?}");
        }
    }
}
