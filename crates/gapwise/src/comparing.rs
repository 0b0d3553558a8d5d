//! Runs against each other: is this network better than that one, is this setting?

use std::path::{Path, PathBuf};

use gapwise_data::Split;
use gapwise_study::{
    compare::{
        Answered, By, Change, ComparedWith, Comparison, FEWEST_SEEDS, Seeds, networks, settings,
    },
    diagnosis::LookCounts,
    interval::CONFIDENCE,
    metric::{Metric, count},
    predictions::{PredictionTable, Target},
    runs::{Looks, RunFolder},
};
use serde::Serialize;

use crate::{Error, system::RunRecord, trained::TrainedRun};

/// Several runs, compared on their validation examples.
#[derive(Debug, Clone, Serialize)]
pub struct RunsCompared {
    /// The runs.
    pub runs: Vec<ComparedRun>,
    /// What can be said of them: networks, or settings where each has at least three seeds. All
    /// intervals hold together at 95 % (Bonferroni).
    pub comparisons: Vec<ComparedWith>,
    /// What else is to be known, a sentence each.
    pub notes: Vec<String>,
    /// How often validation and test were looked at, this look included.
    pub looks: LookCounts,
}

/// One of several runs that are compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ComparedRun {
    /// The run.
    pub run: PathBuf,
    /// Its seed.
    pub seed: u64,
    /// Number of its setting among those compared, from 0: runs with the same one differ in
    /// nothing but the seed.
    pub setting: usize,
}

/// A run with what is compared.
struct Opened {
    run: TrainedRun,
    name: String,
    making: RunRecord,
    table: PredictionTable,
    settings: String,
}

/// Compares the first run with each of the others, on the validation examples that all of them
/// answered. At least two runs are needed, all judged by the same data and split.
///
/// Where every setting has at least three seeds, settings are compared, else networks. It is a
/// choice on validation and is counted, each set of runs once.
///
/// # Errors
///
/// [`Error::TooFewRuns`]; [`Error::NotComparable`] and [`Error::Compare`] where the runs were not judged by the same
/// examples; [`Error::Run`] where one is not finished.
pub fn compare(runs: &[PathBuf]) -> Result<RunsCompared, Error> {
    let opened: Vec<Opened> = runs.iter().map(|run| Opened::of(run)).collect::<Result<_, _>>()?;
    let Some((first, others)) = opened.split_first().filter(|(_, others)| !others.is_empty())
    else {
        return Err(Error::TooFewRuns { found: runs.len() });
    };
    for (at, other) in others.iter().enumerate() {
        for before in &opened[..=at] {
            before.not_the_same_as(other)?;
        }
        first.comparable_with(other)?;
    }
    let groups = groups(&opened);
    let seeds = |group: &Vec<&Opened>| distinct_seeds(group).len();
    let settled = groups.len() > 1 && groups.iter().all(|group| seeds(group) >= FEWEST_SEEDS);
    let mut notes = Vec::new();
    let comparisons = if settled {
        of_settings(&groups, &mut notes)?
    } else {
        if groups.len() > 1 {
            notes.push(format!(
                "That a setting is better takes at least three seeds of each: \
                 `gapwise train RUN --seed N`. Here there are {}.",
                groups
                    .iter()
                    .map(|group| seeds(group).to_string())
                    .collect::<Vec<_>>()
                    .join(" and ")
            ));
        }
        of_networks(first, others)?
    };
    if comparisons.len() > 1 {
        notes.push(format!("The {} intervals hold together at 95 %.", comparisons.len()));
    }
    let looks = count_look(&opened)?;
    notes.extend(opened.iter().flat_map(|one| one.run.notes()).map(|note| note.said.clone()));
    notes.extend(looks.lost);
    let looks = looks.counts;
    let setting_of =
        |one: &Opened| groups.iter().position(|group| group[0].settings == one.settings);
    Ok(RunsCompared {
        runs: opened
            .iter()
            .map(|one| ComparedRun {
                run: one.run.path().to_owned(),
                seed: one.making.train_settings.train.seed,
                setting: setting_of(one).unwrap_or_default(),
            })
            .collect(),
        comparisons,
        notes,
        looks,
    })
}

