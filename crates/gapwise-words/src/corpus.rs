//! Text into numbers: files, words, vocabulary, phrases, and which words are kept.
//!
//! A corpus is read once. Its words are counted and written as numbers to a file without a name, so
//! that training never looks at text again and a corpus may be larger than memory.

mod files;
mod phrases;
mod stream;
mod subsampling;

pub use files::Source;
pub use gapwise_text::{Tokens, Vocabulary, WordTable};
pub use phrases::PhraseRule;
pub use stream::{Corpus, CorpusReport, CorpusSettings, Mended, SENTENCE_END};
pub use subsampling::{Subsampling, SubsamplingRule};
