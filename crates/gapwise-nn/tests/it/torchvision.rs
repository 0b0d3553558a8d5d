//! Networks by their names against torchvision's with the same weights
//! (`tests/reference/image_networks.py`).

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor, TensorData};
use gapwise_nn::{
    initialise::Initialiser,
    layers::BatchNormPlace,
    model::{NetworkKind, NetworkSettings},
    networks::{ImageNetwork, ImageNetworkConfig},
    weights,
};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::Deserialize;

use crate::reference::{assert_close, draw, gradients_of};

const BATCH: usize = 2;
const CLASSES: usize = 5;
/// The stream of the images.
const INPUTS: u64 = 10_000;

#[derive(Deserialize)]
struct Reference {
    networks: BTreeMap<String, NetworkReference>,
    /// The names of VGG-13 with batch normalisation.
    vgg13: Vec<String>,
}

#[derive(Deserialize)]
struct NetworkReference {
    side: usize,
    evaluated: Vec<Vec<f64>>,
    trained: Vec<Vec<f64>>,
    sides: Vec<Vec<Vec<f64>>>,
    /// First numbers of the gradients of the first weight and of the last.
    gradients: [Vec<f64>; 2],
    /// What PyTorch's own gradients in 32 bits are off by at most, as a share of the largest.
    off: [f64; 2],
    /// Tensors of the state dict.
    names: usize,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("../reference/torchvision.json")).unwrap()
}

fn config(name: &str, side: usize) -> ImageNetworkConfig {
    let settings = NetworkSettings::new(NetworkKind::of(name).unwrap()).with_dropout(0.0);
    let batch_norm = match name {
        "vgg11" | "vgg13" => BatchNormPlace::BeforeActivation,
        _ => settings.batch_norm,
    };
    NetworkSettings { batch_norm, ..settings }.for_images([3, side, side], CLASSES)
}

/// Torchvision's names of what is stored, sorted, with ours.
fn names(config: &ImageNetworkConfig, stored: &SafeTensors<'_>) -> BTreeMap<String, String> {
    let named = |path: &str| {
        let name = config.torchvision(path);
        (name.unwrap_or_else(|| panic!("{path} has no name")), path.to_owned())
    };
    stored.names().into_iter().map(named).collect()
}

/// A file with every tensor drawn by the place of torchvision's name, and their number.
fn drawn(config: &ImageNetworkConfig) -> (Vec<u8>, usize) {
    let bytes = weights::to_bytes(&blank(config, &Device::flex())).unwrap();
    let stored = SafeTensors::deserialize(&bytes).unwrap();
    let names = names(config, &stored);
    let fill = |(stream, (name, path)): (usize, (&String, &String))| {
        let shape = stored.tensor(path).unwrap().shape().to_vec();
        let count = shape.iter().product();
        let inputs: usize = shape.iter().skip(1).product();
        let (limit, about) = match (&name[..], shape.len()) {
            (name, _) if name.ends_with("num_batches_tracked") => (0.0, 0.0),
            (name, _) if name.ends_with("running_var") => (0.25, 1.0),
            (_, 2..) => ((6.0 / inputs as f64).sqrt(), 0.0),
            (name, _) if name.ends_with("weight") => (0.25, 1.0),
            _ => (0.1, 0.0),
        };
        let values = draw(stream as u64, count, 2.0 * limit);
        let bytes: Vec<u8> =
            values.into_iter().flat_map(|value| (value + about).to_le_bytes()).collect();
        (path.clone(), shape, bytes)
    };
    let filled: Vec<(String, Vec<usize>, Vec<u8>)> = names.iter().enumerate().map(fill).collect();
    let views = filled.iter().map(|(path, shape, bytes)| {
        (path.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap())
    });
    (safetensors::serialize(views, None).unwrap(), names.len())
}

fn blank(config: &ImageNetworkConfig, device: &Device) -> ImageNetwork {
    config.init(&mut Initialiser::blank(device))
}

fn loaded(config: &ImageNetworkConfig, file: &[u8], device: &Device) -> ImageNetwork {
    let mut network = blank(config, device);
    weights::load(&mut network, file.to_vec()).unwrap();
    network
}

fn images(side: usize, device: &Device) -> Tensor<4> {
    let values = draw(INPUTS, BATCH * 3 * side * side, 2.0);
    Tensor::from_data(TensorData::new(values, [BATCH, 3, side, side]), device)
}

fn numbers(logits: Tensor<2>) -> Vec<f64> {
    logits.into_data().iter::<f64>().collect()
}

#[test]
fn logits_and_gradients_are_torchvisions() {
    for (name, reference) in reference().networks {
        let config = config(&name, reference.side);
        let device = Device::flex();
        let (file, count) = drawn(&config);
        assert_eq!(count, reference.names, "{name}");
        let network = loaded(&config, &file, &device);
        let evaluated = numbers(network.forward(images(reference.side, &device)));
        assert_close(&name, &evaluated, &reference.evaluated.concat(), 1e-4);

        let device = device.autodiff();
        let network = loaded(&config, &file, &device);
        let (logits, sides) = network.forward_with_sides(0, images(reference.side, &device).into());
        assert_close(&name, &numbers(logits.clone()), &reference.trained.concat(), 1e-4);
        assert_eq!(sides.len(), reference.sides.len(), "{name}");
        let mut loss = logits.square().sum();
        for ((side, weight), expected) in sides.into_iter().zip(&reference.sides) {
            assert_close(&name, &numbers(side.clone()), &expected.concat(), 1e-4);
            loss = loss + side.square().sum().mul_scalar(weight);
        }
        let gradients = gradients_of(&network, &loss);
        let first = ["stem.conv.weight", "conv1.conv.weight", "blocks.0.0.conv.weight"];
        let of = |paths: &[&str]| {
            let ends = |(path, _): &(&String, &Vec<f64>)| paths.iter().any(|of| path.ends_with(of));
            gradients.iter().find(ends).unwrap().1
        };
        let found = [of(&first), of(&["output.weight"])];
        for ((found, expected), off) in
            found.into_iter().zip(&reference.gradients).zip(reference.off)
        {
            assert_close(&name, &found[..expected.len()], expected, (2.0 * off).max(1e-3));
        }
    }
}

#[test]
fn every_tensor_has_torchvisions_name() {
    let named = |name: &str| {
        let config = config(name, 224);
        let bytes = weights::to_bytes(&blank(&config, &Device::flex())).unwrap();
        let stored = SafeTensors::deserialize(&bytes).unwrap();
        assert_eq!(config.torchvision("nothing.weight"), None);
        (names(&config, &stored), stored.len())
    };
    let (vgg13, _) = named("vgg13");
    assert!(vgg13.into_keys().eq(reference().vgg13));
    for name in ["resnet18", "resnet50", "inception"] {
        let (names, stored) = named(name);
        assert_eq!(names.len(), stored, "{name}");
    }
}
