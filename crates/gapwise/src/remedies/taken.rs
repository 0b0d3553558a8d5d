//! Which remedy a step was.

use gapwise_study::{
    compare::Change,
    recipe::{Remedies, Remedy},
};

use super::{
    RunRemedies,
    size::{MOST_LAYERS, WIDEST},
    typed_by,
    variance::{MOST_DECAY, MOST_DROPOUT, MOST_L2},
};

/// Every remedy that a run may have a training command for.
const TRAINS: [Remedy; 20] = [
    Remedy::Initialisation,
    Remedy::ClipGradient,
    Remedy::LargerNetwork,
    Remedy::TrainLonger,
    Remedy::LearningRate,
    Remedy::BetterOptimiser,
    Remedy::BatchNormalisation,
    Remedy::DeeperNetwork,
    Remedy::LearningRateDecay,
    Remedy::OptimiserParameters,
    Remedy::OtherNetwork,
    Remedy::SmallerNetwork,
    Remedy::L2,
    Remedy::Dropout,
    Remedy::Augmentation,
    Remedy::Mirror,
    Remedy::Rotation,
    Remedy::WeightDecay,
    Remedy::AveragedWeights,
    Remedy::EarlyStopping,
];

impl RunRemedies {
    /// Every remedy that this run has a training command for, with the command.
    pub(crate) fn all(&self) -> impl Iterator<Item = (Remedy, String)> {
        TRAINS.into_iter().filter_map(|remedy| Some((remedy, self.command(remedy)?.command)))
    }

    /// The remedy that a step from this run was: the one whose command was typed, or one whose
    /// setting alone was changed, at a size that the recipe would propose.
    pub(crate) fn taken_by(
        &self,
        typed: &[(String, String)],
        changes: &[Change],
    ) -> Option<Remedy> {
        let printed = |command: &str| typed_by(command).is_some_and(|printed| printed == typed);
        let by_command = self.all().find(|(_, command)| printed(command));
        by_command.map(|(remedy, _)| remedy).or_else(|| of_changes(changes))
    }
}

/// The remedy whose setting was changed, and no other; the learning rate goes with any, and so do
/// settings that another one brings along or takes away.
fn of_changes(changes: &[Change]) -> Option<Remedy> {
    let own = |change: &&Change| {
        change.key != "train.learning_rate" && change.from.is_some() && change.to.is_some()
    };
    let mut changes = changes.iter().filter(own);
    let (Some(change), None) = (changes.next(), changes.next()) else { return None };
    let (from, to) = (change.from.as_deref()?, change.to.as_deref()?);
    let more = |most: f64| match (from.parse::<f64>(), to.parse::<f64>()) {
        (Ok(from), Ok(to)) => to > from && to <= most,
        _ => false,
    };
    match change.key.as_str() {
        "train.l2" if more(MOST_L2) => Some(Remedy::L2),
        "train.weight_decay" if more(MOST_DECAY) => Some(Remedy::WeightDecay),
        "network.dropout" if more(MOST_DROPOUT) => Some(Remedy::Dropout),
        "train.epochs" if more(f64::INFINITY) => Some(Remedy::TrainLonger),
        "train.patience" if from == "0" => Some(Remedy::EarlyStopping),
        "train.average" if from == "0" => Some(Remedy::AveragedWeights),
        "augment.mirror" if to == "true" => Some(Remedy::Mirror),
        "network.batch_norm" if from == "off" => Some(Remedy::BatchNormalisation),
        "train.optimiser" => Some(Remedy::BetterOptimiser),
        "network.hidden" => of_hidden(&sizes(from)?, &sizes(to)?),
        _ => None,
    }
}

/// The remedy that other hidden layers are, where they are within what the recipe proposes.
fn of_hidden(from: &[usize], to: &[usize]) -> Option<Remedy> {
    let sensible = to.len() <= MOST_LAYERS && to.iter().all(|units| *units <= WIDEST);
    let wider = to.len() == from.len() && to.iter().sum::<usize>() > from.iter().sum();
    match to.len() > from.len() {
        _ if !sensible => None,
        true if from.is_empty() || from.first() == Some(&WIDEST) => Some(Remedy::LargerNetwork),
        true => Some(Remedy::DeeperNetwork),
        false => wider.then_some(Remedy::LargerNetwork),
    }
}

/// The sizes in `[256, 64]`.
fn sizes(list: &str) -> Option<Vec<usize>> {
    let within = list.strip_prefix('[')?.strip_suffix(']')?;
    let sizes = within.split(',').map(str::trim).filter(|size| !size.is_empty());
    sizes.map(|size| size.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(key: &str, from: &str, to: &str) -> Change {
        let [from, to] = [from, to].map(|value| Some(value.to_owned()));
        Change { key: key.to_owned(), from, to, moves: Vec::new(), known_as: None }
    }

    #[test]
    fn a_step_by_hand_is_a_remedy_where_its_size_is_one_that_the_recipe_would_propose() {
        for (key, from, to, remedy) in [
            ("train.l2", "0", "0.003", Some(Remedy::L2)),
            ("train.l2", "0", "1", None),
            ("train.l2", "0.01", "0.001", None),
            ("network.dropout", "0", "0.5", Some(Remedy::Dropout)),
            ("network.hidden", "[128]", "[200]", Some(Remedy::LargerNetwork)),
            ("network.hidden", "[512]", "[512, 512]", Some(Remedy::LargerNetwork)),
            ("network.hidden", "[128]", "[128, 64]", Some(Remedy::DeeperNetwork)),
            ("network.hidden", "[128]", "[4096]", None),
            ("network.hidden", "[128]", "[64]", None),
            ("network.batch_norm", "off", "before-activation", Some(Remedy::BatchNormalisation)),
        ] {
            let with_rate = [change(key, from, to), change("train.learning_rate", "0.01", "0.005")];
            assert_eq!(of_changes(&with_rate), remedy, "{key} from {from} to {to}");
        }
        let beta = Change { to: None, ..change("train.beta1", "0.9", "0.9") };
        let optimiser = [change("train.optimiser", "adam", "momentum"), beta];
        assert_eq!(of_changes(&optimiser), Some(Remedy::BetterOptimiser));
        let two = [change("train.l2", "0", "0.001"), change("train.epochs", "10", "20")];
        assert_eq!(of_changes(&two), None, "two at once are neither");
    }
}
