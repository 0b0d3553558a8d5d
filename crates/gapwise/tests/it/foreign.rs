//! Prediction tables that another program wrote.

use std::path::Path;

use crate::desk::Desk;

/// The example of the repository.
fn tumours() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/predictions/tumours.csv");
    std::fs::read_to_string(Path::new(path)).unwrap()
}

#[test]
fn a_table_is_judged_without_a_run() {
    let desk = Desk::new();
    desk.write("tumours.csv", &tumours());
    let said = desk.done(&["diagnose", "--predictions", "tumours.csv", "--human", "0.01"]);
    insta::assert_snapshot!(said, @r"
    Gap ladder (error rate, 228 validation examples)
      human                 1.00 %                         ●
      train                 0.29 %                       ●
      validation            3.95 %  2.09 – 7.33 %              ├─────●───────────┤
      test              the table has no rows of test

      avoidable bias       −0.71 %                      immaterial
      variance              3.65 %  1.62 – 7.67 %       material
      overfitting                                       unknown

    Tolerance: 0.39 % (10 % of the validation error).

    Verdict: close variance, 3.65 % (1.62 – 7.67 %).
    Next step, by hand: collect more training examples.
      with more examples there is less to learn by heart: variance is 3.65 %
      (1.62 – 7.67 %), above the tolerance of 0.39 %.
    ");
    assert_eq!(desk.files(""), ["tumours.csv"], "nothing is written");
    let json = desk.answer(&["diagnose", "--predictions", "tumours.csv"]);
    assert_eq!(json["diagnosis"]["verdict"]["gap"], "variance");
    let remedies: Vec<&str> = json["diagnosis"]["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["remedy"].as_str().unwrap())
        .collect();
    assert_eq!(remedies[..4], ["more-training-data", "l2", "dropout", "augmentation"]);
    let assumed = json["diagnosis"]["assumed"].to_string();
    assert!(assumed.contains("looks at its validation and test examples are not counted"));
}

#[test]
fn numbers_and_peoples_answers_are_judged_too() {
    let desk = Desk::new();
    let row = |n: usize, split: &str, off: usize| format!("{split}{n},{split},{},{}\n", n, n + off);
    let train: String = (0..30).map(|n| row(n, "train", 1)).collect();
    let validation: String = (0..30).map(|n| row(n, "dev", 5 + n % 3)).collect();
    desk.write("prices.csv", &format!("id,split,label,prediction\n{train}{validation}"));
    let people: String = (0..10).map(|n| format!("dev{n},{}\n", n + 1 + n % 2)).collect();
    desk.write("people.csv", &format!("id,answer\n{people}"));
    let args = ["diagnose", "--predictions", "prices.csv"];
    let json = desk.answer(&[&args[..], &["--human", "people.csv"]].concat());
    // Five are off by 1 and five by 2: √(25 / 10).
    let human = json["diagnosis"]["rungs"][0]["error"]["error"].as_f64().unwrap();
    assert!((human - 2.5_f64.sqrt()).abs() < 1e-12, "{human}");
    assert_eq!(json["diagnosis"]["metric"], "rmse");
    let classes = desk.answer(&[&args[..], &["--task", "classification"]].concat());
    assert_eq!(classes["diagnosis"]["metric"], "error-rate");
}

#[test]
fn a_table_that_is_none_is_refused_with_place_and_reason() {
    let desk = Desk::new();
    desk.write("columns.csv", "id,split,truth,prediction\n");
    desk.write(
        "cells.csv",
        "id,split,label,prediction,score:a,score:b\n1,val,a,c,0.5,0.5\n2,hold,a,b,2,0.5\n",
    );
    desk.write("train.csv", "id,split,label,prediction\n1,train,a,a\n");
    let refused = |args: &[&str]| desk.refused(&[&["diagnose"][..], args].concat());
    let told = [
        refused(&["--predictions", "columns.csv"]),
        refused(&["--predictions", "cells.csv"]),
        refused(&["--predictions", "train.csv"]),
        refused(&["--predictions", "none.csv"]),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    error: `columns.csv` line 1: expected the columns `id`, `split`, `label` and `prediction`, found `id,split,truth,prediction`

    hint: beside these there may be `group`, `weight`, `loss` and, for classes, one `score:CLASS` per class, in any order

    error: `cells.csv` line 2, column `prediction`: expected one of the 2 classes, found `c`, and 2 more

    hint: write the table again; that of a run is made by `gapwise train RUN`

    error: the prediction table has no validation examples

    hint: score the validation split as well as train

    error: `none.csv`: No such file or directory (os error 2)

    hint: check the path; a run has the file once it has scored its examples
    ");
    assert!(refused(&["runs/a-1", "--predictions", "cells.csv"]).contains("cannot be used with"));
    assert!(refused(&[]).contains("required arguments were not provided"));
}

#[test]
fn a_table_is_judged_by_another_metric_and_by_constraints() {
    let desk = Desk::new();
    desk.write("tumours.csv", &tumours());
    fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
        [&["diagnose", "--predictions", "tumours.csv"][..], more].concat()
    }
    let json = desk.answer(&with(&["--metric", "f1", "--constraint", "accuracy >= 50 %"]));
    assert_eq!(json["diagnosis"]["metric"], "f1");
    assert_eq!(json["diagnosis"]["constraints"]["judged"][0]["answer"], "met");
    assert!(json["diagnosis"]["assumed"].to_string().contains("The positive class is"), "{json}");
    let slow = desk.answer(&with(&["--constraint", "latency-p95 <= 1 ms"]));
    let judged = &slow["diagnosis"]["constraints"]["judged"][0];
    assert_eq!(judged["answer"], "cannot-tell", "{judged}");
    for refused in [&["--metric", "rmse"][..], &["--metric", "f1", "--positive", "neither"]] {
        desk.refused(&with(refused));
    }
    desk.refused(&with(&["--measure"]));
}
