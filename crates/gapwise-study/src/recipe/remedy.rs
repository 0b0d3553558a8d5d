//! Every remedy of the notes: its name, its reason, the rung it moves.

use serde::{Deserialize, Serialize};

use crate::diagnosis::{GapKind, RungKind};

/// One thing that can be done about a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Remedy {
    /// More hidden units or layers.
    LargerNetwork,
    /// More epochs.
    TrainLonger,
    /// An optimiser that gets further in as many steps, or its learning rate.
    BetterOptimiser,
    /// Another architecture.
    OtherNetwork,
    /// Random search over the settings.
    Search,
    /// More examples of the training kind.
    MoreTrainingData,
    /// L2 regularisation.
    L2,
    /// Dropout.
    Dropout,
    /// Data augmentation.
    Augmentation,
    /// Reading through mistakes on validation to see what differs from train.
    ErrorAnalysis,
    /// Training examples that are like those of validation.
    CollectTrainingLikeValidation,
    /// Training examples made to look like those of validation.
    SynthesiseTraining,
    /// More validation examples.
    MoreValidationData,
    /// More test examples.
    MoreTestData,
    /// More train-validation examples.
    MoreTrainValidationData,
    /// Scoring more of the training examples.
    ScoreMoreTraining,
    /// More answers of people.
    MoreHumanAnswers,
    /// Saying what people reach.
    HumanLevel,
    /// Scoring the test examples.
    OpenTest,
    /// Asking whether metric and validation stand for the use that the network is for.
    DefinePractice,
}

