//! GloVe: vectors from how often words occur near each other.

mod cooccurrence;
mod learn;

pub use cooccurrence::{Cooccurrence, CooccurrenceSettings, Cooccurrences, collect};
pub use learn::{Glove, GloveSettings};
