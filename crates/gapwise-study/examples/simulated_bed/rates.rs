//! Ladders of error rates: tables drawn at the level of counts, and how often what the ladder says
//! of them is true.

use gapwise_study::{
    diagnosis::{
        Answer, Diagnosis, GapKind, Ladder, LookCounts, Measured, Origin, RungKind,
        TOLERATED_SHARE, Tolerance,
    },
    interval::{CONFIDENCE, Rate, newcombe_difference},
    metric::{Estimate, MetricKind},
    recipe::NoCommands,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Binomial, Distribution};
use rayon::prelude::*;

use super::truth::{FLOOR, Truth};

/// What the tolerance is taken for when gaps are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Judged {
    /// As uncertain as the validation error that it follows from: what the program does.
    Estimated,
    /// A known number, for comparison.
    Known,
}

/// Many tables of one truth.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell {
    pub(crate) truth: Truth,
    /// Examples of each held-out rung.
    pub(crate) examples: u64,
    pub(crate) judged: Judged,
}

/// What was found in the tables of a cell, summed over them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) tables: f64,
    /// Tables with the right verdict.
    pub(crate) right: f64,
    /// Tables in which a gap that is not above the tolerance is called material.
    pub(crate) falsely_material: f64,
    /// Tables whose Wilson interval holds: train-validation, validation, test.
    pub(crate) wilson: [f64; 3],
    /// Tables whose Newcombe interval holds, each alone at 95 %: mismatch, overfitting.
    pub(crate) newcombe: [f64; 2],
    /// Tables whose simultaneous intervals hold all four gaps.
    pub(crate) simultaneous: f64,
    /// Tables whose intervals of gap less tolerance hold for all four gaps.
    pub(crate) beyond: f64,
    /// Half-widths of the intervals of gap less tolerance, in the recipe's order.
    pub(crate) half_width: [f64; 4],
    /// Half-widths of the intervals of the gaps.
    pub(crate) gap_half_width: [f64; 4],
    /// Answers "cannot tell".
    pub(crate) open: f64,
    /// Half-widths with the examples that these ask for, over half the tolerance.
    pub(crate) settled: f64,
}

impl Tally {
    /// `n` tables with a shared seed and streams from `stream` on: the same whatever the number of
    /// threads.
    pub(crate) fn of(cell: &Cell, tables: u64, seed: u64, stream: u64) -> Self {
        let drawn: Vec<Tally> = (0..tables)
            .into_par_iter()
            .map(|table| {
                let mut random = ChaCha8Rng::seed_from_u64(seed);
                random.set_stream(stream + table);
                cell.table(&mut random)
            })
            .collect();
        drawn.into_iter().fold(Tally::default(), Tally::plus)
    }

    fn plus(self, other: Tally) -> Tally {
        Tally {
            tables: self.tables + other.tables,
            right: self.right + other.right,
            falsely_material: self.falsely_material + other.falsely_material,
            wilson: sums(self.wilson, other.wilson),
            newcombe: sums(self.newcombe, other.newcombe),
            simultaneous: self.simultaneous + other.simultaneous,
            beyond: self.beyond + other.beyond,
            half_width: sums(self.half_width, other.half_width),
            gap_half_width: sums(self.gap_half_width, other.gap_half_width),
            open: self.open + other.open,
            settled: self.settled + other.settled,
        }
    }

    /// A sum as a share of the tables.
    pub(crate) fn share(&self, sum: f64) -> f64 {
        sum / self.tables
    }

    /// Whether every gap that the right verdict rests on differs from the tolerance by more than
    /// twice the expected half-width of its interval, these being sums over the tables.
    pub(crate) fn is_clear(&self, truth: &Truth, half_widths: [f64; 4]) -> bool {
        truth.decisive().into_iter().all(|kind| {
            let distance = (truth.gap(kind) - truth.tolerance).abs();
            distance > 2.0 * self.share(half_widths[kind as usize])
        })
    }
}

fn sums<const N: usize>(one: [f64; N], other: [f64; N]) -> [f64; N] {
    std::array::from_fn(|place| one[place] + other[place])
}

