//! The inception module: kernels of several sizes side by side, their answers joined.
//!
//! **Source**: Szegedy et al. 2015, "Going deeper with convolutions" (GoogLeNet), figure 2(b) and
//! table 1.
//!
//! **Differs from the source**: batch normalisation stands before each activation where it is asked
//! for, which the paper did not have yet. Torchvision's GoogLeNet has it, with ε = 1e-3, and 3×3 where
//! the paper has 5×5: [`InceptionConfig::wide_kernel`].
//!
//! | branch | layers | output |
//! |---|---|---|
//! | 1 | 1×1 | `[batch, one, height, width]` |
//! | 2 | 1×1 to fewer channels, then 3×3 | `[batch, three, height, width]` |
//! | 3 | 1×1 to fewer channels, then 5×5 | `[batch, five, height, width]` |
//! | 4 | max pool 3×3 of stride 1, then 1×1 | `[batch, pooled, height, width]` |
//! | joined | | `[batch, one + three + five + pooled, height, width]` |
//!
//! Each convolution has ReLU behind it.

use burn::{module::Module, nn::pool::MaxPool2d, tensor::Tensor};
use gapwise_kernels::{concatenate, fork, pooling};
use serde::{Deserialize, Serialize};

use super::description::{Part, Windows};
use crate::{
    initialise::Initialiser,
    layers::{ConvBlock, ConvBlockConfig},
};

/// The pooling of branch 4.
const POOL: Windows = Windows::new(3, 1).padded([1; 2]);

/// The sizes of an [`Inception`] module.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct InceptionConfig {
    /// Channels that it reads.
    pub channels: usize,
    /// Filters of branch 1.
    pub one: usize,
    /// Filters of branch 2: of its 1×1, then of its 3×3.
    pub three: [usize; 2],
    /// Filters of branch 3: of its 1×1, then of its 5×5.
    pub five: [usize; 2],
    /// Filters of branch 4.
    pub pooled: usize,
    /// Side of branch 3's second kernel: 5 in the paper, 3 in torchvision.
    pub wide_kernel: usize,
    /// The ε of the batch normalisation behind each convolution, which then has no bias; `None` is
    /// without.
    pub batch_norm: Option<f64>,
}

impl InceptionConfig {
    /// GoogLeNet's module 3a.
    pub const fn module_3a() -> Self {
        InceptionConfig {
            channels: 192,
            one: 64,
            three: [96, 128],
            five: [16, 32],
            pooled: 32,
            wide_kernel: 5,
            batch_norm: None,
        }
    }

    /// GoogLeNet's module 3b, which reads what 3a gives.
    pub const fn module_3b() -> Self {
        InceptionConfig {
            channels: 256,
            one: 128,
            three: [128, 192],
            five: [32, 96],
            pooled: 64,
            ..Self::module_3a()
        }
    }

    /// Channels of what it gives.
    pub fn outputs(&self) -> usize {
        self.one + self.three[1] + self.five[1] + self.pooled
    }

    /// The convolutions, in the order of the branches.
    fn convolutions(&self) -> [ConvBlockConfig; 6] {
        [
            ([self.channels, self.one], 1),
            ([self.channels, self.three[0]], 1),
            (self.three, 3),
            ([self.channels, self.five[0]], 1),
            (self.five, self.wide_kernel),
            ([self.channels, self.pooled], 1),
        ]
        .map(|(channels, kernel)| {
            let config = ConvBlockConfig::new(channels, kernel);
            match self.batch_norm {
                Some(epsilon) => ConvBlockConfig { epsilon, ..config.with_batch_norm() },
                None => config,
            }
        })
    }

    /// A module of this shape with initial weights.
    pub fn init(&self, initialiser: &mut Initialiser) -> Inception {
        let [one, to_three, three, to_five, five, pooled] =
            self.convolutions().map(|conv| conv.init(initialiser));
        Inception { one, to_three, three, to_five, five, pool: POOL.max(), pooled }
    }

