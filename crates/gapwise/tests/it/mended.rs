//! Finished and interrupted runs whose files were edited, damaged or deleted: what is believed of them,
//! and what `train --resume` makes again.

use std::{collections::BTreeMap, fs, process::Stdio, thread, time::Duration};

use serde_json::Value;

use crate::{data, desk::Desk};

const RESUME: [&str; 4] = ["train", "--resume", "run", "-q"];

/// What a training goes on from, and what no command reads.
const STATE: &str = "checkpoints/state.safetensors";
const LAST: &str = "checkpoints/last.safetensors";

/// A desk with the finished run `run`, one of whose settings differs.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("animals.csv", &data::muddled_animals());
    desk.done(&["run", "animals.csv", "-q", "-o", "run", "--set", "train.epochs=5"]);
    desk
}

/// Every file of the run whose bytes do not tell the time.
fn fixed(desk: &Desk) -> BTreeMap<String, Vec<u8>> {
    let timed = ["environment.json", "timing.csv", "report.html", "manifest.json", "lock"];
    let files = desk.files("run").into_iter().filter(|name| {
        !timed.contains(&name.as_str())
            && !name.starts_with("events.")
            && !name.ends_with("state.safetensors")
    });
    files.map(|name| (name.clone(), fs::read(desk.path("run").join(&name)).unwrap())).collect()
}

fn test_error(desk: &Desk) -> Value {
    let answer = desk.answer(&["diagnose", "run"]);
    let rungs = answer["diagnosis"]["rungs"].as_array().unwrap();
    rungs.iter().find(|rung| rung["kind"] == "test").unwrap()["error"].clone()
}

