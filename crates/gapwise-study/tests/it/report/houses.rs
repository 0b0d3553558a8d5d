//! A run on house prices: rows of a table, a number to predict, all five rungs.

use gapwise_data::{
    Split,
    summary::{ColumnSummary, Duplicates, InputSummary, LabelSummary, Summary},
};
use gapwise_study::{
    baseline::Better,
    constraint::Constraints,
    diagnosis::{
        Answer, Diagnosis, Gap, GapKind, LookCounts, Origin, Rung, RungError, RungKind, Verdict,
    },
    metric::MetricKind,
    predictions::{Outcome, PredictionTable, Target},
    recipe::Remedy,
    run::{Setting, Shown, WorstExample},
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::sample::{
    Run, baseline, class_row, environment, history, interval, judged, note, step, timing,
};

/// House prices: regression from a table, with a train-validation rung and an opened test.
pub(crate) fn houses() -> Run {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let rows = (0..4_128)
        .map(|i| {
            let label = 40_000.0 + 460_000.0 * rng.random::<f64>().powi(2);
            let noise = (0..6).map(|_| rng.random::<f64>() - 0.5).sum::<f64>();
            let prediction = label * 0.93 + 14_000.0 + noise * (30_000.0 + 0.16 * label);
            class_row(i, Outcome::number(label, prediction))
        })
        .collect();
    let columns = [
        "longitude",
        "latitude",
        "housing_median_age",
        "total_rooms",
        "total_bedrooms",
        "population",
        "households",
        "median_income",
    ];
    let worst = (0..8)
        .map(|i| WorstExample {
            id: format!("california-housing.csv:{}", 811 * (i + 2)),
            label: "500001".to_owned(),
            prediction: format!("{}.397774", 98_200 + 9_713 * i),
            score: None,
            loss: 12.4 - i as f32,
            shown: Shown::Row(
                columns
                    .iter()
                    .enumerate()
                    .map(|(c, column)| {
                        ((*column).to_owned(), format!("{:.2}", 37.25 * (c + i) as f64))
                    })
                    .chain([("ocean_proximity".to_owned(), "<1H OCEAN".to_owned())])
                    .collect(),
            ),
        })
        .collect();
    Run {
        name: "california-housing-3".to_owned(),
        network: "Feed-forward, one hidden layer of 64, 1,153 parameters".to_owned(),
        command: "gapwise run california-housing.csv --label median_house_value".to_owned(),
        diagnosis: houses_diagnosis(),
        metrics: vec![judged(MetricKind::R2, "of the variance", (0.31, 0.35))],
        history: history(60, 56_100.0),
        timing: timing(60),
        gradients: Vec::new(),
        range_test: None,
        taken: Vec::new(),
        comparisons: Vec::new(),
        looks: Vec::new(),
        kept_epoch: None,
        predictions: PredictionTable {
            target: Target::number("median_house_value".to_owned()),
            rows,
        },
        baselines: vec![
            baseline(
                "mean",
                115_400.0,
                (113_600.0, 117_300.0),
                59_300.0,
                (57_200.0, 61_500.0),
                Better::Network,
            ),
            baseline(
                "linear",
                55_900.0,
                (54_100.0, 57_800.0),
                -200.0,
                (-1_900.0, 1_500.0),
                Better::CannotTell,
            ),
        ],
        worst,
        summary: houses_summary(&columns),
        counts: vec![
            (Split::Train, 11_384),
            (Split::TrainValidation, 1_000),
            (Split::Validation, 4_128),
            (Split::Test, 4_128),
        ],
        rule:
            "Between 10,000 and 1,000,000 examples: 60 % train, 20 % validation, 20 % test, seed 1."
                .to_owned(),
        settings: vec![
            Setting {
                name: "network.hidden".to_owned(),
                value: "[64]".to_owned(),
                default: "[32]".to_owned(),
            },
            Setting {
                name: "train.learning_rate".to_owned(),
                value: "0.003".to_owned(),
                default: "0.001".to_owned(),
            },
        ],
        environment: environment(&[("read", 0.23), ("train", 84.2), ("evaluate", 0.4)]),
    }
}

fn houses_diagnosis() -> Diagnosis {
    let estimate = |kind, error, low, high, examples| Rung {
        kind,
        error: RungError::Estimate { error, interval: interval(low, high), examples },
    };
    let gap = |kind, size, low, high, answer| Gap {
        kind,
        size: Some(size),
        interval: Some(interval(low, high)),
        at_most: None,
        answer,
    };
    Diagnosis {
        goes_on_from: None,
        failed: Vec::new(),
        none_left: None,
        kept_early: None,
        metric: MetricKind::Rmse,
        positive: None,
        unit: "median_house_value".to_owned(),
        rungs: vec![
            Rung {
                kind: RungKind::Human,
                error: RungError::Exact { error: 41_000.0, examples: 0 },
            },
            Rung {
                kind: RungKind::Train,
                error: RungError::Exact { error: 51_240.0, examples: 11_384 },
            },
            estimate(RungKind::TrainValidation, 53_400.0, 50_900.0, 56_000.0, 1_000),
            estimate(RungKind::Validation, 56_100.0, 54_300.0, 58_000.0, 4_128),
            estimate(RungKind::Test, 55_700.0, 53_900.0, 57_600.0, 4_128),
        ],
        gaps: vec![
            Gap {
                kind: GapKind::AvoidableBias,
                size: Some(10_240.0),
                interval: Some(interval(10_240.0, 10_240.0)),
                at_most: None,
                answer: Answer::Material,
            },
            gap(GapKind::Variance, 2_160.0, -1_020.0, 5_300.0, Answer::Immaterial),
            gap(
                GapKind::Mismatch,
                2_700.0,
                -1_300.0,
                6_700.0,
                Answer::CannotTell {
                    enlarge: RungKind::TrainValidation,
                    examples: 6_200,
                    and: None,
                },
            ),
            gap(GapKind::ValidationOverfitted, -400.0, -3_700.0, 2_900.0, Answer::Immaterial),
        ],
        tolerance: 5_610.0,
        tolerance_reason: "10 % of the validation error; `--tolerance` changes it.".to_owned(),
        verdict: Verdict::Close {
            gap: GapKind::AvoidableBias,
            not_told_apart_from: vec![GapKind::Mismatch],
            unless_human_below: None,
        },
        steps: vec![step(
            Remedy::LargerNetwork,
            [
                "train a larger network",
                "The train error is 10,240 above the human level: the network does not fit what it has seen.",
                "fit train",
            ],
            Some("gapwise train --from runs/california-housing-3 --set network.hidden=[128]"),
        )],
        looks: LookCounts { validation: 60, test: 2 },
        test_origin: Origin::Validation,
        weighted: false,
        constraints: Constraints::default(),
        assumed: vec!["The human level of 41,000 was given.".to_owned()],
    }
}

fn houses_summary(columns: &[&str]) -> Summary {
    Summary {
        name: "california-housing".to_owned(),
        fingerprint: "90aa41bc2f".to_owned(),
        examples: 20_640,
        skipped: 0,
        duplicates: Duplicates::default(),
        inputs: InputSummary::Table {
            columns: columns
                .iter()
                .enumerate()
                .map(|(c, name)| ColumnSummary {
                    name: (*name).to_owned(),
                    kind: "number".to_owned(),
                    missing: if c == 4 { 207 } else { 0 },
                    distinct: 844 * (c + 1),
                    range: Some((-124.35, 29.0 * c as f64, 35_682.0)),
                    frequent: Vec::new(),
                    left_out: None,
                })
                .chain([ColumnSummary {
                    name: "ocean_proximity".to_owned(),
                    kind: "category".to_owned(),
                    missing: 0,
                    distinct: 5,
                    range: None,
                    frequent: vec![
                        ("<1H OCEAN".to_owned(), 9_136),
                        ("INLAND".to_owned(), 6_551),
                        ("ISLAND".to_owned(), 5),
                    ],
                    left_out: None,
                }])
                .collect(),
        },
        labels: LabelSummary::Numbers {
            name: "median_house_value".to_owned(),
            low: 14_999.0,
            median: 179_700.0,
            high: 500_001.0,
            deviation: 115_396.0,
        },
        groups: None,
        notes: vec![
            note("The label is `median_house_value`, as asked for.", Some("--label NAME")),
            note(
                "Regression: the label has 3,842 different numbers.",
                Some("--task classification"),
            ),
            note(
                "207 blank cells of `total_bedrooms` take the training median and an indicator.",
                None,
            ),
        ],
        problems: Vec::new(),
    }
}
