//! Every metric against arithmetic by hand and against an independent implementation.

use gapwise_study::{
    metric::{Metric, MetricKind, Sample, Undefined},
    predictions::{Outcome, Target},
};

/// An example of two classes: whether it is of the second, and the score of the second.
fn two(label: u32, score: f32) -> Outcome {
    let prediction = u32::from(score > 0.5);
    Outcome::class(label, prediction, vec![1.0 - score, score])
}

fn number(label: f64, prediction: f64) -> Outcome {
    Outcome::number(label, prediction)
}

fn sample(metric: Metric, answers: &[(Outcome, f64)]) -> Sample {
    Sample::of_outcomes(metric, answers.iter().map(|(outcome, weight)| (outcome, None, *weight)))
}

#[track_caller]
fn near(metric: MetricKind, answers: &[(Outcome, f64)], expected: f64) {
    let found = metric.metric().error(&sample(metric.metric(), answers)).unwrap();
    assert!((found - expected).abs() < 1e-7, "{metric}: expected {expected}, found {found}");
}

/// Five examples of two classes, the fourth of weight 3.
fn five() -> Vec<(Outcome, f64)> {
    vec![
        (two(1, 0.875), 1.0),
        (two(1, 0.625), 1.0),
        (two(1, 0.25), 1.0),
        (two(0, 0.625), 3.0),
        (two(0, 0.125), 1.0),
    ]
}

#[test]
fn metrics_of_two_classes_by_hand() {
    // Wrong: the third and the fourth, 1 + 3 of 7.
    near(MetricKind::ErrorRate, &five(), 4.0 / 7.0);
    // tp = 2, fp = 3, fn = 1: 1 − 4/(4 + 3 + 1) = 1/2.
    near(MetricKind::F1, &five(), 0.5);
    // Of class 0 tp = 1, fp = 1, fn = 3: F1 = 2/(2 + 4) = 1/3. 1 − (1/2 + 1/3)/2 = 7/12.
    near(MetricKind::MacroF1, &five(), 7.0 / 12.0);
    // Pairs weigh 3 · 4 = 12. In the wrong order: the third below the fourth, 3; half of the second
    // beside the fourth, 1.5. 4.5/12.
    near(MetricKind::Auroc, &five(), 4.5 / 12.0);
    // Precision at 0.875: 1; at 0.625: 2/(2 + 3); at 0.25: 3/(3 + 3).
    // 1 − (1 + 2/5 + 1/2)/3 = 11/30.
    near(MetricKind::AveragePrecision, &five(), 11.0 / 30.0);
    // Scores of the right class: 7/8, 5/8, 1/4, 3/8 three times, 7/8.
    let losses = 2.0 * -(7.0_f64 / 8.0).ln()
        - (5.0_f64 / 8.0).ln()
        - 0.25_f64.ln()
        - 3.0 * (3.0_f64 / 8.0).ln();
    near(MetricKind::LogLoss, &five(), losses / 7.0);
    // Confidence: 0.875 (right) and 0.875 (right) in the bin (13/15, 14/15]: off by 2 · 0.125;
    // 0.625 (right) and three times 0.625 (wrong) in (9/15, 10/15]: |1 − 4 · 0.625| = 1.5;
    // 0.75 (wrong) in (11/15, 12/15]: 0.75. (0.25 + 1.5 + 0.75)/7.
    near(MetricKind::CalibrationError, &five(), 2.5 / 7.0);
}

#[test]
fn metrics_of_numbers_by_hand() {
    // Off by 1, −2 and 4 with the weights 1, 1 and 2; labels 0, 4, 6 have the weighted mean 4.
    let answers = [(number(0.0, 1.0), 1.0), (number(4.0, 2.0), 1.0), (number(6.0, 10.0), 2.0)];
    // (1 + 4 + 2 · 16)/4 = 37/4.
    near(MetricKind::Rmse, &answers, (37.0_f64 / 4.0).sqrt());
    // (1 + 2 + 2 · 4)/4 = 11/4.
    near(MetricKind::Mae, &answers, 11.0 / 4.0);
    // About the mean: 16 + 0 + 2 · 4 = 24. 37/24.
    near(MetricKind::R2, &answers, 37.0 / 24.0);
}

