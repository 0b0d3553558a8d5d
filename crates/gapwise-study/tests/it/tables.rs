//! Prediction tables and ladders for the other tests.

use gapwise_data::Split;
use gapwise_study::{
    diagnosis::{Ladder, LookCounts, Measured, Origin, Tolerance},
    metric::{Estimate, MetricKind},
    predictions::{Outcome, PredictionRow, PredictionTable, Target},
};

/// One example of two classes, right or wrong.
pub(crate) fn class_row(split: Split, number: usize, wrong: bool) -> PredictionRow {
    PredictionRow {
        id: format!("{split}:{number}"),
        group: None,
        split,
        outcome: Outcome::class(
            0,
            u32::from(wrong),
            if wrong { vec![0.25, 0.75] } else { vec![0.75, 0.25] },
        ),
        loss: 0.5,
        weight: 1.0,
    }
}

/// A table of two classes: for each split its examples and how many of them are wrong.
pub(crate) fn class_table(splits: &[(Split, usize, usize)]) -> PredictionTable {
    let rows = splits.iter().flat_map(|&(split, examples, errors)| {
        (0..examples).map(move |number| class_row(split, number, number < errors))
    });
    let names = vec!["cat".to_owned(), "dog".to_owned()];
    PredictionTable { target: Target::classes(names), rows: rows.collect() }
}

/// A table of numbers: for each split the labels and the answers.
pub(crate) fn number_table(splits: &[(Split, &[(f64, f64)])]) -> PredictionTable {
    let rows = splits.iter().flat_map(|&(split, pairs)| {
        pairs.iter().enumerate().map(move |(number, &(label, prediction))| PredictionRow {
            id: format!("{split}:{number}"),
            group: None,
            split,
            outcome: Outcome::number(label, prediction),
            loss: 0.5,
            weight: 1.0,
        })
    });
    PredictionTable { target: Target::number("price".to_owned()), rows: rows.collect() }
}

/// A known error rate.
pub(crate) fn known(error: f64) -> Measured {
    Measured::Known { error, examples: 0 }
}

/// An estimated error rate.
pub(crate) fn estimated(errors: usize, examples: usize) -> Measured {
    Measured::Estimated(Estimate::rate(errors, examples))
}

/// A rung that is not there.
pub(crate) fn missing(reason: &str) -> Measured {
    Measured::Missing { reason: reason.to_owned() }
}

/// A ladder of error rates without train-validation and test, and a tolerance of 10 % of the
/// validation error, at least 0.1 percentage points.
pub(crate) fn ladder(human: Measured, train: Measured, validation: Measured) -> Ladder {
    let size = (0.1 * validation.error().unwrap_or(0.0)).max(0.001);
    Ladder {
        metric: MetricKind::ErrorRate,
        positive: None,
        unit: "%".to_owned(),
        human,
        train,
        train_validation: None,
        validation,
        test: missing("not looked at: `gapwise evaluate runs/cats-1 --test`"),
        tolerance: Tolerance {
            size,
            reason: "10 % of the validation error".to_owned(),
            floor: Some(0.001),
        },
        looks: LookCounts { validation: 1, test: 0 },
        assumed: Vec::new(),
        test_origin: Origin::Validation,
        weighted: false,
    }
}
