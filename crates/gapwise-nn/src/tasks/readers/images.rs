//! Images as normalised pixels, changed at random in training, or as what frozen stages of a network
//! made of them.

use burn::{
    module::Module,
    tensor::{Device, Tensor, TensorData},
};
use gapwise_data::{
    DataError,
    images::{Augmentation, Draw, ImageEncoder, Images},
};
use rayon::prelude::*;

use super::Reader;
use crate::{
    networks::{ImageNetwork, Signal},
    tasks::{Epoch, Network, Shown},
    transfer::Features,
};

/// Reads images.
#[derive(Debug, Clone)]
pub struct ImageReader<'a> {
    images: &'a Images,
    encoder: &'a ImageEncoder,
    augmentation: Augmentation,
    /// Stages of the network that are not trained.
    frozen: usize,
    features: Option<Features>,
}

/// Pixels of some images, or what frozen stages made of them.
#[derive(Debug, Clone)]
pub struct LoadedImages {
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
    /// Stages that are not trained.
    frozen: usize,
}

impl<'a> ImageReader<'a> {
    /// Images as they are, for a network of which every layer is trained.
    pub fn new(images: &'a Images, encoder: &'a ImageEncoder) -> Self {
        let augmentation = Augmentation::default();
        ImageReader { images, encoder, augmentation, frozen: 0, features: None }
    }

    /// The same, changed at random in training.
    #[must_use]
    pub fn augmented(self, augmentation: Augmentation) -> Self {
        ImageReader { augmentation, ..self }
    }

    /// The same for a network whose first `frozen` stages are not trained.
    #[must_use]
    pub fn with_frozen(self, frozen: usize) -> Self {
        ImageReader { frozen, ..self }
    }

    /// The same that gives what leaves the frozen stages, where that is computed already.
    #[must_use]
    pub fn with_features(self, features: Features) -> Self {
        ImageReader { features: Some(features), ..self }
    }

    /// What frozen stages made of these examples before, one after the other.
    fn known(&self, examples: &[usize]) -> Option<LoadedImages> {
        let features = self.features.as_ref()?;
        let mut values = Vec::with_capacity(examples.len() * features.size());
        for &example in examples {
            values.extend_from_slice(features.get(example)?);
        }
        Some(LoadedImages { examples: examples.len(), values, stages: features.stages })
    }

    /// What a network reads of an example, on its way through its stages.
    fn signal(&self, loaded: LoadedImages, device: &Device) -> Signal {
        let LoadedImages { examples, values, stages } = loaded;
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
}

/// The draws of one example in an epoch.
fn draw(Epoch { seed, epoch }: Epoch, example: usize) -> Draw {
    Draw { seed, epoch: epoch as u64, example: example as u64 }
}

impl Reader for ImageReader<'_> {
    type Loaded = LoadedImages;
    type Batch = ImageBatch;

    fn load(&self, examples: &[usize], shown: Shown) -> Result<LoadedImages, DataError> {
        if let Some(known) = self.known(examples) {
            return Ok(known);
        }
        let shape = self.encoder.shape();
        let size = shape.iter().product();
        let mut values = vec![0.0; examples.len() * size];
        let encode = |(&example, pixels): (&usize, &mut [f32])| -> Result<(), DataError> {
            self.encoder.encode_into(self.images, example, pixels)?;
            if let Shown::InTraining(epoch) = shown {
                self.augmentation.apply(draw(epoch, example), shape, pixels);
            }
            Ok(())
        };
        examples.par_iter().zip(values.par_chunks_exact_mut(size)).try_for_each(encode)?;
        Ok(LoadedImages { examples: examples.len(), values, stages: 0 })
    }

    fn batch(&self, loaded: LoadedImages, device: &Device) -> ImageBatch {
        let (stages, frozen) = (loaded.stages, self.frozen);
        ImageBatch { x: self.signal(loaded, device), stages, frozen }
    }

    fn answer_batch(&self) -> usize {
        // As many numbers as 512 colour images of 64×64 have: a first convolution makes twenty times as many.
        let numbers: usize = self.encoder.shape().iter().product();
        (512 * 3 * 64 * 64 / numbers.max(1)).clamp(8, 512)
    }
}

impl ImageBatch {
    /// The images themselves, of which no stage has been left.
    pub(crate) fn images(self) -> Tensor<4> {
        self.x.images()
    }

    /// What the first trained layer reads. Frozen stages answer as in evaluation, and no gradient flows
    /// into them.
    fn through_frozen(self, network: &ImageNetwork) -> (usize, Signal) {
        let ImageBatch { x, stages, frozen } = self;
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

impl Network<ImageBatch> for ImageNetwork {
    type Outputs = Tensor<2>;

    fn forward(&self, batch: ImageBatch) -> Tensor<2> {
        self.forward_from(batch.stages, batch.x)
    }

    fn forward_in_training(&self, batch: ImageBatch) -> Vec<(Tensor<2>, f64)> {
        let (stages, x) = batch.through_frozen(self);
        let (logits, sides) = self.forward_with_sides(stages, x);
        [(logits, 1.0)].into_iter().chain(sides).collect()
    }
}
