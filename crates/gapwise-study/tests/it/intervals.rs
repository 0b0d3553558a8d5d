//! Intervals against published tables, other implementations and arithmetic by hand.

use gapwise_study::{
    diagnosis::{GapKind, Ladder},
    interval::{
        Interval, PairedCounts, Rate, Term, combine, newcombe_difference, newcombe_paired, wilson,
    },
};

use crate::tables::{estimated, known, ladder};

#[track_caller]
fn near(found: Interval, low: f64, high: f64, off: f64) {
    assert!(
        (found.low - low).abs() <= off && (found.high - high).abs() <= off,
        "expected {low} to {high}, found {} to {}",
        found.low,
        found.high
    );
}

#[test]
fn wilson_by_hand() {
    // 1 error in 4, z = 1.959964, z² = 3.841459:
    //   middle = (0.25 + 3.841459 / 8) / (1 + 3.841459 / 4) = 0.730182 / 1.960365 = 0.372473
    //   half   = 1.959964 / 1.960365 · √(0.25 · 0.75 / 4 + 3.841459 / 64)
    //          = 0.999796 · √(0.046875 + 0.060023) = 0.999796 · 0.326952 = 0.326885
    near(wilson(1, 4, 0.95), 0.372473 - 0.326885, 0.372473 + 0.326885, 2e-6);
}

#[test]
fn wilson_gives_the_values_of_newcombes_table() {
    // Newcombe, "Two-sided confidence intervals for the single proportion" (1998), table I,
    // method 3.
    near(wilson(81, 263, 0.95), 0.2553, 0.3662, 5e-5);
    near(wilson(15, 148, 0.95), 0.0624, 0.1605, 5e-5);
    near(wilson(0, 20, 0.95), 0.0, 0.1611, 5e-5);
    near(wilson(1, 29, 0.95), 0.0061, 0.1718, 5e-5);
}

#[test]
fn newcombe_gives_the_values_of_his_table_for_independent_rates() {
    // Newcombe, "Interval estimation for the difference between independent proportions" (1998),
    // table II, method 10.
    let cases = [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ];
    for ((e1, n1), (e2, n2), low, high) in cases {
        near(newcombe_difference(Rate::of(e1, n1), Rate::of(e2, n2), 0.95), low, high, 5.1e-5);
    }
}

#[test]
fn newcombe_gives_the_values_of_his_table_for_paired_rates() {
    // Newcombe, "Improved confidence intervals for the difference between binomial proportions
    // based on paired data" (1998), table III, method 10; both wrong, only the first, only the
    // second, neither.
    let cases = [
        ([36.0, 12.0, 2.0, 0.0], 0.0569, 0.3404),
        ([20.0, 12.0, 2.0, 16.0], 0.0562, 0.3292),
        ([18.0, 12.0, 2.0, 18.0], 0.0562, 0.3290),
        ([36.0, 14.0, 0.0, 0.0], 0.1528, 0.4167),
        ([35.0, 14.0, 0.0, 1.0], 0.1461, 0.4175),
        ([18.0, 14.0, 0.0, 18.0], 0.1441, 0.3963),
        ([2.0, 97.0, 1.0, 0.0], 0.8721, 0.9854),
        // Printed as 0.8736 here and as 0.8737 for method 8, which is the same where the
        // correlation is negative.
        ([1.0, 97.0, 1.0, 1.0], 0.8737, 0.9850),
        ([0.0, 29.0, 1.0, 0.0], 0.6666, 0.9882),
        ([2.0, 98.0, 0.0, 0.0], 0.9178, 0.9945),
        ([1.0, 98.0, 0.0, 1.0], 0.9171, 0.9916),
        ([0.0, 30.0, 0.0, 0.0], 0.8395, 1.0),
        ([54.0, 0.0, 0.0, 0.0], -0.0664, 0.0664),
        ([53.0, 0.0, 0.0, 1.0], -0.0729, 0.0729),
        ([30.0, 0.0, 0.0, 24.0], -0.0358, 0.0358),
        ([29.0, 0.0, 0.0, 25.0], -0.0354, 0.0354),
        ([28.0, 0.0, 0.0, 26.0], -0.0352, 0.0352),
        ([27.0, 0.0, 0.0, 27.0], -0.0351, 0.0351),
    ];
    for ([both, only_first, only_second, neither], low, high) in cases {
        let counts = PairedCounts { both, only_first, only_second, neither };
        near(newcombe_paired(counts, 0.95), low, high, 5.1e-5);
    }
}

