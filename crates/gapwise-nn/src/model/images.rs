//! Images: an image encoder, and one of the networks that read images.

use std::borrow::Cow;

use gapwise_data::{
    DataError, Inputs, Note,
    images::{Augmentation, ImageEncoder, Images},
    source::Reading,
};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    LinearReader, LinearRows, NetworkKind, NetworkSettings,
    encoded::Encoded,
    fit::{FitError, Given, note, setting},
};
use crate::{
    export::{Graph, INPUT_DEVIATION, INPUT_MEAN, Reads, Value, json, read_pixels},
    initialise::Initialiser,
    networks::{self, ImageNetwork, ImageNetworkConfig, SizeCheck, description::ParameterIndex},
    tasks::{ImageReader, readers::ImageBatch},
    train::{Request, Setup, TrainError},
    transfer::{self, Features, FineTuning, Keeping, Normalisation, Pretrained, TransferRecord},
};

/// How pixels become numbers, and the sizes of the network that reads these.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImageRecord {
    /// Pixels → numbers.
    pub encoder: ImageEncoder,
    /// Sizes.
    pub sizes: ImageNetworkConfig,
}

/// A network with weights of other images.
#[derive(Debug)]
pub(super) struct Beginning {
    network: ImageNetwork,
    tuning: FineTuning,
    transferred: TransferRecord,
    /// Whether the answers of the frozen stages are computed once and kept.
    features: bool,
}

impl ImageRecord {
    fn images<'a>(&self, inputs: &'a Inputs) -> Result<&'a Images, DataError> {
        match inputs {
            Inputs::Images(images) => Ok(images),
            other => Err(DataError::OtherKind { expected: "images", found: other.said() }),
        }
    }

    /// Normalises images as those were that the weights learned on, where that is known: as the
    /// weights say, or as ImageNet's for torchvision's names.
    fn normalise(&mut self, weights: &Pretrained<'_>, torchvision: bool, range: f32) -> Vec<Note> {
        let encoder = &mut self.encoder;
        let mut notes = Vec::new();
        let usual = (torchvision && encoder.mean.len() == 3)
            .then(|| Normalisation::imagenet().of_range(range));
        if usual.is_some() && weights.normalisation.is_none() && range < 1.0 {
            let white = (range * 65_535.0).round();
            notes.push(note(&format!(
                "{white} stands for white: the largest value of as many bits as the training images need"
            )));
        }
        let known = weights.normalisation.clone().or(usual);
        match known.filter(|known| known.mean.len() == encoder.mean.len()) {
            Some(Normalisation { mean, deviation }) => {
                (encoder.mean, encoder.deviation) = (mean, deviation);
            }
            None => notes.push(note(
                "how the weights' images were normalised is not known: these are by their own means \
                 and deviations",
            )),
        }
        notes
    }
}

/// The longer side of the images that a linear model reads: it has a weight for every pixel and class.
const LONGEST_SIDE: usize = 64;
/// Images that it reads at once.
const IMAGES_AT_ONCE: usize = 1_024;

/// Images of at most [`LONGEST_SIDE`] for a linear model.
struct LinearImages<'a> {
    images: &'a Images,
    encoder: ImageEncoder,
    shrunk: Option<[[usize; 2]; 2]>,
}

impl<'a> LinearImages<'a> {
    fn new(images: &'a Images, encoder: &ImageEncoder) -> Self {
        let longer = encoder.height.max(encoder.width);
        if longer <= LONGEST_SIDE {
            return LinearImages { images, encoder: encoder.clone(), shrunk: None };
        }
        let side = |side: usize| (side * LONGEST_SIDE / longer).max(1);
        let (height, width) = (side(encoder.height), side(encoder.width));
        let shrunk = Some([[encoder.height, encoder.width], [height, width]]);
        LinearImages { images, encoder: ImageEncoder { height, width, ..encoder.clone() }, shrunk }
    }
}

