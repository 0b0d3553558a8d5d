//! Packed weights kept from one prediction to the next.
//!
//! Packing takes as long as reading the weights twice, which a prediction of one image feels. What
//! was packed is found again by where the weights lie in memory. It is dropped at the next call after
//! nobody holds them. Weights that are not contiguous are packed at each call.

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

/// As [`Geometry::of_answers`], kept for the next call with the same contiguous `weight`. A change
/// gives weights a new address, as the reference that is kept here holds the old one, which is never
/// found again for others.
pub(super) fn of_answers(g: &Geometry, weight: &FlexTensor) -> Vec<Phase> {
    let shape = ([g.filters, g.channels, g.groups], g.kernel);
    let data = weight.data_arc();
    let found = {
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|entry| entry.weight.strong_count() > 0);
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
            kept.push(Entry { weight: Arc::downgrade(&data), geometry: shape, panels });
            phases
        }
    }
}