/// This network, first, against that one; no look is counted.
pub(crate) fn compared(this: &TrainedRun, that: &TrainedRun) -> Result<Comparison, Error> {
    let [this, that] = [this, that].map(|run| Opened::of(run.path()));
    let (this, that) = (this?, that?);
    that.comparable_with(&this)?;
    Ok(networks(this.answered(), that.answered(), this.by(1)?)?)
}

/// A metric with its positive class, where it looks for one: `1 − F1 of dog`.
fn judged_by(metric: Metric, target: &Target) -> String {
    let positive = target.positive_name(metric);
    let of = positive.map(|name| format!(" of {name}")).unwrap_or_default();
    format!("{}{of}", metric.kind.name())
}

impl Opened {
    fn of(path: &Path) -> Result<Self, Error> {
        let run = TrainedRun::open(path)?;
        let making: RunRecord = run.directory().record()?;
        let table = run.predictions(&making)?;
        let settings = run.config().settings_fingerprint()?;
        Ok(Opened { name: format!("`{}`", path.display()), run, making, table, settings })
    }

    fn answered(&self) -> Answered<'_> {
        Answered { name: &self.name, table: &self.table }
    }

    /// By which metric, with a confidence that makes `comparisons` of them hold together.
    fn by(&self, comparisons: usize) -> Result<By, Error> {
        let metric = self.run.metric(&self.making.target)?;
        Ok(By { metric, confidence: 1.0 - (1.0 - CONFIDENCE) / comparisons.max(1) as f64 })
    }

    fn not_the_same_as(&self, other: &Opened) -> Result<(), Error> {
        let [one, two] = [self, other].map(|run| run.run.metric(&run.making.target));
        let (one, two) = (one?, two?);
        if one != two {
            return Err(Error::OtherMetric {
                first: self.run.path().to_owned(),
                second: other.run.path().to_owned(),
                expected: judged_by(one, &self.making.target),
                found: judged_by(two, &other.making.target),
            });
        }
        let real = |one: &Opened| one.run.path().canonicalize().ok();
        if real(self).is_some_and(|path| Some(path) == real(other)) {
            let (first, second) = (self.run.path().to_owned(), other.run.path().to_owned());
            return Err(Error::SameRun { first, second });
        }
        Ok(())
    }

    /// Refuses runs on other data, or on another split of it: the validation examples of one may
    /// be training examples of the other.
    fn comparable_with(&self, other: &Opened) -> Result<(), Error> {
        let (ours, theirs) = (&self.making.held_out, &other.making.held_out);
        if ours == theirs {
            return Ok(());
        }
        let data = |held_out: &str| held_out.split('/').next().unwrap_or_default().to_owned();
        let differs = if data(ours) == data(theirs) {
            let from_split = |change: &Change| change.key.starts_with("split.");
            let changes = self.run.config().changes(other.run.config())?;
            let named: Vec<String> =
                changes.iter().filter(|change| from_split(change)).map(Change::said).collect();
            let named =
                if named.is_empty() { String::new() } else { format!(" ({})", named.join(", ")) };
            format!("the same data is split in another way{named}")
        } else {
            format!(
                "the data differs: fingerprint {:.12} of `{}`, and {:.12} of `{}`",
                ours,
                self.run.config().data.path.display(),
                theirs,
                other.run.config().data.path.display()
            )
        };
        let (first, second) = (self.run.path().to_owned(), other.run.path().to_owned());
        Err(Error::NotComparable { first, second, differs })
    }
}

/// The runs by their settings, in the order in which these are named first.
fn groups(opened: &[Opened]) -> Vec<Vec<&Opened>> {
    let mut groups: Vec<Vec<&Opened>> = Vec::new();
    for one in opened {
        match groups.iter_mut().find(|group| group[0].settings == one.settings) {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    groups
}

/// One run of each seed: the same seed with the same settings is the same network again.
fn distinct_seeds<'a>(group: &[&'a Opened]) -> Vec<&'a Opened> {
    let mut distinct: Vec<&Opened> = Vec::new();
    for one in group {
        let seed = one.making.train_settings.train.seed;
        if distinct.iter().all(|other| other.making.train_settings.train.seed != seed) {
            distinct.push(one);
        }
    }
    distinct
}

