//! Labels, groups, keys and summaries of small tables.

use gapwise_data::{
    SourceOptions, source,
    summary::{self, InputSummary, LabelSummary},
    table::ColumnRole,
};

use super::{Written, classes, options, schema, table};

#[test]
fn class_numbers_follow_numbers_and_then_letters() {
    let written = Written::new(&[
        ("numbers.csv", "x,label\n1,10\n2,9\n3,10\n4,9.0\n"),
        ("words.csv", "x,label\n1,b10\n2,b9\n3,b10\n4,b9\n"),
    ]);
    let read = |name: &str| source::read(&options(written.path(name))).expect("a table");
    assert_eq!(classes(&read("numbers.csv")).0, ["9", "10"]);
    assert_eq!(classes(&read("words.csv")).0, ["b10", "b9"]);
}

#[test]
fn groups_are_read_and_are_no_input() {
    let written = Written::new(&[("a.csv", "person,x,label\np,1,a\nq,2,b\np,3,a\nq,4,b\n")]);
    let options =
        SourceOptions { group: Some("person".to_owned()), ..options(written.path("a.csv")) };
    let data = source::read(&options).expect("a table");
    let groups = data.groups.as_ref().expect("groups");
    assert_eq!(
        (groups.names.as_slice(), groups.of.as_slice()),
        (["p", "q"].map(str::to_owned).as_slice(), [0, 1, 0, 1].as_slice())
    );
    assert_eq!(table(&data).columns.len(), 1);
    assert_eq!(schema(&data).columns[0].role, ColumnRole::Group);
    assert_eq!(summary::summarise(&data).groups, Some(2));
}

#[test]
fn keys_are_equal_exactly_where_values_and_labels_are() {
    let written =
        Written::new(&[("a.csv", "x,z,label\n1,u,a\n1.0,u,a\n1,v,a\n1,u,b\n-0,u,a\n0,u,a\n")]);
    let data = source::read(&options(written.path("a.csv"))).expect("a table");
    let key = &data.content;
    assert_eq!(key[0], key[1]);
    assert_ne!(key[0], key[2]);
    assert_ne!(key[0], key[3]);
    assert_eq!(key[4], key[5]);
    let duplicates = summary::summarise(&data).duplicates;
    assert_eq!((duplicates.sets, duplicates.examples), (2, 4));
}

#[test]
fn a_summary_counts_values_by_column() {
    let written = Written::new(&[(
        "a.csv",
        "x,c,ok,day,label\n1,u,yes,2024-01-01,1.5\n3,v,no,2024-01-02,2.5\n8,u,yes,?,3.5\n?,u,yes,2024-01-02,0.5\n",
    )]);
    let data = source::read(&options(written.path("a.csv"))).expect("a table");
    let summary = summary::summarise(&data);
    let InputSummary::Table { columns } = &summary.inputs else { panic!("a table") };
    assert_eq!(columns[0].range, Some((1.0, 3.0, 8.0)));
    assert_eq!((columns[0].missing, columns[0].distinct), (1, 3));
    assert_eq!(columns[1].frequent, [("u".to_owned(), 3), ("v".to_owned(), 1)]);
    assert_eq!(columns[2].frequent, [("yes".to_owned(), 3), ("no".to_owned(), 1)]);
    assert_eq!((columns[3].kind.as_str(), columns[3].distinct), ("date", 2));
    let LabelSummary::Numbers { low, median, high, deviation, .. } = &summary.labels else {
        panic!("numbers")
    };
    assert_eq!((*low, *median, *high), (0.5, 2.0, 3.5));
    // Mean 2; squares 0.25, 0.25, 2.25, 2.25; variance 5 / 4.
    assert_eq!(*deviation, 1.25_f64.sqrt());
    let json = serde_json::to_string(&summary).expect("a summary");
    assert_eq!(serde_json::from_str::<summary::Summary>(&json).expect("the same"), summary);
}
