//! Word vectors: word2vec and GloVe, their files, similarity and analogies.

pub mod corpus;
pub mod error;
pub mod glove;
mod huffman;
mod instructions;
pub mod map;
pub mod query;
pub mod train;
pub mod vectors;

pub use error::WordsError;
pub use huffman::{HuffmanTree, Turn};
