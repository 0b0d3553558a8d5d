//! A training source other than the one that validation and test come from, through the command.

use std::fmt::Write;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use crate::desk::Desk;

/// Rows `a,b,c,d,kind`: four numbers in [−1, 1), and a kind that `rule` draws from them.
fn table(
    (seed, rows): (u64, usize),
    mut rule: impl FnMut(&mut [f64; 4], &mut ChaCha8Rng) -> bool,
) -> String {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut text = "a,b,c,d,kind\n".to_owned();
    for _ in 0..rows {
        let mut x: [f64; 4] = std::array::from_fn(|_| random.random_range(-1.0..1.0));
        let kind = if rule(&mut x, &mut random) { "yes" } else { "no" };
        let [a, b, c, d] = x;
        writeln!(text, "{a:.6},{b:.6},{c:.6},{d:.6},{kind}").unwrap();
    }
    text
}

/// The verdict of a run on `app.csv` that trains on `web.csv`.
fn verdict(desk: &Desk, settings: &[&str]) -> Value {
    let mut args = vec!["run", "app.csv", "--train-from", "web.csv", "--quiet", "--human", "0"];
    for setting in settings {
        args.extend(["--set", setting]);
    }
    let answer = desk.answer(&args);
    let diagnosis = answer["diagnosis"].clone();
    let kinds: Vec<&str> = diagnosis["rungs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rung| rung["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["human", "train", "train-validation", "validation", "test"]);
    diagnosis
}

fn gap_to_close(diagnosis: &Value) -> &str {
    assert_eq!(diagnosis["verdict"]["verdict"], "close", "{diagnosis:#}");
    diagnosis["verdict"]["gap"].as_str().unwrap()
}

#[test]
fn where_the_other_source_follows_another_rule_the_verdict_is_mismatch() {
    let desk = Desk::new();
    desk.write("web.csv", &table((1, 800), |x, _| x[0] > 0.0));
    // In the app, what counts lies elsewhere: the web's rule is wrong for about a third.
    desk.write("app.csv", &table((2, 800), |x, _| x[0] > if x[1] > 0.0 { 0.6 } else { -0.6 }));
    let diagnosis = verdict(&desk, &["train.epochs=60"]);
    assert_eq!(gap_to_close(&diagnosis), "mismatch");
    let split = desk.read("runs/app-1/split.csv");
    let count = |word: &str| split.lines().filter(|line| line.ends_with(word)).count();
    assert_eq!(
        [",train", ",train-validation", ",validation", ",test"].map(count),
        [640, 160, 400, 400]
    );
    // The test set of a run with two sources opens, and other data is answered.
    let opened = desk.answer(&["evaluate", "runs/app-1", "--test"]);
    let test = &opened["diagnosis"]["rungs"][4];
    assert_eq!(test["error"]["examples"], 400, "{test}");
    desk.write("new.csv", "a,b,c,d\n0.9,0,0,0\n");
    assert!(desk.done(&["predict", "runs/app-1", "new.csv"]).contains("new.csv:2,yes"));
    let own = desk.answer(&["evaluate", "runs/app-1", "web.csv"]);
    let note = own["notes"].as_array().unwrap().last().unwrap()["said"].as_str().unwrap();
    assert!(note.contains("640 in train, 160 in train-validation"), "{note}");
}

#[test]
fn where_the_network_learns_its_examples_by_heart_the_verdict_is_variance() {
    let desk = Desk::new();
    // 60 examples of a rule with corners: learnt to the last one, and wrong between them.
    let same_sign = |x: &mut [f64; 4], _: &mut ChaCha8Rng| (x[0] > 0.0) == (x[1] > 0.0);
    desk.write("web.csv", &table((3, 600), same_sign));
    desk.write("app.csv", &table((4, 800), same_sign));
    let diagnosis = verdict(&desk, &["split.train_validation=0.9", "train.epochs=200"]);
    assert_eq!(gap_to_close(&diagnosis), "variance");
}

#[test]
fn where_the_network_is_too_simple_the_verdict_is_bias() {
    let desk = Desk::new();
    // Whether two numbers have one sign is nothing that a line can tell.
    let same_sign = |x: &mut [f64; 4], _: &mut ChaCha8Rng| (x[0] > 0.0) == (x[1] > 0.0);
    desk.write("web.csv", &table((5, 800), same_sign));
    desk.write("app.csv", &table((6, 800), same_sign));
    let diagnosis = verdict(&desk, &["network.hidden=[]", "train.epochs=40"]);
    assert_eq!(gap_to_close(&diagnosis), "avoidable-bias");
}

