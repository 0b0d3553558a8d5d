//! Axes and the parts that every drawing shares.
//!
//! Drawings have no `viewBox`. Places are percentages of the plot's box and text keeps its size in
//! pixels, so that one drawing reads as well on a phone as on a wide screen or on paper. Labels
//! stand outside the box, in margins that the style gives.

use maud::{Markup, html};

use super::numbers;

/// How values are spread along an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spread {
    /// Equal differences take equal lengths.
    Linear,
    /// Equal ratios take equal lengths.
    Logarithmic,
}

/// An axis of a drawing: its ends and its ticks, all finite.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    ticks: Vec<f64>,
    spread: Spread,
}

impl Axis {
    /// A linear axis over the finite ones of `values`, whose ends are ticks; about `ticks` of them.
    /// Where every value is the same, or none is finite, the axis still has a length.
    pub(super) fn linear(values: impl IntoIterator<Item = f64>, ticks: usize) -> Axis {
        let (low, high) = bounds(values).unwrap_or((0.0, 1.0));
        // A third of the height below the lowest value is not much: show where zero is.
        let low = if low > 0.0 && low < 0.35 * high { 0.0 } else { low };
        let (low, high) = apart(low, high);
        let step = nice_step((high - low) / ticks.max(1) as f64);
        let first = (low / step + 1e-9).floor();
        let last = (high / step - 1e-9).ceil();
        let ticks: Vec<f64> =
            (0..=(last - first) as usize).map(|place| (first + place as f64) * step).collect();
        Axis { low: first * step, high: last * step, ticks, spread: Spread::Linear }
    }

    /// A linear axis that ends a little outside the finite ones of `values`, with about `ticks`
    /// ticks inside: for points, which shall fill their box.
    pub(super) fn tight(values: impl IntoIterator<Item = f64>, ticks: usize) -> Axis {
        let (low, high) = bounds(values).unwrap_or((0.0, 1.0));
        let (low, high) = apart(low, high);
        let margin = 0.03 * (high - low);
        let (low, high) = (low - margin, high + margin);
        let within = Axis::linear([low, high], ticks);
        let ticks = within.ticks.into_iter().filter(|tick| (low..=high).contains(tick)).collect();
        Axis { low, high, ticks, spread: Spread::Linear }
    }

    /// A logarithmic axis between powers of ten, over the values above zero that can be drawn.
    pub(super) fn by_ratio(values: impl IntoIterator<Item = f64>) -> Axis {
        let positive = values.into_iter().filter(|value| *value > SMALLEST);
        let (low, high) = bounds(positive).unwrap_or((0.1, 1.0));
        let first = low.log10().floor() as i32;
        let last = (high.log10().ceil() as i32).max(first + 1);
        let every = ((last - first) / 6 + 1) as usize;
        let ticks = (first..=last).step_by(every).map(|power| 10_f64.powi(power)).collect();
        Axis {
            low: 10_f64.powi(first),
            high: 10_f64.powi(last),
            ticks,
            spread: Spread::Logarithmic,
        }
    }

    /// A logarithmic axis where the finite values are all above zero and the largest is more than a
    /// hundred times the smallest; else a linear one.
    pub(super) fn for_losses(values: impl IntoIterator<Item = f64>) -> Axis {
        let values: Vec<f64> = values.into_iter().collect();
        match bounds(values.iter().copied()) {
            Some((low, high)) if low > SMALLEST && high > 100.0 * low => Axis::by_ratio(values),
            _ => Axis::linear(values, 5),
        }
    }

    /// A linear axis of whole numbers from `first` to `last`, which are its ends, for epochs.
    pub(super) fn whole(first: usize, last: usize) -> Axis {
        let (low, high) = (first as f64, last.max(first + 1) as f64);
        let step = nice_step((high - low) / 6.0).max(1.0);
        let mut ticks: Vec<f64> = (1..)
            .map(|place| place as f64 * step)
            .skip_while(|tick| *tick <= low)
            .take_while(|tick| *tick < high - 0.5 * step)
            .collect();
        ticks.insert(0, low);
        if last > first {
            ticks.push(high);
        }
        Axis { low, high, ticks, spread: Spread::Linear }
    }

