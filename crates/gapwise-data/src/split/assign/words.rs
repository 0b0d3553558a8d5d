//! What is said of a split, for people.

use super::{COLUMNS, Free};
use crate::{
    Dataset, Note, TrainingSource,
    split::{Rule, Shares, Split, SplitOptions, units::Units},
    wording::{counted, thousands},
};

/// The rule by which data is split, with its shares, in a phrase.
pub fn rule(dataset: &Dataset, options: &SplitOptions) -> String {
    let free = Free::of(dataset);
    let shares = Shares::of(free.cut, options);
    let asked = |split: Split| {
        let share = shares.share(split);
        (share > 0.0).then(|| format!("{} {split}", percent(share)))
    };
    let by_time = match &dataset.times {
        Some(times) => format!(" by time (`{}`, the latest last)", times.name),
        None => String::new(),
    };
    if let Some(source) = &dataset.train_from {
        let held_out = [Split::Validation, Split::Test];
        let parts = held_out.into_iter().filter_map(asked).collect::<Vec<_>>().join(", ");
        let (name, beside) = (&source.name, &source.beside);
        let joins = match (shares.rule, shares.train > 0.0) {
            (Rule::ReadyMade, _) => format!(" and `{beside}`"),
            (_, true) => format!(" and {} of `{beside}`", percent(shares.train)),
            (_, false) => String::new(),
        };
        let cut = match shares.rule {
            Rule::ReadyMade => String::new(),
            _ => format!("; of `{beside}`, {parts}"),
        };
        let share = percent(Shares::train_validation(source.examples(), options));
        return format!(
            "training from `{name}`{joins}, {share} of it train-validation{cut}{by_time}"
        );
    }
    let parts = COLUMNS.iter().filter_map(|&split| asked(split)).collect::<Vec<_>>().join(", ");
    let total = free.cut.total;
    let how = match shares.rule {
        Rule::ReadyMade => "the source comes split".to_owned(),
        Rule::Asked | Rule::AllHeldOut => format!("split{by_time} as asked for: {parts}"),
        Rule::Small => {
            format!("split{by_time} by the rule for fewer than 10,000 examples: {parts}")
        }
        Rule::Between => {
            format!("split{by_time} by the rule for 10,000 to 1,000,000 examples: {parts}")
        }
        Rule::Large => {
            format!("split{by_time} by the rule for more than 1,000,000 examples: {parts}")
        }
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

/// `20 %`, `6.6 %`.
fn percent(share: f64) -> String {
    let text = format!("{:.1}", 100.0 * share);
    format!("{} %", text.strip_suffix(".0").unwrap_or(&text))
}

/// What a person may not expect of the split, in sentences: shares that are not used, a test split
/// that is not there, and what was kept together.
pub fn notes(dataset: &Dataset, options: &SplitOptions) -> Vec<Note> {
    let free = Free::of(dataset);
    let shares = Shares::of(free.cut, options);
    let mut notes = Vec::new();
    let mut say = |said: String, change_with: Option<&str>| {
        notes.push(Note { said, change_with: change_with.map(str::to_owned) });
    };
    let ignored = [
        (free.cut.validation, options.validation, Split::Validation),
        (free.cut.test, options.test, Split::Test),
    ];
    for (cut, share, split) in ignored {
        if let (false, Some(share)) = (cut, share) {
            say(format!("{split} comes ready-made, so the share {share} is not used"), None);
        }
    }
    if free.cut.test && shares.test == 0.0 {
        say("there is no test split: validation is then the last word".to_owned(), None);
    }
    if let Some(source) = &dataset.train_from {
        let TrainingSource { name, beside, .. } = source;
        let (trains, judges) = (source.examples(), dataset.len() - source.examples());
        say(
            format!(
                "the network is for what `{beside}` holds ({}), and trains on `{name}` ({})",
                counted(judges, "example"),
                counted(trains, "example")
            ),
            None,
        );
        if shares.rule == Rule::AllHeldOut {
            let shares = "--set split.validation=SHARE --set split.test=SHARE";
            say(format!("all of `{beside}` is held out, and none of it trains"), Some(shares));
        }
    }
    let mut examples = if shares.rule == Rule::ReadyMade { vec![] } else { free.examples };
    if let Some(source) = &dataset.train_from {
        examples.extend((0..dataset.len() as u32).filter(|&at| source.holds[at as usize]));
    }
    let (sets, duplicates) = Units::of(dataset, &examples).duplicates;
    if sets > 0 && dataset.times.is_none() {
        say(
            format!(
                "{} examples in {} of exact duplicates, each set kept on one side",
                thousands(duplicates),
                counted(sets, "set"),
            ),
            None,
        );
    }
    notes
}
