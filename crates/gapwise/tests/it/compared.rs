//! Networks and settings compared, and what is said of the settings that differ.

use std::fs;

use crate::{data, desk::Desk};

/// A desk with a run that hardly learned, `runs/animals-1`.
fn unlearned() -> Desk {
    let desk = Desk::new();
    desk.write("animals.csv", &data::animals());
    let sets = ["--set", "train.epochs=2", "--set", "train.learning_rate=1e-7"];
    desk.done(&[&["run", "animals.csv", "-q"][..], &sets].concat());
    desk
}

fn learn(desk: &Desk, flags: &[&str]) {
    let train = ["train", "runs/animals-1", "-q", "--set", "train.learning_rate=0.01"];
    desk.done(&[&train[..], &["--set", "train.epochs=40"], flags].concat());
}

/// Without the ends of lines.
fn unwrapped(said: &str) -> String {
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn looks(desk: &Desk, why: &str) -> usize {
    desk.read("runs/looks.jsonl").lines().filter(|look| look.contains(why)).count()
}

#[test]
fn one_network_is_better_than_another_and_the_settings_that_differ_are_named() {
    let desk = unlearned();
    learn(&desk, &[]);
    let said = desk.done(&["compare", "runs/animals-1", "runs/animals-2"]);
    assert!(
        unwrapped(&said).starts_with(
            "The network `runs/animals-2` is better than the network `runs/animals-1`: on the same \
             40 validation examples its error is 0.00 % and the other's "
        ),
        "{said}"
    );
    let about = &said[said.find("From `runs").unwrap()..];
    insta::assert_snapshot!(about, @"
    From `runs/animals-1` to `runs/animals-2`: `train.epochs` from 2 to 40: moves
    fit train; `train.learning_rate` from 1e-7 to 0.01: moves fit train.

    That a setting is better takes at least three seeds of each:
    `gapwise train RUN --seed N`. Here there are 1 and 1.
    4 choices have been made on this validation set; its error flatters more with
    each.
    ");
    let answer = desk.answer(&["compare", "runs/animals-2", "runs/animals-1"]);
    let comparison = &answer["comparisons"][0]["comparison"];
    assert_eq!(comparison["first"]["name"], "`runs/animals-1`");
    assert_eq!((&comparison["of"], &comparison["better"]), (&"networks".into(), &"second".into()));
    assert_eq!(answer["comparisons"][0]["changes"][0]["moves"][0], "fit train");
    assert_eq!(looks(&desk, "compared animals-1, animals-2"), 1, "the same question counts once");
}

#[test]
fn a_change_of_two_rungs_at_once_is_named_and_early_stopping_marked() {
    let desk = unlearned();
    learn(&desk, &["--set", "train.patience=5", "--set", "train.l2=1e-4"]);
    let said = unwrapped(&desk.done(&["compare", "runs/animals-1", "runs/animals-2"]));
    for part in [
        "`train.patience` from 0 to 5 (early stopping): moves fit train and fit validation at once",
        "These changes moved two rungs at the same time, fit train and fit validation:",
    ] {
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn three_seeds_of_each_say_that_a_setting_is_better() {
    let desk = unlearned();
    learn(&desk, &[]);
    for seed in ["2", "3"] {
        learn(&desk, &["--seed", seed]);
        desk.done(&["train", "runs/animals-1", "-q", "--seed", seed]);
    }
    // Runs 1, 4 and 6 hardly learned; 2, 3 and 5 did.
    let runs: Vec<String> = (1..=6).map(|number| format!("runs/animals-{number}")).collect();
    let args: Vec<&str> = ["compare"].into_iter().chain(runs.iter().map(String::as_str)).collect();
    let said = unwrapped(&desk.done(&args));
    let begins = "This setting (`train.epochs` = 40, `train.learning_rate` = 0.01) is better than that one \
                  (`train.epochs` = 2, `train.learning_rate` = 1e-7): on the same 40 validation \
                  examples, over 3 and 3 seeds, its mean error is 0.00 % and the other's ";
    assert!(said.starts_with(begins), "{said}");
    assert!(!said.contains("The network"), "{said}");
    let few = unwrapped(&desk.done(&args[..5]));
    let needs = "That a setting is better takes at least three seeds of each:";
    assert!(few.contains(needs) && !few.contains("This setting"), "{few}");
    // The same seed again is the same network.
    desk.done(&["train", "runs/animals-1", "-q"]);
    let again = unwrapped(&desk.done(&[&args[..], &["runs/animals-7"]].concat()));
    assert!(
        again.contains("`runs/animals-7` has the settings and the seed of another run"),
        "{again}"
    );
    assert!(again.starts_with(begins), "{again}");
}

#[test]
fn runs_that_were_not_judged_by_the_same_examples_are_refused_with_what_differs() {
    let desk = Desk::with_run();
    let quick = ["-q", "--set", "train.epochs=2"];
    desk.done(&[&["train", "runs/animals-1", "--set", "split.seed=2"][..], &quick].concat());
    desk.write("other.csv", &data::muddled_animals());
    desk.done(&[&["run", "other.csv"][..], &quick].concat());
    let against = |other: &str| desk.refused(&["compare", "runs/animals-1", other]);
    let told = [
        against("runs/animals-2"),
        against("runs/animals-1"),
        against("runs/none-1"),
        desk.refused(&["diagnose", "runs/animals-2", "--against", "runs/animals-1"]),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
        error: `runs/animals-1` and `runs/animals-2` were not judged by the same examples: the same data is split in another way (`split.seed` from 1 to 2)

        hint: train both on the same data and split: `gapwise train RUN --set KEY=VALUE`

        error: `runs/animals-1` and `runs/animals-1` are the same run

        hint: name two runs

        error: `runs/none-1`: there is no such run

        hint: runs lie in `runs/` unless another folder was named

        error: `runs/animals-1` and `runs/animals-2` were not judged by the same examples: the same data is split in another way (`split.seed` from 1 to 2)

        hint: train both on the same data and split: `gapwise train RUN --set KEY=VALUE`
        ");
    let other = against("runs/other-1");
    assert!(other.contains("the data differs: fingerprint "), "{other}");
    assert!(other.contains("other.csv`"), "{other}");
    let alone = desk.refused(&["compare", "runs/animals-1"]);
    assert!(alone.contains("2 values required"), "{alone}");
    assert_eq!(looks(&desk, "compared"), 0, "what is refused is no look");
}

#[test]
fn diagnose_compares_with_another_run_and_the_report_keeps_it() {
    let desk = unlearned();
    learn(&desk, &[]);
    let said = desk.done(&["diagnose", "runs/animals-2", "--against", "runs/animals-1"]);
    let ladder = said.find("Gap ladder").unwrap();
    let better = said
        .find("The network `runs/animals-2` is better than the network `runs/animals-1`")
        .unwrap();
    assert!(ladder < better, "{said}");
    let report = desk.read("runs/animals-2/report.html");
    assert!(report.contains("id=\"compared\""), "a section of the report");
    assert!(report.contains("compared animals-1, animals-2"), "the looks have it");
    let json = desk.answer(&["diagnose", "runs/animals-2", "--against", "runs/animals-1"]);
    assert_eq!(json["against"]["comparisons"][0]["comparison"]["better"], "first");
}

#[test]
fn a_step_is_scored_and_known_to_every_run_on_the_same_data() {
    let desk = unlearned();
    learn(&desk, &[]);
    let said = desk.done(&["diagnose", "runs/animals-1"]);
    let step = &said[said.find("Steps taken on this data:").unwrap()..];
    let step = &step[..step.find("\n\n").unwrap()];
    let step = unwrapped(step);
    let begins = "Steps taken on this data: `runs/animals-2`: `train.epochs` from 2 to 40, \
                  `train.learning_rate` from 1e-7 to 0.01 took the validation error from ";
    assert!(step.starts_with(begins), "{step}");
    let ends = " points: `runs/animals-2` is better than `runs/animals-1`.";
    assert!(step.ends_with(ends), "{step}");
    assert_eq!(looks(&desk, "scored the step from animals-1"), 1);
    let json = desk.answer(&["diagnose", "runs/animals-2"]);
    assert_eq!(json["taken"][0]["run"], "runs/animals-2");
    assert_eq!(json["taken"][0]["effect"]["better"], "first");
    // Another seed is no step.
    desk.done(&["train", "runs/animals-2", "-q", "--seed", "7"]);
    assert!(!desk.files("runs/animals-3").contains(&"step.json".to_owned()));
    // A run is known by what it is when it is moved.
    fs::rename(desk.path("runs/animals-1"), desk.path("runs/first")).unwrap();
    fs::remove_file(desk.path("runs/animals-2/report.html")).unwrap();
    desk.done(&["train", "--resume", "runs/animals-2", "-q"]);
    let again = desk.json("runs/animals-2/step.json");
    assert_eq!(again["effect"]["second"]["name"], "`runs/first`");
    // And said to be gone when it is.
    fs::rename(desk.path("runs/first"), desk.path("elsewhere")).unwrap();
    fs::remove_file(desk.path("runs/animals-2/report.html")).unwrap();
    desk.done(&["train", "--resume", "runs/animals-2", "-q"]);
    let gone = desk.done(&["diagnose", "runs/animals-2"]);
    assert!(gone.contains("`runs/animals-1` is no longer there"), "{gone}");
}

#[test]
fn the_recipe_moves_on_from_a_step_that_did_not_help() {
    let desk = Desk::new();
    desk.write("animals.csv", &data::muddled_animals());
    let run = ["run", "animals.csv", "-q", "--human", "0", "--set", "train.epochs=10"];
    desk.done(&run);
    let next = || {
        let answer = desk.answer(&["diagnose", "runs/animals-1"]);
        answer["diagnosis"]["steps"].as_array().unwrap().clone()
    };
    let before = next();
    let command = before[0]["command"].as_str().unwrap().to_owned();
    let words: Vec<String> =
        command.split(' ').skip(1).map(|word| word.replace('\'', "")).collect();
    desk.done(&[&words[..], &["-q".to_owned()]].concat());
    let after = next();
    let order = |steps: &[serde_json::Value]| -> Vec<String> {
        steps.iter().map(|step| step["remedy"].to_string()).collect()
    };
    assert_eq!(order(&after), order(&before)[1..], "the notes' order stays otherwise");
    let failed = desk.answer(&["diagnose", "runs/animals-1"])["diagnosis"]["failed"].clone();
    assert_eq!(failed[0]["remedy"], before[0]["remedy"]);
    assert_eq!(failed[0]["run"], "runs/animals-2");
    let said = failed[0]["said"].as_str().unwrap();
    assert!(said.ends_with("is not better than `runs/animals-1` beyond noise"), "{said}");
    assert!(desk.read("runs/animals-2/report.html").contains("id=\"taken\""));
}
