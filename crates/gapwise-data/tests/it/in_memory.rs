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
    let large = HeldImages::new("spots", [1, 3, usize::MAX]).bytes(pixels(2), classes(2)).dataset();
    let said = large.unwrap_err().to_string();
    assert!(said.contains("sides of 1 to 4,096 pixels"), "{said}");
    // One class alone is nothing to learn, whatever the source.
    let one = HeldImages::new("spots", [1, 3, 3]).bytes(pixels(2), vec!["a".into(); 2]).dataset();
    assert!(one.is_err());
}

#[test]
fn classes_of_images_in_memory_are_numbered_as_those_of_files_are() {
    let classes = ["10", "9", "2"].map(str::to_owned).to_vec();
    let pixels: Vec<u8> = (0..3 * 16).collect();
    let dataset = HeldImages::new("digits", [1, 4, 4]).bytes(pixels, classes).dataset().unwrap();
    let Labels::Classes { names, of } = &dataset.labels else { panic!("classes") };
    assert_eq!((names.join(" ").as_str(), of.as_slice()), ("2 9 10", [2, 1, 0].as_slice()));
}

#[test]
fn the_same_bytes_in_another_shape_or_depth_are_other_data() {
    let classes = || vec!["a".to_owned(), "b".to_owned()];
    let pixels = || (0..32).collect::<Vec<u8>>();
    let deep: Vec<u16> =
        pixels().as_chunks().0.iter().map(|two| u16::from_le_bytes(*two)).collect();
    let data = [
        HeldImages::new("one", [1, 4, 4]).bytes(pixels(), classes()),
        HeldImages::new("one", [1, 2, 8]).bytes(pixels(), classes()),
        HeldImages::new("one", [1, 2, 4]).deep(&deep, classes()),
    ];
    let [square, wide, deep] = data.map(|images| images.dataset().unwrap().fingerprint);
    assert!(square != wide && wide != deep && square != deep);
}

#[test]
fn further_images_in_memory_are_read_like_the_first() {
    let classes = |n: usize| (0..n).map(|at| ["dark", "bright"][at % 2].to_owned()).collect();
    let pixels: Vec<u8> = (0..4 * 4).collect();
    let grey = HeldImages::new("spots", [1, 2, 2]).bytes(pixels, classes(4)).dataset().unwrap();

    // Red 100, green 50, blue 200 is (212,600 + 357,600 + 144,400) / 10,000 = 71.46 of luminance.
    let coloured = [[100; 4], [50; 4], [200; 4]].concat();
    let new = HeldImages::new("new", [3, 2, 2]).bytes(coloured, Vec::new());
    let read = new.read_like(&grey.reading).unwrap();
    let Inputs::Images(images) = &read.inputs else { panic!("images") };
    assert_eq!((read.ids.join(" ").as_str(), read.labels), ("new:0", None));
    assert_eq!(images.of(0).unwrap()[..], [71; 4]);

    // What the training data holds is known again, and has its class.
    let again = HeldImages::new("again", [1, 2, 2]).bytes(vec![4, 5, 6, 7], vec!["bright".into()]);
    let read = again.read_like(&grey.reading).unwrap();
    assert_eq!(read.content, grey.content[1..2]);
    let Some(Labels::Classes { of, .. }) = read.labels else { panic!("classes") };
    assert_eq!(of, [0]);

    // 16 bits become 8, and 4×4 becomes 2×2.
    let deep = HeldImages::new("deep", [1, 4, 4]).deep(&[65_535; 16], Vec::new());
    let read = deep.read_like(&grey.reading).unwrap();
    let Inputs::Images(images) = &read.inputs else { panic!("images") };
    assert_eq!(images.of(0).unwrap()[..], [255; 4]);
}

#[test]
fn images_that_are_none_are_not_read_like_others() {
    let classes = vec!["a".to_owned(), "b".to_owned()];
    let pixels = || (0..8).collect::<Vec<u8>>();
    let grey = HeldImages::new("spots", [1, 2, 2]).bytes(pixels(), classes).dataset().unwrap();
    let refused = |pixels: Vec<u8>, reading| {
        let images = HeldImages::new("new", [1, 2, 2]).bytes(pixels, Vec::new());
        images.read_like(reading).unwrap_err().to_string()
    };
    let said = refused(vec![0; 5], &grey.reading);
    assert!(said.ends_with("expected 1 image of 1 × 2 × 2, found 5 values"), "{said}");
    let said = refused(Vec::new(), &grey.reading);
    assert!(said.ends_with("expected at least one example, found none"), "{said}");
    let held = prices().hold().unwrap();
    let table = source::read(&held.source("price")).unwrap().reading;
    let said = refused(pixels(), &table);
    assert!(
        said.ends_with("expected a table, as the training data was one, found images"),
        "{said}"
    );
}

#[test]
fn truth_values_are_a_column_of_truth_values() {
    let truths = (0..40).map(|row| Some(row % 3 == 0).filter(|_| row != 7)).collect();
    let held = prices().truths("garden", truths).hold().unwrap();
    let dataset = source::read(&held.source("price")).unwrap();
    let source::Reading::Table(schema) = &dataset.reading else { panic!("a table") };
    let garden = schema.columns.iter().find(|column| column.name == "garden").unwrap();
    assert_eq!(garden.kind, gapwise_data::table::ColumnKind::Boolean);
    let Inputs::Table(table) = &dataset.inputs else { panic!("a table") };
    assert_eq!(table.row(0)[2].0, "garden");
}
