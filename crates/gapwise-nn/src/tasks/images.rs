//! Images → convolutional network.

use burn::tensor::{Device, Tensor, TensorData};
use gapwise_data::{
    DataError,
    images::{Augmentation, ImageEncoder, Images},
};
use gapwise_study::metric::Metric;
use rayon::prelude::*;

use super::{Answer, Head, Labelled, LoadedTargets, Shown, Targets, Task};
use crate::networks::ImageNetwork;

/// Images and their labels.
#[derive(Debug, Clone)]
pub struct ImageTask<'a> {
    /// Pixels as they were read.
    pub images: &'a Images,
    /// Pixels → normalised numbers of the network's size.
    pub encoder: &'a ImageEncoder,
    /// What is done at random to an image that is shown in training.
    pub augmentation: Augmentation,
    /// One label per image, and what each counts.
    pub labelled: Labelled<'a>,
    /// How logits are trained and read.
    pub head: Head,
    /// What answers are judged by.
    pub metric: Metric,
}

/// Pixels and targets of some images.
#[derive(Debug, Clone)]
pub struct LoadedImages {
    /// `[batch, channels, height, width]`.
    pixels: Vec<f32>,
    targets: LoadedTargets,
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
    type Loaded = LoadedImages;
    type Batch = ImageBatch;

    fn metric(&self) -> Metric {
        self.metric
    }

    fn load(&self, examples: &[usize], shown: Shown) -> Result<LoadedImages, DataError> {
        let shape = self.encoder.shape();
        let size = shape.iter().product();
        let mut pixels = vec![0.0; examples.len() * size];
        let encode = |(&example, pixels): (&usize, &mut [f32])| -> Result<(), DataError> {
            self.encoder.encode_into(self.images, example, pixels)?;
            if let Shown::InTraining(draw) = shown {
                self.augmentation.apply(draw.of(example), shape, pixels);
            }
            Ok(())
        };
        examples.par_iter().zip(pixels.par_chunks_exact_mut(size)).try_for_each(encode)?;
        Ok(LoadedImages { pixels, targets: self.head.load(self.labelled, examples) })
    }

    fn batch(&self, loaded: LoadedImages, device: &Device) -> ImageBatch {
        let [channels, height, width] = self.encoder.shape();
        let shape = [loaded.targets.len(), channels, height, width];
        ImageBatch {
            pixels: Tensor::from_data(TensorData::new(loaded.pixels, shape), device),
            targets: loaded.targets.to_device(device),
        }
    }

    fn loss(&self, network: &ImageNetwork, batch: ImageBatch) -> Tensor<1> {
        let (logits, sides) = network.forward_with_sides(batch.pixels);
        let loss = self.head.loss(logits, batch.targets.clone());
        sides.into_iter().fold(loss, |loss, (logits, weight)| {
            loss + self.head.loss(logits, batch.targets.clone()).mul_scalar(weight)
        })
    }

    fn answers(
        &self,
        network: &ImageNetwork,
        examples: &[usize],
        device: &Device,
    ) -> Result<Vec<Answer>, DataError> {
        let batch = self.batch(self.load(examples, Shown::AsTheyAre)?, device);
        Ok(self.head.answers(network.forward(batch.pixels), self.labelled, examples))
    }
}
