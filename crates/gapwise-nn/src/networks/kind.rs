//! Which networks there are to choose from, by their names, and which suits data.

use std::fmt;

use gapwise_data::{Inputs, wording::counted};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{
    PRESETS, conv, feed_forward, lenet,
    preset::{Preset, Settable, TrainingDefaults},
    small_conv,
};
use crate::layers::BatchNormPlace;

/// A network by its name, by the notes' rule: rows → feed-forward, images → convolutional.
#[derive(Clone, Copy)]
pub struct NetworkKind(pub(super) &'static Preset);

/// Colour images from which on `conv` suits.
const ENOUGH: usize = 100;

impl NetworkKind {
    /// `feed-forward`: dense layers; without hidden layers, the linear baseline.
    pub const FEED_FORWARD: Self = NetworkKind(&feed_forward::PRESETS[0]);
    /// `lenet`: LeNet, for images; those of another size than 28×28 are resized to 32×32.
    pub const LENET: Self = NetworkKind(&lenet::PRESETS[0]);
    /// `small-conv`: two 3×3 convolutions, for images under 20 pixels.
    pub const SMALL_CONV: Self = NetworkKind(&small_conv::PRESETS[0]);
    /// `conv`: a stack of 3×3 convolutions and dense layers as set, for images.
    pub const CONV: Self = NetworkKind(&conv::PRESETS[0]);

    /// The word for it in settings and reports.
    pub fn as_str(self) -> &'static str {
        self.0.name
    }

    /// Every kind, in the order in which they are listed.
    pub fn all() -> impl Iterator<Item = Self> {
        PRESETS.iter().copied().flatten().map(NetworkKind)
    }

    /// The kind of this word.
    pub fn of(word: &str) -> Option<Self> {
        Self::all().find(|kind| kind.as_str() == word)
    }

    /// What may be set of its shape.
    pub fn settable(self) -> Settable {
        self.0.settable
    }

    /// Whether it is as its paper has it, but for dropout and batch normalisation.
    pub fn is_as_published(self) -> bool {
        self.settable() == Settable::AsPublished
    }

    /// Whether it has hidden dense layers to set.
    pub fn has_hidden(self) -> bool {
        self.settable() >= Settable::Hidden
    }

    /// Whether it has convolutions to set.
    pub fn has_channels(self) -> bool {
        self.settable() >= Settable::Convolutions
    }

    /// How many places have a dropout of their own, given the hidden dense layers that are set.
    pub fn dense_layers(self, hidden: &[usize]) -> usize {
        self.0.dropouts(hidden).len()
    }

    /// Whether batch normalisation is there, or `None` where it may be set.
    pub fn fixed_batch_norm(self) -> Option<bool> {
        self.0.fixed_batch_norm.then_some(self.0.batch_norm != BatchNormPlace::Off)
    }

    /// What it is trained with by default.
    pub fn training(self) -> TrainingDefaults {
        self.0.training
    }

    /// The image that it was made for: channels, height and width.
    pub fn usual_image(self) -> [usize; 3] {
        self.0.image
    }

    /// Classes of the data that it was made for.
    pub fn usual_classes(self) -> usize {
        self.0.classes
    }

    /// The next larger network of its family, where that goes by a name.
    pub fn larger(self) -> Option<Self> {
        self.beside(1)
    }

    /// The next smaller network of its family, where that goes by a name.
    pub fn smaller(self) -> Option<Self> {
        self.beside(-1)
    }

    fn beside(self, steps: isize) -> Option<Self> {
        let family = self.0.family;
        let at = family.iter().position(|name| *name == self.as_str())?;
        Self::of(family.get(at.checked_add_signed(steps)?)?)
    }

    /// The kind that suits these inputs, and why (notes, "When to use deep learning").
    pub fn suiting(inputs: &Inputs) -> (Self, String) {
        match inputs {
            Inputs::Table(_) => {
                (NetworkKind::FEED_FORWARD, "rows have no spatial or sequential structure".into())
            }
            Inputs::Images(images) if images.height < 20 || images.width < 20 => (
                NetworkKind::SMALL_CONV,
                format!("images of {}×{} are under 20 pixels", images.height, images.width),
            ),
            // Of a thousand colour images of CIFAR-10, `conv` gets 49.5 % of validation wrong, LeNet
            // 64.5 %.
            Inputs::Images(images) if images.channels > 1 && images.len() >= ENOUGH => (
                NetworkKind::CONV,
                format!(
                    "{} of {}×{} have more to see than LeNet does",
                    counted(images.len(), "colour image"),
                    images.height,
                    images.width
                ),
            ),
            Inputs::Images(images) if images.channels > 1 => (
                NetworkKind::LENET,
                format!(
                    "{} of {}×{} are too few for a larger network",
                    counted(images.len(), "colour image"),
                    images.height,
                    images.width
                ),
            ),
            Inputs::Images(images) => (
                NetworkKind::LENET,
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
        (self.0.sides)(sides)
    }

    /// Pixels that a side of an image has at least.
    pub fn least_side(self) -> usize {
        self.0.least_side
    }

    /// Whether it can read these inputs.
    pub fn reads(self, inputs: &Inputs) -> bool {
        match inputs {
            Inputs::Table(_) => self.0.reads_rows,
            Inputs::Images(images) => images.height.min(images.width) >= self.0.least_side,
        }
    }
}

impl PartialEq for NetworkKind {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for NetworkKind {}

impl fmt::Debug for NetworkKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
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

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Tensor};

    use super::*;
    use crate::{
        initialise::Initialiser,
        layers::parameters,
        networks::{ImageNetwork, NetworkSettings},
    };

    fn init(name: &str, image: [usize; 3], outputs: usize) -> ImageNetwork {
        let settings = NetworkSettings::new(NetworkKind::of(name).unwrap());
        let sizes = settings.for_resized_images(image, outputs);
        sizes.init(&mut Initialiser::blank(&Device::flex()))
    }

    #[test]
    fn names_stand_for_the_published_numbers_of_parameters() {
        // Torchvision's at 1,000 classes; He et al., table 6, in round numbers, for CIFAR-10.
        for (name, count) in [
            ("alexnet", 61_100_840),
            ("vgg11", 132_863_336),
            ("vgg13", 133_047_848),
            ("vgg16", 138_357_544),
            ("vgg19", 143_667_240),
            ("resnet18", 11_689_512),
            ("resnet34", 21_797_672),
            ("resnet50", 25_557_032),
            ("resnet101", 44_549_160),
            ("resnet152", 60_192_808),
            ("inception", 13_004_888),
            ("inception-no-sides", 6_624_904),
        ] {
            assert_eq!(parameters(&init(name, [3, 224, 224], 1_000)), count, "{name}");
        }
        for (name, millions) in [
            ("resnet20", 0.27),
            ("resnet32", 0.46),
            ("resnet44", 0.66),
            ("resnet56", 0.85),
            ("resnet110", 1.7),
            ("plain56", 0.85),
        ] {
            let count = parameters(&init(name, [3, 32, 32], 10)) as f64 / 1e6;
            assert!((count - millions).abs() < 0.04, "{name}: {count}");
        }
    }

    #[test]
    fn every_network_reads_small_images_and_grey_ones() {
        for kind in NetworkKind::all() {
            let name = kind.as_str();
            for of in [[28, 30], [9, 5]] {
                let [height, width] = kind.sides(of);
                let images = Tensor::ones([1, 1, height, width], &Device::flex());
                let logits = init(name, [1, height, width], 3).forward(images);
                assert_eq!(logits.dims(), [1, 3], "{name}, {of:?}");
            }
        }
    }
}
