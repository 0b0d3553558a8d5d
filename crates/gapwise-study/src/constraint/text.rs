//! Constraints in words and columns.

use super::{Constraints, Judged, Machine, Measured, Met};
use crate::metric::{MetricKind, counted};

impl Met {
    /// The answer in a word or two.
    pub fn as_str(self) -> &'static str {
        match self {
            Met::Met => "met",
            Met::NotMet => "not met",
            Met::CannotTell => "cannot tell",
        }
    }
}

impl Judged {
    /// The figure in the unit of the bound: `3.120 ms`, `97.22 %`.
    pub fn figure(&self) -> Option<String> {
        let value = self.measured.value()?;
        Some(self.in_unit(&self.number(value)))
    }

    /// What the figure can be: `3.050 – 3.200 ms`; `None` for an exact one.
    pub fn range(&self) -> Option<String> {
        match &self.measured {
            Measured::Estimate { interval, .. } => Some(self.in_unit(&format!(
                "{} – {}",
                self.number(interval.low),
                self.number(interval.high)
            ))),
            Measured::Exact { .. } | Measured::Missing { .. } => None,
        }
    }

    /// How it was measured, or why it was not.
    pub fn measured_by(&self) -> &str {
        match &self.measured {
            Measured::Exact { .. } => "exact",
            Measured::Estimate { from, .. } => from,
            Measured::Missing { reason } => reason,
        }
    }

    fn number(&self, value: f64) -> String {
        if self.constraint.quantity.is_share() {
            return MetricKind::ErrorRate.figure(value);
        }
        MetricKind::Rmse.figure(value / self.constraint.unit.factor)
    }

    fn in_unit(&self, number: &str) -> String {
        let unit = self.constraint.unit.word;
        match unit {
            _ if self.constraint.quantity.is_share() => format!("{number} %"),
            "" => number.to_owned(),
            unit => format!("{number} {unit}"),
        }
    }

    /// The figure against its bound: `latency-p95 is 31.20 ms (30.10 – 32.00 ms), not <= 20 ms`.
    pub fn sentence(&self) -> String {
        let constraint = &self.constraint;
        let figure = match (self.figure(), self.range()) {
            (Some(figure), Some(range)) => format!("is {figure} ({range})"),
            (Some(figure), None) => format!("is {figure}"),
            (None, _) => "is not known".to_owned(),
        };
        let typed = constraint.to_string();
        let bound = typed.split_once(' ').map_or("", |(_, bound)| bound);
        let not = if self.answer == Met::NotMet { "not " } else { "against " };
        format!("{} {figure}, {not}{bound}", constraint.quantity)
    }
}

impl Machine {
    /// `AMD EPYC 7B13, 2 threads, cpu`.
    pub fn described(&self) -> String {
        format!("{}, {}, {}", self.processor, counted(self.threads, "thread"), self.device)
    }
}

impl Constraints {
    /// What a network that breaks some is; `None` where none is known to be broken.
    pub fn broken_sentence(&self) -> Option<String> {
        let broken: Vec<String> = self.broken().map(Judged::sentence).collect();
        (!broken.is_empty())
            .then(|| format!("This network is not one to choose: {}.", broken.join("; ")))
    }

    /// Where the figures of a machine were measured, in a heading.
    pub fn heading(&self) -> String {
        match &self.machine {
            Some(machine) => format!("Constraints (measured on {})", machine.described()),
            None => "Constraints".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{constraint::Constraint, interval::Interval};

    #[test]
    fn figures_are_in_the_unit_of_the_bound() {
        let judged = |typed: &str, measured| typed.parse::<Constraint>().unwrap().judge(measured);
        let interval = Interval { low: 0.030_1, high: 0.032 };
        let measured = Measured::Estimate { value: 0.031_2, interval, from: "1,000 calls".into() };
        let slow = judged("latency-p95 <= 20 ms", measured);
        assert_eq!(slow.sentence(), "latency-p95 is 31.20 ms (30.10 – 32.00 ms), not <= 20 ms");
        let size = judged("model-size <= 5 MiB", Measured::Exact { value: 1_048_576.0 });
        assert_eq!(size.figure().as_deref(), Some("1.000 MiB"));
        assert_eq!(size.range(), None);
        let rate = judged("accuracy >= 0.9", Measured::Exact { value: 0.972_2 });
        assert_eq!(rate.figure().as_deref(), Some("97.22 %"));
        let products = judged("multiply-adds <= 1 M", Measured::Exact { value: 416_520.0 });
        assert_eq!(products.figure().as_deref(), Some("0.4165 M"));
        let constraints = Constraints { machine: None, judged: vec![slow, size] };
        assert_eq!(
            constraints.broken_sentence().as_deref(),
            Some(
                "This network is not one to choose: latency-p95 is 31.20 ms (30.10 – 32.00 ms), \
                 not <= 20 ms."
            )
        );
    }
}
