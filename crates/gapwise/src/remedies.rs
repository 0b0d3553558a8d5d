//! Which command takes a remedy for one run, and what it costs.
//!
//! `bias.rs` has what fits train better, `variance.rs` what fits validation better, `size.rs` which
//! network is larger, smaller or another one, `rate.rs` the learning rate that goes with it, and
//! `taken.rs` which remedy a step was.

mod bias;
mod rate;
mod size;
mod taken;
mod variance;

use std::path::PathBuf;

use gapwise_data::{images::Augmentation, source::Reading, wording::shell_word};
use gapwise_nn::{
    model::{ModelRecord, NetworkSettings},
    train::{RANGE_TEST_STEPS, TrainSettings},
};
use gapwise_study::{
    metric::counted,
    recipe::{Cost, Remedies, Remedy, TakenBy, time},
    run::GradientHealth,
};

use gapwise_nn::transfer::Freeze;

use crate::{config::typed_settings, system::FIND_LEARNING_RATE};

/// The commands of one run: each trains again with what the remedy asks for changed, and nothing
/// else.
#[derive(Debug, Clone)]
pub(crate) struct RunRemedies {
    /// The run's path, as it is typed.
    pub(crate) run: PathBuf,
    /// Its network.
    pub(crate) network: NetworkSettings,
    /// Its training.
    pub(crate) train: TrainSettings,
    /// What its training does to images at random.
    pub(crate) augment: Augmentation,
    /// Its data and sizes; without them, what depends on either has no command or no cost.
    pub(crate) record: Option<ModelRecord>,
    /// How its training went.
    pub(crate) course: Course,
    /// What of the weights is kept that it began with, where it began with some of other data.
    pub(crate) freeze: Option<Freeze>,
}

/// How a training went, as far as the next one depends on it.
#[derive(Debug, Clone)]
pub(crate) struct Course {
    /// Training examples.
    pub(crate) examples: usize,
    /// Epochs trained, and the seconds that they took.
    pub(crate) took: (usize, f64),
    /// The gradients of its last epoch.
    pub(crate) health: GradientHealth,
    /// Whether its learning rate was found by a range test.
    pub(crate) rate_found: bool,
}

