//! The human level from a file of people's answers.

use std::fs;

use crate::desk::Desk;

/// The ids of the run's examples of one split.
fn ids(desk: &Desk, split: &str) -> Vec<String> {
    let text = desk.read("runs/animals-1/split.csv");
    let rows = text.lines().filter_map(|line| line.rsplit_once(','));
    rows.filter(|(_, of)| *of == split).map(|(id, _)| id.to_owned()).collect()
}

/// What stands in the run's table for this example.
fn label(desk: &Desk, id: &str) -> String {
    let text = desk.read("runs/animals-1/predictions.csv");
    let row = text.lines().find(|line| line.split(',').next() == Some(id)).unwrap();
    row.split(',').nth(3).unwrap().to_owned()
}

/// A file of right answers to the first `examples` of validation, but for the first one.
fn answers(desk: &Desk, examples: usize) -> String {
    let mut text = "id,answer,person\n".to_owned();
    for (place, id) in ids(desk, "validation").iter().take(examples).enumerate() {
        let right = label(desk, id);
        let wrong = if right == "cat" { "dog" } else { "cat" };
        let answer = if place == 0 { wrong } else { &right };
        text.push_str(&format!("{id},{answer},ann\n"));
    }
    text
}

fn human(answer: &serde_json::Value) -> serde_json::Value {
    answer["diagnosis"]["rungs"][0]["error"].clone()
}

#[test]
fn answers_of_people_give_an_estimate_that_is_kept_in_the_run() {
    let desk = Desk::with_run();
    desk.write("answers.csv", &answers(&desk, 20));
    let answer = desk.answer(&["diagnose", "runs/animals-1", "--human", "answers.csv"]);
    let level = human(&answer);
    assert_eq!((level["error"].as_f64(), level["examples"].as_u64()), (Some(0.05), Some(20)));
    // Wilson's interval of 1 in 20.
    assert!((level["interval"]["low"].as_f64().unwrap() - 0.0089).abs() < 1e-4, "{level}");
    assert!((level["interval"]["high"].as_f64().unwrap() - 0.2361).abs() < 1e-4, "{level}");
    // The run has its own copy, also where it is moved to and the file is gone.
    fs::remove_file(desk.path("answers.csv")).unwrap();
    fs::rename(desk.path("runs"), desk.path("moved")).unwrap();
    assert_eq!(human(&desk.answer(&["diagnose", "moved/animals-1"])), level);
    assert!(desk.read("moved/animals-1/config.toml").contains("human = \"human.csv\""));
    // So has a run that is made from it.
    let args = ["train", "moved/animals-1", "-q", "--out", "next", "--set", "train.epochs=5"];
    assert_eq!(human(&desk.answer(&args)), level);
    assert_eq!(desk.read("next/human.csv"), desk.read("moved/animals-1/human.csv"));
    // It is taken back, or replaced by a figure.
    let unknown = desk.answer(&["diagnose", "next", "--human", "unknown"]);
    assert_eq!(human(&unknown)["known"], "missing");
    assert_eq!(human(&desk.answer(&["diagnose", "next", "--human", "0.02"]))["error"], 0.02);
}

#[test]
fn answers_are_checked_before_anything_is_trained() {
    let desk = Desk::with_run();
    desk.write("answers.csv", &answers(&desk, 10));
    let train = &ids(&desk, "train")[0];
    let test = &ids(&desk, "test")[0];
    desk.write("bad.csv", &format!("id,answer\n{train},cat\n{test},cat\nnobody,cat\n"));
    let run = ["run", "animals.csv", "-q", "--set", "train.epochs=3", "--human"];
    let level = human(&desk.answer(&[&run[..], &["answers.csv"]].concat()));
    assert_eq!(level["error"], 0.1);
    let told = desk.refused(&[&run[..], &["bad.csv"]].concat());
    assert!(
        told.contains(&format!(
            "`bad.csv` line 2, column `id`: expected the id of a validation example, found \
             `{train}`, an example of train; 3 of 3 answers are bad, in the lines 2, 3, 4"
        )),
        "{told}"
    );
    assert!(!desk.path("runs/animals-3").exists(), "nothing was begun");
    let told = [
        desk.refused(&["diagnose", "runs/animals-1", "--human", "none.csv"]),
        desk.refused(&["diagnose", "runs/animals-1", "--human", "animals.csv"]),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    error: `none.csv`: No such file or directory (os error 2)

    hint: name a CSV file, or give the error itself: `--human 0.02`

    error: `animals.csv` line 1: expected the columns `id` and `answer`, found `weight,height,coat,kind`

    hint: a row for each answer: the id of a validation example, and what a person said
    ");
    let before = desk.read("runs/animals-1/config.toml");
    desk.refused(&["diagnose", "runs/animals-1", "--human", "bad.csv"]);
    assert_eq!(desk.read("runs/animals-1/config.toml"), before, "a refused file changes nothing");
}
