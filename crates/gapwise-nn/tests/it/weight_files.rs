//! Weight files of other programs: what PyTorch saves, safetensors, and files made to do harm.

mod hostile;

use std::{fs, path::PathBuf};

use gapwise_nn::weights::WeightFile;

/// A tensor as a test writes it down: name, shape, numbers.
type Expected<'a> = (&'a str, &'a [usize], &'a [f32]);

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/reference/pytorch").join(name)
}

fn opened(name: &str) -> WeightFile {
    WeightFile::open(&path(name)).unwrap()
}

fn bytes(name: &str) -> Vec<u8> {
    fs::read(path(name)).unwrap()
}

/// What is wrong with a file, and what to do.
fn refused(name: &str) -> (String, &'static str) {
    let error = WeightFile::open(&path(name)).unwrap_err();
    (error.fault.to_string(), error.hint())
}

/// What is wrong with bytes.
fn wrong(bytes: Vec<u8>) -> String {
    WeightFile::from_bytes(bytes).unwrap_err().to_string()
}

/// Everything that a file says, to be compared.
fn contents(file: &WeightFile) -> Vec<(String, Vec<usize>, Vec<u32>)> {
    let bits = |values: Vec<f32>| values.into_iter().map(f32::to_bits).collect();
    let tensor = |tensor: &gapwise_nn::weights::WeightTensor| {
        (tensor.name().to_owned(), tensor.shape().to_vec(), bits(tensor.values()))
    };
    file.tensors().iter().map(tensor).collect()
}

#[track_caller]
fn assert_holds(file: &WeightFile, expected: &[Expected<'_>]) {
    let found: Vec<_> =
        file.tensors().iter().map(|t| (t.name(), t.shape().to_vec(), t.values())).collect();
    let expected: Vec<_> = expected
        .iter()
        .map(|(name, shape, values)| (*name, shape.to_vec(), values.to_vec()))
        .collect();
    assert_eq!(found, expected);
}

/// The script fills the tensors of a network in their order, the first with 0, 1, …, the second
/// with 1, 2, … and so on.
const NETWORK: [Expected<'static>; 7] = [
    ("conv.weight", &[2, 1, 1, 1], &[0.0, 1.0]),
    ("conv.bias", &[2], &[1.0, 2.0]),
    ("norm.weight", &[2], &[2.0, 3.0]),
    ("norm.bias", &[2], &[3.0, 4.0]),
    ("norm.running_mean", &[2], &[4.0, 5.0]),
    ("norm.running_var", &[2], &[5.0, 6.0]),
    ("norm.num_batches_tracked", &[], &[6.0]),
];

#[test]
fn a_state_dict_is_read_in_its_order() {
    let file = opened("network.pt");
    assert_holds(&file, &NETWORK);
    assert!(file.notes().is_empty());
    assert_eq!(file.get("norm.bias").unwrap().values(), [3.0, 4.0]);
    assert!(file.get("norm").is_none());
}

#[test]
fn views_are_read_as_what_they_show_in_every_protocol_and_format() {
    for name in ["views_2.pt", "views_5.pt", "views_legacy.pt"] {
        assert_holds(
            &opened(name),
            &[
                ("whole", &[2, 3], &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]),
                // The rows of 0 1 2 / 3 4 5 become columns.
                ("transposed", &[3, 2], &[0.0, 3.0, 1.0, 4.0, 2.0, 5.0]),
                ("part", &[2], &[4.0, 5.0]),
                ("every_other", &[3], &[1.0, 3.0, 5.0]),
                ("tied", &[2, 3], &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]),
                ("single", &[], &[7.0]),
                ("empty", &[0, 3], &[]),
                ("parameter", &[1], &[8.0]),
            ],
        );
    }
}

#[test]
fn every_type_of_number_is_read_and_other_floats_are_said() {
    for name in ["types.pt", "types_legacy_5.pt"] {
        let file = opened(name);
        assert_holds(
            &file,
            &[
                ("f16", &[2], &[1.5, -2.0]),
                ("bf16", &[2], &[1.5, -2.0]),
                ("f64", &[2], &[1.5, -2.0]),
                ("i64", &[2], &[3.0, -4.0]),
                ("i32", &[2], &[3.0, -4.0]),
                ("i16", &[2], &[3.0, -4.0]),
                ("i8", &[2], &[3.0, -4.0]),
                ("u8", &[2], &[3.0, 250.0]),
                ("bool", &[2], &[1.0, 0.0]),
            ],
        );
        assert_eq!(
            file.notes(),
            [
                "1 tensor of bfloat16 converted to float32",
                "1 tensor of float16 converted to float32",
                "1 tensor of float64 converted to float32",
                "6 tensors of whole numbers or truth values converted to float32",
            ]
        );
    }
}

