//! What is typed wrong ends with code 2 and says what, where, expected, found and what to do.

use crate::{data, desk::Desk};

/// A desk with `animals.csv`.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("animals.csv", &data::animals());
    desk
}

#[test]
fn settings_that_cannot_be_are_named_before_anything_is_trained() {
    let desk = desk();
    let told: Vec<String> = [
        "train.epoch=3",
        "epochs=3",
        "mood=blue",
        "train.epochs",
        "train.epochs=many",
        "train.epochs=0",
        "train.batch=0",
        "train.learning_rate=-1",
        "train.learning_rate=nan",
        "train.l2=-0.1",
        "train.seed=9223372036854775808",
        "train.schedule=linear",
        "network.kind=transformer",
        "network.kind=lenet",
        "network.hidden=[0]",
        "network.dropout=1",
        "network.dropout=[0.1,1]",
        "network.dropout=[0.1,0.2]",
        "network.input_dropout=-0.1",
        "network.channels=[8]",
        "network.activation=sigmoid",
        "network.batch_norm=on",
        "network.initialisation=glorot",
        "network.initialisation=zero",
        "network.initial_scale=0",
        "split.validation=1.5",
        "diagnosis.human=7",
        "diagnosis.tolerance=0",
    ]
    .iter()
    .map(|set| {
        let said = desk.say(&["run", "animals.csv", "--set", set]);
        assert_eq!(said.code, 2, "{set}: {}", said.err);
        assert!(!said.err.contains("training "), "{set} was trained with: {}", said.err);
        assert!(!desk.path("runs").exists(), "{set} left a run");
        said.error().to_owned()
    })
    .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    error: `--set train.epoch=3`: there is no setting `train.epoch`

    hint: did you mean `train.epochs`?

    error: `--set epochs=3`: there is no setting `epochs`

    hint: did you mean `train.epochs`?

    error: `--set mood=blue`: there is no setting `mood`

    hint: `gapwise settings` lists them

    error: `--set train.epochs`: expected KEY=VALUE, such as `train.epochs=20`

    error: `--set train.epochs=many`: expected a whole number of at least 1, found `many`

    error: `train.epochs`: expected a whole number of at least 1, found `0`

    error: `train.batch`: expected a whole number of at least 1, found `0`

    error: `train.learning_rate`: expected a number from 1e-18 to 1e18, found `-1`

    error: `train.learning_rate`: expected a number from 1e-18 to 1e18, found `NaN`

    error: `train.l2`: expected 0, or a number from 1e-18 to 1e18, found `-0.1`

    error: `--set train.seed=9223372036854775808`: expected a whole number from 0 to 9223372036854775807, found `9223372036854775808`

    error: `--set train.schedule=linear`: expected one of `constant`, `cosine`, `by-epoch`, `steps`, found `linear`

    error: `--set network.kind=transformer`: expected one of `feed-forward`, `lenet`, `small-conv`, `conv`, `alexnet`, `alexnet2012`, `vgg11`, `vgg13`, `vgg16`, `vgg19`, `resnet18`, `resnet34`, `resnet50`, `resnet101`, `resnet152`, `resnet20`, `resnet32`, `resnet44`, `resnet56`, `resnet110`, `plain18`, `plain34`, `plain20`, `plain32`, `plain44`, `plain56`, `plain110`, `inception`, `inception-no-sides`, found `transformer`

    error: `network.kind`: `lenet` cannot read rows of a table

    hint: leave `network.kind` out to have the kind that suits the data

    error: `network.hidden`: expected every layer of 1 to 65,536 units, found `[0]`

    error: `network.dropout`: expected a probability of at least 0 and below 1, found `1`

    error: `network.dropout`: expected a probability of at least 0 and below 1, found `[0.1,1]`

    error: `network.dropout`: expected a number or a list of 1, one for each hidden dense layer of `feed-forward`, found a list of 2

    hint: a number holds for every layer: `--set network.dropout=0.3`

    error: `network.input_dropout`: expected a probability of at least 0 and below 1, found `-0.1`

    error: `network.channels` belongs to `conv`, and `network.kind` is `feed-forward`

    hint: leave `network.channels` out, or empty it: `--set 'network.channels=[]'`

    error: `--set network.activation=sigmoid`: expected one of `relu`, `tanh`, `leaky-relu`, found `sigmoid`

    error: `--set network.batch_norm=on`: expected one of `off`, `before-activation`, `after-activation`, found `on`

    error: `--set network.initialisation=glorot`: expected `he`, `he-uniform`, `xavier` or `xavier-uniform`, found string "glorot"

    error: `--set network.initialisation=zero`: expected `he`, `he-uniform`, `xavier` or `xavier-uniform`, found zero: with all-zero weights the units of a layer start alike, learn alike and stay alike

    error: `network.initial_scale`: expected a number from 1e-6 to 1e6, found `0`

    hint: 1 is the usual scale; with all-zero weights the units of a layer would start alike and stay alike

    error: `split.validation`: expected a share above 0 and below 1, found 1.5

    hint: 0.2 for each of the two leaves 0.6 for train; without a share, the size of the data decides

    error: `diagnosis.human`: expected a share from 0 to 1, found `7`

    hint: 0.02 stands for an error rate of 2 %

    error: `diagnosis.tolerance`: expected a share above 0 and below 1, found `0`
    "#);
}

