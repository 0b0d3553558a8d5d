//! Packed weights kept from one prediction to the next.
//!
//! Packing takes as long as reading the weights twice, which a prediction of one image feels. What
//! was packed is found again by where the weights lie in memory, and dropped once nobody holds them.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use burn::{backend::flex::FlexTensor, tensor::Bytes};

use super::{correlate::Phase, geometry::Geometry};

/// Packed weights and what they were packed from.
struct Entry {
    weight: Weak<Bytes>,
    geometry: Shape,
    panels: Vec<Arc<Vec<f32>>>,
}

/// What the order of the panels depends on.
type Shape = ([usize; 3], [usize; 2]);

static KEPT: Mutex<Vec<Entry>> = Mutex::new(Vec::new());

/// As [`Geometry::of_answers`], kept for the next call with the same contiguous `weight`. Weights
/// cannot change in place while they are here: the reference that is kept makes a change a copy.
pub(super) fn of_answers(g: &Geometry, weight: &FlexTensor) -> Vec<Phase> {
    let shape = ([g.filters, g.channels, g.groups], g.kernel);
    let data = weight.data_arc();
    let found = {
        let kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        let same =
            |entry: &&Entry| entry.weight.as_ptr() == Arc::as_ptr(&data) && entry.geometry == shape;
        kept.iter().find(same).map(|entry| entry.panels.clone())
    };
    match found {
        Some(panels) => g.with_panels(panels.into_iter()),
        None => {
            let phases = g.of_answers(weight.storage());
            let panels = phases.iter().map(|phase| Arc::clone(&phase.panels)).collect();
            let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
            kept.retain(|entry| entry.weight.strong_count() > 0);
            kept.push(Entry { weight: Arc::downgrade(&data), geometry: shape, panels });
            phases
        }
    }
}
