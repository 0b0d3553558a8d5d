//! Data that a program hands over: checked and named as a file's is.

use gapwise_data::{
    Inputs, Labels,
    memory::{Columns, HeldImages},
    source::{self, LabelPolicy},
};

fn prices() -> Columns {
    let districts = ["north", "south, west", "a \"b\""];
    let of = |row: usize| Some(districts[row % 3].to_owned());
    Columns::new("prices")
        .numbers("area", (0..40).map(|row| 50.0 + f64::from(row) * 1.1).collect())
        .texts("district", (0..40).map(of).collect())
        .numbers("price", (0..40).map(|row| 200.0 + f64::from(row * row) / 7.0).collect())
}

#[test]
fn a_table_in_memory_is_the_table_of_its_csv_file() {
    let held = prices().hold().unwrap();
    let dataset = source::read(&held.source("price")).unwrap();
    assert_eq!((dataset.name.as_str(), dataset.len()), ("prices", 40));
    assert_eq!(dataset.ids[0], "prices.csv:2");
    let Labels::Numbers(labels) = &dataset.labels else { panic!("numbers") };
    // To the last bit.
    assert_eq!(labels[39], 200.0 + f64::from(39 * 39) / 7.0);

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("prices.csv");
    std::fs::write(&path, gapwise_data::stream::read(held.path()).unwrap()).unwrap();
    let of_file = source::read(&source::SourceOptions { path, ..held.source("price") }).unwrap();
    assert_eq!(of_file.ids, dataset.ids);
    assert_eq!(of_file.fingerprint, dataset.fingerprint);
    assert_eq!(of_file.content, dataset.content);
    assert_eq!(of_file.reading, dataset.reading);
}

#[test]
fn further_rows_in_memory_are_read_like_the_first() {
    let held = prices().hold().unwrap();
    let dataset = source::read(&held.source("price")).unwrap();
    let more = Columns::new("more")
        .texts("district", vec![Some("north".into()), None])
        .numbers("area", vec![61.0, f64::NAN])
        .hold()
        .unwrap();
    let read = source::read_like(&dataset.reading, more.path(), LabelPolicy::Optional).unwrap();
    assert_eq!(read.ids, ["more.csv:2", "more.csv:3"]);
    let Inputs::Table(table) = &read.inputs else { panic!("a table") };
    assert_eq!(table.row(0)[0], ("area".to_owned(), "61".to_owned()));
}

#[test]
fn columns_that_make_no_table_are_refused_with_their_place() {
    let refused = |columns: Columns| columns.hold().unwrap_err().to_string();
    let uneven = Columns::new("t").numbers("a", vec![1.0; 3]).texts("b", vec![None; 2]);
    let said = refused(uneven);
    assert!(said.ends_with("column `b`: expected 3 rows, as `a` has, found 2 rows"), "{said}");
    let infinite = Columns::new("t").numbers("a", vec![1.0, f64::INFINITY]);
    let said = refused(infinite);
    let expected = "expected a number, or NaN where it is missing, found inf";
    assert!(said.contains("line 3, column `a`") && said.ends_with(expected), "{said}");
    assert!(refused(Columns::new("t")).ends_with("expected at least one column, found none"));
}

#[test]
fn a_table_that_was_let_go_is_no_longer_there() {
    let held = prices().hold().unwrap();
    let source = held.source("price");
    drop(held);
    assert!(source::read(&source).is_err());
}

#[test]
fn images_in_memory_are_checked_as_files_are() {
    let classes = |n: usize| (0..n).map(|at| ["dark", "bright"][at % 2].to_owned()).collect();
    let pixels = |n: usize| (0..n * 9).map(|at| (at * 7 % 251) as u8).collect::<Vec<u8>>();
    let dataset = HeldImages::new("spots", [1, 3, 3]).bytes(pixels(20), classes(20)).dataset();
    let dataset = dataset.unwrap();
    assert_eq!((dataset.len(), dataset.ids[3].as_str()), (20, "spots:3"));
    let Labels::Classes { names, of } = &dataset.labels else { panic!("classes") };
    assert_eq!((names.as_slice(), of[0]), (["bright".to_owned(), "dark".to_owned()].as_slice(), 1));

    let other = HeldImages::new("spots", [1, 3, 3]).bytes(pixels(19), classes(20)).dataset();
    let said = other.unwrap_err().to_string();
    let expected = "expected 20 images of 1 × 3 × 3, one for each class named, found 171 values";
    assert!(said.ends_with(expected), "{said}");
    // One class alone is nothing to learn, whatever the source.
    let one = HeldImages::new("spots", [1, 3, 3]).bytes(pixels(2), vec!["a".into(); 2]).dataset();
    assert!(one.is_err());
}
