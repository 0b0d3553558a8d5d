//! Networks that begin with the weights of other data.

use gapwise_nn::{
    Device,
    initialise::Initialiser,
    layers::BatchNormPlace,
    model::{Fit, FitError, Fitting, ImageRecord, NetworkKind, NetworkRecord, NetworkSettings},
    train::Setup,
    transfer::{Freeze, Normalisation, Pretrained, UnfitWeights, network_of},
    weights::WeightFile,
};
use safetensors::{SafeTensors, tensor::TensorView};

use crate::samples::{Sample, images, sample};

/// Small and of two convolutions with batch normalisation, so that all there is to keep is there.
fn conv() -> NetworkSettings {
    let conv = NetworkSettings::new(NetworkKind::CONV).with_hidden(vec![8]);
    NetworkSettings { channels: vec![4, 6], ..conv.with_dropout(0.0) }
}

fn target(network: NetworkSettings) -> Sample {
    let mut sample = sample("other images", images([1, 8, 8], 12), network);
    sample.settings.epochs = 6;
    sample
}

/// The weights of `network` after training on other images.
fn learned(network: NetworkSettings) -> WeightFile {
    let mut source = sample("images", images([1, 8, 8], 15), network);
    (source.settings.epochs, source.settings.seed) = (3, 9);
    WeightFile::from_bytes(source.fit().last.weights().unwrap()).unwrap()
}

const NOTHING: Freeze = Freeze::Nothing;

fn pretrained<'a>(file: &'a WeightFile, freeze: &'a Freeze) -> Pretrained<'a> {
    Pretrained { file, normalisation: None, freeze, memory: u64::MAX }
}

fn fitting<'a>(sample: &'a Sample, weights: &Pretrained<'_>) -> Result<Fitting<'a>, FitError> {
    let Sample { dataset, splits, network, settings, .. } = sample;
    let fitting = Fitting::new(dataset, splits, network, settings)?;
    fitting.with_weights(weights, settings.seed, &Device::flex())
}

fn fit(sample: &Sample, weights: &Pretrained<'_>) -> Fit {
    let (settings, device) = (&sample.settings, &Device::flex());
    let setup = Setup { settings, device, resume: None, watch: &mut () };
    fitting(sample, weights).unwrap().train(setup).unwrap()
}

/// The numbers of a tensor of a weight file, as bytes.
fn tensor<'a>(bytes: &'a [u8], name: &str) -> &'a [u8] {
    SafeTensors::deserialize(bytes).unwrap().tensor(name).unwrap().data()
}

fn bytes_of(file: &WeightFile, name: &str) -> Vec<u8> {
    file.get(name).unwrap().values().iter().flat_map(|value| value.to_le_bytes()).collect()
}

#[test]
fn frozen_stages_keep_weights_and_statistics_and_the_others_learn() {
    let file = learned(conv());
    let of = |freeze| fit(&target(conv()), &pretrained(&file, &freeze)).last.weights().unwrap();
    let first = ["convs.0.weight", "norms.0.weight", "norms.0.bias", "norms.0.running_mean"];
    let second = ["convs.1.weight", "norms.1.bias", "norms.1.running_var"];
    for (freeze, kept, learned) in [
        (Freeze::AllButHead, [&first[..], &second].concat(), vec![]),
        (Freeze::Through("conv1".into()), first.to_vec(), second.to_vec()),
        (Freeze::Nothing, vec![], [&first[..], &second].concat()),
    ] {
        let word = freeze.as_str().to_owned();
        let weights = of(freeze);
        for name in kept {
            assert_eq!(tensor(&weights, name), bytes_of(&file, name), "{word}: {name}");
        }
        for name in learned {
            assert_ne!(tensor(&weights, name), bytes_of(&file, name), "{word}: {name}");
        }
    }
}

#[test]
fn answers_of_frozen_stages_that_are_kept_give_the_same_bits_as_those_computed_anew() {
    let file = learned(conv());
    for freeze in [Freeze::AllButHead, Freeze::Through("conv1".into())] {
        let kept = pretrained(&file, &freeze);
        let anew = Pretrained { memory: 0, ..pretrained(&file, &freeze) };
        let (kept, anew) = (fit(&target(conv()), &kept), fit(&target(conv()), &anew));
        assert_eq!(kept.last.weights().unwrap(), anew.last.weights().unwrap());
        assert_eq!(kept.records.history, anew.records.history);
    }
}

