//! The words of each remedy.

use super::Remedy;

impl Remedy {
    /// What to do, in a few words.
    pub fn what(self) -> &'static str {
        match self {
            Remedy::LargerNetwork => "train a larger network",
            Remedy::TrainLonger => "train longer",
            Remedy::LearningRate => "find a better learning rate",
            Remedy::BetterOptimiser => "use another optimiser",
            Remedy::BatchNormalisation => "turn batch normalisation on",
            Remedy::DeeperNetwork => "add a hidden layer",
            Remedy::LearningRateDecay => "let the learning rate fall otherwise",
            Remedy::OptimiserParameters => "change the optimiser's own parameters",
            Remedy::Initialisation => "draw initial weights that let gradients through",
            Remedy::ClipGradient => "clip the gradient",
            Remedy::OtherNetwork => "try another network architecture",
            Remedy::Search => "search over the settings",
            Remedy::MoreTrainingData => "collect more training examples",
            Remedy::L2 => "add L2 regularisation",
            Remedy::Dropout => "add dropout",
            Remedy::Augmentation => "augment the training examples by random crops",
            Remedy::Mirror => "augment the training examples by mirrored ones",
            Remedy::Rotation => "augment the training examples by rotated ones",
            Remedy::WeightDecay => "add weight decay",
            Remedy::AveragedWeights => "average the weights over updates",
            Remedy::EarlyStopping => "stop once validation gets worse",
            Remedy::SmallerNetwork => "train a smaller network",
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
            Remedy::LearningRate => "the learning rate matters most of all settings",
            Remedy::BetterOptimiser => "another optimiser can get further in as many updates",
            Remedy::BatchNormalisation => "layers learn faster where their sums keep their scale",
            Remedy::DeeperNetwork => "a deeper network needs far fewer units for some functions",
            Remedy::LearningRateDecay => "large steps first and small ones last can settle lower",
            Remedy::OptimiserParameters => {
                "after rate, units, layers and decay, these are what is left to tune"
            }
            Remedy::Initialisation => "layers whose gradients vanish or explode do not learn",
            Remedy::ClipGradient => "one step along an exploding gradient undoes many others",
            Remedy::OtherNetwork => "another architecture can suit the data better",
            Remedy::Search => "the settings in force are one choice among many",
            Remedy::MoreTrainingData => "with more examples there is less to learn by heart",
            Remedy::L2 => "smaller weights follow chance in the training examples less",
            Remedy::Dropout => "a network that cannot rely on single units spreads its weights",
            Remedy::Augmentation => "changed copies stand in for examples that are not there",
            Remedy::Mirror => {
                "where a mirrored image keeps its label, which only a person knows, it stands in \
                 for another example"
            }
            Remedy::Rotation => {
                "where an image that is turned a little keeps its label, which only a person knows, \
                 it stands in for another example"
            }
            Remedy::WeightDecay => "weights that shrink at every update follow chance less",
            Remedy::AveragedWeights => "the average over many updates follows the last ones less",
            Remedy::EarlyStopping => {
                "training ends before the network learns its examples by heart; it moves two rungs \
                 at once, so it comes after what moves one"
            }
            Remedy::SmallerNetwork => "a network that breaks a constraint is not one to choose",
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
}
