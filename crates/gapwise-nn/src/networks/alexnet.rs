//! AlexNet: the network that made deep convolutional networks the way to read images.
//!
//! **Source**: Krizhevsky, Sutskever & Hinton 2012, "ImageNet classification with deep
//! convolutional neural networks", and torchvision's form, which is that of Krizhevsky 2014, "One
//! weird trick for parallelizing convolutional neural networks".
//!
//! **Differs from the source**: images are of 224×224, as the paper says and unlike 227×227, which its
//! sizes need, with a padding of 2 in conv1. Dropout stands in front of both hidden dense layers, as in
//! torchvision, and is off unless it is set.
//!
//! | layer | output | in 2012's form |
//! |---|---|---|
//! | input | `[batch, channels, 224, 224]` | |
//! | conv1: 64 filters of 11×11, stride 4, padding 2, ReLU | `[batch, 64, 55, 55]` | 96 filters, responses normalised |
//! | max pool 3×3, stride 2 | `[batch, 64, 27, 27]` | |
//! | conv2: 192 filters of 5×5, padding 2, ReLU | `[batch, 192, 27, 27]` | 256 in two groups, responses normalised |
//! | max pool 3×3, stride 2 | `[batch, 192, 13, 13]` | |
//! | conv3: 384 filters of 3×3, padding 1, ReLU | `[batch, 384, 13, 13]` | |
//! | conv4: 256 filters of 3×3, padding 1, ReLU | `[batch, 256, 13, 13]` | 384 in two groups |
//! | conv5: 256 filters of 3×3, padding 1, ReLU | `[batch, 256, 13, 13]` | in two groups |
//! | max pool 3×3, stride 2 | `[batch, 256, 6, 6]` | |
//! | dropout, dense 9,216 → 4,096, ReLU | `[batch, 4096]` | |
//! | dropout, dense 4,096 → 4,096, ReLU | `[batch, 4096]` | |
//! | dense 4,096 → outputs | `[batch, outputs]` | |
//!
//! Responses are normalised as x / (2 + 1e-4 · Σ x²)^¾, with the sum over five neighbouring channels.

use burn::{
    module::Module,
    nn::{Linear, LocalResponseNorm, LocalResponseNormConfig, pool::MaxPool2d},
    tensor::Tensor,
};
use gapwise_kernels::{Activation as Function, dense, pooling};
use serde::{Deserialize, Serialize};

use super::{
    ImageNetworkConfig, NetworkSizes, Signal, SizeCheck, Staged,
    description::{Description, Part, Stage, Windows},
    preset::{NetworkRequest, Preset, TrainingDefaults, UsualDropout},
};
use crate::{
    initialise::{Followed, Initialiser},
    layers::{BatchNormPlace, ConvBlock, ConvBlockConfig, Dropout, NormActivation},
};

pub(super) const PRESETS: &[Preset] = &[
    preset("alexnet", |request| AlexNetForm::Torchvision.for_request(request)),
    preset("alexnet2012", |request| AlexNetForm::Grouped.for_request(request)),
];

const fn preset(
    name: &'static str,
    sizes: fn(&NetworkRequest<'_>) -> ImageNetworkConfig,
) -> Preset {
    Preset {
        dropout: UsualDropout::Places(&[0.5; 2]),
        batch_norm: BatchNormPlace::Off,
        sides: |_| [SIDE; 2],
        training: TrainingDefaults::DEEP_WITHOUT_NORM,
        ..Preset::as_published(name, sizes)
    }
}

impl AlexNetForm {
    fn for_request(self, request: &NetworkRequest<'_>) -> ImageNetworkConfig {
        let (channels, outputs) = (request.image[0], request.outputs);
        let dropout = [0, 1].map(|at| request.dropout(at));
        AlexNetConfig { channels, form: self, dropout, outputs }.into()
    }
}

/// Units of the dense layers, from what the last pooling leaves: 256·6·6 values.
const DENSE: [usize; 3] = [9_216, 4_096, 4_096];
/// Pixels of a side of the image.
const SIDE: usize = 224;
/// Those of all three poolings.
const POOL: Windows = Windows::new(3, 2);

/// The sizes of an [`AlexNet`], which reads images of 224×224.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlexNetConfig {
    /// Channels of the image: 1 for grey, 3 for colour.
    pub channels: usize,
    /// Whose form it has.
    pub form: AlexNetForm,
    /// Probability that a value in front of each hidden dense layer is dropped in training, in [0, 1).
    pub dropout: [f64; 2],
    /// Logits.
    pub outputs: usize,
}

/// Which [`AlexNet`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AlexNetForm {
    /// Torchvision's.
    Torchvision,
    /// That of 2012, for two GPUs, of which each sees half of the channels in three convolutions.
    Grouped,
}

