//! Files that were cut, changed, or made to do harm.

use std::path::Path;

use gapwise_nn::weights::{WeightFile, WeightFileFault};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{bytes, contents, refused, wrong};

const FILES: [&str; 8] = [
    "network.pt",
    "checkpoint.pt",
    "views_2.pt",
    "views_5.pt",
    "views_legacy.pt",
    "types_legacy_5.pt",
    "runs.pt",
    "whole_network.pt",
];

/// A safetensors file with this header.
pub(super) fn safetensors(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
}

/// A zip archive of stored entries without checksums, and where its directory begins.
fn zip(entries: &[(&str, &[u8])]) -> (Vec<u8>, usize) {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, data) in entries {
        let size = (data.len() as u32).to_le_bytes();
        let name_size = (name.len() as u16).to_le_bytes();
        directory.extend([b"PK\x01\x02".as_slice(), &[0; 16], &size, &size, &name_size].concat());
        directory.extend([[0; 12].as_slice(), &(file.len() as u32).to_le_bytes()].concat());
        directory.extend(name.as_bytes());
        file.extend(
            [b"PK\x03\x04".as_slice(), &[0; 14], &size, &size, &name_size, &[0; 2]].concat(),
        );
        file.extend([name.as_bytes(), data].concat());
    }
    let begin = file.len();
    let count = (entries.len() as u16).to_le_bytes();
    let size = (directory.len() as u32).to_le_bytes();
    file.extend(directory);
    file.extend([b"PK\x05\x06".as_slice(), &[0; 4], &count, &count, &size].concat());
    file.extend([(begin as u32).to_le_bytes().as_slice(), &[0; 2]].concat());
    (file, begin)
}

/// What is wrong with an archive of this pickle and a storage of four numbers.
fn wrong_pickle(pickle: &[u8]) -> String {
    wrong(zip(&[("x/data.pkl", pickle), ("x/data/0", &[0; 16])]).0)
}

/// The number as a pickle has it.
fn long(number: i64) -> Vec<u8> {
    [[0x8A, 8].as_slice(), &number.to_le_bytes()].concat()
}

fn tuple(numbers: &[i64]) -> Vec<u8> {
    let items: Vec<u8> = numbers.iter().flat_map(|number| long(*number)).collect();
    [b"(".as_slice(), &items, b"t"].concat()
}

/// A pickle of `{"w": tensor}`, whose storage claims to have `numbers`.
fn tensor(numbers: i64, offset: i64, shape: &[i64], strides: &[i64]) -> Vec<u8> {
    let parts: [&[u8]; 9] = [
        b"\x80\x02}\x8C\x01wctorch._utils\n_rebuild_tensor_v2\n((\x8C\x07storage",
        b"ctorch\nFloatStorage\n\x8C\x010\x8C\x03cpu",
        &long(numbers),
        b"tQ",
        &long(offset),
        &tuple(shape),
        &tuple(strides),
        b"\x89NtR",
        b"s.",
    ];
    parts.concat()
}

#[test]
fn a_pickle_that_wants_to_run_something_is_refused_and_does_not() {
    let hint = "save the weights alone, `torch.save(model.state_dict(), \"weights.pt\")`, or \
                convert them to safetensors; the state dict may lie under `state_dict`, \
                `model_state_dict`, `model` or `net`";
    for name in ["runs.pt", "runs_legacy.pt"] {
        let said = "this file wants to run `posix.system`, which weights do not need; nothing was \
                    executed";
        assert_eq!(refused(name), (said.into(), hint));
        assert!(!Path::new("ran-out-of-a-pickle").exists());
    }
    let (said, _) = refused("whole_network.pt");
    assert_eq!(
        said,
        "this file wants to run `torch.nn.modules.container.Sequential`, which weights do not \
         need; nothing was executed"
    );
    // Also where it is named and never called, and with what a terminal would obey.
    assert_eq!(
        wrong_pickle(b"\x80\x04\x8C\x02os\x8C\x07\x1B[2Jrm\n\x93."),
        "this file wants to run `os.\\u{1b}[2Jrm\\n`, which weights do not need; nothing was \
         executed"
    );
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    for name in FILES {
        let whole = bytes(name);
        for length in 0..whole.len() {
            let cut = WeightFile::from_bytes(whole[..length].to_vec());
            assert!(cut.is_err(), "{name} cut to {length} bytes");
        }
    }
}

