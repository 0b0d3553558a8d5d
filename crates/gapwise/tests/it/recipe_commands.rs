//! Every command that the recipe prints is typed as printed: it trains, and changes what it says
//! and nothing else.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{
    data,
    desk::{Desk, Said},
};

/// Settings that belong to another one, and come and go with it.
const DEPENDENT: [(&str, &str); 7] = [
    ("train.optimiser", "train."),
    ("train.schedule", "train.decay_"),
    ("network.kind", "network.channels"),
    ("network.kind", "network.filter_side"),
    ("network.kind", "network.pool"),
    ("network.kind", "network.hidden"),
    ("network.hidden", "network.dropout"),
];

/// Too slow to learn anything: the train error stays high, which is avoidable bias.
const LEARNS_NOTHING: &[&str] =
    &["--human", "0", "--set", "train.learning_rate=1e-9", "--set", "train.epochs=2"];
/// On validation half of the labels are wrong, and people are said to be no better: variance.
const LEARNS_BY_HEART: &[&str] = &["--human", "0.5", "--tolerance", "0.001"];

/// Types a command as it is printed, in a shell that finds this program by its name.
pub(crate) fn shell(desk: &Desk, command: &str) -> Said {
    let folder = Path::new(env!("CARGO_BIN_EXE_gapwise")).parent().unwrap();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = [folder.to_owned()].into_iter().chain(std::env::split_paths(&path));
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(desk.folder())
        .env("PATH", std::env::join_paths(folders).unwrap())
        .stdin(Stdio::null())
        .output();
    Said::of(output.unwrap())
}

/// Every setting of a run by its dotted key.
fn settings(desk: &Desk, run: &str) -> BTreeMap<String, toml::Value> {
    let config: toml::Table = desk.read(format!("{run}/config.toml")).parse().unwrap();
    let mut all = BTreeMap::new();
    for (section, entries) in config {
        for (name, value) in entries.as_table().unwrap().clone() {
            all.insert(format!("{section}.{name}"), value);
        }
    }
    all
}

/// The settings that differ from their defaults.
fn differing(desk: &Desk, run: &str) -> BTreeSet<(String, String)> {
    let settings = desk.json(&format!("{run}/settings.json"));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let pairs = settings.as_array().unwrap().iter();
    pairs.map(|setting| (text(&setting["name"]), text(&setting["value"]))).collect()
}

/// The keys that a step says it changes, with what they become: "`a` from 1 to 2, `b` from 3 to 4".
fn said(change: &str) -> BTreeMap<String, String> {
    let parts: Vec<&str> = change.split('`').collect();
    let pairs = parts[1..].chunks(2).map(|pair| {
        let (_, to) = pair[1].rsplit_once(" to ").unwrap();
        (pair[0].to_owned(), to.trim_end_matches(", ").to_owned())
    });
    pairs.collect()
}

/// Whether a setting comes and goes with one that a step changes.
fn comes_with(key: &str, said: &BTreeMap<String, String>) -> bool {
    DEPENDENT.iter().any(|(on, with)| said.contains_key(*on) && key.starts_with(with))
}

fn same(found: &toml::Value, said: &str) -> bool {
    let plain = |text: &str| text.replace([' ', '"'], "");
    let found = plain(&found.to_string());
    match (found.parse::<f64>(), said.parse::<f64>()) {
        (Ok(found), Ok(said)) => found == said,
        _ => found == plain(said),
    }
}

/// Steps that are the same for every network: they are taken on rows, where they cost least.
const WHATEVER_THE_NETWORK: [&str; 9] = [
    "train-longer",
    "learning-rate",
    "better-optimiser",
    "learning-rate-decay",
    "optimiser-parameters",
    "l2",
    "weight-decay",
    "averaged-weights",
    "early-stopping",
];

/// Whether a setting has a default of its own for each kind of network.
fn follows_from_kind(key: &str) -> bool {
    ["network.dropout", "network.batch_norm", "train.learning_rate"].contains(&key)
}

/// Takes every step of a run that has a command, and gives the remedies.
fn take_every_step(desk: &Desk, run: &str) -> Vec<String> {
    take_steps(desk, run, &[])
}

