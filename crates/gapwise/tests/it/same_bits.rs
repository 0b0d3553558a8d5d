//! Seed in, same bits out.

use std::fs;

use crate::{data, desk::Desk};

/// What a run computed: answers, weights, and the history.
fn computed(desk: &Desk, run: &str) -> Vec<Vec<u8>> {
    let file = |name: &str| fs::read(desk.path(run).join(name)).unwrap();
    vec![
        file("predictions.csv"),
        file("split.csv"),
        file("diagnosis.json"),
        file("history.csv"),
        file("checkpoints/best.safetensors"),
        file("checkpoints/last.safetensors"),
    ]
}

/// Runs with these flags in a folder of its own, since looks at one validation set are counted.
fn run(data: &str, epochs: &str, flags: &[&str]) -> Vec<Vec<u8>> {
    let desk = Desk::new();
    match data {
        "photos" => data::photos(desk.folder()),
        _ => desk.write(data, &data::muddled_animals()),
    }
    let args = ["run", data, "-q", "-o", "it", "--set", epochs];
    desk.done(&[&args[..], flags].concat());
    computed(&desk, "it")
}

#[test]
fn a_table_gives_the_same_bits_with_any_number_of_threads() {
    let epochs = "train.epochs=5";
    let sets = ["--set", "train.batch=32", "--set", "network.dropout=0.2"];
    let with = |flags: &[&str]| run("animals.csv", epochs, &[&sets[..], flags].concat());
    let one = with(&["--threads", "1"]);
    assert_eq!(one, with(&["--threads", "2"]));
    assert_eq!(one, with(&["--seed", "1"]), "1 is the default");
    let other = with(&["--seed", "2"]);
    assert_eq!(one[1], other[1], "the split has a seed of its own");
    for (place, (a, b)) in one.iter().zip(&other).enumerate().filter(|(place, _)| *place != 1) {
        assert_ne!(a, b, "file {place} does not depend on the seed");
    }
    assert_ne!(one[1], with(&["--set", "split.seed=2"])[1]);
}

#[test]
fn pictures_give_the_same_bits_with_any_number_of_threads() {
    let kinds = ["crop=1", "rotate=15", "shear=10", "warp=1", "colour=0.2"];
    let kinds = kinds.map(|kind| format!("augment.{kind}"));
    let sets: Vec<&str> = kinds.iter().flat_map(|kind| ["--set", kind]).collect();
    let augmented =
        |threads| run("photos", "train.epochs=2", &[&["--threads", threads], &sets[..]].concat());
    assert_eq!(augmented("1"), augmented("3"));
    let as_they_are = |threads| run("photos", "train.epochs=2", &["--threads", threads]);
    assert_eq!(as_they_are("1"), as_they_are("2"));
    assert_ne!(as_they_are("1"), augmented("1"));
}

#[test]
fn pictures_kept_on_disk_give_the_bits_of_pictures_in_memory() {
    let run = |memory| {
        let sets = ["--set", memory, "--set", "augment.crop=1", "--set", "augment.mirror=true"];
        run("photos", "train.epochs=2", &sets)
    };
    let (on_disk, in_memory) = (run("data.image_memory=0"), run("data.image_memory=64"));
    // What is said of the data names the file, and the rest is the same.
    assert_eq!(on_disk, in_memory);
}
