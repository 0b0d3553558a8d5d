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

    hint: mend it where the table is written; docs/predictions.md has what each column may hold

    error: the prediction table has no validation examples

    hint: score the validation split as well as train

    error: `none.csv`: No such file or directory (os error 2)

    hint: check that the file is there and may be read
    ");
    assert!(refused(&["runs/a-1", "--predictions", "cells.csv"]).contains("cannot be used with"));
    assert!(refused(&[]).contains("required arguments were not provided"));
}

#[test]
fn nothing_that_is_said_of_a_table_of_another_program_speaks_of_trainings_of_this_one() {
    let desk = Desk::new();
    desk.write("tumours.csv", &tumours());
    desk.write("nan.csv", "id,split,label,prediction,score:0,score:1\n1,val,0,0,nan,nan\n");
    desk.write("numbers.csv", "id,split,label,prediction\n1,val,1.5,nan\n2,train,2.5,2\n");
    desk.write("train.csv", "id,split,label,prediction\n1,train,a,a\n");
    desk.write("people.csv", "id,answer\nnobody,a\n");
    for args in [
        &["tumours.csv"][..],
        &["tumours.csv", "--human", "0"],
        &["tumours.csv", "--human", "people.csv"],
        &["tumours.csv", "--human", "2"],
        &["tumours.csv", "--tolerance", "2"],
        &["tumours.csv", "--metric", "rmse"],
        &["tumours.csv", "--metric", "f1", "--positive", "neither"],
        &["tumours.csv", "--constraint", "rmse <= 1"],
        &[
            "tumours.csv",
            "--constraint",
            "latency-p95 <= 1 ms",
            "--constraint",
            "accuracy >= 99.9 %",
        ],
        &["nan.csv"],
        &["numbers.csv"],
        &["train.csv"],
        &["none.csv"],
    ] {
        let told = desk.say(&[&["diagnose", "--predictions"][..], args].concat());
        let said = told.out + &told.err;
        for not in ["gapwise train", "gapwise run", "gapwise evaluate", "--set "] {
            assert!(!said.contains(not), "{args:?}: {said}");
        }
    }
    let said = desk.refused(&["diagnose", "--predictions", "nan.csv"]);
    insta::assert_snapshot!(said, @"
    error: `nan.csv` line 2, column `score:0`: expected a probability from 0 to 1, found `nan`, and 1 more like it

    hint: a network that answers `nan` has most likely diverged: look at its training before its errors
    ");
}

#[test]
fn scores_that_are_rounded_are_read_and_it_is_said() {
    let desk = Desk::new();
    let row = |n: usize, split: &str| format!("{split}{n},{split},a,a,0.33,0.33,0.33\n");
    let rows: String = (0..40).map(|n| row(n, "val") + &row(n, "train")).collect();
    desk.write("t.csv", &format!("id,split,label,prediction,score:a,score:b,score:c\n{rows}"));
    let told = desk.say(&["diagnose", "--predictions", "t.csv"]);
    assert_eq!(told.code, 0, "{}", told.err);
    let note =
        "The scores of 80 rows sum to 0.990 and not to 1, as scores rounded to 2 decimals do";
    assert!(
        told.err.split_whitespace().collect::<Vec<_>>().join(" ").contains(note),
        "{}",
        told.err
    );
}

#[test]
fn a_human_level_that_no_error_can_be_below_does_not_decide() {
    let desk = Desk::new();
    // 1 of 99 and 1 of 33 are wrong.
    let row = |n: usize, split: &str| {
        format!("{split}{n},{split},a,{}\n", if n == 7 { "b" } else { "a" })
    };
    let train: String = (0..99).map(|n| row(n, "train")).collect();
    let validation: String = (0..33).map(|n| row(n, "validation")).collect();
    desk.write("t.csv", &format!("id,split,label,prediction\n{train}{validation}"));
    let verdict = |args: &[&str]| {
        let said = desk.done(&[&["diagnose", "--predictions", "t.csv"][..], args].concat());
        said[said.find("Verdict:").unwrap()..].to_owned()
    };
    let unknown = verdict(&[]);
    assert_eq!(unknown, verdict(&["--human", "0"]));
    assert!(unknown.starts_with("Verdict: cannot tell: "), "{unknown}");
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
