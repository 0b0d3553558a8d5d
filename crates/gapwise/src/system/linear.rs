//! The linear baseline of a data set: what it reads, what it answers on validation.

use gapwise_data::{Dataset, split::time_blocks};
use gapwise_nn::{
    model::NetworkRecord,
    tasks::{HeadRecord, Labelled},
};
use gapwise_study::{
    baseline::linear::{Examples, Features, Linear, LinearRecord, Shrunk},
    predictions::Outcome,
};
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use crate::Error;

/// Numbers of training examples that are held at once: 1 GiB of them.
const MOST_NUMBERS: usize = 1 << 28;

/// A fitted linear baseline's answers on validation.
pub(super) struct LinearBaseline {
    pub(super) answers: Vec<Outcome>,
    pub(super) record: LinearRecord,
}

/// How fitting a linear baseline ended.
pub(super) enum LinearFitted {
    /// It is fitted.
    Yes(LinearBaseline),
    /// There is none: the network is linear itself, or no linear model gives such answers.
    None,
    /// Whoever watched it asked for a stop.
    Stopped,
}

/// What the baseline is fitted to and asked.
pub(super) struct LinearFit<'a> {
    pub(super) dataset: &'a Dataset,
    pub(super) head: &'a HeadRecord,
    /// The encoder says how inputs become numbers.
    pub(super) network: &'a NetworkRecord,
    /// What each example counts.
    pub(super) weights: Option<&'a [f32]>,
    pub(super) train: &'a [usize],
    pub(super) validation: &'a [usize],
    pub(super) seed: u64,
}

impl LinearFit<'_> {
    /// Fits the baseline and answers validation.
    pub(super) fn baseline(&self, stop: &dyn Fn() -> bool) -> Result<LinearFitted, Error> {
        let Some(head) = self.head.linear() else { return Ok(LinearFitted::None) };
        let reader = self.network.linear_reader(&self.dataset.inputs)?;
        let (width, categories) = (reader.width(), reader.categories());
        let labelled = Labelled { labels: Some(&self.dataset.labels), weights: self.weights };

        let train = self.sampled(width);
        let read = reader.read(&train)?;
        let targets = head.linear_targets(labelled, &read.examples)?;
        let (weights, units) = (labelled.weights_of(&read.examples), self.units(&read.examples));
        let (dense, codes, categories) = (&read.dense[..], &read.codes[..], &categories[..]);
        let examples = Examples {
            features: Features { width, dense, codes, categories },
            targets: targets.as_targets(),
            weights: weights.as_deref(),
            units: units.as_deref(),
        };
        let Some(linear) = Linear::fit(examples, &read.rows, self.seed, stop) else {
            return Ok(LinearFitted::Stopped);
        };
        drop((read, targets, weights, units));

        let mut answers = Vec::with_capacity(self.validation.len());
        for chunk in self.validation.chunks(reader.at_once()) {
            let read = reader.read(chunk)?;
            let (dense, codes) = (&read.dense[..], &read.codes[..]);
            let features = Features { width, dense, codes, categories };
            let outputs = linear.answers(features, &read.rows);
            for (outputs, &example) in outputs.chunks_exact(head.outputs()).zip(chunk) {
                answers.push(head.outcome(outputs, labelled, example)?);
            }
        }
        let shrunk = reader.shrunk().map(|[from, to]| Shrunk { from, to });
        let record = LinearRecord::new(linear.course(), self.train.len());
        let record = LinearRecord { shrunk, ..record };
        Ok(LinearFitted::Yes(LinearBaseline { answers, record }))
    }

    /// The training examples that are read, in their order: a sample where they are many.
    fn sampled(&self, width: usize) -> Vec<usize> {
        let mut train = self.train.to_vec();
        let most = (MOST_NUMBERS / width.max(1)).max(1);
        if train.len() > most {
            train.shuffle(&mut ChaCha8Rng::seed_from_u64(self.seed));
            train.truncate(most);
            train.sort_unstable();
        }
        train
    }

    /// The unit of each of these examples: its group, or its block of time.
    fn units(&self, examples: &[usize]) -> Option<Vec<u32>> {
        match (&self.dataset.groups, &self.dataset.times) {
            (Some(groups), _) => Some(examples.iter().map(|&i| groups.of[i]).collect()),
            (None, Some(times)) => {
                let blocks = time_blocks(&times.of, examples);
                Some(blocks.into_iter().map(|block| block as u32).collect())
            }
            (None, None) => None,
        }
    }
}
