//! Cells as people write them: numbers, codes, and words for nothing.

use gapwise_data::{
    Labels, Problem, Severity, SourceOptions, source,
    source::LabelPolicy,
    split::{SplitOptions, assign},
    summary,
    table::{ColumnKind, ColumnValues, DecimalMark, ThousandsMark},
};

use super::{Written, classes, kinds, like::like, options, said, table, with_label};

/// Lines below a header, one for each of `0..examples`.
fn lines(header: &str, examples: usize, line: impl Fn(usize) -> String) -> String {
    let lines = (0..examples).map(|at| line(at) + "\n");
    format!("{header}\n{}", lines.collect::<String>())
}

fn column(data: &gapwise_data::Dataset, name: &str) -> Vec<f64> {
    match table(data).column(name).map(|column| &column.values) {
        Some(ColumnValues::Number(values)) => values.clone(),
        other => panic!("`{name}` is no column of numbers: {other:?}"),
    }
}

#[test]
fn a_table_of_half_of_europe_is_read_and_other_data_alike() {
    let text = lines("größe;anteil;preis", 40, |at| {
        format!("{},5;{} %;1.{:03},25 €", at, at % 7, at * 3)
    });
    let written =
        Written::new(&[("a.csv", &text), ("b.csv", "größe;anteil;preis\n1,25;3 %;2.000 €\n")]);
    let data = source::read(&options(written.path("a.csv"))).expect("a table");
    assert_eq!(column(&data, "größe")[..2], [0.5, 1.5]);
    assert_eq!(column(&data, "anteil")[..2], [0.0, 1.0]);
    let Labels::Numbers(prices) = &data.labels else { panic!("prices are numbers") };
    assert_eq!(prices[..2], [1000.25, 1003.25]);
    let note = data.notes.iter().find(|note| note.said.starts_with("numbers are read"));
    let note = note.expect("what was taken");
    assert_eq!(
        note.said,
        "numbers are read as people write them in `größe` (`0,5` is 0.5), `anteil` (`0 %` is 0) and \
         `preis` (`1.000,25 €` is 1000.25)"
    );
    assert!(note.change_with.as_ref().is_some_and(|flag| flag.contains("--decimal")));
    let other = like(&data, &written.path("b.csv"), LabelPolicy::Required).expect("read alike");
    assert_eq!(other.labels, Some(Labels::Numbers(vec![2000.0])));
}

#[test]
fn points_and_commas_that_may_be_either_follow_the_rest_of_the_table() {
    let commas = lines("a;b;label", 30, |at| format!("1,{:03};{},5;u{}", 100 + at, at, at % 2));
    let thousands =
        lines("a,b,label", 30, |at| format!("\"1,{:03}\",{}.5,u{}", 100 + at, at, at % 2));
    let points = lines("a;b;label", 30, |at| format!("1.{:03};{},5;u{}", 100 + at, at, at % 2));
    let written = Written::new(&[
        ("commas.csv", &commas),
        ("thousands.csv", &thousands),
        ("points.csv", &points),
    ]);
    let first = |name: &str, decimal| {
        let options = SourceOptions { decimal, ..options(written.path(name)) };
        column(&source::read(&options).expect("a table"), "a")[0]
    };
    assert_eq!(first("commas.csv", None), 1.1);
    assert_eq!(first("thousands.csv", None), 1100.0);
    assert_eq!(first("thousands.csv", Some(DecimalMark::Point)), 1100.0);
    assert_eq!(first("points.csv", None), 1100.0);
}

