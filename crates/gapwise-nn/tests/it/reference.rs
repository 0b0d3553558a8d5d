//! Networks, gradients and optimiser against PyTorch's answers (`tests/reference/make.py`).

use std::collections::BTreeMap;

use burn::{
    module::{Module, ModuleVisitor, Param},
    optim::GradientsParams,
    tensor::{Tensor, TensorData},
};
use gapwise_data::{Labels, table::EncodedTable};
use gapwise_nn::{
    Device,
    initialise::Initialiser,
    layers::{self, Activation, BatchNormPlace, NormActivation},
    networks::{
        ConvConfig, FeedForward, FeedForwardConfig, ImageNetwork, ImageNetworkConfig, LeNetConfig,
        SmallConvConfig, conv::Pool, feed_forward::Features, lenet::LeNetSide,
    },
    tasks::{ClassHead, Head, Labelled, NumberHead, RowReader, Supervised},
    train::{Examples, Schedule, TrainSettings},
    weights,
};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::Deserialize;

use crate::samples::{drawn, train_alone, whole};

#[derive(Deserialize)]
struct Reference {
    steps: usize,
    learning_rate: f64,
    l2: f64,
    networks: Vec<NetworkReference>,
    training: Vec<TrainingReference>,
}

#[derive(Deserialize)]
struct NetworkReference {
    name: String,
    tensors: Vec<TensorReference>,
    inputs: Vec<usize>,
    logits: Vec<Vec<f64>>,
    loss: f64,
    gradients: BTreeMap<String, Sketch>,
    /// Running statistics after three forward passes in training; without batch norm none.
    #[serde(default)]
    statistics: BTreeMap<String, Vec<f64>>,
    /// Logits in evaluation after those passes.
    #[serde(default)]
    evaluated: Vec<Vec<f64>>,
}

#[derive(Deserialize)]
struct TrainingReference {
    name: String,
    tensors: Vec<TensorReference>,
    schedule: Schedule,
    losses: Vec<f64>,
    weights: BTreeMap<String, Vec<f64>>,
}

/// A parameter or running statistic in PyTorch's layout, drawn from the stream of its place.
#[derive(Clone, Deserialize)]
pub(crate) struct TensorReference {
    name: String,
    shape: Vec<usize>,
    scale: f64,
    /// What is added to what is drawn.
    #[serde(default)]
    about: f32,
}

/// What is kept of a gradient.
#[derive(Deserialize)]
struct Sketch {
    first: Vec<f64>,
    sum: f64,
    norm: f64,
    product: f64,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("../reference/networks.json")).unwrap()
}

fn network_reference(name: &str) -> NetworkReference {
    reference().networks.into_iter().find(|network| network.name == name).unwrap()
}

pub(crate) fn draw(stream: u64, count: usize, scale: f64) -> Vec<f32> {
    (0..count).map(|at| drawn(stream, at, scale)).collect()
}

/// The drawn parameters as a weight file, which also puts names and layout to the test.
pub(crate) fn weight_file(tensors: &[TensorReference]) -> Vec<u8> {
    let bytes: Vec<Vec<u8>> = (0..)
        .zip(tensors)
        .map(|(stream, tensor)| {
            let values = draw(stream, tensor.shape.iter().product(), tensor.scale);
            values.into_iter().flat_map(|value| (value + tensor.about).to_le_bytes()).collect()
        })
        .collect();
    let views = tensors.iter().zip(&bytes).map(|(tensor, bytes)| {
        let view = TensorView::new(Dtype::F32, tensor.shape.clone(), bytes).unwrap();
        (tensor.name.as_str(), view)
    });
    safetensors::serialize(views, None).unwrap()
}

/// The tensors of a weight file, as PyTorch lays them out.
pub(crate) fn tensors_of(file: &[u8]) -> BTreeMap<String, Vec<f64>> {
    let read = SafeTensors::deserialize(file).unwrap();
    let values = |view: TensorView<'_>| {
        let value = |bytes: &[u8]| f64::from(f32::from_le_bytes(bytes.try_into().unwrap()));
        view.data().chunks_exact(4).map(value).collect()
    };
    read.iter().map(|(name, view)| (name.to_owned(), values(view))).collect()
}

/// Gradients by PyTorch's names; those of dense layers transposed to its layout.
struct ByName<'a> {
    gradients: &'a GradientsParams,
    path: Vec<(String, String)>,
    found: BTreeMap<String, Vec<f64>>,
}

