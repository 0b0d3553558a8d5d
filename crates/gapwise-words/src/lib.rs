//! Word vectors: word2vec and GloVe, their files, similarity and analogies.

mod checkpoint;
pub mod corpus;
pub mod error;
pub mod glove;
mod huffman;
pub mod map;
pub mod query;
pub mod train;
pub mod vectors;

pub use checkpoint::{Checkpoints, checkpoint_of};
pub use error::WordsError;
use gapwise_instructions as instructions;
pub use huffman::{HuffmanTree, Turn};
