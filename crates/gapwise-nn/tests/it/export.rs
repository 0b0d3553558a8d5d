//! Exported networks: what stands in their files, and that it answers as the networks do.

mod file;
mod run;

use std::collections::BTreeMap;

use gapwise_data::{
    Inputs,
    table::{Column, ColumnValues, MISSING},
};
use gapwise_nn::{
    Device,
    export::{Element, ExportError, Names, OPSET, Port, onnx, state_dict},
    initialise::Initialiser,
    layers::BatchNormPlace,
    model::{Fitting, ImageRecord, Model, NetworkKind, NetworkRecord, NetworkSettings},
    weights,
};
use safetensors::{Dtype, SafeTensors};

use crate::samples::{Sample, drawn, every_task_and_network, images, numbers, rows, sample, whole};
use file::Array;

/// A model that was trained for a little.
fn trained(mut sample: Sample) -> (Sample, Model) {
    (sample.settings.epochs, sample.settings.learning_rate) = (2, 1e-4);
    let model = sample.fit().last;
    (sample, model)
}

/// A model with blank weights, and their file.
fn blank(sample: &Sample) -> (Model, Vec<u8>) {
    let Sample { dataset, splits, network, settings, .. } = sample;
    let record = Fitting::new(dataset, splits, network, settings).unwrap().record().clone();
    let NetworkRecord::Images(ImageRecord { sizes, .. }) = &record.network else {
        panic!("images are read")
    };
    let device = Device::flex();
    let weights = weights::to_bytes(&sizes.init(&mut Initialiser::blank(&device))).unwrap();
    (Model::load(record, weights.clone(), &device).unwrap(), weights)
}

fn of_kind(kind: NetworkKind, shape: [usize; 3]) -> Sample {
    sample(kind.as_str(), images(shape, 6), NetworkSettings::new(kind))
}

fn named(name: &str, shape: [usize; 3]) -> Sample {
    of_kind(NetworkKind::of(name).unwrap(), shape)
}

/// The inputs of a data set as the ports ask for them.
fn given(inputs: &Inputs, ports: &[Port]) -> BTreeMap<String, Array> {
    let array = |port: &Port| match inputs {
        Inputs::Images(images) => {
            let pixels = (0..images.len()).flat_map(|at| images.of(at).unwrap().into_owned());
            let shape = vec![images.len(), images.channels, images.height, images.width];
            run::array(shape, pixels.map(f64::from).collect())
        }
        Inputs::Table(table) => {
            let missing = |there: Option<f64>| there.unwrap_or(f64::NAN);
            let (numbers, texts) = match &table.column(&port.name).unwrap().values {
                ColumnValues::Number(of) | ColumnValues::Date(of) => (of.clone(), vec![]),
                ColumnValues::Boolean { of, .. } => (
                    of.iter().map(|of| missing(of.map(|is| f64::from(u8::from(is))))).collect(),
                    vec![],
                ),
                ColumnValues::Category { names, of } | ColumnValues::Text { names, of } => {
                    let text = |&at: &u32| names.get(at as usize).cloned().unwrap_or_default();
                    (vec![], of.iter().map(text).collect())
                }
            };
            assert_eq!(port.element == Element::String, numbers.is_empty(), "{}", port.name);
            Array { shape: vec![table.rows], numbers, texts }
        }
    };
    ports.iter().map(|port| (port.name.clone(), array(port))).collect()
}

/// Every number that the file answers is the model's to 1e-4, of those beyond 1 as a share.
#[track_caller]
fn answers_as_its_model((sample, model): (Sample, Model)) -> [Vec<String>; 2] {
    let exported = onnx(&model).unwrap();
    let file = file::read(&exported.bytes);
    let inputs = given(&sample.dataset.inputs, &exported.inputs);
    let found = run::run(&file, inputs).remove(0);
    let answers = sample.answers(&model);
    let expected: Vec<f64> = answers
        .iter()
        .flat_map(|answer| match answer.outcome.classified() {
            Some(both) => both.scores.iter().map(|&score| f64::from(score)).collect(),
            None => answer.outcome.prediction.number().into_iter().collect::<Vec<_>>(),
        })
        .collect();
    assert_eq!(found.numbers.len(), expected.len(), "{}", sample.name);
    let of_first = expected.iter().step_by(expected.len() / answers.len());
    assert!(of_first.clone().any(|one| one != &expected[0]), "{}: all alike", sample.name);
    for (found, expected) in found.numbers.iter().zip(&expected) {
        let off = (found - expected).abs() / expected.abs().max(1.0);
        assert!(off < 1e-4, "{}: {found} where {expected} is right", sample.name);
    }
    [file.inputs, file.outputs]
}