impl ModuleVisitor for ByName<'_> {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.push((name.to_owned(), container.to_owned()));
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        // The parts of an enum are its variants, which are no part of a name.
        let is_name = |(_, container): &&(String, String)| !container.starts_with("Enum");
        let names = self.path.iter().filter(is_name).map(|(name, _)| name.as_str());
        let name = names.collect::<Vec<_>>().join(".");
        let name = match name.rsplit_once('.') {
            Some((layer, "gamma")) => format!("{layer}.weight"),
            Some((layer, "beta")) => format!("{layer}.bias"),
            // No gradient flows to what the forward pass averages.
            Some((_, "running_mean" | "running_var" | "num_batches_tracked")) => return,
            _ => name,
        };
        let gradient = self.gradients.get::<D>(param.id).unwrap();
        let of_linear = self.path.last().is_some_and(|(_, container)| container == "Struct:Linear");
        let gradient = if of_linear && D == 2 { gradient.transpose() } else { gradient };
        self.found.insert(name, gradient.into_data().iter::<f64>().collect());
    }
}

pub(crate) fn gradients_of<M: Module>(network: &M, loss: &Tensor<1>) -> BTreeMap<String, Vec<f64>> {
    let gradients = GradientsParams::from_grads(loss.backward(), network);
    let mut visitor = ByName { gradients: &gradients, path: vec![], found: BTreeMap::new() };
    network.visit(&mut visitor);
    visitor.found
}

/// Fails where a value is further from the reference's than `share` of the largest of these.
pub(crate) fn assert_close(what: &str, found: &[f64], expected: &[f64], share: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!(
            (found - expected).abs() <= share * largest,
            "{what}, value {at}: {found} where PyTorch has {expected}"
        );
    }
}

fn assert_gradients(reference: &NetworkReference, found: &BTreeMap<String, Vec<f64>>) {
    assert!(found.keys().eq(reference.gradients.keys()), "{:?}", found.keys());
    for (name, sketch) in &reference.gradients {
        let what = format!("{}, gradient of {name}", reference.name);
        let values = &found[name];
        let norm = values.iter().map(|value| value * value).sum::<f64>().sqrt();
        assert_close(&what, &[norm], &[sketch.norm], 1e-4);
        let product: f64 = values
            .iter()
            .enumerate()
            .map(|(at, value)| value * f64::from(drawn(99, at, 2.0)))
            .sum();
        let sum: f64 = values.iter().sum();
        // The norm is the scale of all else.
        let mut kept = vec![norm, sum, product];
        kept.extend(&values[..sketch.first.len()]);
        let mut expected = vec![sketch.norm, sketch.sum, sketch.product];
        expected.extend(&sketch.first);
        assert_close(&what, &kept, &expected, 1e-4);
    }
}

pub(crate) fn head(outputs: usize) -> ClassHead {
    ClassHead { names: (0..outputs).map(|class| class.to_string()).collect() }
}

pub(crate) fn classes(examples: usize, outputs: usize) -> Labels {
    Labels::Classes { names: vec![], of: (0..examples).map(|at| whole(51, at, outputs)).collect() }
}

/// Logits, loss and every gradient of a network, each against PyTorch's; with batch norm, also the
/// running statistics after two batches more, and what is then answered in evaluation. `forward`
/// takes the stream that its inputs are drawn from.
fn compare<M: Module>(
    reference: &NetworkReference,
    mut network: M,
    forward: impl Fn(&M, &Device, u64) -> Tensor<2>,
) {
    // PyTorch counts batches from 0 too, but not as a number that is drawn.
    let counts = reference.tensors.iter().filter(|tensor| tensor.name.ends_with("running_var"));
    let counts = counts.map(|tensor| TensorReference {
        name: tensor.name.replace("running_var", "num_batches_tracked"),
        shape: vec![1],
        scale: 0.0,
        about: 0.0,
    });
    let tensors: Vec<TensorReference> = reference.tensors.iter().cloned().chain(counts).collect();
    weights::load(&mut network, weight_file(&tensors)).unwrap();
    let device = Device::flex().autodiff();
    let logits = forward(&network, &device, 50);
    let (examples, outputs) = (reference.logits.len(), reference.logits[0].len());
    let found: Vec<f64> = logits.clone().into_data().iter::<f64>().collect();
    assert_close(&reference.name, &found, &reference.logits.concat(), 1e-5);

    let all: Vec<usize> = (0..examples).collect();
    let labels = classes(examples, outputs);
    let labelled = Labelled { labels: Some(&labels), weights: None };
    let head = head(outputs);
    let targets = head.targets(head.load(labelled, &all).unwrap(), &device);
    let loss = head.loss(logits, targets);
    let value = loss.clone().into_scalar::<f64>();
    assert_close(&format!("{}, loss", reference.name), &[value], &[reference.loss], 1e-5);
    assert_gradients(reference, &gradients_of(&network, &loss));

    let parameters: usize = reference
        .tensors
        .iter()
        .filter(|tensor| !tensor.name.contains("running_"))
        .map(|tensor| tensor.shape.iter().product::<usize>())
        .sum();
    assert_eq!(layers::parameters(&network), parameters, "{}", reference.name);
    if reference.evaluated.is_empty() {
        return;
    }
    for stream in [70, 71] {
        forward(&network, &device, stream);
    }
    let found = tensors_of(&weights::to_bytes(&network).unwrap());
    for (name, expected) in &reference.statistics {
        assert_close(&format!("{}, {name}", reference.name), &found[name], expected, 1e-5);
    }
    let answered = forward(&network.valid(), &Device::flex(), 50);
    let answered: Vec<f64> = answered.into_data().iter::<f64>().collect();
    let what = format!("{} in evaluation", reference.name);
    assert_close(&what, &answered, &reference.evaluated.concat(), 1e-5);
}