impl Cell {
    fn table(&self, random: &mut ChaCha8Rng) -> Tally {
        let Truth { train_validation, validation, test, .. } = self.truth;
        let rungs = [train_validation, validation, test];
        let rates = rungs.map(|error| draw(error, self.examples, random));
        let ladder = self.ladder(rates);
        let diagnosis = ladder.diagnose(&NoCommands);
        let truth = &self.truth;
        let newcombe = [(1, 0, GapKind::Mismatch), (2, 1, GapKind::ValidationOverfitted)];
        let mut tally = Tally {
            tables: 1.0,
            right: f64::from(truth.is_right(&diagnosis.verdict)),
            falsely_material: f64::from(falsely_material(truth, &diagnosis)),
            wilson: std::array::from_fn(|rung| {
                f64::from(rates[rung].interval(CONFIDENCE).contains(rungs[rung]))
            }),
            newcombe: newcombe.map(|(upper, lower, kind)| {
                let found = newcombe_difference(rates[upper], rates[lower], CONFIDENCE);
                f64::from(found.contains(truth.gap(kind)))
            }),
            simultaneous: f64::from(diagnosis.gaps.iter().all(|gap| {
                let size = truth.gap(gap.kind);
                // A known gap is what it is, but for rounding.
                gap.interval
                    .is_some_and(|found| found.low - 1e-12 <= size && size <= found.high + 1e-12)
            })),
            beyond: 1.0,
            ..Tally::default()
        };
        for gap in &diagnosis.gaps {
            let place = gap.kind as usize;
            let Some(beyond) = ladder.beyond_tolerance(gap.kind) else { continue };
            let distance = truth.gap(gap.kind) - truth.tolerance;
            if !(beyond.low - 1e-12..=beyond.high + 1e-12).contains(&distance) {
                tally.beyond = 0.0;
            }
            tally.half_width[place] = beyond.half_width();
            tally.gap_half_width[place] = gap.interval.map_or(0.0, |found| found.half_width());
            if let Answer::CannotTell { enlarge, examples, and } = gap.answer {
                let enough = self.enlarged(rates, [Some(enlarge), and], examples as u64, random);
                let half_width = enough.beyond_tolerance(gap.kind).map_or(0.0, |i| i.half_width());
                tally.open += 1.0;
                tally.settled += half_width / (truth.tolerance / 2.0);
            }
        }
        tally
    }

    /// The ladder of these rates of train-validation, validation and test; human and train known.
    fn ladder(&self, rates: [Rate; 3]) -> Ladder {
        let [train_validation, validation, test] = rates.map(estimate);
        let size = (TOLERATED_SHARE * validation.error().unwrap_or(0.0)).max(FLOOR);
        let floor = (self.judged == Judged::Estimated).then_some(FLOOR);
        Ladder {
            metric: MetricKind::ErrorRate,
            positive: None,
            unit: "%".to_owned(),
            human: known(self.truth.human),
            train: known(self.truth.train),
            train_validation: Some(train_validation),
            validation,
            test,
            tolerance: Tolerance { size, reason: String::new(), floor },
            looks: LookCounts::default(),
            assumed: Vec::new(),
            test_origin: Origin::Validation,
            weighted: false,
        }
    }

    /// The ladder with some rungs drawn anew, of `examples` examples where they have fewer.
    fn enlarged(
        &self,
        mut rates: [Rate; 3],
        rungs: [Option<RungKind>; 2],
        examples: u64,
        random: &mut ChaCha8Rng,
    ) -> Ladder {
        let examples = examples.max(self.examples);
        for rung in rungs.into_iter().flatten() {
            let (place, error) = match rung {
                RungKind::TrainValidation => (0, self.truth.train_validation),
                RungKind::Validation => (1, self.truth.validation),
                RungKind::Test => (2, self.truth.test),
                RungKind::Human | RungKind::Train => continue,
            };
            rates[place] = draw(error, examples, random);
        }
        self.ladder(rates)
    }
}

/// Whether a gap that is not above the tolerance is called material.
fn falsely_material(truth: &Truth, diagnosis: &Diagnosis) -> bool {
    let material = diagnosis.gaps.iter().filter(|gap| gap.answer == Answer::Material);
    material.into_iter().any(|gap| !truth.above(gap.kind))
}

fn draw(error: f64, examples: u64, random: &mut ChaCha8Rng) -> Rate {
    let wrong = match Binomial::new(examples, error) {
        Ok(binomial) => binomial.sample(random),
        Err(_) => 0,
    };
    Rate::of(wrong as usize, examples as usize)
}

fn estimate(rate: Rate) -> Measured {
    let wrong = (rate.error * rate.examples).round() as usize;
    Measured::Estimated(Estimate::rate(wrong, rate.examples as usize))
}

fn known(error: f64) -> Measured {
    Measured::Known { error, examples: 0 }
}
