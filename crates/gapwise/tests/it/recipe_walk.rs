//! The recipe, walked as a user does who types each command that it prints.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{data, desk::Desk, recipe_commands::shell};

/// The network that the steps go on from: that of the run itself, where there is no other.
fn gone_on_from(diagnosis: &Value, run: &str) -> String {
    diagnosis["goes_on_from"]["run"].as_str().unwrap_or(run).to_owned()
}

fn validation(desk: &Desk, run: &str) -> f64 {
    let answer = desk.answer(&["diagnose", run]);
    let rungs = answer["diagnosis"]["rungs"].as_array().unwrap().clone();
    let rung = rungs.iter().find(|rung| rung["kind"] == "validation").unwrap();
    rung["error"]["error"].as_f64().unwrap()
}

/// Types the printed command after each run, so many times, and gives the runs that were gone on from
/// and the remedies that were taken.
fn walk(desk: &Desk, first: &str, steps: usize) -> (Vec<String>, Vec<String>) {
    let (mut run, mut from, mut taken) = (first.to_owned(), Vec::new(), Vec::new());
    for number in 0..=steps {
        let diagnosis = desk.answer(&["diagnose", &run])["diagnosis"].clone();
        let best = gone_on_from(&diagnosis, &run);
        from.push(best.clone());
        let steps_left = diagnosis["steps"].as_array().unwrap();
        let trains = |step: &&Value| {
            step["command"].as_str().is_some_and(|command| command.starts_with("gapwise train "))
        };
        let Some(step) = steps_left.iter().find(trains) else {
            let none_left = diagnosis["none_left"].as_str().unwrap();
            assert!(none_left.starts_with("No command of the recipe is left: "), "{none_left}");
            break;
        };
        let command = step["command"].as_str().unwrap();
        assert!(command.starts_with(&format!("gapwise train {best} ")), "{command} after {best}");
        for failed in diagnosis["failed"].as_array().unwrap_or(&Vec::new()) {
            assert_ne!(failed["remedy"], step["remedy"], "{failed}");
        }
        taken.push(step["remedy"].as_str().unwrap().to_owned());
        let told = shell(desk, &format!("{command} -q -o runs/step-{number}"));
        assert_eq!(told.code, 0, "{command}: {}", told.err);
        run = format!("runs/step-{number}");
    }
    (from, taken)
}

#[test]
fn whoever_types_each_printed_command_stays_with_the_best_network() {
    let desk = Desk::new();
    desk.write("animals.csv", &data::muddled_animals());
    // Half of the animals are told right at first, and much is to be gained.
    let sets = ["--set", "train.epochs=12", "--set", "network.hidden=[8]"];
    desk.done(
        &[&["run", "animals.csv", "-q", "--human", "0", "-o", "runs/first"][..], &sets].concat(),
    );
    let (from, taken) = walk(&desk, "runs/first", 6);
    assert!(taken.len() >= 4, "{taken:?}");
    let errors: Vec<f64> = from.iter().map(|run| validation(&desk, run)).collect();
    let best = from.last().unwrap();
    for (number, step) in taken.iter().enumerate() {
        let other = format!("runs/step-{number}");
        if *best == other {
            continue;
        }
        let compared = desk.answer(&["compare", best, &other]);
        let better = &compared["comparisons"][0]["comparison"]["better"];
        // Of two runs, the one that is named second is compared with the first.
        assert_ne!(better, "first", "{step} of {taken:?}: {errors:?}");
    }
    // It is never left for one that is worse beyond noise, whatever comes in between.
    let first = &from[0];
    if first != best {
        let compared = desk.answer(&["compare", best, first]);
        let better = &compared["comparisons"][0]["comparison"]["better"];
        assert_ne!(better, "first", "{errors:?}");
    }
    let said = desk.done(&["diagnose", &format!("runs/step-{}", taken.len() - 1)]);
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let named =
        format!("Of the {} networks on this data the recipe goes on from `", taken.len() + 1);
    assert!(said.contains(&named), "{said}");
}

#[test]
fn a_training_that_diverged_is_a_step_that_failed() {
    let desk = Desk::new();
    desk.write("houses.csv", &data::houses());
    let quick = ["--set", "train.epochs=5", "--set", "train.learning_rate=1e-6"];
    desk.done(
        &[&["run", "houses.csv", "-q", "--human", "0", "-o", "runs/first"][..], &quick].concat(),
    );
    let remedies = || -> BTreeSet<String> {
        let steps = desk.answer(&["diagnose", "runs/first"])["diagnosis"]["steps"].clone();
        let steps = steps.as_array().unwrap().iter();
        steps.map(|step| step["remedy"].as_str().unwrap().to_owned()).collect()
    };
    assert!(remedies().contains("better-optimiser"));
    let sets = ["--set", "train.optimiser=momentum", "--set", "train.learning_rate=1000"];
    let told = desk.say(&[&["train", "runs/first", "-q", "-o", "runs/gone"][..], &sets].concat());
    assert_eq!(told.code, 1, "{}", told.err);
    let step = desk.json("runs/gone/step.json");
    assert_eq!(step["effect"]["effect"], "diverged", "{step}");
    assert!(!remedies().contains("better-optimiser"));
    let said = desk.done(&["diagnose", "runs/first"]);
    assert!(said.contains("use another optimiser (`runs/gone`)"), "{said}");
}

#[test]
fn steps_are_listed_as_they_were_taken_and_ones_own_is_always_there() {
    let desk = Desk::new();
    desk.write("animals.csv", &data::muddled_animals());
    desk.done(&["run", "animals.csv", "-q", "--set", "train.epochs=3", "-o", "runs/first"]);
    for (name, l2) in [("zoo", "1e-5"), ("young", "2e-5"), ("again", "3e-5"), ("middle", "4e-5")] {
        let (out, set) = (format!("runs/{name}"), format!("train.l2={l2}"));
        desk.done(&["train", "runs/first", "-q", "-o", &out, "--set", &set]);
    }
    let places = |run: &str| -> Vec<String> {
        let said = desk.done(&["diagnose", run]);
        let said = &said[said.find("Steps taken on this data:").unwrap()..];
        let lines = said.lines().filter_map(|line| line.strip_prefix("  `runs/"));
        lines.map(|line| line.split('`').next().unwrap().to_owned()).collect()
    };
    assert_eq!(places("runs/middle"), ["young", "again", "middle"]);
    assert_eq!(places("runs/zoo"), ["zoo", "young", "again", "middle"], "its own too");
    // What stands elsewhere is known to what comes from it.
    desk.done(&["train", "runs/zoo", "-q", "-o", "apart", "--set", "train.l2=1e-4"]);
    let taken = desk.answer(&["diagnose", "apart"])["taken"].clone();
    let taken: Vec<&str> =
        taken.as_array().unwrap().iter().map(|step| step["run"].as_str().unwrap()).collect();
    assert_eq!(taken, ["runs/zoo", "runs/young", "runs/again", "runs/middle", "apart"]);
}
