//! [`Vgg`](crate::networks::Vgg).

use super::super::{
    graph::{Graph, Value},
    layers::Windows,
};
use crate::{layers::Activation, networks::VggConfig};

/// Logits of `images`.
pub(super) fn forward(graph: &mut Graph<'_>, config: &VggConfig, images: &Value) -> Value {
    let mut x = images.clone();
    for (block, convs) in config.convolutions().iter().enumerate() {
        for (at, conv) in convs.iter().enumerate() {
            x = graph.conv_block(&format!("blocks.{block}.{at}"), conv, &x, None);
        }
        x = graph.max_pool(&x, Windows::HALVING); // [batch, filters, height / 2, width / 2]
    }
    let mut x = graph.flatten(&x); // [batch, 25088]; small [batch, 512]
    for layer in 0..config.dense().len() - 2 {
        let at = format!("hidden.{layer}");
        x = graph.dense(&at, &x);
        x = graph.activation(&at, Activation::Relu, &x); // [batch, 4096]
    }
    graph.dense("output", &x) // [batch, outputs]
}
