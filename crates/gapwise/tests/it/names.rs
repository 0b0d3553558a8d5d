//! Names that are hard to write: spaces, quotes, other scripts.

use std::{fs, path::PathBuf};

use crate::{
    data,
    desk::{Desk, Said},
};

const ODD: &str = "it's my \"data\" äöü 数据";

#[test]
fn odd_names_of_files_columns_and_classes_are_kept() {
    let desk = Desk::new();
    let text = data::animals()
        .replace("weight,height,coat,kind", "\"weight, in kg\",\"the \"\"height\"\"\",шерсть,种类")
        .replace("cat", "\"cat, \"\"house\"\"\"")
        .replace("dog", "собака");
    desk.write(&format!("{ODD}/my animals.csv"), &text);
    let path = format!("{ODD}/my animals.csv");
    let run = desk.answer(&["run", &path, "-q", "--label", "种类", "--set", "train.epochs=40"]);
    assert_eq!(run["run"], "runs/my-animals-1");
    desk.write(
        "new.csv",
        "\"weight, in kg\",\"the \"\"height\"\"\",шерсть\n409,55,black\n2,20,x\n",
    );
    let out = desk.done(&["predict", "runs/my-animals-1", "new.csv"]);
    let mut lines = out.lines();
    assert_eq!(
        lines.next(),
        Some("id,prediction,\"score:cat, \"\"house\"\"\",score:собака"),
        "{out}"
    );
    assert!(lines.next().unwrap().starts_with("new.csv:2,собака,"), "{out}");
    assert!(lines.next().unwrap().starts_with("new.csv:3,\"cat, \"\"house\"\"\","), "{out}");
    desk.done(&["evaluate", "runs/my-animals-1", "--test"]);
    let report = desk.read("runs/my-animals-1/report.html");
    assert!(report.contains("собака") && report.contains("cat, &quot;house&quot;"));
}

#[test]
#[cfg(target_os = "linux")]
fn a_path_that_no_configuration_can_hold_is_refused() {
    use std::os::unix::ffi::OsStrExt;

    let desk = Desk::new();
    let name = std::ffi::OsStr::from_bytes(b"animals-\xff.csv");
    fs::write(desk.path(name), data::animals()).unwrap();
    let said = desk.say(&["run".as_ref(), name]);
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(
        said.error().starts_with("error: `data.path`: expected a path in UTF-8"),
        "{}",
        said.err
    );
    assert!(!desk.path("runs").exists());
}

/// The command under "Next step", as it is printed.
fn next_command(said: &str) -> &str {
    let (_, rest) = said.split_once("Next step").unwrap_or_else(|| panic!("no next step: {said}"));
    rest.lines().map(str::trim).find(|line| line.starts_with("gapwise ")).unwrap()
}

#[test]
#[cfg(unix)]
fn the_next_step_runs_as_it_is_printed() {
    let desk = Desk::new();
    desk.write("animals.csv", &data::muddled_animals());
    let out = format!("{ODD}/run");
    let sets = ["--set", "train.epochs=3", "--human", "0"];
    let said = desk.done(&[&["run", "animals.csv", "-q", "-o", &out][..], &sets].concat());
    let command = next_command(&said);
    assert!(command.starts_with("gapwise train "), "{command}");

    let beside: PathBuf = PathBuf::from(env!("CARGO_BIN_EXE_gapwise")).parent().unwrap().into();
    let path = std::env::join_paths([beside.as_path(), "/usr/bin".as_ref(), "/bin".as_ref()]);
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", command]).current_dir(desk.folder()).env("PATH", path.unwrap());
    let taken = Said::of(shell.output().unwrap());
    assert_eq!(taken.code, 0, "{command}: {}", taken.err);
    // What the step promised to change is changed, and it stands in the new run.
    let changed = desk.json("runs/animals-1/settings.json");
    assert!(changed.as_array().unwrap().iter().any(|s| s["name"] == "network.hidden"), "{changed}");
}

#[test]
fn a_run_can_be_made_and_moved_anywhere() {
    let desk = Desk::new();
    desk.write("animals.csv", &data::animals());
    desk.done(&["run", "animals.csv", "-q", "-o", "here", "--set", "train.epochs=40"]);
    fs::create_dir(desk.path(ODD)).unwrap();
    fs::rename(desk.path("here"), desk.path(ODD).join("there")).unwrap();
    let there = format!("{ODD}/there");
    desk.done(&["diagnose", &there]);
    desk.done(&["predict", &there, "animals.csv"]);
    desk.done(&["report", &there]);
    let mut open = desk.command();
    open.current_dir(desk.path(ODD)).args(["evaluate", "there", "--test"]);
    assert_eq!(Said::of(open.output().unwrap()).code, 0, "its data is found from every folder");
}