#[test]
fn changed_bits_never_panic_and_a_checksum_finds_those_of_the_numbers() {
    let mut random = ChaCha8Rng::seed_from_u64(6);
    for name in FILES {
        let whole = bytes(name);
        for _ in 0..1500 {
            let mut changed = whole.clone();
            for _ in 0..random.random_range(1..4) {
                let at = random.random_range(0..changed.len());
                changed[at] ^= 1 << random.random_range(0..8);
            }
            if let Ok(file) = WeightFile::from_bytes(changed) {
                contents(&file);
            }
        }
    }
    let mut numbers = bytes("network.pt");
    // The numbers of the bias of the convolution: 1 and 2.
    let own = [1_f32.to_le_bytes(), 2_f32.to_le_bytes()].concat();
    let at = numbers.windows(8).position(|bytes| bytes == own).unwrap();
    numbers[at] ^= 1;
    assert_eq!(
        wrong(numbers),
        "its zip archive: expected entries whose checksums hold, found `network/data/1` with \
         bytes that were changed"
    );
}

#[test]
fn random_pickles_never_panic() {
    let instructions: Vec<u8> =
        b"\x80\x95.NGCBKMJ\x8A\x8BUT\x8CX\x8D()\x85\x86\x87t]ae}suqr\x94hjc\x93RbQ".to_vec();
    let mut random = ChaCha8Rng::seed_from_u64(7);
    for _ in 0..20_000 {
        let pickle: Vec<u8> = (0..random.random_range(1..40))
            .map(|_| match random.random_range(0..4) {
                0 => random.random_range(0..4),
                _ => instructions[random.random_range(0..instructions.len())],
            })
            .collect();
        wrong_pickle(&pickle);
    }
}

#[test]
fn a_tensor_is_within_its_storage_and_no_larger() {
    let whole = |pickle: &[u8]| {
        WeightFile::from_bytes(zip(&[("x/data.pkl", pickle), ("x/data/0", &[0; 16])]).0)
    };
    let fits = whole(&tensor(4, 1, &[3], &[1])).unwrap();
    assert_eq!(fits.tensors()[0].values(), [0.0; 3]);
    // Nothing is in it, though its other sizes are large.
    let empty = whole(&tensor(4, 0, &[0, 1 << 40, 1 << 40], &[1, 1, 1])).unwrap();
    assert!(empty.tensors()[0].is_empty() && empty.tensors()[0].values().is_empty());

    let outside = |offset: i64, shape: &[i64], strides: &[i64]| {
        let said = wrong_pickle(&tensor(4, offset, shape, strides));
        let expected = format!(
            "tensor `w`: expected a tensor within the 4 numbers of its storage, found the shape \
             {shape:?} with strides {strides:?} from number {offset}"
        );
        assert_eq!(said, expected);
    };
    outside(0, &[1 << 60], &[1]);
    outside(0, &[1 << 32, 1 << 32], &[0, 0]);
    outside(0, &[2], &[4]);
    outside(0, &[2], &[i64::MAX]);
    outside(i64::MAX, &[2], &[i64::MAX]);
    outside(4, &[1], &[1]);
    outside(5, &[0], &[1]);
    // Five times the same number: the file would not bound its size.
    outside(0, &[5], &[0]);
    assert_eq!(
        wrong_pickle(&tensor(1 << 60, 0, &[1 << 60], &[1])),
        "tensor `w`: expected 1152921504606846976 numbers of 4 bytes in its storage, found 16 bytes"
    );
    assert_eq!(
        wrong_pickle(&tensor(i64::MAX, 0, &[1], &[1])),
        "tensor `w`: expected 9223372036854775807 numbers of 4 bytes in its storage, found 16 bytes"
    );
    assert_eq!(
        wrong_pickle(&tensor(4, -1, &[1], &[1])),
        "byte 127 of its pickle: expected a size of at least 0, found -1"
    );
    let (said, hint) = refused("expanded.pt");
    assert_eq!(
        said,
        "tensor `weight`: expected a tensor within the 1 numbers of its storage, found the shape \
         [1073741824] with strides [0] from number 0"
    );
    assert!(hint.contains("`{name: tensor.float().contiguous().clone() …}`"));
}

