//! What a network has to meet: judged on a table, on the terminal, in the report.

use gapwise_data::Split;
use gapwise_study::{
    constraint::{Constraint, Constraints, Machine, Measured, Met},
    diagnosis::{DiagnoseOptions, HumanLevel, ladder_text},
    interval::Interval,
    metric::MetricKind,
    recipe::NoCommands,
};

use crate::tables::class_table;

/// Constraints judged on a table of which 30 of 300 validation answers are wrong, or by a figure.
fn constraints(typed: &[(&str, Option<Measured>)]) -> Constraints {
    let table = class_table(&[(Split::Train, 1_000, 50), (Split::Validation, 300, 30)]);
    let judged = typed.iter().map(|(typed, measured)| {
        let constraint: Constraint = typed.parse().unwrap();
        let measured = measured.clone().or_else(|| constraint.quantity.measured_on(&table, None));
        constraint.judge(measured.unwrap())
    });
    let machine = Machine { processor: "Z80".into(), threads: 1, device: "cpu".into() };
    Constraints { machine: Some(machine), judged: judged.collect() }
}

fn slow() -> Option<Measured> {
    let interval = Interval { low: 0.030, high: 0.033 };
    Some(Measured::Estimate { value: 0.031, interval, from: "1,000 calls".into() })
}

pub(crate) fn some() -> Constraints {
    constraints(&[
        ("latency-p95 <= 20 ms", slow()),
        ("model-size <= 5 MB", Some(Measured::Exact { value: 101_384.0 })),
        ("accuracy >= 90 %", None),
        ("error-rate <= 0.2", None),
        ("peak-memory <= 1 GB", Some(Measured::Missing { reason: "no system tells".into() })),
    ])
}

#[test]
fn a_metric_is_judged_by_its_interval_on_validation() {
    let all = some();
    let answers: Vec<Met> = all.judged.iter().map(|judged| judged.answer).collect();
    // 30 of 300: Wilson's interval is 7.1 to 13.9 %, so an accuracy of 86.1 to 92.9 %.
    let expected = [Met::NotMet, Met::Met, Met::CannotTell, Met::Met, Met::CannotTell];
    assert_eq!(answers, expected);
    let (error, accuracy) = (&all.judged[3].measured, &all.judged[2].measured);
    let wilson = gapwise_study::interval::wilson(30, 300, 0.95);
    let Measured::Estimate { interval, .. } = error else { panic!("{error:?}") };
    assert_eq!(*interval, wilson);
    let Measured::Estimate { value, interval, .. } = accuracy else { panic!("{accuracy:?}") };
    assert_eq!((*value, interval.low, interval.high), (0.9, 1.0 - wilson.high, 1.0 - wilson.low));
}

#[test]
fn the_terminal_has_a_row_for_each_and_says_that_the_network_is_not_to_choose() {
    let table = class_table(&[(Split::Train, 1_000, 50), (Split::Validation, 300, 30)]);
    let mut options = DiagnoseOptions::new("runs/cats-1");
    options.human = HumanLevel::Given(0.0);
    let diagnosis = gapwise_study::diagnosis::diagnose(&table, &options, &NoCommands).unwrap();
    assert!(!ladder_text(&diagnosis).iter().any(|line| line.text.contains("onstraint")));
    let lines = ladder_text(&diagnosis.with_constraints(some(), &NoCommands));
    let from = lines.iter().position(|line| line.text.starts_with("Constraints")).unwrap();
    let text: Vec<&str> = lines[from..].iter().map(|line| line.text.as_str()).collect();
    insta::assert_snapshot!(text.join("\n"), @r"
    Constraints (measured on Z80, 1 thread, cpu)
      latency-p95 <= 20 ms   31.00 ms  30.00 – 33.00 ms  not met
      model-size <= 5 MB    0.1014 MB                    met
      accuracy >= 90 %        90.00 %  86.08 – 92.91 %   cannot tell
      error-rate <= 0.2       10.00 %  7.09 – 13.92 %    met
      peak-memory <= 1 GB   cannot tell: no system tells

    Tolerance: 1.00 % (10 % of the validation error).

    This network is not one to choose: latency-p95 is 31.00 ms (30.00 – 33.00 ms),
    not <= 20 ms.
    Verdict: close avoidable bias, 5.00 %, not told apart in size from variance; the
             recipe takes it first.
    Next step, by hand: collect more training examples.
      with more examples there is less to learn by heart: variance is 5.00 %
      (1.75 – 9.56 %), above the tolerance of 1.00 %.
    ");
}

#[test]
fn what_is_recorded_reads_back() {
    let record = serde_json::to_string(&some()).unwrap();
    assert!(record.contains("\"constraint\":\"latency-p95 <= 20 ms\""), "{record}");
    assert_eq!(serde_json::from_str::<Constraints>(&record).unwrap(), some());
}

#[test]
fn a_metric_that_does_not_fit_the_labels_is_refused() {
    let table = class_table(&[(Split::Validation, 3, 1)]);
    let constraint: Constraint = "rmse <= 3".parse().unwrap();
    assert_eq!(
        constraint.check(&table.target).unwrap_err().to_string(),
        "constraint `rmse <= 3`: `rmse` cannot judge 2 classes"
    );
    let fits = Constraint { quantity: "accuracy".parse().unwrap(), ..constraint };
    assert_eq!(fits.check(&table.target), Ok(()));
    assert!(MetricKind::ErrorRate.fits(&table.target));
}
