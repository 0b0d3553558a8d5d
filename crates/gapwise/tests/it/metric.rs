//! `metric.optimise` and `metric.positive`: what everything is judged by.

use serde_json::Value;

use crate::{data, desk::Desk};

/// A desk with a run on which no network is right everywhere, judged by `metric`.
fn judged_by(metric: &str) -> (Desk, Value) {
    let desk = Desk::new();
    desk.write("animals.csv", &data::muddled_animals());
    let answer = desk.answer(&[
        "run",
        "animals.csv",
        "--quiet",
        "--metric",
        metric,
        "--set",
        "train.epochs=10",
    ]);
    (desk, answer)
}

/// The error of a rung.
fn rung(answer: &Value, kind: &str) -> f64 {
    let rungs = answer["diagnosis"]["rungs"].as_array().unwrap();
    rungs.iter().find(|rung| rung["kind"] == kind).unwrap()["error"]["error"].as_f64().unwrap()
}

/// 1 − F1 of `dog` in a split of the prediction table: (fp + fn) / (2 tp + fp + fn).
fn error_of_dogs(desk: &Desk, split: &str) -> f64 {
    let (mut right, mut wrong) = (0.0, 0.0);
    for line in desk.read("runs/animals-1/predictions.csv").lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        if cells[2] == split && (cells[3] == "dog" || cells[4] == "dog") {
            *(if cells[3] == cells[4] { &mut right } else { &mut wrong }) += 1.0;
        }
    }
    wrong / (2.0 * right + wrong)
}

#[test]
fn everything_is_judged_by_the_metric_that_was_asked_for() {
    let (desk, answer) = judged_by("f1");
    let diagnosis = &answer["diagnosis"];
    assert_eq!((&diagnosis["metric"], &diagnosis["positive"]), (&"f1".into(), &"dog".into()));
    let validation = rung(&answer, "validation");
    assert!(validation > 0.0);
    assert!((validation - error_of_dogs(&desk, "validation")).abs() < 1e-12);
    assert!((rung(&answer, "train") - error_of_dogs(&desk, "train")).abs() < 1e-12);
    // The epoch kept is the one of the lowest 1 − F1.
    let history = desk.read("runs/animals-1/history.csv");
    let column = |name: &str| history.lines().next().unwrap().split(',').position(|c| c == name);
    let error = column("validation_error").unwrap();
    let lowest = history
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(error).unwrap().parse::<f64>().unwrap())
        .fold(f64::MAX, f64::min);
    assert!((lowest - validation).abs() < 1e-12, "{lowest} {validation}");
    // The baseline is compared by the same number, on the same examples.
    let linear = answer["baselines"].as_array().unwrap().iter().find(|b| b["name"] == "linear");
    let linear = linear.unwrap();
    let ours = linear["error"].as_f64().unwrap() - linear["difference"].as_f64().unwrap();
    assert!((ours - validation).abs() < 1e-12);
    // Every other metric stands beside it, on both splits, and is recorded.
    let metrics = answer["metrics"].as_array().unwrap();
    let names: Vec<&str> = metrics.iter().map(|m| m["metric"].as_str().unwrap()).collect();
    insta::assert_snapshot!(names.join(" "), @"error-rate f1 macro-f1 auroc average-precision log-loss calibration-error");
    assert_eq!(desk.json("runs/animals-1/metrics.json"), answer["metrics"]);
    assert!(metrics.iter().all(|metric| metric["rungs"].as_array().unwrap().len() == 2));
    // The run says so, and is read back so.
    let config = desk.read("runs/animals-1/config.toml");
    assert!(config.contains("optimise = \"f1\"") && config.contains("positive = \"dog\""));
    assert_eq!(desk.answer(&["diagnose", "runs/animals-1"]), answer);
    let report = desk.read("runs/animals-1/report.html");
    for said in
        ["<section id=\"metrics\"", "<section id=\"calibration\"", "The ladder of each class"]
    {
        assert!(report.contains(said), "{said}");
    }
}

#[test]
fn the_ladder_says_the_metric_and_the_note_its_positive_class() {
    let desk = Desk::new();
    desk.write("animals.csv", &data::animals());
    let said = desk.say(&["run", "animals.csv", "--metric", "f1", "--set", "train.epochs=40"]);
    assert_eq!(said.code, 0);
    let note = said.err.lines().find(|line| line.contains("positive class")).unwrap();
    insta::assert_snapshot!(note, @"note      the positive class is `dog`, the rarer in train or, of equals, the later name (change with `--set metric.positive=NAME`)");
    let told: Vec<&str> = said.out.lines().filter(|line| line.contains("F1")).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    Gap ladder (1 − F1 of dog, 40 validation examples)
    F1 of dog on validation: 1.000 (0.839 – 1.000).
    ");
    let evaluated = desk.done(&["evaluate", "runs/animals-1", "animals.csv", "--quiet"]);
    // Scores, and so the digits of these two, are the machine's.
    let machines = |line: &&str| line.contains("log loss") || line.contains("calibration");
    assert_eq!(evaluated.lines().filter(machines).count(), 2);
    let told: Vec<&str> = evaluated.lines().filter(|line| !machines(line)).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    1 − F1 on 200 examples of `animals.csv`: 0.00 %, 95 % interval 0.00 – 3.70 %
      accuracy: 100.00 % (98.12 – 100.00 %)
      macro F1: 1.000 (0.963 – 1.000)
      AUROC of dog: 1.000 (0.963 – 1.000)
      average precision of dog: 1.000 (0.963 – 1.000)
      cat: 0 of 100 wrong
      dog: 0 of 100 wrong
    ");
}

