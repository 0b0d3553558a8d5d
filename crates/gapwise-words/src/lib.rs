//! Word vectors: word2vec and GloVe, their files, similarity and analogies.

pub mod corpus;
pub mod error;
pub mod glove;
mod huffman;
pub mod map;
pub mod query;
pub mod train;
pub mod vectors;

pub use error::WordsError;
use gapwise_instructions as instructions;
pub use huffman::{HuffmanTree, Turn};