/// Each of the others against the first.
fn of_networks(first: &Opened, others: &[Opened]) -> Result<Vec<ComparedWith>, Error> {
    let against = |other: &Opened| -> Result<ComparedWith, Error> {
        let comparison = networks(other.answered(), first.answered(), first.by(others.len())?)?;
        let changes = first.run.config().changes(other.run.config())?;
        Ok(ComparedWith { comparison, changes })
    };
    others.iter().map(against).collect()
}

/// Each of the other settings against the first.
fn of_settings(
    groups: &[Vec<&Opened>],
    notes: &mut Vec<String>,
) -> Result<Vec<ComparedWith>, Error> {
    let distinct: Vec<Vec<&Opened>> = groups.iter().map(|group| distinct_seeds(group)).collect();
    for again in groups.iter().flatten() {
        if !distinct.iter().flatten().any(|one| std::ptr::eq(*one, *again)) {
            notes.push(format!(
                "{} has the settings and the seed of another run and is left out.",
                again.name
            ));
        }
    }
    let (first, others) = distinct.split_first().expect("there are at least two settings");
    let by = first[0].by(others.len())?;
    let mut comparisons = Vec::new();
    for other in others {
        let changes = first[0].run.config().changes(other[0].run.config())?;
        let [before, after] = named(&changes);
        let theirs: Vec<Answered<'_>> = first.iter().map(|one| one.answered()).collect();
        let ours: Vec<Answered<'_>> = other.iter().map(|one| one.answered()).collect();
        let this = Seeds { name: &after, networks: &ours };
        let that = Seeds { name: &before, networks: &theirs };
        comparisons.push(ComparedWith { comparison: settings(this, that, by)?, changes });
    }
    Ok(comparisons)
}

/// Two settings by what differs between them: "`train.l2` = 0" and "`train.l2` = 0.001".
fn named(changes: &[Change]) -> [String; 2] {
    let name = |value: fn(&Change) -> &Option<String>| {
        let each = changes.iter().map(|change| {
            let value = value(change).as_deref().unwrap_or("not set");
            format!("`{}` = {value}", change.key)
        });
        each.collect::<Vec<_>>().join(", ")
    };
    [name(|change| &change.from), name(|change| &change.to)]
}

/// Counts the comparison in the ledger beside each of the runs, once for the same runs in whatever
/// order.
fn count_look(opened: &[Opened]) -> Result<Looks, Error> {
    let mut named: Vec<(String, &Opened)> =
        opened.iter().map(|one| (one.run.directory().name(), one)).collect();
    named.sort_by(|one, other| one.0.cmp(&other.0));
    let names: Vec<&str> = named.iter().map(|(name, _)| name.as_str()).collect();
    let why = format!("compared {}", names.join(", "));
    let mut counted: Vec<RunFolder> = Vec::new();
    for (_, one) in &named {
        let folder = one.run.runs();
        if !counted.contains(&folder) {
            one.run.look_once(Split::Validation, &why)?;
            counted.push(folder);
        }
    }
    let first = &opened[0];
    first.run.looks(&first.making.held_out)
}

impl RunsCompared {
    /// What there is to say: a paragraph for each comparison (which is better, which settings
    /// differ and by which rung), and one of what else is to be known; each in sentences.
    pub fn paragraphs(&self) -> Vec<Vec<String>> {
        let mut said: Vec<Vec<String>> =
            self.comparisons.iter().map(ComparedWith::sentences).collect();
        let mut notes = self.notes.clone();
        if self.looks.validation > 1 {
            notes.push(format!(
                "{} choices have been made on this validation set; its error flatters more with \
                 each.",
                count(self.looks.validation)
            ));
        }
        said.push(notes);
        said.retain(|paragraph| !paragraph.is_empty());
        said
    }
}
