//! The linear baseline of a data set: what it reads, what it answers on validation.

use gapwise_data::{
    DataError, Dataset, Inputs, Labels,
    images::{ImageEncoder, Images},
    split::time_blocks,
    table::TableEncoder,
};
use gapwise_nn::{
    model::{ImageRecord, NetworkRecord, RowRecord},
    tasks::{HeadRecord, NumberHead},
};
use gapwise_study::{
    baseline::linear::{Examples, Features, Linear, LinearRecord, Shrunk, Targets},
    predictions::Outcome,
};
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::Error;

/// Numbers of training examples that are held at once: 1 GiB of them.
const MOST_NUMBERS: usize = 1 << 28;
/// The longer side of the images that it reads: it has a weight for every pixel and class.
const LONGEST_SIDE: usize = 64;
/// Images that are answered at once.
const IMAGES: usize = 1_024;

/// A fitted linear baseline's answers on validation.
pub(super) struct LinearBaseline {
    pub(super) answers: Vec<Outcome>,
    pub(super) record: LinearRecord,
}

/// What it is fitted to and asked.
pub(super) struct Sides<'a> {
    pub(super) train: &'a [usize],
    pub(super) validation: &'a [usize],
    pub(super) seed: u64,
}

/// The data set, as networks read it.
pub(super) struct Read<'a> {
    pub(super) dataset: &'a Dataset,
    pub(super) head: &'a HeadRecord,
    pub(super) network: &'a NetworkRecord,
    /// What each example counts.
    pub(super) weights: Option<&'a [f32]>,
}

impl Read<'_> {
    /// Fits the baseline and answers validation. `None` where `stop` says so.
    pub(super) fn baseline(
        &self,
        sides: Sides<'_>,
        stop: &dyn Fn() -> bool,
    ) -> Result<Option<LinearBaseline>, Error> {
        match (self.network, &self.dataset.inputs) {
            (NetworkRecord::Rows(RowRecord { encoder, .. }), Inputs::Table(table)) => {
                let rows = encoder.encode(table)?;
                let categories = categories(encoder);
                let features = Features {
                    width: rows.dense_width,
                    dense: &rows.dense,
                    codes: &rows.codes,
                    categories: &categories,
                };
                let train = sampled(&sides, features.width);
                let all: Vec<usize> = (0..rows.examples).collect();
                let told = self.told(&all);
                let Some(linear) = Linear::fit(told.of(features), &train, sides.seed, stop) else {
                    return Ok(None);
                };
                let answers = linear.answers(features, sides.validation);
                Ok(Some(LinearBaseline {
                    answers: self.outcomes(&answers, sides.validation),
                    record: LinearRecord::new(linear.course(), sides.train.len()),
                }))
            }
            (NetworkRecord::Images(ImageRecord { encoder, .. }), Inputs::Images(images)) => {
                let (encoder, shrunk) = small(encoder);
                let size = encoder.shape().iter().product();
                let train = sampled(&sides, size);
                let dense = pixels((images, &encoder), &train)?;
                let (width, codes, categories) = (size, &[][..], &[][..]);
                let features = Features { width, dense: &dense, codes, categories };
                let told = self.told(&train);
                let places: Vec<usize> = (0..train.len()).collect();
                let Some(linear) = Linear::fit(told.of(features), &places, sides.seed, stop) else {
                    return Ok(None);
                };
                let mut answers = Vec::with_capacity(sides.validation.len());
                for chunk in sides.validation.chunks(IMAGES) {
                    let dense = pixels((images, &encoder), chunk)?;
                    let places: Vec<usize> = (0..chunk.len()).collect();
                    let of_chunk = linear.answers(Features { dense: &dense, ..features }, &places);
                    answers.extend(self.outcomes(&of_chunk, chunk));
                }
                let record = LinearRecord::new(linear.course(), sides.train.len());
                Ok(Some(LinearBaseline { answers, record: LinearRecord { shrunk, ..record } }))
            }
            _ => unreachable!("the record was made for these inputs"),
        }
    }

    /// Labels, weights and units of these examples.
    fn told(&self, examples: &[usize]) -> Told {
        let target = match (&self.dataset.labels, self.head) {
            (Labels::Classes { of, .. }, head) => {
                Target::Classes(examples.iter().map(|&i| of[i]).collect(), head.outputs())
            }
            (Labels::Numbers(numbers), HeadRecord::Number(NumberHead { mean, deviation, .. })) => {
                Target::Numbers(examples.iter().map(|&i| (numbers[i] - mean) / deviation).collect())
            }
            _ => unreachable!("a head is fitted to the labels that it is used with"),
        };
        let units = match (&self.dataset.groups, &self.dataset.times) {
            (Some(groups), _) => Some(examples.iter().map(|&i| groups.of[i]).collect()),
            (None, Some(times)) => {
                let blocks = time_blocks(&times.of, examples);
                Some(blocks.into_iter().map(|block| block as u32).collect())
            }
            (None, None) => None,
        };
        let weights = self.weights.map(|weights| examples.iter().map(|&i| weights[i]).collect());
        Told { target, weights, units }
    }

    /// What these answers say of the examples.
    fn outcomes(&self, answers: &[f64], examples: &[usize]) -> Vec<Outcome> {
        let outputs = self.head.outputs();
        let outcome = |(answer, &example): (&[f64], &usize)| match (&self.dataset.labels, self.head)
        {
            (Labels::Numbers(numbers), HeadRecord::Number(NumberHead { mean, deviation, .. })) => {
                Outcome::number(numbers[example], answer[0] * deviation + mean)
            }
            (Labels::Classes { of, .. }, _) => class(answer, of[example]),
            _ => unreachable!("a head is fitted to the labels that it is used with"),
        };
        answers.chunks_exact(outputs).zip(examples).map(outcome).collect()
    }
}