impl LinearReader for LinearImages<'_> {
    fn width(&self) -> usize {
        self.encoder.shape().iter().product()
    }

    fn shrunk(&self) -> Option<[[usize; 2]; 2]> {
        self.shrunk
    }

    fn at_once(&self) -> usize {
        IMAGES_AT_ONCE
    }

    fn read(&self, examples: &[usize]) -> Result<LinearRows<'_>, DataError> {
        let size = self.width();
        let mut dense = vec![0.0; examples.len() * size];
        examples.par_iter().zip(dense.par_chunks_exact_mut(size)).try_for_each(
            |(&example, pixels)| self.encoder.encode_into(self.images, example, pixels),
        )?;
        Ok(LinearRows {
            dense: Cow::Owned(dense),
            codes: Cow::Borrowed(&[]),
            examples: examples.to_vec(),
            rows: (0..examples.len()).collect(),
        })
    }
}

impl Encoded for ImageRecord {
    type Batch = ImageBatch;
    type Reader<'a> = ImageReader<'a>;
    type Network = ImageNetwork;
    type Beginning = Beginning;

    fn fit(given: &Given<'_>) -> Result<Option<(Self, Vec<Note>)>, DataError> {
        let Inputs::Images(images) = &given.dataset.inputs else { return Ok(None) };
        let network = &given.network;
        let [height, width] = network.kind.sides([images.height, images.width]);
        let side = (height, width);
        let encoder = ImageEncoder::fit(images, &given.train, side)?;
        let sizes = network.for_resized_images(encoder.shape(), given.outputs);
        let notes = resized(network.kind, images, side).into_iter().collect();
        Ok(Some((ImageRecord { encoder, sizes }, notes)))
    }

    fn with_network(&self, network: &NetworkSettings, outputs: usize) -> Self {
        let encoder = self.encoder.clone();
        ImageRecord { sizes: network.for_resized_images(encoder.shape(), outputs), encoder }
    }

    fn init(&self, initialiser: &mut Initialiser) -> ImageNetwork {
        self.sizes.init(initialiser)
    }

    fn reader<'a>(&'a self, inputs: &'a Inputs) -> Result<ImageReader<'a>, DataError> {
        Ok(ImageReader::new(self.images(inputs)?, &self.encoder))
    }

