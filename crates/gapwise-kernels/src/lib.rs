//! Operations of networks, faster on the processor than the engine's.
//!
//! Each operation is a composition of the engine's own, which is what it means, and what it is on any
//! device and where no kernel covers its settings. On the processor it is computed here, with a
//! gradient written by hand.
//!
//! Results are the same bits for any number of threads: no sum is split by their number.

mod activation;
pub mod batch_norm;
mod buffers;
pub mod concatenate;
pub mod convolution;
pub mod dense;
pub mod dropout;
pub mod fork;
mod functions;
mod layer;
pub mod loss;
mod matrix;
#[cfg(feature = "mimalloc")]
pub mod memory;
mod packed_weights;
pub mod pooling;
mod primitive;
pub mod recurrent;
mod sums;
pub mod update;

pub use activation::Activation;
use gapwise_instructions as instructions;
