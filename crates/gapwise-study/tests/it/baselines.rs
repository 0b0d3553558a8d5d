//! Baselines beside the network.

use gapwise_data::Split;
use gapwise_study::{
    baseline::{
        BaselineError, BaselineReport, Better, Constant, compare,
        linear::{LinearFit, LinearRecord, Shrunk},
        warnings,
    },
    interval::{PairedCounts, newcombe_paired, wilson},
    metric::{Metric, MetricKind},
    predictions::{Outcome, Prediction, PredictionTable, Target, Truth},
};

use crate::tables::{class_table, number_table};

const RATE: Metric = Metric { kind: MetricKind::ErrorRate, positive: 1 };
const RMSE: Metric = Metric { kind: MetricKind::Rmse, positive: 1 };

/// The validation rows' outcomes with the first `errors` of them wrong.
fn answers(examples: usize, errors: impl Fn(usize) -> bool) -> Vec<Outcome> {
    (0..examples)
        .map(|number| Outcome::class(0, u32::from(errors(number)), vec![0.5, 0.5]))
        .collect()
}

fn network(errors: usize) -> PredictionTable {
    class_table(&[(Split::Train, 10, 0), (Split::Validation, 400, errors)])
}

#[test]
fn majority_is_the_most_frequent_class_and_the_first_of_equals() {
    let majority = |of: &[u32], classes: usize| {
        let target = Target::classes((0..classes).map(|class| class.to_string()).collect());
        target.constant(of.iter().copied().map(Truth::Class))
    };
    let class = |baseline: Option<Constant>| {
        Target::show_prediction(
            &Target::classes(["0", "1", "2"].map(String::from).to_vec()),
            &baseline.unwrap().prediction,
        )
    };
    assert_eq!(class(majority(&[2, 1, 1, 0], 3)), "1");
    assert_eq!(class(majority(&[2, 1, 1, 2], 3)), "1");
    assert_eq!(majority(&[], 3), None);
    let majority = majority(&[1, 1, 1, 0], 2).unwrap();
    assert_eq!(majority.name, "majority");
    let answers = majority.answers(&network(0));
    assert_eq!(answers.len(), 400);
    assert_eq!(answers[0], Outcome::class(0, 1, vec![0.25, 0.75]));
}

#[test]
fn mean_is_the_mean_of_the_training_labels() {
    let target = Target::number("price");
    let mean = target.constant([1.0, 2.0, 6.0].map(Truth::Number)).unwrap();
    assert_eq!((mean.name, &mean.prediction), ("mean", &Prediction::Number(3.0)));
    assert_eq!(target.constant([]), None);
    let table = number_table(&[(Split::Validation, &[(5.0, 4.0)])]);
    assert_eq!(mean.answers(&table), [Outcome::number(5.0, 3.0)]);
}

#[test]
fn a_network_that_beats_the_baseline_beyond_noise_is_better() {
    let report =
        compare("linear", RATE, &network(10), &answers(400, |number| number < 40)).unwrap();
    assert_eq!((report.error, report.difference), (0.1, 0.1 - 0.025));
    assert_eq!(report.interval, wilson(40, 400, 0.95));
    // The network's 10 errors are among the baseline's 40.
    let counts = PairedCounts { both: 10.0, only_first: 30.0, only_second: 0.0, neither: 360.0 };
    assert_eq!(report.difference_interval, newcombe_paired(counts, 0.95));
    assert_eq!(report.better, Better::Network);
    assert_eq!(report.advice(), None);
    insta::assert_snapshot!(report.sentence(MetricKind::ErrorRate, "%"), @r"This network is better than the linear baseline: on the same 400 validation examples the network's error is 2.50 % and the baseline's 10.00 %, a difference of 7.50 % (5.05 – 10.49 %).");
}

#[test]
fn a_network_that_does_not_beat_the_linear_baseline_is_not_called_for() {
    let report =
        compare("linear", RATE, &network(10), &answers(400, |number| number >= 388)).unwrap();
    assert_eq!(report.better, Better::CannotTell);
    insta::assert_snapshot!(
        format!("{} {}", report.sentence(MetricKind::ErrorRate, "%"), report.advice().unwrap()),
        @r"This network is not better than the linear baseline beyond noise: on the same 400 validation examples the network's error is 2.50 % and the baseline's 3.00 %, a difference of 0.50 % (−1.94 to 2.98 %). This data does not call for deep learning, as far as 400 validation examples show."
    );
    let majority = compare("majority", RATE, &network(10), &answers(400, |n| n >= 388)).unwrap();
    assert_eq!(majority.advice(), None);
}

#[test]
fn few_validation_examples_do_not_say_what_the_data_calls_for() {
    let with = |examples: usize| {
        let network = class_table(&[(Split::Validation, examples, 0)]);
        compare("linear", RATE, &network, &answers(examples, |_| false)).unwrap()
    };
    assert_eq!(with(29).advice(), None);
    assert!(with(30).advice().is_some());
    insta::assert_snapshot!(with(1).sentence(MetricKind::ErrorRate, "%"), @"This network is not better than the linear baseline beyond noise: on the same validation example the network's error is 0.00 % and the baseline's 0.00 %, a difference of 0.00 % (−79.35 to 79.35 %).");
}

#[test]
fn a_baseline_can_be_better() {
    let report =
        compare("linear", RATE, &network(60), &answers(400, |number| number < 10)).unwrap();
    assert_eq!(report.better, Better::Baseline);
    assert!(report.advice().is_some());
    insta::assert_snapshot!(report.sentence(MetricKind::ErrorRate, "%"), @r"The linear baseline is better than this network: on the same 400 validation examples the network's error is 15.00 % and the baseline's 2.50 %, a difference of −12.50 % (−16.08 to −9.41 %).");
}