    fn linear_reader<'a>(
        &'a self,
        inputs: &'a Inputs,
    ) -> Result<Box<dyn LinearReader + 'a>, DataError> {
        Ok(Box::new(LinearImages::new(self.images(inputs)?, &self.encoder)))
    }

    fn training_reader<'a>(
        &'a self,
        given: &'a Given<'_>,
        beginning: Option<&Beginning>,
        setup: &mut Setup<'_>,
    ) -> Result<ImageReader<'a>, FitError> {
        let reader = self.reader(&given.dataset.inputs)?.augmented(given.readers.augment);
        let Some(Beginning { network, tuning, features, .. }) = beginning else {
            return Ok(reader);
        };
        let reader = reader.with_frozen(tuning.frozen);
        if !features {
            return Ok(reader);
        }
        let examples = [&given.train[..], &given.validation].concat();
        let stop = || setup.watch.request() == Request::Stop;
        let how = (setup.device, stop);
        let features = Features::of(&reader, (network, tuning), &examples, how)?;
        let stopped = TrainError::Stopped { epoch: 1 };
        Ok(reader.with_features(features.ok_or(stopped)?))
    }

    /// Grey images become colour ones, all channels alike, for weights that read colour.
    fn begin_with(
        &mut self,
        given: &Given<'_>,
        weights: &Pretrained<'_>,
        initialiser: &mut Initialiser,
    ) -> Result<(Beginning, Vec<Note>), FitError> {
        let images = self.images(&given.dataset.inputs)?;
        let mut notes = Vec::new();
        let reads = transfer::channels(&self.sizes, weights.file);
        if images.channels == 1 && reads == Some(3) {
            self.encoder = self.encoder.clone().in_colour();
            self.sizes = given.network.for_resized_images(self.encoder.shape(), given.outputs);
            notes.push(note(
                "grey images are read as colour ones, all channels alike, as the weights do",
            ));
        }
        let stages = self.sizes.stages();
        let Some(frozen) = weights.freeze.frozen(&stages) else {
            let expected = format!("none, head-only or one of {}", stages.join(", "));
            return Err(setting("network.freeze", &expected, weights.freeze.as_str()));
        };
        let fresh = self.sizes.init(initialiser);
        let (network, transferred) = transfer::begin(fresh, &self.sizes, weights.file)?;
        let range = images.range(&given.train)?;
        notes.extend(self.normalise(weights, transferred.torchvision, range));
        let tuning = FineTuning { sizes: self.sizes.clone(), frozen, rate: given.kept_rate };
        let network = tuning.freeze(network);
        let examples = (given.train.len() + given.validation.len()) as u64;
        let device = initialiser.device();
        let bytes = tuning.bytes(&network, self.encoder.shape(), device).saturating_mul(examples);
        let keeping =
            match (given.readers.augment == Augmentation::default(), bytes <= weights.memory) {
                (true, true) => Keeping::Once,
                (true, false) => Keeping::TooLarge,
                (false, _) => Keeping::Augmented,
            };
        let features = frozen > 0 && keeping == Keeping::Once;
        notes.extend(transferred.notes());
        notes.push(transfer::freezing(&stages[..frozen], &tuning));
        if frozen > 0 {
            notes.push(note(&transfer::keeping(bytes, keeping)));
        }
        Ok((Beginning { network, tuning, transferred, features }, notes))
    }

    fn first_network(beginning: &Beginning) -> ImageNetwork {
        beginning.network.clone()
    }

    fn rates(beginning: &Beginning) -> Vec<f64> {
        beginning.tuning.rates(&beginning.network)
    }

    fn transferred(beginning: &Beginning) -> &TransferRecord {
        &beginning.transferred
    }

    fn check(&self) -> SizeCheck {
        self.sizes.sizes().check()
    }

    fn written_and_read(&self) -> Result<[String; 2], String> {
        let [channels, height, width] = self.encoder.shape();
        if self.encoder.deviation.len() != channels {
            let deviations = self.encoder.deviation.len();
            return Err(format!("{channels} channels have {deviations} deviations"));
        }
        Ok(match self.check().reads {
            networks::Reads::Image(read) => [shape([channels, height, width]), shape(read)],
            networks::Reads::Values(read) => {
                let values = channels.saturating_mul(height).saturating_mul(width);
                [format!("{values} values"), format!("{read} values")]
            }
        })
    }

    fn logits_in(&self, graph: &mut Graph<'_>, reading: &Reading) -> Option<Value> {
        let x = read_pixels(graph, &self.encoder, reading);
        Some(graph.network(&self.sizes.sizes().description(), Reads::Images(&x)))
    }

    fn about(&self) -> Vec<(&'static str, String)> {
        vec![
            ("input", json(&self.encoder.shape())),
            (INPUT_MEAN, json(&self.encoder.mean)),
            (INPUT_DEVIATION, json(&self.encoder.deviation)),
        ]
    }

    fn parameter_index(&self) -> Option<ParameterIndex> {
        Some(self.sizes.parameter_index())
    }

    fn differs_from_torchvision(&self) -> Vec<String> {
        self.sizes.differs_from_torchvision()
    }

    fn parameters(&self) -> usize {
        self.sizes.parameters()
    }

    fn multiply_adds(&self) -> usize {
        self.sizes.multiply_adds()
    }

    fn inputs(&self) -> usize {
        self.encoder.shape().iter().product()
    }
}

/// What a network that reads another size than the images have does about it.
fn resized(kind: NetworkKind, images: &Images, (height, width): (usize, usize)) -> Option<Note> {
    ((height, width) != (images.height, images.width)).then(|| Note {
        said: format!(
            "{} reads {height}×{width}: every image is resized from {}×{} (bilinear, aspect ratio \
             not kept)",
            kind.as_str(),
            images.height,
            images.width
        ),
        change_with: Some("--set network.kind=KIND".into()),
    })
}

/// Channels, height and width for people.
fn shape(sides: [usize; 3]) -> String {
    sides.map(|side| side.to_string()).join("×")
}
