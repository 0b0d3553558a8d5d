//! Whether a model record holds together, before a network is made from it.
//!
//! A record comes from a file that anybody may have edited; the engine would panic at a dropout of
//! 1.5 or at a layer larger than memory.

use super::ModelRecord;
use crate::networks::conv::LARGEST_SIDE;

impl ModelRecord {
    /// What in the record contradicts itself, or a weight file of `weight_bytes` bytes.
    pub(super) fn contradiction(&self, weight_bytes: usize) -> Option<String> {
        let sizes = self.network.check();
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
        self.inputs_differ().or_else(|| {
            let (largest, held) = (sizes.largest, weight_bytes / size_of::<f32>());
            (largest > held)
                .then(|| format!("a layer has {largest} weights, the weight file at most {held}"))
        })
    }

    /// Where the encoder writes something else than the network reads.
    fn inputs_differ(&self) -> Option<String> {
        match self.network.written_and_read() {
            Err(said) => Some(said),
            Ok([written, read]) => (written != read)
                .then(|| format!("the encoder writes {written}, the network reads {read}")),
        }
    }
}
