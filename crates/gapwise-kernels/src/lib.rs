//! Operations of networks, faster on the processor than the engine's.
//!
//! Each operation means what the engine's of the same name means, on every device. On the
//! processor it is computed here, with a gradient written by hand; on any other device, and where
//! a kernel does not cover an operation's settings, it is the engine's.
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
pub mod instructions;
pub mod loss;
mod matrix;
#[cfg(feature = "mimalloc")]
pub mod memory;
pub mod pooling;
mod primitive;
pub mod recurrent;
mod sums;
pub mod update;

pub use activation::Activation;
