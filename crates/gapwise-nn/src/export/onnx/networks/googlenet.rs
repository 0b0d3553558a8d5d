//! [`GoogLeNet`](crate::networks::GoogLeNet) and its [`Inception`](crate::networks::Inception)
//! modules.

use super::super::{
    graph::{Graph, Value},
    layers::Windows,
};
use crate::networks::{GoogLeNetConfig, InceptionConfig};

/// With a pixel behind, which stands for the last window that is not whole.
fn pool(side: i64) -> Windows {
    Windows { side, stride: 2, padding: [0, 0, 1, 1] }
}

/// Logits of `images`.
pub(super) fn forward(graph: &mut Graph<'_>, config: &GoogLeNetConfig, images: &Value) -> Value {
    let [conv1, conv2, conv3] = config.stem();
    let x = graph.conv_block("conv1", &conv1, images, None);
    let x = graph.max_pool(&x, pool(3)); // [batch, 64, 56, 56]
    let x = graph.conv_block("conv2", &conv2, &x, None);
    let x = graph.conv_block("conv3", &conv3, &x, None); // [batch, 192, 56, 56]
    let mut x = graph.max_pool(&x, pool(3)); // [batch, 192, 28, 28]
    let mut pools = [pool(3), pool(2)].into_iter();
    for (at, (config, ends)) in config.modules().iter().enumerate() {
        x = module(graph, &format!("modules.{at}"), config, &x);
        if *ends && let Some(pool) = pools.next() {
            x = graph.max_pool(&x, pool);
        }
    }
    let x = graph.global_average(&x); // [batch, 1024]
    graph.dense("output", &x) // [batch, outputs]
}

/// Four branches side by side.
fn module(graph: &mut Graph<'_>, at: &str, config: &InceptionConfig, x: &Value) -> Value {
    let [one, to_three, three, to_five, five, pooled] = config.convolutions();
    let mut branch =
        |name: &str, config, x: &Value| graph.conv_block(&format!("{at}.{name}"), config, x, None);
    let one = branch("one", &one, x); // [batch, one, …]
    let x3 = branch("to_three", &to_three, x);
    let three = branch("three", &three, &x3); // [batch, three, …]
    let x5 = branch("to_five", &to_five, x);
    let five = branch("five", &five, &x5); // [batch, five, …]
    let largest = graph.max_pool(x, Windows { side: 3, stride: 1, padding: [1; 4] });
    let pooled = graph.conv_block(&format!("{at}.pooled"), &pooled, &largest, None);
    graph.joined(at, &[one, three, five, pooled]) // [batch, one + three + five + pooled, …]
}
