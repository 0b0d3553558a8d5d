//! What comes from data and from the names of files cannot steer a terminal.

use std::fs;

use crate::desk::{Desk, Said};

/// It sets a terminal's title, clears its screen, breaks a line, and turns the direction of reading.
const HOSTILE: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{1b}[31mp\nq\u{9b}2J\u{202e}";
const ESCAPED: &str = r"\u{1b}]0;owned\u{7}\u{1b}[2J\u{1b}[31mp\nq\u{9b}2J\u{202e}";

/// A table with such a class and such a column.
fn table() -> String {
    let mut text = format!("a,\"{HOSTILE}\",y\n");
    for row in 0..60 {
        let class = if row % 2 == 0 { HOSTILE } else { "n" };
        text += &format!("{}.5,{},\"{class}\"\n", row % 7, row % 2);
    }
    text
}

/// Nothing but line ends and, where they are asked for, colours.
#[track_caller]
fn assert_harmless(text: &str) {
    let steers = |c: char| c.is_control() && c != '\n' || ('\u{202a}'..='\u{202e}').contains(&c);
    assert!(!text.contains(steers), "{text:?}");
}

#[test]
fn classes_columns_and_files_are_escaped_in_every_command() {
    let desk = Desk::new();
    desk.write("t.csv", &table());
    let commands: [&[&str]; 8] = [
        &["inspect", "t.csv"],
        &["run", "t.csv", "-o", "run", "--set", "train.epochs=3"],
        &["diagnose", "run"],
        &["evaluate", "run", "--test"],
        &["evaluate", "run", "t.csv"],
        &["train", "run", "-o", "other", "--seed", "2"],
        &["compare", "run", "other"],
        &["inspect", "t.csv", "--label", HOSTILE],
    ];
    for command in commands {
        let said = desk.say(command);
        assert_eq!(said.code, 0, "{command:?}: {}", said.err);
        assert_harmless(&said.out);
        assert_harmless(&said.err);
    }
    let said = desk.say(&["inspect", "t.csv"]);
    assert!(said.out.contains(ESCAPED), "{}", said.out);
    // With colours, those are the only sequences.
    let coloured = desk.command().env("CLICOLOR_FORCE", "1").args(["inspect", "t.csv"]).output();
    let coloured = Said::of(coloured.unwrap()).out;
    assert!(coloured.contains(ESCAPED) && coloured.contains("\u{1b}[36mdata"), "{coloured:?}");
}

#[test]
fn errors_escape_what_was_typed_and_what_was_found() {
    let desk = Desk::new();
    desk.write("t.csv", &table());
    for command in [
        &["inspect", HOSTILE][..],
        &["inspect", "t.csv", "--label", &format!("x{HOSTILE}")],
        &["inspect", "t.csv", HOSTILE],
        &["run", "t.csv", "--set", &format!("train.{HOSTILE}=1")],
        &["diagnose", HOSTILE],
        &["words", "similar", HOSTILE, "a"],
        &["network", HOSTILE],
    ] {
        let said = desk.refused(command);
        assert!(said.contains(r"\u{1b}]0;owned"), "{command:?}: {said}");
        assert_harmless(&said);
    }
}

#[test]
fn json_and_tables_for_programs_are_exact() {
    let desk = Desk::new();
    desk.write("t.csv", &table());
    let answer = desk.answer(&["inspect", "t.csv"]);
    assert!(answer.to_string().contains("owned"));
    let classes = answer["summary"]["labels"].to_string();
    assert!(
        classes.contains(serde_json::to_string(HOSTILE).unwrap().trim_matches('"')),
        "{classes}"
    );
    desk.done(&["run", "t.csv", "-q", "-o", "run", "--set", "train.epochs=3"]);
    let predicted = desk.done(&["predict", "run", "t.csv"]);
    assert!(predicted.contains(&format!("\"{HOSTILE}\"")), "{predicted:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn help_that_cannot_be_written_fails() {
    let desk = Desk::new();
    for args in [&["--help"][..], &["--version"], &["train", "-h"], &["settings"]] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let said = Said::of(desk.command().args(args).stdout(full).output().unwrap());
        assert_eq!(said.code, 1, "{args:?}");
        assert!(said.err.starts_with("error: standard output: "), "{}", said.err);
    }
    // Where nobody can be told, the work goes on.
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let said = desk.command().args(["inspect", "nothing"]).stderr(full).output().unwrap();
    assert_eq!(said.status.code(), Some(2));
}
