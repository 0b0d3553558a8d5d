//! What is known of a network by its name, before there is any data. A network's file has one for
//! each name.

use super::{ImageNetworkConfig, NetworkSettings};
use crate::{layers::BatchNormPlace, train::EpochRule};

/// A network by its name.
#[derive(Debug)]
pub(crate) struct Preset {
    /// The word for it in settings and reports.
    pub(crate) name: &'static str,
    /// What of its shape may be set.
    pub(crate) settable: Settable,
    /// Dropout where none is set.
    pub(crate) dropout: UsualDropout,
    /// Where batch normalisation stands unless it is set.
    pub(crate) batch_norm: BatchNormPlace,
    /// Whether it stands there whatever is set.
    pub(crate) fixed_batch_norm: bool,
    /// Height and width at which it reads images of this height and width.
    pub(crate) sides: fn([usize; 2]) -> [usize; 2],
    /// Pixels of a side of the image, at least.
    pub(crate) least_side: usize,
    /// Whether it reads rows of a table.
    pub(crate) reads_rows: bool,
    /// The image that it was made for: channels, height and width.
    pub(crate) image: [usize; 3],
    /// Classes of the data that it was made for.
    pub(crate) classes: usize,
    /// Its sizes.
    pub(crate) sizes: fn(&NetworkRequest<'_>) -> ImageNetworkConfig,
    /// The names of its family, smallest first, where its sizes cannot be set otherwise.
    pub(crate) family: &'static [&'static str],
    /// What it is trained with by default.
    pub(crate) training: TrainingDefaults,
}

/// A network that is asked for, whose images are of a size that it reads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NetworkRequest<'a> {
    /// What is set of it.
    pub(crate) settings: &'a NetworkSettings,
    /// Channels, height and width of the image.
    pub(crate) image: [usize; 3],
    /// Logits.
    pub(crate) outputs: usize,
}

impl NetworkRequest<'_> {
    /// Dropout of place `at`, from 0; none where there is no such place.
    pub(crate) fn dropout(&self, at: usize) -> f64 {
        self.settings.dropout.get(at).copied().unwrap_or(0.0)
    }
}

/// What may be set of a network's shape, each with all in front of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Settable {
    /// Dropout, and batch normalisation where it is not fixed: it is as its paper has it.
    AsPublished,
    /// Activation, batch normalisation and dropout of the input.
    Layers,
    /// Hidden dense layers.
    Hidden,
    /// Convolutions.
    Convolutions,
}

/// Dropout where none is set.
#[derive(Debug, Clone, Copy)]
pub(crate) enum UsualDropout {
    /// This of each hidden dense layer that is set.
    OfHidden(f64),
    /// That of each place which has one: in front of or behind hidden dense layers, in front of the
    /// output and in side branches.
    Places(&'static [f64]),
}

/// What a network is trained with by default, chosen on validation of the examples in BENCHMARKS.md.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrainingDefaults {
    /// Epochs where a batch holds all examples.
    pub whole: EpochRule,
    /// Epochs with mini-batches.
    pub mini: EpochRule,
    /// Adam's learning rate where a batch holds all examples: one step an epoch, so the steps are
    /// few.
    pub whole_rate: f64,
    /// Adam's learning rate for mini-batches.
    pub mini_rate: f64,
}

impl TrainingDefaults {
    /// Of networks that convolve. Small steps on mini-batches are more of them than large ones on all
    /// images.
    pub(crate) const CONVOLUTIONAL: Self = TrainingDefaults {
        whole: EpochRule { steps: 100, least: 15 },
        mini: EpochRule { steps: 1_000, least: 15 },
        whole_rate: 6e-3,
        mini_rate: 1e-3,
    };

    /// Of deep networks with batch normalisation.
    pub(crate) const DEEP: Self = TrainingDefaults { whole_rate: 3e-3, ..Self::CONVOLUTIONAL };

    /// Of deep networks without: larger steps end with units that never answer again.
    pub(crate) const DEEP_WITHOUT_NORM: Self =
        TrainingDefaults { whole_rate: 3e-4, mini_rate: 1e-4, ..Self::CONVOLUTIONAL };
}

impl Preset {
    /// Dropout where none is set, given the hidden dense layers that are set.
    pub(crate) fn dropouts(&self, hidden: &[usize]) -> Vec<f64> {
        match self.dropout {
            UsualDropout::OfHidden(dropout) => vec![dropout; hidden.len()],
            UsualDropout::Places(places) => places.to_vec(),
        }
    }

    /// A network for ImageNet's images and classes that is as published, with batch normalisation
    /// behind every convolution, and reads images of any size.
    pub(crate) const fn as_published(
        name: &'static str,
        sizes: fn(&NetworkRequest<'_>) -> ImageNetworkConfig,
    ) -> Self {
        Preset {
            name,
            settable: Settable::AsPublished,
            dropout: UsualDropout::Places(&[]),
            batch_norm: BatchNormPlace::BeforeActivation,
            fixed_batch_norm: true,
            sides: |sides| sides,
            least_side: 1,
            reads_rows: false,
            image: [3, 224, 224],
            classes: 1_000,
            sizes,
            family: &[],
            training: TrainingDefaults::DEEP,
        }
    }
}
