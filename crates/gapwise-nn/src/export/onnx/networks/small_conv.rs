//! [`SmallConv`](crate::networks::SmallConv).

use super::super::{
    graph::{Graph, Value},
    layers::Windows,
};
use crate::{
    layers::ConvBlockConfig,
    networks::{SmallConvConfig, small_conv::FILTERS},
};

/// Logits of `images`.
pub(super) fn forward(graph: &mut Graph<'_>, config: &SmallConvConfig, images: &Value) -> Value {
    let conv1 = ConvBlockConfig::new([config.channels, FILTERS[0]], 3);
    let conv2 = ConvBlockConfig::new(FILTERS, 3);
    let x = graph.convolution("conv1", images, &conv1);
    let x = graph.norm_activation(["conv1", "norm1"], config.norm_activation, &x); // [batch, 16, height, width]
    let x = graph.convolution("conv2", &x, &conv2);
    let x = graph.norm_activation(["conv2", "norm2"], config.norm_activation, &x); // [batch, 32, height, width]
    let x = graph.max_pool(&x, Windows::HALVING); // [batch, 32, height / 2, width / 2]
    let x = graph.flatten(&x); // [batch, 32 · height / 2 · width / 2]
    let x = graph.dense("dense", &x);
    let x = graph.norm_activation(["dense", "norm3"], config.norm_activation, &x); // [batch, 64]
    graph.dense("output", &x) // [batch, outputs]
}
