//! Whether a model record holds together, before a network is made from it.
//!
//! A record comes from a file that anybody may have edited; the engine would panic at a dropout of
//! 1.5 or at a layer larger than memory.

use super::{ImageRecord, ModelRecord, NetworkRecord, RowRecord};
use crate::networks::{NetworkSizes, Reads, conv::LARGEST_SIDE};

impl ModelRecord {
    /// What in the record contradicts itself, or a weight file of `weight_bytes` bytes.
    pub(super) fn contradiction(&self, weight_bytes: usize) -> Option<String> {
        let sizes = match &self.network {
            NetworkRecord::Rows(rows) => rows.sizes.check(),
            NetworkRecord::Images(images) => images.sizes.sizes().check(),
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
        if let Some(side) = sizes.filter_sides.iter().find(|side| !can_be(side)) {
            return Some(format!(
                "expected filters of an odd side up to {LARGEST_SIDE}, found {side}"
            ));
        }
        self.inputs_differ(sizes.reads).or_else(|| {
            let (largest, held) = (sizes.largest, weight_bytes / size_of::<f32>());
            (largest > held)
                .then(|| format!("a layer has {largest} weights, the weight file at most {held}"))
        })
    }

    /// Where the encoder writes something else than the network reads.
    fn inputs_differ(&self, reads: Reads) -> Option<String> {
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
                match reads {
                    Reads::Image(read) => (shape([channels, height, width]), shape(read)),
                    Reads::Values(read) => {
                        let values = channels.saturating_mul(height).saturating_mul(width);
                        (format!("{values} values"), format!("{read} values"))
                    }
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