#[test]
fn flags_that_cannot_be_are_named() {
    let desk = desk();
    let told: Vec<String> = [
        &["run", "animals.csv", "--bogus"][..],
        &["run"],
        &["sing"],
        &["run", "animals.csv", "--threads", "0"],
        &["run", "animals.csv", "--device", "abacus"],
        &["run", "animals.csv", "--image-size", "9"],
        &["run", "animals.csv", "--delimiter", "ab"],
        &["run", "animals.csv", "--seed", "18446744073709551615"],
        &["run", "animals.csv", "--human", "low"],
        &["run", "animals.csv", "--human", "1.5"],
        &["run", "animals.csv", "--tolerance", "nan"],
        &["evaluate", "runs/animals-1"],
    ]
    .iter()
    .map(|args| desk.say(args))
    .map(|said| {
        assert_eq!(said.code, 2, "{}", said.err);
        said.error().to_owned()
    })
    .collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    error: unexpected argument '--bogus' found

      tip: to pass '--bogus' as a value, use '-- --bogus'

    Usage: gapwise run <DATA>

    For more information, try '--help'.

    error: the following required arguments were not provided:
      <DATA>

    Usage: gapwise run <DATA>

    For more information, try '--help'.

    error: unrecognized subcommand 'sing'

      tip: a similar subcommand exists: 'settings'

    Usage: gapwise [OPTIONS] <COMMAND>

    For more information, try '--help'.

    error: invalid value '0' for '--threads <N>': 0 is not in 1..=1024

    For more information, try '--help'.

    error: `abacus` is no device: expected `cpu`, `cuda`, `cuda:NUMBER` or `wgpu`

    error: invalid value '9' for '--image-size <SIZE>': expected HEIGHTxWIDTH with sides of 2 to 4096 pixels, such as 32x32

    For more information, try '--help'.

    error: invalid value 'ab' for '--delimiter <CHARACTER>': expected one ASCII character, or `tab`

    For more information, try '--help'.

    error: `train.seed`: expected a whole number of at most 9223372036854775807, found `18446744073709551615`

    error: invalid value 'low' for '--human <ERROR|FILE>': expected a number, such as 0.02, a CSV file of answers, or `unknown`

    For more information, try '--help'.

    error: `diagnosis.human`: expected a share from 0 to 1, found `1.5`

    hint: 0.02 stands for an error rate of 2 %

    error: `diagnosis.tolerance`: expected a share above 0 and below 1, found `NaN`

    error: the following required arguments were not provided:
      <DATA>

    Usage: gapwise evaluate <RUN> <DATA>
           gapwise evaluate <RUN> --test

    For more information, try '--help'.
    ");
}