#[test]
fn tensors_that_share_one_storage_too_often_are_refused() {
    // Forty times 1,000 numbers, of which the file has 4,000 bytes: the eighth is too many.
    assert_eq!(
        refused("shared.pt").0,
        "expected tensors of at most 7970 numbers in a file of 7970 bytes, found 8000"
    );
}

#[test]
fn a_pickle_that_repeats_itself_makes_no_more_than_it_says() {
    // Each round puts a pair of what there was before: 2^100 values, if they were copied.
    let rounds = b"h\x00h\x00\x86q\x00".repeat(100);
    let doubled = [b"\x80\x02Nq\x00".as_slice(), &rounds, b"."].concat();
    assert_eq!(wrong_pickle(&doubled), "expected a state dict, found a tuple");
    let deep = [vec![b']'; 200_000], vec![b'a'; 199_999], vec![b'.']].concat();
    assert_eq!(wrong_pickle(&deep), "expected a state dict, found a list");
    assert_eq!(
        wrong_pickle(b"\x80\x02}q\x00\x8C\x05modelh\x00s."),
        "expected a state dict, found dictionaries within each other more than 4 deep"
    );
    assert_eq!(
        wrong_pickle(&[b"N".repeat(5_000_000).as_slice(), b"."].concat()),
        "byte 4194303 of its pickle: expected fewer instructions, found more than 4194304"
    );
}

#[test]
fn a_pickle_says_where_it_is_wrong() {
    let said = [
        wrong_pickle(b""),
        wrong_pickle(b"\x80\x06."),
        wrong_pickle(b"\x80\x02\x8D\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF."),
        wrong_pickle(b"(}h\x07s."),
        wrong_pickle(b"}(K\x01u."),
        wrong_pickle(b"K\x01(R."),
        wrong_pickle(b"K\x01\x81."),
        wrong_pickle(b"}."),
        wrong_pickle(b"}K\x01K\x02s\x8C\x01aNs."),
    ];
    assert_eq!(
        said,
        [
            "byte 0 of its pickle: expected more bytes, found its end after 0",
            "byte 0 of its pickle: expected a protocol of 2 to 5, found 6",
            "byte 2 of its pickle: expected more bytes, found its end after 12",
            "byte 2 of its pickle: expected a value of the memo, found number 7, which was not kept",
            "byte 4 of its pickle: expected a dictionary with a value for each key, found a dictionary",
            "byte 3 of its pickle: expected a value to work on, found none",
            "byte 2 of its pickle: expected an instruction that makes a state dict, found the \
             instruction 0x81",
            "expected a state dict, found an empty dictionary",
            "expected a state dict, found a dictionary without tensors: `a`",
        ]
    );
}

