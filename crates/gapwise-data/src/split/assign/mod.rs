//! Who goes where: stratified, seeded, groups and duplicates on one side.

use super::{
    Shares, Split, SplitOptions, SplitProblem, Splits, pool::Pool, shares::Cut, time::by_time,
    units::Units,
};
use crate::{DataError, Dataset, Labels, Place, Problem, TrainingSource};

mod fill;
mod strata;
mod words;

use fill::Assignment;
pub(super) use strata::COLUMNS;
use strata::Strata;
pub use words::{notes, rule};

/// Fewest examples that are split at all.
const FEWEST: usize = 10;
/// Fewest that train and train-validation are divided from: one for each.
const FEWEST_THAT_TRAIN: usize = 2;

/// Assigns a split to every example.
///
/// Examples that come ready split keep theirs. Of the others, validation and test are cut where
/// they do not come ready-made, in the shares that `options` asks for or the size of the data gives
/// ([`Shares::by_rule`]). With a ready-made test, validation gets about as many examples as the
/// rule gives for the data as a whole, and at most a quarter of those that are free; likewise the
/// other way round.
///
/// Each class is divided in these shares to within one example, as are the parts of equal size, ten
/// from 50 examples on and of five or more each below, that the labels of a regression are put into. Examples of one group, and exact duplicates, go to
/// one split together: the largest such sets first, each to where it brings the class counts closest
/// to the shares, then single examples fill what is left. Every class has an example in train.
///
/// Where the data has times, the split follows them instead: the earliest examples train and the
/// latest test, examples of one time together; classes and duplicates do not count then.
///
/// Where training has a source of its own ([`Dataset::train_from`]), validation and test are cut
/// from the other source, half of it each by default. What shares that were asked for leave joins
/// the training source. Of that, examples that validation or test hold too (equal ones, and those of
/// their groups) are left out of every split. From what trains then, train-validation is cut in the
/// same manner as validation otherwise is, by how many examples the training source has; so it is
/// of the distribution that trains, as the notes ask ("Bias variance with mismatching data
/// distributions").
///
/// The result depends on the data, its order and `options` alone.
///
/// Beside the splits come warnings: classes that a held-out split lacks, and what was left out.
///
/// # Errors
///
/// [`DataError::Problems`] when there are fewer than ten examples, or too few for every split to
/// have one; when a share cannot be, or two leave nothing for train; when a class of a held-out
/// split is not in train.
pub fn assign(
    dataset: &Dataset,
    options: &SplitOptions,
) -> Result<(Splits, Vec<Problem>), DataError> {
    let free = Free::of(dataset);
    let shares = Shares::of(free.cut, options);
    let place = Place::path(&dataset.name);
    check_shares(&place, free.cut, (shares, options))?;
    check_enough(&place, dataset, &free)?;

    let mut of = free.ready_made;
    if free.cut.validation || free.cut.test {
        let train = match dataset.train_from {
            Some(_) => Train::Leftover,
            None => Train::OfEachClass,
        };
        let division = Division { dataset, shares, train, seed: options.seed };
        for (example, split) in division.of(&free.examples)? {
            of[example as usize] = Some(split);
        }
    }
    // Where both held-out splits come ready-made, what is free trains.
    for (_, of) in of.iter_mut().enumerate().filter(|(at, _)| !dataset.trains_from_elsewhere(*at)) {
        *of = of.or(Some(Split::Train));
    }
    let mut problems = Vec::new();
    if let Some(source) = &dataset.train_from {
        let pool = Pool::of(dataset, source, &of);
        if pool.trains.len() < FEWEST_THAT_TRAIN {
            let place = Place::path(&source.name);
            let (expected, found) = (FEWEST_THAT_TRAIN, pool.trains.len());
            let problem = SplitProblem::NothingOfItsOwn { place, expected, found };
            return Err(DataError::Problems(vec![problem.into()]));
        }
        problems.extend(pool.shared.map(Problem::from));
        let share = Shares::train_validation(source.examples(), options);
        let shares = Shares { train: 1.0 - share, validation: share, test: 0.0, ..shares };
        let train = Train::OfEachClass;
        let division = Division { dataset, shares, train, seed: options.seed };
        for (example, split) in division.of(&pool.trains)? {
            let held_out = split != Split::Train;
            of[example as usize] =
                Some(if held_out { Split::TrainValidation } else { Split::Train });
        }
    }
    let splits = Splits { of };
    problems.extend(check(dataset, &splits, shares));
    if problems.iter().any(|problem| problem.severity() == crate::Severity::Fatal) {
        return Err(DataError::Problems(problems));
    }
    Ok((splits, problems))
}

