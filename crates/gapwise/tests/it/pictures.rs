//! The path with images.

use crate::{data, desk::Desk};

#[test]
fn a_folder_of_pictures_becomes_a_run_that_answers_pictures() {
    let desk = Desk::new();
    data::photos(desk.folder());
    let run = desk.answer(&["run", "photos", "--quiet", "--set", "train.epochs=12"]);
    assert!(run["network"].as_str().unwrap().starts_with("small-conv, "), "{}", run["network"]);
    assert_eq!(desk.files("runs/photos-1"), crate::whole_path::FILES);

    let picture = std::fs::read_dir(desk.path("photos/straight")).unwrap().next().unwrap();
    let picture = picture.unwrap().path();
    let csv = desk.done(&["predict".as_ref(), "runs/photos-1".as_ref(), picture.as_os_str()]);
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "id,prediction,score:round,score:straight");
    assert_eq!(lines.len(), 2, "{csv}");
    assert!(lines[1].contains(",straight,"), "{csv}");
    let all = desk.answer(&["predict", "runs/photos-1", "photos"]);
    assert_eq!(all["answers"].as_array().unwrap().len(), 60);
    let scored = desk.answer(&["evaluate", "runs/photos-1", "photos"]);
    assert_eq!(scored["examples"], 60);
}

#[test]
fn images_and_tables_are_not_taken_for_each_other() {
    let desk = Desk::with_run();
    data::photos(desk.folder());
    desk.done(&["run", "photos", "-q", "--set", "train.epochs=1"]);
    let told = [
        desk.refused(&["predict", "runs/photos-1", "animals.csv"]),
        desk.refused(&["predict", "runs/animals-1", "photos"]),
        desk.refused(&["evaluate", "runs/animals-1", "photos"]),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    error: `animals.csv`: expected an image, found a file of another kind

    hint: move the file elsewhere, or go on without such files with `--skip-bad`

    error: `photos`: expected a table's file, as the training data was one, found a folder

    hint: give a CSV or TSV file by its own path; images stand in a folder per class, or in idx files; ready-made splits are folders or files named `train`, `validation` and `test`

    error: `photos`: expected a table's file, as the training data was one, found a folder

    hint: give a CSV or TSV file by its own path; images stand in a folder per class, or in idx files; ready-made splits are folders or files named `train`, `validation` and `test`
    ");
}

#[test]
fn an_unreadable_picture_is_named_and_can_be_left_out() {
    let desk = Desk::new();
    data::photos(desk.folder());
    desk.write("photos/round/broken.png", "\u{89}PNG but no more");
    desk.write("photos/straight/empty.png", "");
    let run = ["run", "photos", "--set", "train.epochs=1"];
    insta::assert_snapshot!(desk.refused(&run), @"
    error: `photos/round/broken.png`: expected an image, found a file of another kind
    error: `photos/straight/empty.png`: expected an image, found an empty file
      hint: move the file elsewhere, or go on without such files with `--skip-bad`
    ");
    let said = desk.say(&[&run[..], &["--skip-bad", "--quiet"]].concat());
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(desk.json("runs/photos-1/data.json")["skipped"], 2);
}
