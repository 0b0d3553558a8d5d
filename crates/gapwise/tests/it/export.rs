//! Networks written for other programs.

use std::fs;

use crate::{data, desk::Desk};

#[test]
fn a_tables_network_is_written_with_its_columns_as_inputs() {
    let desk = Desk::with_run();
    let said = desk.done(&["export", "runs/animals-1"]);
    insta::assert_snapshot!(said, @"
    animals-1.onnx: ONNX, operator set 18, 9,353 bytes
      in   weight         float64  [batch]     a number as programs write it, without marks, currency or percent; NaN where it is missing
      in   height         float64  [batch]     a number as programs write it, without marks, currency or percent; NaN where it is missing
      in   coat           string   [batch]     a category without blanks around it, the empty string where it is missing
      out  probabilities  float32  [batch, 2]  the probability of each class; the answer is the first of the highest
    ");
    // The name of whoever wrote it, in the first bytes.
    let file = fs::read(desk.path("animals-1.onnx")).unwrap();
    assert!(file[..16].windows(7).any(|bytes| bytes == b"gapwise"));
    let said = desk.done(&["export", "runs/animals-1", "--format", "safetensors"]);
    insta::assert_snapshot!(said, @"animals-1.safetensors: safetensors, 4 tensors by their own names, since torchvision has no such network, 6,064 bytes");

    let answer = desk.answer(&["export", "runs/animals-1", "-o", "nets/animals.onnx"]);
    assert_eq!(answer["path"], "nets/animals.onnx");
    assert_eq!(answer["format"], "onnx");
    assert_eq!(answer["bytes"], file.len());
    assert_eq!(answer["inputs"][2]["words"], serde_json::json!(["black", "brindled", "white"]));
    assert_eq!(answer["outputs"][0]["shape"], serde_json::json!(["batch", 2]));
    assert_eq!(answer["outputs"][0]["words"], serde_json::json!(["cat", "dog"]));
    // The same network is the same bytes, and nothing half-written is left.
    assert_eq!(fs::read(desk.path("nets/animals.onnx")).unwrap(), file);
    assert_eq!(desk.files("nets"), ["animals.onnx"]);
    let answer = desk.answer(&["export", "runs/animals-1", "--format", "safetensors", "--force"]);
    assert_eq!((&answer["format"], &answer["names"]), (&"safetensors".into(), &"own".into()));
}

#[test]
fn a_network_of_images_says_where_it_resizes_them() {
    let desk = Desk::new();
    data::photos(desk.folder());
    let train = |kind: &str| {
        let kind = format!("network.kind={kind}");
        desk.done(&["run", "photos", "-q", "--set", "train.epochs=1", "--set", &kind]);
    };
    train("lenet");
    insta::assert_snapshot!(desk.done(&["export", "runs/photos-1"]), @"
    photos-1.onnx: ONNX, operator set 18, 247,276 bytes
      in   pixels         uint8    [batch, 1, 8, 8]  grey images from 0 (black) to 255 (white); turned upright as their EXIF orientation says, transparent pixels laid over white; of 16 bits, values are divided by 257 and rounded; the network reads 32×32, to which the graph resizes them
      out  probabilities  float32  [batch, 2]        the probability of each class; the answer is the first of the highest
    ");
    train("resnet18");
    let said = desk.done(&["export", "runs/photos-2", "--format", "safetensors"]);
    insta::assert_snapshot!(said, @r"
    photos-2.safetensors: safetensors, 122 tensors by torchvision's names, 44,734,816 bytes
      torchvision's own network does not take them: its first convolution reads 1 channel, torchvision's 3
    ");
}

#[test]
fn a_number_is_answered_in_its_own_unit() {
    let desk = Desk::new();
    desk.write("houses.csv", &data::houses());
    desk.done(&["run", "houses.csv", "--quiet", "--set", "train.epochs=1"]);
    insta::assert_snapshot!(desk.done(&["export", "runs/houses-1"]), @"
    houses-1.onnx: ONNX, operator set 18, 5,311 bytes
      in   area        float64  [batch]  a number as programs write it, without marks, currency or percent; NaN where it is missing
      in   age         float64  [batch]  a number as programs write it, without marks, currency or percent; NaN where it is missing
      out  prediction  float64  [batch]  `price` in its own unit
    ");
}

#[test]
fn a_file_that_is_there_is_not_written_over_unasked() {
    let desk = Desk::with_run();
    desk.write("animals-1.onnx", "mine");
    desk.write("folder/mine", "");
    let export = ["export", "runs/animals-1"];
    let told = [
        desk.refused(&export),
        desk.refused(&[&export[..], &["-o", "folder"]].concat()),
        desk.refused(&[&export[..], &["-o", "animals.csv/net.onnx"]].concat()),
        desk.refused(&["export", "animals.csv"]),
    ];
    insta::assert_snapshot!(told.join("\n"), @r"
    error: `animals-1.onnx`: expected a name that is free, found one that is taken

    hint: `--force` writes over it, `--out FILE` writes elsewhere

    error: `folder`: expected a name that is free, found one that is taken

    hint: `--force` writes over it, `--out FILE` writes elsewhere

    error: `animals.csv/net.onnx` could not be written: Not a directory (os error 20)

    hint: a part of the path is a file: name a folder

    error: `animals.csv` is no run: it is a file, and a run is a folder

    hint: name the folder that `gapwise run` or `train` made
    ");
    assert_eq!(desk.read("animals-1.onnx"), "mine");
    desk.done(&[&export[..], &["--force"]].concat());
    assert!(fs::read(desk.path("animals-1.onnx")).unwrap().len() > 1_000);
}