#[test]
fn every_task_and_network_is_answered_by_its_graph() {
    for sample in every_task_and_network() {
        answers_as_its_model(trained(sample));
    }
}

#[test]
fn named_networks_are_answered_by_their_graphs() {
    // Large enough that batch normalisation has several pixels to go by.
    for (name, shape) in [
        ("resnet20", [1, 7, 6]),
        ("plain20", [3, 6, 7]),
        ("resnet18", [3, 33, 9]),
        ("resnet50", [1, 33, 9]),
        ("inception", [3, 31, 32]),
        ("vgg11", [1, 12, 12]),
    ] {
        let mut sample = named(name, shape);
        if name == "vgg11" {
            sample.network.batch_norm = BatchNormPlace::BeforeActivation;
        }
        answers_as_its_model(trained(sample));
    }
}

#[test]
fn dates_and_truth_values_are_read_with_their_gaps() {
    // Days from 1860 to 2109, among them the ends of February and of December around years that are
    // leap years (1904, 2000, 2024) and that are not (1900, 2023, 2100).
    const ENDS: [i64; 14] = [
        -25_510, -25_509, -24_048, -24_047, -24_046, 11_015, 11_016, 11_017, 11_322, 19_358,
        19_722, 19_782, 47_540, 47_541,
    ];
    let examples = 200;
    let mut dataset = rows(examples, numbers(examples));
    let Inputs::Table(table) = &mut dataset.inputs else { panic!("rows are a table") };
    let day = |at: usize| match at {
        _ if at % 11 == 7 => f64::NAN,
        _ if at.is_multiple_of(3) => ENDS[at / 3 % ENDS.len()] as f64 + 0.25,
        _ => f64::from(drawn(8, at, 90_000.0)).floor() + 5_000.0,
    };
    let truth = |at: usize| (at % 13 != 5).then(|| whole(9, at, 2) == 1);
    let colour = |at: usize| if at % 5 == 4 { MISSING } else { whole(10, at, 4) as u32 };
    let column = |name: &str, values| Column { name: name.into(), values, left_out: None };
    let words = ["no", "yes"].map(String::from);
    // A name that a value of the graph would have, and one that is the answer's.
    table.columns = vec![
        column("output.weight", ColumnValues::Date((0..examples).map(day).collect())),
        column(
            "prediction",
            ColumnValues::Boolean { words, of: (0..examples).map(truth).collect() },
        ),
        column(
            "colour",
            ColumnValues::Category {
                names: ["red", "green", "blue", "mauve"].map(String::from).to_vec(),
                of: (0..examples).map(colour).collect(),
            },
        ),
    ];
    let kind = NetworkSettings::new(NetworkKind::FEED_FORWARD).with_hidden(vec![8]);
    let [inputs, outputs] = answers_as_its_model(trained(sample("dates", dataset, kind)));
    assert_eq!(inputs, ["output.weight", "prediction", "colour"]);
    assert_eq!(outputs, ["prediction_2"]);
}

#[test]
fn a_network_that_reads_no_column_is_refused() {
    let mut dataset = rows(12, numbers(12));
    let Inputs::Table(table) = &mut dataset.inputs else { panic!("rows are a table") };
    let values = ColumnValues::Number(vec![7.0; 12]);
    table.columns = vec![Column { name: "constant".into(), values, left_out: None }];
    let kind = NetworkSettings::new(NetworkKind::FEED_FORWARD);
    let (_, model) = trained(sample("constant", dataset, kind));
    let refused = onnx(&model).unwrap_err();
    assert_eq!(refused, ExportError::ReadsNothing);
    assert_eq!(
        refused.to_string(),
        "expected a network that reads at least one column, found one that reads none"
    );
    assert!(state_dict(&model, &[]).is_ok());
}