/// Who trains where examples are divided.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Train {
    /// One of each class at least, since nothing else teaches it.
    OfEachClass,
    /// What the shares of the others leave.
    Leftover,
}

/// How some examples are divided.
struct Division<'a> {
    dataset: &'a Dataset,
    shares: Shares,
    train: Train,
    seed: u64,
}

impl Division<'_> {
    fn of(&self, examples: &[u32]) -> Result<Vec<(u32, Split)>, DataError> {
        let too_few = |(expected, found): (usize, usize)| {
            let place = Place::path(&self.dataset.name);
            DataError::from(Problem::from(SplitProblem::TooFewUnits { place, expected, found }))
        };
        if let Some(times) = &self.dataset.times {
            return by_time(&times.of, examples, self.shares)
                .map_err(|few| too_few((few.expected, few.found)));
        }
        let units = Units::of(self.dataset, examples);
        let wanted = COLUMNS.iter().filter(|&&split| self.shares.share(split) > 0.0).count();
        if units.len() < wanted {
            return Err(too_few((wanted, units.len())));
        }
        let mut strata = Strata::of(&self.dataset.labels, examples);
        strata.each_in_train &= self.train == Train::OfEachClass;
        Ok(Assignment::make(units, &strata, self.shares, self.seed).pairs().collect())
    }
}

/// What of a data set is free to be assigned.
struct Free {
    /// In the data set's order.
    examples: Vec<u32>,
    /// The split of each example that comes with one.
    ready_made: Vec<Option<Split>>,
    cut: Cut,
}

impl Free {
    fn of(dataset: &Dataset) -> Free {
        let total = dataset.len();
        let mut ready_made = dataset.ready_made.clone().unwrap_or_else(|| vec![None; total]);
        let has = |split| ready_made.contains(&Some(split));
        let (validation, test) = (!has(Split::Validation), !has(Split::Test));
        if validation || test {
            // What is missing can only come from train.
            for split in &mut ready_made {
                *split = split.filter(|&split| split != Split::Train);
            }
        }
        let examples: Vec<u32> = ready_made
            .iter()
            .enumerate()
            .filter(|&(at, split)| split.is_none() && !dataset.trains_from_elsewhere(at))
            .map(|(at, _)| at as u32)
            .collect();
        let train_from = dataset.train_from.as_ref().map(TrainingSource::examples);
        let cut = Cut {
            total: total - train_from.unwrap_or(0),
            free: examples.len(),
            validation,
            test,
            train_from,
        };
        Free { examples, ready_made, cut }
    }
}

/// What a share may be.
const PART: &str = "a share above 0 and below 1";
const ABOVE: &str = "a share above 0 and at most 1";
const BELOW: &str = "a share of at least 0 and below 1";
const ANY: &str = "a share from 0 to 1";

