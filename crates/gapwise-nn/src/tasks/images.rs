//! Images → convolutional network.

use burn::tensor::{Device, Tensor, TensorData};
use gapwise_data::{
    Labels,
    images::{ImageEncoder, Images},
};
use gapwise_study::metric::MetricKind;

use super::{Answer, Head, Targets, Task};
use crate::networks::ImageNetwork;

/// Images and their labels.
#[derive(Debug, Clone)]
pub struct ImageTask<'a> {
    /// Pixels as they were read.
    pub images: &'a Images,
    /// Pixels → normalised numbers of the network's size.
    pub encoder: &'a ImageEncoder,
    /// One label per image.
    pub labels: &'a Labels,
    /// How logits are trained and read.
    pub head: Head,
}

/// Pixels and targets of some images, on a device.
#[derive(Debug, Clone)]
pub struct ImageBatch {
    /// `[batch, channels, height, width]`.
    pixels: Tensor<4>,
    targets: Targets,
}

impl Task for ImageTask<'_> {
    type Network = ImageNetwork;
    type Batch = ImageBatch;

    fn metric(&self) -> MetricKind {
        MetricKind::of(&self.head.target())
    }

    fn batch(&self, examples: &[usize], device: &Device) -> ImageBatch {
        let [channels, height, width] = self.encoder.shape();
        let size = channels * height * width;
        let mut pixels = vec![0.0; examples.len() * size];
        for (&example, pixels) in examples.iter().zip(pixels.chunks_exact_mut(size)) {
            self.encoder.encode_into(self.images, example, pixels);
        }
        let data = TensorData::new(pixels, [examples.len(), channels, height, width]);
        ImageBatch {
            pixels: Tensor::from_data(data, device),
            targets: self.head.targets(self.labels, examples, device),
        }
    }

    fn loss(&self, network: &ImageNetwork, batch: ImageBatch) -> Tensor<1> {
        self.head.loss(network.forward(batch.pixels), batch.targets)
    }

    fn answers(&self, network: &ImageNetwork, examples: &[usize], device: &Device) -> Vec<Answer> {
        let batch = self.batch(examples, device);
        self.head.answers(network.forward(batch.pixels), self.labels, examples)
    }
}
