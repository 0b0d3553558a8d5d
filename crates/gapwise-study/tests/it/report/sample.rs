//! What the runs of these tests are made of.

use std::collections::BTreeMap;

use gapwise_data::{Note, Split, summary::Summary};
use gapwise_study::{
    baseline::{BaselineReport, Better},
    compare::ComparedWith,
    diagnosis::{Diagnosis, JudgedBy, Rung, RungError, RungKind},
    interval::Interval,
    looks::Look,
    metric::MetricKind,
    predictions::{Outcome, PredictionRow, PredictionTable},
    recipe::{Remedy, Step},
    report::{Report, SplitSummary},
    run::{
        Environment, GradientRow, HistoryRow, RangePoint, RangeTest, Setting, TimingRow,
        WorstExample,
    },
    taken::TakenStep,
};

/// A metric of which train and validation are known.
pub(crate) fn judged(metric: MetricKind, unit: &str, (train, validation): (f64, f64)) -> JudgedBy {
    let interval = Interval { low: 0.5 * validation, high: 1.5 * validation };
    let estimate = RungError::Estimate { error: validation, interval, examples: 359 };
    JudgedBy {
        metric,
        positive: None,
        unit: unit.to_owned(),
        rungs: vec![
            Rung {
                kind: RungKind::Train,
                error: RungError::Exact { error: train, examples: 1_078 },
            },
            Rung { kind: RungKind::Validation, error: estimate },
        ],
    }
}

/// Everything that a [`Report`] borrows.
#[derive(Clone)]
pub(crate) struct Run {
    pub(crate) name: String,
    pub(crate) network: String,
    pub(crate) command: String,
    pub(crate) diagnosis: Diagnosis,
    pub(crate) metrics: Vec<JudgedBy>,
    pub(crate) history: Vec<HistoryRow>,
    pub(crate) timing: Vec<TimingRow>,
    pub(crate) gradients: Vec<GradientRow>,
    pub(crate) range_test: Option<RangeTest>,
    pub(crate) taken: Vec<TakenStep>,
    pub(crate) comparisons: Vec<ComparedWith>,
    pub(crate) looks: Vec<Look>,
    pub(crate) kept_epoch: Option<usize>,
    pub(crate) predictions: PredictionTable,
    pub(crate) baselines: Vec<BaselineReport>,
    pub(crate) worst: Vec<WorstExample>,
    pub(crate) summary: Summary,
    pub(crate) counts: Vec<(Split, usize)>,
    pub(crate) rule: String,
    pub(crate) settings: Vec<Setting>,
    pub(crate) environment: Environment,
}

impl Run {
    /// The page of this run.
    pub(crate) fn html(&self) -> String {
        gapwise_study::report::render(&Report {
            run: &self.name,
            network: &self.network,
            command: &self.command,
            diagnosis: &self.diagnosis,
            metrics: &self.metrics,
            history: &self.history,
            timing: &self.timing,
            gradients: &self.gradients,
            range_test: self.range_test.as_ref(),
            kept_epoch: self.kept_epoch,
            predictions: &self.predictions,
            taken: &self.taken,
            comparisons: &self.comparisons,
            looks: &self.looks,
            looks_lost: None,
            baselines: &self.baselines,
            worst: &self.worst,
            summary: &self.summary,
            splits: SplitSummary { counts: &self.counts, rule: &self.rule },
            settings: &self.settings,
            environment: &self.environment,
        })
    }
}

pub(crate) fn interval(low: f64, high: f64) -> Interval {
    Interval { low, high }
}

pub(crate) fn note(said: &str, change_with: Option<&str>) -> Note {
    Note { said: said.to_owned(), change_with: change_with.map(str::to_owned) }
}

pub(crate) fn step(remedy: Remedy, words: [&str; 3], command: Option<&str>) -> Step {
    let [what, reason, moves] = words.map(str::to_owned);
    let command = command.map(str::to_owned);
    Step { remedy, what, reason, moves, change: None, cost: None, command, taken: None }
}