/// Labels, weights and units of some examples.
struct Told {
    target: Target,
    weights: Option<Vec<f32>>,
    units: Option<Vec<u32>>,
}

enum Target {
    Classes(Vec<u32>, usize),
    /// Standardised.
    Numbers(Vec<f64>),
}

impl Told {
    fn of<'a>(&'a self, features: Features<'a>) -> Examples<'a> {
        let targets = match &self.target {
            Target::Classes(of, classes) => Targets::Classes { of, classes: *classes },
            Target::Numbers(numbers) => Targets::Numbers(numbers),
        };
        let (weights, units) = (self.weights.as_deref(), self.units.as_deref());
        Examples { features, targets, weights, units }
    }
}

/// Softmax of one example's logits; ties go to the class of the lowest number.
fn class(logits: &[f64], label: u32) -> Outcome {
    let mut prediction = 0;
    for (class, &logit) in logits.iter().enumerate() {
        if logit > logits[prediction] {
            prediction = class;
        }
    }
    let highest = logits[prediction];
    let sum: f64 = logits.iter().map(|logit| (logit - highest).exp()).sum();
    let scores = logits.iter().map(|logit| ((logit - highest).exp() / sum) as f32).collect();
    Outcome::class(label, prediction as u32, scores)
}

fn categories(encoder: &TableEncoder) -> Vec<usize> {
    encoder.embeddings().iter().map(|embedding| embedding.categories).collect()
}

/// The training examples that are read, in their order: a sample where they are many.
fn sampled(sides: &Sides<'_>, width: usize) -> Vec<usize> {
    let mut train = sides.train.to_vec();
    let most = (MOST_NUMBERS / width.max(1)).max(1);
    if train.len() > most {
        train.shuffle(&mut ChaCha8Rng::seed_from_u64(sides.seed));
        train.truncate(most);
        train.sort_unstable();
    }
    train
}

/// The encoder for images whose longer side is not above [`LONGEST_SIDE`].
fn small(encoder: &ImageEncoder) -> (ImageEncoder, Option<Shrunk>) {
    let longer = encoder.height.max(encoder.width);
    if longer <= LONGEST_SIDE {
        return (encoder.clone(), None);
    }
    let side = |side: usize| (side * LONGEST_SIDE / longer).max(1);
    let (height, width) = (side(encoder.height), side(encoder.width));
    let shrunk = Shrunk { from: [encoder.height, encoder.width], to: [height, width] };
    (ImageEncoder { height, width, ..encoder.clone() }, Some(shrunk))
}

fn pixels(
    (images, encoder): (&Images, &ImageEncoder),
    examples: &[usize],
) -> Result<Vec<f32>, DataError> {
    let size = encoder.shape().iter().product();
    let mut pixels = vec![0.0; examples.len() * size];
    examples
        .par_iter()
        .zip(pixels.par_chunks_exact_mut(size))
        .try_for_each(|(&example, pixels)| encoder.encode_into(images, example, pixels))?;
    Ok(pixels)
}
