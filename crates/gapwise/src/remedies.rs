//! Which command takes a remedy for one run.

use std::path::Path;

use gapwise_nn::{
    model::{NetworkKind, NetworkSettings},
    train::TrainSettings,
};
use gapwise_study::recipe::{Remedies, Remedy, TakenBy};

use crate::{
    config::{DropoutChoice, typed_settings},
    system::FIND_LEARNING_RATE,
};

/// The commands of one run: each trains again with one setting changed.
pub(crate) struct RunRemedies<'a> {
    /// The run's path, as it is typed.
    pub(crate) run: &'a Path,
    /// Its network.
    pub(crate) network: &'a NetworkSettings,
    /// Its training.
    pub(crate) train: &'a TrainSettings,
}

/// Hidden units grow to this many before a layer is added.
const WIDEST: usize = 512;
/// Channels double up to this many.
const MOST_CHANNELS: usize = 1024;
/// First λ of L2, and the factor of every further try.
const FIRST_L2: f64 = 1e-4;
const L2_FACTOR: f64 = 10.0;
/// First dropout, the step of every further try, and the most that is proposed.
const DROPOUT_STEP: f64 = 0.2;
const MOST_DROPOUT: f64 = 0.6;

impl Remedies for RunRemedies<'_> {
    fn command(&self, remedy: Remedy) -> Option<TakenBy> {
        match remedy {
            Remedy::LargerNetwork => self.larger(),
            Remedy::TrainLonger => {
                let epochs = self.train.epochs;
                Some(self.set("train.epochs", epochs, 2 * epochs))
            }
            Remedy::BetterOptimiser => {
                let rate = self.train.learning_rate;
                Some(self.set("train.learning_rate", rate, rounded(rate * 3.0)))
            }
            Remedy::OtherNetwork => self.other(),
            Remedy::L2 => {
                let l2 = self.train.optimiser.l2;
                let next = if l2 > 0.0 { rounded(l2 * L2_FACTOR) } else { FIRST_L2 };
                Some(self.set("train.l2", l2, next))
            }
            Remedy::Dropout => {
                let next = self.network.dropout.iter().map(|one| rounded(one + DROPOUT_STEP));
                let next: Vec<f64> = next.collect();
                let from = DropoutChoice::of(&self.network.dropout)?;
                let to = DropoutChoice::of(&next)?;
                next.iter()
                    .all(|&one| one <= MOST_DROPOUT)
                    .then(|| self.set("network.dropout", from, to))
            }
            Remedy::OpenTest => Some(TakenBy {
                command: format!("gapwise evaluate {} --test", self.run()),
                change: "opens the test set".into(),
            }),
            // The figure is a person's to give, so there is no command that runs as it stands; the
            // ladder's human rung says which flag takes it.
            Remedy::HumanLevel
            | Remedy::Search
            | Remedy::MoreTrainingData
            | Remedy::Augmentation
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

impl RunRemedies<'_> {
    /// Twice the units, and from the widest on a layer more (notes, "Shallow versus deep").
    fn larger(&self) -> Option<TakenBy> {
        match self.network.kind {
            NetworkKind::FeedForward => {}
            NetworkKind::Conv => {
                let channels = &self.network.channels;
                let larger: Vec<usize> = channels.iter().map(|filters| 2 * filters).collect();
                let widest = larger.iter().max().is_none_or(|&most| most > MOST_CHANNELS);
                return (!widest)
                    .then(|| self.set("network.channels", list(channels), list(&larger)));
            }
            NetworkKind::Lenet | NetworkKind::SmallConv => return None,
        }
        let hidden = &self.network.hidden;
        let larger: Vec<usize> = match hidden.first() {
            None => vec![64],
            Some(&units) if units < WIDEST => hidden.iter().map(|units| 2 * units).collect(),
            Some(&units) => hidden.iter().copied().chain([units]).collect(),
        };
        let mut taken = self.set("network.hidden", list(hidden), list(&larger));
        // A list of dropouts has to grow with the layers.
        if let Some(DropoutChoice::Each(mut dropout)) = DropoutChoice::of(&self.network.dropout) {
            dropout.resize(larger.len(), dropout[dropout.len() - 1]);
            let set = format!("network.dropout={}", DropoutChoice::Each(dropout));
            taken.command += &format!(" --set {}", shell_word(&set));
        }
        Some(taken)
    }

    fn other(&self) -> Option<TakenBy> {
        (self.network.kind == NetworkKind::SmallConv).then(|| {
            let (from, to) = (NetworkKind::SmallConv.as_str(), NetworkKind::Lenet.as_str());
            self.set("network.kind", from, to)
        })
    }

    fn set(&self, key: &str, from: impl std::fmt::Display, to: impl std::fmt::Display) -> TakenBy {
        TakenBy {
            command: format!(
                "gapwise train {} --set {}",
                self.run(),
                shell_word(&format!("{key}={to}"))
            ),
            change: format!("`{key}` from {from} to {to}"),
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

/// A word that a shell reads as one. Brackets are quoted too: zsh takes them for a pattern.
pub fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

fn list(units: &[usize]) -> String {
    let units: Vec<String> = units.iter().map(usize::to_string).collect();
    format!("[{}]", units.join(","))
}

/// To two significant digits, so that a product of decimals reads like one.
fn rounded(value: f64) -> f64 {
    let rounded = format!("{value:.1e}");
    rounded.parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(network: NetworkSettings, l2: f64, remedy: Remedy) -> Option<String> {
        let mut train = TrainSettings::new(20, 64, 1e-3, 1);
        train.optimiser.l2 = l2;
        let remedies = RunRemedies { run: Path::new("runs/a-1"), network: &network, train: &train };
        remedies.command(remedy).map(|taken| taken.command)
    }

    fn feed_forward(hidden: &[usize], dropout: f64) -> NetworkSettings {
        let network = NetworkSettings::new(NetworkKind::FeedForward);
        network.with_hidden(hidden.to_vec()).with_dropout(dropout)
    }

    #[test]
    fn a_larger_network_is_twice_as_wide_and_from_512_on_a_layer_deeper() {
        for (hidden, larger) in
            [(&[128][..], "[256]"), (&[256, 64], "[512,128]"), (&[512], "[512,512]"), (&[], "[64]")]
        {
            assert_eq!(
                command(feed_forward(hidden, 0.0), 0.0, Remedy::LargerNetwork).unwrap(),
                format!("gapwise train runs/a-1 --set 'network.hidden={larger}'")
            );
        }
    }

    #[test]
    fn regularisation_grows_from_what_is_in_force() {
        let taken = |dropout, l2, remedy| command(feed_forward(&[8], dropout), l2, remedy);
        let train = "gapwise train runs/a-1 --set";
        assert_eq!(taken(0.0, 0.0, Remedy::L2).unwrap(), format!("{train} train.l2=0.0001"));
        assert_eq!(taken(0.0, 1e-4, Remedy::L2).unwrap(), format!("{train} train.l2=0.001"));
        assert_eq!(
            taken(0.2, 0.0, Remedy::Dropout).unwrap(),
            format!("{train} network.dropout=0.4")
        );
        assert_eq!(taken(0.6, 0.0, Remedy::Dropout), None);
    }

    #[test]
    fn dropout_grows_by_the_same_step_in_every_layer() {
        let network = |dropout: &[f64]| NetworkSettings {
            dropout: dropout.to_vec(),
            ..feed_forward(&[512, 8], 0.0)
        };
        let train = "gapwise train runs/a-1 --set";
        let taken = |dropout: &[f64], remedy| command(network(dropout), 0.0, remedy);
        assert_eq!(
            taken(&[0.1, 0.4], Remedy::Dropout).unwrap(),
            format!("{train} 'network.dropout=[0.3,0.6]'")
        );
        assert_eq!(taken(&[0.1, 0.5], Remedy::Dropout), None);
        let lenet = NetworkSettings::new(NetworkKind::Lenet);
        assert_eq!(
            command(lenet, 0.0, Remedy::Dropout).unwrap(),
            format!("{train} network.dropout=0.2")
        );
        assert_eq!(
            taken(&[0.1, 0.4], Remedy::LargerNetwork).unwrap(),
            format!("{train} 'network.hidden=[512,8,512]' --set 'network.dropout=[0.1,0.4,0.4]'")
        );
    }

    #[test]
    fn a_larger_conv_has_twice_the_channels_up_to_1_024() {
        let conv = |channels: &[usize]| NetworkSettings {
            channels: channels.to_vec(),
            ..NetworkSettings::new(NetworkKind::Conv)
        };
        assert_eq!(
            command(conv(&[32, 512]), 0.0, Remedy::LargerNetwork).unwrap(),
            "gapwise train runs/a-1 --set 'network.channels=[64,1024]'"
        );
        assert_eq!(command(conv(&[32, 513]), 0.0, Remedy::LargerNetwork), None);
    }

    #[test]
    fn what_a_command_sets_is_read_back_from_it() {
        let command =
            r"gapwise train 'my runs/it'\''s' --set 'network.hidden=[256]' --set train.l2=1e-3";
        let typed = typed_by(command).unwrap();
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(typed, [pair("network.hidden", "[256]"), pair("train.l2", "0.001")]);
        assert_eq!(typed_by("gapwise evaluate runs/a-1 --test"), None);
    }

    #[test]
    fn paths_with_spaces_are_quoted() {
        assert_eq!(shell_word("runs/a-1"), "runs/a-1");
        assert_eq!(shell_word("my runs/it's"), r"'my runs/it'\''s'");
    }
}