#[test]
fn numbers_written_in_two_ways_are_located_and_as_a_label_they_come_first() {
    let text = lines("x,price", 40, |at| {
        format!("{at}.5,\"{}\"", if at % 2 == 0 { format!("{at},75") } else { format!("{at}.25") })
    });
    let written = Written::new(&[("a.csv", &text)]);
    let found = written.problems(source::read(&with_label(written.path("a.csv"), "price")));
    assert_eq!(
        found[0],
        "`a.csv` line 3, column `price`: `1.25` and `0,75` (line 2) are numbers written in different \
         ways, so the column is read as text"
    );
    assert!(found[1].contains("expected classes with several examples each"), "{found:?}");
    let as_input = source::read(&with_label(written.path("a.csv"), "x"));
    let found = written.problems(as_input);
    assert!(found[0].starts_with("`a.csv` line 3, column `price`"), "{found:?}");
    assert!(found[1].ends_with("found none: the only other column is left out"), "{found:?}");
    let plain = SourceOptions {
        decimal: Some(DecimalMark::Point),
        thousands: Some(ThousandsMark::None),
        ..with_label(written.path("a.csv"), "price")
    };
    assert!(source::read(&plain).is_err());
}

#[test]
fn codes_and_long_numbers_are_never_numbers() {
    let text = lines("code,uid,x,label", 60, |at| {
        let code = ["007", "7", "07"][at % 3];
        format!("{code},11898508762506083200{at:02},{}.5,{}", at % 2, ["a", "b", "c"][at % 3])
    });
    let written = Written::new(&[("a.csv", &text)]);
    let data = source::read(&options(written.path("a.csv"))).expect("a table");
    let kinds = kinds(&data);
    assert_eq!(kinds[0], ("code".to_owned(), ColumnKind::Category));
    assert_eq!(kinds[1], ("uid".to_owned(), ColumnKind::Text));
    assert!(
        said(&data).iter().any(|said| said.starts_with("`code` holds codes, no numbers: `007`"))
    );
    // Rows that differ in an id alone are two examples.
    let duplicates = summary::summarise(&data).duplicates;
    assert_eq!((duplicates.sets, duplicates.examples), (0, 0));
    let contradictory = |problem: &Problem| matches!(problem, Problem::Contradictory { .. });
    assert!(!data.problems.iter().any(contradictory));
}

#[test]
fn words_for_nothing_are_missing_and_told_and_a_class_can_be_one_of_them() {
    let text = lines("x,land,continent", 60, |at| {
        let x = if at % 10 == 0 { "-".to_owned() } else { format!("{at}.5") };
        format!("{x},{},{}", ["NA", "DE"][at % 2], ["NA", "EU", "AS"][at % 3])
    });
    let written = Written::new(&[("a.csv", &text)]);
    let refused = source::read(&options(written.path("a.csv"))).expect_err("a label is missing");
    let first = &refused.problems()[0];
    assert_eq!(
        written.bare(&first.to_string()),
        "`a.csv` line 2, column `continent`: expected a label, found `NA`, which is read as missing"
    );
    assert!(first.hint().is_some_and(|hint| hint.contains("--missing blank")));
    let blank =
        SourceOptions { missing: vec!["blank".to_owned()], ..options(written.path("a.csv")) };
    let data = source::read(&blank).expect("NA is a class");
    assert_eq!(classes(&data).0, ["AS", "EU", "NA"]);
    let missing = |data: &gapwise_data::Dataset, name| {
        table(data).column(name).map(|column| column.values.missing())
    };
    assert_eq!((missing(&data, "land"), missing(&data, "x")), (Some(0), Some(6)));
    let by_land = with_label(written.path("a.csv"), "x");
    let data = source::read(&SourceOptions { skip_bad: true, ..by_land }).expect("numbers");
    let note = said(&data).into_iter().find(|said| said.contains("read as missing"));
    // Of 60 examples, the six without a number are left out; the words were counted before.
    assert_eq!(
        note,
        Some("`NA` in `land` (30 cells) and `NA` in `continent` (20 cells) are read as missing")
    );
}

