//! What a network has to meet beside its error.

use serde_json::Value;

use crate::{data, desk::Desk};

fn judged(answer: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let judged = answer["diagnosis"]["constraints"]["judged"].as_array().unwrap().iter();
    judged.map(|one| (text(&one["constraint"]), text(&one["answer"]))).collect()
}

fn pair(constraint: &str, answer: &str) -> (String, String) {
    (constraint.to_owned(), answer.to_owned())
}

const ALL: [&str; 7] = [
    "latency-p50 <= 10 s",
    "latency-p95 <= 10 s",
    "model-size <= 1 kB",
    "multiply-adds <= 1152",
    "peak-memory <= 64 GB",
    "accuracy >= 50 %",
    "error-rate <= 0.001",
];

#[test]
fn a_run_measures_what_it_has_to_meet_and_keeps_it() {
    let desk = Desk::new();
    desk.write("animals.csv", &data::animals());
    let mut args = vec!["run", "animals.csv", "-q", "--set", "train.epochs=40"];
    args.extend(ALL.iter().flat_map(|typed| ["--constraint", *typed]));
    let answer = desk.answer(&args);
    let memory = if cfg!(target_os = "linux") { "met" } else { "cannot-tell" };
    assert_eq!(
        judged(&answer),
        [
            pair("latency-p50 <= 10 s", "met"),
            pair("latency-p95 <= 10 s", "met"),
            // 1,282 numbers of 4 bytes and a header.
            pair("model-size <= 1 kB", "not-met"),
            // Weight, height, whether height is missing, three coats and another: 7 × 128 + 128 × 2.
            pair("multiply-adds <= 1152", "met"),
            pair("peak-memory <= 64 GB", memory),
            // No mistake in 40 is an error of up to 8.76 %.
            pair("accuracy >= 50 %", "met"),
            pair("error-rate <= 0.001", "cannot-tell"),
        ]
    );
    let machine = &answer["diagnosis"]["constraints"]["machine"];
    assert!(machine["threads"].as_u64() > Some(0) && machine["device"] == "cpu", "{machine}");
    let record = desk.json("runs/animals-1/constraints.json");
    assert_eq!(record, answer["diagnosis"]["constraints"]);
    assert_eq!(desk.answer(&["diagnose", "runs/animals-1"]), answer, "nothing is measured again");
    let report = desk.read("runs/animals-1/report.html");
    assert!(report.contains("<section id=\"constraints\""));
    assert!(report.contains("latency-p95 &lt;= 10 s"));
    // What the clock says is not in the diagnosis, which is the same bits for the same training.
    let diagnosis = desk.read("runs/animals-1/diagnosis.json");
    assert!(!diagnosis.contains("latency") && !diagnosis.contains("\"cost\""), "{diagnosis}");
    // Another training of it has the same constraints.
    let again = desk.answer(&["train", "runs/animals-1", "-q"]);
    assert_eq!(judged(&again).len(), ALL.len());
    let anew = desk.answer(&["diagnose", "runs/animals-1", "--measure"]);
    assert_eq!(judged(&anew), judged(&answer));
    assert_ne!(anew["diagnosis"]["constraints"], record, "no two measurements are alike");
}

#[test]
fn a_finished_run_takes_constraints_and_gives_them_back() {
    let desk = Desk::with_run();
    let before = desk.answer(&["diagnose", "runs/animals-1"]);
    assert!(before["diagnosis"]["constraints"].is_null());
    assert!(!desk.path("runs/animals-1/constraints.json").exists());
    let run = ["diagnose", "runs/animals-1"];
    let said = desk.done(&[&run[..], &["--constraint", "model-size <= 1 kB"]].concat());
    let from = said.find("Constraints").unwrap();
    let told: Vec<&str> = said[from..].lines().take(2).collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    Constraints
      model-size <= 1 kB  5.544 kB    not met
    ");
    assert!(said.contains("This network is not one to choose: model-size is"), "{said}");
    let smaller = "gapwise train runs/animals-1 --set 'network.hidden=[64]'";
    assert!(said.contains(smaller), "{said}");
    assert!(desk.read("runs/animals-1/config.toml").contains("model-size <= 1 kB"));
    desk.done(&[&run[..], &["--constraint", "none"]].concat());
    assert_eq!(desk.answer(&run), before);
}

#[test]
fn what_is_no_constraint_is_refused_before_anything_is_trained() {
    let desk = Desk::new();
    desk.write("animals.csv", &data::animals());
    let told = ["latency-p95 < 3 ms", "latency-p95 <= 3 MB", "rmse <= 3"]
        .map(|typed| desk.refused(&["run", "animals.csv", "-q", "--constraint", typed]));
    insta::assert_snapshot!(told.join("\n"), @r"
    error: constraint `latency-p95 < 3 ms`: expected QUANTITY <= BOUND or QUANTITY >= BOUND

    hint: such as `latency-p95 <= 20 ms`

    error: constraint `latency-p95 <= 3 MB`: expected one of the units `s`, `ms`, `µs`, found `MB`

    hint: such as `latency-p95 <= 20 ms`, `model-size <= 5 MB` or `accuracy >= 90 %`

    error: constraint `rmse <= 3`: `rmse` cannot judge 2 classes

    hint: there are `latency-p50`, `latency-p95`, `model-size`, `multiply-adds`, `peak-memory`, `accuracy`, `error-rate`, `f1`, `macro-f1`, `auroc`, `average-precision`, `log-loss`, `calibration-error`, `rmse`, `mae`, `r2`
    ");
    assert!(!desk.path("runs").exists());
}

#[test]
fn a_configuration_has_constraints_in_a_list() {
    let desk = Desk::new();
    desk.write("animals.csv", &data::animals());
    let config = "[data]\npath = \"animals.csv\"\n\n[train]\nepochs = 2\n\n[metric]\nconstraints = \
                  [\"multiply-adds <= 2 k\"]\n";
    desk.write("gapwise.toml", config);
    let answer = desk.answer(&["train", "-q"]);
    assert_eq!(judged(&answer), [pair("multiply-adds <= 2 k", "met")]);
    let machine = &answer["diagnosis"]["constraints"]["machine"];
    assert!(machine.is_null(), "a count holds on every machine");
    let settings = desk.read("runs/animals-1/settings.json");
    assert!(settings.contains("multiply-adds <= 2 k"), "{settings}");
}