    /// The four branches, stored under `path`.
    pub(crate) fn part(&self, name: &str, path: &str) -> Part {
        let [one, to_three, three, to_five, five, pooled] = self.convolutions();
        // Of torchvision's branches the second has our 1×1 and 3×3, the fourth the pooling.
        let conv = |layer: &str, of: &str, theirs: &str, sizes| {
            let theirs = format!("inception{name}.{theirs}");
            Part::conv_block(&format!("{name}.{layer}"), &format!("{path}.{of}"), sizes)
                .by_torchvision(&format!("{theirs}.conv"))
                .norm_by_torchvision(&format!("{theirs}.bn"))
        };
        let branches = vec![
            vec![conv("one.conv1", "one", "branch1", one)],
            vec![
                conv("three.conv1", "to_three", "branch2.0", to_three),
                conv("three.conv2", "three", "branch2.1", three),
            ],
            vec![
                conv("five.conv1", "to_five", "branch3.0", to_five),
                conv("five.conv2", "five", "branch3.1", five),
            ],
            vec![Part::max_pool(POOL), conv("pooled.conv1", "pooled", "branch4.1", pooled)],
        ];
        Part::branches(name, path, branches)
    }
}

/// Four branches side by side.
#[derive(Module, Debug)]
pub struct Inception {
    one: ConvBlock,
    to_three: ConvBlock,
    three: ConvBlock,
    to_five: ConvBlock,
    five: ConvBlock,
    pool: MaxPool2d,
    pooled: ConvBlock,
}

impl Inception {
    /// `[batch, outputs, height, width]` of `[batch, channels, height, width]`.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        concatenate::channels(self.branches(x))
    }

    fn branches(&self, x: Tensor<4>) -> [Tensor<4>; 4] {
        let [one, three, five, pooled] = fork::images(x);
        [
            self.one.forward(one),                                 // [batch, one, …]
            self.three.forward(self.to_three.forward(three)),      // [batch, three, …]
            self.five.forward(self.to_five.forward(five)),         // [batch, five, …]
            self.pooled.forward(pooling::max(&self.pool, pooled)), // [batch, pooled, …]
        ]
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use crate::layers::parameters;

    #[test]
    fn modules_3a_and_3b_have_the_parameters_of_the_paper() {
        let of = |config: InceptionConfig| {
            parameters(&config.init(&mut Initialiser::blank(&Device::flex())))
        };
        // Weights 192·64 + 192·96 + 9·96·128 + 192·16 + 25·16·32 + 192·32 = 163,328 (the paper's
        // 159K), biases 64 + 96 + 128 + 16 + 32 + 32 = 368.
        assert_eq!(of(InceptionConfig::module_3a()), 163_328 + 368);
        // 256·128 + 256·128 + 9·128·192 + 256·32 + 25·32·96 + 256·64 = 388,096 (the paper's 380K),
        // biases 128 + 128 + 192 + 32 + 96 + 64 = 640.
        assert_eq!(of(InceptionConfig::module_3b()), 388_096 + 640);
        // Scale and shift for each filter in place of the bias.
        let normalised = InceptionConfig { batch_norm: Some(1e-5), ..InceptionConfig::module_3a() };
        assert_eq!(of(normalised), 163_328 + 2 * 368);
    }

    #[test]
    fn shapes_are_those_of_the_table() {
        let initialiser = &mut Initialiser::blank(&Device::flex());
        let [a, b] = [InceptionConfig::module_3a(), InceptionConfig::module_3b()];
        assert_eq!((a.outputs(), b.outputs()), (256, 480));
        let x = Tensor::<4>::ones([2, 192, 28, 28], &Device::flex());
        let first = a.init(initialiser);
        let branches = first.branches(x.clone()).map(|branch| branch.dims());
        assert_eq!(branches, [64, 128, 32, 32].map(|filters| [2, filters, 28, 28]));
        let x = first.forward(x);
        assert_eq!(x.dims(), [2, 256, 28, 28]);
        assert_eq!(b.init(initialiser).forward(x).dims(), [2, 480, 28, 28]);
    }
}
