//! Each operation against the engine's of the same name.

mod batch_norm;
mod concatenate;
mod convolution;
mod dense;
mod dense_and_losses;
mod drawn;
mod evaluated;
mod fork;
mod loss;
mod pooling;
mod recurrent;
mod reference;
