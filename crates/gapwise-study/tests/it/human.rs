//! The human level from people's answers.

use std::fs;

use gapwise_data::Split;
use gapwise_study::{
    diagnosis::{DiagnoseOptions, HumanLevel, RungError, RungKind, diagnose},
    human::{HumanAnswers, HumanError, HumanEstimate},
    interval::wilson,
    metric::MetricKind,
    predictions::PredictionTable,
    recipe::NoCommands,
};

use crate::tables::{class_table, number_table};

/// What a file with this text gives.
fn level(text: &str, table: &PredictionTable) -> Result<HumanEstimate, HumanError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("answers.csv");
    fs::write(&path, text).unwrap();
    HumanAnswers::read(&path)?.estimate(table, MetricKind::of(&table.target).metric())
}

fn refused(text: &str, table: &PredictionTable) -> String {
    let error = level(text, table).unwrap_err();
    let told = error.to_string();
    let at = told.find("answers.csv").unwrap();
    format!("`{}\n  {}", &told[at..], error.hint())
}

/// 50 validation examples, all of the class cat, and a few of train.
fn cats() -> PredictionTable {
    class_table(&[(Split::Train, 5, 0), (Split::Validation, 50, 10)])
}

/// An answer to each of the first `examples`, of which the first `wrong` are `dog`.
fn answers(examples: usize, wrong: usize) -> String {
    let answer = |number| if number < wrong { "dog" } else { "cat" };
    let row = |number| format!("validation:{number},{}\n", answer(number));
    (0..examples).map(row).collect()
}

#[test]
fn one_answer_an_example_is_a_rate_with_wilsons_interval() {
    let found = level(&format!("id,answer\n{}", answers(40, 2)), &cats()).unwrap();
    assert_eq!((found.estimate.error, found.estimate.examples, found.answers), (0.05, 40, 40));
    assert_eq!(found.estimate.interval(0.95), wilson(2, 40, 0.95));
}

#[test]
fn every_example_counts_alike_however_many_people_answered_it() {
    // The first is answered by four, of whom three are wrong; the other three by one each, rightly.
    let text = "id,answer,who\nvalidation:0,dog,ann\nvalidation:0,dog,bob\nvalidation:0,dog,cyd\n\
                validation:0,cat,dan\nvalidation:1,cat,ann\nvalidation:2,cat,ann\n\
                validation:3,cat,ann\n";
    let found = level(text, &cats()).unwrap();
    // (3/4 + 0 + 0 + 0) / 4
    assert!((found.estimate.error - 0.1875).abs() < 1e-15, "{}", found.estimate.error);
    assert_eq!((found.estimate.examples, found.answers), (4, 7));
}

#[test]
fn numbers_give_the_root_mean_square_of_peoples_answers() {
    let pairs: Vec<(f64, f64)> = (0..30).map(|n| (f64::from(n), 0.0)).collect();
    let table = number_table(&[(Split::Validation, &pairs)]);
    // 3 too much on even and 4 too little on odd examples: √((15·9 + 15·16) / 30) = √12.5.
    let rows: String = (0..30)
        .map(|n| format!("validation:{n},{}\n", if n % 2 == 0 { n + 3 } else { n - 4 }))
        .collect();
    let found = level(&format!("id,answer\n{rows}"), &table).unwrap();
    assert!((found.estimate.error - 12.5_f64.sqrt()).abs() < 1e-12);
}

#[test]
fn answers_that_are_none_to_validation_examples_are_counted_and_refused() {
    let cats = cats();
    let told = [
        refused("id,reply\nvalidation:0,cat\n", &cats),
        refused("id,answer\n", &cats),
        refused("id,answer\nvalidation:0,cat\ntrain:1,cat\nnobody,cat\nvalidation:1,cow\n", &cats),
        refused("id,answer\nvalidation:0,cow\n", &cats),
        refused("id,answer\nnobody,cat\n", &cats),
        refused(
            "id,answer\nvalidation:0,dear\n",
            &number_table(&[(Split::Validation, &[(1.0, 1.0)])]),
        ),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    `answers.csv` line 1: expected the columns `id` and `answer`, found `id,reply`
      a row for each answer: the id of a validation example, and what a person said
    `answers.csv`: expected at least one answer, found none
      a row for each answer: the id of a validation example, and what a person said
    `answers.csv` line 3, column `id`: expected the id of a validation example, found `train:1`, an example of train; 3 of 4 answers are bad, in the lines 3, 4, 5
      the ids of validation examples are in the prediction table, which of a run is `predictions.csv`
    `answers.csv` line 2, column `answer`: expected one of the 2 classes, found `cow`
      an answer is written as the labels are
    `answers.csv` line 2, column `id`: expected the id of a validation example, found `nobody`, which no example has
      the ids of validation examples are in the prediction table, which of a run is `predictions.csv`
    `answers.csv` line 2, column `answer`: expected a finite number, found `dear`
      an answer is written as the labels are
    ");
    assert!(matches!(HumanAnswers::read("no/such.csv".as_ref()), Err(HumanError::Io { .. })));
}

#[test]
fn the_human_rung_is_an_estimate_from_the_answers() {
    let cats = cats();
    let found = level(&format!("answer,id\n{}", "dog,validation:0\ncat,validation:1\n"), &cats);
    let mut options = DiagnoseOptions::new("runs/cats-1");
    options.human = HumanLevel::Answered(found.unwrap());
    let diagnosis = diagnose(&cats, &options, &NoCommands).unwrap();
    let rung = &diagnosis.rung(RungKind::Human).unwrap().error;
    assert!(matches!(rung, RungError::Estimate { error: 0.5, examples: 2, .. }), "{rung:?}");
    assert_eq!(
        diagnosis.assumed[0],
        "The human level is an estimate from 2 answers of people to 2 examples of validation; \
         every example counts alike, however many answered it."
    );
}
