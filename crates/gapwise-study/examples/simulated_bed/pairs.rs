//! Two networks on the same examples: how often Newcombe's paired interval holds.

use gapwise_study::interval::{CONFIDENCE, PairedCounts, newcombe_paired};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Binomial, Distribution};
use rayon::prelude::*;

use crate::rungs::{ERRORS, EXAMPLES, least, mean, percent};

/// The true shares of who is wrong: both, only the first, only the second.
#[derive(Debug, Clone, Copy)]
struct Shares {
    both: f64,
    only_first: f64,
    only_second: f64,
}

/// Two networks with the first one's error; the second makes `less` of it fewer errors, of which a
/// share of `common` is also made by the first, the rest by chance.
fn shares(error: f64, less: f64, common: f64) -> Shares {
    let second = error * (1.0 - less);
    let both = common * second + (1.0 - common) * second * error;
    Shares { both, only_first: error - both, only_second: second - both }
}

/// Runs and prints: errors and examples of the grid, second networks that are as good, or make a
/// fifth or half of the errors fewer, and that err on none, half or all of the same examples.
pub(crate) fn print(tables: u64, seed: u64) {
    println!("### Pairs: {tables} tables a cell, seed {seed}\n");
    println!("| examples | error of the first | mean coverage | least cell |");
    println!("|---|---|---|---|");
    let mut stream = 3 << 40;
    let mut all = Vec::new();
    for examples in EXAMPLES {
        for error in ERRORS {
            let mut cells = Vec::new();
            for less in [0.0, 0.2, 0.5] {
                for common in [0.0, 0.5, 1.0] {
                    let truth = shares(error, less, common);
                    let held = (0..tables).into_par_iter().filter(|table| {
                        let mut random = ChaCha8Rng::seed_from_u64(seed);
                        random.set_stream(stream + table);
                        let found = newcombe_paired(draw(truth, examples, &mut random), CONFIDENCE);
                        found.contains(truth.only_first - truth.only_second)
                    });
                    cells.push(held.count() as f64 / tables as f64);
                    stream += tables;
                }
            }
            let (middle, worst) = (percent(mean(&cells)), percent(least(&cells)));
            println!("| {examples} | {} | {middle} | {worst} |", percent(error));
            all.extend(cells);
        }
    }
    println!("| all | | {} | {} |\n", percent(mean(&all)), percent(least(&all)));
}

fn draw(truth: Shares, examples: u64, random: &mut ChaCha8Rng) -> PairedCounts {
    let mut left = examples;
    let mut share_left = 1.0;
    let [both, only_first, only_second] =
        [truth.both, truth.only_first, truth.only_second].map(|share| {
            let chance: f64 = share / share_left;
            let count = Binomial::new(left, chance.clamp(0.0, 1.0))
                .map_or(0, |binomial| binomial.sample(random));
            left -= count;
            share_left -= share;
            count as f64
        });
    PairedCounts { both, only_first, only_second, neither: left as f64 }
}
