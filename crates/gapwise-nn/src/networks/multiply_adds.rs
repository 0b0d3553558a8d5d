//! Multiply-adds: how much a network computes for one example, counted from its shapes.
//!
//! Counted is every product of a weight and a value, with its sum: inputs · outputs of a dense
//! layer, k² · channels in · channels out · height out · width out of a convolution. Biases,
//! activations, pooling, batch normalisation and embeddings, which are looked up, are not: next to
//! the products they are few. The count is exact, and the same on every machine.

use super::{FeedForwardConfig, ImageNetworkConfig, NetworkSizes, layers::multiply_adds};

impl FeedForwardConfig {
    /// Multiply-adds for one example.
    pub fn multiply_adds(&self) -> usize {
        multiply_adds(&self.description().layers())
    }
}

impl ImageNetworkConfig {
    /// Multiply-adds for one example, without side branches, which do not answer.
    pub fn multiply_adds(&self) -> usize {
        multiply_adds(&self.layers())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        layers::NormActivation,
        networks::{
            AlexNetConfig, ConvConfig, InceptionConfig, LeNetConfig, ResNetConfig, SmallConvConfig,
            VggConfig,
            alexnet::AlexNetForm,
            description::Description,
            lenet::LeNetSide,
            resnet::{BlockKind, Skip},
            vgg::VggHead,
        },
    };

    fn cost(sizes: &dyn NetworkSizes) -> usize {
        multiply_adds(&sizes.description().layers())
    }

    #[test]
    fn a_dense_layer_multiplies_every_input_with_every_unit() {
        let config = FeedForwardConfig {
            features: 3,
            embeddings: vec![(5, 2), (7, 4)],
            hidden: vec![10, 6],
            norm_activation: NormActivation::default(),
            dropout: vec![0.0; 2],
            input_dropout: 0.0,
            outputs: 4,
        };
        // Inputs 3 + 2 + 4 = 9: 9·10 + 10·6 + 6·4.
        assert_eq!(cost(&config), 90 + 60 + 24);
        let linear = FeedForwardConfig { hidden: vec![], ..config };
        assert_eq!(linear.multiply_adds(), 9 * 4);
    }

    #[test]
    fn lenet_has_the_416_520_of_its_table() {
        // 28·28·25·1·6 = 117,600; 10·10·25·6·16 = 240,000; 400·120 = 48,000; 120·84 = 10,080;
        // 84·10 = 840. Padded images of 28×28 leave the same shapes.
        for side in [LeNetSide::Padded28, LeNetSide::Whole32] {
            let config = LeNetConfig {
                channels: 1,
                side,
                norm_activation: NormActivation::default(),
                dropout: [0.0; 2],
                input_dropout: 0.0,
                outputs: 10,
            };
            assert_eq!(cost(&config), 117_600 + 240_000 + 48_000 + 10_080 + 840);
        }
    }

    #[test]
    fn a_small_conv_is_counted_by_hand() {
        let config = SmallConvConfig {
            channels: 1,
            height: 8,
            width: 9,
            norm_activation: NormActivation::default(),
            dropout: 0.3,
            input_dropout: 0.0,
            outputs: 10,
        };
        // 72 places: 72·9·16 = 10,368 and 72·9·16·32 = 331,776; pooled to 4·4·32 = 512:
        // 512·64 = 32,768; 64·10 = 640.
        assert_eq!(cost(&config), 10_368 + 331_776 + 32_768 + 640);
    }

    #[test]
    fn a_conv_is_halved_by_each_pooling_until_a_side_is_one_pixel() {
        let config = ConvConfig {
            channels: 3,
            height: 5,
            width: 4,
            filters: vec![2, 4, 8],
            filter_sides: Vec::new(),
            pools: Vec::new(),
            hidden: vec![16],
            norm_activation: NormActivation::default(),
            dropout: vec![0.0],
            input_dropout: 0.0,
            outputs: 2,
        };
        // 5×4: 20·9·3·2 = 1,080; pooled to 2×2: 4·9·2·4 = 288; to 1×1: 9·4·8 = 288, which is not
        // pooled; dense 8·16 = 128 and 16·2 = 32.
        assert_eq!(cost(&config), 1_080 + 288 + 288 + 128 + 32);
    }

    #[test]
    fn resnets_are_counted_by_hand() {
        // Stem 112·112·49·3·64 = 118,013,952. Stage 1, 56×56: four of 3,136·9·64·64 = 115,605,504.
        // Each later stage: a first of half as much, 57,802,752, three of 115,605,504, and a
        // projection of 28·28·64·128 = 6,422,528. Dense 512·1,000.
        let stage = 57_802_752 + 3 * 115_605_504 + 6_422_528;
        let resnet18 = ResNetConfig::imagenet(BlockKind::Basic, [2; 4], 1_000);
        let count = 118_013_952 + 4 * 115_605_504 + 3 * stage + 512_000;
        assert_eq!(cost(&resnet18), count);
        // Stem 1,024·27·16 = 442,368. Stage 1: six of 1,024·9·16·16 = 2,359,296. Two stages with a
        // first of 1,179,648, five of 2,359,296 and a projection of 256·16·32 = 131,072. 64·10.
        let stage = 1_179_648 + 5 * 2_359_296 + 131_072;
        let resnet20 = ResNetConfig { skip: Skip::Projected, ..ResNetConfig::cifar(3, 10) };
        let count = 442_368 + 6 * 2_359_296 + 2 * stage + 640;
        assert_eq!(cost(&resnet20), count);
        assert_eq!(cost(&resnet20.plain()), count - 2 * 131_072);
    }

    #[test]
    fn vgg_alexnet_and_inception_are_counted_by_hand() {
        // 32×32: 1,024·27·64 + 256·9·64·128 + 64·9·128·256 + 64·9·256·256 + 16·9·256·512
        // + 16·9·512·512 + 2 · 4·9·512·512 + 512·10.
        let count = 1_769_472
            + 18_874_368
            + 18_874_368
            + 37_748_736
            + 18_874_368
            + 37_748_736
            + 2 * 9_437_184
            + 5_120;
        assert_eq!(cost(&VggConfig::vgg11(VggHead::Small, 10)), count);
        // 3,025·363·64 + 729·25·64·192 + 169 · (9·192·384 + 9·384·256 + 9·256·256)
        // + 9,216·4,096 + 4,096·4,096 + 4,096·1,000.
        let convolutions = 70_276_800 + 223_948_800 + 169 * (663_552 + 884_736 + 589_824);
        let form = AlexNetForm::Torchvision;
        let alexnet = AlexNetConfig { channels: 3, form, dropout: [0.5; 2], outputs: 1_000 };
        assert_eq!(cost(&alexnet), convolutions + 37_748_736 + 16_777_216 + 4_096_000);
        let module = Description {
            input: [192, 28, 28],
            stages: Vec::new(),
            head: vec![InceptionConfig::module_3a().part("3a", "3a")],
        };
        // Every weight of 3a at each of 784 places.
        assert_eq!(multiply_adds(&module.layers()), 784 * 163_328);
    }
}
