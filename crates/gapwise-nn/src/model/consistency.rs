//! Whether a model record holds together, before a network is made from it.
//!
//! A record comes from a file that anybody may have edited; the engine would panic at a dropout of
//! 1.5 or at a layer larger than memory.

use super::{ImageRecord, ModelRecord, NetworkRecord, RowRecord};
use crate::networks::{
    FeedForwardConfig, ImageNetworkConfig,
    conv::{LARGEST_SIDE, Step},
};

/// What is checked of a network's sizes.
struct Sizes {
    /// Every probability that something is dropped.
    dropouts: Vec<f64>,
    /// Hidden dense layers and how many of the dropouts are theirs, where their number is set.
    hidden: Option<[usize; 2]>,
    outputs: usize,
    /// Units, filters and blocks that are set.
    units: Vec<usize>,
    /// Sides of filters that are set.
    sides: Vec<usize>,
    /// What the network reads of an image.
    image: Image,
    /// Weights of the largest layer, without overflow.
    largest: usize,
}

enum Image {
    /// None, but a row.
    Row,
    /// So many values, in any shape.
    Values(usize),
    /// Channels, height and width.
    Shape([usize; 3]),
}

impl ModelRecord {
    /// What in the record contradicts itself, or a weight file of `weight_bytes` bytes.
    pub(super) fn contradiction(&self, weight_bytes: usize) -> Option<String> {
        let sizes = match &self.network {
            NetworkRecord::Rows(rows) => Sizes { image: Image::Row, ..of_dense(&rows.sizes) },
            NetworkRecord::Images(images) => of_images(&images.sizes),
        };
        if let Some(dropout) = sizes.dropouts.iter().find(|dropout| !(0.0..1.0).contains(*dropout))
        {
            return Some(format!("expected a dropout in [0, 1), found {dropout}"));
        }
        if let Some([hidden, dropouts]) = sizes.hidden.filter(|[hidden, given]| hidden != given) {
            return Some(format!("{hidden} hidden layers have {dropouts} dropouts"));
        }
        let (outputs, answers) = (sizes.outputs, self.head.outputs());
        if outputs != answers || outputs == 0 {
            return Some(format!("the network has {outputs} outputs for {answers} answers"));
        }
        if sizes.units.contains(&0) {
            return Some("a layer has 0 units".into());
        }
        let can_be = |side: &usize| side % 2 == 1 && *side <= LARGEST_SIDE;
        if let Some(side) = sizes.sides.iter().find(|side| !can_be(side)) {
            return Some(format!(
                "expected filters of an odd side up to {LARGEST_SIDE}, found {side}"
            ));
        }
        self.inputs_differ(&sizes.image).or_else(|| {
            let (largest, held) = (sizes.largest, weight_bytes / size_of::<f32>());
            (largest > held)
                .then(|| format!("a layer has {largest} weights, the weight file at most {held}"))
        })
    }

    /// Where the encoder writes something else than the network reads.
    fn inputs_differ(&self, image: &Image) -> Option<String> {
        let (written, read) = match &self.network {
            NetworkRecord::Rows(RowRecord { encoder, sizes }) => {
                let embeddings = encoder.embeddings().iter();
                let embeddings: Vec<(usize, usize)> =
                    embeddings.map(|one| (one.categories, one.dimensions)).collect();
                (
                    format!("{} features and embeddings {embeddings:?}", encoder.dense_width()),
                    format!("{} features and embeddings {:?}", sizes.features, sizes.embeddings),
                )
            }
            NetworkRecord::Images(ImageRecord { encoder, .. }) => {
                let [channels, height, width] = encoder.shape();
                if encoder.deviation.len() != channels {
                    let deviations = encoder.deviation.len();
                    return Some(format!("{channels} channels have {deviations} deviations"));
                }
                match image {
                    Image::Shape(read) => (shape([channels, height, width]), shape(*read)),
                    Image::Values(read) => {
                        let values = channels.saturating_mul(height).saturating_mul(width);
                        (format!("{values} values"), format!("{read} values"))
                    }
                    Image::Row => return None,
                }
            }
        };
        (written != read).then(|| format!("the encoder writes {written}, the network reads {read}"))
    }
}

/// Channels, height and width for people.
fn shape(sides: [usize; 3]) -> String {
    sides.map(|side| side.to_string()).join("×")
}

