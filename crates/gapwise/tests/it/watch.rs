//! `gapwise train --watch` where there is no terminal: orders are lines in, answers lines out, and
//! what was changed is done again wherever the run is trained again or gone on with.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use crate::{data, desk::Desk};

const CONFIG: &str = "[data]\npath = \"animals.csv\"\n[train]\nepochs = 400\nbatch = 16\n\
                      [network]\ndropout = 0.2\n";

/// What has to be the same where a run is trained again; `run.json` has the command.
const SAME: [&str; 5] = [
    "history.csv",
    "predictions.csv",
    "checkpoints/best.safetensors",
    "checkpoints/last.safetensors",
    "checkpoints/step-1.safetensors",
];

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("animals.csv", &data::muddled_animals());
    desk.write("gapwise.toml", CONFIG);
    desk
}

fn computed(desk: &Desk, run: &str) -> Vec<Vec<u8>> {
    SAME.map(|name| fs::read(desk.path(run).join(name)).unwrap()).to_vec()
}

/// A training that is watched, and what it says line by line.
struct Watched {
    child: Child,
    input: ChildStdin,
    told: Receiver<String>,
    said: Vec<String>,
}

impl Watched {
    /// Starts a training with its first orders, which wait until it begins.
    fn start(desk: &Desk, args: &[&str], orders: &str) -> Self {
        let mut command = desk.command();
        command.args(["train", "--watch", "--checkpoint-every=0"]).args(args);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(orders.as_bytes()).unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (tell, told) = channel();
        thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| tell.send(line)));
        Watched { child, input, told, said: Vec::new() }
    }

    /// Waits for a line with `part` in it.
    fn wait_for(&mut self, part: &str) {
        loop {
            match self.told.recv_timeout(Duration::from_secs(60)) {
                Ok(line) => self.said.push(line),
                Err(_) => panic!("`{part}` was not said: {:?}", self.said),
            }
            if self.said.last().unwrap().contains(part) {
                return;
            }
        }
    }

    fn order(&mut self, order: &str) {
        writeln!(self.input, "{order}").unwrap();
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for its end, and gives every line that it said.
    fn end(mut self) -> String {
        drop(self.input);
        let code = self.child.wait().unwrap().code();
        self.said.extend(self.told.iter());
        let said = self.said.join("\n");
        assert_eq!(code, Some(0), "{said}");
        said
    }
}

