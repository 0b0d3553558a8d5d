//! Images → convolutional network.

use burn::{
    module::Module,
    tensor::{Device, Tensor, TensorData},
};
use gapwise_data::{
    DataError,
    images::{Augmentation, ImageEncoder, Images},
};
use gapwise_study::metric::Metric;
use rayon::prelude::*;

use super::{Answer, Head, Labelled, LoadedTargets, Shown, Targets, Task};
use crate::{
    networks::{ImageNetwork, Signal},
    transfer::{Features, Kept},
};

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
    /// How layers learn that came with weights; `None` where all are new.
    pub kept: Option<Kept>,
    /// What leaves the frozen stages, where it is computed already.
    pub features: Option<Features>,
}

/// Pixels, or what frozen stages made of them, and targets of some images.
#[derive(Debug, Clone)]
pub struct LoadedImages {
    inputs: LoadedInputs,
    targets: LoadedTargets,
}

/// Pixels, or what frozen stages made of them.
#[derive(Debug, Clone)]
pub(crate) struct LoadedInputs {
    examples: usize,
    /// One example after the other.
    values: Vec<f32>,
    /// Stages that they have left.
    stages: usize,
}

/// The same on a device.
#[derive(Debug, Clone)]
pub struct ImageBatch {
    x: Signal,
    /// Stages that it has left.
    stages: usize,
    targets: Targets,
}

impl<'a> ImageTask<'a> {
    /// Images as they are, for a network of which every layer is new.
    pub fn new(
        (images, encoder): (&'a Images, &'a ImageEncoder),
        labelled: Labelled<'a>,
        head: Head,
        metric: Metric,
    ) -> Self {
        let augmentation = Augmentation::default();
        let (kept, features) = (None, None);
        ImageTask { images, encoder, augmentation, labelled, head, metric, kept, features }
    }

    /// What frozen stages made of these examples before, one after the other.
    fn kept(&self, examples: &[usize]) -> Option<(Vec<f32>, usize)> {
        let features = self.features.as_ref()?;
        let mut values = Vec::with_capacity(examples.len() * features.size());
        for &example in examples {
            values.extend_from_slice(features.get(example)?);
        }
        Some((values, features.stages))
    }

    /// What the network reads of these examples.
    pub(crate) fn inputs(
        &self,
        examples: &[usize],
        shown: Shown,
    ) -> Result<LoadedInputs, DataError> {
        if let Some((values, stages)) = self.kept(examples) {
            return Ok(LoadedInputs { examples: examples.len(), values, stages });
        }
        let shape = self.encoder.shape();
        let size = shape.iter().product();
        let mut values = vec![0.0; examples.len() * size];
        let encode = |(&example, pixels): (&usize, &mut [f32])| -> Result<(), DataError> {
            self.encoder.encode_into(self.images, example, pixels)?;
            if let Shown::InTraining(draw) = shown {
                self.augmentation.apply(draw.of(example), shape, pixels);
            }
            Ok(())
        };
        examples.par_iter().zip(values.par_chunks_exact_mut(size)).try_for_each(encode)?;
        Ok(LoadedInputs { examples: examples.len(), values, stages: 0 })
    }

    /// The same on a device.
    pub(crate) fn signal(&self, inputs: LoadedInputs, device: &Device) -> Signal {
        let LoadedInputs { examples, values, stages } = inputs;
        let pixels = self.encoder.shape();
        let shape = match &self.features {
            Some(features) if stages > 0 => features.shape.as_slice(),
            _ => pixels.as_slice(),
        };
        match *shape {
            [channels, height, width] => {
                let shape = [examples, channels, height, width];
                Tensor::<4>::from_data(TensorData::new(values, shape), device).into()
            }
            _ => {
                let shape = [examples, shape.iter().product()];
                Tensor::<2>::from_data(TensorData::new(values, shape), device).into()
            }
        }
    }

    /// What the first layers that are trained read, and the stages in front of them. Frozen stages
    /// answer as in evaluation, and no gradient flows into them.
    fn for_trained(&self, network: &ImageNetwork, batch: ImageBatch) -> (usize, Signal) {
        let ImageBatch { x, stages, .. } = batch;
        let frozen = self.kept.as_ref().map_or(0, |kept| kept.frozen);
        if stages >= frozen {
            return (stages, x);
        }
        let x = network.valid().through(frozen, x.images().without_autodiff());
        let x = match x {
            Signal::Images(images) => images.autodiff().into(),
            Signal::Units(units) => units.autodiff().into(),
        };
        (frozen, x)
    }
}

impl Task for ImageTask<'_> {
    type Network = ImageNetwork;
    type Loaded = LoadedImages;
    type Batch = ImageBatch;

    fn metric(&self) -> Metric {
        self.metric
    }

    fn load(&self, examples: &[usize], shown: Shown) -> Result<LoadedImages, DataError> {
        let inputs = self.inputs(examples, shown)?;
        Ok(LoadedImages { inputs, targets: self.head.load(self.labelled, examples) })
    }

    fn batch(&self, loaded: LoadedImages, device: &Device) -> ImageBatch {
        let LoadedImages { inputs, targets } = loaded;
        let stages = inputs.stages;
        let x = self.signal(inputs, device);
        ImageBatch { x, stages, targets: targets.to_device(device) }
    }

    fn loss(&self, network: &ImageNetwork, batch: ImageBatch) -> Tensor<1> {
        let targets = batch.targets.clone();
        let (stages, x) = self.for_trained(network, batch);
        let (logits, sides) = network.forward_with_sides(stages, x);
        let loss = self.head.loss(logits, targets.clone());
        sides.into_iter().fold(loss, |loss, (logits, weight)| {
            loss + self.head.loss(logits, targets.clone()).mul_scalar(weight)
        })
    }

    fn rates(&self, network: &ImageNetwork) -> Vec<f64> {
        self.kept.as_ref().map_or_else(Vec::new, |kept| kept.rates(network))
    }

    fn answers(
        &self,
        network: &ImageNetwork,
        examples: &[usize],
        device: &Device,
    ) -> Result<Vec<Answer>, DataError> {
        let inputs = self.inputs(examples, Shown::AsTheyAre)?;
        let logits = network.forward_from(inputs.stages, self.signal(inputs, device));
        Ok(self.head.answers(logits, self.labelled, examples))
    }

    fn answer_batch(&self) -> usize {
        // As many numbers as 512 colour images of 64×64 have: a first convolution makes twenty times as many.
        let numbers: usize = self.encoder.shape().iter().product();
        (512 * 3 * 64 * 64 / numbers.max(1)).clamp(8, 512)
    }
}