fn of_dense(sizes: &FeedForwardConfig) -> Sizes {
    Sizes {
        dropouts: [&sizes.dropout[..], &[sizes.input_dropout]].concat(),
        hidden: Some([sizes.hidden.len(), sizes.dropout.len()]),
        outputs: sizes.outputs,
        units: sizes.hidden.clone(),
        sides: Vec::new(),
        image: Image::Values(sizes.features),
        largest: largest_of(sizes),
    }
}

fn of_images(sizes: &ImageNetworkConfig) -> Sizes {
    let fixed = |dropouts: &[f64], outputs, image, largest| Sizes {
        dropouts: dropouts.to_vec(),
        hidden: None,
        outputs,
        units: Vec::new(),
        sides: Vec::new(),
        image: Image::Shape(image),
        largest,
    };
    match sizes {
        ImageNetworkConfig::FeedForward(sizes) => of_dense(sizes),
        ImageNetworkConfig::Lenet(sizes) => {
            let [first, second] = sizes.dropout;
            let image = [sizes.channels, sizes.side.pixels(), sizes.side.pixels()];
            let largest = sizes.outputs.max(sizes.channels);
            fixed(&[first, second, sizes.input_dropout], sizes.outputs, image, largest)
        }
        ImageNetworkConfig::SmallConv(sizes) => {
            let image = [sizes.channels, sizes.height, sizes.width];
            let dropouts = [sizes.dropout, sizes.input_dropout];
            fixed(&dropouts, sizes.outputs, image, sizes.dense_weights())
        }
        ImageNetworkConfig::Conv(sizes) => {
            let kernels = sizes.steps().map(|Step { channels: [from, to], side, .. }| {
                from.saturating_mul(to).saturating_mul(side).saturating_mul(side)
            });
            let kernel = kernels.max().unwrap_or(0);
            let dense = of_dense(&sizes.dense());
            Sizes {
                dropouts: [&sizes.dropout[..], &[sizes.input_dropout]].concat(),
                units: [&sizes.filters[..], &sizes.hidden].concat(),
                sides: sizes.filter_sides.clone(),
                image: Image::Shape([sizes.channels, sizes.height, sizes.width]),
                largest: kernel.max(dense.largest),
                ..dense
            }
        }
        ImageNetworkConfig::Alexnet(sizes) => {
            let largest = sizes.outputs.max(sizes.channels).saturating_mul(64);
            fixed(&sizes.dropout, sizes.outputs, [sizes.channels, 224, 224], largest)
        }
        ImageNetworkConfig::Vgg(sizes) => {
            let mut channels = sizes.channels;
            let weights = sizes.blocks.iter().flatten().map(|&filters| {
                let from = std::mem::replace(&mut channels, filters);
                from.saturating_mul(filters).saturating_mul(9)
            });
            let largest = weights.fold(sizes.outputs, usize::saturating_add);
            let image = [sizes.channels, sizes.side(), sizes.side()];
            // Each block halves the side, and something has to be left of it.
            let left = sizes.side().checked_shr(sizes.blocks.len() as u32).unwrap_or(0);
            Sizes {
                units: [&sizes.blocks.concat()[..], &[left]].concat(),
                ..fixed(&sizes.dropout, sizes.outputs, image, largest)
            }
        }
        ImageNetworkConfig::Resnet(sizes) => {
            let image = [sizes.channels, sizes.sides[0], sizes.sides[1]];
            // A block has more weights than 200, and each stage twice the filters of the one before.
            let blocks = sizes.blocks.iter().fold(0_usize, |sum, of| sum.saturating_add(*of));
            let stages = 4_usize.saturating_pow(sizes.blocks.len().min(40) as u32);
            let largest = blocks.saturating_mul(200).max(stages).max(sizes.outputs);
            Sizes {
                units: [&sizes.blocks[..], &[sizes.blocks.len()]].concat(),
                ..fixed(&[], sizes.outputs, image, largest.max(sizes.channels))
            }
        }
        ImageNetworkConfig::Inception(sizes) => {
            let image = [sizes.channels, sizes.sides[0], sizes.sides[1]];
            let largest = sizes.outputs.max(sizes.channels).saturating_mul(64);
            // Its poolings leave nothing of less than 15 pixels.
            let left = sizes.sides[0].min(sizes.sides[1]) / 15;
            Sizes { units: vec![left], ..fixed(&sizes.dropout, sizes.outputs, image, largest) }
        }
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
