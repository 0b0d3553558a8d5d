//! Small data sets, one for every task and network there is.

use gapwise_data::{
    Dataset, Inputs, Labels, Split, Splits,
    images::{Depth, Framing, ImageReading, Images},
    source::Reading,
    table::{Column, ColumnRole, ColumnSchema, ColumnValues, LabelSchema, Table, TableSchema},
};
use gapwise_nn::{
    Device,
    initialise::Initialisation,
    layers::{Activation, BatchNormPlace},
    model::{Fit, FitError, Fitting, Model, NetworkKind, NetworkSettings},
    tasks::{Answer, Labelled, Task},
    train::{Examples, Fitted, Resume, Setup, TrainError, TrainSettings, Watch, train},
};
// Those of `reference/make.py`.
pub(crate) use gapwise_nn::workloads::{drawn, whole};

/// What a network is trained on, and how.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) name: &'static str,
    pub(crate) dataset: Dataset,
    pub(crate) splits: Splits,
    pub(crate) network: NetworkSettings,
    pub(crate) settings: TrainSettings,
}

impl Sample {
    pub(crate) fn try_fit(&self) -> Result<Fit, FitError> {
        self.fit_with(None, &mut ())
    }

    /// Goes on from a checkpoint, where there is one.
    pub(crate) fn fit_with(
        &self,
        resume: Option<Resume>,
        watch: &mut dyn Watch,
    ) -> Result<Fit, FitError> {
        let settings = &self.settings;
        let setup = Setup { settings, device: &Device::flex(), resume, watch };
        Fitting::new(&self.dataset, &self.splits, &self.network, settings)?.train(setup)
    }

    pub(crate) fn fit(&self) -> Fit {
        self.try_fit().unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    /// The right answers, all of which count alike.
    pub(crate) fn labelled(&self) -> Labelled<'_> {
        Labelled { labels: Some(&self.dataset.labels), weights: None }
    }

    /// What a model answers for every example.
    pub(crate) fn answers(&self, model: &Model) -> Vec<Answer> {
        let examples: Vec<usize> = (0..self.dataset.len()).collect();
        model.answers(&self.dataset.inputs, self.labelled(), &examples).unwrap()
    }
}

/// [`train`] by itself, on the processor.
pub(crate) fn train_alone<T: Task + Sync>(
    task: &T,
    network: T::Network,
    examples: Examples<'_>,
    settings: &TrainSettings,
) -> Result<Fitted<T::Network>, TrainError> {
    let setup = Setup { settings, device: &Device::flex(), resume: None, watch: &mut () };
    train(task, network, examples, setup)
}

/// Every task with every network that reads its data. Of three examples, two train and one
/// validates.
pub(crate) fn every_task_and_network() -> Vec<Sample> {
    let of_kind = |kind| NetworkSettings::new(kind).with_dropout(0.0);
    let feed_forward = of_kind(NetworkKind::FEED_FORWARD).with_hidden(vec![32]);
    let before = NetworkSettings {
        batch_norm: BatchNormPlace::BeforeActivation,
        activation: Activation::LeakyRelu,
        initialisation: Some(Initialisation::HeUniform),
        ..feed_forward.clone().with_hidden(vec![24, 16])
    };
    let after = NetworkSettings {
        batch_norm: BatchNormPlace::AfterActivation,
        activation: Activation::Tanh,
        ..of_kind(NetworkKind::SMALL_CONV)
    };
    let lenet = NetworkSettings {
        batch_norm: BatchNormPlace::BeforeActivation,
        ..of_kind(NetworkKind::LENET)
    };
    let conv = NetworkSettings {
        channels: vec![6, 8],
        ..of_kind(NetworkKind::CONV).with_hidden(vec![16, 12])
    };
    vec![
        sample("rows to classes", rows(51, classes(51)), feed_forward.clone()),
        sample("rows to a number", rows(51, numbers(51)), feed_forward.clone()),
        sample("images to lenet", images([1, 28, 28], 12), of_kind(NetworkKind::LENET)),
        sample("resized images to lenet", images([3, 20, 24], 12), of_kind(NetworkKind::LENET)),
        sample("images to small-conv", images([1, 8, 8], 12), of_kind(NetworkKind::SMALL_CONV)),
        sample("images to feed-forward", images([3, 8, 8], 12), feed_forward),
        sample("rows, batch norm before", rows(51, classes(51)), before),
        sample("images to small-conv, batch norm after", images([1, 8, 8], 12), after),
        sample("images to lenet, batch norm before", images([1, 28, 28], 12), lenet),
        sample("images to conv", images([3, 7, 9], 12), conv),
    ]
}

