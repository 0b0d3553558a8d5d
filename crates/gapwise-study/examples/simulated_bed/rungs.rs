//! The grid of error rates: what is run, and the tables of what was found.

use gapwise_study::diagnosis::GapKind;

use crate::{
    rates::{Cell, Judged, Tally},
    truth::Truth,
};

pub(crate) const EXAMPLES: [u64; 4] = [100, 300, 1_000, 10_000];
pub(crate) const ERRORS: [f64; 4] = [0.005, 0.02, 0.1, 0.3];

/// What is planted, and what the tables of it gave.
struct Found {
    truth: Truth,
    examples: u64,
    error: f64,
    tally: Tally,
}

impl Found {
    fn is_clear(&self) -> bool {
        self.tally.is_clear(&self.truth, self.tally.half_width)
    }

    /// Clear by the interval of the gap alone, as if the tolerance were known.
    fn is_clear_alone(&self) -> bool {
        self.tally.is_clear(&self.truth, self.tally.gap_half_width)
    }

    fn share(&self, of: impl Fn(&Tally) -> f64) -> f64 {
        self.tally.share(of(&self.tally))
    }
}

/// Every planting of the grid: none, and each gap in turn in each size.
fn grid() -> Vec<Vec<(GapKind, f64)>> {
    let each = |kind| [0.5, 2.0, 5.0].map(|times| vec![(kind, times)]);
    std::iter::once(Vec::new()).chain(GapKind::ALL.into_iter().flat_map(each)).collect()
}

/// One gap of just less than the tolerance.
fn edge() -> Vec<Vec<(GapKind, f64)>> {
    GapKind::ALL.into_iter().map(|kind| vec![(kind, 0.99)]).collect()
}

/// Two gaps above the tolerance.
fn two() -> Vec<Vec<(GapKind, f64)>> {
    let pairs = GapKind::ALL.into_iter().flat_map(|one| GapKind::ALL.map(|other| (one, other)));
    pairs.filter(|(one, other)| one != other).map(|(a, b)| vec![(a, 5.0), (b, 2.0)]).collect()
}

/// Runs `tables` of every cell; cells have streams of their own, from 2⁴⁰ · `part` on.
fn run(plantings: &[Vec<(GapKind, f64)>], judged: Judged, draws: Draws) -> Vec<Found> {
    let mut found = Vec::new();
    let mut stream = draws.part << 40;
    for examples in EXAMPLES {
        for error in ERRORS {
            for gaps in plantings {
                let Some(truth) = Truth::planted(error, gaps) else { continue };
                let cell = Cell { truth, examples, judged };
                let tally = Tally::of(&cell, draws.tables, draws.seed, stream);
                found.push(Found { truth, examples, error, tally });
                stream += draws.tables;
            }
        }
    }
    found
}

/// How many tables, and their seed.
#[derive(Clone, Copy)]
struct Draws {
    tables: u64,
    seed: u64,
    part: u64,
}

/// Runs and prints everything of error rates.
pub(crate) fn print(tables: u64, seed: u64) {
    let draws = |part| Draws { tables, seed, part };
    let found = run(&grid(), Judged::Estimated, draws(0));
    let known = run(&grid(), Judged::Known, draws(0));
    let edge = [Judged::Estimated, Judged::Known].map(|judged| run(&edge(), judged, draws(1)));
    let two = run(&two(), Judged::Estimated, draws(2));
    println!("### Error rates: {tables} tables of each of {} cells, seed {seed}\n", found.len());
    println!("| | reach | found | tolerance taken as known |");
    println!("|---|---|---|---|");
    verdicts("verdict right, clear cells", "≥ 95 %", [&found, &known], Found::is_clear);
    verdicts("the same, clear by the gap alone", "", [&found, &known], Found::is_clear_alone);
    falsely("a gap below the tolerance called material", "≤ 5 %", [&found, &known]);
    falsely("the same, gaps of 0.99 tolerances", "", [&edge[0], &edge[1]]);
    println!(
        "| verdict right, two gaps of 5 and 2 tolerances, clear cells | | {} | |",
        right(&two, Found::is_clear)
    );
    println!();
    coverage(&found);
    by_row(&found);
    below("one gap", &found);
    below("two gaps", &two);
}

/// The clear cells in which fewer than 95 in 100 verdicts are right.
fn below(what: &str, found: &[Found]) {
    for cell in found.iter().filter(|f| f.is_clear()) {
        let right = cell.share(|tally| tally.right);
        if right < 0.95 {
            let Found { truth, examples, error, .. } = cell;
            println!(
                "- {what}, {examples} examples, error {}, {}: {} right",
                percent(*error),
                truth.planted_gaps(),
                percent(right)
            );
        }
    }
}

