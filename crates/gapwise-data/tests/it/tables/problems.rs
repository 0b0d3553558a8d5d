//! What is found wrong, in its own words.

use gapwise_data::{Problem, SourceOptions, TaskChoice, source, summary};

use super::{Written, options, table};

#[test]
fn bad_examples_are_all_gathered_with_their_lines() {
    let mut text = "x,z,label\n".to_owned();
    for example in 0..200 {
        text.push_str(&format!("{example}.5,{},{}\n", example % 7, ["a", "b"][example % 2]));
    }
    text.push_str("inf,1,a\n3.5,oops,b\n4.5,2,\n5.5,2\n");
    let written = Written::new(&[("a.csv", &text)]);
    let path = written.path("a.csv");
    let found = written.problems(source::read(&options(&path)));
    insta::assert_snapshot!(found.join("\n"), @"
    `a.csv` line 202, column `x`: expected a finite number, found `inf`
    `a.csv` line 203, column `z`: expected a number, found `oops`
    `a.csv` line 204, column `label`: expected a label, found none
    `a.csv` line 205: expected 3 fields, found 2
    ");
    let skipping = SourceOptions { skip_bad: true, ..options(&path) };
    let data = source::read(&skipping).expect("the good examples");
    assert_eq!(data.len(), 200);
    assert_eq!(summary::summarise(&data).skipped, 4);
    assert_eq!(table(&data).rows, 200);
}

#[test]
fn columns_that_say_nothing_are_warned_of_and_left_out() {
    let mut text = "id,one,none,name,x,label\n".to_owned();
    for example in 0..30 {
        let label = ["a", "b"][example % 2];
        text.push_str(&format!(
            "{example},7,?,name{example},{}.5,{label}\n",
            example * example % 11
        ));
    }
    let written = Written::new(&[("a.csv", &text)]);
    let data = source::read(&options(written.path("a.csv"))).expect("warnings only");
    let inputs: Vec<&str> = table(&data).inputs().map(|column| column.name.as_str()).collect();
    assert_eq!(inputs, ["id", "x"]);
    insta::assert_snapshot!(written.problems(Ok(data)).join("\n"), @"
    `a.csv`, column `id`: the column counts the examples from `0`, which says nothing about a new one
    `a.csv`, column `none`: no example has a value, so the column is left out
    `a.csv`, column `one`: every example has `7`, so the column is left out
    ");
}

#[test]
fn a_label_that_cannot_be_learnt_is_refused() {
    let written = Written::new(&[
        ("one-class.csv", "x,label\n1,a\n2,a\n3,a\n"),
        ("one-number.csv", "x,label\n1,1.5\n2,1.5\n3,1.5\n"),
        ("names.csv", "x,label\n1,ann\n2,ben\n3,cy\n"),
        ("alone.csv", "label\na\nb\na\n"),
        ("header-only.csv", "x,label\n"),
    ]);
    let read = |name: &str| {
        let header = Some(true);
        let options = SourceOptions { header, ..options(written.path(name)) };
        written.problems(source::read(&options)).join("\n")
    };
    insta::assert_snapshot!(read("one-class.csv"), @"`one-class.csv`, column `label`: every example has the class `a`, so there is nothing to tell apart");
    insta::assert_snapshot!(read("one-number.csv"), @"`one-number.csv`, column `label`: every example has the label `1.5`, so there is nothing to predict");
    insta::assert_snapshot!(read("names.csv"), @"`names.csv`, column `label`: expected classes with several examples each, found 3 different labels in 3 examples");
    insta::assert_snapshot!(read("alone.csv"), @"
    `alone.csv`: expected at least one input column beside the label `label`, found none
    `alone.csv`, column `label`: class `b` has a single example, so it cannot be in every split
    ");
    insta::assert_snapshot!(read("header-only.csv"), @"`header-only.csv`: expected at least one example, found none");
}

#[test]
fn columns_asked_for_that_are_not_there_are_all_named_with_the_nearest() {
    let written = Written::new(&[("a.csv", "age,income,sex\n1,2,f\n2,3,m\n3,1,f\n")]);
    let options = SourceOptions {
        label: Some("incme".to_owned()),
        group: Some("9".to_owned()),
        ignore: vec!["agee".to_owned()],
        ..options(written.path("a.csv"))
    };
    let error = source::read(&options).expect_err("three wrong names");
    let hints: Vec<String> = error.problems().iter().filter_map(Problem::hint).collect();
    insta::assert_snapshot!(hints.join("\n"), @"
    did you mean `--label income`?
    give `--group` one of these names, or a number from 1 to 3
    did you mean `--ignore age`?
    ");
    insta::assert_snapshot!(written.problems(Err(error)).join("\n"), @"
    `a.csv`: expected a column `incme` (label), found `age`, `income`, `sex`
    `a.csv`: expected a column `9` (group), found `age`, `income`, `sex`
    `a.csv`: expected a column `agee` (ignore), found `age`, `income`, `sex`
    ");
}

#[test]
fn regression_on_words_is_refused_with_the_first_of_them() {
    let written = Written::new(&[("a.csv", "x,label\n1,2\n2,red\n3,blue\n")]);
    let options =
        SourceOptions { task: Some(TaskChoice::Regression), ..options(written.path("a.csv")) };
    let found = written.problems(source::read(&options));
    insta::assert_snapshot!(found.join("\n"), @"`a.csv` line 3, column `label`: expected numbers to predict, found 2 of 3 labels that are none (the first is `red`)");
}

#[test]
fn a_class_of_the_test_file_alone_and_examples_in_both_files_are_found() {
    let written = Written::new(&[
        ("train.csv", "x,label\n1,a\n2,b\n3,a\n4,b\n"),
        ("test.csv", "x,label\n1,a\n8,c\n9,c\n"),
    ]);
    let found = written.problems(source::read(&options(written.folder.path())));
    insta::assert_snapshot!(found.join("\n"), @"
    `test.csv` line 3, column `label`: class `c` is in test (2 examples) and not in train
    `test.csv` line 2: the test example is equal to `train.csv` line 2 in train
    ");
}

#[test]
fn contradictory_examples_are_counted_and_two_of_them_named() {
    let written = Written::new(&[("a.csv", "x,label\n1,a\n2,b\n1,b\n4,b\n1,a\n")]);
    let data = source::read(&options(written.path("a.csv"))).expect("a warning");
    insta::assert_snapshot!(written.problems(Ok(data)).join("\n"), @"`a.csv`: 3 examples have equal inputs with one of a different label (such as `a.csv` line 2 and `a.csv` line 4)");
}
