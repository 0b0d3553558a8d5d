//! RMSE: how often the bootstrap's intervals hold, of an error and of the difference of two
//! networks, for residuals with light and heavy tails and in groups.

use gapwise_study::{
    interval::CONFIDENCE,
    metric::{MetricKind, Sample},
    predictions::Outcome,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal, StudentT};
use rayon::prelude::*;

use crate::rungs::{least, mean, percent};

/// How far off a network is.
#[derive(Debug, Clone, Copy)]
enum Residuals {
    Normal,
    Laplace,
    /// Student's with so many degrees of freedom, above 2.
    Student(f64),
    /// Normal, but 3 in 100 are twenty times as large.
    RarelyHuge,
    /// Normal, in groups of five that share half of their variance.
    Grouped,
}

impl Residuals {
    const ALL: [Residuals; 6] = [
        Residuals::Normal,
        Residuals::Laplace,
        Residuals::Student(5.0),
        Residuals::Student(3.0),
        Residuals::RarelyHuge,
        Residuals::Grouped,
    ];

    fn name(self) -> String {
        match self {
            Residuals::Normal => "normal".to_owned(),
            Residuals::Laplace => "Laplace".to_owned(),
            Residuals::Student(freedom) => format!("Student, {freedom} degrees"),
            Residuals::RarelyHuge => "normal, 3 % twenty times as large".to_owned(),
            Residuals::Grouped => "normal, groups of 5".to_owned(),
        }
    }

    /// The true mean square.
    fn square(self) -> f64 {
        match self {
            Residuals::Normal | Residuals::Grouped => 1.0,
            Residuals::Laplace => 2.0,
            Residuals::Student(freedom) => freedom / (freedom - 2.0),
            Residuals::RarelyHuge => 0.97 + 0.03 * 400.0,
        }
    }

    fn draw(self, examples: usize, random: &mut ChaCha8Rng) -> Vec<f64> {
        let mut shared = 0.0;
        (0..examples)
            .map(|example| {
                let one = normal(random);
                match self {
                    Residuals::Normal => one,
                    // A normal number times the root of an exponential one, times √2.
                    Residuals::Laplace => one * (-2.0 * (1.0 - random.random::<f64>()).ln()).sqrt(),
                    Residuals::Student(freedom) => {
                        StudentT::new(freedom).map_or(one, |student| student.sample(random))
                    }
                    Residuals::RarelyHuge if random.random::<f64>() < 0.03 => 20.0 * one,
                    Residuals::RarelyHuge => one,
                    Residuals::Grouped => {
                        if example % GROUP == 0 {
                            shared = normal(random);
                        }
                        (one + shared) / 2.0_f64.sqrt()
                    }
                }
            })
            .collect()
    }

    fn sample(self, off: &[f64]) -> Sample {
        let grouped = matches!(self, Residuals::Grouped);
        let outcomes: Vec<(Outcome, Option<String>)> = off
            .iter()
            .enumerate()
            .map(|(place, off)| {
                let label = (place % 7) as f64;
                let group = grouped.then(|| (place / GROUP).to_string());
                (Outcome::number(label, label + off), group)
            })
            .collect();
        let rows = outcomes.iter().map(|(outcome, group)| (outcome, group.as_deref(), 1.0));
        Sample::of_outcomes(MetricKind::Rmse.metric(), rows)
    }
}

const GROUP: usize = 5;
const EXAMPLES: [usize; 3] = [20, 100, 300];

/// What one table gave: whether both intervals hold, and upper end over estimate of the first.
struct Table {
    held: bool,
    pair_held: bool,
    upper: f64,
}

/// Runs and prints. The second network of a pair has nine tenths of the first one's residuals, and
/// as much of its own noise as makes both equally good.
pub(crate) fn print(tables: u64, seed: u64) {
    println!("### RMSE: {tables} tables a cell, 2,000 resamples, seed {seed}\n");
    println!(
        "| residuals | examples | error held | difference held | upper end over estimate: median | \
         95 of 100 below |"
    );
    println!("|---|---|---|---|---|---|");
    let metric = MetricKind::Rmse.metric();
    let mut stream = 4 << 40;
    let (mut errors, mut pairs) = (Vec::new(), Vec::new());
    for kind in Residuals::ALL {
        let truth = kind.square().sqrt();
        for examples in EXAMPLES {
            let found: Vec<Table> = (0..tables)
                .into_par_iter()
                .map(|table| {
                    let mut random = ChaCha8Rng::seed_from_u64(seed);
                    random.set_stream(stream + table);
                    let one = kind.draw(examples, &mut random);
                    let noise = kind.draw(examples, &mut random);
                    let fresh = 0.19_f64.sqrt();
                    let two: Vec<f64> = one
                        .iter()
                        .zip(&noise)
                        .map(|(one, noise)| 0.9 * one + fresh * noise)
                        .collect();
                    let (one, two) = (kind.sample(&one), kind.sample(&two));
                    let estimate = metric.estimate(&one).expect("residuals are finite");
                    let interval = estimate.interval(CONFIDENCE);
                    let held = interval.contains(truth);
                    let difference = metric.paired(&one, &two, CONFIDENCE);
                    let pair_held = difference.is_ok_and(|interval| interval.contains(0.0));
                    Table { held, pair_held, upper: interval.high / estimate.error }
                })
                .collect();
            stream += tables;
            let share = |of: fn(&Table) -> bool| {
                found.iter().filter(|table| of(table)).count() as f64 / tables as f64
            };
            let mut upper: Vec<f64> = found.iter().map(|table| table.upper).collect();
            upper.sort_unstable_by(f64::total_cmp);
            let at = |share: f64| upper[(share * (upper.len() - 1) as f64) as usize];
            let (held, pair_held) = (share(|t| t.held), share(|t| t.pair_held));
            println!(
                "| {} | {examples} | {} | {} | {:.2} | {:.2} |",
                kind.name(),
                percent(held),
                percent(pair_held),
                at(0.5),
                at(0.95)
            );
            errors.push(held);
            pairs.push(pair_held);
        }
    }
    println!(
        "| all, mean | | {} | {} | | |\n| all, least | | {} | {} | | |\n",
        percent(mean(&errors)),
        percent(mean(&pairs)),
        percent(least(&errors)),
        percent(least(&pairs))
    );
}

fn normal(random: &mut ChaCha8Rng) -> f64 {
    StandardNormal.sample(random)
}
