//! Answers go to standard output, progress to standard error, colour to terminals alone.

use std::{
    io::{BufRead, BufReader},
    process::{Output, Stdio},
};

use crate::{
    data,
    desk::{Desk, Said},
};

const ESCAPE: char = '\u{1b}';

#[test]
fn standard_output_holds_the_answer_alone() {
    let desk = Desk::new();
    desk.write("animals.csv", &data::animals());
    let told = desk.say(&["run", "animals.csv", "--set", "train.epochs=2", "--out", "a"]);
    assert!(told.err.starts_with("data      animals: 200 rows"), "{}", told.err);
    assert!(told.out.starts_with("Gap ladder"), "{}", told.out);
    let json = desk.say(&["train", "a", "--out", "b", "--json"]);
    serde_json::from_str::<serde_json::Value>(&json.out).unwrap();
    assert!(json.err.contains("training  feed-forward"), "{}", json.err);
}

#[test]
fn quiet_silences_progress_and_not_warnings() {
    let desk = Desk::new();
    desk.write("animals.csv", &data::animals());
    assert_eq!(desk.say(&["run", "animals.csv", "-q", "--set", "train.epochs=2"]).err, "");
    let same: String = data::animals().replace("weight,", "farm,weight,").replace('\n', "\nx,");
    let same = same.trim_end_matches("x,").to_owned();
    desk.write("farm.csv", &same);
    let said = desk.say(&["run", "farm.csv", "-q", "--set", "train.epochs=2"]);
    assert_eq!(said.code, 0, "{}", said.err);
    insta::assert_snapshot!(said.err, @"warning: `farm.csv`, column `farm`: every example has `x`, so the column is left out");
}

#[test]
fn colour_is_for_terminals_or_where_it_is_forced_and_never_with_no_color() {
    let desk = Desk::with_run();
    let say = |sets: &[(&str, &str)], args: &[&str]| {
        Said::of(desk.command().envs(sets.iter().copied()).args(args).output().unwrap())
    };
    let diagnose = ["diagnose", "runs/animals-1"];
    let nothing = ["diagnose", "nothing"];
    let plain = say(&[], &diagnose);
    assert!(!plain.out.contains(ESCAPE) && !say(&[], &nothing).err.contains(ESCAPE));
    let forced = [("CLICOLOR_FORCE", "1")];
    assert!(say(&forced, &diagnose).out.contains(ESCAPE));
    assert!(say(&forced, &nothing).err.contains(ESCAPE));
    let never = [("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")];
    assert_eq!(say(&never, &diagnose).out, plain.out);
    assert!(!say(&never, &nothing).err.contains(ESCAPE));
    // Nothing is said by colour alone: without its codes the text is the same.
    let mut stripped = String::new();
    let mut codes = say(&forced, &diagnose).out;
    while let Some(at) = codes.find(ESCAPE) {
        stripped += &codes[..at];
        codes = codes[at..].split_once('m').unwrap().1.to_owned();
    }
    assert_eq!(stripped + &codes, plain.out);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let desk = Desk::with_run();
    let rows = "1.5,22,black\n".repeat(20_000);
    desk.write("many.csv", &format!("weight,height,coat\n{rows}"));
    let mut child = desk
        .command()
        .args(["predict", "runs/animals-1", "many.csv"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert_eq!(first, "id,prediction,score:cat,score:dog\n");
    let Output { status, stderr, .. } = child.wait_with_output().unwrap();
    assert_eq!((status.code(), String::from_utf8(stderr).unwrap()), (Some(0), String::new()));
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_under_standard_output_fails_while_running() {
    let desk = Desk::with_run();
    for args in [&["diagnose", "runs/animals-1"][..], &["completions", "bash"]] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let said = Said::of(desk.command().args(args).stdout(full).output().unwrap());
        assert_eq!(said.code, 1);
        assert!(said.err.starts_with("error: standard output: "), "{}", said.err);
    }
}
