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

    hint: choose the network that they were trained in: `--set network.kind=NAME`, of which `gapwise network` lists the names

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
