//! The networks as graphs, one file each: what `forward` does in evaluation, line by line. Dropout
//! and side branches are left out, since they do not answer.

mod alexnet;
mod conv;
pub(super) mod feed_forward;
mod googlenet;
mod lenet;
mod resnet;
mod small_conv;
mod vgg;

use super::graph::{Graph, Value};
use crate::networks::ImageNetworkConfig;

/// Logits `[batch, outputs]` of `images`, `[batch, channels, height, width]`.
pub(super) fn of_images(
    graph: &mut Graph<'_>,
    config: &ImageNetworkConfig,
    images: &Value,
) -> Value {
    match config {
        ImageNetworkConfig::FeedForward(config) => {
            let values = graph.flatten(images);
            feed_forward::forward(graph, "", config, &values)
        }
        ImageNetworkConfig::Lenet(config) => lenet::forward(graph, config, images),
        ImageNetworkConfig::SmallConv(config) => small_conv::forward(graph, config, images),
        ImageNetworkConfig::Conv(config) => conv::forward(graph, config, images),
        ImageNetworkConfig::Alexnet(config) => alexnet::forward(graph, config, images),
        ImageNetworkConfig::Vgg(config) => vgg::forward(graph, config, images),
        ImageNetworkConfig::Resnet(config) => resnet::forward(graph, config, images),
        ImageNetworkConfig::Inception(config) => googlenet::forward(graph, config, images),
    }
}
