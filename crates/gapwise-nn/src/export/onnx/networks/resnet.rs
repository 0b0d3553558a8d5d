//! [`ResNet`](crate::networks::ResNet).

use super::super::{
    graph::{Graph, Operator, Value},
    layers::Windows,
};
use crate::networks::{
    ResNetConfig,
    resnet::{BlockConfig, ResNetForm, Skip},
};

/// Logits of `images`.
pub(super) fn forward(graph: &mut Graph<'_>, config: &ResNetConfig, images: &Value) -> Value {
    let mut x = graph.conv_block("stem", &config.stem(), images, None);
    if config.form == ResNetForm::Imagenet {
        x = graph.max_pool(&x, Windows { side: 3, stride: 2, padding: [1; 4] });
    }
    for (stage, blocks) in config.stages().iter().enumerate() {
        for (at, config) in blocks.iter().enumerate() {
            x = block(graph, &format!("stages.{stage}.{at}"), config, &x);
        }
    }
    let x = graph.global_average(&x); // [batch, 512]; CIFAR [batch, 64]
    graph.dense("output", &x) // [batch, outputs]
}

/// max(0, F(x) + x), where F are the convolutions.
fn block(graph: &mut Graph<'_>, at: &str, config: &BlockConfig, x: &Value) -> Value {
    let skipped = match (config.skip, config.projection()) {
        (Skip::Nothing, _) => None,
        (_, Some(projection)) => {
            Some(graph.conv_block(&format!("{at}.projection"), &projection, x, None))
        }
        (Skip::Padded, None) => Some(padded(graph, at, config, x)),
        (_, None) => Some(x.clone()),
    };
    let convs = config.convolutions();
    let mut y = x.clone();
    for (conv, config) in convs.iter().enumerate() {
        let skipped = skipped.as_ref().filter(|_| conv + 1 == convs.len());
        y = graph.conv_block(&format!("{at}.convs.{conv}"), config, &y, skipped);
    }
    y
}

/// Every second pixel of `x` where a side is halved, with channels of zeros behind its own.
fn padded(graph: &mut Graph<'_>, at: &str, config: &BlockConfig, x: &Value) -> Value {
    let behind = config.outputs() - config.channels;
    if behind == 0 {
        return x.clone();
    }
    let [starts, ends, axes, steps] =
        [("starts", [0; 2]), ("ends", [i64::MAX; 2]), ("axes", [2, 3]), ("steps", [2; 2])]
            .map(|(of, numbers)| graph.integers(&format!("{at}/{of}"), &[2], &numbers));
    let inputs = [x, &starts, &ends, &axes, &steps];
    let every_second = graph.node(at, Operator::new("Slice"), &inputs);
    let pads = [0, 0, 0, 0, 0, behind as i64, 0, 0];
    let pads = graph.integers(&format!("{at}/pads"), &[8], &pads);
    graph.node(at, Operator::new("Pad"), &[&every_second, &pads])
}
