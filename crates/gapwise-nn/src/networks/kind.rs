//! Which networks there are to choose from, and which suits data.

use gapwise_data::{Inputs, wording::counted};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Named, lenet::LeNetSide, named::NAMES};

/// Kinds of network, by the notes' rule: rows → feed-forward, images → convolutional.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkKind {
    /// Dense layers; without hidden layers, the linear baseline.
    FeedForward,
    /// LeNet, for images; those of another size than 28×28 are resized to 32×32.
    Lenet,
    /// Two 3×3 convolutions, for images under 20 pixels.
    SmallConv,
    /// A stack of 3×3 convolutions and dense layers as set, for images.
    Conv,
    /// A network that goes by a name in the field, for images.
    Named(Named),
}

/// Colour images from which on `conv` suits.
const ENOUGH: usize = 100;

/// Kinds that are no [`Named`].
const OWN: [NetworkKind; 4] =
    [NetworkKind::FeedForward, NetworkKind::Lenet, NetworkKind::SmallConv, NetworkKind::Conv];

impl NetworkKind {
    /// The word for it in settings and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            NetworkKind::FeedForward => "feed-forward",
            NetworkKind::Lenet => "lenet",
            NetworkKind::SmallConv => "small-conv",
            NetworkKind::Conv => "conv",
            NetworkKind::Named(named) => named.as_str(),
        }
    }

    /// Every kind.
    pub fn all() -> impl Iterator<Item = Self> {
        let named = NAMES.iter().map(|(_, named)| NetworkKind::Named(*named));
        OWN.into_iter().chain(named)
    }

    /// The kind of this word.
    pub fn of(word: &str) -> Option<Self> {
        Self::all().find(|kind| kind.as_str() == word)
    }

    /// Whether it has hidden dense layers to set.
    pub fn has_hidden(self) -> bool {
        matches!(self, NetworkKind::FeedForward | NetworkKind::Conv)
    }

    /// Whether it has convolutions to set.
    pub fn has_channels(self) -> bool {
        self == NetworkKind::Conv
    }

    /// How many places have a dropout of their own, given the hidden dense layers that are set:
    /// one behind each of those, and for named networks as [`Named::dropouts`].
    pub fn dense_layers(self, hidden: &[usize]) -> usize {
        match self {
            NetworkKind::FeedForward | NetworkKind::Conv => hidden.len(),
            NetworkKind::Lenet => 2,
            NetworkKind::SmallConv => 1,
            NetworkKind::Named(named) => named.dropouts().len(),
        }
    }

    /// The kind that suits these inputs, and why (notes, "When to use deep learning").
    pub fn suiting(inputs: &Inputs) -> (Self, String) {
        match inputs {
            Inputs::Table(_) => {
                (NetworkKind::FeedForward, "rows have no spatial or sequential structure".into())
            }
            Inputs::Images(images) if images.height < 20 || images.width < 20 => (
                NetworkKind::SmallConv,
                format!("images of {}×{} are under 20 pixels", images.height, images.width),
            ),
            // Of a thousand colour images of CIFAR-10, `conv` gets 49.5 % of validation wrong, LeNet
            // 64.5 %.
            Inputs::Images(images) if images.channels > 1 && images.len() >= ENOUGH => (
                NetworkKind::Conv,
                format!(
                    "{} of {}×{} have more to see than LeNet does",
                    counted(images.len(), "colour image"),
                    images.height,
                    images.width
                ),
            ),
            Inputs::Images(images) if images.channels > 1 => (
                NetworkKind::Lenet,
                format!(
                    "{} of {}×{} are too few for a larger network",
                    counted(images.len(), "colour image"),
                    images.height,
                    images.width
                ),
            ),
            Inputs::Images(images) => (
                NetworkKind::Lenet,
                format!(
                    "{} of {}×{} have spatial structure, and LeNet sees it",
                    counted(images.len(), "grey image"),
                    images.height,
                    images.width
                ),
            ),
        }
    }

    /// Height and width at which it reads images of this height and width.
    pub fn sides(self, sides: [usize; 2]) -> [usize; 2] {
        match self {
            NetworkKind::Lenet => [LeNetSide::suiting(sides[0], sides[1]).pixels(); 2],
            NetworkKind::Named(named) => named.side(sides).map_or(sides, |side| [side; 2]),
            NetworkKind::FeedForward | NetworkKind::SmallConv | NetworkKind::Conv => sides,
        }
    }

    /// Whether it can read these inputs.
    pub fn reads(self, inputs: &Inputs) -> bool {
        match inputs {
            Inputs::Table(_) => self == NetworkKind::FeedForward,
            Inputs::Images(images) => {
                self != NetworkKind::SmallConv || (images.height >= 2 && images.width >= 2)
            }
        }
    }
}

impl Serialize for NetworkKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for NetworkKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        Self::of(&word).ok_or_else(|| {
            let words: Vec<String> =
                Self::all().map(|kind| format!("`{}`", kind.as_str())).collect();
            de::Error::custom(format!(
                "unknown variant `{word}`, expected one of {}",
                words.join(", ")
            ))
        })
    }
}