#[test]
fn every_network_is_exported_with_every_weight_that_answers() {
    for kind in NetworkKind::all() {
        let name = kind.as_str();
        let sample = of_kind(kind, [3, 16, 17]);
        let (model, weights) = blank(&sample);
        let exported = onnx(&model).unwrap();
        let file = file::read(&exported.bytes);
        assert_eq!(file.operators[""], OPSET as u64);
        assert_eq!(
            (&file.inputs[..], &file.outputs[..]),
            (&["pixels".into()][..], &["probabilities".into()][..])
        );
        let names: Vec<String> = serde_json::from_str(&file.metadata["classes"]).unwrap();
        assert_eq!(names, ["ash", "birch", "cedar"]);
        // Each node reads what was there before it.
        let mut there: Vec<&String> = file.inputs.iter().chain(file.stored.keys()).collect();
        for node in &file.nodes {
            let missing = node.inputs.iter().find(|of| !of.is_empty() && !there.contains(of));
            assert_eq!(missing, None, "{name}: {}", node.output);
            there.push(&node.output);
        }
        let weights = SafeTensors::deserialize(&weights).unwrap();
        for (path, tensor) in weights.iter() {
            let uses = file.nodes.iter().flat_map(|node| &node.inputs).filter(|of| *of == path);
            let answers = !path.starts_with("sides.") && !path.ends_with("num_batches_tracked");
            assert_eq!(uses.count(), usize::from(answers), "{name}: {path}");
            if answers {
                assert_eq!(file.stored[path].shape, tensor.shape(), "{name}: {path}");
            }
        }
    }
}

#[test]
fn alexnet_of_2012_has_groups_and_normalised_responses() {
    let exported = onnx(&blank(&named("alexnet2012", [3, 16, 16])).0).unwrap();
    let file = file::read(&exported.bytes);
    let of = |kind: &str| file.nodes.iter().filter(|node| node.kind == kind).collect::<Vec<_>>();
    let groups: Vec<i64> = of("Conv").iter().map(|node| node.attributes["group"].int).collect();
    assert_eq!(groups, [1, 2, 1, 2, 2]);
    assert_eq!(of("LRN").len(), 2);
    // x / (2 + 5e-4 / 5 · Σ x²)^¾ over five channels.
    for node in of("LRN") {
        let float = |name: &str| node.attributes[name].float;
        assert_eq!(node.attributes["size"].int, 5);
        assert!((float("alpha") - 5e-4).abs() < 1e-9);
        assert_eq!([float("beta"), float("bias")], [0.75, 2.0]);
    }
}

#[test]
fn a_state_dict_has_torchvisions_names_where_it_has_the_network() {
    let of = |name: &str| {
        let (_, model) = trained(named(name, [3, 16, 16]));
        let exported = state_dict(&model, &[]).unwrap();
        let tensors = SafeTensors::deserialize(&exported.bytes).unwrap();
        let (_, header) = SafeTensors::read_metadata(&exported.bytes).unwrap();
        assert_eq!(tensors.len(), exported.tensors);
        let batches = tensors.tensor("bn1.num_batches_tracked");
        let batches = batches.ok().map(|tensor| {
            assert_eq!((tensor.dtype(), tensor.shape()), (Dtype::I64, &[][..]));
            i64::from_le_bytes(tensor.data().try_into().unwrap())
        });
        let names: Vec<String> = tensors.names().into_iter().map(str::to_owned).collect();
        (exported.names, names, batches, header.metadata().clone().unwrap())
    };
    let (whose, names, batches, header) = of("resnet18");
    assert_eq!(whose, Names::Torchvision);
    assert!(names.contains(&"layer2.0.downsample.0.weight".into()), "{names:?}");
    // Two epochs of one batch.
    assert_eq!(batches, Some(2));
    assert_eq!(header["names"], "torchvision");
    assert_eq!(header["classes"], r#"["ash","birch","cedar"]"#);
    assert_eq!(header["input"], "[3,16,16]");
    let means: Vec<f64> = serde_json::from_str(&header["input_mean"]).unwrap();
    assert!(means.iter().all(|mean| (0.4..0.6).contains(mean)), "{means:?}");

    let (whose, names, ..) = of("resnet20");
    assert_eq!(whose, Names::Own);
    assert!(names.contains(&"stages.0.0.convs.0.conv.weight".into()), "{names:?}");
}
