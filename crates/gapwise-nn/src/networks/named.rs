//! Networks that go by a name in the field, with the sizes that the name stands for.

use super::{
    AlexNetConfig, GoogLeNetConfig, ImageNetworkConfig, ResNetConfig, VggConfig,
    alexnet::AlexNetForm, resnet::BlockKind, vgg::VggHead,
};

/// A network by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// [`AlexNet`](super::AlexNet) in torchvision's form.
    Alexnet,
    /// [`AlexNet`](super::AlexNet) as in 2012, with convolutions in two groups.
    Alexnet2012,
    /// [`Vgg`](super::Vgg) of 11, 13, 16 or 19 layers.
    Vgg(usize),
    /// [`ResNet`](super::ResNet) of so many layers: 18, 34, 50, 101 and 152 are those for ImageNet, 20,
    /// 32, 44, 56 and 110 those for CIFAR-10.
    Resnet(usize),
    /// The same layers without skips: 18, 34, 20, 32, 44, 56 or 110.
    Plain(usize),
    /// [`GoogLeNet`](super::GoogLeNet) with its side branches.
    Inception,
    /// The same without them.
    InceptionNoSides,
}

/// What a network by its name reads and gives, and what is set of it.
#[derive(Debug, Clone, Copy)]
pub struct Fitted<'a> {
    /// Channels, height and width of the image.
    pub image: [usize; 3],
    /// Whether batch normalisation stands behind convolutions that are there without as well.
    pub batch_norm: bool,
    /// Dropout of each place of [`Named::dropouts`].
    pub dropout: &'a [f64],
    /// Logits.
    pub outputs: usize,
}

/// Every name, in the order in which they are listed.
pub const NAMES: [(&str, Named); 25] = [
    ("alexnet", Named::Alexnet),
    ("alexnet2012", Named::Alexnet2012),
    ("vgg11", Named::Vgg(11)),
    ("vgg13", Named::Vgg(13)),
    ("vgg16", Named::Vgg(16)),
    ("vgg19", Named::Vgg(19)),
    ("resnet18", Named::Resnet(18)),
    ("resnet34", Named::Resnet(34)),
    ("resnet50", Named::Resnet(50)),
    ("resnet101", Named::Resnet(101)),
    ("resnet152", Named::Resnet(152)),
    ("resnet20", Named::Resnet(20)),
    ("resnet32", Named::Resnet(32)),
    ("resnet44", Named::Resnet(44)),
    ("resnet56", Named::Resnet(56)),
    ("resnet110", Named::Resnet(110)),
    ("plain18", Named::Plain(18)),
    ("plain34", Named::Plain(34)),
    ("plain20", Named::Plain(20)),
    ("plain32", Named::Plain(32)),
    ("plain44", Named::Plain(44)),
    ("plain56", Named::Plain(56)),
    ("plain110", Named::Plain(110)),
    ("inception", Named::Inception),
    ("inception-no-sides", Named::InceptionNoSides),
];

/// Layers of the ResNets for ImageNet, of those for CIFAR-10 and of VGG, smallest first.
const IMAGENET: [usize; 5] = [18, 34, 50, 101, 152];
const CIFAR: [usize; 5] = [20, 32, 44, 56, 110];
const VGG: [usize; 4] = [11, 13, 16, 19];

/// From this many pixels of a side on, VGG has the dense layers for images of 224×224.
const VGG_LARGE: usize = 64;

