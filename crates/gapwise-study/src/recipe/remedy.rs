//! Every remedy of the notes: its name, its reason, the rung it moves.

use serde::{Deserialize, Serialize};

use super::Cost;
use crate::diagnosis::{GapKind, RungKind};

/// One thing that can be done about a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Remedy {
    /// More hidden units or layers.
    LargerNetwork,
    /// More epochs.
    TrainLonger,
    /// A learning rate found by a range test.
    LearningRate,
    /// An optimiser that gets further in as many updates.
    BetterOptimiser,
    /// Batch normalisation.
    BatchNormalisation,
    /// One more hidden layer.
    DeeperNetwork,
    /// Another course of the learning rate.
    LearningRateDecay,
    /// The optimiser's own parameters.
    OptimiserParameters,
    /// First weights that let gradients through.
    Initialisation,
    /// A bound on gradients that explode.
    ClipGradient,
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
    /// Data augmentation: random crops.
    Augmentation,
    /// Data augmentation: mirrored images, where they keep their labels.
    Mirror,
    /// Data augmentation: images turned by small angles, where they keep their labels.
    Rotation,
    /// Decoupled weight decay.
    WeightDecay,
    /// Weights averaged over updates.
    AveragedWeights,
    /// Stopping once validation gets worse; moves two rungs.
    EarlyStopping,
    /// Fewer hidden units or filters, for a constraint on what the network costs.
    SmallerNetwork,
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
    ///
    /// **Source.** The notes' "basic recipe" and "methods for reducing bias" and "variance". What
    /// they call better optimisation and hyper-parameter search is in the order of their "hyper-
    /// parameter tuning": the learning rate, hidden units, layers and decay, the optimiser's own
    /// parameters; for low variance, regularisation first.
    ///
    /// **Differs from the source.** Where gradients vanish or explode, mending that comes first of
    /// all: neither size nor time helps layers that do not learn.
    pub fn closing(gap: GapKind) -> &'static [Remedy] {
        match gap {
            // "train bigger network; train longer/use better optimization algorithm; change
            // network architecture/hyper-parameter search"
            GapKind::AvoidableBias => &[
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
                Remedy::Search,
            ],
            // "get more data; regularization (L2, dropout, data augmentation); change network
            // architecture/hyper-parameter search"
            GapKind::Variance => &[
                Remedy::MoreTrainingData,
                Remedy::L2,
                Remedy::Dropout,
                Remedy::Augmentation,
                Remedy::Mirror,
                Remedy::Rotation,
                Remedy::WeightDecay,
                Remedy::AveragedWeights,
                Remedy::EarlyStopping,
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
        matches!(
            self,
            Remedy::OtherNetwork
                | Remedy::MoreTrainingData
                | Remedy::ErrorAnalysis
                | Remedy::CollectTrainingLikeValidation
                | Remedy::SynthesiseTraining
                | Remedy::MoreValidationData
                | Remedy::MoreTestData
                | Remedy::MoreTrainValidationData
                | Remedy::ScoreMoreTraining
                | Remedy::MoreHumanAnswers
                | Remedy::HumanLevel
                | Remedy::OpenTest
                | Remedy::DefinePractice
        )
    }

    /// Whether it is for what the network costs, rather than for a gap.
    pub fn is_for_constraints(self) -> bool {
        self == Remedy::SmallerNetwork
    }

    /// Whether it makes the network cost more: not proposed while it costs too much already.
    pub fn grows(self) -> bool {
        matches!(self, Remedy::LargerNetwork | Remedy::DeeperNetwork | Remedy::OtherNetwork)
    }

    /// The rung it moves; both where it moves two and so is not orthogonal.
    pub fn moves(self) -> &'static str {
        match self {
            Remedy::LargerNetwork
            | Remedy::TrainLonger
            | Remedy::LearningRate
            | Remedy::BetterOptimiser
            | Remedy::BatchNormalisation
            | Remedy::DeeperNetwork
            | Remedy::LearningRateDecay
            | Remedy::OptimiserParameters
            | Remedy::Initialisation
            | Remedy::ClipGradient => "fit train",
            Remedy::OtherNetwork
            | Remedy::Search
            | Remedy::EarlyStopping
            | Remedy::SmallerNetwork => "fit train and fit validation",
            Remedy::MoreTrainingData
            | Remedy::L2
            | Remedy::Dropout
            | Remedy::Augmentation
            | Remedy::Mirror
            | Remedy::Rotation
            | Remedy::WeightDecay
            | Remedy::AveragedWeights
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
#[derive(Debug, Clone, PartialEq)]
pub struct TakenBy {
    /// The command, as it can be typed.
    pub command: String,
    /// What it changes: "`train.epochs` from 30 to 60".
    pub change: String,
    /// What it costs in time, where that is known.
    pub cost: Option<Cost>,
}

/// What a run has a command for. The recipe knows no network: whoever trained it says here what its
/// settings can do.
pub trait Remedies {
    /// The command that takes this remedy; `None` where there is none. A remedy without a command
    /// that no person can take [by hand](Remedy::by_hand) is left out of the steps.
    fn command(&self, remedy: Remedy) -> Option<TakenBy>;

    /// Whether a person can take a remedy that has no command.
    fn by_hand(&self, remedy: Remedy) -> bool {
        remedy.by_hand()
    }
}

/// A network that another program trained: every remedy, none with a command.
#[derive(Debug, Clone, Copy, Default)]
pub struct OtherProgram;

impl Remedies for OtherProgram {
    fn command(&self, _remedy: Remedy) -> Option<TakenBy> {
        None
    }

    /// In that program, all but what is for gradients that vanish or explode: of these its table
    /// says nothing.
    fn by_hand(&self, remedy: Remedy) -> bool {
        !matches!(remedy, Remedy::Initialisation | Remedy::ClipGradient)
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
