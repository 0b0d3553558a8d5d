//! A desk: a temporary folder in which commands are typed.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

use crate::data;

/// A folder of its own, which is gone when the test ends.
pub(crate) struct Desk {
    folder: TempDir,
}

/// What a command said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Desk { folder: tempfile::tempdir().unwrap() }
    }

    /// A desk with `animals.csv` and a run of it, `runs/animals-1`.
    pub(crate) fn with_run() -> Self {
        let desk = Desk::new();
        desk.write("animals.csv", &data::animals());
        desk.done(&["run", "animals.csv", "--quiet", "--set", "train.epochs=40"]);
        desk
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, name: impl AsRef<Path>) -> String {
        let path = self.path(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    pub(crate) fn json(&self, name: &str) -> serde_json::Value {
        serde_json::from_str(&self.read(name)).unwrap()
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gapwise"));
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        for set in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS"] {
            command.env_remove(set);
        }
        command
    }

    /// Types a command, whatever comes of it.
    pub(crate) fn say<A: AsRef<OsStr>>(&self, args: &[A]) -> Said {
        Said::of(self.command().args(args).output().unwrap())
    }

    /// Types a command that must succeed, and gives its answer.
    pub(crate) fn done<A: AsRef<OsStr>>(&self, args: &[A]) -> String {
        let said = self.say(args);
        assert_eq!(said.code, 0, "{}", said.err);
        said.out
    }

    /// Types a command that must be refused as wrong input, and gives what it says.
    pub(crate) fn refused<A: AsRef<OsStr>>(&self, args: &[A]) -> String {
        let said = self.say(args);
        assert_eq!(said.code, 2, "{}", said.err);
        assert_eq!(said.out, "", "an error is no answer");
        said.err
    }

    /// Types a command with `--json` and reads its answer.
    pub(crate) fn answer<A: AsRef<OsStr>>(&self, args: &[A]) -> serde_json::Value {
        let mut args: Vec<&OsStr> = args.iter().map(AsRef::as_ref).collect();
        args.push(OsStr::new("--json"));
        serde_json::from_str(&self.done(&args)).unwrap()
    }

    /// Files below a folder, by their names from there, sorted.
    pub(crate) fn files(&self, folder: &str) -> Vec<String> {
        let mut found = Vec::new();
        let root = self.path(folder);
        let mut open = vec![root.clone()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    found.push(path.strip_prefix(&root).unwrap().display().to_string());
                }
            }
        }
        found.sort();
        found
    }
}

impl Said {
    pub(crate) fn of(output: Output) -> Self {
        Said {
            code: output.status.code().expect("the command ends by itself"),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Standard error without what was told before the error.
    pub(crate) fn error(&self) -> &str {
        let at = self.err.find("error: ").unwrap_or_else(|| panic!("no error: {}", self.err));
        &self.err[at..]
    }
}