pub(crate) fn environment(phases: &[(&str, f64)]) -> Environment {
    Environment {
        version: "0.1.0".to_owned(),
        platform: "linux x86_64".to_owned(),
        cpu_features: vec!["avx2".to_owned(), "fma".to_owned(), "avx512f".to_owned()],
        instructions: "avx512".to_owned(),
        device: "cpu".to_owned(),
        threads: 2,
        seed: 1,
        data: "5f3b0c9a77d1e2a4".to_owned(),
        seconds: phases
            .iter()
            .map(|(phase, s)| ((*phase).to_owned(), *s))
            .collect::<BTreeMap<_, _>>(),
    }
}

/// A history whose losses fall as they do in training; `scale` is the last validation error.
pub(crate) fn history(epochs: usize, scale: f64) -> Vec<HistoryRow> {
    (1..=epochs)
        .map(|epoch| {
            let t = epoch as f64;
            let wave = 0.06 * (t * 1.7).sin();
            HistoryRow {
                epoch,
                step: epoch * 17,
                train_loss: 2.2 * (-t / 4.0).exp() + 0.004,
                validation_loss: 1.9 * (-t / 4.5).exp() + 0.055 + 0.0012 * t + wave * 0.05,
                validation_error: scale * (1.0 + 9.0 * (-t / 3.0).exp() + wave),
                learning_rate: 1e-3,
            }
        })
        .collect()
}

pub(crate) fn timing(epochs: usize) -> Vec<TimingRow> {
    let row = |epoch| TimingRow {
        epoch,
        seconds: 0.31,
        examples_per_second: 3_480.0,
        unix: 1_760_000_000.0 + 0.31 * epoch as f64,
    };
    (1..=epochs).map(row).collect()
}

/// Gradients of a network with `layers` layers; towards the input they shrink by `factor` a layer.
pub(crate) fn gradients(epochs: usize, layers: usize, factor: f64) -> Vec<GradientRow> {
    let row = |epoch: usize, layer: usize| GradientRow {
        epoch,
        step: epoch * 17,
        layer: format!("hidden.{layer}"),
        parameters: 4_160,
        gradient_norm: 0.8 * factor.powi((layers - 1 - layer) as i32) / (epoch as f64).sqrt(),
        weight_norm: 6.5,
        dead_share: (layer + 1 < layers).then_some(0.03 * layer as f64),
    };
    (1..=epochs).flat_map(|epoch| (0..layers).map(move |layer| row(epoch, layer))).collect()
}

/// A range test whose loss falls, is lowest near 0.1, and then rises.
pub(crate) fn range_test() -> RangeTest {
    let point = |step: usize| {
        let learning_rate = 10_f64.powf(-7.0 + step as f64 * 0.08);
        let loss = 2.3 - 1.8 / (1.0 + (0.005 / learning_rate)) + (learning_rate * 2.0).powi(3);
        RangePoint { learning_rate, loss, raw_loss: loss * (1.0 + 0.08 * (step as f64).sin()) }
    };
    RangeTest {
        points: (0..=86).map(point).collect(),
        taken: 0.012,
        reason: "the smoothed loss is lowest at 0.12, and a tenth of that is safe".to_owned(),
    }
}

pub(crate) fn baseline(
    name: &str,
    error: f64,
    around: (f64, f64),
    difference: f64,
    paired: (f64, f64),
    better: Better,
) -> BaselineReport {
    BaselineReport {
        name: name.to_owned(),
        error,
        interval: interval(around.0, around.1),
        difference,
        difference_interval: interval(paired.0, paired.1),
        better,
        examples: 359,
        fit: None,
    }
}

/// A validation row.
pub(crate) fn class_row(number: usize, outcome: Outcome) -> PredictionRow {
    PredictionRow {
        id: format!("{number:05}.png"),
        group: None,
        split: Split::Validation,
        outcome,
        loss: 0.5,
        weight: 1.0,
    }
}