#[test]
fn layers_with_weights_learn_at_the_factor_that_is_set() {
    // One step of plain descent moves a weight by the learning rate times its gradient, so that a
    // tenth of the rate moves it by a tenth; the first gradient is the same either way.
    let file = learned(conv());
    let moved = |rate: f64| {
        let mut target = target(conv());
        target.settings.epochs = 1;
        target.settings.kept_rate = rate;
        target.settings.optimiser.rule = gapwise_nn::optimise::Rule::Descent;
        let weights = fit(&target, &pretrained(&file, &NOTHING)).last.weights().unwrap();
        let floats = |bytes: &[u8]| -> Vec<f32> {
            bytes.as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
        };
        let after = floats(tensor(&weights, "convs.0.weight"));
        let before = file.get("convs.0.weight").unwrap().values();
        let moves: Vec<f32> = after.iter().zip(before).map(|(one, other)| one - other).collect();
        (moves, tensor(&weights, "dense.output.weight").to_vec())
    };
    let ((whole, head), (tenth, same_head)) = (moved(1.0), moved(0.1));
    assert!(whole.iter().any(|by| by.abs() > 1e-4));
    for (whole, tenth) in whole.iter().zip(tenth) {
        assert!((0.1 * whole - tenth).abs() < 1e-6, "{whole} and {tenth}");
    }
    assert_eq!(head, same_head);
}