#[test]
fn another_positive_class_is_taken_and_another_metric_on_the_same_settings() {
    let (desk, first) = judged_by("average-precision");
    assert_eq!(first["diagnosis"]["positive"], "dog");
    let changed =
        desk.answer(&["train", "runs/animals-1", "--quiet", "--set", "metric.positive=cat"]);
    assert_eq!(changed["diagnosis"]["metric"], "average-precision");
    assert_eq!(changed["diagnosis"]["positive"], "cat");
    let settings = desk.json("runs/animals-2/settings.json");
    let named = |name: &str| settings.as_array().unwrap().iter().any(|s| s["name"] == name);
    assert!(named("metric.optimise") && named("metric.positive"));
}

#[test]
fn numbers_are_judged_by_what_fits_numbers() {
    let desk = Desk::new();
    desk.write("houses.csv", &data::houses());
    let answer = desk.answer(&[
        "run",
        "houses.csv",
        "--quiet",
        "--metric",
        "r2",
        "--set",
        "train.epochs=20",
    ]);
    let diagnosis = &answer["diagnosis"];
    assert_eq!(
        (&diagnosis["metric"], &diagnosis["unit"]),
        (&"r2".into(), &"of the variance".into())
    );
    // The mean baseline leaves the whole variance, and a little more, since it is the mean of train.
    let mean = &answer["baselines"][0];
    assert_eq!(mean["name"], "mean");
    assert!((1.0..1.2).contains(&mean["error"].as_f64().unwrap()));
}

#[test]
fn metrics_that_do_not_fit_are_refused_with_those_that_do() {
    let desk = Desk::new();
    desk.write("animals.csv", &data::animals());
    desk.write("houses.csv", &data::houses());
    let told: Vec<String> = [
        ("animals.csv", "metric.optimise=rmse"),
        ("animals.csv", "metric.optimise=accuracy"),
        ("animals.csv", "metric.positive=bird"),
        ("houses.csv", "metric.optimise=auroc"),
        ("houses.csv", "metric.positive=1"),
    ]
    .iter()
    .map(|(data, set)| {
        let said = desk.say(&["run", data, "--set", set]);
        assert_eq!(said.code, 2, "{set}: {}", said.err);
        assert!(!desk.path("runs").exists(), "{set} left a run");
        said.error().to_owned()
    })
    .collect();
    insta::assert_snapshot!(told.join("\n"), @"
    error: `metric.optimise`: the metric `rmse` does not fit 2 classes: expected `error-rate`, `f1`, `macro-f1`, `auroc`, `average-precision`, `log-loss` or `calibration-error`

    hint: choose one of these: `--metric NAME`

    error: `--set metric.optimise=accuracy`: expected one of `error-rate`, `f1`, `macro-f1`, `auroc`, `average-precision`, `log-loss`, `calibration-error`, `rmse`, `mae`, `r2`, found `accuracy`

    error: `metric.positive`: expected `cat` or `dog`, found `bird`

    error: `metric.optimise`: the metric `auroc` does not fit numbers: expected `rmse`, `mae` or `r2`

    hint: choose one of these: `--metric NAME`

    error: `metric.positive` needs two classes, and the labels are numbers

    hint: leave `metric.positive` out
    ");
}

#[test]
fn a_metric_that_validation_cannot_have_is_refused_before_training() {
    let desk = Desk::new();
    desk.write("animals.csv", &data::animals());
    let cats: Vec<String> =
        data::animals().lines().filter(|l| !l.ends_with("dog")).map(str::to_owned).collect();
    desk.write("cats.csv", &(cats.join("\n") + "\n"));
    let said = desk.say(&["run", "animals.csv", "--validation", "cats.csv", "--metric", "auroc"]);
    assert_eq!(said.code, 2, "{}", said.err);
    insta::assert_snapshot!(said.error(), @"
    error: 1 − AUROC is not defined on validation, because no example is of the positive class

    hint: choose another metric, or a split that has what this one needs
    ");
    assert!(!desk.path("runs").exists());
}