#[test]
fn every_interval_of_a_rate_agrees_with_the_reference() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/intervals.csv");
    let mut rows = csv::Reader::from_path(path).unwrap();
    let mut checked = 0;
    for row in rows.records() {
        let row = row.unwrap();
        let confidence: f64 = row[1].parse().unwrap();
        let n: Vec<f64> = row[2].split(' ').map(|n| n.parse().unwrap()).collect();
        let count = |place: usize| n[place] as usize;
        let rate = |place: usize| Rate::of(count(place), count(place + 1));
        let term = |place: usize| {
            let rate = rate(place + 1);
            let interval = rate.interval(confidence);
            Term { weight: n[place], value: rate.error, interval }
        };
        let found = match &row[0] {
            "wilson" => wilson(count(0), count(1), confidence),
            "newcombe" => newcombe_difference(rate(0), rate(2), confidence),
            "shifted" => combine(&[
                Term { weight: 1.0, value: rate(0).error, interval: rate(0).interval(confidence) },
                Term { weight: -1.0, value: n[2], interval: Interval::point(n[2]) },
            ]),
            "paired" => newcombe_paired(
                PairedCounts { both: n[0], only_first: n[1], only_second: n[2], neither: n[3] },
                confidence,
            ),
            "beyond" => {
                let held_out = |place| estimated(count(place), count(place + 1));
                let base = ladder(known(n[0]), known(n[1]), held_out(4));
                let train_validation = Some(held_out(2));
                let whole = Ladder { train_validation, test: held_out(6), ..base };
                whole.beyond_tolerance(GapKind::ALL[count(8)]).unwrap()
            }
            "linear" => combine(&[term(0), term(3), term(6)]),
            other => panic!("no interval is called `{other}`"),
        };
        near(found, row[3].parse().unwrap(), row[4].parse().unwrap(), 1e-9);
        checked += 1;
    }
    assert_eq!(checked, 114);
}

#[test]
fn no_interval_has_zero_width_because_nothing_was_wrong() {
    for n in [1, 10, 1_000, 1_000_000] {
        assert_eq!(wilson(0, n, 0.95).low, 0.0);
        assert!(wilson(0, n, 0.95).high > 0.0);
        assert_eq!(wilson(n, n, 0.95).high, 1.0);
        assert!(wilson(n, n, 0.95).low < 1.0);
        let difference = newcombe_difference(Rate::of(0, n), Rate::of(0, n), 0.95);
        assert!(difference.low < 0.0 && difference.high > 0.0);
        let alike = PairedCounts { neither: n as f64, ..PairedCounts::default() };
        let difference = newcombe_paired(alike, 0.95);
        assert!(difference.low < 0.0 && difference.high > 0.0);
    }
}

#[test]
fn no_examples_say_nothing() {
    near(wilson(0, 0, 0.95), 0.0, 1.0, 0.0);
    near(newcombe_paired(PairedCounts::default(), 0.95), -1.0, 1.0, 0.0);
}

#[test]
fn swapping_the_networks_mirrors_the_paired_interval() {
    let one = PairedCounts { both: 3.0, only_first: 5.0, only_second: 20.0, neither: 331.0 };
    let other = PairedCounts { both: 3.0, only_first: 20.0, only_second: 5.0, neither: 331.0 };
    let (one, other) = (newcombe_paired(one, 0.95), newcombe_paired(other, 0.95));
    near(one, -other.high, -other.low, 1e-15);
}

#[test]
fn networks_that_err_on_the_same_examples_are_told_apart_best() {
    // Both tables have 20 and 40 errors in 1,000. In the first the 20 are among the 40.
    let nested = PairedCounts { both: 20.0, only_first: 20.0, only_second: 0.0, neither: 960.0 };
    let apart = PairedCounts { both: 0.0, only_first: 40.0, only_second: 20.0, neither: 940.0 };
    let (nested, apart) = (newcombe_paired(nested, 0.95), newcombe_paired(apart, 0.95));
    assert!(nested.half_width() < 0.8 * apart.half_width());
}
