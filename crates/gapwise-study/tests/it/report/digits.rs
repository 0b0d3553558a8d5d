//! A run on handwritten digits: pictures, ten classes, test not opened.

use base64::{Engine, engine::general_purpose::STANDARD};
use gapwise_data::{
    Severity, Split,
    summary::{Duplicates, InputSummary, LabelSummary, ProblemLine, Summary},
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

use super::{
    png::grey_png,
    sample::{
        Run, baseline, class_row, environment, gradients, history, interval, judged, note,
        range_test, step, timing,
    },
};

/// Handwritten digits: 1,797 pictures of 8×8, ten classes, test not opened.
pub(crate) fn digits() -> Run {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let classes = 10;
    let rows = (0..359)
        .map(|i| {
            let label = i % classes;
            let wrong = [31, 88, 148, 149, 201, 268, 318].contains(&i);
            let prediction = if wrong { [1, 8, 3, 3, 9, 1, 1][i as usize % 7] } else { label };
            let outcome = Outcome::class(label, prediction, vec![0.1; 10]);
            class_row(i as usize, outcome)
        })
        .collect();
    let worst = (0..7)
        .map(|i| WorstExample {
            id: format!("{}/{:04}.png", i + 1, 211 * (i + 3)),
            label: (i + 1).to_string(),
            prediction: ((i * 3 + 8) % 10).to_string(),
            score: Some(0.996 - 0.05 * i as f32),
            loss: 5.4 - 0.5 * i as f32,
            shown: Shown::Picture(STANDARD.encode(grey_png(8, &stroke(&mut rng, i)))),
        })
        .collect();
    Run {
        name: "digits-1".to_owned(),
        network: "Small convolutional network, 28,938 parameters".to_owned(),
        command: "gapwise run examples/digits".to_owned(),
        diagnosis: digits_diagnosis(),
        metrics: vec![
            judged(MetricKind::ErrorRate, "%", (0.0, 0.0195)),
            judged(MetricKind::Auroc, "%", (0.0, 0.0012)),
            judged(MetricKind::CalibrationError, "%", (0.01, 0.022)),
        ],
        history: history(24, 0.0185),
        timing: timing(24),
        gradients: gradients(24, 4, 0.6),
        range_test: Some(range_test()),
        taken: Vec::new(),
        comparisons: Vec::new(),
        looks: Vec::new(),
        kept_epoch: Some(19),
        predictions: PredictionTable {
            target: Target::classes((0..classes).map(|c| c.to_string()).collect()),
            rows,
        },
        baselines: vec![
            baseline("majority", 0.8969, (0.8607, 0.9245), 0.8774, (0.8391, 0.9078), Better::Network),
            baseline("linear", 0.0418, (0.0254, 0.0679), 0.0223, (0.0031, 0.0437), Better::Network),
        ],
        worst,
        summary: digits_summary(),
        counts: vec![(Split::Train, 1_078), (Split::Validation, 359), (Split::Test, 360)],
        rule: "Fewer than 10,000 examples: 60 % train, 20 % validation, 20 % test, each class in proportion, seed 1.".to_owned(),
        settings: vec![Setting {
            name: "train.epochs".to_owned(),
            value: "24".to_owned(),
            default: "30".to_owned(),
        }],
        environment: environment(&[("read", 0.11), ("train", 7.42), ("evaluate", 0.08), ("report", 0.01)]),
    }
}

fn digits_diagnosis() -> Diagnosis {
    Diagnosis {
        goes_on_from: None,
        failed: Vec::new(),
        none_left: None,
        kept_early: None,
        metric: MetricKind::ErrorRate,
        positive: None,
        unit: "%".to_owned(),
        rungs: vec![
            Rung {
                kind: RungKind::Human,
                error: RungError::Missing {
                    reason: "not known: `gapwise diagnose runs/digits-1 --human ERROR`".to_owned(),
                },
            },
            Rung { kind: RungKind::Train, error: RungError::Exact { error: 0.0, examples: 1_078 } },
            Rung {
                kind: RungKind::Validation,
                error: RungError::Estimate {
                    error: 0.0195,
                    interval: interval(0.0095, 0.0397),
                    examples: 359,
                },
            },
            Rung {
                kind: RungKind::Test,
                error: RungError::Missing {
                    reason: "not looked at: `gapwise evaluate runs/digits-1 --test`".to_owned(),
                },
            },
        ],
        gaps: vec![
            Gap {
                kind: GapKind::AvoidableBias,
                size: None,
                interval: None,
                at_most: Some(0.0),
                answer: Answer::Immaterial,
            },
            Gap {
                kind: GapKind::Variance,
                size: Some(0.0195),
                interval: Some(interval(0.0095, 0.0397)),
                at_most: None,
                answer: Answer::Material,
            },
            Gap {
                kind: GapKind::ValidationOverfitted,
                size: None,
                interval: None,
                at_most: None,
                answer: Answer::Unknown {
                    how: "open test: `gapwise evaluate runs/digits-1 --test`".to_owned(),
                },
            },
        ],
        tolerance: 0.00195,
        tolerance_reason: "10 % of the validation error; `--tolerance` changes it.".to_owned(),
        verdict: Verdict::Close {
            gap: GapKind::Variance,
            not_told_apart_from: Vec::new(),
            unless_human_below: None,
        },
        steps: vec![
            step(
                Remedy::MoreTrainingData,
                [
                    "collect more training data",
                    "Validation error is 1.95 percentage points above train: with 1,078 training examples the network knows each of them.",
                    "fit validation",
                ],
                None,
            ),
            step(
                Remedy::L2,
                [
                    "add an L2 penalty",
                    "Smaller weights fit the training examples less closely.",
                    "fit validation",
                ],
                Some("gapwise train --from runs/digits-1 --set train.l2=0.001"),
            ),
            step(
                Remedy::OpenTest,
                ["open the test set once, at the end", "It was not looked at yet.", "fit test"],
                Some("gapwise evaluate runs/digits-1 --test"),
            ),
        ],
        looks: LookCounts { validation: 24, test: 0 },
        test_origin: Origin::Validation,
        weighted: false,
        constraints: Constraints::default(),
        assumed: vec![
            "The human level is not known, so bias is at most the train error.".to_owned(),
            "Training and validation examples come from the same source.".to_owned(),
        ],
    }
}

fn digits_summary() -> Summary {
    Summary {
        name: "digits".to_owned(),
        fingerprint: "5f3b0c9a77d1e2a4".to_owned(),
        examples: 1_797,
        skipped: 0,
        duplicates: Duplicates { sets: 2, examples: 4 },
        inputs: InputSummary::Images {
            channels: 1,
            height: 8,
            width: 8,
            sizes: vec![(8, 8, 1_797)],
        },
        labels: LabelSummary::Classes {
            name: "class".to_owned(),
            classes: [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
                .iter()
                .enumerate()
                .map(|(class, n)| (class.to_string(), *n))
                .collect(),
        },
        groups: None,
        notes: vec![
            note("One folder per class: ten classes, in the order of their names.", None),
            note("All images are 8×8 and keep that size.", Some("--image-size HEIGHTxWIDTH")),
        ],
        problems: vec![ProblemLine {
            kind: String::new(),
            severity: Severity::Warning,
            said: "`digits`: 4 examples in 2 sets are exact duplicates".to_owned(),
            hint: Some("they are kept on one side of every split".to_owned()),
        }],
    }
}

/// Grey levels of a bent stroke on 8×8 pixels.
fn stroke(rng: &mut ChaCha8Rng, turn: usize) -> Vec<u8> {
    let bend = 0.3 + 0.25 * turn as f64;
    (0..64)
        .map(|place| {
            let (x, y) = ((place % 8) as f64 - 3.5, (place / 8) as f64 - 3.5);
            let distance = ((x * x + y * y * 0.5).sqrt() - 2.4 + bend * (x * y * 0.08)).abs();
            let light = (1.0 - distance).clamp(0.0, 1.0) * (0.8 + 0.2 * rng.random::<f64>());
            (light * 255.0) as u8
        })
        .collect()
}