#[test]
fn networks_that_answer_alike_are_not_told_apart() {
    let report =
        compare("linear", RATE, &network(10), &answers(400, |number| number < 10)).unwrap();
    assert_eq!(report.difference, 0.0);
    assert!(report.difference_interval.low < 0.0 && report.difference_interval.high > 0.0);
    assert_eq!(report.better, Better::CannotTell);
}

fn prices(off: impl Fn(usize) -> f64) -> Vec<(f64, f64)> {
    (0..200).map(|number| (number as f64, number as f64 + off(number))).collect()
}

#[test]
fn rmse_is_compared_by_pairs() {
    // Both networks are off by the same amount everywhere but for a small constant factor, so that
    // pairs tell them apart where two separate intervals would not.
    let noise = |number: usize| (number as f64 * 1.3).sin() * 10.0;
    let ours = prices(noise);
    let table = number_table(&[(Split::Validation, &ours)]);
    let theirs: Vec<Outcome> = prices(|number| 1.05 * noise(number))
        .into_iter()
        .map(|(label, prediction)| Outcome::number(label, prediction))
        .collect();
    let report = compare("linear", RMSE, &table, &theirs).unwrap();
    assert!((report.difference / report.error - 0.05 / 1.05).abs() < 1e-12);
    assert_eq!(report.better, Better::Network);
    let ours = report.error - report.difference;
    assert!(report.interval.contains(ours), "apart, they would not be told apart");
    assert!(report.difference_interval.contains(report.difference));
    assert_eq!(report, compare("linear", RMSE, &table, &theirs).unwrap());
    insta::assert_snapshot!(report.sentence(MetricKind::Rmse, "price"), @r"This network is better than the linear baseline: on the same 200 validation examples the network's error is 7.065 and the baseline's 7.419, a difference of 0.3533 (0.3357 – 0.3708) price.");
}

#[test]
fn equal_regressions_have_an_interval_of_some_width() {
    let table = number_table(&[(Split::Validation, &prices(|_| 0.0))]);
    let same: Vec<Outcome> = table.rows.iter().map(|row| row.outcome.clone()).collect();
    let report = compare("linear", RMSE, &table, &same).unwrap();
    assert!(report.difference_interval.low < 0.0 && report.difference_interval.high > 0.0);
    assert_eq!(report.better, Better::CannotTell);
}

#[test]
fn every_error_says_what_does_not_fit() {
    let numbers = number_table(&[(Split::Validation, &[(1.0, f64::NAN)])]);
    let errors: [BaselineError; 4] = [
        compare("majority", RATE, &class_table(&[]), &[]).unwrap_err(),
        compare("majority", RATE, &network(1), &answers(3, |_| false)).unwrap_err(),
        compare("mean", RATE, &network(1), &[Outcome::number(1.0, 1.0)]).unwrap_err(),
        compare("mean", RATE, &numbers, &[Outcome::number(1.0, 1.0)]).unwrap_err(),
    ];
    let said: Vec<String> = errors.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(said.join("\n"), @r"
    the prediction table has no validation examples
    majority baseline: expected an answer to each of 400 validation examples, found 3
    mean baseline: expected an answer to each of 400 validation examples, found 0
    mean baseline: error rate is not defined, because some answers are not finite numbers
    ");
}

#[test]
fn a_linear_baseline_below_the_majority_is_a_warning() {
    let report = |name, errors: usize| {
        compare(name, RATE, &network(10), &answers(400, |number| number < errors)).unwrap()
    };
    let (majority, linear) = (report("majority", 100), report("linear", 130));
    let said = warnings(&[majority.clone(), linear.clone()], MetricKind::ErrorRate, "%");
    insta::assert_snapshot!(said.join("\n"), @"Warning: the linear baseline's error, 32.50 %, is above the majority baseline's, 25.00 %. What a weighted sum of the inputs learns in train does not hold in validation: too few examples, inputs that say nothing of the label, or validation that is not like train.");
    // Neither equal errors, nor an order that the metric does not have, nor one alone.
    let none: [String; 0] = [];
    let equal = BaselineReport { error: majority.error, ..linear.clone() };
    assert_eq!(warnings(&[majority.clone(), equal], MetricKind::ErrorRate, "%"), none);
    let both = [majority, linear.clone()];
    assert_eq!(warnings(&both, MetricKind::CalibrationError, "%"), none);
    assert_eq!(warnings(&[linear], MetricKind::ErrorRate, "%"), none);
}

#[test]
fn a_linear_baseline_that_saw_little_does_not_advise() {
    let fit = LinearFit {
        l2: 1e-3,
        folds: 5,
        chosen_on: 200,
        examples: 200,
        iterations: 40,
        passes: 44,
        gradient: 1e-6,
        tolerance: 1e-5,
        converged: true,
    };
    let advises = |record: LinearRecord| {
        let report =
            compare("linear", RATE, &network(10), &answers(400, |number| number >= 388)).unwrap();
        BaselineReport { fit: Some(record), ..report }.advice().is_some()
    };
    let record = LinearRecord::new(fit, 200);
    assert!(advises(record));
    let far = LinearFit { converged: false, gradient: 0.01, ..fit };
    assert!(!advises(LinearRecord::new(far, 200)));
    let shrunk = Some(Shrunk { from: [224, 224], to: [64, 64] });
    assert!(!advises(LinearRecord { shrunk, ..record }));
}
