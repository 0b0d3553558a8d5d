//! Whether two splits look like one distribution.

use std::fs;

use gapwise_data::{SourceOptions, Split, SplitOptions, shift::shift, source, split};

/// What is said of train and validation where `x` and the classes of the other source are these.
fn said(x: impl Fn(usize) -> f64, cats_in_ten: usize) -> String {
    let folder = tempfile::tempdir().unwrap();
    let table = |x: &dyn Fn(usize) -> f64, cats: usize| {
        let rows: String = (0..400)
            .map(|at| {
                let kind = if at % 10 < cats { "cat" } else { "dog" };
                format!("{},{},{kind}\n", x(at), (at * 7) % 23)
            })
            .collect();
        format!("x,z,kind\n{rows}")
    };
    let web = |at: usize| ((at * 13) % 101) as f64;
    fs::write(folder.path().join("web.csv"), table(&web, 5)).unwrap();
    fs::write(folder.path().join("app.csv"), table(&x, cats_in_ten)).unwrap();
    let data = source::read(&SourceOptions {
        path: folder.path().join("app.csv"),
        train_from: Some(folder.path().join("web.csv")),
        ..SourceOptions::default()
    })
    .unwrap();
    let (splits, _) = split::assign(&data, &SplitOptions::default()).unwrap();
    shift(&data, &splits, [Split::Train, Split::Validation]).unwrap().unwrap().said
}

#[test]
fn sources_that_are_alike_are_said_not_to_differ_beyond_noise() {
    // The same numbers in another order, and as many cats.
    assert_eq!(
        said(|at| ((at * 29) % 101) as f64, 5),
        "validation does not differ from train beyond noise in any of 3 means and shares of inputs \
         and labels"
    );
}

#[test]
fn the_column_that_differs_most_is_named_with_its_standard_deviations() {
    // 0 to 100 in equal parts has a standard deviation of √((101² − 1) / 12) = 29.15; 58.3 is
    // twice that.
    let said = said(|at| ((at * 29) % 101) as f64 + 58.3, 5);
    assert!(
        said.starts_with(
            "validation differs from train beyond noise in 1 of 3 means and shares of inputs and \
             labels, most in column `x` ("
        ),
        "{said}"
    );
    let size = said.split_once("`x` (").unwrap().1.split_once(" standard").unwrap().0;
    let size: f64 = size.parse().unwrap();
    assert!((1.7..2.3).contains(&size), "{said}");
    assert!(said.ends_with("standard deviations higher in validation)"), "{said}");
}

#[test]
fn a_class_that_is_rarer_is_named_with_its_shares() {
    let said = said(|at| ((at * 29) % 101) as f64, 1);
    // About half of what trains: what both sources hold is left out of it, and fewer cats are.
    assert!(said.contains("most in class `cat` (5"), "{said}");
    assert!(said.ends_with(" % of train, 10.0 % of validation)"), "{said}");
}
