//! The example that comes with the repository.

use crate::{data, desk::Desk};

/// A bound on a process's memory counts before training as what is free.
#[cfg(target_os = "linux")]
#[test]
fn what_does_not_fit_within_the_process_s_bound_is_refused_before_training() {
    let desk = Desk::new();
    let mut bounded = std::process::Command::new("bash");
    bounded.args([
        "-c",
        "ulimit -v 6000000; exec \"$@\"",
        "bash",
        env!("CARGO_BIN_EXE_gapwise"),
        "run",
    ]);
    bounded.arg(data::digits()).args(["--image-size", "256x256", "--set", "network.kind=vgg16"]);
    bounded.args(["--set", "train.batch=1000"]);
    let said = crate::desk::Said::of(bounded.current_dir(desk.folder()).output().unwrap());
    assert_eq!(said.code, 2, "{}", said.err);
    let error = said.error();
    assert!(error.contains("`train.batch`: 1000 images at once take about"), "{error}");
    assert!(error.contains("MB are free"), "{error}");
    assert!(!said.err.contains("backtrace"), "{error}");
}

#[test]
fn the_digits_are_1797_images_of_ten_classes() {
    let desk = Desk::new();
    let said = desk.say(&[
        "run".as_ref(),
        data::digits().as_os_str(),
        "--set".as_ref(),
        "train.epochs=3".as_ref(),
    ]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.starts_with("data      digits: 1,797 grey images of 8×8\n"), "{}", said.err);
    let summary = desk.json("runs/digits-1/data.json");
    assert_eq!(summary["examples"], 1797);
    let classes = summary["labels"]["classes"].as_array().unwrap();
    let names: Vec<&str> = classes.iter().map(|class| class[0].as_str().unwrap()).collect();
    assert_eq!(names, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    // The counts of the set's own description.
    let counts: Vec<u64> = classes.iter().map(|class| class[1].as_u64().unwrap()).collect();
    assert_eq!(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
}
