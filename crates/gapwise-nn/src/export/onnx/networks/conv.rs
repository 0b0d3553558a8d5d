//! [`Conv`](crate::networks::Conv).

use super::{
    super::{
        graph::{Graph, Value},
        layers::Windows,
    },
    feed_forward,
};
use crate::{layers::ConvBlockConfig, networks::ConvConfig};

/// Logits of `images`.
pub(super) fn forward(graph: &mut Graph<'_>, config: &ConvConfig, images: &Value) -> Value {
    let mut x = images.clone();
    let mut sides = [config.height, config.width];
    for (layer, channels) in config.steps().enumerate() {
        let (at, norm) = (format!("convs.{layer}"), format!("norms.{layer}"));
        x = graph.convolution(&at, &x, &ConvBlockConfig::new(channels, 3));
        x = graph.behind([&at, &norm], config.behind, &x); // [batch, filters, height, width]
        if sides.iter().all(|&side| side >= 2) {
            x = graph.max_pool(&x, Windows::HALVING); // [.., height / 2, width / 2]
            sides = sides.map(|side| side / 2);
        }
    }
    let x = graph.flatten(&x); // [batch, filters · height · width]
    feed_forward::forward(graph, "dense.", &config.dense(), &x) // [batch, outputs]
}