impl Remedy {
    /// What closes a gap, in the order of the notes.
    pub fn closing(gap: GapKind) -> &'static [Remedy] {
        match gap {
            // "train bigger network; train longer/use better optimization algorithm; change
            // network architecture/hyper-parameter search"
            GapKind::AvoidableBias => &[
                Remedy::LargerNetwork,
                Remedy::TrainLonger,
                Remedy::BetterOptimiser,
                Remedy::OtherNetwork,
                Remedy::Search,
            ],
            // "get more data; regularization (L2, dropout, data augmentation); change network
            // architecture/hyper-parameter search"
            GapKind::Variance => &[
                Remedy::MoreTrainingData,
                Remedy::L2,
                Remedy::Dropout,
                Remedy::Augmentation,
                Remedy::OtherNetwork,
                Remedy::Search,
            ],
            // "manual error analysis; make training data more similar, or collect more data
            // similar to the validation/test set; artificial data synthesis"
            GapKind::Mismatch => &[
                Remedy::ErrorAnalysis,
                Remedy::CollectTrainingLikeValidation,
                Remedy::SynthesiseTraining,
            ],
            GapKind::ValidationOverfitted => &[Remedy::MoreValidationData],
        }
    }

    /// What brings more examples to a rung.
    pub fn enlarging(rung: RungKind) -> Remedy {
        match rung {
            RungKind::Human => Remedy::MoreHumanAnswers,
            RungKind::Train => Remedy::ScoreMoreTraining,
            RungKind::TrainValidation => Remedy::MoreTrainValidationData,
            RungKind::Validation => Remedy::MoreValidationData,
            RungKind::Test => Remedy::MoreTestData,
        }
    }

    /// Whether a person can take it without any command of this program.
    pub fn by_hand(self) -> bool {
        !matches!(
            self,
            Remedy::LargerNetwork
                | Remedy::TrainLonger
                | Remedy::BetterOptimiser
                | Remedy::Search
                | Remedy::L2
                | Remedy::Dropout
                | Remedy::Augmentation
        )
    }

    /// What to do, in a few words.
    pub fn what(self) -> &'static str {
        match self {
            Remedy::LargerNetwork => "train a larger network",
            Remedy::TrainLonger => "train longer",
            Remedy::BetterOptimiser => "use a better optimiser or learning rate",
            Remedy::OtherNetwork => "try another network architecture",
            Remedy::Search => "search over the settings",
            Remedy::MoreTrainingData => "collect more training examples",
            Remedy::L2 => "add L2 regularisation",
            Remedy::Dropout => "add dropout",
            Remedy::Augmentation => "augment the training examples",
            Remedy::ErrorAnalysis => "go through about 100 mistakes on validation",
            Remedy::CollectTrainingLikeValidation => {
                "collect training examples that are like validation"
            }
            Remedy::SynthesiseTraining => "synthesise training examples that are like validation",
            Remedy::MoreValidationData => "get more validation examples",
            Remedy::MoreTestData => "get more test examples",
            Remedy::MoreTrainValidationData => "hold out more of the training source",
            Remedy::ScoreMoreTraining => "score more of the training examples",
            Remedy::MoreHumanAnswers => "have people answer more examples",
            Remedy::HumanLevel => "say what error people make, or what is possible",
            Remedy::OpenTest => "open the test set",
            Remedy::DefinePractice => "define what practice needs",
        }
    }

    /// Why it can help, without figures.
    pub(super) fn why(self) -> &'static str {
        match self {
            Remedy::LargerNetwork => "a larger network can fit the training examples better",
            Remedy::TrainLonger => "more updates can fit the training examples better",
            Remedy::BetterOptimiser => {
                "another optimiser or rate can get further in as many updates"
            }
            Remedy::OtherNetwork => "another architecture can suit the data better",
            Remedy::Search => "the settings in force are one choice among many",
            Remedy::MoreTrainingData => "with more examples there is less to learn by heart",
            Remedy::L2 => "smaller weights follow chance in the training examples less",
            Remedy::Dropout => "a network that cannot rely on single units spreads its weights",
            Remedy::Augmentation => "changed copies stand in for examples that are not there",
            Remedy::ErrorAnalysis => "the mistakes show how validation differs from train",
            Remedy::CollectTrainingLikeValidation => {
                "the network has to see what it will be judged on"
            }
            Remedy::SynthesiseTraining => {
                "made examples stand in for those not there, if few noises are not reused too often"
            }
            Remedy::MoreValidationData => "choices on more validation examples follow chance less",
            Remedy::MoreTestData
            | Remedy::MoreTrainValidationData
            | Remedy::ScoreMoreTraining
            | Remedy::MoreHumanAnswers => "more examples make the interval narrower",
            Remedy::HumanLevel => "avoidable bias is the train error less what people reach",
            Remedy::OpenTest => "validation was used to choose, so its error flatters the network",
            Remedy::DefinePractice => {
                "what is left is whether the metric and validation stand for the network's use"
            }
        }
    }

    /// The rung it moves; both where it moves two and so is not orthogonal.
    pub fn moves(self) -> &'static str {
        match self {
            Remedy::LargerNetwork | Remedy::TrainLonger | Remedy::BetterOptimiser => "fit train",
            Remedy::OtherNetwork | Remedy::Search => "fit train and fit validation",
            Remedy::MoreTrainingData
            | Remedy::L2
            | Remedy::Dropout
            | Remedy::Augmentation
            | Remedy::ErrorAnalysis
            | Remedy::CollectTrainingLikeValidation
            | Remedy::SynthesiseTraining => "fit validation",
            Remedy::MoreValidationData => "fit test",
            Remedy::MoreTestData
            | Remedy::MoreTrainValidationData
            | Remedy::ScoreMoreTraining
            | Remedy::MoreHumanAnswers
            | Remedy::HumanLevel
            | Remedy::OpenTest => "none: it measures",
            Remedy::DefinePractice => "work in practice",
        }
    }
}

/// How a run takes a remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenBy {
    /// The command, as it can be typed.
    pub command: String,
    /// What it changes: "`train.epochs` from 30 to 60".
    pub change: String,
}

/// What a run has a command for. The recipe knows no network: whoever trained it says here what its
/// settings can do.
pub trait Remedies {
    /// The command that takes this remedy; `None` where there is none. A remedy without a command
    /// that no person can take [by hand](Remedy::by_hand) is left out of the steps.
    fn command(&self, remedy: Remedy) -> Option<TakenBy>;

    /// Whether another program trained the network, so that every remedy is taken by hand, in that
    /// program.
    fn by_another_program(&self) -> bool {
        false
    }
}

/// A network that another program trained: every remedy, none with a command.
#[derive(Debug, Clone, Copy, Default)]
pub struct OtherProgram;

impl Remedies for OtherProgram {
    fn command(&self, _remedy: Remedy) -> Option<TakenBy> {
        None
    }

    fn by_another_program(&self) -> bool {
        true
    }
}

/// A run without any command: only what a person can do by hand is left.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoCommands;

impl Remedies for NoCommands {
    fn command(&self, _remedy: Remedy) -> Option<TakenBy> {
        None
    }
}
