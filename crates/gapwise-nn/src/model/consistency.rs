//! Whether a model record holds together, before a network is made from it.
//!
//! A record comes from a file that anybody may have edited; the engine would panic at a dropout of
//! 1.5 or at a layer larger than memory.

use std::slice;

use super::{ModelRecord, NetworkRecord};
use crate::networks::{FeedForwardConfig, ImageNetworkConfig};

impl ModelRecord {
    /// What in the record contradicts itself, or a weight file of `weight_bytes` bytes.
    pub(super) fn contradiction(&self, weight_bytes: usize) -> Option<String> {
        let (dropout, input_dropout, outputs) = match &self.network {
            NetworkRecord::Rows { sizes, .. } => of_feed_forward(sizes),
            NetworkRecord::Images { sizes, .. } => match sizes {
                ImageNetworkConfig::FeedForward(sizes) => of_feed_forward(sizes),
                ImageNetworkConfig::Lenet(sizes) => {
                    (&sizes.dropout[..], sizes.input_dropout, sizes.outputs)
                }
                ImageNetworkConfig::Conv(sizes) => {
                    (&sizes.dropout[..], sizes.input_dropout, sizes.outputs)
                }
                ImageNetworkConfig::SmallConv(sizes) => {
                    (slice::from_ref(&sizes.dropout), sizes.input_dropout, sizes.outputs)
                }
            },
        };
        let mut dropouts = dropout.iter().copied().chain([input_dropout]);
        if let Some(dropout) = dropouts.find(|dropout| !(0.0..1.0).contains(dropout)) {
            return Some(format!("expected a dropout in [0, 1), found {dropout}"));
        }
        if let Some(hidden) = hidden_of(&self.network).filter(|&hidden| hidden != dropout.len()) {
            let dropouts = dropout.len();
            return Some(format!("{hidden} hidden layers have {dropouts} dropouts"));
        }
        let answers = self.head.outputs();
        if outputs != answers || outputs == 0 {
            return Some(format!("the network has {outputs} outputs for {answers} answers"));
        }
        if units_of(&self.network).contains(&0) {
            return Some("a layer has 0 units".into());
        }
        self.inputs_differ().or_else(|| {
            let largest = largest_layer(&self.network);
            let held = weight_bytes / size_of::<f32>();
            (largest > held)
                .then(|| format!("a layer has {largest} weights, the weight file at most {held}"))
        })
    }

    /// Where the encoder writes something else than the network reads.
    fn inputs_differ(&self) -> Option<String> {
        let (written, read) = match &self.network {
            NetworkRecord::Rows { encoder, sizes } => {
                let embeddings = encoder.embeddings().iter();
                let embeddings: Vec<(usize, usize)> =
                    embeddings.map(|one| (one.categories, one.dimensions)).collect();
                (
                    format!("{} features and embeddings {embeddings:?}", encoder.dense_width()),
                    format!("{} features and embeddings {:?}", sizes.features, sizes.embeddings),
                )
            }
            NetworkRecord::Images { encoder, sizes } => {
                let [channels, height, width] = encoder.shape();
                if encoder.deviation.len() != channels {
                    let deviations = encoder.deviation.len();
                    return Some(format!("{channels} channels have {deviations} deviations"));
                }
                let read = match sizes {
                    ImageNetworkConfig::FeedForward(sizes) => format!("{} values", sizes.features),
                    ImageNetworkConfig::Lenet(sizes) => {
                        shape([sizes.channels, sizes.side.pixels(), sizes.side.pixels()])
                    }
                    ImageNetworkConfig::Conv(sizes) => {
                        shape([sizes.channels, sizes.height, sizes.width])
                    }
                    ImageNetworkConfig::SmallConv(sizes) => {
                        shape([sizes.channels, sizes.height, sizes.width])
                    }
                };
                let written = match sizes {
                    ImageNetworkConfig::FeedForward(_) => {
                        let values = channels.saturating_mul(height).saturating_mul(width);
                        format!("{values} values")
                    }
                    _ => shape([channels, height, width]),
                };
                (written, read)
            }
        };
        (written != read).then(|| format!("the encoder writes {written}, the network reads {read}"))
    }
}

/// Channels, height and width for people.
fn shape(sides: [usize; 3]) -> String {
    sides.map(|side| side.to_string()).join("×")
}

/// Weights of the largest layer, without overflow.
fn largest_layer(network: &NetworkRecord) -> usize {
    match network {
        NetworkRecord::Rows { sizes, .. } => largest_of(sizes),
        NetworkRecord::Images { sizes, .. } => match sizes {
            ImageNetworkConfig::FeedForward(sizes) => largest_of(sizes),
            ImageNetworkConfig::Lenet(sizes) => sizes.outputs.max(sizes.channels),
            ImageNetworkConfig::SmallConv(sizes) => sizes.dense_weights(),
            ImageNetworkConfig::Conv(sizes) => {
                let kernels = sizes.steps().map(|[from, to]| from.saturating_mul(to));
                let largest = kernels.max().unwrap_or(0).saturating_mul(9);
                largest.max(largest_of(&sizes.dense()))
            }
        },
    }
}

fn largest_of(sizes: &FeedForwardConfig) -> usize {
    let tables = sizes.embeddings.iter().map(|&(codes, length)| codes.saturating_mul(length));
    let mut inputs = sizes.inputs();
    let layers = sizes.hidden.iter().chain([&sizes.outputs]).map(|&units| {
        let weights = inputs.saturating_mul(units);
        inputs = units;
        weights.max(units)
    });
    tables.chain(layers).max().unwrap_or(0)
}

fn of_feed_forward(sizes: &FeedForwardConfig) -> (&[f64], f64, usize) {
    (&sizes.dropout, sizes.input_dropout, sizes.outputs)
}

/// Hidden dense layers of a network that may have any number of them.
fn hidden_of(network: &NetworkRecord) -> Option<usize> {
    let image_network = match network {
        NetworkRecord::Rows { sizes, .. } => return Some(sizes.hidden.len()),
        NetworkRecord::Images { sizes, .. } => sizes,
    };
    match image_network {
        ImageNetworkConfig::FeedForward(sizes) => Some(sizes.hidden.len()),
        ImageNetworkConfig::Conv(sizes) => Some(sizes.hidden.len()),
        ImageNetworkConfig::Lenet(_) | ImageNetworkConfig::SmallConv(_) => None,
    }
}

/// Units and filters of the hidden layers that are set.
fn units_of(network: &NetworkRecord) -> Vec<usize> {
    match network {
        NetworkRecord::Rows { sizes, .. }
        | NetworkRecord::Images { sizes: ImageNetworkConfig::FeedForward(sizes), .. } => {
            sizes.hidden.clone()
        }
        NetworkRecord::Images { sizes: ImageNetworkConfig::Conv(sizes), .. } => {
            [&sizes.filters[..], &sizes.hidden].concat()
        }
        NetworkRecord::Images { .. } => Vec::new(),
    }
}
