//! Data that can be read only once: standard input and pipes.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use crate::{
    data,
    desk::{Desk, Said},
};

/// Types a command with `input` on its standard input.
fn fed(desk: &Desk, args: &[&str], input: &str) -> Said {
    let mut child = desk
        .command()
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // A command that reads no more closes the pipe.
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let said = Said::of(child.wait_with_output().unwrap());
    let _ = writer.join();
    said
}

#[test]
fn standard_input_is_read_whole_by_every_command_that_reads_data() {
    let desk = Desk::with_run();
    let animals = data::animals();
    let of_file = desk.done(&["inspect", "animals.csv", "--json"]);
    let of_file: serde_json::Value = serde_json::from_str(&of_file).unwrap();
    for path in ["-", "/dev/stdin"] {
        if cfg!(not(unix)) && path != "-" {
            continue;
        }
        let said = fed(&desk, &["inspect", path, "--json"], &animals);
        assert_eq!(said.code, 0, "{}", said.err);
        let of_stream: serde_json::Value = serde_json::from_str(&said.out).unwrap();
        assert_eq!(of_stream["summary"]["fingerprint"], of_file["summary"]["fingerprint"]);
        assert_eq!(of_stream["splits"], of_file["splits"]);
    }
    let evaluated = fed(&desk, &["evaluate", "runs/animals-1", "-"], &animals);
    assert_eq!(evaluated.code, 0, "{}", evaluated.err);
    let predicted = fed(&desk, &["predict", "runs/animals-1", "-"], &animals);
    assert_eq!((predicted.code, predicted.out.lines().count()), (0, 201), "{}", predicted.err);
    let table = desk.read("runs/animals-1/predictions.csv");
    let of_table = fed(&desk, &["diagnose", "--predictions", "-"], &table);
    let of_file = desk.done(&["diagnose", "--predictions", "runs/animals-1/predictions.csv"]);
    // The command for a human level names the table.
    let errors = |out: &str| {
        let error = |line: &&str| line.starts_with("  train ") || line.starts_with("  validation");
        out.lines().filter(error).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!((of_table.code, errors(&of_table.out)), (0, errors(&of_file)));
    assert_eq!(errors(&of_file).len(), 2, "{of_file}");
}

#[test]
fn a_run_keeps_what_came_from_standard_input_and_opens_its_test_set() {
    let desk = Desk::new();
    let args = ["run", "-", "--set", "train.epochs=2", "--out", "a"];
    let said = fed(&desk, &args, &data::animals());
    assert_eq!(said.code, 0, "{}", said.err);
    let kept = "standard input can be read only once, so the run keeps a copy, \
                `data/standard-input.csv`";
    assert!(said.err.contains(kept), "{}", said.err);
    assert_eq!(desk.read("a/data/standard-input.csv"), data::animals());
    desk.done(&["evaluate", "a", "--test"]);
    desk.done(&["train", "a", "--out", "b"]);
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_read_once_and_never_waited_for_in_a_folder() {
    let desk = Desk::new();
    let pipe = |name: &str| {
        std::fs::create_dir_all(desk.path(name).parent().unwrap()).unwrap();
        assert!(Command::new("mkfifo").arg(desk.path(name)).status().unwrap().success());
    };
    pipe("animals.csv");
    let to = desk.path("animals.csv");
    let writer = std::thread::spawn(move || std::fs::write(to, data::animals()));
    let out = desk.done(&["inspect", "animals.csv"]);
    assert!(out.contains("200 rows"), "{out}");
    writer.join().unwrap().unwrap();
    pipe("pictures/a/x.png");
    let said = desk.say(&["inspect", "pictures"]);
    assert!(said.err.contains("expected an image, found a pipe or a device"), "{}", said.err);
}

#[cfg(unix)]
#[test]
fn a_named_pipe_that_nobody_writes_to_is_given_up() {
    let desk = Desk::new();
    assert!(Command::new("mkfifo").arg(desk.path("a.csv")).status().unwrap().success());
    let began = std::time::Instant::now();
    let said = desk.refused(&["inspect", "a.csv"]);
    assert!(said.contains("nobody has written to it for 5 seconds"), "{said}");
    assert!(began.elapsed().as_secs() < 9);
}

#[cfg(target_os = "linux")]
#[test]
fn devices_and_made_up_files_are_refused() {
    let desk = Desk::with_run();
    for path in ["/dev/zero", "/dev/urandom", "/proc", "/proc/cpuinfo", "/dev"] {
        let said = desk.refused(&["inspect", path]);
        assert!(said.contains("expected a file, a folder or a pipe"), "{said}");
        desk.refused(&["predict", "runs/animals-1", path]);
    }
    desk.refused(&["diagnose", "--predictions", "/dev/zero"]);
    desk.refused(&["train", "/dev/zero"]);
}