/// Every tensor of a weight file under the name that torchvision has for it.
fn renamed(bytes: &[u8], name: impl Fn(&str) -> String) -> WeightFile {
    let tensors = SafeTensors::deserialize(bytes).unwrap();
    let renamed: Vec<(String, TensorView<'_>)> =
        tensors.iter().map(|(path, tensor)| (name(path), tensor)).collect();
    WeightFile::from_bytes(safetensors::serialize(renamed, None).unwrap()).unwrap()
}

#[test]
fn weights_by_torchvisions_names_find_their_places_and_their_network() {
    let named = |word: &str| NetworkSettings::new(NetworkKind::of(word).unwrap());
    let normalised =
        NetworkSettings { batch_norm: BatchNormPlace::BeforeActivation, ..named("vgg11") };
    for (network, place) in [
        (named("resnet18"), None),
        (named("inception-no-sides"), None),
        (named("vgg11"), Some(BatchNormPlace::Off)),
        (normalised, Some(BatchNormPlace::BeforeActivation)),
    ] {
        let word = network.kind.as_str();
        let mut source = sample("images", images([3, 32, 32], 3), network.clone());
        source.settings.epochs = 1;
        let bytes = source.fit().last.weights().unwrap();
        let sizes = network.for_images([3, 32, 32], 3);
        let file = renamed(&bytes, |path| sizes.torchvision(path).unwrap());
        // VGG at 32×32 has not the dense layers that torchvision's has.
        if place.is_none() {
            let found = network_of(&file, None).unwrap();
            assert_eq!((found.kind, found.batch_norm), (network.kind, place));
            assert!(found.missing.is_empty() && found.left_over.is_empty() && found.is_sure());
        }
        let mut target = sample("others", images([3, 32, 32], 6), network);
        (target.settings.epochs, target.settings.seed) = (1, 5);
        let weights = fit(&target, &pretrained(&file, &Freeze::AllButHead)).last.weights().unwrap();
        let (ours, theirs) = (
            SafeTensors::deserialize(&weights).unwrap(),
            SafeTensors::deserialize(&bytes).unwrap(),
        );
        for (path, tensor) in theirs.iter().filter(|(path, _)| !path.starts_with("output")) {
            assert_eq!(ours.tensor(path).unwrap().data(), tensor.data(), "{word}: {path}");
        }
        assert_ne!(
            ours.tensor("output.weight").unwrap().data(),
            theirs.tensor("output.weight").unwrap().data()
        );
    }
}

fn kind(name: &str) -> NetworkKind {
    NetworkKind::of(name).unwrap()
}

/// A ResNet-18 by torchvision's names without weights that mean anything, each name as `name` has it.
fn resnet18(name: impl Fn(&str) -> Option<String>) -> WeightFile {
    resnets18(&[&name])
}

/// The name of a tensor, where it is to be there.
type NameOf<'a> = &'a dyn Fn(&str) -> Option<String>;

/// As many of them side by side as there are ways to name their tensors.
fn resnets18(names: &[NameOf<'_>]) -> WeightFile {
    let sizes =
        NetworkSettings::new(NetworkKind::of("resnet18").unwrap()).for_images([3, 32, 32], 10);
    let network = sizes.init(&mut Initialiser::blank(&Device::flex()));
    let bytes = gapwise_nn::weights::to_bytes(&network).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let theirs = |path: &str| sizes.torchvision(path).unwrap();
    let kept = names.iter().flat_map(|name| {
        tensors.iter().filter_map(|(path, tensor)| Some((name(&theirs(path))?, tensor)))
    });
    let extra = [0; 8];
    let more = TensorView::new(safetensors::Dtype::F32, vec![2], &extra).unwrap();
    let more = names[0]("+").map(|name| (name, more));
    let all: Vec<(String, TensorView<'_>)> = kept.chain(more).collect();
    WeightFile::from_bytes(safetensors::serialize(all, None).unwrap()).unwrap()
}

/// All names but `+`, which stands for a tensor that no network has.
fn without_extra(name: &str) -> Option<String> {
    (name != "+").then(|| name.to_owned())
}

#[test]
fn a_network_is_recognised_behind_any_prefix_that_its_names_share() {
    for prefix in ["", "model.", "net.", "backbone.", "model.backbone.", "encoder.body.resnet."] {
        let file = resnet18(|name| match name {
            "+" => Some("criterion.weight".to_owned()),
            name => Some(format!("{prefix}{name}")),
        });
        let found = network_of(&file, None).unwrap();
        assert_eq!((found.kind, &found.prefix[..]), (kind("resnet18"), prefix));
        // 20 convolutions, and 20 times four numbers of batch normalisation; the counts are not.
        assert_eq!((found.there, found.missing.len()), (20 + 4 * 20, 0), "{prefix}");
        assert_eq!(found.left_over, ["criterion.weight"]);
        let file = file.without_prefix(&found.prefix);
        assert!(file.get("layer4.1.bn2.weight").is_some());
        let said = format!("the prefix `{prefix}` taken off 122 of 123 names");
        assert_eq!(file.notes().contains(&said), !prefix.is_empty(), "{:?}", file.notes());
    }
    // Two networks side by side, as those that teach themselves have: the first is taken.
    let file = resnet18(|name| without_extra(name).map(|name| format!("encoder_k.{name}")));
    let alone = network_of(&file, Some(kind("resnet18"))).unwrap();
    assert_eq!((&alone.prefix[..], alone.twin), ("encoder_k.", None));
    let behind = |prefix: &'static str| {
        move |name: &str| without_extra(name).map(|name| format!("{prefix}{name}"))
    };
    let both = network_of(&resnets18(&[&behind("model."), &behind("ema_model.")]), None).unwrap();
    assert_eq!((both.kind, both.there), (kind("resnet18"), 100));
    assert_eq!((&both.prefix[..], both.twin.as_deref()), ("ema_model.", Some("model.")));
}

#[test]
fn a_network_that_lacks_a_tensor_or_has_others_beside_it_is_still_known() {
    let lacking =
        resnet18(|name| without_extra(name).filter(|name| name != "layer3.1.conv2.weight"));
    let found = network_of(&lacking, None).unwrap();
    assert_eq!(found.kind, kind("resnet18"));
    assert_eq!(found.missing, ["layer3.1.conv2.weight"]);
    assert!(found.left_over.is_empty() && found.is_sure());
    // A quarter of it is no network: five convolutions of twenty, each with four numbers of normalisation.
    let few = resnet18(|name| without_extra(name).filter(|name| name.starts_with("layer4")));
    assert_eq!(network_of(&few, None), None);
    assert_eq!(network_of(&few, Some(kind("resnet18"))).unwrap().missing.len(), 75);
    // Without skips there are no projections.
    let plain = resnet18(|name| without_extra(name).filter(|name| !name.contains("downsample")));
    assert_eq!(network_of(&plain, None).unwrap().kind, kind("plain18"));
}

#[test]
fn grey_images_are_read_in_colour_where_the_weights_are() {
    let mut source = sample("colour", images([3, 8, 8], 6), conv());
    source.settings.epochs = 1;
    let file = WeightFile::from_bytes(source.fit().last.weights().unwrap()).unwrap();
    let target = target(conv());
    let fitting = fitting(&target, &pretrained(&file, &Freeze::AllButHead)).unwrap();
    let NetworkRecord::Images(ImageRecord { encoder, .. }) = &fitting.record().network else {
        panic!()
    };
    assert_eq!(encoder.shape(), [3, 8, 8]);
    assert_eq!(encoder.mean, [encoder.mean[0]; 3]);
    let model = fit(&target, &pretrained(&file, &Freeze::AllButHead)).best;
    assert_eq!(target.answers(&model).len(), 12);
}

#[test]
fn images_are_normalised_as_those_that_the_weights_learned_on() {
    let (file, target) = (learned(conv()), target(conv()));
    let normalisation = Normalisation { mean: vec![0.25], deviation: vec![0.5] };
    let known = Pretrained { normalisation: Some(normalisation), ..pretrained(&file, &NOTHING) };
    let fitting = fitting(&target, &known).unwrap();
    let NetworkRecord::Images(ImageRecord { encoder, .. }) = &fitting.record().network else {
        panic!()
    };
    assert_eq!((encoder.mean[0], encoder.deviation[0]), (0.25, 0.5));
}

#[test]
fn what_is_missing_misshapen_or_not_a_number_is_listed() {
    let bytes = learned_bytes();
    let target = target(conv());
    let refused = |file: &WeightFile| -> UnfitWeights {
        match fitting(&target, &pretrained(file, &NOTHING)) {
            Err(FitError::Weights(unfit)) => unfit,
            other => panic!("{other:?}"),
        }
    };
    let moved = renamed(&bytes, |path| path.replace("convs.1.weight", "convs.7.weight"));
    let unfit = refused(&moved);
    assert_eq!(unfit.missing, ["convs.1.weight"]);
    assert_eq!(unfit.left_over, ["convs.7.weight"]);
    insta::assert_snapshot!(unfit, @r"not the weights of this network: 1 of its tensors missing: `convs.1.weight`; 1 left over: `convs.7.weight`");

    let wider = NetworkSettings { channels: vec![4, 7], ..conv() };
    let unfit = refused(&learned(wider));
    assert_eq!(unfit.misshapen[0].0, "convs.1.weight");
    assert_eq!(unfit.misshapen[0].1, [6, 4, 3, 3]);
    assert_eq!(unfit.misshapen[0].2, [7, 4, 3, 3]);

    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let nan = [f32::NAN.to_le_bytes(); 6].concat();
    let broken = tensors.iter().map(|(path, tensor)| match path {
        "norms.1.bias" => (path, TensorView::new(tensor.dtype(), vec![6], &nan).unwrap()),
        _ => (path, tensor),
    });
    let broken = safetensors::serialize(broken.collect::<Vec<_>>(), None).unwrap();
    assert_eq!(refused(&WeightFile::from_bytes(broken).unwrap()).not_finite, ["norms.1.bias"]);
}

fn learned_bytes() -> Vec<u8> {
    let mut source = sample("images", images([1, 8, 8], 15), conv());
    source.settings.epochs = 1;
    source.fit().last.weights().unwrap()
}

#[test]
fn the_head_alone_may_be_missing() {
    let bytes = learned_bytes();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let body = tensors.iter().filter(|(path, _)| !path.starts_with("dense."));
    let body = safetensors::serialize(body.collect::<Vec<_>>(), None).unwrap();
    let file = WeightFile::from_bytes(body).unwrap();
    let target = target(conv());
    let fitting = fitting(&target, &pretrained(&file, &NOTHING)).unwrap();
    let begun = fitting.transferred().unwrap();
    assert!(!begun.torchvision && begun.left_over.is_empty());
    // Two convolutions, each with two parameters and three statistics of batch normalisation.
    assert_eq!(begun.taken, 2 * 6);
}

#[test]
fn few_examples_of_a_class_freeze_all_but_the_head() {
    assert_eq!(Freeze::by_rule(24, 5), Freeze::AllButHead);
    assert_eq!(Freeze::by_rule(25, 5), Freeze::Nothing);
}

#[test]
fn every_parameter_belongs_to_a_stage_or_to_the_head() {
    for kind in NetworkKind::all().filter(|kind| *kind != NetworkKind::FEED_FORWARD) {
        let word = kind.as_str();
        let sizes = NetworkSettings::new(kind).for_images([3, 64, 64], 3);
        let stages = sizes.stages();
        // What a layer of the table is called begins with the name of its stage.
        for layer in sizes.layers().iter().filter(|layer| layer.parameters > 0) {
            let stage = layer.name.split('.').next().unwrap();
            let head = stage == "output" || kind == NetworkKind::CONV && stage.starts_with("dense");
            let found = stages.iter().any(|name| name == stage);
            assert!(found != head, "{word}: {stage} of {stages:?}");
        }
    }
}
