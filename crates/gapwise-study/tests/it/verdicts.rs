//! The notes' seven columns, each at 10,000 examples per held-out rung and human given as known.

use gapwise_study::{
    diagnosis::{Answer, Diagnosis, GapKind, Ladder, Verdict},
    recipe::NoCommands,
};

use crate::tables::{estimated, known, ladder};

const N: usize = 10_000;

/// The errors of a column, in percent.
struct Column {
    human: f64,
    train: f64,
    train_validation: Option<f64>,
    validation: f64,
}

fn diagnosed(column: Column) -> Diagnosis {
    let held_out = |percent: f64| estimated((percent * N as f64 / 100.0).round() as usize, N);
    let base = ladder(
        known(column.human / 100.0),
        known(column.train / 100.0),
        held_out(column.validation),
    );
    let train_validation = column.train_validation.map(held_out);
    Ladder { train_validation, ..base }.diagnose(&NoCommands)
}

#[track_caller]
fn closes(diagnosis: &Diagnosis, gap: GapKind) {
    assert_eq!(
        diagnosis.verdict,
        Verdict::Close { gap, not_told_apart_from: Vec::new(), unless_human_below: None }
    );
}

#[track_caller]
fn immaterial(diagnosis: &Diagnosis, gap: GapKind) {
    assert_eq!(diagnosis.gap(gap).unwrap().answer, Answer::Immaterial);
}

/// Row 1.2, first column: "low bias, high variance".
#[test]
fn train_1_validation_11_is_variance() {
    let column = Column { human: 0.0, train: 1.0, train_validation: None, validation: 11.0 };
    let diagnosis = diagnosed(column);
    closes(&diagnosis, GapKind::Variance);
    immaterial(&diagnosis, GapKind::AvoidableBias);
}

/// Row 1.2, second column: "high bias, low variance".
#[test]
fn train_15_validation_16_is_bias() {
    let column = Column { human: 0.0, train: 15.0, train_validation: None, validation: 16.0 };
    closes(&diagnosed(column), GapKind::AvoidableBias);
}

/// Row 2.8, first column: "focus on bias reduction".
#[test]
fn human_1_train_8_validation_10_is_bias() {
    let column = Column { human: 1.0, train: 8.0, train_validation: None, validation: 10.0 };
    closes(&diagnosed(column), GapKind::AvoidableBias);
}

/// Row 2.8, second column: "focus on reducing variance".
#[test]
fn human_7_5_train_8_validation_10_is_variance() {
    let column = Column { human: 7.5, train: 8.0, train_validation: None, validation: 10.0 };
    let diagnosis = diagnosed(column);
    closes(&diagnosis, GapKind::Variance);
    immaterial(&diagnosis, GapKind::AvoidableBias);
}

/// Row 2.12, first column: "a variance problem".
#[test]
fn train_1_train_validation_9_validation_10_is_variance() {
    let column = Column { human: 0.0, train: 1.0, train_validation: Some(9.0), validation: 10.0 };
    closes(&diagnosed(column), GapKind::Variance);
}

/// Row 2.12, second column: "a data-mismatch problem".
#[test]
fn train_1_train_validation_1_5_validation_10_is_mismatch() {
    let column = Column { human: 0.0, train: 1.0, train_validation: Some(1.5), validation: 10.0 };
    let diagnosis = diagnosed(column);
    closes(&diagnosis, GapKind::Mismatch);
    immaterial(&diagnosis, GapKind::Variance);
}

/// Row 2.12, third column: "a bias problem".
#[test]
fn train_10_train_validation_11_validation_12_is_bias() {
    let column = Column { human: 0.0, train: 10.0, train_validation: Some(11.0), validation: 12.0 };
    closes(&diagnosed(column), GapKind::AvoidableBias);
}
