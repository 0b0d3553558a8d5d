//! [`FeedForward`](crate::networks::FeedForward).

use super::super::graph::{Graph, Value};
use crate::networks::FeedForwardConfig;

/// Logits of `x`, `[batch, inputs]`, embeddings looked up. `prefix` is where its layers are stored:
/// empty, or with a stop at its end.
pub(in super::super) fn forward(
    graph: &mut Graph<'_>,
    prefix: &str,
    config: &FeedForwardConfig,
    x: &Value,
) -> Value {
    let mut x = x.clone();
    for layer in 0..config.hidden.len() {
        let (at, norm) = (format!("{prefix}hidden.{layer}"), format!("{prefix}norms.{layer}"));
        x = graph.dense(&at, &x);
        x = graph.norm_activation([&at, &norm], config.norm_activation, &x); // [batch, hidden]
    }
    graph.dense(&format!("{prefix}output"), &x) // [batch, outputs]
}
