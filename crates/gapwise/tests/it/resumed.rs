//! Runs that are killed, stopped or run out of disk, and are gone on with.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{
    data,
    desk::{Desk, Said},
};

/// Training of some seconds in many short epochs, with a checkpoint after every update.
const LONG: [&str; 8] = [
    "run",
    "animals.csv",
    "--set=train.epochs=400",
    "--set=train.batch=16",
    "--set=network.dropout=0.2",
    "--checkpoint-every=0",
    "--out=run",
    "--quiet",
];

/// What has to be the same, whatever happened on the way.
const SAME: [&str; 11] = [
    "predictions.csv",
    "data.json",
    "settings.json",
    "history.csv",
    "gradients.csv",
    "split.csv",
    "diagnosis.json",
    "model.json",
    "run.json",
    "checkpoints/best.safetensors",
    "checkpoints/last.safetensors",
];

fn computed(desk: &Desk) -> Vec<Vec<u8>> {
    SAME.map(|name| fs::read(desk.path("run").join(name)).unwrap()).to_vec()
}

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("animals.csv", &data::muddled_animals());
    desk
}

/// A desk on which the long run was done in one go.
fn undisturbed() -> Vec<Vec<u8>> {
    let desk = desk();
    desk.done(&LONG);
    computed(&desk)
}

fn spawned(desk: &Desk, args: &[&str]) -> Child {
    desk.command().args(args).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Begins the same with so many epochs that it does not end before it is killed, however seldom a busy
/// disk lets it keep a checkpoint.
fn spawned_for_long(desk: &Desk) -> Child {
    let args: Vec<&str> = LONG.into_iter().chain(["--set=train.epochs=100000"]).collect();
    spawned(desk, &args)
}

/// Waits until the run has another checkpoint than `before`.
fn wait_for_checkpoint(desk: &Desk, before: &[u8]) -> Vec<u8> {
    let state = desk.path("run/checkpoints/state.safetensors");
    let began = Instant::now();
    loop {
        match fs::read(&state) {
            Ok(bytes) if bytes != before => return bytes,
            _ => thread::sleep(Duration::from_millis(2)),
        }
        assert!(began.elapsed() < Duration::from_secs(60), "no checkpoint came");
    }
}

const RESUME: [&str; 5] = ["train", "--resume", "run", "--checkpoint-every=0", "--quiet"];

#[test]
fn a_run_that_is_killed_again_and_again_ends_with_the_same_bits() {
    let desk = desk();
    let mut state = Vec::new();
    for kill in 0..6_u64 {
        let mut child = spawned(&desk, if kill == 0 { &LONG } else { &RESUME });
        state = wait_for_checkpoint(&desk, &state);
        thread::sleep(Duration::from_millis(7 * kill));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!desk.path("run/report.html").exists(), "killed after its end");
    }
    desk.done(&RESUME);
    assert!(computed(&desk) == undisturbed());
    // The look at validation is counted once.
    assert_eq!(desk.read("looks.jsonl").lines().count(), 1);
}

