//! What can be bounded, and in which units.

use std::{fmt, str::FromStr};

use serde::Serialize;

use crate::metric::MetricKind;

/// What a constraint is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quantity {
    /// Median time of an answer to one example, the network loaded and warm, in seconds.
    LatencyP50,
    /// The 95th percentile of that time.
    LatencyP95,
    /// Size of the weight file, in bytes.
    ModelSize,
    /// Products of a weight and a value for one example.
    MultiplyAdds,
    /// The most memory that a process takes which loads the network and answers one example, in
    /// bytes.
    PeakMemory,
    /// A metric on validation: its error, or 1 less its error where `score` is set.
    Metric {
        /// Which metric.
        kind: MetricKind,
        /// Whether it is bounded as a score, which is better the higher.
        score: bool,
    },
}

/// A unit as it is typed, and what one of it is in the quantity's base unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unit {
    /// The word; empty for a bare number.
    pub word: &'static str,
    /// Base units in one of it.
    pub factor: f64,
}

const fn unit(word: &'static str, factor: f64) -> Unit {
    Unit { word, factor }
}

/// No unit.
const BARE: Unit = unit("", 1.0);
const TIMES: &[Unit] = &[unit("s", 1.0), unit("ms", 1e-3), unit("µs", 1e-6), unit("us", 1e-6)];
const BYTES: &[Unit] = &[
    unit("B", 1.0),
    unit("kB", 1e3),
    unit("MB", 1e6),
    unit("GB", 1e9),
    unit("KiB", 1024.0),
    unit("MiB", 1_048_576.0),
    unit("GiB", 1_073_741_824.0),
];
const COUNTS: &[Unit] = &[BARE, unit("k", 1e3), unit("M", 1e6), unit("G", 1e9)];
const SHARES: &[Unit] = &[unit("%", 1e-2), BARE];

/// The error rate as a score.
const ACCURACY: &str = "accuracy";

const MACHINES: [(Quantity, &str); 5] = [
    (Quantity::LatencyP50, "latency-p50"),
    (Quantity::LatencyP95, "latency-p95"),
    (Quantity::ModelSize, "model-size"),
    (Quantity::MultiplyAdds, "multiply-adds"),
    (Quantity::PeakMemory, "peak-memory"),
];

impl Quantity {
    /// Every quantity, those of a machine first.
    pub fn all() -> Vec<Quantity> {
        let accuracy = Quantity::Metric { kind: MetricKind::ErrorRate, score: true };
        let metrics = MetricKind::ALL.into_iter().map(Quantity::of_metric);
        MACHINES
            .into_iter()
            .map(|(quantity, _)| quantity)
            .chain([accuracy])
            .chain(metrics)
            .collect()
    }

    /// The quantity that has a metric's own name.
    fn of_metric(kind: MetricKind) -> Self {
        Quantity::Metric { kind, score: kind.is_score() }
    }

    /// Whether it is better the higher, so that its bound is a lower one.
    pub fn is_score(self) -> bool {
        matches!(self, Quantity::Metric { score: true, .. })
    }

    /// Whether a network costs it, rather than being judged by it.
    pub fn is_cost(self) -> bool {
        !matches!(self, Quantity::Metric { .. })
    }

    /// Whether it depends on the machine.
    pub fn is_of_machine(self) -> bool {
        matches!(self, Quantity::LatencyP50 | Quantity::LatencyP95 | Quantity::PeakMemory)
    }

    /// The units it may be typed in.
    pub fn units(self) -> &'static [Unit] {
        match self {
            Quantity::LatencyP50 | Quantity::LatencyP95 => TIMES,
            Quantity::ModelSize | Quantity::PeakMemory => BYTES,
            Quantity::MultiplyAdds => COUNTS,
            Quantity::Metric { kind, .. } if kind.is_rate() => SHARES,
            Quantity::Metric { .. } => &[BARE],
        }
    }

    /// Whether its figures are shares in [0, 1].
    pub(super) fn is_share(self) -> bool {
        matches!(self, Quantity::Metric { kind, .. } if kind.is_rate())
    }
}

/// Its word: `latency-p95`.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((_, word)) = MACHINES.iter().find(|(quantity, _)| quantity == self) {
            return f.pad(word);
        }
        match self {
            Quantity::Metric { kind: MetricKind::ErrorRate, score: true } => f.pad(ACCURACY),
            Quantity::Metric { kind, .. } => f.pad(kind.as_str()),
            _ => Ok(()),
        }
    }
}

impl FromStr for Quantity {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        if let Some((quantity, _)) = MACHINES.iter().find(|(_, of)| *of == word) {
            return Ok(*quantity);
        }
        if word == ACCURACY {
            return Ok(Quantity::Metric { kind: MetricKind::ErrorRate, score: true });
        }
        word.parse().map(Quantity::of_metric).map_err(drop)
    }
}

impl Serialize for Quantity {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
