//! `gapwise network`: networks layer by layer.

use crate::desk::Desk;

#[test]
fn every_network_is_listed_with_what_it_costs() {
    let list = Desk::new().done(&["network"]);
    let counted = |name: &str, parameters: &str| {
        let row = list.lines().find(|line| line.split_whitespace().next() == Some(name)).unwrap();
        assert!(row.contains(parameters), "{row}");
    };
    counted("alexnet", "61,100,840");
    counted("vgg16", "138,357,544");
    counted("resnet50", "25,557,032");
    counted("inception", "6,624,904");
}

#[test]
fn lenet_is_the_table_of_the_notes() {
    let table = Desk::new().done(&["network", "lenet", "--input", "1x32x32"]);
    insta::assert_snapshot!(table, @r"
    layer                                      output   parameters   multiply-adds   sees     memory  dense instead
    conv1   conv 5×5                          6×28×28          156         117,600      5   18.4 KiB    4.8 million
    pool    average pool 2×2, stride 2        6×14×14            0               0      6    4.6 KiB
    conv2   conv 5×5                         16×10×10        2,416         240,000     14    6.2 KiB    1.9 million
    pool    average pool 2×2, stride 2         16×5×5            0               0     16    1.6 KiB
    dense1  dense                                 120       48,120          48,000    all      480 B
    dense2  dense                                  84       10,164          10,080    all      336 B
    output  dense                                  10          850             840    all       40 B

    lenet, 10 classes: 61,706 parameters, 416,520 multiply-adds and 31.6 KiB of memory an image
    a dense layer of 1,000 units on the image would have 1,025,000 parameters alone
    sees: pixels of the image's side that one number depends on; dense instead: parameters
    of a dense layer in the convolution's place
    ");
}

#[test]
fn the_dense_layer_of_the_notes_example_stands_below_and_in_json() {
    let desk = Desk::new();
    let told = desk.answer(&["network", "resnet20", "--input", "3x1000x1000", "--outputs", "2"]);
    assert_eq!(told["dense_parameters"], 3_000_001_000_u64);
    assert_eq!(told["layers"][0]["output"], serde_json::json!([16, 1_000, 1_000]));
    let of = told["layers"].as_array().unwrap().iter();
    let sum: u64 = of.map(|layer| layer["parameters"].as_u64().unwrap()).sum();
    assert_eq!(told["parameters"], sum);
    let resized = desk.done(&["network", "vgg11", "--input", "1x28x28"]);
    assert!(resized.contains("images of 1×28×28 are resized to 1×32×32"), "{resized}");
}

#[test]
fn names_and_sizes_that_cannot_be_are_refused() {
    let desk = Desk::new();
    let told = [
        &["network", "resnet19"][..],
        &["network", "transformer"],
        &["network", "small-conv", "--input", "1x1x8"],
        &["network", "lenet", "--input", "0x32x32"],
        &["network", "lenet", "--input", "32x32"],
        &["network", "lenet", "--outputs", "0"],
        &["network", "--input", "1x32x32"],
    ]
    .map(|args| desk.refused(args));
    insta::assert_snapshot!(told.join("\n"), @r"
    error: there is no network `resnet19`

    hint: did you mean `resnet18` or `resnet101`? `gapwise network` lists them

    error: there is no network `transformer`

    hint: `gapwise network` lists them

    error: `--input`: expected 1 to 65,536 channels and sides of 2 to 65,536 pixels for `small-conv`, found 1×1×8

    error: `--input`: expected 1 to 65,536 channels and sides of 1 to 65,536 pixels for `lenet`, found 0×32×32

    error: invalid value '32x32' for '--input <CxHxW>': expected channels, height and width in pixels, such as 3x224x224

    For more information, try '--help'.

    error: invalid value '0' for '--outputs <N>': expected a whole number from 1 to 1,000,000

    For more information, try '--help'.

    error: the following required arguments were not provided:
      <NAME>

    Usage: gapwise network --input <CxHxW> <NAME>

    For more information, try '--help'.
    ");
}

#[test]
fn what_a_name_fixes_is_not_set() {
    let desk = Desk::new();
    crate::data::photos(desk.folder());
    let told = [
        &["network.kind=alexnet", "network.batch_norm=before-activation"][..],
        &["network.kind=resnet20", "network.dropout=0.2"],
        &["network.kind=resnet20", "network.activation=tanh"],
        &["network.kind=vgg11", "network.dropout=[0.1]"],
        &["network.kind=inception", "network.hidden=[8]"],
    ]
    .map(|sets| {
        let sets = sets.iter().flat_map(|set| ["--set", *set]);
        desk.refused(&["run", "photos", "-q"].into_iter().chain(sets).collect::<Vec<_>>())
    });
    insta::assert_snapshot!(told.join("\n"), @r"
    error: `network.batch_norm` belongs to `vgg11` to `vgg19`, `feed-forward`, `lenet`, `small-conv` and `conv`, and `network.kind` is `alexnet`

    hint: leave `network.batch_norm` out

    error: `network.dropout` belongs to networks with dense layers behind the convolutions, and `network.kind` is `resnet20`

    hint: leave `network.dropout` out, or empty it: `--set 'network.dropout=[]'`

    error: `network.activation` belongs to `feed-forward`, `lenet`, `small-conv` and `conv`, and `network.kind` is `resnet20`

    hint: leave `network.activation` out

    error: `network.dropout`: expected a number or a list of 2, one for each hidden dense layer of `vgg11`, found a list of 1

    hint: a number holds for every layer: `--set network.dropout=0.3`

    error: `network.hidden` belongs to `feed-forward` and `conv`, and `network.kind` is `inception`

    hint: leave `network.hidden` out, or empty it: `--set 'network.hidden=[]'`
    ");
}