impl AlexNetConfig {
    /// The convolutions, first to last.
    fn convolutions(&self) -> [ConvBlockConfig; 5] {
        let ([first, second, third, fourth, fifth], groups) = match self.form {
            AlexNetForm::Torchvision => ([64, 192, 384, 256, 256], 1),
            AlexNetForm::Grouped => ([96, 256, 384, 384, 256], 2),
        };
        [
            ConvBlockConfig::new([self.channels, first], 11).with_stride(4).with_padding(2),
            ConvBlockConfig::new([first, second], 5).with_groups(groups),
            ConvBlockConfig::new([second, third], 3),
            ConvBlockConfig::new([third, fourth], 3).with_groups(groups),
            ConvBlockConfig::new([fourth, fifth], 3).with_groups(groups),
        ]
    }

    /// How responses are normalised, where they are.
    fn response(&self) -> Option<LocalResponseNormConfig> {
        // The engine divides α by the number of channels.
        let response = LocalResponseNormConfig::new(5).with_alpha(5e-4).with_beta(0.75).with_k(2.0);
        (self.form == AlexNetForm::Grouped).then_some(response)
    }

    /// A network of this shape with initial weights.
    pub fn init(&self, initialiser: &mut Initialiser) -> AlexNet {
        let [conv1, conv2, conv3, conv4, conv5] =
            self.convolutions().map(|conv| conv.init(initialiser));
        let followed = Followed::By(NormActivation::default());
        AlexNet {
            conv1,
            conv2,
            conv3,
            conv4,
            conv5,
            pool: POOL.max(),
            response: self.response().map(|response| response.init()),
            dropouts: self.dropout.map(Dropout::new),
            dense1: initialiser.linear(DENSE[0], DENSE[1], followed),
            dense2: initialiser.linear(DENSE[1], DENSE[2], followed),
            output: initialiser.linear(DENSE[2], self.outputs, Followed::ByNothing),
        }
    }
}

/// AlexNet.
#[derive(Module, Debug)]
pub struct AlexNet {
    conv1: ConvBlock,
    conv2: ConvBlock,
    conv3: ConvBlock,
    conv4: ConvBlock,
    conv5: ConvBlock,
    pool: MaxPool2d,
    response: Option<LocalResponseNorm>,
    dropouts: [Dropout; 2],
    dense1: Linear,
    dense2: Linear,
    output: Linear,
}

impl NetworkSizes for AlexNetConfig {
    fn description(&self) -> Description {
        let by_torchvision =
            ["features.0", "features.3", "features.6", "features.8", "features.10"];
        let convolutions = self.convolutions().into_iter().zip(by_torchvision).enumerate();
        let mut stages: Vec<Stage> = convolutions
            .map(|(at, (conv, theirs))| {
                let name = format!("conv{}", at + 1);
                let conv = Part::conv_block(&name, &name, conv).by_torchvision(theirs);
                let norm = self.response().filter(|_| at < 2).map(Part::response_norm);
                let pool = [0, 1, 4].contains(&at).then(|| Part::max_pool(POOL));
                Stage::new(&name, [Some(conv), norm, pool].into_iter().flatten().collect())
            })
            .collect();
        for (name, theirs) in [("dense1", "classifier.1"), ("dense2", "classifier.4")] {
            let dense = Part::dense(name, name, DENSE[1], NormActivation::default());
            stages.push(Stage::new(name, vec![dense.by_torchvision(theirs)]));
        }
        let output = Part::output("output", self.outputs).by_torchvision("classifier.6");
        Description { input: [self.channels, SIDE, SIDE], stages, head: vec![output] }
    }

    fn differs_from_torchvision(&self) -> Vec<String> {
        let groups = "its filters are in two groups, as in the paper of 2012".to_owned();
        let groups = (self.form == AlexNetForm::Grouped).then_some(groups);
        groups.into_iter().chain(self.description().other_channels()).collect()
    }

    fn check(&self) -> SizeCheck {
        SizeCheck {
            dropouts: self.dropout.to_vec(),
            largest: self.outputs.max(self.channels).saturating_mul(64),
            ..SizeCheck::of_image([self.channels, SIDE, SIDE], self.outputs)
        }
    }
}

impl AlexNet {
    /// Logits of a batch of images `[batch, channels, 224, 224]`.
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        self.forward_from(0, images.into())
    }

    /// With responses normalised where the form has it.
    fn normalised(&self, x: Tensor<4>) -> Tensor<4> {
        match &self.response {
            Some(response) => response.forward(x),
            None => x,
        }
    }
}

impl Staged for AlexNet {
    fn stages(&self) -> usize {
        7
    }

