//! Example weights: a column that says how much each example counts.

use gapwise_data::{
    SourceOptions, images,
    source::{self, LabelPolicy},
    table::ColumnRole,
};

use super::{Written, like::like, options, problems, said, schema, table, with_label};

const TRAIN: &str = "x,w,y\n1,0.5,a\n2,2,b\n3,0,a\n4,1e3,b\n";

fn weighted(written: &Written, name: &str) -> SourceOptions {
    let example_weights = Some("w".to_owned());
    SourceOptions { example_weights, ..with_label(written.path(name), "y") }
}

#[test]
fn weights_are_read_and_are_neither_inputs_nor_part_of_what_examples_are_compared_by() {
    let written =
        Written::new(&[("a.csv", TRAIN), ("b.csv", "x,w,y\n1,7,a\n2,7,b\n3,7,a\n4,7,b\n")]);
    let data = source::read(&weighted(&written, "a.csv")).expect("weights");
    assert_eq!(data.weights.as_deref(), Some(&[0.5, 2.0, 0.0, 1_000.0][..]));
    assert!(table(&data).column("w").is_none());
    assert_eq!(schema(&data).columns[1].role, ColumnRole::Weight);
    assert!(said(&data).contains(&"`w` says how much each example counts, so it is no input"));
    let others = source::read(&weighted(&written, "b.csv")).expect("weights");
    assert_eq!(data.content, others.content);

    let unweighted = source::read(&with_label(written.path("a.csv"), "y")).expect("an input");
    assert_eq!(unweighted.weights, None);
    assert!(table(&unweighted).column("w").is_some());
    assert_ne!(unweighted.fingerprint, data.fingerprint);
}

#[test]
fn a_column_of_weights_is_named_by_its_number_too_and_is_not_guessed_as_the_label() {
    let written = Written::new(&[("a.csv", "x,y,z\n1,a,1\n2,b,2\n3,a,1\n4,b,2\n")]);
    let example_weights = Some("3".to_owned());
    let data = source::read(&SourceOptions { example_weights, ..options(written.path("a.csv")) });
    let data = data.expect("weights");
    assert_eq!(data.weights.as_deref(), Some(&[1.0, 2.0, 1.0, 2.0][..]));
    // `y` is named like a label; and without that, it is the last other column.
    assert_eq!(data.label_name, "y");
    let written = Written::new(&[("a.csv", "x,is,z\n1,a,1\n2,b,2\n3,a,1\n4,b,2\n")]);
    let example_weights = Some("z".to_owned());
    let data = source::read(&SourceOptions { example_weights, ..options(written.path("a.csv")) });
    assert!(said(&data.expect("weights")).contains(&"the label is `is`, the last other column"));
}

#[test]
fn every_cell_that_is_no_weight_is_told_and_skipped_where_that_is_asked_for() {
    let text = "x,w,y\n1,1,a\n2,-1,b\n3,inf,a\n4,?,b\n5,1e31,a\n6,heavy,b\n7,-0,a\n8,1,b\n";
    let written = Written::new(&[("a.csv", text)]);
    let asked = weighted(&written, "a.csv");
    let cell = |line: usize, found: &str| {
        format!(
            "`a.csv` line {line}, column `w`: expected a weight, which is a number from 0 to 1e30, \
             found {found}"
        )
    };
    assert_eq!(
        written.problems(source::read(&asked))[..5],
        [cell(3, "`-1`"), cell(4, "`inf`"), cell(5, "none"), cell(6, "`1e31`"), cell(7, "`heavy`")]
    );
    let data = source::read(&SourceOptions { skip_bad: true, ..asked }).expect("three examples");
    assert_eq!(data.ids, ["a.csv:2", "a.csv:8", "a.csv:9"]);
    assert_eq!(data.weights.as_deref(), Some(&[1.0, 0.0, 1.0][..]));
}

#[test]
fn a_file_in_which_no_example_counts_is_refused() {
    let written = Written::new(&[("train.csv", TRAIN), ("test.csv", "x,w,y\n1,0,a\n2,0,b\n")]);
    let test = Some(written.path("test.csv"));
    let read = source::read(&SourceOptions { test, ..weighted(&written, "train.csv") });
    assert_eq!(
        written.problems(read)[0],
        "`test.csv`, column `w`: expected a weight above 0 in at least one example, found 0 in all \
         of them"
    );
}

#[test]
fn a_column_that_is_not_there_or_is_something_else_is_refused_with_what_to_do() {
    let written = Written::new(&[("a.csv", TRAIN)]);
    let asked = |name: &str| {
        let example_weights = Some(name.to_owned());
        source::read(&SourceOptions { example_weights, ..weighted(&written, "a.csv") })
    };
    let error = asked("v").expect_err("no such column");
    assert!(problems(error)[0].ends_with("column `v` (example weights), found `x`, `w`, `y`"));
    let error = asked("y").expect_err("the label");
    assert_eq!(
        error.hint().as_deref(),
        Some("give `data.example_weights` another column, or leave it out")
    );
    assert_eq!(
        written.bare(&error.to_string()),
        "`a.csv`, column `y`: expected a column for the example weights alone, found the label"
    );
}