/// `99.7 % of 38 cells (least 91.9 %)`.
fn right(found: &[Found], clear: impl Fn(&Found) -> bool) -> String {
    let shares: Vec<f64> =
        found.iter().filter(|f| clear(f)).map(|f| f.share(|tally| tally.right)).collect();
    let count = shares.len();
    format!("{} of {count} cells (least {})", percent(mean(&shares)), percent(least(&shares)))
}

fn verdicts(what: &str, reach: &str, found: [&[Found]; 2], clear: impl Fn(&Found) -> bool) {
    let [estimated, known] = found.map(|found| right(found, &clear));
    println!("| {what} | {reach} | {estimated} | {known} |");
}

fn falsely(what: &str, reach: &str, found: [&[Found]; 2]) {
    let [estimated, known] = found.map(|found| {
        let shares: Vec<f64> =
            found.iter().map(|f| f.share(|tally| tally.falsely_material)).collect();
        let most = shares.iter().copied().fold(0.0, f64::max);
        format!("{} (most {})", percent(mean(&shares)), percent(most))
    });
    println!("| {what} | {reach} | {estimated} | {known} |");
}

/// A kind of interval, and the share of a cell's tables in which each of them holds.
type Kind = (&'static str, fn(&Tally) -> Vec<f64>);

const KINDS: [Kind; 4] = [
    ("Wilson, every rung", |tally| tally.wilson.to_vec()),
    ("Newcombe, a gap", |tally| tally.newcombe.to_vec()),
    ("simultaneous, all four gaps", |tally| vec![tally.simultaneous]),
    ("simultaneous, all four gaps less the tolerance", |tally| vec![tally.beyond]),
];

fn coverage(found: &[Found]) {
    println!("| interval | mean coverage (reach 94 – 97 %) | least cell (reach ≥ 90 %) |");
    println!("|---|---|---|");
    // The true validation error is the grid's own, whatever is planted.
    let row = |row: &Vec<&Found>| {
        let sum = |of: fn(&Tally) -> f64| row.iter().map(|f| of(&f.tally)).sum::<f64>();
        sum(|tally| tally.wilson[1]) / sum(|tally| tally.tables)
    };
    let rows: Vec<f64> = rows(found).iter().map(|(_, _, found)| row(found)).collect();
    println!("| Wilson, validation | {} | {} |", percent(mean(&rows)), percent(least(&rows)));
    for (name, held) in KINDS {
        let shares: Vec<f64> = found
            .iter()
            .flat_map(|f| held(&f.tally).into_iter().map(|sum| f.tally.share(sum)))
            .collect();
        println!("| {name} | {} | {} |", percent(mean(&shares)), percent(least(&shares)));
    }
    println!();
}

/// Everything by number of examples and true error, means over what is planted.
fn by_row(found: &[Found]) {
    println!(
        "| examples | error | clear | right, clear | falsely material, most | Wilson | Newcombe | \
         simultaneous | cannot tell, of 4 | half-width at N, in τ/2 |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for (examples, error, row) in rows(found) {
        let clear: Vec<f64> =
            row.iter().filter(|f| f.is_clear()).map(|f| f.share(|tally| tally.right)).collect();
        let over =
            |of: fn(&Tally) -> f64| -> Vec<f64> { row.iter().map(|f| f.share(of)).collect() };
        let open: f64 = row.iter().map(|f| f.tally.open).sum();
        let settled: f64 = row.iter().map(|f| f.tally.settled).sum();
        println!(
            "| {examples} | {} | {} of {} | {} | {} | {} | {} | {} | {:.2} | {:.2} |",
            percent(error),
            clear.len(),
            row.len(),
            if clear.is_empty() { String::new() } else { percent(mean(&clear)) },
            percent(over(|t| t.falsely_material).into_iter().fold(0.0, f64::max)),
            percent(mean(&over(|t| t.wilson[1]))),
            percent(mean(&over(|t| t.newcombe.iter().sum::<f64>() / 2.0))),
            percent(mean(&over(|t| t.simultaneous))),
            mean(&over(|t| t.open)),
            settled / open.max(1.0),
        );
    }
    println!();
}

/// The cells by number of examples and true error.
fn rows(found: &[Found]) -> Vec<(u64, f64, Vec<&Found>)> {
    let of = |examples: u64, error: f64| {
        let here = |f: &&Found| f.examples == examples && f.error == error;
        (examples, error, found.iter().filter(here).collect())
    };
    EXAMPLES.iter().flat_map(|&n| ERRORS.map(|error| of(n, error))).collect()
}

pub(crate) fn mean(shares: &[f64]) -> f64 {
    shares.iter().sum::<f64>() / shares.len() as f64
}

pub(crate) fn least(shares: &[f64]) -> f64 {
    shares.iter().copied().fold(f64::INFINITY, f64::min)
}

pub(crate) fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