/// The same without taking those that are `passed_over`.
fn take_steps(desk: &Desk, run: &str, passed_over: &[&str]) -> Vec<String> {
    let diagnosis = desk.answer(&["diagnose", run])["diagnosis"].clone();
    // What `run` guessed of the data is typed from the first `train` on.
    desk.done(&["train", run, "-q", "-o", "again"]);
    assert_eq!(settings(desk, "again"), settings(desk, run));
    let unchanged = differing(desk, "again");
    std::fs::remove_dir_all(desk.path("again")).unwrap();
    let mut taken = Vec::new();
    for step in diagnosis["steps"].as_array().unwrap() {
        let Some(command) = step["command"].as_str() else { continue };
        let remedy = step["remedy"].as_str().unwrap();
        taken.push(remedy.to_owned());
        if passed_over.contains(&remedy) {
            continue;
        }
        let told = shell(desk, &format!("{command} --quiet --out next"));
        assert_eq!(told.code, 0, "{command}: {}", told.err);
        let change = step["change"].as_str().unwrap();
        let (before, after, said) = (settings(desk, run), settings(desk, "next"), said(change));
        let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for key in keys {
            let one_lacks_it = !before.contains_key(key) || !after.contains_key(key);
            match said.get(key) {
                Some(to) if to == "what a range test finds" => {}
                // A network without dense layers has no dropout to show.
                Some(to) if to == "[]" && !after.contains_key(key) => {}
                Some(to) => assert!(same(&after[key], to), "{command}: {key} is {}", after[key]),
                None if one_lacks_it && comes_with(key, &said) => {}
                // What the kind of the network fills in is another kind's.
                None if said.contains_key("network.kind") && follows_from_kind(key) => {}
                None => assert_eq!(before.get(key), after.get(key), "{command} changes {key}"),
            }
        }
        // Another kind of network has other defaults, which those in force then differ from.
        if !said.contains_key("network.kind") {
            for (key, _) in unchanged.symmetric_difference(&differing(desk, "next")) {
                let named = said.contains_key(key) || comes_with(key, &said);
                assert!(named, "{command}: {key} differs");
            }
        }
        assert!(step["cost"]["seconds"].as_f64().unwrap() > 0.0, "{command}");
        assert!(!step["moves"].as_str().unwrap().is_empty());
        std::fs::remove_dir_all(desk.path("next")).unwrap();
    }
    taken
}

/// A desk with `photos`, `muddled`, whose labels are right for every other picture, and `many`, on which
/// there is enough to learn for networks that are larger.
fn photos() -> Desk {
    let desk = Desk::new();
    data::photos(desk.folder());
    for (from, to) in [("round", "straight"), ("straight", "round")] {
        let mut pictures: Vec<_> = std::fs::read_dir(desk.path("photos").join(from))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        pictures.sort();
        for (at, picture) in pictures.iter().enumerate().take(20) {
            let class = if at % 2 == 0 { from } else { to };
            let folder = desk.path("muddled").join(class);
            std::fs::create_dir_all(&folder).unwrap();
            let name = format!("{from}-{}", picture.file_name().unwrap().display());
            std::fs::rename(picture, folder.join(name)).unwrap();
        }
    }
    for (class, digits) in [("round", ["0", "2"]), ("straight", ["1", "7"])] {
        let folder = desk.path("many").join(class);
        std::fs::create_dir_all(&folder).unwrap();
        for digit in digits {
            for entry in std::fs::read_dir(data::digits().join(digit)).unwrap() {
                let picture = entry.unwrap().path();
                let name = format!("{digit}-{}", picture.file_name().unwrap().display());
                std::fs::copy(&picture, folder.join(name)).unwrap();
            }
        }
    }
    desk
}

/// The steps of bias, variance and too large a size, for one network on pictures.
fn steps_on_photos(sets: &[&str], epochs: &str) -> [Vec<String>; 3] {
    let desk = photos();
    let sets: Vec<&str> = sets.iter().flat_map(|set| ["--set", *set]).collect();
    // Each in a folder of its own, since the recipe goes on from the best that lie beside each other.
    let run = |data: &str, run: &str, flags: &[&str]| {
        let mut args = vec!["run", data, "--validation", "muddled", "-q", "-o", run];
        args.extend(flags.iter().chain(&sets));
        desk.done(&args);
        take_steps(&desk, run, &WHATEVER_THE_NETWORK)
    };
    let bias = run("many", "bias/it", LEARNS_NOTHING);
    let by_heart = [LEARNS_BY_HEART, &["--set", epochs]].concat();
    let variance = run("photos", "variance/it", &by_heart);
    desk.done(&["diagnose", "bias/it", "--constraint", "model-size <= 1 B"]);
    let passed_over = [&WHATEVER_THE_NETWORK[..], &["batch-normalisation"]].concat();
    let size = take_steps(&desk, "bias/it", &passed_over);
    [bias, variance, size]
}

const TUNING: [&str; 4] =
    ["better-optimiser", "batch-normalisation", "learning-rate-decay", "optimiser-parameters"];

/// The steps of a feed-forward network on rows, of a run with these flags.
fn steps_on_rows(flags: &[&str]) -> Vec<String> {
    let desk = Desk::new();
    desk.write("animals.csv", &data::animals());
    desk.write("muddled.csv", &data::muddled_animals().replace("brindled,cat", "brindled,dog"));
    let args = ["run", "animals.csv", "--validation", "muddled.csv", "-q", "-o", "it"];
    desk.done(&[&args[..], flags].concat());
    take_every_step(&desk, "it")
}

#[test]
fn every_step_against_bias_on_rows() {
    let steps = steps_on_rows(&[LEARNS_NOTHING, &["--set", "network.hidden=[8]"]].concat());
    assert_eq!(steps[..3], ["larger-network", "train-longer", "learning-rate"]);
    for remedy in TUNING.iter().chain(&["deeper-network"]) {
        assert!(steps.contains(&(*remedy).to_owned()), "{remedy} is not among {steps:?}");
    }
}

