//! Word vectors: word2vec and GloVe, their files, similarity and analogies.

pub mod corpus;
pub mod error;
mod huffman;
mod instructions;
pub mod train;
pub mod vectors;

pub use error::WordsError;
pub use huffman::{HuffmanTree, Turn};
