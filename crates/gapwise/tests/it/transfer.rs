//! Networks that begin with weights of other data: what is said, what is recorded, what is refused.

use std::fs;

use crate::{data, desk::Desk};

/// A desk with `photos` and a run of them whose network has convolutions with batch normalisation.
fn desk() -> Desk {
    let desk = Desk::new();
    data::photos(desk.folder());
    let conv =
        ["--set=network.kind=conv", "--set=network.channels=[4,6]", "--set=network.hidden=[8]"];
    desk.done(
        &[&["run", "photos", "-q", "--set=train.epochs=2", "--out=before"], &conv[..]].concat(),
    );
    desk
}

/// The notes that a command tells.
fn notes(said: &str) -> String {
    let told = said.lines().filter_map(|line| line.strip_prefix("note      "));
    told.filter(|line| !line.contains("image of")).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_run_begins_with_another_ones_weights_and_says_what_it_took() {
    let desk = desk();
    let said = desk.say(&["run", "photos", "--weights", "before", "--out=after"]);
    assert_eq!(said.code, 0, "{}", said.err);
    insta::assert_snapshot!(notes(&said.err), @"");
    let config = desk.read("after/config.toml");
    assert!(config.contains("freeze = \"head-only\"") && config.contains("kept_rate = 0.1"));
    let record = desk.json("after/weights.json");
    assert_eq!(record["taken"], 12);
    assert_eq!(record["blake3"].as_str().unwrap().len(), 64);
    // The same again, from the configuration that stands in the run.
    desk.done(&["train", "after", "-q", "--out=again"]);
    for name in ["history.csv", "checkpoints/best.safetensors"] {
        let of = |run: &str| fs::read(desk.path(run).join(name)).unwrap();
        assert_eq!(of("after"), of("again"), "{name}");
    }
    let step = desk.json("after/diagnosis.json").to_string();
    assert!(!step.contains("network.kind="), "weights fit no other network: {step}");
}

#[test]
fn weights_that_changed_end_a_resumed_run() {
    let desk = desk();
    desk.done(&["run", "photos", "-q", "--weights=before", "--out=after"]);
    fs::remove_file(desk.path("after/report.html")).unwrap();
    fs::rename(desk.path("before"), desk.path("moved")).unwrap();
    desk.done(&["train", "moved", "-q", "--seed=2", "--out=before"]);
    insta::assert_snapshot!(desk.refused(&["train", "--resume", "after"]), @"");
    fs::remove_dir_all(desk.path("before")).unwrap();
    fs::rename(desk.path("moved"), desk.path("before")).unwrap();
    desk.done(&["train", "--resume", "after", "-q"]);
}

#[test]
fn what_cannot_be_taken_over_is_refused_with_what_to_do() {
    let desk = desk();
    desk.write("animals.csv", &data::animals());
    desk.done(&["run", "animals.csv", "-q", "--set=train.epochs=1", "--out=rows"]);
    desk.write("letter.pt", "Dear network,");
    let refused = |args: &[&str]| desk.refused(&[&["run", "photos"], args].concat());
    let told = [
        refused(&["--weights=before", "--freeze=conv9"]),
        refused(&["--weights=before", "--set=network.kind=lenet"]),
        refused(&["--weights=rows"]),
        refused(&["--weights=nowhere.pt"]),
        refused(&["--weights=letter.pt"]),
        refused(&["--freeze=head-only"]),
        refused(&["--weights=before", "--set=train.kept_rate=0"]),
        desk.refused(&["run", "animals.csv", "--weights=before"]),
    ];
    insta::assert_snapshot!(told.join("\n"), @"");
}