#[test]
fn inspect_says_what_each_source_is_for_and_whether_they_differ() {
    let desk = Desk::new();
    desk.write("web.csv", &table((7, 300), |x, _| x[0] > 0.0));
    desk.write(
        "app.csv",
        &table((8, 300), |x, _| {
            x[1] += 1.5;
            x[0] > 0.0
        }),
    );
    let answer = desk.answer(&["inspect", "app.csv", "--train-from", "web.csv"]);
    assert_eq!(
        answer["splits"],
        serde_json::json!([
            ["train", 240],
            ["train-validation", 60],
            ["validation", 150],
            ["test", 150]
        ])
    );
    let notes: Vec<&str> = answer["summary"]["notes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|note| note["said"].as_str().unwrap())
        .collect();
    assert!(
        notes.contains(
            &"the network is for what `app.csv` holds (300 examples), and trains on `web.csv` (300 \
              examples)"
        ),
        "{notes:#?}"
    );
    let differs = notes.iter().find(|note| note.contains("differs from train beyond noise"));
    assert!(differs.is_some_and(|note| note.contains("most in column `b` (")), "{notes:#?}");
}

#[test]
fn a_run_of_two_sources_is_repeated_from_anywhere_and_notices_that_one_has_changed() {
    let desk = Desk::new();
    desk.write("web.csv", &table((9, 200), |x, _| x[0] > 0.0));
    desk.write("app.csv", &table((10, 200), |x, _| x[0] > 0.0));
    desk.done(&[
        "run",
        "app.csv",
        "--train-from",
        "web.csv",
        "--quiet",
        "--set",
        "train.epochs=3",
        "--set",
        "split.train_validation=0.5",
    ]);
    let again = desk.answer(&["train", "runs/app-1", "--quiet"]);
    assert_eq!(again["run"], "runs/app-2");
    assert_eq!(desk.read("runs/app-1/split.csv"), desk.read("runs/app-2/split.csv"));
    assert_eq!(desk.json("runs/app-1/run.json")["splits"][1][1], 100);
    let settings = desk.read("runs/app-1/settings.json");
    assert!(settings.contains("data.train_from") && settings.contains("split.train_validation"));
    desk.write("web.csv", &table((11, 200), |x, _| x[0] > 0.0));
    let said = desk.refused(&["evaluate", "runs/app-1", "--test"]);
    assert!(said.contains("the data is not what `runs/app-1` was trained on"), "{said}");
}

#[test]
fn without_a_test_split_validation_is_the_last_word() {
    let desk = Desk::new();
    desk.write("app.csv", &table((12, 200), |x, _| x[0] > 0.0));
    let said = desk.say(&["run", "app.csv", "--set", "split.test=0", "--set", "train.epochs=20"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("no test split: validation is the last word"), "{}", said.out);
    assert!(said.err.contains("there is no test split"), "{}", said.err);
    let said = desk.refused(&["evaluate", "runs/app-1", "--test"]);
    assert!(said.contains("`runs/app-1`: expected a test split, found none"), "{said}");
    let said = desk.refused(&["run", "app.csv", "--set", "split.test=1.5"]);
    assert!(
        said.contains("`split.test`: expected a share of at least 0 and below 1, found 1.5"),
        "{said}"
    );
}

#[test]
fn a_series_is_split_by_time_and_judged_by_blocks_of_it() {
    let desk = Desk::new();
    let mut random = ChaCha8Rng::seed_from_u64(13);
    let rows: String = (0..500)
        .map(|at| {
            let x: f64 = random.random_range(-1.0..1.0);
            let kind = if x > 0.3 * (f64::from(at) / 40.0).sin() { "up" } else { "down" };
            format!("{at},{x:.4},{kind}\n")
        })
        .collect();
    desk.write("series.csv", &format!("hour,x,kind\n{rows}"));
    let said = desk.say(&["run", "series.csv", "--time", "hour", "--set", "train.epochs=20"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("split by time (`hour`, the latest last)"), "{}", said.err);
    // 100 in validation: blocks of 5, since 5³ = 125 is the first cube of at least 100; so 20.
    let assumed = desk.json("runs/series-1/diagnosis.json")["assumed"].to_string();
    assert!(
        assumed.contains("Time blocks, not examples, count as independent: 20 time blocks"),
        "{assumed}"
    );
    let split = desk.read("runs/series-1/split.csv");
    assert!(split.contains("series.csv:301,train\nseries.csv:302,validation\n"), "{split}");
    assert!(desk.read("runs/series-1/predictions.csv").contains(",time block 20,validation,"));
}