#[test]
fn a_value_that_is_named_as_missing_is_so_here_and_in_other_data() {
    let text = lines("x,label", 40, |at| {
        format!("{},{}", if at % 4 == 0 { -200 } else { at as i64 }, ["a", "b"][at % 2])
    });
    let written = Written::new(&[("a.csv", &text), ("b.csv", "x,label\n-200.0,a\n3,b\n")]);
    let asked =
        SourceOptions { missing: vec!["-200".to_owned()], ..options(written.path("a.csv")) };
    let data = source::read(&asked).expect("a table");
    assert_eq!(column(&data, "x").iter().filter(|value| value.is_nan()).count(), 10);
    let other = like(&data, &written.path("b.csv"), LabelPolicy::Required).expect("read alike");
    let gapwise_data::Inputs::Table(other) = other.inputs else { panic!("a table") };
    assert_eq!(other.columns[0].values.missing(), 1);
    let plain = source::read(&options(written.path("a.csv"))).expect("a table");
    assert_ne!(plain.fingerprint, data.fingerprint);
}

#[test]
fn sums_far_cells_classes_alike_and_identifiers_are_told() {
    let text = lines("customer_id,fare,tip,wild,total", 300, |at| {
        let (fare, tip) = ((at * 7919 % 1009) as f64 / 10.0, (at * 104_729 % 503) as f64 / 10.0);
        let wild = if at == 5 { "1e39".to_owned() } else { format!("{}", at % 10) };
        format!("{},{fare},{tip},{wild},{:.1}", 10_000 + at * 7919 % 70_001, fare + tip)
    });
    let alike = lines("x,animal", 40, |at| format!("{at}.5,{}", ["Cat", "dog", "cat"][at % 3]));
    let written = Written::new(&[("a.csv", &text), ("b.csv", &alike)]);
    let data = source::read(&options(written.path("a.csv"))).expect("warnings alone");
    assert!(
        said(&data).contains(
            &"`customer_id` has 300 different whole numbers in 300 examples: if it only names them, \
              leave it out"
        ),
        "{:?}",
        said(&data)
    );
    assert!(data.problems.iter().all(|problem| problem.severity() == Severity::Warning));
    insta::assert_snapshot!(written.problems(Ok(data)).join("\n"), @"
    `a.csv`, column `total`: the label is `fare` + `tip` in all 300 examples
    `a.csv` line 7, column `wild`: 1 cell is far from all others, such as `1e39` where the median is 4.5, and scaled with it the others are nearly equal
    ");
    let data = source::read(&options(written.path("b.csv"))).expect("a warning alone");
    insta::assert_snapshot!(written.problems(Ok(data)).join("\n"), @"`b.csv`, column `animal`: `Cat` and `cat` differ in case or blanks alone, and count as different classes");
}

#[test]
fn many_equal_examples_are_told_with_their_share_and_their_split() {
    let text = lines("x,label", 100, |at| {
        if at < 30 { "0,a".to_owned() } else { format!("{at},{}", ["a", "b"][at % 2]) }
    });
    let written = Written::new(&[("a.csv", &text)]);
    let data = source::read(&options(written.path("a.csv"))).expect("a table");
    let (_, problems) = assign(&data, &SplitOptions::default()).expect("three splits");
    assert_eq!(
        problems[0].to_string(),
        "`a`: 30 examples (30.0 % of all) are exactly equal, such as `a.csv:2`, and all of them are in \
         train: the errors of validation and test say nothing about them"
    );
}

#[test]
fn accents_in_other_bytes_are_the_same_class_and_column() {
    let text = "gr\u{f6}\u{df}e,art\n1,caf\u{e9}\n2,cafe\u{301}\n3,tee\n4,caf\u{e9}\n";
    let other = "gro\u{308}\u{df}e,art\n5,cafe\u{301}\n";
    let written = Written::new(&[("a.csv", text), ("b.csv", other)]);
    let data = source::read(&with_label(written.path("a.csv"), "art")).expect("a table");
    assert_eq!(classes(&data), (&["caf\u{e9}".to_owned(), "tee".to_owned()][..], vec![3, 1]));
    let told = "written with accents as characters of their own, taken for the same with letters that have them";
    assert!(said(&data).iter().any(|note| note.ends_with(told)), "{:?}", said(&data));
    let other =
        like(&data, &written.path("b.csv"), LabelPolicy::Required).expect("the same columns");
    let Some(Labels::Classes { of, .. }) = &other.labels else { panic!("classes") };
    assert_eq!((of, other.problems.len()), (&vec![0], 0));
}
