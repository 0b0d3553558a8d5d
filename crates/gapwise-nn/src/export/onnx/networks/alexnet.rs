//! [`AlexNet`](crate::networks::AlexNet).

use super::super::{
    graph::{Graph, Operator, Value},
    layers::Windows,
};
use crate::{layers::Activation, networks::AlexNetConfig};

const POOL: Windows = Windows { side: 3, stride: 2, padding: [0; 4] };

/// Logits of `images`.
pub(super) fn forward(graph: &mut Graph<'_>, config: &AlexNetConfig, images: &Value) -> Value {
    let [conv1, conv2, conv3, conv4, conv5] = config.convolutions();
    let x = graph.conv_block("conv1", &conv1, images, None);
    let x = normalised(graph, config, x); // [batch, 64, 55, 55]
    let x = graph.max_pool(&x, POOL); // [batch, 64, 27, 27]
    let x = graph.conv_block("conv2", &conv2, &x, None);
    let x = normalised(graph, config, x); // [batch, 192, 27, 27]
    let x = graph.max_pool(&x, POOL); // [batch, 192, 13, 13]
    let x = graph.conv_block("conv3", &conv3, &x, None); // [batch, 384, 13, 13]
    let x = graph.conv_block("conv4", &conv4, &x, None); // [batch, 256, 13, 13]
    let x = graph.conv_block("conv5", &conv5, &x, None); // [batch, 256, 13, 13]
    let x = graph.max_pool(&x, POOL); // [batch, 256, 6, 6]
    let mut x = graph.flatten(&x); // [batch, 9216]
    for at in ["dense1", "dense2"] {
        x = graph.dense(at, &x);
        x = graph.activation(at, Activation::Relu, &x); // [batch, 4096]
    }
    graph.dense("output", &x) // [batch, outputs]
}

/// With responses normalised where the form has it.
fn normalised(graph: &mut Graph<'_>, config: &AlexNetConfig, x: Value) -> Value {
    let Some(response) = config.response() else { return x };
    // ONNX divides α by the number of channels, as the engine does.
    let operator = Operator::new("LRN")
        .int("size", response.size as i64)
        .float("alpha", response.alpha)
        .float("beta", response.beta)
        .float("bias", response.k);
    graph.node("response", operator, &[&x])
}
