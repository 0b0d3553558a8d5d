//! [`Conv`](crate::networks::Conv).

use super::{
    super::{
        graph::{Graph, Value},
        layers::Windows,
    },
    feed_forward,
};
use crate::{
    layers::ConvBlockConfig,
    networks::{ConvConfig, conv::Pool},
};

/// Logits of `images`.
pub(super) fn forward(graph: &mut Graph<'_>, config: &ConvConfig, images: &Value) -> Value {
    let mut x = images.clone();
    let mut sides = [config.height, config.width];
    for (layer, step) in config.steps().enumerate() {
        let (at, norm) = (format!("convs.{layer}"), format!("norms.{layer}"));
        x = graph.convolution(&at, &x, &ConvBlockConfig::new(step.channels, step.side));
        x = graph.norm_activation([&at, &norm], config.norm_activation, &x); // [batch, filters, height, width]
        if step.pool == Pool::None || sides.iter().any(|&side| side < 2) {
            continue;
        }
        x = match step.pool {
            Pool::Average => graph.average_pool(&x, Windows::HALVING),
            _ => graph.max_pool(&x, Windows::HALVING),
        }; // [.., height / 2, width / 2]
        sides = sides.map(|side| side / 2);
    }
    let x = graph.flatten(&x); // [batch, filters · height · width]
    feed_forward::forward(graph, "dense.", &config.dense(), &x) // [batch, outputs]
}