#[test]
fn a_ready_made_file_without_weights_counts_each_example_once_and_it_is_said() {
    let written = Written::new(&[("train.csv", TRAIN), ("test.csv", "x,y\n1,a\n2,b\n")]);
    let test = Some(written.path("test.csv"));
    let data = source::read(&SourceOptions { test, ..weighted(&written, "train.csv") });
    let data = data.expect("weights");
    assert_eq!(data.weights.as_deref(), Some(&[0.5, 2.0, 0.0, 1_000.0, 1.0, 1.0][..]));
    let notes: Vec<String> = said(&data).into_iter().map(|note| written.bare(note)).collect();
    let expected = "`test.csv` has no column `w`, so all its examples have the weight 1";
    assert!(notes.iter().any(|note| note == expected), "{notes:?}");
}

#[test]
fn other_data_is_read_with_its_weights_and_without_them_each_is_one() {
    let written = Written::new(&[
        ("train.csv", TRAIN),
        ("other.csv", "y,x,w\na,1,3\nb,2,0.25\n"),
        ("plain.csv", "y,x\na,1\nb,2\n"),
        ("bad.csv", "y,x,w\na,1,3\nb,2,-1\n"),
        ("zero.csv", "y,x,w\na,1,0\nb,2,0\n"),
    ]);
    let data = source::read(&weighted(&written, "train.csv")).expect("train");
    let read = |name: &str, policy| like(&data, &written.path(name), policy);
    let other = read("other.csv", LabelPolicy::Required).expect("weights");
    assert_eq!(other.weights.as_deref(), Some(&[3.0, 0.25][..]));
    assert!(other.problems.is_empty(), "{:?}", other.problems);

    let plain = read("plain.csv", LabelPolicy::Required).expect("no weights");
    assert_eq!(plain.weights.as_deref(), Some(&[1.0, 1.0][..]));
    assert_eq!(
        written.bare(&plain.notes.last().expect("a note").said),
        "`plain.csv` has no column `w`, so all its examples have the weight 1"
    );
    // An example that cannot be weighed is left out where it is scored, and not where it is asked
    // about.
    let bad = read("bad.csv", LabelPolicy::Required).expect("one good example");
    assert_eq!((bad.ids.len(), bad.problems.len()), (1, 1));
    assert_eq!(bad.weights.as_deref(), Some(&[3.0][..]));
    for name in ["bad.csv", "zero.csv"] {
        let asked = read(name, LabelPolicy::Optional).expect("both examples");
        assert_eq!(asked.weights.as_deref(), Some(&[1.0, 1.0][..]));
        assert_eq!(
            asked.notes[0].said,
            "not every weight in `w` can be used, so all weights are 1"
        );
    }
    assert!(read("zero.csv", LabelPolicy::Required).is_err());
}

#[test]
fn without_a_header_label_and_weights_are_there_together_or_neither_is() {
    let written = Written::new(&[
        ("train.csv", "1,5,0.5,a\n2,6,2,b\n3,7,1,a\n4,8,1,b\n"),
        ("both.csv", "9,3,4,b\n"),
        ("neither.csv", "9,3\n"),
        ("one.csv", "9,3,4\n"),
    ]);
    let data = source::read(&SourceOptions {
        example_weights: Some("3".to_owned()),
        header: Some(false),
        ..options(written.path("train.csv"))
    });
    let data = data.expect("weights");
    let weights = |name: &str, policy| {
        like(&data, &written.path(name), policy).map(|found| found.weights.expect("weights"))
    };
    assert_eq!(weights("both.csv", LabelPolicy::Required).expect("both"), [4.0]);
    assert_eq!(weights("neither.csv", LabelPolicy::Optional).expect("neither"), [1.0]);
    assert!(weights("one.csv", LabelPolicy::Optional).is_err());
    // Where a label must be there, it is the weight that is not.
    let written = Written::new(&[("one.csv", "9,3,b\n")]);
    let one = like(&data, &written.path("one.csv"), LabelPolicy::Required).expect("a label");
    assert_eq!((one.weights, one.labels.is_some()), (Some(vec![1.0]), true));
}

#[test]
fn weights_of_images_are_refused() {
    let written = Written::new(&[]);
    let example_weights = Some("w".to_owned());
    let path = written.path("");
    let error = images::read(&SourceOptions { path, example_weights, ..Default::default() });
    let said = problems(error.expect_err("no weights of images"));
    assert!(
        said[0].ends_with("expected a table, since `data.example_weights` is given, found images"),
        "{said:?}"
    );
}
