//! Runs that were cut off, deleted from or killed.

use std::{fs, process::Stdio, thread::sleep, time::Duration};

use crate::{data, desk::Desk, whole_path::FILES};

/// The first command that needs each file, and so has to say that it is missing or damaged.
/// Nothing reads `checkpoints/last.safetensors` yet, what a resumed training needs is tested with
/// resuming, and a judgement by another tolerance writes diagnosis and report.
const NEEDED_BY: [(&str, &[&str]); 15] = [
    ("baselines.json", &["diagnose", "run"]),
    ("checkpoints/best.safetensors", &["predict", "run", "animals.csv"]),
    ("config.toml", &["diagnose", "run"]),
    ("data.json", &["report", "run"]),
    ("environment.json", &["report", "run"]),
    ("gradients.csv", &["diagnose", "run"]),
    ("history.csv", &["report", "run"]),
    ("model.json", &["predict", "run", "animals.csv"]),
    ("predictions.csv", &["diagnose", "run"]),
    ("run.json", &["diagnose", "run"]),
    ("settings.json", &["report", "run"]),
    ("split.csv", &["evaluate", "run", "--test"]),
    ("start.json", &["diagnose", "run"]),
    ("timing.csv", &["diagnose", "run"]),
    ("worst.json", &["report", "run"]),
];
const WRITTEN_AGAIN: [&str; 2] = ["diagnosis.json", "report.html"];

/// A desk with the run `run`, one of whose settings differs, so that no record is empty.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("animals.csv", &data::muddled_animals());
    desk.done(&["run", "animals.csv", "-q", "-o", "run", "--set", "train.epochs=5"]);
    desk
}

#[test]
fn a_file_that_is_gone_is_named() {
    let desk = desk();
    for (file, command) in NEEDED_BY {
        let path = desk.path("run").join(file);
        let whole = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let said = desk.refused(command);
        let expected = if file == "config.toml" {
            "error: `run` is no run: no `config.toml` in it\n\nhint: ".to_owned()
        } else {
            format!("error: `run` has no `{file}`\n\nhint: ")
        };
        assert!(said.starts_with(&expected), "{file}: {said}");
        fs::write(&path, whole).unwrap();
    }
    for file in WRITTEN_AGAIN {
        fs::remove_file(desk.path("run").join(file)).unwrap();
    }
    desk.done(&["diagnose", "run", "--tolerance", "0.01"]);
    assert_eq!(desk.files("run"), FILES);
}

#[test]
fn a_file_that_was_cut_off_is_named() {
    let desk = desk();
    for (file, command) in NEEDED_BY {
        let path = desk.path("run").join(file);
        let whole = fs::read(&path).unwrap();
        // In the middle of a line: what ends with a whole line may be a whole file.
        let mut end = whole.len() / 2;
        while whole[end - 1] == b'\n' || whole[end] == b'\n' {
            end -= 1;
        }
        fs::write(&path, &whole[..end]).unwrap();
        let said = desk.refused(command);
        let line = whole[..end].iter().filter(|&&byte| byte == b'\n').count() + 1;
        let place = match file {
            "checkpoints/best.safetensors" => format!("error: `run/{file}`: "),
            "config.toml" => format!("error: `run/{file}` line {line}"),
            _ => format!("error: `run/{file}` is not as the run wrote it: expected checksum "),
        };
        assert!(said.starts_with(&place), "{file}, cut off in line {line}: {said}");
        fs::write(&path, whole).unwrap();
    }
    desk.done(&["diagnose", "run", "--tolerance", "0.01"]);
}

#[test]
fn a_kill_while_training_leaves_whole_files_and_a_clear_answer() {
    let desk = Desk::new();
    desk.write("animals.csv", &data::animals());
    let mut child = desk
        .command()
        .args(["run", "animals.csv", "-o", "run", "--set", "train.epochs=1000000"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // `model.json` is the last file before the training.
    for _ in 0..600 {
        if desk.path("run/model.json").exists() {
            break;
        }
        sleep(Duration::from_millis(50));
    }
    sleep(Duration::from_millis(100));
    child.kill().unwrap();
    child.wait().unwrap();
    let left = desk.files("run");
    for file in ["config.toml", "data.json", "model.json", "split.csv", "start.json"] {
        assert!(left.iter().any(|there| there == file), "{left:?}");
    }
    desk.json("run/data.json");
    assert_eq!(desk.read("run/split.csv").lines().count(), 1 + 200);
    insta::assert_snapshot!(desk.refused(&["diagnose", "run"]), @"
    error: `run` has no `run.json`

    hint: the run is not finished: go on with `gapwise train --resume run`
    ");
    // And what it was to be can be trained from what it left.
    desk.done(&["train", "run", "-q", "-o", "again", "--set", "train.epochs=1"]);
}

#[test]
fn a_kill_at_any_moment_leaves_only_whole_files() {
    let desk = Desk::new();
    desk.write("animals.csv", &data::animals());
    desk.done(&["run", "animals.csv", "-q", "-o", "whole", "--set", "train.epochs=2"]);
    // Sizes differ by seconds and looks; these files do not.
    let fixed = ["config.toml", "data.json", "split.csv", "model.json", "predictions.csv"];
    let mut unfinished = 0;
    for moment in 0..12 {
        let run = format!("run-{moment}");
        let mut child = desk
            .command()
            .args(["run", "animals.csv", "-q", "-o", &run, "--set", "train.epochs=2"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        sleep(Duration::from_millis(40 * moment));
        child.kill().unwrap();
        child.wait().unwrap();
        if !desk.path(&run).exists() {
            continue;
        }
        unfinished += usize::from(!desk.path(&run).join("report.html").exists());
        // A file that was being written has a hidden name of its own, which nothing reads.
        for file in desk.files(&run).iter().filter(|file| !file.contains(".part-")) {
            assert!(FILES.contains(&file.as_str()), "{file}");
            let path = desk.path(&run).join(file);
            if fixed.contains(&file.as_str()) {
                let whole = fs::read(desk.path("whole").join(file)).unwrap();
                assert_eq!(fs::read(path).unwrap(), whole, "{run}/{file}");
            } else if file.ends_with(".json") {
                desk.json(&format!("{run}/{file}"));
            }
        }
    }
    eprintln!("{unfinished} of 12 runs were killed before they were done");
}