#[test]
fn an_archive_that_is_not_pytorchs_is_refused() {
    let pickle = tensor(4, 0, &[4], &[1]);
    let entries: [(&str, &[u8]); 2] = [("x/data.pkl", &pickle), ("x/data/0", &[0; 16])];
    let (good, directory) = zip(&entries);
    assert!(WeightFile::from_bytes(good.clone()).is_ok());
    let patched = |at: usize, with: &[u8]| {
        let mut file = good.clone();
        file[at..at + with.len()].copy_from_slice(with);
        wrong(file)
    };
    // The second entry of the directory follows the first and its name of ten letters.
    let second = directory + 46 + 10;
    let end = good.len() - 22;
    let said = [
        patched(second + 42, &0_u32.to_le_bytes()),
        patched(second + 20, &[0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0x7F]),
        patched(second + 20, &[0xFF; 8]),
        patched(second + 10, &8_u16.to_le_bytes()),
        patched(second + 42, &u32::MAX.to_le_bytes()),
        patched(end + 10, &u16::MAX.to_le_bytes()),
        patched(end + 16, &u32::MAX.to_le_bytes()),
        wrong(zip(&[("word/document.xml", b"<x/>")]).0),
        wrong(zip(&[entries[0], entries[1], entries[1]]).0),
        wrong(zip(&[entries[0], entries[1], ("x/byteorder", b"big")]).0),
    ];
    let cases = [
        "entries one behind the other, found `x/data.pkl` over what follows it",
        "entries within the file, found `x/data/0` beyond it",
        "entries within the file, found `x/data/0` beyond it",
        "entries stored as they are, found `x/data/0` compressed or encrypted",
        "entries within the file, found `x/data/0` beyond it",
        "as many entries as its directory says, found fewer",
        "the place of its directory, found none that is in the file",
        "the entry `data.pkl` of `torch.save`, found 1 others",
        "entries of different names, found `data/0` twice",
        "numbers in the byte order `little`, found `big`",
    ];
    assert_eq!(said, cases.map(|case| format!("its zip archive: expected {case}")));
}

#[test]
fn hostile_safetensors_are_refused() {
    let tensor = |name: &str, shape: &str, from: usize, to: usize| {
        format!(r#""{name}":{{"dtype":"F32","shape":{shape},"data_offsets":[{from},{to}]}}"#)
    };
    let of = |tensors: &[String]| {
        let header = format!("{{{}}}", tensors.join(","));
        wrong(safetensors(&header, &[0; 8]))
    };
    let longest = [(1_u64 << 63).to_le_bytes().as_slice(), b"{}"].concat();
    let said = [
        wrong(longest),
        of(&[tensor("a", "[2]", 0, 8), tensor("b", "[2]", 8, 16)]),
        of(&[tensor("a", "[2]", 0, 8), tensor("b", "[1]", 4, 8)]),
        of(&[tensor("a", "[2]", 0, 8), tensor("a", "[2]", 0, 8)]),
        of(&[tensor("a", "[1152921504606846976]", 0, 8)]),
        of(&[tensor("a", "[4294967296,4294967296]", 0, 8)]),
        of(&[tensor("a", "[2]", 8, 0)]),
        of(&[r#""a":{"dtype":"C64","shape":[1],"data_offsets":[0,8]}"#.to_owned()]),
    ];
    insta::assert_snapshot!(said.join("\n"), @r"
    not a whole safetensors file: header too large
    not a whole safetensors file: incomplete metadata, file not fully covered
    not a whole safetensors file: invalid offset for tensor `b`
    not a whole safetensors file: `a` is there twice at line 1 column 107
    not a whole safetensors file: overflow computing buffer size from shape and/or element type
    not a whole safetensors file: overflow computing buffer size from shape and/or element type
    not a whole safetensors file: invalid offset for tensor `a`
    tensor `a`: expected floats of 16, 32 or 64 bits, whole numbers or truth values, found C64
    ");
    let none = wrong(safetensors("{}", &[]));
    assert_eq!(none, "expected a state dict, found no tensor at all");
}

#[test]
fn every_fault_says_what_to_do() {
    let faults = [
        WeightFileFault::Unopened("no".into()),
        WeightFileFault::Foreign { begins: "x".into() },
        WeightFileFault::Safetensors("cut".into()),
        WeightFileFault::Storages { expected: "one", found: "none".into() },
    ];
    let said: Vec<String> =
        faults.iter().map(|fault| format!("{fault}; {}", fault.hint())).collect();
    insta::assert_snapshot!(said.join("\n"), @r"
    cannot be read: no; give the path of a file that you may read
    expected a file of safetensors or of PyTorch, found one that begins with `x`; give a file of `torch.save(model.state_dict(), …)` or of `safetensors`
    not a whole safetensors file: cut; copy or download the file again; if it is whole, load it in PyTorch 1.6 or later and save its state dict anew
    its storages: expected one, found none; copy or download the file again; if it is whole, load it in PyTorch 1.6 or later and save its state dict anew
    ");
}