    /// The upper end.
    pub(super) fn high(&self) -> f64 {
        self.high
    }

    /// Whether `value` lies between the ends.
    pub(super) fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// Whether equal ratios take equal lengths.
    pub(super) fn is_logarithmic(&self) -> bool {
        self.spread == Spread::Logarithmic
    }

    /// The place of `value` along the axis in percent, held inside 0 to 100.
    pub(super) fn percent(&self, value: f64) -> f64 {
        let share = match self.spread {
            Spread::Linear => (value - self.low) / (self.high - self.low),
            Spread::Logarithmic => (value / self.low).log10() / (self.high / self.low).log10(),
        };
        if share.is_nan() { 0.0 } else { 100.0 * share.clamp(0.0, 1.0) }
    }

    /// Place in percent and label of every tick; labels show `value × scale`, such as 100 for `%`.
    pub(super) fn ticks(&self, scale: f64) -> Vec<(f64, String)> {
        let step = match self.spread {
            Spread::Linear => {
                self.ticks.windows(2).map(|two| two[1] - two[0]).next().unwrap_or(1.0)
            }
            Spread::Logarithmic => self.low,
        };
        self.ticks
            .iter()
            .map(|tick| {
                let label = match self.spread {
                    Spread::Linear => numbers::to_step(tick * scale, step * scale),
                    Spread::Logarithmic => numbers::significant(tick * scale),
                };
                (self.percent(*tick), label)
            })
            .collect()
    }
}

/// Grid lines and labels of a box with both axes. `across` is drawn below, `up` at the left.
pub(super) fn grid(across: &Axis, up: &Axis, up_scale: f64) -> Markup {
    html! {
        g.grid {
            @for (place, label) in up.ticks(up_scale) {
                line x1="0" x2="100%" y1=(pc(100.0 - place)) y2=(pc(100.0 - place)) {}
                text.tick x="0" dx="-8" y=(pc(100.0 - place)) dy="4" text-anchor="end" { (label) }
            }
            @for (place, label) in across.ticks(1.0) {
                text.tick x=(pc(place)) y="100%" dy="20" text-anchor="middle" { (label) }
            }
        }
    }
}

/// A percentage as an attribute of a drawing, to a hundredth.
pub(super) fn pc(percent: f64) -> String {
    format!("{}%", (percent * 100.0).round() / 100.0)
}

/// Values from here on are not drawn: their differences would overflow.
const LARGEST: f64 = 1e300;

/// Values up to here are not drawn by their ratio: its powers of ten would be no normal numbers.
const SMALLEST: f64 = 1e-300;

/// Smallest and largest of the values that can be drawn.
fn bounds(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values.into_iter().filter(|value| value.abs() < LARGEST).fold(None, |ends, value| {
        Some(
            ends.map_or((value, value), |(low, high): (f64, f64)| {
                (low.min(value), high.max(value))
            }),
        )
    })
}

/// The two ends of an axis, moved apart where they are the same.
fn apart(low: f64, high: f64) -> (f64, f64) {
    if high - low > 1e-12 * high.abs().max(low.abs()) {
        (low, high)
    } else if high == 0.0 {
        (0.0, 1.0)
    } else {
        (low - 0.1 * low.abs(), high + 0.1 * high.abs())
    }
}

