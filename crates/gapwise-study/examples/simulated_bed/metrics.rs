//! Every other metric: how often the interval of an error, and the paired one of two networks,
//! holds.

use std::time::{Duration, Instant};

use gapwise_study::{
    interval::CONFIDENCE,
    metric::{MetricKind, Sample},
    predictions::Outcome,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::{
    answers::{Answers, GROUP},
    rungs::{least, mean, percent},
};

/// The metrics, in the order of the table.
const METRICS: [MetricKind; 8] = [
    MetricKind::F1,
    MetricKind::MacroF1,
    MetricKind::Auroc,
    MetricKind::AveragePrecision,
    MetricKind::CalibrationError,
    MetricKind::LogLoss,
    MetricKind::Mae,
    MetricKind::R2,
];

/// Tables of one kind and size, judged by one metric.
struct Cell {
    metric: MetricKind,
    answers: Answers,
    examples: usize,
    grouped: bool,
    /// Shares of the tables on which the metric is defined.
    held: f64,
    pair_held: f64,
}

/// Whether either interval of a table holds; `None` where the metric is not defined on it.
type Held = Option<[bool; 2]>;

/// Runs and prints. Metrics that are resampled have no tables of more than 300 examples.
pub(crate) fn print(tables: u64, seed: u64) {
    println!("### Other metrics: {tables} tables a cell, seed {seed}\n");
    let mut cells = Vec::new();
    let mut stream = 5 << 40;
    let plain = Answers::all().into_iter().map(|answers| (answers, &[100, 300, 1_000, 10_000][..]));
    let grouped = Answers::grouped().into_iter().map(|answers| (answers, &[300, 1_000][..]));
    for (grouped, (answers, sizes)) in
        plain.map(|kind| (false, kind)).chain(grouped.map(|kind| (true, kind)))
    {
        let truths: Vec<[f64; 2]> =
            answers.metrics().iter().map(|metric| answers.truth(*metric)).collect();
        for &examples in sizes {
            cells.extend(run(answers, &truths, (examples, grouped), (tables, seed, stream)));
            stream += tables;
        }
    }
    print_cells(&cells);
}

/// Prints how long every metric takes on 10,000 examples.
pub(crate) fn print_times(seed: u64) {
    println!("| metric, 10,000 examples | error and interval | paired interval |\n|---|---|---|");
    let kinds = Answers::grouped();
    let numbers = [MetricKind::Rmse, MetricKind::Mae, MetricKind::R2];
    for metric in MetricKind::ALL {
        let macro_f1 = usize::from(metric == MetricKind::MacroF1);
        let kind = kinds[if numbers.contains(&metric) { 3 } else { 1 + macro_f1 }];
        let table = kind.draw(10_000, false, &mut ChaCha8Rng::seed_from_u64(seed));
        let [one, two] = [&table.first, &table.second].map(|outcomes| {
            let rows = outcomes.iter().map(|outcome| (outcome, None, 1.0));
            Sample::of_outcomes(metric.metric(), rows)
        });
        let start = Instant::now();
        let estimate = metric.metric().estimate(&one);
        std::hint::black_box(estimate.map(|estimate| estimate.interval(CONFIDENCE)).is_ok());
        let single = start.elapsed();
        let start = Instant::now();
        std::hint::black_box(metric.metric().paired(&one, &two, CONFIDENCE).is_ok());
        let paired = start.elapsed();
        println!("| {metric} | {:.1} ms | {:.1} ms |", milliseconds(single), milliseconds(paired));
    }
    println!();
}

fn milliseconds(time: Duration) -> f64 {
    1_000.0 * time.as_secs_f64()
}

/// Which metrics are measured on tables of so many examples.
fn measured(metric: MetricKind, examples: usize) -> bool {
    let resampled = matches!(metric, MetricKind::LogLoss | MetricKind::Mae | MetricKind::R2);
    examples <= if resampled { 300 } else { 10_000 }
}

fn run(
    answers: Answers,
    truths: &[[f64; 2]],
    (examples, grouped): (usize, bool),
    (tables, seed, stream): (u64, u64, u64),
) -> Vec<Cell> {
    let metrics: Vec<(MetricKind, [f64; 2])> = answers
        .metrics()
        .iter()
        .copied()
        .zip(truths.iter().copied())
        .filter(|(metric, _)| measured(*metric, examples))
        .collect();
    if metrics.is_empty() {
        return Vec::new();
    }
    let groups: Vec<String> = (0..examples).map(|example| (example / GROUP).to_string()).collect();
    let found: Vec<Vec<Held>> = (0..tables)
        .into_par_iter()
        .map(|table| {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            random.set_stream(stream + table);
            let table = answers.draw(examples, grouped, &mut random);
            let sample = |metric: MetricKind, outcomes: &[Outcome]| {
                let group = |place: usize| grouped.then(|| groups[place].as_str());
                let rows = outcomes.iter().enumerate().map(|(at, row)| (row, group(at), 1.0));
                Sample::of_outcomes(metric.metric(), rows)
            };
            let held = |&(metric, truth): &(MetricKind, [f64; 2])| {
                let (one, two) = (sample(metric, &table.first), sample(metric, &table.second));
                let interval = metric.metric().estimate(&one).ok()?.interval(CONFIDENCE);
                let paired = metric.metric().paired(&one, &two, CONFIDENCE).ok()?;
                Some([interval.contains(truth[0]), paired.contains(truth[0] - truth[1])])
            };
            metrics.iter().map(held).collect()
        })
        .collect();
    let cell = |(place, (metric, _)): (usize, &(MetricKind, [f64; 2]))| {
        let defined: Vec<[bool; 2]> = found.iter().filter_map(|held| held[place]).collect();
        let share = |which: usize| {
            defined.iter().filter(|held| held[which]).count() as f64 / defined.len() as f64
        };
        let (held, pair_held) = (share(0), share(1));
        Cell { metric: *metric, answers, examples, grouped, held, pair_held }
    };
    metrics.iter().enumerate().map(cell).collect()
}

fn print_cells(cells: &[Cell]) {
    println!(
        "| metric | examples | cells | error held: mean | least | difference held: mean | least |"
    );
    println!("|---|---|---|---|---|---|---|");
    for metric in METRICS {
        let of: Vec<&Cell> = cells.iter().filter(|cell| cell.metric == metric).collect();
        for examples in [100, 300, 1_000, 10_000] {
            let here = of.iter().filter(|cell| !cell.grouped && cell.examples == examples);
            print_row(metric, &examples.to_string(), here.copied());
        }
        print_row(metric, "in groups of 5", of.iter().filter(|cell| cell.grouped).copied());
        print_row(metric, "all", of.iter().copied());
    }
    println!();
    for cell in cells.iter().filter(|cell| cell.held.min(cell.pair_held) < 0.9) {
        let grouped = if cell.grouped { " in groups" } else { "" };
        println!(
            "- {}, {}{grouped}, {}: {} and {}",
            cell.metric,
            cell.examples,
            cell.answers.name(),
            percent(cell.held),
            percent(cell.pair_held),
        );
    }
    println!();
}

fn print_row<'a>(metric: MetricKind, what: &str, cells: impl Iterator<Item = &'a Cell>) {
    let (held, pairs): (Vec<f64>, Vec<f64>) = cells.map(|cell| (cell.held, cell.pair_held)).unzip();
    if held.is_empty() {
        return;
    }
    println!(
        "| {metric} | {what} | {} | {} | {} | {} | {} |",
        held.len(),
        percent(mean(&held)),
        percent(least(&held)),
        percent(mean(&pairs)),
        percent(least(&pairs)),
    );
}