fn compare_images(name: &str, config: &ImageNetworkConfig) {
    let reference = network_reference(name);
    let shape: [usize; 4] = reference.inputs.clone().try_into().unwrap();
    let device = Device::flex().autodiff();
    let network = config.init(&mut Initialiser::new(7, &device));
    compare(&reference, network, |network: &ImageNetwork, device, stream| {
        let pixels = TensorData::new(draw(stream, shape.iter().product(), 4.0), shape);
        network.forward(Tensor::from_data(pixels, device))
    });
}

#[test]
fn lenet_answers_and_learns_as_in_pytorch() {
    for (name, side, channels) in
        [("LeNet, 28×28", LeNetSide::Padded28, 1), ("LeNet, 32×32", LeNetSide::Whole32, 3)]
    {
        let (norm_activation, dropout, input_dropout) = (NormActivation::default(), [0.0; 2], 0.0);
        let config =
            LeNetConfig { channels, side, norm_activation, dropout, input_dropout, outputs: 5 };
        compare_images(name, &ImageNetworkConfig::Lenet(config));
    }
}

#[test]
fn small_conv_answers_and_learns_as_in_pytorch_with_even_and_odd_sides() {
    for (name, [channels, height, width]) in
        [("SmallConv, 8×8", [1, 8, 8]), ("SmallConv, 9×13", [3, 9, 13])]
    {
        let config = SmallConvConfig {
            channels,
            height,
            width,
            norm_activation: NormActivation::default(),
            dropout: 0.0,
            input_dropout: 0.0,
            outputs: 5,
        };
        compare_images(name, &ImageNetworkConfig::SmallConv(config));
    }
}

fn norm_activation(activation: Activation, batch_norm: BatchNormPlace) -> NormActivation {
    NormActivation { activation, batch_norm }
}

#[test]
fn lenet_and_small_conv_with_batch_norm_answer_and_learn_as_in_pytorch() {
    let lenet = LeNetConfig {
        channels: 1,
        side: LeNetSide::Padded28,
        norm_activation: norm_activation(Activation::Relu, BatchNormPlace::BeforeActivation),
        dropout: [0.0; 2],
        input_dropout: 0.0,
        outputs: 5,
    };
    compare_images("LeNet, batch norm before", &ImageNetworkConfig::Lenet(lenet));
    let small_conv = SmallConvConfig {
        channels: 1,
        height: 8,
        width: 8,
        norm_activation: norm_activation(Activation::Relu, BatchNormPlace::AfterActivation),
        dropout: 0.0,
        input_dropout: 0.0,
        outputs: 5,
    };
    compare_images("SmallConv, batch norm after", &ImageNetworkConfig::SmallConv(small_conv));
}

#[test]
fn conv_answers_and_learns_as_in_pytorch() {
    let before = norm_activation(Activation::Relu, BatchNormPlace::BeforeActivation);
    let after = norm_activation(Activation::Tanh, BatchNormPlace::AfterActivation);
    let stack = (vec![5, 3], vec![Pool::None, Pool::Average]);
    for (name, image, filters, hidden, norm_activation, (filter_sides, pools)) in [
        ("Conv", [1, 5, 4], vec![4, 6], vec![7], NormActivation::default(), (vec![], vec![])),
        ("Conv, batch norm before", [3, 9, 19], vec![4, 6, 5], vec![7], before, (vec![], vec![])),
        ("Conv, batch norm after", [1, 5, 4], vec![4, 6], vec![7, 8], after, (vec![], vec![])),
        ("Conv, written out", [2, 8, 7], vec![3, 4, 5], vec![6], NormActivation::default(), stack),
    ] {
        let [channels, height, width] = image;
        let config = ConvConfig {
            channels,
            height,
            width,
            filters,
            filter_sides,
            pools,
            norm_activation,
            dropout: vec![0.0; hidden.len()],
            hidden,
            input_dropout: 0.0,
            outputs: 5,
        };
        compare_images(name, &ImageNetworkConfig::Conv(config));
    }
}

