//! Networks that begin with weights of other data: what is said, what is recorded, what is refused.

use std::fs;

use crate::{data, desk::Desk};

/// A desk with `photos` and a run of them whose network has convolutions with batch normalisation.
fn desk() -> Desk {
    let desk = Desk::new();
    data::photos(desk.folder());
    let conv =
        ["--set=network.kind=conv", "--set=network.channels=[4,6]", "--set=network.hidden=[8]"];
    desk.done(
        &[&["run", "photos", "-q", "--set=train.epochs=2", "--out=before"], &conv[..]].concat(),
    );
    desk
}

/// The notes that a command tells.
fn notes(said: &str) -> String {
    let told = said.lines().filter_map(|line| line.strip_prefix("note      "));
    told.filter(|line| !line.contains("image of")).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_run_begins_with_another_ones_weights_and_says_what_it_took() {
    let desk = desk();
    let said =
        desk.say(&["run", "photos", "--weights", "before", "--freeze", "head-only", "--out=after"]);
    assert_eq!(said.code, 0, "{}", said.err);
    insta::assert_snapshot!(notes(&said.err), @r"
    the network is that of `before`: conv (change with `--set network.kind=KIND`)
    images are read at 8×8, `data.image_fit` stretch, as the weights learned on (change with `--image-size HEIGHTxWIDTH`)
    12 tensors come from the weights; new: `dense.hidden.0.weight`, `dense.norms.0.weight`, `dense.norms.0.bias`, `dense.norms.0.running_mean`, `dense.norms.0.running_var`, `dense.norms.0.num_batches_tracked` and 2 more
    the head alone learns; frozen: `conv1`, `conv2` (change with `--freeze none|head-only|STAGE`)
    what frozen layers make of each image is computed once and kept: 1 MiB
    ");
    let config = desk.read("after/config.toml");
    assert!(config.contains("freeze = \"head-only\"") && config.contains("kept_rate = 0.1"));
    let record = desk.json("after/weights.json");
    assert_eq!(record["taken"], 12);
    assert_eq!(record["blake3"].as_str().unwrap().len(), 64);
    // The same again, from the configuration that stands in the run.
    desk.done(&["train", "after", "-q", "--out=again"]);
    for name in ["history.csv", "checkpoints/best.safetensors"] {
        let of = |run: &str| fs::read(desk.path(run).join(name)).unwrap();
        assert_eq!(of("after"), of("again"), "{name}");
    }
    // And without them.
    desk.done(&["train", "after", "-q", "--set=network.weights=none", "--out=drawn"]);
    let config = desk.read("drawn/config.toml");
    let left = ["\nweights =", "freeze", "kept_rate"].map(|key| config.contains(key));
    assert_eq!(left, [false; 3], "{config}");
    let step = desk.json("after/diagnosis.json").to_string();
    assert!(!step.contains("network.kind="), "weights fit no other network: {step}");
}

#[test]
fn an_exported_file_begins_as_its_run_does() {
    let desk = desk();
    desk.done(&["export", "before", "--format=safetensors"]);
    for (weights, out) in [("before", "of-run"), ("before.safetensors", "of-file")] {
        let weights = format!("--weights={weights}");
        desk.done(&["run", "photos", "-q", &weights, "--freeze=none", &format!("--out={out}")]);
    }
    let of = |run: &str| fs::read(desk.path(run).join("checkpoints/best.safetensors")).unwrap();
    assert!(of("of-run") == of("of-file"));
    let normalised = |run: &str| desk.json(&format!("{run}/model.json"))["network"].to_string();
    assert_eq!(normalised("of-run"), normalised("before"));
    assert_eq!(normalised("of-file"), normalised("before"));
}

#[test]
fn weights_that_changed_are_told_where_a_run_is_trained_again() {
    let desk = desk();
    desk.done(&["export", "before", "--format=safetensors", "-o=w.safetensors"]);
    desk.done(&["run", "photos", "-q", "--weights=w.safetensors", "--out=after"]);
    desk.done(&["train", "before", "-q", "--set=train.seed=2", "--out=other"]);
    desk.done(&["export", "other", "--format=safetensors", "-o=w.safetensors", "--force"]);
    let told = desk.say(&["train", "after", "--out=again"]).err;
    assert!(told.contains("is not what `after` began with: its bytes are others"), "{told}");
}

#[test]
fn weights_that_changed_end_a_resumed_run() {
    let desk = desk();
    desk.done(&["run", "photos", "-q", "--weights=before", "--out=after"]);
    fs::remove_file(desk.path("after/report.html")).unwrap();
    fs::rename(desk.path("before"), desk.path("moved")).unwrap();
    desk.done(&["train", "moved", "-q", "--seed=2", "--out=before"]);
    let refused = desk.refused(&["train", "--resume", "after"]);
    assert!(refused.contains("before` is not what `after` began with"), "{refused}");
    assert!(refused.contains("or train anew: `gapwise train after`"), "{refused}");
    fs::remove_dir_all(desk.path("before")).unwrap();
    fs::rename(desk.path("moved"), desk.path("before")).unwrap();
    desk.done(&["train", "--resume", "after", "-q"]);
}

#[test]
fn what_cannot_be_taken_over_is_refused_with_what_to_do() {
    let desk = desk();
    desk.write("animals.csv", &data::animals());
    desk.done(&["run", "animals.csv", "-q", "--set=train.epochs=1", "--out=rows"]);
    desk.write("letter.pt", "Dear network,");
    let refused = |args: &[&str]| desk.refused(&[&["run", "photos"], args].concat());
    let told = [
        refused(&["--weights=before", "--freeze=conv9"]),
        refused(&["--weights=before", "--set=network.kind=lenet"]),
        refused(&["--weights=rows"]),
        refused(&["--weights=nowhere.pt"]),
        refused(&["--weights=letter.pt"]),
        refused(&["--freeze=head-only"]),
        refused(&["--weights=before", "--set=train.kept_rate=0"]),
        desk.refused(&["run", "animals.csv", "--weights=before"]),
    ];
    insta::assert_snapshot!(told.join("\n"), @r"
    data      photos: 60 grey images of 8×8
    label     `class`, 2 classes: 0 = round (30), 1 = straight (30)
    splits    36 train, 12 validation, 12 test: split by the rule for fewer than 10,000 examples: 60 % train, 20 % validation, 20 % test
    note      the network is that of `before`: conv (change with `--set network.kind=KIND`)
    note      images are read at 8×8, `data.image_fit` stretch, as the weights learned on (change with `--image-size HEIGHTxWIDTH`)
    error: `network.freeze`: `conv` has no stage `conv9`

    hint: `none`, `head-only`, or the last stage to freeze: conv1, conv2

    data      photos: 60 grey images of 8×8
    label     `class`, 2 classes: 0 = round (30), 1 = straight (30)
    splits    36 train, 12 validation, 12 test: split by the rule for fewer than 10,000 examples: 60 % train, 20 % validation, 20 % test
    note      images are read at 8×8, `data.image_fit` stretch, as the weights learned on (change with `--image-size HEIGHTxWIDTH`)
    error: `before` for `lenet`: not the weights of this network: 8 of its tensors missing: `conv1.weight`, `conv1.bias`, `conv2.weight`, `conv2.bias`, `dense1.weight`, `dense1.bias` and 2 more; 20 left over: `convs.0.weight`, `convs.1.weight`, `dense.hidden.0.weight`, `dense.norms.0.bias`, `dense.norms.0.num_batches_tracked`, `dense.norms.0.running_mean` and 14 more

    hint: they are of another network: `gapwise inspect --weights before` shows what the file holds, and `gapwise network` lists the networks here

    error: `--weights rows`: expected a run on images, found one on rows of a table

    hint: leave `--weights` out

    error: `nowhere.pt`: cannot be read: No such file or directory (os error 2)

    hint: give the path of a file that you may read

    error: `letter.pt`: expected a file of safetensors or of PyTorch, found one that begins with `Dear net`

    hint: give a file of `torch.save(model.state_dict(), …)` or of `safetensors`

    data      photos: 60 grey images of 8×8
    label     `class`, 2 classes: 0 = round (30), 1 = straight (30)
    splits    36 train, 12 validation, 12 test: split by the rule for fewer than 10,000 examples: 60 % train, 20 % validation, 20 % test
    error: `network.freeze` needs `network.weights`, and there are none

    hint: leave `network.freeze` out

    data      photos: 60 grey images of 8×8
    label     `class`, 2 classes: 0 = round (30), 1 = straight (30)
    splits    36 train, 12 validation, 12 test: split by the rule for fewer than 10,000 examples: 60 % train, 20 % validation, 20 % test
    note      the network is that of `before`: conv (change with `--set network.kind=KIND`)
    note      images are read at 8×8, `data.image_fit` stretch, as the weights learned on (change with `--image-size HEIGHTxWIDTH`)
    error: `train.kept_rate`: expected a factor above 0 and at most 1; `network.freeze` is for layers that keep still, found `0`

    data      animals: 200 rows, 3 columns to learn from
    label     `kind`, 2 classes: 0 = cat (100), 1 = dog (100)
    note      fields of `animals.csv` are separated by `,` (change with `--delimiter CHARACTER`)
    note      the first line holds names: its cells are words where those below are not (change with `--no-header`)
    note      the label is `kind`, the last column (change with `--label NAME`)
    note      the task is classification, since the label `kind` holds words, no numbers
    note      `?` in `height` (12 cells) is read as missing
    splits    120 train, 40 validation, 40 test: split by the rule for fewer than 10,000 examples: 60 % train, 20 % validation, 20 % test
    error: `network.weights` needs images, and the data is rows of a table

    hint: leave `network.weights` out
    ");
}

#[test]
fn what_is_typed_goes_before_what_the_weights_run_has() {
    let desk = desk();
    let typed = ["--set=network.dropout=0.5", "--set=data.image_fit=crop", "--out=after"];
    desk.done(&[&["run", "photos", "-q", "--weights=before"][..], &typed].concat());
    let config = desk.read("after/config.toml");
    assert!(
        config.contains("dropout = 0.5") && config.contains("image_fit = \"crop\""),
        "{config}"
    );
    assert!(config.contains("channels = ["), "{config}");
}

#[test]
fn weights_that_do_not_fit_leave_no_run_behind() {
    let desk = desk();
    let lenet = ["run", "photos", "--weights=before", "--set=network.kind=lenet", "--out=after"];
    desk.refused(&lenet);
    assert!(!desk.path("after").exists());
}

/// A file of safetensors with these tensors, all of whose numbers are 0.
fn safetensors(tensors: &[(&str, &[usize])]) -> Vec<u8> {
    let (mut entries, mut end) = (Vec::new(), 0);
    for (name, shape) in tensors {
        let begin = end;
        end += 4 * shape.iter().product::<usize>();
        let entry =
            serde_json::json!({ "dtype": "F32", "shape": shape, "data_offsets": [begin, end] });
        entries.push(format!("{}:{entry}", serde_json::json!(name)));
    }
    let header = format!("{{{}}}", entries.join(","));
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &vec![0; end]].concat()
}

#[test]
fn weights_of_networks_that_are_not_here_are_named() {
    let desk = Desk::new();
    data::photos(desk.folder());
    let foreign = safetensors(&[("features.1.0.block.0.0.weight", &[32, 1, 3, 3])]);
    fs::write(desk.path("b0.pth"), foreign).unwrap();
    fs::write(desk.path("mine.pt"), safetensors(&[("layer.weight", &[2, 2])])).unwrap();
    let address = "https://download.pytorch.org/models/resnet18-f37072fd.pth";
    let told = [
        desk.refused(&["run", "photos", "-q", "--weights", "b0.pth"]),
        desk.refused(&["run", "photos", "-q", "--weights=b0.pth", "--set=network.kind=resnet18"]),
        desk.refused(&["run", "photos", "-q", "--weights", "mine.pt"]),
        desk.refused(&["run", "photos", "-q", "--weights", address]),
        desk.refused(&["inspect", "--weights", address]),
    ];
    insta::assert_snapshot!(told.join("\n"), @r"
    error: `b0.pth`: EfficientNet is not among the networks here: alexnet, alexnet2012, vgg11, vgg13, vgg16, vgg19, resnet18, resnet34, resnet50, resnet101, resnet152, resnet20, resnet32, resnet44, resnet56, resnet110, plain18, plain34, plain20, plain32, plain44, plain56, plain110, inception, inception-no-sides

    hint: take weights of one of these, such as torchvision's `resnet18`

    error: `b0.pth` for `resnet18`: not the weights of this network: 100 of its tensors missing: `stem.conv.weight`, `stem.norm.weight`, `stem.norm.bias`, `stem.norm.running_mean`, `stem.norm.running_var`, `stages.0.0.convs.0.conv.weight` and 94 more; 1 left over: `features.1.0.block.0.0.weight`

    hint: they are of EfficientNet, which is not among the networks here

    error: `mine.pt`: not the weights of a network here; it has tensors such as `layer.weight`

    hint: `gapwise inspect --weights mine.pt` shows what the file holds; where it is of a network here, name that: `--set network.kind=NAME`

    error: `--weights https://download.pytorch.org/models/resnet18-f37072fd.pth`: expected a file or a run, found an address

    hint: download the file first: `curl -L -o resnet18-f37072fd.pth https://download.pytorch.org/models/resnet18-f37072fd.pth`, then `--weights resnet18-f37072fd.pth`

    error: `--weights https://download.pytorch.org/models/resnet18-f37072fd.pth`: expected a file or a run, found an address

    hint: download the file first: `curl -L -o resnet18-f37072fd.pth https://download.pytorch.org/models/resnet18-f37072fd.pth`, then `--weights resnet18-f37072fd.pth`
    ");
    assert!(!desk.path("runs").exists());
}

#[test]
fn what_a_weight_file_holds_is_shown() {
    let desk = desk();
    let held = safetensors(&[("features.1.0.block.0.0.weight", &[32, 1, 3, 3]), ("a\u{7}", &[2])]);
    fs::write(desk.path("b0.pth"), held).unwrap();
    let said = desk.done(&["inspect", "--weights", "b0.pth"]);
    assert!(
        said.starts_with("weights   b0.pth: safetensors, 2 tensors of 290 numbers, "),
        "{said}"
    );
    let network = "network   EfficientNet, which is not among the networks here\n";
    assert!(said.contains(network), "{said}");
    assert!(said.contains("features.1.0.block.0.0.weight  float32   [32, 1, 3, 3]\n"), "{said}");
    // What a terminal would obey is shown.
    assert!(said.contains("a\\u{7}") && !said.contains('\u{7}'), "{said}");
    let of_run = desk.done(&["inspect", "--weights", "before"]);
    assert!(of_run.contains("network   conv\n"), "{of_run}");
    assert!(of_run.contains("convs.0.weight "), "{of_run}");
    // Those of a ResNet-18 by other names, of which all but one are there.
    desk.done(&[
        "run",
        "photos",
        "-q",
        "--set=train.epochs=1",
        "--set=network.kind=resnet18",
        "--out=r18",
    ]);
    desk.done(&["export", "r18", "--format=safetensors"]);
    let bytes = fs::read(desk.path("r18.safetensors")).unwrap();
    let (length, rest) = bytes.split_first_chunk::<8>().unwrap();
    let (header, numbers) = rest.split_at(u64::from_le_bytes(*length) as usize);
    let mut header: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(header).unwrap();
    header.remove("__metadata__");
    let renamed: serde_json::Map<_, _> =
        header.into_iter().map(|(name, of)| (format!("model.net.{name}"), of)).collect();
    let mut renamed = serde_json::Value::Object(renamed);
    let moved = renamed.as_object_mut().unwrap().remove("model.net.layer3.1.conv2.weight").unwrap();
    renamed["criterion.weight"] = moved;
    let header = renamed.to_string();
    let file = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), numbers].concat();
    fs::write(desk.path("wrapped.safetensors"), file).unwrap();
    let summary = desk.answer(&["inspect", "--weights", "wrapped.safetensors"]);
    assert_eq!(summary["network"]["kind"], "resnet18");
    assert_eq!(summary["network"]["missing"], serde_json::json!(["layer3.1.conv2.weight"]));
    assert_eq!(summary["network"]["left_over"], serde_json::json!(["criterion.weight"]));
    assert_eq!(summary["notes"][0], "the prefix `model.net.` taken off 121 of 122 names");
    let refused = desk.refused(&["run", "photos", "-q", "--weights=wrapped.safetensors"]);
    let told = "for `resnet18`: not the weights of this network: 1 of its tensors missing: \
                `layer3.1.conv2.weight`; 1 left over: `criterion.weight`";
    assert!(refused.contains(told), "{refused}");
    assert!(refused.contains("hint: these are of `resnet18` but for that"), "{refused}");
}