    fn stage(&self, at: usize, x: Signal) -> Signal {
        match at {
            0 => {
                let x = self.normalised(self.conv1.forward(x.images())); // [batch, 64, 55, 55]
                pooling::max(&self.pool, x).into() // [batch, 64, 27, 27]
            }
            1 => {
                let x = self.normalised(self.conv2.forward(x.images())); // [batch, 192, 27, 27]
                pooling::max(&self.pool, x).into() // [batch, 192, 13, 13]
            }
            2 => self.conv3.forward(x.images()).into(), // [batch, 384, 13, 13]
            3 => self.conv4.forward(x.images()).into(), // [batch, 256, 13, 13]
            4 => {
                let x = self.conv5.forward(x.images()); // [batch, 256, 13, 13]
                pooling::max(&self.pool, x).into() // [batch, 256, 6, 6]
            }
            5 => {
                let x = self.dropouts[0].forward(x.units()); // [batch, 9216]
                dense::forward(&self.dense1, x, Function::Relu).into() // [batch, 4096]
            }
            6 => {
                let x = self.dropouts[1].forward(x.units());
                dense::forward(&self.dense2, x, Function::Relu).into() // [batch, 4096]
            }
            _ => dense::forward(&self.output, x.units(), Function::None).into(), // [batch, outputs]
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    fn alexnet(form: AlexNetForm, outputs: usize) -> AlexNet {
        AlexNetConfig { channels: 3, form, dropout: [0.0; 2], outputs }
            .init(&mut Initialiser::blank(&Device::flex()))
    }

    #[test]
    fn it_has_the_61_100_840_parameters_of_torchvision() {
        // 11·11·3·64 + 64 = 23,296; 5·5·64·192 + 192 = 307,392; 3·3·192·384 + 384 = 663,936;
        // 3·3·384·256 + 256 = 884,992; 3·3·256·256 + 256 = 590,080; 9,216·4,096 + 4,096 = 37,752,832;
        // 4,096·4,096 + 4,096 = 16,781,312; 4,096·1,000 + 1,000 = 4,097,000.
        let convolutions = 23_296 + 307_392 + 663_936 + 884_992 + 590_080;
        let count = convolutions + 37_752_832 + 16_781_312 + 4_097_000;
        assert_eq!(count, 61_100_840);
        assert_eq!(alexnet(AlexNetForm::Torchvision, 1_000).num_params(), count);
    }

    #[test]
    fn the_form_of_2012_has_60_965_224_parameters() {
        // 11·11·3·96 + 96 = 34,944; 5·5·48·256 + 256 = 307,456; 3·3·256·384 + 384 = 885,120;
        // 3·3·192·384 + 384 = 663,936; 3·3·192·256 + 256 = 442,624; dense as above.
        let convolutions = 34_944 + 307_456 + 885_120 + 663_936 + 442_624;
        let count = convolutions + 37_752_832 + 16_781_312 + 4_097_000;
        assert_eq!(count, 60_965_224);
        let network = alexnet(AlexNetForm::Grouped, 1_000);
        assert_eq!(network.num_params(), count);
        let images = Tensor::<4>::ones([2, 3, 224, 224], &Device::flex());
        assert_eq!(network.forward(images).dims(), [2, 1_000]);
    }

    #[test]
    fn responses_are_normalised_by_their_neighbours() {
        // Of channels 0, 0, 100, 0, 0, 0: 100 / (2 + 1e-4 · 10,000)^¾ = 100 / 3^¾ = 43.869.
        let network = alexnet(AlexNetForm::Grouped, 2);
        let x = Tensor::<4>::from_data([[[[0.0]], [[0.0]], [[100.0]], [[0.0]]]], &Device::flex());
        let found: Vec<f32> = network.normalised(x).into_data().try_to_vec().unwrap();
        assert!((found[2] - 43.869).abs() < 1e-3 && found[1] == 0.0, "{found:?}");
    }

    #[test]
    fn shapes_are_those_of_the_table() {
        let network = alexnet(AlexNetForm::Torchvision, 7);
        let images = Tensor::<4>::ones([2, 3, 224, 224], &Device::flex());
        let pool = |x| pooling::max(&network.pool, x);
        let x = network.conv1.forward(images.clone());
        assert_eq!(x.dims(), [2, 64, 55, 55]);
        let x = pool(x);
        assert_eq!(x.dims(), [2, 64, 27, 27]);
        let x = network.conv2.forward(x);
        assert_eq!(x.dims(), [2, 192, 27, 27]);
        let x = pool(x);
        assert_eq!(x.dims(), [2, 192, 13, 13]);
        let x = network.conv3.forward(x);
        assert_eq!(x.dims(), [2, 384, 13, 13]);
        let x = network.conv4.forward(x);
        assert_eq!(x.dims(), [2, 256, 13, 13]);
        let x = network.conv5.forward(x);
        assert_eq!(x.dims(), [2, 256, 13, 13]);
        assert_eq!(pool(x).dims(), [2, 256, 6, 6]);
        assert_eq!(network.forward(images).dims(), [2, 7]);
    }
}