#[test]
fn a_finished_run_is_left_as_it_is() {
    let desk = Desk::with_run();
    let before = fs::read(desk.path("runs/animals-1/report.html")).unwrap();
    let said = desk.say(&["train", "--resume", "runs/animals-1"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("this run was finished already"), "{}", said.err);
    assert!(said.out.contains("runs/animals-1"), "{}", said.out);
    assert!(fs::read(desk.path("runs/animals-1/report.html")).unwrap() == before);
}

#[test]
fn a_second_process_on_the_same_run_is_refused() {
    let desk = desk();
    let mut first = spawned(&desk, &LONG);
    wait_for_checkpoint(&desk, &[]);
    let said = desk.say(&RESUME);
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(said.code, 1, "{}", said.err);
    let pid = first.id();
    let expected = format!("error: `run` is being trained by another process (number {pid})\n");
    assert!(said.error().starts_with(&expected), "{}", said.err);
}

#[cfg(unix)]
#[test]
fn an_interrupt_keeps_everything_and_says_how_to_go_on() {
    let desk = desk();
    let child = spawned(&desk, &LONG);
    wait_for_checkpoint(&desk, &[]);
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let said = Said::of(child.wait_with_output().unwrap());
    assert_eq!(said.code, 130, "{}", said.err);
    let error = said.error();
    assert!(error.starts_with("error: training was stopped in epoch "), "{error}");
    let hint = "; everything so far is in `run`\n\nhint: go on with `gapwise train --resume run`\n";
    assert!(error.ends_with(hint), "{error}");
    desk.done(&RESUME);
    assert!(computed(&desk) == undisturbed());
}

/// So many classes that judging takes many seconds: the signal comes while it goes on.
#[cfg(unix)]
#[test]
fn an_interrupt_while_judging_ends_at_once_and_says_what_is_kept() {
    let desk = Desk::new();
    let row = |row: usize| format!("{},class {}\n", row as f64 * 0.37 % 1.0, row % 400);
    desk.write("many.csv", &format!("x,kind\n{}", (0..4_000).map(row).collect::<String>()));
    let args = ["run", "many.csv", "--label=kind", "--set=train.epochs=1", "--out=run"];
    let mut child = spawned(&desk, &args);
    let mut told = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    while !said.contains("kept epoch 1") {
        assert!(told.read_line(&mut said).unwrap() > 0, "{said}");
    }
    let began = Instant::now();
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let took = began.elapsed();
    told.read_to_string(&mut said).unwrap();
    let end = "error: stopped after training; everything so far is in `run`\n\nhint: go on with \
               `gapwise train --resume run`\n";
    assert!(said.ends_with(end), "{said}");
    assert!(took < Duration::from_secs(3), "{took:?}");
    assert!(desk.path("run/checkpoints/best.safetensors").exists());
    assert!(!desk.path("run/report.html").exists(), "judged before the signal came");
}

/// Where no file may have more than some kilobytes, a checkpoint cannot be written, as on a full
/// disk.
#[cfg(unix)]
#[test]
fn a_checkpoint_that_cannot_be_written_leaves_the_one_before_whole_and_says_so() {
    let desk = desk();
    let mut child = spawned(&desk, &LONG);
    wait_for_checkpoint(&desk, &[]);
    child.kill().unwrap();
    child.wait().unwrap();
    let state = desk.path("run/checkpoints/state.safetensors");
    let before = fs::read(&state).unwrap();

    // A file that has grown too large is an error of writing, no end without a word.
    let script = "ulimit -f 4; exec \"$@\"";
    let mut limited = Command::new("bash");
    limited.args(["-c", script, "bash", env!("CARGO_BIN_EXE_gapwise")]).args(RESUME);
    let said = Said::of(limited.current_dir(desk.folder()).output().unwrap());
    assert_eq!(said.code, 1, "{}", said.err);
    let error = said.error();
    assert!(error.contains("could not be written: File too large"), "{error}");
    assert!(error.contains("; what the run had before is whole"), "{error}");
    assert!(error.contains("make room, then go on with `gapwise train --resume run`"), "{error}");
    assert!(fs::read(&state).unwrap() == before);
    let left = desk.files("run");
    assert!(!left.iter().any(|name| name.contains(".part-")), "{left:?}");

    desk.done(&RESUME);
    assert!(computed(&desk) == undisturbed());
}

#[test]
fn a_run_whose_data_changed_is_not_gone_on_with() {
    let desk = desk();
    let mut child = spawned(&desk, &LONG);
    wait_for_checkpoint(&desk, &[]);
    child.kill().unwrap();
    child.wait().unwrap();
    desk.write("animals.csv", &data::animals());
    let error = desk.refused(&RESUME);
    assert!(error.contains("the data is not what `run` was trained on"), "{error}");
}

#[test]
fn an_unfinished_run_predicts_and_says_what_it_lacks() {
    let desk = desk();
    let mut child = spawned_for_long(&desk);
    let mut state = Vec::new();
    while !desk.path("run/checkpoints/best.safetensors").exists() {
        state = wait_for_checkpoint(&desk, &state);
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(desk.done(&["predict", "run", "animals.csv"]).starts_with("id,prediction,"));
    let error = desk.refused(&["diagnose", "run"]);
    let hint = "hint: the run is not finished: go on with `gapwise train --resume run`";
    assert!(error.contains(hint), "{error}");
}

#[test]
fn a_damaged_checkpoint_is_named() {
    let desk = desk();
    let mut child = spawned_for_long(&desk);
    let mut seen = Vec::new();
    while !desk.path("run/checkpoints/best.safetensors").exists() {
        seen = wait_for_checkpoint(&desk, &seen);
    }
    wait_for_checkpoint(&desk, &seen);
    child.kill().unwrap();
    child.wait().unwrap();
    let state = desk.path("run/checkpoints/state.safetensors");
    let whole = fs::read(&state).unwrap();
    fs::write(&state, &whole[..whole.len() / 2]).unwrap();
    let error = desk.refused(&RESUME);
    assert!(error.contains("state.safetensors`: not a whole checkpoint: "), "{error}");
    // A changed byte among the numbers, which every reader of the format takes.
    for name in ["state", "best"] {
        let path = desk.path(format!("run/checkpoints/{name}.safetensors"));
        let mut bytes = if name == "state" { whole.clone() } else { fs::read(&path).unwrap() };
        fs::write(&state, &whole).unwrap();
        let last = bytes.len() - 2;
        bytes[last] ^= 1;
        fs::write(&path, bytes).unwrap();
        let error = desk.refused(&RESUME);
        assert!(error.contains(&format!("checkpoints/{name}.safetensors`: ")), "{error}");
        assert!(error.contains("its checksum does not match"), "{error}");
        assert!(error.contains("train it anew: `gapwise train run`"), "{error}");
    }
}

#[test]
fn a_run_whose_settings_changed_is_not_gone_on_with() {
    let desk = desk();
    let mut child = spawned(&desk, &LONG);
    wait_for_checkpoint(&desk, &[]);
    child.kill().unwrap();
    child.wait().unwrap();
    let config = desk.read("run/config.toml");
    let seed = config.lines().rfind(|line| line.starts_with("seed = ")).unwrap();
    let (before, after) = config.rsplit_once(seed).unwrap();
    desk.write("run/config.toml", &format!("{before}seed = 7{after}"));
    let error = desk.refused(&RESUME);
    let told = "settings were changed since the run began: `train.seed` from ";
    assert!(error.contains(told) && error.contains(" to 7\n"), "{error}");
}