#[test]
fn every_step_against_variance_on_rows() {
    let steps = steps_on_rows(&[LEARNS_BY_HEART, &["--set", "train.epochs=30"]].concat());
    let expected = ["l2", "dropout", "weight-decay", "averaged-weights", "early-stopping"];
    assert_eq!(steps, expected);
}

#[test]
fn every_step_of_a_wide_network_and_of_a_linear_one() {
    // 120 rows of 3 columns are too few for 512 units times 512.
    let wide = steps_on_rows(&[LEARNS_NOTHING, &["--set", "network.hidden=[512]"]].concat());
    for remedy in ["larger-network", "deeper-network"] {
        assert!(!wide.contains(&remedy.to_owned()), "{wide:?}");
    }
    // A list of dropouts grows with the layers.
    let sets = ["network.hidden=[8,4]", "network.dropout=[0.1,0.2]", "train.optimiser=rmsprop"];
    let sets: Vec<&str> = sets.iter().flat_map(|set| ["--set", *set]).collect();
    let deep = steps_on_rows(&[LEARNS_NOTHING, &sets].concat());
    assert!(deep.contains(&"deeper-network".to_owned()), "{deep:?}");
    let linear = steps_on_rows(&[LEARNS_NOTHING, &["--set", "network.hidden=[]"]].concat());
    assert!(!linear.contains(&"batch-normalisation".to_owned()), "it has no hidden layer");
    let flags = ["--constraint", "model-size <= 1 B"];
    assert_eq!(steps_on_rows(&[LEARNS_NOTHING, &flags].concat())[0], "smaller-network");
}

#[test]
fn gradients_that_do_not_flow_are_mended_first() {
    let desk = Desk::new();
    // More dogs than cats: of as many, the output layer has nothing to learn either at first.
    let animals = data::animals();
    let some =
        animals.lines().enumerate().filter(|(at, line)| at % 3 > 0 || !line.ends_with("cat"));
    let some: Vec<&str> = some.map(|(_, line)| line).collect();
    desk.write("animals.csv", &some.join("\n"));
    let run = |name: &str, hidden: &str, sets: &[&str]| {
        let run = format!("{name}/it");
        let sets = sets.iter().chain([&hidden]).flat_map(|set| ["--set", *set]);
        let mut args = vec!["run", "animals.csv", "-q", "-o", &run];
        args.extend(LEARNS_NOTHING.iter().copied().chain(sets));
        desk.done(&args);
        take_every_step(&desk, &run)
    };
    let vanishing = run("vanishing", "network.hidden=[8,8,8,8]", &["network.initial_scale=0.01"]);
    assert_eq!(vanishing[0], "initialisation");
    let deep = format!("network.hidden={:?}", [32; 20]);
    let sets = ["network.initial_scale=8", "network.activation=tanh"];
    assert_eq!(run("exploding", &deep, &sets)[..2], ["initialisation", "clip-gradient"]);
}

#[test]
fn every_step_of_a_small_conv() {
    let [bias, variance, size] = steps_on_photos(&["network.kind=small-conv"], "train.epochs=12");
    assert_eq!(bias[..3], ["larger-network", "train-longer", "learning-rate"]);
    assert_eq!(bias.last().map(String::as_str), Some("other-network"));
    assert_eq!(variance[..4], ["l2", "dropout", "augmentation", "mirror"]);
    assert_eq!(size[..2], ["smaller-network", "train-longer"]);
}

#[test]
fn every_step_of_lenet() {
    let [bias, variance, size] = steps_on_photos(&["network.kind=lenet"], "train.epochs=4");
    assert_eq!(bias[..2], ["larger-network", "train-longer"]);
    assert_eq!(variance[..4], ["l2", "dropout", "augmentation", "mirror"]);
    assert_eq!(size[..2], ["smaller-network", "train-longer"]);
}

#[test]
fn every_step_of_a_conv() {
    // All pictures at once: with the noise of small batches, normalisation learns them by heart late.
    let sets =
        ["network.kind=conv", "network.channels=[4,8]", "network.hidden=[16]", "train.batch=1000"];
    let [bias, variance, size] = steps_on_photos(&sets, "train.epochs=12");
    assert_eq!(bias[..3], ["larger-network", "train-longer", "learning-rate"]);
    assert!(bias.contains(&"deeper-network".to_owned()), "{bias:?}");
    assert_eq!(variance[..4], ["l2", "dropout", "augmentation", "mirror"]);
    assert_eq!(size[..2], ["smaller-network", "train-longer"]);
    assert!(!size.contains(&"larger-network".to_owned()), "{size:?}");
}

#[test]
fn every_step_of_a_feed_forward_network_on_pictures() {
    let [bias, variance, size] = steps_on_photos(&["network.kind=feed-forward"], "train.epochs=20");
    assert_eq!(bias[..3], ["larger-network", "train-longer", "learning-rate"]);
    assert_eq!(bias.last().map(String::as_str), Some("other-network"));
    assert_eq!(variance[..4], ["l2", "dropout", "augmentation", "mirror"]);
    assert_eq!(size[0], "smaller-network");
}
