//! Files of vectors.

pub(crate) mod tensors;
