//! How often intervals hold the truth, exactly where that can be summed and on simulated tables
//! where not.

use gapwise_study::{
    interval::{
        Interval, Rate, Term,
        bootstrap::{Draws, Scale, Statistic, Studentised, Units},
        combine, newcombe_difference, wilson,
    },
    metric::{MetricKind, Sample},
    predictions::Outcome,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Probabilities of 0 to n errors in n examples.
fn binomial(n: usize, p: f64) -> Vec<f64> {
    let mut chances = vec![(1.0 - p).powi(n as i32)];
    for errors in 1..=n {
        let ratio = (n - errors + 1) as f64 / errors as f64 * p / (1.0 - p);
        chances.push(chances[errors - 1] * ratio);
    }
    chances
}

#[test]
fn wilson_covers_as_the_method_says() {
    let coverage = |n: usize, p: f64| -> f64 {
        let held = |(errors, _): &(usize, &f64)| wilson(*errors, n, 0.95).contains(p);
        binomial(n, p).iter().enumerate().filter(held).map(|(_, chance)| chance).sum()
    };
    // The worst cell of the grid, and the mean over it.
    assert!((coverage(100, 0.005) - 0.910).abs() < 5e-4, "{}", coverage(100, 0.005));
    let grid: Vec<f64> = [100, 300, 1_000]
        .into_iter()
        .flat_map(|n| [0.005, 0.02, 0.1, 0.3].map(|p| coverage(n, p)))
        .collect();
    let mean = grid.iter().sum::<f64>() / grid.len() as f64;
    assert!((0.94..0.97).contains(&mean), "{mean}");
    assert!(grid.iter().all(|&coverage| coverage > 0.90), "{grid:?}");
}

#[test]
fn newcombe_covers_as_the_method_says() {
    for (p, q) in [(0.1, 0.1), (0.1, 0.14), (0.3, 0.02)] {
        let n = 100;
        let (first, second) = (binomial(n, p), binomial(n, q));
        let mut coverage = 0.0;
        for (one, chance) in first.iter().enumerate() {
            for (two, other) in second.iter().enumerate() {
                if chance * other > 1e-12 {
                    let found = newcombe_difference(Rate::of(one, n), Rate::of(two, n), 0.95);
                    coverage += f64::from(found.contains(p - q)) * chance * other;
                }
            }
        }
        assert!((0.94..0.98).contains(&coverage), "{p} − {q}: {coverage}");
    }
}

/// RMSE on sums of examples and squares.
#[derive(Debug)]
struct Rmse;

impl Statistic for Rmse {
    fn value(&self, total: &[f64]) -> f64 {
        (total[1] / total[0]).sqrt()
    }

    fn gradient(&self, total: &[f64], into: &mut [f64]) {
        let root = self.value(total);
        into[0] = -root / (2.0 * total[0]);
        into[1] = root / (2.0 * total[1]);
    }
}

/// A standard normal number (Box and Muller).
fn normal(random: &mut ChaCha8Rng) -> f64 {
    let (radius, angle): (f64, f64) = (random.random(), random.random());
    (-2.0 * (1.0 - radius).ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
}

fn table(random: &mut ChaCha8Rng, examples: usize, deviation: f64) -> Vec<f64> {
    (0..examples).flat_map(|_| [1.0, (deviation * normal(random)).powi(2)]).collect()
}

fn studentised(values: &[f64]) -> Studentised {
    let draws = Draws { resamples: 300, seed: 7 };
    Studentised::draw(Units { values, width: 2, worth: None }, &Rmse, Scale::Logarithm, draws)
        .unwrap()
}

#[test]
fn the_bootstrap_covers_the_rmse_of_a_hundred_examples() {
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let tables = 200;
    let held = (0..tables)
        .filter(|_| studentised(&table(&mut random, 100, 2.0)).interval(0.95, 1.0).contains(2.0))
        .count();
    let coverage = held as f64 / f64::from(tables);
    // 200 tables know a coverage of 0.95 to about ±0.03.
    assert!((0.92..=0.98).contains(&coverage), "{coverage}");
}

#[test]
fn the_bootstrap_covers_a_weighted_rmse() {
    // Weights of 1 and 5, by chance; the heavy examples are twice as far off:
    // √((1 · 1² + 5 · 2²) / (1 + 5)) = √3.5.
    // With all 2,000 resamples, 300 tables of each of three such mixtures gave 94.3 to 95.0 %.
    let truth = 3.5_f64.sqrt();
    let mut random = ChaCha8Rng::seed_from_u64(8);
    let tables = 200;
    let held = (0..tables)
        .filter(|_| {
            let values: Vec<f64> = (0..300)
                .flat_map(|_| {
                    let (weight, deviation) =
                        if random.random::<bool>() { (5.0, 2.0) } else { (1.0, 1.0) };
                    let off: f64 = deviation * normal(&mut random);
                    [weight, weight * off * off]
                })
                .collect();
            studentised(&values).interval(0.95, 1.0).contains(truth)
        })
        .count();
    let coverage = held as f64 / f64::from(tables);
    assert!((0.93..=0.97).contains(&coverage), "{coverage}");
}

#[test]
fn combined_bootstrap_intervals_cover_the_difference_of_two_rmses() {
    let mut random = ChaCha8Rng::seed_from_u64(4);
    let tables = 200;
    let held = (0..tables)
        .filter(|_| {
            let one = table(&mut random, 100, 2.0);
            let two = table(&mut random, 100, 1.5);
            let term = |weight: f64, values: &[f64]| {
                let total = values
                    .chunks_exact(2)
                    .fold([0.0, 0.0], |sum, unit| [sum[0] + unit[0], sum[1] + unit[1]]);
                let interval = studentised(values).interval(0.95, 1.0);
                Term { weight, value: Rmse.value(&total), interval }
            };
            combine(&[term(1.0, &one), term(-1.0, &two)]).contains(0.5)
        })
        .count();
    let coverage = held as f64 / f64::from(tables);
    assert!((0.92..=0.98).contains(&coverage), "{coverage}");
}

#[test]
fn the_bootstrap_gives_the_same_bits_on_any_number_of_threads() {
    let values = table(&mut ChaCha8Rng::seed_from_u64(5), 50, 1.0);
    let bits = |threads: usize| -> Interval {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| studentised(&values).interval(0.95, 1.0))
    };
    assert_eq!(bits(1), bits(4));
}

#[test]
fn four_times_the_examples_halve_the_interval_on_its_scale() {
    let values = table(&mut ChaCha8Rng::seed_from_u64(6), 80, 1.0);
    let found = studentised(&values);
    let width = |interval: Interval| (interval.high / interval.low).ln();
    let (now, then) = (found.interval(0.95, 1.0), found.interval(0.95, 4.0));
    assert!((width(now) / width(then) - 2.0).abs() < 1e-9);
}

#[test]
fn units_that_are_all_alike_cannot_be_resampled() {
    let draw = |values: &[f64]| {
        let units = Units { values, width: 2, worth: None };
        Studentised::draw(units, &Rmse, Scale::Logarithm, Draws { resamples: 50, seed: 1 })
    };
    assert_eq!(draw(&[1.0, 4.0, 1.0, 4.0, 1.0, 4.0]), None);
    assert_eq!(draw(&[1.0, 0.0, 1.0, 0.0, 1.0, 0.0]), None);
    assert_eq!(draw(&[1.0, 4.0]), None);
    assert_eq!(draw(&[]), None);
    assert_eq!(draw(&[1.0, 4.0, 1.0, f64::NAN]), None);
}

/// Two classes, every tenth example by chance of the second, whose score is higher by two standard
/// deviations; a wrong answer is a score on the wrong side of the middle.
fn ranked(random: &mut ChaCha8Rng, examples: usize) -> Vec<Outcome> {
    (0..examples)
        .map(|_| {
            let label = u32::from(random.random::<f64>() < 0.1);
            let logit = 2.0 * f64::from(label) - 1.0 + normal(random);
            let score = (1.0 / (1.0 + (-logit).exp())) as f32;
            let scores = vec![1.0 - score, score];
            Outcome::class(label, u32::from(score > 0.5), scores)
        })
        .collect()
}

#[test]
fn intervals_of_metrics_that_are_no_rates_hold_what_they_promise() {
    // AUROC is the chance that one normal number of mean 2 is above one of mean 0: Φ(2/√2) =
    // 0.921350. tp = 0.1 · Φ(1) = 0.0841345, fp = 0.9 · Φ(−1) = 0.142790, fn = 0.1 · Φ(−1) =
    // 0.0158655, so F1 = 0.168269/(0.168269 + 0.142790 + 0.0158655) = 0.514703.
    let truths = [(MetricKind::Auroc, 1.0 - 0.921_350), (MetricKind::F1, 1.0 - 0.514_703)];
    for (kind, truth) in truths {
        let metric = kind.metric();
        let mut random = ChaCha8Rng::seed_from_u64(21);
        let tables = 100;
        let held = (0..tables)
            .filter(|_| {
                let outcomes = ranked(&mut random, 150);
                let sample = Sample::of_outcomes(metric, outcomes.iter().map(|o| (o, None, 1.0)));
                metric.estimate(&sample).unwrap().interval(0.95).contains(truth)
            })
            .count();
        // 100 tables know a coverage of 0.95 to about ±0.045.
        assert!(held >= 90, "{kind}: {held} of {tables}");
    }
}