pub(crate) fn sample(name: &'static str, dataset: Dataset, network: NetworkSettings) -> Sample {
    let role = |at| if at % 3 == 2 { Split::Validation } else { Split::Train };
    let splits = Splits { of: (0..dataset.len()).map(|at| Some(role(at))).collect() };
    let settings = TrainSettings::new(60, 64, 0.01, 1);
    Sample { name, dataset, splits, network, settings }
}

/// Three classes, drawn.
pub(crate) fn classes(examples: usize) -> Labels {
    let names = ["ash", "birch", "cedar"].map(String::from).to_vec();
    Labels::Classes { names, of: (0..examples).map(|at| whole(3, at, 3)).collect() }
}

/// Numbers about 1,000, drawn.
pub(crate) fn numbers(examples: usize) -> Labels {
    Labels::Numbers((0..examples).map(|at| 1_000.0 + f64::from(drawn(4, at, 300.0))).collect())
}

/// Rows of two numbers, one of them with a gap, a category of three values and one of seventeen,
/// which becomes an embedding.
pub(crate) fn rows(examples: usize, labels: Labels) -> Dataset {
    let number = |stream, scale| -> Vec<f64> {
        (0..examples).map(|at| f64::from(drawn(stream, at, scale))).collect()
    };
    let category = |values: usize| ColumnValues::Category {
        names: (0..values).map(|value| format!("value {value}")).collect(),
        of: (0..examples).map(|at| (at / 3 % values) as u32).collect(),
    };
    let mut gappy = number(2, 900.0);
    gappy[0] = f64::NAN;
    let column = |name: &str, values| Column { name: name.into(), values, left_out: None };
    let columns = vec![
        column("width", ColumnValues::Number(number(1, 7.0))),
        column("weight", ColumnValues::Number(gappy)),
        column("colour", category(3)),
        column("street", category(17)),
    ];
    let label = match &labels {
        Labels::Classes { names, .. } => LabelSchema::Classification { classes: names.clone() },
        Labels::Numbers(_) => LabelSchema::Regression,
    };
    let schemas = columns.iter().map(|column: &Column| ColumnSchema {
        name: column.name.clone(),
        kind: column.values.kind(),
        role: ColumnRole::Input,
        date_order: None,
        notation: None,
    });
    let (columns_of, missing) = (schemas.collect(), vec![]);
    let schema = TableSchema {
        header: true,
        delimiter: ',',
        quote: Default::default(),
        columns: columns_of,
        label,
        missing,
    };
    let table = Table { columns, rows: examples };
    dataset(Inputs::Table(table), labels, Reading::Table(schema))
}

/// Images of drawn pixels, `[channels, height, width]`, of three classes.
pub(crate) fn images([channels, height, width]: [usize; 3], examples: usize) -> Dataset {
    let labels = classes(examples);
    let Labels::Classes { names, .. } = &labels else { unreachable!("labels are classes") };
    let (fit, depth) = (Framing::default(), Depth::Eight);
    let reading = ImageReading { channels, height, width, depth, classes: names.clone(), fit };
    let pixels =
        (0..examples * channels * height * width).map(|at| whole(5, at, 256) as u8).collect();
    let images = Images::in_memory([channels, height, width], pixels);
    dataset(Inputs::Images(images), labels, Reading::Images(reading))
}

fn dataset(inputs: Inputs, labels: Labels, reading: Reading) -> Dataset {
    let examples = match &labels {
        Labels::Classes { of, .. } => of.len(),
        Labels::Numbers(numbers) => numbers.len(),
    };
    Dataset {
        name: "sample".into(),
        ids: (0..examples).map(|at| at.to_string()).collect(),
        inputs,
        labels,
        label_name: "label".into(),
        reading,
        groups: None,
        weights: None,
        times: None,
        train_from: None,
        ready_made: None,
        content: (0..examples as u128).collect(),
        notes: vec![],
        problems: vec![],
        fingerprint: String::new(),
    }
}
