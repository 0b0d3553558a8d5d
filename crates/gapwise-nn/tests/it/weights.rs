//! Weight files that are not what they should be.

use std::collections::BTreeMap;

use gapwise_nn::{
    Device,
    initialise::Initialiser,
    layers::{Activation, BatchNormPlace, NormActivation},
    networks::{ImageNetworkConfig, LeNetConfig, lenet::LeNetSide},
    weights::{self, WeightsError},
};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};

/// A weight file as a map that a test can spoil.
type Tensors = BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>;

const LENET: LeNetConfig = LeNetConfig {
    channels: 1,
    side: LeNetSide::Whole32,
    norm_activation: NormActivation {
        activation: Activation::Relu,
        batch_norm: BatchNormPlace::Off,
    },
    dropout: [0.0; 2],
    input_dropout: 0.0,
    outputs: 3,
};

fn file(seed: u64) -> Vec<u8> {
    weights::to_bytes(&LENET.init(&mut Initialiser::new(seed, &Device::flex()))).unwrap()
}

fn tensors(file: &[u8]) -> Tensors {
    let read = SafeTensors::deserialize(file).unwrap();
    let tensor = |(name, view): (&str, TensorView<'_>)| {
        (name.to_owned(), (view.dtype(), view.shape().to_vec(), view.data().to_vec()))
    };
    read.iter().map(tensor).collect()
}

fn written(tensors: &Tensors) -> Vec<u8> {
    let views = tensors.iter().map(|(name, (dtype, shape, bytes))| {
        (name, TensorView::new(*dtype, shape.clone(), bytes).unwrap())
    });
    safetensors::serialize(views, None).unwrap()
}

/// The error of loading a file, which must leave the network as it was.
fn refused(file: Vec<u8>) -> WeightsError {
    let mut network = LENET.init(&mut Initialiser::new(1, &Device::flex()));
    let before = weights::to_bytes(&network).unwrap();
    let error = weights::load(&mut network, file).unwrap_err();
    assert!(weights::to_bytes(&network).unwrap() == before, "changed in spite of: {error}");
    error
}

/// The error of loading a file whose tensors are spoilt.
fn refused_after(spoil: impl FnOnce(&mut Tensors)) -> String {
    let mut tensors = tensors(&file(2));
    spoil(&mut tensors);
    match refused(written(&tensors)) {
        WeightsError::Mismatch(said) => said,
        other => panic!("{other:?}"),
    }
}

#[test]
fn names_and_shapes_are_those_of_pytorch() {
    let shapes: Vec<(String, Vec<usize>)> =
        tensors(&file(1)).into_iter().map(|(name, (_, shape, _))| (name, shape)).collect();
    let expected = [
        ("conv1.bias", vec![6]),
        ("conv1.weight", vec![6, 1, 5, 5]),
        ("conv2.bias", vec![16]),
        ("conv2.weight", vec![16, 6, 5, 5]),
        ("dense1.bias", vec![120]),
        ("dense1.weight", vec![120, 400]),
        ("dense2.bias", vec![84]),
        ("dense2.weight", vec![84, 120]),
        ("output.bias", vec![3]),
        ("output.weight", vec![3, 84]),
    ];
    assert_eq!(shapes, expected.map(|(name, shape)| (name.to_owned(), shape)));
}

#[test]
fn the_kind_of_image_network_is_no_part_of_a_name() {
    let network = ImageNetworkConfig::Lenet(LENET).init(&mut Initialiser::new(1, &Device::flex()));
    assert!(weights::to_bytes(&network).unwrap() == file(1));
}

#[test]
fn cut_or_other_bytes_are_refused() {
    let whole = file(2);
    for length in [0, 1, 7, 8, 9, 300, whole.len() / 2, whole.len() - 1] {
        let error = refused(whole[..length].to_vec());
        assert!(matches!(error, WeightsError::Unreadable(_)), "{length} bytes: {error}");
    }
    let mut longer = whole.clone();
    longer.push(0);
    let claims_too_much = [vec![0xFF; 8], vec![b'{'; 100]].concat();
    for bytes in [longer, claims_too_much, vec![0; 64], b"PK\x03\x04 a zip archive".to_vec()] {
        let error = refused(bytes);
        assert!(matches!(error, WeightsError::Unreadable(_)), "{error}");
    }
}

#[test]
fn a_flipped_byte_anywhere_in_the_header_never_panics() {
    let whole = file(2);
    let header = 8 + u64::from_le_bytes(whole[..8].try_into().unwrap()) as usize;
    for at in (0..header).step_by(5) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x11;
        let mut network = LENET.init(&mut Initialiser::new(1, &Device::flex()));
        // Some flips keep the file whole: those of a tensor's order or of the metadata.
        let _ = weights::load(&mut network, bytes);
    }
}

#[test]
fn other_tensors_are_refused_by_name() {
    let renamed = refused_after(|tensors| {
        let tensor = tensors.remove("dense1.weight").unwrap();
        tensors.insert("dense9.weight".into(), tensor);
    });
    assert_eq!(renamed, "`dense1.weight` is missing; the network has no `dense9.weight`");

    let missing = refused_after(|tensors| drop(tensors.remove("output.bias")));
    assert_eq!(missing, "`output.bias` is missing");

    let extra = refused_after(|tensors| {
        tensors.insert("fc.weight".into(), (Dtype::F32, vec![1], vec![0; 4]));
    });
    assert_eq!(extra, "the network has no `fc.weight`");

    let all = refused_after(Tensors::clear);
    assert_eq!(
        all,
        "`conv1.bias` is missing; `conv1.weight` is missing; `conv2.bias` is missing; \
         `conv2.weight` is missing; and 6 more"
    );
}

#[test]
fn other_shapes_and_types_are_refused_with_what_was_expected() {
    let transposed = refused_after(|tensors| {
        tensors.get_mut("dense1.weight").unwrap().1 = vec![400, 120];
    });
    assert_eq!(transposed, "`dense1.weight`: expected F32 of [120, 400], found F32 of [400, 120]");

    let flat = refused_after(|tensors| tensors.get_mut("conv1.weight").unwrap().1 = vec![150]);
    assert_eq!(flat, "`conv1.weight`: expected F32 of [6, 1, 5, 5], found F32 of [150]");

    let whole_numbers = refused_after(|tensors| {
        tensors.get_mut("output.bias").unwrap().0 = Dtype::I32;
    });
    assert_eq!(whole_numbers, "`output.bias`: expected F32 of [3], found I32 of [3]");

    let halves = refused_after(|tensors| {
        *tensors.get_mut("output.bias").unwrap() = (Dtype::F16, vec![3], vec![0; 6]);
    });
    assert_eq!(halves, "`output.bias`: expected F32 of [3], found F16 of [3]");
}

#[test]
fn every_error_says_what_is_wrong() {
    let said = [
        refused(vec![]).to_string(),
        WeightsError::Mismatch("`output.bias` is missing".into()).to_string(),
        WeightsError::Record("expected a dropout in [0, 1), found 2".into()).to_string(),
        WeightsError::Unwritable("no room".into()).to_string(),
    ];
    assert_eq!(
        said,
        [
            "not a whole safetensors file: header too small",
            "the weights are not this network's: `output.bias` is missing",
            "`model.json`, which says how to read the weights, contradicts itself: expected a \
             dropout in [0, 1), found 2",
            "the weights could not be written: no room",
        ]
    );
}

#[test]
fn the_same_weights_are_the_same_bytes() {
    assert!(file(1) == file(1));
    assert!(file(1) != file(2));
}
