//! Figures as people read them.

use gapwise_data::wording;
use gapwise_pages::text;

pub(super) use crate::metric::{count, counted};
use crate::{diagnosis::Diagnosis, interval::Interval, metric::MetricKind};

/// How errors of one run are written: in percent for rates, else in the label's own unit.
#[derive(Debug)]
pub(super) struct Errors {
    metric: MetricKind,
    name: String,
    /// Safe to stand in any text.
    unit: String,
}

impl Errors {
    /// The way of writing that this diagnosis asks for.
    pub(super) fn of(diagnosis: &Diagnosis) -> Self {
        Errors {
            metric: diagnosis.metric,
            name: diagnosis.metric_name(),
            unit: text::plain_name(&diagnosis.unit),
        }
    }

    /// An error with its unit: `2.51 %`.
    pub(super) fn value(&self, error: f64) -> String {
        self.metric.show(error, &self.unit)
    }

    /// An error where the unit stands nearby: `2.51 %` for rates, else without the unit.
    pub(super) fn figure(&self, error: f64) -> String {
        format!("{}{}", self.metric.figure(error), self.sign())
    }

    /// A label or an answer, as it is kept, in the same unit: a number like [`Errors::figure`],
    /// and the name of a class as it is.
    pub(super) fn answer(&self, kept: &str) -> String {
        match kept.parse::<f64>() {
            Ok(number) if number.is_finite() && !self.metric.is_rate() => self.figure(number),
            _ => kept.to_owned(),
        }
    }

    /// A difference of errors like [`Errors::figure`], its sign always written: `+1.39 %`.
    pub(super) fn signed(&self, difference: f64) -> String {
        let figure = self.figure(difference);
        if difference > 0.0 { format!("+{figure}") } else { figure }
    }

    /// The ends of an interval like [`Errors::figure`]: `0.61 – 3.14 %`, `−0.52 to 3.60 %`.
    pub(super) fn range(&self, interval: Interval) -> String {
        format!("{}{}", self.metric.range(interval), self.sign())
    }

    fn sign(&self) -> &'static str {
        if self.metric.is_rate() { " %" } else { "" }
    }

    /// What a heading of figures adds to say their unit: nothing for rates, whose figures have it.
    pub(super) fn in_unit(&self) -> String {
        if self.metric.is_rate() { String::new() } else { format!(" in {}", self.unit) }
    }

    /// What to multiply an error by to get the figure that is written.
    pub(super) fn scale(&self) -> f64 {
        if self.metric.is_rate() { 100.0 } else { 1.0 }
    }

    /// The unit, safe to stand in any text.
    pub(super) fn unit(&self) -> &str {
        &self.unit
    }

    /// The metric's name in a heading or on an axis.
    pub(super) fn metric_name(&self) -> &str {
        &self.name
    }
}

/// A share between 0 and 1 in percent: `1.39 %`.
pub(super) fn percent(share: f64) -> String {
    MetricKind::ErrorRate.show(share, "%")
}

/// The ends of an interval of shares, in percent: `0.61 – 3.14 %`.
pub(super) fn percents(interval: Interval) -> String {
    format!("{} %", MetricKind::ErrorRate.range(interval))
}

/// A number with `decimals` digits after the point.
pub(super) fn fixed(value: f64, decimals: usize) -> String {
    finish(value, |size| format!("{size:.decimals$}"))
}

/// A number of four significant digits, more for whole numbers up to a billion, without zeros at
/// its end: `0.01234`, `52,310`, `1.5e-7`.
pub(super) fn significant(value: f64) -> String {
    finish(value, |size| {
        if size == 0.0 {
            return "0".to_owned();
        }
        let power = size.log10().floor() as i32;
        if !(-4..9).contains(&power) {
            let written = format!("{size:.3e}");
            return match written.split_once('e') {
                Some((mantissa, power)) => format!("{}e{power}", without_zeros(mantissa)),
                None => written,
            };
        }
        without_zeros(&format!("{size:.*}", (3 - power).max(0) as usize)).to_owned()
    })
}

/// A number to the digits that a step of `step` between neighbours asks for: labels of ticks.
pub(super) fn to_step(value: f64, step: f64) -> String {
    if value.abs() >= 1e9 || step < 1e-6 {
        return significant(value);
    }
    fixed(value, (-(step.log10() + 1e-9).floor()).max(0.0) as usize)
}

/// Seconds in the unit that suits them: `0.42 s`, `12.3 s`, `4 min 10 s`.
pub(super) fn seconds(seconds: f64) -> String {
    if !seconds.is_finite() {
        return significant(seconds);
    }
    match seconds {
        s if s < 10.0 => format!("{}\u{a0}s", fixed(s, 2)),
        s if s < 120.0 => format!("{}\u{a0}s", fixed(s, 1)),
        s if s < 7200.0 => format!("{}\u{a0}min {}\u{a0}s", (s / 60.0) as u64, (s % 60.0) as u64),
        s => format!("{}\u{a0}h {}\u{a0}min", (s / 3600.0) as u64, (s % 3600.0 / 60.0) as u64),
    }
}

/// Sign, size with its thousands set apart, and words for what is no number.
fn finish(value: f64, write: impl FnOnce(f64) -> String) -> String {
    if value.is_nan() {
        return "not a number".to_owned();
    }
    let size = if value.is_infinite() { "∞".to_owned() } else { grouped(&write(value.abs())) };
    let zero = size.bytes().all(|byte| matches!(byte, b'0' | b'.' | b','));
    if value < 0.0 && !zero { format!("−{size}") } else { size }
}

fn without_zeros(written: &str) -> &str {
    if written.contains('.') {
        written.trim_end_matches('0').trim_end_matches('.')
    } else {
        written
    }
}

/// Sets commas between groups of three digits before the point.
fn grouped(written: &str) -> String {
    let whole = written.find(|c: char| !c.is_ascii_digit()).unwrap_or(written.len());
    format!("{}{}", wording::grouped(&written[..whole]), &written[whole..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_four_digits_that_matter() {
        for (value, written) in [
            (0.0, "0"),
            (0.012_345, "0.01235"),
            (1.5, "1.5"),
            (52_310.4, "52,310"),
            (1_234_567.0, "1,234,567"),
            (1.5e-7, "1.5e-7"),
            (-2.5, "−2.5"),
            (9.9999, "10"),
            (f64::NAN, "not a number"),
            (f64::NEG_INFINITY, "−∞"),
        ] {
            assert_eq!(significant(value), written);
        }
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(counted(1_234_567, "row"), "1,234,567 rows");
        assert_eq!(counted(1, "example"), "1 example");
        assert_eq!(counted(1_200, "example"), "1,200 examples");
    }

    #[test]
    fn a_negative_zero_has_no_sign() {
        assert_eq!(fixed(-0.001, 2), "0.00");
    }

    #[test]
    fn ticks_have_the_digits_of_their_step() {
        assert_eq!(to_step(0.5, 0.5), "0.5");
        assert_eq!(to_step(20.0, 10.0), "20");
        assert_eq!(to_step(0.15, 0.05), "0.15");
    }

    #[test]
    fn seconds_are_written_in_the_unit_that_suits() {
        assert_eq!(
            [0.42, 12.34, 250.0, 7_260.0].map(|s| seconds(s).replace('\u{a0}', " ")),
            ["0.42 s", "12.3 s", "4 min 10 s", "2 h 1 min"]
        );
    }
}
