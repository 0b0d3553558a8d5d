//! Data that is wrong: every problem with its place, and what to do.

use crate::{data, desk::Desk};

#[test]
fn every_problem_of_a_table_is_told_at_once_with_its_place() {
    let desk = Desk::new();
    let mut lines: Vec<String> = data::animals().lines().map(str::to_owned).collect();
    lines[40] = "inf,22,black,cat".into();
    lines[50] = "1,22,black".into();
    lines[60] = "1,22,black,".into();
    lines[70] = "1,22,black,cat,extra".into();
    desk.write("animals.csv", &(lines.join("\n") + "\n"));
    let refused = desk.refused(&["run", "animals.csv"]);
    insta::assert_snapshot!(refused, @"
    error: `animals.csv` line 41, column `weight`: expected a finite number, found `inf`
      hint: leave the cell blank if the value is missing, or go on without such examples with `--skip-bad`
    error: `animals.csv` line 51: expected 4 fields, found 3
      hint: complete the line, or go on without it with `--skip-bad`
    error: `animals.csv` line 71: expected 4 fields, found 5
      hint: put quotes round fields that contain the delimiter, or go on without such lines with `--skip-bad`
    error: `animals.csv` line 61, column `kind`: expected a label, found none
      hint: fill the cell, or go on without such examples with `--skip-bad`
    ");
    assert_eq!(desk.refused(&["run", "animals.csv", "--json"]), refused);

    let run = ["run", "animals.csv", "--skip-bad", "-q", "--set", "train.epochs=1"];
    desk.done(&run);
    assert_eq!(desk.json("runs/animals-1/data.json")["skipped"], 4);
    assert_eq!(desk.read("runs/animals-1/split.csv").lines().count(), 1 + 196);
}

#[test]
fn data_that_no_network_can_learn_from_is_refused() {
    let desk = Desk::new();
    let told = [
        ("one-class.csv", data::animals().replace("dog", "cat")),
        ("constant.csv", "x,y\n1,2.5\n2,2.5\n3,2.5\n".to_owned()),
        ("few.csv", "x,kind\n1,a\n2,b\n".to_owned()),
        ("empty.csv", String::new()),
        ("header.csv", "weight,kind\n".to_owned()),
        ("binary.csv", "a\0b\n".to_owned()),
    ]
    .map(|(name, text)| {
        desk.write(name, &text);
        desk.refused(&["run", name])
    });
    insta::assert_snapshot!(told.join("\n"), @"
    error: `one-class.csv`, column `kind`: every example has the class `cat`, so there is nothing to tell apart

    hint: add examples of other classes, or choose another label with `--label`

    error: `constant.csv`, column `y`: every example has the label `2.5`, so there is nothing to predict

    hint: choose another label with `--label`

    error: `few.csv`, column `kind`: expected classes with several examples each, found 2 different labels in 2 examples

    hint: choose the column to predict with `--label`

    error: `empty.csv`: expected a table with a line per example, found nothing: it is empty

    hint: give a CSV or TSV file by its own path; images stand in a folder per class, or in idx files; ready-made splits are folders or files named `train`, `validation` and `test`

    error: `header.csv`: expected at least one example, found none

    hint: the file may hold a header alone; if its only line is an example, say `--no-header`

    error: `binary.csv`: expected a table as UTF-8 text, found a byte 0 in line 1, which no text has

    hint: copy or download the file again, or save it as UTF-8 text
    ");
}

#[test]
fn a_column_that_is_not_there_is_answered_with_the_nearest() {
    let desk = Desk::new();
    desk.write("animals.csv", &data::animals());
    let told = [
        desk.refused(&["inspect", "animals.csv", "--label", "kinds"]),
        desk.refused(&["inspect", "animals.csv", "--group", "9"]),
        desk.refused(&["inspect", "animals.csv", "--ignore", "hight"]),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    error: `animals.csv`: expected a column `kinds` (label), found `weight`, `height`, `coat`, `kind`

    hint: did you mean `--label kind`?

    error: `animals.csv`: expected a column `9` (group), found `weight`, `height`, `coat`, `kind`

    hint: give `--group` one of these names, or a number from 1 to 4

    error: `animals.csv`: expected a column `hight` (ignore), found `weight`, `height`, `coat`, `kind`

    hint: did you mean `--ignore height`?
    ");
}

#[test]
fn rows_unlike_those_of_the_training_are_refused() {
    let desk = Desk::with_run();
    desk.write("less.csv", "weight,coat\n1.5,black\n");
    desk.write("words.csv", "weight,height,coat\nheavy,20,black\n");
    desk.write("unlabelled.csv", "weight,height,coat\n1,20,black\n");
    desk.write("other.csv", "weight,height,coat,kind\n1,20,black,cow\n");
    let told = [
        desk.refused(&["predict", "runs/animals-1", "less.csv"]),
        desk.refused(&["predict", "runs/animals-1", "words.csv"]),
        desk.refused(&["evaluate", "runs/animals-1", "unlabelled.csv"]),
        desk.refused(&["evaluate", "runs/animals-1", "other.csv"]),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    error: `less.csv`, column `height`: expected this column, which the training data has, found none of the name

    hint: give other data the columns of the training data, and the same header line or none

    error: `words.csv` line 2, column `weight`: expected a number, found `heavy`

    hint: mend the cell, leave it blank if the value is missing, or go on without such examples with `--skip-bad`

    error: `unlabelled.csv`: expected the label column `kind`, found none: these examples have no labels

    hint: without labels no error shows; `gapwise predict RUN unlabelled.csv` answers such examples

    error: `other.csv` line 2, column `kind`: expected one of the training data's classes, `cat`, `dog`, found `cow`

    hint: the trained network cannot answer this class; train again with examples of it
    ");
}

#[test]
fn the_test_set_of_changed_data_is_not_opened() {
    let desk = Desk::with_run();
    let changed = data::animals().replace("brindled", "tabby");
    desk.write("animals.csv", &changed);
    let said = desk.refused(&["evaluate", "runs/animals-1", "--test"]);
    // The path is the test's own, and absolute.
    let said = said.replace(&desk.path("").display().to_string(), "");
    insta::assert_snapshot!(said, @"
    error: `animals.csv`: the data is not what `runs/animals-1` was trained on: expected fingerprint b0098a964d90, found 8cfe240303cc

    hint: bring the data back, or `gapwise run` it anew
    ");
    let looks = desk.read("runs/looks.jsonl");
    assert!(!looks.contains("\"test\""), "a refused look is none: {looks}");
    // Everything that needs no data still works.
    desk.done(&["diagnose", "runs/animals-1"]);
}
