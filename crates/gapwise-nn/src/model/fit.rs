//! From a split data set to a model.

use std::{fmt::Debug, sync::Arc};

use burn::tensor::{Device, Tensor};
use gapwise_data::{DataError, Dataset, Labels, Note, Split, Splits};
use gapwise_study::{metric::Metric, run::RangeTest};
use thiserror::Error;

use super::{Model, ModelRecord, NetworkRecord, NetworkSettings, TrainedNetwork, encoded::Encoded};
use crate::{
    initialise::Initialiser,
    tasks::{Head, HeadRecord, Labelled, ReaderSettings, Supervised},
    train::{
        ClassWeights, Examples, Fitted, Records, SettingError, Setup, TrainError, TrainSettings,
        find_learning_rate, train,
    },
    transfer::{Pretrained, TransferRecord, UnfitWeights},
};

/// Why no network could be fitted.
#[derive(Debug, Error)]
pub enum FitError {
    /// The data could not be encoded.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Training failed.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// The weights to begin with are not this network's.
    #[error(transparent)]
    Weights(#[from] UnfitWeights),
}

/// What [`Fitting::train`] gives.
#[derive(Debug, Clone)]
pub struct Fit {
    /// The model of the best epoch.
    pub best: Model,
    /// That epoch, from 1.
    pub best_epoch: usize,
    /// The model of the last epoch.
    pub last: Model,
    /// What was recorded.
    pub records: Records,
}

/// A network that is about to be trained on a data set.
///
/// Normalisation, categories and medians are fitted on the train split alone.
#[derive(Debug)]
pub struct Fitting<'a> {
    given: Given<'a>,
    record: ModelRecord,
    typed: Box<dyn TypedFitting>,
    notes: Vec<Note>,
}

/// What every kind of input and of answer is fitted by.
#[derive(Debug)]
pub(super) struct Given<'a> {
    pub(super) dataset: &'a Dataset,
    pub(super) train: Vec<usize>,
    pub(super) validation: Vec<usize>,
    pub(super) network: NetworkSettings,
    pub(super) readers: ReaderSettings,
    /// Factor on the learning rate of layers that came with weights.
    pub(super) kept_rate: f64,
    /// Numbers that the network gives for one example.
    pub(super) outputs: usize,
    metric: Metric,
    /// What each example of the data set counts.
    weights: Option<Vec<f32>>,
}

impl Given<'_> {
    fn labelled(&self) -> Labelled<'_> {
        Labelled { labels: Some(&self.dataset.labels), weights: self.weights.as_deref() }
    }

    fn examples(&self) -> Examples<'_> {
        Examples { train: &self.train, validation: &self.validation }
    }

    /// What draws initial weights.
    fn initialiser(&self, seed: u64, device: &Device) -> Initialiser {
        Initialiser::new(seed, &device.clone().autodiff())
            .with_initialisation(self.network.initialisation)
            .with_scale(self.network.initial_scale)
    }
}

/// A kind of input times a head, of which a [`Fitting`] knows no more than this.
pub(super) trait TypedFitting: Debug {
    /// Trains the network and keeps its best epoch.
    fn train(&self, fitting: &Fitting<'_>, setup: Setup<'_>) -> Result<Fit, FitError>;

    /// Says which learning rate the range test takes.
    fn find_learning_rate(
        &self,
        fitting: &Fitting<'_>,
        setup: Setup<'_>,
    ) -> Result<RangeTest, FitError>;

    /// Takes weights of other data to begin with, and says what was done.
    fn begin_with(
        &mut self,
        given: &Given<'_>,
        weights: &Pretrained<'_>,
        initialiser: &mut Initialiser,
    ) -> Result<Vec<Note>, FitError>;

    /// Where weights of other data went, where training begins with some.
    fn transferred(&self) -> Option<&TransferRecord>;

    /// Encoder and sizes.
    fn record(&self) -> NetworkRecord;
}

/// A kind of input times a head.
#[derive(Debug)]
pub(super) struct Typed<E: Encoded, H> {
    encoded: E,
    head: H,
    beginning: Option<E::Beginning>,
}

/// The task of a kind of input and a head.
type TaskOf<'a, E, H> = Supervised<'a, <E as Encoded>::Network, <E as Encoded>::Reader<'a>, H>;