#[test]
fn the_positive_class_is_the_one_that_is_said() {
    // Of class 0: tp = 1, fp = 1, fn = 3, so 1 − F1 = 2/3; the order of pairs is the same.
    let first = |kind: MetricKind| {
        let metric = kind.with_positive(Some(0));
        metric.error(&sample(metric, &five())).unwrap()
    };
    assert!((first(MetricKind::F1) - 2.0 / 3.0).abs() < 1e-12);
    assert!((first(MetricKind::Auroc) - 4.5 / 12.0).abs() < 1e-12);
    // Highest scores of class 0: 0.875 of it; 0.75 not; 0.375 three times of it beside one that is
    // not: precision 1 once, (1 + 3)/(1 + 1 + 3 + 1) = 2/3 three times. 1 − (1 + 3 · 2/3)/4 = 1/4.
    assert!((first(MetricKind::AveragePrecision) - 0.25).abs() < 1e-12);
}

#[test]
fn what_is_not_defined_says_why() {
    let why = |kind: MetricKind, answers: &[(Outcome, f64)]| {
        let metric = kind.metric();
        let sample = sample(metric, answers);
        let why = metric.error(&sample).unwrap_err();
        assert_eq!(metric.estimate(&sample).unwrap_err(), why);
        assert_eq!(metric.paired(&sample, &sample, 0.95).unwrap_err(), why);
        why
    };
    let none = [(two(0, 0.1), 1.0), (two(0, 0.9), 1.0)];
    let all = [(two(1, 0.1), 1.0), (two(1, 0.9), 1.0)];
    assert_eq!(why(MetricKind::F1, &none), Undefined::NoPositives);
    assert_eq!(why(MetricKind::Auroc, &none), Undefined::NoPositives);
    assert_eq!(why(MetricKind::AveragePrecision, &none), Undefined::NoPositives);
    assert_eq!(why(MetricKind::Auroc, &all), Undefined::NoNegatives);
    let three = Outcome::class(2, 2, vec![0.25, 0.25, 0.5]);
    assert_eq!(why(MetricKind::Auroc, &[(three, 1.0)]), Undefined::OneClass);
    let equal = [(number(3.1, 1.0), 1.0), (number(3.1, 2.0), 1.0), (number(3.1, 3.0), 0.7)];
    assert_eq!(why(MetricKind::R2, &equal), Undefined::NoVariance);
    let bare = Outcome::class(0, 0, vec![]);
    assert_eq!(why(MetricKind::Auroc, &[(bare, 1.0)]), Undefined::NoScores);
    for metric in MetricKind::ALL {
        assert_eq!(why(metric, &[]), Undefined::NoExamples);
    }
    let (nan, wrong) = (two(1, f32::NAN), number(1.0, f64::NAN));
    for metric in [MetricKind::Auroc, MetricKind::AveragePrecision, MetricKind::LogLoss] {
        assert_eq!(why(metric, &[(nan.clone(), 1.0), (two(0, 0.5), 1.0)]), Undefined::NotFinite);
    }
    for metric in [MetricKind::Mae, MetricKind::R2] {
        assert_eq!(why(metric, &[(wrong.clone(), 1.0)]), Undefined::NotFinite);
    }
}

