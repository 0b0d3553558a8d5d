//! Multiply-adds: how much a network computes for one example, counted from its shapes.
//!
//! Counted is every product of a weight and a value, with its sum: inputs · outputs of a dense
//! layer, k² · channels in · channels out · height out · width out of a convolution. Biases,
//! activations, pooling, batch normalisation and embeddings, which are looked up, are not: next to
//! the products they are few. The count is exact, and the same on every machine.

use super::{
    ConvConfig, FeedForwardConfig, ImageNetworkConfig, LeNetConfig, SmallConvConfig, lenet,
    small_conv,
};

/// A convolution whose output has the size `[height, width]`.
fn convolution(kernel: usize, channels: [usize; 2], [height, width]: [usize; 2]) -> usize {
    let weights = (kernel * kernel).saturating_mul(channels[0]).saturating_mul(channels[1]);
    weights.saturating_mul(height).saturating_mul(width)
}

/// Dense layers of these sizes, from the input to the output.
fn dense(sizes: &[usize]) -> usize {
    let layers = sizes.windows(2).map(|pair| pair[0].saturating_mul(pair[1]));
    layers.fold(0, usize::saturating_add)
}

impl FeedForwardConfig {
    /// Multiply-adds for one example.
    pub fn multiply_adds(&self) -> usize {
        dense(&[&[self.inputs()], &self.hidden[..], &[self.outputs]].concat())
    }
}

impl LeNetConfig {
    /// Multiply-adds for one example.
    pub fn multiply_adds(&self) -> usize {
        let [first, second] = lenet::FILTERS;
        convolution(5, [self.channels, first], [28, 28])
            + convolution(5, [first, second], [10, 10])
            + dense(&[second * 5 * 5, 120, 84, self.outputs])
    }
}

impl SmallConvConfig {
    /// Multiply-adds for one example.
    pub fn multiply_adds(&self) -> usize {
        let [first, second] = small_conv::FILTERS;
        let size = [self.height, self.width];
        let convolutions =
            convolution(3, [self.channels, first], size) + convolution(3, [first, second], size);
        convolutions + self.dense_weights() + dense(&[small_conv::DENSE, self.outputs])
    }
}

impl ConvConfig {
    /// Multiply-adds for one example.
    pub fn multiply_adds(&self) -> usize {
        let mut size = [self.height, self.width];
        let mut sum = self.dense().multiply_adds();
        for channels in self.steps() {
            sum = sum.saturating_add(convolution(3, channels, size));
            if size.iter().all(|&side| side >= 2) {
                size = size.map(|side| side / 2);
            }
        }
        sum
    }
}

impl ImageNetworkConfig {
    /// Multiply-adds for one example.
    pub fn multiply_adds(&self) -> usize {
        match self {
            Self::FeedForward(config) => config.multiply_adds(),
            Self::Lenet(config) => config.multiply_adds(),
            Self::SmallConv(config) => config.multiply_adds(),
            Self::Conv(config) => config.multiply_adds(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{layers::Behind, networks::lenet::LeNetSide};

    #[test]
    fn a_dense_layer_multiplies_every_input_with_every_unit() {
        let config = FeedForwardConfig {
            features: 3,
            embeddings: vec![(5, 2), (7, 4)],
            hidden: vec![10, 6],
            behind: Behind::default(),
            dropout: vec![0.0; 2],
            input_dropout: 0.0,
            outputs: 4,
        };
        // Inputs 3 + 2 + 4 = 9: 9·10 + 10·6 + 6·4.
        assert_eq!(config.multiply_adds(), 90 + 60 + 24);
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
                behind: Behind::default(),
                dropout: [0.0; 2],
                input_dropout: 0.0,
                outputs: 10,
            };
            assert_eq!(config.multiply_adds(), 117_600 + 240_000 + 48_000 + 10_080 + 840);
        }
    }

    #[test]
    fn a_small_conv_is_counted_by_hand() {
        let config = SmallConvConfig {
            channels: 1,
            height: 8,
            width: 9,
            behind: Behind::default(),
            dropout: 0.3,
            input_dropout: 0.0,
            outputs: 10,
        };
        // 72 places: 72·9·16 = 10,368 and 72·9·16·32 = 331,776; pooled to 4·4·32 = 512:
        // 512·64 = 32,768; 64·10 = 640.
        assert_eq!(config.multiply_adds(), 10_368 + 331_776 + 32_768 + 640);
    }

    #[test]
    fn a_conv_is_halved_by_each_pooling_until_a_side_is_one_pixel() {
        let config = ConvConfig {
            channels: 3,
            height: 5,
            width: 4,
            filters: vec![2, 4, 8],
            hidden: vec![16],
            behind: Behind::default(),
            dropout: vec![0.0],
            input_dropout: 0.0,
            outputs: 2,
        };
        // 5×4: 20·9·3·2 = 1,080; pooled to 2×2: 4·9·2·4 = 288; to 1×1: 9·4·8 = 288, which is not
        // pooled; dense 8·16 = 128 and 16·2 = 32.
        assert_eq!(config.multiply_adds(), 1_080 + 288 + 288 + 128 + 32);
    }
}
