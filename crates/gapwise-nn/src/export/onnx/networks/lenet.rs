//! [`LeNet`](crate::networks::LeNet).

use super::super::{
    graph::{Graph, Value},
    layers::Windows,
};
use crate::{
    layers::ConvBlockConfig,
    networks::{
        LeNetConfig,
        lenet::{FILTERS, LeNetSide},
    },
};

/// Logits of `images`.
pub(super) fn forward(graph: &mut Graph<'_>, config: &LeNetConfig, images: &Value) -> Value {
    let padding = match config.side {
        LeNetSide::Padded28 => 2,
        LeNetSide::Whole32 => 0,
    };
    let conv1 = ConvBlockConfig::new([config.channels, FILTERS[0]], 5).with_padding(padding);
    let conv2 = ConvBlockConfig::new(FILTERS, 5).with_padding(0);
    let x = graph.convolution("conv1", images, &conv1);
    let x = graph.norm_activation(["conv1", "norm1"], config.norm_activation, &x); // [batch, 6, 28, 28]
    let x = graph.average_pool(&x, Windows::HALVING); // [batch, 6, 14, 14]
    let x = graph.convolution("conv2", &x, &conv2);
    let x = graph.norm_activation(["conv2", "norm2"], config.norm_activation, &x); // [batch, 16, 10, 10]
    let x = graph.average_pool(&x, Windows::HALVING); // [batch, 16, 5, 5]
    let x = graph.flatten(&x); // [batch, 400]
    let x = graph.dense("dense1", &x);
    let x = graph.norm_activation(["dense1", "norm3"], config.norm_activation, &x); // [batch, 120]
    let x = graph.dense("dense2", &x);
    let x = graph.norm_activation(["dense2", "norm4"], config.norm_activation, &x); // [batch, 84]
    graph.dense("output", &x) // [batch, outputs]
}
