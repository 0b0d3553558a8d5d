//! Each operation against the engine's of the same name.

mod convolution;
mod drawn;
mod pooling;
