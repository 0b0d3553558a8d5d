//! Transfer learning: a network begins with weights that were learned on other data.
//!
//! The layers in front keep what they learned, the head is new. Stages that are frozen answer as in
//! evaluation, so that batch normalisation keeps its statistics; the others learn on, more slowly than
//! the head.
//!
//! **Source**: the notes, "Transfer learning".

mod begin;
mod features;
mod fine_tuning;
mod foreign;
mod network;

use gapwise_data::images::ImageEncoder;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    export::{INPUT_DEVIATION, INPUT_MEAN},
    weights::WeightFile,
};

pub use begin::{TransferRecord, UnfitWeights, listed};
pub use features::Features;
pub use fine_tuning::FineTuning;
pub use foreign::foreign_network;
pub use network::{Recognised, network_of};

pub(crate) use begin::{begin, channels};
pub(crate) use fine_tuning::{Keeping, freezing, keeping};

/// Which stages of a network are not trained.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Freeze {
    /// None of them.
    #[default]
    Nothing,
    /// All of them: only the head learns.
    AllButHead,
    /// Those up to and with the stage of this name.
    Through(String),
}

impl Freeze {
    /// The word for it in settings and reports.
    pub fn as_str(&self) -> &str {
        match self {
            Freeze::Nothing => "none",
            Freeze::AllButHead => "head-only",
            Freeze::Through(stage) => stage,
        }
    }

    /// How many of these stages it freezes; `None` where it names none of them.
    pub fn frozen(&self, stages: &[String]) -> Option<usize> {
        match self {
            Freeze::Nothing => Some(0),
            Freeze::AllButHead => Some(stages.len()),
            Freeze::Through(name) => {
                stages.iter().position(|stage| stage == name).map(|place| place + 1)
            }
        }
    }

    /// What suits so many training examples of so many classes, by their mean (notes: with little data the earlier layers
    /// are frozen, with much the entire network is trained again).
    pub fn by_rule(examples: usize, classes: usize) -> Self {
        match examples < MANY * classes {
            true => Freeze::AllButHead,
            false => Freeze::Nothing,
        }
    }
}

/// From this many training examples of a class on, all layers are trained. The notes give no number;
/// `benchmarks/transfer.sh` finds that layers which learn on, at a tenth of the head's rate, do better than
/// frozen ones with 20 examples of a class and with 5.
pub const MANY: usize = 5;

impl Serialize for Freeze {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Freeze {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match String::deserialize(deserializer)?.as_str() {
            "none" => Freeze::Nothing,
            "head-only" => Freeze::AllButHead,
            stage => Freeze::Through(stage.to_owned()),
        })
    }
}

/// Weights to begin with.
#[derive(Debug, Clone)]
pub struct Pretrained<'a> {
    /// The tensors.
    pub file: &'a WeightFile,
    /// How their network's images were normalised, where that is known.
    pub normalisation: Option<Normalisation>,
    /// Which stages are not trained.
    pub freeze: &'a Freeze,
    /// Bytes that the frozen stages' answers may take in memory; where they take more, they are
    /// computed anew for each batch.
    pub memory: u64,
}

/// Mean and deviation of each channel of pixels divided by 255.
#[derive(Debug, Clone, PartialEq)]
pub struct Normalisation {
    /// Of each channel.
    pub mean: Vec<f32>,
    /// Of each channel, above 0.
    pub deviation: Vec<f32>,
}

impl Normalisation {
    /// That of torchvision's weights: the mean and deviation of ImageNet's red, green and blue.
    pub fn imagenet() -> Self {
        let (mean, deviation) = (vec![0.485, 0.456, 0.406], vec![0.229, 0.224, 0.225]);
        Normalisation { mean, deviation }
    }

    /// The same for images whose values go up to `range`, as a share of white, instead of up to white.
    #[must_use]
    pub fn of_range(self, range: f32) -> Self {
        let times = |values: Vec<f32>| values.into_iter().map(|value| value * range).collect();
        Normalisation { mean: times(self.mean), deviation: times(self.deviation) }
    }

    /// That which the header of a file of [`crate::export::state_dict`] says, where it says one that can
    /// be.
    pub fn of_file(file: &WeightFile) -> Option<Self> {
        let of = |key| serde_json::from_str::<Vec<f32>>(file.about(key)?).ok();
        let (mean, deviation) = (of(INPUT_MEAN)?, of(INPUT_DEVIATION)?);
        let can_be = mean.iter().all(|mean| mean.is_finite())
            && deviation.iter().all(|deviation| deviation.is_finite() && *deviation > 0.0)
            && mean.len() == deviation.len();
        can_be.then_some(Normalisation { mean, deviation })
    }

    /// That of an encoder.
    pub fn of(encoder: &ImageEncoder) -> Self {
        Normalisation { mean: encoder.mean.clone(), deviation: encoder.deviation.clone() }
    }
}
