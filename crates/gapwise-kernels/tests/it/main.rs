//! Each operation against the engine's of the same name.

mod batch_norm;
mod concatenate;
mod convolution;
mod drawn;
mod pooling;
mod recurrent;
