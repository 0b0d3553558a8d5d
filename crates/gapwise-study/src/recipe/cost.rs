//! What a step costs in time, as far as the last run tells.

use serde::{Deserialize, Serialize};

/// An estimate of the time that the training of a step's command takes; reading the data, baselines
/// and judging come on top.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Seconds.
    pub seconds: f64,
    /// What it is estimated from: "the last one took 7.1 s for 30 epochs".
    pub because: String,
}

impl Cost {
    /// `about 14 s, as the last one took 7.1 s for 30 epochs`.
    pub fn sentence(&self) -> String {
        format!("{}, as {}", self.about(), self.because)
    }

    /// `about 14 s`.
    pub fn about(&self) -> String {
        format!("about {}", time(self.seconds))
    }
}

/// Seconds as people say them: `0.4 s`, `14 s`, `5 min`, `2.5 h`.
pub fn time(seconds: f64) -> String {
    match seconds {
        s if s < 0.1 => "0.1 s".to_owned(),
        s if s < 9.95 => format!("{s:.1} s"),
        s if s < 119.5 => format!("{s:.0} s"),
        s if s < 7_170.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_is_said_as_an_estimate_with_its_reason() {
        let because = "the last one took 7.1 s for 30 epochs".to_owned();
        let cost = Cost { seconds: 14.2, because };
        assert_eq!(cost.sentence(), "about 14 s, as the last one took 7.1 s for 30 epochs");
        assert_eq!(
            [0.01, 0.42, 9.96, 250.0, 9_000.0].map(time),
            ["0.1 s", "0.4 s", "10 s", "4 min", "2.5 h"]
        );
    }
}