impl<E: Encoded, H: Head + Clone> Typed<E, H> {
    pub(super) fn new(encoded: E, head: H) -> Self {
        Typed { encoded, head, beginning: None }
    }

    /// The task, and the network with its initial weights.
    fn task<'a>(
        &'a self,
        given: &'a Given<'_>,
        setup: &mut Setup<'_>,
    ) -> Result<(TaskOf<'a, E, H>, E::Network), FitError> {
        let beginning = self.beginning.as_ref();
        let network = match beginning {
            None => {
                let seed = setup.settings.seed;
                self.encoded.init(&mut given.initialiser(seed, setup.device))
            }
            Some(beginning) => E::first_network(beginning),
        };
        let reader = self.encoded.training_reader(given, beginning, setup)?;
        let task = Supervised::new(reader, self.head.clone(), given.labelled());
        let rates = beginning.map_or_else(Vec::new, E::rates);
        Ok((task.judged_by(given.metric).with_rates(rates), network))
    }
}

impl<E, H> TypedFitting for Typed<E, H>
where
    E: Encoded,
    H: Head<Outputs = Tensor<2>> + Clone + Debug + Send + 'static,
    NetworkRecord: From<E>,
{
    fn train(&self, fitting: &Fitting<'_>, mut setup: Setup<'_>) -> Result<Fit, FitError> {
        let device = setup.device.clone();
        let (task, network) = self.task(&fitting.given, &mut setup)?;
        let Fitted { best, best_epoch, last, records } =
            train(&task, network, fitting.given.examples(), setup)?;
        let model = |network| {
            let (encoded, head, device) = (self.encoded.clone(), self.head.clone(), device.clone());
            let network = Arc::new(TrainedNetwork { encoded, network, head, device });
            Model { record: fitting.record.clone(), network }
        };
        Ok(Fit { best: model(best), best_epoch, last: model(last), records })
    }

    fn find_learning_rate(
        &self,
        fitting: &Fitting<'_>,
        mut setup: Setup<'_>,
    ) -> Result<RangeTest, FitError> {
        let (task, network) = self.task(&fitting.given, &mut setup)?;
        Ok(find_learning_rate(&task, network, fitting.given.examples(), setup)?)
    }

    fn begin_with(
        &mut self,
        given: &Given<'_>,
        weights: &Pretrained<'_>,
        initialiser: &mut Initialiser,
    ) -> Result<Vec<Note>, FitError> {
        let (beginning, notes) = self.encoded.begin_with(given, weights, initialiser)?;
        self.beginning = Some(beginning);
        Ok(notes)
    }

    fn transferred(&self) -> Option<&TransferRecord> {
        self.beginning.as_ref().map(E::transferred)
    }

    fn record(&self) -> NetworkRecord {
        self.encoded.clone().into()
    }
}

impl<'a> Fitting<'a> {
    /// Fits the encoder and sizes the network, which has to
    /// [read](super::NetworkKind::reads) the data's inputs.
    ///
    /// # Errors
    ///
    /// [`FitError::Train`] where `train` weighs classes that there are not, [`FitError::Data`] where an
    /// image cannot be read.
    pub fn new(
        dataset: &'a Dataset,
        splits: &Splits,
        network: &NetworkSettings,
        train: &TrainSettings,
    ) -> Result<Self, FitError> {
        let examples = splits.indices(Split::Train);
        let head = HeadRecord::fit(&dataset.labels, &dataset.label_name, &examples);
        let mut given = Given {
            dataset,
            validation: splits.indices(Split::Validation),
            train: examples,
            network: network.clone(),
            readers: ReaderSettings::default(),
            kept_rate: train.kept_rate,
            outputs: head.outputs(),
            metric: head.metric(),
            weights: None,
        };
        let (typed, mut notes) = NetworkRecord::fit(&given, &head)?;
        let class_weights = class_weights(&train.class_weights, &dataset.labels, &given.train)?;
        notes.extend(unseen_classes(&train.class_weights, &dataset.labels, &given.train));
        let reading = dataset.reading.clone();
        let record = ModelRecord { reading, head, network: typed.record(), class_weights };
        given.weights = record.weights(&dataset.labels, dataset.weights.as_deref());
        Ok(Fitting { given, record, typed, notes })
    }