fn check_shares(
    place: &Place,
    cut: Cut,
    (shares, options): (Shares, &SplitOptions),
) -> Result<(), DataError> {
    let apart = cut.train_from.is_some();
    let all = 0.0..=1.0;
    let asked = [
        (cut.validation, "split.validation", options.validation, if apart { ABOVE } else { PART }),
        // Where validation comes ready-made, all of the rest may test.
        (cut.test, "split.test", options.test, if apart && !cut.validation { ANY } else { BELOW }),
        (true, "split.train_validation", options.train_validation, PART),
    ];
    let mut problems: Vec<Problem> = Vec::new();
    for (used, setting, share, expected) in asked {
        let Some(found) = share.filter(|_| used) else { continue };
        let lowest = found > 0.0 || [BELOW, ANY].contains(&expected);
        let highest = found < 1.0 || [ABOVE, ANY].contains(&expected);
        if !(all.contains(&found) && lowest && highest) {
            let place = place.clone();
            problems.push(SplitProblem::Share { place, setting, expected, found }.into());
        }
    }
    let (validation, test) = (shares.validation, shares.test);
    if problems.is_empty() {
        let place = place.clone();
        if !apart && validation + test >= 1.0 {
            problems.push(SplitProblem::NothingForTrain { place, validation, test }.into());
        } else if apart && shares.train < 0.0 {
            problems.push(SplitProblem::MoreThanAll { place, validation, test }.into());
        } else if !apart && options.train_validation.is_some() {
            problems.push(SplitProblem::NoTrainingSource { place }.into());
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(DataError::Problems(problems)) }
}

fn check_enough(place: &Place, dataset: &Dataset, free: &Free) -> Result<(), DataError> {
    // Where training has a source of its own, the free examples need not train as well.
    let train = usize::from(free.cut.train_from.is_none());
    let cut = usize::from(free.cut.validation) + usize::from(free.cut.test);
    let too_few = |expected: usize, found: usize, purpose: &str| {
        Err(DataError::Problems(vec![Problem::TooFewExamples {
            place: place.clone(),
            expected,
            purpose: purpose.to_owned(),
            found,
        }]))
    };
    if dataset.len() < FEWEST {
        return too_few(FEWEST, dataset.len(), " to split");
    }
    if cut > 0 && free.examples.len() < train + cut {
        return too_few(train + cut, free.examples.len(), " that do not come ready split");
    }
    Ok(())
}

/// What is wrong or weak about a finished split.
fn check(dataset: &Dataset, splits: &Splits, shares: Shares) -> Vec<Problem> {
    let place = || Place::path(&dataset.name);
    let mut problems = Vec::new();
    for split in Split::ALL {
        let wanted = match split {
            Split::Train => true,
            Split::TrainValidation => dataset.train_from.is_some(),
            Split::Validation | Split::Test => shares.share(split) > 0.0,
        };
        if splits.count(split) == 0 && wanted {
            problems.push(SplitProblem::EmptySplit { place: place(), split }.into());
        }
    }
    problems.extend(large_sets(dataset, splits));
    let Labels::Classes { names, of } = &dataset.labels else { return problems };
    let mut counts = vec![[0_usize; 4]; names.len()];
    for (&class, &split) in of.iter().zip(&splits.of) {
        if let Some(split) = split {
            counts[class as usize][split as usize] += 1;
        }
    }
    let held_out = [Split::Validation, Split::Test].map(|split| (split, splits.count(split)));
    for (class, counts) in names.iter().zip(counts) {
        if counts[Split::Train as usize] == 0 {
            let others = [Split::TrainValidation, Split::Validation, Split::Test];
            for split in others.into_iter().filter(|&split| counts[split as usize] > 0) {
                problems.push(Problem::ClassNotInTrain {
                    place: place(),
                    class: class.clone(),
                    split,
                    examples: counts[split as usize],
                });
            }
            continue;
        }
        if counts.iter().sum::<usize>() == 1 {
            problems.push(Problem::ClassWithOneExample { place: place(), class: class.clone() });
            continue;
        }
        for (split, examples) in held_out {
            if counts[split as usize] == 0 && examples > 0 {
                problems.push(Problem::ClassNotHeldOut {
                    place: place(),
                    class: class.clone(),
                    split,
                });
            }
        }
    }
    problems
}

/// Sets of equal examples that are more than a hundredth of the data: all of one are in one split, so
/// that the others have none of what is most frequent.
fn large_sets(dataset: &Dataset, splits: &Splits) -> Vec<Problem> {
    /// A few equal ones are a matter of chance in a small table.
    const FEWEST: usize = 5;
    let identity = dataset.identity();
    let mut order: Vec<usize> = (0..identity.len()).collect();
    order.sort_unstable_by_key(|&example| (identity[example], example));
    let mut sets: Vec<&[usize]> = order
        .chunk_by(|&one, &other| identity[one] == identity[other])
        .filter(|set| set.len() >= FEWEST && set.len() * 100 > identity.len())
        .collect();
    sets.sort_by_key(|set| (std::cmp::Reverse(set.len()), set[0]));
    let of_all = identity.len();
    sets.into_iter()
        .filter_map(|set| {
            // By time, and in ready-made splits, they are where they are.
            let has = |split: &Split| set.iter().any(|&example| splits.of[example] == Some(*split));
            let among: Vec<Split> = Split::ALL.into_iter().filter(has).collect();
            let place = Place::path(&dataset.name);
            let (first, examples) = (dataset.ids[set[0]].clone(), set.len());
            let somewhere = !among.is_empty();
            somewhere
                .then(|| SplitProblem::LargeSet { place, first, examples, of_all, among }.into())
        })
        .collect()
}
