//! Each operation against the engine's of the same name.

mod batch_norm;
mod convolution;
mod dense;
mod drawn;
mod loss;
mod pooling;
mod recurrent;
