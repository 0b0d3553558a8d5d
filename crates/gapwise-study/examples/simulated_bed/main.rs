//! The simulated bed: how often ladder, verdict and intervals are right where the truth is known.
//!
//!     cargo run --release -p gapwise-study --example simulated_bed [TABLES [SEED [PART]]]
//!
//! Prints Markdown. Defaults: 5,000 tables of rates, 1,000 of pairs and RMSE and 400 of every other
//! metric for every cell, seed 4, all parts: rates, pairs, rmse, metrics. The same seed gives the
//! same figures whatever the number of threads.
//!
//! **The grid.** Every held-out rung has 100, 300, 1,000 or 10,000 examples; the true validation
//! error is 0.5, 2, 10 or 30 %; one gap at a time is 0.5, 2 or 5 tolerances, all others are 0; and
//! once all are 0. The other rungs follow as `Truth` says. Human and train are known. Beside the
//! grid: gaps of 0.99 tolerances, which are the most easily called material by mistake, and pairs
//! of gaps, 5 and 2 tolerances.
//!
//! **Right.** Where a gap is truly above the tolerance: the verdict is to close the largest, or one
//! that is above the tolerance too, comes earlier in the recipe and is not told apart from the
//! largest. Where none is: the verdict says that none is. "Cannot tell" is never right.
//!
//! **Clear.** Where a gap is truly above the tolerance, the largest; where none is, every gap:
//! differs from the tolerance by more than twice the expected half-width of the interval that it is
//! judged by, that of the gap less the tolerance.
#![allow(clippy::print_stdout, reason = "an example prints what it finds")]

mod answers;
mod metrics;
mod pairs;
mod rates;
mod residuals;
mod rungs;
mod truth;

fn main() {
    let typed: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize, otherwise: u64| {
        typed.get(place).and_then(|number| number.parse().ok()).unwrap_or(otherwise)
    };
    let (tables, seed) = (number(0, 5_000), number(1, 4));
    let few = tables.min(1_000);
    let asked = |part: &str| typed.get(2).is_none_or(|only| only == part);
    if asked("rates") {
        rungs::print(tables, seed);
        println!();
    }
    if asked("pairs") {
        pairs::print(few, seed);
    }
    if asked("rmse") {
        residuals::print(few, seed);
    }
    if asked("metrics") {
        metrics::print(tables.min(400), seed);
        metrics::print_times(seed);
    }
}