    /// The same for a network that begins with weights of other data; its head is drawn by `seed`.
    /// Images are normalised as those were that the weights learned on, where that is known: as the
    /// weights say, or as ImageNet's for torchvision's names. Grey images become colour ones, all
    /// channels alike, for weights that read colour.
    ///
    /// # Errors
    ///
    /// [`FitError::Weights`] where more than the head does not fit; [`FitError::Train`] for rows of a
    /// table, and where `freeze` names no stage of the network.
    pub fn with_weights(
        mut self,
        weights: &Pretrained<'_>,
        seed: u64,
        device: &Device,
    ) -> Result<Self, FitError> {
        let mut initialiser = self.given.initialiser(seed, device);
        self.notes.extend(self.typed.begin_with(&self.given, weights, &mut initialiser)?);
        self.record.network = self.typed.record();
        Ok(self)
    }

    /// The same whose inputs are read as these settings say. To be called before
    /// [`with_weights`](Fitting::with_weights).
    #[must_use]
    pub fn reading(mut self, readers: ReaderSettings) -> Self {
        self.given.readers = readers;
        self
    }

    /// What the network began with, where that is the weights of other data.
    pub fn transferred(&self) -> Option<&TransferRecord> {
        self.typed.transferred()
    }

    /// The same with its epochs judged by `metric`, which fits the labels. Default: error rate for
    /// classes, RMSE for numbers.
    #[must_use]
    pub fn judged_by(mut self, metric: Metric) -> Self {
        self.given.metric = metric;
        self
    }

    /// Encoder and sizes: all of the model but its weights.
    pub fn record(&self) -> &ModelRecord {
        &self.record
    }

    /// What the encoder does by convention, a line each.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// The data set's labels, and what each example counts.
    pub fn labelled(&self) -> Labelled<'_> {
        self.given.labelled()
    }

    /// Trains the network and keeps its best epoch.
    ///
    /// # Errors
    ///
    /// [`FitError::Train`] where [`train`] fails; [`FitError::Data`] where an encoder does not fit
    /// its own data, which does not happen.
    pub fn train(&self, setup: Setup<'_>) -> Result<Fit, FitError> {
        self.typed.train(self, setup)
    }

    /// Says which learning rate the range test takes, as [`find_learning_rate`].
    ///
    /// # Errors
    ///
    /// As [`Fitting::train`].
    pub fn find_learning_rate(&self, setup: Setup<'_>) -> Result<RangeTest, FitError> {
        self.typed.find_learning_rate(self, setup)
    }
}

/// A setting that cannot be.
pub(super) fn setting(key: &'static str, expected: &str, found: &str) -> FitError {
    let (expected, found) = (expected.to_owned(), found.to_owned());
    FitError::Train(SettingError { key, expected, found }.into())
}

/// What is done by convention, without a setting for it.
pub(super) fn note(said: &str) -> Note {
    Note { said: said.to_owned(), change_with: None }
}

/// What each class counts; nothing where all count alike.
fn class_weights(
    weights: &ClassWeights,
    labels: &Labels,
    train: &[usize],
) -> Result<Option<Vec<f64>>, TrainError> {
    let Labels::Classes { names, of } = labels else { return Ok(None) };
    if *weights == ClassWeights::None {
        return Ok(None);
    }
    Ok(Some(weights.of(names, &class_counts((names, of), train))?))
}

/// Training examples of each class.
fn class_counts((names, of): (&[String], &[u32]), train: &[usize]) -> Vec<usize> {
    let mut counts = vec![0; names.len()];
    for &example in train {
        counts[of[example] as usize] += 1;
    }
    counts
}

/// What balanced weights do about classes that no training example has.
fn unseen_classes(weights: &ClassWeights, labels: &Labels, train: &[usize]) -> Option<Note> {
    let (ClassWeights::Balanced, Labels::Classes { names, of }) = (weights, labels) else {
        return None;
    };
    let counts = class_counts((names, of), train);
    let unseen: Vec<String> = names
        .iter()
        .zip(counts)
        .filter(|(_, count)| *count == 0)
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    (!unseen.is_empty()).then(|| Note {
        said: format!(
            "no training example to balance by: {} counts 1 an example in the metric",
            unseen.join(", ")
        ),
        change_with: Some("--set 'train.class_weights={CLASS=WEIGHT}'".into()),
    })
}