/// The next of 1, 2 and 5 times a power of ten that is not below `rough`.
fn nice_step(rough: f64) -> f64 {
    let power = 10_f64.powf(rough.log10().floor());
    if !power.is_normal() {
        return f64::MIN_POSITIVE.max(rough);
    }
    let mantissa = rough / power;
    let nice = [1.0, 2.0, 5.0].into_iter().find(|nice| mantissa <= nice * (1.0 + 1e-9));
    power * nice.unwrap_or(10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<String> {
        axis.ticks(1.0).into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn a_linear_axis_ends_on_ticks_round_its_values() {
        // Values 0.4 to 3.1 in about 4 steps: 0.4 < 0.35 × 3.1, so from 0; (3.1 − 0) / 4 = 0.775 → 1.
        assert_eq!(labels(&Axis::linear([0.4, 3.1], 4)), ["0", "1", "2", "3", "4"]);
    }

    #[test]
    fn an_axis_far_from_zero_does_not_begin_there() {
        // (52,300 − 48,100) / 4 = 1,050 → step 2,000, from 48,000 to 54,000.
        let axis = Axis::linear([48_100.0, 52_300.0], 4);
        assert_eq!(labels(&axis), ["48,000", "50,000", "52,000", "54,000"]);
        assert_eq!(axis.percent(51_000.0), 50.0);
    }

    #[test]
    fn a_tight_axis_has_its_ticks_inside() {
        // −20 to 660 with 3 % of 680 on each side: −40.4 to 680.4.
        let axis = Axis::tight([-20.0, 660.0], 5);
        assert_eq!(labels(&axis), ["0", "200", "400", "600"]);
        assert_eq!((axis.low, axis.high), (-40.4, 680.4));
    }

    #[test]
    fn an_axis_has_a_length_whatever_the_values() {
        for values in [vec![], vec![0.0], vec![7.0, 7.0], vec![-3.0], vec![f64::NAN, f64::INFINITY]]
        {
            let axis = Axis::linear(values.clone(), 5);
            assert!(axis.high > axis.low, "{values:?} gave {axis:?}");
            assert!(axis.ticks.len() >= 2 && axis.ticks.len() < 20, "{values:?} gave {axis:?}");
        }
    }

    #[test]
    fn values_outside_and_values_that_are_no_numbers_stay_inside_the_box() {
        let axis = Axis::linear([0.0, 1.0], 5);
        assert_eq!(axis.percent(f64::NAN), 0.0);
        assert_eq!(axis.percent(f64::INFINITY), 100.0);
        assert_eq!(axis.percent(-4.0), 0.0);
    }

    #[test]
    fn losses_over_more_than_two_powers_of_ten_are_spread_by_ratio() {
        let axis = Axis::for_losses([0.01, 3.0, f64::NAN]);
        assert!(axis.is_logarithmic());
        assert_eq!(labels(&axis), ["0.01", "0.1", "1", "10"]);
        // log10(1 / 0.01) / log10(10 / 0.01) = 2 / 3.
        assert!((axis.percent(1.0) - 200.0 / 3.0).abs() < 1e-9);
        assert!(!Axis::for_losses([0.0, 3.0]).is_logarithmic());
    }

    #[test]
    fn an_axis_by_ratio_ends_on_powers_of_ten_whatever_the_values() {
        assert_eq!(labels(&Axis::by_ratio([0.02, 0.03])), ["0.01", "0.1"]);
        assert_eq!(labels(&Axis::by_ratio([0.0, f64::NAN, -1.0])), ["0.1", "1"]);
        let axis = Axis::by_ratio([1e-320, 1e-299, 1e299, f64::INFINITY]);
        assert!(axis.low.is_normal() && axis.high.is_finite() && axis.ticks.len() < 20);
    }

    #[test]
    fn epochs_have_whole_ticks_with_the_first_and_the_last() {
        assert_eq!(labels(&Axis::whole(1, 30)), ["1", "5", "10", "15", "20", "25", "30"]);
        assert_eq!(labels(&Axis::whole(1, 3)), ["1", "2", "3"]);
        assert_eq!(labels(&Axis::whole(1, 1)), ["1"]);
    }
}