/// A setting that a command changes: key, value in force, value to come.
type Change = (&'static str, String, String);

impl Remedies for RunRemedies {
    fn command(&self, remedy: Remedy) -> Option<TakenBy> {
        if let Some(freeze) = &self.freeze
            && let Some(instead) = self.of_transfer(freeze, remedy)
        {
            return instead;
        }
        match remedy {
            Remedy::Initialisation => self.initialisation(),
            Remedy::ClipGradient => self.clip_gradient(),
            Remedy::LargerNetwork => self.larger(),
            Remedy::TrainLonger => self.train_longer(),
            Remedy::LearningRate => self.learning_rate(),
            Remedy::BetterOptimiser => self.other_optimiser(),
            Remedy::BatchNormalisation => self.batch_normalisation(),
            Remedy::DeeperNetwork => self.deeper(),
            Remedy::LearningRateDecay => self.other_schedule(),
            Remedy::OptimiserParameters => self.optimiser_parameters(),
            Remedy::OtherNetwork => self.other_network(),
            Remedy::SmallerNetwork => self.smaller(),
            Remedy::L2 => self.l2(),
            Remedy::Dropout => self.dropout(),
            Remedy::Augmentation => self.crop(),
            Remedy::Mirror => self.mirror(),
            Remedy::Rotation => self.rotation(),
            Remedy::WeightDecay => self.weight_decay(),
            Remedy::AveragedWeights => self.average(),
            Remedy::EarlyStopping => self.early_stopping(),
            Remedy::OpenTest => Some(TakenBy {
                command: format!("gapwise evaluate {} --test", self.run()),
                change: String::new(),
                cost: None,
            }),
            // The figure is a person's to give, so there is no command that runs as it stands; the
            // ladder's human rung says which flag takes it.
            Remedy::HumanLevel
            | Remedy::Search
            | Remedy::MoreTrainingData
            | Remedy::ErrorAnalysis
            | Remedy::CollectTrainingLikeValidation
            | Remedy::SynthesiseTraining
            | Remedy::MoreValidationData
            | Remedy::MoreTestData
            | Remedy::MoreTrainValidationData
            | Remedy::ScoreMoreTraining
            | Remedy::MoreHumanAnswers
            | Remedy::DefinePractice => None,
        }
    }
}

impl RunRemedies {
    /// A training with one setting changed, at the cost of the last one.
    fn set(&self, key: &'static str, from: impl ToString, to: impl ToString) -> TakenBy {
        self.sets(&[(key, from.to_string(), to.to_string())], self.cost(self.train.epochs, None))
    }

    fn sets(&self, changes: &[Change], cost: Option<Cost>) -> TakenBy {
        let set = |(key, _, to): &Change| format!(" --set {}", shell_word(&format!("{key}={to}")));
        let said = |(key, from, to): &Change| format!("`{key}` from {from} to {to}");
        let all: String = changes.iter().map(set).collect();
        TakenBy {
            command: format!("gapwise train {}{all}", self.run()),
            change: changes.iter().map(said).collect::<Vec<_>>().join(", "),
            cost,
        }
    }

    /// The command that trains alike and keeps the last epoch.
    pub(crate) fn keep_last(&self) -> String {
        // Early stopping goes back to the best epoch, and so is switched off.
        let patience =
            self.train.patience.map(|now| ("train.patience", now.to_string(), "0".into()));
        let keep = ("train.keep", "best".to_owned(), "last".to_owned());
        let changes: Vec<Change> = [keep].into_iter().chain(patience).collect();
        self.sets(&changes, None).command
    }

    /// What a training of so many epochs takes, of another network where one is given: the seconds
    /// of the last training's epochs, in the ratio of multiply-adds. Small networks spend most of
    /// their time elsewhere, so for a larger one it is rather too much than too little.
    fn cost(&self, epochs: usize, network: Option<&NetworkSettings>) -> Option<Cost> {
        let (done, took) = self.course.took;
        let ratio = match (network, &self.record) {
            (None, _) => 1.0,
            (Some(network), Some(record)) => {
                let now = record.multiply_adds().max(1);
                record.multiply_adds_of(network) as f64 / now as f64
            }
            (Some(_), None) => return None,
        };
        let larger = match network {
            Some(_) => format!(", with {} the multiply-adds", times(ratio)),
            None => String::new(),
        };
        let plural = if done == 1 { "" } else { "s" };
        (done > 0).then(|| Cost {
            seconds: took / done as f64 * epochs as f64 * ratio,
            because: format!("the last one took {} for {done} epoch{plural}{larger}", time(took)),
        })
    }

    /// The cost of a training with a range test in front of it.
    fn cost_with_range_test(&self) -> Option<Cost> {
        let mut cost = self.cost(self.train.epochs, None)?;
        let (done, took) = self.course.took;
        let steps = done * self.course.examples.div_ceil(self.train.batch.max(1));
        cost.seconds += took / steps.max(1) as f64 * RANGE_TEST_STEPS as f64;
        cost.because += &format!(", and the range test has {RANGE_TEST_STEPS} updates");
        Some(cost)
    }

    /// Why no command is left, in a sentence.
    pub(crate) fn none_left(&self) -> String {
        format!(
            "No command of the recipe is left: what there is was taken without success, or makes no \
             sense for {}.",
            counted(self.course.examples, "training example")
        )
    }

    /// Channels, height and width of the data's images; `None` for a table.
    fn images(&self) -> Option<[usize; 3]> {
        match &self.record.as_ref()?.reading {
            Reading::Images(images) => Some([images.channels, images.height, images.width]),
            Reading::Table(_) => None,
        }
    }

    fn run(&self) -> String {
        shell_word(&self.run.display().to_string())
    }
}

/// What a command of a step sets, in the form of [`typed_settings`]; `None` for a command that does
/// not train.
pub(crate) fn typed_by(command: &str) -> Option<Vec<(String, String)>> {
    let mut words = shell_words(command).into_iter();
    if (words.next()?.as_str(), words.next()?.as_str()) != ("gapwise", "train") {
        return None;
    }
    let (mut sets, mut flags) = (Vec::new(), Vec::new());
    while let Some(word) = words.next() {
        match word.as_str() {
            "--set" => sets.push(words.next()?),
            FIND_LEARNING_RATE => flags.push((word, String::new())),
            _ => {}
        }
    }
    let mut typed = typed_settings(&sets);
    typed.append(&mut flags);
    Some(typed)
}

/// The words of a command that was put together from [`shell_word`]s.
fn shell_words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    let mut characters = command.chars();
    while let Some(character) = characters.next() {
        match character {
            '\'' => quoted = !quoted,
            '\\' if !quoted => word.extend(characters.next()),
            ' ' if !quoted => words.push(std::mem::take(&mut word)),
            character => word.push(character),
        }
    }
    words.push(word);
    words
}

fn list(units: &[usize]) -> String {
    let units: Vec<String> = units.iter().map(usize::to_string).collect();
    format!("[{}]", units.join(","))
}

/// `2.1 times`, `39 % of`.
fn times(ratio: f64) -> String {
    if ratio < 0.995 { format!("{:.0} % of", 100.0 * ratio) } else { format!("{ratio:.1} times") }
}

/// To two significant digits, so that a product of decimals reads like one.
fn rounded(value: f64) -> f64 {
    let rounded = format!("{value:.1e}");
    rounded.parse().unwrap_or(value)
}

#[cfg(test)]
mod tests;
