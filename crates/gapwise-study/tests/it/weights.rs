//! Weighted examples: errors and intervals by hand, and how often the intervals hold the truth.

use gapwise_data::Split;
use gapwise_study::{
    baseline::compare,
    diagnosis::{DiagnoseOptions, Diagnosis, HumanLevel, diagnose, ladder_text},
    interval::{Interval, Rate},
    metric::{MetricKind, Sample},
    predictions::{Outcome, PredictionTable},
    recipe::NoCommands,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::tables::{class_table, number_table};

fn answer(wrong: bool) -> Outcome {
    Outcome::class(0, u32::from(wrong), vec![0.5, 0.5])
}

/// A number that is answered `off` too high.
fn off_by(off: f64) -> Outcome {
    Outcome::number(10.0, 10.0 + off)
}

/// Answers with their weights.
fn sample(metric: MetricKind, answers: &[(Outcome, f64)]) -> Sample {
    let outcomes = answers.iter().map(|(outcome, weight)| (outcome, None, *weight));
    Sample::of_outcomes(metric.metric(), outcomes)
}

fn interval(metric: MetricKind, answers: &[(Outcome, f64)]) -> Interval {
    metric.metric().estimate(&sample(metric, answers)).unwrap().interval(0.95)
}

fn close(found: Interval, expected: Interval) -> bool {
    (found.low - expected.low).abs() < 1e-12 && (found.high - expected.high).abs() < 1e-12
}

#[test]
fn a_weighted_error_by_hand() {
    // Wrong: the weights 5 and 1 of 1 + 5 + 1 + 1 = 8: 6/8.
    let answers =
        [(answer(false), 1.0), (answer(true), 5.0), (answer(true), 1.0), (answer(false), 1.0)];
    let of = |answers: &[(Outcome, f64)], metric: MetricKind| {
        metric
            .metric()
            .error_of(answers.iter().map(|(outcome, weight)| (outcome, *weight)))
            .unwrap()
    };
    assert_eq!(of(&answers, MetricKind::ErrorRate), 0.75);
    // (1 · 1² + 5 · 3²) / (1 + 5) = 46/6.
    let answers = [(off_by(1.0), 1.0), (off_by(-3.0), 5.0)];
    assert!((of(&answers, MetricKind::Rmse) - (46.0_f64 / 6.0).sqrt()).abs() < 1e-15);
}

#[test]
fn few_wrong_answers_count_by_the_effective_number_of_examples() {
    // (1 + 5 + 1 + 1)² / (1 + 25 + 1 + 1) = 64/28 examples of which 6/8 are wrong.
    let answers =
        [(answer(false), 1.0), (answer(true), 5.0), (answer(true), 1.0), (answer(false), 1.0)];
    let expected = Rate { error: 0.75, examples: 64.0 / 28.0 }.interval(0.95);
    assert!(close(interval(MetricKind::ErrorRate, &answers), expected));
}

#[test]
fn the_worth_of_weighted_answers_by_hand() {
    // 8 of weight 1 and 4 of weight 2, half of either wrong: Σw = 16, Σw·wrong = 4 + 4, p = 1/2.
    //   Kish: 16² / (8 + 4 · 4) = 256/24 = 32/3.
    //   Of so many independent examples the variance is (1/2 · 1/2) / (32/3) = 3/128.
    //   The ratio's is 12/11 · Σ(w/2)² / 16² = 12/11 · (8/4 + 4) / 256 = 12/11 · 3/128.
    //   So the effect is 12/11, and the worth 32/3 · 11/12 = 88/9.
    let answers: Vec<(Outcome, f64)> = (0..12)
        .map(|number| (answer(number % 2 == 0), if number < 8 { 1.0 } else { 2.0 }))
        .collect();
    let expected = Rate { error: 0.5, examples: 88.0 / 9.0 }.interval(0.95);
    assert!(close(interval(MetricKind::ErrorRate, &answers), expected));
    // A common factor changes nothing, however large or small.
    for factor in [5.0, 1e-300, 1e300] {
        let scaled: Vec<_> =
            answers.iter().map(|(o, weight)| (o.clone(), weight * factor)).collect();
        assert!(close(interval(MetricKind::ErrorRate, &scaled), expected), "{factor}");
    }
}

/// The table with these weights in turn.
fn weighted(mut table: PredictionTable, weights: &[f64]) -> PredictionTable {
    for (row, weight) in table.rows.iter_mut().zip(weights.iter().cycle()) {
        row.weight = *weight;
    }
    table
}

fn judged(table: &PredictionTable) -> Diagnosis {
    diagnose(table, &DiagnoseOptions::new("runs/cats-1"), &NoCommands).unwrap()
}

fn tables() -> [PredictionTable; 3] {
    let pairs: Vec<(f64, f64)> =
        (0..90).map(|n| (f64::from(n), f64::from(n) + f64::from(n * 7 % 11) - 4.5)).collect();
    let classes = class_table(&[(Split::Train, 200, 3), (Split::Validation, 90, 20)]);
    let mut groups = classes.clone();
    for (number, row) in groups.rows.iter_mut().enumerate() {
        row.group = Some((number * number % 31).to_string());
    }
    let numbers = number_table(&[(Split::Train, &pairs[..40]), (Split::Validation, &pairs)]);
    [classes, groups, numbers]
}

#[test]
fn equal_weights_give_exactly_what_none_give() {
    for table in tables() {
        let heavy = weighted(table.clone(), &[0.3]);
        assert_eq!(judged(&heavy), judged(&table));
        let metric = MetricKind::of(&table.target).metric();
        let baseline: Vec<Outcome> = table
            .of(Split::Validation)
            .map(|row| match row.outcome.numbers() {
                Some((label, _)) => Outcome::number(label, 45.0),
                None => answer(true),
            })
            .collect();
        assert_eq!(
            compare("mean", metric, &heavy, &baseline).unwrap(),
            compare("mean", metric, &table, &baseline).unwrap()
        );
    }
}

#[test]
fn examples_of_weight_zero_are_left_out_and_counted() {
    for table in tables() {
        let mut fewer = table.clone();
        let mut place = 0;
        fewer.rows.retain(|_| {
            place += 1;
            place % 3 != 0
        });
        let mut with = judged(&weighted(table, &[1.0, 1.0, 0.0]));
        assert!(with.assumed.iter().any(|line| line.starts_with("Of weight 0, and left out: ")));
        with.assumed.retain(|line| !line.starts_with("Of weight 0"));
        assert_eq!(with, judged(&fewer));
    }
}

#[test]
fn a_split_without_any_weight_is_refused() {
    let table = weighted(class_table(&[(Split::Validation, 3, 1)]), &[0.0]);
    let error = diagnose(&table, &DiagnoseOptions::new("runs/cats-1"), &NoCommands).unwrap_err();
    insta::assert_snapshot!(format!("error: {error}\nhint: {}", error.hint()), @r"
    error: all 3 validation examples have the weight 0
    hint: only how weights compare counts, so one of them has to be above 0
    ");
}

#[test]
fn a_weighted_ladder_says_so() {
    let table = class_table(&[(Split::Train, 100, 0), (Split::Validation, 60, 12)]);
    let mut options = DiagnoseOptions::new("runs/cats-1");
    options.human = HumanLevel::Given(0.01);
    let diagnosis = diagnose(&weighted(table, &[1.0, 5.0]), &options, &NoCommands).unwrap();
    let heading = &ladder_text(&diagnosis)[0].text;
    assert_eq!(heading, "Gap ladder (weighted error rate, 60 validation examples)");
    insta::assert_snapshot!(diagnosis.assumed.join("\n"), @r"
    The human level of 1.00 % was given and is taken as known.
    The tolerance follows from the validation error and is as uncertain as that: a gap is judged by the interval of what it is above the tolerance.
    Errors are weighted: an example counts as much as its weight.
    The human level is taken to be weighted in the same way.
    ");
}

#[test]
fn one_example_with_nearly_all_the_weight_says_little() {
    let weight = |number: usize| if number == 0 { 1e6 } else { 1.0 };
    let answers: Vec<_> = (0..300).map(|n| (answer(n % 3 == 0), weight(n))).collect();
    let found = interval(MetricKind::ErrorRate, &answers);
    assert!(found.low < 0.3, "{found:?}");
    let answers: Vec<_> = (0..300).map(|n| (off_by((n % 7) as f64 + 1.0), weight(n))).collect();
    let found = interval(MetricKind::Rmse, &answers);
    assert!(found.high > 3.0 && found.high.is_finite(), "{found:?}");
}

/// One kind of example: its weight, and how often each of two networks is wrong on it.
#[derive(Clone, Copy)]
struct Kind {
    weight: f64,
    wrong: [f64; 2],
}

/// The share of 1,000 samples of 300 examples, of either kind by chance, whose intervals hold the
/// truth: that of the first network's error, and that of its difference from the second's.
fn coverage(kinds: [Kind; 2]) -> [f64; 2] {
    let metric = MetricKind::ErrorRate;
    let all: f64 = kinds.iter().map(|kind| kind.weight).sum();
    let truth = [0, 1].map(|network: usize| {
        kinds.iter().map(|kind| kind.weight * kind.wrong[network]).sum::<f64>() / all
    });
    let mut random = ChaCha8Rng::seed_from_u64(17);
    let mut held = [0; 2];
    let draws = 1_000;
    for _ in 0..draws {
        let [mut first, mut second] = [Vec::new(), Vec::new()];
        for _ in 0..300 {
            let Kind { weight, wrong } = kinds[usize::from(random.random::<bool>())];
            first.push((answer(random.random::<f64>() < wrong[0]), weight));
            second.push((answer(random.random::<f64>() < wrong[1]), weight));
        }
        let (first, second) = (sample(metric, &first), sample(metric, &second));
        let found = [
            metric.metric().estimate(&first).unwrap().interval(0.95).contains(truth[0]),
            metric.metric().paired(&first, &second, 0.95).unwrap().contains(truth[0] - truth[1]),
        ];
        held.iter_mut().zip(found).for_each(|(held, found)| *held += usize::from(found));
    }
    held.map(|held| held as f64 / f64::from(draws))
}

#[test]
fn intervals_of_weighted_rates_hold_what_they_promise() {
    let kinds = |light: [f64; 2], heavy: [f64; 2]| {
        [Kind { weight: 1.0, wrong: light }, Kind { weight: 5.0, wrong: heavy }]
    };
    for (what, kinds) in [
        ("weights say nothing of errors", kinds([0.2, 0.25], [0.2, 0.25])),
        ("the harder class is heavier", kinds([0.1, 0.15], [0.3, 0.25])),
        ("the easier class is heavier", kinds([0.25, 0.2], [0.15, 0.2])),
    ] {
        let found = coverage(kinds);
        assert!(found.iter().all(|share| (0.93..=0.97).contains(share)), "{what}: {found:?}");
    }
}
