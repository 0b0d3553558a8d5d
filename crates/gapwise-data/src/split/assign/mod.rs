//! Who goes where: stratified, seeded, groups and duplicates on one side.

use super::{Rule, Shares, Split, SplitOptions, SplitProblem, Splits, shares::Cut, units::Units};
use crate::{
    DataError, Dataset, Labels, Note, Place, Problem,
    wording::{counted, thousands},
};

mod fill;
mod strata;

use fill::Assignment;
use strata::{COLUMNS, Strata};

/// Fewest examples that are split at all.
const FEWEST: usize = 10;

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
/// The result depends on the data, its order and `options` alone.
///
/// Beside the splits come warnings: classes that a held-out split lacks.
///
/// # Errors
///
/// [`DataError::Problems`] when there are fewer than ten examples, or too few for every split to
/// have one; when a share is outside (0, 1), or both leave nothing for train; when a class of a
/// ready-made held-out split is not in train.
pub fn assign(
    dataset: &Dataset,
    options: &SplitOptions,
) -> Result<(Splits, Vec<Problem>), DataError> {
    let free = Free::of(dataset);
    let shares = Shares::of(free.cut, options);
    let place = Place::path(&dataset.name);
    check_shares(&place, free.cut, shares)?;
    check_enough(&place, dataset, &free)?;

    let mut of = free.ready_made;
    if free.cut.validation || free.cut.test {
        let units = Units::of(dataset, &free.examples);
        let wanted = COLUMNS.iter().filter(|&&split| shares.share(split) > 0.0).count();
        if units.len() < wanted {
            let problem = SplitProblem::TooFewUnits { place, expected: wanted, found: units.len() };
            return Err(DataError::Problems(vec![problem.into()]));
        }
        let strata = Strata::of(&dataset.labels, &free.examples);
        for (example, split) in Assignment::make(units, &strata, shares, options.seed).pairs() {
            of[example as usize] = Some(split);
        }
    }
    let splits = Splits { of: of.into_iter().map(|of| of.unwrap_or(Split::Train)).collect() };
    let problems = check(dataset, &splits, shares);
    if problems.iter().any(|problem| problem.severity() == crate::Severity::Fatal) {
        return Err(DataError::Problems(problems));
    }
    Ok((splits, problems))
}

/// The rule by which data is split, with its shares, in a phrase.
pub fn rule(dataset: &Dataset, options: &SplitOptions) -> String {
    let free = Free::of(dataset);
    let shares = Shares::of(free.cut, options);
    let percent = |share: f64| {
        let text = format!("{:.1}", 100.0 * share);
        text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
    };
    let asked = |split: Split| {
        let share = shares.share(split);
        (share > 0.0).then(|| format!("{} % {split}", percent(share)))
    };
    let parts = COLUMNS.iter().filter_map(|&split| asked(split)).collect::<Vec<_>>().join(", ");
    let total = free.cut.total;
    let how = match shares.rule {
        Rule::ReadyMade => "the source comes split".to_owned(),
        Rule::Asked => format!("split as asked for: {parts}"),
        Rule::Small => format!("split by the rule for fewer than 10,000 examples: {parts}"),
        Rule::Between => format!("split by the rule for 10,000 to 1,000,000 examples: {parts}"),
        Rule::Large => format!("split by the rule for more than 1,000,000 examples: {parts}"),
    };
    let of = if free.cut.free < total && shares.rule != Rule::ReadyMade {
        match free.cut.free {
            1 => " of the one example that does not come ready split".to_owned(),
            examples => {
                format!(" of the {} examples that do not come ready split", thousands(examples))
            }
        }
    } else {
        String::new()
    };
    format!("{how}{of}")
}

/// What a person may not expect of the split, in sentences: shares that are not used, and what was
/// kept together.
pub fn notes(dataset: &Dataset, options: &SplitOptions) -> Vec<Note> {
    let free = Free::of(dataset);
    let rule = Shares::of(free.cut, options).rule;
    let mut notes = Vec::new();
    let ignored = [
        (free.cut.validation, options.validation, Split::Validation),
        (free.cut.test, options.test, Split::Test),
    ];
    for (cut, share, split) in ignored {
        if let (false, Some(share)) = (cut, share) {
            notes.push(Note {
                said: format!("{split} comes ready-made, so the share {share} is not used"),
                change_with: None,
            });
        }
    }
    if rule != Rule::ReadyMade {
        let (sets, examples) = Units::of(dataset, &free.examples).duplicates;
        if sets > 0 {
            notes.push(Note {
                said: format!(
                    "{} examples in {} of exact duplicates, each set kept on one side",
                    thousands(examples),
                    counted(sets, "set"),
                ),
                change_with: None,
            });
        }
    }
    notes
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
            .filter(|(_, split)| split.is_none())
            .map(|(at, _)| at as u32)
            .collect();
        let cut = Cut { total, free: examples.len(), validation, test };
        Free { examples, ready_made, cut }
    }
}

fn check_shares(place: &Place, cut: Cut, shares: Shares) -> Result<(), DataError> {
    let mut problems: Vec<Problem> = Vec::new();
    for (cut, split) in [(cut.validation, Split::Validation), (cut.test, Split::Test)] {
        let found = shares.share(split);
        if cut && !(found > 0.0 && found < 1.0) {
            problems.push(SplitProblem::Share { place: place.clone(), split, found }.into());
        }
    }
    let Shares { validation, test, .. } = shares;
    if problems.is_empty() && validation + test >= 1.0 {
        let place = place.clone();
        problems.push(SplitProblem::NothingForTrain { place, validation, test }.into());
    }
    if problems.is_empty() { Ok(()) } else { Err(DataError::Problems(problems)) }
}

fn check_enough(place: &Place, dataset: &Dataset, free: &Free) -> Result<(), DataError> {
    let splits = 1 + usize::from(free.cut.validation) + usize::from(free.cut.test);
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
    let to_cut = splits > 1;
    if to_cut && free.examples.len() < splits {
        return too_few(splits, free.examples.len(), " that do not come ready split");
    }
    Ok(())
}

/// What is wrong or weak about a finished split.
fn check(dataset: &Dataset, splits: &Splits, shares: Shares) -> Vec<Problem> {
    let place = || Place::path(&dataset.name);
    let mut problems = Vec::new();
    for split in COLUMNS {
        if splits.count(split) == 0 && (split == Split::Train || shares.share(split) > 0.0) {
            problems.push(SplitProblem::EmptySplit { place: place(), split }.into());
        }
    }
    let Labels::Classes { names, of } = &dataset.labels else { return problems };
    let mut counts = vec![[0_usize; 4]; names.len()];
    for (&class, &split) in of.iter().zip(&splits.of) {
        counts[class as usize][split as usize] += 1;
    }
    for (class, counts) in names.iter().zip(counts) {
        let held_out = [Split::TrainValidation, Split::Validation, Split::Test];
        if counts[Split::Train as usize] == 0 {
            for split in held_out.into_iter().filter(|&split| counts[split as usize] > 0) {
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
        for split in [Split::Validation, Split::Test] {
            if counts[split as usize] == 0 && splits.count(split) > 0 {
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