#[test]
fn no_interval_is_of_zero_width_and_none_leaves_what_its_error_can_be() {
    let tables: [Vec<(Outcome, f64)>; 6] = [
        // One of each class; all right; all wrong; all scores tied; a perfect order; one wrong.
        vec![(two(1, 0.9), 1.0), (two(0, 0.1), 1.0)],
        (0..40).map(|n| (two(n % 2, 0.25 + 0.5 * (n % 2) as f32), 1.0)).collect(),
        (0..40).map(|n| (two(n % 2, 0.75 - 0.5 * (n % 2) as f32), 1.0)).collect(),
        (0..40).map(|n| (two(n % 2, 0.5), 1.0)).collect(),
        (0..40).map(|n| (two(u32::from(n > 30), n as f32 / 40.0), 1.0)).collect(),
        (0..40)
            .map(|n| (two(n % 2, if n == 0 { 0.9 } else { 0.8 * (n % 2) as f32 }), 1.0))
            .collect(),
    ];
    let classes = Target::classes(vec!["a".into(), "b".into()]);
    for (number, table) in tables.iter().enumerate() {
        for metric in MetricKind::fitting(&classes).map(MetricKind::metric) {
            let sample = sample(metric, table);
            let found = metric.estimate(&sample).unwrap();
            let interval = found.interval(0.95);
            let kind = metric.kind;
            assert!(interval.low < interval.high, "{kind}, table {number}: {interval:?}");
            assert!(
                interval.contains(found.error),
                "{kind}, table {number}: {found:?} {interval:?}"
            );
            let most = if kind.is_rate() { 1.0 } else { f64::MAX };
            assert!(interval.low >= 0.0 && interval.high <= most, "{kind}: {interval:?}");
            let same = metric.paired(&sample, &sample, 0.95).unwrap();
            assert!(same.low < 0.0 && 0.0 < same.high, "{kind}, table {number}: {same:?}");
        }
    }
    let numbers = [
        vec![(number(1.0, 2.0), 1.0), (number(2.0, 3.0), 1.0)],
        vec![(number(1.0, 1.0), 1.0), (number(2.0, 2.0), 1.0), (number(4.0, 4.0), 1.0)],
    ];
    for table in &numbers {
        for metric in [MetricKind::Mae, MetricKind::R2].map(MetricKind::metric) {
            let interval = metric.estimate(&sample(metric, table)).unwrap().interval(0.95);
            assert!(0.0 <= interval.low && interval.low < interval.high, "{interval:?}");
        }
    }
}

/// The answers of `metric-answers.csv` in one table, with their weights or with 1.
fn stored(table: &str, weighted: bool) -> Vec<(Outcome, f64)> {
    let answer = |line: &str| {
        let [of, weight, label, answers] = line.split(',').collect::<Vec<_>>()[..] else {
            panic!()
        };
        let answers: Vec<f64> = answers.split(' ').map(|text| text.parse().unwrap()).collect();
        let outcome = match answers[..] {
            [prediction] => Outcome::number(label.parse().unwrap(), prediction),
            _ => {
                let scores: Vec<f32> = answers.iter().map(|&score| score as f32).collect();
                let best = scores.iter().copied().fold(0.0, f32::max);
                let prediction = scores.iter().position(|&score| score == best).unwrap() as u32;
                Outcome::class(label.parse().unwrap(), prediction, scores)
            }
        };
        (of == table).then(|| (outcome, if weighted { weight.parse().unwrap() } else { 1.0 }))
    };
    include_str!("../reference/metric-answers.csv").lines().skip(1).filter_map(answer).collect()
}

#[test]
fn errors_and_standard_errors_are_those_of_an_independent_implementation() {
    let mut compared = 0;
    for line in include_str!("../reference/metrics.csv").lines().skip(1) {
        let [table, weighted, kind, error, spread] = line.split(',').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let Ok(kind) = kind.parse::<MetricKind>() else { continue };
        let metric = kind.metric();
        let found = metric.estimate(&sample(metric, &stored(table, weighted == "1"))).unwrap();
        let (error, spread): (f64, f64) = (error.parse().unwrap(), spread.parse().unwrap());
        assert!((found.error / error - 1.0).abs() < 1e-6, "{line}: {}", found.error);
        if let Some(deviation) = found.standard_error() {
            assert!((deviation / spread - 1.0).abs() < 1e-6, "{line}: {deviation}");
            compared += 1;
        }
    }
    // All but the error rate, whose interval is Wilson's: six and five of classes, three of numbers.
    assert_eq!(compared, 2 * (6 + 5 + 3));
}

#[test]
fn the_standard_error_of_an_auroc_is_delongs_but_for_one_example_less() {
    let line = include_str!("../reference/metrics.csv").lines().find(|l| l.contains("delong"));
    let delong: f64 = line.unwrap().rsplit(',').next().unwrap().parse().unwrap();
    let metric = MetricKind::Auroc.metric();
    let found = metric.estimate(&sample(metric, &stored("two", false))).unwrap();
    // DeLong divides squares by n − 1 in place of n; the rarer class has more than 20 examples.
    let ratio = delong / found.standard_error().unwrap();
    assert!((1.0..(20.0_f64 / 19.0).sqrt()).contains(&ratio), "{ratio}");
}