#[test]
fn what_was_changed_is_answered_recorded_and_done_again() {
    let desk = desk();
    let orders = "rate 0.02\nsave\nfaster\nrate 0\n";
    let mut watched = Watched::start(&desk, &["--out=a"], orders);
    watched.wait_for("epoch 3/400");
    watched.order("stop");
    let said = watched.end();
    for line in [
        "changed   update 1: learning rate 0.02 from here on",
        "changed   update 1: weights saved as `checkpoints/step-1.safetensors`",
        "refused   expected `rate NUMBER`, `save` or `stop`, found `faster`",
        "refused   `train.changes`: expected a learning rate from 1e-18 to 1e18, found \
         `learning_rate = 0`",
        ": training ends here",
        "stopped early after epoch ",
    ] {
        assert!(said.contains(line), "`{line}` in\n{said}");
    }

    let config: toml::Table = desk.read("a/config.toml").parse().unwrap();
    let changes = config["train"]["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 3);
    assert_eq!(changes[0].to_string(), "{ learning_rate = 0.02, step = 1 }");
    assert_eq!(changes[1].to_string(), "{ save = true, step = 1 }");
    assert_eq!(changes[2]["stop"].as_bool(), Some(true));
    let last = desk.read("a/history.csv").lines().last().unwrap().to_owned();
    let updates = changes[2]["step"].as_integer().unwrap();
    assert_eq!(last.split(',').nth(1), Some(&updates.to_string()[..]), "{last}");

    desk.done(&["train", "a", "--out=b", "--quiet"]);
    assert!(computed(&desk, "a") == computed(&desk, "b"));
    // The same training by its records, too.
    assert_eq!(desk.json("a/start.json")["id"], desk.json("b/start.json")["id"]);
    let listed = |run: &str| {
        let settings = desk.json(&format!("{run}/settings.json"));
        let changes = |of: &&serde_json::Value| of["name"] == "train.changes";
        settings.as_array().unwrap().iter().find(changes).cloned().unwrap()
    };
    assert_eq!(listed("a"), listed("b"));
    assert!(desk.read("a/report.html").contains("train.changes"));

    desk.done(&["train", "gapwise.toml", "--out=c", "--quiet"]);
    assert_ne!(desk.json("a/start.json")["id"], desk.json("c/start.json")["id"]);
    let compared = desk.done(&["compare", "c", "a"]);
    let told = "`train.changes` from [] to [{ learning_rate = 0.02, step = 1 }";
    assert!(compared.contains(told), "{compared}");
}

#[test]
fn a_run_that_was_changed_and_killed_goes_on_to_what_it_is_when_trained_again() {
    let desk = desk();
    let began = |desk: &Desk| {
        let mut watched = Watched::start(desk, &["--out=a"], "rate 0.02\nsave\n");
        watched.wait_for("epoch 2/400");
        let before = ["start.json", "settings.json", "manifest.json"]
            .map(|name| (format!("a/{name}"), desk.read(format!("a/{name}"))));
        watched.order("rate 0.003");
        watched.wait_for("learning rate 0.003");
        watched.kill();
        before
    };
    let before = began(&desk);
    // As a kill behind the configuration leaves it: that is what counts.
    for (name, text) in &before {
        desk.write(name, text);
    }
    desk.done(&["train", "--resume", "a", "--quiet"]);
    assert_ne!(desk.read("a/start.json"), before[0].1);
    desk.done(&["train", "a", "--out=b", "--quiet"]);
    assert!(computed(&desk, "a") == computed(&desk, "b"));
    assert_eq!(desk.json("a/start.json")["id"], desk.json("b/start.json")["id"]);
}

#[test]
fn a_run_that_goes_on_is_watched_as_well_and_steps_know_what_was_changed() {
    let desk = desk();
    desk.done(&["train", "--out=a", "--set=train.epochs=2", "--quiet"]);
    let mut watched = Watched::start(&desk, &["a", "--out=b", "--set=train.epochs=400"], "save\n");
    watched.wait_for("epoch 2/400");
    watched.kill();
    let watched = Watched::start(&desk, &["--resume=b"], "rate 0.02\nstop\n");
    let said = watched.end();
    assert!(said.contains("going on in epoch "), "{said}");
    let step = desk.json("b/step.json");
    let changes = step["changes"].as_array().unwrap();
    let keys: Vec<&str> = changes.iter().map(|change| change["key"].as_str().unwrap()).collect();
    assert_eq!(keys, ["train.epochs", "train.changes"]);
    assert_eq!(changes[1]["from"], "[]");
    assert_eq!(step["typed"][1][0], "train.changes");
    desk.done(&["train", "b", "--out=c", "--quiet"]);
    assert!(computed(&desk, "b") == computed(&desk, "c"));
}

#[test]
fn a_change_that_was_made_cannot_be_taken_back_in_a_run_that_goes_on() {
    let desk = desk();
    let mut watched = Watched::start(&desk, &["--out=a"], "rate 0.02\n");
    watched.wait_for("epoch 2/400");
    watched.kill();
    let config = desk.read("a/config.toml");
    desk.write("a/config.toml", &config.replace("learning_rate = 0.02", "learning_rate = 0.03"));
    let error = desk.refused(&["train", "--resume", "a", "--quiet"]);
    assert!(error.contains("`train.changes` up to update "), "{error}");
    assert!(error.contains(" are not those made"), "{error}");
}

#[test]
fn a_rate_that_diverges_is_named_with_the_change_that_set_it() {
    let desk = desk();
    let mut watched = Watched::start(&desk, &["--out=a"], "save\nrate 1e9\n");
    watched.wait_for("error: ");
    watched.wait_for("hint: ");
    let hint = watched.said.last().unwrap();
    let told = "try a lower learning rate: \
                `--set 'train.changes=[{step=1,save=true},{step=1,learning_rate=1e-1}]'`";
    assert!(hint.contains(told), "{hint}");
    assert_eq!(watched.child.wait().unwrap().code(), Some(1));
}

#[test]
fn without_input_a_watched_training_is_any_other() {
    let desk = desk();
    let few = "--set=train.epochs=3";
    let said = desk.say(&["train", few, "--out=a", "--watch"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("epoch 3/3"), "{}", said.err);
    desk.done(&["train", few, "--out=b", "--quiet"]);
    let last = |run: &str| fs::read(desk.path(run).join("checkpoints/last.safetensors")).unwrap();
    assert!(last("a") == last("b"));
    let quiet = desk.refused(&["train", "--watch", "--quiet"]);
    assert!(quiet.contains("cannot be used with '--quiet'"), "{quiet}");
}

#[test]
fn changes_are_settings_that_are_checked_and_those_that_never_come_are_said() {
    let desk = desk();
    let set = |changes: &str| format!("--set=train.changes={changes}");
    for (changes, told) in [
        ("[{step=0,save=true}]", "expected steps of at least 1, in their order, found `step = 0`"),
        ("[{step=3}]", "expected one of `learning_rate = RATE`, `save = true` and `stop = true`"),
        ("[{step=3,stop=true},{step=4,save=true}]", "expected nothing behind `stop = true`"),
        ("[{step=3,learning_rate=-1}]", "expected a learning rate from 1e-18 to 1e18"),
        ("5", "expected a list such as [{step = 1200, learning_rate = 0.01}]"),
    ] {
        let error = desk.refused(&["train", &set(changes), "--out=a"]);
        assert!(error.contains(told), "{error}");
    }
    let changes = set("[{step=5,save=true},{step=900000,save=true}]");
    let said = desk.say(&["train", &changes, "--set=train.epochs=2", "--out=a"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("the change at update 900,000 did not come"), "{}", said.err);
    assert!(desk.path("a/checkpoints/step-5.safetensors").is_file());
}

/// On a terminal that `script` stands in for; trainings so long that only a key ends them.
#[cfg(target_os = "linux")]
#[test]
fn on_a_terminal_keys_give_orders_and_the_terminal_is_given_back() {
    if Command::new("script").arg("--version").stdout(Stdio::null()).status().is_err() {
        eprintln!("passed over: there is no `script` to stand in for a terminal");
        return;
    }
    let desk = desk();
    let gapwise = env!("CARGO_BIN_EXE_gapwise");
    for (run, keys, code) in [("a", "r0.02\rsqy", 0), ("b", "s\u{3}", 130)] {
        let typed = format!(
            "stty rows 24 cols 80; {gapwise} train --watch --out {run} --set train.epochs=100000 >{run}.out; echo code=$?; stty -a"
        );
        let mut script = Command::new("script");
        script.args(["--quiet", "--return", "--command", &typed, "/dev/null"]);
        script.current_dir(desk.folder()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = script.spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        let (tell, told) = channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || output.bytes().map_while(Result::ok).try_for_each(|b| tell.send(b)));
        let mut said = String::new();
        let mut wait_for = |part: &str| {
            while !said.contains(part) {
                match told.recv_timeout(Duration::from_secs(60)) {
                    Ok(byte) => said.push(char::from(byte)),
                    Err(_) => panic!("`{part}` was not said: {said}"),
                }
            }
        };
        // The first screen that tells the learning rate, which is drawn word by word.
        wait_for("learning");
        input.write_all(keys.as_bytes()).unwrap();
        wait_for(&format!("code={code}"));
        wait_for(" echo ");
        child.wait().unwrap();
        let (_, after) = said.split_once("code=").unwrap();
        assert!(after.contains(" icanon ") && !after.contains("-icanon"), "{after}");
        assert!(said.contains("\u{1b}[?1049h") && said.contains("\u{1b}[?1049l"), "{said}");
    }
    let config: toml::Table = desk.read("a/config.toml").parse().unwrap();
    let changes = config["train"]["changes"].as_array().unwrap();
    assert_eq!(changes[0]["learning_rate"].as_float(), Some(0.02));
    assert_eq!(changes[1]["save"].as_bool(), Some(true));
    assert_eq!(changes[2]["stop"].as_bool(), Some(true));
    assert!(desk.read("a.out").starts_with("Gap ladder"));
    Watched::start(&desk, &["--resume=b"], "stop\n").end();
    desk.done(&["train", "b", "--out=c", "--quiet"]);
    let last = |run: &str| fs::read(desk.path(run).join("checkpoints/last.safetensors")).unwrap();
    assert!(last("b") == last("c"));
}
