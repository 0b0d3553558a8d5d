//! Intervals from one to seven units, and from a few groups.

use gapwise_study::{
    interval::Interval,
    metric::{MetricKind, Sample},
    predictions::Outcome,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A standard normal number (Box and Muller).
fn normal(random: &mut ChaCha8Rng) -> f64 {
    let (radius, angle): (f64, f64) = (random.random(), random.random());
    (-2.0 * (1.0 - radius).ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
}

/// Answers to prices about 10 that are off by `off`, in groups of `size`.
fn sample(off: &[f64], size: usize) -> Sample {
    let outcomes: Vec<(Outcome, String)> = off
        .iter()
        .enumerate()
        .map(|(number, off)| {
            let label = 10.0 + (number % 7) as f64;
            let group = (number / size).to_string();
            (Outcome::number(label, label + off), group)
        })
        .collect();
    let grouped = outcomes.iter().map(|(outcome, group)| (outcome, Some(group.as_str()), 1.0));
    Sample::of_outcomes(MetricKind::Rmse.metric(), grouped)
}

/// The intervals of a first network's error, which is 1 in truth, and of what a second one's is
/// less, which is 0 in truth; their answers correlate by 0.8.
fn intervals(random: &mut ChaCha8Rng, units: usize, size: usize) -> [Interval; 2] {
    let first: Vec<f64> = (0..units * size).map(|_| normal(random)).collect();
    let second: Vec<f64> = first.iter().map(|one| 0.8 * one + 0.6 * normal(random)).collect();
    let (first, second) = (sample(&first, size), sample(&second, size));
    let metric = MetricKind::Rmse.metric();
    [metric.estimate(&first).unwrap().interval(0.95), metric.paired(&first, &second, 0.95).unwrap()]
}

#[test]
fn intervals_of_few_units_hold_what_they_promise() {
    let tables = 500;
    let shares = |units: usize, size: usize| {
        let mut random = ChaCha8Rng::seed_from_u64(11);
        let mut held = [0; 2];
        for _ in 0..tables {
            let found = intervals(&mut random, units, size);
            for ((held, interval), truth) in held.iter_mut().zip(found).zip([1.0, 0.0]) {
                assert!(interval.low < interval.high, "{units} units: {interval:?}");
                *held += usize::from(interval.contains(truth));
            }
        }
        held.map(|held| held as f64 / f64::from(tables))
    };
    for (units, size) in [(1, 1), (2, 1), (3, 1), (4, 1), (5, 1), (2, 20), (5, 20)] {
        let [error, difference] = shares(units, size);
        assert!(error >= 0.93, "error of {units} units of {size}: {error}");
        assert!(difference >= 0.90, "difference of {units} units of {size}: {difference}");
    }
}

#[test]
fn two_units_that_happen_to_be_nearly_alike_are_not_taken_for_certain() {
    // 0.13 and 0.1300001 from the label. Two normal residuals say √(2/7.377759) = 0.5207 to
    // √(2/0.050636) = 6.285 times the error: 0.0677 to 0.817.
    let interval = MetricKind::Rmse.metric().estimate(&sample(&[0.13, 0.130_000_1], 1));
    let interval = interval.unwrap().interval(0.95);
    assert!((interval.low - 0.0677).abs() < 1e-4 && (interval.high - 0.817).abs() < 1e-3);
}

#[test]
fn an_interval_of_few_units_narrows_with_more_of_them() {
    let found = MetricKind::Rmse.metric().estimate(&sample(&[0.5, -2.0, 1.0], 1)).unwrap();
    let widths: Vec<f64> =
        [3, 6, 30, 3_000, 3_000_000].map(|n| found.interval_at(0.95, n).half_width()).into();
    assert!(widths.windows(2).all(|pair| pair[1] < pair[0]), "{widths:?}");
    assert!(widths[4] < 1e-2);
}

/// 20 groups of 100 answers; `wrong` says of a group and a place in it whether the answer is.
fn groups(wrong: impl Fn(usize, usize) -> bool) -> Sample {
    let outcomes: Vec<(Outcome, String)> = (0..2_000)
        .map(|number| {
            let wrong = wrong(number / 100, number % 100);
            let prediction = u32::from(wrong);
            let scores = vec![0.5, 0.5];
            (Outcome::class(0, prediction, scores), (number / 100).to_string())
        })
        .collect();
    let grouped = outcomes.iter().map(|(outcome, group)| (outcome, Some(group.as_str()), 1.0));
    Sample::of_outcomes(MetricKind::ErrorRate.metric(), grouped)
}

#[test]
fn networks_that_err_on_the_same_grouped_examples_are_told_apart_better_than_on_others() {
    let metric = MetricKind::ErrorRate.metric();
    let first = groups(|_, place| place < 5);
    // The same 5 % but for two answers in one group; and 5 % of answers that the first has right.
    let alike = groups(|group, place| if group == 3 { (2..7).contains(&place) } else { place < 5 });
    let other = groups(|_, place| (5..10).contains(&place));
    let alone = |sample: &Sample| metric.estimate(sample).unwrap().interval(0.95);
    let apart = |second: &Sample| {
        let (one, two) = (alone(&first), alone(second));
        ((0.05 - one.low).powi(2) + (two.high - 0.05).powi(2)).sqrt()
    };
    let paired = metric.paired(&first, &alike, 0.95).unwrap();
    assert!(paired.contains(0.0) && paired.low < paired.high);
    assert!(paired.half_width() < 0.5 * apart(&alike), "{paired:?} {}", apart(&alike));
    assert!(paired.half_width() < metric.paired(&first, &other, 0.95).unwrap().half_width());
}

#[test]
fn whole_groups_that_only_one_network_gets_wrong_keep_the_interval_wide() {
    let metric = MetricKind::ErrorRate.metric();
    // Both are wrong in 2 of 100 everywhere; the second also in all of one group.
    let (first, second) = (groups(|_, p| p < 2), groups(|group, p| p < 2 || group == 7));
    let paired = metric.paired(&first, &second, 0.95).unwrap();
    assert!(paired.contains(0.0), "one group of 20 is not beyond chance: {paired:?}");
}
