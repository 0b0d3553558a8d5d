//! What torchvision calls the parameters of the networks that it has.
//!
//! **Source**: the modules of torchvision 0.29, whose names have been the same since their first
//! weights were published.

use gapwise_data::wording::counted;

use super::{ImageNetworkConfig, description::Description};

impl ImageNetworkConfig {
    /// Torchvision's name for the parameter that is stored under `path` (`stem.conv.weight`), or
    /// `None` where torchvision has no such network or parameter.
    pub fn torchvision(&self, path: &str) -> Option<String> {
        self.parameter_index().torchvision(path)
    }

    /// How it differs from torchvision's network of the same names, which then does not take its weights: a
    /// sentence each. Nothing where torchvision has no such network.
    pub fn differs_from_torchvision(&self) -> Vec<String> {
        self.sizes().differs_from_torchvision()
    }
}

impl Description {
    /// Where torchvision's network reads other images: all of its read colour.
    pub(crate) fn other_channels(&self) -> Option<String> {
        let (sizes, place) = self.first_convolution()?;
        let first = counted(sizes.channels, "channel");
        let differs = place.torchvision.is_some() && sizes.channels != 3;
        differs.then(|| format!("its first convolution reads {first}, torchvision's 3"))
    }
}