#[test]
fn a_device_that_this_build_lacks_is_named_with_the_feature_that_brings_it() {
    if cfg!(any(feature = "cuda", feature = "wgpu")) {
        return;
    }
    let desk = desk();
    let told = ["cuda", "cuda:1", "wgpu"]
        .map(|device| desk.refused(&["run", "animals.csv", "--device", device]));
    insta::assert_snapshot!(told.join("\n"), @"
    error: this build has no `cuda:0`: build with `--features cuda`

    error: this build has no `cuda:1`: build with `--features cuda`

    error: this build has no `wgpu`: build with `--features wgpu`
    ");
}

#[test]
fn paths_that_are_not_what_they_should_be_are_named() {
    let desk = desk();
    desk.write("empty/readme.txt", "nothing");
    let told = [
        &["inspect", "nothing.csv"][..],
        &["run", "nothing.csv"],
        &["run", "animals.csv", "--test", "nothing.csv"],
        &["train"],
        &["train", "nothing.toml"],
        &["diagnose", "nothing"],
        &["diagnose", "empty"],
        &["diagnose", "animals.csv"],
        &["predict", "runs/animals-1", "animals.csv"],
    ]
    .map(|args| desk.refused(args));
    insta::assert_snapshot!(told.join("\n"), @"
    error: `nothing.csv`: there is no such file or folder

    hint: give a CSV or TSV file, a folder of images, or a folder of idx files

    error: `nothing.csv`: there is no such file or folder

    hint: give a CSV or TSV file, a folder of images, or a folder of idx files

    error: `nothing.csv`: there is no such file or folder

    hint: give a CSV or TSV file, a folder of images, or a folder of idx files

    error: `gapwise.toml`: there is no such file or folder

    hint: name a configuration file or a run, or start with `gapwise run DATA`

    error: `nothing.toml`: there is no such file or folder

    hint: name a configuration file or a run, or start with `gapwise run DATA`

    error: `nothing`: there is no such run

    hint: runs lie in `runs/` unless another folder was named

    error: `empty` is no run: no `config.toml` in it

    hint: name the folder that `gapwise run` or `train` made

    error: `animals.csv` is no run: it is a file, and a run is a folder

    hint: name the folder that `gapwise run` or `train` made

    error: `runs/animals-1`: there is no such run

    hint: runs lie in `runs/` unless another folder was named
    ");
}

#[test]
fn a_configuration_file_is_refused_with_its_line() {
    let desk = desk();
    let told = [
        "[data]\npath = \"animals.csv\"\n\n[train]\nepoch = 3\n",
        "[data]\npath = \"animals.csv\"\n\n[training]\nepochs = 3\n",
        "[data]\npath = \"animals.csv\"\n[train]\nepochs = \"three\"\n",
        "[data]\npath = \"animals.csv\n",
        "[train]\nepochs = 3\n",
    ]
    .map(|text| {
        desk.write("gapwise.toml", text);
        desk.refused(&["train"])
    });
    insta::assert_snapshot!(told.join("\n"), @r#"
    error: `gapwise.toml` line 5: there is no setting `train.epoch`

    hint: did you mean `train.epochs`?

    error: `gapwise.toml` line 4: there is no setting `training`

    hint: did you mean `train`?

    error: `gapwise.toml` line 4: expected a whole number of at least 1, found `"three"`

    error: `gapwise.toml` line 2: invalid basic string, expected `"`

    error: no data: `data.path` is not set

    hint: name it: `gapwise run DATA`, or `path = "DATA"` under `[data]`
    "#);
}

#[test]
fn a_run_is_never_written_over() {
    let desk = Desk::with_run();
    let before = desk.read("runs/animals-1/run.json");
    let said = desk.say(&["run", "animals.csv", "--out", "runs/animals-1"]);
    assert_eq!(said.code, 2);
    insta::assert_snapshot!(said.error(), @"
    error: `runs/animals-1` is there already

    hint: name another directory: a run is never written over
    ");
    assert_eq!(desk.read("runs/animals-1/run.json"), before);
    // Without a name of its own a run takes the first free number.
    desk.done(&["run", "animals.csv", "-q", "--set", "train.epochs=1"]);
    assert!(desk.path("runs/animals-2/report.html").exists());
}

#[test]
fn a_place_where_nothing_can_be_made_is_refused() {
    let desk = desk();
    let said = desk.say(&["run", "animals.csv", "--out", "animals.csv/run"]);
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(said.error().starts_with("error: `animals.csv"), "{}", said.err);
    assert!(said.error().contains("\n\nhint: "), "{}", said.err);
}

#[test]
fn a_folder_that_may_not_be_written_is_refused() {
    let desk = desk();
    let locked = desk.path("locked");
    std::fs::create_dir(&locked).unwrap();
    let mut rights = std::fs::metadata(&locked).unwrap().permissions();
    rights.set_readonly(true);
    std::fs::set_permissions(&locked, rights).unwrap();
    if std::fs::write(locked.join("probe"), "").is_ok() {
        eprintln!("passed over: this user may write everywhere");
        return;
    }
    let said = desk.say(&["run", "animals.csv", "--out", "locked/run"]);
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(said.error().starts_with("error: `locked/run`: "), "{}", said.err);
}

#[test]
fn a_level_out_of_range_leaves_the_run_as_it_was() {
    let desk = Desk::with_run();
    let told =
        [["--human", "2"], ["--human", "-0.1"], ["--tolerance", "1"]].map(|[flag, value]| {
            let value = format!("{flag}={value}");
            desk.refused(&["diagnose", "runs/animals-1", &value])
        });
    insta::assert_snapshot!(told.join("\n"), @"
    error: human level: expected a share from 0 to 1, found `2`

    hint: give it in the metric's unit: 0.02 stands for an error rate of 2 %

    error: human level: expected a share from 0 to 1, found `-0.1`

    hint: give it in the metric's unit: 0.02 stands for an error rate of 2 %

    error: tolerance: expected a share above 0 and below 1, found `1`

    hint: give it in the metric's unit: 0.005 stands for half a percentage point
    ");
    assert!(!desk.read("runs/animals-1/config.toml").contains("human"));
    desk.done(&["diagnose", "runs/animals-1"]);
}

#[test]
fn a_training_that_diverges_fails_while_running() {
    let desk = desk();
    let said = desk.say(&["run", "animals.csv", "--set", "train.learning_rate=1e15"]);
    assert_eq!(said.code, 1, "{}", said.err);
    let (error, hint) = said.error().split_once("\n\n").unwrap();
    let told = "error: `runs/animals-1`: the loss became ";
    assert!(error.starts_with(told) && error.contains("diverged"), "{error}");
    let lower = "try a lower learning rate: `--set train.learning_rate=1e-1`, have one found";
    assert!(hint.contains(lower), "{hint}");
    // The epoch before was completed, and its weights answer.
    let kept = "the weights of epoch 1 are kept: `gapwise predict runs/animals-1 INPUT`\n";
    assert!(hint.ends_with(kept), "{hint}");
    desk.done(&["predict", "runs/animals-1", "animals.csv"]);
    // What was recorded is there, and going on would only diverge again.
    assert!(desk.read("runs/animals-1/history.csv").lines().count() > 1);
    let again = desk.refused(&["train", "--resume", "runs/animals-1"]);
    assert!(again.contains("the loss became ") && again.contains("lower learning rate"), "{again}");
    let report = desk.refused(&["report", "runs/animals-1"]);
    assert!(report.contains("its training diverged; `gapwise train --resume"), "{report}");
}