impl Named {
    /// The word for it in settings and reports.
    pub fn as_str(self) -> &'static str {
        NAMES.iter().find(|(_, named)| *named == self).map_or("", |(name, _)| name)
    }

    /// The side to which an image of `height` and `width` is resized, or `None` where the network
    /// reads it as it is.
    pub fn side(self, [height, width]: [usize; 2]) -> Option<usize> {
        match self {
            Named::Alexnet | Named::Alexnet2012 => Some(224),
            Named::Vgg(_) if height.min(width) < VGG_LARGE => Some(32),
            Named::Vgg(_) => Some(224),
            // Each pooling needs a window.
            Named::Inception | Named::InceptionNoSides if height.min(width) < 15 => Some(15),
            Named::Resnet(_) | Named::Plain(_) | Named::Inception | Named::InceptionNoSides => None,
        }
    }

    /// The usual dropout of each place that has one: in front of or behind hidden dense layers, in
    /// front of the output and in side branches. As in torchvision.
    pub fn dropouts(self) -> &'static [f64] {
        match self {
            Named::Alexnet | Named::Alexnet2012 | Named::Vgg(_) => &[0.5; 2],
            Named::Resnet(_) | Named::Plain(_) => &[],
            Named::Inception => &[0.2, 0.7],
            Named::InceptionNoSides => &[0.2],
        }
    }

    /// Whether it was made for images of 32×32, as those of CIFAR-10.
    pub fn is_for_small_images(self) -> bool {
        matches!(self, Named::Resnet(layers) | Named::Plain(layers) if CIFAR.contains(&layers))
    }

    /// The next larger network of its family.
    pub fn larger(self) -> Option<Self> {
        self.beside(1)
    }

    /// The next smaller network of its family.
    pub fn smaller(self) -> Option<Self> {
        self.beside(-1)
    }

    fn beside(self, steps: isize) -> Option<Self> {
        let next = |layers: usize| {
            [&IMAGENET[..], &CIFAR, &VGG].into_iter().find_map(|family| {
                let at = family.iter().position(|of| *of == layers)?;
                family.get(at.checked_add_signed(steps)?).copied()
            })
        };
        let beside = match self {
            Named::Vgg(layers) => Named::Vgg(next(layers)?),
            Named::Resnet(layers) => Named::Resnet(next(layers)?),
            Named::Plain(layers) => Named::Plain(next(layers)?),
            _ => return None,
        };
        NAMES.iter().any(|(_, named)| *named == beside).then_some(beside)
    }

    /// Whether batch normalisation is there, or `None` where it may be set.
    pub fn batch_norm(self) -> Option<bool> {
        match self {
            Named::Alexnet | Named::Alexnet2012 => Some(false),
            Named::Vgg(_) => None,
            _ => Some(true),
        }
    }

    /// Its sizes for these images.
    ///
    /// # Panics
    ///
    /// Where `dropout` has not the length of [`Named::dropouts`].
    pub fn config(self, fitted: Fitted<'_>) -> ImageNetworkConfig {
        let Fitted { image: [channels, height, width], batch_norm, dropout, outputs } = fitted;
        let sides = [height, width];
        match self {
            Named::Alexnet | Named::Alexnet2012 => {
                let form = match self {
                    Named::Alexnet => AlexNetForm::Torchvision,
                    _ => AlexNetForm::Grouped,
                };
                let dropout = [dropout[0], dropout[1]];
                ImageNetworkConfig::Alexnet(AlexNetConfig { channels, form, dropout, outputs })
            }
            Named::Vgg(layers) => {
                let convolutions = match layers {
                    11 => [1, 1, 2, 2, 2],
                    13 => [2; 5],
                    16 => [2, 2, 3, 3, 3],
                    _ => [2, 2, 4, 4, 4],
                };
                let head = if height < VGG_LARGE { VggHead::Small } else { VggHead::Large };
                let config = VggConfig::new(convolutions, head, outputs);
                let dropout = [dropout[0], dropout[1]];
                ImageNetworkConfig::Vgg(VggConfig { channels, batch_norm, dropout, ..config })
            }
            Named::Resnet(layers) | Named::Plain(layers) => {
                let imagenet = |kind, blocks| ResNetConfig::imagenet(kind, blocks, outputs);
                let config = match layers {
                    18 => imagenet(BlockKind::Basic, [2; 4]),
                    34 => imagenet(BlockKind::Basic, [3, 4, 6, 3]),
                    50 => imagenet(BlockKind::Bottleneck, [3, 4, 6, 3]),
                    101 => imagenet(BlockKind::Bottleneck, [3, 4, 23, 3]),
                    152 => imagenet(BlockKind::Bottleneck, [3, 8, 36, 3]),
                    layers => ResNetConfig::cifar((layers - 2) / 6, outputs),
                };
                let config = ResNetConfig { channels, sides, ..config };
                ImageNetworkConfig::Resnet(match self {
                    Named::Plain(_) => config.plain(),
                    _ => config,
                })
            }
            Named::Inception | Named::InceptionNoSides => {
                let side_branches = self == Named::Inception;
                let dropout = [dropout[0], dropout.get(1).copied().unwrap_or(0.0)];
                ImageNetworkConfig::Inception(GoogLeNetConfig {
                    channels,
                    sides,
                    side_branches,
                    dropout,
                    outputs,
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Tensor};

    use super::*;
    use crate::{initialise::Initialiser, layers::parameters};

    fn init(name: &str, image: [usize; 3], outputs: usize) -> crate::networks::ImageNetwork {
        let (_, named) = NAMES.into_iter().find(|(of, _)| *of == name).unwrap();
        let dropout = named.dropouts();
        let fitted = Fitted { image, batch_norm: false, dropout, outputs };
        named.config(fitted).init(&mut Initialiser::blank(&Device::flex()))
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
        for (name, named) in NAMES {
            for of in [[28, 30], [9, 5]] {
                let [height, width] = named.side(of).map_or(of, |side| [side; 2]);
                let images = Tensor::ones([1, 1, height, width], &Device::flex());
                let logits = init(name, [1, height, width], 3).forward(images);
                assert_eq!(logits.dims(), [1, 3], "{name}, {of:?}");
            }
        }
    }
}
