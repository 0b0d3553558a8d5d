//! What a path leads to: files, folders of split files, and what is neither.

use gapwise_data::{SourceOptions, Split, source};

use super::{Written, options, table, with_label};

#[test]
fn a_path_that_leads_nowhere_offers_the_nearest_name() {
    let written = Written::new(&[("train-data.csv", "a,b\n1,x\n2,y\n")]);
    let error = source::read(&options(written.path("trian-data.csv"))).expect_err("no such file");
    let [problem] = error.problems() else { panic!("one problem") };
    insta::assert_snapshot!(written.bare(&problem.to_string()), @"`trian-data.csv`: there is no such file or folder");
    insta::assert_snapshot!(written.bare(&problem.hint().unwrap_or_default()), @"did you mean `train-data.csv`?");
}

#[test]
fn what_is_no_source_says_what_was_expected() {
    let written =
        Written::new(&[("empty.csv", ""), ("blank.csv", " \n\n"), ("zip.csv", "PK\x03\x04")]);
    let read = |name: &str| written.problems(source::read(&options(written.path(name))));
    insta::assert_snapshot!(read("empty.csv").join("\n"), @"`empty.csv`: expected a table with a line per example, found nothing: it is empty");
    insta::assert_snapshot!(read("blank.csv").join("\n"), @"`blank.csv`: expected a table with a line per example, found nothing: it is empty");
    insta::assert_snapshot!(read("zip.csv").join("\n"), @"`zip.csv`: expected data, found a ZIP archive");
    let empty = tempfile::tempdir().expect("a temporary folder");
    let error = source::read(&options(empty.path())).expect_err("nothing there");
    assert!(error.to_string().contains("found nothing: it is empty"), "{error}");
    let other = Written::new(&[("a.csv", "1,2\n"), ("b.csv", "1,2\n"), ("c.md", "text")]);
    let error = source::read(&options(other.folder.path())).expect_err("neither kind");
    assert!(error.to_string().ends_with("found `a.csv` and 2 other files"), "{error}");
}

#[test]
fn a_folder_of_split_files_is_one_table_with_its_splits_ready_made() {
    let written = Written::new(&[
        ("train.csv", "x,label\n1,a\n2,b\n3,a\n4,b\n"),
        ("valid.csv", "label,x\na,5\nb,6\n"),
        ("test.tsv", "x,label\n7,a\n8,b\n"),
    ]);
    let data = source::read(&options(written.folder.path())).expect("a table");
    let ready_made = data.ready_made.as_deref().expect("ready-made splits");
    let (train, validation, test) =
        (Some(Split::Train), Some(Split::Validation), Some(Split::Test));
    assert_eq!(ready_made, [train, train, train, train, validation, validation, test, test]);
    // The columns of `valid.csv` stand in another order and are matched by name.
    assert_eq!(table(&data).row(4), [("x".to_owned(), "5".to_owned())]);
    assert_eq!(data.ids[4], "valid.csv:2");
}

#[test]
fn a_held_out_file_lacking_a_column_is_told_which() {
    let written = Written::new(&[
        ("train.csv", "x,z,label\n1,1,a\n2,3,b\n3,2,a\n4,5,b\n"),
        ("test.csv", "x,zz,label\n7,1,a\n8,1,b\n"),
    ]);
    let found = written.problems(source::read(&options(written.folder.path())));
    insta::assert_snapshot!(found.join("\n"), @"
    `test.csv`, column `z`: expected this column, which the training data has, found none of the name
    `test.csv`, column `zz`: the training data has no such column, so it is passed over
    ");
}

#[test]
fn the_same_file_read_in_the_same_way_has_the_same_fingerprint() {
    let written = Written::new(&[("a.csv", "x,y,label\n1,2,a\n2,3,b\n3,1,a\n4,9,b\n")]);
    let fingerprint = |options: SourceOptions| source::read(&options).expect("a table").fingerprint;
    let path = written.path("a.csv");
    let guessed = fingerprint(options(&path));
    assert_eq!(guessed, fingerprint(with_label(&path, "label")));
    let ignoring = SourceOptions { ignore: vec!["x".to_owned()], ..options(&path) };
    assert_ne!(guessed, fingerprint(ignoring));
}

#[test]
fn a_held_out_file_without_labels_is_told_as_what_it_is_and_once() {
    let written = Written::new(&[
        ("train.csv", "x,label\n1,a\n2,b\n3,a\n4,b\n"),
        ("test.csv", "x\n1\n2\n"),
        ("blank.csv", "x,label\n1,\n2,?\n"),
    ]);
    let folder = written.problems(source::read(&options(written.folder.path())));
    assert_eq!(folder.len(), 1, "{folder:?}");
    assert!(folder[0].ends_with("these examples have no labels"), "{folder:?}");
    let blank = SourceOptions {
        test: Some(written.path("blank.csv")),
        ..options(written.path("train.csv"))
    };
    let blank = written.problems(source::read(&blank));
    assert_eq!(blank, ["`blank.csv`, column `label`: expected labels, found none in 2 examples"]);
}