#[test]
fn a_split_that_was_edited_gives_no_figure_and_is_made_again() {
    let desk = desk();
    let split = desk.read("run/split.csv");
    let swapped: String = split
        .lines()
        .map(|line| match line.rsplit_once(',') {
            Some((id, "train")) => format!("{id},test\n"),
            Some((id, "test")) => format!("{id},train\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    assert_ne!(swapped, split);
    desk.write("run/split.csv", &swapped);
    for command in [&["evaluate", "run", "--test"][..], &["evaluate", "run", "animals.csv"]] {
        let said = desk.refused(command);
        assert!(said.starts_with("error: `run/split.csv` is not as the run wrote it: "), "{said}");
        assert!(said.ends_with("hint: `gapwise train --resume run` makes it again\n"), "{said}");
    }
    desk.done(&RESUME);
    assert_eq!(desk.read("run/split.csv"), split);
    desk.done(&["evaluate", "run", "--test"]);
    // A run without a manifest knows its split from its other files.
    fs::remove_file(desk.path("run/manifest.json")).unwrap();
    let start =
        desk.read("run/start.json").replace("\"has_manifest\": true", "\"has_manifest\": false");
    desk.write("run/start.json", &start);
    let said = desk.say(&["evaluate", "run", "--test"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("`run` is from before runs had a `manifest.json`"), "{}", said.err);
    desk.write("run/split.csv", &swapped);
    let said = desk.refused(&["evaluate", "run", "--test"]);
    assert!(said.contains("run/split.csv`: expected split "), "{said}");
}

#[test]
fn a_prediction_table_that_lacks_rows_says_how_many_and_is_made_again_with_its_test_rows() {
    let desk = desk();
    desk.done(&["evaluate", "run", "--test"]);
    let (before, table, error) =
        (fixed(&desk), desk.read("run/predictions.csv"), test_error(&desk));
    let looks = desk.read("looks.jsonl");
    let lines: Vec<&str> = table.lines().collect();
    let cut = format!("{}\n", lines[..lines.len() - 60].join("\n"));
    let wrong: Vec<&str> = lines
        .iter()
        .copied()
        .filter(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            cells[0] == "id" || cells[3] == cells[4]
        })
        .collect();
    assert!(wrong.len() < lines.len());
    for (damaged, says) in [
        (cut, " examples\n"),
        (format!("{}\n", wrong.join("\n")), " examples\n"),
        (table.replacen(",0.", ",0.1", 1), " is not as the run wrote it: expected checksum "),
        (table[..table.len() * 2 / 3].to_owned(), "run/predictions.csv` "),
    ] {
        desk.write("run/predictions.csv", &damaged);
        for command in [&["diagnose", "run"][..], &["report", "run"], &["compare", "run", "run"]] {
            let said = desk.refused(command);
            assert!(
                said.starts_with("error: `run/predictions.csv` ") && said.contains(says),
                "{said}"
            );
        }
        desk.done(&RESUME);
        assert!(fixed(&desk) == before);
        assert_eq!((test_error(&desk), desk.read("looks.jsonl")), (error.clone(), looks.clone()));
    }
}

/// No hint leads back to where it came from: what `train --resume` cannot make again it says itself.
#[test]
fn every_file_that_is_gone_or_garbage_is_made_again_or_named() {
    let desk = desk();
    let (before, looks) = (fixed(&desk), desk.read("looks.jsonl"));
    let whole: BTreeMap<String, Vec<u8>> = desk
        .files("run")
        .into_iter()
        .map(|name| (name.clone(), fs::read(desk.path("run").join(name)).unwrap()))
        .collect();
    let names = whole.keys().filter(|name| ![STATE, LAST].contains(&name.as_str()));
    for (at, name) in names.enumerate() {
        // Every second one is deleted, the others hold garbage.
        for garbage in [None, Some("garbage")].into_iter().skip(at % 2).take(1) {
            let path = desk.path("run").join(name);
            match garbage {
                None => fs::remove_file(&path).unwrap(),
                Some(garbage) => fs::write(&path, garbage).unwrap(),
            }
            let said = desk.say(&RESUME);
            if ["start.json", "checkpoints/best.safetensors"].contains(&name.as_str()) {
                assert_eq!(said.code, 2, "{name}: {}", said.err);
                assert!(
                    said.err.contains("train it anew: `gapwise train run`"),
                    "{name}: {}",
                    said.err
                );
                desk.done(&["train", "run", "-q", "-o", "anew"]);
                fs::remove_dir_all(desk.path("anew")).unwrap();
                desk.write("looks.jsonl", &looks);
                for (name, bytes) in &whole {
                    fs::write(desk.path("run").join(name), bytes).unwrap();
                }
                continue;
            }
            assert_eq!(said.code, 0, "{name}: {}", said.err);
            desk.done(&["diagnose", "run"]);
            desk.done(&["report", "run"]);
            let after = fixed(&desk);
            for (file, bytes) in &before {
                assert!(after.get(file) == Some(bytes), "{name}: {file}");
            }
            assert!(desk.say(&RESUME).err.is_empty());
        }
    }
}

#[test]
fn an_interrupted_run_without_its_settings_ends_as_if_nothing_had_happened() {
    let desk = Desk::new();
    desk.write("animals.csv", &data::muddled_animals());
    let args = ["run", "animals.csv", "-q", "--set=train.epochs=300", "--set=train.batch=16"];
    let args = [&args[..], &["--checkpoint-every=0"]].concat();
    desk.done(&[&args[..], &["-o", "whole"]].concat());
    for garbage in [None, Some("{")] {
        let mut child = desk
            .command()
            .args(&args)
            .args(["-o", "run"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while !desk.path("run/checkpoints/state.safetensors").exists() {
            thread::sleep(Duration::from_millis(2));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        for name in ["settings.json", "split.csv"] {
            match garbage {
                None => fs::remove_file(desk.path("run").join(name)).unwrap(),
                Some(text) => desk.write(&format!("run/{name}"), text),
            }
        }
        desk.done(&RESUME);
        desk.done(&["diagnose", "run"]);
        for name in ["settings.json", "split.csv", "data.json", "predictions.csv"] {
            assert_eq!(
                desk.read(format!("run/{name}")),
                desk.read(format!("whole/{name}")),
                "{name}"
            );
        }
        assert!(!desk.json("run/data.json")["notes"].as_array().unwrap().is_empty());
        fs::remove_dir_all(desk.path("run")).unwrap();
    }
}

#[test]
fn an_edited_configuration_is_for_a_new_run_and_changes_no_old_figure() {
    let desk = desk();
    let before = desk.done(&["diagnose", "run"]);
    let config = desk.read("run/config.toml");
    desk.write("run/config.toml", &config.replace("epochs = 5", "epochs = 7"));
    let said = desk.say(&["diagnose", "run"]);
    assert_eq!((said.code, &said.out), (0, &before));
    assert!(
        said.err
            .contains("`run/config.toml` was edited since training (`train.epochs` from 5 to 7)"),
        "{}",
        said.err
    );
    desk.done(&["train", "run", "-q", "-o", "new"]);
    assert_eq!(desk.read("new/history.csv").lines().count(), 1 + 7);
    let changes = &desk.json("new/step.json")["changes"][0];
    assert_eq!((&changes["key"], &changes["from"]), (&"train.epochs".into(), &"5".into()));
}

#[test]
fn a_ledger_that_was_damaged_or_deleted_blocks_nothing_and_resets_no_count() {
    let desk = desk();
    desk.done(&["train", "run", "-q", "-o", "other", "--seed", "2"]);
    desk.done(&["compare", "run", "other"]);
    let counted = |desk: &Desk| desk.answer(&["diagnose", "run"])["diagnosis"]["looks"].clone();
    let before = counted(&desk);
    assert_eq!(before["validation"], 3);
    let ledger = desk.read("looks.jsonl");
    let second = ledger.lines().nth(1).unwrap();
    desk.write("looks.jsonl", &ledger.replace(second, &second[..20]));
    let said = desk.say(&["diagnose", "run"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.err.contains(
            "at least 3 looks at validation and 0 at test: line 2 of `./looks.jsonl` is damaged"
        ),
        "{}",
        said.err
    );
    assert_eq!(counted(&desk), before);
    fs::remove_file(desk.path("looks.jsonl")).unwrap();
    let said = desk.say(&["diagnose", "run"]);
    assert!(
        said.err
            .contains("at least 3 looks at validation and 0 at test: `./looks.jsonl` is not there"),
        "{}",
        said.err
    );
    assert_eq!(counted(&desk), before);
    // The next look is the fourth, and a copy elsewhere knows it too.
    desk.done(&["train", "run", "-q", "-o", "third", "--seed", "3"]);
    assert_eq!(counted(&desk)["validation"], 4);
}

#[test]
fn the_time_of_a_training_is_that_of_all_its_parts() {
    let desk = desk();
    let seconds =
        |desk: &Desk| desk.json("run/environment.json")["seconds"]["train"].as_f64().unwrap();
    let before = seconds(&desk);
    // As if it had been killed while it was judged.
    fs::remove_file(desk.path("run/predictions.csv")).unwrap();
    fs::remove_file(desk.path("run/environment.json")).unwrap();
    desk.done(&RESUME);
    let epochs: f64 = desk
        .read("run/timing.csv")
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(1).unwrap().parse::<f64>().unwrap())
        .sum();
    assert!(seconds(&desk) >= epochs && before >= epochs, "{before} {epochs}");
}