#[test]
fn a_checkpoint_gives_its_state_dict_without_the_prefix_of_a_parallel_network() {
    let file = opened("checkpoint.pt");
    assert_holds(&file, &NETWORK);
    assert_eq!(
        file.notes(),
        [
            "the state dict lies under `state_dict`; left out beside it: `epoch`, `optimizer`, `best`",
            "the prefix `module.` taken off 7 names",
        ]
    );
}

#[test]
fn safetensors_are_told_by_content_and_read_in_their_order() {
    let header = r#"{"_orig_mod.b":{"dtype":"F16","shape":[2],"data_offsets":[4,8]},
        "__metadata__":{"format":"pt"},
        "_orig_mod.a":{"dtype":"I32","shape":[],"data_offsets":[0,4]}}"#;
    // 1.5 is 0x3E00 and -2 is 0xC000 in 16 bits.
    let data = [7, 0, 0, 0, 0x00, 0x3E, 0x00, 0xC0];
    let file = WeightFile::from_bytes(hostile::safetensors(header, &data)).unwrap();
    assert_holds(&file, &[("b", &[2], &[1.5, -2.0]), ("a", &[], &[7.0])]);
    assert_eq!(
        file.notes(),
        [
            "the prefix `_orig_mod.` taken off 2 names",
            "1 tensor of float16 converted to float32",
            "1 tensor of whole numbers or truth values converted to float32",
        ]
    );
}

#[test]
fn what_is_no_weight_file_is_refused_with_what_it_is() {
    assert_eq!(
        refused("list.pt"),
        (
            "expected a state dict, found a list".into(),
            "save the weights alone, `torch.save(model.state_dict(), \"weights.pt\")`, or convert \
             them to safetensors; the state dict may lie under `state_dict`, `model_state_dict`, \
             `model` or `net`"
        )
    );
    let missing = WeightFile::open(&path("none.pt")).unwrap_err();
    assert!(
        missing
            .to_string()
            .ends_with("none.pt`: cannot be read: No such file or directory (os error 2)"),
        "{missing}"
    );
    let folder = WeightFile::open(&path("")).unwrap_err();
    assert_eq!(folder.fault.to_string(), "cannot be read: it is no file");
    assert_eq!(
        wrong(b"\x1B[2Jlabel,width\n".to_vec()),
        "expected a file of safetensors or of PyTorch, found one that begins with \
         `\\u{1b}[2Jlabe`"
    );
    assert_eq!(
        wrong(Vec::new()),
        "expected a file of safetensors or of PyTorch, found one that begins with ``"
    );
}

#[test]
fn files_of_other_kinds_are_told_by_their_first_bytes() {
    let tar = [&[b'a'; 257][..], b"ustar\0"].concat();
    for (bytes, found) in [
        (
            &b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n"[..],
            "a pointer of Git LFS",
        ),
        (b"\n<!DOCTYPE html><html>", "a web page"),
        (b"\x89HDF\r\n\x1A\n0000", "a file of HDF5"),
        (b"\x93NUMPY\x01\0", "an array of NumPy"),
        (b"\x1F\x8B\x08\0", "a gzip file"),
        (&tar, "a tar archive"),
        (b"\x1C\0\0\0TFL3", "a model of TensorFlow Lite"),
    ] {
        let fault = WeightFile::from_bytes(bytes.to_vec()).unwrap_err();
        let said = format!("expected a file of safetensors or of PyTorch, found {found}");
        assert!(fault.to_string().starts_with(&said) && !fault.hint().is_empty(), "{fault}");
    }
}

#[test]
fn a_torchscript_file_is_told_by_its_code() {
    // A directory of one entry, whose name alone counts, and its end.
    let name = b"net/code/__torch__/torchvision/models/resnet.py";
    let mut listed = [&b"PK\x01\x02"[..], &[0; 42]].concat();
    listed[28] = name.len() as u8;
    listed.extend(name);
    let mut end = [&b"PK\x05\x06"[..], &[0; 18]].concat();
    (end[10], end[12], end[16]) = (1, listed.len() as u8, 4);
    let file = [&b"PK\x03\x04"[..], &listed, &end].concat();
    let fault = WeightFile::from_bytes(file).unwrap_err();
    assert!(fault.to_string().contains("found a TorchScript file"), "{fault}");
    assert!(fault.hint().contains("torch.jit.load"));
}
