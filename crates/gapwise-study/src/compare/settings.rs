//! This setting is better.

use super::{
    Answered, Better, By, CompareError, Compared, Comparison, FEWEST_SEEDS, Seeds, SeedsByExamples,
    Side, shared::Shared, two_level, two_level::student,
};
use crate::{
    interval::Interval,
    metric::{Metric, Sample, Undefined},
};

/// Fewer units than this that tell two settings apart do not show how far the true difference can
/// be from the measured one.
const FEWEST_UNITS: usize = 5;

/// Compares two settings by at least three seeds of each, all on the same validation examples: the
/// difference of the mean errors, with an interval that carries both seeds and examples (see
/// [`two_level`]).
///
/// Units are groups where there are groups. What a unit adds to an error that is no mean is its
/// influence (the infinitesimal jackknife). Where fewer than five units tell the settings apart, the
/// examples' part is the mean of the metric's paired intervals over all pairs of networks, which
/// has a width where no error was seen.
///
/// # Errors
///
/// [`CompareError`], where a setting has too few seeds, or the networks did not answer the same
/// examples of the same task.
pub fn settings(first: Seeds<'_>, second: Seeds<'_>, by: By) -> Result<Comparison, CompareError> {
    for setting in [first, second] {
        let found = setting.networks.len();
        if found < FEWEST_SEEDS {
            return Err(CompareError::FewSeeds { name: setting.name.to_owned(), found });
        }
    }
    let all: Vec<Answered<'_>> = [first.networks, second.networks].concat();
    let shared = Shared::of(&all)?;
    let samples = shared.samples(by.metric, &all)?;
    let (ours, theirs) = samples.split_at(first.networks.len());
    let undefined = |why| CompareError::Undefined { metric: by.metric.kind, why };
    let [ours_by, theirs_by] =
        [ours, theirs].map(|samples| seeds_by_examples(by.metric, samples).map_err(undefined));
    let answers = [ours_by?, theirs_by?];
    let [one, other] = &answers;
    let mean = |setting: &SeedsByExamples| {
        setting.errors.iter().sum::<f64>() / setting.errors.len() as f64
    };
    let difference = mean(other) - mean(one);
    let shown = telling_apart(&answers) >= FEWEST_UNITS;
    let half = two_level([one, other], by.confidence).filter(|_| shown);
    let interval = match half {
        Some(half) => Interval { low: difference - half, high: difference + half },
        None => from_pairs([ours, theirs], &answers, by).map_err(undefined)?.shifted_to(difference),
    };
    let side = |setting: &Seeds<'_>, answers: &SeedsByExamples| Side {
        name: setting.name.to_owned(),
        error: mean(answers),
        seeds: answers.errors.len(),
    };
    Ok(Comparison {
        of: Compared::Settings,
        metric: by.metric.kind,
        unit: by.metric.kind.unit(&all[0].table.target),
        first: side(&first, one),
        second: side(&second, other),
        difference,
        interval,
        confidence: by.confidence,
        better: Better::of(interval),
        examples: shared.examples(),
        left_out: shared.left_out,
    })
}

/// The errors of a setting's networks, and what each unit adds to them.
fn seeds_by_examples(metric: Metric, samples: &[Sample]) -> Result<SeedsByExamples, Undefined> {
    let errors: Result<_, _> = samples.iter().map(|sample| metric.error(sample)).collect();
    let influences: Result<_, _> = samples.iter().map(|sample| metric.influences(sample)).collect();
    Ok(SeedsByExamples { errors: errors?, influences: influences? })
}

/// How many units do not add the same to both settings' mean errors as most others do.
fn telling_apart([one, other]: &[SeedsByExamples; 2]) -> usize {
    let units = one.influences.first().map_or(0, Vec::len);
    let mean = |setting: &SeedsByExamples, unit: usize| {
        let sum: f64 = setting.influences.iter().map(|of_seed| of_seed[unit]).sum();
        sum / setting.influences.len() as f64
    };
    let mut differences: Vec<f64> =
        (0..units).map(|unit| mean(one, unit) - mean(other, unit)).collect();
    differences.sort_unstable_by(f64::total_cmp);
    let Some(&usual) = differences.get(units / 2) else { return 0 };
    let near = 1e-9 * (1.0 + usual.abs());
    differences.iter().filter(|difference| (*difference - usual).abs() > near).count()
}

/// How far the truth can lie below and above the measured difference.
struct Reach {
    below: f64,
    above: f64,
}

impl Reach {
    fn shifted_to(self, difference: f64) -> Interval {
        Interval { low: difference - self.below, high: difference + self.above }
    }
}

/// The reach of an interval whose examples' part is the mean of the paired intervals, joined with
/// the seeds' part as independent parts are ([`combine`](crate::interval::combine)).
fn from_pairs(
    [ours, theirs]: [&[Sample]; 2],
    answers: &[SeedsByExamples; 2],
    by: By,
) -> Result<Reach, Undefined> {
    let mut sides = Reach { below: 0.0, above: 0.0 };
    let pairs = (ours.len() * theirs.len()) as f64;
    for (one, own) in ours.iter().zip(&answers[0].errors) {
        for (other, their) in theirs.iter().zip(&answers[1].errors) {
            let interval = by.metric.paired(other, one, by.confidence)?;
            sides.below += (their - own - interval.low) / pairs;
            sides.above += (interval.high - (their - own)) / pairs;
        }
    }
    let [one, other] = answers.each_ref().map(SeedsByExamples::seed_variance);
    let freedom = |setting: &SeedsByExamples| setting.errors.len() as f64 - 1.0;
    let spread = one * one / freedom(&answers[0]) + other * other / freedom(&answers[1]);
    let seeds = if spread > 0.0 {
        let variance = one + other;
        variance.sqrt() * student(variance * variance / spread, by.confidence)
    } else {
        0.0
    };
    Ok(Reach { below: sides.below.hypot(seeds), above: sides.above.hypot(seeds) })
}