pub(crate) fn feed_forward(
    hidden: Vec<usize>,
    outputs: usize,
    norm_activation: NormActivation,
) -> FeedForward {
    let config = FeedForwardConfig {
        features: 3,
        embeddings: vec![(4, 2), (6, 3)],
        dropout: vec![0.0; hidden.len()],
        hidden,
        norm_activation,
        input_dropout: 0.0,
        outputs,
    };
    config.init(&mut Initialiser::new(7, &Device::flex().autodiff()))
}

/// Codes of the two embedded columns, `[example, column]`.
pub(crate) fn codes(examples: usize) -> Vec<u32> {
    (0..examples).flat_map(|at| [whole(60, at, 4), whole(61, at, 6)]).collect()
}

#[test]
fn feed_forward_with_embeddings_answers_and_learns_as_in_pytorch() {
    for (name, norm_activation) in [
        ("FeedForward", NormActivation::default()),
        ("FeedForward, tanh", norm_activation(Activation::Tanh, BatchNormPlace::Off)),
        ("FeedForward, leaky ReLU", norm_activation(Activation::LeakyRelu, BatchNormPlace::Off)),
        (
            "FeedForward, batch norm before",
            norm_activation(Activation::Relu, BatchNormPlace::BeforeActivation),
        ),
        (
            "FeedForward, batch norm after",
            norm_activation(Activation::Tanh, BatchNormPlace::AfterActivation),
        ),
    ] {
        let reference = network_reference(name);
        let shape: [usize; 2] = reference.inputs.clone().try_into().unwrap();
        let network = feed_forward(vec![10, 7], 5, norm_activation);
        compare(&reference, network, |network, device, stream| {
            let dense = TensorData::new(draw(stream, shape[0] * shape[1], 4.0), shape);
            let codes: Vec<i32> = codes(shape[0]).into_iter().map(|code| code as i32).collect();
            let codes = TensorData::new(codes, [shape[0], 2]);
            network.forward(Features {
                dense: Tensor::from_data(dense, device),
                codes: Some(Tensor::from_data(codes, device)),
            })
        });
    }
}

#[test]
fn five_steps_of_training_are_those_of_pytorch() {
    let reference = reference();
    for training in &reference.training {
        match training.name.as_str() {
            "classes" => five_steps(&reference, training, &classes(12, 4), head(4), 4),
            _ => {
                let numbers = draw(52, 12, 3.0).into_iter().map(f64::from).collect();
                let head = NumberHead { name: "n".into(), mean: 0.0, deviation: 1.0 };
                five_steps(&reference, training, &Labels::Numbers(numbers), head, 1);
            }
        }
    }
}

fn five_steps<H: Head<Outputs = Tensor<2>>>(
    reference: &Reference,
    training: &TrainingReference,
    labels: &Labels,
    head: H,
    outputs: usize,
) {
    let mut dense = draw(50, 36, 4.0);
    for row in dense.chunks_exact_mut(3) {
        row[2] *= 2.0_f32.powi(-16);
    }
    let rows = EncodedTable { examples: 12, dense_width: 3, dense, codes: codes(12) };
    let mut network = feed_forward(vec![5], outputs, NormActivation::default());
    weights::load(&mut network, weight_file(&training.tensors)).unwrap();
    // All examples are in every batch, whose order then counts for nothing.
    let mut settings = TrainSettings::new(reference.steps, 12, reference.learning_rate, 1);
    settings.schedule = training.schedule;
    settings.optimiser.l2 = reference.l2;
    let all: Vec<usize> = (0..12).collect();
    let labelled = Labelled { labels: Some(labels), weights: None };
    let task = Supervised::new(RowReader::new(rows), head, labelled);
    let examples = Examples { train: &all, validation: &all };
    let fitted = train_alone(&task, network, examples, &settings).unwrap();

    let losses: Vec<f64> = fitted.records.history.iter().map(|row| row.train_loss).collect();
    assert_close(&format!("{}, losses", training.name), &losses, &training.losses, 1e-5);
    let found = tensors_of(&weights::to_bytes(&fitted.last).unwrap());
    assert!(found.keys().eq(training.weights.keys()), "{:?}", found.keys());
    for (name, expected) in &training.weights {
        let what = format!("{}, {name} after {} steps", training.name, reference.steps);
        assert_close(&what, &found[name], expected, 1e-4);
    }
}
