//! What torchvision calls the parameters of the networks that it has.
//!
//! **Source**: the modules of torchvision 0.29, whose names have been the same since their first
//! weights were published.

use gapwise_data::wording::counted;

use super::{
    ImageNetworkConfig, VggConfig, alexnet::AlexNetForm, resnet::ResNetForm, vgg::VggHead,
};

impl ImageNetworkConfig {
    /// Torchvision's name for the parameter that is stored under `path` (`stem.conv.weight`), or
    /// `None` where torchvision has no such network or parameter.
    pub fn torchvision(&self, path: &str) -> Option<String> {
        let (layer, of) = path.rsplit_once('.')?;
        let parts: Vec<&str> = layer.split('.').collect();
        let layer = match self {
            Self::Alexnet(_) => alexnet(&parts),
            Self::Vgg(config) => vgg(config, &parts),
            Self::Resnet(config) if config.form == ResNetForm::Imagenet => resnet(&parts),
            Self::Inception(_) => googlenet(&parts),
            _ => None,
        }?;
        Some(format!("{layer}.{of}"))
    }

    /// How it differs from torchvision's network of the same names, which then does not take its weights: a
    /// sentence each. Nothing where torchvision has no such network.
    pub fn differs_from_torchvision(&self) -> Vec<String> {
        let (channels, small) = match self {
            Self::Alexnet(config) => (config.channels, false),
            Self::Vgg(config) => (config.channels, config.head == VggHead::Small),
            Self::Resnet(config) if config.form == ResNetForm::Imagenet => (config.channels, false),
            Self::Inception(config) => (config.channels, false),
            _ => return Vec::new(),
        };
        let mut differs = Vec::new();
        if matches!(self, Self::Alexnet(config) if config.form == AlexNetForm::Grouped) {
            differs.push("its filters are in two groups, as in the paper of 2012".into());
        }
        if channels != 3 {
            let first = counted(channels, "channel");
            differs.push(format!("its first convolution reads {first}, torchvision's 3"));
        }
        if small {
            differs
                .push("it has one dense layer for images this small, torchvision's three".into());
        }
        differs
    }
}

fn alexnet(parts: &[&str]) -> Option<String> {
    let name = match parts {
        ["conv1", "conv"] => "features.0",
        ["conv2", "conv"] => "features.3",
        ["conv3", "conv"] => "features.6",
        ["conv4", "conv"] => "features.8",
        ["conv5", "conv"] => "features.10",
        ["dense1"] => "classifier.1",
        ["dense2"] => "classifier.4",
        ["output"] => "classifier.6",
        _ => return None,
    };
    Some(name.into())
}

fn vgg(config: &VggConfig, parts: &[&str]) -> Option<String> {
    match parts {
        ["blocks", block, conv, kind] => {
            let (block, conv): (usize, usize) = (block.parse().ok()?, conv.parse().ok()?);
            // A convolution, its batch normalisation and its ReLU; a pooling behind each block.
            let each = if config.batch_norm { 3 } else { 2 };
            let before: usize =
                config.blocks.get(..block)?.iter().map(|convs| each * convs.len() + 1).sum();
            let place = before + each * conv + usize::from(*kind == "norm");
            Some(format!("features.{place}"))
        }
        ["hidden", at] => Some(format!("classifier.{}", 3 * at.parse::<usize>().ok()?)),
        ["output"] => Some("classifier.6".into()),
        _ => None,
    }
}

fn resnet(parts: &[&str]) -> Option<String> {
    let next = |at: &str| at.parse::<usize>().ok().map(|at| at + 1);
    match parts {
        ["stem", "conv"] => Some("conv1".into()),
        ["stem", "norm"] => Some("bn1".into()),
        ["output"] => Some("fc".into()),
        ["stages", stage, block, rest @ ..] => {
            let inner = match rest {
                ["convs", at, "conv"] => format!("conv{}", next(at)?),
                ["convs", at, "norm"] => format!("bn{}", next(at)?),
                ["projection", "conv"] => "downsample.0".into(),
                ["projection", "norm"] => "downsample.1".into(),
                _ => return None,
            };
            Some(format!("layer{}.{block}.{inner}", next(stage)?))
        }
        _ => None,
    }
}

fn googlenet(parts: &[&str]) -> Option<String> {
    let inner = |kind: &str| match kind {
        "conv" => Some("conv"),
        "norm" => Some("bn"),
        _ => None,
    };
    match parts {
        [conv @ ("conv1" | "conv2" | "conv3"), kind] => Some(format!("{conv}.{}", inner(kind)?)),
        ["modules", at, branch, kind] => {
            let branch = match *branch {
                "one" => "branch1",
                "to_three" => "branch2.0",
                "three" => "branch2.1",
                "to_five" => "branch3.0",
                "five" => "branch3.1",
                "pooled" => "branch4.1",
                _ => return None,
            };
            let module = super::googlenet::NAMES.get(at.parse::<usize>().ok()?)?;
            Some(format!("inception{module}.{branch}.{}", inner(kind)?))
        }
        ["output"] => Some("fc".into()),
        ["sides", at, rest @ ..] => {
            let layer = match rest {
                ["conv", kind] => format!("conv.{}", inner(kind)?),
                ["hidden"] => "fc1".into(),
                ["output"] => "fc2".into(),
                _ => return None,
            };
            Some(format!("aux{}.{layer}", at.parse::<usize>().ok()? + 1))
        }
        _ => None,
    }
}
