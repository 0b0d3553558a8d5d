//! What was made of weights, kept from one prediction to the next.
//!
//! Laying weights out for the vectors takes as long as reading them twice, which a prediction of one
//! example feels. What was made is found again by where the weights lie in memory. It is dropped at
//! the next call after nobody holds them. Weights that are not contiguous are laid out at each call.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use burn::{backend::flex::FlexTensor, tensor::Bytes};

/// Values made of weights, each under where the weights lie and a key of what it depends on besides.
pub(crate) struct PackedWeights<K, V>(Mutex<Vec<Entry<K, V>>>);

struct Entry<K, V> {
    weight: Weak<Bytes>,
    key: K,
    value: V,
}

impl<K: PartialEq, V: Clone> PackedWeights<K, V> {
    pub(crate) const fn new() -> Self {
        PackedWeights(Mutex::new(Vec::new()))
    }

    /// What `make` made of the same contiguous `weight` before, or makes now. A change gives weights
    /// a new address, as the reference that is kept here holds the old one, which is never found
    /// again for others.
    pub(crate) fn of(&self, weight: &FlexTensor, key: K, make: impl FnOnce() -> V) -> V {
        let data = weight.data_arc();
        let found = {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.retain(|entry| entry.weight.strong_count() > 0);
            let same = |entry: &&Entry<K, V>| {
                entry.weight.as_ptr() == Arc::as_ptr(&data) && entry.key == key
            };
            kept.iter().find(same).map(|entry| entry.value.clone())
        };
        found.unwrap_or_else(|| {
            let value = make();
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.push(Entry { weight: Arc::downgrade(&data), key, value: value.clone() });
            value
        })
    }
}
