//! Data that is refused: the true reason, and that alone.

use gapwise_data::{
    Problem, Severity, SourceOptions, TaskChoice,
    source::{self, LabelPolicy},
};

use super::{Written, like::like, options, said, with_label};

#[test]
fn where_every_example_is_bad_the_reasons_are_all_that_is_said() {
    let written = Written::new(&[("a.csv", "x,label\ninf,1.5\n1e999,2.5\n")]);
    let read = |skip_bad| {
        let options = SourceOptions { skip_bad, ..options(written.path("a.csv")) };
        written.problems(source::read(&options)).join("\n")
    };
    insta::assert_snapshot!(read(false), @"
    `a.csv` line 2, column `x`: expected a finite number, found `inf`
    `a.csv` line 3, column `x`: expected a finite number, found `1e999`
    ");
    insta::assert_snapshot!(read(true), @"`a.csv`: expected at least one example that can be used, found none of 2");
}

#[test]
fn other_data_whose_examples_are_all_bad_is_refused_with_the_reasons() {
    let written = Written::new(&[
        ("train.csv", "x,label\n1,a\n2,b\n3,a\n4,b\n"),
        ("words.csv", "x,label\none,a\n"),
    ]);
    let data = source::read(&options(written.path("train.csv"))).expect("train");
    let error = like(&data, &written.path("words.csv"), LabelPolicy::Required).expect_err("a word");
    insta::assert_snapshot!(written.problems(Err(error)).join("\n"), @"`words.csv` line 2, column `x`: expected a number, found `one`");
}

#[test]
fn a_number_whose_square_is_not_finite_is_a_bad_example_as_input_and_as_label() {
    let written = Written::new(&[("a.csv", "x,label\n1e300,1.5\n2,-1e300\n3,4.5\n4,6.5\n")]);
    insta::assert_snapshot!(written.problems(source::read(&options(written.path("a.csv")))).join("\n"), @"
    `a.csv` line 2, column `x`: expected a number between -1e150 and 1e150, found `1e300`
    `a.csv` line 3, column `label`: expected a number between -1e150 and 1e150, found `-1e300`
    ");
}

#[test]
fn where_bad_examples_are_skipped_only_what_stops_the_run_is_said() {
    let written = Written::new(&[("a.csv", "x,label\n1,a\ninf,a\n3,a\n4,a\n")]);
    let options = SourceOptions { skip_bad: true, ..options(written.path("a.csv")) };
    let error = source::read(&options).expect_err("one class");
    assert!(matches!(error.problems(), [Problem::OneClassOnly { .. }]), "{error}");
}

#[test]
fn a_first_line_of_names_is_said_once_where_no_line_was_to_hold_names() {
    let mut text = "width,height,kind\n".to_owned();
    for line in 0..150 {
        text += &format!("{},{},{}\n", line * 7 % 31, line * 5 % 17, ["a", "b"][line % 2]);
    }
    let written = Written::new(&[("a.csv", &text)]);
    let no_header = SourceOptions { header: Some(false), ..with_label(written.path("a.csv"), "3") };
    let error = source::read(&no_header).expect_err("names");
    let bad: Vec<&Problem> =
        error.problems().iter().filter(|p| p.severity() == Severity::BadExample).collect();
    let [only] = bad.as_slice() else { panic!("{bad:?}") };
    insta::assert_snapshot!(written.bare(&only.to_string()), @"`a.csv` line 1: expected an example, since `--no-header` is given, found names: `width`, `height`, `kind`");
    insta::assert_snapshot!(only.hint().unwrap_or_default(), @"line 1 seems to hold names; leave `--no-header` out");
}

#[test]
fn the_order_of_day_and_month_is_said_with_the_date_that_tells_it() {
    let written = Written::new(&[(
        "a.csv",
        "when,x,label\n1/2/2024,1,1.5\n3/2/2024,2,2.5\n13/2/2024,3,3.5\n",
    )]);
    let regression =
        SourceOptions { task: Some(TaskChoice::Regression), ..options(written.path("a.csv")) };
    let data = source::read(&regression).expect("three examples");
    let note = "`when` is read as day/month/year: `13/2/2024` can be nothing else";
    assert!(said(&data).contains(&note), "{:?}", said(&data));
}
