//! Networks, tasks and the training loop of Gapwise, on the engine Burn.
//!
//! A [task](tasks::Task) joins one kind of data to one kind of network; the [loop](train::train)
//! is generic over it and is written once. What a trained network answers leaves this crate as
//! rows of a prediction table.

pub mod device;
pub mod export;
pub mod initialise;
pub mod layers;
pub mod model;
pub mod networks;
pub mod optimise;
pub mod tasks;
pub mod train;
pub mod transfer;
pub mod weights;
pub mod workloads;

pub use burn::tensor::Device;
pub use device::{DeviceChoice, DeviceError};
