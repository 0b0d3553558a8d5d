//! Help, version and completions.

use crate::desk::Desk;

const COMMANDS: [&str; 14] = [
    "inspect",
    "run",
    "train",
    "evaluate",
    "diagnose",
    "compare",
    "predict",
    "report",
    "export",
    "settings",
    "network",
    "bench",
    "words",
    "completions",
];

#[test]
fn every_command_is_listed_and_its_help_has_an_example() {
    let desk = Desk::new();
    let all = desk.done(&["--help"]);
    for command in COMMANDS {
        assert!(all.contains(&format!("\n  {command} ")), "{command} is not in {all}");
        let help = desk.done(&[command, "--help"]);
        let examples = help.split_once("Example").map(|(_, rest)| rest);
        let shown = examples.is_some_and(|rest| rest.contains(&format!("  gapwise {command}")));
        assert!(shown, "`gapwise {command} --help` has no example: {help}");
        // Whoever reads the short help sees the same.
        assert!(desk.done(&[command, "-h"]).contains("Example"), "{command}");
    }
    // A command that is not in the list above would have no example.
    let listed = all.lines().skip_while(|line| *line != "Commands:").skip(1);
    let listed = listed.take_while(|line| !line.is_empty());
    // What goes on from the line above begins further right.
    let listed = listed.filter(|line| !line.starts_with("   ")).count();
    assert_eq!(listed, COMMANDS.len() + 1, "with `help` itself: {all}");
}

#[test]
fn help_says_how_the_command_ends() {
    let help = Desk::new().done(&["--help"]);
    let (_, codes) = help.split_once("Exit codes:").unwrap();
    insta::assert_snapshot!(codes, @"
      0  done
      1  failed while running (disk full, training diverged, …): trying again may help
      2  the input is wrong (flags, configuration, data): mend it, do not retry
      130  stopped by Ctrl-C, with everything kept: gapwise train --resume RUN goes on

    Start here: gapwise run DATA
    ");
}

#[test]
fn the_version_is_that_of_the_crate() {
    let version = concat!("gapwise ", env!("CARGO_PKG_VERSION"), "\n");
    let desk = Desk::new();
    assert_eq!(desk.done(&["--version"]), version);
    assert_eq!(desk.done(&["-V"]), version);
}

#[test]
fn every_setting_is_in_the_help_of_train() {
    let desk = Desk::new();
    let help = desk.done(&["train", "--help"]);
    desk.write("animals.csv", &crate::data::animals());
    desk.done(&["run", "animals.csv", "--quiet", "--set", "train.epochs=1"]);
    let config: toml::Table = desk.read("runs/animals-1/config.toml").parse().unwrap();
    for (section, entries) in &config {
        for key in entries.as_table().unwrap().keys() {
            let setting = format!("{section}.{key}");
            assert!(help.contains(&setting), "{setting} is not in {help}");
        }
    }
}

#[test]
fn completions_name_every_command() {
    let desk = Desk::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = desk.done(&["completions", shell]);
        for command in COMMANDS {
            assert!(script.contains(command), "{shell}: {command}");
        }
    }
}
