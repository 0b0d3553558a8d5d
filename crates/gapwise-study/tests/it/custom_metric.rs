//! A metric of a program of its own gets a ladder and a verdict.

use gapwise_data::Split;
use gapwise_study::{
    diagnosis::{DiagnoseOptions, Diagnosis, GapKind, HumanLevel, Verdict, diagnose},
    interval::CONFIDENCE,
    metric::{Custom, CustomMetric, MetricKind, Sample},
    predictions::{Outcome, PredictionRow, PredictionTable, Target},
    recipe::NoCommands,
};

/// The root of the mean squared difference, which is here already: both must agree.
#[derive(Debug)]
struct Root;

impl CustomMetric for Root {
    fn word(&self) -> &'static str {
        "my-root"
    }

    fn fits(&self, target: &Target) -> bool {
        target.number_name().is_some()
    }

    fn facts(&self, outcome: &Outcome, facts: &mut Vec<f64>) {
        let squared = outcome.numbers().map(|(label, answer)| (answer - label).powi(2));
        facts.push(squared.unwrap_or(f64::NAN));
    }

    fn error(&self, means: &[f64]) -> f64 {
        means[0].sqrt()
    }
}

/// Answers that are off by up to 1 in training and by up to `worse` in validation.
fn table(worse: f64) -> PredictionTable {
    let row = |split, number: u32, off: f64| PredictionRow {
        id: format!("{split}:{number}"),
        group: None,
        split,
        outcome: Outcome::number(f64::from(number % 50), f64::from(number % 50) + off),
        loss: 0.0,
        weight: 1.0,
    };
    let off = |number: u32| f64::from(number * 7_919 % 1_000) / 500.0 - 1.0;
    let train = (0..2_000).map(|number| row(Split::Train, number, off(number)));
    let validation = (0..2_000).map(|number| row(Split::Validation, number, worse * off(number)));
    PredictionTable {
        target: Target::number("price".to_owned()),
        rows: train.chain(validation).collect(),
    }
}

fn judged(table: &PredictionTable, kind: MetricKind) -> Diagnosis {
    let mut options = DiagnoseOptions::new("run");
    options.metric = Some(kind.metric());
    options.human = HumanLevel::Given(0.5);
    diagnose(table, &options, &NoCommands).unwrap()
}

#[test]
fn an_own_metric_gives_the_error_interval_and_verdict_of_the_same_metric_here() {
    let own = MetricKind::Custom(Custom::new(&Root));
    let table = table(3.0);
    let interval = |kind: MetricKind| {
        let sample = Sample::of(kind.metric(), &table.rows[2_000..]);
        let estimate = kind.metric().estimate(&sample).unwrap();
        (estimate.error, estimate.interval(CONFIDENCE))
    };
    let ((error, range), (rmse, known)) = (interval(own), interval(MetricKind::Rmse));
    assert_eq!(error, rmse);
    // The scale of the spread is another, so that the ends differ a little.
    assert!((range.low - known.low).abs() < 0.02 * rmse, "{range:?}, {known:?}");
    assert!((range.high - known.high).abs() < 0.02 * rmse, "{range:?}, {known:?}");
    let diagnosis = judged(&table, own);
    assert!(
        matches!(diagnosis.verdict, Verdict::Close { gap: GapKind::Variance, .. }),
        "{:?}",
        diagnosis.verdict
    );
    assert_eq!(diagnosis.metric.name(), "my-root");
}

#[test]
fn an_own_metric_is_read_back_by_its_word() {
    let own = MetricKind::Custom(Custom::new(&Root));
    let text = serde_json::to_string(&own).unwrap();
    assert_eq!(text, "\"my-root\"");
    assert_eq!(serde_json::from_str::<MetricKind>(&text).unwrap(), own);
    assert_eq!("my-root".parse::<MetricKind>().unwrap(), own);
    let error = serde_json::from_str::<MetricKind>("\"nobodys\"").unwrap_err().to_string();
    assert!(
        error.starts_with("unknown variant `nobodys`, expected one of `error-rate`, `f1`"),
        "{error}"
    );
}
